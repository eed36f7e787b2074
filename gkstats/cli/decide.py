"""gkstats decide: what a reviewer decides about a finding."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import PARAMS, WELL, BodyName, Chinese, OneOf, Year
from gkstats.report import DECISIONS

if TYPE_CHECKING:
    from gkstats.checks import Finding, Results
    from gkstats.report import Report


class Day(click.ParamType):
    """A day written as 2025-02-14."""

    name = "日期"

    def convert(self, value, param, ctx) -> str:
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        raise click.UsageError(f"“{value}”不是日期，应写作 2025-02-14", ctx)


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("body", type=BodyName(), metavar="主体")
@click.argument("year", type=Year(), metavar="年度")
@click.argument("words", nargs=-1, metavar="[事项]…")
@click.option("--as", "verdict", type=OneOf(DECISIONS), metavar="结论", help=f"{'、'.join(DECISIONS)}之一。")
@click.option("--reason", default="", metavar="情况", help="为什么；属实有因的必须写明。")
@click.option("--who", default="", metavar="姓名", help="核对人。")
@click.option("--when", type=Day(), default=None, metavar="日期", help="默认为今天。")
@PARAMS
def decide(
    body: str, year: int, words: tuple[str, ...], verdict: str | None, reason: str, who: str, when: str | None,
    params: str,
) -> int:  # fmt: skip
    """记下对核对事项的结论：待核、确认有误、属实有因、误报。

    事项写 gkstats check 所印的编号（C1），或者一条规则的一处；不写事项时列出这份报告的全部事项。结论连同当时的数值写入
    参数文件，数值一变即失效；再次作出结论的，以后一次为准。
    """
    from gkstats.decisions import decide as write
    from gkstats.decisions import named, results_of
    from gkstats.params import load, shown

    report = load(body, year, params)
    results = results_of(report, params)
    if not words:
        _list(results, report)
        return WELL
    if verdict is None:
        raise click.UsageError("缺少选项 --as：请写明结论")
    if verdict == "属实有因" and not reason:
        raise click.UsageError("结论为属实有因的，请用 --reason 写明情况")
    causes = {cause.id for cause in results.causes(report)}
    chosen: dict[str, Finding] = {}
    for word in words:
        found = {finding.fingerprint: finding for finding in named(results, word)}
        if len(found) != 1 and word.upper() not in causes:
            some = "、".join(found) or "、".join(sorted(causes)) or "没有要作结论的事项"
            raise click.UsageError(f"{f'“{word}”不止一项' if found else f'没有“{word}”这一事项'}，现有：{some}")
        chosen |= found
    path = write(report, chosen.values(), verdict, reason, who, when or date.today().isoformat())
    for finding in chosen.values():
        click.echo(f"{verdict}：{finding.message}")
    click.echo(f"已写入 {shown(path)}")
    return WELL


def _list(results: Results, report: Report) -> None:
    """Every cause and its findings with the words that name them, what was decided, and what has lapsed."""
    from gkstats.decisions import OPEN, decision_of, lapsed

    click.secho(f"{report.body.name} {report.year}年度（{report.id}）", bold=True)
    causes = results.causes(report)
    for cause in causes:
        click.echo(f"  {click.style(cause.id, fg='yellow')}  {cause.head}")
        for finding in cause.findings:
            click.echo(f"      {finding.fingerprint}  {decision_of(finding) or OPEN}")
    for old in lapsed(report, results.of(report)):
        click.echo(f"  {old}")
    click.echo(f"共{len(causes)}项。")
