"""Every figure of an imported report keeps its place in the document, beside the params file."""

from pathlib import Path

import documents
import pytest

from gkstats.cli import FOUND, WELL, run
from gkstats.params import entries, load
from gkstats.report import ReportError
from gkstats.schema import Cell
from gkstats.trace import Noted, Place, Trace, dumps, loads, trace_of

ID = "500243-county"
CELL = Cell("applications", "received", "total")


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def page(seed=1, name="published.html", change=lambda text: text):
    report = documents.random_report(seed)
    text = documents.html_spans(documents.elements(report)).decode().replace(documents.NAME, "彭水苗族土家族自治县")
    Path(name).write_text(change(text), encoding="utf-8")
    return report


def test_an_import_keeps_the_place_and_the_text_of_every_cell():
    report = page()
    run(["import", "published.html"])
    trace = trace_of(load(ID, 2023))
    assert trace.file == "published.html" and trace.current
    assert set(trace.cells) == set(report.form.cells)
    place = trace.cells[CELL]
    assert (place.figure, place.text, place.state) == (str(report.figures[CELL]),) * 2 + ("number",)
    assert place.place


def test_the_trace_is_no_report_of_its_own():
    page()
    run(["import", "published.html"])
    assert [entry.path.name for entry in entries()] == ["2023.yaml"]


def test_doubts_are_kept_with_their_cells():
    page(change=lambda text: text.replace("行政强制", "强拆", 1))
    assert run(["import", "published.html"]) == FOUND
    trace = trace_of(load(ID, 2023))
    cell = Cell("enforcement", "coercive_measures", "decisions")
    assert [noted for noted in trace.doubts if cell in noted.cells]
    assert trace.cells[cell].figure == ""


def test_a_figure_corrected_by_hand_leaves_the_trace_as_read():
    report = page()
    run(["import", "published.html"])
    path = Path("params", ID, "2023.yaml")
    licensing = report.figures[Cell("licensing", "licensing", "decisions")]
    path.write_text(path.read_text("utf-8").replace(f"licensing: [{licensing}]", "licensing: [7]"), encoding="utf-8")
    trace = trace_of(load(ID, 2023))
    assert trace.current and trace.cells[Cell("licensing", "licensing", "decisions")].figure == str(licensing)


def test_a_trace_of_another_source_says_so():
    page()
    run(["import", "published.html"])
    path = Path("params", ID, "2023.yaml")
    sha256 = load(ID, 2023).source["sha256"]
    path.write_text(path.read_text("utf-8").replace(sha256, "0" * 64), encoding="utf-8")
    assert not trace_of(load(ID, 2023)).current


def test_a_report_typed_by_hand_has_no_trace():
    assert run(["new", "500243-county", "2023"]) == WELL
    assert trace_of(load(ID, 2023)) is None


def test_an_excel_form_is_traced_to_sheet_and_cell():
    page()
    run(["import", "published.html"])
    run(["new", ID, "2023", "--excel"])
    (form,) = Path("params", ID).glob("*.xlsx")
    report = load(ID, 2023)
    Path("params", ID, "2023.yaml").rename("kept")
    assert run(["import", str(form)]) == WELL
    trace = trace_of(load(ID, 2023))
    assert trace.current and trace.file.endswith(".xlsx")
    place = trace.cells[CELL]
    assert place.place == "工作表“表三”J6" and place.text.startswith("=")  # a total is a formula
    assert place.figure == str(report.figures[CELL])


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"file": 1, "cells": {"a": []}}', b"[" * 100_000, b"\xff", b'{"cells": null, "doubts": 1}'],
)
def test_what_is_no_trace_is_refused_in_words(content):
    page()
    run(["import", "published.html"])
    Path("params", ID, "2023.trace.json").write_bytes(content)
    with pytest.raises(ReportError, match=r"trace\.json"):
        trace_of(load(ID, 2023))


def test_what_is_written_is_read_again_whatever_the_text():
    words = "甲\x85\u2028\ufeff\n\"'\\\t乙\U00020000"
    cells = {CELL: Place("1", "doubtful", words, words, words, (words, ""))}
    trace = Trace(words, "0" * 64, words, cells, (Noted("reading", words, (CELL,)),))
    assert loads(dumps(trace).encode(), "x") == trace
