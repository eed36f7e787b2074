"""gkstats import: a published document or a filled-in form becomes a params file."""

from __future__ import annotations

import sys

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, WRONG_USE, BodyName, Chinese, Year


@click.command("import", cls=Chinese, options_metavar="[选项]")
@click.argument("files", nargs=-1, required=True, metavar="文件…")
@click.option(
    "--body",
    default="",
    type=BodyName(),
    metavar="主体",
    help="如 500243-pengshui；能从名称认出的可以省略。",
)
@click.option("--year", default=None, type=Year(), metavar="年度", help="文中写明年度的可以省略。")
@click.option("--trace", is_flag=True, help="列出每个数读自哪里、原文是什么。")
@PARAMS
def import_(files: tuple[str, ...], body: str, year: int | None, trace: bool, params: str) -> int:
    """读入公布的报告（Word、网页、PDF、文本）或填好的 Excel 填报表，写成参数文件。

    文件可以是文件夹，写 - 表示从标准输入读文本。已有的参数文件不会被改动，只列出不同之处。
    有数据存疑、读不出或与已有文件不同时，退出状态为 1。
    """
    from gkstats.importing import files_in
    from gkstats.report import ReportError, UnknownReport

    sources = [sys.stdin.buffer.read()] if files == ("-",) else files_in(files)
    status = WELL
    for source in sources:
        try:
            status = max(status, _import_one(source, body, year, trace, params))
        except ReportError as error:
            click.echo(str(error), err=True)
            status = max(status, WRONG_USE if isinstance(error, UnknownReport) else FOUND)
    return status


def _import_one(source, body: str, year: int | None, trace: bool, params: str) -> int:
    from gkstats.importing import difference, read_file
    from gkstats.params import entries, read, save_new, shown
    from gkstats.report import UnknownReport

    found = read_file(source, params, body, year)
    report = found.report
    click.secho(f"{report.body.name} {report.year}年度（{report.id}），{report.form.notice}的格式", bold=True)
    figures = sum(figure is not None for figure in report.figures.values())
    click.echo(f"  读到{figures}个数，共{len(report.form.cells)}格")
    if found.reading:
        click.echo(f"  空白：{found.reading.blank_evidence}")
    for doubt in found.doubts:
        click.echo(f"  {doubt}")
    if trace:
        for cell, where in found.trace():
            click.echo(f"  {report.form.describe(cell)}：{'—' if where.figure is None else where.figure}，"
                       f"{where.place} “{where.text}”")  # fmt: skip
    try:
        existing = entries(params, [report.id], [report.year])
    except UnknownReport:
        path = save_new(report, params)
        click.echo(f"  统计范围写作“{report.body.scope}”，层级写作 {report.body.level}，请核对")
        click.echo(f"已写入 {shown(path)}，请核对后执行：gkstats check {report.id} {report.year}")
        return WELL if found.certain else FOUND
    different = difference(read(existing[0].path), report)
    click.echo(
        f"已有 {shown(existing[0].path)}，没有改动；{'数据相同' if not different else f'有{len(different)}处不同：'}"
    )
    for line in different:
        click.echo(f"  {line}")
    return FOUND if different or not found.certain else WELL
