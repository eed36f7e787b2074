"""Plain text and Markdown: pasted Word text with one cell per line, tabs, pipes, tables of Markdown or HTML."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import groupby

from gkstats.reading.document import MAX_CHARS, MAX_MARKS, Block, Grid, Paragraph, Slot, Way, loosened, texts, too_large
from gkstats.reading.html import blocks_of_html
from gkstats.reading.values import looks_like_figure

_LONGEST_CELL = 1_000
_RULE = frozenset("|:+=- \t")
_RULED = re.compile(r"\+[:=-]{2,}.*\+")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3},\d{3}(?!\d)")
_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.IGNORECASE | re.DOTALL)


def read(content: str, name: str) -> Iterator[Way]:
    """The ways a text can be read: by its tabs, pipes and tables; then line by line. Raises ReportError for one that
    is too large."""
    if len(content) > MAX_CHARS or sum(map(content.count, "\n\r\x0c\t|｜,<")) > MAX_MARKS:
        raise too_large("文件中的行数、格数和字数", name)
    lines = content.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    blocks = list(_blocks(lines))
    yield Way("按分隔符", blocks)
    if any(isinstance(block, Grid) for block in blocks):
        yield Way("按行", loosened(blocks))
    elif not _spaced(blocks, lines):
        numbered = enumerate(lines.split("\n"), 1)
        yield Way("空行作空白格", [Paragraph(line.strip(), f"第 {number} 行") for number, line in numbered])


def _spaced(blocks: list[Block], lines: str) -> bool:
    """Whether empty lines part the lines or rows of a text, so that they cannot be empty cells: they stand after
    most lines, or a line holds several figures."""
    if 2 * len(re.findall(r"\S[^\S\n]*\n[^\S\n]*\n", lines)) > len(blocks):
        return True
    return any(sum(map(looks_like_figure, text.split())) >= 3 for text, _ in texts(blocks))


def _blocks(content: str) -> Iterator[Block]:
    """Tables written as HTML inside the text, and the text between them."""
    at, line = 0, 1
    for match in _TABLE.finditer(content):
        before = content[at : match.start()]
        yield from _lines(before, line)
        line += before.count("\n")
        yield from blocks_of_html(match[0], line)
        line += match[0].count("\n")
        at = match.end()
    yield from _lines(content[at:], line)


def _lines(content: str, first: int) -> Iterator[Block]:
    numbered = [(number, line) for number, line in enumerate(content.split("\n"), first)]
    at = 0
    nothing_before = dict.fromkeys((_cells_by_tab, _rows_by_pipe, _rows_by_tab, _rows_by_comma), 0)
    while at < len(numbered):
        for taker, looked_through in nothing_before.items():
            if at < looked_through:  # looked through before: not again from each of its lines
                continue
            block, after = taker(numbered, at)
            if block:
                yield block
                at = after
                break
            nothing_before[taker] = after
        else:
            number, line = numbered[at]
            if line.strip():
                yield Paragraph(line.strip(" \t"), f"第 {number} 行")
            at += 1


def _grid(rows: list[list[Slot]], first: int) -> Grid | None:
    if not rows:
        return None
    widths = {len(row) for row in rows}
    return Grid(tuple(tuple(row) for row in rows), f"第 {first} 行起", aligned=len(widths) == 1)


def _cells_by_tab(lines: list[tuple[int, str]], at: int) -> tuple[Grid | None, int]:
    """Text pasted from Word: a cell begins with a tab, goes on over lines without one, an empty line ends the row."""
    if not _one_cell(lines[at][1]):
        return None, at
    rows: list[list[Slot]] = [[]]
    first, empty = lines[at][0], 0
    while at < len(lines):
        number, line = lines[at]
        if line.startswith("\t"):
            rows[-1].extend(Slot(part.strip(), f"第 {number} 行") for part in line[1:].split("\t"))
            empty = 0
        elif not line.strip(" \xa0\u3000"):
            empty += 1
            if empty > 1:
                break
            rows.append([])
        elif rows[-1] and len(line.strip()) < 60 and "。" not in line and len(rows[-1][-1].text) < _LONGEST_CELL:
            last = rows[-1][-1]
            rows[-1][-1] = Slot(f"{last.text}\n{line.strip()}".strip(), last.place)
        else:
            break
        at += 1
    rows = [row for row in rows if row]
    if len(rows) < 2:
        return None, at
    return _grid(rows, first), at


def _one_cell(line: str) -> bool:
    return line.startswith("\t") and len(line) < 120 and "。" not in line


def _rows_by_pipe(lines: list[tuple[int, str]], at: int) -> tuple[Grid | None, int]:
    """Rows ``| a | b |`` or ``a | b |``; rules are left out. Where rules part every row from the next, the lines
    between two of them are one row."""
    groups: list[list[list[Slot]]] = [[]]
    first = lines[at][0]
    while at < len(lines) and ("|" in lines[at][1] or "｜" in lines[at][1] or _RULED.match(lines[at][1].strip())):
        number, line = lines[at]
        words = line.strip().replace("｜", "|")
        if _RULED.search(words):
            groups.append([])
        elif not ("--" in words and set(words) <= _RULE):
            words = re.sub(r"<br\s*/?>", "\n", words, flags=re.IGNORECASE).replace(r"\|", "／")
            words = re.sub(r"^\|", "", words)
            words = re.sub(r"\|$", "", words)
            groups[-1].append(
                [Slot(_plain(part), f"第 {number} 行第 {nth} 格") for nth, part in enumerate(words.split("|"), 1)]
            )
        at += 1
    groups = [group for group in groups if group]
    if len(groups) > 3:
        return _grid([row for group in groups for row in _joined(group)], first), at
    return _grid([row for group in groups for row in group], first), at


def _joined(rows: list[list[Slot]]) -> list[list[Slot]]:
    """Lines of text as one row, as long as they have as many cells."""
    lines = [zip(*group, strict=True) for _, group in groupby(rows, len)]
    return [[Slot("\n".join(s.text for s in cell if s.text), cell[0].place) for cell in row] for row in lines]


def _plain(cell: str) -> str:
    """A Markdown cell without its emphasis."""
    return re.sub(r"^([*_`]{1,3})(.*?)\1$", r"\2", cell.strip(), flags=re.DOTALL).replace("&nbsp;", " ").strip()


def _rows_by_tab(lines: list[tuple[int, str]], at: int) -> tuple[Grid | None, int]:
    """Rows whose cells are parted by tabs."""
    rows, first = [], lines[at][0]
    while at < len(lines) and "\t" in lines[at][1].strip(" \n"):
        number, line = lines[at]
        if len(line) > 600 and line.count("\t") < len(line) / 60:
            break
        rows.append([Slot(part.strip(), f"第 {number} 行第 {nth} 格") for nth, part in enumerate(line.split("\t"), 1)])
        at += 1
    return _grid(rows, first), at


def _rows_by_comma(lines: list[tuple[int, str]], at: int) -> tuple[Grid | None, int]:
    """Rows whose cells are parted by commas, two and more of them. A cell with a comma of its own is quoted; where
    a comma may also part thousands, an empty cell leaves open which it is."""
    rows, first = [], lines[at][0]
    while at < len(lines) and "," in lines[at][1] and "。" not in lines[at][1] and len(lines[at][1]) < 600:
        number, line = lines[at]
        cells = next(csv.reader([line.strip()]))
        sure = all(part.strip() for part in cells) or not _THOUSANDS.search(line)
        rows.append([Slot(part.strip(), f"第 {number} 行第 {nth} 格", sure) for nth, part in enumerate(cells, 1)])
        at += 1
    return _grid(rows, first) if len(rows) > 1 else None, at
