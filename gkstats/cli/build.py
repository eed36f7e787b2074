"""gkstats build: notebooks run, reports written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, BodyName, Chinese, Count, OneOf, Year

if TYPE_CHECKING:
    from gkstats.build import Outcome


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("bodies", nargs=-1, type=BodyName(), metavar="[主体]…")
@click.option("--year", "years", multiple=True, type=Year(), metavar="年度", help="只生成这一年度，可以重复写。")
@PARAMS
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
