"""What the review notebook shows: the same report as a reviewer reads it, made to be printed and sent back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gkstats.checks import (
    BALANCES,
    BROKEN,
    CHECKS,
    ERROR,
    FAIL,
    NOT_APPLICABLE,
    NOTE,
    PASS,
    SEVERITY_LABELS,
    STATUS_LABELS,
    UNKNOWN,
    WARNING,
    Case,
    Cause,
    Finding,
    Results,
    examine,
)
from gkstats.checks.causes import STATED, UNIQUE
from gkstats.checks.form_rules import copied
from gkstats.checks.rule import ACTIONS
from gkstats.decisions import (
    OPEN,
    Lapsed,
    answers,
    decision_of,
    decisions,
    is_open_error,
    lapsed,
    settled,
)
from gkstats.display import heading, outcome_of, tables_of, text_block
from gkstats.narrative import printed, problems
from gkstats.page import Page, cell, list_table, paragraph, part
from gkstats.prose import AGREES, CONTRADICTS, Tied, prose_figures
from gkstats.prose import STATUS_LABELS as PROSE_LABELS
from gkstats.report import PREAMBLE, Problem, Report, as_given
from gkstats.schema import Cell
from gkstats.trace import trace_of
from gkstats.units import units_of

_PROSE_MARKS = {AGREES: PASS, CONTRADICTS: UNKNOWN}


@dataclass(frozen=True, eq=False)
class Review:
    """A report, what it is compared with, and everything the rules find in it."""

    case: Case
    results: Results

    @property
    def report(self) -> Report:
        """The report under review."""
        return self.case.report

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """What is wrong, the gravest first."""
        return self.results.causes(self.report)

    @cached_property
    def problems(self) -> list[Problem]:
        """References in the prose that mean nothing."""
        return problems(self.report)

    @cached_property
    def figures(self) -> list[Tied]:
        """Every number of the prose, and what it was read as."""
        return prose_figures(self.report, self.case.previous)

    @cached_property
    def lapsed(self) -> list[Lapsed]:
        """Decisions that count for nothing any more."""
        return lapsed(self.report, self.results.of(self.report))

    def findings(self, *statuses: str) -> list[Finding]:
        """The report's findings of these statuses."""
        return [finding for finding in self.results.of(self.report) if finding.status in statuses]

    def open(self, severity: str) -> list[Cause]:
        """The causes of a severity that no decision settles."""
        return [cause for cause in self.causes if cause.severity == severity and not _settled(cause)]


def review_of(report: Report, previous: Report | None = None) -> Review:
    """The review of a report, compared with last year's where there is one, and with the record of its units where one
    lies beside its file."""
    case = Case(report, previous, units_of(report))
    return Review(case, examine([case]))


def review_title(review: Review) -> Page:
    """What this document is."""
    report = review.report
    text = f"{report.body.name}\n{report.year}年政府信息公开工作年度报告核对意见"
    return Page(({"kind": "title", "text": text, "organization": "", "year": report.year},))


def review_verdict(review: Review) -> Page:
    """The verdict in one line, what was compared, and what no rule can see."""
    report, previous = review.report, review.case.previous
    counts = review.results.summary().loc[(report.id, report.year)]
    balances = counts.loc[[rule for rule in counts.index if rule in BALANCES], [PASS, FAIL, UNKNOWN]].sum()
    opened = {severity: len(review.open(severity)) for severity in ACTIONS}
    opened[ERROR] += len(review.problems)
    words = [
        f"{SEVERITY_LABELS[severity]}{opened[severity]}处（{action}）"
        for severity, action in ACTIONS.items()
        if opened[severity]
    ]
    verdict = "、".join(words) or "没有发现需要处理的事项"
    closed = sum(map(_settled, review.causes))
    verdict += f"；另有{closed}处已有结论，不再计入" if closed else ""
    gone = sum(old.checked for old in review.lapsed)
    verdict += f"；{gone}条结论因数据改变而失效" if gone else ""
    blanks = [finding for finding in review.findings(UNKNOWN) if finding.severity != NOTE]
    status = FAIL if opened[ERROR] else UNKNOWN if opened[WARNING] or blanks else PASS
    compared = f"没有{report.year - 1}年度的报告，未与上年比较"
    if previous:
        same, count = copied(printed(report, previous), printed(previous))
        compared = f"与{previous.year}年度的报告作了比较，正文{count}个段落中有{len(same)}个与上年除数字外完全相同"
    return Page((
        heading("一、核对结论"),
        {"kind": "verdict", "status": status, "text": f"{verdict}。"},
        text_block(
            f"报告使用{report.form.notice}的格式，统计范围为{report.body.scope}，{compared}。勾稽关系{balances.sum()}处："
            f"通过{balances[PASS]}处，不通过{balances[FAIL]}处，因空白无法核对{balances[UNKNOWN]}处。"
        ),
        *(text_block(f"{finding.message}。") for finding in review.findings(UNKNOWN) if finding.severity == NOTE),
    ))  # fmt: skip


def review_causes(review: Review) -> Page:
    """Every cause: what to do, what is wrong, which rules say so, on what basis, what was explained and decided."""
    blocks = [heading("二、需要处理的事项")]
    blocks += [text_block(str(problem), "正文引用  ") for problem in review.problems]
    for cause in review.causes:
        first, *more = cause.lines
        state = "，已有结论" if _settled(cause) else ""
        blocks.append(heading(f"{cause.id}  {SEVERITY_LABELS[cause.severity]}（{cause.action}{state}）", 2))
        blocks.append(text_block(f"{first}。"))
        for line in [*more, *answers(cause.findings)]:
            lead, _, text = line.partition(" ")
            blocks.append(text_block(text, f"{lead}  "))
    if len(blocks) == 1:
        blocks.append(text_block("没有需要处理的事项。"))
    return Page(tuple(blocks))


def review_reply(review: Review) -> Page:
    """The slip that comes back: what is open, with room for the answer."""
    opened = [cause for severity in ACTIONS for cause in review.open(severity)]
    if not opened:
        return Page(())
    body = [
        [cell(cause.id, "figure"), cell(SEVERITY_LABELS[cause.severity], "figure"), cell(cause.head), cell("\n\n")]
        for cause in opened
    ]
    body.append([cell("填报机关（盖章）：　　　　　　　　填报人：　　　　　　　　日期：\n\n", "band", span=4)])
    return Page((
        heading("三、回复"),
        text_block("请逐项写明更正后的数据；无需更正的，请说明理由。"),
        list_table("reply", "回复单", ["编号", "性质", "事项", "更正为，或者说明"], [0.9, 0.9, 4.6, 3.6], body),
    ))  # fmt: skip


def review_tables(review: Review) -> Page:
    """The official tables as printed, the figures in question marked with the numbers of their causes."""
    marks = _marks(review)
    blocks: list[dict] = [
        {"kind": "appendix", "text": "以下为附件。"},
        heading("附件一  标注的表格"),
        text_block(
            "标有编号的数据见“需要处理的事项”：带×的是错误；带？的是可能有误的数据、与其他数据不一致的数据和空白。"
        ),
    ]
    for section in review.report.form.sections:
        if tables := tables_of(review.report, section.code, marks):
            blocks += [heading(section.title, 2), *tables]
            codes = {table.code for table in review.report.form.tables if table.section == section.code}
            blocks += _footnotes(c for c in review.causes if any(place.table in codes for place in c.cells))
    return Page(tuple(blocks))


def review_prose(review: Review) -> Page:
    """The prose as printed, the words and numbers in question marked."""
    report = review.report
    texts = printed(report, review.case.previous)
    titles = {PREAMBLE: "前言"} | {section.code: section.title for section in report.form.sections}
    blocks = [heading("附件二  标注的正文")]
    for code in (code for code in titles if code in texts):
        blocks += [heading(titles[code], 2), *_marked_lines(review, code, texts[code])]
        blocks += _footnotes(c for c in review.causes if any(finding.section == code for finding in c.findings))
    if not texts:
        blocks.append(text_block("参数文件没有正文，未作核对。"))
    if review.figures:
        body = [
            [cell(tied.text), cell(tied.tie or tied.reason), cell(tied.expected or "—", "figure"),
             cell(PROSE_LABELS[tied.status], "figure", mark=_PROSE_MARKS.get(tied.status, ""))]
            for tied in review.figures
        ]  # fmt: skip
        heads = ["正文", "读作", "表内", "结果"]
        blocks.append(list_table("figures", "正文中的数", heads, [1.6, 5.6, 1.6, 1.2], body))
    return Page(tuple(blocks))


def review_rules(review: Review) -> Page:
    """Every rule of the year with its status; one that could not run or does not apply says why."""
    return Page((heading("附件三  核对规则"), _rules_table(review.results, review.report)))


def _rules_table(results: Results, report: Report) -> dict:
    """Every rule of the report's year with its counts and its status; one that does not apply says why."""
    why = {f.rule: f.message for f in results.of(report) if f.status in (NOT_APPLICABLE, BROKEN)}
    body = []
    counts = results.summary().loc[(report.id, report.year)]
    for id in (id for id in CHECKS if id in counts.index):
        row = counts.loc[id]
        status = outcome_of(row)
        figures = [cell(row[status], "figure") for status in (PASS, FAIL, UNKNOWN)]
        label = cell(STATUS_LABELS[status], "figure", mark="" if status == NOT_APPLICABLE else status)
        words = [CHECKS[id].rule, *([why[id]] if id in why else [])]
        body.append([cell(id), cell(CHECKS[id].title), cell("\n".join(words)), *figures, label])
    heads = ["规则", "名称", "内容", *(STATUS_LABELS[status] for status in (PASS, FAIL, UNKNOWN)), "结论"]
    return list_table("rules", "核对规则", heads, [1, 2.4, 5, 1.25, 1.45, 1.4, 1.6], body)


def review_sources(review: Review) -> Page:
    """Where the figures in question were read, and which figures are not as they were read."""
    report, trace = review.report, trace_of(review.report)
    title = heading("附件四  数据在原件中的位置")
    if trace is None:
        return Page((title, text_block("没有读入时的记录：数据由手工填写，或者原件不在读入之列。")))
    asked = {place for cause in review.causes for place in cause.cells}
    changed = {
        place for place, read in trace.cells.items()
        if read.figure and place in report.figures and read.figure != _written(report, place)
    }  # fmt: skip
    doubtful = {place for place, read in trace.cells.items() if read.state in ("doubtful", "unreadable", "missing")}
    body = []
    for place in (p for p in report.form.cells if p in asked | changed | doubtful and p in trace.cells):
        read = trace.cells[place]
        why = [read.remark, *(f"也可读作{other}" for other in read.readings), *(["读入后有改动"] * (place in changed))]
        texts = (report.form.describe(place), read.place, read.text, "；".join(filter(None, why)))
        body.append([*map(cell, texts[:1]), cell(_written(report, place), "figure"), *map(cell, texts[1:])])
    where = f"原件为 {trace.file}。下列是事项所涉、读入时存疑和读入后改动的数据。"
    stale = [] if trace.current else [text_block("参数文件的来源已经不是这份原件，以下位置仅供参考。")]
    heads = ["数据", "现为", "读自", "原文", "说明"]
    table = list_table("sources", "数据在原件中的位置", heads, [3.4, 1.2, 2.2, 1.6, 2], body)
    return Page((title, *stale, *([text_block(where), table] if body else [text_block("没有要查对的数据。")])))


def _written(report: Report, place: Cell) -> str:
    figure = report.figures[place]
    return "" if figure is None else as_given(figure)


def review_decisions(review: Review) -> Page:
    """What is open, what was decided, what has lapsed."""
    report = review.report
    rows = []
    for cause in review.causes:
        words = [word for finding in cause.findings for word in _decided(report, finding)]
        decisions = [decision_of(finding) for finding in cause.findings]
        state = "已定" if all(decision and decision.verdict != OPEN for decision in decisions) else OPEN
        what = "\n".join([cause.id, *(finding.fingerprint for finding in cause.findings)])
        rows.append((state, what, cause.head, "\n".join(dict.fromkeys(words))))
    rows.sort(key=lambda row: row[0] != OPEN)
    for old in review.lapsed:
        state = "已失效" if old.checked else "未及核对"
        then = f"当时：{old.decision.message}\n" if old.decision.message else ""
        rows.append((state, old.decision.finding, f"{then}{old.now}", str(old.decision)))
    body = [[cell(state, "figure"), *map(cell, texts)] for state, *texts in rows]
    command = f"gkstats decide {report.id} {report.year} 事项 --as 结论 --reason 情况"
    how = f"记下结论：{command}。数据改变后，原来的结论即失效。"
    table = list_table("decisions", "核对结论", ["状态", "事项", "情况", "结论"], [1.1, 2.7, 4.2, 2.4], body)
    shown = [table, text_block(how)] if body else [text_block("没有要作结论的事项。")]
    return Page((heading("附件五  结论"), *shown))


def _decided(report: Report, finding: Finding) -> Iterator[str]:
    """What was decided of a finding, the last first."""
    own = [str(decision) for decision in decisions(report) if decision.finding == finding.fingerprint]
    yield from [own[-1], *(f"以前：{old}" for old in own[-2::-1])] if own else [OPEN]


# -- marks


def _settled(cause: Cause) -> bool:
    return all(map(settled, cause.findings))


def _mark(cause: Cause) -> str:
    """How sure an error is: only what is certainly wrong is marked as failed."""
    certain = cause.sure in (UNIQUE, STATED) and any(map(is_open_error, cause.findings))
    return FAIL if certain else UNKNOWN


def _marks(review: Review) -> dict[Cell, dict[str, str]]:
    """Cell → how ``page.cell`` marks it: the figures a cause names, and the blanks that keep rules from running."""
    marks: dict[Cell, dict[str, str]] = {}
    for finding in review.findings(UNKNOWN):
        if finding.rule == "D.0":
            marks[finding.cells[0]] = {"mark": UNKNOWN, "title": finding.message}
    for cause in review.causes:
        for place in cause.cells if cause.explanations or cause.sure == STATED else ():
            old = marks.get(place, {})
            marks[place] = {
                "mark": FAIL if FAIL in (old.get("mark"), _mark(cause)) else UNKNOWN,
                "note": " ".join(filter(None, (old.get("note"), cause.id))),
                "title": "\n".join(filter(None, (old.get("title"), f"{cause.id} {cause.head}"))),
            }
    return marks


def _footnotes(causes: Iterable[Cause]) -> list[dict]:
    return [text_block(f"{cause.head}。", f"{cause.id}  ") for cause in causes]


def _marked_lines(review: Review, section: str, text: str) -> Iterator[dict]:
    """The paragraphs of a section, each place a finding quotes marked with its cause."""
    spans = [
        (finding.start, finding.end, _mark(cause), cause.id, finding.message)
        for cause in review.causes
        for finding in cause.findings
        if finding.section == section and finding.end > finding.start
    ]
    spans += [
        (tied.start, tied.end, PASS, "", f"相符：{tied.tie}")
        for tied in review.figures
        if tied.section == section and tied.status == AGREES
    ]
    spans.sort(key=lambda span: span[0])
    at = 0
    for line in text.split("\n"):
        parts, done = [], at
        for start, end, mark, note, message in spans:
            if done <= start < at + len(line):
                end = min(end, at + len(line))
                parts += [part(text[done:start]), part(text[start:end], mark, note, message)]
                done = end
        yield paragraph([*parts, part(text[done : at + len(line)])])
        at += len(line) + 1
