"""PDF files: characters with their boxes and the drawn lines of tables (pypdfium2).

A table is the cells its lines enclose, so text torn over lines, upright headings and merged cells come out whole;
the second way forgets the lines and goes by the rows of characters alone.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from gkstats.reading.apart import may_unfold, pages_apart
from gkstats.reading.document import Block, Grid, Paragraph, Slot, Way, too_large
from gkstats.reading.values import looks_like_figure
from gkstats.report import Problem, ReportError

MAX_PAGES, MAX_SIGNS = 300, 300_000
MAX_CHARS, MAX_EDGES, MAX_CROSSINGS, MAX_TABLES, MAX_CELLS = 60_000, 6_000, 250_000, 100, 20_000  # of one page
SNAP = 2.0  # pt: lines nearer than this are one; the narrowest columns are 12 pt wide
GAP = 3.0  # pt: gaps in dashed and dotted lines
BESIDE = 30.0  # pt: pieces of a label stand no further from the line of their figures
THIN = 3.0  # pt: a filled rectangle no thicker than this is a line
_PAGE_NUMBER = re.compile(r"[-—–－\s]*\d{1,3}[-—–－\s]*|第\d{1,3}页.{0,8}")
_HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uff65“”]"
_SPREAD = re.compile(rf"(?<={_HAN}) +(?={_HAN})")  # what justified text puts between characters
_POINT = re.compile(r"[（(][一二三四五六七八九十]{1,2}[）)]")
_HEADING = re.compile(r"[一二三四五六]、.{3,40}$")


class Char(NamedTuple):
    """One character: its text, left and right, baseline, height."""

    text: str
    left: float
    right: float
    base: float
    size: float
    middle: float


class Edge(NamedTuple):
    """A straight line: where it lies across its direction, where it begins and ends."""

    at: float
    start: float
    end: float


@dataclass
class Page:
    """The characters and lines of one page, upright, y upwards."""

    number: int
    width: float
    height: float
    chars: list[Char]
    across: list[Edge]
    down: list[Edge]
    pictures: int


def read(content: bytes, name: str) -> Iterator[Way]:
    """The ways a PDF can be read: by the lines of its tables; by its rows of characters; by the rows of its
    figures, for tables without lines. Raises ReportError for a
    file that is damaged, protected, too long, or holds pictures only."""
    pages = pages_apart(content, name) if may_unfold(content) else pages_of(content, name)
    if not any(page.chars for page in pages):
        found = "扫描件或图片，没有文字" if any(page.pictures for page in pages) else "没有文字"
        raise _refused(name, f"PDF 是{found}", "请换用文字版的报告；图片不能读取，没有读到的数不能当作 0")
    yield Way("按表格线", [block for page in _joined(pages, ruled=True) for block in page])
    yield Way("按文字位置", [block for page in _joined(pages, ruled=False) for block in page])
    yield Way("按数字所在行", [block for page in pages for block in _rows_by_figures(page)])


def _refused(name: str, found: str, advice: str) -> ReportError:
    return ReportError([Problem(name, None, "文件", found, "", advice)])


def pages_of(content: bytes, name: str) -> list[Page]:
    """Every page of a file. Raises ReportError."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise _refused(name, "有密码的 PDF 文件", "请去掉打开密码后再读") from None
        raise _refused(name, "PDF 文件已损坏，不能打开", "请重新下载，或换用其他格式") from None
    try:
        if len(document) > MAX_PAGES:
            raise too_large(f"{len(document)} 页的 PDF", name)
        pages: list[Page] = []
        signs = 0
        for number in range(len(document)):
            pages.append(_page(document, number, name))
            signs += len(pages[-1].chars)
            if signs > MAX_SIGNS:
                raise too_large("PDF 的文字", name)
        return pages
    except pdfium.PdfiumError:
        raise _refused(name, "PDF 文件已损坏，有一页不能打开", "请重新下载，或换用其他格式") from None
    finally:
        document.close()


def _page(document: pdfium.PdfDocument, number: int, name: str) -> Page:
    page = document[number]
    width, height = page.get_size()
    turn = page.get_rotation()
    left, bottom, right, top = page.get_cropbox() if turn else page.get_mediabox()
    text = page.get_textpage()
    try:
        if text.count_chars() > MAX_CHARS:
            raise too_large(f"PDF 第 {number + 1} 页的文字", name)
        upright = _Upright(turn, left, bottom, right, top)
        chars = _chars(text, upright)
        across, down, pictures = _lines_of(page, upright)
    finally:
        text.close()
        page.close()
    return Page(number + 1, width, height, chars, _merged(across), _merged(down), pictures)


@dataclass
class _Upright:
    """Turns the coordinates of a page that is shown turned."""

    turn: int
    left: float
    bottom: float
    right: float
    top: float

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        if self.turn == 90:
            return y - self.bottom, self.right - x
        if self.turn == 180:
            return self.right - x, self.top - y
        if self.turn == 270:
            return self.top - y, x - self.left
        return x, y


def _chars(text: pdfium.PdfTextPage, upright: _Upright) -> list[Char]:
    found: list[Char] = []
    box = [ctypes.c_double() for _ in range(4)]
    origin = [ctypes.c_double() for _ in range(2)]
    loose = raw.FS_RECTF()
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if code in (0, 10, 13, 0xFFFE) or raw.FPDFText_IsGenerated(text, index) == 1:
            continue
        if not raw.FPDFText_GetCharBox(text, index, *box) or not raw.FPDFText_GetCharOrigin(text, index, *origin):
            continue
        left, right, bottom, top = (value.value for value in box)
        raw.FPDFText_GetLooseCharBox(text, index, loose)
        x0, y0 = upright(left, bottom)
        x1, y1 = upright(right, top)
        _, base = upright(origin[0].value, origin[1].value)
        a, b = upright(loose.left, loose.bottom), upright(loose.right, loose.top)
        size = min(abs(a[1] - b[1]), 60.0) or abs(y1 - y0) or 8.0
        if 0 < abs(a[0] - b[0]) <= 1.5 * size:  # the whole advance: a full-width comma has ink on one side only
            x0, x1 = a[0], b[0]
        char = Char(chr(code), min(x0, x1), max(x0, x1), base, size, (y0 + y1) / 2)
        if all(map(isfinite, char[1:])):  # numbers too large to draw with leave it without a place on the page
            found.append(char)
    return found


def _lines_of(page: pdfium.PdfPage, upright: _Upright) -> tuple[list[Edge], list[Edge], int]:
    """(level lines, upright lines, number of pictures) drawn on a page."""
    across: list[Edge] = []
    down: list[Edge] = []
    pictures = 0

    def visit(objects: Iterable[pdfium.PdfObject], matrix: pdfium.PdfMatrix, depth: int) -> None:
        nonlocal pictures
        for item in objects:
            if item.type == raw.FPDF_PAGEOBJ_IMAGE:
                pictures += 1
            elif item.type == raw.FPDF_PAGEOBJ_FORM and depth < 5:
                visit(page.get_objects(form=item.raw, max_depth=1), item.get_matrix().multiply(matrix), depth + 1)
            elif item.type == raw.FPDF_PAGEOBJ_PATH and len(across) + len(down) < MAX_EDGES:
                for (x0, y0), (x1, y1) in _strokes(item, item.get_matrix().multiply(matrix), upright):
                    if not all(map(isfinite, (x0, y0, x1, y1))):
                        continue
                    if abs(y0 - y1) <= 1 and abs(x0 - x1) > 1:
                        across.append(Edge((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                    elif abs(x0 - x1) <= 1 and abs(y0 - y1) > 1:
                        down.append(Edge((x0 + x1) / 2, min(y0, y1), max(y0, y1)))

    visit(page.get_objects(max_depth=1), pdfium.PdfMatrix(), 0)
    return across, down, pictures


Point = tuple[float, float]


def _strokes(item: pdfium.PdfObject, matrix: pdfium.PdfMatrix, upright: _Upright) -> Iterator[tuple[Point, Point]]:
    """The straight lines a path draws: its stroked segments, and filled rectangles as thin as a line."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, fill, stroke)
    count = raw.FPDFPath_CountSegments(item)
    if not (fill.value or stroke.value) or count > 4000:
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    parts: list[list[Point]] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        kind = raw.FPDFPathSegment_GetType(segment)
        point = upright(*matrix.on_point(x.value, y.value))
        if kind == raw.FPDF_SEGMENT_MOVETO or not parts:
            parts.append([point])
        else:
            parts[-1].append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            parts[-1].append(parts[-1][0])
    for points in parts:
        if stroke.value:
            yield from pairwise(points)
            continue
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if max(ys) - min(ys) <= THIN < max(xs) - min(xs):
            yield (min(xs), (min(ys) + max(ys)) / 2), (max(xs), (min(ys) + max(ys)) / 2)
        elif max(xs) - min(xs) <= THIN < max(ys) - min(ys):
            yield ((min(xs) + max(xs)) / 2, min(ys)), ((min(xs) + max(xs)) / 2, max(ys))


def _merged(edges: list[Edge]) -> list[Edge]:
    """Lines on one another and the pieces of broken ones as single lines."""
    levels = _clusters([edge.at for edge in edges])
    found: list[Edge] = []
    by_level: dict[float, list[Edge]] = {}
    for edge in edges:
        by_level.setdefault(_nearest(levels, edge.at), []).append(edge)
    for at, group in by_level.items():
        group.sort(key=lambda edge: edge.start)
        start, end = group[0].start, group[0].end
        for edge in group[1:]:
            if edge.start > end + GAP:
                found.append(Edge(at, start, end))
                start, end = edge.start, edge.end
            end = max(end, edge.end)
        found.append(Edge(at, start, end))
    return [edge for edge in found if edge.end - edge.start > 4]


def _clusters(values: Sequence[float]) -> list[float]:
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][0] <= SNAP:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _nearest(levels: list[float], value: float) -> float:
    at = bisect_right(levels, value)
    return min(levels[max(at - 1, 0) : at + 1], key=lambda level: abs(level - value))


class _Sets:
    """Which of some numbered things belong together."""

    def __init__(self, size: int):
        self.parent = list(range(size))

    def root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = number = self.parent[self.parent[number]]
        return number

    def join(self, one: int, other: int) -> None:
        self.parent[self.root(one)] = self.root(other)


class Frame:
    """A table as its lines enclose it: the cells between neighbouring lines, joined where no line parts them."""

    def __init__(self, across: list[Edge], down: list[Edge]):
        self.xs = _clusters([e.at for e in down] + [x for e in across for x in (e.start, e.end)])
        self.ys = _clusters([e.at for e in across] + [y for e in down for y in (e.start, e.end)])
        self.columns, self.rows = len(self.xs) - 1, len(self.ys) - 1
        self.is_table = self.columns >= 2 and self.rows >= 1 and self.columns * self.rows < MAX_CELLS
        self.sets = _Sets(self.columns * self.rows if self.is_table else 0)
        if self.is_table:
            self._join(across, down)

    def _join(self, across: list[Edge], down: list[Edge]) -> None:
        """Joins the cells that no line parts."""
        for column in range(1, self.columns):
            edges = _lying_at(down, self.xs[column])
            for row, (low, high) in enumerate(pairwise(self.ys)):
                if not _drawn(edges, (low + high) / 2):
                    self.sets.join(row * self.columns + column - 1, row * self.columns + column)
        for row in range(1, self.rows):
            edges = _lying_at(across, self.ys[row])
            for column, (low, high) in enumerate(pairwise(self.xs)):
                if not _drawn(edges, (low + high) / 2):
                    self.sets.join((row - 1) * self.columns + column, row * self.columns + column)

    def holds(self, char: Char) -> bool:
        x = (char.left + char.right) / 2
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= char.middle <= self.ys[-1]

    def cell_at(self, char: Char) -> int:
        x = (char.left + char.right) / 2
        column = min(max(bisect_right(self.xs, x) - 1, 0), self.columns - 1)
        row = min(max(bisect_right(self.ys, char.middle) - 1, 0), self.rows - 1)
        return self.sets.root(row * self.columns + column)

    def grid(self, chars: Sequence[Char], page: int, name: str) -> Grid:
        """The cells from the top with the characters inside them."""
        inside: dict[int, list[Char]] = {}
        for char in chars:
            inside.setdefault(self.cell_at(char), []).append(char)
        slots: dict[int, Slot] = {}
        rows = []
        for number, row in enumerate(range(self.rows - 1, -1, -1), 1):
            cells = []
            for column in range(self.columns):
                root = self.sets.root(row * self.columns + column)
                if root not in slots:
                    text = "\n".join(_line_text(line) for line in _lines(inside.get(root, [])))
                    slots[root] = Slot(text, f"第 {page} 页{name}第 {number} 行第 {column + 1} 格")
                cells.append(slots[root])
            rows.append(tuple(cells))
        return Grid(tuple(rows), f"第 {page} 页{name}")


def _lying_at(edges: list[Edge], at: float) -> list[Edge]:
    return [edge for edge in edges if abs(edge.at - at) <= SNAP]


def _drawn(edges: list[Edge], place: float) -> bool:
    return any(edge.start - 1 <= place <= edge.end + 1 for edge in edges)


def _frames(page: Page) -> list[Frame]:
    """The tables of a page: lines that touch one another. A page with too many lines or tables is a drawing."""
    if len(page.across) * len(page.down) > MAX_CROSSINGS:
        return []
    edges = [(edge, True) for edge in page.across] + [(edge, False) for edge in page.down]
    sets = _Sets(len(edges))
    for one, level in enumerate(page.across):
        for number, upright in enumerate(page.down, len(page.across)):
            if (
                level.start - GAP <= upright.at <= level.end + GAP
                and upright.start - GAP <= level.at <= upright.end + GAP
            ):
                sets.join(one, number)
    groups: dict[int, tuple[list[Edge], list[Edge]]] = {}
    for number, (edge, is_level) in enumerate(edges):
        groups.setdefault(sets.root(number), ([], []))[0 if is_level else 1].append(edge)
    frames = [Frame(across, down) for across, down in groups.values() if len(across) >= 2 and down]
    tables = [frame for frame in frames if frame.is_table]
    return tables if len(tables) <= MAX_TABLES else []


def _lines(chars: Sequence[Char]) -> list[list[Char]]:
    """Characters as lines from the top, each from left to right."""
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: (-c.base, c.left)):
        if lines and abs(lines[-1][0].base - char.base) <= 0.4 * max(char.size, 4):
            lines[-1].append(char)
        else:
            lines.append([char])
    return [sorted(line, key=lambda c: c.left) for line in lines if any(not c.text.isspace() for c in line)]


def _line_text(line: Sequence[Char], gap: str = " ") -> str:
    """The text of a line, ``gap`` where the characters stand apart."""
    words = ""
    before: Char | None = None
    for char in line:
        if char.text.isspace():
            words += " " if words and not words.endswith((" ", "\t")) else ""
            continue
        apart = char.left - before.right if before else 0.0
        wide = max(char.size, 6)
        spread = before is not None and before.text.isascii() != char.text.isascii()  # as justified text parts them
        if before and apart > (0.7 if gap == "\t" or spread else 0.33) * wide:
            words = words.rstrip(" ") + (gap if apart > wide * 0.7 else " ")
        words += char.text
        before = char
    return words.strip()


class _Loose(NamedTuple):
    """A line of text outside tables."""

    text: str
    left: float
    right: float
    top: float
    size: float
    number: int


class _Content(NamedTuple):
    """What a page holds: its tables with the characters in them, and the lines of text outside of tables."""

    page: Page
    tables: list[tuple[Frame, list[Char]]]
    loose: list[_Loose]


class _Margins(NamedTuple):
    """Where full lines of text begin and end."""

    left: float
    right: float


def _joined(pages: list[Page], ruled: bool) -> Iterator[list[Block]]:
    """The blocks of every page, a paragraph that goes on over lines or pages as one."""
    contents = _without_running_lines([_content(page, ruled) for page in pages])
    margins = _margins([line for content in contents for line in content.loose])
    pending: Paragraph | None = None
    for content in contents:
        blocks, cut = _blocks(content, ruled, margins)
        if pending and blocks and cut[0] and isinstance(first := blocks[0], Paragraph):
            blocks[0] = Paragraph(pending.text + first.text, pending.place)
        elif pending:
            yield [pending]
        pending = None
        if blocks and cut[1] and isinstance(last := blocks[-1], Paragraph):
            pending = last
            blocks.pop()
        yield blocks
    if pending:
        yield [pending]


def _content(page: Page, ruled: bool) -> _Content:
    frames = _frames(page) if ruled else []
    inside: dict[int, list[Char]] = {}
    outside: list[Char] = []
    for char in page.chars:
        number = next((n for n, frame in enumerate(frames) if frame.holds(char)), None)
        if number is None:
            outside.append(char)
        else:
            inside.setdefault(number, []).append(char)
    gap = " " if ruled else "\t"
    loose = [
        _Loose(_SPREAD.sub("", _line_text(line, gap)), line[0].left, line[-1].right, line[0].base, line[0].size, number)
        for number, line in enumerate(_lines(outside), 1)
    ]
    names = sorted(inside, key=lambda n: -frames[n].ys[-1])
    return _Content(page, [(frames[n], inside[n]) for n in names], loose)


def _without_running_lines(contents: list[_Content]) -> list[_Content]:
    """The pages without page numbers and without the lines that stand in one place above or below the text of
    several pages: a browser prints title, address and date there."""

    def outer(content: _Content, line: _Loose) -> bool:
        return not 0.12 < line.top / content.page.height < 0.9

    def running(line: _Loose) -> tuple[int, str]:
        return round(line.top / 4), re.sub(r"\d+", "", line.text)

    met = Counter(running(line) for content in contents for line in content.loose if outer(content, line))
    return [
        content._replace(
            loose=[
                line
                for line in content.loose
                if not outer(content, line) or not (_PAGE_NUMBER.fullmatch(line.text.strip()) or met[running(line)] > 1)
            ]
        )
        for content in contents
    ]


def _margins(lines: list[_Loose]) -> _Margins:
    """The left margin of the text, and the right one as the place where most long lines end."""
    if not lines:
        return _Margins(0.0, 0.0)
    lines = [line for line in lines if len(re.findall(_HAN, line.text)) > 15] or lines  # not the rows of a table
    widest = max(line.right - line.left for line in lines)
    long = [line.right for line in lines if line.right - line.left > 0.6 * widest]
    ends = _clusters(long)
    met = Counter(_nearest(ends, right) for right in long)
    return _Margins(min(line.left for line in lines), max(ends, key=lambda end: (met[end], end)))


def _first_word(line: _Loose) -> float:
    """The width of what a line begins with and cannot be parted: a line that goes on had no room left for it."""
    word = re.match(r"(?:[0-9A-Za-z.,%/:\-]+|.)[，。；：、）》”！？]*", line.text)
    return sum(0.5 if c.isascii() else 1.0 for c in word[0]) * line.size if word else 0.0


def _goes_on(before: _Loose, line: _Loose, right: float) -> bool:
    """Whether a line carries on the text of the one before it, which had no room left."""
    full = before.right + _first_word(line) >= right - 0.6 * before.size
    point = _POINT.match(line.text) and before.text.endswith(("。", "；"))
    return full and not point and not _HEADING.match(line.text)


def _blocks(content: _Content, ruled: bool, margins: _Margins) -> tuple[list[Block], tuple[bool, bool]]:
    """(blocks from the top; whether the first goes on from the page before, and the last onto the next)."""
    page, tables, loose = content
    placed: list[tuple[float, _Loose | Grid]] = [(line.top, line) for line in loose]
    for order, (frame, chars) in enumerate(tables, 1):
        name = f"第 {order} 个表格" if len(tables) > 1 else "表格"
        placed.append((frame.ys[-1], frame.grid(chars, page.number, name)))
    placed.sort(key=lambda entry: -entry[0])
    left, right = margins
    blocks: list[Block] = []
    before: _Loose | None = None
    first_goes_on = False
    for _, item in placed:
        if isinstance(item, Grid):
            blocks.append(item)
            before = None
            continue
        starts_flush = item.left <= left + 0.9 * item.size
        if not blocks:
            first_goes_on = starts_flush
        above = blocks[-1] if blocks else None
        goes_on = before is not None and starts_flush and _goes_on(before, item, right)
        if isinstance(above, Paragraph) and goes_on and ruled and "\t" not in item.text:
            blocks[-1] = Paragraph(above.text + item.text, above.place)
        else:
            blocks.append(Paragraph(item.text, f"第 {page.number} 页第 {item.number} 行文字", printed=True))
        before = item
    room = 1.6 if before is not None and re.search(r"[。；！？：]$", before.text) else 4  # a number keeps together
    last_goes_on = ruled and before is not None and before.right >= right - room * before.size
    return blocks, (first_goes_on and ruled, last_goes_on)


class _Piece(NamedTuple):
    """A piece of a line, parted from the next by a wide gap."""

    text: str
    left: float
    right: float
    base: float


def _pieces(line: Sequence[Char]) -> list[_Piece]:
    found: list[list[Char]] = []
    for char in line:
        if char.text.isspace():
            continue
        if found and char.left - found[-1][-1].right <= 0.7 * max(char.size, 6):
            found[-1].append(char)
        else:
            found.append([char])
    return [_Piece(_line_text(part), part[0].left, part[-1].right, part[0].base) for part in found]


def _rows_by_figures(page: Page) -> list[Block]:
    """Every line that ends in five figures or more as a row of its own, with the label around it: the lines of a
    label stand above and below the figures they belong to. Which label is nearest is a guess for the balances to
    confirm."""
    lines = [_pieces(line) for line in _lines(page.chars)]
    starts = [_figures_from(line) for line in lines]
    rows = [number for number, start in enumerate(starts) if len(lines[number]) - start >= 5]
    levels = sorted((lines[row][-1].base, row) for row in rows)
    labels: dict[int, list[_Piece]] = {number: list(lines[number][: starts[number]]) for number in rows}
    blocks: dict[int, list[Block]] = {}
    for number, line in enumerate(lines):
        if number in labels:
            continue
        for piece in line:
            first = bisect_left(levels, (piece.base - BESIDE, 0))
            last = bisect_right(levels, (piece.base + BESIDE, len(lines)))
            near = min(levels[first:last], key=lambda at: (abs(at[0] - piece.base), at[1]), default=(0.0, None))[1]
            if near is not None and piece.right < lines[near][starts[near]].left and not _HEADING.match(piece.text):
                labels[near].append(piece)
            else:
                blocks.setdefault(number, []).append(Paragraph(piece.text, f"第 {page.number} 页", printed=True))
    for number in rows:
        place = f"第 {page.number} 页第 {number + 1} 行文字"
        cells = [Slot(text, place, sure=False) for text in _beside(labels[number])]
        cells += [Slot(piece.text, place, sure=False) for piece in lines[number][starts[number] :]]
        blocks[number] = [Grid((tuple(cells),), place, aligned=False)]
    return [block for number in sorted(blocks) for block in blocks[number]]


def _figures_from(line: list[_Piece]) -> int:
    """Where the figures begin that a line ends in."""
    start = len(line)
    while start and looks_like_figure(line[start - 1].text):
        start -= 1
    return start


def _beside(pieces: list[_Piece]) -> list[str]:
    """Pieces above one another as one text, those side by side from left to right."""
    columns: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.left):
        last = columns[-1] if columns else None
        if last and piece.left < max(other.right for other in last):
            last.append(piece)
        else:
            columns.append([piece])
    return ["\n".join(p.text for p in sorted(column, key=lambda p: -p.base)) for column in columns]
