"""The numbers in a report's prose compared with the figures they speak of.

``compared`` is the whole of it: every number with its unit, how it was read (``reading``), what the tables say, and
whether both agree. Two values contradict each other only if no reading of the number meets its figure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from gkstats.narrative import Placed, printed_with_places
from gkstats.prose import terms
from gkstats.prose.claims import claims_of_none
from gkstats.prose.clause import CHANGE, GROWTH, LAST, LEVEL, RATIO, Reading
from gkstats.prose.reading import ProseFigure, figures_of
from gkstats.quantities import PERCENT, POINTS, Exact, Interval, Quantity, exactly
from gkstats.report import PREAMBLE, Report
from gkstats.schema import Cell, Form

AGREES, CONTRADICTS, NOT_TIED = "agrees", "contradicts", "not_tied"
STATUS_LABELS = {AGREES: "相符", CONTRADICTS: "不符", NOT_TIED: "未对应"}

_OF_2019 = {"issued": "created"}
_TERM = re.compile(r"([+-]?)([^+-]+)")


class Tied(NamedTuple):
    """A number of the prose and what became of it.

    ``tie`` says in words what it was read as, ``reason`` why it is not tied; ``expected`` is the value of that reading,
    ``cells`` its figures; ``reading`` is None where it is not tied. ``placed`` marks a number that the file takes from
    the tables itself."""

    figure: ProseFigure
    status: str
    tie: str = ""
    reason: str = ""
    expected: str = ""
    difference: str = ""
    cells: tuple[Cell, ...] = ()
    reading: Reading | None = None
    placed: bool = False

    @property
    def section(self) -> str:
        """The section it stands in."""
        return self.figure.section

    @property
    def start(self) -> int:
        """Where it begins in the section's text as printed (``narrative.printed``)."""
        return self.figure.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.figure.end

    @property
    def quote(self) -> str:
        """Its sentence."""
        return self.figure.quote

    @property
    def text(self) -> str:
        """The number as printed."""
        return self.figure.quantity.text

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.figure.quantity.unit

    @property
    def values(self) -> Interval:
        """What it may be."""
        return self.figure.quantity.interval

    @property
    def zero(self) -> bool:
        """Whether it is a claim that there was none, without a digit."""
        return self.figure.zero


def compared(report: Report, previous: Report | None = None) -> list[Tied]:
    """Every number of a report's prose with its status against the tables, in the order of the text, and among them
    the claims of none (未发生行政复议) that speak of a figure."""
    found: list[Tied] = []
    for section, (text, places) in printed_with_places(report, previous).items():
        if section != PREAMBLE:
            figures = [*figures_of(section, text, report), *claims_of_none(section, text, report)]
            figures.sort(key=lambda figure: (figure.start, figure.end))
            found += [_placed(_tied(figure, report, previous), places) for figure in figures]
    return found


def _tied(figure: ProseFigure, report: Report, previous: Report | None) -> Tied:
    quantity = figure.quantity
    readings = [reading for reading in figure.readings if _known(reading, report.form)]
    reason = figure.reason if not figure.readings else figure.scope or ("" if readings else "本格式的表内没有这一项")
    if not reason and readings[0].kind in (LAST, CHANGE, GROWTH):
        reason = _not_comparable(report, previous)
    if reason:
        return Tied(figure, NOT_TIED, reason=reason)
    values: dict[Exact, Reading] = {}  # each value once, as its first reading
    unknown = False
    for reading in readings:
        value = _value(reading, quantity.unit, report, previous)
        if value is None:
            unknown = True
        elif _meant(quantity).meets(exactly(value * figure.sign)):
            return Tied(
                figure, AGREES, tie=words(reading, report.form), expected=shown(value, quantity.unit),
                cells=cells_of(reading, report.form), reading=reading,
            )  # fmt: skip
        else:
            values.setdefault(value, reading)
    if unknown:
        reason = "表内空白或者没有可比的数，不能核对"
        return Tied(figure, NOT_TIED, reason=reason, tie=words(readings[0], report.form))
    return Tied(
        figure,
        CONTRADICTS,
        tie=_all_words(values.values(), report.form),
        expected="、".join(dict.fromkeys(shown(value, quantity.unit) for value in [*values][:2])),
        difference=_difference(quantity.interval, next(iter(values)) * figure.sign),
        cells=cells_of(readings[0], report.form),
        reading=readings[0],
    )


def _placed(tied: Tied, places: Iterable[Placed]) -> Tied:
    """A number that a place of the file put there agrees by construction, however its sentence reads."""
    place = next((place for start, end, place in places if start < tied.end and tied.start < end), "")
    if not place:
        return tied
    return tied._replace(status=AGREES, tie=tied.tie if tied.status == AGREES else f"引用 {place}", placed=True)


def _not_comparable(report: Report, previous: Report | None) -> str:
    if previous is None:
        return "没有上年度的报告，不作比较"
    return "上年的统计范围不同，不作比较" if previous.body.scope_kind != report.body.scope_kind else ""


def _meant(quantity: Quantity) -> Interval:
    """The values that agree with a number."""
    interval = quantity.interval
    if quantity.unit != POINTS or interval.high is None:
        return interval
    # the difference of two printed rates, each rounded or cut by itself
    step = Fraction(interval.high - interval.low) / 2
    return Interval(interval.low - step, interval.high + step)


def _value(reading: Reading, unit: str, report: Report, previous: Report | None) -> Exact | None:
    value = _of(reading, report, previous)
    return value * 100 if value is not None and unit in (PERCENT, POINTS) else value


def _of(reading: Reading, report: Report, previous: Report | None) -> Exact | None:
    if reading.kind == LEVEL:
        return _sum(reading.places, report)
    if reading.kind == RATIO:
        return _ratio(_sum(reading.places, report), _sum(reading.base, report))
    if previous is None:
        return None
    last = _sum(reading.places, previous)
    if reading.kind == LAST:
        return last
    if reading.kind == CHANGE and reading.base:
        this = _ratio(_sum(reading.places, report), _sum(reading.base, report))
        last = _ratio(last, _sum(reading.base, previous))
        return None if this is None or last is None else this - last
    this = _sum(reading.places, report)
    if this is None or last is None:
        return None
    return this - last if reading.kind == CHANGE else _ratio(this - last, last)


def _ratio(part: Exact | None, whole: Exact | None) -> Exact | None:
    return None if part is None or not whole or whole < 0 else Fraction(part, whole)


def _sum(places: str, report: Report) -> Exact | None:
    total: Exact | None = None
    for sign, place in _places(places, report.form):
        figure = report.value(*place)
        if figure is None:
            return None
        total = (total or 0) + sign * (figure if isinstance(figure, int) else Fraction(figure))
    return total


@cache
def _places(places: str, form: Form) -> tuple[tuple[int, tuple[str, str, str]], ...]:
    """Sign and table, row, column of every term of a+b-c; empty if the form lacks one of them."""
    found = []
    for sign, term in _TERM.findall(places):
        row, _, column = term.partition("/")
        for name in (terms.DIRECT, terms.AFTER) if row == terms.SUIT else (row,):
            table = next((table for table in form.tables if name in table.members), None)
            if table is None:
                return ()
            code = column or ("total" if "total" in table.column else next(iter(table.column)))
            code = code if code in table.column else _OF_2019.get(code, code)
            if form.members(table.code, name, code) is None or (
                not column and code not in ("total", "decisions", "amount")
            ):
                return ()
            found.append((-1 if sign == "-" else 1, (table.code, name, code)))
    return tuple(found)


def _known(reading: Reading, form: Form) -> bool:
    return bool(_places(reading.places, form)) and (not reading.base or bool(_places(reading.base, form)))


@cache
def cells_of(reading: Reading, form: Form) -> tuple[Cell, ...]:
    """The cells a reading speaks of."""
    places = [place for _, place in _places(reading.places, form)]
    return tuple(dict.fromkeys(cell for place in places for cell in form.members(*place) or ()))


@cache
def words(reading: Reading, form: Form) -> str:
    """A reading in words: 表三“（二）部分公开”总计."""
    main = _place_words(reading.places, form)
    if reading.kind == RATIO:
        return f"{main}占{_place_words(reading.base, form)}的比例"
    if reading.kind == CHANGE and reading.base:
        return f"{main}占{_place_words(reading.base, form)}的比例与上年之差"
    return {LEVEL: main, LAST: f"上年{main}", CHANGE: f"{main}与上年之差", GROWTH: f"{main}比上年的增幅"}[reading.kind]


@cache
def _place_words(places: str, form: Form) -> str:
    said: list[str] = []
    for sign, term in _TERM.findall(places):
        row = term.partition("/")[0]
        _, (table_code, name, code) = _places(term, form)[0]
        table = form.table[table_code]
        across = table.column[code].name if len(table.column) > 1 else ""
        if row == terms.SUIT:
            label = f"“行政诉讼”两类{across}之和"
        elif name in table.groups:
            label = f"“{table.groups[name].label}”各项之和"
        else:
            label = f"{table.row[name].label}{across}"
        said.append(("减" if sign == "-" else "加" if said else "") + table.name + label)
    return "".join(said)


def _all_words(readings: Collection[Reading], form: Form) -> str:
    """The ways a number may be read, the first two in full."""
    told = [words(reading, form) for reading in readings]
    return "，或".join(told[:2]) + (f"等{len(told)}种读法" if len(told) > 2 else "")


def shown(value: Exact | None, unit: str = "") -> str:
    """A value in digits, shares with their unit and at most two decimals; "—" where unknown."""
    if value is None:
        return "—"
    places = 2 if unit in (PERCENT, POINTS) else 4
    digits = f"{value}" if value.denominator == 1 else f"{float(value):.{places}f}".rstrip("0").rstrip(".")
    return digits + (unit if unit in (PERCENT, POINTS) else "")


def _difference(interval: Interval, value: Exact) -> str:
    return _signed(interval.low - value) if interval.exact else ""


def _signed(value: Exact) -> str:
    return ("+" if value > 0 else "") + shown(value)
