"""gkstats import: a published document or a filled-in form becomes a params file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, WRONG_USE, BodyName, Chinese, Year

if TYPE_CHECKING:
    from pathlib import Path

    from gkstats.importing import Import


@click.command("import", cls=Chinese, options_metavar="[选项]")
@click.argument("files", nargs=-1, required=True, metavar="文件…")
@click.option(
    "--body",
    default="",
    type=BodyName(),
    metavar="主体",
    help="文件夹名、区划代码或名称，如 500243-pengshui；能从文中认出的可以省略。",
)
@click.option("--year", default=None, type=Year(), metavar="年度", help="文中写明年度的可以省略。")
@click.option("--trace", is_flag=True, help="列出每个数读自哪里、原文是什么。")
@click.option("--update", is_flag=True, help="已有参数文件的，换上读到的数；正文、说明不动，原文件另存。")
@click.option("--anyway", is_flag=True, help="文件里写明的主体或年度与 --body、--year 不同的，仍按所写的读入。")
@PARAMS
def import_(
    files: tuple[str, ...], body: str, year: int | None, trace: bool, update: bool, anyway: bool, params: str
) -> int:
    """读入公布的报告（Word、网页、PDF、文本）或填好的 Excel 填报表，写成参数文件。

    文件可以是文件夹，写 - 表示从标准输入读文本。已有的参数文件不会被改动，只列出不同之处；写明 --update
    的，换上读到的数，原文件另存在旁边。每个数读自哪里，记在参数文件旁的 .trace.json 文件里。
    有数据存疑、读不出或与已有文件不同而没有更新时，退出状态为 1。
    """
    from gkstats.importing import files_in, read_file
    from gkstats.reading.intake import MAX_BYTES
    from gkstats.report import ReportError, UnknownReport

    sources: list[Path | bytes] = []
    for name in files:
        sources += [sys.stdin.buffer.read(MAX_BYTES + 1)] if name == "-" else files_in([name])
    if not sources:
        raise click.UsageError("文件夹里没有文件")
    status = WELL
    for source in sources:
        try:
            status = max(status, _write(read_file(source, params, body, year, anyway), trace, update, params))
        except ReportError as error:
            click.echo(str(error), err=True)
            status = max(status, WRONG_USE if isinstance(error, UnknownReport) else FOUND)
    return status


def _write(found: Import, trace: bool, update: bool, params: str) -> int:
    """Says what was read, and writes it where there is no file yet or ``--update`` asks for it."""
    from gkstats.importing import difference, save
    from gkstats.importing import update as put_into
    from gkstats.params import entries, read, shown
    from gkstats.report import UnknownReport

    report = found.report
    _say(found, trace)
    try:
        old = read(entries(params, [report.id], [report.year])[0].path)
    except UnknownReport:
        path = save(found, params)
        click.echo(f"  统计范围写作“{report.body.scope}”，层级写作 {report.body.level}，请核对")
        click.echo(f"已写入 {shown(path)}，请核对后执行：gkstats check {report.id} {report.year}")
        return WELL if found.certain else FOUND
    different = difference(old, report)
    if update:
        kept = put_into(old, found)
        if kept:
            told = f"数据有{len(different)}处不同，没有读到的保留原数：" if different else "数据相同，换了来源"
            click.echo(f"已更新 {old.file}，原文件存作 {kept.name}；{told}")
        else:
            click.echo(f"已有 {old.file}，没有可更新的数，没有改动")
    else:
        told = f"有{len(different)}处不同，要换上读到的数请加 --update：" if different else "数据相同"
        click.echo(f"已有 {old.file}，没有改动；{told}")
    for line in different:
        click.echo(f"  {line}")
    return FOUND if (different and not update) or not found.certain else WELL


def _say(found: Import, trace: bool) -> None:
    report = found.report
    click.secho(f"{report.body.name} {report.year}年度（{report.id}），{report.form.notice}的格式", bold=True)
    figures = sum(figure is not None for figure in report.figures.values())
    click.echo(f"  读到{figures}个数，共{len(report.form.cells)}格")
    policy = {"zero": "按零计", "unknown": "按不掌握计"}[report.blank]
    click.echo(f"  空白的含义：{policy}（{found.trace.blank}）")
    for doubt in found.doubts:
        click.echo(f"  {doubt.message}")
    if trace:
        for cell, place in found.trace.cells.items():
            remark = f"（{place.remark}）" if place.remark else ""
            click.echo(f"  {report.form.describe(cell)}：{place.figure or '—'}，{place.place} “{place.text}”{remark}")
