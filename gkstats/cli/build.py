"""gkstats build: notebooks run, reports written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, BodyName, Chinese, Count, OneOf, Year

if TYPE_CHECKING:
    from gkstats.build import Job

ENGINES = ("fast", "stock")


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
@click.option("--notebook", default="report", metavar="名称", help="运行哪个笔记本：report（默认）或 review。")
@click.option("--dry-run", is_flag=True, help="只列出要生成哪些、为什么，不生成。")
@click.option("--force", is_flag=True, help="没有变化的也重新生成。")
@click.option("--jobs", type=Count(), default=None, metavar="个数", help="同时生成几份，默认为处理器个数。")
@click.option("--timeout", type=Count(), default=300, metavar="秒", help="一份报告最多用多少秒，默认为 300。")
@click.option(
    "--engine", type=OneOf(ENGINES), default=None, metavar="方式", help="运行方式：fast 或 stock（标准内核）。"
)
@click.option("--scheduler", default="", metavar="地址", help="在 Dask 集群上生成，如 tcp://10.0.0.5:8786。")
@click.option("--quiet", "-q", is_flag=True, help="不显示进度。")
def build(
    bodies: tuple[str, ...],
    years: tuple[int, ...],
    params: str,
    out: str,
    formats: str,
    notebook: str,
    dry_run: bool,
    force: bool,
    jobs: int | None,
    timeout: int,
    engine: str | None,
    scheduler: str,
    quiet: bool,
) -> int:
    """生成报告：运行笔记本，输出网页和 PDF。

    不写主体时生成全部报告，写入 输出文件夹/年度/主体/report.ipynb、report.html、report.pdf。没有变化的报告不重新生成。
    有报告未生成，或数据有“错误”时，退出状态为 1。
    """
    from gkstats.build import NOTEBOOKS, Settings, WrongParameters, decide, plan, usual_engine
    from gkstats.build.lock import Held
    from gkstats.cli.batch import Batch
    from gkstats.output import FORMATS
    from gkstats.params import entries

    context = click.get_current_context()
    wanted = OneOf(FORMATS, many=True).convert(formats, None, context) if formats else ()
    OneOf(NOTEBOOKS).convert(notebook, None, context)
    try:
        planned = plan(entries(params, bodies, years), params, out, wanted, notebook)
    except WrongParameters as wrong:
        raise click.UsageError(str(wrong)) from None
    if not planned:
        raise click.UsageError("没有可生成的报告，可用 gkstats new 新建")
    if dry_run:
        return _print_plan(list(decide(planned, force)))
    settings = Settings(engine or usual_engine(), float(timeout))
    again = _options(params=params, out=out, formats=formats, notebook=notebook, engine=engine, scheduler=scheduler)
    try:
        batch = Batch(planned, Path(out).resolve(), settings, jobs or os.cpu_count() or 1, scheduler, quiet)
        outcomes = batch.run(force)
    except Held as held:
        raise click.UsageError(str(held)) from None
    except OSError as fault:
        raise click.UsageError(f"输出文件夹 {out} 无法写入（{fault.strerror}）") from None
    batch.print_outcomes(out, again)
    if batch.stopped:
        raise KeyboardInterrupt
    return WELL if not batch.trouble and all(outcome.good for outcome in outcomes) else FOUND


def _options(**given: str | None) -> str:
    """The options to write behind a command that does one report again, where they are not the usual ones."""
    usual = {"params": "params", "out": "outputs", "formats": "html,pdf", "notebook": "report"}
    return "".join(f' --{name} "{value}"' for name, value in given.items() if value and value != usual.get(name))


def _print_plan(decided: list[tuple[Job, list[str], dict | None]]) -> int:
    from gkstats.build import REASONS

    for job, why, _ in decided:
        if why:
            click.echo(f"{job.id} {job.year}  {'、'.join(REASONS[reason] for reason in why)}")
    todo = sum(bool(why) for _, why, _ in decided)
    click.echo(f"共{len(decided)}份，将生成{todo}份，未变{len(decided) - todo}份。")
    return WELL
