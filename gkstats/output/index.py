"""``outputs/<year>/index.html``: all bodies of a year on one page, the worst first, that sorts, filters and searches in
any browser without a server or a network.

The table is DataTables, from the bundle in the package ``itables``; ``index.js`` only says what its columns are. The
page names by their hashes the scripts and sheets it may use and forbids everything else. Names and messages from
reports travel as data and are put on the page as text.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from gkstats.checks import ERROR, NOTE, SEVERITY_LABELS, STATUS_LABELS, UNKNOWN, WARNING
from gkstats.dataset import FINDINGS_FILE, STATISTICS_FILE
from gkstats.files import replace_file
from gkstats.output import INDEX_FILE
from gkstats.output.standalone import standalone
from gkstats.overview import (
    SMALL,
    Line,
    Overview,
    load_overview,
    overview_growth,
    overview_rates,
    overview_reasons,
    overview_rules,
    overview_title,
    overview_totals,
)
from gkstats.overview.bodies import DECIDED, FILES, printed_growth
from gkstats.overview.cells import MAIN
from gkstats.page import to_html
from gkstats.stats import PERCENT, STATISTICS, Value, shown, shown_change

ASSETS = Path(__file__).parent / "templates" / "index"

COUNTS = (ERROR, WARNING, NOTE, UNKNOWN, DECIDED)
LONG_HEAD = 4  # characters; a longer heading goes on a second line
COMPARED = ("received", "disclosure_rate")
"""The statistics whose change since last year has a column of its own beside them."""


def write_index(year: int, out: str | Path) -> Path:
    """Writes the page of a year from what a batch left under ``out``; its path. Raises ReportError where a batch left
    nothing of the year."""
    path = Path(out) / str(year) / INDEX_FILE
    replace_file(path, index_page(load_overview(year, Path(out).resolve())).encode())
    return path


def index_page(overview: Overview) -> str:
    """The page of all bodies of a year."""
    library, constructor, library_style = _bundle()
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("index.css", "index.js"))
    module = f"{library}\n{{\nconst DataTable = {constructor};\n{script}}}\n"  # a block: its names are its own
    title, verdict = overview_title(overview).blocks
    columns = _columns()
    data = {"kinds": [kind for kind, _ in columns], "rows": [_row(line) for line in overview.lines]}
    heads = "".join(f"<th>{_lines(head)}</th>" for _, head in columns)
    parts = [
        f"<section>\n{to_html(cell(overview).blocks)}\n</section>"
        for cell in (overview_totals, overview_rates, overview_reasons, overview_growth, overview_rules)
    ]
    note = (
        "没有生成的在前，再按错误、提示、无法核对的多少排列；一个原因引起的算一个，结论是“属实有因”“误报”的算作已核实。"
        "点列名可以改变次序，第三次点恢复原来的次序。"
        f'带“*”的比例件数不足{SMALL}件，不参与排序和筛选。核对结果见 <a href="../{FINDINGS_FILE}">{FINDINGS_FILE}</a>，'
        f'全部数据见 <a href="../{STATISTICS_FILE}">{STATISTICS_FILE}</a>。'
    )
    main = f"""{to_html([title, verdict])}
<noscript><p class="verdict unknown">这一页要用浏览器的脚本功能排列各机关；核对结果也在 findings.csv 中。</p></noscript>
<section aria-label="各机关">
<div class="scroll"><table id="bodies"><thead><tr>{heads}</tr></thead></table></div>
<p class="quiet">{note}</p>
</section>
{parts[0]}
<div class="parts">
{"".join(parts[1:])}
</div>"""
    styles = [library_style, style]
    return standalone(title["text"], main, styles, module, json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _columns() -> list[tuple[str, str]]:
    """(kind, heading) of every column; ``index.js`` knows what to do with each kind."""
    labels = {**SEVERITY_LABELS, UNKNOWN: STATUS_LABELS[UNKNOWN], DECIDED: "已核实"}
    columns = [("name", "机关"), ("code", "区划代码"), ("outcome", "结果")]
    columns += [("count", labels[key]) for key in COUNTS]
    for name in MAIN:
        label = STATISTICS[name].label
        columns.append(("figure", label if len(label) <= LONG_HEAD else f"{label[:LONG_HEAD]}\n{label[LONG_HEAD:]}"))
        if name in COMPARED:
            columns.append(("figure", "增减\n（百分点）" if STATISTICS[name].unit == PERCENT else "增幅"))
    return [*columns, ("files", "报告")]


def _row(line: Line) -> list:
    row: list = [[line.name, _link(line, line.files[0])] if line.files else [line.name], line.code]
    row.append([*line.verdict, line.message])
    row += [line.counts[key] for key in COUNTS]
    for name in MAIN:
        unit = STATISTICS[name].unit
        row.append(_figure(line.ranked(name), line.value(name), shown(line.value(name), unit)))
        if name == "received":
            row.append(_figure(line.ranked_growth(name), line.growth(name), printed_growth(line.growth(name))))
        elif name == "disclosure_rate":
            points = shown_change(line.change(name), unit).removesuffix("个百分点")
            row.append(_figure(line.ranked_change(name), line.change(name), points))
    row.append([[FILES[file], _link(line, file)] for file in line.files])
    return row


def _figure(ranked: Value, value: Value, text: str) -> list:
    """[what it is sorted and filtered by, shares per cent (null: not compared), as it is shown]."""
    number = ranked if ranked is None or isinstance(ranked, int) else round(100 * float(ranked), 4)
    starred = "*" if ranked is None and value is not None else ""
    return [number, text + starred]


def _link(line: Line, file: str) -> str:
    return f"{quote(line.id)}/{quote(file)}"


@cache
def _bundle() -> tuple[str, str, str]:
    """DataTables as a script, the name its constructor has in it, and its style sheet."""
    files = resources.files("itables") / "html"
    script, style = ((files / f"dt_bundle.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    exported = re.search(r"\bexport\s*\{([^{}]*)\};?", script)
    name = re.search(r"([\w$]+)\s+as\s+default\b", exported[1]) if exported else None
    if not exported or not name or "</script" in script.lower() or "</style" in style.lower():
        raise RuntimeError("the bundle of the package itables is of a kind this page cannot hold")
    script = script[: exported.start()] + script[exported.end() :]
    return script, name[1], re.sub(r"\s*/\*# sourceMappingURL=.*?\*/", "", style)
