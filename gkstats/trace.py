"""Where each figure of a report was read: kept beside its params file when a document is imported.

``params/<body>/<year>.trace.json`` has a line for each cell: the figure as read, its state, its place in the document,
the text found there, what was done to read it, and the readings that compete where it is in doubt. Correcting a figure
by hand leaves the trace as it is, so that both can be shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gkstats.params import shown
from gkstats.report import Problem, Report, ReportError
from gkstats.schema import Cell

MAX_BYTES = 5_000_000  # the trace of a report is about 30 kB


class Place(NamedTuple):
    """Where one figure was read. ``figure`` is written as read, "" where none was; ``state`` is number, blank, dash,
    unreadable, doubtful or missing; ``place`` e.g. 第 3 页表格 2; ``text`` the cell as found; ``remark`` what was done
    to read it; ``readings`` what competes."""

    figure: str
    state: str
    place: str
    text: str
    remark: str = ""
    readings: tuple[str, ...] = ()


class Noted(NamedTuple):
    """Something the reading left for a person to look at; ``kind`` as ``reading.Doubt``."""

    kind: str
    message: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Trace:
    """How a report was read from its document. ``current`` is False where the params file names another source by
    now (``source.sha256``), so that the places no longer speak of its figures."""

    file: str
    sha256: str
    blank: str
    cells: Mapping[Cell, Place]
    doubts: tuple[Noted, ...]
    current: bool = True


def trace_path(report_file: str | Path) -> Path:
    """The file of the trace of a params file."""
    return Path(report_file).with_suffix(".trace.json")


def trace_of(report: Report) -> Trace | None:
    """The trace beside the report's file; None if there is none (typed by hand). ``cells`` may lack a cell of the
    report and hold others where the form was changed by hand. Raises ReportError for a file that is no trace."""
    if not report.file or not (path := trace_path(report.file)).is_file():
        return None
    trace = loads(read_json(path, MAX_BYTES), shown(path))
    return Trace(**vars(trace) | {"current": trace.sha256 == report.source.get("sha256", "")})


def read_json(path: Path, limit: int) -> bytes:
    """The bytes of a file gkstats keeps beside a params file. Raises ReportError where it cannot be read."""
    try:
        if path.stat().st_size <= limit:
            return path.read_bytes()
        found = f"超过 {limit} 字节"
    except OSError as error:
        found = f"无法打开（{error.strerror}）"
    raise ReportError([Problem(shown(path), None, "文件", found, "")]) from None


def dumps(trace: Trace) -> str:
    """The trace as the text of its file, a line for each cell and each doubt."""
    cells = (f"{line(str(cell))}: {line(list(place))}" for cell, place in trace.cells.items())
    doubts = (line([noted.kind, noted.message, [str(cell) for cell in noted.cells]]) for noted in trace.doubts)
    return "\n".join(
        [
            "{",
            f'"file": {line(trace.file)},',
            f'"sha256": {line(trace.sha256)},',
            f'"blank": {line(trace.blank)},',
            f'"doubts": [{_lines(doubts)}],',
            f'"cells": {{{_lines(cells)}}}',
            "}\n",
        ]
    )


def line(value: object) -> str:
    """A value as JSON on one line, characters that do not show escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _lines(entries: Iterable[str]) -> str:
    return ",".join(f"\n {entry}" for entry in entries)


def loads(content: bytes, file: str) -> Trace:
    """What ``dumps`` wrote. Raises ReportError."""
    try:
        given = json.loads(content)
        cells = {cell_of(key): Place._make((*place[:5], tuple(place[5]))) for key, place in given["cells"].items()}
        doubts = tuple(Noted(kind, words, tuple(map(cell_of, keys))) for kind, words, keys in given["doubts"])
        return Trace(given["file"], given["sha256"], given["blank"], cells, doubts)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        advice = "可以删去后用 gkstats import --update 重新读取原文件"
        raise ReportError([Problem(file, None, "文件", "不是 gkstats import 写成的内容", "", advice)]) from None


def cell_of(place: str) -> Cell:
    """The cell of table/row/column. Raises ValueError."""
    table, row, column = place.split("/")
    return Cell(table, row, column)
