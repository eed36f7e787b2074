"""A row, a column or the rest of a table out of place by one: one slip that leaves many cells wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import log
from typing import NamedTuple

import numpy as np

from gkstats.checks.balances import system_of
from gkstats.checks.parity import Part, is_count, part_of
from gkstats.checks.slips import NO_KIND, Explanation, Repair
from gkstats.schema import Form


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
def _shifts(form: Form, relation: int) -> _Shifts:
    """The shifts of the part of a relation, which is a whole table printed in rows."""
    part = part_of(form, relation)
    table = form.table[form.cells[part.cells[0]].table]
    height, width = len(table.row), len(table.column)
    assert len(part.cells) == height * width
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


def damages(form: Form, part: Part, figures: np.ndarray) -> Iterator[Explanation]:
    """Every shift by one that, undone, makes all relations hold, with the figure that was lost."""
    shifts = _shifts(form, int(part.relations[0]))
    candidates = np.where(shifts.sources < 0, 0, figures[shifts.sources])
    matrix = system_of(form).matrix[part.relations][:, part.cells]
    left_over = matrix @ candidates.T
    each = np.arange(len(candidates))
    factors = part.matrix[:, shifts.missing]
    due = -left_over[shifts.relation, each] * factors[shifts.relation, each]  # one or minus one
    fits = (np.abs(left_over + factors * due) < 0.5).all(axis=0) & (due >= 0)
    seen = set()
    for number in np.flatnonzero(fits):
        repaired = candidates[number]
        repaired[shifts.missing[number]] = due[number]
        if repaired.tobytes() in seen or not is_count(repaired).all():
            continue
        seen.add(repaired.tobytes())
        repairs = tuple(
            Repair(form.cells[part.cells[cell]], None if np.isnan(was := figures[cell]) else int(was), int(now), "")
            for cell, now in enumerate(repaired)
            if now != figures[cell]
        )
        # nothing puts a figure where one is too many, and few shifts touch a handful of cells only
        cost = log(len(candidates)) + (NO_KIND if figures[shifts.surplus[number]] > 0 else 0) + len(repairs) / 1000
        yield Explanation(repairs, _in_words(form, part, *shifts.words[number], int(due[number])), cost)


def _in_words(form: Form, part: Part, line: str, at: int, lost: bool, due: int) -> str:
    cell = form.cells[part.cells[at]]
    table = form.table[cell.table]
    row, column = table.row[cell.row].label, f"“{table.column[cell.column].name}”"
    place = column if line.endswith("行") else row if line else f"{row}行{column}"
    if lost:
        return f"{line}疑似在{place}处漏了一个数（应为 {due}），其后各数依次前移一格"
    return f"{line}疑似在{place}处多了一个数，其后各数依次后移一格，最后一个数（应为 {due}）被挤掉"
