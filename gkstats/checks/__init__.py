"""The checks of reports: every rule by its id, run on any number of reports at once.

A rule yields findings and never raises for what a report says; of what it yields nothing, it passed. A rule that could
not run, or has nothing to compare with, says so: nothing is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gkstats.checks import balances, form_rules, plausibility, prose, units, years
from gkstats.checks.causes import Cause, causes_of
from gkstats.checks.rule import (
    BROKEN,
    ERROR,
    FAIL,
    NOT_APPLICABLE,
    NOTE,
    PASS,
    SEVERITY_LABELS,
    STATUS_LABELS,
    UNKNOWN,
    WARNING,
    Basis,
    Case,
    Example,
    Finding,
    Rule,
)
from gkstats.report import Problem, Report
from gkstats.units import units_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BALANCES", "BESIDE", "BROKEN", "CHECKS", "COLUMNS", "ERROR", "FAIL", "NOTE", "NOT_APPLICABLE", "PASS",
    "SEVERITY_LABELS", "STATUS_LABELS", "UNKNOWN", "UNREADABLE", "WARNING", "Case", "Cause", "Finding", "Results",
    "Rule", "beside", "cases_of", "causes_of", "check", "examine", "summary", "units", "unreadable",
]  # fmt: skip

COLUMNS = (
    "body", "year", "check", "status", "severity", "table", "row", "column", "found", "expected", "difference",
    "section", "quote", "start", "end", "finding", "cause", "message",
)  # fmt: skip
"""The columns of a findings frame; ``finding`` is the fingerprint a decision is keyed with, ``cause`` the id of the
cause a failure belongs to, "" for what did not fail."""

UNREADABLE = Rule(
    "P.0", "参数文件", "文件应能完整读取，正文引用的数据应存在", Basis("参数文件的格式"), "结构", ERROR, None,
    passing=Example(prose={"overview": "新收申请{applications/received/total}件。"}),
    failing=Example(
        prose={"overview": "新收申请{applications/recieved/total}件。"},
        message="正文“一、总体情况”第 1 段：不认识的引用“{applications/recieved/total}”。"
        "相近的有：{applications/received/total}、{applications/received/other}、{applications/carried_in/total}",
    ),
)  # fmt: skip

CHECKS = {
    rule.id: rule
    for rule in (
        UNREADABLE,
        *balances.RULES,
        *years.RULES,
        *units.RULES,
        *form_rules.RULES,
        *prose.RULES,
        *plausibility.RULES,
    )
}
"""Every rule by its id."""

BALANCES = frozenset(id for id, rule in CHECKS.items() if rule.run is balances.relation_findings and id.startswith("T"))
"""The rules that are a relation between figures."""

BESIDE = frozenset(rule.id for rule in plausibility.RULES)
"""The rules that look at a report beside the reports of all others; each other rule needs its case and no more."""

_STATUS_ORDER = (FAIL, BROKEN, UNKNOWN, NOT_APPLICABLE)
_SEVERITY_ORDER = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, eq=False)
class Results:
    """What all rules say of some cases: the findings (reports in the order given, failures first), and how many
    places of each rule came out how."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]

    def of(self, report: Report) -> list[Finding]:
        """The findings of one report."""
        return self._by_report.get(id(report), [])

    @cached_property
    def _by_report(self) -> dict[int, list[Finding]]:
        found: dict[int, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(id(finding.report), []).append(finding)
        return found

    def causes(self, report: Report) -> tuple[Cause, ...]:
        """The failures of one report as causes, the gravest first."""
        if id(report) not in self._causes:
            self._causes[id(report)] = causes_of(report, self.of(report), self._previous[id(report)])
        return self._causes[id(report)]

    def worst_first(self, settled: Callable[[Finding], bool] = lambda finding: False) -> list[Report]:
        """The reports, those with most causes that are errors first, then those with most warnings, then as given. A
        cause whose findings are all ``settled`` counts for nothing."""

        def weight(report: Report) -> list[int]:
            counts = Counter(cause.severity for cause in self.causes(report) if not all(map(settled, cause.findings)))
            return [-counts[severity] for severity in _SEVERITY_ORDER]

        return sorted((case.report for case in self.cases), key=weight)

    @cached_property
    def _previous(self) -> dict[int, Report | None]:
        return {id(case.report): case.previous for case in self.cases}

    @cached_property
    def _causes(self) -> dict[int, tuple[Cause, ...]]:
        return {}

    def frame(self) -> pd.DataFrame:
        """A row for each place that failed, could not be checked or whose rule broke, with the columns COLUMNS. What
        passed or does not apply is counted by ``summary``."""
        import pandas as pd

        causes = {
            id(finding): cause.id
            for report in dict.fromkeys(finding.report for finding in self.findings if finding.status == FAIL)
            for cause in self.causes(report)
            for finding in cause.findings
        }
        rows = [
            (f.report.id, f.report.year, f.rule, f.status, f.severity, f.table, f.row, f.column, f.found, f.expected,
             f.difference, f.section, f.quote, f.start, f.end, f.fingerprint, causes.get(id(f), ""), f.message)
            for f in self.findings
            if f.status != NOT_APPLICABLE
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def summary(self) -> pd.DataFrame:
        """How each rule came out: index (body, year, check), columns ``pass``, ``fail``, ``unknown``,
        ``not_applicable`` and ``broken``, each a number of places. Copy before changing."""
        return self._summary

    @cached_property
    def _summary(self) -> pd.DataFrame:
        import pandas as pd

        rows = dict(self._relation_counts())
        for case in self.cases:
            report = case.report
            found = Counter((finding.rule, finding.status) for finding in self.of(report))
            for rule in _in_force(report.year):
                if rule.run is not balances.relation_findings:
                    counts = [found[rule.id, status] for status in (FAIL, UNKNOWN, NOT_APPLICABLE, BROKEN)]
                    rows[report.id, report.year, rule.id] = [int(not any(counts)), *counts]
        index = pd.MultiIndex.from_tuples(rows, names=["body", "year", "check"])
        return pd.DataFrame(
            rows.values(), index=index, columns=[PASS, FAIL, UNKNOWN, NOT_APPLICABLE, BROKEN]
        ).sort_index()

    def _relation_counts(self) -> Iterator[tuple[tuple[str, int, str], list[int]]]:
        for system, positions, status in balances.evaluated(self.cases):
            for rule in dict.fromkeys(system.rules):
                own = status[system.rules == rule]
                counts = {value: (own == value).sum(axis=0) for value in (1, 0, -1, -2)}
                for column, position in enumerate(positions):
                    report = self.cases[position].report
                    yield (report.id, report.year, str(rule)), [*(int(n[column]) for n in counts.values()), 0]


def examine(reports: Sequence[Report | Case], others: Iterable[Finding] | None = None) -> Results:
    """Every rule run on all reports. A ``Case`` is compared with what it holds; of a bare report nothing is
    compared. ``others`` are the findings of ``beside`` on more reports than these, if these do not stand alone."""
    cases = tuple(item if isinstance(item, Case) else Case(item) for item in reports)
    order = {id(case.report): position for position, case in enumerate(cases)}
    others = beside(cases) if others is None else others
    found = [finding for finding in others if id(finding.report) in order]
    found += _found(cases, lambda rule: rule.id not in BESIDE)
    found.sort(
        key=lambda finding: (
            order[id(finding.report)],
            _STATUS_ORDER.index(finding.status),
            _SEVERITY_ORDER.index(finding.severity),
        )
    )
    return Results(cases, tuple(found))


def beside(cases: Sequence[Case]) -> list[Finding]:
    """What the rules BESIDE find: they need all reports there are."""
    return _found(cases, lambda rule: rule.id in BESIDE)


def _found(cases: Sequence[Case], wanted: Callable[[Rule], bool]) -> list[Finding]:
    found: list[Finding] = []
    for run in dict.fromkeys(rule.run for rule in CHECKS.values() if wanted(rule)):
        rules = [rule for rule in CHECKS.values() if rule.run is run]
        found += _run(rules, [case for case in cases if rules[0].holds_in(case.report.year)])
    return found


def _run(rules: list[Rule], cases: list[Case]) -> list[Finding]:
    """The findings of rules that share a function. Where it breaks, it is run report by report, so that the others
    lose nothing and the one it broke on says so."""
    try:
        run = rules[0].run
        return list(run(cases)) if run else []
    except Exception as fault:
        if len(cases) == 1:
            message = f"规则运行出错（{type(fault).__name__}: {fault}），未能核对"
            return [rule.finding(cases[0], message, BROKEN, severity=WARNING) for rule in rules]
        return [finding for case in cases for finding in _run(rules, [case])]


def _in_force(year: int) -> list[Rule]:
    return [rule for rule in CHECKS.values() if rule.run and rule.holds_in(year)]


def check(reports: Sequence[Report | Case]) -> pd.DataFrame:
    """The findings of all rules on all reports, as ``Results.frame`` gives them."""
    return examine(reports).frame()


def summary(reports: Sequence[Report | Case]) -> pd.DataFrame:
    """How each rule came out for each report, as ``Results.summary`` gives it."""
    return examine(reports).summary()


def cases_of(reports: Iterable[Report]) -> list[Case]:
    """Each report with the same body's report of the year before, where that is among them, and with the record of
    its units, where one lies beside its file."""
    reports = list(reports)
    known = {(report.id, report.year): report for report in reports}
    return [Case(report, known.get((report.id, report.year - 1)), units_of(report)) for report in reports]


def unreadable(problems: Iterable[Problem], body: str, year: int) -> list[dict[str, object]]:
    """The problems of a file as findings, with the columns COLUMNS."""
    blank = dict.fromkeys(COLUMNS, "")
    return [
        blank
        | {
            "body": body,
            "year": year,
            "check": UNREADABLE.id,
            "status": FAIL,
            "severity": UNREADABLE.severity,
            "found": problem.found,
            "expected": problem.expected,
            "cause": f"P{number}",
            "message": str(problem),
        }
        for number, problem in enumerate(problems, 1)
    ]
