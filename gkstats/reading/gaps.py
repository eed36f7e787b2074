"""Lines of a table whose empty cells were lost on the way: where their figures stand, if the balances leave no choice.

A line then has fewer figures than columns, in their order; the last is its total. Every placement under which no
sum across or down is bound to fail is kept, and only what all of these agree on is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from gkstats.schema import Relation, Table

MAX_SUM = 5_000_000
"""Sums down a column are held as sets of bits, one for every number up to the largest."""

MAX_TRIALS = 400
"""Placements tried out one after another."""

Places = dict[str, list[tuple[int, ...]]]
"""Row → the placements that are left: for each figure but the total the number of its column."""


class _Sum(NamedTuple):
    """Rows whose figures add up to the same in every column."""

    left: tuple[str, ...]
    right: tuple[str, ...]


def fill_gaps(table: Table, lines: Mapping[str, Sequence[int]]) -> dict[str, list[int | None]]:
    """Row → for each of its figures the number of the column it stands in, None where more than one is possible.

    ``lines`` has the figures of every row of the table in printed order, none for a row left empty. The result is
    empty if the balances allow no placement, or too many to look through."""
    columns, relations = list(table.column), list(table.relations())
    width = len(columns) - 1
    if not _total_is_last(relations, columns) or set(lines) != set(table.row) or not _sums_across(lines, width + 1):
        return {}
    sums = [_rows_of(relation) for relation in relations if _column(relation) == columns[-1]]
    if sum(sum(figures) for figures in lines.values()) > MAX_SUM or not sums:
        return {}
    search = _Search({row: list(figures[:-1]) for row, figures in lines.items()}, sums, width)
    places = search.narrowed({row: list(combinations(range(width), len(parts))) for row, parts in search.parts.items()})
    if places is None or not search.possible(places := search.tried(places)):
        return {}
    return {
        row: [here[0] if len(set(here)) == 1 else None for here in zip(*places[row], strict=True)] + [width]
        for row, figures in lines.items()
        if figures
    }


def _total_is_last(relations: Sequence[Relation], columns: list[str]) -> bool:
    """Whether the last column is the sum of all others."""
    across = ([cell.column for cell in (*relation.left, *relation.right)] for relation in relations)
    return any(cells == columns for cells in across)


def _sums_across(lines: Mapping[str, Sequence[int]], width: int) -> bool:
    return all(
        not figures or (2 <= len(figures) <= width and min(figures) >= 0 and sum(figures[:-1]) == figures[-1])
        for figures in lines.values()
    )


def _column(relation: Relation) -> str:
    """The column a relation holds down, or empty."""
    columns = {cell.column for cell in (*relation.left, *relation.right)}
    return columns.pop() if len(columns) == 1 else ""


def _rows_of(relation: Relation) -> _Sum:
    return _Sum(tuple(cell.row for cell in relation.left), tuple(cell.row for cell in relation.right))


class _Search:
    """Placements of the figures of all lines, narrowed down by the sums down the columns."""

    def __init__(self, parts: Mapping[str, list[int]], sums: list[_Sum], width: int):
        self.parts, self.sums, self.width = parts, sums, width
        self.trials = 0

    def narrowed(self, places: Places) -> Places | None:
        """The placements without those under which a sum down a column cannot hold, None if a line has none left."""
        changed = True
        while changed:
            changed = False
            for column in range(self.width):
                for each in self.sums:
                    can_be = self._values(each, places, column)
                    for row, values in can_be.items():
                        left = [here for here in places[row] if self._value(row, here, column) in values]
                        if not left:
                            return None
                        if len(left) < len(places[row]):
                            places, changed = places | {row: left}, True
        return places

    def _value(self, row: str, here: tuple[int, ...], column: int) -> int:
        return self.parts[row][here.index(column)] if column in here else 0

    def _values(self, each: _Sum, places: Places, column: int) -> dict[str, set[int]]:
        """Row → what can stand in a column so that the sum holds. Bit n of ``reached`` is set if the rows before can
        add up to n, bit n of ``open_`` if the rows from here on can bring n down to zero."""
        rows = (*each.left, *each.right)
        values = [{self._value(row, here, column) for here in places[row]} for row in rows]

        def step(bits: int, value: int, adds: bool) -> int:
            return bits << value if adds else bits >> value

        reached = [1]
        for number, own in enumerate(values):
            bits = 0
            for value in own:
                bits |= step(reached[-1], value, number < len(each.left))
            reached.append(bits)
        can_be: dict[str, set[int]] = {}
        open_ = 1
        for number in range(len(rows) - 1, -1, -1):
            adds, before = number < len(each.left), 0
            can_be[rows[number]] = {v for v in values[number] if step(reached[number], v, adds) & open_}
            for value in values[number]:
                before |= step(open_, value, not adds)
            open_ = before
        return can_be

    def tried(self, places: Places) -> Places:
        """The placements without those that, taken for one line, leave another none."""
        for row in sorted(places, key=lambda row: (len(places[row]), row)):
            for here in places[row] if len(places[row]) > 1 else ():
                self.trials += 1
                if self.trials <= MAX_TRIALS and self.narrowed(places | {row: [here]}) is None:
                    places = places | {row: [other for other in places[row] if other != here]}
        return places

    def possible(self, places: Places) -> bool:
        """Whether one placement of all lines is found under which every sum holds."""
        open_ = [row for row in places if len(places[row]) > 1]
        if not open_:
            return self.narrowed(places) is not None
        row = min(open_, key=lambda row: (len(places[row]), row))
        for here in places[row]:
            self.trials += 1
            if self.trials > 2 * MAX_TRIALS:
                return False
            left = self.narrowed(places | {row: [here]})
            if left is not None and self.possible(left):
                return True
        return False
