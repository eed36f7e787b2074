"""The tables of a report as an Excel workbook: the figures as numbers, everything else as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from unicodedata import east_asian_width

from nbconvert.exporters.exporter import Exporter
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from gkstats.office import CELL_LIMIT, workbook_bytes, write_text, xml_text
from gkstats.output.blocks import blocks_of, placed, properties_of

_SHEETS = {
    "statistics": "统计指标",
    "composition": "申请人和办理结果构成",
    "failed": "数据核对",
    "rules": "数据核对",
    "provenance": "编制信息",
}
"""Id of a table that is not an official one → its sheet; an official table has its own, named after it."""

_SONG, _HEI = "宋体", "黑体"
_SIDE = Side("thin", "404040")
_BOX = Border(_SIDE, _SIDE, _SIDE, _SIDE)
_FILLS = {"head": "F5F5F5", "band": "F5F5F5", "fail": "F6D3CC", "unknown": "F1EAD2"}
_INKS = {"fail": "8C1D0F", "unknown": "6B5310", "pass": "1F5C3A"}
_SIGNS = {"pass": "√ ", "fail": "× ", "unknown": "？ "}
_TALL = 9  # rows; a label beside more of them stands upright
_BREADTH = {"form": 84, "dense": 118, "list": 112}  # of a table, in characters
_SIZE, _LINE = 11, 15.5  # points
_TITLE_ROWS = 2

# Excel keeps 15 digits: a longer number would be changed, and stays text.
_WHOLE, _DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})"), re.compile(r"-?(0|[1-9]\d*)\.(\d+)(%?)|-?(0|[1-9]\d{0,9})%")


class GkXLSXExporter(Exporter):
    """nbconvert exporter of an executed notebook to a workbook of its tables."""

    export_from_notebook = "政府信息公开年报 Excel"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def _file_extension_default(self) -> str:
        return ".xlsx"

    def from_notebook_node(self, nb, resources=None, **kw) -> tuple[bytes, dict]:
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return to_xlsx(blocks_of(notebook)), resources


def to_xlsx(blocks: Sequence[dict]) -> bytes:
    """The tables among the blocks (see ``gkstats.page``) as a workbook, one sheet for each official table, with
    the texts that stand before the tables of the appendices; the same bytes for the same blocks."""
    about = properties_of(blocks)
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = xml_text(about.title)
    workbook.properties.creator = xml_text(about.author) or "gkstats"
    sheets: dict[str, Worksheet] = {}
    texts: list[dict] = []
    appended = False
    for block in blocks:
        if block["kind"] == "appendix":
            appended = True
        elif block["kind"] == "heading":
            texts = []
        elif block["kind"] in ("paragraph", "verdict") and appended:
            texts.append(block)
        elif block["kind"] == "table":
            name = _SHEETS.get(block["id"]) or block["caption"].partition(" ")[0]
            if block["id"] not in _SHEETS or name not in sheets:
                sheets[name] = _sheet(workbook, name, about.title, block)
            _fill(sheets[name], texts, block)
            texts = []
    if not workbook.worksheets:
        write_text(workbook.create_sheet("说明")["A1"], "这份报告没有表格。")
    return workbook_bytes(workbook, about.dated)


def _sheet(workbook: Workbook, name: str, title: str, block: dict) -> Worksheet:
    """A new sheet under the title of the report, with the columns of its first table."""
    # What Excel does not allow in the name of a sheet; openpyxl gives a second one of a name a number.
    sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", xml_text(name)).strip()[:28] or "表")
    total = sum(block["widths"])
    for number, width in enumerate(block["widths"], 1):
        sheet.column_dimensions[get_column_letter(number)].width = round(_BREADTH[block["style"]] * width / total, 2)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if len(block["widths"]) > 12 else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "— &P —"
    columns = len(block["widths"])
    _line(sheet, columns, title, Font(_HEI, 14), Alignment("center", "center", wrap_text=True))
    return sheet


def _fill(sheet: Worksheet, texts: Sequence[dict], block: dict) -> None:
    """Adds texts and a table below what the sheet has."""
    columns = len(block["widths"])
    wrapped = Alignment("left", "center", wrap_text=True)
    for text in texts:
        ink = _INKS.get(text.get("status", ""))
        words = _SIGNS.get(text.get("status", ""), "") + text.get("lead", "") + text["text"]
        _line(sheet, columns, words, Font(_HEI if ink else _SONG, _SIZE, color=ink), wrapped)
    _line(sheet, columns, block["caption"], Font(_HEI, _SIZE), Alignment("center", "center", wrap_text=True))
    top = _next_row(sheet)
    rows = [*block["head"], *block["body"]]
    breadths = [sheet.column_dimensions[get_column_letter(n)].width or 8 for n in range(1, columns + 1)]
    lines = [1] * len(rows)
    for y, x, part in placed(rows):
        first = sheet.cell(top + y, x + 1)
        _write(first, part)
        for down in range(part["rows"]):
            for right in range(part["span"]):
                _frame(sheet.cell(top + y + down, x + 1 + right), part, block["style"])
        if part["rows"] > 1 or part["span"] > 1:
            last = (top + y + part["rows"] - 1, x + part["span"])
            sheet.merge_cells(None, top + y, x + 1, *last)
        if part["rows"] == 1:
            lines[y] = max(lines[y], text_lines(part["text"], sum(breadths[x : x + part["span"]])))
    for y, count in enumerate(lines):
        sheet.row_dimensions[top + y].height = min(409, count * _LINE + 5)  # 409: the highest row Excel has
    if top <= _TITLE_ROWS + 1 and block["head"]:
        sheet.freeze_panes = sheet.cell(top + len(block["head"]), 1)
        sheet.print_title_rows = f"{top}:{top + len(block['head']) - 1}"
    sheet.append([])


def _next_row(sheet: Worksheet) -> int:
    return 1 if sheet.max_row == 1 and sheet["A1"].value is None else sheet.max_row + 1


def _line(sheet: Worksheet, columns: int, text: str, font: Font, alignment: Alignment) -> None:
    """A line of text across the columns."""
    row = _next_row(sheet)
    cell = sheet.cell(row, 1)
    write_text(cell, text[:CELL_LIMIT])
    cell.font, cell.alignment = font, alignment
    breadth = sum(sheet.column_dimensions[get_column_letter(n)].width or 8 for n in range(1, columns + 1))
    sheet.row_dimensions[row].height = min(409, text_lines(text, breadth) * (font.size or _SIZE) * 1.4 + 5)
    if columns > 1:
        sheet.merge_cells(None, row, 1, row, columns)


def text_lines(text: str, breadth: float) -> int:
    """About how many lines a text takes in a column of that many characters."""
    wide = (sum(2.1 if east_asian_width(c) in "WFA" else 1.05 for c in line) for line in text.split("\n"))
    return sum(max(1, ceil(each / max(breadth - 1, 1))) for each in wide)


def _write(cell: Cell, part: dict) -> None:
    """A figure as a number that looks as given, anything else as text."""
    text = part["text"]
    if part["role"] == "figure" and _WHOLE.fullmatch(text):
        cell.value, cell.number_format = int(text), "0"
    elif part["role"] == "figure" and (found := _DECIMAL.fullmatch(text)) and len(re.sub(r"\D", "", text)) <= 15:
        percent = text.endswith("%")
        places = f".{'0' * len(found[2])}" if found[2] else ""
        cell.value = Decimal(text.rstrip("%")).scaleb(-2 if percent else 0)
        cell.number_format = f"0{places}{'%' if percent else ''}"
    elif text:
        write_text(cell, text[:CELL_LIMIT])


def _frame(cell: Cell, part: dict, style: str) -> None:
    """The look of a cell, and of each that a merged one covers."""
    tall = part["role"] == "label" and part["rows"] > _TALL
    left = part["role"] in ("text", "band") or (part["role"] == "label" and style != "form" and not tall)
    fill = _FILLS.get(part["mark"]) or _FILLS.get(part["role"])
    cell.border = _BOX
    cell.font = Font(
        _HEI if part["role"] in ("head", "band") else _SONG,
        _SIZE,
        bold=part["mark"] == "fail",
        color=_INKS["fail"] if part["mark"] == "fail" else None,
    )
    # 255: one character below the other
    cell.alignment = Alignment("left" if left else "center", "center", 255 if tall else 0, wrap_text=True)
    if fill:
        cell.fill = PatternFill("solid", fill)
