"""The small report every example of a rule starts from: figures to add in your head."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gkstats.checks.rule import Case, Example
from gkstats.forms import FORMS
from gkstats.report import PREAMBLE, Body, Figure, Report
from gkstats.schema import Cell, Form
from gkstats.units import Unit, UnitsRecord, figures_of

BODY = Body("500243", "某县", "county", "全县汇总")

BASE = {
    "documents/normative_documents": [3, 1, 10],
    "licensing/licensing": [20],
    "enforcement/penalties": [30],
    "enforcement/coercive_measures": [4],
    "fees/fees_10k_yuan": [Decimal("12.50")],
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
"""Eight applications to handle: six handled, two carried over. Ten documents in force, three of them new."""

LAST_YEAR = {
    "documents/normative_documents": [2, 0, 8],
    "applications/received": [4, 0, 0, 0, 0, 0, 4],
    "applications/results.granted": [3, 0, 0, 0, 0, 0, 3],
    "applications/results.total": [3, 0, 0, 0, 0, 0, 3],
    "applications/carried_out": [1, 0, 0, 0, 0, 0, 1],
}
"""The year before: one application carried over, eight documents in force."""


_LETTERS = "甲乙丙丁"


def case_of(example: Example) -> Case:
    """The case an example stands for; its units are 甲局, 乙局 and so on, what they do not say being zero."""
    report = _report(BASE, example.figures, example.year, example.form, example.prose)
    previous = None
    if example.previous is not None:
        form = 2019 if example.year - 1 < 2021 else 2021
        previous = _report(LAST_YEAR, example.previous, example.year - 1, form, example.previous_prose)
    units = tuple(
        Unit(f"{letter}局", "", "", figures_of(_report({}, figures, example.year, example.form, {})))
        for letter, figures in zip(_LETTERS, example.units, strict=False)
    )
    record = UnitsRecord(report.id, report.year, report.form.code, units) if units else None
    return Case(report, previous, record)


def peers_of(example: Example) -> list[Case]:
    """The other bodies of an example: of like size, this year and last, each a little different."""
    cases = []
    for number in range(example.peers):
        received, refused = 100 + number % 7, 5 + number % 3
        figures = {
            "applications/received/total": received,
            "applications/results.granted/total": 100 - refused,
            "applications/results.refused.state_secret/total": refused,
            "applications/results.total/total": 100,
        }
        this, last = (
            _report({}, figures | {"applications/received/total": total}, year, example.form, {})
            for year, total in ((example.year, received), (example.year - 1, 100))
        )
        cases.append(Case(this, last))
    return cases


def in_words(example: Example) -> list[str]:
    """What an example changes in the small balanced report, a line each."""
    form = FORMS[example.form]
    lines = (
        [f"{example.year}年度的报告，使用{form.notice}的格式"] if (example.year, example.form) != (2024, 2021) else []
    )
    lines += [f"{_place(form, place)}：{_values(given)}" for place, given in example.figures.items()]
    if example.previous is not None:
        lines += [f"上年{_place(form, place)}：{_values(given)}" for place, given in example.previous.items()]
    titles = {PREAMBLE: "前言"} | {section.code: section.title for section in form.sections}
    for year, prose in (("", example.prose), ("上年", example.previous_prose)):
        lines += [
            f"{year}正文“{titles[section]}”：{line}" for section, text in prose.items() for line in text.split("\n")
        ]
    for letter, figures in zip(_LETTERS, example.units, strict=False):
        lines += [f"{letter}局{_place(form, place)}：{_values(given)}" for place, given in figures.items()]
    if example.peers:
        lines.append(f"另有{example.peers}个规模相近的机关，本年和上年各有一份报告")
    return lines


def _place(form: Form, place: str) -> str:
    table, row, *column = place.split("/")
    if column:
        return form.describe(Cell(table, row, *column))
    return f"{form.table[table].name}“{form.table[table].row[row].name}”行"


def _values(given) -> str:
    return "、".join(map(str, given)) if isinstance(given, list) else str(given)


def _report(base: Mapping, figures: Mapping, year: int, code: int, prose: Mapping[str, str]) -> Report:
    form = FORMS[code]
    values: dict[Cell, Figure] = dict.fromkeys(form.cells, 0)
    for place, given in {**base, **figures}.items():
        values |= _cells(form, place, given)
    return Report(BODY, year, form, values, prose=prose, id=f"{BODY.code}-mou")


def _cells(form: Form, place: str, given) -> dict[Cell, Figure]:
    """Cell → figure of a place (table/row/column) or of a row from left to right; none where the form has no such
    row."""
    table, row, *column = place.split("/")
    if row not in form.table[table].row:
        return {}
    codes = column or form.table[table].column
    return {Cell(table, row, code): figure for code, figure in zip(codes, [given] if column else given, strict=False)}
