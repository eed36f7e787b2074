"""The grammar of a form: lines, tables, and the relations that follow from them.

A table is two trees of lines, one down and one across. There are three kinds of line: an ``Item`` holds
figures, a ``Total`` is an item equal to the sum of the lines beside it (and below them), a ``Heading`` only
groups lines. Codes, spans of merged heads and relations are all read off the trees. Nothing here knows any
particular form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import NamedTuple

_CODE = re.compile(r"[a-z][a-z0-9_]*")

COUNT = "count"  # 件、项: a whole number, not negative
CHANGE = "change"  # 本年增/减: a whole number, may be negative
AMOUNT = "amount"  # 万元: a decimal number, not negative, shown as given
KINDS = (COUNT, CHANGE, AMOUNT)


class FormError(ValueError):
    """A form that cannot be meant: raised while the form is being defined, so at import."""


@dataclass(frozen=True)
class Item:
    """A line that holds figures. ``kind`` (COUNT, CHANGE, AMOUNT) is read from the lines across."""

    code: str
    label: str
    kind: str = COUNT


@dataclass(frozen=True)
class Total(Item):
    """An item equal to the sum of the lines beside it (and below them).

    ``rule`` is the id of that relation, ``text`` says it in the form's own words."""

    rule: str = ""
    text: str = ""


@dataclass(frozen=True)
class Heading:
    """A line that only groups lines. Without a code it groups on paper only and leaves no trace in the codes.

    A ``collapsible`` heading is printed by some bodies as one row of figures without its lines."""

    code: str
    label: str
    lines: tuple[Item | Heading, ...]
    collapsible: bool = False


@dataclass(frozen=True)
class Balance:
    """A relation the form states in words: the rows ``left`` and the rows ``right`` have equal sums."""

    rule: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    text: str


class Cell(NamedTuple):
    """The address of one figure; written ``table/row/column`` in prose."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return "/".join(self)


@cache
def _without_note(label: str) -> str:
    return re.sub(r"(?<=.)（[^（）]*）$", "", label)


class Leaf(NamedTuple):
    """One item of a tree with its full code and the labels of the headings above it."""

    code: str
    item: Item
    above: tuple[str, ...]

    @property
    def name(self) -> str:
        """The label without the form's own note to it: （二）部分公开."""
        return _without_note(self.item.label)

    @property
    def label(self) -> str:
        """The name with the group it belongs to, as a message quotes it: “（六）其他处理 3.其他”."""
        words = f"{self.above[-1]} {self.name}" if len(self.above) > 1 else self.name
        return f"“{words.replace('“', '‘').replace('”', '’')}”"


class Span(NamedTuple):
    """Where a label stands: across ``levels`` head rows from ``level``, over ``count`` leaves from ``first``."""

    label: str
    level: int
    levels: int
    first: int
    count: int
    leaf: bool


class Relation(NamedTuple):
    """Cells whose sums are equal. ``place`` names the row or column it holds in, in the form's own words."""

    rule: str
    table: str
    place: str
    left: tuple[Cell, ...]
    right: tuple[Cell, ...]
    text: str


def _leaves(lines: tuple[Item | Heading, ...], prefix: str = "", above: tuple[str, ...] = ()) -> Iterator[Leaf]:
    for line in lines:
        code = f"{prefix}{line.code}"
        if isinstance(line, Heading):
            yield from _leaves(line.lines, f"{code}." if line.code else prefix, (*above, line.label))
        else:
            yield Leaf(code, line, above)


def _sums(lines: tuple[Item | Heading, ...], prefix: str = "") -> Iterator[tuple[Total, str, tuple[str, ...]]]:
    """(total, its code, codes of its parts) of every total in the tree."""
    for line in lines:
        if isinstance(line, Heading):
            yield from _sums(line.lines, f"{prefix}{line.code}." if line.code else prefix)
        elif isinstance(line, Total):
            parts = tuple(leaf.code for leaf in _leaves(lines, prefix) if not isinstance(leaf.item, Total))
            yield line, f"{prefix}{line.code}", parts


def _groups(lines: tuple[Item | Heading, ...], prefix: str = "") -> Iterator[tuple[str, Heading]]:
    for line in lines:
        if isinstance(line, Heading):
            code = f"{prefix}{line.code}"
            if line.code:
                yield code, line
            yield from _groups(line.lines, f"{code}." if line.code else prefix)


def _check_codes(lines: tuple[Item | Heading, ...], where: str) -> None:
    """Sibling codes are well formed and differ; a heading without a code shares its parent's."""
    seen: set[str] = set()

    def visit(siblings: tuple[Item | Heading, ...]) -> None:
        if not siblings:
            raise FormError(f"{where}: a heading without lines")
        for line in siblings:
            if isinstance(line, Item) and line.kind not in KINDS:
                raise FormError(f"{where}: “{line.label}” has the unknown kind {line.kind!r}")
            if not line.code and isinstance(line, Heading):
                visit(line.lines)
                continue
            if not _CODE.fullmatch(line.code):
                raise FormError(f"{where}: code {line.code!r} of “{line.label}” must be lower-case words")
            if line.code in seen:
                raise FormError(f"{where}: two lines have the code {line.code!r}; sibling codes must differ")
            seen.add(line.code)
            if isinstance(line, Heading):
                _check_codes(line.lines, f"{where}/{line.code}")

    visit(lines)


def spans(lines: tuple[Item | Heading, ...]) -> list[Span]:
    """The merged labels of a tree, level by level from the outside, ready for a table head or stub."""

    def depth(siblings: tuple[Item | Heading, ...]) -> int:
        return max(1 + depth(line.lines) if isinstance(line, Heading) else 1 for line in siblings)

    levels = depth(lines)
    found: list[Span] = []

    def visit(siblings: tuple[Item | Heading, ...], level: int, first: int) -> int:
        for line in siblings:
            if isinstance(line, Heading):
                after = visit(line.lines, level + 1, first)
                found.append(Span(line.label, level, 1, first, after - first, False))
                first = after
            else:
                found.append(Span(line.label, level, levels - level, first, 1, True))
                first += 1
        return first

    visit(lines, 0, 0)
    return sorted(found, key=lambda span: (span.level, span.first))


@dataclass(frozen=True)
class Table:
    """One table of a form. ``name`` is what messages call it (表三), ``label`` its printed heading.

    ``layout`` is "rows" where each row is a printed line, "blocks" where the rows stand side by side on one
    line (table 四), "parts" where several tables are printed as one (table 二)."""

    code: str
    name: str
    label: str
    section: str
    rows: tuple[Item | Heading, ...]
    columns: tuple[Item | Heading, ...]
    balances: tuple[Balance, ...] = ()
    corner: str = ""
    layout: str = "rows"

    def __post_init__(self) -> None:
        where = f"table {self.code!r}"
        _check_codes(self.rows, f"{where} rows")
        _check_codes(self.columns, f"{where} columns")
        codes = {leaf.code for leaf in self.row_leaves}
        for balance in self.balances:
            for code in (*balance.left, *balance.right):
                if code not in codes:
                    raise FormError(f"{where}: balance {balance.rule} names {code!r}, which is no row of the table")
        for total, code, parts in (*_sums(self.rows), *_sums(self.columns)):
            if not (total.rule and total.text):
                raise FormError(f"{where}: the total {code!r} needs the id and the words of its rule")
            if not parts:
                raise FormError(f"{where}: the total {code!r} has no lines beside it to add up")

    @cached_property
    def row_leaves(self) -> tuple[Leaf, ...]:
        """The rows that hold figures, in printed order."""
        return tuple(_leaves(self.rows))

    @cached_property
    def column_leaves(self) -> tuple[Leaf, ...]:
        """The columns that hold figures, in printed order."""
        return tuple(_leaves(self.columns))

    @cached_property
    def row(self) -> dict[str, Leaf]:
        """Row code → row."""
        return {leaf.code: leaf for leaf in self.row_leaves}

    @cached_property
    def column(self) -> dict[str, Leaf]:
        """Column code → column."""
        return {leaf.code: leaf for leaf in self.column_leaves}

    @cached_property
    def groups(self) -> dict[str, Heading]:
        """Code of a heading among the rows → the heading."""
        return dict(_groups(self.rows))

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Row or group code → the rows whose figures make it up: itself, or the group's lines without totals."""
        own = {leaf.code: (leaf.code,) for leaf in self.row_leaves}
        of_groups = {
            code: tuple(
                leaf.code
                for leaf in self.row_leaves
                if leaf.code.startswith(f"{code}.") and not isinstance(leaf.item, Total)
            )
            for code in self.groups
        }
        return own | of_groups

    def lines_of(self, group: str) -> dict[str, str]:
        """The lines directly below a heading among the rows, totals left out: code → label."""
        return {f"{group}.{line.code}": line.label for line in self.groups[group].lines if not isinstance(line, Total)}

    def relations(self) -> Iterator[Relation]:
        """Every relation between the figures of this table: stated balances, sums down, sums across."""

        def cells(rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Cell, ...]:
            return tuple(Cell(self.code, row, column) for row in rows for column in columns)

        down = [(b.rule, b.left, b.right, b.text) for b in self.balances]
        down += [(total.rule, parts, (code,), total.text) for total, code, parts in _sums(self.rows)]
        for rule, left, right, text in down:
            for column in self.column_leaves:
                across = (column.code,)
                yield Relation(rule, self.code, f"{column.name}列", cells(left, across), cells(right, across), text)
        for total, code, parts in _sums(self.columns):
            for row in self.row_leaves:
                left, right = cells((row.code,), parts), cells((row.code,), (code,))
                yield Relation(total.rule, self.code, f"{row.label}行", left, right, total.text)


@dataclass(frozen=True)
class Section:
    """One of the compulsory headings; ``parts`` are the points its text is expected to cover."""

    code: str
    title: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Form:
    """A format of the annual report: compulsory sections and tables, the notice it comes from, its years.

    Two forms are the same only if they are one object (``forms.form_with`` keeps one for each variant)."""

    code: int
    title: str
    notice: str
    first_year: int
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]

    def __post_init__(self) -> None:
        codes = [table.code for table in self.tables]
        for code in codes:
            if codes.count(code) > 1:
                raise FormError(f"form {self.code}: two tables have the code {code!r}")
        sections = {section.code for section in self.sections}
        for table in self.tables:
            if table.section not in sections:
                raise FormError(f"form {self.code}: table {table.code!r} stands in no section {table.section!r}")

    @cached_property
    def table(self) -> dict[str, Table]:
        """Table code → table."""
        return {table.code: table for table in self.tables}

    @cached_property
    def section(self) -> dict[str, Section]:
        """Section code → section."""
        return {section.code: section for section in self.sections}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The address of every figure, in printed order; a report is a vector in this order."""
        return tuple(
            Cell(table.code, row.code, column.code)
            for table in self.tables
            for row in table.row_leaves
            for column in table.column_leaves
        )

    @cached_property
    def index(self) -> dict[Cell, int]:
        """Address of a figure → its position in ``cells``."""
        return {cell: position for position, cell in enumerate(self.cells)}

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Every relation of every table."""
        return tuple(relation for table in self.tables for relation in table.relations())

    def kind(self, cell: Cell) -> str:
        """What sort of figure stands there: COUNT, CHANGE or AMOUNT."""
        return self.table[cell.table].column[cell.column].item.kind

    def members(self, table: str, row: str, column: str) -> tuple[Cell, ...] | None:
        """The cells that make up a figure: one for a row, several for a group of rows, None if the form has
        no such place."""
        return self._members.get((table, row, column))

    @cached_property
    def _members(self) -> dict[tuple[str, str, str], tuple[Cell, ...]]:
        return {
            (table.code, row, column): tuple(Cell(table.code, code, column) for code in rows)
            for table in self.tables
            for row, rows in table.members.items()
            for column in table.column
        }

    def describe(self, cell: Cell) -> str:
        """Where a figure stands, as a message says it: 表三“（二）部分公开”行商业企业列."""
        table = self.table[cell.table]
        return f"{table.name}{table.row[cell.row].label}行{table.column[cell.column].name}列"

    def collapse(self, table: str, group: str) -> Form:
        """This form with the lines of one collapsible heading printed as one row (seen in practice for
        （六）其他处理); the same form to the reader, other cells to the relations."""
        if table not in self.table or group not in self.table[table].groups:
            raise FormError(f"form {self.code}: there is no heading {group!r} in a table {table!r} to collapse")
        if not self.table[table].groups[group].collapsible:
            raise FormError(f"form {self.code}: the heading {group!r} is never printed as one row")
        tables = tuple(
            replace(t, rows=_collapsed(t.rows, group.split("."))) if t.code == table else t for t in self.tables
        )
        return replace(self, tables=tables)


def _collapsed(lines: tuple[Item | Heading, ...], path: list[str]) -> tuple[Item | Heading, ...]:
    def one(line: Item | Heading) -> Item | Heading:
        if line.code != path[0] or not isinstance(line, Heading):
            return line
        if len(path) > 1:
            return replace(line, lines=_collapsed(line.lines, path[1:]))
        return Item(line.code, line.label)

    return tuple(map(one, lines))
