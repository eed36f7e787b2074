"""The likely wrong cells behind figures that do not balance: branch and eliminate on the relations of a form.

The relations of a table are a parity check over the integers. While one is broken, one of its cells is wrong: branch on
each, eliminate it from the others by an integer pivot, go on to a depth of three. That yields every smallest set of
cells that explains all broken relations, with the value each should have. In table 三 any two sets of cells that look
the same differ in four cells at least, so one wrong cell is always located and its right value known.

A blank is eliminated first: it excuses what contains it and is never put right. Nothing here changes a report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import log, prod
from typing import NamedTuple

import numpy as np

from gkstats.checks.balances import system_of
from gkstats.schema import Cell, Form

DEPTH = 3
"""Cells that may be wrong at once; with more, almost any table explains almost any other."""

LARGEST = 2**50
"""Figures are floats in a report's vector; larger ones are not told apart."""

ZERO, TRANSPOSED, LOST, ADDED, DIGIT = "漏填，留为0", "相邻两位数字颠倒", "掉一位数字", "多一位数字", "一位数字有误"
MOVED, SWAPPED = "数填到了相邻的格", "相邻两格的数互换"


class Repair(NamedTuple):
    """One cell that may be wrong: the figure printed, the one that would balance, how the slip came about ("" where
    it looks like none)."""

    cell: Cell
    printed: int
    due: int
    slip: str


class Explanation(NamedTuple):
    """Cells that explain broken relations together. ``damage`` says in words what happened to a whole row, column or
    the rest of the table ("" where single cells are wrong); ``cost`` ranks explanations, the likeliest lowest."""

    repairs: tuple[Repair, ...]
    damage: str = ""
    cost: float = 0.0


class Diagnosis(NamedTuple):
    """Broken relations that belong together (numbers into ``form.relations``), and every smallest explanation of
    them, the likeliest first; none where more than DEPTH cells would have to be wrong. With one explanation it is the
    only one as long as no more than ``limit`` of the cells concerned are wrong."""

    relations: tuple[int, ...]
    explanations: tuple[Explanation, ...]
    limit: int


class Part(NamedTuple):
    """Relations that share cells with each other and with no others: numbers into ``form.relations`` and
    ``form.cells``, the matrix between them."""

    relations: np.ndarray
    cells: np.ndarray
    matrix: np.ndarray


@cache
def parts(form: Form) -> tuple[Part, ...]:
    """The relations of a form as the systems they fall into: table 三, and each block of table 四."""
    from scipy.sparse.csgraph import connected_components

    matrix = system_of(form).matrix[: len(form.relations)].astype(np.int64)
    count, group = connected_components(matrix @ matrix.T, directed=False)
    dense = matrix.toarray()
    found = []
    for number in range(count):
        relations = np.flatnonzero(group == number)
        cells = np.flatnonzero(dense[relations].any(axis=0))
        found.append(Part(relations, cells, dense[np.ix_(relations, cells)]))
    return tuple(found)


def localise(form: Form, vector: np.ndarray) -> tuple[Diagnosis, ...]:
    """What may be wrong with the figures ``vector`` of a form (in the order of ``form.cells``, NaN where unknown):
    one diagnosis for each group of broken relations that has nothing to do with the others."""
    return tuple(found for part in parts(form) for found in _diagnoses(form, part, vector[part.cells]))


def fills(form: Form, vector: np.ndarray) -> dict[Cell, int]:
    """The value each blank must have, of those that the relations leave only one; none where the figures around a
    blank contradict each other."""
    found: dict[Cell, int] = {}
    for part in parts(form):
        figures = vector[part.cells]
        blank = ~_known(figures)
        if not blank.any():
            continue
        rows, usable, pivots = _without_blanks(part, figures)
        if rows[usable, -1].any():
            continue
        for position, row in pivots:
            others = np.flatnonzero(rows[row, :-1] * blank)
            value, left = divmod(-int(rows[row, -1]), int(rows[row, position]))
            if len(others) == 1 and left == 0 and value >= 0:
                found[form.cells[part.cells[position]]] = value
    return found


def _known(figures: np.ndarray) -> np.ndarray:
    """Which figures are counts; anything else is as good as blank."""
    return (figures >= 0) & (figures < LARGEST) & (np.nan_to_num(figures) % 1 == 0)


def _diagnoses(form: Form, part: Part, figures: np.ndarray) -> Iterator[Diagnosis]:
    known = _known(figures)
    broken = (part.matrix @ np.where(known, figures, 0) != 0) & ~part.matrix[:, ~known].any(axis=1)
    if not broken.any():
        return
    rows, usable, _ = _without_blanks(part, figures)
    values = np.where(known, figures, 0).astype(np.int64)
    found: list[dict[int, int]] = []
    for depth in range(1, DEPTH + 1):
        found = [
            changes
            for changes in _search(rows, usable, depth, known, ())
            if all(values[cell] + change >= 0 for cell, change in changes.items())
        ]
        if found:
            break
    if not found:
        yield Diagnosis(tuple(part.relations[broken].tolist()), (), DEPTH)
        return
    for relations, sets in _independent(part, broken, ~known, found):
        explanations = sorted(
            (_explanation(form, part, values, changes) for changes in sets),
            key=lambda explanation: (len(explanation.repairs), explanation.cost),
        )
        size = len(explanations[0].repairs)
        # two sets of cells that look the same have at least ``distance`` cells between them
        limit = max(size, distance(form, part.relations[0]) - 1 - size) if known.all() else size
        yield Diagnosis(tuple(part.relations[relations].tolist()), tuple(explanations), limit)


def _without_blanks(part: Part, figures: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """The relations with what is left over of each in a last column, every blank eliminated; which relations are
    still of use; (blank, the row that holds its value)."""
    known = _known(figures)
    left_over = part.matrix @ np.where(known, figures, 0).astype(np.int64)
    rows, usable = np.column_stack([part.matrix, left_over]), np.ones(len(part.matrix), dtype=bool)
    pivots = []
    for cell in np.flatnonzero(~known):
        row = _pivot(rows, usable, cell)
        if row is not None:
            rows, usable = _eliminate(rows, usable, cell, row)
            pivots.append((int(cell), row))
    return rows, usable, pivots


def _pivot(rows: np.ndarray, usable: np.ndarray, cell: int) -> int | None:
    """The shortest relation that holds a cell, None if none does."""
    holds = np.flatnonzero((rows[:, cell] != 0) & usable)
    return int(holds[np.count_nonzero(rows[holds], axis=1).argmin()]) if len(holds) else None


def _eliminate(rows: np.ndarray, usable: np.ndarray, cell: int, pivot: int) -> tuple[np.ndarray, np.ndarray]:
    """The relations with a cell left in one of them only, which is of no more use: it tells what the cell is."""
    rows, usable = rows.copy(), usable.copy()
    usable[pivot] = False
    others = np.flatnonzero(rows[:, cell])
    others = others[others != pivot]
    factor = rows[pivot, cell]
    rows[others] = factor * rows[others] - np.outer(rows[others, cell], rows[pivot])
    return rows, usable


def _search(
    rows: np.ndarray, usable: np.ndarray, depth: int, allowed: np.ndarray, chosen: tuple[tuple[int, int], ...]
) -> Iterator[dict[int, int]]:
    """Every set of ``depth`` allowed cells, beside those chosen, that mends all relations: cell → change."""
    broken = usable & (rows[:, -1] != 0)
    if not broken.any():
        return
    holds = rows[:, :-1] != 0
    if depth == 1:
        fits = (holds[usable] == broken[usable, np.newaxis]).all(axis=0) & allowed
        for cell in np.flatnonzero(fits):
            if changes := _changes(rows, broken, int(cell), chosen):
                yield changes
        return
    open_ = holds & allowed
    numbers = np.flatnonzero(broken)
    row = numbers[np.count_nonzero(open_[numbers], axis=1).argmin()]
    for cell in np.flatnonzero(open_[row]):
        pivot = _pivot(rows, usable, cell)
        assert pivot is not None
        # a set that holds this cell is found here and not again below the next cells
        allowed = allowed.copy()
        allowed[cell] = False
        yield from _search(*_eliminate(rows, usable, cell, pivot), depth - 1, allowed, (*chosen, (int(cell), pivot)))


def _changes(rows: np.ndarray, broken: np.ndarray, cell: int, chosen: tuple[tuple[int, int], ...]) -> dict[int, int]:
    """By how much a last cell and the chosen ones change if that mends everything; empty if it cannot."""
    factors, left_over = rows[broken, cell], rows[broken, -1]
    change, left = divmod(-int(left_over[0]), int(factors[0]))
    if left or (left_over + factors * change).any():
        return {}
    changes = {cell: change}
    for other, row in chosen:
        changes[other], left = divmod(-int(rows[row, -1] + rows[row, cell] * change), int(rows[row, other]))
        if left or not changes[other]:
            return {}
    return changes


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
    if prod(map(len, separate)) != len(found):
        return [(broken, found)]
    return [
        (broken & (group == own), [dict(changes) for changes in sets])
        for own, sets in zip(groups, separate, strict=True)
    ]


def _explanation(form: Form, part: Part, values: np.ndarray, changes: dict[int, int]) -> Explanation:
    cells = [form.cells[part.cells[position]] for position in sorted(changes)]
    printed = [int(values[position]) for position in sorted(changes)]
    due = [int(values[position]) + changes[position] for position in sorted(changes)]
    found = [slip_of(was, should) for was, should in zip(printed, due, strict=True)]
    slips, cost = [kind for kind, _ in found], sum(each for _, each in found)
    for a, b in pairwise(range(len(cells))) if len(cells) < 3 else ((0, 1), (1, 2), (0, 2)):
        exchanged = printed[a] == due[b] and printed[b] == due[a] and _adjacent(form, cells[a], cells[b])
        if exchanged and SWAPPED not in slips and MOVED not in slips:
            cost -= found[a][1] + found[b][1] - _KIND - log(8)
            slips[a] = slips[b] = SWAPPED if printed[a] and printed[b] else MOVED
    repairs = tuple(Repair(*each) for each in zip(cells, printed, due, slips, strict=True))
    return Explanation(repairs, cost=cost)


def _adjacent(form: Form, a: Cell, b: Cell) -> bool:
    table = form.table[a.table]
    rows, columns = (list(line) for line in (table.row, table.column))
    down = abs(rows.index(a.row) - rows.index(b.row))
    across = abs(columns.index(a.column) - columns.index(b.column))
    return down + across == 1


_KIND = log(6)  # each kind of slip is taken to be as frequent as the others
_NO_KIND = log(10_000)


def slip_of(printed: int, due: int) -> tuple[str, float]:
    """How the figure due may have become the one printed, with the negative logarithm of how likely that is: of all
    that one slip can make of a figure, each is as likely as the others.

    >>> [slip_of(*each)[0] for each in ((3, 30), (21, 12), (0, 8), (55, 5), (17, 14), (1, 250))]
    ['掉一位数字', '相邻两位数字颠倒', '漏填，留为0', '多一位数字', '一位数字有误', '']
    """
    was, should = str(printed), str(due)
    if printed == 0:
        return ZERO, _KIND
    if len(was) == len(should):
        differ = [position for position in range(len(was)) if was[position] != should[position]]
        if len(differ) == 1:
            return DIGIT, _KIND + log(9 * len(should))
        if len(differ) == 2 and differ[1] == differ[0] + 1 and sorted(was) == sorted(should):
            return TRANSPOSED, _KIND + log(len(should))
    if any(was == should[:at] + should[at + 1 :] for at in range(len(should))):
        return LOST, _KIND + log(len(should))
    if any(should == was[:at] + was[at + 1 :] for at in range(len(was))):
        return ADDED, _KIND + log(10 * len(was))
    return "", _KIND + _NO_KIND


@cache
def distance(form: Form, relation: int) -> int:
    """Over how many cells at least two sets of wrong cells differ that look the same, 4 standing for four or more,
    within the part of the relation: two sets with fewer cells between them are told apart."""
    part = next(part for part in parts(form) if relation in part.relations)
    if _proportional(part.matrix):
        return 2
    usable = np.ones(len(part.matrix), dtype=bool)
    for cell in range(len(part.cells)):
        pivot = _pivot(part.matrix, usable, cell)
        assert pivot is not None
        rows, left = _eliminate(part.matrix, usable, cell, pivot)
        if _proportional(np.delete(rows[left], cell, axis=1)):
            return 3
    return 4


def _proportional(columns: np.ndarray) -> bool:
    """Whether a column is nought or a multiple of another."""
    if not columns.any(axis=0).all():
        return True
    first = columns[(columns != 0).argmax(axis=0), np.arange(columns.shape[1])]
    reduced = columns * np.sign(first) // np.gcd.reduce(columns, axis=0)
    return len(np.unique(reduced, axis=1).T) < columns.shape[1]


def explained(explanations: Sequence[Explanation]) -> tuple[Cell, ...]:
    """All cells that some explanations name, each once."""
    return tuple(dict.fromkeys(repair.cell for each in explanations for repair in each.repairs))
