"""A report of a whole area against the sum of its units, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from gkstats.checks.examples import BASE
from gkstats.checks.rule import NOT_APPLICABLE, UNKNOWN, WARNING, Basis, Case, Example, Finding, Rule
from gkstats.report import WHOLE, Figure, as_given
from gkstats.schema import Cell
from gkstats.units import Unit, UnitsRecord

_NAMED = 3
"""Cells, units and causes named in one message; more of them are counted."""

Sums = dict[Cell, Figure]
Differences = dict[Cell, int | Decimal]


def _units(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        record = case.units
        if record is None:
            yield UNITS.finding(case, "没有单位汇总记录，不作比较", NOT_APPLICABLE)
        elif record.fault:
            yield UNITS.finding(case, f"{record.fault}，不能核对", UNKNOWN)
        elif case.report.body.scope_kind != WHOLE:
            yield UNITS.finding(
                case, f"统计范围为{case.report.body.scope}，与全部单位之和不可比，不作比较", NOT_APPLICABLE
            )
        elif record.form != case.report.form.code:
            yield UNITS.finding(case, "单位汇总用的是另一种格式，不作比较", NOT_APPLICABLE)
        elif not record.counted:
            yield UNITS.finding(case, "单位汇总记录里没有计入的单位，不能核对", UNKNOWN)
        else:
            yield from _compared(case, record)


def _compared(case: Case, record: UnitsRecord) -> Iterator[Finding]:
    report = case.report
    sums = record.sums(report.form)
    values = {cell: report.value(*cell) for cell in report.form.cells}
    differences: Differences = {}
    for cell, value in values.items():
        if value is not None and (due := sums[cell]) is not None and value != due:
            differences[cell] = value - due
    if not record.complete:
        yield UNITS.finding(case, _incomplete(record, len(differences)), UNKNOWN)
        return
    for cells, causes in _by_cause(record, sums, differences):
        yield _finding(case, record, sums, differences, cells, causes)
    if unsummed := [cell for cell in report.form.cells if sums[cell] is None]:
        names = dict.fromkeys(name for cell in unsummed for name in record.open(cell))
        message = (
            f"{_some(names)}有空白，{len(unsummed)}格没有单位之和，不能核对，如{report.form.describe(unsummed[0])}"
        )
        yield UNITS.finding(case, message, UNKNOWN, table=unsummed[0].table)
    if blank := [cell for cell in report.form.cells if values[cell] is None and sums[cell] is not None]:
        message = f"{len(blank)}格空白，不能与单位之和核对，如{report.form.describe(blank[0])}"
        yield UNITS.finding(case, message, UNKNOWN, table=blank[0].table)


def _incomplete(record: UnitsRecord, different: int) -> str:
    out = () if record.listed else record.not_counted
    parts = [
        f"{word}{_some(names)}" for word, names in (("未报或未计入：", record.missing), ("未计入：", out)) if names
    ]
    return f"单位数据不全（{'；'.join(parts)}），不能核对；与已计入的{len(record.counted)}个单位之和有{different}格不同"


def _by_cause(
    record: UnitsRecord, sums: Sums, differences: Differences
) -> Iterator[tuple[list[Cell], tuple[str, ...]]]:
    """The cells that differ, tables with one and the same cause together, with the causes that explain all of them."""
    found: dict[str, tuple[list[Cell], tuple[str, ...]]] = {}
    for table in dict.fromkeys(cell.table for cell in differences):
        cells = [cell for cell in sums if cell.table == table and sums[cell] is not None]
        causes = _causes(record.counted, cells, [differences.get(cell, 0) for cell in cells])
        found[table] = [cell for cell in cells if cell in differences], causes if len(causes) <= _NAMED else ()
    often = Counter(cause for _, causes in found.values() for cause in causes)
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for table, (cells, causes) in found.items():
        likely = tuple(cause for cause in causes if often[cause] == max(often[other] for other in causes))
        groups.setdefault(likely or (table,), []).extend(cells)
    for key, cells in groups.items():
        yield cells, () if key == (cells[0].table,) else key


def _causes(units: Sequence[Unit], cells: Sequence[Cell], difference: Sequence[int | Decimal]) -> tuple[str, ...]:
    """What a single unit, or two left out, would explain in all cells of a table."""
    wanted = tuple(difference)
    lacking = tuple(-value for value in wanted)
    vectors = {unit.name: tuple(unit.value(cell) or 0 for cell in cells) for unit in units}
    causes = [f"差额与{name}所报相同，可能重复计入" for name, own in vectors.items() if own == wanted]
    causes += [f"差额与{name}所报相同，可能没有计入" for name, own in vectors.items() if own == lacking]
    for unit in units:
        before = [unit.before.get(cell, unit.value(cell)) or 0 for cell in cells]
        if tuple(b - n for b, n in zip(before, vectors[unit.name], strict=True)) == wanted:
            causes.append(f"差额与{unit.name}报送后的变更相同，可能仍用变更前的数")
    if not causes:
        by_vector = {own: name for name, own in vectors.items()}
        for name, own in vectors.items():
            other = by_vector.get(tuple(need - value for need, value in zip(lacking, own, strict=True)))
            if other and other != name:
                return (f"差额与{name}、{other}所报之和相同，可能没有计入",)
    return tuple(causes)


def _finding(
    case: Case, record: UnitsRecord, sums: Sums, differences: Differences, cells: list[Cell], causes: tuple[str, ...]
) -> Finding:
    report = case.report
    found = [as_given(value) for cell in cells if (value := report.value(*cell)) is not None]
    expected = [as_given(due) for cell in cells if (due := sums[cell]) is not None]
    shown = "；".join(
        f"{report.form.describe(cell)}填报{own}，单位之和{due}"
        for cell, own, due in list(zip(cells, found, expected, strict=True))[:_NAMED]
    )
    more = f"；等{len(cells)}格" if len(cells) > _NAMED else ""
    why = causes or _same_figure(record, differences[cells[0]], cells)
    message = f"{UNITS.rule}；{shown}{more}" + "".join(f"；{cause}" for cause in why[:_NAMED])
    one = len(cells) == 1
    return UNITS.finding(
        case,
        message,
        table=cells[0].table if len({cell.table for cell in cells}) == 1 else "",
        row=cells[0].row if len({cell.row for cell in cells}) == 1 else "",
        column=cells[0].column if one else "",
        found="、".join(found),
        expected="、".join(expected),
        difference="、".join(f"{differences[cell]:+}" for cell in cells),
        cells=tuple(cells),
    )


def _same_figure(record: UnitsRecord, difference: int | Decimal, cells: list[Cell]) -> tuple[str, ...]:
    """Where a single cell differs (or a cell and its totals): the few units whose figure there is the difference."""
    if len(cells) > _NAMED:
        return ()
    names = [unit.name for unit in record.counted if unit.value(cells[0]) == abs(difference)]
    return (f"差额与{'、'.join(names)}的这一格相同",) if 0 < len(names) <= _NAMED else ()


def _some(names: Iterable[str]) -> str:
    names = list(names)
    return "、".join(names[:_NAMED]) + (f"等{len(names)}个单位" if len(names) > _NAMED else "")


_REST = {place: row for place, row in BASE.items() if place != "licensing/licensing"}

UNITS = Rule(
    "R.1",
    "与所属单位之和衔接",
    "全域汇总的各格应等于所属单位的同一格之和",
    Basis("《中华人民共和国政府信息公开条例》", "第四十九条"),
    "跨级",
    WARNING,
    _units,
    reasons=("有单位未报或漏报", "同一申请由两个单位办理，汇总时只计一次", "有单位的统计范围更窄", "汇总后单位有更正"),
    passing=Example(units=({**_REST, "licensing/licensing": [15]}, {"licensing/licensing": [5]})),
    failing=Example(
        units=({**_REST, "licensing/licensing": [20]}, {"licensing/licensing": [5]}),
        message="全域汇总的各格应等于所属单位的同一格之和；表二“行政许可”行本年处理决定数量列填报20，单位之和25；"
        "差额与乙局所报相同，可能没有计入",
    ),
)

RULES = (UNITS,)
