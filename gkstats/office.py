"""What Word and Excel files have in common: text that XML can hold, and a package that is the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can hold
CELL_LIMIT = 32_767  # characters a cell of a workbook can hold


def xml_text(text: str) -> str:
    """The text with line ends as one character, and a visible sign for each character that XML cannot hold.

    >>> xml_text("甲\\r\\n乙\\x07")
    '甲\\n乙\ufffd'
    """
    return _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def package(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of the parts, in the order given; the same bytes for the same parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else the archive names the system it was made on
            entry.external_attr = 0
            archive.writestr(entry, content)
    return stream.getvalue()


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full-width too: East Asian Excel
_SIGNED = re.compile(r"[+-]\d+(\.\d+)?%?", re.ASCII)
_ESCAPED = re.compile("_x(?=[0-9A-Fa-f]{4}_)")


def workbook_bytes(workbook: Workbook, dated: int) -> bytes:
    """The workbook as a file, dated the first of January of a year; the same bytes for the same workbook."""
    stream = io.BytesIO()
    workbook.save(stream)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    date = f"{dated:04d}-01-01T00:00:00Z"
    for name in ("created", "modified"):  # openpyxl writes the time of saving, whatever the workbook says
        pattern = rb"(<dcterms:" + name.encode() + rb"[^>]*>)[^<]*"
        parts["docProps/core.xml"] = re.sub(pattern, rb"\g<1>" + date.encode(), parts["docProps/core.xml"])
    return package(parts)


def write_text(cell: Cell, text: str) -> None:
    """Puts text into a cell of a workbook as text, whatever it begins with: never a formula, never a number.
    Raises ValueError for a text longer than a cell can hold."""
    text = _ESCAPED.sub("_x005F_x", xml_text(text))  # ECMA-376 22.4: _x000D_ would be read as a line end
    if len(text) > CELL_LIMIT:
        raise ValueError(f"{len(text)} > {CELL_LIMIT}")
    cell.value = text
    cell.data_type = "s"
    if text[:1] in FORMULA_STARTS:
        cell.quotePrefix = True


def csv_text(value: object) -> object:
    """A value of a CSV file as a spreadsheet shows it and never computes it: an apostrophe before a text that would be
    a formula, or that begins with one (so that whoever reads the file may take one away). Figures with a sign stay as
    they are.

    >>> csv_text("=1+1"), csv_text("-27"), csv_text("-a"), csv_text(3)
    ("'=1+1", '-27', "'-a", 3)
    """
    formula = isinstance(value, str) and value[:1] in (*FORMULA_STARTS, "'") and not _SIGNED.fullmatch(value)
    return f"'{value}" if formula else value


def read_text(value: str) -> str:
    """The text that ``write_text`` put into a cell."""
    return value.replace("_x005F_x", "_x").replace("\r\n", "\n")
