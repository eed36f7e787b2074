"""One body's annual report for one year: its figures, prose and facts, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from gkstats.schema import AMOUNT, Cell, Form

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Figure = int | Decimal | None


def as_given(figure: int | Decimal) -> str:
    """A figure in the digits it was given in, never in scientific notation.

    >>> as_given(12752), as_given(Decimal("8205.10")), as_given(Decimal("0.00000001"))
    ('12752', '8205.10', '0.00000001')
    """
    return f"{figure:f}" if isinstance(figure, Decimal) else str(figure)


def added(figures: Iterable[int | Decimal | None]) -> int | Decimal | None:
    """The sum of figures; None where one of them is unknown.

    >>> added([1, 2]), added([1, None])
    (3, None)
    """
    total: int | Decimal = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def visible(text: str) -> str:
    """The text on one line, nothing in it that a terminal obeys or that UTF-8 cannot write; wide spaces are kept.

    >>> visible("a\\x1b[2J\\u202eb")
    'a<U+001B>[2J<U+202E>b'
    """
    return "".join(c if c.isprintable() or c in "\u3000\xa0" else f"<U+{ord(c):04X}>" for c in text)


PREAMBLE = "preamble"
"""Key of the prose before section 一: basis, period, contact."""

BLANK = {"unknown": "空白表示不掌握，涉及空白的关系不作判断", "zero": "空白表示零"}


EXPLANATION_KEYS = {
    "check": "规则编号",
    "place": "表/行/列（可省略）",
    "reason": "情况",
    "finding": "核对事项（含数值）",
    "as": "结论",
    "who": "核对人",
    "when": "日期",
    "message": "当时所见",
}
"""What an entry of ``explanations`` may hold. With ``finding``, the fingerprint of one finding, it is a decision."""

DECISIONS = {"待核": False, "确认有误": False, "属实有因": True, "误报": True}
"""How a reviewer may decide a finding → whether it then no longer counts as an error."""


class Level(NamedTuple):
    """An administrative level. Only some make 规章 (立法法: 国务院部门、省级政府、设区的市级政府)."""

    label: str
    makes_regulations: bool


LEVELS = {
    "ministry": Level("国务院部门", True),
    "province": Level("省级政府", True),
    "prefecture": Level("设区的市级政府", True),
    "county": Level("县级政府", False),
    "town": Level("乡镇政府、街道办事处", False),
    "department": Level("县级以上地方政府部门", False),
}

WHOLE, GOVERNMENT, OFFICE, OWN = "whole", "government", "office", "own"
SCOPES = {
    **{f"全{area}汇总": WHOLE for area in "县市区州省"},
    **{f"{area}政府（含办公室）": GOVERNMENT for area in "县市区州省"},
    **{f"{area}政府办公室": OFFICE for area in "县市区州省"},
    "本机关": OWN,
}
"""What the figures cover, as the file says it → the kind of scope comparisons go by."""


@dataclass(frozen=True)
class Body:
    """The body that reports: division code, name, level (LEVELS), scope of its figures (SCOPES)."""

    code: str
    name: str
    level: str
    scope: str

    @property
    def scope_kind(self) -> str:
        """WHOLE, GOVERNMENT, OFFICE or OWN; comparisons between reports hold within one kind."""
        return SCOPES[self.scope]


@dataclass(frozen=True, eq=False)
class Report:
    """One annual report. ``figures`` maps every cell of ``form`` to its figure as given, None where blank.

    ``blank`` says what a blank means ("unknown" or "zero"); ``value`` and ``vector`` apply it."""

    body: Body
    year: int
    form: Form
    figures: Mapping[Cell, Figure]
    blank: str = "unknown"
    facts: Mapping[str, int | Decimal | str] = field(default_factory=dict)
    prose: Mapping[str, str] = field(default_factory=dict)
    explanations: tuple[Mapping[str, str], ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    file: str = ""
    sha256: str = ""

    def value(self, table: str, row: str, column: str) -> Figure:
        """The figure of a row or the sum of a group of rows (results.refused) in a column, blanks read by the
        report's policy. None if unknown or if the report's form has no such place."""
        cells = self.form.members(table, row, column)
        if cells is None:
            return None
        if len(cells) == 1:
            return self._read(cells[0])
        return added(map(self._read, cells))

    def _read(self, cell: Cell) -> Figure:
        figure = self.figures[cell]
        return 0 if figure is None and self.blank == "zero" else figure

    @cached_property
    def vector(self) -> np.ndarray:
        """The figures as floats in the order of ``form.cells``, NaN where unknown."""
        import numpy as np

        vector = np.array(itemgetter(*self.form.cells)(self.figures), dtype=float, ndmin=1)  # None becomes NaN
        return np.nan_to_num(vector) if self.blank == "zero" else vector

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Table code → a frame in the form's shape: rows and columns by code, counts Int64 (blank: NA),
        万元 as Decimal exactly as given. Copy before changing."""
        import pandas as pd

        return {
            code: pd.DataFrame(
                {
                    column.code: pd.array(
                        [self.figures[Cell(code, row, column.code)] for row in table.row],
                        dtype=object if column.item.kind == AMOUNT else "Int64",
                    )
                    for column in table.column_leaves
                },
                index=pd.Index(table.row, name="row"),
            )
            for code, table in self.form.table.items()
        }

    def is_blank(self) -> bool:
        """Whether no figure has been filled in."""
        return all(figure is None for figure in self.figures.values())


class Problem(NamedTuple):
    """One thing wrong with a file: where, what was found, what is expected, what to do. Where nothing is expected,
    ``found`` says what is wrong."""

    file: str
    line: int | None
    where: str
    found: str
    expected: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"第 {self.line} 行  " if self.line else ""
        text = f"读到{self.found}，应为{self.expected}" if self.expected else self.found
        return f"{place}{self.where}：{text}{'。' + self.advice if self.advice else ''}"


class ReportError(Exception):
    """A report that cannot be read; ``problems`` holds all of them."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        files: dict[str, list[Problem]] = {}
        for problem in self.problems:
            files.setdefault(problem.file, []).append(problem)
        text = "\n".join(
            "\n".join([f"{file} 有 {len(found)} 处问题：", *(f"  {problem}" for problem in found)])
            for file, found in files.items()
        )
        return "\n".join(map(visible, text.split("\n")))

    def __reduce__(self):
        return type(self), (self.problems,)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a Python traceback: the reader is a clerk."""
        return [str(self)]


class UnknownReport(ReportError):
    """A body, year or folder that is not there: wrong use rather than wrong data."""
