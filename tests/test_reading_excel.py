"""Workbooks with the official tables typed into them are read like any document."""

import io
import zipfile
from pathlib import Path

import documents
import openpyxl
import pytest

from gkstats.cli import FOUND, WELL, run
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.params import load
from gkstats.reading import read_document
from gkstats.report import ReportError
from gkstats.schema import Cell
from gkstats.trace import trace_of


def workbook(report, merged=True, change=lambda sheet: None) -> bytes:
    """The report on one sheet, texts and tables one below the other."""
    book = openpyxl.Workbook()
    sheet, top = book.active, 1
    sheet.title = "年报"
    for kind, body in documents.elements(report):
        if kind != "table":
            sheet.cell(top, 1).value = body
            top += 1
            continue
        rows = documents.placed(body)
        for y, row in enumerate(rows):
            for x, (text, own) in enumerate(row):
                if own:
                    sheet.cell(top + y, x + 1).value = int(text) if text.isdigit() else text
        for y, x, across, down in areas(body) if merged else ():
            sheet.merge_cells(None, top + y, x + 1, top + y + down - 1, x + across)
        top += len(rows)
    change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def areas(rows):
    """(row, column, columns, rows) of the merged cells of a table."""
    taken = set()
    for y, row in enumerate(rows):
        x = 0
        for _, across, down in row:
            while (y, x) in taken:
                x += 1
            taken |= {(y + dy, x + dx) for dy in range(down) for dx in range(across)}
            if across * down > 1:
                yield y, x, across, down


@pytest.mark.parametrize("form", [FORM_2021, FORM_2019], ids=["2021", "2019"])
@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_read_right(form, merged, seed):
    report = documents.random_report(seed, form)
    reading = read_document(workbook(report, merged))
    assert {cell: found.figure for cell, found in reading.figures.items()} == dict(report.figures)
    assert (reading.body, reading.year) == (documents.NAME, report.year)
    assert {doubt.kind for doubt in reading.doubts} <= {"remark"}


def test_a_figure_is_traced_to_its_cell_and_import_takes_the_workbook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = documents.random_report(1)
    Path("年报.xlsx").write_bytes(workbook(report))
    assert run(["import", "年报.xlsx", "--body", "321300"]) == WELL
    found = load("321300", 2023)
    assert found.figures == report.figures
    place = trace_of(found).cells[Cell("licensing", "licensing", "decisions")].place
    assert place.startswith("工作表“年报”")


def test_a_formula_without_a_result_is_no_blank(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = documents.random_report(1)
    figure = report.figures[Cell("enforcement", "penalties", "decisions")]

    def change(sheet):
        cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == figure)
        cell.value = "=1+1"

    Path("年报.xlsx").write_bytes(workbook(report, change=change))
    assert run(["import", "年报.xlsx", "--body", "321300"]) == FOUND
    found = load("321300", 2023)
    assert found.figures[Cell("enforcement", "penalties", "decisions")] is None
    assert trace_of(found).cells[Cell("enforcement", "penalties", "decisions")].text == "=1+1"


def repacked(content, part, change, more=()):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        for name in more:
            new.writestr(name, b"x")
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LOL = b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "' + b"&a;" * 99 + b'"><!ENTITY c "' + b"&b;" * 99 + b'">]>'
WIDE = b'<mergeCell ref="A1:XFD1048576"/></mergeCells>'
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
HARMFUL = {
    "entities": (lambda xml: xml.replace(b"<worksheet", LOL + b"<worksheet", 1), ()),
    "a merged cell over the whole sheet": (lambda xml: xml.replace(b"</mergeCells>", WIDE), ()),
    "cut off": (lambda xml: xml[: len(xml) // 2], ()),
    "macros": (lambda xml: xml, ("xl/vbaProject.bin",)),
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_harmful_workbook_is_refused_in_words(harm):
    change, more = HARMFUL[harm]
    content = repacked(workbook(documents.random_report(0)), SHEET, change, more)
    with pytest.raises(ReportError):
        read_document(content)


def test_a_cell_at_the_end_of_the_sheet_costs_nothing():
    report = documents.random_report(0)
    content = repacked(workbook(report), SHEET, lambda xml: xml.replace(b"</sheetData>", FAR))
    assert {cell: found.figure for cell, found in read_document(content).figures.items()} == dict(report.figures)


def test_a_workbook_that_unpacks_to_too_much_is_refused():
    content = repacked(workbook(documents.random_report(0)), SHEET, lambda xml: xml + b" " * 60_000_000)
    with pytest.raises(ReportError, match="过大"):
        read_document(content)


@pytest.mark.parametrize("content", [b"PK\x03\x04 xl/workbook.xml broken", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(ReportError):
        read_document(content)
