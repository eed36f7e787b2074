"""From an executed notebook to the blocks of the page model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

import mistune

from gkstats.page import MIME, unpacked

NOTEBOOK_ONLY = "notebook-only"
"""Tag of a cell that helps the reader of the notebook and is left out of every printed form."""

UNTITLED = "政府信息公开工作年度报告"  # PDF/UA-1 asks every document for a title


class Properties(NamedTuple):
    """What a printed file says of itself. Its date is the first of January of the year ``dated``, and not the day it
    was made: the bytes of a report must not depend on that."""

    title: str
    author: str
    dated: int


def properties_of(blocks: Iterable[dict]) -> Properties:
    """The properties of a file, from its title block: title, issuing body, and the year after the report year."""
    about = next((block for block in blocks if block["kind"] == "title"), {})
    title = about.get("text", "").replace("\n", "") or UNTITLED
    return Properties(title, about.get("organization") or "", (about.get("year") or 2019) + 1)


def placed(rows: Iterable[list[dict]]) -> Iterator[tuple[int, int, dict]]:
    """(row, column, cell) of every cell of a table's head or body, as its spans place it."""
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            yield y, x, cell
            taken |= {(y + down, x + right) for down in range(cell["rows"]) for right in range(cell["span"])}


def shows_caption(table: dict, heading: str) -> bool:
    """Whether a printed table needs its caption: not below a heading that says the same."""
    name = re.sub(r"^表\S+\s", "", table["caption"])
    return bool(name) and not heading.endswith(name)


def blocks_of(notebook) -> list[dict]:
    """The blocks an executed notebook shows, in order: headings and text of its Markdown cells, the gkstats
    values of its code cells, other pictures as figures, any other output as verbatim text. Source code is not
    shown. Raw HTML and scripts in cells or outputs are never taken over."""
    found: list[dict] = []
    for cell in notebook.cells:
        if NOTEBOOK_ONLY in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            found.extend(_markdown(cell.source))
        elif cell.cell_type == "code":
            for output in cell.outputs:
                found.extend(_output(output))
    return found


def _output(output) -> Iterator[dict]:
    if output.output_type == "error":
        yield {"kind": "verbatim", "text": f"{output.ename}: {output.evalue}"}
        return
    if output.output_type == "stream":
        yield {"kind": "verbatim", "text": output.text}
        return
    data = output.data
    if MIME in data:
        yield from map(unpacked, data[MIME]["blocks"])
    elif "image/svg+xml" in data:
        alt = output.metadata.get("alt") or data.get("text/plain", "")
        yield {"kind": "figure", "svg": data["image/svg+xml"], "alt": alt, "caption": ""}
    elif "text/plain" in data:
        yield {"kind": "verbatim", "text": data["text/plain"]}


def _markdown(source: str) -> Iterator[dict]:
    nodes: list[dict] = mistune.create_markdown(renderer=None)(source)  # type: ignore[assignment]
    for node in nodes:
        text = _plain(node)
        if node["type"] == "heading":
            level = node["attrs"]["level"]
            yield (
                {"kind": "title", "text": text}
                if level == 1
                else {
                    "kind": "heading",
                    "level": min(level - 1, 2),
                    "text": text,
                }
            )
        elif node["type"] == "list":
            yield from ({"kind": "paragraph", "lead": "", "text": text} for text in _items(node))
        elif text:
            yield {"kind": "paragraph", "lead": "", "text": text}


def _items(node: dict) -> Iterator[str]:
    """The text of every item of a list, an inner list's items after the item they stand in."""
    for item in node["children"]:
        inner = [child for child in item["children"] if child["type"] == "list"]
        yield "".join(_plain(child) for child in item["children"] if child["type"] != "list")
        for child in inner:
            yield from _items(child)


def _plain(node: dict) -> str:
    if node["type"] in ("softbreak", "linebreak"):
        return "\n"
    if node["type"] == "text":
        return unescape(node["raw"])  # &lt; in Markdown is a character; it is escaped again where HTML is made
    return node["raw"] if "raw" in node else "".join(map(_plain, node.get("children", ())))
