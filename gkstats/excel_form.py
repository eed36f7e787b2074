"""The official form as a workbook to fill in, and reading a filled one.

Labels, merged heads, the formulas of totals and the checks beside the tables are all read off the form. A hidden
sheet says which cell holds what, so that reading back is exact whatever the sheets look like. A total is computed
from its parts; a blank leaves it and its checks open, unless the cover says that a blank means zero.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from math import lcm
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from gkstats.forms import FORMS, form_with
from gkstats.office import read_text, workbook_bytes, write_text
from gkstats.params import folder_to_write, shown
from gkstats.report import (
    BLANK,
    EXPLANATION_KEYS,
    LEVELS,
    PREAMBLE,
    SCOPES,
    Body,
    Figure,
    Problem,
    Report,
    ReportError,
    as_given,
)
from gkstats.report_file import BODY_ID, FACT_NAME, FIGURES, FIRST_YEAR, LAST_YEAR
from gkstats.schema import AMOUNT, CHANGE, COUNT, Cell, Form, Relation, Table, spans

VERSION = 1
MAX_BYTES = 5_000_000  # a filled form is about 30 kB
MAX_UNPACKED = 50_000_000
MAX_MERGED = 100_000  # cells covered by merged ones; a form has some hundred
_MAP, _MARK = "_gkstats", "gkstats-form"
COVER, MORE = "封面", "表外数据"

PASSED, FAILED, BLANK_PART = "√", "×", "未填"
"""What a check cell says, or begins with."""

_PROSE_WIDTH, _HIGHEST = 76, 409  # digits across a paragraph; points a row of Excel can be high
_SPARE_LINES = 30  # for paragraphs not yet written
_SPARE_ENTRIES = 10

_MERGED = re.compile(rb"""mergeCell\s[^>]*?ref\s*=\s*["']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})""")

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
_LISTS = {
    "facts": ("正文要用而表里没有的数据，正文中写作 {facts/名称}", ("名称", "数据")),
    "explanations": ("对未通过的核对事项的说明", tuple(EXPLANATION_KEYS)),
    "source": ("数据来源", ("项目", "内容")),
}
_COVER = {
    "code": ("行政区划代码", "6 至 12 位数字"),
    "name": ("单位名称", "写全称"),
    "level": ("层级", "从列表中选择"),
    "scope": ("统计范围", "从列表中选择"),
    "blank": ("空白的含义", "从列表中选择"),
    "year": ("报告年度", ""),
    "form": ("报告格式", ""),
}
_LOCKED = ("year", "form")
_LEVEL_LABELS = {level.label: code for code, level in LEVELS.items()}
_BLANK_LABELS = {label: code for code, label in BLANK.items()}


class _Label(NamedTuple):
    """A label of a table and the cells it covers."""

    row: int
    column: int
    rows: int
    columns: int
    text: str
    role: str  # head | band | label


class _Layout(NamedTuple):
    """Where the labels and the figures of a table stand: figure → (row, column, columns it covers)."""

    labels: list[_Label]
    figures: dict[Cell, tuple[int, int, int]]
    widths: list[float]

    @property
    def bottom(self) -> int:
        return max(row for row, _, _ in self.figures.values())

    @property
    def right(self) -> int:
        return max(column + columns - 1 for _, column, columns in self.figures.values())


class _Check(NamedTuple):
    """A check beside a table: the relation and the cells its outcome covers."""

    relation: Relation
    row: int
    column: int
    columns: int


# -- layouts, each below the title row of its sheet

_TOP = 3


def _rows_layout(table: Table) -> _Layout:
    """Rows are printed lines under a merged head, beside a merged stub (table 三)."""
    across, down = spans(table.columns), spans(table.rows)
    head_rows = max(span.level + span.levels for span in across)
    stub = max(span.level + span.levels for span in down)
    first_row, first_column = _TOP + head_rows, 1 + stub
    labels = [_Label(_TOP, 1, head_rows, stub, table.corner, "head")]
    labels += [
        _Label(_TOP + s.level, first_column + s.first, s.levels, s.count, s.label, "head") for s in across
    ]  # fmt: skip
    labels += [_Label(first_row + s.first, 1 + s.level, s.count, s.levels, s.label, "label") for s in down]
    figures = {
        Cell(table.code, row, column): (first_row + y, first_column + x, 1)
        for y, row in enumerate(table.row)
        for x, column in enumerate(table.column)
    }
    return _Layout(labels, figures, [5.0, 16.0, 42.0][3 - stub :] + [11.0] * len(table.column))


def _blocks_layout(table: Table) -> _Layout:
    """Rows stand side by side on one line, each with its columns below it (table 四)."""
    blocks, columns = spans(table.rows), table.column_leaves
    head_rows = max(span.level + span.levels for span in blocks) + 1
    labels = []
    for span in blocks:
        first, count = 1 + span.first * len(columns), span.count * len(columns)
        labels.append(_Label(_TOP + span.level, first, 1, count, span.label, "head"))
        if span.leaf:
            below = head_rows - span.level - 1
            labels += [
                _Label(_TOP + span.level + 1, first + x, below, 1, column.item.label, "head")
                for x, column in enumerate(columns)
            ]
    figures = {
        Cell(table.code, row, column): (_TOP + head_rows, 1 + block * len(columns) + x, 1)
        for block, row in enumerate(table.row)
        for x, column in enumerate(table.column)
    }
    return _Layout(labels, figures, [9.5] * (len(table.row) * len(columns)))


def _parts_layout(tables: Iterable[Table]) -> _Layout:
    """Several tables as one, each under a band with its own head (table 二)."""
    tables = list(tables)
    grid = lcm(*(len(table.column) for table in tables))
    labels: list[_Label] = []
    figures: dict[Cell, tuple[int, int, int]] = {}
    row = _TOP
    for table in tables:
        span = grid // len(table.column)
        labels.append(_Label(row, 1, 1, grid + 1, table.label, "band"))
        labels.append(_Label(row + 1, 1, 1, 1, table.corner, "head"))
        labels += [
            _Label(row + 1, 2 + x * span, 1, span, column.item.label, "head")
            for x, column in enumerate(table.column_leaves)
        ]
        for y, leaf in enumerate(table.row_leaves, row + 2):
            labels.append(_Label(y, 1, 1, 1, leaf.item.label, "label"))
            figures |= {
                Cell(table.code, leaf.code, column): (y, 2 + x * span, span) for x, column in enumerate(table.column)
            }
        row += 2 + len(table.row)
    return _Layout(labels, figures, [28.0] + [60.0 / grid] * grid)


def _layouts(form: Form) -> Iterator[tuple[list[Table], _Layout]]:
    """The tables of each sheet and where everything stands on it, in printed order."""
    for _, group in groupby(form.tables, lambda table: (table.section, table.name)):
        tables = list(group)
        if tables[0].layout == "parts":
            yield tables, _parts_layout(tables)
        else:
            yield tables, (_blocks_layout if tables[0].layout == "blocks" else _rows_layout)(tables[0])


def _checks(form: Form, tables: list[Table], layout: _Layout) -> Iterator[_Check]:
    """Where the outcome of each relation stands: below the column it holds in, beside the row, or, where rows
    stand side by side, below its block."""
    codes = {table.code for table in tables}
    lines: dict[tuple[str, str], int] = {}
    for relation in form.relations:
        if relation.table not in codes:
            continue
        places = [layout.figures[cell] for cell in (*relation.left, *relation.right)]
        columns = sorted({column for _, column, _ in places})
        below = len(columns) == 1 or form.table[relation.table].layout == "blocks"
        side = "below" if below else "beside"
        start = layout.bottom + 1 if below else layout.right + 1
        taken = sum(each == side for _, each in lines)
        line = lines.setdefault((relation.rule, side), start + taken)
        if below:
            yield _Check(relation, line, columns[0], columns[-1] - columns[0] + 1)
        else:
            yield _Check(relation, places[0][0], line, 1)


# -- formulas


def _address(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


def _references(cells: Iterable[Cell], layout: _Layout) -> str:
    """The addresses of cells as arguments of a function, those below or beside one another as a range."""
    runs: list[list[tuple[int, int]]] = []
    for row, column in sorted((layout.figures[cell][:2] for cell in cells), key=lambda place: place):
        last = runs[-1] if runs else []
        step = last and (row - last[-1][0], column - last[-1][1])
        if step in ((0, 1), (1, 0)) and (len(last) < 2 or step == (last[1][0] - last[0][0], last[1][1] - last[0][1])):
            last.append((row, column))
        else:
            runs.append([(row, column)])
    return ",".join(_address(*run[0]) if len(run) == 1 else f"{_address(*run[0])}:{_address(*run[-1])}" for run in runs)


def _open_while_blank(cells: tuple[Cell, ...], layout: _Layout, otherwise: str, blank: str) -> str:
    """A formula that says ``blank`` while one of the cells is, unless a blank means zero."""
    cover = f"'{COVER}'!$B${_cover_row('blank')}"
    count = f"COUNT({_references(cells, layout)})<{len(cells)}"
    return f'=IF(AND({count},{cover}<>"{BLANK["zero"]}"),"{blank}",{otherwise})'


def _sum_formula(relation: Relation, layout: _Layout) -> str:
    return _open_while_blank(relation.left, layout, f"SUM({_references(relation.left, layout)})", "")


def _check_formula(relation: Relation, layout: _Layout) -> str:
    left, right = (f"SUM({_references(cells, layout)})" for cells in (relation.left, relation.right))
    outcome = f'IF(ABS({left}-{right})<0.5,"{PASSED}","{FAILED}差"&ABS({left}-{right}))'
    return _open_while_blank((*relation.left, *relation.right), layout, outcome, BLANK_PART)


def _totals(form: Form) -> dict[Cell, Relation]:
    """Total → the relation that gives its value. The total of totals has two; the form checks the other."""
    found: dict[Cell, Relation] = {}
    for relation in form.relations:
        if len(relation.right) == 1:
            found.setdefault(relation.right[0], relation)
    return found


def _sum_of(figures: Mapping[Cell, Figure], relation: Relation, blank: str) -> Figure:
    parts = [figures[cell] for cell in relation.left]
    if blank == "zero":
        parts = [part or 0 for part in parts]
    return None if None in parts else sum(parts)


# -- writing


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
        for sheet_tables, layout in _layouts(report.form):
            if sheet_tables[0].section == key:
                writer.table(sheet_tables, layout)
    writer.more()
    writer.summary()
    writer.map()
    workbook.security = WorkbookProtection(lockStructure=True)
    return workbook_bytes(workbook, report.year + 1)


def _headings(form: Form) -> dict[str, str]:
    return {PREAMBLE: "前言"} | {section.code: section.title for section in form.sections}


def _cover_row(key: str) -> int:
    return 3 + list(_COVER).index(key)


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
        _label(sheet, _Label(1, 1, 1, len(widths), title, ""), _TITLE, _MIDDLE)
        sheet.row_dimensions[1].height = 36
        return sheet

    def keep(self, kind: str, key: str, sheet: Worksheet, reference: str, formula: bool = False) -> None:
        self.places.append((kind, key, sheet.title, reference, "formula" if formula else ""))

    def cover(self, title: str) -> None:
        body, form = self.report.body, self.report.form
        sheet = self.sheet(COVER, title, (20, 48, 28))
        hint = "浅黄色的格子请填写；浅蓝色的合计自动计算；没有数据的格子留空，不要填 0。"
        _label(sheet, _Label(2, 1, 1, 3, hint, ""), _SMALL, _LEFT)
        level = LEVELS[body.level].label if body.level in LEVELS else ""
        values = {
            "code": body.code, "name": body.name, "level": level, "scope": body.scope,
            "blank": BLANK[self.report.blank], "year": self.report.year, "form": f"{form.code}（{form.notice}）",
        }  # fmt: skip
        for key, (label, advice) in _COVER.items():
            row = _cover_row(key)
            _label(sheet, _Label(row, 1, 1, 1, label, "head"), _HEAD, _LEFT)
            cell = sheet.cell(row, 2)
            _fill_in(cell, "text", key not in _LOCKED)
            cell.alignment = _LEFT
            if isinstance(values[key], int):
                cell.value, cell.number_format = values[key], "0"
            else:
                write_text(cell, values[key])
            _label(sheet, _Label(row, 3, 1, 1, advice, ""), _SMALL, _LEFT)
            sheet.row_dimensions[row].height = 24
            self.keep("cover", key, sheet, cell.coordinate)
        for key, choices in (("level", _LEVEL_LABELS), ("scope", SCOPES), ("blank", _BLANK_LABELS)):
            choice = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=key != "blank")
            choice.errorTitle, choice.error, choice.showErrorMessage = "请从列表中选择", "应为列表中的一项。", True
            sheet.add_data_validation(choice)
            choice.add(sheet.cell(_cover_row(key), 2))

    def prose(self, key: str, heading: str) -> None:
        """One paragraph to a line."""
        tables = [table for table in self.report.form.tables if table.section == key]
        name = f"{heading.partition('、')[0]}（文字）" if tables else heading
        sheet = self.sheet(_sheet_name(name), heading, (_PROSE_WIDTH,))
        hint = "每行一段，不用空格缩进。表中的数可写作 {表/行/列}。"
        _label(sheet, _Label(2, 1, 1, 1, hint, ""), _SMALL, _LEFT)
        lines = self.report.prose.get(key, "").split("\n")
        last = _TOP + len(lines) + _SPARE_LINES - 1
        for row in range(_TOP, last + 1):
            cell = sheet.cell(row, 1)
            _fill_in(cell, "text")
            cell.alignment = Alignment("left", "top", wrap_text=True)
        for row, line in enumerate(lines, _TOP):
            self._write(sheet.cell(row, 1), line, heading)
            if (high := _lines_of(line, _PROSE_WIDTH)) > 1:  # no program fits the row to text it did not see typed
                sheet.row_dimensions[row].height = min(16 * high, _HIGHEST)
        sheet.freeze_panes = sheet.cell(_TOP, 1)
        self.keep("prose", key, sheet, f"A{_TOP}:A{last}")

    def table(self, tables: list[Table], layout: _Layout) -> None:
        checks = list(_checks(self.report.form, tables, layout))
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
        _label(sheet, _Label(2, 1, 1, layout.right, hint, ""), _SMALL, _LEFT)
        for label in layout.labels:
            tall = label.role == "label" and label.rows > 9
            alignment = _UPRIGHT if tall else _LEFT if label.role in ("label", "band") else _MIDDLE
            _label(sheet, label, _TEXT if label.role == "label" else _HEAD, alignment)
        sheet.page_setup.fitToHeight = 1
        self._figures(sheet, layout)
        self._check_cells(sheet, layout, checks)
        rows = [row for row, _, _ in layout.figures.values()]
        for row in range(_TOP, sheet.max_row + 1):
            sheet.row_dimensions[row].height = 32 if row < min(rows) or row > max(rows) else 24
        for label in layout.labels:
            if label.role == "label" and label.rows == 1 and len(label.text) * 2.1 > _breadth(sheet, label):
                sheet.row_dimensions[label.row].height = 34
        if len(tables) == 1:
            sheet.freeze_panes = sheet.cell(min(rows), min(column for _, column, _ in layout.figures.values()))

    def _figures(self, sheet: Worksheet, layout: _Layout) -> None:
        form, totals = self.report.form, _totals(self.report.form)
        by_kind: dict[str, list[ExcelCell]] = {}
        for place, (row, column, columns) in layout.figures.items():
            cell = sheet.cell(row, column)
            figure = self.report.figures[place]
            total = totals.get(place)
            formula = bool(total) and _sum_of(self.report.figures, total, self.report.blank) == figure
            for covered in range(columns):
                _fill_in(sheet.cell(row, column + covered), form.kind(place), not formula)
            if formula:
                cell.value = _sum_formula(total, layout)
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

    def _check_cells(self, sheet: Worksheet, layout: _Layout, checks: list[_Check]) -> None:
        first_column = min(column for _, column, _ in layout.figures.values())
        first_row = min(row for row, _, _ in layout.figures.values())
        named: set[str] = set()
        for check in checks:
            relation = check.relation
            label = _Label(check.row, check.column, 1, check.columns, "", "check")
            _label(sheet, label, _TEXT, _MIDDLE)
            cell = sheet.cell(check.row, check.column)
            cell.value = _check_formula(relation, layout)
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
                    head = _Label(_TOP, check.column, first_row - _TOP, 1, words, "head")
                    _label(sheet, head, _SMALL, _MIDDLE)
                elif first_column > 1:
                    _label(sheet, _Label(check.row, 1, 1, first_column - 1, words, "head"), _SMALL, _LEFT)
                else:
                    below = _Label(check.row + 1, 1, 1, layout.right, words, "")
                    _label(sheet, below, _SMALL, _LEFT)

    def more(self) -> None:
        """Facts, explanations and source: what a report has beside tables and prose."""
        sheet = self.sheet(MORE, MORE, (28, 36, 60, 36, 12, 12, 12, 36))
        given = {
            "facts": list(self.report.facts.items()),
            "explanations": [
                tuple(entry.get(key, "") for key in _LISTS["explanations"][1]) for entry in self.report.explanations
            ],
            "source": list(self.report.source.items()),
        }
        row = _TOP - 1
        for kind, (title, heads) in _LISTS.items():
            _label(sheet, _Label(row, 1, 1, 3, title, ""), _HEAD, _LEFT)
            for column, head in enumerate(heads, 1):
                words = EXPLANATION_KEYS.get(head, head)
                _label(sheet, _Label(row + 1, column, 1, 1, words, "head"), _HEAD, _MIDDLE)
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
            reference = f"{_address(first, 1)}:{_address(first + count - 1, len(heads))}"
            self.keep("list", kind, sheet, reference)
            row = first + count + 1

    def summary(self) -> None:
        """How the checks of all sheets stand, on the cover."""
        sheet = self.workbook[COVER]
        row = _cover_row("form") + 2
        _label(
            sheet, _Label(row, 1, 1, 3, f"勾稽关系核对（共{sum(map(len, self.checked.values()))}处）", ""), _HEAD, _LEFT
        )
        for number, (sign, words) in enumerate(((PASSED, "通过"), (FAILED, "不通过"), (BLANK_PART, BLANK_PART)), 1):
            counts = [
                f"SUMPRODUCT(--(LEFT('{name}'!{cells[0]}:{cells[-1]},{len(sign)})=\"{sign}\"))"
                for (name, _), cells in self.checked.items()
            ]
            _label(sheet, _Label(row + number, 1, 1, 1, words, "head"), _HEAD, _LEFT)
            cell = sheet.cell(row + number, 2, f"={'+'.join(counts)}")
            cell.font, cell.border, cell.alignment = _TEXT, _BOX, _LEFT
            ink, fill = _COLORS[sign]
            rule = FormulaRule([f"{cell.coordinate}>0"], font=Font(color=ink), fill=PatternFill(bgColor=fill))
            sheet.conditional_formatting.add(cell.coordinate, rule)
            self.keep("summary", sign, sheet, cell.coordinate, True)

    def map(self) -> None:
        """The hidden sheet that says which cell holds what."""
        sheet = self.workbook.create_sheet(_MAP)
        sheet.sheet_state = "veryHidden"
        sheet.protection.sheet = True
        form = self.report.form
        one_row = [
            f"{code}/{group}"
            for code, table in FORMS[form.code].table.items()
            for group in table.groups
            if group in form.table[code].row
        ]
        lines = [
            (_MARK, VERSION), ("form", form.code), ("one row", " ".join(one_row)), ("body", self.report.id),
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


def _breadth(sheet: Worksheet, label: _Label) -> float:
    columns = range(label.column, label.column + label.columns)
    return sum(sheet.column_dimensions[get_column_letter(column)].width for column in columns)


def _label(sheet: Worksheet, label: _Label, font: Font, alignment: Alignment) -> None:
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


# -- reading


class Filled(NamedTuple):
    """A filled form as read: the report, the place and the text of every figure, and what was typed over the
    formulas of totals."""

    report: Report
    places: Mapping[Cell, tuple[str, str]]
    typed_over: tuple[str, ...]


def read_form(path: str | Path) -> Report:
    """The report in a filled form. Figures are as they stand in their cells; a total whose formula has no result
    yet is computed from its parts, and one that was typed over stays as typed, with a note in ``source``. Raises
    ReportError with every problem found, each with sheet and cell."""
    return read_filled(path).report


def read_filled(path: str | Path) -> Filled:
    """The report in a filled form as ``read_form`` reads it, with the cell each figure stands in."""
    path = Path(path)
    file = shown(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError([Problem(file, None, "文件", f"无法打开（{error.strerror}）", "")]) from None
    formulas, values = opened(content, file)
    reader = _Reader(file, formulas, values)
    report = reader.report(hashlib.sha256(content).hexdigest())
    return Filled(report, reader.found, tuple(reader.typed_over))


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells a merged one covers."""
    columns = [column_index_from_string(letters.decode()) for letters in (left, right)]
    return (columns[1] - columns[0] + 1) * (int(bottom) - int(top) + 1)


class NotAForm(ReportError):
    """A workbook that is none of ours: its tables may still be those of the official form."""


def opened(content: bytes, file: str) -> tuple[Workbook, Workbook]:
    """The workbook in the bytes of a file, once with its formulas and once with their results. Raises ReportError for
    what is no workbook, or larger than one with a report can be."""
    large = ReportError([Problem(file, None, "文件", "过大，不像是填报表", "", "请确认是年度报告的数据")])
    if len(content) > MAX_BYTES:
        raise large
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        advice = "加密的、旧格式（.xls）的文件请另存为 .xlsx"
        raise ReportError([Problem(file, None, "文件", "不是 .xlsx 文件", "", advice)]) from None
    entries = archive.infolist()
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        raise ReportError([Problem(file, None, "文件", "含有宏的 Excel 文件", "", "请另存为不含宏的 .xlsx")])
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise large
    try:
        merged = sum(_area(*found) for entry in entries for found in _MERGED.findall(archive.read(entry)))
    except Exception:  # a damaged part, said below
        merged = 0
    if merged > MAX_MERGED:  # openpyxl makes an object for each cell a merged one covers
        raise large
    try:
        return load_workbook(io.BytesIO(content)), load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # openpyxl raises whatever its parsing runs into
        found = f"不能作为 Excel 文件打开（{type(error).__name__}）"
        raise ReportError([Problem(file, None, "文件", found, "", "请用 Excel 另存为 .xlsx 后再试")]) from None


class _Reader:
    """Turns a filled form into a report, keeping every problem instead of stopping at the first."""

    def __init__(self, file: str, formulas: Workbook, values: Workbook):
        self.file, self.formulas, self.values = file, formulas, values
        self.problems: list[Problem] = []
        self.typed_over: list[str] = []
        self.found: dict[Cell, tuple[str, str]] = {}

    def report(self, sha256: str) -> Report:
        form, id, places = self.places()
        cover = {key: self.cell(sheet, reference) for (kind, key), (sheet, reference, _) in places.items()
                 if kind == "cover"}  # fmt: skip
        body, year, blank = self.body(cover)
        figures = self.figures(form, places, blank)
        prose = {
            key: text
            for (kind, key), (sheet, reference, _) in places.items()
            if kind == "prose" and (text := self.prose(sheet, reference))
        }
        lists = {
            key: self.entries(sheet, reference)
            for (kind, key), (sheet, reference, _) in places.items()
            if kind == "list"
        }
        facts = self.facts(lists.get("facts", []))
        explanations = self.explanations(lists.get("explanations", []))
        source = {str(key): str(value) for _, (key, value) in lists.get("source", []) if key and value}
        if self.problems:
            raise ReportError(self.problems)
        if self.typed_over:
            note = f"下列合计不是公式的结果，按填写的数读取：{'；'.join(self.typed_over)}。"
            source["note"] = source.get("note", "") + note
        fits = BODY_ID.fullmatch(id)
        return Report(
            body, year, form, figures, blank, facts, prose, explanations, source,
            id if fits and fits[1] == body.code else "", self.file, sha256,
        )  # fmt: skip

    def places(self) -> tuple[Form, str, dict[tuple[str, str], tuple[str, str, bool]]]:
        """The form, the folder name of the body, and (kind, key) → (sheet, cells, whether it held a formula)."""
        sheet = self.values[_MAP] if _MAP in self.values.sheetnames else None
        lines = [[_words(c.value) for c in row] for row in sheet.iter_rows(max_col=5)] if sheet else []
        if len(lines) < 5 or lines[0][0] != _MARK:
            advice = "请用 gkstats new --excel 生成填报表，填写后保存为 .xlsx"
            raise NotAForm([Problem(self.file, None, "文件", "不是 gkstats 的填报表", "", advice)])
        version, code, collapsed, id = (line[1] for line in lines[:4])
        try:
            if version != str(VERSION):
                raise ValueError(version)
            one_row = tuple(tuple(place.split("/", 1)) for place in collapsed.split())
            if any(group not in FORMS[int(code)].table[table].groups for table, group in one_row):
                raise ValueError(collapsed)
            form = form_with(int(code), one_row)
        except (ValueError, KeyError):
            found = f"版本“{version}”、格式“{code}”"
            expected = f"版本“{VERSION}”、格式{'或'.join(map(str, FORMS))}"
            advice = "请用生成填报表的那一版 gkstats 读取"
            raise ReportError([Problem(self.file, None, "填报表", found, expected, advice)]) from None
        places = {(kind, key): (name, cells, was == "formula") for kind, key, name, cells, was in lines[5:]}
        wanted = {("figure", str(cell)) for cell in form.cells} | {("cover", key) for key in _COVER}
        missing = {name for name, _, _ in places.values()} - set(self.values.sheetnames)
        if missing or not wanted <= set(places):
            found = f"缺少工作表“{'”“'.join(sorted(missing))}”" if missing else "缺少部分数据的位置"
            advice = "请重新生成填报表，把数据抄过去"
            raise ReportError([Problem(self.file, None, "填报表", found, "", advice)])
        return form, id, places

    def problem(self, sheet: str, reference: str, what: str, found: str, expected: str, advice: str = "") -> None:
        where = f"工作表“{sheet}”{reference}，{what}"
        self.problems.append(Problem(self.file, None, where, found, expected, advice))

    def cell(self, sheet: str, reference: str) -> tuple[str, str, object]:
        """(sheet, address, value) of a cell."""
        return sheet, reference, self.values[sheet][reference].value

    def body(self, cover: Mapping[str, tuple[str, str, object]]) -> tuple[Body, int, str]:
        text = {key: _words(value).strip() for key, (_, _, value) in cover.items()}

        def wrong(key: str, expected: str) -> None:
            sheet, reference, _ = cover[key]
            self.problem(sheet, reference, _COVER[key][0], f"“{text[key]}”" if text[key] else "空白", expected)

        if not re.fullmatch(r"\d{6,12}", text["code"], re.ASCII):
            wrong("code", "6 至 12 位数字")
        if not 0 < len(text["name"]) <= 60 or re.search(r"[\x00-\x1f\x7f-\x9f]", text["name"]):
            wrong("name", "单位名称（不超过 60 个字，不换行）")
        for key, choices in (("level", _LEVEL_LABELS), ("scope", SCOPES), ("blank", _BLANK_LABELS)):
            text[key] = text[key].replace("(", "（").replace(")", "）")
            if text[key] not in choices:
                wrong(key, f"以下之一：{'、'.join(choices)}")
        year = int(text["year"]) if re.fullmatch(r"\d{4}", text["year"], re.ASCII) else 0
        if not FIRST_YEAR <= year <= LAST_YEAR:
            wrong("year", f"{FIRST_YEAR} 至 {LAST_YEAR} 的年度")
        body = Body(text["code"], text["name"], _LEVEL_LABELS.get(text["level"], ""), text["scope"])
        return body, year, _BLANK_LABELS.get(text["blank"], "unknown")

    def figures(
        self, form: Form, places: Mapping[tuple[str, str], tuple[str, str, bool]], blank: str
    ) -> dict[Cell, Figure]:
        """Every figure; totals last, because they may be computed from others."""
        totals = _totals(form)
        figures: dict[Cell, Figure] = dict.fromkeys(form.cells)
        # The total of totals after those it adds up.
        order = sorted(form.cells, key=lambda cell: (cell in totals) + any(c in totals for c in _parts(totals, cell)))
        for cell in order:
            sheet, reference, was_formula = places["figure", str(cell)]
            found = self.values[sheet][reference]
            given = self.formulas[sheet][reference]
            is_formula = given.data_type == "f"
            self.found[cell] = (f"工作表“{sheet}”{reference}", _words(given.value))
            computed = _sum_of(figures, totals[cell], blank) if cell in totals else None
            if is_formula and found.value in (None, "") and cell in totals:
                figures[cell] = computed
                continue
            if is_formula and found.value is None:
                what, advice = form.describe(cell), "请在 Excel 中打开并保存一次，或直接填写数字"
                self.problem(sheet, reference, what, "没有计算结果的公式", FIGURES[form.kind(cell)][1], advice)
                continue
            figures[cell] = self.figure(sheet, reference, found, form, cell)
            if was_formula and figures[cell] != computed:
                given = "空白" if figures[cell] is None else as_given(figures[cell])
                expected = "不能计算" if computed is None else as_given(computed)
                self.typed_over.append(f"{sheet} {reference}（{form.describe(cell)}）填{given}，公式应为{expected}")
        return figures

    def figure(self, sheet: str, reference: str, found: ExcelCell, form: Form, cell: Cell) -> Figure:
        """The figure of a cell by the kind of its column; None for a blank."""
        value = found.value
        kind = form.kind(cell)
        text = value.strip() if isinstance(value, str) else shown_number(value, found.number_format)
        if text == "" or value is None:
            return None
        pattern, expected = FIGURES[kind]
        if text is not None and pattern.fullmatch(text):
            return Decimal(text) if kind == AMOUNT else int(text)
        seen = f"“{value if text is None else text}”"
        self.problem(sheet, reference, form.describe(cell), seen[:42], expected, "没有数据的格子留空")
        return None

    def prose(self, sheet: str, reference: str) -> str:
        lines = [_words(row[0].value) for row in self.values[sheet][reference]]
        return "\n".join(lines).strip("\n")

    def entries(self, sheet: str, reference: str) -> list[tuple[str, list]]:
        """(address, values) of the lines of a list that are not blank."""
        found = []
        for row in self.values[sheet][reference]:
            values = [_number_or_text(c) for c in row]
            if any(value != "" for value in values):
                found.append((row[0].coordinate, values))
        return found

    def facts(self, lines: list[tuple[str, list]]) -> dict[str, int | Decimal | str]:
        facts = {}
        for reference, (name, value) in lines:
            if not FACT_NAME.fullmatch(str(name)):
                expected = "小写英文字母开头，只含小写字母、数字和下划线"
                self.problem(MORE, reference, "名称", f"“{name}”", expected)
            elif value == "":
                self.problem(MORE, reference, str(name), "空白", "数据")
            facts[str(name)] = value
        return facts

    def explanations(self, lines: list[tuple[str, list]]) -> tuple[dict[str, str], ...]:
        found = []
        for reference, values in lines:
            keys = _LISTS["explanations"][1]
            entry = {key: str(value) for key, value in zip(keys, values, strict=True) if value != ""}
            if "check" not in entry or not entry.keys() & {"reason", "as"}:
                self.problem(MORE, reference, "情况说明", "缺少规则编号或情况", "")
            found.append(entry)
        return tuple(found)


def _parts(totals: Mapping[Cell, Relation], cell: Cell) -> tuple[Cell, ...]:
    return totals[cell].left if cell in totals else ()


def _words(value: object) -> str:
    return "" if value is None else read_text(value) if isinstance(value, str) else str(value)


def shown_number(value: object, format: str) -> str | None:
    """A number as its cell shows it: 12.5 in a cell of format 0.00 is 12.50; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return None
    shown_places = len(format.partition(".")[2]) if re.fullmatch(r"0\.0+", format) else 0
    if number == number.to_integral_value() and not shown_places:
        return f"{number:.0f}"
    own_places = -int(number.normalize().as_tuple().exponent)
    return f"{number:.{max(shown_places, own_places, 0)}f}"


def _number_or_text(cell: ExcelCell) -> int | Decimal | str:
    digits = None if isinstance(cell.value, str) else shown_number(cell.value, cell.number_format)
    if digits is None:
        return _words(cell.value)
    return Decimal(digits) if "." in digits else int(digits)
