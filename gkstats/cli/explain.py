"""gkstats explain: what a rule, a statistic or a code means."""

from __future__ import annotations

import click

from gkstats.cli.words import WELL, Chinese, OneOf, Year


@click.command(cls=Chinese, options_metavar="[选项]")
@click.argument("name", required=False, metavar="[名称]")
@click.option("--form", type=OneOf(("2019", "2021")), default=None, metavar="格式", help="报告格式，默认为现行格式。")
@click.option("--rules", type=Year(), default=None, metavar="年度", help="列出这一年度的核对规则目录。")
@click.option("--against", type=Year(), default=None, metavar="年度", help="与这一年度的目录比较，列出不同。")
def explain(name: str | None, form: str | None, rules: int | None, against: int | None) -> int:
    """说明核对规则、统计指标和表格代码。

    名称可以是规则编号（T3.1）、指标（disclosure_rate）或表（applications）；不写时列出全部。
    """
    from gkstats.explain import about, catalogue, catalogue_difference, overview
    from gkstats.forms import FORMS

    if against and not rules:
        raise click.UsageError("--against 要与 --rules 同用，如 --rules 2024 --against 2020")
    if rules:
        click.echo(catalogue_difference(rules, against) if against else catalogue(rules))
        return WELL
    chosen = FORMS[int(form)] if form else FORMS[max(FORMS)]
    try:
        click.echo(about(name, chosen) if name else overview(chosen))
    except KeyError as nearest:
        hint = f"相近的有：{'、'.join(nearest.args)}" if nearest.args else "执行 gkstats explain 查看全部"
        raise click.UsageError(f"没有“{name}”，{hint}") from None
    return WELL
