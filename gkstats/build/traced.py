"""Which report a file came from, by the provenance that stands in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from gkstats.build.job import NOTEBOOKS
from gkstats.display import AGAIN, PROGRAM, PROVENANCE, SHA256
from gkstats.report_file import BODY_ID

MAX_BYTES = 100_000_000  # a report of pictures has a few million
KINDS = ("pdf", "html", "ipynb")
"""Kinds of files that carry their provenance."""

_BUILD = re.compile(r"gkstats build (\S{1,60}) --year (\d{4})(?: --notebook ([a-z]+))?")


@dataclass(frozen=True)
class Provenance:
    """What a file says of itself: its report, the sha256 of the params file and of last year's ("" without), and the
    version of gkstats."""

    id: str
    year: int
    stem: str
    params: str
    previous: str
    version: str


def provenance_in(path: Path) -> Provenance | None:
    """The provenance that stands in a file of KINDS; None where there is none, or the file is not what its name says.
    Raises OSError."""
    if path.stat().st_size > MAX_BYTES:
        return None
    reader = {"pdf": _in_pdf, "html": _in_html, "ipynb": _in_notebook}.get(path.suffix[1:].lower())
    rows = reader(path.read_bytes()) if reader else []
    told = {label: value for label, value in rows if label != SHA256}
    digests = [value for label, value in rows if label == SHA256 and re.fullmatch("[0-9a-f]{64}", value)]
    build = _BUILD.match(told.get(AGAIN, ""))
    if not build or not digests or not BODY_ID.fullmatch(build[1]) or (build[3] or "report") not in NOTEBOOKS:
        return None
    previous = digests[1] if len(digests) > 1 else ""
    version = told.get(PROGRAM, "").removeprefix("gkstats ")
    return Provenance(build[1], int(build[2]), build[3] or "report", digests[0], previous, version)


def _in_pdf(content: bytes) -> list[tuple[str, str]]:
    """From the keywords of the document."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as document:
            keywords = document.get_metadata_value("Keywords")
    except pypdfium2.PdfiumError:
        return []
    words = (word.partition(" ") for word in keywords.split(", "))
    return [(label, value) for label, _, value in words]


def _in_html(content: bytes) -> list[tuple[str, str]]:
    """From the table of that id."""
    from lxml import etree, html

    try:
        page = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8", huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    rows = page.xpath("//table[@id=$id]/tbody/tr", id=PROVENANCE)
    return [(row[0].text_content(), row[1].text_content()) for row in rows if len(row) == 2]


def _in_notebook(content: bytes) -> list[tuple[str, str]]:
    """From the value its cell shows."""
    from gkstats.output.blocks import provenance_of
    from gkstats.page import MIME

    try:
        cells = json.loads(content)["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        blocks = [block for output in outputs for block in output.get("data", {}).get(MIME, {}).get("blocks", ())]
        return provenance_of(blocks)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
