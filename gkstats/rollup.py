"""The reports of all units of a body summed cell by cell into the body's own report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from gkstats.bodies import body_of
from gkstats.checks import ERROR, FAIL, examine
from gkstats.divisions import resolve
from gkstats.excel_form import is_form, read_filled
from gkstats.files import replace_file
from gkstats.importing import TO_LOOK_AT, files_in
from gkstats.merging import differing, save_figures
from gkstats.params import blank_report, entries, folder_to_write, read, save_new, shown
from gkstats.reading import read_document
from gkstats.report import Body, Figure, Problem, Report, ReportError, UnknownReport
from gkstats.report_file import parse
from gkstats.schema import Cell
from gkstats.strict_yaml import YAMLFault, compose
from gkstats.units import Unit, UnitsRecord, dumps, figures_of, load, units_path

LIST = "units.yaml"
"""The units that are to hand in, in the folder of their files: a list of names, or of name and aliases."""

_LIST_BYTES = 1_000_000
_LOOKS_AS = "每行写“- 单位名称”，有别名的写“- {name: 单位名称, aliases: [别名]}”"


class Listed(NamedTuple):
    """A unit of the list: its name, and what it is also called."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rollup:
    """What the units come to: the body's own report (the one there is, or a new one of the sums), whether it is new,
    the record, the record of the last time, and what kept files from being read."""

    report: Report
    is_new: bool
    record: UnitsRecord
    last: UnitsRecord | None
    unread: tuple[ReportError, ...]

    @property
    def sums(self) -> dict[Cell, Figure]:
        """Every cell of the report summed over the units; None where it cannot be."""
        return self.record.sums(self.report.form)

    @property
    def differences(self) -> dict[Cell, tuple[Figure, Figure]]:
        """Cell → (figure of the report, sum of the units) where both are known and differ, or the report's is blank."""
        found = differing(self.report, self.sums)
        return {cell: pair for cell, pair in found.items() if pair[1] is not None}

    @property
    def to_take(self) -> dict[Cell, Figure]:
        """The sums an update puts in: where the report is blank or has the sum of the last time or the one last put in.
        Any other figure was put there by hand and stays."""
        sums = [self.last.taken, self.last.sums(self.report.form)] if self.last else []
        return {
            cell: sum_
            for cell, (figure, sum_) in self.differences.items()
            if figure is None or any(known.get(cell) == figure for known in sums)
        }

    @property
    def changed(self) -> dict[str, dict[Cell, tuple[Figure, Figure]]]:
        """Unit → cell → (figure of the last time, figure now) of the units whose file changed since the last time."""
        before = {unit.name: unit for unit in self.last.units} if self.last else {}
        return {
            unit.name: {cell: (was, unit.figures[cell]) for cell, was in _changed(before[unit.name], unit).items()}
            for unit in self.record.counted
            if unit.name in before and before[unit.name].sha256 != unit.sha256
        }


def roll_up(
    id: str, year: int, folder: str | Path, params: str | Path, name: str = "", level: str = "", scope: str = ""
) -> Rollup:
    """Reads every file in the folder and sums the units. Nothing is written. Raises ReportError for a list or a record
    that cannot be read, UnknownReport where the folder is not there or empty, or the body's name is not known."""
    folder = Path(folder)
    if not folder.is_dir():
        raise UnknownReport([Problem(shown(folder), None, "单位文件夹", "找不到这个文件夹", "")])
    listed = units_listed(folder / LIST)
    try:
        report, is_new = read(entries(params, [id], [year])[0].path), False
    except UnknownReport:
        report, is_new = blank_report(body_of(id, params, name, level, scope), year, id), True
    files = [path for path in files_in([str(folder)]) if path != folder / LIST]
    if not files:
        raise UnknownReport([Problem(shown(folder), None, "单位文件夹", "没有文件", "", "请放入各单位的报表")])
    record_file = units_path(_report_file(report, params))
    last = load(record_file) if record_file.is_file() else None
    units, unread = [], []
    for path in files:
        unit, error = _read_unit(path, folder, report, listed)
        units.append(unit)
        unread += [error] if error else []
    units = _once_each(units, listed)
    there = {unit.name for unit in units if not unit.left_out}
    missing = tuple(entry.name for entry in listed if entry.name not in there)
    taken = last.taken if last else {}
    record = UnitsRecord(id, year, report.form.code, _with_changes(units, last), bool(listed), missing, taken)
    if is_new:
        report = replace(report, figures=record.sums(report.form))
    return Rollup(report, is_new, record, last, tuple(unread))


def save_rollup(rollup: Rollup, params: str | Path, update: bool) -> tuple[Path, Path | None]:
    """Writes the record, and the body's report where it is new or ``update`` asks for it; the path of the report, and
    that of the old file where one was kept."""
    report, taken, kept = rollup.report, dict(rollup.record.taken), None
    note = f"由{len(rollup.record.counted)}个单位的报表汇总，各单位的数据见 {report.year}.units.json"
    if rollup.is_new:
        path = save_new(replace(report, source={"note": note}), params)
        taken = {cell: figure for cell, figure in rollup.sums.items() if figure is not None}
    else:
        path = Path(report.file)
        if update and rollup.to_take:
            kept = save_figures(report, rollup.to_take, {"note": note})
            taken |= rollup.to_take
    replace_file(units_path(path), dumps(replace(rollup.record, taken=taken)).encode())
    return path, kept


def units_listed(path: Path) -> list[Listed]:
    """The units that are to hand in; none where there is no list. Raises ReportError."""
    if not path.is_file():
        return []
    problems: list[Problem] = []
    try:
        if path.stat().st_size > _LIST_BYTES:
            raise ReportError([Problem(shown(path), None, "单位名单", f"超过 {_LIST_BYTES} 字节", "")])
        node = compose(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        advice = "请用记事本“另存为”，编码选 UTF-8"
        raise ReportError([Problem(shown(path), None, "文件编码", "不是 UTF-8 编码", "", advice)]) from None
    except YAMLFault as fault:
        raise ReportError([Problem(shown(path), line, "YAML", *rest) for line, *rest in fault.faults]) from None
    if isinstance(node.value, dict) and list(node.value) == ["units"]:
        node = node.value["units"][1]
    listed: list[Listed] = []
    if not isinstance(node.value, list):
        problems.append(Problem(shown(path), node.line, "单位名单", "不是单位的列表", "", _LOOKS_AS))
    for entry in node.value if isinstance(node.value, list) else ():
        given = {"name": entry}
        if isinstance(entry.value, dict):
            given = {key: value for key, (_, value) in entry.value.items()}
        name: object = given["name"].value if "name" in given and given.keys() <= {"name", "aliases"} else None
        aliases = given["aliases"].value or [] if "aliases" in given else []
        written = [name, *(alias.value for alias in aliases)] if isinstance(aliases, list) else []
        texts = [text.strip() for text in written if isinstance(text, str)]
        if not texts or len(texts) < len(written) or not all(texts):
            problems.append(Problem(shown(path), entry.line, "单位名单", "不是单位名称", "", _LOOKS_AS))
        elif taken := {_tight(text) for text in texts} & {
            _tight(text) for e in listed for text in (e.name, *e.aliases)
        }:
            problems.append(Problem(shown(path), entry.line, "单位名单", f"“{'、'.join(sorted(taken))}”重复", ""))
        else:
            listed.append(Listed(texts[0], tuple(texts[1:])))
    if problems:
        raise ReportError(problems)
    return listed


def _tight(text: str) -> str:
    return "".join(text.split()).removesuffix("人民政府")


def _report_file(report: Report, params: str | Path) -> Path:
    return Path(report.file) if report.file else folder_to_write(params) / report.id / f"{report.year}.yaml"


class _Read(NamedTuple):
    """A unit's file as read: its figures, the name and year it states, what is in doubt."""

    report: Report
    name: str
    year: int | None
    doubts: tuple[str, ...] = ()


def _read_any(path: Path) -> _Read:
    if is_form(path):
        filled = read_filled(path)
        doubts = tuple(f"合计不是公式的结果：{text}" for text in filled.typed_over)
        return _Read(filled.report, filled.report.body.name, filled.report.year, doubts)
    if path.suffix.lower() in (".yaml", ".yml"):
        report = parse(path.read_bytes(), shown(path))
        return _Read(report, report.body.name, report.year)
    reading = read_document(path)
    year = reading.year or reading.form.first_year
    report = reading.report(Body("000000", reading.body, "department", "本机关"), year)
    doubts = tuple(str(doubt) for doubt in reading.doubts if doubt.kind in TO_LOOK_AT)
    return _Read(report, reading.body, reading.year, doubts)


def _read_unit(path: Path, folder: Path, report: Report, listed: Sequence[Listed]) -> tuple[Unit, ReportError | None]:
    """The unit of a file, left out where it is not what is to be summed, and what kept the file from being read."""
    file = path.relative_to(folder).as_posix()
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        found = _read_any(path)
    except OSError as fault:
        error = ReportError([Problem(shown(path), None, "文件", f"无法打开（{fault.strerror}）", "")])
        return Unit(_name(path.stem, "", listed), file, "", left_out="不能读取"), error
    except ReportError as error:
        return Unit(_name(path.stem, "", listed), file, sha256, left_out="不能读取"), error
    name = _name(found.name, path.stem, listed)
    failed = [f for f in examine([found.report]).findings if (f.status, f.severity) == (FAIL, ERROR)]
    findings = (*(f"{f.rule} {f.message}" for f in failed), *(f"读取：{doubt}" for doubt in found.doubts))
    figures = figures_of(found.report) if found.report.form.code == report.form.code else {}  # the record has one form
    return Unit(name, file, sha256, figures, _why_not(found, name, report, listed), findings), None


def _why_not(found: _Read, name: str, report: Report, listed: Sequence[Listed]) -> str:
    """Why a file is not summed; "" if it is."""
    if found.year is None:
        return "没有写明报告年度"
    if found.year != report.year:
        return f"是{found.year}年度的报表"
    if found.report.form.code != report.form.code:
        return f"用的是{found.report.form.notice}的格式"
    if found.report.is_blank():
        return "没有填写数据"
    if _is_body(found.name, report.body):
        return "是本级的报告，不是单位的报表"
    if listed and name not in {entry.name for entry in listed}:
        return "不在单位名单中"
    return ""


def _is_body(name: str, body: Body) -> bool:
    """Whether a name is that of the body itself; its office is a unit like any other."""
    meant = resolve(name)
    same = not meant.rest and body.code in {division.code for division in meant.divisions}
    return (same or _tight(name) == _tight(body.name)) and not re.search("办公[室厅]", name)


def _name(stated: str, stem: str, listed: Sequence[Listed]) -> str:
    """The name of a unit: that of the list it bears or, where the list has none like it, that the file name holds;
    else as the file states it, or the file name."""
    for text in filter(None, (_tight(stated), _tight(stem))):
        names = [(_tight(word), entry.name) for entry in listed for word in (entry.name, *entry.aliases)]
        for word, name in names:
            if word == text:
                return name
        held = [(len(word), name) for word, name in names if word in text]
        longest = {name for length, name in held if length == max(held)[0]}
        if len(longest) == 1:
            return longest.pop()
    return stated.strip() or stem


def _once_each(units: Sequence[Unit], listed: Sequence[Listed]) -> list[Unit]:
    """The units in the order of the list, then by name; of one that handed in twice the first file where all say the
    same, none where they do not."""
    order = {entry.name: number for number, entry in enumerate(listed)}
    units = sorted(units, key=lambda unit: (order.get(unit.name, len(order)), unit.name, unit.file))
    same: dict[str, list[Unit]] = {}
    for unit in units:
        if not unit.left_out:
            same.setdefault(unit.name, []).append(unit)
    replaced: dict[str, Unit] = {}
    for name, files in same.items():
        agree = all(unit.figures == files[0].figures for unit in files)
        for unit in files[agree:] if len(files) > 1 else ():
            others = "、".join(other.file for other in files if other is not unit)
            why = f"重复报送，与{others}数据相同，只计一次" if agree else f"重复报送，与{others}数据不同，都没有计入"
            replaced[unit.file] = replace(unit, name=name, left_out=why)
    return [replaced.get(unit.file, unit) for unit in units]


def _with_changes(units: Sequence[Unit], last: UnitsRecord | None) -> tuple[Unit, ...]:
    """The units with what they had reported before their last change."""
    known = {unit.name: unit for unit in last.counted} if last else {}
    return tuple(
        replace(unit, before=_changed(known[unit.name], unit) or known[unit.name].before)
        if unit.name in known and not unit.left_out
        else unit
        for unit in units
    )


def _changed(old: Unit, new: Unit) -> dict[Cell, Figure]:
    """The old figures of the cells that changed."""
    return {cell: old.figures[cell] for cell, now in new.figures.items() if old.figures.get(cell, now) != now}
