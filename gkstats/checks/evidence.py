"""What speaks for or against the explanations of a cause: other findings, last year's report, figures of the prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gkstats.checks.rule import Case, Finding
from gkstats.checks.slips import Explanation, explained
from gkstats.checks.years import why_not_compared
from gkstats.prose import AGREES, compared
from gkstats.report import Report, added

if TYPE_CHECKING:
    from gkstats.checks.causes import Cause

FOR, AGAINST = "支持", "不支持"
CONSIDERED = 3
"""Explanations that evidence is weighed for."""


def supports(explanations: Sequence[Explanation], finding: Finding) -> bool:
    """Whether a finding would go away if a cause were put right in one of these ways."""
    return any(_agrees(explanation, finding) for explanation in explanations)


def with_evidence(cause: Cause, others: Sequence[Finding], previous: Report | None) -> Cause:
    """A cause with what else speaks of its cells, and its explanations in the order that gives them."""
    if not cause.explanations or cause.explanations[0].damage:
        return cause
    explanations = tuple(
        sorted(cause.explanations, key=lambda each: sum(_agrees(each, other) is True for other in others), reverse=True)
    )
    shown = explanations[:CONSIDERED]
    cells = set(explained(shown))
    evidence = [
        f"{finding.rule} {finding.message}{_bracketed(_verdict(shown, finding))}"
        for finding in others
        if cells & set(finding.cells)
    ]
    evidence += [*_from_last_year(cause.report, shown, previous), *_from_prose(cause, shown, previous)]
    return replace(cause, explanations=explanations, evidence=tuple(evidence))


def _agrees(explanation: Explanation, finding: Finding) -> bool | None:
    """Whether a finding would go away once a cause is put right in this way; None if its values cannot be compared
    with the figures of its cells."""
    due = {repair.cell: repair.due for repair in explanation.repairs}
    printed = [finding.report.value(*cell) for cell in finding.cells]
    mended = [due.get(cell, value) for cell, value in zip(finding.cells, printed, strict=True)]
    found, expected = _figures(finding.found), _figures(finding.expected)
    total, due_total = added(printed), added(mended)
    if total is None or due_total is None:
        return None
    for before, after in ((printed, mended), ([total], [due_total])):
        for own, other in ((found, expected), (expected, found)):
            if len(other) == len(before) and (own == before or (len(before) == 1 and before[0] in own)):
                return other == after
    # the two sides of a sentence that copies the wrong figure differ by what it is wrong by
    copied = len(found) == len(expected) == 1 and abs(found[0] - expected[0]) == abs(due_total - total)
    return True if copied else None


def _figures(words: str) -> list[int]:
    """The whole numbers of a value of a finding; none if something else is among them."""
    found = [re.fullmatch(r"(\d+)[^\d.%]{0,2}", word) for word in words.split("、")]
    return [int(match[1]) for match in found if match] if all(found) else []


def _verdict(explanations: Sequence[Explanation], finding: Finding) -> str:
    """What a finding says to the explanations; "" where it cannot be told."""
    agrees = [_agrees(explanation, finding) for explanation in explanations]
    if True in agrees:
        which = "、".join(str(number) for number, each in enumerate(agrees, 1) if each)
        return FOR if len(agrees) == 1 else f"{FOR}第{which}种"
    return AGAINST if False in agrees else ""


def _bracketed(word: str) -> str:
    return f"（{word}）" if word else ""


def _from_last_year(report: Report, explanations: Sequence[Explanation], previous: Report | None) -> Iterator[str]:
    """Last year's carry-over where it agrees with the figure printed (where it does not, a rule says so)."""
    if previous is None or len(explanations) != 1 or why_not_compared(Case(report, previous)):
        return
    for repair in explanations[0].repairs:
        if repair.cell.row == "carried_in":
            last = previous.value(repair.cell.table, "carried_out", repair.cell.column)
            if last == repair.printed:
                yield f"上年“结转下年度继续办理”为 {last}，与印数相同（{AGAINST}）"


def _from_prose(cause: Cause, explanations: Sequence[Explanation], previous: Report | None) -> Iterator[str]:
    """Figures of the prose that agree with the tables as printed: against a cell that would be wrong, for the others
    that stand in the broken rules."""
    if len(explanations) != 1 or not cause.report.prose:
        return
    wrong = set(explained(explanations))
    beside = {cell for finding in cause.findings for cell in finding.cells} - wrong
    for tied in compared(cause.report, previous):
        if tied.status == AGREES and len(tied.cells) == 1 and not tied.placed:
            (cell,) = tied.cells
            if cell in wrong | beside and cause.report.value(*cell):
                verdict = AGAINST if cell in wrong else FOR
                yield f"正文“{tied.figure.clause.strip()}{tied.text}” = {cause.report.value(*cell)}（{verdict}）"
