"""What a cell of the notebook shows: the official tables as printed, the checks without false comfort, the record."""

import hashlib
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from builders import (
    FORM_NAMES,
    FORMS_SEEN,
    ONE_ROW_2021,
    SECTION_TWO,
    a_balanced_report,
    a_report,
    grid,
    merged,
    paths,
    with_distinct_figures,
)

import gkstats
from gkstats import display
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.page import to_text
from gkstats.params import load, load_previous, read
from gkstats.report import ReportError
from gkstats.schema import AMOUNT

PARAMS = Path(__file__).parent.parent / "params"
TABLE_SECTIONS = ["disclosure", "applications", "disputes"]

forms = pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)


def tables(page) -> list[dict]:
    return [block for block in page.blocks if block["kind"] == "table"]


def texts(page, kind: str) -> list[str]:
    return [block["text"] for block in page.blocks if block["kind"] == kind]


def rows(table: dict) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table["body"]]


def official_table(report, section: str) -> dict:
    (table,) = tables(display.section(report, section))
    return table


def everything(report, previous=None) -> list:
    """The pages of the whole notebook, in its order."""
    return [
        display.title(report),
        display.preamble(report, previous),
        *(display.section(report, section.code, previous) for section in report.form.sections),
        display.statistics_appendix(report, previous),
        display.composition(report),
        display.flow(report),
        display.reasons(report, previous),
        display.checks_appendix(report, previous),
        display.provenance(report, previous),
    ]


# -- what a reader finds in an official table: (labels of the row, labels of the column) → the figure printed there


def read_rows(table: dict) -> dict:
    """Table 三: labels on the left, merged heads above."""
    width = len(table["widths"])
    head, body = grid(table["head"], width), grid(table["body"], width)
    found = {}
    for line in body:
        labels = merged(cell for cell in line if cell["role"] == "label")
        for x, cell in enumerate(line):
            if cell["role"] != "label":
                found[labels, merged(row[x] for row in head)] = cell["text"]
    return found


def read_blocks(table: dict) -> dict:
    """Table 四: every label stands above."""
    width = len(table["widths"])
    head, (line,) = grid(table["head"], width), grid(table["body"], width)
    return {merged(row[x] for row in head): cell["text"] for x, cell in enumerate(line)}


def read_parts(table: dict) -> dict:
    """Table 二: a band, a head and rows, again and again."""
    assert table["head"] == []
    found, band, head = {}, "", []
    for line in grid(table["body"], len(table["widths"])):
        if line[0]["role"] == "band":
            (band,) = merged(line)
        elif line[0]["role"] == "head":
            head = line
        else:
            for above, cell in zip(head[1:], line[1:], strict=True):
                found[band, line[0]["text"], above["text"]] = cell["text"]
    return found


def cells_of(report, table) -> list[str]:
    """The figures of a table row by row, as the report has them."""
    return [str(figure) for cell, figure in report.figures.items() if cell.table == table.code]


@forms
@pytest.mark.parametrize("section", TABLE_SECTIONS)
def test_the_merged_cells_of_an_official_table_tile_a_rectangle(form, section):
    table = official_table(a_balanced_report(form=form), section)
    width = len(table["widths"])
    grid(table["head"], width)
    grid(table["body"], width)


@forms
def test_every_figure_of_table_three_stands_in_its_row_and_column(form):
    report, table = with_distinct_figures(form), form.table["applications"]
    places = [(row, column) for row in paths(table.rows) for column in paths(table.columns)]
    assert len(set(places)) == (175 if form is FORM_2021 else 161)
    printed = read_rows(official_table(report, "applications"))
    assert printed == dict(zip(places, cells_of(report, table), strict=True))


@forms
def test_every_figure_of_table_four_stands_under_its_heads(form):
    report, table = with_distinct_figures(form), form.table["disputes"]
    places = [(*row, *column) for row in paths(table.rows) for column in paths(table.columns)]
    assert len(set(places)) == 15
    assert read_blocks(official_table(report, "disputes")) == dict(zip(places, cells_of(report, table), strict=True))


@forms
def test_every_figure_of_table_two_stands_in_its_part_row_and_column(form):
    report = with_distinct_figures(form)
    expected = {}
    for table in form.tables[:-2]:
        places = [(table.label, *row, *column) for row in paths(table.rows) for column in paths(table.columns)]
        expected |= dict(zip(places, cells_of(report, table), strict=True))
    assert len(expected) == (22 if form is FORM_2019 else 10)
    assert read_parts(official_table(report, "disclosure")) == expected


def test_some_places_of_the_2021_form_as_the_notice_prints_them():
    report = a_balanced_report(SECTION_TWO | {"applications/results.closed_otherwise.fee_unpaid/legal_service": 44})
    three = read_rows(official_table(report, "applications"))
    applicants = "申请人情况", "法人或其他组织"
    assert three[("一、本年新收政府信息公开申请数量",), ("申请人情况", "自然人")] == "5"
    assert three[("三、本年度办理结果", "（七）总计"), ("申请人情况", "总计")] == "6"
    unpaid = "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
    assert three[("三、本年度办理结果", "（六）其他处理", unpaid), (*applicants, "法律服务机构")] == "44"
    four = read_blocks(official_table(report, "disputes"))
    assert four["行政诉讼", "复议后起诉", "结果纠正"] == "1"
    assert four["行政复议", "总计"] == "4"
    two = read_parts(official_table(report, "disclosure"))
    assert two["第二十条第（一）项", "行政规范性文件", "现行有效件数"] == "10"
    assert two["第二十条第（八）项", "行政事业性收费", "本年收费金额（单位：万元）"] == "12.50"


def test_other_handling_printed_as_one_row_spans_the_columns_of_its_lines():
    table = official_table(with_distinct_figures(ONE_ROW_2021), "applications")
    (row,) = [row for row in table["body"] if row[0]["text"] == "（六）其他处理"]
    assert (row[0]["span"], row[0]["rows"]) == (2, 1)


def test_the_corner_of_table_three_states_the_balance_of_its_columns():
    corner = official_table(a_balanced_report(), "applications")["head"][0][0]
    assert corner["text"] == "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    assert (corner["span"], corner["rows"]) == (3, 3)


@forms
@pytest.mark.parametrize("blank", ["unknown", "zero"])
def test_blank_cells_are_printed_empty_whatever_a_blank_stands_for(form, blank):
    report = a_report(rest=None, form=form, blank=blank)
    for section in TABLE_SECTIONS:
        figures = [c for row in official_table(report, section)["body"] for c in row if c["role"] == "figure"]
        assert figures and {c["text"] for c in figures} == {""}


@forms
def test_zeros_are_printed_as_zeros(form):
    for section in TABLE_SECTIONS:
        figures = [
            c for row in official_table(a_report(form=form), section)["body"] for c in row if c["role"] == "figure"
        ]
        assert {c["text"] for c in figures} == {"0"}


@pytest.mark.parametrize("amount", ["12.50", "0.00", "8205.1300", "7545", "0.00000001"])
def test_an_amount_is_printed_as_given(amount):
    report = a_balanced_report(SECTION_TWO | {"fees/fees_10k_yuan/amount": Decimal(amount)})
    assert rows(official_table(report, "disclosure"))[-1] == ["行政事业性收费", amount]


def test_figures_of_the_table_are_not_touched_by_printing_it():
    report = with_distinct_figures(FORM_2021)
    before = dict(report.figures)
    everything(report)
    assert report.figures == before


# -- sections


def test_the_title_names_the_body_and_the_year():
    assert texts(display.title(a_balanced_report()), "title") == ["某县\n2024年政府信息公开工作年度报告"]


@forms
def test_the_six_sections_carry_the_headings_of_the_form_in_its_order(form):
    report = a_balanced_report(form=form)
    headings = [heading for page in everything(report)[2:8] for heading in texts(page, "heading")]
    assert headings == [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况",
        "六、其他需要报告的事项",
    ]


def test_a_section_is_its_heading_then_its_prose_then_its_table():
    report = a_balanced_report(prose={"applications": "（一）概况。新收{applications/received/total}件。"})
    page = display.section(report, "applications")
    assert [block["kind"] for block in page.blocks] == ["heading", "paragraph", "table"]
    assert page.blocks[1] == {"kind": "paragraph", "lead": "（一）概况。", "text": "新收7件。"}


def test_a_section_without_prose_or_table_is_its_heading():
    assert [block["kind"] for block in display.section(a_balanced_report(), "other").blocks] == ["heading"]


def test_a_section_with_an_unknown_place_is_refused():
    report = a_balanced_report(prose={"overview": "{nowhere}"})
    with pytest.raises(ReportError, match="nowhere"):
        display.section(report, "overview")


def test_the_preamble_is_the_prose_before_section_one():
    report = a_balanced_report(prose={"preamble": "本报告统计期限为{year}年。"})
    assert display.preamble(report).blocks == ({"kind": "paragraph", "lead": "", "text": "本报告统计期限为2024年。"},)
    assert display.preamble(a_balanced_report()).blocks == ()


@pytest.mark.parametrize("form", [*FORMS_SEEN, None], ids=[*FORM_NAMES, "blank"])
def test_every_table_of_the_notebook_tiles_a_rectangle(form):
    report = a_report(rest=None) if form is None else with_distinct_figures(form)
    for previous in (None, report):
        for table in (table for page in everything(report, previous) for table in tables(page)):
            grid(table["head"], len(table["widths"]))
            grid(table["body"], len(table["widths"]))


# -- appendix: statistics


def statistics(report, previous=None) -> dict[str, list[str]]:
    """Label of a statistic → the figures printed in its line."""
    (table,) = tables(display.statistics_appendix(report, previous))
    return {row[0]: row[2:] for row in rows(table) if len(row) > 1}


def test_the_official_text_ends_where_the_first_appendix_begins():
    pages = everything(a_balanced_report())
    kinds = [block["kind"] for page in pages for block in page.blocks]
    assert kinds.count("appendix") == 1
    assert pages[8].blocks[0]["kind"] == "appendix"


def test_statistics_are_printed_beside_last_year_with_the_difference():
    last = a_balanced_report({"applications/received": [4, 0, 0, 0, 0, 0, 4]}, year=2023)
    printed = statistics(a_balanced_report(), last)
    assert printed["新收申请"] == ["7", "4", "+3（+75%）"]
    assert printed["办结率"] == ["75%", "120%", "−45个百分点"]
    assert printed["公开率"] == ["66.67%", "66.67%", "0个百分点"]


def test_what_must_not_be_compared_says_why_instead_of_a_number():
    last = a_balanced_report(form=FORM_2019, year=2020)
    printed = statistics(a_balanced_report(SECTION_TWO, year=2021), last)
    assert printed["行政规范性文件制发"] == ["3", "—", "格式不同，不可比"]
    assert printed["行政许可处理决定"] == ["20", "0", "+20"]
    other_scope = statistics(a_balanced_report(), a_balanced_report(scope="县政府办公室", year=2023))
    assert {row[-1] for row in other_scope.values()} == {"统计范围不同，不可比"}


def test_without_last_year_only_what_is_computed_is_printed_and_the_reader_is_told():
    page = display.statistics_appendix(a_balanced_report())
    assert "没有上年的参数文件" in texts(page, "paragraph")[0]
    printed = statistics(a_balanced_report())
    assert printed["公开率"] == ["66.67%"]
    assert "新收申请" not in printed


def test_unknown_statistics_are_printed_as_a_dash():
    assert {row[0] for row in statistics(a_report(rest=None)).values()} == {"—"}


@pytest.mark.parametrize(("level", "shown"), [("county", False), ("prefecture", True)])
def test_statistics_of_regulations_are_printed_for_bodies_that_can_make_them(level, shown):
    report = a_balanced_report(level=level)
    assert any(label.startswith("规章") for label in statistics(report, report)) == shown


def test_the_composition_gives_applicants_and_results_with_their_shares():
    (table,) = tables(display.composition(a_balanced_report()))
    assert rows(table)[:2] == [
        ["自然人", "5", "71.43%", "予以公开", "3", "50%"],
        ["商业企业", "2", "28.57%", "部分公开", "1", "16.67%"],
    ]
    assert len(rows(table)) == 6


# -- appendix: checks


def order_of(page) -> list[str]:
    """The blocks of the checks appendix by what they are."""
    return [block.get("id") or block["kind"] for block in page.blocks]


def verdict(report, previous=None) -> dict:
    (block,) = [b for b in display.checks_appendix(report, previous).blocks if b["kind"] == "verdict"]
    return block


SLIP = {"disputes/review/total": 5}
BLANK = {"disputes/suit_direct/pending": None}


def test_failures_stand_before_what_cannot_be_checked_and_before_what_passed():
    page = display.checks_appendix(a_balanced_report(SLIP | BLANK))
    order = order_of(page)
    assert order[:3] == ["heading", "verdict", "failed"]
    assert order[-1] == "rules"
    assert set(order[3:-1]) == {"paragraph"}


def test_a_failure_is_shown_with_its_cause_and_its_rules_and_marked():
    failures = next(t for t in tables(display.checks_appendix(a_balanced_report(SLIP))) if t["id"] == "failed")
    ((cause, severity, message),) = failures["body"]
    assert (cause["text"], severity["text"], severity["mark"]) == ("C1", "错误", "fail")
    assert message["text"].startswith("表四 行政复议有1处错误") and message["text"].endswith("（T4.1）")


def test_one_wrong_figure_is_one_line_although_three_rules_break():
    slip = {"applications/results.total/natural_person": 50}
    failures = next(t for t in tables(display.checks_appendix(a_balanced_report(slip))) if t["id"] == "failed")
    ((*_, message),) = failures["body"]
    assert "印为 50，应为 5" in message["text"] and message["text"].endswith("（T3.1、T3.2、T3.3）")


def test_a_report_without_failures_has_no_table_of_failures():
    assert "failed" not in order_of(display.checks_appendix(a_balanced_report()))


@pytest.mark.parametrize(
    ("figures", "status", "counts"),
    [
        ({}, "pass", (42, 0, 0)),
        (BLANK, "unknown", (41, 0, 1)),
        (SLIP, "fail", (41, 1, 0)),
        (SLIP | BLANK, "fail", (40, 1, 1)),
    ],
)
def test_the_verdict_counts_what_passed_failed_and_could_not_be_checked(figures, status, counts):
    block = verdict(a_balanced_report(figures))
    assert block["status"] == status
    passed, failed, unknown = counts
    assert block["text"].startswith(f"勾稽关系42处：通过{passed}处，不通过{failed}处，因空白无法核对{unknown}处。")


def test_other_rules_that_fail_are_counted_in_the_verdict():
    assert verdict(a_balanced_report({"documents/regulations/issued": 1}))["text"].endswith("其他规则不通过1处。")


@pytest.mark.parametrize(
    "place", ["disputes/suit_direct/pending", "applications/received/other", "fees/fees_10k_yuan/amount"]
)
def test_one_blank_anywhere_and_the_verdict_is_not_that_all_is_well(place):
    assert verdict(a_balanced_report({place: None}))["status"] == "unknown"


def test_no_words_of_the_appendix_say_that_all_passed_when_something_is_unknown():
    for report in (a_report(rest=None), a_balanced_report(BLANK), a_balanced_report()):
        words = to_text(display.checks_appendix(report).blocks)
        assert not any(phrase in words for phrase in ("全部通过", "均通过", "都通过", "全部正确", "没有问题"))
        assert "不表示这些数据无误" in words


@pytest.mark.parametrize(("form", "number"), list(zip(FORMS_SEEN, (10, 10, 22), strict=True)), ids=FORM_NAMES)
def test_the_figures_of_table_two_are_said_to_be_beyond_checking_even_when_everything_passes(form, number):
    page = display.checks_appendix(a_balanced_report(form=form))
    (words,) = [text for text in texts(page, "paragraph") if "没有内部勾稽关系" in text]
    assert f"表二的全部{number}个数据" in words


def test_what_is_blank_is_named():
    words = "\n".join(texts(display.checks_appendix(a_balanced_report(BLANK)), "paragraph"))
    assert "表四“未经复议直接起诉”行：尚未审结空白，不能核对" in words


def test_many_blanks_are_counted_rather_than_listed():
    words = [
        text for text in texts(display.checks_appendix(a_report(rest=None)), "paragraph") if text.startswith("T3.3")
    ]
    assert len(words) == 1
    assert words[0].endswith("等25处。")
    assert words[0].count("不能核对") == 3


def test_places_of_the_prose_that_show_a_dash_are_named():
    report = a_balanced_report(prose={"overview": "较上年{stats/received_change}"})
    named = [text for text in texts(display.checks_appendix(report), "paragraph") if "{stats/received_change}" in text]
    assert len(named) == 1
    words = to_text(display.checks_appendix(report, a_balanced_report(year=2023)).blocks)
    assert "{stats/received_change}" not in words


def test_every_rule_is_listed_under_its_outcome_with_the_number_of_its_places():
    report = a_balanced_report(SLIP | BLANK, level="prefecture")
    listed = dict(rows(tables(display.checks_appendix(report))[-1]))
    failed, unknown, passed, not_applicable = listed.values()
    assert list(listed) == ["不通过1条", "无法核对2条", *(key for key in listed if key.startswith(("通过", "不适用")))]
    assert failed == "T4.1 表四各类案件合计（通过1处，不通过1处，无法核对1处）"
    assert unknown == "D.0 数据的取值（通过199处，无法核对1处）、T2.0 表二无内部勾稽关系"
    assert "T3.1 表三各列收支平衡（7处）" in passed and "T3.3 表三各行申请人合计（25处）" in passed
    assert "没有2023年度的报告：X.1 结转与上年衔接、X.2 现行有效件数与上年衔接" in not_applicable.splitlines()
    numbers = [int("".join(filter(str.isdigit, label))) for label in listed]
    assert sum(numbers) == len(re.findall(r"\b[A-Z]\d?\.\d+ ", " ".join(listed.values())))


# -- explanations


def explained(explanation: dict, figures=SLIP) -> str:
    report = a_balanced_report(figures, explanations=(explanation,))
    return to_text(display.checks_appendix(report).blocks)


def test_an_explanation_of_a_whole_rule_stands_with_each_of_its_failures():
    both = SLIP | {"disputes/suit_direct/total": 3}
    assert explained({"check": "T4.1", "reason": "一件并案审理"}, both).count("情况说明：一件并案审理") == 2


def test_an_explanation_of_one_place_stands_with_the_failure_at_that_place():
    both = SLIP | {"disputes/suit_direct/total": 3}
    words = explained({"check": "T4.1", "place": "disputes/review/total", "reason": "一件并案审理"}, both)
    (line,) = [line for line, after in pairwise(words.splitlines()) if after.startswith("情况说明：一件并案审理")]
    assert "表四 行政复议有1处错误" in line


@pytest.mark.parametrize("explanation", [{"check": "T3.3"}, {"check": "T4.1", "place": "disputes/suit_direct/total"}])
def test_an_explanation_of_something_else_does_not_stand_with_a_failure(explanation):
    words = explained(explanation | {"reason": "一件并案审理"})
    failures = words.partition("不通过的事项")[2].partition("没有内部勾稽关系")[0]
    assert "一件并案审理" not in failures


def test_an_explained_failure_is_still_a_failure():
    report = a_balanced_report(SLIP, explanations=({"check": "T4.1", "reason": "一件并案审理"},))
    assert verdict(report)["status"] == "fail"


@pytest.mark.parametrize("row", ["received", "results.total", "carried_out"])
def test_an_explanation_of_one_column_that_does_not_balance_stands_with_its_failure(row):
    figures = {"applications/received/natural_person": 6, "applications/received/total": 8}
    words = explained({"check": "T3.1", "place": f"applications/{row}/natural_person", "reason": "一件撤回"}, figures)
    assert words.count("情况说明：一件撤回") == 1


def test_the_verdict_is_no_pass_when_any_rule_failed():
    report = a_balanced_report(form=FORM_2019, year=2022)
    assert "不通过1处" in verdict(report)["text"]
    assert verdict(report)["status"] != "pass"


# -- pictures


def test_the_pictures_carry_their_caption_and_their_figures_in_words():
    (flow,) = display.flow(a_balanced_report()).blocks
    assert flow["kind"] == "figure"
    assert flow["svg"].startswith("<svg")
    assert flow["caption"].startswith("图1")
    assert "本年新收7件" in flow["alt"]
    (reasons,) = display.reasons(a_balanced_report()).blocks
    assert reasons["caption"].startswith("图2")
    assert "属于国家秘密）1件" in reasons["alt"]


@pytest.mark.parametrize("report", [a_report(), a_report(rest=None)], ids=["nothing", "blank"])
def test_instead_of_an_empty_picture_there_is_a_sentence(report):
    for page in (display.flow(report), display.reasons(report)):
        (block,) = page.blocks
        assert block["kind"] == "paragraph"
        assert "不绘图" in block["text"]


def test_blank_reasons_are_not_said_to_be_none():
    (block,) = display.reasons(a_report(rest=None)).blocks
    assert "空白" in block["text"]


# -- provenance


def test_the_record_names_the_files_and_their_sha256(params_dir):
    report = load("321300-suqian", 2024, params_dir)
    previous = load_previous(report, params_dir)
    (table,) = tables(display.provenance(report, previous))
    listed = rows(table)
    for label, file in (("参数文件", "2024.yaml"), ("上年参数文件", "2023.yaml")):
        path = params_dir / "321300-suqian" / file
        number = next(i for i, row in enumerate(listed) if row[0] == label)
        assert listed[number][1].endswith(f"321300-suqian/{file}")
        assert listed[number + 1] == ["sha256", hashlib.sha256(path.read_bytes()).hexdigest()]


def test_the_record_follows_every_byte_of_the_file(params_dir):
    path = params_dir / "500243-pengshui" / "2023.yaml"
    before = load("500243-pengshui", 2023, params_dir).sha256
    path.write_bytes(path.read_bytes() + b"# \n")
    (table,) = tables(display.provenance(load("500243-pengshui", 2023, params_dir)))
    assert ["sha256", hashlib.sha256(path.read_bytes()).hexdigest()] in rows(table)
    assert ["sha256", before] not in rows(table)


def test_the_record_names_the_source_the_program_and_the_command():
    report = a_balanced_report(source={"title": "某县年度报告", "file": "x.pdf", "sha256": "ab12", "note": "手工录入"})
    (table,) = tables(display.provenance(report))
    listed = dict(rows(table))
    assert listed["数据来源"] == "某县年度报告"
    assert listed["来源文件"] == "x.pdf"
    assert listed["来源文件sha256"] == "ab12"
    assert listed["来源说明"] == "手工录入"
    assert listed["编制程序"] == f"gkstats {gkstats.__version__}"
    assert listed["重新生成"] == "gkstats build 500243-pengshui --year 2024"


def test_what_the_file_does_not_say_of_its_source_is_left_out():
    (table,) = tables(display.provenance(a_balanced_report()))
    assert not any(row[0].startswith(("数据来源", "来源", "上年")) for row in rows(table))


# -- the whole


@pytest.mark.parametrize("name", ["500243-pengshui/2023", "321300-suqian/2024", "320813-hongze/2024"])
def test_the_pages_of_a_report_are_the_same_every_time(name):
    report = read(PARAMS / f"{name}.yaml")
    assert everything(report) == everything(read(PARAMS / f"{name}.yaml"))


@forms
def test_no_page_shows_a_python_value_in_place_of_a_text(form):
    for report in (a_report(form=form), a_report(rest=None, form=form), with_distinct_figures(form)):
        words = "\n".join(to_text(page.blocks) for page in everything(report, report))
        for slip in ("None", "nan", "NaN", "<NA>", "inf", "Fraction", "Decimal", "E-", "E+"):
            assert slip not in words


def test_the_distinct_figures_used_here_are_distinct():
    report = with_distinct_figures(FORM_2021)
    assert len(set(map(str, report.figures.values()))) == 200
    assert [c for c in FORM_2021.cells if FORM_2021.kind(c) == AMOUNT] == [
        c for c in FORM_2021.cells if c.table == "fees"
    ]
