"""gkstats rollup: the reports of all units summed into the body's own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from gkstats.cli.words import FOUND, PARAMS, WELL, BodyName, Chinese, Year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gkstats.report import Figure
    from gkstats.rollup import Rollup

_SHOWN = 20
"""Lines of one kind shown; the record has them all."""


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("body", type=BodyName(), metavar="主体")
@click.argument("year", type=Year(), metavar="年度")
@click.option("--units", required=True, metavar="文件夹", help="各单位报表所在的文件夹；其中的 units.yaml 是单位名单。")
@click.option("--update", is_flag=True, help="已有参数文件的，换上单位之和；手工改过的数和正文不动，原文件另存。")
@click.option("--name", default="", metavar="名称", help="主体名称；已有往年报告的可以省略。")
@PARAMS
def rollup(body: str, year: int, units: str, update: bool, name: str, params: str) -> int:
    """把各单位的报表（Excel 填报表、Word、网页、PDF、文本、参数文件）逐格相加，写成汇总的报告。

    名单 units.yaml 里每行写“- 单位名称”。每个单位的数据记在参数文件旁的 .units.json 文件里，核对（规则 R.1）
    时逐格比较。有单位未报、没有计入、有不通过的事项，或与已有报告不同而没有更新的，退出状态为 1。
    """
    from gkstats.bodies import folder_of
    from gkstats.params import shown
    from gkstats.rollup import roll_up, save_rollup

    found = roll_up(folder_of(body, params), year, units, params, name)
    report, record = found.report, found.record
    click.secho(f"{report.body.name} {report.year}年度（{report.id}），{report.form.notice}的格式", bold=True)
    for error in found.unread:
        click.echo(str(error), err=True)
    troubles = list(_troubles(found))
    whole = "，名单上的单位都已计入" if record.listed and not record.missing else ""
    click.echo(f"  计入{len(record.counted)}个单位{whole}" + ("" if troubles else "，各单位的勾稽关系都成立"))
    for text in troubles:
        click.echo(f"  {text}")
    if not record.listed:
        click.echo(f"  没有单位名单，不知道有没有单位未报；名单写作 {units}/units.yaml，每行“- 单位名称”")
    for text in _changes(found):
        click.echo(f"  {text}")
    taken = found.to_take if update else {}
    by_hand = {cell: pair for cell, pair in found.differences.items() if cell not in taken}
    path, kept = save_rollup(found, params, update)
    if found.is_new:
        click.echo(
            f"已写入 {shown(path)}，各单位的数据写入 {report.year}.units.json，请核对统计范围“{report.body.scope}”"
        )
    else:
        done = f"已更新{len(taken)}格，原文件存作 {kept.name}" if kept else "没有改动"
        click.echo(f"已有 {shown(path)}，{done}；各单位的数据写入 {report.year}.units.json")
        if by_hand:
            advice = "手工改过的保留，要换上单位之和的，先改成 null" if update else "要换上单位之和的加 --update"
            click.echo(f"报告与单位之和有{len(by_hand)}格不同（{advice}）：")
        for text in _cut(
            f"{report.form.describe(cell)}：单位之和{_figure(sum_)}，报告{_figure(figure)}"
            for cell, (figure, sum_) in by_hand.items()
        ):
            click.echo(f"  {text}")
    click.echo(f"核对：gkstats check {report.id} {report.year}")
    return FOUND if troubles or (by_hand and not found.is_new) else WELL


def _figure(figure: Figure) -> str:
    from gkstats.importing import shown_figure

    return shown_figure(figure)


def _cut(lines: Iterator[str]) -> list[str]:
    first = list(islice(lines, _SHOWN))
    more = sum(1 for _ in lines)
    return first + ([f"……共{_SHOWN + more}处"] if more else [])


def _troubles(found: Rollup) -> Iterator[str]:
    """What keeps the sums from being what they should be."""
    record, form = found.record, found.report.form
    if record.missing:
        yield f"未报或没有计入{len(record.missing)}个单位：{'、'.join(record.missing)}"
    for unit in record.units:
        if unit.left_out:
            yield f"没有计入 {unit.name}（{unit.file}）：{unit.left_out}"
    for unit in record.counted:
        if unit.findings:
            more = f"；共{len(unit.findings)}处" if len(unit.findings) > 1 else ""
            yield f"不通过 {unit.name}（{unit.file}）：{unit.findings[0]}{more}"
    if unsummed := [cell for cell, sum_ in found.sums.items() if sum_ is None and record.counted]:
        names = "、".join(dict.fromkeys(name for cell in unsummed for name in record.open(cell)))
        yield f"{len(unsummed)}格不能相加，因为有空白（{names}），如{form.describe(unsummed[0])}"


def _changes(found: Rollup) -> Iterator[str]:
    """What changed since the last time."""
    for name, cells in found.changed.items():
        if not cells:
            yield f"有变更 {name}：文件不同，数据相同"
        yield from _cut(
            f"有变更 {name}：{found.report.form.describe(cell)}原为{_figure(was)}，现为{_figure(now)}"
            for cell, (was, now) in cells.items()
            if cell in found.report.form.cells
        )
    if found.last:
        there = {unit.name for unit in found.record.units}
        gone = [unit.name for unit in found.last.units if unit.name not in there]
        if gone:
            yield f"上次有、这次没有：{'、'.join(dict.fromkeys(gone))}"
