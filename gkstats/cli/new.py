"""gkstats new: a blank params file, or the form as a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gkstats.cli.words import PARAMS, WELL, Chinese, Year

if TYPE_CHECKING:
    from gkstats.report import Body


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("body", metavar="主体")
@click.argument("year", type=Year(), metavar="年度")
@click.option("--name", default="", metavar="名称", help="主体名称，如 彭水苗族土家族自治县；已有往年报告的可以省略。")
@click.option("--level", default="", metavar="层级", help="层级代码，如 county；省略时由往年报告或区划代码得出。")
@click.option("--scope", default="", metavar="范围", help="统计范围，如 全县汇总；省略时由往年报告或层级得出。")
@click.option("--excel", is_flag=True, help="新建 Excel 填报表；已有参数文件的，填入其中的数据和正文。")
@PARAMS
def new(body: str, year: int, name: str, level: str, scope: str, excel: bool, params: str) -> int:
    """新建一份空白的参数文件，或 Excel 填报表。

    主体写作“区划代码-简称”，如 500243-pengshui；只写区划代码或名称的，从区划代码表认出。已有的文件不会被改动。
    """
    from gkstats.bodies import folder_of
    from gkstats.forms import form_for
    from gkstats.params import blank_report, save_new, shown
    from gkstats.report_file import FIRST_YEAR

    body = folder_of(body, params)
    if year < FIRST_YEAR:
        raise click.UsageError(f"{year} 年度没有全国统一的格式，最早为 {FIRST_YEAR} 年度")
    if excel:
        return _new_form(body, year, name, level, scope, params)
    described = _described(body, name, level, scope, params)
    path = save_new(blank_report(described, year, body), params)
    click.echo(f"已新建 {shown(path)}")
    click.echo(f"  {described.name}，{described.scope}，{year}年度，{form_for(year).notice}的格式")
    elsewhere = "" if params == "params" else f' --params "{params}"'
    click.echo(f"填写后执行：gkstats check {body} {year}{elsewhere}")
    click.echo(f"再执行：gkstats build {body} --year {year}{elsewhere}")
    return WELL


def _new_form(id: str, year: int, name: str, level: str, scope: str, params: str) -> int:
    """Writes the Excel form of the report that is there, or of a blank one."""
    from gkstats.excel_form import save_new_form
    from gkstats.params import blank_report, entries, read, shown
    from gkstats.report import UnknownReport

    try:
        report = read(entries(params, [id], [year])[0].path)
    except (UnknownReport, IndexError):
        report = blank_report(_described(id, name, level, scope, params), year, id)
    path = save_new_form(report, params)
    click.echo(f"已新建 {shown(path)}")
    click.echo(f"  {report.body.name}，{report.body.scope}，{year}年度，{report.form.notice}的格式")
    click.echo("浅黄色的格子请填写；合计自动计算，勾稽关系在表旁显示。")
    return WELL


def _described(id: str, name: str, level: str, scope: str, params: str) -> Body:
    """The body of a new report, its level and scope words the program knows."""
    from gkstats.bodies import body_of
    from gkstats.report import LEVELS, SCOPES

    for word, known, option in ((level, LEVELS, "--level"), (scope, SCOPES, "--scope")):
        if word and word not in known:
            raise click.UsageError(f"{option} 的值“{word}”不可用，应为：{'、'.join(known)}")
    return body_of(id, params, name, level, scope)
