"""gkstats diff: what changed between two outputs folders."""

from __future__ import annotations

import click

from gkstats.cli.words import WELL, Chinese


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("old", metavar="原输出文件夹")
@click.argument("new", metavar="新输出文件夹")
@click.option("--out", default=".", metavar="文件夹", help="写入 diff.html 和 diff.csv 的文件夹，默认为当前文件夹。")
def diff(old: str, new: str, out: str) -> int:
    """比较两次生成的结果：哪些报告变了，变了什么，因为什么。

    逐个比较数据、指标、正文、核对事项和生成结果，写入一个网页（diff.html）和一个表格（diff.csv）。
    """
    from collections import Counter

    from gkstats.diff import CAUSES, compare, write_diff

    changed = compare(old, new)
    page, table = write_diff(changed, out)
    causes = Counter(one.cause for one in changed)
    for cause, told in CAUSES.items():
        if causes[cause]:
            click.echo(f"{told}：{causes[cause]}份报告")
    values = sum(len(one.changes) for one in changed)
    click.echo(f"共{len(changed)}份报告有变化，{values}处。" if changed else "没有变化。")
    click.echo(f"详见 {page}、{table}。")
    return WELL
