"""The published page: an executed notebook as one HTML file, without script and without outside address."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from nbconvert.exporters.templateexporter import TemplateExporter
from traitlets import default

from gkstats.output.blocks import blocks_of
from gkstats.page import to_html

TEMPLATES = Path(__file__).parent / "templates"


class GkHTMLExporter(TemplateExporter):
    """The notebook as a web page, ``jupyter nbconvert --to gk-html``.

    The page holds what ``blocks_of`` finds, written by ``to_html``, and nothing else of the notebook: raw
    HTML and scripts in its cells or outputs do not reach it. Its look is ``page.css`` of the template
    ``gk-html``; the page forbids every other style by the hash of that sheet.
    """

    export_from_notebook = "政府信息公开年度报告（网页）"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "gk-html"

    # Ours alone: the working directory, nbconvert's own choice, would let a stray folder change the page.
    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(TEMPLATES)]

    # One validation of the notebook; the other choice is one for each of eleven preprocessors, mostly off.
    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        return True

    def default_filters(self) -> Iterator[tuple[str, object]]:
        """nbconvert's filters and the two the template ``gk-html`` needs."""
        yield from super().default_filters()
        yield "document", document_of
        yield "sha256_base64", _sha256_base64


@dataclass(frozen=True)
class Section:
    """The HTML from one heading of level one to the next; ``heading`` is "" where none stands before it."""

    id: str
    heading: str
    html: str


@dataclass(frozen=True)
class Document:
    """What the template fills in: the title on one line, the official text, and the appendix, if any."""

    title: str
    body: tuple[Section, ...]
    appendix: tuple[Section, ...]


def document_of(notebook) -> Document:
    """The page of an executed notebook; every id in it is used once."""
    groups: list[list[dict]] = [[]]
    appendix = None
    for block in blocks_of(notebook):
        if block["kind"] == "appendix" and appendix is None:
            appendix = len(groups)
        if block["kind"] == "appendix" or _is_section_heading(block):
            groups.append([])
        groups[-1].append(block)
    taken = {"main", *(f"s{number}" for number in range(len(groups)))}
    sections = tuple(_section(f"s{number}", blocks, taken) for number, blocks in enumerate(groups))
    title = next((block["text"] for block in chain(*groups) if block["kind"] == "title"), "")
    cut = len(sections) if appendix is None else appendix
    return Document(title.replace("\n", ""), sections[:cut], sections[cut:])


def _is_section_heading(block: dict) -> bool:
    return block["kind"] == "heading" and block["level"] == 1


def _section(id_: str, blocks: list[dict], taken: set[str]) -> Section:
    heading = blocks[0]["text"] if blocks and _is_section_heading(blocks[0]) else ""
    return Section(id_, heading, to_html(_with_free_id(block, taken) for block in blocks))


def _with_free_id(block: dict, taken: set[str]) -> dict:
    if block["kind"] != "table":
        return block
    names = chain([block["id"]], (f"{block['id']}-{number}" for number in count(2)))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return {**block, "id": name}


def _sha256_base64(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()
