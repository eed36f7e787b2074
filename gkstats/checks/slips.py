"""How people err in a table: the slips that turn one figure into another, and how likely each is."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

from gkstats.schema import Cell

ZERO, TRANSPOSED, LOST, ADDED, DIGIT = "漏填，留为0", "相邻两位数字颠倒", "掉一位数字", "多一位数字", "一位数字有误"
MOVED, SWAPPED, SUMMED = "数填到了相邻的格", "相邻两格的数互换", "合计算错"


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


KIND = log(6)  # each kind of slip is taken to be as frequent as the others
NO_KIND = log(10_000)


def slip_of(printed: int, due: int, total: bool = False) -> tuple[str, float]:
    """How the figure due may have become the one printed, with the negative logarithm of how likely that is: of all
    that one slip can make of a figure, each is as likely as the others. A ``total`` may have been added up wrongly,
    by little more likely than by much.

    >>> [slip_of(*each)[0] for each in ((3, 30), (21, 12), (0, 8), (55, 5), (17, 14), (1, 250))]
    ['掉一位数字', '相邻两位数字颠倒', '漏填，留为0', '多一位数字', '一位数字有误', '']
    """
    if total and (added := KIND + 0.5 + 2 * log(abs(printed - due))) < slip_of(printed, due)[1]:
        return SUMMED, added
    was, should = str(printed), str(due)
    if printed == 0:
        return ZERO, KIND
    if len(was) == len(should):
        differ = [position for position in range(len(was)) if was[position] != should[position]]
        if len(differ) == 1:
            return DIGIT, KIND + log(9 * len(should))
        if len(differ) == 2 and differ[1] == differ[0] + 1 and sorted(was) == sorted(should):
            return TRANSPOSED, KIND + log(len(should))
    if any(was == should[:at] + should[at + 1 :] for at in range(len(should))):
        return LOST, KIND + log(len(should))
    if any(should == was[:at] + was[at + 1 :] for at in range(len(was))):
        return ADDED, KIND + log(10 * len(was))
    return "", KIND + NO_KIND


def rarity(figure: int) -> float:
    """How rare a figure is in a cell that is no total: large ones are, most are nought or small."""
    return 1.5 * log(figure + 1)


def explained(explanations: Sequence[Explanation]) -> tuple[Cell, ...]:
    """All cells that some explanations name, each once."""
    return tuple(dict.fromkeys(repair.cell for each in explanations for repair in each.repairs))
