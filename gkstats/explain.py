"""What the rules, statistics and codes mean, read off where they are defined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from gkstats.checks import CHECKS, FAIL, SEVERITY_LABELS, STATUS_LABELS, UNKNOWN, Rule
from gkstats.checks.balances import system_of
from gkstats.checks.examples import in_words
from gkstats.checks.planted import PLANTED
from gkstats.checks.rule import ACTIONS
from gkstats.forms import FORMS, form_for
from gkstats.schema import Form, Table
from gkstats.stats import STATISTICS


def overview(form: Form) -> str:
    """Every check, statistic and table, a line each."""
    return "\n".join([
        "核对规则（gkstats explain 编号；一个年度的规则目录：gkstats explain --rules 年度）",
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
    rule = CHECKS.get(name.upper())
    found = [*(_rule(rule) if rule else ()), *_statistic(name), *(_table(table) if table else ())]
    if not found:
        raise KeyError(*get_close_matches(name, [*CHECKS, *STATISTICS, *form.table], 3, 0.5))
    return "\n".join(found)


def catalogue(year: int) -> str:
    """The rules of a report year, each with all that is said of it."""
    entries = _catalogue(year)
    lines = [f"{year}年度的核对规则，共{len(entries)}条；报告使用{form_for(year).notice}的格式"]
    for id, entry in entries.items():
        lines += ["", f"{id} {CHECKS[id].title}", *(f"  {label}  {text}" for label, text in entry.items())]
    return "\n".join(lines)


def catalogue_difference(year: int, other: int) -> str:
    """How the rules of one year differ from those of another."""
    entries, others = _catalogue(year), _catalogue(other)
    lines = []
    for id in CHECKS:
        here, there = entries.get(id), others.get(id)
        if here and not there:
            lines.append(f"增加  {id} {CHECKS[id].title}：{CHECKS[id].rule}")
        elif there and not here:
            lines.append(f"减少  {id} {CHECKS[id].title}：{CHECKS[id].rule}")
        elif here and there and here != there:
            lines.append(f"变更  {id} {CHECKS[id].title}")
            lines += [f"        {key}：{there[key]} → {text}" for key, text in here.items() if there[key] != text]
    return "\n".join([f"{year}年度的核对规则与{other}年度比较：", *(f"  {line}" for line in lines or ["没有不同"])])


def _catalogue(year: int) -> dict[str, dict[str, str]]:
    """Rule id → label → text for the rules in force in a year."""
    form = form_for(year)
    relations = system_of(form).relations
    places = Counter(relation.rule for relation in relations)
    terms = {relation.rule: len(relation.left) for relation in relations}
    found = {}
    for rule in CHECKS.values():
        if rule.holds_in(year):
            count = f"每份报告{places[rule.id]}处" if rule.id in places else "每份报告1次"
            parts = f"，每处{terms[rule.id]}项之和" if terms.get(rule.id, 0) > 2 else ""
            found[rule.id] = _said_of(rule) | {"核对": count + parts}
    return found


def _said_of(rule: Rule) -> dict[str, str]:
    """Label → text of everything a rule says of itself but its examples."""
    doubts = [text for text, may in (("多报", rule.may_over_report), ("漏报", rule.may_under_report)) if may]
    until = f"至{rule.until}年度" if rule.until else "年度起"
    return {
        "规则": rule.rule,
        **({"判断": rule.method} if rule.method else {}),
        "依据": str(rule.basis),
        "类别": rule.kind,
        "性质": f"{SEVERITY_LABELS[rule.severity]}，{ACTIONS[rule.severity]}",
        "准确": f"可能{'、可能'.join(doubts)}" if doubts else "不多报，不漏报",
        "例外": "、".join(rule.reasons) or "没有",
        "适用": f"{rule.since}{until}，第{rule.version}版",
    }


def _rule(rule: Rule) -> Iterator[str]:
    yield f"{rule.id} {rule.title}"
    yield from (f"  {label}  {text}" for label, text in _said_of(rule).items())
    for label, lines in _examples(rule):
        yield f"  {label}"
        yield from (f"    {line}" for line in lines)


def _examples(rule: Rule) -> Iterator[tuple[str, list[str]]]:
    """(heading, lines) of the two examples of a rule."""
    if rule.passing:
        yield "通过的例子", in_words(rule.passing) or ["各项勾稽关系都成立的报告"]
    if rule.failing:
        status = STATUS_LABELS[FAIL if rule.passing else UNKNOWN]
        shown = [f"{status}：{line}" for line in rule.failing.message.split("\n")]
        yield f"{status}的例子", [*(in_words(rule.failing) or ["任何报告"]), *shown]


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


def checks_page() -> str:
    """The page of the documentation about the checks, as Markdown."""
    severities = "\n".join(f"| {SEVERITY_LABELS[key]} | {ACTIONS[key]} |" for key in ACTIONS)
    contents = "\n".join(f"| {r.id} | {r.title} | {r.kind} | {SEVERITY_LABELS[r.severity]} |" for r in CHECKS.values())
    planted = (f"{number}. {one.words}\n\n```text\n{one.text}\n```\n" for number, one in enumerate(PLANTED, 1))
    lines = [_ABOUT_CHECKS.format(severities=severities, planted="\n".join(planted), contents=contents)]
    for rule in CHECKS.values():
        lines += [f"### {rule.id} {rule.title}", ""]
        lines += [f"- {label}：{text}" for label, text in _said_of(rule).items()]
        for label, example in _examples(rule):
            lines += [f"- {label}", *(f"    - {line}" for line in example)]
        lines.append("")
    return "\n".join(lines)


_ABOUT_CHECKS = """\
# 核对规则

本页由程序生成（`make generated`）。一条规则的说明也可用 `gkstats explain 编号` 查看，一个年度的规则目录用
`gkstats explain --rules 2024`，与另一年度的目录比较用 `gkstats explain --rules 2024 --against 2020`。

## 怎样读核对的结果

每条规则对每份报告都有一个状态：通过、不通过、无法核对（有空白）、不适用（如没有上年的报告）、规则出错。没有能够运行的
规则也列出来，不当作通过。不通过的，按性质处理：

| 性质 | 要做什么 |
|---|---|
{severities}

“可能多报”的规则，不通过不一定是错，“例外”是已知的正当理由；“可能漏报”的规则，通过也不一定是对。

规则只说哪里对不上；同一个错误常使几条规则一起不通过。`gkstats check` 把它们并成一个原因，指出最可能写错的数、应为多少、
有多大把握。几种解释同样说得通的，都列出来；说不清的，不猜。下面的例子，从同一份小报告（`gkstats/checks/examples.py`）改动
而来：

{planted}
## 结论

核对以后，用 `gkstats decide 主体 年度 事项 --as 结论 --reason 情况` 记下结论。事项写 `gkstats check` 所印的编号（C1），
或者一条规则的一处，`gkstats decide 主体 年度` 列出全部事项。结论有四种：待核、确认有误、属实有因、误报。后两种的事项
仍然列出，但不再使 `gkstats check` 的退出状态为 1。结论写在参数文件的 `explanations` 里，也可以手工添加：

```yaml
explanations:
  - check: X.1
    finding: X.1/applications/carried_in/total/1/3
    as: 属实有因
    reason: 上年报告公布后更正
    who: 张三
    when: 2025-02-14
```

`finding` 含有作出结论时的数值，数值一变，结论即失效，并列为“已失效的结论”；重新生成或重新读入都不会删去它。再次作出
结论的，以后一次为准，以前的保留。只写 `check`、`place`、`reason` 而没有 `finding` 的，是对事项的说明，不是结论。

## 规则一览

| 编号 | 名称 | 类别 | 性质 |
|---|---|---|---|
{contents}

每条规则的两个例子也从那份小报告改动而来，是这条规则的测试。

## 各条规则
"""


def reference() -> str:
    """The reference page of the documentation, as Markdown."""
    lines = [
        "# 指标和代码",
        "",
        "本页由程序生成（`make generated`），与 `gkstats explain` 所示相同。核对规则另见 [checks.md](checks.md)。",
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
