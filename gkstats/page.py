"""The page model: the few kinds of block a report is made of, and how a block reads as HTML and as plain text.

A block is a plain dict, so that it travels inside an executed notebook (MIME type ``MIME``) and every output
format starts from the same one:

    {"kind": "title",     "text", "organization", "year"}   the last two, if any, go into a file's properties
    {"kind": "heading",   "level": 1 | 2, "text"}
    {"kind": "paragraph", "lead", "text"}            lead: the opening words set in 楷体, or ""; may have "parts", the
                                                     text in pieces ``part(...)``, some of them marked
    {"kind": "verdict",   "status", "text"}          status: pass | fail | unknown
    {"kind": "table",     "id", "caption", "style", "widths", "head", "body"}
    {"kind": "figure",    "alt", "caption", "svg"}
    {"kind": "appendix"}                             what follows is not part of the official text; "text" may say so
    {"kind": "verbatim",  "text"}                    output of a cell that is not ours

``head`` and ``body`` are lists of rows, a row a list of cells ``{"text", "span", "rows", "role", "mark"}``;
a cell covered by a span from the left or from above is left out. role: head | band | label | figure | text;
mark: "" | pass | fail | unknown. ``style`` is ``form`` (large cells), ``dense`` (table 三, 四) or ``list``. A marked
cell or part may have a "note", the number of its explanation, printed beside it, and a "title", the explanation
itself, shown by a browser. Inside a notebook a block is ``packed``: a key is left out where it says the usual thing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

MIME = "application/vnd.gkstats+json"

# Most Chinese words have two characters: a narrow head of an even number of them may break after every second
# one, and so reads 社会公益/组织, never 社会公/益组织.
_PAIR = re.compile("[\u4e00-\u9fff]{2}")
_PAIRS = re.compile(f"(?:{_PAIR.pattern})+")

# What JupyterLab needs to show an official table as one. Attributes and no style sheet: from a notebook that was
# run elsewhere JupyterLab takes out every sheet, and a reviewer opens such notebooks; half-transparent colours suit
# its light and its dark theme. The published page has its own sheet and none of these. They stand in every cell of
# every notebook: as short as they can be.
_BOX = "border:1px solid #888"
_HEAD = f"{_BOX};font-weight:400"
_GREY = "background:#8882"
_INLINE = {
    "table": "border-collapse:collapse;width:100%;font-size:13px;line-height:1.5;margin:8px 0 16px",
    "caption": "text-align:left;font-weight:bold;padding:2px 0",
    "head": f"{_HEAD};text-align:center;word-break:keep-all;{_GREY}",
    "band": f"{_HEAD};text-align:center;{_GREY}",
    "label": f"{_HEAD};text-align:left",
    "group": f"{_HEAD};text-align:center;word-break:keep-all",
    "figure": f"{_BOX};text-align:center",
    "text": f"{_BOX};text-align:left",
    "fail": "background:#d93a2b33",
    "unknown": "background:#e0a00033",
    "pass": "",
    "tall": "display:inline-block;width:1.2em;word-break:break-all;text-align:center",
    "title": "text-align:center;line-height:1.4",
    "paragraph": "text-indent:2em;line-height:1.8;margin:4px 0",
    "lead": "font-weight:bold",
    "verdict": "border:1px solid #888;border-left-width:5px;padding:4px 12px",
    "image": "max-width:100%;background:#fff",
}
_SIGNS = {"fail": "× ", "unknown": "？", "pass": "√ "}


@dataclass(frozen=True)
class Page:
    """Blocks as the value of a notebook cell: shown by JupyterLab, read again by the exporters."""

    blocks: tuple[dict, ...]

    def _repr_mimebundle_(self, include=None, exclude=None):
        # mathjax_ignore: JupyterLab would typeset what stands between dollar signs
        return {
            "text/plain": to_text(self.blocks),
            "text/html": f'<div lang="zh-CN" class="mathjax_ignore">{to_html(self.blocks, inline=True)}</div>',
            MIME: {"blocks": [packed(block) for block in self.blocks]},
        }


_USUAL_PARAGRAPH = {"lead": ""}
_USUAL_CELL = {"span": 1, "rows": 1, "mark": ""}
_USUAL_PART = {"mark": "", "note": "", "title": ""}
_ROWS = ("head", "body")


def packed(block: dict) -> dict:
    """The block as it travels inside a notebook: what nearly every cell of a table says alike is left out."""
    return _with_parts(block, lambda said, usual: {k: v for k, v in said.items() if k not in usual or v != usual[k]})


def unpacked(block: dict) -> dict:
    """The block as it was before it was ``packed``."""
    return _with_parts(block, lambda said, usual: usual | said)


def _with_parts(block: dict, change: Callable[[dict, dict], dict]) -> dict:
    if block.get("kind") == "paragraph":
        block = change(block, _USUAL_PARAGRAPH)
    rows = {name: [[change(c, _USUAL_CELL) for c in row] for row in block[name]] for name in _ROWS if name in block}
    parts = {"parts": [change(piece, _USUAL_PART) for piece in block["parts"]]} if "parts" in block else {}
    return block | rows | parts


def cell(
    text: object, role: str = "text", *, span: int = 1, rows: int = 1, mark: str = "", note: str = "", title: str = ""
) -> dict:
    """One cell of a table block."""
    noted = {key: value for key, value in (("note", note), ("title", title)) if value}
    return {"text": str(text), "span": span, "rows": rows, "role": role, "mark": mark} | noted


def part(text: str, mark: str = "", note: str = "", title: str = "") -> dict:
    """One piece of a paragraph's text."""
    return {"text": text, "mark": mark, "note": note, "title": title}


def paragraph(parts: Iterable[dict], lead: str = "") -> dict:
    """A paragraph block of pieces."""
    parts = list(parts)
    return {"kind": "paragraph", "lead": lead, "text": "".join(piece["text"] for piece in parts), "parts": parts}


def list_table(id: str, caption: str, heads: list[str], widths: list[float], body: list[list[dict]]) -> dict:
    """The block of a table in the style ``list``: a head of one row, and rows of cells."""
    head = [[cell(text, "head") for text in heads]]
    return {"kind": "table", "id": id, "caption": caption, "style": "list", "widths": widths, "head": head,
            "body": body}  # fmt: skip


def to_html(blocks: Iterable[dict], inline: bool = False) -> str:
    """The blocks as an HTML fragment; every text is escaped, nothing else is taken over. With ``inline``, each
    element carries the look a notebook needs; without, only the classes a style sheet goes by."""
    return "\n".join(_HTML[block["kind"]](block, inline) for block in blocks)


def to_text(blocks: Iterable[dict]) -> str:
    """The blocks as plain text, tables with one row a line and cells divided by ``|``."""
    return "\n".join(_text(block) for block in blocks)


def _text(block: dict) -> str:
    if block["kind"] == "table":
        rows = [*block["head"], *block["body"]]
        return "\n".join([block["caption"], *(" | ".join(map(_noted, row)) for row in rows)])
    if block["kind"] == "figure":
        return f"{block['caption']}：{block['alt']}"
    return block.get("lead", "") + "".join(map(_noted, block.get("parts", [block])))


def _noted(piece: dict) -> str:
    return piece.get("text", "") + (f"［{piece['note']}］" if piece.get("note") else "")


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _style(inline: bool, *names: str) -> str:
    return f' style="{";".join(filter(None, (_INLINE.get(name) for name in names)))}"' if inline else ""


def _html_title(block: dict, inline: bool) -> str:
    return f"<h1{_style(inline, 'title')}>{_lines(block['text'])}</h1>"


def _html_heading(block: dict, inline: bool) -> str:
    tag = f"h{block['level'] + 1:d}"
    return f"<{tag}>{escape(block['text'])}</{tag}>"


def _html_paragraph(block: dict, inline: bool) -> str:
    lead = f'<span class="lead"{_style(inline, "lead")}>{escape(block["lead"])}</span>' if block["lead"] else ""
    text = "".join(_html_part(piece, inline) for piece in block.get("parts", [part(block["text"])]))
    return f"<p{_style(inline, 'paragraph')}>{lead}{text}</p>"


def _html_part(piece: dict, inline: bool) -> str:
    text = _lines(piece["text"]) + _html_note(piece)
    if not piece["mark"]:
        return text
    return f'<mark class="{escape(piece["mark"])}"{_html_title_of(piece)}{_style(inline, piece["mark"])}>{text}</mark>'


def _html_note(piece: dict) -> str:
    return f"<sup>{escape(piece['note'])}</sup>" if piece.get("note") else ""


def _html_title_of(piece: dict) -> str:
    return f' title="{escape(piece["title"])}"' if piece.get("title") else ""


def _html_verdict(block: dict, inline: bool) -> str:
    status = block["status"]
    sign = _SIGNS.get(status, "") if inline else ""
    return f'<p class="verdict {escape(status)}"{_style(inline, "verdict")}>{sign}{_lines(block["text"])}</p>'


def _html_cell(c: dict, inline: bool) -> str:
    spans = f' colspan="{c["span"]:d}"' if c["span"] > 1 else ""
    spans += f' rowspan="{c["rows"]:d}"' if c["rows"] > 1 else ""
    text = _lines(c["text"])
    if c["role"] == "head" and _PAIRS.fullmatch(c["text"]):
        text = "<wbr>".join(_PAIR.findall(c["text"]))
    if c["rows"] > 9:
        text = f'<span class="tall"{_style(inline, "tall")}>{text}</span>'
    if inline and c["mark"] and not (c["mark"] == "pass" and c["role"] == "figure"):
        text = _SIGNS.get(c["mark"], "") + text
    # Not rowgroup and colgroup: a header with a span already speaks for the rows and columns it spans; a
    # rowgroup header would speak for every later row of the body as well (HTML standard, 4.9.12.2).
    scope = {"head": "col", "band": "col", "label": "row"}.get(c["role"])
    tag, scope = ("th", f' scope="{scope}"') if scope else ("td", "")
    look = "group" if c["role"] == "label" and c["rows"] > 1 else c["role"]
    style = _style(inline, look, *([c["mark"]] if c["mark"] else []))
    classes = f"{c['role']} {c['mark']}".strip()
    classes = "" if inline else f' class="{escape(classes)}"'  # a notebook has no style sheet
    return f"<{tag}{scope}{classes}{spans}{_html_title_of(c)}{style}>{text}{_html_note(c)}</{tag}>"


def _html_table(block: dict, inline: bool) -> str:
    def rows(part: list) -> str:
        return "".join(f"<tr>{''.join(_html_cell(c, inline) for c in row)}</tr>\n" for row in part)

    # The width attribute and no style attribute: a page can then forbid every style but its own sheet.
    total = sum(block["widths"])
    columns = "".join(f'<col width="{100 * width / total:.4g}%">' for width in block["widths"])
    head = f"<thead>\n{rows(block['head'])}</thead>\n" if block["head"] else ""
    caption = escape(block["caption"])
    padding = ' cellpadding="5"' if inline else ""
    return (
        f'<div class="scroll {escape(block["style"])}" role="region" tabindex="0" aria-label="{caption}">'
        f'<table id="{escape(block["id"])}"{padding}{_style(inline, "table")}>'
        f"<caption{_style(inline, 'caption')}>{caption}</caption>"
        f"<colgroup>{columns}</colgroup>\n{head}<tbody>\n{rows(block['body'])}</tbody></table></div>"
    )


def _html_figure(block: dict, inline: bool) -> str:
    source = "data:image/svg+xml;base64," + b64encode(block["svg"].encode()).decode()
    caption = f"<figcaption>{escape(block['caption'])}</figcaption>" if block["caption"] else ""
    return f'<figure><img src="{source}" alt="{escape(block["alt"])}"{_style(inline, "image")}>{caption}</figure>'


def _html_appendix(block: dict, inline: bool) -> str:
    return f'<p class="appendix">{escape(block.get("text") or "以下为附录，不属于年度报告正文。")}</p>'


def _html_verbatim(block: dict, inline: bool) -> str:
    return f"<pre>{escape(block['text'])}</pre>"


_HTML = {
    "title": _html_title,
    "heading": _html_heading,
    "paragraph": _html_paragraph,
    "verdict": _html_verdict,
    "table": _html_table,
    "figure": _html_figure,
    "appendix": _html_appendix,
    "verbatim": _html_verbatim,
}
