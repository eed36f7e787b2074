"""What reviewers decided about findings: kept in the params file, keyed with the values they saw.

An entry of ``explanations`` with ``finding``, the fingerprint of one finding, is a decision. Of several on the same
finding the last counts and the others are its history. When a figure changes the fingerprint changes with it: the
decision then stands for nothing, and is shown as lapsed until somebody takes it out of the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

from gkstats.checks import BROKEN, CHECKS, ERROR, FAIL, NOT_APPLICABLE, Case, Finding, Results, examine
from gkstats.params import load_previous, replace_content
from gkstats.report import DECISIONS, Problem, Report, ReportError
from gkstats.report_file import parse, with_explanation
from gkstats.units import units_of

OPEN = "待核"
"""The verdict of a finding nobody has decided."""


class Decision(NamedTuple):
    """What was decided of one finding: a verdict (DECISIONS), why, by whom, when, and the finding's words then."""

    finding: str
    verdict: str
    reason: str = ""
    who: str = ""
    when: str = ""
    message: str = ""

    @property
    def settles(self) -> bool:
        """Whether the finding no longer counts as an error."""
        return DECISIONS[self.verdict]

    def __str__(self) -> str:
        by = "，".join(filter(None, (self.who, self.when)))
        return self.verdict + (f"：{self.reason}" if self.reason else "") + (f"（{by}）" if by else "")


class Lapsed(NamedTuple):
    """A decision whose finding is no longer there with the values it was made on: ``now`` says what is found in its
    place. ``checked`` is False where its rule could not run this time, so that nobody can know."""

    decision: Decision
    now: str
    checked: bool

    def __str__(self) -> str:
        kind = "已失效的结论" if self.checked else "未及核对的结论"
        return f"{kind} {self.decision.message or self.decision.finding}；{self.decision}；{self.now}"


def decisions(report: Report) -> tuple[Decision, ...]:
    """Every decision in the report's file, in its order."""
    return tuple(
        Decision(entry["finding"], entry.get("as") or OPEN, *(entry.get(key, "") for key in Decision._fields[2:]))
        for entry in report.explanations
        if entry.get("finding")
    )


def decision_of(finding: Finding) -> Decision | None:
    """The decision that counts for a finding, None if there is none."""
    return next((d for d in reversed(decisions(finding.report)) if d.finding == finding.fingerprint), None)


def settled(finding: Finding) -> bool:
    """Whether a finding was decided 属实有因 or 误报, and so does not fail a run."""
    decision = decision_of(finding)
    return decision is not None and decision.settles


def is_open_error(finding: Finding) -> bool:
    """Whether a finding is an error that no decision settles: what a run fails by."""
    return finding.status == FAIL and finding.severity == ERROR and not settled(finding)


def explanations_of(finding: Finding) -> list[str]:
    """What the body explains of a finding by rule and place, without deciding it."""
    return [entry["reason"] for entry in finding.report.explanations if explains(entry, finding)]


def explains(entry: Mapping[str, str], finding: Finding) -> bool:
    """Whether an entry that is no decision speaks of a finding. A finding of a whole column has no row."""
    if entry.get("finding") or entry["check"] != finding.rule:
        return False
    table, row, column = [*entry.get("place", "").split("/"), "", ""][:3]
    given = (table, row if finding.row else "", column)
    return not entry.get("place") or given == (finding.table, finding.row, finding.column)


def answers(findings: Iterable[Finding]) -> list[str]:
    """What the body explains of some findings and what was decided of them, each once: “情况说明 …”, “结论 …”."""
    said = []
    for finding in findings:
        said += [f"情况说明 {reason}" for reason in explanations_of(finding)]
        if decision := decision_of(finding):
            said.append(f"结论 {decision}")
    return list(dict.fromkeys(said))


def lapsed(report: Report, findings: Iterable[Finding]) -> list[Lapsed]:
    """The decisions that count for none of the report's findings (all of them, those that do not apply too), each
    finding's last decision only."""
    findings = list(findings)
    present = {finding.fingerprint for finding in findings}
    last = {decision.finding: decision for decision in decisions(report)}
    return [_lapsed(decision, findings) for key, decision in last.items() if key not in present]


def _lapsed(decision: Decision, findings: Sequence[Finding]) -> Lapsed:
    rule, *place = _unversioned(decision.finding)
    if rule not in CHECKS:
        return Lapsed(decision, "这条规则已不再使用", True)
    own = [finding for finding in findings if finding.rule == rule]
    for finding in own:
        if finding.status in (NOT_APPLICABLE, BROKEN):
            return Lapsed(decision, f"这次没有核对：{finding.message}", False)
        where = [part for part in (finding.section, finding.table, finding.row, finding.column) if part]
        if place[: len(where)] == where:
            return Lapsed(decision, f"现为：{finding.message}", True)
    return Lapsed(decision, "现已没有这一事项", True)


def _unversioned(fingerprint: str) -> list[str]:
    rule, *rest = fingerprint.split("/")
    return [re.sub(r"v\d+$", "", rule), *rest]


def results_of(report: Report, params: str | Path = "params") -> Results:
    """What the rules say of one report, beside last year's and the record of its units where there are such."""
    return examine([Case(report, load_previous(report, params), units_of(report))])


def named(results: Results, word: str) -> list[Finding]:
    """What a word names among the findings that did not pass: all of a cause (C1), the finding of a fingerprint, else
    the findings whose fingerprint begins with it (which name one where all have the same)."""
    (case,) = results.cases
    for cause in results.causes(case.report):
        if cause.id == word.upper():
            return list(cause.findings)
    findings = [finding for finding in results.of(case.report) if finding.status != NOT_APPLICABLE]
    return [f for f in findings if f.fingerprint == word] or [f for f in findings if f.fingerprint.startswith(word)]


def decide(
    report: Report, findings: Iterable[Finding], verdict: str, reason: str = "", who: str = "", when: str = ""
) -> Path:
    """Adds a decision on each finding to the report's file, every other line of which stays as it was; the path of
    the file. Raises ReportError if the file cannot be added to, or has changed in the meantime; it is then as
    before."""
    path = Path(report.file)
    before = path.read_bytes()
    text = before.decode("utf-8-sig")
    entries = []
    for finding in findings:
        message = " ".join(finding.message.split())[:500]
        values = (finding.rule, reason, finding.fingerprint, verdict, who, when, message)
        keys = ("check", "reason", "finding", "as", "who", "when", "message")
        entries.append({key: value for key, value in zip(keys, values, strict=True) if value})
        text = with_explanation(text, entries[-1])
    content = codecs.BOM_UTF8 * before.startswith(codecs.BOM_UTF8) + text.encode()
    old = parse(before, report.file, id=path.parent.name, year=path.stem)
    expected = replace(old, explanations=(*old.explanations, *entries))
    found = parse(content, report.file, id=path.parent.name, year=path.stem)
    parts = [part.name for part in fields(Report) if part.name != "sha256"]
    if any(getattr(found, part) != getattr(expected, part) for part in parts):
        advice = "请把 explanations 写成每条一行、以“- ”开头"
        raise ReportError([Problem(report.file, None, "explanations（情况说明）", "这种写法不能添加", "", advice)])
    replace_content(path, report.sha256, content)
    return path
