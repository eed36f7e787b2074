"""A report of a whole area against its units: what differs is one finding for each cause, naming the units."""

import re
from dataclasses import replace

import documents
import pytest
from builders import a_balanced_report

from gkstats.checks import BROKEN, FAIL, NOT_APPLICABLE, UNKNOWN, Case, examine
from gkstats.forms import FORM_2021
from gkstats.report import ReportError
from gkstats.schema import Cell
from gkstats.units import Unit, UnitsRecord, dumps, figures_of, load, units_of

LICENSING = Cell("licensing", "licensing", "decisions")
NAMES = ("财政局", "公安局", "教育局", "民政局")
UNITS = tuple(
    Unit(name, f"{name}.xlsx", "0" * 64, figures_of(documents.random_report(seed))) for seed, name in enumerate(NAMES)
)
RECORD = UnitsRecord("500243-x", 2023, 2021, UNITS)


def county(figures, scope="全县汇总"):
    report = documents.random_report(0)
    return replace(report, figures=figures, body=replace(report.body, scope=scope))


def summed(units):
    return UnitsRecord("", 2023, 2021, tuple(units)).sums(FORM_2021)


def found(figures, record=RECORD, status=FAIL, **more):
    findings = examine([Case(county(figures, **more), None, record)]).findings
    return [finding for finding in findings if (finding.rule, finding.status) == ("R.1", status)]


def test_a_report_that_is_the_sum_of_its_units_passes():
    assert not found(summed(UNITS)) and not found(summed(UNITS), status=UNKNOWN)


@pytest.mark.parametrize("number", range(len(UNITS)))
def test_a_unit_left_out_is_one_finding_that_names_it(number):
    (finding,) = found(summed(UNITS[:number] + UNITS[number + 1 :]))
    assert f"差额与{NAMES[number]}所报相同，可能没有计入" in finding.message
    assert set(finding.cells) == {cell for cell, figure in UNITS[number].figures.items() if figure}


def test_a_unit_counted_twice_is_one_finding_that_names_it():
    (finding,) = found(summed((*UNITS, UNITS[2])))
    assert "差额与教育局所报相同，可能重复计入" in finding.message


def test_two_units_left_out_are_named_together():
    (finding,) = found(summed(UNITS[:2]))
    assert (
        "差额与教育局、民政局所报之和相同" in finding.message or "差额与民政局、教育局所报之和相同" in finding.message
    )


def test_one_wrong_cell_is_one_finding_at_its_place():
    sums = summed(UNITS)
    (finding,) = found({**sums, LICENSING: sums[LICENSING] + 7})
    assert (finding.table, finding.row, finding.column) == tuple(LICENSING)
    assert (finding.found, finding.expected, finding.difference) == (
        str(sums[LICENSING] + 7), str(sums[LICENSING]), "+7",
    )  # fmt: skip
    assert finding.severity == "warning" and "差额" not in finding.message


def test_one_application_counted_once_names_the_units_that_may_share_it():
    one = Cell("applications", "results.granted", "nonprofit")
    sums = summed(UNITS)
    few = [unit.name for unit in UNITS if unit.value(one) == UNITS[1].value(one)]
    (finding,) = found({**sums, one: sums[one] - UNITS[1].value(one)})
    assert f"差额与{'、'.join(few)}的这一格相同" in finding.message


def test_two_causes_in_two_tables_are_two_findings():
    sums = summed(UNITS)
    disputes = {cell: figure + UNITS[0].figures[cell] for cell, figure in sums.items() if cell.table == "disputes"}
    assert len(found({**sums, **disputes, LICENSING: 3})) == 2


def test_a_unit_that_changed_after_the_report_was_written_is_named():
    old = {**UNITS[1].figures, LICENSING: UNITS[1].figures[LICENSING] + 9}
    changed = replace(UNITS[1], before={LICENSING: old[LICENSING]})
    record = replace(RECORD, units=(UNITS[0], changed, *UNITS[2:]))
    (finding,) = found(summed((UNITS[0], replace(UNITS[1], figures=old), *UNITS[2:])), record)
    assert "差额与公安局报送后的变更相同，可能仍用变更前的数" in finding.message


@pytest.mark.parametrize(
    ("record", "more", "status", "words"),
    [
        (None, {}, NOT_APPLICABLE, "没有单位汇总记录"),
        (RECORD, {"scope": "县政府办公室"}, NOT_APPLICABLE, "统计范围为县政府办公室"),
        (replace(RECORD, form=2019), {}, NOT_APPLICABLE, "另一种格式"),
        (replace(RECORD, missing=("丙局",)), {}, UNKNOWN, "单位数据不全（未报或未计入：丙局）"),
        (replace(RECORD, units=()), {}, UNKNOWN, "没有计入的单位"),
        (replace(RECORD, fault="坏了"), {}, UNKNOWN, "坏了"),
    ],
)
def test_what_cannot_be_compared_says_why(record, more, status, words):
    (finding,) = found({**summed(UNITS), LICENSING: 0}, record, status, **more)
    assert words in finding.message
    assert not found({**summed(UNITS), LICENSING: 0}, record, **more)


def test_a_blank_of_a_unit_leaves_the_cell_open_and_names_the_unit():
    blank = replace(UNITS[3], figures={**UNITS[3].figures, LICENSING: None})
    record = replace(RECORD, units=(*UNITS[:3], blank))
    (finding,) = found(summed(UNITS), record, UNKNOWN)
    assert "民政局有空白，1格没有单位之和" in finding.message
    assert not found(summed(UNITS), record)


def test_a_report_that_prints_other_processing_as_one_row_is_compared_with_the_sum_of_the_lines():
    form = FORM_2021.collapse("applications", "results.closed_otherwise")
    report = replace(county(RECORD.sums(form)), form=form)
    assert not [f for f in examine([Case(report, None, RECORD)]).findings if f.rule == "R.1"]


def test_a_record_is_read_as_it_was_written(tmp_path):
    unit = replace(UNITS[0], left_out="重复报送", findings=("T3.1 “甲”\n乙",), before={LICENSING: None})
    record = UnitsRecord("500243-x", 2023, 2021, (unit, UNITS[1]), True, ("丙局",), summed(UNITS))
    path = tmp_path / "2023.units.json"
    path.write_text(dumps(record), encoding="utf-8")
    assert load(path) == record


def test_a_report_without_a_file_has_no_record():
    assert units_of(a_balanced_report()) is None


@pytest.mark.parametrize("figure", ["1.0e999999999", "1e9", "NaN", "1.", "１", "9" * 5_000])
def test_a_record_with_what_rollup_never_writes_is_refused(figure, tmp_path):
    path = tmp_path / "2023.units.json"
    path.write_text(re.sub('(/received": ")[0-9]+', rf"\g<1>{figure}", dumps(RECORD), count=1), encoding="utf-8")
    with pytest.raises(ReportError, match="不是 gkstats rollup 写成的内容"):
        load(path)


# -- units that reported nothing but a few figures

PERSONS, BUSINESS, RESEARCH, NONPROFIT, LEGAL, OTHER, TOTAL = (
    Cell("applications", "received", column) for column in FORM_2021.table["applications"].column
)


def unit(name, figures=(), **more):
    return Unit(name, "", "", dict.fromkeys(FORM_2021.cells, 0) | dict(figures), **more)


def findings_of(report, *units, status=FAIL, **more):
    """What is found of a report of nothing but the figures given, beside these units."""
    record = UnitsRecord("500243-x", 2023, 2021, units, **more)
    findings = examine([Case(county(dict.fromkeys(FORM_2021.cells, 0) | report), None, record)]).findings
    assert BROKEN not in {finding.status for finding in findings}
    return [finding for finding in findings if (finding.rule, finding.status) == ("R.1", status)]


def told(report, *units, **more):
    return [finding.message for finding in findings_of(report, *units, **more)]


def test_three_cells_that_differ_are_named_and_of_four_the_number():
    (three,) = told({PERSONS: 5, BUSINESS: 6, TOTAL: 11}, unit("甲局"))
    assert three.count("填报") == 3 and "；等" not in three
    (four,) = told({PERSONS: 5, BUSINESS: 6, RESEARCH: 7, TOTAL: 18}, unit("甲局"))
    assert four.count("填报") == 3 and four.endswith("单位之和0；等4格")


def test_a_unit_with_the_very_difference_in_the_cell_is_named_if_few_cells_differ():
    own = unit("甲局", {PERSONS: 5, OTHER: 1, TOTAL: 6})
    (few,) = told({PERSONS: 10, OTHER: 1, TOTAL: 11}, own)
    assert few.endswith("差额与甲局的这一格相同")
    (three,) = told({PERSONS: 10, BUSINESS: 1, OTHER: 1, TOTAL: 12}, own)
    assert three.endswith("差额与甲局的这一格相同")
    (many,) = told({PERSONS: 10, BUSINESS: 1, RESEARCH: 1, OTHER: 1, TOTAL: 13}, own)
    assert "相同" not in many


def test_of_more_than_three_units_with_the_difference_none_is_named():
    units = [unit(name, {PERSONS: 5, OTHER: own, TOTAL: 5 + own}) for own, name in enumerate("甲乙丙丁", 1)]
    (few,) = told({PERSONS: 20, OTHER: 6, TOTAL: 26}, *units[:3])
    assert few.endswith("差额与甲、乙、丙的这一格相同")
    (many,) = told({PERSONS: 25, OTHER: 10, TOTAL: 35}, *units)
    assert "相同" not in many


def test_a_blank_of_the_report_cannot_be_compared_and_is_told_with_its_place():
    own = unit("甲局", {PERSONS: 5, TOTAL: 5})
    report = {PERSONS: None, TOTAL: 5}
    assert told(report, own) == []
    assert told(report, own, status=UNKNOWN) == [
        "1格空白，不能与单位之和核对，如表三“一、本年新收政府信息公开申请数量”行自然人列"
    ]


def test_units_left_out_are_told_unless_a_list_of_the_units_tells_them():
    units = unit("甲局"), unit("乙局", left_out="重复报送")
    (without,) = told({}, *units, status=UNKNOWN)
    assert "（未计入：乙局）" in without and "与已计入的1个单位之和有0格不同" in without
    (listed,) = told({}, *units, status=UNKNOWN, listed=True, missing=("乙局",))
    assert "（未报或未计入：乙局）" in listed


def test_of_many_units_that_are_missing_three_are_named():
    (three,) = told({}, unit("甲局"), status=UNKNOWN, listed=True, missing=("乙局", "丙局", "丁局"))
    assert "未报或未计入：乙局、丙局、丁局）" in three
    (four,) = told({}, unit("甲局"), status=UNKNOWN, listed=True, missing=("乙局", "丙局", "丁局", "戊局"))
    assert "未报或未计入：乙局、丙局、丁局等4个单位）" in four


REVIEWED, DISPUTED = Cell("disputes", "review", "upheld"), Cell("disputes", "review", "total")


def test_where_a_difference_stands_is_as_narrow_as_the_cells_it_covers():
    left_out = unit("丙局", {PERSONS: 4, TOTAL: 4, REVIEWED: 2, DISPUTED: 2})
    (both,) = findings_of({}, unit("甲局"), left_out)
    assert (both.table, both.row, both.column) == ("", "", "")
    (row,) = findings_of({REVIEWED: 2, DISPUTED: 2}, unit("甲局"), left_out)
    assert (row.table, row.row, row.column) == ("applications", "received", "")
    (rows,) = findings_of({}, unit("甲局", {PERSONS: 4, PERSONS._replace(row="carried_in"): 4}))
    assert (rows.table, rows.row, rows.column) == ("applications", "", "")


def test_each_table_has_its_own_cause():
    twice, left_out = unit("甲局", {REVIEWED: 3, DISPUTED: 3}), unit("丙局", {PERSONS: 4, TOTAL: 4})
    messages = told({REVIEWED: 6, DISPUTED: 6}, twice, left_out)
    assert [message.rpartition("；")[2] for message in messages] == [
        "差额与丙局所报相同，可能没有计入",
        "差额与甲局所报相同，可能重复计入",
    ]


def test_a_cell_that_cannot_be_compared_hides_no_cause_in_those_that_can():
    left_out = unit("丙局", {PERSONS: 4, RESEARCH: 2, TOTAL: 6})
    (message,) = told({}, unit("甲局", {RESEARCH: None}), left_out)
    assert message.endswith("差额与丙局所报相同，可能没有计入")


def test_a_cell_that_is_blank_on_both_sides_is_told_once():
    (message,) = told({RESEARCH: None}, unit("甲局", {RESEARCH: None}), status=UNKNOWN)
    assert message.startswith("甲局有空白")


def test_of_more_than_three_likely_causes_none_is_named():
    units = [unit(name, {PERSONS: 5, TOTAL: 5}) for name in "甲乙丙丁"]
    (few,) = told({PERSONS: 20, TOTAL: 20}, *units[:3])
    assert few.count("可能重复计入") == 3
    (many,) = told({PERSONS: 25, TOTAL: 25}, *units)
    assert "可能" not in many


def test_a_unit_that_first_left_a_figure_blank_is_named_where_the_report_lacks_it():
    own = unit("甲局", {PERSONS: 5, TOTAL: 7, BUSINESS: 2}, before={PERSONS: None, TOTAL: 2})
    (message,) = told({BUSINESS: 2, TOTAL: 2}, own)
    assert message.endswith("差额与甲局报送后的变更相同，可能仍用变更前的数")


def test_a_unit_whose_change_is_another_than_the_difference_is_not_named():
    own = unit("甲局", {PERSONS: 5, BUSINESS: 2, TOTAL: 7}, before={PERSONS: 4, TOTAL: 6})
    (message,) = told({PERSONS: 8, BUSINESS: 2, TOTAL: 10}, own)
    assert "变更" not in message


def test_one_unit_is_not_left_out_twice():
    (message,) = told(
        {PERSONS: 2, TOTAL: 2}, unit("甲局", {PERSONS: 5, TOTAL: 5}), unit("乙局", {PERSONS: 7, TOTAL: 7})
    )
    assert "没有计入" not in message


def test_of_the_causes_of_a_table_those_that_explain_another_too_are_likelier():
    twice = unit("甲局", {PERSONS: 5, TOTAL: 5, REVIEWED: 3, DISPUTED: 3})
    (message,) = told({PERSONS: 15, TOTAL: 15, REVIEWED: 6, DISPUTED: 6}, twice, unit("乙局", {PERSONS: 5, TOTAL: 5}))
    assert "差额与甲局所报相同，可能重复计入" in message and "乙局" not in message


def test_tables_that_differ_without_a_cause_are_told_one_by_one():
    first, second = findings_of({PERSONS: 1, BUSINESS: 2, TOTAL: 3, LICENSING: 4}, unit("甲局"))
    assert (first.table, second.table) == ("licensing", "applications")
