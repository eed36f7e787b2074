"""Makes the documents in tests/data/reading: python tools/build_reading_corpus.py

Needs LibreOffice (soffice), which stands in for the word processors that published documents come from; nothing of
gkstats needs it. Run it only to add a document: the files are kept.
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

import docx  # noqa: E402
from corpus import FOLDER, report_in  # noqa: E402
from documents import DAMAGES, FLAVOURS, Element, Rows, elements, placed  # noqa: E402
from docx.oxml.ns import qn  # noqa: E402
from docx.shared import Cm, Pt  # noqa: E402
from layouts import LAYOUTS  # noqa: E402

REPORTS = ("500243-pengshui_2023", "321300-suqian_2024", "form2019_7")
DAMAGED = {
    "torn_digits": "wps.pdf",
    "no_total_row": "html_spans.html",
    "misspelt": "word.docx",
    "picture_for_table": "page_gbk.html",
    "truncated": "pasted_lines.txt",
}


def word(parts: list[Element], size: float = 8, repeat: bool = False) -> bytes:
    """The report as Word keeps it: merged cells, a page number, head rows that repeat on every page if asked."""
    document = docx.Document()
    document.styles["Normal"].font.name = "SimSun"
    margins = document.sections[0]
    margins.left_margin = margins.right_margin = Cm(2.8)
    margins.footer.paragraphs[0].text = "- 1 -"
    for kind, body in parts:
        if kind == "table":
            _table(document, body, size, repeat)
        else:
            document.add_paragraph(body)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _table(document, rows: Rows, size: float, repeat: bool) -> None:
    full = placed(rows)
    columns = len(full[0])
    table = document.add_table(len(full), columns)
    table.style, table.autofit = "Table Grid", False
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for text, across, down in row:
            while (y, x) in taken:
                x += 1
            taken |= {(y + dy, x + dx) for dy in range(down) for dx in range(across)}
            cell = table.cell(y, x)
            if across * down > 1:
                cell = cell.merge(table.cell(min(y + down, len(full)) - 1, x + across - 1))
            cell.text = text
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(size)
            x += across
    if columns in (9, 10):
        widths = [1.0, 2.2, 4.2][-(columns - 7) :] + [1.2] * 7
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Cm(width)
        for row in table.rows[:3] if repeat else ():
            row._tr.get_or_add_trPr().append(row._tr.makeelement(qn("w:tblHeader"), {}))


def printed(content: bytes) -> bytes:
    """A Word file as PDF."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.docx"
        source.write_bytes(content)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return source.with_suffix(".pdf").read_bytes()


MADE = {
    "word.docx": word,
    "wps.pdf": lambda parts: printed(word(parts)),
    "wps_large.pdf": lambda parts: printed(word(parts, 12, repeat=True)),
    "html_spans.html": FLAVOURS["html_spans"],
    "html_blank.html": FLAVOURS["html_blank"],
    "page_gbk.html": LAYOUTS["page_gbk"],
    "pasted_lines.txt": FLAVOURS["pasted_lines"],
    "pasted_tabs.txt": FLAVOURS["pasted_tabs"],
    "pipes.txt": FLAVOURS["pipes"],
    "ocr_markdown.md": FLAVOURS["ocr_markdown"],
    "workbook.xlsx": LAYOUTS["workbook"],
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in REPORTS:
        parts = elements(report_in(f"{name}_"))
        for flavour, make in MADE.items():
            if name == "321300-suqian_2024" and flavour.endswith(".pdf"):
                continue  # two reports show what there is to see, and a PDF is large
            (FOLDER / f"{name}_{flavour}").write_bytes(make(parts))
    for number, (damage, flavour) in enumerate(DAMAGED.items()):
        name = REPORTS[number % len(REPORTS)]
        parts = DAMAGES[damage](elements(report_in(f"{name}_")), random.Random(number))
        (FOLDER / f"{name}_{damage}_{flavour}").write_bytes(MADE[flavour](parts))


if __name__ == "__main__":
    main()
