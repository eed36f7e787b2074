"""From the blocks of a document to the lines of a form: which printed cell holds which figure.

A line is recognised by its label; its cells are then told apart in up to three ways: by the head above them, by
their order, or by the order of everything once the lines of the grid are forgotten. Each way gives its own answer;
``judge`` decides between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations, groupby
from typing import NamedTuple

from gkstats.forms import FORMS
from gkstats.reading.document import Block, Grid, Paragraph, Slot, distinct
from gkstats.reading.labels import EXACT, PART, Labels, Match, bare, key, tight
from gkstats.reading.values import BLANK, NUMBER, UNREADABLE, Value, half_width, looks_like_figure, read_value
from gkstats.schema import AMOUNT, Cell, Form, Table

PROSE_LENGTH = 70
"""A piece of text longer than this is prose; the longest label has fewer characters."""

_UNIT = re.compile(r"(亿元|万元|元)")
_PAGE_NUMBER = re.compile(r"[-—–－]\s*\d{1,3}\s*[-—–－]|第\s*\d{1,3}\s*页.*")


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


class Vocabulary:
    """The labels of a form: of its rows in all tables that print them as lines, of the blocks printed side by
    side, of the columns of each table."""

    def __init__(self, form: Form):
        self.form = form
        lines, self.blocks = [], {}
        self.groups: dict[str, Labels] = {}
        for table in form.tables:
            names = [(leaf.item.label, f"{table.code}/{leaf.code}") for leaf in table.row_leaves]
            if table.layout == "blocks":
                self.blocks[table.code] = Labels((label, code.partition("/")[2]) for label, code in names)
            else:
                lines += names
                lines += [
                    (heading.label, f"{table.code}/{code}")
                    for code, heading in table.groups.items()
                    if heading.collapsible
                ]
        headings = [label for table in form.tables for leaf in table.row_leaves for label in leaf.above]
        heads = [label for table in form.tables for leaf in table.column_leaves for label in leaf.above]
        self.lines = Labels(lines, (*headings, *heads))
        self.columns = {
            table.code: Labels((leaf.item.label, leaf.code) for leaf in table.column_leaves) for table in form.tables
        }
        self.order = {
            f"{table.code}/{leaf.code}": number for table in form.tables for number, leaf in enumerate(table.row_leaves)
        }
        for table in form.tables:  # a heading printed as one row stands where its lines would
            for group, heading in table.groups.items():
                if heading.collapsible:
                    self.order[f"{table.code}/{group}"] = self.order[f"{table.code}/{table.members[group][-1]}"]
        self.collapsible = {
            bare(heading.label) for table in form.tables for heading in table.groups.values() if heading.collapsible
        }
        self.weak = {code for label, code in self.lines.codes.items() if len(label) <= 2 and label not in ("规章",)}

    def heads(self, text: str) -> bool:
        """Whether a text is the head of a column, in any table."""
        return any(labels.find(text) for labels in (*self.columns.values(), *self.blocks.values()))

    def knows(self, text: str) -> bool:
        """Whether a text is a label of this form, or a part of one."""
        labels = (self.lines, *self.blocks.values(), *self.columns.values())
        return any(bare(text) in group.others or group.find(text) for group in labels)


@cache
def vocabulary(form: Form) -> Vocabulary:
    return Vocabulary(form)


@cache
def _distinctive() -> dict[int, list[str]]:
    """Form code → keys of labels of its first section's tables that stand in no label of another form."""
    words = {
        code: {
            key(leaf.name)
            for table in form.tables
            if table.layout == "parts"
            for leaf in (*table.row_leaves, *table.column_leaves)
        }
        for code, form in FORMS.items()
    }
    return {
        code: [w for w in own if not any(w in o or o in w for c, others in words.items() if c != code for o in others)]
        for code, own in words.items()
    }


def form_seen(blocks: Iterable[Block]) -> int | None:
    """The code of the form whose own labels are printed, None if that is not clear."""
    pieces = []
    for block in blocks:
        if isinstance(block, Grid):
            pieces += [key(slot.text) for row in block.rows for _, slot in distinct(row) if len(slot.text) < 200]
        elif len(block.text) < 200 and "。" not in block.text:
            pieces.append(key(block.text))
    words = "".join(pieces)
    found = {code: sum(label in words for label in labels) for code, labels in _distinctive().items()}
    ranked = sorted(found, key=lambda code: -found[code])
    clear = found[ranked[0]] > (found[ranked[1]] if len(ranked) > 1 else 0)
    return ranked[0] if clear else None


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


# -- grids


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
        own = _UNIT.search(tight(label))
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
                n
                for n in range(number)
                if (m := self.words.lines.find(cells[n][1].text)) and m.code.startswith(f"{match.code}.")
            ]
            if inner:
                number, match = inner[-1], self.words.lines.find(cells[inner[-1]][1].text)
            return number, match
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
        before, here = self.words.order.get(self.last), self.words.order.get(match.code)
        if before is None:  # a collapsed heading stood before
            return code.count(".") < 2 or self.last.endswith(code.rpartition(".")[0])
        numbered = tight(text)[:1].isdigit() or tight(text)[:1] == "("
        return before <= here and (numbered or here - before <= 3)

    def _line(self, line: _Row) -> None:
        columns = list(self.form.table[line.table].column)
        ordered = _in_order([slot for _, slot in line.slots], len(columns))
        headed = self._under_heads(line, columns)
        if ordered is None and headed is None:
            texts = "、".join(slot.text.strip() or "空白" for _, slot in line.slots)
            place = line.slots[0][1].place if line.slots else ""
            for answer in (self.by_head, self.by_order):
                answer.lost[line.table, line.row] = (f"读到 {len(line.slots)} 格（{texts}）", place)
            return
        by_order = dict(zip(columns, ordered, strict=True)) if ordered else headed
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
                        unit = _UNIT.search(tight(slot.text))
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
        ordered = _in_order([slot for _, slot in cells], len(places))
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
        order = self.words.order
        before, here = order.get(self.last), order.get(f"{table}/{row}")
        codes, columns = list(self.form.table[table].row), list(self.form.table[table].column)
        same = self.last.startswith(f"{table}/") and before is not None and here is not None
        if pending and same and here - before - 1 == len(pending):
            rows = []
            for _, cells in pending:
                figures = [slot for _, slot in cells if looks_like_figure(slot.text) or not slot.text.strip()]
                rows.append(_in_order(figures, len(columns)))
            if all(rows):
                for row, ordered, (_, cells) in zip(codes[before + 1 : here], rows, pending, strict=True):
                    label = next((words for _, slot in cells if (words := slot.text.strip())), "")
                    self._put_inferred(table, row, ordered, label)
                return
        self._report(pending)

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


def _in_order(slots: list[Slot], count: int, loose: bool = False) -> list[Slot] | None:
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


def read_grids(blocks: Sequence[Block], form: Form, name: str) -> list[Answer]:
    """The two answers of the grids in a document."""
    reader = GridReader(form, name)
    answers = reader.read(blocks)
    reader.finish()
    return answers


# -- everything in one line


class _Token(NamedTuple):
    text: str
    place: str
    figure: bool
    slot: Slot
    printed: Paragraph | None = None


_NO_LABEL = re.compile(r"[^\u4e00-\u9fff()]{1,12}|[无零〇一二三四五六七八九十百]{1,4}")


def _tokens(blocks: Iterable[Block], words: Vocabulary) -> Iterator[_Token | None]:
    """Labels and figures in reading order; None where prose stands between. A text that stands among figures and
    is no label counts as a figure: an unreadable one."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from _loose(block)
            continue
        for row in block.rows:
            label = among = False
            for _, slot in distinct(row):
                text = slot.text
                if len(text) > 3 * PROSE_LENGTH:
                    yield None
                elif not text.strip():
                    if label:
                        yield _Token("", slot.place, True, slot)
                else:
                    figure = looks_like_figure(text) or (among and not words.knows(text))
                    label, among = label or not figure, figure and label
                    yield _Token(text, slot.place, figure, slot)


def _loose(paragraph: Paragraph) -> Iterator[_Token | None]:
    text = half_width(paragraph.text).strip()
    if not text:  # an empty line taken for an empty cell
        yield _Token("", paragraph.place, True, Slot("", paragraph.place))
        return
    if _PAGE_NUMBER.fullmatch(text):
        return
    pieces = [piece.split() for piece in re.split(r"[\t|\n]+|\s{2,}", text)]
    loose = sum(looks_like_figure(word) for words in pieces for word in words)
    if "。" in text or (len(text) > PROSE_LENGTH * 3 and loose < 10):
        yield None
        return
    for words in pieces:
        if len(words) > 1 and re.fullmatch(r"\d", words[0]) and not looks_like_figure(words[1]):
            words[:2] = [f"{words[0]}.{words[1]}"]  # the number of a label, parted from it
        for figure, group in groupby(words, _stands_for_figure):
            for word in group if figure else (" ".join(group),):
                slot = Slot(word, paragraph.place, sure=not paragraph.inside or word == text)
                yield _Token(word, paragraph.place, figure, slot, paragraph if paragraph.printed else None)


def _stands_for_figure(word: str) -> bool:
    numbering = re.fullmatch(r"[\d一二三四五六七八九十]+[.、]", word)
    return looks_like_figure(word) or bool(_NO_LABEL.fullmatch(word) and not numbering)


def read_in_order(blocks: Sequence[Block], form: Form, name: str) -> Answer:
    """The answer of everything in reading order: a run of labels, the run of figures after it, and so on."""
    reader = OrderReader(form, name)
    run: list[str] = []
    figures: list[_Token] = []

    def close() -> None:
        if figures:
            if any(token.text for token in figures):
                reader.run("".join(run), list(figures))
            run.clear()
            figures.clear()

    for token in _tokens(blocks, reader.words):
        if token is None:
            close()
            run.clear()
        elif token.figure:
            figures.append(token)
        else:
            close()
            run.append(key(token.text))
            del run[:-60]
    close()
    reader.report()
    return reader.answer


class OrderReader:
    """Gives every run of figures to the label that the run of text before it ends with."""

    def __init__(self, form: Form, name: str):
        self.words, self.form = vocabulary(form), form
        self.answer = Answer(f"{name}·按先后")
        self.last = ""
        self.pending: list[tuple[str, list[_Token]]] = []

    def run(self, label: str, figures: list[_Token]) -> None:
        words, form = self.words, self.form
        blocks = next(iter(words.blocks), "")
        inside = words.blocks[blocks].inside(label) if blocks else []
        match = words.lines.ending(label)
        if match and match.code in words.weak:
            before, here = words.order.get(self.last, -1), words.order[match.code]
            same = self.last.partition("/")[0] == match.code.partition("/")[0]
            match = match if same and before <= here <= before + 3 else None
        if match and inside and (match.how != EXACT or match.code in words.weak):
            match = None
        if match:
            table, _, row = match.code.partition("/")
            self._between(table, row)
            self.last = match.code
            places = [Cell(table, row, column) for column in form.table[table].column]
            unit = _UNIT.findall(label)
            _place(form, self.answer, places, figures, unit[-1] if unit else "")
        elif inside:
            table = form.table[blocks]
            rows = list(dict.fromkeys(inside))
            if len(figures) > 3 * len(table.column) - 3 or len(rows) == len(table.row):
                rows = rows if len(rows) == len(table.row) else list(table.row)
            places = [Cell(blocks, row, column) for row in rows for column in table.column]
            if len(figures) == 2 * len(table.column) and len(rows) == len(table.row):
                places = places[len(table.column) :]
            _place(form, self.answer, places, figures)
        elif len(figures) >= 5:
            self.pending.append((label, figures))

    def _between(self, table: str, row: str) -> None:
        """Gives runs without a label to the lines missing between two recognised ones if they are as many: the
        label may stand around its figures. Only the balances can confirm that."""
        rows, columns = list(self.form.table[table].row), list(self.form.table[table].column)
        before, here = self.words.order.get(self.last), self.words.order.get(f"{table}/{row}")
        same = self.last.startswith(f"{table}/") and before is not None and here is not None
        fits = all(len(figures) == len(columns) for _, figures in self.pending)
        if self.pending and same and fits and here - before - 1 == len(self.pending):
            for code, (label, figures) in zip(rows[before + 1 : here], self.pending, strict=True):
                for column, token in zip(columns, figures, strict=True):
                    cell = Cell(table, code, column)
                    value = read_value(token.slot.text, self.form.kind(cell))
                    why = f"行名“{label[-20:]}”无法辨认，按上下行推定"
                    self.answer.put(cell, Candidate(token.slot, value, False, why))
            self.pending.clear()
        self.report()

    def report(self) -> None:
        """What is still without a label is said to be so."""
        for label, figures in self.pending:
            texts = " ".join(token.text for token in figures)
            self.answer.strays.append((self.last, f"{label[-20:]} {texts}"[:200], figures[0].place))
        self.pending.clear()


def _place(form: Form, answer: Answer, places: list[Cell], figures: list[_Token], unit: str = "") -> None:
    ordered = _in_order([token.slot for token in figures], len(places), loose=True)
    sure, why = len({id(token.printed) for token in figures}) == 1, ""
    if ordered is None:
        ordered = _torn_apart(form, places, figures)
        sure, why = False, "数字断开，合并后各项之和等于总计"
    if ordered is None:
        texts = "、".join(token.text or "空白" for token in figures)
        for cell in places:
            answer.lost[cell.table, cell.row] = (f"读到 {len(figures)} 个数（{texts}）", figures[0].place)
        return
    for cell, slot in zip(places, ordered, strict=True):
        value = read_value(slot.text, form.kind(cell), unit)
        answer.put(cell, Candidate(slot, value, sure and slot.sure and not value.torn, why))


def _torn_apart(form: Form, places: list[Cell], figures: list[_Token]) -> list[Slot] | None:
    """Cells put together from neighbouring pieces, where exactly one way of doing so lets every sum across hold."""
    spare = len(figures) - len(places)
    relations = [r for r in form.relations if {*r.left, *r.right} <= set(places)]
    if not 1 <= spare <= 2 or not relations or any(not token.text.isdigit() for token in figures):
        return None
    found = []
    for joints in combinations(range(1, len(figures)), spare):
        slots: list[Slot] = []
        for number, token in enumerate(figures):
            if number in joints:
                slots[-1] = Slot(f"{slots[-1].text}{token.text}", token.place, False)
            else:
                slots.append(token.slot)
        if any(read_value(slot.text).state == UNREADABLE for slot in slots):
            continue
        value = {cell: int(slot.text) for cell, slot in zip(places, slots, strict=True)}
        if all(sum(value[c] for c in r.left) == sum(value[c] for c in r.right) for r in relations):
            found.append(slots)
    return found[0] if len(found) == 1 else None


def settle(candidates: list[Candidate]) -> Candidate:
    """One candidate of those a way found for one cell. A row cut by a page break leaves an empty half; two
    different figures leave the cell undecided."""
    filled = [c for c in candidates if c.value.state != BLANK] or candidates[:1]
    first = filled[0]
    if all(c.value.state == first.value.state and c.value.figure == first.value.figure for c in filled):
        return first
    texts = tuple(dict.fromkeys(f"“{c.slot.text.strip()}”（{c.slot.place}）" for c in filled))
    return Candidate(first.slot, Value(UNREADABLE), False, "同一处读到不同的内容", texts)


__all__ = ["NUMBER", "Answer", "Candidate", "form_seen", "printed_as_one_row", "read_grids", "read_in_order", "settle"]
