"""What changed between two outputs folders, value by value, and why.

Figures, statistics, prose and everything else of the report files come from ``statistics.parquet``, findings from
``findings.csv``, outcomes and causes from the record beside each report: a report whose files changed has other
inputs, one whose program, notebook, fonts or packages changed was made by another program.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gkstats.checks import CHECKS, FAIL, NOT_APPLICABLE, PASS, UNKNOWN
from gkstats.dataset import (
    EXPLANATIONS,
    FACTS,
    FILE,
    FINDINGS_FILE,
    PROSE,
    SOURCE,
    STATISTICS_FILE,
    STATS,
    guarded,
    read_findings,
    read_table,
    replace_file,
)
from gkstats.forms import FORMS
from gkstats.output.index import ASSETS
from gkstats.output.standalone import standalone
from gkstats.overview.bodies import OUTCOMES, read_records
from gkstats.page import cell, list_table, to_html
from gkstats.report import PREAMBLE, Problem, UnknownReport
from gkstats.schema import Cell
from gkstats.stats import PER_HUNDRED, PERCENT, STATISTICS

if TYPE_CHECKING:
    import pandas as pd

REPORT, FIGURE, STATISTIC, TEXT, OTHER, FINDING, OUTCOME = (
    "report", "figure", "statistic", "prose", "other", "finding", "outcome",
)  # fmt: skip
KINDS = {
    REPORT: "报告", OUTCOME: "生成结果", FIGURE: "数据", STATISTIC: "指标", TEXT: "正文", OTHER: "其他内容",
    FINDING: "核对事项",
}  # fmt: skip
"""What can change → what it is called."""

INPUT, PROGRAM, BOTH, ELSEWHERE, UNKNOWN_CAUSE = "input", "program", "both", "elsewhere", "unknown"
CAUSES = {
    INPUT: "数据变了",
    PROGRAM: "程序变了",
    BOTH: "数据和程序都变了",
    ELSEWHERE: "数据和程序都没有变，与之比较的其他报告变了",
    UNKNOWN_CAUSE: "没有生成记录，原因不明",
}
"""Why a report changed → how it is told."""

OTHERS = {FACTS: "表外数据", EXPLANATIONS: "情况说明", SOURCE: "数据来源"}
INPUTS = {"params": "参数文件", "previous": "上年参数文件", "units": "下级单位的记录", "trace": "数据出处的记录"}
PROGRAMS = {"library": "程序", "print": "字体和版式", "notebook": "笔记本", "formats": "输出格式"}

MOST = 300
"""Bodies the page shows in full; the table has them all."""


class Change(NamedTuple):
    """One value that is not the same: where, what it was and is ("" where it is absent), as text."""

    kind: str
    place: str
    label: str
    old: str
    new: str
    difference: str = ""


class Changed(NamedTuple):
    """A report that changed, why (a key of CAUSES, and in words), and all that changed in it."""

    id: str
    name: str
    year: int
    cause: str
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]


def compare(old: str | Path, new: str | Path) -> list[Changed]:
    """Every report that is not the same in two outputs folders, by year and body. Raises UnknownReport where a folder
    holds no statistics."""
    old, new = Path(old), Path(new)
    problems = [
        Problem(
            folder.name,
            None,
            "输出文件夹",
            f"没有可以读取的{STATISTICS_FILE}",
            "",
            "请用这一版的程序生成报告",
        )
        for folder in (old, new)
        if read_table(folder / STATISTICS_FILE) is None
    ]
    if problems:
        raise UnknownReport(problems)
    found: dict[tuple[int, str], list[Change]] = {}
    names: dict[tuple[int, str], str] = {}
    years = sorted(_years(old) | _years(new))
    records = {year: tuple(dict(read_records(folder / str(year))) for folder in (old, new)) for year in years}
    digests: dict[tuple[int, str], tuple[str, str]] = {}
    findings = [read_findings(folder / FINDINGS_FILE) for folder in (old, new)]
    for year in years:
        for key, change in _values_changed(old, new, year, names, digests):
            found.setdefault(key, []).append(change)
        for id in sorted(set(records[year][0]) | set(records[year][1])):
            outcomes = [OUTCOMES.get(kept.get(id, {}).get("outcome", ""), "") for kept in records[year]]
            if outcomes[0] != outcomes[1]:
                found.setdefault((year, id), []).insert(0, Change(OUTCOME, "", "", *outcomes))
    for key, change in _findings_changed(*findings):
        found.setdefault(key, []).append(change)
    changed = []
    for (year, id), changes in sorted(found.items()):
        before, after = (side.get(id) for side in records.get(year, ({}, {})))
        cause, reasons = _cause(before, after, *digests.get((year, id), ("", "")))
        order = list(KINDS)
        changes.sort(key=lambda change: order.index(change.kind))
        changed.append(Changed(id, names.get((year, id), id), year, cause, reasons, tuple(changes)))
    return changed


def _years(folder: Path) -> set[int]:
    table = read_table(folder / STATISTICS_FILE)
    return set(table["year"].unique().to_pylist()) if table else set()


def _values_changed(
    old: Path, new: Path, year: int, names: dict, digests: dict
) -> Iterator[tuple[tuple[int, str], Change]]:
    """Every value of a year that is not the same; fills in the names of bodies and the sha256 of their files."""
    key = ["body", "table", "row", "column"]
    frames = []
    for folder in (old, new):
        table = read_table(folder / STATISTICS_FILE, [year])
        frames.append(_frame(table, [*key, "name", "figure", "given", "text"]))
    both = frames[0].merge(frames[1], on=key, how="outer", suffixes=("_old", "_new"), indicator=True, sort=False)
    for row in both[(both["table"] == FILE) & (both["row"] == "sha256")].itertuples():
        digests[year, row.body] = tuple(x if isinstance(x, str) else "" for x in (row.text_old, row.text_new))
        names[year, row.body] = row.name_new if isinstance(row.name_new, str) else row.name_old
        if "" in digests[year, row.body]:
            words = ("", "新增") if not digests[year, row.body][0] else ("原有", "")
            yield (year, row.body), Change(REPORT, "", "", *words)
    one_sided = {body for (y, body), pair in digests.items() if y == year and "" in pair}
    numbers = both["figure_old"].to_numpy(), both["figure_new"].to_numpy()
    same = (numbers[0] == numbers[1]) | (np.isnan(numbers[0]) & np.isnan(numbers[1]))
    for name in ("given", "text"):
        left, right = both[f"{name}_old"], both[f"{name}_new"]
        same &= ((left == right) | (left.isna() & right.isna())).to_numpy(dtype=bool)
    same &= (both["_merge"] == "both").to_numpy()
    for row in both[~same].itertuples():
        if row.table != FILE and row.body not in one_sided:
            yield (year, row.body), _change(row)


def _frame(table, columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    if table is None:
        return pd.DataFrame({name: pd.Series(dtype=float if name == "figure" else object) for name in columns})
    return (
        table.select(columns)
        .to_pandas(strings_to_categorical=False)
        .astype({name: object for name in columns if name != "figure"})
    )


def _change(row) -> Change:
    """One row of the merged tables as a change."""
    place = "/".join(part for part in (row.table, row.row, row.column) if part)
    kind = {STATS: STATISTIC, PROSE: TEXT}.get(row.table, OTHER if row.table in OTHERS else FIGURE)
    old, new = (
        text if isinstance(text, str) else given if isinstance(given, str) else _number(figure, row)
        for text, given, figure in (
            (row.text_old, row.given_old, row.figure_old), (row.text_new, row.given_new, row.figure_new),
        )
    )  # fmt: skip
    if kind == TEXT:
        old, new = _sentences_changed(old, new)
    by = row.figure_new - row.figure_old
    difference = "" if np.isnan(by) or not by or kind == TEXT else _signed(by, row)
    return Change(kind, place, _label(row), old, new, difference)


def _number(figure: float, row) -> str:
    """A figure as it is printed; "" for a blank or where there is none."""
    if np.isnan(figure):
        return ""
    unit = STATISTICS[row.row].unit if row.table == STATS and row.row in STATISTICS else ""
    if unit == PERCENT:
        return f"{100 * figure:.2f}%"
    return f"{figure:.2f}" if unit == PER_HUNDRED or figure % 1 else f"{figure:.0f}"


def _signed(by: float, row) -> str:
    text = _number(abs(by), row).replace("%", "个百分点")
    return f"{'+' if by > 0 else '−'}{text}"


def _label(row) -> str:
    """Where a value stands, in the words of the form."""
    if row.table == STATS:
        return STATISTICS[row.row].label if row.row in STATISTICS else row.row
    if row.table == PROSE:
        sections = FORMS[max(FORMS)].section
        return "前言" if row.row == PREAMBLE else sections[row.row].title if row.row in sections else row.row
    if row.table in OTHERS:
        return f"{OTHERS[row.table]} {row.row} {row.column}".rstrip()
    place = Cell(row.table, row.row, row.column)
    for form in reversed(FORMS.values()):
        if place in form.index:
            return form.describe(place)
    return str(place)


def _sentences_changed(old: str, new: str) -> tuple[str, str]:
    """The sentences of two texts that differ, those between left out."""
    split = re.compile(r"(?<=[。；！？\n])")
    before, after = ([part for part in split.split(text) if part.strip()] for text in (old, new))
    gone, come = [], []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone.append("".join(before[a:b]).strip())
            come.append("".join(after[c:d]).strip())
    return "……".join(filter(None, gone)), "……".join(filter(None, come))


def _findings_changed(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[tuple[tuple[int, str], Change]]:
    """Findings that are gone and that are new, told apart by their fingerprint: rule, place and values."""
    sides = [
        {
            (row.year, row.body, row.check, row.status, row.finding or row.message): row.message
            for row in frame.itertuples()
            if row.status != NOT_APPLICABLE
        }
        for frame in (old, new)
    ]
    for key in sorted(sides[0].keys() ^ sides[1].keys()):
        year, body, check, status, _ = key
        title = CHECKS[check].title if check in CHECKS else ""
        label = f"{check} {title}".strip() + ("" if status == FAIL else "（无法核对）")
        yield (year, body), Change(FINDING, check, label, sides[0].get(key, ""), sides[1].get(key, ""))


def _cause(old: Mapping | None, new: Mapping | None, old_digest: str, new_digest: str) -> tuple[str, tuple[str, ...]]:
    """Why a report changed: a key of CAUSES, and what exactly."""
    before, after = ((record or {}).get("made_from") or {} for record in (old, new))
    inputs = [label for key, label in INPUTS.items() if _digest(before.get(key)) != _digest(after.get(key))]
    if not before or not after:
        inputs = ["参数文件"] if old_digest != new_digest else []
        return (INPUT if inputs else UNKNOWN_CAUSE), tuple(inputs)
    programs = [label for key, label in PROGRAMS.items() if before.get(key) != after.get(key)]
    versions = [side.get("versions") or {} for side in (before, after)]
    programs += [
        f"{name} {versions[0].get(name, '无')}→{versions[1].get(name, '无')}"
        for name in sorted(versions[0].keys() | versions[1].keys())
        if versions[0].get(name) != versions[1].get(name)
    ]
    cause = BOTH if inputs and programs else INPUT if inputs else PROGRAM if programs else ELSEWHERE
    return cause, (*inputs, *programs)


def _digest(file: object) -> object:
    return file.get("sha256") if isinstance(file, Mapping) else file


def write_diff(changed: list[Changed], out: str | Path) -> tuple[Path, Path]:
    """Writes what changed as ``diff.html``, a page in one file, and ``diff.csv``, a row for each value; their paths."""
    page, table = Path(out) / "diff.html", Path(out) / "diff.csv"
    replace_file(page, diff_page(changed).encode())
    replace_file(table, diff_table(changed).encode("utf-8-sig"))
    return page, table


def diff_table(changed: list[Changed]) -> str:
    """The changes as CSV, guarded as findings are: a row for each value."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("body", "name", "year", "cause", "reasons", *Change._fields))
    for one in changed:
        about = (one.id, one.name, one.year, one.cause, "、".join(one.reasons))
        writer.writerows([guarded(str(value)) for value in (*about, *change)] for change in one.changes)
    return stream.getvalue()


def diff_page(changed: list[Changed]) -> str:
    """The changes as a page: how many of what kind and why, then every report that changed, the gravest first."""
    title = "两次生成的差别"
    values = sum(len(one.changes) for one in changed)
    told = f"{len(changed)}份报告有变化，共{values}处。" if changed else "两次生成的数据、核对事项、正文和指标都相同。"
    blocks = [
        {"kind": "title", "text": title},
        {"kind": "verdict", "status": UNKNOWN if changed else PASS, "text": told},
    ]
    summary = []
    if changed:
        causes = Counter(one.cause for one in changed)
        kinds = Counter(kind for one in changed for kind in {change.kind for change in one.changes})
        places = Counter(change.kind for one in changed for change in one.changes)
        why = [[cell(CAUSES[key]), cell(causes[key], "figure")] for key in CAUSES if causes[key]]
        what = [
            [cell(KINDS[key]), cell(kinds[key], "figure"), cell(places[key], "figure")] for key in KINDS if kinds[key]
        ]
        summary = [
            list_table("why", "原因", ["原因", "报告数"], [5, 1], why),
            list_table("what", "内容", ["变化的内容", "报告数", "处数"], [5, 1, 1], what),
        ]
    rest = len(changed) - MOST
    more = f'<p class="quiet">其余{rest}份见 diff.csv。</p>' if rest > 0 else ""
    shown_open = " open" if len(changed) <= 3 else ""
    reports = "\n".join(_report_html(one, shown_open) for one in changed[:MOST])
    sections = [f"<section>\n{to_html(summary)}\n</section>"] if summary else []
    if reports:
        sections.append(f"<section>\n{reports}\n{more}</section>")
    style = (ASSETS / "index.css").read_text(encoding="utf-8")
    return standalone(title, "\n".join([to_html(blocks), *sections]), [style])


def _report_html(one: Changed, shown_open: str) -> str:
    kinds = Counter(KINDS[change.kind] for change in one.changes)
    counts = "、".join(f"{kind}{number}处" for kind, number in kinds.items())
    reasons = f"（{'、'.join(one.reasons)}）" if one.reasons else ""
    body = [
        [cell(KINDS[change.kind]), cell(change.label), cell(change.old), cell(change.new),
         cell(change.difference, "figure")]
        for change in one.changes
    ]  # fmt: skip
    heads = ["内容", "位置", "原来", "现在", "增减"]
    table = list_table(f"r{one.year}-{one.id}", "变化", heads, [1.2, 3, 4, 4, 1.4], body)
    return (
        f"<details{shown_open}><summary><b>{escape(one.name)}</b> {one.year}年度：{escape(counts)}。"
        f"{escape(CAUSES[one.cause] + reasons)}</summary>\n{to_html([table])}\n</details>"
    )
