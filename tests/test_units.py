"""A report of a whole area against its units: what differs is one finding for each cause, naming the units."""

import re
from dataclasses import replace

import documents
import pytest
from builders import a_balanced_report

from gkstats.checks import FAIL, NOT_APPLICABLE, UNKNOWN, Case, examine
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
