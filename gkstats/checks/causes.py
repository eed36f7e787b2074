"""One cause for the rules that fail together: which figure is likely wrong, what it should be, how sure that is, what
speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from gkstats.checks.balances import side
from gkstats.checks.evidence import supports, with_evidence
from gkstats.checks.localise import DEPTH, Diagnosis, fills_of, localise
from gkstats.checks.parity import parts
from gkstats.checks.rule import ACTIONS, ERROR, FAIL, NOTE, SEVERITY_LABELS, WARNING, Finding, Rule
from gkstats.checks.slips import Explanation, explained
from gkstats.report import Report
from gkstats.schema import Cell, Form, Relation, Table

UNIQUE, TIED, STRUCTURE, STATED = "unique", "tied", "structure", "stated"
"""How sure a cause is: one explanation; several as good; few cells do not explain it; the rule says what is wrong."""

SHOWN = 3
"""Explanations shown, and rules quoted."""

_SEVERITY_ORDER = (ERROR, WARNING, NOTE)
_SURE_ORDER = (UNIQUE, STATED, TIED, STRUCTURE)


@dataclass(frozen=True, eq=False)
class Cause:
    """What is wrong at one place of a report, and all that was found of it.

    ``findings`` are the failures it explains: each failure of a report belongs to one cause and no other. ``evidence``
    says what else speaks of the same cells and whether it agrees (支持, 不支持), be it a failure, of this cause or
    another, or a figure of the prose or of last year. ``explanations`` are the ways to put it right, the likeliest
    first: never applied, one of them if ``sure`` is UNIQUE. ``limit`` is the number of wrong cells up to which that
    one is the only one, 0 where that holds for each of several unconnected cells."""

    id: str
    report: Report
    severity: str
    sure: str
    head: str
    findings: tuple[Finding, ...]
    explanations: tuple[Explanation, ...] = ()
    limit: int = 0
    evidence: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells to look at: those that may be wrong, else those the rule speaks of."""
        if self.explanations:
            return explained(self.explanations[:SHOWN])
        return tuple(dict.fromkeys(cell for finding in self.findings for cell in finding.cells))

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules it explains, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))

    @property
    def bases(self) -> tuple[str, ...]:
        """The rules it explains with where each comes from."""
        from gkstats.checks import CHECKS

        return tuple(_cited(CHECKS[id]) for id in self.rules)

    @property
    def place(self) -> str:
        """Where it is wrong, as one line: the cells, the block of table 四, the section of the prose."""
        if self.sure == UNIQUE:
            return "；".join(place_of(self.report.form, repair.cell) for repair in self.explanations[0].repairs)
        if self.explanations or self.sure == STRUCTURE:
            return _where(self.report.form, self.findings)
        return "；".join(dict.fromkeys(_place(finding) for finding in self.findings))

    @property
    def printed(self) -> str:
        """What stands there; "" where no cell is named."""
        if self.sure == UNIQUE:
            return "；".join(str(repair.printed) for repair in self.explanations[0].repairs)
        return "；".join(finding.found for finding in self._own) if self.sure == STATED else ""

    @property
    def due(self) -> str:
        """What should stand there; "" where no cell is named."""
        if self.sure == UNIQUE:
            return "；".join(str(repair.due) for repair in self.explanations[0].repairs)
        return "；".join(finding.expected for finding in self._own) if self.sure == STATED else ""

    @property
    def _own(self) -> list[Finding]:
        """What the first of its rules found."""
        return [finding for finding in self.findings if finding.rule == self.findings[0].rule]

    @property
    def action(self) -> str:
        """What the body has to do: 必须更正, 更正或说明, 知悉."""
        return ACTIONS[self.severity]

    @property
    def certainty(self) -> str:
        """How sure the explanation is, in words; "" where the rule itself says what is wrong."""
        if self.sure == UNIQUE:
            return f"若错误不超过{self.limit}处，唯一解" if self.limit else "若这几条规则只有1处错误，唯一解"
        if self.sure == TIED:
            return f"并列解{len(self.explanations)}种，请对照原件"
        return "结构性问题，请对照原件" if self.sure == STRUCTURE else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """What a clerk reads: what is wrong, then each with its word in front: 可能, 说明, 依据, 原句, 旁证."""
        return (self.head, *_details(self))

    @property
    def text(self) -> str:
        """The lines under the severity and the id, as ``gkstats check`` prints them."""
        first, *more = self.lines
        return "\n".join([f"{SEVERITY_LABELS[self.severity]} {self.id}  {first}", *(f"  {line}" for line in more)])


def causes_of(report: Report, findings: Iterable[Finding], previous: Report | None = None) -> tuple[Cause, ...]:
    """The failures among the findings of one report as causes, the gravest first, then the surest; C1, C2, … With last
    year's report what it says of carried applications is evidence too."""
    failed = [finding for finding in findings if finding.status == FAIL and finding.report is report]
    balances = [finding for finding in failed if _relation(report.form, finding)]
    others = [finding for finding in failed if not _relation(report.form, finding)]
    found = [with_evidence(cause, others, previous) for cause in _balance_causes(report, balances)]
    for group in _groups(others):
        for number, cause in enumerate(found):
            if all(supports(cause.explanations[:SHOWN], finding) for finding in group):
                found[number] = replace(cause, findings=(*cause.findings, *group))
                break
        else:
            found.append(_stated(report, group))
    found.sort(key=lambda cause: (_SEVERITY_ORDER.index(cause.severity), _SURE_ORDER.index(cause.sure)))
    return tuple(replace(cause, id=f"C{number}") for number, cause in enumerate(found, 1))


# -- the balances


@cache
def _relations(form: Form) -> dict[tuple[str, tuple[Cell, ...]], int]:
    return {
        (relation.rule, (*relation.left, *relation.right)): number
        for number, relation in enumerate(form.relations)
    }  # fmt: skip


def _relation(form: Form, finding: Finding) -> Relation | None:
    """The relation of the form whose break a finding is."""
    number = _relations(form).get((finding.rule, finding.cells))
    return None if number is None else form.relations[number]


def _balance_causes(report: Report, failed: Sequence[Finding]) -> Iterator[Cause]:
    if not failed:
        return
    by_number = {_relations(report.form)[finding.rule, finding.cells]: finding for finding in failed}
    for diagnosis in localise(report.form, report.vector):
        found = tuple(by_number.pop(number) for number in diagnosis.relations if number in by_number)
        if found:
            yield _diagnosed(report, diagnosis, found)
    # a figure that is no count stands in these: the rule on counts says so
    by_table: dict[str, list[Finding]] = {}
    for finding in by_number.values():
        by_table.setdefault(finding.table, []).append(finding)
    for group in by_table.values():
        yield _diagnosed(report, Diagnosis((), (), DEPTH), tuple(group))


def _diagnosed(report: Report, diagnosis: Diagnosis, found: tuple[Finding, ...]) -> Cause:
    form, explanations = report.form, diagnosis.explanations
    sure = STRUCTURE if not explanations or explanations[0].damage else TIED if len(explanations) > 1 else UNIQUE
    cause = Cause("", report, ERROR, sure, "", found, explanations, diagnosis.limit)
    where, certainty = _where(form, found), cause.certainty
    sizes = {len(explanation.repairs) for explanation in explanations}
    if sure == UNIQUE:
        head = in_words(report, explanations[0], certainty)
    elif len(explanations) == 1:
        head = f"{where}{explanations[0].damage}（{certainty}）"
    elif sure == TIED:
        number = f"{sizes.pop()}处" if len(sizes) == 1 else ""
        head = f"{where}有{number}错误，不能断定是哪一处（{certainty}）"
    elif explanations:
        head = f"{where}各数有错位（{certainty}）"
    else:
        head = f"{where}有{len(found)}条规则不成立，{DEPTH}处以内的错误解释不了（{certainty}）"
    return replace(cause, head=head)


def _where(form: Form, found: Sequence[Finding]) -> str:
    return _table_of(form, found[0].cells[0])


def _table_of(form: Form, cell: Cell) -> str:
    table = form.table[cell.table]
    return f"{table.name} {table.row[cell.row].name}" if table.layout == "blocks" else table.name


def place_of(form: Form, cell: Cell) -> str:
    """A cell, or a column of a group of rows, as the head of a cause names it: 表三 （七）总计·自然人."""
    table = form.table[cell.table]
    return f"{table.name} {_row_name(table, cell.row)}·{table.column[cell.column].name}"


def _row_name(table: Table, row: str) -> str:
    return table.row[row].label.strip("“”") if row in table.row else table.groups[row].label


def in_words(report: Report, explanation: Explanation, certainty: str = "") -> str:
    """An explanation as a clerk reads it: each cell with the figure printed and the one it should be."""
    if explanation.damage:
        return explanation.damage
    slips = [repair.slip for repair in explanation.repairs]
    together = len(set(slips)) == 1
    before: Cell | None = None
    parts = []
    for repair in explanation.repairs:
        place = place_of(report.form, repair.cell)
        if before and before.row == repair.cell.row:
            place = place.rpartition("·")[2]
        elif before:
            place = place.partition(" ")[2]
        printed = "空白" if report.figures[repair.cell] is None else repair.printed
        slip = f"（{repair.slip}）" if repair.slip and not together else ""
        parts.append(f"{place} 印为 {printed}，应为 {repair.due}{slip}")
        before = repair.cell
    notes = "；".join(note for note in (certainty, slips[0] if together else "") if note)
    return "；".join(parts) + (f"（{notes}）" if notes else "")


# -- everything else


def _groups(failed: Sequence[Finding]) -> list[list[Finding]]:
    """Failures that are one thing together: what one rule says of several cells of a row, what rules of one
    severity say of one cell."""
    by_rule: dict[object, list[Finding]] = {}
    for number, finding in enumerate(failed):
        alike = (finding.rule, finding.table, finding.row) if finding.row and not finding.quote else number
        by_rule.setdefault(alike, []).append(finding)
    groups: list[list[Finding]] = []
    at: dict[tuple[str, str, str, str], list[Finding]] = {}
    for own in by_rule.values():
        cells = [(f.severity, f.table, f.row, f.column) for f in own if f.row and f.column]
        group = next((at[cell] for cell in cells if cell in at), None)
        if group is None:
            groups.append(group := [])
        group += own
        at |= dict.fromkeys(cells, group)
    return groups


def _stated(report: Report, group: Sequence[Finding]) -> Cause:
    own = [finding for finding in group if finding.rule == group[0].rule]
    places, reasons = zip(*(finding.message.partition("，")[::2] for finding in own), strict=True)
    head = "；".join(finding.message for finding in own)
    if reasons[0] and len(set(reasons)) == 1:
        head = f"{'；'.join(places)}，{reasons[0]}"
    others = tuple(f"{finding.rule} {finding.message}" for finding in group if finding.rule != group[0].rule)
    return Cause("", report, group[0].severity, STATED, head, tuple(group), evidence=others)


def _place(finding: Finding) -> str:
    form = finding.report.form
    if finding.row and finding.column:
        return place_of(form, Cell(finding.table, finding.row, finding.column))
    if finding.table:
        table = form.table[finding.table]
        return f"{table.name} {_row_name(table, finding.row) if finding.row else ''}".rstrip()
    section = form.section.get(finding.section)
    return section.title if section else "引言" if finding.section else ""


def _details(cause: Cause) -> Iterator[str]:
    form = cause.report.form
    if len(cause.explanations) > 1:
        for number, explanation in enumerate(cause.explanations[:SHOWN], 1):
            yield f"可能 {number}. {in_words(cause.report, explanation)}"
        if (more := len(cause.explanations) - SHOWN) > 0:
            yield f"可能 另有{more}种"
    broken = [(finding, relation) for finding in cause.findings if (relation := _relation(form, finding))]
    if broken:
        shown = "；".join(_broken(cause.report, *each) for each in broken[:SHOWN])
        yield f"说明 {len(broken)} 条规则：{shown}" + ("；等" if len(broken) > SHOWN else "")
    for quote in dict.fromkeys(finding.quote for finding in cause.findings if finding.quote):
        yield f"原句 “{quote}”"
    yield f"依据 {'；'.join(cause.bases)}"
    yield from (f"旁证 {words}" for words in cause.evidence)


def _broken(report: Report, finding: Finding, relation: Relation) -> str:
    left, right = (
        re.sub(r"([一二三四])、\S+", r"第\1项", side(report, cells, relation).partition(" = ")[0])
        for cells in (relation.left, relation.right)
    )
    return f"{relation.place} {left} ≠ {right}，差 {finding.difference.replace('-', '−')}"


def _cited(rule: Rule) -> str:
    """A rule and its basis in short: one of the form itself by its place in the form."""
    basis = rule.basis
    return f"{rule.id} " + (f"{basis.clause}“{basis.words}”" if basis.clause.startswith("表") else str(basis))


# -- what a blank should be


def blanks_in_words(report: Report) -> Iterator[str]:
    """What the balances say of the blanks of tables 三 and 四 that the report does not know: that all may be nought,
    which figure one of them must be, that no figure will do. Nothing for a report without such blanks."""
    form = report.form
    for part in parts(form):
        figures = report.vector[part.cells]
        blank = np.isnan(figures)
        if not blank.any():
            continue
        left_over = part.matrix @ np.nan_to_num(figures)
        values = fills_of(part, figures)
        where = _table_of(form, form.cells[part.cells[0]])
        if not left_over.any():
            yield f"{where}空白按0计：{np.count_nonzero(blank)}处空白都按0计时，勾稽关系全部成立"
        elif values is None and not left_over[~part.matrix[:, blank].any(axis=1)].any():
            yield f"{where}空白处无论填什么数，勾稽关系都不能成立，请对照原件"
        else:
            for position, value in (values or {}).items():
                if blank[position]:  # and not a figure that is no count
                    yield f"{place_of(form, form.cells[part.cells[position]])} 空白处应为 {value}"
