"""A published document or a filled-in Excel form becomes a params file, with a trace beside it. An existing file is
changed only by ``update``, which keeps the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from gkstats.bodies import body_of, folder_named, folder_of
from gkstats.divisions import resolve
from gkstats.excel_form import Filled, is_form, read_filled
from gkstats.files import replace_file
from gkstats.merging import differing, save_figures
from gkstats.params import entries, save_new
from gkstats.reading import Reading, read_document
from gkstats.report import Figure, Problem, Report, UnknownReport, as_given
from gkstats.trace import Noted, Place, Trace, dumps, trace_path

TO_LOOK_AT = ("reading", "unreadable", "missing", "source")
"""Kinds of doubt about figures; the others are remarks and gaps in the text."""


@dataclass(frozen=True)
class Import:
    """What a file gave: its report, and how each figure was read from it."""

    report: Report
    trace: Trace

    @property
    def doubts(self) -> tuple[Noted, ...]:
        """What a person has to look at, figures first."""
        return tuple(sorted(self.trace.doubts, key=lambda doubt: doubt.kind not in TO_LOOK_AT))

    @property
    def certain(self) -> bool:
        """Whether no figure is in doubt."""
        return not any(doubt.kind in TO_LOOK_AT for doubt in self.trace.doubts)


def files_in(paths: Sequence[str]) -> list[Path]:
    """The files named, folders replaced by what lies in them, hidden and temporary files left out."""
    found: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(child for child in path.rglob("*") if child.is_file()) if path.is_dir() else [path]
        found += [file for file in inside if not file.name.startswith((".", "~$"))]
    return found


def read_file(
    source: Path | bytes, params: str, body: str = "", year: int | None = None, anyway: bool = False
) -> Import:
    """The report in a document or an Excel form. Name, level and scope are those of ``body`` (folder name, division
    code, short name or name), or of the body the document names. Raises ReportError for what cannot be read,
    UnknownReport where body or year cannot be known, or the document states others than those given, unless these
    are meant ``anyway``."""
    id = given = folder_of(body, params) if body else ""
    if isinstance(source, Path) and is_form(source):
        filled = read_filled(source)
        report, trace = filled.report, _trace_of_form(filled)
        if not anyway:
            _hold_to(report.file, report.body.name, report.year, given, year, params)
        id = id or folder_named(report.body.name, params) or report.id
        report = replace(report, year=year or report.year)
        return Import(_from(replace(report, id=id), trace), trace)
    reading = read_document(source, None if isinstance(source, Path) else "标准输入")
    if not anyway:
        _hold_to(reading.file, reading.body, reading.year, given, year, params)
    if not id and not (id := folder_named(reading.body, params) if reading.body else ""):
        found = f"文中的名称“{reading.body}”不在区划代码表和参数文件夹里" if reading.body else "没有读到报告主体的名称"
        raise _unknown(reading, "报告主体", found, "用 --body 写明，如 --body 500243-pengshui")
    year = year or reading.year
    if not year:
        raise _unknown(reading, "报告年度", "没有读到报告年度", "用 --year 写明，如 --year 2023")
    described = body_of(id, params, name="" if _has_files(id, params) else reading.body, scope=reading.scope)
    report, trace = reading.report(described, year), trace_of_reading(reading)
    return Import(_from(replace(report, id=id), trace), trace)


def _hold_to(file: str, name: str, stated: int | None, id: str, year: int | None, params: str) -> None:
    """Raises UnknownReport where a document states another body or year than the user gave."""
    problems = []
    if year and stated and year != stated:
        problems.append(("报告年度", f"--year 写的是{year}，文件里写明的是{stated}"))
    meant = resolve(name)
    known = resolve(body_of(id, params).name) if id and _has_files(id, params) else None
    another = id and meant.divisions and id[:6] not in {division.code for division in meant.divisions}
    below = known and known.divisions and meant.divisions and known.rest != meant.rest
    if another or below:
        problems.append(("报告主体", f"--body 写的是{id}，文件里写明的是“{name}”"))
    if problems:
        advice = "请核对；确实要按所写的读入，加 --anyway"
        raise UnknownReport([Problem(file, None, where, f"{found}，没有写入", "", advice) for where, found in problems])


def _from(report: Report, trace: Trace) -> Report:
    """The report with the document it was read from as its source."""
    return replace(report, source={**report.source, "file": trace.file, "sha256": trace.sha256})


def _kept_name(file: str) -> str:
    """What a record calls a document: its path in the project, its name alone where it lies elsewhere."""
    path = PurePosixPath(file)
    return path.name if path.is_absolute() or ".." in path.parts or ":" in file else file


def save(found: Import, params: str) -> Path:
    """Writes the report to a params file of its own, and its trace beside it; the path of the file. Raises
    ReportError if there is a file already."""
    path = save_new(found.report, params)
    replace_file(trace_path(path), dumps(found.trace).encode())
    return path


def update(old: Report, found: Import) -> Path | None:
    """Puts the figures of a document into the file of a report: only those that were read without doubt, everything
    else in the file staying as it is. The path the old file was kept under; None where there was nothing to change.
    Raises ReportError, with nothing written, for a file of another form or one that cannot be changed."""
    if old.form.code != found.report.form.code:
        problem = Problem(
            old.file, None, "报告格式", "与读到的格式不同，没有改动", "", difference(old, found.report)[0]
        )
        raise UnknownReport([problem])
    changed = {cell: new for cell, (_, new) in differing(old, found.report.figures).items() if new is not None}
    if not changed and old.source.get("sha256") == found.report.source.get("sha256"):
        replace_file(trace_path(old.file), dumps(found.trace).encode())
        return None
    return save_figures(old, changed, found.report.source, dumps(found.trace))


def difference(old: Report, new: Report) -> list[str]:
    """Where two reports of the same body and year have different figures, a line each; a form of its own, and a
    group printed as one row in one of them, say so."""
    if old.form.code != new.form.code:
        return [f"报告格式：原为{old.form.notice}，读到{new.form.notice}"]
    describe = old.form.describe
    lines = [
        f"{describe(cell)}：原为{shown_figure(was)}，{'没有读到' if now is None else f'读到{as_given(now)}'}"
        for cell, (was, now) in differing(old, new.figures).items()
    ]
    for cell in [cell for cell in new.form.cells if cell not in old.figures and new.figures[cell] is not None]:
        lines.append(f"{new.form.describe(cell)}：原文件没有这一行，读到{shown_figure(new.figures[cell])}")
    return lines


def shown_figure(figure: Figure) -> str:
    return "空白" if figure is None else as_given(figure)


def trace_of_reading(reading: Reading) -> Trace:
    """Where each figure of a document stands, in the form a file can keep."""
    cells = {
        cell: Place(
            "" if found.figure is None else as_given(found.figure),
            found.state, found.place, found.text, found.remark, found.readings,
        )
        for cell, found in reading.figures.items()
    }  # fmt: skip
    doubts = tuple(Noted(doubt.kind, str(doubt), doubt.cells) for doubt in reading.doubts)
    return Trace(_kept_name(reading.file), reading.sha256, reading.blank_evidence, cells, doubts)


def _trace_of_form(filled: Filled) -> Trace:
    """Where each figure of a workbook stands. What was typed over a formula is to be looked at."""
    report = filled.report
    cells = {
        cell: Place(shown, "number" if shown else "blank", *filled.places[cell])
        for cell, figure in report.figures.items()
        for shown in ["" if figure is None else as_given(figure)]
    }
    doubts = tuple(Noted("source", f"合计不是公式的结果：{text}") for text in filled.typed_over)
    return Trace(_kept_name(report.file), report.sha256, "按封面所选", cells, doubts)


def _unknown(reading: Reading, where: str, found: str, advice: str) -> UnknownReport:
    return UnknownReport([Problem(reading.file, None, where, found, "", advice)])


def _has_files(id: str, params: str) -> bool:
    try:
        return bool(entries(params, [id]))
    except UnknownReport:
        return False
