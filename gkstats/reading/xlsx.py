"""Excel files with the official tables typed into them: every sheet that is shown, merged cells as one.

A filled form that gkstats made says itself what its cells hold and is read by ``excel_form``.
"""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.cell import Cell as ExcelCell
from openpyxl.worksheet.worksheet import Worksheet

from gkstats.excel_form import opened, shown_number
from gkstats.reading.document import MAX_GRID, Block, Grid, Paragraph, Slot, Way, distinct, too_large

Row = list[Slot | None]


def read(content: bytes, name: str) -> Iterator[Way]:
    """The ways a workbook can be read: by its tables and headings; then by its tables alone.
    Raises ReportError for what is no workbook or too large."""
    formulas, values = opened(content, name)
    blocks: list[Block] = []
    for sheet in values.worksheets:
        if sheet.sheet_state == "visible":
            blocks += _blocks(sheet, formulas[sheet.title], name)
    yield Way("按表格", blocks)
    # the sheets need not be in the order of the sections, and other tables may bear their names
    yield Way("按工作表", [block for block in blocks if isinstance(block, Grid)])


def _blocks(sheet: Worksheet, formulas: Worksheet, name: str) -> Iterator[Block]:
    """Rows that belong together are a table; a text alone in its row, where no merged cell of a table reaches, is a
    paragraph. An empty row ends a table."""
    if sheet.max_row * sheet.max_column > MAX_GRID:
        raise too_large(f"工作表“{sheet.title}”", name)
    place = f"工作表“{sheet.title}”"
    table: list[Row] = []
    for row in _rows(sheet, formulas):
        cells = [slot for _, slot in distinct(row) if slot.text.strip()]
        reaches = bool(table) and any(slot is not None and slot in table[-1] for slot in row)
        if len(cells) > 1 or reaches:
            table.append(row)
            continue
        if table:
            yield Grid(tuple(map(tuple, table)), place)
            table = []
        for slot in cells:
            yield from (Paragraph(line.strip(), slot.place) for line in slot.text.split("\n") if line.strip())
    if table:
        yield Grid(tuple(map(tuple, table)), place)


def _rows(sheet: Worksheet, formulas: Worksheet) -> Iterator[Row]:
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                merged[row, column] = (area.min_row, area.min_col)
    slots: dict[tuple[int, int], Slot] = {}
    for cells in sheet.iter_rows():
        row: Row = []
        for cell in cells:
            first = merged.get((cell.row, cell.column), (cell.row, cell.column))
            if first not in slots:
                slots[first] = _slot(sheet.cell(*first), formulas.cell(*first))
            row.append(slots[first])
        yield row


def _slot(cell: ExcelCell, formula: ExcelCell) -> Slot:
    """A cell with the text it shows. A formula that no program has computed yet is no blank."""
    place = f"工作表“{cell.parent.title}”{cell.coordinate}"
    if cell.value is None:
        return Slot("没有算出结果的公式" if formula.data_type == "f" else "", place)
    number = None if isinstance(cell.value, str) else shown_number(cell.value, cell.number_format)
    return Slot(str(cell.value) if number is None else number, place)
