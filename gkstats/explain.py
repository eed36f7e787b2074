"""What the rules, statistics and codes mean, read off where they are defined."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from gkstats.checks import CHECKS, SEVERITY_LABELS
from gkstats.forms import FORMS
from gkstats.schema import Form, Table
from gkstats.stats import STATISTICS


def overview(form: Form) -> str:
    """Every check, statistic and table, a line each."""
    return "\n".join([
        "核对规则（gkstats explain 编号）",
        *(f"  {rule.id:<6}{rule.title}：{rule.rule}" for rule in CHECKS.values()),
        "",
        "统计指标（正文中写作 {stats/名称}；有上年报告的，还有 名称_change 增减、名称_growth 增长率）",
        *(f"  {stat.name:<28}{stat.label}（{stat.unit}）= {stat.formula}" for stat in STATISTICS.values()),
        "",
        "表格（gkstats explain 表，查看行和列的代码；正文中写作 {表/行/列}）",
        *(f"  {table.code:<14}{table.name} {table.label}" for table in form.tables),
    ])  # fmt: skip


def about(name: str, form: Form) -> str:
    """All there is to say of a check id, a statistic or a table's code (also as written in prose). Raises KeyError
    with the nearest names if nothing has that name."""
    name = name.strip("{}").removeprefix("stats/")
    table = form.table.get(name.split("/")[0])
    found = [*_check(name), *_statistic(name), *(_table(table) if table else ())]
    if not found:
        raise KeyError(*get_close_matches(name, [*CHECKS, *STATISTICS, *form.table], 3, 0.5))
    return "\n".join(found)


def _check(id: str) -> Iterator[str]:
    if id in CHECKS:
        rule = CHECKS[id]
        yield f"{id} {rule.title}"
        yield f"  规则  {rule.rule}"
        yield f"  依据  {rule.basis}"
        yield f"  性质  {SEVERITY_LABELS[rule.severity]}"


def _statistic(name: str) -> Iterator[str]:
    if name in STATISTICS:
        stat = STATISTICS[name]
        yield f"{stat.label}（{name}）"
        yield f"  单位  {stat.unit}"
        yield f"  公式  {stat.formula}"
        yield f"  含义  {stat.meaning}"
        yield f"  取自  {'、'.join(stat.needs)}"
        yield f"  正文  {{stats/{name}}}"


def _table(table: Table) -> Iterator[str]:
    yield f"{table.name} {table.label}（{table.code}）"
    yield "  列"
    yield from (f"    {code:<40}{leaf.item.label}" for code, leaf in table.column.items())
    yield "  行"
    yield from (f"    {code:<40}{label}" for code, label in row_labels(table).items())
    yield f"  正文  {{{table.code}/{next(iter(table.row))}/{next(iter(table.column))}}}"


def row_labels(table: Table) -> dict[str, str]:
    """Code → label of every row and group of rows that prose may name, in printed order."""
    groups = {code: f"{group.label}（各分项之和）" for code, group in table.groups.items()}
    labels = {code: leaf.item.label for code, leaf in table.row.items()} | groups
    order = sorted(labels, key=lambda code: (list(table.row).index(table.members[code][0]), -len(table.members[code])))
    return {code: labels[code] for code in order}


def reference() -> str:
    """The reference page of the documentation, as Markdown."""
    lines = [
        "# 规则、指标和代码",
        "",
        "本页由程序生成（`make generated`），与 `gkstats explain` 所示相同。",
        "",
        "## 核对规则",
        "",
        "| 编号 | 名称 | 规则 | 依据 | 性质 |",
        "|---|---|---|---|---|",
        *(f"| {r.id} | {r.title} | {r.rule} | {r.basis} | {SEVERITY_LABELS[r.severity]} |" for r in CHECKS.values()),
        "",
        "## 统计指标",
        "",
        "正文中写作 `{stats/名称}`。有上年报告的，还可以写 `{stats/名称_change}`（增减，比率为百分点）和",
        "`{stats/名称_growth}`（增长率，比率没有）。",
        "",
        "| 名称 | 指标 | 单位 | 公式 | 含义 |",
        "|---|---|---|---|---|",
        *(f"| `{s.name}` | {s.label} | {s.unit} | {s.formula} | {s.meaning} |" for s in STATISTICS.values()),
    ]
    for form in sorted(FORMS.values(), key=lambda form: form.code, reverse=True):
        lines += ["", f"## {form.code}年格式的代码（{form.notice}）", "", "正文中写作 `{表/行/列}`。"]
        for table in form.tables:
            lines += ["", f"### {table.name} {table.label}：`{table.code}`", "", "| | 代码 | 名称 |", "|---|---|---|"]
            lines += [f"| 列 | `{code}` | {leaf.item.label} |" for code, leaf in table.column.items()]
            lines += [f"| 行 | `{code}` | {label} |" for code, label in row_labels(table).items()]
    return "\n".join(lines) + "\n"
