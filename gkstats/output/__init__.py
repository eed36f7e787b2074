"""Output formats: nbconvert exporters that start from the blocks of an executed notebook."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

EXPORTERS = {
    "html": ("gkstats.output.html", "GkHTMLExporter"),
    "pdf": ("gkstats.output.pdf", "GkPDFExporter"),
    "docx": ("gkstats.output.docx", "GkDOCXExporter"),
    "xlsx": ("gkstats.output.xlsx", "GkXLSXExporter"),
}
"""Format → where its exporter is; also registered with nbconvert as gk-html, gk-pdf, … in pyproject.toml."""

FORMATS = tuple(EXPORTERS)
USUAL_FORMATS = ("html", "pdf")
"""What is made where nothing else is asked for."""

INDEX_FILE = "index.html"
"""The page of all bodies of a year, in the folder of the year."""


@cache
def exporter(format: str) -> Callable[[NotebookNode], bytes]:
    """The function from an executed notebook to the bytes of a format; its exporter is made once."""
    module, name = EXPORTERS[format]
    made = getattr(import_module(module), name)()

    def export(notebook: NotebookNode) -> bytes:
        content, _ = made.from_notebook_node(notebook)
        return content.encode() if isinstance(content, str) else content

    return export
