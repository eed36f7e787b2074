"""HTML pages: tables with their merged cells as a browser places them, text between them as paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

from gkstats.reading.document import (
    MAX_MARKS,
    MAX_TEXTS,
    Block,
    Grid,
    Paragraph,
    Slot,
    Way,
    grid_of,
    loosened,
    too_large,
)

_SILENT = {"script", "style", "noscript", "template", "svg", "select", "option", "iframe", "object"}
_BREAKS = {
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer",
    "title", "hr", "center", "blockquote", "dd", "dt", "dl", "main", "nav", "aside", "pre", "form", "body",
}  # fmt: skip
_PARTS = {"div", "section", "article", "main", "nav", "aside", "header", "footer", "form", "ul", "ol"}
MAX_DEPTH = 30
_PROSE_CELL = 250


class _Table:
    """A table being read; ``depth`` is how many parts of the page were open around it."""

    def __init__(self, place: str, depth: int):
        self.rows: list[list[tuple[Slot, int, int]]] = []
        self.place, self.depth, self.layout = place, depth, False
        self.cell: tuple[int, int, str] | None = None
        self.words: list[str] = []

    def where(self) -> str:
        """The cell about to begin, as a person counts."""
        return f"{self.place}第 {max(len(self.rows), 1)} 行第 {len(self.rows[-1]) + 1 if self.rows else 1} 格"


class _Reader(HTMLParser):
    """Collects blocks; closes what the page forgot to close."""

    def __init__(self, first_line: int):
        super().__init__(convert_charrefs=True)
        self.first = first_line
        self.blocks: list[Block] = []
        self.tables: list[_Table] = []
        self.loose: list[str] = []
        self.silent: list[str] = []
        self.count = 0
        self.within: list[tuple[str, int]] = []
        self.parts = 0

    def place(self) -> str:
        return f"第 {self.getpos()[0] + self.first - 1} 行"

    # -- what the parser meets

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT and tag not in self.silent:
            self.silent.append(tag)
        if self.silent:
            return
        if tag == "table" and len(self.tables) < MAX_DEPTH:
            self._outer_is_layout()
            self.count += 1
            self.tables.append(_Table(f"第 {self.count} 个表格", len(self.within)))
        elif tag == "tr" and self.tables:
            self._close_cell()
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables:
            self._close_cell()
            del self.within[self.tables[-1].depth :]
            self._open(tag)
            given = dict(attrs)
            place = f"{self.place()}，{self.tables[-1].where()}"
            self.tables[-1].cell = (_span(given.get("colspan"), 100), _span(given.get("rowspan"), 300), place)
        elif tag in _BREAKS:
            self._break()
            if tag in _PARTS:
                self._open(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)
            if tag in ("td", "th"):
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                del self.silent[self.silent.index(tag) :]
            return
        if tag == "table" and self.tables:
            self._close_table()
        elif tag in ("td", "th", "tr") and self.tables:
            self._close_cell()
        elif tag in _BREAKS:
            self._break()
            open_ = [name for name, _ in self.within[self.tables[-1].depth if self.tables else 0 :]]
            if tag in open_:
                del self.within[len(self.within) - 1 - open_[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self.tables and self.tables[-1].cell:
            self.tables[-1].words.append(words)
        elif not self.tables or words.strip():
            self.loose.append(words)

    # -- what becomes of it

    def _open(self, tag: str) -> None:
        if len(self.within) < 200:
            self.parts += 1
            self.within.append((tag, self.parts))

    def _put(self, text: str, place: str) -> None:
        if len(self.blocks) > MAX_TEXTS:
            raise too_large("网页中的文字")
        self.blocks.append(Paragraph(text, place, within=tuple(number for _, number in self.within)))

    def _break(self) -> None:
        if self.tables and self.tables[-1].cell:
            self.tables[-1].words.append("\n")
        else:
            self._flush()

    def _flush(self) -> None:
        if text := "".join(self.loose).strip():
            self._put(text, self.place())
        self.loose.clear()

    def _close_cell(self) -> None:
        table = self.tables[-1]
        if table.cell is None:
            return
        across, down, place = table.cell
        text = _lines("".join(table.words))
        table.cell = None
        table.words.clear()
        if table.layout:
            self._paragraphs(text, place)
            return
        if not table.rows:
            table.rows.append([])
        table.rows[-1].append((Slot(text, place), across, down))

    def _paragraphs(self, text: str, place: str) -> None:
        for line in text.split("\n"):
            if line.strip():
                self._put(line, place)

    def _outer_is_layout(self) -> None:
        """A table inside a cell makes the outer one a means of layout: what it holds so far is text."""
        self._flush()
        if not self.tables:
            return
        outer = self.tables[-1]
        if not outer.layout:
            for row in outer.rows:
                for slot, _, _ in row:
                    self._paragraphs(slot.text, slot.place)
            outer.rows.clear()
            outer.layout = True
        self._paragraphs(_lines("".join(outer.words)), outer.place)
        outer.words.clear()

    def _close_table(self) -> None:
        self._close_cell()
        self._flush()
        table = self.tables.pop()
        del self.within[table.depth :]
        rows = [row for row in table.rows if row]
        if not rows:
            return
        if all(len(row) == 1 for row in rows) or any(len(s.text) > _PROSE_CELL for row in rows for s, _, _ in row):
            for row in rows:
                for slot, _, _ in row:
                    self._paragraphs(slot.text, slot.place)
            return
        grid = grid_of(table.rows, table.place)
        self.blocks.append(_aligned(grid))

    def finish(self) -> list[Block]:
        while self.tables:
            self._close_table()
        self._flush()
        return self.blocks


def _aligned(grid: Grid) -> Grid:
    """The grid, called aligned only if its rows fill it: where a page lost its spans, columns mean nothing."""
    holes = sum(row[-1] is None for row in grid.rows if any(slot is not None for slot in row))
    return replace(grid, aligned=holes == 0)


def _span(given: str | None, most: int) -> int:
    digits = re.match(r"\s*(\d{1,4})", given or "")
    return min(max(int(digits[1]), 1), most) if digits else 1


def _lines(text: str) -> str:
    return "\n".join(line.strip(" ") for line in text.split("\n") if line.strip()) if text.strip() else ""


def _harmless(content: str) -> str:
    """A page without its comments and declarations, lines kept. What is never closed would have the parser search
    to the end of the file again and again."""
    pieces, at = [], 0
    while (start := content.find("<!--", at)) >= 0:
        end = content.find("-->", start + 4)
        end = len(content) if end < 0 else end + 3
        pieces += [content[at:start], "\n" * content.count("\n", start, end)]
        at = end
    words = re.sub(r"<[!?][^<>]{0,300}>?", " ", "".join([*pieces, content[at:]]))
    last = words.rfind(">") + 1
    return words[:last] + words[last:].replace("<", " ")


def blocks_of_html(content: str, first_line: int = 1) -> list[Block]:
    """The blocks of a page or of a piece of one; ``first_line`` is its line in the file."""
    reader = _Reader(first_line)
    reader.feed(_harmless(content))
    reader.close()
    return reader.finish()


def read(content: str, name: str) -> Iterator[Way]:
    """The ways a page can be read: by its tables; then everything in its order. Raises ReportError for one that is
    too large."""
    if content.count("<") > MAX_MARKS:
        raise too_large("网页中的标记", name)
    blocks = blocks_of_html(content)
    yield Way("按表格", blocks)
    yield Way("按行", loosened(blocks))
