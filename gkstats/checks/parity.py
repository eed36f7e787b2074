"""The relations of a form as a code: what they fall into, how a cell is eliminated from them, what they tell apart."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from gkstats.checks.balances import system_of
from gkstats.schema import Form

LARGEST = 2**50
"""Figures are floats in a report's vector; larger ones are not told apart."""


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


def part_of(form: Form, relation: int) -> Part:
    """The part that a relation belongs to."""
    return next(part for part in parts(form) if relation in part.relations)


@cache
def distance(form: Form, relation: int) -> int:
    """Over how many cells at least two sets of wrong cells differ that look the same, 4 standing for four or more,
    within the part of the relation: two sets with fewer cells between them are told apart."""
    return distance_of(part_of(form, relation).matrix)


def distance_of(matrix: np.ndarray) -> int:
    """The ``distance`` of the cells of a matrix, each of which stands in some relation."""
    if _proportional(matrix):
        return 2
    usable = np.ones(len(matrix), dtype=bool)
    for cell in range(matrix.shape[1]):
        pivot = pivot_for(matrix, usable, cell)
        assert pivot is not None
        rows, left = eliminate(matrix, usable, cell, pivot)
        if _proportional(np.delete(rows[left], cell, axis=1)):
            return 3
    return 4


def _proportional(columns: np.ndarray) -> bool:
    """Whether a column is a multiple of another; none is nought."""
    first = columns[(columns != 0).argmax(axis=0), np.arange(columns.shape[1])]
    reduced = columns * np.sign(first) // np.gcd.reduce(columns, axis=0)
    return len(np.unique(reduced, axis=1).T) < columns.shape[1]


def is_count(figures: np.ndarray) -> np.ndarray:
    """Which figures are counts; anything else is as good as blank."""
    return (figures >= 0) & (figures < LARGEST) & (np.nan_to_num(figures) % 1 == 0)


def pivot_for(rows: np.ndarray, usable: np.ndarray, cell: int) -> int | None:
    """The shortest relation that holds a cell, None if none does."""
    holds = np.flatnonzero((rows[:, cell] != 0) & usable)
    return int(holds[np.count_nonzero(rows[holds], axis=1).argmin()]) if len(holds) else None


def eliminate(rows: np.ndarray, usable: np.ndarray, cell: int, pivot: int) -> tuple[np.ndarray, np.ndarray]:
    """The relations with a cell left in one of them only, which is of no more use: it tells what the cell is."""
    rows, usable = rows.copy(), usable.copy()
    usable[pivot] = False
    others = np.flatnonzero(rows[:, cell])
    others = others[others != pivot]
    factor = rows[pivot, cell]
    rows[others] = factor * rows[others] - np.outer(rows[others, cell], rows[pivot])
    return rows, usable
