"""All bodies of a year at a glance: what came of each report, what was found, its main figures beside last year's.

It reads what a batch left behind (the record beside each report, ``statistics.parquet``, ``findings.csv``) and no
report file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gkstats.checks import ERROR, FAIL, NOTE, PASS, UNKNOWN, WARNING
from gkstats.dataset import FINDINGS_FILE, STATISTICS_FILE, read_findings, read_reports
from gkstats.decisions import decisions
from gkstats.report import Problem, Report, UnknownReport
from gkstats.stats import NOT_KNOWN, PIECES, STATISTICS, Value, change, growth, shown_growth

if TYPE_CHECKING:
    import pandas as pd

SMALL = 30
"""Fewer results than this say nothing about a body's practice: no rate is ranked or drawn as one."""

FILES = {
    "report.html": "网页",
    "report.pdf": "PDF",
    "report.docx": "Word",
    "report.xlsx": "Excel",
    "report.ipynb": "笔记本",
    "review.html": "审核",
}
"""What a batch may leave of a body → what the link to it is called."""

DECIDED = "decided"
"""Key of the causes a reviewer has settled, beside the severities."""

MADE = ("built", "built_with_findings", "unchanged")
OUTCOMES = {
    "built": "已生成",
    "built_with_findings": "已生成",
    "unchanged": "已生成",
    "unreadable": "数据有误",
    "failed": "生成失败",
    "timed_out": "超时",
    "died": "进程中断",
    "": "未生成",
}
"""What came of a report, as its record says it → what the reader is told; "" where there is no record."""


@dataclass(frozen=True, eq=False)
class Line:
    """One body: what came of its report, what was found in it, its figures of two years (None where they cannot be
    read) and the files there are of it (of FILES)."""

    id: str
    name: str
    outcome: str
    message: str
    counts: Counter
    report: Report | None
    previous: Report | None
    files: tuple[str, ...]

    @property
    def code(self) -> str:
        """The division code."""
        return self.id.partition("-")[0]

    @property
    def badness(self) -> tuple:
        """Sorts the worst first: not made, then by errors, warnings and places that could not be checked."""
        found = (-self.counts[key] for key in (ERROR, WARNING, UNKNOWN))
        return (self.outcome in MADE, *found, self.id)

    @property
    def verdict(self) -> tuple[str, str]:
        """(state, words): what has to be done about the report, in one word; the state is FAIL, UNKNOWN or PASS."""
        if self.outcome not in MADE:
            return FAIL, OUTCOMES.get(self.outcome, self.outcome)
        if self.counts[ERROR]:
            return FAIL, "有错误"
        if self.counts[WARNING]:
            return UNKNOWN, "有提示"
        return (UNKNOWN, "有空白") if self.counts[UNKNOWN] else (PASS, "已生成")

    def value(self, name: str) -> Value:
        """A statistic of the year; None where it is unknown."""
        return STATISTICS[name].of(self.report) if self.report else None

    def exact(self, name: str) -> Fraction | None:
        """A statistic of the year to reckon with; None where it is unknown."""
        value = self.value(name)
        return None if value is None else Fraction(value)

    @property
    def handled(self) -> int:
        """The number of results, 0 where it is unknown."""
        return int(self.value("handled") or 0)

    def ranked(self, name: str) -> Value:
        """A statistic for comparison with other bodies: None where a share is one of fewer than SMALL results."""
        small = STATISTICS[name].unit != PIECES and not self.is_large
        return None if small else self.value(name)

    @cached_property
    def is_large(self) -> bool:
        """Whether there are enough results for a rate to say something."""
        return self.handled >= SMALL

    def growth(self, name: str) -> Fraction | None:
        """(this year − last year) / last year of a count; None where unknown or not comparable."""
        return growth(STATISTICS[name], self.report, self.previous) if self.report else None

    def ranked_growth(self, name: str) -> Fraction | None:
        """The growth for comparison with other bodies: None where last year's count was below SMALL."""
        before = STATISTICS[name].of(self.previous) if self.previous else None
        return self.growth(name) if before is not None and before >= SMALL else None

    def change(self, name: str) -> Value:
        """This year − last year; None where unknown or not comparable."""
        return change(STATISTICS[name], self.report, self.previous) if self.report else None

    def ranked_change(self, name: str) -> Value:
        """The change of a share for comparison with other bodies: both years need SMALL results."""
        before = STATISTICS["handled"].of(self.previous) if self.previous else None
        return self.change(name) if self.is_large and before is not None and before >= SMALL else None


def printed_growth(value: Fraction | None) -> str:
    """A growth rate as a table prints it: no change is 0%, and no figure is “—”."""
    return NOT_KNOWN if value is None else shown_growth(value) or "0%"


@dataclass(frozen=True, eq=False)
class Overview:
    """The bodies of a year, worst first, and the findings about them (``checks.COLUMNS``)."""

    year: int
    lines: tuple[Line, ...]
    findings: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.year}年度：{len(self.lines)}个机关"


def load_overview(year: int, out: str | Path = "outputs") -> Overview:
    """What a batch left of a year under ``out``, a folder here or in the nearest folder above. Raises UnknownReport
    where it left nothing."""
    folder = next((base / out for base in (Path(), *Path.cwd().parents) if (base / out).is_dir()), Path(out))
    reports = {(r.id, r.year): r for r in read_reports(folder / STATISTICS_FILE, [year, year - 1])}
    found = read_findings(folder / FINDINGS_FILE)
    found = found[found["year"] == year].reset_index(drop=True)
    counts = _counts(found, {id: report for (id, y), report in reports.items() if y == year})
    records, reviews = (dict(read_records(folder / str(year), stem)) for stem in ("report", "review"))
    ids = sorted({id for id, y in reports if y == year} | set(records) | set(counts))
    if not ids:
        problem = Problem(folder.name, None, f"{year}年度", "没有已生成的报告", "", "请先执行 gkstats build")
        raise UnknownReport([problem])
    lines = []
    for id in ids:
        record, report, previous = records.get(id, {}), reports.get((id, year)), reports.get((id, year - 1))
        known = report or previous  # a file that cannot be read does not tell its body's name
        name = known.body.name if known else str(record.get("name") or id)
        kept = {*record.get("outputs", ()), *reviews.get(id, {}).get("outputs", ())}
        lines.append(
            Line(
                id, name, str(record.get("outcome", "")), str(record.get("message", "")), counts.get(id, Counter()),
                report, previous, tuple(file for file in FILES if file in kept),
            )
        )  # fmt: skip
    return Overview(year, tuple(sorted(lines, key=lambda line: line.badness)), found)


def _counts(found: pd.DataFrame, reports: Mapping[str, Report]) -> dict[str, Counter]:
    """Body → the number of causes of failure by severity, each by the gravest of its findings and under DECIDED if all
    are settled, and under UNKNOWN the places that could not be checked."""
    settled = {
        (id, decision.finding): decision.settles
        for id, report in reports.items()
        for decision in decisions(report)  # of several on one finding the last counts
    }
    counts: dict[str, Counter] = {}
    causes: dict[tuple[str, str], list] = {}
    for row in found.itertuples():
        if row.status == FAIL:
            causes.setdefault((row.body, row.cause or row.finding), []).append(row)
        elif row.severity != NOTE:
            counts.setdefault(row.body, Counter())[UNKNOWN] += 1
    for (body, _), rows in causes.items():
        grave = min((row.severity for row in rows), key=(ERROR, WARNING, NOTE).index)
        decided = all(settled.get((body, row.finding)) for row in rows)
        counts.setdefault(body, Counter())[DECIDED if decided else grave] += 1
    return counts


def read_records(folder: Path, stem: str = "report") -> Iterator[tuple[str, dict]]:
    """(body, record) of every body in the folder of a year that has a record that can be read; ``stem`` is what its
    files are called by."""
    for path in sorted(folder.glob(f"*/{stem}.json")):
        try:
            record = json.loads(path.read_bytes())
        except (OSError, ValueError):  # being written, or torn by hand: as good as none
            continue
        if isinstance(record, dict):
            yield path.parent.name, record
