"""What one way of reading finds in the cells of a form: candidates, and what it saw and could not place.

A line is recognised by its label; its cells are then told apart in up to three ways: by the head above them, by
their order (``grids``), or by the order of everything once the lines of the grid are forgotten (``order``). Each way
gives its own answer; ``judge`` decides between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gkstats.reading.document import Slot
from gkstats.reading.values import BLANK, UNREADABLE, Value
from gkstats.schema import Cell, Form


class Candidate(NamedTuple):
    """What one way reads in a cell. Not ``sure``: only the balances can confirm it. ``others`` are readings that
    compete with it."""

    slot: Slot
    value: Value
    sure: bool = True
    why: str = ""
    others: tuple[str, ...] = ()


@dataclass
class Answer:
    """What one way reads in a document: candidates by cell, and what it saw and could not place."""

    name: str
    cells: dict[Cell, list[Candidate]] = field(default_factory=dict)
    lost: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    strays: list[tuple[str, str, str]] = field(default_factory=list)

    def put(self, cell: Cell, candidate: Candidate) -> None:
        self.cells.setdefault(cell, []).append(candidate)


def printed_as_one_row(answers: Sequence[Answer], form: Form) -> tuple[tuple[str, str], ...]:
    """The collapsible headings that the document prints as a row of figures without their lines."""
    found = []
    for table in form.tables:
        for group, heading in table.groups.items():
            if not heading.collapsible:
                continue
            lines = table.members[group]
            own = any(_number(a, Cell(table.code, group, column)) for a in answers for column in table.column)
            parts = any(
                (table.code, line) in a.lost or Cell(table.code, line, column) in a.cells
                for a in answers
                for line in lines
                for column in table.column
            )
            if own and not parts:
                found.append((table.code, group))
    return tuple(found)


def _number(answer: Answer, cell: Cell) -> bool:
    return any(c.sure and c.value.state != BLANK for c in answer.cells.get(cell, ()))


def in_order(slots: list[Slot], count: int, loose: bool = False) -> list[Slot] | None:
    """The ``count`` cells of figures among those right of a label: all of them, as many filled ones side by side, or
    what is left without empty cells on one side (from labels merged over several columns). None if that is not
    clear. ``loose`` cells come from no grid: empty ones on both sides leave open which belong to the row."""
    if len(slots) == count:
        return slots
    if len(slots) < count:
        return None
    filled = [number for number, slot in enumerate(slots) if slot.text.strip()]
    if len(filled) == count == filled[-1] - filled[0] + 1:
        return slots[filled[0] : filled[-1] + 1]
    spare = len(slots) - count
    lead = all(not slot.text.strip() for slot in slots[:spare])
    trail = all(not slot.text.strip() for slot in slots[count:])
    if loose and not (slots[0].text.strip() or slots[-1].text.strip()) and any(slot.text.strip() for slot in slots):
        return None
    if lead and (not trail or not any(slot.text.strip() for slot in slots)):
        return slots[spare:]
    if trail and not lead:
        return slots[:count]
    return None


def settle(candidates: list[Candidate]) -> Candidate:
    """One candidate of those a way found for one cell. A row cut by a page break leaves an empty half; two
    different figures leave the cell undecided."""
    filled = [c for c in candidates if c.value.state != BLANK] or candidates[:1]
    first = filled[0]
    if all(c.value.state == first.value.state and c.value.figure == first.value.figure for c in filled):
        return first
    texts = tuple(dict.fromkeys(f"“{c.slot.text.strip()}”（{c.slot.place}）" for c in filled))
    return Candidate(first.slot, Value(UNREADABLE), False, "同一处读到不同的内容", texts)
