"""Whether a report is in the right form, and its text that of its own body and year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gkstats.checks.rule import NOT_APPLICABLE, WARNING, Basis, Case, Example, Finding, Rule
from gkstats.cited import notices, periods
from gkstats.forms import FORMS, form_for
from gkstats.narrative import printed
from gkstats.report import PREAMBLE

_NOTICE = FORMS[max(FORMS)].notice
_QUOTED = re.compile(r"《[^《》]*》|“[^“”]*”|（[^（）]*）|\([^()]*\)|〔[^〔〕]*〕|<[^<>]*>")
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_PERIOD_OF_FIGURES = re.compile(r"统计|期限|时限|时间范围|起止")
_COMPARES = re.compile(r"较|比|上年|去年|增长|下降|截至|以来|印发|出台|制定|修订|获|评为|期间|[-—~－–]|届|底|至今")
_TELLS = re.compile(r"收到|受理|办理|办结|答复|公开|发布|制发|新收|举办|开展|完成|召开")
_TITLED = re.compile(r"([\u4e00-\u9fff]{2,30})20\d\d年?度?政府信息公开(?:工作)?年度报告")
_BEFORE_NAME = re.compile(
    r"现将|关于|公布|公开|发布|编制|编写|编报|形成|汇总|指导|督促|组织|审核|做好|完成|开展|按时|按照|根据|参照|要求|负责|了|的|由|为|是|将|对|在|向"
)
_PLACE = re.compile(r"(.{2,}?)(?:自治[区州县旗]|[省市区县旗州盟镇乡]|街道)")
_GENERIC = re.compile(r"人民政府|政府|办公[室厅]")
_NOT_A_NAME = re.compile(r"^[全本我该]|各")
_ONLY_COUNTIES = re.compile(r"[我本]县")
_NOTHING = re.compile(r"[无没有其他需要报告的事项。：:\s（）()一二三四五六、存在主要问题及改进情况]*")

_FIGURES = re.compile(r"[\d.%]+")

COPIED_SHARE = 0.5
COPIED_LENGTH = 20  # characters; lines no longer than that are headings


def _form_of_the_year(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        report = case.report
        prescribed = form_for(report.year)
        if report.form.code != prescribed.code:
            message = f"使用了{report.form.notice}的格式，{report.year}年度应使用{prescribed.notice}的格式"
            codes = {"found": str(report.form.code), "expected": str(prescribed.code)}
            yield FORM_OF_THE_YEAR.finding(case, message, **codes)


def _text(cases: Sequence[Case]) -> Iterator[Finding]:
    """All rules about the text alone, so that each report's prose is filled in once."""
    for case in cases:
        text = printed(case.report, case.previous)
        if not text:
            for rule in TEXT_RULES:
                yield rule.finding(case, "没有正文，不作核对", NOT_APPLICABLE)
            continue
        for find in (_period, _notice, _name, _sections, _stale_year, _copied):
            yield from find(case, text)


def _period(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    year = case.report.year
    expected = (f"{year}-01-01", f"{year}-12-31")
    stated = [
        (section, words, period)
        for section, words in text.items()
        for period in periods(words)
        if section == PREAMBLE or _PERIOD_OF_FIGURES.search(_sentence(words, period.start))
    ]
    if not stated:
        yield PERIOD.finding(case, "正文没有写明统计期限", NOT_APPLICABLE)
    for section, words, period in stated:
        if (period.first, period.last) != expected:
            found = f"{period.first}至{period.last}"
            message = f"统计期限写作{found}，应为{year}年1月1日至{year}年12月31日"
            yield _quoting(
                PERIOD, case, message, section, words, period.span, found=found, expected="至".join(expected)
            )


def _notice(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    own = form_for(case.report.year).notice
    others = {form.notice for form in FORMS.values()} - {own}
    cited = [(section, words, notice) for section, words in text.items() for notice in notices(words)]
    numbers = {notice.number for _, _, notice in cited}
    if not numbers & {own, *others}:
        yield CITED_NOTICE.finding(case, "正文没有引用格式的文号", NOT_APPLICABLE)
    for section, words, notice in cited:
        # beside the right notice an older one is told of, not followed
        if notice.number in others and own not in numbers:
            message = f"引用了{notice.number}，{case.report.year}年度适用的是{own}"
            yield _quoting(CITED_NOTICE, case, message, section, words, notice.span, found=notice.number, expected=own)


def _name(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    own = case.report.body.name
    in_a_county = not _GENERIC.sub("", own).endswith(("区", "市"))
    for section, words in text.items():
        for match in _TITLED.finditer(words) if "年度报告" in words else ():
            name = _BEFORE_NAME.split(match[1])[-1]
            if not _may_be_own(name, own, case.report.body.level == "department"):
                message = f"正文写的是“{name}”的年度报告，本报告的主体是“{own}”"
                yield _quoting(OWN_NAME, case, message, section, words, match.span(), found=name, expected=own)
        # 我市 and 我省 may mean the city or province above; no city or district lies in a county
        if not in_a_county and "县" in words and (county := _ONLY_COUNTIES.search(_unquoted(words))):
            message = f"正文自称“{county[0]}”，本报告的主体是“{own}”"
            yield _quoting(OWN_NAME, case, message, section, words, county.span(), found=county[0], expected=own)


def _may_be_own(name: str, own: str, department: bool) -> bool:
    """Whether a name in the text can stand for the body's own, longer and shorter forms among them: 彭水县 for
    彭水苗族土家族自治县, 宿迁市人社局 for 宿迁市人力资源和社会保障局."""
    name, own = (_GENERIC.sub("", full) for full in (name, own))
    if _NOT_A_NAME.search(name) or _runs_through(name, own) or _runs_through(own, name):
        return True
    there, here = _PLACE.findall(name), _PLACE.findall(own) or [own]
    # in the report of a whole area, the name of one of its offices is no claim to be another body
    return not department and (not there or there[-1][:2] in own or here[-1][:2] in name)


def _runs_through(short: str, long: str) -> bool:
    """Whether the characters of one word stand in another in their order."""
    rest = iter(long)
    return all(character in rest for character in short)


def _sections(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    with_tables = {table.section for table in case.report.form.tables}
    for section in case.report.form.sections:
        if section.code in with_tables:
            continue
        words = text.get(section.code, "")
        # 无其他需要报告的事项 is a full answer to section 六, and none to section 五
        if not words or (section.code == "problems" and _NOTHING.fullmatch(words)):
            yield EMPTY_SECTION.finding(case, f"“{section.title}”没有内容", section=section.code, quote=words)


def _stale_year(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    year = case.report.year
    # at the head of a sentence: elsewhere a year is that of a document, a plan, a comparison
    head = r"(?:^|(?<=[。！？；：□])|[一二三四五六七八九十]是)"
    stale = re.compile(rf"{head}[ \u3000]*(?P<year>{year - 1} ?年)(?:度全年|度?，|全年|度?(?=[我全本共新各]))", re.M)
    for section, words in text.items():
        bare = _unquoted(words) if str(year - 1) in words else ""
        for match in stale.finditer(bare):
            sentence, rest = _sentence(bare, match.end()), bare[match.end() :].partition("\n")[0]
            after = "".join(_SENTENCE.findall(rest)[1:2])
            told = _TELLS.search(sentence) and not _COMPARES.search(sentence)
            if told and str(year) not in sentence + after and "今年" not in sentence + after:
                message = f"句中写的是{year - 1}年，本报告是{year}年度的"
                values = {"found": str(year - 1), "expected": str(year)}
                yield _quoting(STALE_YEAR, case, message, section, words, match.span("year"), **values)


def _copied(case: Case, text: dict[str, str]) -> Iterator[Finding]:
    if case.previous is None:
        yield COPIED.finding(case, f"没有{case.report.year - 1}年度的报告，不作比较", NOT_APPLICABLE)
        return
    same, count = copied(text, printed(case.previous))
    if count > 1 and len(same) >= COPIED_SHARE * count:
        share = f"{100 * len(same) // count}%"
        message = f"正文{count}个段落中有{len(same)}个与上年除数字外完全相同，占{share}"
        yield COPIED.finding(case, message, found=share, quote=same[0])


def copied(text: dict[str, str], last_year: dict[str, str]) -> tuple[list[str], int]:
    """The paragraphs of a text that stand in last year's but for their figures, and how many it has in all. The
    preamble is left out, the same by its nature: basis, period, contact; headings too."""
    last = {_without_figures(line) for words in last_year.values() for line in words.split("\n")}
    lines = [
        line
        for section, words in text.items()
        if section != PREAMBLE
        for line in words.split("\n")
        if len(line) > COPIED_LENGTH
    ]
    return [line for line in lines if _without_figures(line) in last], len(lines)


def _without_figures(line: str) -> str:
    return _FIGURES.sub("0", line)


def _unquoted(text: str) -> str:
    """The text with whatever stands in quotation marks or brackets covered, its length as it was."""
    return _QUOTED.sub(lambda match: "□" * len(match[0]), text)


def _sentence(text: str, at: int) -> str:
    return next((match[0] for match in _SENTENCE.finditer(text) if match.start() <= at < match.end()), "")


def _quoting(
    rule: Rule, case: Case, message: str, section: str, words: str, span: tuple[int, int], **values
) -> Finding:
    """A finding about a place in the prose, with the sentence it stands in."""
    start, end = span
    return rule.finding(
        case, message, section=section, quote=_sentence(words, start).strip(), start=start, end=end, **values
    )


_REGULATION = "《中华人民共和国政府信息公开条例》"

FORM_OF_THE_YEAR = Rule(
    "F.1",
    "报告格式",
    "应使用报告年度适用的全国统一格式",
    Basis(_REGULATION, "第五十条", "公布政府信息公开工作年度报告统一格式"),
    "结构",
    WARNING,
    _form_of_the_year,
    passing=Example(year=2024),
    failing=Example(
        year=2022,
        form=2019,
        message="使用了国办公开办函〔2019〕60号的格式，2022年度应使用国办公开办函〔2021〕30号的格式",
    ),
)


def _rule(
    id: str, title: str, rule: str, basis: Basis, passing: Example, failing: Example, *reasons: str, method: str = ""
) -> Rule:
    return Rule(
        id, title, rule, basis, "结构", WARNING, _text, method=method, reasons=reasons, may_over_report=bool(reasons),
        may_under_report=True, passing=passing, failing=failing,
    )  # fmt: skip


PERIOD = _rule(
    "F.2",
    "统计期限",
    "统计期限应为报告年度的1月1日至12月31日",
    Basis(_REGULATION, "第四十九条", "上一年度政府信息公开工作年度报告"),
    Example(prose={"preamble": "本报告数据统计期限为2024年1月1日至2024年12月31日。"}),
    Example(
        prose={"preamble": "本报告数据统计期限为2023年1月1日至12月31日。"},
        message="统计期限写作2023-01-01至2023-12-31，应为2024年1月1日至2024年12月31日",
    ),
    "机关在年内成立或者撤销",
)
CITED_NOTICE = _rule(
    "F.3",
    "引用的格式文件",
    "引用的格式文号应是报告年度适用的",
    Basis(_REGULATION, "第五十条", "公布政府信息公开工作年度报告统一格式"),
    Example(prose={"preamble": "按照国办公开办函〔2021〕30号的格式编制。"}),
    Example(
        prose={"preamble": "按照国办公开办函〔2019〕60号的格式编制。"},
        message="引用了国办公开办函〔2019〕60号，2024年度适用的是国办公开办函〔2021〕30号",
    ),
    "文中叙述格式的沿革",
)
OWN_NAME = _rule(
    "F.4",
    "本机关名称",
    "正文中的主体应是本报告的主体",
    Basis(_NOTICE, "", "内容雷同"),
    Example(prose={"preamble": "现将某县2024年政府信息公开工作年度报告公布如下。"}),
    Example(
        prose={"preamble": "现将甲乙县2024年政府信息公开工作年度报告公布如下。"},
        message="正文写的是“甲乙县”的年度报告，本报告的主体是“某县”",
    ),
    "机构更名",
    "引用其他机关的年度报告",
    method="看“某某2024年政府信息公开工作年度报告”一类的提法；简称和带上级名称的全称都算本机关的名称",
)
EMPTY_SECTION = _rule(
    "F.5",
    "各部分内容",
    "格式规定的各部分都应有内容，存在的主要问题及改进情况不能只写“无”",
    Basis(_NOTICE, "所附格式第一、五、六部分"),
    Example(prose={"overview": "做好公开工作。", "problems": "公开不够及时，已改进。", "other": "无。"}),
    Example(
        prose={"overview": "做好公开工作。", "problems": "无。", "other": "无。"},
        message="“五、存在的主要问题及改进情况”没有内容",
    ),
)
STALE_YEAR = _rule(
    "F.6",
    "句中的年度",
    "叙述本年工作的句子，年度应是报告年度",
    Basis(_NOTICE, "", "内容雷同"),
    Example(prose={"overview": "2024年，全县新收申请7件，较2023年增加3件。"}),
    Example(
        prose={"overview": "2023年，全县新收申请7件。"},
        message="句中写的是2023年，本报告是2024年度的",
    ),
    "有意叙述往年的工作",
    method="只看句首的年度；与本年比较的句子、引号和书名号里的文字、文件名称中的年度不算",
)
COPIED = _rule(
    "F.7",
    "与上年文字雷同",
    "正文不应大部分照抄上年",
    Basis(_NOTICE, "", "内容雷同"),
    Example(
        previous={},
        prose={
            "overview": "加强栏目建设，及时发布惠企政策和民生信息。\n组织三次业务培训，覆盖各乡镇和部门的工作人员。"
        },
        previous_prose={"overview": "规范公文属性认定，推进重点领域的信息公开工作。"},
    ),
    Example(
        previous={},
        prose={
            "overview": "加强栏目建设，发布信息20条，内容较为及时准确。\n组织三次业务培训，覆盖各乡镇和部门的工作人员。"
        },
        previous_prose={"overview": "加强栏目建设，发布信息10条，内容较为及时准确。"},
        message="正文2个段落中有1个与上年除数字外完全相同，占50%",
    ),
    "工作内容稳定，沿用固定表述",
    method=f"不计前言和{COPIED_LENGTH}字以内的段落；除数字外完全相同的段落占一半以上的列出",
)

TEXT_RULES = (PERIOD, CITED_NOTICE, OWN_NAME, EMPTY_SECTION, STALE_YEAR, COPIED)
RULES = (FORM_OF_THE_YEAR, *TEXT_RULES)
