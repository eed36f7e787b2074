"""Layouts in which published reports are met besides those of documents.py: pages of content systems, tables cut or
with spans off by one, text copied out of other programs, Word files with every means of layout, workbooks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import escape

from documents import (
    Element,
    Rows,
    _document,
    _markdown_table,
    docx,
    docx_xml,
    placed,
)

_FIGURE = re.compile(r"-?[\d.]+")
_CELL = re.compile(r"-?[\d.][\d., ]*(?:件|（.*）)?|[/—]|")  # what stands where a figure is to stand


def _is_applications(rows: Rows) -> bool:
    return any(text == "申请人情况" for text, _, _ in rows[0])


def _is_disputes(rows: Rows) -> bool:
    return rows[0][0][0] == "行政复议"


# -- pages of content systems

_MENU = "<ul>" + "".join(f"<li><a href='#'>{w}</a></li>" for w in ("首页", "政府信息公开年报", "六、其他")) + "</ul>"
_INDEX = (
    "<table><tr><td>索引号</td><td>003-2024-00012</td><td>发布机构</td><td>县政府办公室</td></tr>"
    "<tr><td>发文日期</td><td>2024-01-20</td><td>文号</td><td>无</td></tr></table>"
)
_FOOT = (
    "<div class=related><h3>相关链接</h3><table><tr><td>上一篇</td><td>某县2019年政府信息公开工作年度报告</td></tr>"
    "<tr><td>下一篇</td><td>某镇年度报告</td></tr></table></div><div><p>主办单位：某县人民政府办公室。</p></div>"
)


def _page(inner: str, encoding: str = "utf-8") -> bytes:
    head = (
        f"<head><meta http-equiv='Content-Type' content='text/html; charset={encoding}'><title>某县人民政府网</title>"
    )
    script = "<script>if(a<3)document.write('<table>');</script><style>td{x:1}</style></head>"
    crumb = "<div>当前位置：首页 &gt; 年报</div><form><select><option>2023</option></select></form>"
    return f"<!DOCTYPE html>\n<html>{head}{script}<body>{_MENU}{crumb}{inner}{_FOOT}</body></html>".encode(encoding)


def _cell(text: str) -> str:
    return f"<p align=center><span style='font-family:宋体'>&nbsp;{escape(text)}</span></p>"


def _table(rows: Rows) -> str:
    lines = (
        "<tr>" + "".join(f"<td colspan='{a}' rowspan={d}>{_cell(t)}</td>" for t, a, d in row) + "</tr>" for row in rows
    )
    return f"<table border=1>{''.join(lines)}</table>"


def _single(rows: list[list[tuple[str, bool]]]) -> Rows:
    """Rows of single cells, merged ones empty."""
    return [[(text if own else "", 1, 1) for text, own in row] for row in rows]


_TAGS = {"title": "<h1>{}</h1>", "heading": "<p><b>{}</b></p>", "text": "<p><span>{}</span></p>"}


def _article(parts: list[Element], table: Callable[[Rows], str] = _table) -> str:
    return _document(parts, table, lambda kind, words: _TAGS[kind].format(escape(words)))


def page_gbk(parts):
    return _page(f"<div class='TRS_Editor'>{_INDEX}{_article(parts)}</div>", "gbk")


def page_of_layout_tables(parts):
    inner = _article(parts, lambda rows: f"<div><table><tr><td>{_table(rows)}</td></tr></table></div>")
    return _page(f"<table><tr><td>{_MENU}</td><td>{_INDEX}<table><tr><td>{inner}</td></tr></table></td></tr></table>")


def page_upper_case_unclosed(parts):
    page = re.sub(r"</(td|tr|p|span)>", "", page_gbk(parts).decode("gbk"))
    return re.sub(r"</?(table|tr|td)", lambda tag: tag[0].upper(), page).encode("gbk")


def _spans_off(parts, across: int = 0, down: int = 0) -> bytes:
    def table(rows):
        if not _is_applications(rows):
            return _table(rows)
        off = [[(t, a, d + down if d > 3 else d) for t, a, d in row] for row in rows]
        off[0] = [(t, a + across if a > 1 else a, d) for t, a, d in off[0]]
        return _table(off)

    return _page(f"<div>{_article(parts, table)}</div>")


def colspan_too_many(parts):
    return _spans_off(parts, across=1)


def colspan_too_few(parts):
    return _spans_off(parts, across=-1)


def rowspan_too_many(parts):
    return _spans_off(parts, down=1)


def rowspan_too_few(parts):
    return _spans_off(parts, down=-1)


def page_three_pieces(parts):
    """Table 三 in three tables, the later ones without a head."""

    def table(rows):
        full = _single(placed(rows))
        cuts = [(0, 7), (7, 16), (16, 99)] if _is_applications(rows) else [(0, 99)]
        return "<p></p>".join(_table(full[start:end]) for start, end in cuts)

    return _page(f"<div>{_article(parts, table)}</div>")


def page_head_repeated(parts):
    def table(rows):
        if not _is_applications(rows):
            return _table(rows)
        rest = _single(placed(rows))[3:]
        return _table([*rows[:3], *rest[:10], *rows[:3], *rest[10:]])

    return _page(f"<div>{_article(parts, table)}</div>")


def page_four_tables(parts):
    """Table 二 as the separate tables it is made of; every row of table 三 a table of its own."""

    def table(rows):
        if _is_applications(rows):
            return "".join(_table([row]) for row in _single(placed(rows)))
        pieces: list[Rows] = []
        for row in rows:
            if row[0][0].startswith("第二十条") or not pieces:
                pieces.append([])
            pieces[-1].append(row)
        return "".join(map(_table, pieces))

    return _page(f"<div>{_article(parts, table)}</div>")


def page_without_tables(parts):
    """Cells as divs."""
    return _page(_article(parts, lambda rows: "".join(f"<div>{escape(t)}</div>" for row in rows for t, _, _ in row)))


def disputes_as_rows(parts):
    """Table 四 with its three parts as rows."""

    def table(rows):
        if not _is_disputes(rows):
            return _table(rows)
        figures = [(t, 1, 1) for t, _, _ in rows[-1]]
        heads = [(t, 1, 1) for t, a, d in rows[1] if d == 2][:5] or rows[2][:5]
        return _table([
            [("", 2, 1), *heads],
            [("行政复议", 2, 1), *figures[:5]],
            [("行政诉讼", 1, 2), ("未经复议直接起诉", 1, 1), *figures[5:10]],
            [("复议后起诉", 1, 1), *figures[10:]],
        ])  # fmt: skip

    return _page(f"<div>{_article(parts, table)}</div>")


def disputes_in_two_tables(parts):
    def table(rows):
        if not _is_disputes(rows):
            return _table(rows)
        figures = [(t, 1, 1) for t, _, _ in rows[-1]]
        heads = [(t, 1, 1) for t, a, d in rows[1] if d == 2][:5] or rows[2][:5]
        suits = [("未经复议直接起诉", 5, 1), ("复议后起诉", 5, 1)]
        return _table([[("行政复议", 5, 1)], heads, figures[:5]]) + _table(
            [[("行政诉讼", 10, 1)], suits, [*heads, *heads], figures[5:]]
        )

    return _page(f"<div>{_article(parts, table)}</div>")


# -- text copied out of other programs


def _text(parts, table: Callable[[Rows], str]) -> bytes:
    return _document(parts, table).encode()


def lines_with_blanks(parts):
    """One cell a line, an empty line for every part of a merged cell."""
    return _text(parts, lambda rows: "\n".join(t + "\xa0" if own else "\xa0" for row in placed(rows) for t, own in row))


def lines_with_gaps(parts):
    return _text(parts, lambda rows: "\n\n".join(t for row in rows for t, _, _ in row))


def cells_a_line(parts):
    return _text(parts, lambda rows: "\n".join(" ".join(t for t, _, _ in row) for row in rows))


def tabs_with_blanks(parts):
    def table(rows):
        lines = ["\t".join(t if own else "" for t, own in row) for row in placed(rows)]
        if _is_applications(rows):
            lines[9:9] = ["- 3 -", ""]  # a page number between rows
        return "\n".join(lines)

    return _text(parts, table)


def _copied_from_pdf(parts, middle: bool) -> bytes:
    """Labels in pieces of eight characters, the figures on the last of them, or on the one in the middle."""

    def table(rows):
        lines = []
        for row in rows:
            texts = [t for t, _, _ in row]
            first = next((at for at, t in enumerate(texts) if _CELL.fullmatch(t)), len(texts))
            labels, figures = texts[:first], " ".join(texts[first:])
            pieces = [label[at : at + 8] for label in labels for at in range(0, len(label), 8)] or [""]
            pieces[len(pieces) // 2 if middle else -1] += f" {figures}" if figures else ""
            lines += pieces
        return "\n".join(lines)

    return _text(parts, table)


def copied_from_pdf(parts):
    return _copied_from_pdf(parts, middle=False)


def copied_from_pdf_middle(parts):
    return _copied_from_pdf(parts, middle=True)


def pipes_in_one_line(parts):
    return _text(parts, lambda rows: " | ".join(t for row in rows for t, _, _ in row))


def pipes_with_rests(parts):
    """What a page turned into text leaves: an empty cell at the end of a row for each that was merged."""

    def table(rows):
        at = placed(rows)
        return "\n".join(" | ".join(t for t, own in row if own) + " |" + "|" * sum(not o for _, o in row) for row in at)

    return _text(parts, table)


def pipes_one_cell_a_line(parts):
    def table(rows):
        return "\n".join(f"{t} |" if own else "|" for row in placed(rows) for t, own in row)

    return _text(parts, table)


def rows_by_comma(parts):
    def table(rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([t for t, own in row if own] for row in placed(rows))
        return text.getvalue().strip()

    return _text(parts, table)


def tabs_in_one_line(parts):
    return _text(parts, lambda rows: "\t".join(t for row in placed(rows) for t, own in row if own))


def grid_with_rules(parts):
    """A rule after every row; a label goes on over lines."""

    def table(rows):
        lines = []
        for row in placed(rows):
            cells = [[t[at : at + 9] for at in range(0, len(t), 9)] if own else [] for t, own in row]
            lines.append("+" + "+".join("-" * 20 for _ in cells) + "+")
            for number in range(max(map(len, cells)) or 1):
                lines.append("| " + " | ".join("".join(cell[number : number + 1]) for cell in cells) + " |")
        return "\n".join([*lines, lines[0]])

    return _text(parts, table)


def markdown_pieces(parts):
    """Table 三 in several tables, the later ones without a head and with one column of labels."""

    def table(rows):
        full = [[t if own else "" for t, own in row] for row in placed(rows)]
        if not _is_applications(rows):
            return _markdown_table(full)
        first, rest = full[:8], full[8:]
        rest = [[next((t for t in reversed(row[:-7]) if t), ""), *row[-7:]] for row in rest]
        pieces = [first, rest[:7], rest[7:12], rest[12:]]
        return "\n（续表）\n\n".join(_markdown_table(piece) for piece in pieces if piece)

    return _text(parts, table)


def markdown_two_lines(parts):
    """The figures of table 三 on the row below their label."""

    def table(rows):
        lines = []
        for row in _single(placed(rows)):
            row = [t for t, _, _ in row]
            labels = len(row) - sum(bool(_FIGURE.fullmatch(t)) for t in row)
            if len(row) - labels > 4 and _is_applications(rows):
                lines += [row[:labels] + [""] * (len(row) - labels), [""] * labels + row[labels:]]
            else:
                lines.append(row)
        return _markdown_table(lines)

    return _text(parts, table)


# -- Word


def _word(change: Callable[[str], str]) -> Callable[[list[Element]], bytes]:
    return lambda parts: docx(parts, xml=change(docx_xml(parts)))


def _tracked(xml: str) -> str:
    """Every figure typed over another with changes recorded, and a row that was deleted."""
    gone = "<w:del w:id='1'><w:r><w:delText>99</w:delText></w:r></w:del>"
    figures = re.sub(r"((?:<w:r><w:t>\d+</w:t></w:r>)+)</w:p>", rf"{gone}<w:ins w:id='2'>\1</w:ins></w:p>", xml)
    row = re.search(r"<w:tr>.*?</w:tr>", figures, re.DOTALL)[0]
    dead = row.replace("<w:tr>", "<w:tr><w:trPr><w:del w:id='3'/></w:trPr>")
    return figures.replace(row, dead + row)


def _nested(xml: str) -> str:
    """The whole report in a cell of a table for layout."""
    cell = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>标题栏</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc>"
    return xml.replace("<w:body>", f"<w:body>{cell}").replace("</w:body>", "<w:p/></w:tc></w:tr></w:tbl></w:body>")


def _in_text_boxes(xml: str) -> str:
    """Tables in text boxes, which Word stores twice."""
    mc = "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
    box = (
        f"<w:p><w:r><mc:AlternateContent {mc}><mc:Choice><w:txbxContent>{{0}}</w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent>{0}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    return re.sub(r"<w:tbl>.*?</w:tbl>", lambda table: box.format(table[0]), xml, flags=re.DOTALL)


def _controls(xml: str) -> str:
    """Tables in content controls, figures as the results of fields."""
    field = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>=SUM(LEFT)</w:instrText></w:r>"
    xml = re.sub(r"((?:<w:r><w:t>\d+</w:t></w:r>)+)</w:p>", rf"{field}\1</w:p>", xml)
    return re.sub(r"(<w:tbl>.*?</w:tbl>)", r"<w:sdt><w:sdtContent>\1</w:sdtContent></w:sdt>", xml, flags=re.DOTALL)


word_tracked, word_nested = _word(_tracked), _word(_nested)
word_text_boxes, word_controls = _word(_in_text_boxes), _word(_controls)
word_no_vmerge = _word(lambda xml: re.sub(r"<w:vMerge[^>]*/>", "", xml))


# -- Excel


def workbook(parts):
    """The report typed into one sheet: no merged cells, figures as numbers."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for kind, body in parts:
        rows = _single(placed(body)) if kind == "table" else [[(body, 1, 1)]]
        for number, row in enumerate(rows, sheet.max_row + 1):
            for column, (text, _, _) in enumerate(row, 1):
                if text:
                    cell = sheet.cell(number, column, text)
                    if re.fullmatch(r"-?\d+", text):
                        cell.value = int(text)
                    elif re.fullmatch(r"\d+\.\d\d", text):
                        cell.value, cell.number_format = float(text), "0.00"
        sheet.cell(sheet.max_row + 2, 1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


LAYOUTS: dict[str, Callable[[list[Element]], bytes]] = {
    "page_gbk": page_gbk,
    "page_of_layout_tables": page_of_layout_tables,
    "page_upper_case_unclosed": page_upper_case_unclosed,
    "colspan_too_many": colspan_too_many,
    "colspan_too_few": colspan_too_few,
    "rowspan_too_many": rowspan_too_many,
    "rowspan_too_few": rowspan_too_few,
    "page_three_pieces": page_three_pieces,
    "page_head_repeated": page_head_repeated,
    "page_four_tables": page_four_tables,
    "page_without_tables": page_without_tables,
    "disputes_as_rows": disputes_as_rows,
    "disputes_in_two_tables": disputes_in_two_tables,
    "lines_with_blanks": lines_with_blanks,
    "lines_with_gaps": lines_with_gaps,
    "cells_a_line": cells_a_line,
    "tabs_with_blanks": tabs_with_blanks,
    "copied_from_pdf": copied_from_pdf,
    "copied_from_pdf_middle": copied_from_pdf_middle,
    "pipes_in_one_line": pipes_in_one_line,
    "pipes_with_rests": pipes_with_rests,
    "pipes_one_cell_a_line": pipes_one_cell_a_line,
    "rows_by_comma": rows_by_comma,
    "tabs_in_one_line": tabs_in_one_line,
    "grid_with_rules": grid_with_rules,
    "markdown_pieces": markdown_pieces,
    "markdown_two_lines": markdown_two_lines,
    "word_tracked": word_tracked,
    "word_nested": word_nested,
    "word_text_boxes": word_text_boxes,
    "word_controls": word_controls,
    "word_no_vmerge": word_no_vmerge,
    "workbook": workbook,
}


# -- texts that do not say in which column or row a figure stood


def _without_empty(rows: Rows) -> list[list[str]]:
    return [[t for t, _, _ in row if t] for row in rows]


def _parted(row: list[str]) -> tuple[list[str], list[str]]:
    """The labels of a row and its figures."""
    first = next((at for at, t in enumerate(row) if _CELL.fullmatch(t)), len(row))
    return row[:first], row[first:]


def empty_cells_lost(parts):
    return _text(parts, lambda rows: "\n".join(t for row in _without_empty(rows) for t in row))


def empty_cells_lost_in_lines(parts):
    return _text(parts, lambda rows: "\n".join("  ".join(row) for row in _without_empty(rows)))


def empty_cells_lost_and_spaced(parts):
    return _text(parts, lambda rows: "\n\n".join(t for row in _without_empty(rows) for t in row))


def rows_spaced(parts):
    return _text(parts, lambda rows: "\n\n".join("   ".join(row) for row in _without_empty(rows)) + "\n")


def column_after_column(parts):
    """All labels of a table, then the figures of one column after the other."""

    def table(rows):
        parted = [_parted(row) for row in _without_empty(rows)]
        width = max(len(figures) for _, figures in parted)
        columns = [figures[at] for at in range(width) for _, figures in parted if at < len(figures)]
        return "\n".join([*(label for labels, _ in parted for label in labels), *columns])

    return _text(parts, table)


def two_rows_at_once(parts):
    """The labels of two rows, then the figures of both."""

    def table(rows):
        parted = [_parted(row) for row in _without_empty(rows)]
        pairs = [parted[at : at + 2] for at in range(0, len(parted), 2)]
        return "\n".join(t for pair in pairs for at in (0, 1) for half in pair for t in half[at])

    return _text(parts, table)


def figures_before_label(parts):
    def table(rows):
        return "\n".join(t for row in _without_empty(rows) for half in reversed(_parted(row)) for t in half)

    return _text(parts, table)


def last_figure_torn(parts):
    """The last digit of a long total on a line of its own, the others on the line above the label."""

    def table(rows):
        lines = []
        for row in _without_empty(rows):
            torn = len(row) > 2 and re.fullmatch(r"\d{3,}", row[-1])
            lines += [row[-1][:-1], " ".join(row[:-1]), row[-1][-1]] if torn else [" ".join(row)]
        return "\n".join(lines)

    return _text(parts, table)


def commas_unquoted(parts):
    return _text(parts, lambda rows: "\n".join(",".join(t for t, own in row if own) for row in placed(rows)))


SCRAMBLED: dict[str, Callable[[list[Element]], bytes]] = {
    f.__name__: f
    for f in (
        empty_cells_lost, empty_cells_lost_in_lines, empty_cells_lost_and_spaced, rows_spaced, column_after_column,
        two_rows_at_once, figures_before_label, last_figure_torn, commas_unquoted,
    )
}  # fmt: skip
