"""The checks: every relation of the form, what a blank does to it, and the words a clerk reads."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import (
    BALANCED,
    FORM_NAMES,
    FORMS_SEEN,
    ONE_ROW_2021,
    SECTION_TWO,
    a_balanced_report,
    a_report,
)
from pandas.testing import assert_frame_equal

from gkstats.checks import BALANCES, CHECKS, check, examine, summary, unreadable
from gkstats.checks.balances import system_of
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.params import read
from gkstats.report import LEVELS, Problem
from gkstats.schema import Cell

PARAMS = Path(__file__).parent.parent / "params"
RELATIONS = ["T3.1", "T3.2", "T3.3", "T4.1"]

# Rows of table 三 that are neither a result nor the total of the results.
OUTSIDE_RESULTS = {"received", "carried_in", "carried_out"}


def failed(report) -> set[tuple[str, str, str]]:
    """(check, row, column) of everything that failed."""
    findings = check([report])
    return {(f.check, f.row, f.column) for f in findings[findings["status"] == "fail"].itertuples()}


def messages(report, status: str, id: str) -> list[str]:
    findings = check([report])
    return list(findings[(findings["status"] == status) & (findings["check"] == id)]["message"])


def relations_of(cell: Cell) -> set[tuple[str, str, str]]:
    """The relations a cell of tables 三 and 四 takes part in, from the words of the form."""
    if cell.table == "disputes":
        return {("T4.1", cell.row, "total")}
    found = {("T3.3", cell.row, "total")}
    if cell.row in OUTSIDE_RESULTS:
        return found | {("T3.1", "", cell.column)}
    if cell.row == "results.total":
        found.add(("T3.1", "", cell.column))
    return found | {("T3.2", "results.total", cell.column)}


# -- every relation is there and sees every cell


@pytest.mark.parametrize(("form", "cells"), list(zip(FORMS_SEEN, (190, 176, 176), strict=True)), ids=FORM_NAMES)
@pytest.mark.parametrize("step", [1, -1], ids=["one-more", "one-less"])
def test_a_slip_of_one_in_any_single_cell_of_tables_three_and_four_is_caught_by_its_relations(form, cells, step):
    places = [cell for cell in form.cells if cell.table in ("applications", "disputes")]
    assert len(places) == cells
    balanced = a_balanced_report(form=form)
    reports = [
        a_balanced_report({str(cell): balanced.figures[cell] + step}, form=form, id=f"{100000 + number}-x")
        for number, cell in enumerate(places)
    ]
    findings = check(reports)
    findings = findings[(findings["status"] == "fail") & findings["check"].isin(RELATIONS)]
    caught = {body: set() for body in (report.id for report in reports)}
    for finding in findings.itertuples():
        caught[finding.body].add((finding.check, finding.row, finding.column))
    assert caught == {report.id: relations_of(cell) for report, cell in zip(reports, places, strict=True)}


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_a_balanced_report_fails_nothing(form):
    assert failed(a_balanced_report(form=form, year=form.first_year)) == set()


@pytest.mark.parametrize(("form", "rows"), list(zip(FORMS_SEEN, (25, 23, 23), strict=True)), ids=FORM_NAMES)
def test_there_is_one_relation_for_every_column_row_and_block(form, rows):
    counts = summary([a_balanced_report(form=form)]).droplevel(["body", "year"])
    assert counts.loc[RELATIONS].sum(axis=1).to_dict() == {"T3.1": 7, "T3.2": 7, "T3.3": rows, "T4.1": 3}


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_the_results_that_make_up_the_total_are_all_the_lines_between_and_no_others(form):
    relation = next(r for r in form.relations if r.rule == "T3.2")
    between = [row for row in form.table["applications"].row if row.startswith("results.") and row != "results.total"]
    assert [cell.row for cell in relation.left] == between
    assert len(between) == (21 if form is FORM_2021 else 19)


def test_half_an_application_too_many_breaks_the_balances():
    wrong = failed(a_balanced_report({"applications/received/natural_person": Decimal("5.5")}))
    assert {("T3.1", "", "natural_person"), ("T3.3", "received", "total")} <= wrong


def test_two_slips_that_cancel_out_in_a_sum_are_still_caught_where_they_do_not():
    # one application moved from 予以公开 to 部分公开 in the column of natural persons only
    report = a_balanced_report({
        "applications/results.granted/natural_person": 2,
        "applications/results.granted_in_part/natural_person": 1,
    })  # fmt: skip
    assert failed(report) == {("T3.3", "results.granted", "total"), ("T3.3", "results.granted_in_part", "total")}


@pytest.mark.parametrize(
    "name", ["500243-pengshui/2023", "321300-suqian/2023", "321300-suqian/2024", "320813-hongze/2024"]
)
def test_a_published_report_balances(name):
    report = read(PARAMS / f"{name}.yaml")
    assert failed(report) == set()
    counts = summary([report]).droplevel(["body", "year"])
    assert counts.loc[sorted(BALANCES), "unknown"].sum() == 0


def test_the_balances_hold_for_figures_of_twelve_digits():
    many = 999_999_999_999
    row = [many, 0, 0, 0, 0, 0, many]
    report = a_report({"applications/received": row, "applications/carried_out": row})
    assert failed(report) == set()
    assert failed(a_report({"applications/received": row, "applications/carried_out": [many - 1, 0, 0, 0, 0, 0, many]}))


# -- one sparse matrix for any number of reports


@pytest.fixture
def mixed():
    """Reports of both forms, good, bad, blank and of all blank policies, in no order."""
    return [
        a_balanced_report({"applications/received/total": 8}, id="100001-a"),
        a_balanced_report(form=FORM_2019, year=2022, id="100002-b"),
        a_report(rest=None, id="100003-c"),
        a_balanced_report(SECTION_TWO | {"documents/regulations": [1, 0, 1]}, id="100004-d"),
        a_balanced_report({"disputes/review/upheld": None}, form=FORM_2019, year=2020, blank="zero", id="100005-e"),
        a_balanced_report({"disputes/review/pending": -2}, form=ONE_ROW_2021, id="100006-f"),
        a_balanced_report({"documents/regulations": [1, 0, 1]}, level="province", id="100007-g"),
    ]


def test_many_reports_at_once_give_the_findings_of_one_at_a_time(mixed):
    one_at_a_time = pd.concat([check([report]) for report in mixed], ignore_index=True)
    assert_frame_equal(check(mixed), one_at_a_time)
    assert set(one_at_a_time["check"]) == {*RELATIONS, "D.0", "D.1", "F.1", "T2.0"}


def test_many_reports_at_once_give_the_counts_of_one_at_a_time(mixed):
    one_at_a_time = pd.concat([summary([report]) for report in mixed]).sort_index()
    assert_frame_equal(summary(mixed).sort_index(), one_at_a_time)


def test_no_reports_give_no_findings():
    assert check([]).empty
    assert summary([]).empty


def test_a_thousand_reports_are_checked_and_the_only_wrong_one_is_found():
    reports = [a_balanced_report(id=f"{100000 + number}-x") for number in range(1000)]
    reports[700] = a_balanced_report({"disputes/suit_direct/upheld": 2}, id="100700-x")
    findings = check(reports)
    wrong = findings[findings["status"] == "fail"]
    assert [tuple(row) for row in wrong[["body", "check", "row"]].itertuples(index=False)] == [
        ("100700-x", "T4.1", "suit_direct")
    ]
    assert summary(reports)["fail"].sum() == 1


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_the_matrix_of_a_form_is_made_once_and_is_sparse(form):
    system = system_of(form)
    assert system_of(form) is system
    assert system.matrix.shape == (len(system.relations), len(form.cells))
    assert system.matrix.nnz < 0.05 * np.prod(system.matrix.shape)


def test_the_matrix_times_the_figures_is_what_is_left_over():
    system = system_of(FORM_2021)
    left_over = system.matrix @ a_balanced_report({"applications/received/natural_person": 9}).vector
    t31 = [left_over[number] for number, relation in enumerate(system.relations) if relation.rule == "T3.1"]
    assert t31 == [4, 0, 0, 0, 0, 0, 0]  # natural persons: 9 + 1 against 5 + 1


# -- a blank is never zero unless the report says so


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_a_blank_cell_makes_just_its_relations_unknown_and_none_of_them_pass(form):
    for cell in (c for c in form.cells if c.table in ("applications", "disputes")):
        findings = check([a_balanced_report({str(cell): None}, form=form, year=form.first_year)])
        findings = findings[findings["check"].isin(RELATIONS)]
        assert set(findings["status"]) == {"unknown"}, cell
        assert {(f.check, f.row, f.column) for f in findings.itertuples()} == relations_of(cell), cell


def test_a_wrong_sum_with_a_blank_in_it_is_unknown_and_not_failed():
    report = a_balanced_report({"disputes/review": [9, None, 0, 0, 4]})
    assert summary([report]).loc[(report.id, 2024, "T4.1")].to_dict() == {
        "pass": 2, "fail": 0, "unknown": 1, "not_applicable": 0, "broken": 0,
    }  # fmt: skip


def test_an_empty_report_passes_nothing():
    counts = summary([a_report(rest=None)]).droplevel(["body", "year"]).loc[[*RELATIONS, "D.0", "D.1", "T2.0"]]
    assert counts[["pass", "fail"]].sum().tolist() == [0, 0]
    assert counts["unknown"].sum() == 7 + 7 + 25 + 3 + 200 + 3 + 1


@pytest.mark.parametrize(("blank", "status"), [("unknown", (0, 0, 1)), ("zero", (1, 0, 0))])
def test_a_blank_that_stands_for_nothing_passes_only_under_the_policy_zero(blank, status):
    report = a_report({"disputes/review": [1, 1, None, 2, 4]}, blank=blank)
    counts = summary([report]).loc[(report.id, 2024, "T4.1")]
    assert (counts["pass"] - 2, counts["fail"], counts["unknown"]) == status


def test_under_the_policy_zero_a_blank_that_should_hold_a_figure_fails():
    report = a_report({"disputes/review": [1, None, 0, 2, 4]}, blank="zero")
    assert failed(report) == {("T4.1", "review", "total")}


# -- what stands in a cell


@pytest.mark.parametrize(
    ("place", "figure"),
    [
        ("disputes/review/upheld", -1),
        ("applications/received/total", Decimal("0.5")),
        ("documents/normative_documents/issued", -3),
        ("fees/fees_10k_yuan/amount", Decimal("-0.01")),
    ],
)
def test_a_figure_that_no_count_or_amount_can_be_is_found(place, figure):
    assert ("D.0", *place.split("/")[1:]) in failed(a_report({place: figure}))


@pytest.mark.parametrize(
    ("form", "place", "figure"),
    [
        (FORM_2021, "fees/fees_10k_yuan/amount", Decimal("0.01")),  # money has decimals
        (FORM_2019, "fees/fees/change", -4),  # 本年增/减 may be less than nothing
        (FORM_2019, "procurement/procurement/amount", Decimal("1.5")),
    ],
)
def test_a_figure_that_may_stand_in_its_column_is_not_found(form, place, figure):
    assert failed(a_report({place: figure}, form=form, year=form.first_year)) == set()


@pytest.mark.parametrize(
    ("level", "makes"),
    [
        ("ministry", True),
        ("province", True),
        ("prefecture", True),
        ("county", False),
        ("town", False),
        ("department", False),
    ],
)
def test_regulations_are_an_error_only_for_bodies_that_cannot_make_them(level, makes):
    report = a_report({"documents/regulations": [1, 0, 2]}, level=level)
    wrong = set() if makes else {("D.1", "regulations", "issued"), ("D.1", "regulations", "in_force")}
    assert failed(report) == wrong
    assert summary([report]).loc[(report.id, 2024, "D.1"), "not_applicable"] == (3 if makes else 0)


def test_the_levels_tested_above_are_all_there_are():
    assert list(LEVELS) == ["ministry", "province", "prefecture", "county", "town", "department"]


@pytest.mark.parametrize(
    ("form", "year", "wrong"),
    [
        (FORM_2019, 2019, False),
        (FORM_2019, 2020, False),
        (FORM_2019, 2021, True),
        (FORM_2019, 2022, True),
        (FORM_2021, 2021, False),
        (FORM_2021, 2024, False),
        (ONE_ROW_2021, 2024, False),
    ],
)
def test_the_old_form_is_found_in_the_years_of_the_new_one(form, year, wrong):
    findings = check([a_report(form=form, year=year)])
    found = findings[findings["check"] == "F.1"]
    assert len(found) == wrong
    assert set(found["severity"]) <= {"warning"}


# -- section 二 has no sums of its own


def test_the_ten_figures_of_section_two_are_reported_as_without_balance():
    (found,) = (f for f in examine([a_balanced_report(SECTION_TWO)]).findings if f.rule == "T2.0")
    assert [str(cell) for cell in found.cells] == [
        "documents/regulations/issued",
        "documents/regulations/repealed",
        "documents/regulations/in_force",
        "documents/normative_documents/issued",
        "documents/normative_documents/repealed",
        "documents/normative_documents/in_force",
        "licensing/licensing/decisions",
        "enforcement/penalties/decisions",
        "enforcement/coercive_measures/decisions",
        "fees/fees_10k_yuan/amount",
    ]
    assert (found.status, found.severity) == ("unknown", "note")


def test_no_slip_in_section_two_makes_a_balance_fail():
    for cell in (cell for cell in FORM_2021.cells if cell.table not in ("applications", "disputes")):
        assert failed(a_balanced_report(SECTION_TWO | {str(cell): 7}, level="prefecture")) == set(), cell


# -- the findings frame


def test_findings_have_these_columns():
    columns = [
        "body", "year", "check", "status", "severity", "table", "row", "column", "found", "expected", "difference",
        "section", "quote", "start", "end", "finding", "cause", "message",
    ]  # fmt: skip
    assert list(check([]).columns) == columns
    assert list(check([a_report(rest=None)]).columns) == columns


def test_a_finding_says_whose_it_is_where_it_stands_what_was_found_and_what_was_expected():
    report = a_balanced_report({"disputes/review/total": 5}, id="320813-hongze", year=2023)
    first = check([report]).iloc[0].to_dict()
    assert first.pop("message")
    assert first == {
        "body": "320813-hongze", "year": 2023, "check": "T4.1", "status": "fail", "severity": "error",
        "table": "disputes", "row": "review", "column": "total", "found": "5", "expected": "4",
        "difference": "+1", "section": "", "quote": "", "start": 0, "end": 0,
        "finding": "T4.1/disputes/review/total/5/4", "cause": "C1",
    }  # fmt: skip


def test_failures_come_first_and_then_the_graver_ones():
    report = a_balanced_report(
        {"disputes/review/total": 5, "disputes/suit_direct/upheld": None}, form=FORM_2019, year=2022
    )
    findings = check([report])
    order = list(dict.fromkeys(zip(findings["status"], findings["severity"], strict=True)))
    assert order == [("fail", "error"), ("fail", "warning"), ("unknown", "warning"), ("unknown", "note")]


@pytest.mark.parametrize(("year", "stock"), [(2020, False), (2021, True)])
def test_the_rules_in_force_are_counted_and_no_others(year, stock):
    form = FORM_2021 if stock else FORM_2019
    report = a_balanced_report(form=form, year=year)
    counted = set(summary([report]).index.get_level_values("check"))
    assert {finding.rule for finding in examine([report]).findings} <= counted
    assert "P.0" not in counted and ("X.2" in counted) == stock
    assert counted | {"P.0", "X.2"} == set(CHECKS)


def test_findings_of_the_reports_keep_the_order_of_the_reports():
    reports = [a_balanced_report({"disputes/review/total": 5}, id=id) for id in ("300000-c", "100000-a", "200000-b")]
    assert list(dict.fromkeys(check(reports)["body"])) == ["300000-c", "100000-a", "200000-b"]


def test_checking_does_not_change_the_report():
    report = a_balanced_report({"disputes/review/total": None})
    before = dict(report.figures)
    check([report])
    summary([report])
    assert report.figures == before


def test_every_check_has_a_title_a_rule_and_the_basis_of_its_rule():
    for id, entry in CHECKS.items():
        assert entry.id == id
        assert entry.title and entry.rule and entry.basis, id
        assert entry.severity in ("error", "warning", "note"), id


def test_a_balance_is_quoted_in_the_words_of_the_form():
    assert CHECKS["T3.1"].rule in FORM_2021.table["applications"].corner


# -- the words, as a clerk reads them


@pytest.mark.parametrize(
    ("id", "figures", "message"),
    [
        (
            "T3.1",
            {"applications/received/natural_person": 6},
            "表三自然人列：第一项加第二项之和，等于第三项加第四项之和；"
            "实为一、本年新收政府信息公开申请数量 6 + 二、上年结转政府信息公开申请数量 1 = 7，"
            "（七）总计 5 + 四、结转下年度继续办理 1 = 6，相差 1",
        ),
        (
            "T3.2",
            {"applications/results.granted/natural_person": 5},
            "表三自然人列：各项办理结果之和等于（七）总计；实为21项之和 7，（七）总计 5，相差 2",
        ),
        (
            "T3.3",
            {"applications/results.refused.state_secret/research": 1},
            "表三“（三）不予公开 1.属于国家秘密”行：六类申请人之和等于总计；实为6项之和 2，总计 1，相差 1",
        ),
        (
            "T4.1",
            {"disputes/suit_direct/total": 12},
            "表四“未经复议直接起诉”行：结果维持、结果纠正、其他结果、尚未审结之和等于总计；"
            "实为4项之和 2，总计 12，相差 10",
        ),
        (
            "D.0",
            {"disputes/review/pending": -2},
            "表四“行政复议”行尚未审结列：填报-2，应为不小于0的整数",
        ),
        (
            "D.1",
            {"documents/regulations/in_force": 3},
            "表二“规章”行现行有效件数列：填报3，只有国务院部门、省级政府和设区的市级政府可以制定规章，其他机关应为0",
        ),
    ],
    ids=["T3.1", "T3.2", "T3.3", "T4.1", "D.0", "D.1"],
)
def test_a_failure_reads(id, figures, message):
    assert messages(a_balanced_report(figures), "fail", id) == [message]


@pytest.mark.parametrize(
    ("place", "figure", "limit"), [("disputes/review/pending", -2, "≥0"), ("documents/regulations/issued", 1, "0")]
)
def test_a_figure_beyond_its_limit_is_told_with_the_limit(place, figure, limit):
    findings = check([a_balanced_report({place: figure})])
    own = findings[(findings["status"] == "fail") & findings["check"].isin(["D.0", "D.1"])]
    assert list(zip(own["found"], own["expected"], strict=True)) == [(str(figure), limit)]


def test_the_wrong_form_reads():
    assert messages(a_report(form=FORM_2019, year=2022), "fail", "F.1") == [
        "使用了国办公开办函〔2019〕60号的格式，2022年度应使用国办公开办函〔2021〕30号的格式"
    ]


def test_a_figure_without_balance_reads():
    assert messages(a_balanced_report(), "unknown", "T2.0") == [
        "表二的全部10个数据没有内部勾稽关系，只能与上年数据、下级数据或正文对照；其他核对通过，不表示这些数据无误"
    ]


@pytest.mark.parametrize(
    ("id", "figures", "message"),
    [
        (
            "T3.1",
            {"applications/carried_in/research": None},
            "表三科研机构列：二、上年结转政府信息公开申请数量空白，不能核对（第一项加第二项之和，等于第三项加第四项之和）",
        ),
        (
            "T3.2",
            {f"applications/results.{row}/research": None for row in ("granted", "granted_in_part")},
            "表三科研机构列：（一）予以公开、（二）部分公开空白，不能核对（各项办理结果之和等于（七）总计）",
        ),
        (
            "T3.3",
            {"applications/carried_in": [1, 0, 0, None, None, None, 1]},
            "表三“二、上年结转政府信息公开申请数量”行：社会公益组织、法律服务机构、其他空白，不能核对（六类申请人之和等于总计）",
        ),
        (
            "T3.3",
            {"applications/carried_in": [1, 0, None, None, None, None, 1]},
            "表三“二、上年结转政府信息公开申请数量”行：科研机构、社会公益组织、法律服务机构等4处空白，不能核对"
            "（六类申请人之和等于总计）",
        ),
        (
            "T3.3",
            {"applications/received": [None] * 6 + [7]},
            "表三“一、本年新收政府信息公开申请数量”行：自然人、商业企业、科研机构等6处空白，不能核对（六类申请人之和等于总计）",
        ),
        (
            "D.1",
            {"documents/regulations/issued": None},
            "表二“规章”行本年制发件数列：空白，不能核对"
            "（只有国务院部门、省级政府和设区的市级政府可以制定规章，其他机关应为0）",
        ),
    ],
    ids=["T3.1", "T3.2", "T3.3 of three", "T3.3 of four", "T3.3 of six", "D.1"],
)
def test_a_relation_with_a_blank_reads(id, figures, message):
    assert messages(a_balanced_report(figures), "unknown", id) == [message]


def test_a_file_that_cannot_be_read_gives_its_problems_as_findings():
    problem = Problem("params/500243-pengshui/2023.yaml", 14, "表三", "“三”", "不小于 0 的整数", "没有填写的写 null")
    (finding,) = unreadable([problem], "500243-pengshui", 2023)
    assert list(finding) == list(check([]).columns)
    assert finding["check"] == "P.0"
    assert (finding["status"], finding["severity"]) == ("fail", "error")
    assert finding["message"] == str(problem)
    assert [each["cause"] for each in unreadable([problem] * 2, "500243-pengshui", 2023)] == ["P1", "P2"]


def test_the_balanced_report_balances_by_hand():
    for column in range(7):
        new, old, done, left = (
            BALANCED[f"applications/{row}"][column]
            for row in ("received", "carried_in", "results.total", "carried_out")
        )
        assert new + old == done + left
