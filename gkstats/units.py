"""What the units of a body reported and what it comes to: the record of a roll-up, kept beside the body's params file
as ``<year>.units.json``, so that its report can be compared with its units cell by cell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from gkstats.forms import FORMS
from gkstats.report import Figure, Problem, Report, ReportError, added, as_given
from gkstats.schema import Cell, Form
from gkstats.trace import cell_of, line, read_json

MAX_BYTES = 50_000_000  # the figures of a unit are about 2 kB
_FIGURE = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_ADVICE = "可以删去后再执行一次 gkstats rollup"


@dataclass(frozen=True)
class Unit:
    """What one unit handed in. ``figures`` are by its own stated meaning of a blank: None is unknown. ``left_out``
    says why it is not summed ("" where it is), ``findings`` what is wrong with its figures, ``before`` what it had
    reported last time where that has changed."""

    name: str
    file: str
    sha256: str
    figures: Mapping[Cell, Figure] = field(default_factory=dict)
    left_out: str = ""
    findings: tuple[str, ...] = ()
    before: Mapping[Cell, Figure] = field(default_factory=dict)

    def value(self, cell: Cell) -> Figure:
        """The figure for a cell of a report: a group printed as one row there is the sum of this unit's lines, and
        the lines of a group printed as one row here are known where the group is zero."""
        if cell in self.figures:
            return self.figures[cell]
        parts = [
            figure
            for own, figure in self.figures.items()
            if (own.table, own.column) == (cell.table, cell.column) and own.row.startswith(f"{cell.row}.")
        ]
        if parts:
            return added(parts)
        group = cell._replace(row=cell.row.rpartition(".")[0])
        return 0 if self.figures.get(group) == 0 else None


@dataclass(frozen=True)
class UnitsRecord:
    """What the units of a body reported for a year. ``listed`` says whether there is a list of the units, ``missing``
    which of it handed in nothing that could be summed, ``taken`` the sums last put into the body's own report,
    ``fault`` why the record cannot be read (then it is empty)."""

    body: str
    year: int
    form: int
    units: tuple[Unit, ...] = ()
    listed: bool = False
    missing: tuple[str, ...] = ()
    taken: Mapping[Cell, Figure] = field(default_factory=dict)
    fault: str = ""

    @cached_property
    def counted(self) -> tuple[Unit, ...]:
        """The units that are summed."""
        return tuple(unit for unit in self.units if not unit.left_out)

    @property
    def complete(self) -> bool:
        """Whether every unit is in the sums: every one of the list or, without a list, of those that handed in."""
        return bool(self.counted) and not self.missing and (self.listed or not self.not_counted)

    @property
    def not_counted(self) -> tuple[str, ...]:
        """The units that handed in and of which nothing is summed."""
        counted = {unit.name for unit in self.counted}
        return tuple(dict.fromkeys(unit.name for unit in self.units if unit.name not in counted))

    def sums(self, form: Form) -> dict[Cell, Figure]:
        """Every cell of a form summed over the units; None where a unit's figure is not known."""
        return {cell: _sum(unit.value(cell) for unit in self.counted) for cell in form.cells}

    def open(self, cell: Cell) -> tuple[str, ...]:
        """The units whose figure for a cell is not known."""
        return tuple(unit.name for unit in self.counted if unit.value(cell) is None)


def figures_of(report: Report) -> dict[Cell, Figure]:
    """The figures of a unit's report, its blanks by its own policy."""
    return {cell: report.value(*cell) for cell in report.form.cells}


def _sum(figures: Iterable[Figure]) -> Figure:
    total: int | Decimal = 0
    count = 0
    for figure in figures:
        if figure is None:
            return None
        total, count = total + figure, count + 1
    return total if count else None


def units_path(report_file: str | Path) -> Path:
    """The file of the record of a params file."""
    return Path(report_file).with_suffix(".units.json")


def units_of(report: Report) -> UnitsRecord | None:
    """The record beside the report's file; None if there is none. One that cannot be read says so in ``fault``."""
    if not report.file or not (path := units_path(report.file)).is_file():
        return None
    try:
        return load(path)
    except ReportError as error:
        return UnitsRecord(report.id, report.year, report.form.code, fault=str(error.problems[0].found))


def load(path: Path) -> UnitsRecord:
    """The record in a file. Raises ReportError."""
    content = read_json(path, MAX_BYTES)
    try:
        given = json.loads(content)
        units = tuple(
            Unit(
                str(unit["name"]), str(unit["file"]), str(unit["sha256"]), _figures(unit["figures"], given["form"]),
                str(unit["left_out"]), tuple(map(str, unit["findings"])),
                {cell_of(place): _figure(text) for place, text in unit["before"].items()},
            )
            for unit in given["units"]
        )  # fmt: skip
        return UnitsRecord(
            str(given["body"]), int(given["year"]), int(given["form"]), units, bool(given["listed"]),
            tuple(map(str, given["missing"])), _figures(given["taken"], given["form"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        found = "单位汇总记录不是 gkstats rollup 写成的内容"
        raise ReportError([Problem(path.as_posix(), None, "文件", found, "", _ADVICE)]) from None


def dumps(record: UnitsRecord) -> str:
    """The record as the text of its file: a line for each unit and for each row of its figures."""
    units = [
        "\n".join(
            [
                f'{{"name": {line(unit.name)}, "file": {line(unit.file)}, "sha256": {line(unit.sha256)},',
                f' "left_out": {line(unit.left_out)},',
                f' "findings": {line(list(unit.findings))},',
                f' "before": {line({str(cell): _written(figure) for cell, figure in unit.before.items()})},',
                f' "figures": {{{_rows(unit.figures)}}}}}',
            ]
        )
        for unit in record.units
    ]
    head = f'"body": {line(record.body)}, "year": {record.year}, "form": {record.form},'
    return "\n".join(
        [
            "{",
            head,
            f'"listed": {line(record.listed)},',
            f'"missing": {line(list(record.missing))},',
            f'"taken": {{{_rows(record.taken)}}},',
            f'"units": [{",".join(f"{chr(10)}{unit}" for unit in units)}]',
            "}\n",
        ]
    )


def _rows(figures: Mapping[Cell, Figure]) -> str:
    rows: dict[str, list[str]] = {}
    for cell, figure in figures.items():
        rows.setdefault(f"{cell.table}/{cell.row}", []).append(_written(figure))
    return ",".join(f"\n  {line(place)}: {line(' '.join(row))}" for place, row in rows.items())


def _figures(rows: Mapping[str, str], code: int) -> dict[Cell, Figure]:
    """The figures of rows as ``_rows`` writes them: the columns of a table from left to right."""
    figures: dict[Cell, Figure] = {}
    for place, row in rows.items():
        table, code_of_row = place.split("/")
        columns = FORMS[code].table[table].column
        cells = [Cell(table, code_of_row, column) for column in columns]
        figures |= zip(cells, map(_figure, row.split()), strict=True)
    return figures


def _written(figure: Figure) -> str:
    return "-" if figure is None else as_given(figure)


def _figure(text: str) -> Figure:
    if text == "-":
        return None
    if not _FIGURE.fullmatch(text):  # 1.0e999999999 would be written out in digits
        raise ValueError(text)
    return Decimal(text) if "." in text else int(text)
