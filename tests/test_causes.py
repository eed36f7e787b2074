"""What a clerk reads: one cause for the rules that fail together, and everything that was found once and only once."""

import random
import re
from decimal import Decimal

import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report, a_report
from documents import random_report

from gkstats.checks import BALANCES, FAIL, Case, Finding, causes_of, examine
from gkstats.checks.causes import STATED, STRUCTURE, TIED, UNIQUE, blanks_in_words
from gkstats.checks.examples import case_of
from gkstats.checks.planted import PLANTED
from gkstats.forms import FORM_2019
from gkstats.report import Report
from gkstats.schema import Cell

forms = pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
WRONG_TOTAL = {"applications/results.total/natural_person": 50}


def causes(figures=(), previous=None, **more):
    report = a_balanced_report(figures, **more)
    last = None if previous is None else a_balanced_report(previous, year=report.year - 1)
    return examine([Case(report, last)]).causes(report)


# -- one cause, one entry


def test_one_wrong_total_is_one_cause_and_not_three_errors():
    (cause,) = causes(WRONG_TOTAL)
    assert (cause.id, cause.severity, cause.sure, cause.action) == ("C1", "error", UNIQUE, "必须更正")
    assert [finding.rule for finding in cause.findings] == ["T3.1", "T3.2", "T3.3"]
    assert (cause.place, cause.printed, cause.due) == ("表三 （七）总计·自然人", "50", "5")
    assert cause.cells == (Cell("applications", "results.total", "natural_person"),)


@forms
def test_any_one_wrong_figure_of_table_three_is_one_cause_whatever_it_breaks(form):
    true = random_report(3, form)
    for cell in (cell for cell in form.cells if cell.table == "applications"):
        figures = {str(c): figure for c, figure in true.figures.items()} | {str(cell): true.figures[cell] + 7}
        report = a_report(figures, form=form, year=form.first_year)
        found = [cause for cause in examine([report]).causes(report) if BALANCES & set(cause.rules)]
        assert [(cause.id, cause.printed, cause.due) for cause in found] == [
            ("C1", str(true.figures[cell] + 7), str(true.figures[cell]))
        ]


def test_every_failure_of_a_report_belongs_to_one_cause_and_no_other():
    rng = random.Random(1)
    for seed in range(60):
        form = FORMS_SEEN[seed % 3]
        true = random_report(seed, form)
        figures = {str(cell): figure for cell, figure in true.figures.items()}
        for cell in rng.sample(form.cells, rng.randrange(1, 9)):
            figures[str(cell)] = rng.choice((None, 0, -3, rng.randrange(99)))
        report = a_report(figures, form=form, year=2022, level="county")
        results = examine([Case(report, a_balanced_report(year=2021))])
        failed = [finding for finding in results.of(report) if finding.status == FAIL]
        told = [finding for cause in results.causes(report) for finding in cause.findings]
        assert sorted(map(id, told)) == sorted(map(id, failed))
        frame = results.frame()
        assert (frame["cause"] != "").tolist() == (frame["status"] == FAIL).tolist()
        assert [cause.id for cause in results.causes(report)] == [
            f"C{n + 1}" for n in range(len(set(frame["cause"]) - {""}))
        ]


def test_a_report_without_failures_has_no_causes():
    assert causes() == ()
    assert causes_of(a_balanced_report(), []) == ()


def test_what_one_rule_says_of_a_row_is_one_cause():
    (cause,) = causes({"documents/regulations": [1, 0, 2]})
    assert (cause.sure, cause.rules, cause.printed, cause.due) == (STATED, ("D.1",), "1；2", "0；0")
    assert cause.head.count("只有国务院部门") == 1


def test_what_one_rule_says_of_two_sections_or_two_sentences_is_two_causes():
    report = a_balanced_report(prose={"overview": "政府信息公开行政复议结果维持9件；政府信息公开行政复议结果纠正8件。"})
    found = examine([report]).causes(report)
    assert sorted(cause.rules for cause in found) == [("F.5",), ("F.5",), ("N.1",), ("N.1",)]


def test_the_failures_of_other_reports_are_no_part_of_a_causes():
    report, other = a_balanced_report(WRONG_TOTAL), a_balanced_report({"disputes/review/total": 5}, id="100002-x")
    results = examine([report, other])
    assert [cause.head for cause in causes_of(report, results.findings)] == [
        cause.head for cause in results.causes(report)
    ]


@pytest.mark.parametrize("where", [{"row": "received"}, {"column": "total"}, {}])
def test_what_two_rules_say_of_more_than_a_cell_is_two_causes(where):
    report = a_balanced_report()
    said = [
        Finding(report, rule, FAIL, "warning", "各格应相等", table="applications", **where) for rule in ("X.1", "R.1")
    ]
    assert [cause.rules for cause in causes_of(report, said)] == [("X.1",), ("R.1",)]


def test_what_two_rules_say_of_one_cell_is_one_cause():
    report = a_balanced_report(
        {"documents/normative_documents": [3, 1, 20]}, prose={"overview": "全县现行有效行政规范性文件12件。"}
    )
    last = a_balanced_report({"documents/normative_documents": [0, 0, 10]}, year=2023)
    (cause,) = (c for c in examine([Case(report, last)]).causes(report) if "X.2" in c.rules)
    assert cause.rules == ("X.2", "N.1") and (cause.printed, cause.due) == ("20", "12")
    assert cause.head.startswith("表二“行政规范性文件”：") and "正文" not in cause.head
    assert len(cause.evidence) == 1 and cause.evidence[0].startswith("N.1 正文“")


def test_three_errors_that_are_three_causes_claim_no_more_than_holds_for_three():
    found = causes({
        "applications/received/natural_person": 9,
        "applications/carried_out/research": 3,
        "applications/results.granted/nonprofit": 8,
    })  # fmt: skip
    assert [cause.certainty for cause in found] == ["若错误不超过3处，唯一解"] * 3


def test_a_blank_that_stands_for_nought_is_called_a_blank():
    (cause,) = causes({"applications/received/natural_person": None}, blank="zero")
    assert cause.head.startswith("表三 一、本年新收政府信息公开申请数量·自然人 印为 空白，应为 5")


def test_a_figure_that_is_no_count_is_told_by_its_own_rule_and_those_it_breaks_are_not_lost():
    found = causes({"applications/received/research": -4})
    assert {rule for cause in found for rule in cause.rules} == {"D.0", "T3.1", "T3.3"}


def test_grave_causes_come_first_and_of_those_the_sure_ones():
    found = causes(
        WRONG_TOTAL | {"disputes/review/total": 5, "documents/regulations/in_force": 1},
        previous={"applications/carried_out": [0, 1, 0, 0, 0, 0, 1], "documents/regulations/in_force": 1},
    )
    assert [(cause.severity, cause.sure) for cause in found] == [
        ("error", UNIQUE), ("error", STATED), ("error", TIED), ("warning", STATED),
    ]  # fmt: skip


# -- how sure, in words


def test_ties_are_shown_as_ties_and_three_of_them_at_most():
    (cause,) = causes({"disputes/review/total": 5})
    assert cause.sure == TIED and len(cause.explanations) == 5
    assert cause.head == "表四 行政复议有1处错误，不能断定是哪一处（并列解5种，请对照原件）"
    assert [line[:5] for line in cause.lines if line.startswith("可能")] == [
        "可能 1.",
        "可能 2.",
        "可能 3.",
        "可能 另有",
    ]
    assert (cause.place, cause.printed, cause.due) == ("表四 行政复议", "", "")


def test_two_wrong_cells_are_named_with_the_table_once_and_the_row_where_it_is_another():
    (cause,) = causes({"applications/received/natural_person": 8, "applications/carried_out/natural_person": 11})
    assert cause.head == (
        "表三 一、本年新收政府信息公开申请数量·自然人 印为 8，应为 5（一位数字有误）；"
        "四、结转下年度继续办理·自然人 印为 11，应为 1（多一位数字）（若错误不超过2处，唯一解）"
    )


@pytest.mark.parametrize(("ties", "last"), [(3, "可能 3"), (4, "可能 另有1种"), (5, "可能 另有2种")])
def test_ties_beyond_three_are_counted(ties, last):
    figures = {3: [6, 6, 0, 0, 6], 4: [6, 6, 6, 0, 12], 5: [6, 6, 6, 6, 18]}[ties]  # the total, or a 6 that is 0
    (cause,) = causes({"disputes/review": figures})
    assert len(cause.explanations) == ties
    assert [line for line in cause.lines if line.startswith("可能")][-1].startswith(last)


def test_two_ties_are_ties():
    (cause,) = causes({"disputes/review": [9, 0, 0, 0, 0]})  # the total is 9 or the first is 0
    assert cause.sure == TIED and cause.head.startswith("表四 行政复议有1处错误，不能断定是哪一处（并列解2种")


def test_ties_of_one_and_of_two_cells_say_no_number_of_errors():
    (cause,) = causes({"disputes/review": [1, 1, 0, 4, 2]})  # the last two exchanged, or one of them wrong
    assert cause.head.startswith("表四 行政复议有错误，不能断定是哪一处")


def test_a_figure_that_no_slip_explains_has_no_empty_brackets_after_it():
    (cause,) = causes({"disputes/review": [13, 27, 31, 44, 386]})  # 115 in all
    assert cause.lines[1] == "可能 1. 表四 行政复议·总计 印为 386，应为 115"


def test_of_two_wrong_cells_one_may_have_a_slip_and_the_other_none():
    (cause,) = causes({"applications/received/natural_person": 8, "applications/carried_out/natural_person": 250})
    assert "印为 8，应为 5（一位数字有误）；" in cause.head and "印为 250，应为 1（若错误不超过2处" in cause.head


def test_a_structural_problem_says_what_happened_and_to_look_at_the_source():
    (cause,) = causes({"applications/results.total": [0, 5, 1, 0, 0, 0, 0]})
    assert cause.sure == STRUCTURE
    assert cause.head.startswith("表三“（七）总计”行疑似在“自然人”处多了一个数，其后各数依次后移一格")
    assert cause.head.endswith("（结构性问题，请对照原件）")


def test_a_shift_that_may_have_begun_at_two_places_is_told_with_both():
    balanced = {"applications/received": [5, 2, 0, 0, 2, 3, 12], "applications/carried_out": [1, 1, 0, 0, 2, 3, 7]}
    (cause,) = causes(balanced | {"applications/received": [5, 2, 0, 2, 3, 12, 0]})
    assert (cause.sure, cause.head) == (STRUCTURE, "表三各数有错位（结构性问题，请对照原件）")
    row = "“一、本年新收政府信息公开申请数量”行"
    assert [line for line in cause.lines if line.startswith("可能")] == [
        f"可能 1. {row}疑似在“科研机构”处漏了一个数（应为 0），其后各数依次前移一格",
        f"可能 2. {row}疑似在“社会公益组织”处漏了一个数（应为 0），其后各数依次前移一格",
    ]
    assert cause.place == "表三"


def test_only_the_failures_given_have_causes_and_no_last_year_is_needed():
    report = a_balanced_report({"applications/received/natural_person": 9, "applications/carried_out/research": 3})
    received, carried_out = examine([report]).causes(report)
    assert [cause.head for cause in causes_of(report, received.findings)] == [received.head]
    assert [cause.head for cause in causes_of(report, carried_out.findings)] == [carried_out.head]


def test_the_cells_of_a_cause_are_those_to_repair_or_those_its_rule_speaks_of():
    (repaired,) = causes(WRONG_TOTAL)
    assert len(repaired.findings) == 3 and repaired.cells == (Cell("applications", "results.total", "natural_person"),)
    (stated,) = causes({"documents/regulations": [1, 0, 2]})
    assert [str(cell) for cell in stated.cells] == ["documents/regulations/issued", "documents/regulations/in_force"]
    assert (stated.limit, stated.certainty) == (0, "")


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ({"table": "applications", "row": "received", "column": "total"}, "表三 一、本年新收政府信息公开申请数量·总计"),
        ({"table": "applications", "row": "received"}, "表三 一、本年新收政府信息公开申请数量"),
        ({"table": "applications", "row": "results.refused", "column": "total"}, "表三 （三）不予公开·总计"),
        ({"table": "applications", "column": "total"}, "表三"),
        ({"table": "applications"}, "表三"),
        ({"section": "overview"}, "一、总体情况"),
        ({"section": "preamble"}, "引言"),
        ({}, ""),
    ],
)
def test_a_cause_stands_where_its_finding_does(where, place):
    report = a_balanced_report()
    (cause,) = causes_of(report, [Finding(report, "R.1", FAIL, "warning", "各格应等于单位之和", **where)])
    assert cause.place == place


def test_what_one_rule_says_of_a_row_in_different_words_is_told_in_full():
    (cause,) = (c for c in causes({"procurement/procurement": [-1, Decimal("-0.5")]}, form=FORM_2019, year=2020)
                if "D.0" in c.rules)  # fmt: skip
    assert cause.head.count("应为不小于0的整数") == 1 and cause.head.endswith("填报-0.5，应不小于0")


def test_what_one_rule_says_of_a_row_without_a_reason_is_told_as_it_is():
    report, place = a_balanced_report(), {"table": "applications", "row": "received"}
    said = [Finding(report, "R.1", FAIL, "warning", words, **place) for words in ("自然人填报5", "总计填报7")]
    (cause,) = causes_of(report, said)
    assert cause.head == "自然人填报5；总计填报7"


def test_figures_that_nothing_explains_name_no_cell():
    rng = random.Random(2)
    figures = {f"applications/{row}": [rng.randrange(90) for _ in range(7)]
               for row in ("received", "carried_in", "results.granted", "results.total", "carried_out")}  # fmt: skip
    (cause,) = causes(figures)
    assert cause.sure == STRUCTURE and not cause.explanations and cause.place == "表三"
    assert re.fullmatch(r"表三有\d+条规则不成立，3处以内的错误解释不了（结构性问题，请对照原件）", cause.head)


def test_scattered_errors_are_a_cause_each_however_many_there_are():
    figures = {"received/natural_person": 9, "carried_out/research": 3, "results.granted/nonprofit": 8,
               "results.refused.public_safety/other": 6, "carried_in/legal_service": 11}  # fmt: skip
    found = causes({f"applications/{place}": figure for place, figure in figures.items()})
    assert {(cause.printed, cause.due) for cause in found} == {
        ("9", "5"),
        ("3", "0"),
        ("8", "0"),
        ("6", "0"),
        ("11", "0"),
    }
    assert {cause.certainty for cause in found} == {"若这几条规则只有1处错误，唯一解"}


def test_a_repair_is_told_and_not_made():
    report = a_balanced_report(WRONG_TOTAL)
    before = dict(report.figures)
    assert examine([report]).causes(report)
    assert report.figures == before


# -- evidence


CARRIED = {"applications/carried_in/natural_person": 7}
LAST = {"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}


def test_last_years_figure_that_agrees_with_the_repair_supports_it_and_is_no_cause_of_its_own():
    (cause,) = causes(CARRIED, LAST)
    assert cause.rules == ("T3.1", "T3.3", "X.1")
    (line,) = cause.evidence
    assert line.startswith("X.1 本年“上年结转”各列应等于") and line.endswith("（支持）")


def test_last_years_figure_that_is_a_third_one_stays_a_cause_and_speaks_against():
    first, second = causes(CARRIED, {"applications/carried_out": [3, 0, 0, 0, 0, 0, 1]})
    assert (first.rules, second.rules) == (("T3.1", "T3.3"), ("X.1",))
    assert first.evidence[0].endswith("（不支持）")


def test_last_years_figure_that_agrees_with_the_print_speaks_against_the_repair():
    first, _ = causes(CARRIED, {"applications/carried_out": [7, 0, 0, 0, 0, 0, 7]})
    assert "上年“结转下年度继续办理”为 7，与印数相同（不支持）" in first.evidence


def test_a_year_that_cannot_be_compared_is_no_evidence():
    report = a_balanced_report(CARRIED)
    other = a_balanced_report({"applications/carried_out": [7] * 7}, year=2023, scope="县政府办公室")
    (cause,) = examine([Case(report, other)]).causes(report)
    assert cause.evidence == ()


def test_what_the_repair_settles_only_in_part_stays_a_cause_of_its_own():
    """10 too many in a total: last year's report has the right figure, the prose a third one."""
    report = with_prose({"applications/carried_in/total": 11}, "全县新收政府信息公开申请7件，上年结转5件。")
    last = a_balanced_report({"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}, year=2023)
    found = [cause.rules for cause in examine([Case(report, last)]).causes(report)]
    assert ("X.1", "N.1") in found and not any({"T3.3", "X.1"} <= set(rules) for rules in found)


def with_prose(figures, text) -> Report:
    return a_balanced_report(figures, prose={"overview": text})


def test_the_prose_that_has_the_repaired_figure_supports_it():
    report = with_prose({"applications/received/total": 17}, "全县新收政府信息公开申请7件。")
    found = [cause for cause in examine([report]).causes(report) if "T3.3" in cause.rules]
    (cause,) = found
    assert "N.1" in cause.rules and cause.evidence[0].endswith("（支持）")


def test_the_prose_that_has_the_printed_figure_speaks_against_the_repair():
    report = with_prose({"applications/received/total": 17}, "全县新收政府信息公开申请17件。")
    (cause,) = (cause for cause in examine([report]).causes(report) if "T3.3" in cause.rules)
    assert any(line.startswith("正文“") and line.endswith("= 17（不支持）") for line in cause.evidence)


def test_the_prose_that_has_another_figure_of_the_broken_rules_supports_that_one():
    report = with_prose(WRONG_TOTAL, "全县办结政府信息公开申请6件。")
    (cause,) = (cause for cause in examine([report]).causes(report) if "T3.3" in cause.rules)
    assert any(line.endswith("= 6（支持）") for line in cause.evidence)


def test_the_sentence_a_cause_is_about_is_quoted_once():
    report = with_prose({}, "全县新收政府信息公开申请9件。")
    quoted = [line for cause in examine([report]).causes(report) for line in cause.lines if line.startswith("原句")]
    assert quoted == ["原句 “全县新收政府信息公开申请9件。”"]


def test_a_sentence_that_copies_the_wrong_figure_and_does_not_add_up_for_it_is_no_cause_of_its_own():
    report = with_prose(
        {"applications/results.total/total": 16}, "全县新收政府信息公开申请7件，上年结转1件，办结16件，结转下年2件。"
    )
    (cause,) = (cause for cause in examine([report]).causes(report) if {"T3.3", "N.5"} & set(cause.rules))
    assert {"T3.3", "N.5"} <= set(cause.rules)
    assert cause.evidence[0].startswith("N.5 ") and cause.evidence[0].endswith("（支持）")


# -- blanks


def test_blanks_that_may_all_be_nought_are_told_so():
    report = a_balanced_report({"disputes/suit_direct": [1, None, None, 1, 2]})
    assert list(blanks_in_words(report)) == ["表四 未经复议直接起诉空白按0计：2处空白都按0计时，勾稽关系全部成立"]


def test_a_blank_that_must_hold_a_figure_is_told_which():
    report = a_balanced_report({"disputes/review/corrected": None, "applications/results.total/natural_person": None})
    assert list(blanks_in_words(report)) == [
        "表三 （七）总计·自然人 空白处应为 5",
        "表四 行政复议·结果纠正 空白处应为 1",
    ]


@pytest.mark.parametrize(
    ("figures", "where"),
    [
        ({"disputes/review": [9, None, 0, 0, 4]}, "表四 行政复议"),  # the others are more than the total
        # the row asks for 5 and the column for 4; the row for 0 and the column for 1
        ({"applications/received/natural_person": None, "applications/carried_in/research": None,
          "applications/carried_out": [0, 1, 1, 0, 0, 0, 2]}, "表三"),
    ],
)  # fmt: skip
def test_a_blank_that_no_figure_can_fill_is_told_so(figures, where):
    assert causes(figures) == ()
    assert list(blanks_in_words(a_balanced_report(figures))) == [
        f"{where}空白处无论填什么数，勾稽关系都不能成立，请对照原件"
    ]


def test_a_blank_beside_a_wrong_figure_is_told_nothing():
    figures = WRONG_TOTAL | {"applications/received/research": None}
    assert len(causes(figures)) == 1 and list(blanks_in_words(a_balanced_report(figures))) == []


def test_a_figure_that_is_no_count_is_not_called_a_blank():
    figures = {"applications/received/research": -4, "applications/carried_out/other": None}
    assert list(blanks_in_words(a_balanced_report(figures))) == ["表三 四、结转下年度继续办理·其他 空白处应为 0"]
    assert list(blanks_in_words(a_balanced_report({"disputes/review": [-1, 1, 0, 0, 0]}))) == []


def test_a_report_that_knows_its_blanks_is_told_nothing():
    assert list(blanks_in_words(a_balanced_report())) == []
    assert list(blanks_in_words(a_balanced_report({"disputes/review/other": None}, blank="zero"))) == []


# -- the examples of the documentation


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.words)
def test_a_planted_error_is_explained_in_the_words_the_documentation_shows(planted):
    case = case_of(planted.example)
    found = examine([case]).causes(case.report)
    assert "\n".join(cause.text for cause in found) == planted.text


def test_the_planted_errors_are_of_five_kinds():
    kinds = set()
    for planted in PLANTED:
        case = case_of(planted.example)
        kinds |= {(cause.sure, cause.rules) for cause in examine([case]).causes(case.report)}
    assert len(kinds) >= 5 and {sure for sure, _ in kinds} == {UNIQUE, TIED, STRUCTURE, STATED}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.words)
def test_a_cause_speaks_no_programmers_language(planted):
    text = planted.text
    assert not re.search(r"[a-z_]{3,}|None|nan|\bCell\b", text), text
