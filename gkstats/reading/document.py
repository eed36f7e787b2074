"""What a reader of one input kind hands on: paragraphs and grids of cells, each with its place in the source.

A merged cell is one ``Slot`` that stands at every place of the grid it covers, so it is recognised by identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gkstats.report import Problem, ReportError

MAX_TEXTS, MAX_CHARS = 20_000, 1_000_000
"""Lines and cells of a document, and their characters; a whole report has under a thousand lines, a page around it
some thousands."""

MAX_GRID = 200_000
"""Places of one grid; a whole report has some thousand."""

MAX_MARKS = 100_000
"""Signs of a file that each begin a line, a cell or a tag: counted before anything else is done with a text."""


@dataclass(frozen=True, eq=False)
class Slot:
    """One cell of a table as it stands in the source; ``sure`` is False where the reader had to guess its text."""

    text: str
    place: str
    sure: bool = True


@dataclass(frozen=True, eq=False)
class Paragraph:
    """One line or paragraph of text. A ``printed`` line is one by its position on a page: a row of figures does not
    go on into the next. One ``inside`` a cell of a table is all of its text: figures parted in it are not sure.
    ``within`` are the parts of a page it stands in, from the outside."""

    text: str
    place: str
    printed: bool = False
    inside: bool = False
    within: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Grid:
    """A table as printed. ``aligned`` says whether cells of one column stand at one index in every row; where
    merged cells were lost on the way, they do not."""

    rows: tuple[tuple[Slot | None, ...], ...]
    place: str
    aligned: bool = True


Block = Paragraph | Grid


class Way(NamedTuple):
    """One way of reading a file: its name in messages and the blocks it finds, in printed order."""

    name: str
    blocks: Sequence[Block]


def distinct(row: Sequence[Slot | None]) -> list[tuple[int, Slot]]:
    """The cells of a grid row from left to right with their column, a merged cell once."""
    found: list[tuple[int, Slot]] = []
    for number, slot in enumerate(row):
        if slot is not None and not (found and found[-1][1] is slot):
            found.append((number, slot))
    return found


def grid_of(rows: Iterable[Iterable[tuple[Slot, int, int]]], place: str) -> Grid:
    """The grid of rows of (slot, columns, rows) cells, placed as a browser places them."""
    taken: dict[tuple[int, int], Slot] = {}
    count = 0
    for y, row in enumerate(rows):
        count, x = y + 1, 0
        for slot, across, down in row:
            while (y, x) in taken:
                x += 1
            for dy in range(down):
                for dx in range(across):
                    taken.setdefault((y + dy, x + dx), slot)
            x += across
            if len(taken) > MAX_GRID:
                raise too_large(f"{place}的表格")
    width = 1 + max((x for _, x in taken), default=-1)
    if width * count > MAX_GRID:  # rows without cells are as wide as the others
        raise too_large(f"{place}的表格")
    return Grid(tuple(tuple(taken.get((y, x)) for x in range(width)) for y in range(count)), place)


def too_large(what: str, file: str = "") -> ReportError:
    return ReportError([Problem(file, None, what, "过大", "", "一份年度报告不会有这么大，请确认文件")])


def loosened(blocks: Iterable[Block]) -> list[Block]:
    """The same texts in their order, the tables forgotten."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            found.append(block)
        else:
            found += [Paragraph(slot.text, slot.place, inside=True) for row in block.rows for _, slot in distinct(row)]
    return found


def texts(blocks: Iterable[Block]) -> Iterator[tuple[str, str]]:
    """(text, place) of everything, tables included."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text, block.place
        else:
            for row in block.rows:
                for _, slot in distinct(row):
                    yield slot.text, slot.place
