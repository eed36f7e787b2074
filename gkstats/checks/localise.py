"""The likely wrong cells behind figures that do not balance: branch and eliminate on the relations of a form.

The relations of a table are a parity check over the integers. While one is broken, one of its cells is wrong: branch on
each, eliminate it from the others (its pivot is one or minus one in every form: nothing is divided), go on to a depth
of three. That yields every smallest set of cells that explains all broken relations, with the value each should have.
In table 三 any two sets of cells that look the same differ in four cells at least, so one wrong cell is always located
and its right value known.

A blank is eliminated first: it excuses what contains it and is never put right. Nothing here changes a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import log
from typing import NamedTuple

import numpy as np

from gkstats.checks.parity import Part, distance, eliminate, is_count, parts, pivot_for
from gkstats.checks.shifts import damages
from gkstats.checks.slips import KIND, MOVED, SWAPPED, Explanation, Repair, rarity, slip_of
from gkstats.schema import Cell, Form, Total

DEPTH = 3
"""Cells that may be wrong at once; with more, almost any table explains almost any other."""


class Diagnosis(NamedTuple):
    """Broken relations that belong together (numbers into ``form.relations``), and every smallest explanation of
    them, the likeliest first; none where more than DEPTH cells would have to be wrong. With one explanation it is the
    only one as long as no more than ``limit`` of the cells concerned are wrong."""

    relations: tuple[int, ...]
    explanations: tuple[Explanation, ...]
    limit: int


def localise(form: Form, vector: np.ndarray) -> tuple[Diagnosis, ...]:
    """What may be wrong with the figures ``vector`` of a form (in the order of ``form.cells``, NaN where unknown):
    one diagnosis for each group of broken relations that has nothing to do with the others."""
    return tuple(found for part in parts(form) for found in _diagnoses(form, part, vector[part.cells]))


def fills(form: Form, vector: np.ndarray) -> dict[Cell, int]:
    """The value each blank must have, of those that the relations leave only one; none where the figures around a
    blank contradict each other."""
    found: dict[Cell, int] = {}
    for part in parts(form):
        values = fills_of(part, vector[part.cells]) or {}
        found |= {form.cells[part.cells[position]]: value for position, value in values.items()}
    return found


def fills_of(part: Part, figures: np.ndarray) -> dict[int, int] | None:
    """The blanks of a part (numbers into ``part.cells``) that the relations leave one value, with that value; None if
    whatever stands in the blanks some relation is broken."""
    blank = ~is_count(figures)
    rows, usable, pivots = _without_blanks(part, figures)
    if rows[usable, -1].any():
        return None
    found = {}
    for position, row in pivots:
        if len(np.flatnonzero(rows[row, :-1] * blank)) == 1:
            found[position] = -int(rows[row, -1] * rows[row, position])
            if found[position] < 0:
                return None
    return found


def _diagnoses(form: Form, part: Part, figures: np.ndarray) -> Iterator[Diagnosis]:
    known = is_count(figures)
    values = np.where(known, figures, 0).astype(np.int64)
    broken = (part.matrix @ values != 0) & ~part.matrix[:, ~known].any(axis=1)
    if not broken.any():
        return
    rows, usable, _ = _without_blanks(part, figures)
    found: list[dict[int, int]] = []
    for depth in range(1, DEPTH + 1):
        found = [
            changes
            for changes in _search(rows, usable, depth, known, part.matrix[broken] != 0, ())
            if all(values[cell] + change >= 0 for cell, change in changes.items())
        ]
        if found:
            break
    scattered = [] if found or not known.all() else _scattered(part, rows[:, -1], values)
    if scattered:
        for relations, sets in _independent(part, broken, ~known, scattered):
            explanations = [_explanation(form, part, values, changes) for changes in sets]
            yield Diagnosis(tuple(part.relations[relations].tolist()), tuple(explanations), 0)
        return
    others = _other_ways(form, part, figures, depth)
    # what one slip does to three cells is that slip; two cells are told apart by themselves
    same = [{(repair.cell, repair.due) for repair in each.repairs} for each in others]
    of_cells = [{(form.cells[part.cells[c]], values[c] + by) for c, by in changes.items()} for changes in found]
    others = [each for each, repairs in zip(others, same, strict=True) if len(repairs) > 2 or repairs not in of_cells]
    found = [
        changes for changes, repairs in zip(found, of_cells, strict=True) if len(repairs) < 3 or repairs not in same
    ]
    groups = [(broken, found)] if others or not found else _independent(part, broken, ~known, found)
    # two sets of cells that look the same have at least ``distance`` cells between them
    limit = max(depth, distance(form, int(part.relations[0])) - 1 - depth) if known.all() else depth
    for relations, sets in groups:
        explanations = [*(_explanation(form, part, values, changes) for changes in sets), *others]
        explanations.sort(key=lambda explanation: explanation.cost)
        yield Diagnosis(tuple(part.relations[relations].tolist()), tuple(explanations), limit)


def _without_blanks(part: Part, figures: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """The relations with what is left over of each in a last column, every blank eliminated; which relations are
    still of use; (blank, the row that holds its value)."""
    known = is_count(figures)
    left_over = part.matrix @ np.where(known, figures, 0).astype(np.int64)
    rows, usable = np.column_stack([part.matrix, left_over]), np.ones(len(part.matrix), dtype=bool)
    pivots = []
    for cell in np.flatnonzero(~known).tolist():
        row = pivot_for(rows, usable, cell)
        if row is not None:
            rows, usable = eliminate(rows, usable, cell, row)
            pivots.append((cell, row))
    return rows, usable, pivots


def _search(
    rows: np.ndarray,
    usable: np.ndarray,
    depth: int,
    allowed: np.ndarray,
    untouched: np.ndarray,
    chosen: tuple[tuple[int, int], ...],
) -> Iterator[dict[int, int]]:
    """Every set of ``depth`` allowed cells, beside those chosen, that mends all relations: cell → change.
    ``untouched`` says of each broken relation that holds none of the chosen which cells it holds."""
    broken = usable & (rows[:, -1] != 0)
    touched = np.count_nonzero(untouched[:, allowed], axis=0)
    if not broken.any() or np.sort(touched)[-depth:].sum() < len(untouched):
        return
    holds = rows[:, :-1] != 0
    if depth == 1:
        fits = (holds[usable] == broken[usable, np.newaxis]).all(axis=0) & allowed
        for cell in np.flatnonzero(fits).tolist():
            if changes := _changes(rows, broken, cell, chosen):
                yield changes
        return
    open_ = holds & allowed
    numbers = np.flatnonzero(broken)
    row = numbers[np.count_nonzero(open_[numbers], axis=1).argmin()]
    for cell in np.flatnonzero(open_[row]).tolist():
        pivot = pivot_for(rows, usable, cell)
        assert pivot is not None
        # a set that holds this cell is found here and not again below the next cells
        allowed = allowed.copy()
        allowed[cell] = False
        yield from _search(
            *eliminate(rows, usable, cell, pivot),
            depth - 1,
            allowed,
            untouched[~untouched[:, cell]],
            (*chosen, (cell, pivot)),
        )


def _changes(
    rows: np.ndarray, broken: np.ndarray, cell: int, chosen: tuple[tuple[int, int], ...]
) -> dict[int, int] | None:
    """By how much a last cell and the chosen ones change if that mends everything; None if it cannot. One that changes
    by nought leaves a smaller set, that was found before or refused for a negative figure, as this one will be."""
    factors, left_over = rows[broken, cell], rows[broken, -1]
    change = -int(left_over[0] * factors[0])
    if (left_over + factors * change).any():
        return None
    return {cell: change} | {
        other: -int((rows[row, -1] + rows[row, cell] * change) * rows[row, other]) for other, row in chosen
    }


def _scattered(part: Part, left_over: np.ndarray, values: np.ndarray) -> list[dict[int, int]]:
    """Any number of wrong cells that have nothing to do with one another: each breaks all its relations by the same
    amount, and of every broken relation there is just one such cell. Nothing where that does not explain it all."""
    holds = part.matrix != 0
    amounts = part.matrix * left_over[:, np.newaxis]
    first = amounts[holds.argmax(axis=0), np.arange(holds.shape[1])]
    alike = ((amounts == first) | ~holds).all(axis=0) & (first != 0) & (values >= first)
    cells = np.flatnonzero(alike)
    mended = left_over - part.matrix[:, cells] @ first[cells]
    return [] if mended.any() else [{int(cell): -int(first[cell]) for cell in cells}]


def _independent(
    part: Part, broken: np.ndarray, blank: np.ndarray, found: list[dict[int, int]]
) -> list[tuple[np.ndarray, list[dict[int, int]]]]:
    """The broken relations in groups that no explanation connects, each with its own explanations."""
    group = np.arange(len(part.matrix))

    def join(relations: np.ndarray) -> None:
        group[np.isin(group, group[relations])] = group[relations[0]]

    for cell in {*np.flatnonzero(blank).tolist(), *(cell for changes in found for cell in changes)}:
        join(np.flatnonzero(part.matrix[:, cell]))

    def of(cell: int) -> int:
        return int(group[np.flatnonzero(part.matrix[:, cell])[0]])

    groups = list(dict.fromkeys(group[broken].tolist()))
    separate = [
        list(dict.fromkeys(tuple(sorted(each for each in changes.items() if of(each[0]) == own)) for changes in found))
        for own in groups
    ]
    # a cell of relations that are unknown each by itself: what it mends is told by several of them together
    if any(of(cell) not in groups for changes in found for cell in changes):
        return [(broken, found)]
    return [
        (broken & (group == own), [dict(changes) for changes in sets])
        for own, sets in zip(groups, separate, strict=True)
    ]


def _explanation(form: Form, part: Part, values: np.ndarray, changes: dict[int, int]) -> Explanation:
    positions = sorted(changes)
    cells = [form.cells[part.cells[position]] for position in positions]
    printed = [int(values[position]) for position in positions]
    due = [int(values[position]) + changes[position] for position in positions]
    totals = [_is_total(form, cell) for cell in cells]
    found = [slip_of(*each) for each in zip(printed, due, totals, strict=True)]
    slips, cost = [kind for kind, _ in found], sum(each for _, each in found)
    cost += sum(
        rarity(should) - rarity(was) for was, should, total in zip(printed, due, totals, strict=True) if not total
    )
    for a, b in combinations(range(len(cells)), 2):
        exchanged = printed[a] == due[b] and printed[b] == due[a] and _adjacent(form, cells[a], cells[b])
        if exchanged and SWAPPED not in slips and MOVED not in slips:
            cost -= found[a][1] + found[b][1] - KIND - log(4) + log(len(part.cells))
            slips[a] = slips[b] = SWAPPED if printed[a] and printed[b] else MOVED
    repairs = tuple(Repair(*each) for each in zip(cells, printed, due, slips, strict=True))
    return Explanation(repairs, cost=cost + len(cells) * log(len(part.cells)))


def _is_total(form: Form, cell: Cell) -> bool:
    table = form.table[cell.table]
    return isinstance(table.row[cell.row].item, Total) or isinstance(table.column[cell.column].item, Total)


def _adjacent(form: Form, a: Cell, b: Cell) -> bool:
    table = form.table[a.table]
    rows, columns = (list(line) for line in (table.row, table.column))
    down = abs(rows.index(a.row) - rows.index(b.row))
    across = abs(columns.index(a.column) - columns.index(b.column))
    return down + across == 1


# -- one slip that leaves several cells wrong


def _other_ways(form: Form, part: Part, figures: np.ndarray, cells: int) -> list[Explanation]:
    """What explains a part as one slip of more cells than the ``cells`` that are needed at least."""
    if distance(form, int(part.relations[0])) < 4:  # a single relation
        return list(_exchanges(form, part, figures))
    return list(damages(form, part, figures)) if cells > 1 else []


def _exchanges(form: Form, part: Part, figures: np.ndarray) -> Iterator[Explanation]:
    """Every pair of neighbours whose figures, exchanged, make all relations hold."""
    for a, b in combinations(range(len(figures)), 2):
        exchanged = figures.copy()
        exchanged[[a, b]] = figures[[b, a]]
        neighbours = _adjacent(form, form.cells[part.cells[a]], form.cells[part.cells[b]])
        if neighbours and not (part.matrix @ exchanged).any():
            changes = {each: int(exchanged[each] - figures[each]) for each in (a, b)}
            yield _explanation(form, part, figures.astype(np.int64), changes)
