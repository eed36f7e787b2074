"""Checks that a built report holds, in its PDF and its HTML, every figure of its params file, table by table."""

import re
import sys
from pathlib import Path

import pypdfium2

from gkstats.params import load
from gkstats.schema import Cell

folder = Path(sys.argv[1])
report = load(folder.name, int(folder.parent.name))
document = pypdfium2.PdfDocument(folder / "report.pdf")
printed = "".join(page.get_textpage().get_text_range() for page in document)
page = (folder / "report.html").read_text(encoding="utf-8")

wrong = []
for table in report.form.tables:
    for row, leaf in table.row.items():
        figures = [str(report.figures[Cell(table.code, row, column)]) for column in table.column]
        cells = r"\s+".join(map(re.escape, figures))
        if not re.search(rf"(?<![\d.]){cells}(?![\d.])", printed):
            wrong.append(f"PDF  {table.name} {leaf.label}: {' '.join(figures)}")
        tags = r"\s*".join(rf"<td[^>]*>{re.escape(figure)}</td>" for figure in figures)
        if not re.search(tags, page):
            wrong.append(f"HTML {table.name} {leaf.label}: {' '.join(figures)}")
if wrong:
    sys.exit("figures missing from the report:\n" + "\n".join(wrong))
print(f"{folder}: {len(report.form.cells)} figures stand in the PDF and in the HTML")
