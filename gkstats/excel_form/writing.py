"""The form of a report as a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from gkstats.excel_form.layout import (
    BLANK_LABELS,
    BLANK_PART,
    COVER,
    COVER_FIELDS,
    FAILED,
    LEVEL_LABELS,
    LISTS,
    MAP,
    MARK,
    MORE,
    PASSED,
    TOP,
    VERSION,
    Check,
    Label,
    Layout,
    address_of,
    check_formula,
    checks_of,
    cover_row,
    layouts_of,
    sum_formula,
    sum_of,
    totals_of,
)
from gkstats.forms import FORMS
from gkstats.office import workbook_bytes, write_text
from gkstats.params import folder_to_write, shown
from gkstats.report import (
    BLANK,
    EXPLANATION_KEYS,
    LEVELS,
    PREAMBLE,
    SCOPES,
    Problem,
    Report,
    ReportError,
    as_given,
)
from gkstats.report_file import FIGURES
from gkstats.schema import AMOUNT, CHANGE, COUNT, Form, Table

_PROSE_WIDTH, _HIGHEST = 76, 409  # digits across a paragraph; points a row of Excel can be high
_SPARE_LINES = 30  # for paragraphs not yet written
_SPARE_ENTRIES = 10

_SIDE = Side("thin", "808080")
_BOX = Border(_SIDE, _SIDE, _SIDE, _SIDE)
_SHADE, _TO_FILL, _SUM = (PatternFill("solid", color) for color in ("F2F2F2", "FFF9DB", "EAF1F8"))
_TEXT, _HEAD, _TITLE, _SMALL = Font("宋体", 11), Font("黑体", 11), Font("黑体", 16), Font("宋体", 9, color="666666")
_MIDDLE, _LEFT = Alignment("center", "center", wrap_text=True), Alignment("left", "center", wrap_text=True)
_UPRIGHT = Alignment("center", "center", 255)  # one character below the other
_OPEN = Protection(locked=False)
_COLORS = {PASSED: ("1F5C3A", "DDEFE3"), FAILED: ("8C1D0F", "F6D3CC"), BLANK_PART: ("6B5310", "F1EAD2")}

_LIMITS = {
    COUNT: ("whole", "greaterThanOrEqual", "0", None),
    CHANGE: ("whole", "between", "-999999999999", "999999999999"),
    AMOUNT: ("decimal", "greaterThanOrEqual", "0", None),
}
_LOCKED = ("year", "form")


def write_form(report: Report, path: str | Path) -> Path:
    """The form of the report as a workbook to fill in, with the figures and the prose it has; the path. A total
    is a formula where the report's figure is what the formula gives, and else the figure as it stands. Raises
    ReportError if there is such a file already: nothing is overwritten."""
    path = Path(path)
    content = form_bytes(report)
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        advice = "要重新开始，请先把原文件改名或移走"
        raise ReportError([Problem(shown(path), None, "文件", "已经存在，没有改动", "", advice)]) from None
    return path


def save_new_form(report: Report, params: str | Path) -> Path:
    """Writes the form of the report beside where its file under ``params`` is or would be; the path. Raises
    ReportError if there is one already."""
    folder = folder_to_write(params) / report.id
    folder.mkdir(parents=True, exist_ok=True)
    return write_form(report, folder / f"{report.year}.xlsx")


def form_bytes(report: Report) -> bytes:
    """What ``write_form`` writes; the same bytes for the same report."""
    workbook = Workbook()
    title = f"{report.body.name}{report.year}年政府信息公开工作年度报告填报表"
    workbook.properties.title, workbook.properties.creator = title, report.body.name or "gkstats"
    writer = _Writer(workbook, report)
    writer.cover(title)
    for key, heading in _headings(report.form).items():
        tables = [table for table in report.form.tables if table.section == key]
        if report.prose.get(key) or not tables:
            writer.prose(key, heading)
        for sheet_tables, layout in layouts_of(report.form):
            if sheet_tables[0].section == key:
                writer.table(sheet_tables, layout)
    writer.more()
    writer.summary()
    writer.map()
    workbook.security = WorkbookProtection(lockStructure=True)
    return workbook_bytes(workbook, report.year + 1)


def _headings(form: Form) -> dict[str, str]:
    return {PREAMBLE: "前言"} | {section.code: section.title for section in form.sections}


class _Writer:
    """Writes the sheets of one form and keeps where everything went."""

    def __init__(self, workbook: Workbook, report: Report):
        self.workbook, self.report = workbook, report
        self.places: list[tuple[str, str, str, str, str]] = []
        self.checked: dict[tuple[str, str], list[str]] = {}  # (sheet, row or column of checks) → cells

    def sheet(self, name: str, title: str, widths: Iterable[float]) -> Worksheet:
        """A protected sheet with a title; its columns may be made wider, and nothing else."""
        first = self.workbook.active if not self.places else None
        sheet = first or self.workbook.create_sheet()
        sheet.title = name
        widths = list(widths)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.sheet_view.showGridLines = False
        sheet.protection.sheet = True
        sheet.protection.formatColumns = sheet.protection.formatRows = False
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "landscape" if len(widths) > 12 else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        _label(sheet, Label(1, 1, 1, len(widths), title, ""), _TITLE, _MIDDLE)
        sheet.row_dimensions[1].height = 36
        return sheet

    def keep(self, kind: str, key: str, sheet: Worksheet, reference: str, formula: bool = False) -> None:
        self.places.append((kind, key, sheet.title, reference, "formula" if formula else ""))

    def cover(self, title: str) -> None:
        body, form = self.report.body, self.report.form
        sheet = self.sheet(COVER, title, (20, 48, 28))
        hint = "浅黄色的格子请填写；浅蓝色的合计自动计算；没有数据的格子留空，不要填 0。"
        _label(sheet, Label(2, 1, 1, 3, hint, ""), _SMALL, _LEFT)
        level = LEVELS[body.level].label if body.level in LEVELS else ""
        values: dict[str, str | int] = {
            "code": body.code, "name": body.name, "level": level, "scope": body.scope,
            "blank": BLANK[self.report.blank], "year": self.report.year, "form": f"{form.code}（{form.notice}）",
        }  # fmt: skip
        for key, (label, advice) in COVER_FIELDS.items():
            row = cover_row(key)
            _label(sheet, Label(row, 1, 1, 1, label, "head"), _HEAD, _LEFT)
            cell = sheet.cell(row, 2)
            _fill_in(cell, "text", key not in _LOCKED)
            cell.alignment = _LEFT
            if isinstance(value := values[key], int):
                cell.value, cell.number_format = value, "0"
            else:
                write_text(cell, value)
            _label(sheet, Label(row, 3, 1, 1, advice, ""), _SMALL, _LEFT)
            sheet.row_dimensions[row].height = 24
            self.keep("cover", key, sheet, cell.coordinate)
        for key, choices in (("level", LEVEL_LABELS), ("scope", SCOPES), ("blank", BLANK_LABELS)):
            choice = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=key != "blank")
            choice.errorTitle, choice.error, choice.showErrorMessage = "请从列表中选择", "应为列表中的一项。", True
            sheet.add_data_validation(choice)
            choice.add(sheet.cell(cover_row(key), 2))

    def prose(self, key: str, heading: str) -> None:
        """One paragraph to a line."""
        tables = [table for table in self.report.form.tables if table.section == key]
        name = f"{heading.partition('、')[0]}（文字）" if tables else heading
        sheet = self.sheet(_sheet_name(name), heading, (_PROSE_WIDTH,))
        hint = "每行一段，不用空格缩进。表中的数可写作 {表/行/列}。"
        _label(sheet, Label(2, 1, 1, 1, hint, ""), _SMALL, _LEFT)
        lines = self.report.prose.get(key, "").split("\n")
        last = TOP + len(lines) + _SPARE_LINES - 1
        for row in range(TOP, last + 1):
            cell = sheet.cell(row, 1)
            _fill_in(cell, "text")
            cell.alignment = Alignment("left", "top", wrap_text=True)
        for row, line in enumerate(lines, TOP):
            self._write(sheet.cell(row, 1), line, heading)
            if (high := _lines_of(line, _PROSE_WIDTH)) > 1:  # no program fits the row to text it did not see typed
                sheet.row_dimensions[row].height = min(16 * high, _HIGHEST)
        sheet.freeze_panes = sheet.cell(TOP, 1)
        self.keep("prose", key, sheet, f"A{TOP}:A{last}")

    def table(self, tables: list[Table], layout: Layout) -> None:
        checks = list(checks_of(self.report.form, tables, layout))
        beside = max((check.column for check in checks if check.column > layout.right), default=layout.right)
        title = tables[0].label if len(tables) == 1 else self.report.form.section[tables[0].section].title
        name = f"{tables[0].name}  {title.partition('、')[2] if len(tables) > 1 else title}"
        sheet = self.sheet(tables[0].name, name, [*layout.widths, *[12.0] * (beside - layout.right)])
        hint = "浅黄色的格子请填写，浅蓝色的合计自动计算。"
        hint += (
            "灰色的核对结果：√ 通过，× 不通过及差数，未填表示还有空白。"
            if checks
            else "本表没有内部勾稽关系，请仔细核对。"
        )
        _label(sheet, Label(2, 1, 1, layout.right, hint, ""), _SMALL, _LEFT)
        for label in layout.labels:
            tall = label.role == "label" and label.rows > 9
            alignment = _UPRIGHT if tall else _LEFT if label.role in ("label", "band") else _MIDDLE
            _label(sheet, label, _TEXT if label.role == "label" else _HEAD, alignment)
        sheet.page_setup.fitToHeight = 1
        self._figures(sheet, layout)
        self._check_cells(sheet, layout, checks)
        rows = [row for row, _, _ in layout.figures.values()]
        for row in range(TOP, sheet.max_row + 1):
            sheet.row_dimensions[row].height = 32 if row < min(rows) or row > max(rows) else 24
        for label in layout.labels:
            if label.role == "label" and label.rows == 1 and len(label.text) * 2.1 > _breadth(sheet, label):
                sheet.row_dimensions[label.row].height = 34
        if len(tables) == 1:
            sheet.freeze_panes = sheet.cell(min(rows), min(column for _, column, _ in layout.figures.values()))

    def _figures(self, sheet: Worksheet, layout: Layout) -> None:
        form, totals = self.report.form, totals_of(self.report.form)
        by_kind: dict[str, list[ExcelCell]] = {}
        for place, (row, column, columns) in layout.figures.items():
            cell = sheet.cell(row, column)
            figure = self.report.figures[place]
            total = totals.get(place)
            formula = total is not None and sum_of(self.report.figures, total, self.report.blank) == figure
            for covered in range(columns):
                _fill_in(sheet.cell(row, column + covered), form.kind(place), not formula)
            if total is not None and formula:
                cell.value = sum_formula(total, layout)
            elif figure is not None:
                _write_number(cell, figure)
            if columns > 1:
                sheet.merge_cells(None, row, column, row, column + columns - 1)
            by_kind.setdefault(form.kind(place), []).append(cell)
            self.keep("figure", str(place), sheet, cell.coordinate, formula)
        for kind, cells in by_kind.items():
            sort, operator, lowest, highest = _LIMITS[kind]
            limit = DataValidation(sort, operator=operator, formula1=lowest, formula2=highest, allow_blank=True)
            limit.errorTitle, limit.error, limit.showErrorMessage = "数据不对", f"应为{FIGURES[kind][1]}。", True
            sheet.add_data_validation(limit)
            for cell in cells:
                limit.add(cell)

    def _check_cells(self, sheet: Worksheet, layout: Layout, checks: list[Check]) -> None:
        first_column = min(column for _, column, _ in layout.figures.values())
        first_row = min(row for row, _, _ in layout.figures.values())
        named: set[str] = set()
        for check in checks:
            relation = check.relation
            label = Label(check.row, check.column, 1, check.columns, "", "check")
            _label(sheet, label, _TEXT, _MIDDLE)
            cell = sheet.cell(check.row, check.column)
            cell.value = check_formula(relation, layout)
            line = cell.column_letter if check.column > layout.right else str(check.row)
            self.checked.setdefault((sheet.title, line), []).append(cell.coordinate)
            for sign, (ink, fill) in _COLORS.items():
                rule = FormulaRule(
                    [f'LEFT({cell.coordinate},{len(sign)})="{sign}"'],
                    font=Font(color=ink, bold=sign == FAILED), fill=PatternFill(bgColor=fill),
                )  # fmt: skip
                sheet.conditional_formatting.add(cell.coordinate, rule)
            words = f"核对{relation.rule}：{relation.text}"
            if relation.rule not in named:
                named.add(relation.rule)
                if check.column > layout.right:
                    head = Label(TOP, check.column, first_row - TOP, 1, words, "head")
                    _label(sheet, head, _SMALL, _MIDDLE)
                elif first_column > 1:
                    _label(sheet, Label(check.row, 1, 1, first_column - 1, words, "head"), _SMALL, _LEFT)
                else:
                    below = Label(check.row + 1, 1, 1, layout.right, words, "")
                    _label(sheet, below, _SMALL, _LEFT)

    def more(self) -> None:
        """Facts, explanations and source: what a report has beside tables and prose."""
        sheet = self.sheet(MORE, MORE, (28, 36, 60, 36, 12, 12, 12, 36))
        given: dict[str, list[tuple]] = {
            "facts": list(self.report.facts.items()),
            "explanations": [
                tuple(entry.get(key, "") for key in LISTS["explanations"][1]) for entry in self.report.explanations
            ],
            "source": list(self.report.source.items()),
        }
        row = TOP - 1
        for kind, (title, heads) in LISTS.items():
            _label(sheet, Label(row, 1, 1, 3, title, ""), _HEAD, _LEFT)
            for column, head in enumerate(heads, 1):
                words = EXPLANATION_KEYS.get(head, head)
                _label(sheet, Label(row + 1, column, 1, 1, words, "head"), _HEAD, _MIDDLE)
            first, count = row + 2, len(given[kind]) + _SPARE_ENTRIES
            for y in range(count):
                for x in range(len(heads)):
                    cell = sheet.cell(first + y, 1 + x)
                    _fill_in(cell, "text")
                    cell.alignment = _LEFT
                    if (kind, x) == ("facts", 1):
                        cell.number_format = "General"  # a number typed here is a number
                    if y < len(given[kind]) and (value := given[kind][y][x]) != "":
                        _write_number(cell, value) if not isinstance(value, str) else self._write(cell, value, title)
            reference = f"{address_of(first, 1)}:{address_of(first + count - 1, len(heads))}"
            self.keep("list", kind, sheet, reference)
            row = first + count + 1

    def summary(self) -> None:
        """How the checks of all sheets stand, on the cover."""
        sheet = self.workbook[COVER]
        row = cover_row("form") + 2
        _label(
            sheet, Label(row, 1, 1, 3, f"勾稽关系核对（共{sum(map(len, self.checked.values()))}处）", ""), _HEAD, _LEFT
        )
        for number, (sign, words) in enumerate(((PASSED, "通过"), (FAILED, "不通过"), (BLANK_PART, BLANK_PART)), 1):
            counts = [
                f"SUMPRODUCT(--(LEFT('{name}'!{cells[0]}:{cells[-1]},{len(sign)})=\"{sign}\"))"
                for (name, _), cells in self.checked.items()
            ]
            _label(sheet, Label(row + number, 1, 1, 1, words, "head"), _HEAD, _LEFT)
            cell = sheet.cell(row + number, 2, f"={'+'.join(counts)}")
            cell.font, cell.border, cell.alignment = _TEXT, _BOX, _LEFT
            ink, fill = _COLORS[sign]
            rule = FormulaRule([f"{cell.coordinate}>0"], font=Font(color=ink), fill=PatternFill(bgColor=fill))
            sheet.conditional_formatting.add(cell.coordinate, rule)
            self.keep("summary", sign, sheet, cell.coordinate, True)

    def map(self) -> None:
        """The hidden sheet that says which cell holds what."""
        sheet = self.workbook.create_sheet(MAP)
        sheet.sheet_state = "veryHidden"
        sheet.protection.sheet = True
        form = self.report.form
        one_row = [
            f"{code}/{group}"
            for code, table in FORMS[form.code].table.items()
            for group in table.groups
            if group in form.table[code].row
        ]
        lines: list[tuple[str | int, ...]] = [
            (MARK, VERSION), ("form", form.code), ("one row", " ".join(one_row)), ("body", self.report.id),
            ("kind", "key", "sheet", "cells", "was"), *self.places,
        ]  # fmt: skip
        for row, line in enumerate(lines, 1):
            for column, value in enumerate(line, 1):
                if isinstance(value, int):
                    sheet.cell(row, column, value)
                else:
                    write_text(sheet.cell(row, column), value)

    def _write(self, cell: ExcelCell, text: str, where: str) -> None:
        try:
            write_text(cell, text)
        except ValueError:
            found = f"一段文字有 {len(text)} 个字符，超过 Excel 一格的长度"
            raise ReportError([Problem(self.report.file, None, where, found, "", "请分成几段")]) from None


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text)[:31]


def _lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell that is so many digits wide; a Chinese character is two."""
    return max(1, -(-sum(1 + (character > "\u2000") for character in text) // int(width - 2)))


def _breadth(sheet: Worksheet, label: Label) -> float:
    columns = range(label.column, label.column + label.columns)
    return sum(sheet.column_dimensions[get_column_letter(column)].width for column in columns)


def _label(sheet: Worksheet, label: Label, font: Font, alignment: Alignment) -> None:
    """A label over the cells it covers; one with a role is a part of a table and has a frame."""
    for row in range(label.row, label.row + label.rows):
        for column in range(label.column, label.column + label.columns):
            cell = sheet.cell(row, column)
            if label.role:
                cell.border = _BOX
            if label.role in ("head", "band", "check"):
                cell.fill = _SHADE
    first = sheet.cell(label.row, label.column)
    first.font, first.alignment = font, alignment
    if label.text:
        write_text(first, label.text)
    if label.rows > 1 or label.columns > 1:
        last = (label.row + label.rows - 1, label.column + label.columns - 1)
        sheet.merge_cells(None, label.row, label.column, *last)


def _fill_in(cell: ExcelCell, kind: str, open_: bool = True) -> None:
    """The look of a cell that holds something; one to fill in is open and coloured."""
    cell.font, cell.border, cell.alignment = _TEXT, _BOX, _MIDDLE
    cell.fill = _TO_FILL if open_ else _SUM
    if open_:
        cell.protection = _OPEN
    cell.number_format = {"text": "@", AMOUNT: "General"}.get(kind, "0")


def _write_number(cell: ExcelCell, number: int | Decimal) -> None:
    places = as_given(number).partition(".")[2]
    cell.value, cell.number_format = number, f"0.{'0' * len(places)}" if places else "0"
