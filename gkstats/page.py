"""The page model: the few kinds of block a report is made of, and how a block reads as HTML and as plain text.

A block is a plain dict, so that it travels inside an executed notebook (MIME type ``MIME``) and every output
format starts from the same one:

    {"kind": "title",     "text", "organization", "year"}   the last two, if any, go into a file's properties
    {"kind": "heading",   "level": 1 | 2, "text"}
    {"kind": "paragraph", "lead", "text"}            lead: the opening words set in 楷体, or ""
    {"kind": "verdict",   "status", "text"}          status: pass | fail | unknown
    {"kind": "table",     "id", "caption", "style", "widths", "head", "body"}
    {"kind": "figure",    "alt", "caption", "svg"}
    {"kind": "appendix"}                             what follows is not part of the official text
    {"kind": "verbatim",  "text"}                    output of a cell that is not ours

``head`` and ``body`` are lists of rows, a row a list of cells ``{"text", "span", "rows", "role", "mark"}``;
a cell covered by a span from the left or from above is left out. role: head | band | label | figure | text;
mark: "" | pass | fail | unknown. ``style`` is ``form`` (large cells), ``dense`` (table 三, 四) or ``list``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

MIME = "application/vnd.gkstats+json"

# Most Chinese words have two characters: a narrow head of an even number of them may break after every second
# one, and so reads 社会公益/组织, never 社会公/益组织.
_PAIR = re.compile("[\u4e00-\u9fff]{2}")
_PAIRS = re.compile(f"(?:{_PAIR.pattern})+")

# What JupyterLab needs to show an official table as one; the published page has its own style sheet. [lang]
# gives a selector the weight of JupyterLab's own; half-transparent colours suit its light and its dark theme.
_NOTEBOOK_STYLE = (
    "<style>.gk-page{max-width:60rem;line-height:1.8}"
    ".gk-page[lang] .scroll{overflow-x:auto;margin:.6em 0 1em}"
    ".gk-page[lang] table{width:100%;margin:0;border-collapse:collapse;table-layout:auto;font-size:inherit;"
    "font-variant-numeric:tabular-nums}.gk-page[lang] tbody tr{background:none}"
    ".gk-page[lang] th,.gk-page[lang] td{padding:.3em .5em;border:1px solid #8888;font-weight:400;"
    "line-height:1.5;text-align:center!important}"
    ".gk-page[lang] .band,.gk-page[lang] .head{background:#8881;word-break:keep-all}"
    ".gk-page[lang] .label:not([rowspan]),.gk-page[lang] td.text{text-align:left!important}"
    ".gk-page .label[rowspan]{word-break:keep-all}"
    ".gk-page .tall{writing-mode:vertical-rl;letter-spacing:.2em;white-space:nowrap}"
    ".gk-page[lang] caption{padding:.2em 0;text-align:left;font-weight:600;color:inherit}"
    ".gk-page h1{line-height:1.4;text-align:center}.gk-page .lead{font-weight:600}"
    ".gk-page[lang] p{margin:.2em 0;text-indent:2em}"
    ".gk-page[lang] .appendix{margin:2em 0 1em;padding-top:.5em;border-top:1px solid #8888;text-indent:0}"
    ".gk-page[lang] .verdict{padding:.3em .8em;border-left:4px solid #8888;text-indent:0}"
    ".gk-page .fail{background:#d93a2b33}.gk-page .unknown{background:#e0a10033}"
    '.gk-page .fail::before{content:"× "}.gk-page .unknown::before{content:"？"}'
    '.gk-page .pass:not(.figure)::before{content:"√ "}'
    ".gk-page figure{margin:1em 0;text-align:center}.gk-page img{max-width:100%;background:#fff}</style>"
)


@dataclass(frozen=True)
class Page:
    """Blocks as the value of a notebook cell: shown by JupyterLab, read again by the exporters."""

    blocks: tuple[dict, ...]

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/plain": to_text(self.blocks),
            "text/html": f'{_NOTEBOOK_STYLE}<div class="gk-page" lang="zh-CN">{to_html(self.blocks)}</div>',
            MIME: {"blocks": list(self.blocks)},
        }


def cell(text: object, role: str = "text", *, span: int = 1, rows: int = 1, mark: str = "") -> dict:
    """One cell of a table block."""
    return {"text": str(text), "span": span, "rows": rows, "role": role, "mark": mark}


def to_html(blocks: Iterable[dict]) -> str:
    """The blocks as an HTML fragment; every text is escaped, nothing else is taken over."""
    return "\n".join(_HTML[block["kind"]](block) for block in blocks)


def to_text(blocks: Iterable[dict]) -> str:
    """The blocks as plain text, tables with one row a line and cells divided by ``|``."""
    return "\n".join(_text(block) for block in blocks)


def _text(block: dict) -> str:
    if block["kind"] == "table":
        rows = [*block["head"], *block["body"]]
        return "\n".join([block["caption"], *(" | ".join(c["text"] for c in row) for row in rows)])
    if block["kind"] == "figure":
        return f"{block['caption']}：{block['alt']}"
    return block.get("lead", "") + block.get("text", "")


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _html_heading(block: dict) -> str:
    tag = f"h{block['level'] + 1}"
    return f"<{tag}>{escape(block['text'])}</{tag}>"


def _html_paragraph(block: dict) -> str:
    lead = f'<span class="lead">{escape(block["lead"])}</span>' if block["lead"] else ""
    return f"<p>{lead}{_lines(block['text'])}</p>"


def _html_cell(c: dict) -> str:
    spans = f' colspan="{c["span"]:d}"' if c["span"] > 1 else ""
    spans += f' rowspan="{c["rows"]:d}"' if c["rows"] > 1 else ""
    classes = escape(f"{c['role']} {c['mark']}".strip())
    text = _lines(c["text"])
    if c["role"] == "head" and _PAIRS.fullmatch(c["text"]):
        text = "<wbr>".join(_PAIR.findall(c["text"]))
    if c["rows"] > 9:
        text = f'<span class="tall">{text}</span>'
    # Not rowgroup and colgroup: a header with a span already speaks for the rows and columns it spans; a
    # rowgroup header would speak for every later row of the body as well (HTML standard, 4.9.12.2).
    scope = {"head": "col", "band": "col", "label": "row"}.get(c["role"])
    tag, scope = ("th", f' scope="{scope}"') if scope else ("td", "")
    return f'<{tag}{scope} class="{classes}"{spans}>{text}</{tag}>'


def _html_table(block: dict) -> str:
    def rows(part: list) -> str:
        return "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>\n" for row in part)

    # The width attribute and no style attribute: a page can then forbid every style but its own sheet.
    total = sum(block["widths"])
    columns = "".join(f'<col width="{100 * width / total:.4g}%">' for width in block["widths"])
    head = f"<thead>\n{rows(block['head'])}</thead>\n" if block["head"] else ""
    caption = escape(block["caption"])
    return (
        f'<div class="scroll {escape(block["style"])}" role="region" tabindex="0" aria-label="{caption}">'
        f'<table id="{escape(block["id"])}"><caption>{caption}</caption>'
        f"<colgroup>{columns}</colgroup>\n{head}<tbody>\n{rows(block['body'])}</tbody></table></div>"
    )


def _html_figure(block: dict) -> str:
    source = "data:image/svg+xml;base64," + b64encode(block["svg"].encode()).decode()
    caption = f"<figcaption>{escape(block['caption'])}</figcaption>" if block["caption"] else ""
    return f'<figure><img src="{source}" alt="{escape(block["alt"])}">{caption}</figure>'


_HTML = {
    "title": lambda block: f"<h1>{_lines(block['text'])}</h1>",
    "heading": _html_heading,
    "paragraph": _html_paragraph,
    "verdict": lambda block: f'<p class="verdict {escape(block["status"])}">{_lines(block["text"])}</p>',
    "table": _html_table,
    "figure": _html_figure,
    "appendix": lambda block: '<p class="appendix">以下为附录，不属于年度报告正文。</p>',
    "verbatim": lambda block: f"<pre>{escape(block['text'])}</pre>",
}
