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
from itertools import combinations, pairwise
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
    printed: int | None
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
            for changes in _search(rows, usable, depth, known, part.matrix[broken] != 0, ())
            if all(values[cell] + change >= 0 for cell, change in changes.items())
        ]
        if found:
            break
    others = _other_ways(form, part, figures, min(map(len, found), default=DEPTH + 1))
    for changes in found:
        due = {form.cells[part.cells[cell]]: values[cell] + change for cell, change in changes.items()}
        others = [each for each in others if {repair.cell: repair.due for repair in each.repairs} != due]
    groups = [(broken, found)] if others or not found else _independent(part, broken, ~known, found)
    for relations, sets in groups:
        explanations = [*(_explanation(form, part, values, changes) for changes in sets), *others]
        explanations.sort(key=lambda explanation: explanation.cost)
        size = len(sets[0]) if sets else DEPTH
        # two sets of cells that look the same have at least ``distance`` cells between them
        limit = max(size, distance(form, int(part.relations[0])) - 1 - size) if known.all() else size
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
        yield from _search(
            *_eliminate(rows, usable, cell, pivot),
            depth - 1,
            allowed,
            untouched[~untouched[:, cell]],
            (*chosen, (int(cell), pivot)),
        )


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
            cost -= found[a][1] + found[b][1] - _KIND - log(4) + log(len(part.cells))
            slips[a] = slips[b] = SWAPPED if printed[a] and printed[b] else MOVED
    repairs = tuple(Repair(*each) for each in zip(cells, printed, due, slips, strict=True))
    return Explanation(repairs, cost=cost + len(cells) * log(len(part.cells)))


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


# -- two neighbours exchanged; a row, a column or the rest of the table out of place


def _other_ways(form: Form, part: Part, figures: np.ndarray, cells: int) -> list[Explanation]:
    """What explains a part as one slip of more cells than the ``cells`` that are needed at least."""
    if cells == 1 and distance(form, int(part.relations[0])) < 4:
        return list(_exchanges(form, part, figures))
    return list(_damages(form, part, figures)) if cells > 1 else []


def _exchanges(form: Form, part: Part, figures: np.ndarray) -> Iterator[Explanation]:
    """Every pair of neighbours whose figures, exchanged, make all relations hold."""
    for a, b in combinations(range(len(figures)), 2):
        exchanged = figures.copy()
        exchanged[[a, b]] = figures[[b, a]]
        neighbours = _adjacent(form, form.cells[part.cells[a]], form.cells[part.cells[b]])
        if neighbours and figures[a] != figures[b] and not (part.matrix @ exchanged).any():
            changes = {each: int(exchanged[each] - figures[each]) for each in (a, b)}
            yield _explanation(form, part, figures.astype(np.int64), changes)


class _Shifts(NamedTuple):
    """Every way to undo a shift by one: for each the cells to take the figures from (-1 where one is missing), the
    place of the missing figure, a relation that holds it, the place of the figure too many, and the line, where in it
    and whether one is lost."""

    sources: np.ndarray
    missing: np.ndarray
    relation: np.ndarray
    surplus: np.ndarray
    words: tuple[tuple[str, int, bool], ...]


@cache
def _shifts(form: Form, relation: int) -> _Shifts | None:
    """The shifts of the part of a relation if that is a whole table printed in rows; None if it is not."""
    part = _part_of(form, relation)
    table = form.table[form.cells[part.cells[0]].table]
    height, width = len(table.row), len(table.column)
    if table.layout != "rows" or len(part.cells) != height * width:
        return None
    grid = np.arange(height * width).reshape(height, width)
    lines = [
        *((f"{leaf.label}行", row) for leaf, row in zip(table.row_leaves, grid, strict=True)),
        *((f"{leaf.name}列", column) for leaf, column in zip(table.column_leaves, grid.T, strict=True)),
        ("", grid.ravel()),
    ]
    sources, missing, surplus, words = [], [], [], []
    for name, line in lines:
        for at in range(len(line)):
            for lost in (True, False):
                own = grid.ravel().copy()
                if lost:  # the figure at this place is gone and those after it have moved up
                    own[line[at]], own[line[at + 1 :]] = -1, line[at:-1]
                else:  # a figure too many stands here and pushes those after it on, the last one out
                    own[line[at:-1]], own[line[-1]] = line[at + 1 :], -1
                sources.append(own)
                missing.append(line[at if lost else -1])
                surplus.append(line[-1 if lost else at])
                words.append((name, int(line[at]), lost))
    relations = (part.matrix[:, missing] != 0).argmax(axis=0)
    return _Shifts(np.array(sources), np.array(missing), relations, np.array(surplus), tuple(words))


def _damages(form: Form, part: Part, figures: np.ndarray) -> Iterator[Explanation]:
    """Every shift by one that, undone, makes all relations hold, with the figure that was lost."""
    shifts = _shifts(form, int(part.relations[0]))
    if shifts is None:
        return
    candidates = np.where(shifts.sources < 0, 0, figures[shifts.sources])
    matrix = system_of(form).matrix[part.relations][:, part.cells]
    left_over = matrix @ candidates.T
    each = np.arange(len(candidates))
    factors = part.matrix[:, shifts.missing]
    due = -left_over[shifts.relation, each] / factors[shifts.relation, each]
    fits = (np.abs(left_over + factors * due) < 0.5).all(axis=0) & (due >= 0)
    seen = set()
    for number in sorted(np.flatnonzero(fits), key=lambda each: figures[shifts.surplus[each]] > 0):
        repaired = candidates[number]
        repaired[shifts.missing[number]] = due[number]
        if repaired.tobytes() in seen or not _known(repaired).all():
            continue
        seen.add(repaired.tobytes())
        repairs = tuple(
            Repair(form.cells[part.cells[cell]], None if np.isnan(was := figures[cell]) else int(was), int(now), "")
            for cell, now in enumerate(repaired)
            if now != figures[cell]
        )
        # nothing puts a figure where one is too many, and few shifts touch a handful of cells only
        cost = log(len(candidates)) + (_NO_KIND if figures[shifts.surplus[number]] > 0 else 0) + len(repairs) / 1000
        yield Explanation(repairs, _in_words(form, part, *shifts.words[number], int(due[number])), cost)


def _in_words(form: Form, part: Part, line: str, at: int, lost: bool, due: int) -> str:
    cell = form.cells[part.cells[at]]
    table = form.table[cell.table]
    row, column = table.row[cell.row].label, f"“{table.column[cell.column].name}”"
    place = column if line.endswith("行") else row if line else f"{row}行{column}"
    if lost:
        return f"{line}疑似在{place}处漏了一个数（应为 {due}），其后各数依次前移一格"
    return f"{line}疑似在{place}处多了一个数，其后各数依次后移一格，最后一个数（应为 {due}）被挤掉"


# -- what the relations of a form can tell apart


def _part_of(form: Form, relation: int) -> Part:
    return next(part for part in parts(form) if relation in part.relations)


@cache
def distance(form: Form, relation: int) -> int:
    """Over how many cells at least two sets of wrong cells differ that look the same, 4 standing for four or more,
    within the part of the relation: two sets with fewer cells between them are told apart."""
    part = _part_of(form, relation)
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
