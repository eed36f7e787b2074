"""The official forms of the annual report, each written once, in the order a clerk sees it.

FORM_2021: 国办公开办函〔2021〕30号 (2021-09-26), report years 2021 and later.
FORM_2019: 国办公开办函〔2019〕60号, trial format, report years 2019 and 2020.
"""

from __future__ import annotations

from functools import cache

from gkstats.schema import AMOUNT, CHANGE, Balance, Form, Heading, Item, Section, Table, Total

SECTIONS = (
    Section(
        "overview",
        "一、总体情况",
        ("主动公开", "依申请公开", "政府信息管理", "政府信息公开平台建设", "监督保障"),
    ),
    Section("disclosure", "二、主动公开政府信息情况"),
    Section("applications", "三、收到和处理政府信息公开申请情况"),
    Section("disputes", "四、政府信息公开行政复议、行政诉讼情况"),
    Section("problems", "五、存在的主要问题及改进情况", ("存在的主要问题", "改进情况")),
    Section("other", "六、其他需要报告的事项"),
)

APPLICANTS = (
    Item("natural_person", "自然人"),
    Heading(
        "",
        "法人或其他组织",
        (
            Item("commercial", "商业企业"),
            Item("research", "科研机构"),
            Item("nonprofit", "社会公益组织"),
            Item("legal_service", "法律服务机构"),
            Item("other", "其他"),
        ),
    ),
    Total("total", "总计", rule="T3.3", text="六类申请人之和等于总计"),
)

APPLICATIONS = Table(
    "applications",
    "表三",
    "收到和处理政府信息公开申请情况",
    section="applications",
    corner="（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）",
    columns=(Heading("", "申请人情况", APPLICANTS),),
    rows=(
        Item("received", "一、本年新收政府信息公开申请数量"),
        Item("carried_in", "二、上年结转政府信息公开申请数量"),
        Heading(
            "results",
            "三、本年度办理结果",
            (
                Item("granted", "（一）予以公开"),
                Item("granted_in_part", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
                Heading(
                    "refused",
                    "（三）不予公开",
                    (
                        Item("state_secret", "1.属于国家秘密"),
                        Item("prohibited_by_law", "2.其他法律行政法规禁止公开"),
                        Item("public_safety", "3.危及“三安全一稳定”"),
                        Item("third_party_rights", "4.保护第三方合法权益"),
                        Item("internal_affairs", "5.属于三类内部事务信息"),
                        Item("deliberative_process", "6.属于四类过程性信息"),
                        Item("enforcement_file", "7.属于行政执法案卷"),
                        Item("administrative_query", "8.属于行政查询事项"),
                    ),
                ),
                Heading(
                    "not_available",
                    "（四）无法提供",
                    (
                        Item("not_held", "1.本机关不掌握相关政府信息"),
                        Item("needs_creation", "2.没有现成信息需要另行制作"),
                        Item("still_unclear", "3.补正后申请内容仍不明确"),
                    ),
                ),
                Heading(
                    "not_processed",
                    "（五）不予处理",
                    (
                        Item("complaint", "1.信访举报投诉类申请"),
                        Item("repeated", "2.重复申请"),
                        Item("publication", "3.要求提供公开出版物"),
                        Item("excessive", "4.无正当理由大量反复申请"),
                        Item("reconfirmation", "5.要求行政机关确认或重新出具已获取信息"),
                    ),
                ),
                Heading(
                    "closed_otherwise",
                    "（六）其他处理",
                    (
                        Item(
                            "not_clarified",
                            "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
                        ),
                        Item(
                            "fee_unpaid",
                            "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
                        ),
                        Item("other", "3.其他"),
                    ),
                    collapsible=True,
                ),
                Total("total", "（七）总计", rule="T3.2", text="各项办理结果之和等于（七）总计"),
            ),
        ),
        Item("carried_out", "四、结转下年度继续办理"),
    ),
    balances=(
        Balance(
            "T3.1",
            left=("received", "carried_in"),
            right=("results.total", "carried_out"),
            text="第一项加第二项之和，等于第三项加第四项之和",
        ),
    ),
)

DISPUTES = Table(
    "disputes",
    "表四",
    "政府信息公开行政复议、行政诉讼情况",
    section="disputes",
    layout="blocks",
    columns=(
        Item("upheld", "结果维持"),
        Item("corrected", "结果纠正"),
        Item("other", "其他结果"),
        Item("pending", "尚未审结"),
        Total("total", "总计", rule="T4.1", text="结果维持、结果纠正、其他结果、尚未审结之和等于总计"),
    ),
    rows=(
        Item("review", "行政复议"),
        Heading(
            "",
            "行政诉讼",
            (
                Item("suit_direct", "未经复议直接起诉"),
                Item("suit_after_review", "复议后起诉"),
            ),
        ),
    ),
)


def _part(code: str, label: str, rows: tuple[Item, ...], columns: tuple[Item, ...]) -> Table:
    """One of the tables that section 二 prints as a single one."""
    return Table(
        code,
        "表二",
        label,
        section="disclosure",
        layout="parts",
        corner="信息内容",
        rows=rows,
        columns=columns,
    )


_DECISIONS = (Item("decisions", "本年处理决定数量"),)
_ITEMS_OF_2019 = (
    Item("previous_items", "上一年项目数量"),
    Item("change", "本年增/减", CHANGE),
    Item("decisions", "处理决定数量"),
)

FORM_2021 = Form(
    2021,
    "《中华人民共和国政府信息公开工作年度报告格式》",
    "国办公开办函〔2021〕30号",
    first_year=2021,
    sections=SECTIONS,
    tables=(
        _part(
            "documents",
            "第二十条第（一）项",
            (Item("regulations", "规章"), Item("normative_documents", "行政规范性文件")),
            (
                Item("issued", "本年制发件数"),
                Item("repealed", "本年废止件数"),
                Item("in_force", "现行有效件数"),
            ),
        ),
        _part("licensing", "第二十条第（五）项", (Item("licensing", "行政许可"),), _DECISIONS),
        _part(
            "enforcement",
            "第二十条第（六）项",
            (Item("penalties", "行政处罚"), Item("coercive_measures", "行政强制")),
            _DECISIONS,
        ),
        _part(
            "fees",
            "第二十条第（八）项",
            (Item("fees_10k_yuan", "行政事业性收费"),),
            (Item("amount", "本年收费金额（单位：万元）", AMOUNT),),
        ),
        APPLICATIONS,
        DISPUTES,
    ),
)

FORM_2019 = Form(
    2019,
    "《中华人民共和国政府信息公开工作年度报告格式（试行）》",
    "国办公开办函〔2019〕60号",
    first_year=2019,
    sections=SECTIONS,
    tables=(
        _part(
            "documents",
            "第二十条第（一）项",
            (Item("regulations", "规章"), Item("normative_documents", "规范性文件")),
            (
                Item("created", "本年新制作数量"),
                Item("published", "本年新公开数量"),
                Item("public_total", "对外公开总数量"),
            ),
        ),
        _part(
            "licensing",
            "第二十条第（五）项",
            (Item("licensing", "行政许可"), Item("other_services", "其他对外管理服务事项")),
            _ITEMS_OF_2019,
        ),
        _part(
            "enforcement",
            "第二十条第（六）项",
            (Item("penalties", "行政处罚"), Item("coercive_measures", "行政强制")),
            _ITEMS_OF_2019,
        ),
        _part("fees", "第二十条第（八）项", (Item("fees", "行政事业性收费"),), _ITEMS_OF_2019[:2]),
        _part(
            "procurement",
            "第二十条第（九）项",
            (Item("procurement", "政府集中采购"),),
            (Item("projects", "采购项目数量"), Item("amount", "采购总金额", AMOUNT)),
        ),
        *FORM_2021.collapse("applications", "results.closed_otherwise").tables[-2:],
    ),
)

FORMS = {form.code: form for form in (FORM_2019, FORM_2021)}


def form_for(year: int) -> Form:
    """The form prescribed for a report year. Raises ValueError for a year before the first form (2019)."""
    forms = [form for form in FORMS.values() if form.first_year <= year]
    if not forms:
        raise ValueError(f"{year} 年度没有全国统一的年度报告格式，最早的格式用于 2019 年度")
    return forms[-1]


@cache
def form_with(code: int, collapsed: tuple[tuple[str, str], ...]) -> Form:
    """A form of FORMS with the given (table, group) headings printed as one row; one object per variant."""
    form = FORMS[code]
    for table, group in collapsed:
        form = form.collapse(table, group)
    return form
