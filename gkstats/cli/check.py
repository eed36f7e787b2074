"""gkstats check: what the rules find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, BodyName, Chinese, OneOf, Year

if TYPE_CHECKING:
    import pandas as pd

    from gkstats.checks import Results


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("body", required=False, type=BodyName(), metavar="[主体]")
@click.argument("year", required=False, type=Year(), metavar="[年度]")
@click.option("--format", "format_", type=OneOf(("table", "json", "csv")), default="table", metavar="格式",
              help="table（默认，供阅读）、json 或 csv（供其他程序读取）。")  # fmt: skip
@PARAMS
def check(body: str | None, year: int | None, format_: str, params: str) -> int:
    """核对报告的勾稽关系和其他规则。

    不写主体和年度时核对全部报告。有“错误”时退出状态为 1。
    """
    import pandas as pd

    from gkstats.checks import COLUMNS, ERROR, FAIL, cases_of, examine, unreadable
    from gkstats.narrative import problems
    from gkstats.params import entries, read
    from gkstats.report import ReportError

    if body and year is None and re.fullmatch(r"20\d\d", body):
        body, year = None, int(body)
    reports, rows = [], []
    for entry in entries(params, [body] if body else [], [year] if year else []):
        try:
            report = read(entry.path)
            reports.append(report)
            rows += unreadable(problems(report), entry.id, entry.year)
        except ReportError as error:
            rows += unreadable(error.problems, entry.id, entry.year)
    results = examine(cases_of(reports))
    found = pd.concat([pd.DataFrame(rows, columns=list(COLUMNS)), results.frame()] if rows else [results.frame()])
    if format_ == "json":
        click.echo(found.to_json(orient="records", force_ascii=False, indent=1))
    elif format_ == "csv":
        from gkstats.office import csv_text

        click.echo(found.map(csv_text).to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        _print_findings(found, results)
    return FOUND if ((found["status"] == FAIL) & (found["severity"] == ERROR)).any() else WELL


def _print_findings(found: pd.DataFrame, results: Results) -> None:
    """The findings of each report, failures first, then what could not be checked, then what nothing can check."""
    from gkstats.checks import BALANCES, FAIL, NOTE, PASS, SEVERITY_LABELS, UNKNOWN

    names = {(case.report.id, case.report.year): case.report.body.name for case in results.cases}
    counts = results.summary()
    keys = sorted({*names, *zip(found["body"], found["year"], strict=True)})
    for key in keys:
        mine = found[(found["body"] == key[0]) & (found["year"] == key[1])]
        click.secho(f"{names.get(key, '')} {key[1]}年度（{key[0]}）".lstrip(), bold=True)
        if key in names:
            own = counts.loc[key]
            own = own[own.index.isin(BALANCES)].sum()
            click.echo(
                f"  勾稽关系{own[[PASS, FAIL, UNKNOWN]].sum()}处："
                f"通过{own[PASS]}处，不通过{own[FAIL]}处，无法核对{own[UNKNOWN]}处"
            )
        for row in mine[mine["status"] == FAIL].itertuples():
            click.secho(f"  {SEVERITY_LABELS[row.severity]} {row.check} ", fg="red", nl=False)
            click.echo(row.message)
        unknown = mine[mine["status"] == UNKNOWN]
        for rule, group in unknown[unknown["severity"] != NOTE].groupby("check", sort=False):
            click.secho(f"  无法核对 {rule} ", fg="yellow", nl=False)
            click.echo(f"{len(group)}处，如：{group['message'].iloc[0]}")
        for rule, group in unknown[unknown["severity"] == NOTE].groupby("check", sort=False):
            click.echo(f"  说明 {rule} {group['message'].iloc[0]}")
    failed = found[found["status"] == FAIL]
    bad = len(failed[["body", "year"]].drop_duplicates())
    click.echo(f"共{len(keys)}份报告，{bad}份有不通过的事项。")
