"""The two official forms against the words of the notices, typed here by hand and not read from the code."""

import numpy as np
import pytest

from gkstats.forms import FORM_2019, FORM_2021, FORMS, SECTIONS, form_for, form_with
from gkstats.schema import AMOUNT, CHANGE, COUNT, spans

ROWS_2021 = [
    "一、本年新收政府信息公开申请数量",
    "二、上年结转政府信息公开申请数量",
    "（一）予以公开",
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    "1.属于国家秘密",
    "2.其他法律行政法规禁止公开",
    "3.危及“三安全一稳定”",
    "4.保护第三方合法权益",
    "5.属于三类内部事务信息",
    "6.属于四类过程性信息",
    "7.属于行政执法案卷",
    "8.属于行政查询事项",
    "1.本机关不掌握相关政府信息",
    "2.没有现成信息需要另行制作",
    "3.补正后申请内容仍不明确",
    "1.信访举报投诉类申请",
    "2.重复申请",
    "3.要求提供公开出版物",
    "4.无正当理由大量反复申请",
    "5.要求行政机关确认或重新出具已获取信息",
    "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    "3.其他",
    "（七）总计",
    "四、结转下年度继续办理",
]

ROWS_2019 = [*ROWS_2021[:20], "（六）其他处理", "（七）总计", "四、结转下年度继续办理"]

APPLICANTS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]

RULINGS = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]

DISCLOSURE_2021 = [
    ("第二十条第（一）项", ["规章", "行政规范性文件"], ["本年制发件数", "本年废止件数", "现行有效件数"]),
    ("第二十条第（五）项", ["行政许可"], ["本年处理决定数量"]),
    ("第二十条第（六）项", ["行政处罚", "行政强制"], ["本年处理决定数量"]),
    ("第二十条第（八）项", ["行政事业性收费"], ["本年收费金额（单位：万元）"]),
]

DISCLOSURE_2019 = [
    ("第二十条第（一）项", ["规章", "规范性文件"], ["本年新制作数量", "本年新公开数量", "对外公开总数量"]),
    (
        "第二十条第（五）项",
        ["行政许可", "其他对外管理服务事项"],
        ["上一年项目数量", "本年增/减", "处理决定数量"],
    ),
    ("第二十条第（六）项", ["行政处罚", "行政强制"], ["上一年项目数量", "本年增/减", "处理决定数量"]),
    ("第二十条第（八）项", ["行政事业性收费"], ["上一年项目数量", "本年增/减"]),
    ("第二十条第（九）项", ["政府集中采购"], ["采购项目数量", "采购总金额"]),
]


def row_labels(table):
    return [leaf.item.label for leaf in table.row_leaves]


def column_labels(table):
    return [leaf.item.label for leaf in table.column_leaves]


def rank(form, table):
    """Rank of the relations of one table: how many of them say something new."""
    relations = [relation for relation in form.relations if relation.table == table]
    matrix = np.zeros((len(relations), len(form.cells)))
    for line, relation in zip(matrix, relations, strict=True):
        line[[form.index[cell] for cell in relation.left]] = 1
        line[[form.index[cell] for cell in relation.right]] = -1
    return len(relations), np.linalg.matrix_rank(matrix)


def rules(form):
    """How often each relation occurs in a form."""
    found = [relation.rule for relation in form.relations]
    return {rule: found.count(rule) for rule in found}


def test_a_report_has_six_compulsory_headings():
    assert [section.title for section in SECTIONS] == [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况",
        "六、其他需要报告的事项",
    ]
    assert FORM_2019.sections == FORM_2021.sections == SECTIONS


def test_section_one_covers_five_points():
    assert SECTIONS[0].parts == (
        "主动公开",
        "依申请公开",
        "政府信息管理",
        "政府信息公开平台建设",
        "监督保障",
    )


def test_each_form_comes_from_its_notice():
    assert (FORM_2021.code, FORM_2021.notice, FORM_2021.first_year) == (2021, "国办公开办函〔2021〕30号", 2021)
    assert (FORM_2019.code, FORM_2019.notice, FORM_2019.first_year) == (2019, "国办公开办函〔2019〕60号", 2019)


@pytest.mark.parametrize(("form", "expected"), [(FORM_2021, DISCLOSURE_2021), (FORM_2019, DISCLOSURE_2019)])
def test_section_two_has_the_parts_rows_and_columns_of_the_notice(form, expected):
    tables = [table for table in form.tables if table.section == "disclosure"]
    assert [(table.label, row_labels(table), column_labels(table)) for table in tables] == expected
    assert {table.name for table in tables} == {"表二"}


def test_section_two_has_ten_figures_since_2021():
    assert sum(form_cell.table not in ("applications", "disputes") for form_cell in FORM_2021.cells) == 10


@pytest.mark.parametrize(("form", "expected"), [(FORM_2021, ROWS_2021), (FORM_2019, ROWS_2019)])
def test_table_three_has_the_rows_of_the_notice(form, expected):
    assert row_labels(form.table["applications"]) == expected
    assert len(expected) == {2021: 25, 2019: 23}[form.code]


@pytest.mark.parametrize("form", FORMS.values())
def test_table_three_has_the_seven_columns_of_the_notice(form):
    assert column_labels(form.table["applications"]) == APPLICANTS


@pytest.mark.parametrize("form", FORMS.values())
def test_table_three_prints_its_balance_in_its_corner(form):
    assert form.table["applications"].corner == "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


@pytest.mark.parametrize("form", FORMS.values())
def test_table_four_has_three_blocks_of_five_rulings(form):
    table = form.table["disputes"]
    assert row_labels(table) == ["行政复议", "未经复议直接起诉", "复议后起诉"]
    assert column_labels(table) == RULINGS
    assert [leaf.above for leaf in table.row_leaves] == [(), ("行政诉讼",), ("行政诉讼",)]


def test_results_merge_over_their_lines_in_the_stub_of_table_three():
    merged = {span.label: (span.first, span.count) for span in spans(FORM_2021.table["applications"].rows)}
    assert merged["三、本年度办理结果"] == (2, 22)  # after two rows: 21 results and their total
    assert merged["（三）不予公开"] == (4, 8)
    assert merged["（四）无法提供"] == (12, 3)
    assert merged["（五）不予处理"] == (15, 5)
    assert merged["（六）其他处理"] == (20, 3)
    assert merged["四、结转下年度继续办理"] == (24, 1)


def test_applicants_merge_in_three_rows_in_the_head_of_table_three():
    head = spans(FORM_2021.table["applications"].columns)
    assert [(span.label, span.level, span.levels, span.first, span.count) for span in head if not span.leaf] == [
        ("申请人情况", 0, 1, 0, 7),
        ("法人或其他组织", 1, 1, 1, 5),
    ]
    assert [(span.level, span.levels) for span in head if span.label in ("自然人", "总计")] == [(1, 2), (1, 2)]


def test_a_report_has_200_figures_since_2021_and_198_before():
    assert len(FORM_2021.cells) == len(set(FORM_2021.cells)) == 200
    assert len(FORM_2019.cells) == len(set(FORM_2019.cells)) == 198


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (FORM_2021, {"T3.1": 7, "T3.2": 7, "T3.3": 25, "T4.1": 3}),
        (FORM_2019, {"T3.1": 7, "T3.2": 7, "T3.3": 23, "T4.1": 3}),
    ],
)
def test_the_relations_are_those_of_the_notice_and_section_two_has_none(form, expected):
    assert rules(form) == expected


def test_37_of_the_39_relations_of_table_three_are_independent():
    # the total column's T3.1 and T3.2 follow from the other six columns' and from the rows'
    assert rank(FORM_2021, "applications") == (39, 37)


def test_the_three_relations_of_table_four_are_independent():
    assert rank(FORM_2021, "disputes") == rank(FORM_2019, "disputes") == (3, 3)


@pytest.mark.parametrize("form", FORMS.values())
def test_received_and_carried_in_equal_handled_and_carried_out(form):
    relation = next(relation for relation in form.relations if relation.rule == "T3.1")
    assert [cell.row for cell in relation.left] == ["received", "carried_in"]
    assert [cell.row for cell in relation.right] == ["results.total", "carried_out"]


@pytest.mark.parametrize(("form", "count"), [(FORM_2021, 21), (FORM_2019, 19)])
def test_every_result_is_part_of_the_total_once(form, count):
    relation = next(relation for relation in form.relations if relation.rule == "T3.2")
    rows = [cell.row for cell in relation.left]
    assert len(rows) == len(set(rows)) == count
    assert [form.table["applications"].row[row].item.label for row in rows] == row_labels(form.table["applications"])[
        2:-2
    ]


def test_six_applicants_make_up_a_row():
    relation = next(relation for relation in FORM_2021.relations if relation.rule == "T3.3")
    table = FORM_2021.table["applications"]
    assert [table.column[cell.column].item.label for cell in relation.left] == APPLICANTS[:6]
    assert [table.column[cell.column].item.label for cell in relation.right] == ["总计"]


def test_four_rulings_make_up_a_block():
    relation = next(relation for relation in FORM_2021.relations if relation.rule == "T4.1")
    assert [cell.column for cell in relation.left] == ["upheld", "corrected", "other", "pending"]
    assert [cell.column for cell in relation.right] == ["total"]


@pytest.mark.parametrize(
    ("form", "amounts", "changes"),
    [
        (FORM_2021, ["fees/fees_10k_yuan/amount"], []),
        (
            FORM_2019,
            ["procurement/procurement/amount"],
            [
                "licensing/licensing/change",
                "licensing/other_services/change",
                "enforcement/penalties/change",
                "enforcement/coercive_measures/change",
                "fees/fees/change",
            ],
        ),
    ],
)
def test_all_figures_are_counts_but_money_and_changes(form, amounts, changes):
    of_kind = {kind: [str(cell) for cell in form.cells if form.kind(cell) == kind] for kind in (AMOUNT, CHANGE, COUNT)}
    assert of_kind[AMOUNT] == amounts
    assert of_kind[CHANGE] == changes
    assert len(of_kind[COUNT]) == len(form.cells) - len(amounts) - len(changes)


@pytest.mark.parametrize(
    ("year", "form"),
    [(2019, FORM_2019), (2020, FORM_2019), (2021, FORM_2021), (2022, FORM_2021), (2050, FORM_2021)],
)
def test_the_trial_form_is_for_2019_and_2020_the_present_one_for_later_years(year, form):
    assert form_for(year) is form


def test_there_is_no_form_before_2019():
    with pytest.raises(ValueError, match=r"2018 年度没有.*2019 年度"):
        form_for(2018)


def test_a_variant_of_a_form_is_one_object():
    one_row = (("applications", "results.closed_otherwise"),)
    assert form_with(2021, ()) is FORM_2021
    assert form_with(2021, one_row) is form_with(2021, one_row) is not FORM_2021
    assert len(form_with(2021, one_row).cells) == 200 - 2 * 7


def test_only_other_handling_may_be_printed_as_one_row():
    headings = {
        (form.code, group): heading.collapsible
        for form in FORMS.values()
        for table in form.tables
        for group, heading in table.groups.items()
    }
    assert [place for place, collapsible in headings.items() if collapsible] == [(2021, "results.closed_otherwise")]
