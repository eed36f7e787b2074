"""What is unusual beside last year and beside the other bodies: worth a look, never an error.

The usual range is read off the reports themselves: the median of all comparable bodies, and 3.5 times the median
absolute deviation (scaled as a standard deviation) on either side, the limit Iglewicz and Hoaglin give for their
robust z-score (How to Detect and Handle Outliers, 1993). Figures under 30 and fewer than 30 bodies are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.stats import median_abs_deviation

from gkstats.checks.balances import by_form
from gkstats.checks.rule import NOT_APPLICABLE, NOTE, Basis, Case, Example, Finding, Rule
from gkstats.checks.years import why_not_compared
from gkstats.forms import FORM_2021
from gkstats.report import Report, as_given
from gkstats.schema import Cell
from gkstats.stats import OUTCOMES

SMALL = 30
"""Smaller figures, and fewer bodies, are not judged: a few cases more or less change them by much."""

LIMIT = 3.5

MEASURES = (
    ("documents", "normative_documents", "in_force"),
    ("licensing", "licensing", "decisions"),
    ("enforcement", "penalties", "decisions"),
    ("enforcement", "coercive_measures", "decisions"),
    ("fees", "fees_10k_yuan", "amount"),
    ("applications", "received", "total"),
    ("disputes", "review", "total"),
)
"""Figures compared with last year's."""

_RESULTS = ("applications", "results.total", "total")
SHARES = tuple(("applications", code, "total") for code in OUTCOMES)
"""Results compared with other bodies, each as a share of all results."""


def _figures(reports: Sequence[Report], places: Sequence[tuple[str, str, str]]) -> np.ndarray:
    """Figures of reports, places × reports, NaN where one is unknown or the form has no such place."""
    values = np.full((len(places), len(reports)), np.nan)
    for form, positions, vectors in by_form(reports):
        for number, place in enumerate(places):
            if cells := form.members(*place):
                values[number, positions] = vectors[[form.index[cell] for cell in cells]].sum(axis=0)
    return values


def _usual(values: np.ndarray) -> tuple[float, float] | None:
    """The usual range; None where there are too few values or nothing varies."""
    known = values[~np.isnan(values)]
    if len(known) < SMALL:
        return None
    middle, spread = np.median(known), median_abs_deviation(known, scale="normal")
    return (middle - LIMIT * spread, middle + LIMIT * spread) if spread > 0 else None


def _jumps(cases: Sequence[Case]) -> Iterator[Finding]:
    comparable = []
    for case in cases:
        if why_not_compared(case):
            yield JUMP.finding(case, "没有可比的上年报告，不作比较", NOT_APPLICABLE)
        else:
            comparable.append(case)
    years = zip(
        MEASURES,
        _figures([case.report for case in comparable], MEASURES),
        _figures([case.previous for case in comparable if case.previous], MEASURES),
        strict=True,
    )
    judged = False
    for place, this, last in years:
        enough = (this >= SMALL) & (last >= SMALL)
        growth = np.full(len(comparable), np.nan)
        growth[enough] = np.log(this[enough] / last[enough])
        usual = _usual(growth)
        if usual is None:
            continue
        judged = True
        low, high = np.exp(usual)
        for position in np.flatnonzero((growth < usual[0]) | (growth > usual[1])):
            case = comparable[position]
            values = [_shown(report, place) for report in (case.report, case.previous)]
            message = (
                f"{case.report.form.describe(Cell(*place))}：本年{values[0]}，上年{values[1]}，为上年的"
                f"{np.exp(growth[position]):.2f}倍；{np.count_nonzero(enough)}个机关的通常范围是{low:.2f}至{high:.2f}倍"
            )
            yield JUMP.finding(
                case, message, **Cell(*place)._asdict(), found=values[0], expected=values[1], cells=(Cell(*place),)
            )
    if not judged:
        yield from _not_compared(JUMP, comparable, f"可比的机关不足{SMALL}个，或者相互没有差别")


def _outliers(cases: Sequence[Case]) -> Iterator[Finding]:
    peers: dict[tuple, list[Case]] = {}
    for case in cases:
        body = case.report.body
        peers.setdefault((case.report.year, body.level, body.scope_kind), []).append(case)
    for group in peers.values():
        results, *parts = _figures([case.report for case in group], [_RESULTS, *SHARES])
        enough = results >= SMALL
        if np.count_nonzero(enough) < SMALL:
            yield from _not_compared(OUTLIER, group, f"同年同级、办理结果不少于{SMALL}件的机关不足{SMALL}个")
            continue
        for place, part in zip(SHARES, parts, strict=True):
            shares = np.full(len(group), np.nan)
            shares[enough] = part[enough] / results[enough]
            usual = _usual(shares)
            if usual is None:
                continue
            low, high = max(usual[0], 0.0), min(usual[1], 1.0)
            for position in np.flatnonzero((shares < low) | (shares > high)):
                case = group[position]
                table = case.report.form.table["applications"]
                label = FORM_2021.table["applications"]
                name = table.row[place[1]].name if place[1] in table.row else label.groups[place[1]].label
                message = (
                    f"{table.name}“{name}”占办理结果的{shares[position]:.1%}，"
                    f"{np.count_nonzero(enough)}个同级机关的通常范围是{low:.1%}至{high:.1%}"
                )
                found = _shown(case.report, place)
                yield OUTLIER.finding(case, message, table=place[0], row=place[1], column=place[2], found=found)


def _shown(report: Report | None, place: tuple[str, str, str]) -> str:
    figure = None if report is None else report.value(*place)
    return "" if figure is None else as_given(figure)


def _not_compared(rule: Rule, cases: Iterable[Case], reason: str) -> Iterator[Finding]:
    for case in cases:
        yield rule.finding(case, f"{reason}，不作比较", NOT_APPLICABLE)


_METHOD = (
    "通常范围以各机关的中位数为中心，上下各取3.5倍的典型偏离（绝对中位差，按正态分布折算）；"
    f"小于{SMALL}的数、不足{SMALL}个机关时不作判断，因为多一件少一件就差得很多"
)

JUMP = Rule(
    "L.1",
    "与上年相差悬殊",
    "本年与上年之比一般在通常范围之内",
    Basis("Iglewicz、Hoaglin，How to Detect and Handle Outliers（1993）"),
    "比较",
    NOTE,
    _jumps,
    method=_METHOD,
    reasons=("确有变化",),
    may_over_report=True,
    may_under_report=True,
    passing=Example({"applications/received/total": 103}, previous={"applications/received/total": 100}, peers=40),
    failing=Example(
        {"applications/received/total": 900},
        previous={"applications/received/total": 100},
        peers=40,
        message="表三“一、本年新收政府信息公开申请数量”行总计列：本年900，上年100，为上年的9.00倍；"
        "41个机关的通常范围是0.93至1.14倍",
    ),
)

OUTLIER = Rule(
    "L.2",
    "与同级机关相差悬殊",
    "各类办理结果所占比例一般在同级机关的通常范围之内",
    Basis("Iglewicz、Hoaglin，How to Detect and Handle Outliers（1993）"),
    "比较",
    NOTE,
    _outliers,
    method=f"在同年、同级、统计范围相同的机关之间比较；{_METHOD}",
    reasons=("确有不同",),
    may_over_report=True,
    may_under_report=True,
    passing=Example(
        {"applications/results.granted/total": 94, "applications/results.refused.state_secret/total": 6,
         "applications/results.granted_in_part/total": 0, "applications/results.not_available.not_held/total": 0,
         "applications/results.total/total": 100},
        peers=40,
    ),
    failing=Example(
        {"applications/results.granted/total": 40, "applications/results.refused.state_secret/total": 60,
         "applications/results.granted_in_part/total": 0, "applications/results.not_available.not_held/total": 0,
         "applications/results.total/total": 100},
        peers=40,
        message="表三“（一）予以公开”占办理结果的40.0%，41个同级机关的通常范围是88.8%至99.2%\n"
        "表三“（三）不予公开”占办理结果的60.0%，41个同级机关的通常范围是0.8%至11.2%",
    ),
)  # fmt: skip

RULES = (JUMP, OUTLIER)
