"""gkstats check: what the rules find."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, BodyName, Chinese, OneOf, Year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gkstats.checks import Cause, Finding, Results
    from gkstats.output.findings import Unread
    from gkstats.report import Report

MANY = 20
"""Reports; among more of them those with nothing wrong are counted, not listed."""


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("body", required=False, type=BodyName(), metavar="[主体]")
@click.argument("year", required=False, type=Year(), metavar="[年度]")
@click.option("--all", "all_", is_flag=True, help="核对全部报告；不写主体和年度时就是如此。")
@click.option("--format", "format_", type=OneOf(("table", "csv", "json", "ess", "xlsx")), default="table",
              metavar="格式", help="table（默认，供阅读）、csv、json（一处一行）、ess（欧洲统计系统的核对报告结构）"
              "或 xlsx（一个原因一行，可发给填报机关）。")  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False), default=None, metavar="文件", help="写入文件，不打印。")
@PARAMS
def check(body: str | None, year: int | None, all_: bool, format_: str, output: str | None, params: str) -> int:
    """核对报告的勾稽关系和其他规则。

    不写主体和年度时核对全部报告，问题最重的在前。有“错误”而没有结论（见 gkstats decide）时，退出状态为 1。
    """
    from gkstats.decisions import is_open_error

    if all_ and body:
        raise click.UsageError("写了 --all 就不要写主体和年度")
    if format_ == "xlsx" and not output:
        raise click.UsageError("xlsx 不能打印，请用 --output 写明文件")
    if body and year is None and re.fullmatch(r"20\d\d", body):
        year, body = int(body), None
    results, unread = _checked(body, year, params)
    if format_ == "table" and not output:
        for line in _lines(results, unread):
            click.echo(line)
    elif output:
        content = _content(format_, results, unread)
        Path(output).write_bytes(content if isinstance(content, bytes) else content.encode())
        click.echo(f"已写入 {output}")
    else:
        click.echo(_content(format_, results, unread), nl=False)
    return FOUND if unread or any(map(is_open_error, results.findings)) else WELL


def _checked(body: str | None, year: int | None, params: str) -> tuple[Results, list[Unread]]:
    """The reports asked for, each beside last year's where there is one, and what could not be read of them."""
    from gkstats.checks import cases_of, examine
    from gkstats.narrative import problems
    from gkstats.params import entries, read
    from gkstats.report import ReportError

    asked = entries(params, [body] if body else [], [year] if year else [])
    wanted = {entry.path for entry in asked}
    before = {(entry.id, entry.year - 1) for entry in asked}
    reports, others, unread = [], [], []
    for entry in entries(params, [body] if body else []):
        if entry.path not in wanted and (entry.id, entry.year) not in before:
            continue
        try:
            report = read(entry.path)
        except ReportError as error:
            if entry.path in wanted:
                unread += [(entry.id, entry.year, problem) for problem in error.problems]
            continue
        if entry.path in wanted:
            reports.append(report)
            unread += [(entry.id, entry.year, problem) for problem in problems(report)]
        else:
            others.append(report)
    return examine(cases_of([*reports, *others])[: len(reports)]), unread


def _content(format_: str, results: Results, unread: list[Unread]) -> str | bytes:
    """What is written to a file or to the screen."""
    if format_ == "xlsx":
        from gkstats.output.findings import to_workbook

        return to_workbook(results, unread)
    if format_ == "ess":
        from gkstats.output.findings import to_ess

        return json.dumps(to_ess(results, unread), ensure_ascii=False, indent=1) + "\n"
    if format_ == "table":
        return "\n".join(click.unstyle(line) for line in _lines(results, unread)) + "\n"
    import pandas as pd

    from gkstats.checks import COLUMNS, unreadable
    from gkstats.office import csv_text

    rows = [row for body, year, problem in unread for row in unreadable([problem], body, year)]
    found = pd.concat([pd.DataFrame(rows, columns=list(COLUMNS)), results.frame()] if rows else [results.frame()])
    if format_ == "json":
        return found.to_json(orient="records", force_ascii=False, indent=1) + "\n"
    return found.map(csv_text).to_csv(index=False, lineterminator="\n")


def _lines(results: Results, unread: list[Unread]) -> Iterator[str]:
    """Unread files, then the reports from the worst to the best, each with its causes, what could not be checked and
    what nothing can check; at last how often rules broke together."""
    from gkstats.checks import BALANCES, FAIL, PASS, UNKNOWN
    from gkstats.decisions import lapsed, settled

    by_file: dict[tuple[str, int], list[str]] = {}
    for body, year, problem in unread:
        by_file.setdefault((body, year), []).append(f"  {click.style('错误 P.0', fg='red')} {problem}")
    read = {(case.report.id, case.report.year) for case in results.cases}
    for (body, year), lines in by_file.items():
        if (body, year) not in read:
            yield from (click.style(f"{year}年度（{body}）", bold=True), *lines)
    counts = results.summary()
    many, quiet, open_ = len(results.cases) > MANY, 0, 0
    for report in results.worst_first(settled):
        key = report.id, report.year
        causes, problems = results.causes(report), by_file.get(key, [])
        if many and not causes and not problems:
            quiet += 1
            open_ += any(_not_checked(results.of(report)))
            continue
        yield click.style(f"{report.body.name} {report.year}年度（{report.id}）", bold=True)
        own = counts.loc[key]
        own = own[own.index.isin(BALANCES)].sum()
        yield (
            f"  勾稽关系{own[[PASS, FAIL, UNKNOWN]].sum()}处："
            f"通过{own[PASS]}处，不通过{own[FAIL]}处，无法核对{own[UNKNOWN]}处"
        )
        yield from problems
        for cause in causes:
            yield from _cause_lines(cause)
        yield from (f"  {old}" for old in lapsed(report, results.of(report)))
        yield from _unknown_lines(report, results.of(report))
        if not many:
            yield from _not_applicable_lines(results.of(report))
    if quiet:
        yield f"其余{quiet}份没有不通过的事项" + (f"，其中{open_}份有无法核对的。" if open_ else "。")
    together = Counter(cause.rules for report in results.worst_first() for cause in results.causes(report))
    if len(results.cases) > 1 and together:
        yield "不通过的规则（同一原因的并在一起）：" + "；".join(
            f"{'、'.join(rules)} {count}次" for rules, count in together.most_common()
        )
    bad = {*by_file, *((c.report.id, c.report.year) for c in results.cases if results.causes(c.report))}
    yield f"共{len(read | set(by_file))}份报告，{len(bad)}份有不通过的事项。"


def _cause_lines(cause: Cause) -> Iterator[str]:
    from gkstats.checks import ERROR, NOTE, SEVERITY_LABELS
    from gkstats.decisions import answers

    colour = {ERROR: "red", NOTE: None}.get(cause.severity, "yellow")
    first, *more = cause.lines
    yield f"  {click.style(f'{SEVERITY_LABELS[cause.severity]} {cause.id}', fg=colour)}  {first}"
    yield from (f"    {line}" for line in more)
    yield from (f"    {line}" for line in answers(cause.findings))


def _not_checked(findings: list[Finding]) -> Iterator[Finding]:
    """What could not be checked although it should."""
    from gkstats.checks import BROKEN, NOTE, UNKNOWN

    return (each for each in findings if each.status in (UNKNOWN, BROKEN) and each.severity != NOTE)


def _unknown_lines(report: Report, findings: list[Finding]) -> Iterator[str]:
    from gkstats.checks import NOTE, UNKNOWN
    from gkstats.checks.causes import blanks_in_words

    groups: dict[str, list[Finding]] = {}
    for finding in _not_checked(findings):
        groups.setdefault(finding.rule, []).append(finding)
    for rule, group in groups.items():
        yield f"  {click.style(f'无法核对 {rule}', fg='yellow')} {len(group)}处，如：{group[0].message}"
    yield from (f"  空白 {line}" for line in blanks_in_words(report))
    for finding in findings:
        if finding.status == UNKNOWN and finding.severity == NOTE:
            yield f"  说明 {finding.rule} {finding.message}"


def _not_applicable_lines(findings: list[Finding]) -> Iterator[str]:
    """The rules that had nothing to compare with, by the reason; those among many bodies are left to ``--all``."""
    from gkstats.checks import CHECKS, NOT_APPLICABLE

    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        if finding.status == NOT_APPLICABLE and CHECKS[finding.rule].kind != "比较":
            by_reason.setdefault(finding.message, []).append(finding.rule)
    yield from (f"  不适用 {'、'.join(rules)} {reason}" for reason, rules in by_reason.items())
