"""What the notebook shows: each function is one cell, its value one ``Page``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import lcm
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple

from gkstats import __version__
from gkstats.checks import (
    BALANCES,
    BROKEN,
    CHECKS,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    SEVERITY_LABELS,
    STATUS_LABELS,
    UNKNOWN,
    Case,
    Cause,
    Finding,
    Results,
    examine,
)
from gkstats.checks.causes import blanks_in_words
from gkstats.decisions import answers, explains, is_open_error, lapsed
from gkstats.narrative import paragraphs, unknown_places
from gkstats.page import Page, cell, list_table
from gkstats.report import LEVELS, PREAMBLE, Report, as_given
from gkstats.schema import Cell, Table, spans
from gkstats.stats import (
    NOT_KNOWN,
    PERCENT,
    PIECES,
    STATISTICS,
    applications_by_applicant,
    applications_by_result,
    section_statistics,
    shown,
    shown_change,
    shown_growth,
)
from gkstats.units import units_of

STUB_WIDTHS = (1.0, 2.4, 6.0)
FIGURE_WIDTH = 1.45


def title(report: Report) -> Page:
    """The title of the report, with what a printed file says of itself: who issues it and for which year."""
    text = f"{report.body.name}\n{report.year}年政府信息公开工作年度报告"
    return Page(({"kind": "title", "text": text, "organization": report.body.name, "year": report.year},))


def preamble(report: Report, previous: Report | None = None) -> Page:
    """The prose before section 一. Raises ReportError for a place that means nothing."""
    return Page(tuple(_prose(report, PREAMBLE, previous)))


def section(report: Report, code: str, previous: Report | None = None) -> Page:
    """One compulsory section: its heading, its prose, its official tables. Raises ReportError for a place in
    the prose that means nothing."""
    return Page((heading(report.form.section[code].title), *_prose(report, code, previous), *tables_of(report, code)))


def tables_of(report: Report, code: str, marks: Mapping[Cell, Mapping[str, Any]] = MappingProxyType({})) -> list[dict]:
    """The official tables of a section as blocks; ``marks`` gives cells a mark, a note and a title (``page.cell``)."""
    printed = _Printed(report, marks)
    tables = [table for table in report.form.tables if table.section == code]
    parts = [table for table in tables if table.layout == "parts"]
    blocks = [_parts_table(printed, parts)] if parts else []
    return blocks + [
        _block_table(printed, table) if table.layout == "blocks" else _row_table(printed, table)
        for table in tables
        if table.layout != "parts"
    ]


def statistics_appendix(report: Report, previous: Report | None = None) -> Page:
    """The section statistics, with last year's beside them where there is a report to compare with."""
    frame = section_statistics(report, previous)
    derived = [name for name in frame.index if len(STATISTICS[name].needs) > 1]
    frame = frame if previous else frame.loc[derived]
    if not LEVELS[report.body.level].makes_regulations:
        frame = frame[[not name.startswith("regulations") for name in frame.index]]
    heads = ["指标", "计算方法", "本年", *(("上年", "增减（增幅）") if previous else ())]
    body = []
    for section_code, group in frame.groupby("section", sort=False):
        body.append([cell(report.form.section[section_code].title, "band", span=len(heads))])
        for row in group.itertuples():
            stat = STATISTICS[row.Index]
            label = row.label if stat.unit in (PERCENT, PIECES) else f"{row.label}（{stat.unit}）"
            figures = [shown(row.this, stat.unit)]
            if previous:
                growth = f"（{shown_growth(row.growth)}）" if row.growth else ""
                figures += [shown(row.last, stat.unit), row.note or shown_change(row.change, stat.unit) + growth]
            formula = stat.formula if len(stat.needs) > 1 else f"取自{stat.formula.partition('“')[0]}"
            body.append([cell(label), cell(formula), *(cell(figure, "figure") for figure in figures)])
    widths = [3.4, 3.0, 1.6, 1.6, 3.0] if previous else [3.4, 5.4, 1.8]
    note = "" if previous else "没有上年的参数文件，不作比较。"
    return Page((
        {"kind": "appendix"},
        heading("附录一  统计指标"),
        text_block(f"各项指标由前述各表计算。分母为零或涉及空白的指标不计算，以“{NOT_KNOWN}”表示。{note}"),
        list_table("statistics", "统计指标", heads, widths, body),
    ))  # fmt: skip


def composition(report: Report) -> Page:
    """Who applied and how applications ended, each with its share."""
    heads = ["新收申请的申请人", "件数", "占比", "办理结果", "件数", "占比"]
    halves = [
        [(r.label, shown(r.figure), shown(r.share, PERCENT)) for r in frame.itertuples()]
        for frame in (applications_by_applicant(report), applications_by_result(report))
    ]
    body = [
        [c for label, figure, share in pair for c in (cell(label), cell(figure, "figure"), cell(share, "figure"))]
        for pair in zip(*halves, strict=True)
    ]
    return Page((list_table("composition", "申请人和办理结果构成", heads, [3, 1.4, 1.6] * 2, body),))


def flow(report: Report) -> Page:
    """The picture of where applications came from and what became of them."""
    from gkstats.charts import flow_chart

    return _picture(flow_chart(report), "图1  申请的来源与去向（单位：件）", "没有应办申请，或有数据空白，不绘图。")


def reasons(report: Report, previous: Report | None = None) -> Page:
    """The picture of why applications were not met."""
    from gkstats.charts import reasons_chart

    caption = "图2  未予公开的原因（件数及占办理结果总数的比例）"
    return _picture(reasons_chart(report, previous), caption, "没有未予公开的办理结果，或有数据空白，不绘图。")


def checks_appendix(report: Report, previous: Report | None = None) -> Page:
    """The checks in the order a reviewer needs them: the verdict, what failed, what cannot be checked and why,
    then the rules by how they came out."""
    results = examine([Case(report, previous, units_of(report))])
    findings = results.of(report)
    counts = results.summary().loc[(report.id, report.year)]
    failed = [finding for finding in findings if finding.status == FAIL]
    unknown = [finding for finding in findings if finding.status in (UNKNOWN, BROKEN)]
    blanks = [finding for finding in unknown if finding.rule != "T2.0"]
    total = counts.loc[[rule for rule in counts.index if rule in BALANCES], [PASS, FAIL, UNKNOWN]].sum()
    verdict = f"勾稽关系{total.sum()}处：通过{total[PASS]}处，不通过{total[FAIL]}处，因空白无法核对{total[UNKNOWN]}处。"
    if others := len(failed) - total[FAIL]:
        verdict += f"其他规则不通过{others}处。"
    wrong = any(map(is_open_error, failed))
    status = FAIL if wrong else UNKNOWN if failed or blanks else PASS
    blocks = [heading("附录二  数据核对"), {"kind": "verdict", "status": status, "text": verdict}]
    if failed:
        body = [
            [cell(cause.id), cell(SEVERITY_LABELS[cause.severity], mark=FAIL), cell(_explained(cause))]
            for cause in results.causes(report)
        ]
        blocks.append(list_table("failed", "不通过的事项", ["编号", "性质", "情况"], [1, 1, 8], body))
    blocks += [text_block(text) for text in _not_checked(report, unknown, previous)]
    blocks += [text_block(f"{words}。") for words in blanks_in_words(report)]
    blocks += [
        text_block(f"对{entry['check']}的说明没有对应的不通过事项：{entry['reason']}")
        for entry in report.explanations
        if not entry.get("finding") and not any(explains(entry, finding) for finding in failed)
    ]
    blocks += [text_block(f"{old}。") for old in lapsed(report, findings) if old.checked]
    return Page((*blocks, _outcomes_table(results, report)))


def _outcomes_table(results: Results, report: Report) -> dict:
    """The rules of the report's year by how they came out, the gravest first: their names, how many places each looked
    at, and why one does not apply. What a rule says and rests on is told by ``gkstats explain``."""
    counts = results.summary().loc[(report.id, report.year)]
    why = {f.rule: f.message.removesuffix("，不作比较") for f in results.of(report) if f.status == NOT_APPLICABLE}
    groups: dict[str, dict[str, list[str]]] = {}
    for id in (id for id in CHECKS if id in counts.index):
        row = counts.loc[id]
        status = outcome_of(row)
        seen = [f"{STATUS_LABELS[key]}{row[key]}处" for key in (PASS, FAIL, UNKNOWN) if row[key]]
        if status == PASS:
            seen = [f"{row[PASS]}处"] if row[PASS] > 1 else []
        elif row.sum() < 2:
            seen = []
        name = f"{id} {CHECKS[id].title}" + (f"（{'，'.join(seen)}）" if seen else "")
        groups.setdefault(status, {}).setdefault(why.get(id, ""), []).append(name)
    body = []
    for status in (FAIL, BROKEN, UNKNOWN, PASS, NOT_APPLICABLE):
        if parts := groups.get(status):
            words = [f"{reason}：{'、'.join(names)}" if reason else "、".join(names) for reason, names in parts.items()]
            label = f"{STATUS_LABELS[status]}{sum(map(len, parts.values()))}条"
            mark = "" if status == NOT_APPLICABLE else status
            body.append([cell(label, "figure", mark=mark), cell("\n".join(words))])
    return list_table("rules", "核对规则", ["结论", "规则"], [1.6, 8.4], body)


def outcome_of(counts: Mapping[str, int]) -> str:
    """The status of a rule from its counts (``Results.summary``): the gravest it has."""
    return next((status for status in (FAIL, BROKEN, UNKNOWN, PASS) if counts[status]), NOT_APPLICABLE)


PROVENANCE = "provenance"
"""The id of the table that ``provenance`` makes, by which a file is traced to the report it was printed from."""
SHA256, PROGRAM, AGAIN = "sha256", "编制程序", "重新生成"
"""Labels in it; the params file's sha256 stands first, last year's second."""


def provenance(report: Report, previous: Report | None = None, notebook: str = "") -> Page:
    """What the report was made from and how to make it again: inputs with sha256, version, command (of another
    notebook where one is named)."""
    rows = [("参数文件", report.file), (SHA256, report.sha256)]
    if previous:
        rows += [("上年参数文件", previous.file), (SHA256, previous.sha256)]
    labels = {"title": "数据来源", "file": "来源文件", "sha256": "来源文件sha256", "note": "来源说明"}
    rows += [(label, report.source[key]) for key, label in labels.items() if report.source.get(key)]
    rows += [(PROGRAM, f"gkstats {__version__}"), (AGAIN, _command(report, notebook))]
    rows.append(("规则的内容和依据", f"gkstats explain --rules {report.year}"))
    body = [[cell(label), cell(value)] for label, value in rows]
    return Page((
        heading("编制信息", 2),
        list_table(PROVENANCE, "编制信息", ["项目", "内容"], [2.4, 7.6], body),
    ))  # fmt: skip


def _command(report: Report, notebook: str) -> str:
    """The command that builds this report again, in the folder its params folder lies in."""
    folder = PurePosixPath(report.file).parent.parent.name
    place = "" if folder in ("params", "") else f' --params "{folder}"'
    option = f" --notebook {notebook}" if notebook else ""
    return f"gkstats build {report.id} --year {report.year}{option}{place}"


def _explained(cause: Cause) -> str:
    """What is wrong, by which rules, with the explanations the body gave for it and what was decided."""
    said = (line.replace(" ", "：", 1) for line in answers(cause.findings))
    return "\n".join([f"{cause.head}（{'、'.join(cause.rules)}）", *said])


def _not_checked(report: Report, unknown: list[Finding], previous: Report | None) -> Iterable[str]:
    """What could not be checked, in sentences."""
    by_rule: dict[str, list[str]] = {}
    for finding in unknown:
        by_rule.setdefault(finding.rule, []).append(finding.message)
    for rule, messages in by_rule.items():
        if rule == "T2.0":
            yield f"{messages[0]}。"
            continue
        # D.0 finds every blank once: its places are the list of blanks
        words = [message.partition("：")[0] for message in messages] if rule == "D.0" else messages
        first = ("、" if rule == "D.0" else "；").join(words[:3])
        more = f"等{len(words)}处" if len(words) > 3 else ""
        yield f"{'数据空白' if rule == 'D.0' else f'{rule}无法核对'}：{first}{more}。"
    if empty := unknown_places(report, previous):
        named = "、".join(f"{{{place}}}" for _, place in empty[:5]) + ("等" if len(empty) > 5 else "")
        yield f"正文中有{len(empty)}处引用没有数据，以“{NOT_KNOWN}”表示：{named}。"


def heading(text: str, level: int = 1) -> dict:
    """A heading block."""
    return {"kind": "heading", "level": level, "text": text}


def text_block(text: str, lead: str = "") -> dict:
    """A paragraph block."""
    return {"kind": "paragraph", "lead": lead, "text": text}


def _prose(report: Report, code: str, previous: Report | None) -> list[dict]:
    return [text_block(text, lead) for lead, text in paragraphs(report, code, previous)]


def _picture(chart: tuple[str, str] | None, caption: str, otherwise: str) -> Page:
    if chart is None:
        return Page((text_block(f"{caption}：{otherwise}"),))
    svg, alt = chart
    return Page(({"kind": "figure", "svg": svg, "alt": alt, "caption": caption},))


def _table(id: str, caption: str, style: str, widths: list[float], head: list, body: list) -> dict:
    return {
        "kind": "table", "id": id, "caption": caption, "style": style, "widths": widths, "head": head, "body": body,
    }  # fmt: skip


class _Printed(NamedTuple):
    """A report's figures as its tables print them."""

    report: Report
    marks: Mapping[Cell, Mapping[str, Any]]

    def figure(self, table: str, row: str, column: str, span: int = 1) -> dict:
        place = Cell(table, row, column)
        figure = self.report.figures[place]
        return cell("" if figure is None else as_given(figure), "figure", span=span, **self.marks.get(place, {}))


def _row_table(printed: _Printed, table: Table) -> dict:
    """A table whose rows are printed lines under a merged head, with a merged stub (table 三)."""
    across, down = spans(table.columns), spans(table.rows)
    head_rows = max(span.level + span.levels for span in across)
    stub_columns = max(span.level + span.levels for span in down)
    head: list[list[dict]] = [[] for _ in range(head_rows)]
    head[0].append(cell(table.corner, "head", span=stub_columns, rows=head_rows))
    for span in across:
        head[span.level].append(cell(span.label, "head", span=span.count, rows=span.levels))
    body: list[list[dict]] = [[] for _ in table.row_leaves]
    for span in down:
        body[span.first].append(cell(span.label, "label", span=span.levels, rows=span.count))
    for cells, row in zip(body, table.row, strict=True):
        cells += [printed.figure(table.code, row, column) for column in table.column]
    widths = [*STUB_WIDTHS[3 - stub_columns :], *[FIGURE_WIDTH] * len(table.column)]
    return _table(table.code, f"{table.name} {table.label}", "dense", widths, head, body)


def _block_table(printed: _Printed, table: Table) -> dict:
    """A table whose rows stand side by side on one line, each with the columns below it (table 四)."""
    blocks = spans(table.rows)
    columns = table.column_leaves
    head_rows = max(span.level + span.levels for span in blocks) + 1
    head: list[list[dict]] = [[] for _ in range(head_rows)]
    placed: list[tuple[int, int, dict]] = []
    for span in blocks:
        first, count = span.first * len(columns), span.count * len(columns)
        placed.append((span.level, first, cell(span.label, "head", span=count)))
        if span.leaf:
            below = head_rows - span.level - 1
            placed += [
                (span.level + 1, first + i, cell(column.item.label, "head", rows=below))
                for i, column in enumerate(columns)
            ]
    for level, _, placed_cell in sorted(placed, key=lambda entry: entry[:2]):
        head[level].append(placed_cell)
    body = [[printed.figure(table.code, row, column) for row in table.row for column in table.column]]
    widths = [1.0] * (len(table.row) * len(columns))
    return _table(table.code, f"{table.name} {table.label}", "dense", widths, head, body)


def _parts_table(printed: _Printed, parts: list[Table]) -> dict:
    """Several tables printed as one, each under a band with its own head (table 二)."""
    grid = lcm(*(len(table.column) for table in parts))
    body: list[list[dict]] = []
    for table in parts:
        span = grid // len(table.column)
        body.append([cell(table.label, "band", span=grid + 1)])
        body.append([cell(table.corner, "head"), *(cell(c.item.label, "head", span=span) for c in table.column_leaves)])
        for code, row in table.row.items():
            figures = [printed.figure(table.code, code, column, span) for column in table.column]
            body.append([cell(row.item.label, "label"), *figures])
    title = printed.report.form.section[parts[0].section].title.partition("、")[2]
    widths = [1.4 * grid / 3, *[1.0] * grid]
    return _table(parts[0].section, f"{parts[0].name} {title}", "form", widths, [], body)
