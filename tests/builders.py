"""Reports small enough to add in your head, and their tables as a reader sees them."""

from decimal import Decimal

from gkstats.forms import FORM_2019, FORM_2021, form_with
from gkstats.report import Body, Report
from gkstats.schema import AMOUNT, Cell, Form, Heading

ONE_ROW_2021 = form_with(2021, (("applications", "results.closed_otherwise"),))
"""The 2021 form as some bodies print it: （六）其他处理 as one row."""

FORMS_SEEN = [FORM_2021, ONE_ROW_2021, FORM_2019]
FORM_NAMES = ["2021", "2021-one-row", "2019"]

BALANCED = {
    "applications/received": [5, 2, 0, 0, 0, 0, 7],
    "applications/carried_in": [1, 0, 0, 0, 0, 0, 1],
    "applications/results.granted": [3, 0, 0, 0, 0, 0, 3],
    "applications/results.granted_in_part": [0, 1, 0, 0, 0, 0, 1],
    "applications/results.refused.state_secret": [1, 0, 0, 0, 0, 0, 1],
    "applications/results.not_available.not_held": [1, 0, 0, 0, 0, 0, 1],
    "applications/results.total": [5, 1, 0, 0, 0, 0, 6],
    "applications/carried_out": [1, 1, 0, 0, 0, 0, 2],
    "disputes/review": [1, 1, 0, 2, 4],
    "disputes/suit_direct": [1, 0, 0, 1, 2],
    "disputes/suit_after_review": [0, 1, 1, 0, 2],
}
"""Eight applications to handle: six handled, two carried over. Eight disputes, three of them pending."""

SECTION_TWO = {
    "documents/normative_documents": [3, 1, 10],
    "licensing/licensing": [20],
    "enforcement/penalties": [30],
    "enforcement/coercive_measures": [4],
    "fees/fees_10k_yuan": [Decimal("12.50")],
}


def a_report(
    figures=(),
    *,
    form: Form = FORM_2021,
    rest=0,
    year=2024,
    level="county",
    scope="全县汇总",
    id="500243-pengshui",
    **more,
) -> Report:
    """A report of nothing but ``rest`` and the given figures: {"table/row": a row from left to right} or
    {"table/row/column": one figure}."""
    values = dict.fromkeys(form.cells, rest)
    for place, given in dict(figures).items():
        table, row, *column = place.split("/")
        cells = [Cell(table, row, code) for code in column or form.table[table].column]
        values |= dict(zip(cells, [given] if column else given, strict=True))
    assert len(values) == len(form.cells), "a place that the form does not have"
    return Report(Body(id.partition("-")[0], "某县", level, scope), year, form, values, id=id, **more)


def a_balanced_report(figures=(), **more) -> Report:
    """BALANCED, with the given figures put over it."""
    return a_report(BALANCED | dict(figures), **more)


def with_distinct_figures(form: Form) -> Report:
    """A report in which no two cells hold the same figure."""
    values = {
        cell: Decimal(f"{1000 + number}.50") if form.kind(cell) == AMOUNT else 1000 + number
        for number, cell in enumerate(form.cells)
    }
    return a_report({str(cell): figure for cell, figure in values.items()}, form=form)


def paths(lines, above=()) -> list[tuple[str, ...]]:
    """The labels that lead to every line of figures, from the outside in."""
    found = []
    for line in lines:
        labels = (*above, line.label)
        found += paths(line.lines, labels) if isinstance(line, Heading) else [labels]
    return found


def grid(rows: list[list[dict]], width: int) -> list[list[dict]]:
    """The cells of a table head or body as a browser places them; fails on a hole, an overlap or an overhang."""
    placed: dict[tuple[int, int], dict] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in placed:
                x += 1
            for place in ((y + down, x + right) for down in range(cell["rows"]) for right in range(cell["span"])):
                assert place not in placed, f"two cells at {place}: {placed[place]['text']} and {cell['text']}"
                placed[place] = cell
    assert set(placed) == {(y, x) for y in range(len(rows)) for x in range(width)}, "not a complete rectangle"
    return [[placed[y, x] for x in range(width)] for y in range(len(rows))]


def merged(cells) -> tuple[str, ...]:
    """The texts along a row or column of a grid, a merged cell once."""
    once = {id(cell): cell["text"] for cell in cells}
    return tuple(once.values())
