"""Where labels, figures and checks stand on the sheets of the form, and the formulas of totals and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from math import lcm
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from gkstats.report import (
    BLANK,
    EXPLANATION_KEYS,
    LEVELS,
    Figure,
    added,
)
from gkstats.schema import Cell, Form, Relation, Table, spans

VERSION = 1
MAP, MARK = "_gkstats", "gkstats-form"
COVER, MORE = "封面", "表外数据"

PASSED, FAILED, BLANK_PART = "√", "×", "未填"
"""What a check cell says, or begins with."""

LISTS = {
    "facts": ("正文要用而表里没有的数据，正文中写作 {facts/名称}", ("名称", "数据")),
    "explanations": ("对未通过的核对事项的说明", tuple(EXPLANATION_KEYS)),
    "source": ("数据来源", ("项目", "内容")),
}
COVER_FIELDS = {
    "code": ("行政区划代码", "6 至 12 位数字"),
    "name": ("单位名称", "写全称"),
    "level": ("层级", "从列表中选择"),
    "scope": ("统计范围", "从列表中选择"),
    "blank": ("空白的含义", "从列表中选择"),
    "year": ("报告年度", ""),
    "form": ("报告格式", ""),
}
LEVEL_LABELS = {level.label: code for code, level in LEVELS.items()}
BLANK_LABELS = {label: code for code, label in BLANK.items()}


class Label(NamedTuple):
    """A label of a table and the cells it covers."""

    row: int
    column: int
    rows: int
    columns: int
    text: str
    role: str  # head | band | label


class Layout(NamedTuple):
    """Where the labels and the figures of a table stand: figure → (row, column, columns it covers)."""

    labels: list[Label]
    figures: dict[Cell, tuple[int, int, int]]
    widths: list[float]

    @property
    def bottom(self) -> int:
        return max(row for row, _, _ in self.figures.values())

    @property
    def right(self) -> int:
        return max(column + columns - 1 for _, column, columns in self.figures.values())


class Check(NamedTuple):
    """A check beside a table: the relation and the cells its outcome covers."""

    relation: Relation
    row: int
    column: int
    columns: int


# -- layouts, each below the title row of its sheet

TOP = 3


def _rows_layout(table: Table) -> Layout:
    """Rows are printed lines under a merged head, beside a merged stub (table 三)."""
    across, down = spans(table.columns), spans(table.rows)
    head_rows = max(span.level + span.levels for span in across)
    stub = max(span.level + span.levels for span in down)
    first_row, first_column = TOP + head_rows, 1 + stub
    labels = [Label(TOP, 1, head_rows, stub, table.corner, "head")]
    labels += [
        Label(TOP + s.level, first_column + s.first, s.levels, s.count, s.label, "head") for s in across
    ]  # fmt: skip
    labels += [Label(first_row + s.first, 1 + s.level, s.count, s.levels, s.label, "label") for s in down]
    figures = {
        Cell(table.code, row, column): (first_row + y, first_column + x, 1)
        for y, row in enumerate(table.row)
        for x, column in enumerate(table.column)
    }
    return Layout(labels, figures, [5.0, 16.0, 42.0][3 - stub :] + [11.0] * len(table.column))


def _blocks_layout(table: Table) -> Layout:
    """Rows stand side by side on one line, each with its columns below it (table 四)."""
    blocks, columns = spans(table.rows), table.column_leaves
    head_rows = max(span.level + span.levels for span in blocks) + 1
    labels = []
    for span in blocks:
        first, count = 1 + span.first * len(columns), span.count * len(columns)
        labels.append(Label(TOP + span.level, first, 1, count, span.label, "head"))
        if span.leaf:
            below = head_rows - span.level - 1
            labels += [
                Label(TOP + span.level + 1, first + x, below, 1, column.item.label, "head")
                for x, column in enumerate(columns)
            ]
    figures = {
        Cell(table.code, row, column): (TOP + head_rows, 1 + block * len(columns) + x, 1)
        for block, row in enumerate(table.row)
        for x, column in enumerate(table.column)
    }
    return Layout(labels, figures, [9.5] * (len(table.row) * len(columns)))


def _parts_layout(tables: Iterable[Table]) -> Layout:
    """Several tables as one, each under a band with its own head (table 二)."""
    tables = list(tables)
    grid = lcm(*(len(table.column) for table in tables))
    labels: list[Label] = []
    figures: dict[Cell, tuple[int, int, int]] = {}
    row = TOP
    for table in tables:
        span = grid // len(table.column)
        labels.append(Label(row, 1, 1, grid + 1, table.label, "band"))
        labels.append(Label(row + 1, 1, 1, 1, table.corner, "head"))
        labels += [
            Label(row + 1, 2 + x * span, 1, span, column.item.label, "head")
            for x, column in enumerate(table.column_leaves)
        ]
        for y, leaf in enumerate(table.row_leaves, row + 2):
            labels.append(Label(y, 1, 1, 1, leaf.item.label, "label"))
            figures |= {
                Cell(table.code, leaf.code, column): (y, 2 + x * span, span) for x, column in enumerate(table.column)
            }
        row += 2 + len(table.row)
    return Layout(labels, figures, [28.0] + [60.0 / grid] * grid)


def layouts_of(form: Form) -> Iterator[tuple[list[Table], Layout]]:
    """The tables of each sheet and where everything stands on it, in printed order."""
    for _, group in groupby(form.tables, lambda table: (table.section, table.name)):
        tables = list(group)
        if tables[0].layout == "parts":
            yield tables, _parts_layout(tables)
        else:
            yield tables, (_blocks_layout if tables[0].layout == "blocks" else _rows_layout)(tables[0])


def checks_of(form: Form, tables: list[Table], layout: Layout) -> Iterator[Check]:
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
            yield Check(relation, line, columns[0], columns[-1] - columns[0] + 1)
        else:
            yield Check(relation, places[0][0], line, 1)


# -- formulas


def cover_row(key: str) -> int:
    """The row of a field on the cover."""
    return 3 + list(COVER_FIELDS).index(key)


def address_of(row: int, column: int) -> str:
    """A cell as formulas name it: A1."""
    return f"{get_column_letter(column)}{row}"


def _references(cells: Iterable[Cell], layout: Layout) -> str:
    """The addresses of cells as arguments of a function, those below or beside one another as a range."""
    runs: list[list[tuple[int, int]]] = []
    for row, column in sorted((layout.figures[cell][:2] for cell in cells), key=lambda place: place):
        last = runs[-1] if runs else []
        step = last and (row - last[-1][0], column - last[-1][1])
        if step in ((0, 1), (1, 0)) and (len(last) < 2 or step == (last[1][0] - last[0][0], last[1][1] - last[0][1])):
            last.append((row, column))
        else:
            runs.append([(row, column)])
    return ",".join(
        address_of(*run[0]) if len(run) == 1 else f"{address_of(*run[0])}:{address_of(*run[-1])}" for run in runs
    )


def _open_while_blank(cells: tuple[Cell, ...], layout: Layout, otherwise: str, blank: str) -> str:
    """A formula that says ``blank`` while one of the cells is, unless a blank means zero."""
    cover = f"'{COVER}'!$B${cover_row('blank')}"
    count = f"COUNT({_references(cells, layout)})<{len(cells)}"
    return f'=IF(AND({count},{cover}<>"{BLANK["zero"]}"),"{blank}",{otherwise})'


def sum_formula(relation: Relation, layout: Layout) -> str:
    """The formula of a total; nothing while one of its parts is blank."""
    return _open_while_blank(relation.left, layout, f"SUM({_references(relation.left, layout)})", "")


def check_formula(relation: Relation, layout: Layout) -> str:
    """The formula of a check: PASSED, FAILED with the difference, or BLANK_PART."""
    left, right = (f"SUM({_references(cells, layout)})" for cells in (relation.left, relation.right))
    outcome = f'IF(ABS({left}-{right})<0.5,"{PASSED}","{FAILED}差"&ABS({left}-{right}))'
    return _open_while_blank((*relation.left, *relation.right), layout, outcome, BLANK_PART)


def totals_of(form: Form) -> dict[Cell, Relation]:
    """Total → the relation that gives its value. The total of totals has two; the form checks the other."""
    found: dict[Cell, Relation] = {}
    for relation in form.relations:
        if len(relation.right) == 1:
            found.setdefault(relation.right[0], relation)
    return found


def sum_of(figures: Mapping[Cell, Figure], relation: Relation, blank: str) -> Figure:
    """What ``sum_formula`` comes to."""
    parts = (figures[cell] for cell in relation.left)
    return added(part or 0 for part in parts) if blank == "zero" else added(parts)
