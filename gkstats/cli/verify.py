"""gkstats verify: whether outputs are what they claim to be."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, Chinese, Count


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("target", default="outputs", metavar="[输出文件夹|文件]")
@click.option("--out", default="outputs", metavar="文件夹", help="查一个文件时，到哪个输出文件夹里找，默认为 outputs。")
@PARAMS
@click.option("--rebuild", "again", is_flag=True, help="把报告全部重新生成在临时文件夹里，逐字节比较。")
@click.option(
    "--sample", type=Count(), default=None, metavar="份数", help="只重新生成这么多份；同样的输入选出同样的几份。"
)
@click.option("--jobs", type=Count(), default=None, metavar="个数", help="同时生成几份，默认为处理器个数。")
def verify(target: str, out: str, params: str, again: bool, sample: int | None, jobs: int | None) -> int:
    """查验已生成的报告：文件是否与记录相符，输入是否未变，重新生成是否逐字节相同。

    给出一个文件（pdf、html、ipynb）时，按其中的编制信息找到它出自哪份报告，看它是否仍是原样。只读不写。
    有不相符的，退出状态为 1。
    """
    from gkstats.build import Settings
    from gkstats.build.lock import Held
    from gkstats.build.verify import check_outputs, rebuild, sampled

    path = Path(target)
    if not path.exists():
        raise click.UsageError(f"找不到 {target}")
    if path.is_dir() and not any(path.glob("[0-9][0-9][0-9][0-9]")):
        raise click.UsageError(f"{target} 里没有生成的报告")
    try:
        if not path.is_dir():
            return _verify_file(path, Path(out), params, again)
        checked = check_outputs(path, params)
    except Held as held:
        raise click.UsageError(str(held)) from None
    except OSError as fault:
        raise click.UsageError(f"{target} 无法读取（{fault.strerror}）") from None
    chosen = sampled(checked, sample) if again or sample else []
    done = sum(one.of_report for one in rebuild(chosen, jobs or os.cpu_count() or 1, Settings()))
    wrong = [one for one in checked if one.differences]
    for one in wrong:
        click.echo(str(one))
    reports = sum(one.of_report for one in checked)
    others = sum(not one.of_report for one in wrong)
    rebuilt = f"，重新生成{done}份" if chosen else ""
    beside = f"，另有{others}处" if others else ""
    click.echo(f"查验{reports}份报告{rebuilt}，不相符{len(wrong) - others}份{beside}。")
    return FOUND if wrong else WELL


def _verify_file(path: Path, out: Path, params: str, again: bool) -> int:
    """Says which report a file came from, and whether it is still what came out."""
    from gkstats.build import Settings
    from gkstats.build.traced import KINDS, provenance_in
    from gkstats.build.verify import check_file

    told = provenance_in(path)
    if told is None:
        kinds = "、".join(KINDS)
        click.echo(f"{path.name}  没有编制信息：不是 gkstats 生成的 {kinds} 文件，或已被别的程序改写。")
        return FOUND
    click.echo(f"{path.name}  出自 {told.year}/{told.id} {told.stem}，由 gkstats {told.version} 生成。")
    checked, agreed = check_file(path, told, out, params, Settings() if again else None)
    for line in agreed:
        click.echo(line)
    if checked.differences:
        click.echo(str(checked))
    return FOUND if checked.differences else WELL
