"""The report as a Word file in the layout of GB/T 9704-2012, for offices that go on editing it.

The look stands in ``word/styles.xml``; here the blocks become paragraphs and tables in those styles. The XML is
written directly: merged cells through a library's own merging take twenty times as long, and a library's template
brings some 200 styles of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import NamedTuple
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from nbconvert.exporters.exporter import Exporter

from gkstats.office import package, xml_text
from gkstats.output.blocks import Properties, blocks_of, placed, properties_of, shows_caption
from gkstats.output.picture import Picture, picture_of

_FIXED_PARTS = Path(__file__).parent / "word"

# Twentieths of a point. 5.2: A4, margins 37, 35, 28, 26 mm; 22 lines of 28 characters on 156 mm × 225 mm. The
# footer stands 7 mm below the text.
_PAGE, _MARGINS, _FOOTER = (11906, 16838), {"top": 2098, "right": 1474, "bottom": 1984, "left": 1587}, 1270
_WIDTH = _PAGE[0] - _MARGINS["left"] - _MARGINS["right"]
_HEIGHT = _PAGE[1] - _MARGINS["top"] - _MARGINS["bottom"]
_LINE = 579

_TITLE_SIZE = 440
_EMU = 635  # of a twentieth of a point, in the units of drawings

_TWO_CHARACTER_WORDS = re.compile("(?:[\u4e00-\u9fff]{2}){2,4}")
_NUMBER = re.compile("[!-~]+")
_LONG_TOKEN = re.compile("[!-~]{17,}")
_TALL = 9  # rows; a label beside more of them stands upright

_SIGNS = {"pass": "√", "fail": "×", "unknown": "？"}
_INKS = {"pass": "1F5C3A", "fail": "8C1D0F", "unknown": "6B5310"}
_FILLS = {"fail": "F6D3CC", "unknown": "F1EAD2"}
_SHADE = "F5F5F5"


class _Style(NamedTuple):
    """How a kind of table is set: paragraph style, size and line of its text, space beside the text of a cell and,
    from roomy to tight, above it; ``whole`` is the height up to which a table is never divided."""

    name: str
    size: int
    line: int
    side: int
    above: tuple[int, ...]
    whole: int


_OFFICIAL = _HEIGHT - _LINE * 3 // 2  # a page below the heading of the section
_STYLES = {
    "form": _Style("TableForm", 240, 336, 80, (130, 80), _OFFICIAL),
    "dense": _Style("TableDense", 180, 234, 50, (96, 84, 64, 44, 30), _OFFICIAL),
    "list": _Style("TableText", 190, 276, 80, (58,), _HEIGHT // 3),
}


class GkDOCXExporter(Exporter):
    """nbconvert exporter of an executed notebook to a Word file.

    Raises PrintError for a figure that is not a drawing."""

    export_from_notebook = "政府信息公开年报 Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def _file_extension_default(self) -> str:
        return ".docx"

    def from_notebook_node(self, nb, resources=None, **kw) -> tuple[bytes, dict]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return to_docx(blocks_of(notebook)), resources


def to_docx(blocks: Sequence[dict]) -> bytes:
    """The blocks (see ``gkstats.page``) as a Word file; the same bytes for the same blocks. A character that XML
    cannot hold is shown as \N{REPLACEMENT CHARACTER}. Raises PrintError for a figure that is not a drawing."""
    writer = _Writer()
    body = "".join(writer.body(blocks))
    pictures = {f"word/media/image{number}.png": picture.png for number, picture in enumerate(writer.pictures, 1)}
    return package(
        {
            "[Content_Types].xml": _content_types(),
            "_rels/.rels": _relationships(_PACKAGE_TARGETS),
            "docProps/core.xml": _core(properties_of(blocks)),
            "word/document.xml": _document(body),
            "word/_rels/document.xml.rels": _relationships(
                _DOCUMENT_TARGETS | {f"image{n}": (f"{_R}/image", f"media/image{n}.png") for n in _numbers(pictures)}
            ),
            **_fixed_parts(),
            **pictures,
        }
    )


class _Writer:
    """Blocks to the body of ``document.xml``; keeps the pictures it meets and whether the appendix has begun."""

    def __init__(self):
        self.pictures: list[Picture] = []
        self.appended = self.page_break = False

    def body(self, blocks: Sequence[dict]) -> Iterator[str]:
        for above, block in pairwise([{"kind": ""}, *blocks]):
            if block["kind"] == "appendix":
                self.appended = self.page_break = True
            elif block["kind"] == "table":
                yield self._table(block, above["text"] if above["kind"] == "heading" else "")
            else:
                yield getattr(self, f"_{block['kind']}")(block)

    def _paragraph_of(self, style: str, runs: str, properties: str = "", keep: bool | None = None) -> str:
        """A paragraph; the first of an appendix starts a page."""
        start = "<w:pageBreakBefore/>" if self.page_break else ""
        self.page_break = False
        return _p(style, runs, start + properties, keep)

    def _title(self, block: dict) -> str:
        return self._paragraph_of("Title", _r("\n".join(_title_lines(block["text"]))))

    def _heading(self, block: dict) -> str:
        style = f"{'AppendixHeading' if self.appended else 'Heading'}{block['level']}"
        return self._paragraph_of(style, _r(block["text"]))

    def _paragraph(self, block: dict) -> str:
        style = "AppendixText" if self.appended else "BodyText"
        first, *more = (line.strip() for line in xml_text(block["text"]).split("\n"))
        lead = _r(block["lead"], '<w:rStyle w:val="Lead"/>') if block["lead"] else ""
        if "parts" in block:
            return self._paragraph_of(style, lead + "".join(map(_part, block["parts"])))
        lines = [lead + _r(first), *(_r(line) for line in more if line)]
        # Justified, a line before a token too long for it would be stretched by programs that do not break within.
        loose = _broken_anywhere(block["text"])
        loose += '<w:jc w:val="left"/>' if loose else ""
        return "".join(self._paragraph_of(style, line, loose) for line in lines)

    def _verdict(self, block: dict) -> str:
        ink = _INKS[block["status"]]
        sides = "".join(
            f'<w:{side} w:val="single" w:sz="{24 if side == "left" else 4}" w:space="6" w:color="{ink}"/>'
            for side in ("top", "left", "bottom", "right")
        )
        text = f"{_SIGNS[block['status']]}  {block['text']}"
        return self._paragraph_of("Verdict", _r(text, f'<w:color w:val="{ink}"/>'), f"<w:pBdr>{sides}</w:pBdr>")

    def _verbatim(self, block: dict) -> str:
        return self._paragraph_of("Verbatim", _r(block["text"].rstrip("\n")))

    def _figure(self, block: dict) -> str:
        picture = picture_of(block["svg"])
        self.pictures.append(picture)
        number = len(self.pictures)
        caption = _p("Caption", _r(block["caption"])) if block["caption"] else ""
        scale = min(1, _WIDTH / 20 / picture.width, (_HEIGHT - 3 * _LINE) / 20 / picture.height)
        size = [round(20 * scale * side) * _EMU for side in (picture.width, picture.height)]
        alt = block["alt"] or block["caption"] or "图"
        drawing = _drawing(number, *size, alt)
        return self._paragraph_of("Picture", f"<w:r>{drawing}</w:r>", keep=bool(caption)) + caption

    def _table(self, block: dict, heading: str) -> str:
        captioned = shows_caption(block, heading)
        start = self._paragraph_of("AfterTable", "") if self.page_break else ""
        caption = _p("Caption", _r(block["caption"]), keep=True) if captioned else ""
        # Two tables without a paragraph between them would be one.
        return start + caption + _tbl(block, captioned) + _p("AfterTable", "")


def _r(text: str, properties: str = "") -> str:
    """A run of text. The hint makes “ ” … — Chinese signs: their code points alone do not say so."""
    style, _, rest = properties.partition("/>") if properties.startswith("<w:rStyle") else ("", "", properties)
    properties = f'{style and style + "/>"}<w:rFonts w:hint="eastAsia"/>{rest}'
    lines = xml_text(text).split("\n")
    content = "<w:br/>".join(
        "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in line.split("\t"))
        for line in lines
    )
    return f"<w:r><w:rPr>{properties}</w:rPr>{content}</w:r>"


def _p(style: str, runs: str, properties: str = "", keep: bool | None = None) -> str:
    """A paragraph; ``keep`` says whether it stays on the page of the next, where its style does not."""
    kept = {None: "", True: "<w:keepNext/>", False: '<w:keepNext w:val="0"/>'}[keep]
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}{properties}</w:pPr>{runs}</w:p>'


def _broken_anywhere(text: str) -> str:
    """Lets a token too long for a line, such as a SHA-256, break within."""
    return '<w:wordWrap w:val="0"/>' if _LONG_TOKEN.search(text) else ""


def _breadth(text: str) -> float:
    """The width of a text in characters of full width: a Chinese character is one, a letter or digit half."""
    return sum(1 if east_asian_width(c) in "WFA" else 0.5 for c in text)


def _title_lines(text: str) -> Iterator[str]:
    """The lines of a title: as given, body and year; one wider than the page is divided before its year, then into
    like lengths."""
    for line in xml_text(text).split("\n"):
        wide = _breadth(line) * _TITLE_SIZE > _WIDTH
        for part in re.split(r"(?=\d{4}年)", line) if wide else [line]:
            count = max(1, ceil(_breadth(part) * _TITLE_SIZE / _WIDTH))
            length = ceil(len(part) / count)
            yield from (part[at : at + length] for at in range(0, len(part), length or 1))


def _tbl(block: dict, captioned: bool) -> str:
    style = _STYLES[block["style"]]
    rows = [*block["head"], *block["body"]]
    widths = _widths(block["widths"])
    room = style.whole - (_LINE if captioned else 0)
    heights = [[_row_height(row, widths, style, above) for row in _cells_of(rows)] for above in style.above]
    choice = next((number for number, each in enumerate(heights) if sum(each) <= room), None)
    whole, tallest = choice is not None, heights[choice or 0]
    keep = [whole and number < len(rows) - 1 for number in range(len(rows))]
    drawn = [
        _tr(cells, widths, style, keep[number], head=number < len(block["head"]), split=tallest[number] > room)
        for number, cells in enumerate(_with_continued(rows))
    ]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    above, side = style.above[choice or 0], style.side
    margins = "".join(
        f'<w:{name} w:w="{value}" w:type="dxa"/>'
        for name, value in (("top", above), ("left", side), ("bottom", above), ("right", side))
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="OfficialTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
        f'<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1"'
        f' w:noVBand="1"/><w:tblCaption w:val={_attribute(block["caption"])}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(drawn)}</w:tbl>"
    )


def _widths(shares: Sequence[float]) -> list[int]:
    """The widths of the columns, together exactly the width of the text."""
    total, ends, share_so_far = sum(shares), [0], 0.0
    for share in shares:
        share_so_far += share
        ends.append(round(_WIDTH * share_so_far / total))
    return [right - left for left, right in pairwise(ends)]


def _cells_of(rows: Sequence[list[dict]]) -> list[list[tuple[int, dict]]]:
    """(column, cell) of the cells that begin in each row."""
    found: list[list[tuple[int, dict]]] = [[] for _ in rows]
    for y, x, cell in placed(rows):
        found[y].append((x, cell))
    return found


def _with_continued(rows: Sequence[list[dict]]) -> list[list[tuple[int, dict, bool]]]:
    """(column, cell, whether it continues from above) of every cell of each row, as Word wants them."""
    found: list[list[tuple[int, dict, bool]]] = [[] for _ in rows]
    for y, x, cell in placed(rows):
        for down in range(cell["rows"]):
            found[y + down].append((x, cell, down > 0))
    return [sorted(row, key=lambda entry: entry[0]) for row in found]


def _row_height(row: list[tuple[int, dict]], widths: Sequence[int], style: _Style, above: int) -> int:
    """About how high a row is; a label beside several rows takes what they have."""
    lines = [1]
    for x, cell in row:
        if cell["rows"] == 1:
            room = sum(widths[x : x + cell["span"]]) - 2 * style.side
            text = _set_in_words(cell, room, style)
            lines.append(sum(max(1, ceil(_breadth(line) * style.size / room)) for line in text.split("\n")))
    return max(lines) * style.line + 2 * above + 10


def _tr(
    cells: list[tuple[int, dict, bool]], widths: Sequence[int], style: _Style, keep: bool, *, head: bool, split: bool
) -> str:
    row = "" if split else "<w:cantSplit/>"
    row += "<w:tblHeader/>" if head else ""
    drawn = "".join(
        _tc(cell, sum(widths[x : x + cell["span"]]), style, keep, continued=continued) for x, cell, continued in cells
    )
    return f"<w:tr>{f'<w:trPr>{row}</w:trPr>' if row else ''}{drawn}</w:tr>"


def _tc(cell: dict, width: int, style: _Style, keep: bool, *, continued: bool) -> str:
    tall = cell["role"] == "label" and cell["rows"] > _TALL
    fill = _FILLS.get(cell["mark"]) or (_SHADE if cell["role"] in ("head", "band") else "")
    properties = [f'<w:tcW w:w="{width}" w:type="dxa"/>']
    if cell["span"] > 1:
        properties.append(f'<w:gridSpan w:val="{cell["span"]:d}"/>')
    if cell["rows"] > 1:
        properties.append(f'<w:vMerge w:val="{"continue" if continued else "restart"}"/>')
    if fill:
        properties.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>')
    if cell["role"] == "figure":  # a number may use nearly the whole width of its column
        sides = "".join(f'<w:{side} w:w="{style.side // 2}" w:type="dxa"/>' for side in ("left", "right"))
        properties.append(f"<w:tcMar>{sides}</w:tcMar>")
    if tall:  # 三、本年度办理结果 stands upright beside its rows, one character below the other
        properties.append('<w:textDirection w:val="tbRlV"/>')
    properties.append('<w:vAlign w:val="center"/>')
    paragraph = _cell_paragraph(cell, width, style, keep, tall, "" if continued else None)
    return f"<w:tc><w:tcPr>{''.join(properties)}</w:tcPr>{paragraph}</w:tc>"


def _cell_paragraph(cell: dict, width: int, style: _Style, keep: bool, tall: bool, text: str | None) -> str:
    room = width - 2 * style.side
    text = _set_in_words(cell, room, style) if text is None else text
    left = cell["role"] in ("text", "band") or (cell["role"] == "label" and style.name != "TableForm" and not tall)
    properties = _broken_anywhere(text) + f'<w:jc w:val="{"left" if left else "center"}"/>'
    run = '<w:rStyle w:val="TableHead"/>' if cell["role"] in ("head", "band") else ""
    if cell["mark"] == "fail":
        run += f'<w:b/><w:color w:val="{_INKS["fail"]}"/>'
    if tall:
        run += '<w:spacing w:val="40"/>'
    elif size := _smaller(cell, width - style.side, style):
        run += f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return _p(style.name, (_r(text, run) if text else "") + _note(cell), properties, keep or None)


def _part(piece: dict) -> str:
    """A piece of a paragraph; a marked one is underlined in the colour of its mark."""
    ink = _INKS.get(piece["mark"])
    line = "dash" if piece["mark"] == "unknown" else "single"
    return _r(piece["text"], f'<w:color w:val="{ink}"/><w:u w:val="{line}"/>' if ink else "") + _note(piece)


def _note(piece: dict) -> str:
    """The number of the explanation of a marked figure."""
    return _r(piece["note"], '<w:vertAlign w:val="superscript"/>') if piece.get("note") else ""


def _set_in_words(cell: dict, room: int, style: _Style) -> str:
    """The text of a cell with the line ends its look needs: short heads of the official forms are made of
    two-character words, which stay whole in a narrow column; the number of a group stands above its name."""
    text = cell["text"]
    if cell["role"] == "label" and 1 < cell["rows"] <= _TALL:
        return re.sub("^（.）", r"\g<0>\n", text)
    if cell["role"] != "figure" and _TWO_CHARACTER_WORDS.fullmatch(text) and len(text) * style.size > room:
        length = max(2, room // style.size // 2 * 2)
        return "\n".join(text[at : at + length] for at in range(0, len(text), length))
    return text


def _smaller(cell: dict, room: int, style: _Style) -> int:
    """The size, in half points, of a number too long for its column, which is set smaller rather than divided; 0
    for any other text."""
    text = cell["text"]
    if cell["role"] != "figure" or not _NUMBER.fullmatch(text) or _breadth(text) * style.size <= room:
        return 0
    return max(8, int(room / _breadth(text) / 10))


def _drawing(number: int, width: int, height: int, alt: str) -> str:
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="图 {number}" descr={_attribute(alt)}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="image{number}.png"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="image{number}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing>"
    )


def _attribute(text: str) -> str:
    return quoteattr(xml_text(text), {"\n": "&#10;", "\t": "&#9;"})


# -- the package around the body

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPC = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"

_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": _R,
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
_PACKAGE_TARGETS = {
    "document": (f"{_R}/officeDocument", "word/document.xml"),
    "core": (f"{_OPC}/relationships/metadata/core-properties", "docProps/core.xml"),
}
_DOCUMENT_TARGETS = {
    "styles": (f"{_R}/styles", "styles.xml"),
    "settings": (f"{_R}/settings", "settings.xml"),
    "fonts": (f"{_R}/fontTable", "fontTable.xml"),
    "odd": (f"{_R}/footer", "footer-odd.xml"),
    "even": (f"{_R}/footer", "footer-even.xml"),
}
_PART_TYPES = {"styles": "styles", "settings": "settings", "fontTable": "fontTable", "footer-odd": "footer",
               "footer-even": "footer"}  # fmt: skip


@cache
def _fixed_parts() -> dict[str, bytes]:
    return {f"word/{name}.xml": (_FIXED_PARTS / f"{name}.xml").read_bytes() for name in _PART_TYPES}


def _numbers(pictures: dict) -> range:
    return range(1, len(pictures) + 1)


def _content_types() -> bytes:
    parts = {"/word/document.xml": f"{_WORD}.document.main+xml"}
    parts |= {f"/word/{name}.xml": f"{_WORD}.{kind}+xml" for name, kind in _PART_TYPES.items()}
    parts["/docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    defaults = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "png": "image/png"}
    return (
        f'{_XML}<Types xmlns="{_OPC}/content-types">'
        + "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in defaults.items())
        + "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items())
        + "</Types>"
    ).encode()


def _relationships(targets: dict[str, tuple[str, str]]) -> bytes:
    entries = "".join(
        f'<Relationship Id="{id}" Type="{kind}" Target="{target}"/>' for id, (kind, target) in targets.items()
    )
    return f'{_XML}<Relationships xmlns="{_OPC}/relationships">{entries}</Relationships>'.encode()


def _core(about: Properties) -> bytes:
    date = f"{about.dated:04d}-01-01T00:00:00Z"
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{date}</dcterms:{name}>' for name in ("created", "modified")
    )
    author = escape(xml_text(about.author))
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_OPC}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(xml_text(about.title))}</dc:title><dc:creator>{author}</dc:creator>"
        f"<cp:keywords>政府信息公开 年度报告</cp:keywords><cp:lastModifiedBy>{author}</cp:lastModifiedBy>{dates}"
        "<dc:language>zh-CN</dc:language></cp:coreProperties>"
    ).encode()


def _document(body: str) -> bytes:
    names = "".join(f' xmlns:{prefix}="{name}"' for prefix, name in _NAMESPACES.items())
    margins = "".join(f' w:{side}="{value}"' for side, value in _MARGINS.items())
    return (
        f"{_XML}<w:document{names}><w:body>{body}<w:sectPr>"
        '<w:footerReference w:type="default" r:id="odd"/><w:footerReference w:type="even" r:id="even"/>'
        f'<w:pgSz w:w="{_PAGE[0]}" w:h="{_PAGE[1]}"/>'
        f'<w:pgMar{margins} w:header="851" w:footer="{_FOOTER}" w:gutter="0"/>'
        f'<w:docGrid w:type="lines" w:linePitch="{_LINE}"/></w:sectPr></w:body></w:document>'
    ).encode()
