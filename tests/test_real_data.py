"""The sample reports and the form against the published documents they come from.

The documents lie beside the repository and are no part of it; without them these tests are skipped."""

import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from gkstats.forms import FORM_2021
from gkstats.params import entries, load
from gkstats.schema import Cell, spans

PARAMS = Path(__file__).parents[1] / "params"
DATA = Path(__file__).parents[2] / "shared" / "data"
FIGURES, BLANK_FORM = DATA / "figures.json", DATA / "blank-form-2021.docx"

needs_figures = pytest.mark.skipif(not FIGURES.exists(), reason=f"no published figures at {FIGURES}")
needs_blank_form = pytest.mark.skipif(not BLANK_FORM.exists(), reason=f"no official blank form at {BLANK_FORM}")

REPORTS = [("500243", 2023), ("320813", 2024), ("321300", 2023), ("321300", 2024)]


def published(name, year):
    """The figures of a published report as {cell: figure}, typed by hand from the document."""
    data = json.loads(FIGURES.read_text(encoding="utf-8"), parse_float=Decimal)
    (found,) = (entry for entry in data["reports"] if (entry["name"], entry["year"]) == (name, year))
    figures = {
        Cell("licensing", "licensing", "decisions"): found["licensing"],
        Cell("enforcement", "penalties", "decisions"): found["penalties"],
        Cell("enforcement", "coercive_measures", "decisions"): found["coercive_measures"],
        Cell("fees", "fees_10k_yuan", "amount"): found["fees_10k_yuan"],
    }
    for table, columns in (
        ("documents", data["document_columns"]),
        ("applications", data["columns"]),
        ("disputes", data["dispute_columns"]),
    ):
        for row, values in found[table].items():
            figures |= {Cell(table, row, column): value for column, value in zip(columns, values, strict=True)}
    return figures


@needs_figures
@pytest.mark.parametrize(("body", "year"), REPORTS)
def test_every_figure_is_that_of_the_published_report(body, year):
    report = load(body, year, PARAMS)
    expected = published(report.body.name, year)
    not_printed = {cell for cell in expected if cell.row.startswith("results.closed_otherwise.")} - set(report.figures)
    assert {expected.pop(cell) for cell in not_printed} <= {None}  # （六）其他处理 printed as one row
    assert dict(report.figures) == expected


@needs_figures
def test_every_published_report_has_its_file_and_no_other():
    data = json.loads(FIGURES.read_text(encoding="utf-8"))
    found = {(load(entry.id, entry.year, PARAMS).body.name, entry.year) for entry in entries(PARAMS)}
    assert found == {(entry["name"], entry["year"]) for entry in data["reports"]}
    assert len(found) == len(REPORTS)


@needs_figures
@pytest.mark.parametrize(("body", "year"), REPORTS)
def test_level_and_form_are_those_of_the_published_report(body, year):
    report = load(body, year, PARAMS)
    data = json.loads(FIGURES.read_text(encoding="utf-8"))
    (found,) = (entry for entry in data["reports"] if (entry["name"], entry["year"]) == (report.body.name, year))
    assert (report.body.level, report.form.code) == (found["level"], found["form"])


def sums(report, relation):
    return [sum(report.figures[cell] for cell in side) for side in (relation.left, relation.right)]


@pytest.mark.parametrize(("body", "year"), REPORTS)
def test_a_published_report_is_balanced(body, year):
    report = load(body, year, PARAMS)
    unbalanced = [
        (relation.rule, relation.place)
        for relation in report.form.relations
        if sums(report, relation)[0] != sums(report, relation)[1]
    ]
    assert unbalanced == []


def test_two_published_years_follow_one_another():
    before, after = load("321300", 2023, PARAMS), load("321300", 2024, PARAMS)
    for column in FORM_2021.table["applications"].column:
        assert after.value("applications", "carried_in", column) == before.value("applications", "carried_out", column)


def official_tables():
    """The three tables of the official blank form: rows of cells of text, merged cells once or as empty ones."""
    with zipfile.ZipFile(BLANK_FORM) as document:
        xml = document.read("word/document.xml").decode("utf-8")
    return [
        [
            ["".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", cell)).strip() for cell in cells(row)]
            for row in re.findall(r"<w:tr[ >].*?</w:tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<w:tbl>.*?</w:tbl>", xml, re.DOTALL)
    ]


def cells(row):
    return re.findall(r"<w:tc[ >].*?</w:tc>", row, re.DOTALL)


def filled(rows):
    """The texts of some rows, empty cells left out."""
    return [[text for text in row if text] for row in rows]


@needs_blank_form
def test_table_two_is_that_of_the_official_form():
    disclosure, _, _ = official_tables()
    expected = []
    for table in FORM_2021.tables:
        if table.section == "disclosure":
            expected += [[table.label], [table.corner, *(leaf.item.label for leaf in table.column_leaves)]]
            expected += [[leaf.item.label] for leaf in table.row_leaves]
    assert filled(disclosure) == expected


@needs_blank_form
def test_the_rows_of_table_three_are_those_of_the_official_form():
    _, applications, _ = official_tables()
    table = FORM_2021.table["applications"]
    expected, before = [], ()
    for leaf in table.row_leaves:  # a heading is printed in the row of its first line
        expected.append([*(label for label in leaf.above if label not in before), leaf.item.label])
        before = leaf.above
    assert filled(applications[3:]) == expected
    assert len(expected) == 25


@needs_blank_form
def test_the_head_of_table_three_is_that_of_the_official_form():
    _, applications, _ = official_tables()
    table = FORM_2021.table["applications"]
    levels = [[span.label for span in spans(table.columns) if span.level == level] for level in range(3)]
    assert filled(applications[:3]) == [[table.corner, *levels[0]], levels[1], levels[2]]


@needs_blank_form
def test_table_four_is_that_of_the_official_form():
    _, _, disputes = official_tables()
    table = FORM_2021.table["disputes"]
    rulings = [leaf.item.label for leaf in table.column_leaves]
    review, *suits = table.row_leaves
    assert filled(disputes[:3]) == [
        [review.item.label, suits[0].above[0]],
        [*rulings, *(suit.item.label for suit in suits)],
        rulings * 2,
    ]
    assert len(disputes[3]) == len(table.row) * len(table.column) == 15
