"""Workbooks (XLSX) that are no form of gkstats: official tables typed into Excel, the workbook of a report.

A formula counts by the result that Excel left beside it; without one its cell is unreadable, not blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from openpyxl.cell import Cell as ExcelCell
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from gkstats.excel_form import digits_shown, formulas_and_values
from gkstats.reading.document import Block, Grid, Paragraph, Slot, Way, distinct, loosened, too_large
from gkstats.reading.package import MAX_TAGS, opened, part

MAX_ROWS, MAX_COLUMNS, MAX_SHEETS, MAX_UNPACKED = 2_000, 100, 60, 60_000_000


def read(content: bytes, name: str) -> Iterator[Way]:
    """The ways a workbook can be read: by its cells; then everything in its order. Sheets that are hidden are left
    out. Raises ReportError for an archive that is damaged, too large, has macros or is no workbook."""
    with opened(content, name) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
            raise too_large("Excel 文件解开后", name)
        tags = 0
        for member in archive.namelist():
            if member.endswith((".xml", ".rels")):
                tags += part(archive, member, name).count(b"<")
            if tags > MAX_TAGS:
                raise too_large("Excel 文件的单元格", name)
    formulas, values = formulas_and_values(content, name)
    sheets = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    if len(sheets) > MAX_SHEETS:
        raise too_large(f"{len(sheets)} 张工作表", name)
    blocks = [block for sheet in sheets for block in _blocks(sheet, formulas[sheet.title])]
    yield Way("按单元格", blocks)
    yield Way("按行", loosened(blocks))


def _blocks(sheet: Worksheet, formulas: Worksheet) -> list[Block]:
    """A sheet as tables; what stands alone in its row, where no merged cell of the table above reaches, as a
    paragraph."""
    rows = _rows(sheet, formulas)
    filled = [[slot for _, slot in distinct(row) if slot.text.strip()] for row in rows]
    blocks: list[Block] = []
    table: list[tuple[Slot | None, ...]] = []

    def close() -> None:
        if table:
            blocks.append(Grid(tuple(table), f"工作表“{sheet.title}”"))
            table.clear()

    for number, row in enumerate(rows):
        reached = bool(table) and any(slot is not None and slot.text.strip() and slot in table[-1] for slot in row)
        if len(filled[number]) == 1 and not reached:
            close()
            slot = filled[number][0]
            blocks += [Paragraph(line, slot.place) for line in slot.text.split("\n") if line.strip()]
        elif filled[number]:
            table.append(tuple(row))
    close()
    return blocks


def _rows(sheet: Worksheet, formulas: Worksheet) -> list[list[Slot | None]]:
    """The cells of a sheet without the empty rows and columns around them, a merged cell as one slot."""
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for area in sheet.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] <= MAX_ROWS * MAX_COLUMNS:
            merged |= dict.fromkeys(area.cells, (area.min_row, area.min_col))
    slots: dict[tuple[int, int], Slot] = {}
    rows: list[list[Slot | None]] = []
    most = (min(sheet.max_row, MAX_ROWS), min(sheet.max_column, MAX_COLUMNS))
    for line in sheet.iter_rows(max_row=most[0], max_col=most[1]):
        row: list[Slot | None] = []
        for cell in line:
            at = merged.get((cell.row, cell.column), (cell.row, cell.column))
            if at not in slots:
                origin = sheet.cell(*at)
                place = f"工作表“{sheet.title}”{origin.coordinate}"
                slots[at] = Slot(_text(origin, formulas.cell(*at)), place)
            row.append(slots[at])
        rows.append(row)
    used = max((x + 1 for row in rows for x, slot in enumerate(row) if slot and slot.text.strip()), default=0)
    return [row[:used] for row in rows]


def _text(cell: ExcelCell | MergedCell, formula: ExcelCell | MergedCell) -> str:
    """What a cell shows; a formula without a result as it is written."""
    value = cell.value
    if value is None:
        return formula.value if isinstance(formula.value, str) else ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return value.date().isoformat()
    return digits_shown(value, cell.number_format) or str(value)
