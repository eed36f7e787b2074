"""Word files (DOCX): paragraphs and tables with gridSpan and vMerge, read from the XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from gkstats.reading.document import MAX_GRID, MAX_TEXTS, Block, Grid, Paragraph, Slot, Way, loosened, too_large
from gkstats.reading.intake import refuse
from gkstats.reading.package import MAX_TAGS, opened, part, root

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_AROUND = {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "customXml", "moveTo")}
_GONE = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "tblPr", "sectPr")}


def read(content: bytes, name: str) -> Iterator[Way]:
    """The ways a Word file can be read: by its tables; then everything in its order. Raises ReportError for an
    archive that is damaged, too large, has macros or is no Word file."""
    document = _document(content, name)
    if any(sum(1 for _ in document.iter(f"{_W}{part}")) > MAX_TEXTS for part in ("p", "tc")):
        raise too_large("文件中的段数和格数", name)
    body = document.find(f"{_W}body")
    if body is None:
        raise refuse(name, "Word 文件没有正文", "请用 Word 或 WPS 打开后另存为 .docx")
    blocks = list(_blocks(body, _Count(), 0))
    yield Way("按表格", blocks)
    yield Way("按行", loosened(blocks))


def _document(content: bytes, name: str) -> Element:
    """The root of the main part."""
    with opened(content, name) as archive:
        if "word/document.xml" not in archive.namelist():
            found = "不是 Word 文件（压缩包里没有 word/document.xml）"
            raise refuse(name, found, "可读取的有 .docx、.xlsx、.html、.pdf 和文本")
        xml = part(archive, "word/document.xml", name)
    if xml.count(b"<") > MAX_TAGS:
        raise too_large("Word 文件的标记", name)
    return root(xml.replace(_STRICT[1:-1].encode(), _W[1:-1].encode()), name)


class _Count:
    """Numbers tables and paragraphs for the places of figures."""

    tables = paragraphs = 0


def _blocks(parent: Element, count: _Count, depth: int) -> Iterator[Block]:
    if depth > 60:
        return
    for child in parent:
        if child.tag == f"{_W}p":
            count.paragraphs += 1
            place = f"第 {count.paragraphs} 段"
            for line in _text(child).split("\n"):
                if line.strip():
                    yield Paragraph(line.strip(), place)
            # a box inside another comes with it; what is there for older programs repeats what stands beside it
            for box in _below(child, "txbxContent", lambda tag: tag != f"{_MC}Fallback"):
                yield from _blocks(box, count, depth + 1)
        elif child.tag == f"{_W}tbl":
            yield from _table(child, count, depth)
        elif child.tag not in _GONE and child.tag != f"{_MC}Fallback":
            yield from _blocks(child, count, depth + 1)


def _text(paragraph: Element) -> str:
    """The text a paragraph shows: without deletions, field codes, text boxes and hidden runs."""
    words: list[str] = []

    def visit(element: Element, depth: int) -> None:
        for child in element:
            if child.tag == f"{_W}t":
                words.append(child.text or "")
            elif child.tag == f"{_W}tab":
                words.append("\t")
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                words.append("\n")
            elif child.tag == f"{_W}noBreakHyphen":
                words.append("-")
            elif child.tag in _GONE or child.tag in (f"{_W}txbxContent", f"{_MC}Fallback", f"{_W}tbl"):
                continue
            elif depth < 60 and not _hidden(child):
                visit(child, depth + 1)

    visit(paragraph, 0)
    return "".join(words)


def _hidden(run: Element) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish") if run.tag == f"{_W}r" else None
    return vanish is not None and vanish.get(f"{_W}val", "1") not in ("0", "false")


def _table(table: Element, count: _Count, depth: int) -> Iterator[Block]:
    """The grid of a table; prose laid out as a table as paragraphs. A table with tables in its cells is a means of
    layout: what its cells hold in their order."""
    count.tables += 1
    lines = list(_children(table, "tr"))
    if any(next(_children(cell, "tbl"), None) is not None for line in lines for cell in _children(line, "tc")):
        for line in lines:
            for cell in _children(line, "tc"):
                yield from _blocks(cell, count, depth + 1)
        return
    name = f"第 {count.tables} 个表格"
    rows: list[list[Slot | None]] = []
    width = 0
    for number, line in enumerate(lines, 1):
        if line.find(f"{_W}trPr/{_W}del") is not None:
            continue
        row: list[Slot | None] = [None] * _number(line.find(f"{_W}trPr/{_W}gridBefore"), 0)
        previous_slot: Slot | None = None
        for cell in _children(line, "tc"):
            across = _number(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1)
            at = len(row)
            above = rows[-1][at] if rows and at < len(rows[-1]) else None
            texts_of = [_text(p) for p in _children(cell, "p")]
            text = "\n".join(part for part in texts_of if part.strip()).strip()
            if _continues(cell, "vMerge") and above is not None:
                slot = above
            elif _continues(cell, "hMerge") and previous_slot is not None:
                slot = previous_slot
            else:
                slot = Slot(text, f"{name}第 {number} 行第 {at + 1} 格")
            row += [slot] * across
            previous_slot = slot
        rows.append(row)
        width = max(width, len(row))
        if width * len(rows) > MAX_GRID:
            raise too_large(name)
    if not rows:
        return
    long = any(slot and len(slot.text) > 250 for row in rows for slot in row)
    if width == 1 or long:
        for row in rows:
            for slot in dict.fromkeys(slot for slot in row if slot):
                for text in slot.text.split("\n"):
                    yield Paragraph(text, slot.place)
        return
    full = all(len(row) == width for row in rows)
    yield Grid(tuple(tuple(row + [None] * (width - len(row))) for row in rows), name, aligned=full)


def _children(parent: Element, name: str) -> Iterator[Element]:
    """The children of that name, also inside content controls and insertions."""
    return _below(parent, name, _AROUND.__contains__)


def _below(parent: Element, name: str, through: Callable[[str], bool]) -> Iterator[Element]:
    """The elements of that name in their order, looked for inside others ``through`` which one may look, not inside
    one another. A file may nest deeper than functions can."""
    open_ = [*parent][::-1]
    while open_:
        element = open_.pop()
        if element.tag == f"{_W}{name}":
            yield element
        elif through(element.tag):
            open_ += [*element][::-1]


def _number(element: Element | None, otherwise: int) -> int:
    given = element.get(f"{_W}val", "") if element is not None else ""
    return min(int(given), 200) if given.isascii() and given.isdigit() and len(given) < 6 else otherwise


def _continues(cell: Element, name: str) -> bool:
    """Whether a cell goes on with the cell above (vMerge) or to its left (hMerge)."""
    merge = cell.find(f"{_W}tcPr/{_W}{name}")
    return merge is not None and merge.get(f"{_W}val", "continue") == "continue"
