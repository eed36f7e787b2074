"""The lines of a form in the grids of a document: by the heads above their cells, and by the order of the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from gkstats.reading.align import Answer, Candidate, in_order
from gkstats.reading.document import Block, Grid, Slot, distinct
from gkstats.reading.labels import PART, Match, bare, key, tight
from gkstats.reading.values import looks_like_figure, read_value
from gkstats.reading.vocabulary import PROSE_LENGTH, UNIT, vocabulary
from gkstats.schema import AMOUNT, Cell, Form, Table


class _Row(NamedTuple):
    """A line of figures found in a grid."""

    table: str
    row: str
    how: str
    slots: list[tuple[int, Slot]]
    cells: Sequence[Slot | None]
    heads: dict[int, str]
    unit: str


class GridReader:
    """Reads the grids of a document line by line; ``by_head`` and ``by_order`` are its two answers."""

    def __init__(self, form: Form, name: str):
        self.words, self.form = vocabulary(form), form
        self.by_head, self.by_order = Answer(f"{name}·按表头"), Answer(f"{name}·按次序")
        self.heads: dict[str, dict[int, str]] = {}
        self.units: dict[str, str] = {}
        self.width = 0
        self.last = ""
        self.context = ""
        self.blocks_at: dict[int, str] = {}
        self.pending: list[tuple[str, list[tuple[int, Slot]]]] = []
        self.empty: _Row | None = None
        self.gaps: list[tuple[str, str]] = []

    def read(self, blocks: Iterable[Block]) -> list[Answer]:
        for block in blocks:
            if isinstance(block, Grid):
                self._grid(block)
        return [self.by_head, self.by_order]

    def _grid(self, grid: Grid) -> None:
        width = max((len(row) for row in grid.rows), default=0)
        aligned = grid.aligned
        if width != self.width:
            self.heads, self.blocks_at, self.width = {}, {}, width
        for row in grid.rows:
            cells = distinct(row)
            found = self._label(cells)
            if found:
                number, match = found
                table, _, code = match.code.partition("/")
                self._stray_between(table, code)
                self.context = table
                self.last = match.code
                heads = self.heads.get(table, {}) if aligned else {}
                slots = [entry for entry in cells[number + 1 :] if not self._heading(entry[1].text)]
                line = _Row(table, code, match.how, slots, row, heads, self._unit(table, cells[number][1].text))
                self._line(line)
                self.empty = None if any(slot.text.strip() for _, slot in slots) else line
            elif self._goes_on(row, cells):
                self.empty = None
            elif not self._blocks_row(row, cells, aligned) and not self._head(row):
                self._unlabelled(cells)

    def _unit(self, table: str, label: str) -> str:
        """The unit of money that the head of a column or the label of the line states."""
        own = UNIT.search(tight(label))
        return own[1] if own else self.units.get(table, "")

    def _goes_on(self, row: Sequence[Slot | None], cells: list[tuple[int, Slot]]) -> bool:
        """Takes up a row of nothing but figures as those of the label above that has none."""
        if self.empty is None or len(row) != len(self.empty.cells):
            return False
        if any(slot.text.strip() and not looks_like_figure(slot.text) for _, slot in cells):
            return False
        slots = [(n, replace(slot, sure=False)) for n, slot in cells if n >= self.empty.slots[0][0]]
        if sum(bool(slot.text.strip()) for _, slot in slots) < len(self.form.table[self.empty.table].column):
            return False
        self._line(self.empty._replace(slots=slots, cells=row, heads={}))
        return True

    def _heading(self, text: str) -> bool:
        """Whether a cell is a heading of lines: merged over a row too many, it stands right of the next label."""
        if len(text) > PROSE_LENGTH:
            return False
        return bare(text) in self.words.lines.others or bare(text) in self.words.collapsible

    def _label(self, cells: list[tuple[int, Slot]]) -> tuple[int, Match] | None:
        """The rightmost cell that is the label of a line, with cells for figures to its right."""
        for number in range(len(cells) - 2, -1, -1):
            text = cells[number][1].text
            if len(text) > 2 * PROSE_LENGTH or looks_like_figure(text) or not text.strip():
                continue
            match = self.words.lines.find(text) or self._last_line_of(text)
            if match is None or not self._in_place(match, text):
                continue
            if any(self.words.heads(slot.text) for _, slot in cells[number + 1 :]):
                continue
            inner = [
                (n, m)
                for n in range(number)
                if (m := self.words.lines.find(cells[n][1].text)) and m.code.startswith(f"{match.code}.")
            ]
            return inner[-1] if inner else (number, match)
        return None

    def _last_line_of(self, text: str) -> Match | None:
        """A label run together with the heading before it in one cell."""
        words = key(text)
        if len(words) < 6:
            return None
        found = self.words.lines.ending(words)
        if found is None or found.code in self.words.weak:
            return None
        others = [code for code in self.words.lines.inside(words) if not found.code.startswith(code)]
        return None if others else found  # the label of another line: which one the figures belong to is open

    def _in_place(self, match: Match, text: str) -> bool:
        """Whether a short label that also means other things (其他, 总计) can stand here."""
        if match.code not in self.words.weak:
            return True
        table, _, code = match.code.partition("/")
        if not self.last.startswith(f"{table}/"):
            return False
        before, here = self.words.order.get(self.last), self.words.order[match.code]
        if before is None:  # a collapsed heading stood before
            return code.count(".") < 2 or self.last.endswith(code.rpartition(".")[0])
        numbered = tight(text)[:1].isdigit() or tight(text)[:1] == "("
        return before <= here and (numbered or here - before <= 3)

    def _line(self, line: _Row) -> None:
        columns = list(self.form.table[line.table].column)
        ordered = in_order([slot for _, slot in line.slots], len(columns))
        headed = self._under_heads(line, columns)
        by_order = headed if ordered is None else dict(zip(columns, ordered, strict=True))
        if by_order is None:
            texts = "、".join(slot.text.strip() or "空白" for _, slot in line.slots)
            place = line.slots[0][1].place if line.slots else ""
            for answer in (self.by_head, self.by_order):
                answer.lost[line.table, line.row] = (f"读到 {len(line.slots)} 格（{texts}）", place)
            return
        if not line.heads and len({bool(slot.text.strip()) for slot in by_order.values()}) == 2:
            self.gaps.append((line.table, line.row))
        for answer, cells in ((self.by_head, headed or by_order), (self.by_order, by_order)):
            for column, slot in cells.items():
                answer.put(Cell(line.table, line.row, column), self._candidate(line, column, slot))

    def _candidate(self, line: _Row, column: str, slot: Slot) -> Candidate:
        kind = self.form.table[line.table].column[column].item.kind
        unit = line.unit if kind == AMOUNT else ""
        value = read_value(slot.text, kind, unit)
        why = "行名只认出一部分" if line.how == PART else ""
        return Candidate(slot, value, slot.sure and not value.torn, why)

    def _under_heads(self, line: _Row, columns: list[str]) -> dict[str, Slot] | None:
        """Column → the cell under its head; None where no head is known for this line."""
        first = line.slots[0][0] if line.slots else 0
        found: dict[str, list[Slot]] = {}
        for number, code in line.heads.items():
            slot = line.cells[number] if number < len(line.cells) else None
            if slot is not None and number >= first:
                under = found.setdefault(code, [])
                if not any(slot is other for other in under):
                    under.append(slot)
        cells = {}
        for code, under in found.items():
            filled = [slot for slot in under if slot.text.strip()]
            if len({slot.text.strip() for slot in filled}) > 1:
                return None
            cells[code] = (filled or under)[0]
        # every figure of the line must stand under a head, repeated ones (merged cells written out) beside it
        for text, group in groupby(line.slots, lambda entry: entry[1].text.strip()):
            if looks_like_figure(text) and not any(slot is used for _, slot in group for used in cells.values()):
                return None
        return cells or None

    def _head(self, row: Sequence[Slot | None]) -> bool:
        """Takes up a row of column heads; whether it is one."""
        taken = False
        for code, labels in self.words.columns.items():
            if code in self.words.blocks:
                continue
            found = {}
            for number, slot in enumerate(row):
                if slot is None or not slot.text.strip() or looks_like_figure(slot.text):
                    continue
                match = labels.find(slot.text)
                if match:
                    found[number] = match.code
                    if self.form.table[code].column[match.code].item.kind == AMOUNT:
                        unit = UNIT.search(tight(slot.text))
                        self.units[code] = unit[1] if unit else ""
            if found:
                taken = True
                parts = self.form.table[code].layout == "parts"
                self.heads[code] = found if parts else self.heads.get(code, {}) | found
        return taken

    def _blocks_row(self, row: Sequence[Slot | None], cells: list[tuple[int, Slot]], aligned: bool) -> bool:
        """Takes up a row of a table whose rows stand side by side; whether it is one."""
        for code, labels in self.words.blocks.items():
            table = self.form.table[code]
            here = {number: m.code for number, slot in enumerate(row) if slot and (m := labels.find(slot.text))}
            if here:
                if self.context != code:
                    self.blocks_at, self.heads[code] = {}, {}
                self.context = code
                self.blocks_at |= here
                self._heads_of_blocks(code, row)
                return True
            if self.context != code:
                continue
            if self._heads_of_blocks(code, row):
                return True
            size = len(table.row) * len(table.column)
            filled = [slot for _, slot in cells if slot.text.strip()]
            if len(cells) < size and not any(looks_like_figure(slot.text) for slot in filled):
                continue
            self._blocks_figures(table, row, cells, aligned)
            return True
        return False

    def _heads_of_blocks(self, code: str, row: Sequence[Slot | None]) -> bool:
        labels = self.words.columns[code]
        found = {number: m.code for number, slot in enumerate(row) if slot and (m := labels.find(slot.text))}
        self.heads.setdefault(code, {}).update(found)
        return bool(found)

    def _blocks_figures(
        self, table: Table, row: Sequence[Slot | None], cells: list[tuple[int, Slot]], aligned: bool
    ) -> None:
        places = [Cell(table.code, r, c) for r in table.row for c in table.column]
        ordered = in_order([slot for _, slot in cells], len(places))
        heads = self.heads.get(table.code, {})
        headed: dict[Cell, Slot] = {}
        if aligned:
            for number, block in self.blocks_at.items():
                slot = row[number] if number < len(row) else None
                if slot is not None and number in heads:
                    headed.setdefault(Cell(table.code, block, heads[number]), slot)
            used = {id(slot) for slot in headed.values()}
            if any(slot.text.strip() and looks_like_figure(slot.text) and id(slot) not in used for _, slot in cells):
                headed = {}  # a figure under no head: the heads do not fit this row
        by_order = dict(zip(places, ordered, strict=True)) if ordered else headed
        by_head = headed if len(headed) == len(places) else by_order
        for answer, chosen in ((self.by_head, by_head), (self.by_order, by_order)):
            for cell, slot in chosen.items():
                value = read_value(slot.text, self.form.kind(cell))
                answer.put(cell, Candidate(slot, value, slot.sure and not value.torn))
        if not by_order and not by_head:
            texts = "、".join(slot.text.strip() or "空白" for _, slot in cells)
            for answer in (self.by_head, self.by_order):
                for code in table.row:
                    answer.lost[table.code, code] = (f"读到 {len(cells)} 格（{texts}）", cells[0][1].place)

    def _unlabelled(self, cells: list[tuple[int, Slot]]) -> None:
        """A row of figures whose label is not known: kept with the line it follows."""
        figures = [entry for entry in cells if looks_like_figure(entry[1].text)]
        if len(figures) >= 2 or (figures and self.context and len(cells) - len(figures) <= 2):
            self.pending.append((self.last, cells))

    def _stray_between(self, table: str, row: str) -> None:
        """Gives unlabelled rows to the lines missing between two recognised ones if they are as many, or reports
        them."""
        pending, self.pending = self.pending, []
        codes, count = self.words.between(self.last, f"{table}/{row}"), len(self.form.table[table].column)
        figures = [[s for _, s in cells if looks_like_figure(s.text) or not s.text.strip()] for _, cells in pending]
        found = [ordered for slots in figures if (ordered := in_order(slots, count))]
        if not len(codes) == len(found) == len(pending):
            self._report(pending)
            return
        for code, ordered, (_, cells) in zip(codes, found, pending, strict=True):
            label = next((words for _, slot in cells if (words := slot.text.strip())), "")
            self._put_inferred(table, code, ordered, label)

    def _put_inferred(self, table: str, row: str, ordered: list[Slot], label: str) -> None:
        for column, slot in zip(self.form.table[table].column, ordered, strict=True):
            cell = Cell(table, row, column)
            value = read_value(slot.text, self.form.kind(cell))
            for answer in (self.by_head, self.by_order):
                answer.put(cell, Candidate(slot, value, False, f"行名“{label}”无法辨认，按上下行推定"))

    def _report(self, pending: list[tuple[str, list[tuple[int, Slot]]]]) -> None:
        for after, cells in pending:
            words = " | ".join(slot.text.strip() for _, slot in cells)
            for answer in (self.by_head, self.by_order):
                answer.strays.append((after, words[:200], cells[0][1].place))

    def finish(self) -> None:
        self._report(self.pending)
        self.pending = []
        for answer in (self.by_head, self.by_order):
            for table, row in self.gaps:
                if self._uneven(answer, table):
                    for column in self.form.table[table].column:
                        candidates = answer.cells.get(Cell(table, row, column), [])
                        candidates[:] = [c._replace(sure=False, why=c.why or "空白格的位置不确定") for c in candidates]

    def _uneven(self, answer: Answer, table: str) -> bool:
        """Whether a table has lines with other cells than its columns, so that the place of an empty cell in a line
        without heads is open."""
        lost = [what for (code, _), (what, _) in answer.lost.items() if code == table]
        return any(re.search(r"（.*\d", what) for what in lost)


def read_grids(blocks: Sequence[Block], form: Form, name: str) -> list[Answer]:
    """The two answers of the grids in a document."""
    reader = GridReader(form, name)
    answers = reader.read(blocks)
    reader.finish()
    return answers
