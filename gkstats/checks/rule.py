"""What a rule is, what it finds, and what it looks at: the vocabulary of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from gkstats.report import Report
from gkstats.schema import Cell

if TYPE_CHECKING:
    from gkstats.units import UnitsRecord

PASS, FAIL, UNKNOWN, NOT_APPLICABLE, BROKEN = "pass", "fail", "unknown", "not_applicable", "broken"
ERROR, WARNING, NOTE = "error", "warning", "note"

STATUS_LABELS = {PASS: "通过", FAIL: "不通过", UNKNOWN: "无法核对", NOT_APPLICABLE: "不适用", BROKEN: "规则出错"}
SEVERITY_LABELS = {ERROR: "错误", WARNING: "提示", NOTE: "说明"}
ACTIONS = {ERROR: "必须更正", WARNING: "更正或说明", NOTE: "知悉"}
"""What the body has to do about a failure of each severity."""

KINDS = ("表内", "跨表", "跨年", "跨级", "正文", "结构", "比较")
"""What a rule compares."""


class Case(NamedTuple):
    """One report and what it can be compared with: the same body's report of the year before and the record of its
    units, None where there is none."""

    report: Report
    previous: Report | None = None
    units: UnitsRecord | None = None


class Basis(NamedTuple):
    """Where a rule comes from: the document, the place in it, its words."""

    document: str
    clause: str = ""
    words: str = ""

    def __str__(self) -> str:
        return self.document + self.clause + (f"：“{self.words}”" if self.words else "")


@dataclass(frozen=True)
class Example:
    """A report that shows a rule at work: what is put over a small balanced report (``examples.case_of``), among how
    many other bodies it stands, and what the rule says of it ("" where it passes). Figures and last year's figures by
    table/row/column or table/row."""

    figures: Mapping[str, object] = field(default_factory=dict)
    previous: Mapping[str, object] | None = None
    units: tuple[Mapping[str, object], ...] = ()
    prose: Mapping[str, str] = field(default_factory=dict)
    previous_prose: Mapping[str, str] = field(default_factory=dict)
    year: int = 2024
    form: int = 2021
    peers: int = 0
    message: str = ""


class Finding(NamedTuple):
    """What a rule says of one report at one place. ``found`` and ``expected`` are the two values, ``difference`` is
    found − expected with its sign; ``section``, ``quote``, ``start`` and ``end`` place it in the prose as printed;
    ``cells`` are the figures it speaks of."""

    report: Report
    rule: str
    status: str
    severity: str
    message: str
    table: str = ""
    row: str = ""
    column: str = ""
    found: str = ""
    expected: str = ""
    difference: str = ""
    section: str = ""
    quote: str = ""
    start: int = 0
    end: int = 0
    cells: tuple[Cell, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Rule, place and values in one word: what a decision is keyed with, so that it lapses when a figure changes,
        or the sentence it stands in (told by a checksum: two sentences of a section may err alike)."""
        version = RULE_VERSIONS.get(self.rule, 1)
        rule = self.rule if version == 1 else f"{self.rule}v{version}"
        sentence = f"{crc32(''.join(self.quote.split()).encode()):08x}" if self.quote else ""
        parts = (rule, self.section, self.table, self.row, self.column, self.found, self.expected, sentence)
        return "/".join("".join(part.split())[:60] for part in parts if part)


RULE_VERSIONS: dict[str, int] = {}
"""Version of each rule above 1, filled as the rules are defined: another version makes old decisions lapse."""


@dataclass(frozen=True)
class Rule:
    """One rule: what it says in the form's own words, where it comes from, how grave a break is, how it is judged
    where the words alone do not say, when a break may be legitimate, whether it may report too much or too little, the
    report years it holds for, two examples that are its tests, and the function that yields what did not pass in any
    number of cases (None: reading the file finds it). A case of which nothing is yielded has passed."""

    id: str
    title: str
    rule: str
    basis: Basis
    kind: str
    severity: str
    run: Callable[[Sequence[Case]], Iterable[Finding]] | None
    method: str = ""
    reasons: tuple[str, ...] = ()
    may_over_report: bool = False
    may_under_report: bool = False
    since: int = 2019
    until: int | None = None
    version: int = 1
    passing: Example | None = None
    failing: Example | None = None

    def __post_init__(self) -> None:
        if self.version != 1:
            RULE_VERSIONS[self.id] = self.version

    def holds_in(self, year: int) -> bool:
        """Whether the rule is in force for a report year."""
        return self.since <= year and (self.until is None or year <= self.until)

    def finding(self, case: Case, message: str, status: str = FAIL, **more) -> Finding:
        """A finding of this rule about a case."""
        return Finding(case.report, self.id, status, more.pop("severity", self.severity), message, **more)
