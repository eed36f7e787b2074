"""The lines of a form in the reading order of everything: labels, the figures after them, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import NamedTuple

from gkstats.reading.align import Answer, Candidate, in_order
from gkstats.reading.document import Block, Paragraph, Slot, distinct
from gkstats.reading.gaps import fill_gaps
from gkstats.reading.labels import EXACT, key
from gkstats.reading.values import BLANK, UNREADABLE, Value, half_width, looks_like_figure, read_value
from gkstats.reading.vocabulary import PROSE_LENGTH, UNIT, Vocabulary, vocabulary
from gkstats.schema import Cell, Form, Relation

_PAGE_NUMBER = re.compile(r"[-—–－]\s*\d{1,3}\s*[-—–－]|第\s*\d{1,3}\s*页.*")
_NO_LABEL = re.compile(r"[^\u4e00-\u9fff()]{1,12}|[无零〇一二三四五六七八九十百]{1,4}")


class _Token(NamedTuple):
    """A label or a figure. ``line`` is the line of text it stands in, None for a cell of a grid."""

    text: str
    place: str
    figure: bool
    slot: Slot
    line: Paragraph | None = None


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
        yield _Token("", paragraph.place, True, Slot("", paragraph.place), paragraph)
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
                yield _Token(word, paragraph.place, figure, slot, paragraph)


def _stands_for_figure(word: str) -> bool:
    numbering = re.fullmatch(r"[\d一二三四五六七八九十]+[.、]", word)
    return looks_like_figure(word) or bool(_NO_LABEL.fullmatch(word) and not numbering)


def read_in_order(blocks: Sequence[Block], form: Form, name: str) -> list[Answer]:
    """The one answer of everything in reading order: a run of labels, the run of figures after it, and so on."""
    reader = OrderReader(form, name)
    run: list[str] = []
    figures: list[_Token] = []
    lines: list[Paragraph | None] = [None]

    def close() -> None:
        if figures:
            if any(token.text for token in figures):
                reader.run("".join(run), list(figures), lines[0])
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
            lines[0] = token.line
            del run[:-60]
    close()
    return [reader.finish()]


class OrderReader:
    """Gives every run of figures to the label that the run of text before it ends with."""

    def __init__(self, form: Form, name: str):
        self.words, self.form = vocabulary(form), form
        self.answer = Answer(f"{name}·按先后")
        self.last = ""
        self.pending: list[tuple[str, list[_Token]]] = []
        self.apart: list[tuple[Cell, int]] = []
        self.shuffled = self.by_columns = False
        self.form_rows = {f"{table.code}/{row}" for table in form.tables for row in table.row}
        self.rows: dict[str, dict[str, list[_Token]]] = {}
        self.passed: list[str] = []

    def run(self, label: str, figures: list[_Token], line: Paragraph | None) -> None:
        """Places the figures after a label that ends in this line."""
        words, form = self.words, self.form
        self.passed.append(label)
        blocks = next(iter(words.blocks), "")
        inside = words.blocks[blocks].inside(label) if blocks else []
        match = words.lines.ending(label)
        if match and match.code in words.weak:
            before, here = words.order.get(self.last, -1), words.order[match.code]
            same = self.last.partition("/")[0] == match.code.partition("/")[0]
            near = here <= before + 3 or self._all_between(before, here, label)
            match = match if same and before <= here and near else None
        if match and inside and (match.how != EXACT or match.code in words.weak):
            match = None
        if match:
            code, _, row = match.code.partition("/")
            self._between(code, row)
            self.last = match.code
            places = [Cell(code, row, column) for column in form.table[code].column]
            unit = UNIT.findall(label)
            self.rows.setdefault(code, {}).setdefault(row, []).extend(figures)
            self._place(places, figures, line, unit[-1] if unit else "")
        elif inside:
            table = form.table[blocks]
            rows = list(dict.fromkeys(inside))
            if len(figures) > 3 * len(table.column) - 3 or len(rows) == len(table.row):
                rows = rows if len(rows) == len(table.row) else list(table.row)
            places = [Cell(blocks, row, column) for row in rows for column in table.column]
            if len(figures) == len(places) - len(table.column) and places[0] in self.answer.cells:
                places = places[len(table.column) :]
            self._place(places, figures, line)
        else:
            self.by_columns |= figures[0].line is not None and self._headed(label)
            if len(figures) >= 5:
                self.pending.append((label, figures))

    def _headed(self, label: str) -> bool:
        """Whether figures that follow this text stand directly under heads of columns."""
        heads = [head for head in self.words.heads_of_lines if head in label]
        return bool(heads) and (label.endswith(tuple(heads)) or not self.words.lines.inside(label))

    def _all_between(self, before: int, here: int, label: str) -> bool:
        """Whether a run of text has the labels of all lines between two lines: they have no figures."""
        inside = set(self.words.lines.inside(label))
        between = [code for code, number in self.words.order.items() if before < number < here]
        return {code for code in between if code in self.form_rows} - self.words.weak <= inside

    def _between(self, table: str, row: str) -> None:
        """Gives runs without a label to the lines missing between two recognised ones if they are as many: the
        label may stand around its figures. Only the balances can confirm that."""
        columns, rows = list(self.form.table[table].column), self.words.between(self.last, f"{table}/{row}")
        fits = all(len(figures) == len(columns) for _, figures in self.pending)
        if fits and len(rows) == len(self.pending):
            for code, (label, figures) in zip(rows, self.pending, strict=True):
                for column, token in zip(columns, figures, strict=True):
                    cell = Cell(table, code, column)
                    value = read_value(token.slot.text, self.form.kind(cell))
                    why = f"行名“{label[-20:]}”无法辨认，按上下行推定"
                    self.answer.put(cell, Candidate(token.slot, value, False, why))
            self.pending.clear()
        self.report()

    def _place(self, places: list[Cell], figures: list[_Token], line: Paragraph | None, unit: str = "") -> None:
        ordered = in_order([token.slot for token in figures], len(places), loose=True)
        sure, why = _one_line_each(figures), ""
        if ordered is None:
            ordered = _torn_apart(self.form, places, figures)
            sure, why = False, "数字断开，合并后各项之和等于总计"
        if ordered is None:
            self.shuffled |= figures[0].line is not None and sum(bool(t.text) for t in figures) > len(places)
            texts = "、".join(token.text or "空白" for token in figures)
            for cell in places:
                self.answer.lost[cell.table, cell.row] = (f"读到 {len(figures)} 个数（{texts}）", figures[0].place)
            return
        apart = any(token.line is not None and token.line is not line for token in figures)
        for cell, slot in zip(places, ordered, strict=True):
            value = read_value(slot.text, self.form.kind(cell), unit)
            if apart:
                self.apart.append((cell, len(self.answer.cells.get(cell, ()))))
            self.answer.put(cell, Candidate(slot, value, sure and slot.sure and not value.torn, why))

    def finish(self) -> Answer:
        """The answer. What stands in another line than its label is not sure in a text where figures are more than
        a line has, and not known where figures follow the heads of columns: there the rows are not kept together.
        Where some lines have too few figures, those of the others must at least add up."""
        self.report()
        for cell, number in self.apart if self.shuffled or self.by_columns else ():
            found, why = self.answer.cells[cell][number], "文字没有按行排列"
            if self.by_columns:
                found = found._replace(value=Value(UNREADABLE), others=(f"“{found.slot.text.strip()}”",))
            self.answer.cells[cell][number] = found._replace(sure=False, why=found.why or why)
        if not self.shuffled and not self.by_columns:
            for table, rows in self.rows.items():
                self._fill(table, rows)
        lost = {table for table, _ in self.answer.lost}
        for relation in self.form.relations:
            cells = (*relation.left, *relation.right)
            if relation.table in lost and len({cell.row for cell in cells}) == 1:
                self._add_up(relation, cells)
        return self.answer

    def _add_up(self, relation: Relation, cells: tuple[Cell, ...]) -> None:
        """Leaves the figures of a line open whose sum does not hold."""
        found = {cell: self.answer.cells[cell][-1] for cell in cells if cell in self.answer.cells}
        sides = [
            sum(found[cell].value.figure or 0 for cell in side if cell in found)
            for side in (relation.left, relation.right)
        ]
        if len(found) == len(cells) and sides[0] != sides[1]:
            for cell, candidate in found.items():
                why = "各项之和不等于总计，可能少了空白格"
                self.answer.cells[cell][-1] = candidate._replace(sure=False, why=candidate.why or why)

    def _fill(self, table: str, rows: dict[str, list[_Token]]) -> None:
        """Places the figures of lines with lost empty cells where the balances leave no choice. Torn figures of
        other lines are sure if they take part in that."""
        form, columns, cells = self.form, list(self.form.table[table].column), self.answer.cells
        short = {row: [t for t in tokens if t.text] for row, tokens in rows.items() if (table, row) in self.answer.lost}
        if not short or any(t.line and t.line.printed for tokens in short.values() for t in tokens):
            return
        whole = {row: [cells[Cell(table, row, c)][-1].value for c in columns] for row in rows if row not in short}
        values = whole | {row: [read_value(token.text) for token in tokens] for row, tokens in short.items()}
        lines: dict[str, list[int]] = {row: [] for row in form.table[table].row}
        for row, own in values.items():
            for value in own:
                if not isinstance(value.figure, int) or value.torn:
                    return
                lines.setdefault(row, []).append(value.figure)
        if not all(self._passed(table, row) for row in lines if row not in rows):
            return
        placed = fill_gaps(form.table[table], lines)
        for row, places in placed.items():
            if row in whole:
                for column in columns:
                    found = cells[Cell(table, row, column)]
                    found[-1] = found[-1]._replace(sure=True, value=found[-1].value._replace(remark=found[-1].why))
                continue
            known = dict(zip(places, short[row], strict=True))
            for number, column in enumerate(columns):
                cell = Cell(table, row, column)
                if token := known.get(number):
                    value = read_value(token.text)._replace(remark="空白格没有保留，位置按勾稽关系唯一确定")
                    self.answer.put(cell, Candidate(token.slot, value))
                elif None not in places:
                    self.answer.put(cell, Candidate(Slot("", short[row][0].place), Value(BLANK)))
            if None not in places:
                del self.answer.lost[table, row]

    def _passed(self, table: str, row: str) -> bool:
        """Whether the label of a row stands in the text without figures of its own."""
        label = next(label for label, code in self.words.lines.longest_first[::-1] if code == f"{table}/{row}")
        return any(label in words for words in self.passed)

    def report(self) -> None:
        """What is still without a label is said to be so."""
        for label, figures in self.pending:
            texts = " ".join(token.text for token in figures)
            self.answer.strays.append((self.last, f"{label[-20:]} {texts}"[:200], figures[0].place))
        self.pending.clear()


def _one_line_each(figures: list[_Token]) -> bool:
    """Whether figures stand in one line, or each in its own: what is neither is torn or belongs to two rows, and so
    may a line between them that is no figure. On a printed page a row stands in one line."""
    lines = {id(token.line) for token in figures if token.line}
    if len(lines) <= 1:
        return True
    if len(lines) < len(figures) or any(token.line and token.line.printed for token in figures):
        return False
    return all(looks_like_figure(token.text) for token in figures if token.text)


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
