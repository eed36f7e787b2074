"""Prose with figures from the tables, so that text and table cannot disagree.

A place in braces is replaced by its figure, everything else is text; nothing in prose is ever executed:

    {applications/results.total/total}   a figure or the sum of a group (results.refused): table/row/column
    {stats/disclosure_rate}              a statistic, with %; also {stats/received_change}, {stats/received_growth}
    {facts/website_items}                a fact of the file
    {body} {year} {last_year} {next_year}
    {{ and }}                            the braces themselves
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from gkstats.report import PREAMBLE, Problem, Report, ReportError, as_given
from gkstats.schema import Form
from gkstats.stats import (
    NOT_KNOWN,
    PER_HUNDRED,
    PERCENT,
    STATISTICS,
    change,
    growth,
    shown,
    worded_change,
    worded_growth,
)

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LEAD = re.compile(r"（[一二三四五六七八九十]{1,3}）[^。：；，]{1,30}(?:[。：]|$)")
_SHORT = {
    "body": lambda report: report.body.name,
    "year": lambda report: report.year,
    "last_year": lambda report: report.year - 1,
    "next_year": lambda report: report.year + 1,
}


class Placed(NamedTuple):
    """From where to where in a text stands what a place of the file put there."""

    start: int
    end: int
    place: str


def paragraphs(report: Report, section: str, previous: Report | None = None) -> list[tuple[str, str]]:
    """The prose of a section, a (lead, text) a paragraph, figures filled in. The lead is a numbered opening
    such as （一）主动公开情况。 or "". Empty if the report has no such prose.

    Raises ReportError with every place that means nothing, each with the nearest that would."""
    problems = list(_section_problems(report, section))
    if problems:
        raise ReportError(problems)
    found = []
    for line in report.prose.get(section, "").splitlines():
        if text := fill(line.strip(), report, previous):
            lead = _LEAD.match(text)
            found.append((lead[0], text[lead.end() :]) if lead else ("", text))
    return found


def problems(report: Report) -> list[Problem]:
    """Every place in the report's prose that means nothing, and every lone brace."""
    return [problem for section in report.prose for problem in _section_problems(report, section)]


def unknown_places(report: Report, previous: Report | None = None) -> list[tuple[str, str]]:
    """(section, place) of every place that is well written but has no figure to show."""
    return [
        (section, match[1].strip())
        for section, text in report.prose.items()
        for match in _BRACES.finditer(text)
        if match[1] is not None and _text_of(match[1].strip(), report, previous) == NOT_KNOWN
    ]


def fill(text: str, report: Report, previous: Report | None = None) -> str:
    """The text with every place replaced, once: what a figure or fact brings in is not looked at again."""

    return _filled(text, report, previous)[0]


def _filled(text: str, report: Report, previous: Report | None, at: int = 0) -> tuple[str, list[Placed]]:
    """The text with its places replaced, and what was put there, where the text begins at ``at``."""
    if "{" not in text and "}" not in text:
        return text, []
    parts: list[str] = []
    places: list[Placed] = []
    before = 0
    for match in _BRACES.finditer(text):
        place = "" if match[1] is None else match[1].strip()
        replaced = match[0][0] if match[1] is None else _text_of(place, report, previous)
        shown_text = match[0] if replaced is None else replaced
        parts += text[before : match.start()], shown_text
        at += match.start() - before
        if "/" in place and not place.startswith("facts/") and replaced is not None:
            places.append(Placed(at, at + len(shown_text), place))
        at += len(shown_text)
        before = match.end()
    return "".join([*parts, text[before:]]), places


def printed(report: Report, previous: Report | None = None) -> dict[str, str]:
    """Section → its prose as printed, a paragraph a line, figures filled in; places that mean nothing stay as they
    are. Sections without prose are left out."""
    return {section: text for section, (text, _) in printed_with_places(report, previous).items()}


def printed_with_places(report: Report, previous: Report | None = None) -> dict[str, tuple[str, list[Placed]]]:
    """Section → its prose as ``printed``, and every figure or statistic that a place of the file put into it."""
    found = {}
    for section, text in report.prose.items():
        lines: list[str] = []
        places: list[Placed] = []
        at = 0
        for line in text.splitlines():
            filled, own = _filled(line.strip(), report, previous, at)
            if filled:
                lines.append(filled)
                places += own
                at += len(filled) + 1
        if lines:
            found[section] = "\n".join(lines), places
    return found


def places(report: Report) -> list[str]:
    """Every place the report's prose may name, in the order of the form."""
    return [*_SHORT, *form_places(report.form), *(f"facts/{name}" for name in report.facts)]


def form_places(form: Form) -> Iterator[str]:
    """Every figure and statistic of a form that prose may name."""
    for table in form.tables:
        for row in table.members:
            yield from (f"{table.code}/{row}/{column}" for column in table.column)
    for name, stat in STATISTICS.items():
        if stat.applies_to(form):
            yield f"stats/{name}"
            yield f"stats/{name}_change"
            if stat.unit not in (PERCENT, PER_HUNDRED):
                yield f"stats/{name}_growth"


def _section_problems(report: Report, section: str) -> Iterator[Problem]:
    title = "前言" if section == PREAMBLE else report.form.section[section].title
    for number, line in enumerate(filter(str.strip, report.prose.get(section, "").splitlines()), 1):
        for match in _BRACES.finditer(line):
            where = f"正文“{title}”第 {number} 段"
            if match[0] in ("{", "}"):
                found = f"单独的花括号，在“{line[max(0, match.start() - 6) : match.end() + 6]}”"
                yield Problem(report.file, None, where, found, "", "引用写作 {表/行/列}，花括号本身写作 {{ 或 }}")
            elif match[1] is not None and _text_of(match[1].strip(), report, None) is None:
                near = get_close_matches(match[1].strip(), places(report), 3, 0.5)
                advice = (
                    f"相近的有：{'、'.join(f'{{{place}}}' for place in near)}"
                    if near
                    else "用 gkstats explain 查看可用的引用"
                )
                yield Problem(report.file, None, where, f"不认识的引用“{match[0]}”", "", advice)


def _text_of(place: str, report: Report, previous: Report | None) -> str | None:
    """What a place shows; None if it means nothing."""
    if place in _SHORT:
        return str(_SHORT[place](report))
    kind, _, rest = place.partition("/")
    if kind == "facts":
        fact = report.facts.get(rest)
        return fact if fact is None or isinstance(fact, str) else as_given(fact)
    if kind == "stats":
        return _statistic_text(rest, report, previous)
    parts = place.split("/")
    if len(parts) != 3 or report.form.members(*parts) is None:
        return None
    return shown(report.value(*parts))


def _statistic_text(name: str, report: Report, previous: Report | None) -> str | None:
    if f"stats/{name}" not in _places_of(report.form):
        return None
    if name in STATISTICS:
        stat = STATISTICS[name]
        return shown(stat.of(report), stat.unit)
    stat = STATISTICS[name.rpartition("_")[0]]
    if name.endswith("_growth"):
        return worded_growth(growth(stat, report, previous))
    return worded_change(change(stat, report, previous), stat.unit)


@cache
def _places_of(form: Form) -> frozenset[str]:
    return frozenset(form_places(form))
