"""What the checks found, in files for others: a workbook to send back, a validation report for other systems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from gkstats import __version__
from gkstats.checks import BROKEN, CHECKS, FAIL, NOTE, PASS, SEVERITY_LABELS, UNKNOWN, Cause, Finding, Results
from gkstats.decisions import answers, settled
from gkstats.office import CELL_LIMIT, workbook_bytes, write_text
from gkstats.output.xlsx import text_lines
from gkstats.report import Problem

Unread = tuple[str, int, Problem]
"""Body, year and one problem of a file that could not be read."""

COLUMNS = {
    "主体": 18, "年度": 6, "严重程度": 9, "位置": 26, "印为": 9, "应为": 9, "说明": 60, "依据": 32, "处理": 11,
    "情况说明": 24,
}  # fmt: skip
"""The columns of the workbook with their widths in characters; the last is for the body to fill in."""

_SIDE = Side("thin", color="404040")
_BOX = Border(_SIDE, _SIDE, _SIDE, _SIDE)
_HEAD, _BODY, _GREY = Font("黑体", 11), Font("宋体", 11), PatternFill("solid", "F5F5F5")
_LEFT, _CENTRE = (Alignment(side, "center", wrap_text=True) for side in ("left", "center"))

_SEVERITIES = {"error": "error", "warning": "warning", NOTE: "information"}
_VALUES = {FAIL: "0", PASS: "1", UNKNOWN: "NA", BROKEN: "NA"}


def to_workbook(results: Results, unread: Iterable[Unread] = ()) -> bytes:
    """A workbook with a line for each cause, the worst reports first, everything in it text; the same bytes for the
    same results."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "核对情况"
    workbook.properties.title, workbook.properties.creator = "政府信息公开工作年度报告核对情况", "gkstats"
    widths = COLUMNS.values()
    lines = [[*COLUMNS], *_unread_lines(unread), *_lines(results)]
    for y, line in enumerate(lines, 1):
        for x, (text, width) in enumerate(zip(line, widths, strict=True), 1):
            cell = sheet.cell(y, x)
            if text:
                write_text(cell, text[:CELL_LIMIT])
            cell.border, cell.font = _BOX, _BODY if y > 1 else _HEAD
            cell.alignment = _CENTRE if y == 1 or width < 12 else _LEFT
            if y == 1:
                cell.fill = _GREY
        height = max(text_lines(text, width) for text, width in zip(line, widths, strict=True)) * 15.5 + 5
        sheet.row_dimensions[y].height = min(409, height)  # 409: the highest row Excel has
    for x, width in enumerate(COLUMNS.values(), 1):
        sheet.column_dimensions[get_column_letter(x)].width = width
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", f"A1:{get_column_letter(len(COLUMNS))}{len(lines)}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "— &P —"
    years = [case.report.year for case in results.cases] + [year for _, year, _ in unread]
    return workbook_bytes(workbook, max(years, default=2021))


def _lines(results: Results) -> Iterator[list[str]]:
    for report in results.worst_first(settled):
        yield from map(_line, results.causes(report))


def _line(cause: Cause) -> list[str]:
    report = cause.report
    basis = [line.removeprefix("依据 ") for line in cause.lines if line.startswith("依据 ")]
    words = [line for line in cause.lines if not line.startswith("依据 ")]
    return [
        report.body.name, str(report.year), SEVERITY_LABELS[cause.severity], cause.place, cause.printed, cause.due,
        "\n".join(words), "\n".join(basis), cause.action, "\n".join(answers(cause.findings)),
    ]  # fmt: skip


def _unread_lines(unread: Iterable[Unread]) -> Iterator[list[str]]:
    rule = CHECKS["P.0"]
    for body, year, problem in unread:
        yield [
            body, str(year), SEVERITY_LABELS[rule.severity], problem.where, problem.found if problem.expected else "",
            problem.expected, f"{problem.file} {problem}", str(rule.basis), "必须更正", "",
        ]  # fmt: skip


def to_ess(results: Results, unread: Iterable[Unread] = ()) -> list[dict[str, Any]]:
    """The results in the validation report structure of the European Statistical System, version 1.0.1 (Van der Loo
    and Ten Bosch, Design of a generic machine-readable validation report structure, 2017): a validation for each place
    that failed or could not be checked, an aggregation with the number of places of each rule that passed.

    The time of the event is left empty, so that the same reports give the same bytes. ``source`` and ``target`` list
    [population, year, body, variable] of each figure; a rule on the text names its section."""
    found = [_validation(number, finding) for number, finding in enumerate(_shown(results), 1)]
    for body, year, problem in unread:
        place = [["政府信息公开工作年度报告", str(year), body, problem.where]]
        found.append({
            "id": f"P{len(found) + 1}", "type": "validation", "event": _event(), "rule": _rule("P.0", str(problem)),
            "data": {"source": place, "target": place, "description": problem.file}, "value": "0",
        })  # fmt: skip
    passed = results.summary()[PASS].groupby(level="check").sum()
    for id, count in passed.items():
        found.append({
            "id": f"passed-{id}", "type": "aggregation", "event": _event(),
            "aggregate": {"language": "中文", "expression": f"通过{id}的处数", "description": CHECKS[id].title},
            "data": {"source": [], "target": [], "description": f"{len(results.cases)}份报告"}, "value": str(count),
        })  # fmt: skip
    return found


def _shown(results: Results) -> Sequence[Finding]:
    return [finding for finding in results.findings if finding.status in _VALUES]


def _validation(number: int, finding: Finding) -> dict[str, Any]:
    report = finding.report
    places = [str(cell) for cell in finding.cells]
    places = places or ["/".join(filter(None, finding[5:8])) or finding.section or "report"]
    data = [["政府信息公开工作年度报告", str(report.year), report.id, place] for place in places]
    return {
        "id": f"{number}", "type": "validation", "event": _event(),
        "rule": _rule(finding.rule, finding.message, finding.severity),
        "data": {"source": data, "target": data, "description": finding.fingerprint}, "value": _VALUES[finding.status],
    }  # fmt: skip


def _event() -> dict[str, str]:
    return {"time": "", "actor": "gkstats", "agent": f"gkstats {__version__}", "trigger": "gkstats check"}


def _rule(id: str, words: str, severity: str = "") -> dict[str, str]:
    rule = CHECKS[id]
    return {
        "language": "中文", "expression": f"{id} {rule.rule}", "severity": _SEVERITIES[severity or rule.severity],
        "description": words,
    }  # fmt: skip
