"""The command line: gkstats new | import | check | build | explain. Chinese, for the people who use it.

Exit status: 0 all well, 1 findings of severity error or a failed report, 2 wrong use.
"""

from __future__ import annotations

import os
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gkstats import __version__

if TYPE_CHECKING:
    import pandas as pd

    from gkstats.build import Outcome
    from gkstats.report import Body, Report

WELL, FOUND, WRONG_USE = 0, 1, 2


def main() -> None:
    """The entry point; exits with WELL, FOUND or WRONG_USE."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console in GBK lacks some characters; the run must not end there
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line and gives its exit status."""
    from gkstats.report import ReportError, UnknownReport

    try:
        return gkstats.main(arguments, prog_name="gkstats", standalone_mode=False) or WELL
    except click.UsageError as error:
        click.echo(f"用法不对：{_in_chinese(error)}", err=True)
        where = error.ctx.command_path if error.ctx else "gkstats"
        click.echo(f"执行 {where} --help 查看用法。", err=True)
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断，已经生成的报告是完整的。", err=True)
        return 130
    except UnknownReport as error:
        click.echo(str(error), err=True)
        return WRONG_USE
    except ReportError as error:
        click.echo(str(error), err=True)
        return FOUND


def _in_chinese(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f"，是否应为 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有 {error.option_name} 这个选项{near}"
    if isinstance(error, click.MissingParameter) and error.param:
        return f"缺少参数 {error.param.make_metavar(error.ctx)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要有一个值"
    if type(error) is click.UsageError and "extra argument" in error.message:
        return f"多余的参数 {error.message.partition('(')[2].rstrip(')')}"
    return error.message


class ChineseFormatter(click.HelpFormatter):
    """Headings with the colon Chinese text has."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


class ChineseContext(click.Context):
    """A context that writes help so."""

    formatter_class = ChineseFormatter


class Chinese(click.Command):
    """A command whose help is Chinese throughout."""

    context_class = ChineseContext

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        with formatter.section("选项"):
            formatter.write_dl([record for record in (option.get_help_record(ctx) for option in options) if record])
        if isinstance(self, click.Group):
            with formatter.section("命令"):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = "显示用法。"
        return option


class ChineseGroup(Chinese, click.Group):
    """A group of such commands."""

    command_class = Chinese

    def resolve_command(self, ctx: click.Context, args: list[str]):
        if self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0], self.commands, 1)
            hint = f"是否应为 {near[0]}" if near else f"可用的有：{'、'.join(self.commands)}"
            raise click.UsageError(f"没有“{args[0]}”这个命令，{hint}", ctx)
        return super().resolve_command(ctx, args)


class Year(click.ParamType):
    """A report year."""

    name = "年度"

    def convert(self, value, param, ctx) -> int:
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"20\d\d", value, re.ASCII):
            raise click.UsageError(f"“{value}”不是年度，应为四位数字，如 2023", ctx)
        return int(value)


class Count(click.ParamType):
    """A whole number above zero."""

    name = "个数"

    def convert(self, value, param, ctx) -> int:
        if not isinstance(value, int) and not re.fullmatch(r"[1-9]\d{0,3}", value, re.ASCII):
            raise click.UsageError(f"“{value}”不是正整数", ctx)
        return int(value)


class OneOf(click.ParamType):
    """One of some words, or with ``many`` several of them divided by commas."""

    name = "名称"

    def __init__(self, words, many: bool = False):
        self.words, self.many = tuple(words), many

    def convert(self, value, param, ctx):
        given = value.split(",") if self.many and isinstance(value, str) else [value]
        for word in given:
            if word not in self.words:
                raise click.UsageError(f"“{word}”不可用，应为：{'、'.join(self.words)}", ctx)
        return tuple(given) if self.many and isinstance(value, str) else value

    def shell_complete(self, ctx, param, incomplete):
        return [click.shell_completion.CompletionItem(w) for w in self.words if w.startswith(incomplete)]


class BodyName(click.ParamType):
    """A body: folder name, division code or short name; completed from the params folder."""

    name = "主体"

    def shell_complete(self, ctx, param, incomplete):
        folder = Path(ctx.params.get("params") or "params")
        names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        return [click.shell_completion.CompletionItem(name) for name in names if name.startswith(incomplete)]


_PARAMS = click.option("--params", default="params", metavar="文件夹", help="参数文件夹，默认为 params。")


@click.group("gkstats", cls=ChineseGroup, options_metavar="[选项]", subcommand_metavar="命令 [参数]…")
@click.version_option(__version__, message="gkstats %(version)s", help="显示版本。")
def gkstats() -> None:
    """政府信息公开工作年度报告：由参数文件核对数据、生成报告。"""


@gkstats.command(options_metavar="[选项]")
@click.argument("body", metavar="主体")
@click.argument("year", type=Year(), metavar="年度")
@click.option("--name", default="", metavar="名称", help="主体名称，如 彭水苗族土家族自治县；已有往年报告的可以省略。")
@click.option("--level", default="", metavar="层级", help="层级代码，如 county；省略时由往年报告或区划代码得出。")
@click.option("--scope", default="", metavar="范围", help="统计范围，如 全县汇总；省略时由往年报告或层级得出。")
@click.option("--excel", is_flag=True, help="新建 Excel 填报表；已有参数文件的，填入其中的数据和正文。")
@_PARAMS
def new(body: str, year: int, name: str, level: str, scope: str, excel: bool, params: str) -> int:
    """新建一份空白的参数文件，或 Excel 填报表。

    主体写作“区划代码-简称”，如 500243-pengshui。已有的文件不会被改动。
    """
    from gkstats.forms import form_for
    from gkstats.params import blank_report, save_new, shown
    from gkstats.report_file import BODY_ID, FIRST_YEAR

    if not BODY_ID.fullmatch(body):
        raise click.UsageError(f"“{body}”不是主体，应为“区划代码-简称”，如 500243-pengshui（简称用英文字母和数字）")
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
    """The body of a new report: as given, else as in its latest report, else by its division code."""
    from gkstats.params import entries, level_of, read, usual_scope
    from gkstats.report import LEVELS, SCOPES, Body, UnknownReport

    try:
        last = read(entries(params, [id])[-1].path).body
    except (UnknownReport, IndexError):
        last = Body(id.split("-")[0], "", "", "")
    name = name or last.name
    if not name:
        raise click.UsageError("这是新的主体，请用 --name 写明名称，如 --name 彭水苗族土家族自治县")
    level = level or last.level or level_of(last.code)
    scope = scope or last.scope or usual_scope(name, level)
    for word, known, option in ((level, LEVELS, "--level"), (scope, SCOPES, "--scope")):
        if word not in known:
            raise click.UsageError(f"{option} 的值“{word}”不可用，应为：{'、'.join(known)}")
    return Body(last.code, " ".join(name.split()), level, scope)


@gkstats.command("import", options_metavar="[选项]")
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
@_PARAMS
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


@gkstats.command(options_metavar="[选项]")
@click.argument("body", required=False, type=BodyName(), metavar="[主体]")
@click.argument("year", required=False, type=Year(), metavar="[年度]")
@click.option("--format", "format_", type=OneOf(("table", "json", "csv")), default="table", metavar="格式",
              help="table（默认，供阅读）、json 或 csv（供其他程序读取）。")  # fmt: skip
@_PARAMS
def check(body: str | None, year: int | None, format_: str, params: str) -> int:
    """核对报告的勾稽关系和其他规则。

    不写主体和年度时核对全部报告。有“错误”时退出状态为 1。
    """
    import pandas as pd

    from gkstats.checks import COLUMNS, ERROR, FAIL, unreadable
    from gkstats.checks import check as findings_of
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
    found = pd.concat(
        [pd.DataFrame(rows, columns=list(COLUMNS)), findings_of(reports)] if rows else [findings_of(reports)]
    )
    if format_ == "json":
        click.echo(found.to_json(orient="records", force_ascii=False, indent=1))
    elif format_ == "csv":
        click.echo(found.to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        _print_findings(found, reports)
    return FOUND if ((found["status"] == FAIL) & (found["severity"] == ERROR)).any() else WELL


def _print_findings(found: pd.DataFrame, reports: list[Report]) -> None:
    """The findings of each report, failures first, then what could not be checked, then what nothing can check."""
    from gkstats.checks import BALANCES, FAIL, NOTE, PASS, SEVERITY_LABELS, UNKNOWN, summary

    names = {(report.id, report.year): report.body.name for report in reports}
    counts = summary(reports) if reports else None
    keys = sorted({*names, *zip(found["body"], found["year"], strict=True)})
    for key in keys:
        mine = found[(found["body"] == key[0]) & (found["year"] == key[1])]
        click.secho(f"{names.get(key, '')} {key[1]}年度（{key[0]}）".lstrip(), bold=True)
        if counts is not None and key in names:
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
            click.echo(f"  说明 {rule} 表二{len(group)}个数据没有内部勾稽关系，未能核对")
    failed = found[found["status"] == FAIL]
    bad = len(failed[["body", "year"]].drop_duplicates())
    click.echo(f"共{len(keys)}份报告，{bad}份有不通过的事项。")


@gkstats.command(options_metavar="[选项]")
@click.argument("bodies", nargs=-1, type=BodyName(), metavar="[主体]…")
@click.option("--year", "years", multiple=True, type=Year(), metavar="年度", help="只生成这一年度，可以重复写。")
@_PARAMS
@click.option("--out", default="outputs", metavar="文件夹", help="输出文件夹，默认为 outputs。")
@click.option(
    "--formats",
    default="html,pdf",
    metavar="格式",
    help="笔记本以外的格式，以逗号分隔：html、pdf、docx、xlsx，默认为 html,pdf。",
)
@click.option("--jobs", type=Count(), default=None, metavar="个数", help="同时生成几份，默认为处理器个数。")
def build(
    bodies: tuple[str, ...], years: tuple[int, ...], params: str, out: str, formats: str, jobs: int | None
) -> int:
    """生成报告：运行笔记本，输出网页和 PDF。

    不写主体时生成全部报告，写入 输出文件夹/年度/主体/report.ipynb、report.html、report.pdf。
    有报告未生成，或数据有“错误”时，退出状态为 1。
    """
    from gkstats.build import build as build_all
    from gkstats.build import plan
    from gkstats.output import FORMATS
    from gkstats.params import entries

    wanted = OneOf(FORMATS, many=True).convert(formats, None, click.get_current_context()) if formats else ()
    planned = plan(entries(params, bodies, years), params, out, wanted)
    if not planned:
        raise click.UsageError("没有可生成的报告，可用 gkstats new 新建")
    outcomes = _watched(build_all(planned, jobs or os.cpu_count() or 1), len(planned))
    _print_outcomes(outcomes, out)
    return WELL if all(outcome.good for outcome in outcomes) else FOUND


def _watched(outcomes, total: int) -> list[Outcome]:
    """All outcomes, with a bar on a terminal and a line for each elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    done: list[Outcome] = []
    if not console.is_terminal:
        for outcome in outcomes:
            done.append(outcome)
            click.echo(f"[{len(done)}/{total}] {outcome.job.id} {outcome.job.year} {outcome.label}", err=True)
        return done
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("生成报告", total=total)
        for outcome in outcomes:
            done.append(outcome)
            failed = sum(bool(o.message) for o in done)
            bar.update(task, advance=1, description=f"生成报告（{failed}份未生成）" if failed else "生成报告")
    return done


def _print_outcomes(outcomes: list[Outcome], out: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("主体", "年度", "结果", "错误", "提示", "用时"):
        table.add_column(heading, justify="right" if heading in ("错误", "提示", "用时") else "left", no_wrap=True)
    outcomes = sorted(outcomes, key=lambda outcome: (outcome.job.id, outcome.job.year))
    for o in outcomes:
        figures = [str(o.findings.get(severity, 0)) if o.name else "" for severity in ("error", "warning")]
        table.add_row(o.name or o.job.id, str(o.job.year), o.label, *figures, f"{o.seconds:.1f}秒")
    console = Console()
    console.print(table) if console.is_terminal else Console(width=100).print(table)
    for o in outcomes:
        if o.message:
            click.secho(f"{o.name or o.job.id} {o.job.year}年度：{o.label}", fg="red", err=True)
            click.echo("\n".join(f"  {line}" for line in o.message.splitlines()), err=True)
            click.echo(f"  改正后重新生成：gkstats build {o.job.id} --year {o.job.year}", err=True)
    built = sum(not o.message for o in outcomes)
    click.echo(f"共{len(outcomes)}份，生成{built}份，在 {out}/年度/主体/ 下。")


@gkstats.command(options_metavar="[选项]")
@click.argument("name", required=False, metavar="[名称]")
@click.option("--form", type=OneOf(("2019", "2021")), default=None, metavar="格式", help="报告格式，默认为现行格式。")
def explain(name: str | None, form: str | None) -> int:
    """说明核对规则、统计指标和表格代码。

    名称可以是规则编号（T3.1）、指标（disclosure_rate）或表（applications）；不写时列出全部。
    """
    from gkstats.explain import about, overview
    from gkstats.forms import FORMS

    chosen = FORMS[int(form)] if form else FORMS[max(FORMS)]
    try:
        click.echo(about(name, chosen) if name else overview(chosen))
    except KeyError as nearest:
        hint = f"相近的有：{'、'.join(nearest.args)}" if nearest.args else "执行 gkstats explain 查看全部"
        raise click.UsageError(f"没有“{name}”，{hint}") from None
    return WELL
