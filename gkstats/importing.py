"""A published document or a filled-in Excel form becomes a params file; an existing one is never touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gkstats.excel_form import is_form, read_form
from gkstats.params import entries, level_of, read, usual_scope
from gkstats.reading import Doubt, Found, Reading, read_document
from gkstats.report import Body, Figure, Problem, Report, UnknownReport, as_given
from gkstats.report_file import BODY_ID
from gkstats.schema import Cell

TO_LOOK_AT = ("reading", "unreadable", "missing", "source")
"""Kinds of doubt about figures; the others are remarks and gaps in the text."""


@dataclass(frozen=True)
class Import:
    """What a file gave: its report, still without a folder where the body is not known, and how it was read
    (None for an Excel form, whose cells say what they are)."""

    report: Report
    reading: Reading | None

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What a person has to look at, figures first."""
        doubts = self.reading.doubts if self.reading else ()
        return tuple(sorted(doubts, key=lambda doubt: doubt.kind not in TO_LOOK_AT))

    @property
    def certain(self) -> bool:
        """Whether no figure is in doubt."""
        return not any(doubt.kind in TO_LOOK_AT for doubt in self.doubts)

    def trace(self) -> Iterator[tuple[Cell, Found]]:
        """Every cell with the place and the text it was read from."""
        yield from self.reading.figures.items() if self.reading else ()


def files_in(paths: Sequence[str]) -> list[Path]:
    """The files named, folders replaced by what lies in them, hidden and temporary files left out."""
    found: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(child for child in path.rglob("*") if child.is_file()) if path.is_dir() else [path]
        found += [file for file in inside if not file.name.startswith((".", "~$"))]
    return found


def read_file(source: Path | bytes, params: str, body: str = "", year: int | None = None) -> Import:
    """The report in a document or an Excel form. Name, level and scope are those of ``body`` (folder name, division
    code or short name), or of the body of the document's name under ``params``. Raises ReportError for what cannot
    be read, UnknownReport where body or year cannot be known."""
    if body and not BODY_ID.fullmatch(body):
        body = entries(params, [body])[0].id  # a division code or short name, as everywhere
    if isinstance(source, Path) and is_form(source):
        report = read_form(source)
        return Import(replace(report, id=body or _known(report.body.name, params) or report.id), None)
    reading = read_document(source, None if isinstance(source, Path) else "标准输入")
    id = body or _known(reading.body, params)
    if not BODY_ID.fullmatch(id):
        found = f"文中的名称“{reading.body}”在参数文件夹里没有" if reading.body else "没有读到报告主体的名称"
        raise _unknown(reading, "报告主体", found, "用 --body 写明，如 --body 500243-pengshui")
    if not (year or reading.year):
        raise _unknown(reading, "报告年度", "没有读到报告年度", "用 --year 写明，如 --year 2023")
    report = reading.report(_body(id, reading, params), year or reading.year)
    return Import(replace(report, id=id), reading)


def difference(old: Report, new: Report) -> list[str]:
    """Where two reports of the same body and year have different figures, a line each; a form of its own says so."""
    if old.form.code != new.form.code:
        return [f"报告格式：原为{old.form.notice}，读到{new.form.notice}"]
    cells = [cell for cell in old.form.cells if cell in new.figures and old.figures[cell] != new.figures[cell]]
    describe = old.form.describe
    return [f"{describe(c)}：原为{_shown(old.figures[c])}，读到{_shown(new.figures[c])}" for c in cells]


def _shown(figure: Figure) -> str:
    return "空白" if figure is None else as_given(figure)


def _unknown(reading: Reading, where: str, found: str, advice: str) -> UnknownReport:
    return UnknownReport([Problem(reading.file, None, where, found, "", advice)])


def _known(name: str, params: str) -> str:
    """The folder of the one body of that name under ``params``, "" if there is none or more than one. A name in a
    title may go on with 人民政府."""
    try:
        present = {entry.id: entry for entry in entries(params)}
    except UnknownReport:
        return ""
    names = {id: read(entry.path).body.name.removesuffix("人民政府") for id, entry in present.items()}
    found = [id for id, known in names.items() if known and known == name.removesuffix("人民政府")]
    return found[0] if len(found) == 1 else ""


def _body(id: str, reading: Reading, params: str) -> Body:
    """The body as in its latest report; for a new one what the document says, the level by its code."""
    code = id.split("-")[0]
    try:
        known = read(entries(params, [id])[-1].path).body
        return replace(known, scope=reading.scope or known.scope)
    except (UnknownReport, IndexError):
        level = level_of(code)
        return Body(code, reading.body or id, level, reading.scope or usual_scope(reading.body, level))
