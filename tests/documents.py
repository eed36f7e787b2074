"""Published documents as they are met, made from a random report: the official tables in many hands and states."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from html import escape
from xml.sax.saxutils import escape as xml_escape

from gkstats.display import section
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.report import Body, Report, as_given
from gkstats.schema import AMOUNT, CHANGE, Cell, Form

NAME, YEAR = "某省某市某县人民政府", {2021: 2023, 2019: 2020}
PROSE = "一年来，县政府认真贯彻落实条例，全年主动公开政府信息一万余条，办理依申请公开事项若干件，群众满意度不断提高。"


def random_report(seed: int, form: Form = FORM_2021, largest: int = 60) -> Report:
    """A report whose balances all hold; a third of its rows are zero."""
    rng = random.Random(seed)
    figures: dict[Cell, int | Decimal | None] = {}
    for table in form.tables:
        if table.layout == "parts":
            for row in table.row:
                for leaf in table.column_leaves:
                    figure = rng.choice((0, rng.randrange(200), rng.randrange(10**6)))
                    if leaf.item.kind == AMOUNT:
                        figure = Decimal(f"{figure}.{rng.randrange(100):02}")
                    if leaf.item.kind == CHANGE:
                        figure = rng.randrange(-50, 50)
                    figures[Cell(table.code, row, leaf.code)] = figure
    people = [c for c in form.table["applications"].column if c != "total"]
    parts = [
        leaf.code
        for leaf in form.table["applications"].row_leaves
        if leaf.code.startswith("results.") and leaf.code != "results.total"
    ]
    used = [part for part in parts if rng.random() < 0.66] or parts[:1]
    put = {}
    for who in people:
        own = {part: rng.choice((0, rng.randrange(3), rng.randrange(largest))) if part in used else 0 for part in parts}
        total, out = sum(own.values()), rng.randrange(10)
        carried = rng.randrange(min(10, total + out) + 1)
        own |= {"results.total": total, "carried_out": out, "carried_in": carried, "received": total + out - carried}
        for row, figure in own.items():
            put[row, who] = figure
    for row in form.table["applications"].row:
        put[row, "total"] = sum(put[row, who] for who in people)
    figures |= {Cell("applications", row, who): figure for (row, who), figure in put.items()}
    for row in form.table["disputes"].row:
        four = [rng.choice((0, rng.randrange(30))) for _ in range(4)]
        for column, figure in zip(form.table["disputes"].column, [*four, sum(four)], strict=True):
            figures[Cell("disputes", row, column)] = figure
    ordered = {cell: figures[cell] for cell in form.cells}
    year = YEAR[form.code]
    prose = {
        "preamble": f"本报告根据《中华人民共和国政府信息公开条例》编制。统计期限为{year}年1月1日至{year}年12月31日。",
        **dict.fromkeys(("overview", "problems", "other"), PROSE),
    }
    return Report(Body("500243", NAME, "prefecture", "全县汇总"), year, form, ordered, prose=prose, id="500243-x")


# -- the document as elements: ("title" | "heading" | "text", str) or ("table", rows of (text, across, down))

Element = tuple[str, object]


def elements(report: Report) -> list[Element]:
    """The report in printed order, its tables as rows of merged cells."""
    found: list[Element] = [("title", report.body.name), ("title", f"{report.year}年政府信息公开工作年度报告")]
    found.append(("text", report.prose["preamble"]))
    for part in report.form.sections:
        for block in section(report, part.code).blocks:
            if block["kind"] == "table":
                rows = [[(c["text"], c["span"], c["rows"]) for c in row] for row in (*block["head"], *block["body"])]
                found.append(("table", rows))
            else:
                found.append(
                    ("heading" if block["kind"] == "heading" else "text", block.get("lead", "") + block["text"])
                )
    return found


Rows = list[list[tuple[str, int, int]]]


def placed(rows: Rows) -> list[list[tuple[str, bool]]]:
    """The rows as a full rectangle: (text, whether the merged cell begins there)."""
    at: dict[tuple[int, int], tuple[str, bool]] = {}
    for y, row in enumerate(rows):
        x = 0
        for text, across, down in row:
            while (y, x) in at:
                x += 1
            for dy in range(down):
                for dx in range(across):
                    at[y + dy, x + dx] = (text, not (dy or dx))
    width = 1 + max(x for _, x in at)
    return [[at.get((y, x), ("", True)) for x in range(width)] for y in range(len(rows))]


def _document(parts: list[Element], table: Callable[[Rows], str], text=lambda kind, words: words) -> str:
    return "\n".join(table(body) if kind == "table" else text(kind, body) for kind, body in parts)


# -- HTML


def _page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{body}</body></html>".encode()


def _html(parts: list[Element], table: Callable[[Rows], str]) -> bytes:
    tags = {"title": "h1", "heading": "p", "text": "p"}
    return _page(_document(parts, table, lambda kind, words: f"<{tags[kind]}>{escape(words)}</{tags[kind]}>"))


def html_spans(parts):
    def table(rows):
        cells = (
            "<tr>" + "".join(f"<td colspan={a} rowspan='{d}'><p>{escape(t)}</p></td>" for t, a, d in row) + "</tr>"
            for row in rows
        )
        return f"<table><tbody>{''.join(cells)}</tbody></table>"

    return _html(parts, table)


def html_blank(parts):
    """Merged cells written as empty ones."""

    def table(rows):
        cells = (
            "<tr>" + "".join(f"<td>{escape(t) if own else '&nbsp;'}</td>" for t, own in row) + "</tr>"
            for row in placed(rows)
        )
        return f"<table>{''.join(cells)}</table>"

    return _html(parts, table)


def html_lost(parts):
    """Spans dropped, with nothing in their place, and end tags left out."""

    def table(rows):
        return "<table>" + "".join("<tr>" + "".join(f"<td>{escape(t)}" for t, _, _ in row) for row in rows) + "</table>"

    return _html(parts, table)


def html_layout(parts):
    """The whole report inside a table for layout, text of cells broken by tags."""
    inner = html_spans(parts).decode()
    inner = inner[inner.index("<body>") + 6 : inner.index("</body>")]
    inner = re.sub(r"<p>(\d+)</p>", r"<p><span>\1</span><o:p></o:p></p>", inner)
    return _page(f"<table width=100%><tr><td>导航</td></tr><tr><td>{inner}</td></tr></table>")


# -- text


def pasted_tabs(parts):
    """Word text pasted: a tab before every cell, an empty line after every row."""

    def table(rows):
        at = placed(rows)
        lines = []
        for y, row in enumerate(rows):
            below = [(t, own) for t, own in at[y]]
            starts, x = [], 0
            for text, across, _ in row:  # cells merged downwards stay as empty ones, those merged across are gone
                while x < len(below) and not below[x][1]:
                    starts.append("")
                    x += 1
                starts.append(text)
                x += across
            starts += [""] * sum(not own for _, own in below[x:])
            lines += [f"\t{text}\xa0" if text and text.isdigit() else f"\t{text}" for text in starts] + [""]
        return "\n".join(lines) + "\n"

    return _document(parts, table).encode()


def pasted_lines(parts):
    """One cell per line and nothing else."""
    return _document(parts, lambda rows: "\n".join(t for row in rows for t, _, _ in row)).encode()


def pasted_rows(parts):
    """One row per line, cells parted by tabs, GB 18030."""
    return _document(parts, lambda rows: "\n".join("\t".join(t for t, _, _ in row) for row in rows)).encode("gb18030")


def pipes(parts):
    return _document(parts, lambda rows: "\n".join("".join(f"{t} | " for t, _, _ in row) for row in rows)).encode(
        "utf-16"
    )


def _markdown_table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]) + "\n"


def markdown(parts):
    def table(rows):
        return _markdown_table([[t if own else "" for t, own in row] for row in placed(rows)])

    return _document(parts, table, lambda k, w: f"## {w}" if k == "heading" else w).encode()


def markdown_repeated(parts):
    """Merged cells repeated, as tools for tables write them; digits and brackets in full width."""

    def table(rows):
        wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789.,()"}
        return _markdown_table([[t.translate(wide) for t, _ in row] for row in placed(rows)])

    return _document(parts, table).encode("utf-8-sig")


def ocr_markdown(parts):
    """As optical recognition gives it: tables cut in several, labels broken, the later pieces without a head."""

    def table(rows):
        full = [[t if own else "" for t, own in row] for row in placed(rows)]
        if len(full) < 10:
            return _markdown_table(full)
        pieces, at = [], 0
        for size in (7, 6, 9, 99):
            piece = full[at : at + size]
            empty = [x for x in range(len(full[0])) if all(not row[x] for row in piece)]
            piece = [[re.sub(r"(?<=^\D{9})", " ", t) for x, t in enumerate(row) if x not in empty] for row in piece]
            pieces += [_markdown_table(piece)] if piece else []
            at += size
        return "\n\n".join(pieces)

    return _document(parts, table, lambda k, w: f"# {w}" if k == "heading" else w).encode()


def ocr_html(parts):
    """Markdown with tables as HTML inside."""
    inner = {"spans": html_spans}

    def table(rows):
        page = inner["spans"]([("table", rows)]).decode()
        return page[page.index("<table") : page.index("</body>")]

    return _document(parts, table, lambda k, w: f"# {w}" if k != "text" else w).encode()


# -- Word

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx_xml(parts: list[Element]) -> str:
    def paragraph(text):
        runs = "".join(f"<w:r><w:t>{xml_escape(part)}</w:t></w:r>" for part in re.findall(r".{1,3}", text, re.DOTALL))
        return f"<w:p>{runs}</w:p>"

    def table(rows):
        out, open_ = [], {}
        for row in rows:
            cells, x, given = [], 0, iter(row)
            width = sum(a for _, a, _ in rows[0]) if rows[0][0][2] == 1 else len(placed(rows)[0])
            while x < width:
                if open_.get(x, (0, 0))[0] > 0:
                    left, across = open_[x]
                    open_[x] = (left - 1, across)
                    cells.append(f"<w:tc><w:tcPr><w:gridSpan w:val='{across}'/><w:vMerge/></w:tcPr><w:p/></w:tc>")
                    x += across
                    continue
                text, across, down = next(given, ("", 1, 1))
                merge = "<w:vMerge w:val='restart'/>" if down > 1 else ""
                open_[x] = (down - 1, across)
                span = f"<w:gridSpan w:val='{across}'/>"
                cells.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{paragraph(text)}</w:tc>")
                x += across
            out.append(f"<w:tr>{''.join(cells)}</w:tr>")
        return f"<w:tbl>{''.join(out)}</w:tbl>"

    body = _document(parts, table, lambda kind, words: paragraph(words))
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'


def docx(parts: list[Element], xml: str = "", more: tuple[str, ...] = ()) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml or docx_xml(parts))
        for name in more:
            archive.writestr(name, "x")
    return stream.getvalue()


# -- PDF


_TYPST = """
#let job = json(bytes(sys.inputs.job))
#set page(paper: "a4", margin: MARGIN, numbering: "- 1 -")
#set text(font: "GK Song", size: 10.5pt, lang: "zh")
#set par(first-line-indent: (amount: 2em, all: true), justify: true)
#for part in job {
  if part.at(0) == "title" { align(center, text(size: 18pt, part.at(1))) }
  else if part.at(0) == "table" {
    set text(size: SIZE)
    set par(first-line-indent: 0pt, justify: false)
    table(columns: part.at(2), inset: 3pt, stroke: STROKE, align: center + horizon,
      ..part.at(1).flatten().map(c => table.cell(colspan: c.a, rowspan: c.d, breakable: true, c.t)))
  } else { par(part.at(1)) }
}
"""


def pdf_of(parts: list[Element], margin="2.2cm", size="8pt", stroke="0.4pt") -> bytes:
    """Tables with drawn lines, cut by page breaks where they fall."""
    import typst

    from gkstats.output.pdf import FONTS

    job = []
    for kind, body in parts:
        if kind == "table":
            full = placed(body)
            width = len(full[0])
            labels = width - 7 if width in (9, 10) else 1
            plain = len(body) < 6
            stub = [] if plain else ["24pt", "1.6fr", "2.4fr"][3 - labels :]
            columns = stub + ["1fr"] * (width - len(stub))
            cells = [[{"t": t, "a": a, "d": d} for t, a, d in row] for row in _complete(body)]
            job.append(["table", cells, columns])
        else:
            job.append([kind, body])
    source = _TYPST.replace("MARGIN", margin).replace("SIZE", size).replace("STROKE", stroke)
    source = source.replace("columns: part.at(2)", "columns: part.at(2).map(c => eval(c))")
    return typst.compile(
        source.encode(),
        sys_inputs={"job": json.dumps(job, ensure_ascii=False)},
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
    )


def _complete(rows: Rows) -> Rows:
    """Rows of which damage took a cell, with an empty one at the end; wider ones made narrower."""
    width = sum(across for _, across, _ in rows[0])
    if len(rows) > 12 or rows[0][0][2] > 1:
        width = max(width, sum(a for _, a, _ in rows[0]))
    taken: dict[tuple[int, int], bool] = {}
    found = []
    for y, row in enumerate(rows):
        x, cells = 0, []
        for text, across, down in row:
            while taken.get((y, x)):
                x += 1
            down = min(down, len(rows) - y)
            for dy in range(down):
                for dx in range(across):
                    taken[y + dy, x + dx] = True
            cells.append((text, across, down))
            x += across
        while x < width:
            if not taken.get((y, x)):
                cells.append(("", 1, 1))
                taken[y, x] = True
            x += 1
        found.append(cells)
    return found


def pdf(parts):
    return pdf_of(parts)


def pdf_narrow(parts):
    return pdf_of(parts, margin="3.4cm", size="7pt")


def pdf_unruled(parts):
    return pdf_of(parts, stroke="none")


def notebook_of(report: Report):
    """An executed notebook of the report, without running one."""
    import nbformat.v4 as v4

    from gkstats.display import checks_appendix, preamble, provenance, statistics_appendix, title
    from gkstats.page import MIME

    pages = [title(report), preamble(report), *(section(report, s.code) for s in report.form.sections)]
    pages += [statistics_appendix(report), checks_appendix(report), provenance(report)]
    outputs = [
        v4.new_output("display_data", {MIME: page._repr_mimebundle_()[MIME]})
        if isinstance(page._repr_mimebundle_(), dict)
        else v4.new_output("display_data", page._repr_mimebundle_()[0])
        for page in pages
    ]
    return v4.new_notebook(cells=[v4.new_code_cell("", outputs=[output], execution_count=1) for output in outputs])


FLAVOURS: dict[str, Callable[[list[Element]], bytes]] = {
    f.__name__: f
    for f in (
        html_spans, html_blank, html_lost, html_layout, pasted_tabs, pasted_lines, pasted_rows, pipes, markdown,
        markdown_repeated, ocr_markdown, ocr_html, docx, pdf, pdf_narrow, pdf_unruled,
    )
}  # fmt: skip


# -- damages: each changes the elements, reproducibly


def _tables(parts):
    return [number for number, (kind, _) in enumerate(parts) if kind == "table"]


def _with(parts, number, rows):
    return [*parts[:number], ("table", rows), *parts[number + 1 :]]


def _figure_cells(rows):
    return [(y, x) for y, row in enumerate(rows) for x, (t, _, _) in enumerate(row) if re.fullmatch(r"\d[\d.]*", t)]


def torn_digits(parts, rng):
    """1 0 for 10, in table 三 and in table 二."""
    for number in _tables(parts)[:2]:
        rows = [list(row) for row in parts[number][1]]
        wide = [(y, x) for y, x in _figure_cells(rows) if len(rows[y][x][0]) > 1]
        for y, x in rng.sample(wide, min(2, len(wide))):
            t, a, d = rows[y][x]
            rows[y][x] = (f"{t[0]} {t[1:]}", a, d)
        parts = _with(parts, number, rows)
    return parts


def no_total_row(parts, rng):
    return _without_row(parts, "（七）总计")


def lost_row(parts, rng):
    labels = [leaf.item.label for leaf in FORM_2021.table["applications"].row_leaves]
    return _without_row(parts, rng.choice((labels[3], labels[7], labels[17])))


def _without_row(parts, label):
    number = _tables(parts)[1]
    rows = [list(row) for row in parts[number][1]]
    at = next(y for y, row in enumerate(rows) if any(t == label for t, _, _ in row))
    for y in range(at):  # what spans over the row gets shorter
        rows[y] = [(t, a, d - 1 if y + d > at else d) for t, a, d in rows[y]]
    del rows[at]
    return _with(parts, number, rows)


def misspelt(parts, rng):
    names = {"2.其他法律行政法规禁止公开": "2.其他法律行政止公开", "科研机构": "科硏机构", "结果维持": "结果维侍",
             "3.补正后申请内容仍不明确": "3、补正后申请内容任不明确", "本年废止件数": "本年度废止件数"}  # fmt: skip
    return [
        (kind, [[(names.get(t, t), a, d) for t, a, d in row] for row in body]) if kind == "table" else (kind, body)
        for kind, body in parts
    ]


def unknown_label(parts, rng):
    number = _tables(parts)[1]
    rows = [[("■■■■■■" if t == "4.保护第三方合法权益" else t, a, d) for t, a, d in row] for row in parts[number][1]]
    return _with(parts, number, rows)


def lost_cell(parts, rng):
    number = _tables(parts)[1]
    rows = [list(row) for row in parts[number][1]]
    y, x = rng.choice(_figure_cells(rows))
    del rows[y][x]
    return _with(parts, number, rows)


def glued_cells(parts, rng):
    """Two cells run together into one."""
    number = _tables(parts)[1]
    rows = [list(row) for row in parts[number][1]]
    y, x = rng.choice([(y, x) for y, x in _figure_cells(rows) if x + 1 < len(rows[y])])
    rows[y][x : x + 2] = [(rows[y][x][0] + rows[y][x + 1][0], 2, 1)]
    return _with(parts, number, rows)


def blanks(parts, rng):
    """Zeros left blank, slashes, dashes."""
    return [
        (kind, [[(rng.choice(("", "/", "—", t)) if t == "0" else t, a, d) for t, a, d in row] for row in body])
        if kind == "table"
        else (kind, body)
        for kind, body in parts
    ]


def remarks(parts, rng):
    """Notes and units inside cells, thousands parted."""

    def one(t):
        if re.fullmatch(r"\d{4,}", t):
            return f"{int(t):,}"
        return rng.choice((t, f"{t}件", f"{t}（其中修订1件）")) if t.isdigit() else t

    return [
        (kind, [[(one(t), a, d) for t, a, d in row] for row in body]) if kind == "table" else (kind, body)
        for kind, body in parts
    ]


def picture_for_table(parts, rng):
    number = rng.choice(_tables(parts))
    return [*parts[:number], ("text", "（表格图片）"), *parts[number + 1 :]]


def truncated(parts, rng):
    """Broken off inside table 三."""
    number = _tables(parts)[1]
    return [*parts[:number], ("table", parts[number][1][: rng.randrange(6, 20)])]


def unreadable_cell(parts, rng):
    number = rng.choice(_tables(parts))
    rows = [list(row) for row in parts[number][1]]
    y, x = rng.choice(_figure_cells(rows))
    _, a, d = rows[y][x]
    rows[y][x] = (rng.choice(("O", "l2", "三", "详见附件", "3?")), a, d)
    return _with(parts, number, rows)


DAMAGES = {
    f.__name__: f
    for f in (
        torn_digits, no_total_row, lost_row, misspelt, unknown_label, lost_cell, glued_cells, blanks, remarks,
        picture_for_table, truncated, unreadable_cell,
    )
}  # fmt: skip


def compare(reading, report: Report) -> dict[str, int]:
    """Cells right, wrong and flagged, wrong and silent, unknown. A cell is flagged if a doubt names it. A blank or
    dash for a zero is right: no figure, kept apart; for another figure it is wrong where blanks are to mean zero."""
    flagged = {cell for doubt in reading.doubts for cell in doubt.cells}
    counts = dict.fromkeys(("right", "flagged", "silent", "unknown"), 0)
    for cell, truth in report.figures.items():
        found = reading.figures.get(cell)
        if found is None or (found.figure is None and found.state not in ("blank", "dash")):
            counts["unknown"] += 1
        elif found.figure is None:
            wrong = "flagged" if cell in flagged else "silent" if reading.blank == "zero" else "unknown"
            counts["right" if truth == 0 else wrong] += 1
        elif found.figure == truth and as_given(found.figure) == as_given(truth):
            counts["right"] += 1
        else:
            counts["flagged" if cell in flagged else "silent"] += 1
    return counts


FORMS_MET = {2021: FORM_2021, 2019: FORM_2019}
