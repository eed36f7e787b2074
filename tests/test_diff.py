"""What changed between two outputs folders: every value, and whether the data or the program changed it."""

import csv
from dataclasses import replace

import pytest
from builders import SECTION_TWO, a_balanced_report

from gkstats.cli import WELL, WRONG_USE, run
from gkstats.diff import (
    ELSEWHERE,
    FIGURE,
    FINDING,
    INPUT,
    OUTCOME,
    PROGRAM,
    REPORT,
    STATISTIC,
    TEXT,
    UNKNOWN_CAUSE,
    compare,
    diff_page,
    diff_table,
    write_diff,
)
from outputs import leave

PROSE = {"overview": "全县发布信息20条。新收申请7件。\n组织培训两次。", "other": "无其他事项。"}
EVIL = '=HYPERLINK("x")<script>'


def a_report(figures=(), *, sha256="aa", prose=PROSE, **more):
    return replace(a_balanced_report(SECTION_TWO | dict(figures), prose=prose, **more), sha256=sha256)


def compared(tmp_path, old, new, *, old_from=None, new_from=None, **how):
    left = leave(tmp_path / "old", old, made_from=old_from, **how)
    return compare(left, leave(tmp_path / "new", new, made_from=new_from, **how))


def by_kind(one):
    found = {}
    for change in one.changes:
        found.setdefault(change.kind, []).append(change)
    return found


def test_the_same_reports_are_no_change(tmp_path):
    assert compared(tmp_path, [a_report()], [a_report()]) == []
    assert "都相同" in diff_page([])


def test_a_changed_figure_shows_in_its_cell_its_statistics_and_its_findings(tmp_path):
    new = a_report({"disputes/review/upheld": 3}, sha256="bb")
    (one,) = compared(tmp_path, [a_report()], [new])
    kinds = by_kind(one)
    (figure,) = kinds[FIGURE]
    assert (figure.place, figure.label) == ("disputes/review/upheld", "表四“行政复议”行结果维持列")
    assert (figure.old, figure.new, figure.difference) == ("1", "3", "+2")
    (finding,) = kinds[FINDING]
    assert finding.old == "" and finding.new.startswith("表四“行政复议”行") and finding.label == "T4.1 表四各类案件合计"
    assert STATISTIC not in kinds, "no statistic rests on that cell"
    assert (one.cause, one.reasons) == (INPUT, ("参数文件",))


def test_a_statistic_is_told_as_it_is_printed(tmp_path):
    rows = {"results.granted": [2, 0, 0, 0, 0, 0, 2], "results.refused.state_secret": [2, 0, 0, 0, 0, 0, 2]}
    new = a_report({f"applications/{row}": figures for row, figures in rows.items()}, sha256="bb")
    (one,) = compared(tmp_path, [a_report()], [new])
    rate = next(change for change in by_kind(one)[STATISTIC] if change.place == "stats/disclosure_rate")
    assert (rate.label, rate.old, rate.new, rate.difference) == ("公开率", "66.67%", "50.00%", "−16.67个百分点")


def test_an_amount_given_with_other_digits_is_a_change(tmp_path):
    from decimal import Decimal

    fee = "fees/fees_10k_yuan/amount"
    (one,) = compared(tmp_path, [a_report()], [a_report({fee: Decimal("12.5")}, sha256="bb")])
    (change,) = by_kind(one)[FIGURE]
    assert (change.place, change.old, change.new, change.difference) == (fee, "12.50", "12.5", "")


def test_a_blank_is_not_a_zero(tmp_path):
    place = "applications/received/research"
    (one,) = compared(tmp_path, [a_report()], [a_report({place: None}, sha256="bb")])
    assert [(c.old, c.new) for c in by_kind(one)[FIGURE]] == [("0", "")]


def test_of_prose_only_the_sentences_that_differ_are_shown(tmp_path):
    prose = PROSE | {"overview": "全县发布信息20条。新收申请8件。\n组织培训两次。"}
    (one,) = compared(tmp_path, [a_report()], [a_report(prose=prose, sha256="bb")])
    (change,) = by_kind(one)[TEXT]
    assert (change.label, change.old, change.new) == ("一、总体情况", "新收申请7件。", "新收申请8件。")


def test_reports_that_came_and_went_are_told_once(tmp_path):
    old, new = a_report(id="110101-a"), a_report(id="110102-b")
    found = compared(tmp_path, [old], [new])
    assert [(one.id, [(c.kind, c.old, c.new) for c in one.changes if c.kind == REPORT]) for one in found] == [
        ("110101-a", [(REPORT, "原有", "")]),
        ("110102-b", [(REPORT, "", "新增")]),
    ]
    assert all(FIGURE not in by_kind(one) for one in found)


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ({"library": "l2"}, "程序"),
        ({"print": "p2"}, "字体和版式"),
        ({"versions": {"python": "3.12"}}, "python 3.11→3.12"),
    ],
)
def test_another_outcome_with_the_same_input_is_put_down_to_the_program(tmp_path, origin, reason):
    old = leave(tmp_path / "old", [a_report()])
    new = leave(tmp_path / "new", [a_report()], {a_report().id: "failed"}, {a_report().id: origin})
    (one,) = compare(old, new)
    assert [(c.kind, c.old, c.new) for c in one.changes] == [(OUTCOME, "已生成", "生成失败")]
    assert (one.cause, one.reasons) == (PROGRAM, (reason,))


def test_last_years_file_is_an_input_too(tmp_path):
    old = leave(tmp_path / "old", [a_report()], made_from={a_report().id: {"previous": {"sha256": "1"}}})
    new = leave(
        tmp_path / "new", [a_report()], {a_report().id: "failed"}, {a_report().id: {"previous": {"sha256": "2"}}}
    )
    (one,) = compare(old, new)
    assert (one.cause, one.reasons) == (INPUT, ("上年参数文件",))


def test_a_finding_that_changed_with_nothing_of_its_own_came_from_elsewhere(tmp_path):
    from gkstats.checks import check

    wrong = check([a_report({"disputes/review/total": 9})])
    old = leave(tmp_path / "old", [a_report()])
    (one,) = compare(old, leave(tmp_path / "new", [a_report()], findings=wrong))
    assert one.cause == ELSEWHERE


def test_without_records_a_changed_file_is_known_and_nothing_else(tmp_path):
    id = a_report().id
    wrong = a_report({"disputes/review/total": 9})
    same = {id: None}
    old = leave(tmp_path / "old", [a_report()], same)
    assert compare(old, leave(tmp_path / "new", [wrong], same))[0].cause == UNKNOWN_CAUSE
    assert compare(old, leave(tmp_path / "other", [replace(wrong, sha256="bb")], same))[0].cause == INPUT


def test_years_are_kept_apart(tmp_path):
    reports = [a_report(year=2023), a_report(year=2024)]
    new = [a_report({"disputes/review/other": 1}, year=2023, sha256="bb"), reports[1]]
    found = compared(tmp_path, reports, new)
    assert [one.year for one in found if FIGURE in by_kind(one)] == [2023]


def test_text_of_reports_is_neither_code_nor_formula(tmp_path):
    report = a_report(prose=PROSE | {"other": EVIL}, sha256="bb")
    report = replace(report, body=replace(report.body, name=EVIL))
    changed = compared(tmp_path, [a_report()], [report])
    page, table = write_diff(changed, tmp_path)
    assert "<script" not in page.read_text("utf-8") and "script-src 'none'" in page.read_text("utf-8")
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert {row["name"] for row in rows} == {f"'{EVIL}"}
    assert diff_table(changed) == diff_table(changed)


def test_the_command_tells_how_many_changed_and_why(tmp_path, capsys):
    leave(tmp_path / "old", [a_report()])
    leave(tmp_path / "new", [a_report({"disputes/review/upheld": 3}, sha256="bb")])
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--out", str(tmp_path)]) == WELL
    printed = capsys.readouterr().out
    assert "数据变了：1份报告" in printed and "共1份报告有变化" in printed
    assert (tmp_path / "diff.html").exists() and (tmp_path / "diff.csv").exists()


def test_a_folder_without_reports_is_wrong_use(tmp_path, capsys):
    leave(tmp_path / "new", [a_report()])
    assert run(["diff", str(tmp_path / "none"), str(tmp_path / "new")]) == WRONG_USE
    assert "没有可以读取的statistics.parquet" in capsys.readouterr().err
