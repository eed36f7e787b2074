"""Published documents read back: every figure right where the source is whole, none wrong and silent where not."""

import json
import random
import zipfile
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import corpus
import pytest
from builders import ONE_ROW_2021
from documents import (
    DAMAGES,
    FLAVOURS,
    NAME,
    PROSE,
    compare,
    docx,
    docx_xml,
    elements,
    html_spans,
    markdown,
    notebook_of,
    pasted_lines,
    pdf,
    random_report,
)
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from
from layouts import LAYOUTS, SCRAMBLED, empty_cells_lost

from gkstats.checks import check
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.output import exporter
from gkstats.reading import BLANK, DOUBTFUL, MISSING, NUMBER, READERS, UNREADABLE, read_document
from gkstats.reading.labels import Labels, bare
from gkstats.reading.values import read_value
from gkstats.report import Body, ReportError
from gkstats.report_file import dumps, parse
from gkstats.schema import AMOUNT, CHANGE, COUNT, Cell

FORMS = {"2021": FORM_2021, "2021-one-row": ONE_ROW_2021, "2019": FORM_2019}
RULED = [flavour for flavour in FLAVOURS if flavour != "pdf_unruled"]
"""Without lines, a note that breaks over lines inside its cell cannot be told from the cells beside it."""

DATA = Path(__file__).parents[2] / "shared" / "data"
BODY = Body("500243", NAME, "prefecture", "全县汇总")


def document(flavour, damage="", seed=0, form=FORM_2021):
    report = random_report(seed, form)
    parts = elements(report)
    if damage:
        parts = DAMAGES[damage](parts, random.Random(seed))
    return FLAVOURS[flavour](parts), report


def kinds(reading):
    return {doubt.kind for doubt in reading.doubts}


def changed(report, old, new, flavour=html_spans):
    """The document of a report with every cell of the text ``old`` written as ``new``."""
    return flavour([
        (kind, [[(new if t == old else t, a, d) for t, a, d in row] for row in body] if kind == "table" else body)
        for kind, body in elements(report)
    ])  # fmt: skip


# -- whole documents


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_figure_of_a_whole_document_is_read(flavour, form):
    for seed in range(2):
        content, report = document(flavour, seed=seed, form=FORMS[form])
        reading = read_document(content)
        assert reading.form is report.form
        assert {cell: found.figure for cell, found in reading.figures.items()} == report.figures
        assert reading.count(NUMBER) == len(report.figures)
        assert not kinds(reading) & {"source", "reading", "missing", "unreadable"}


@pytest.mark.parametrize("flavour", ["html_spans", "pasted_tabs", "markdown", "docx", "pdf"])
def test_the_text_around_the_tables_is_read(flavour):
    content, report = document(flavour)
    reading = read_document(content)
    assert (reading.body, reading.year) == (NAME, report.year)
    assert reading.period == f"{report.year}-01-01/{report.year}-12-31"
    for section in ("overview", "problems", "other"):
        assert reading.prose[section] == PROSE
    assert "applications" not in reading.prose


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_figure_and_paragraph_of_a_layout_is_read(layout):
    for seed, form in enumerate(FORMS.values()):
        report = random_report(seed, form)
        reading = read_document(LAYOUTS[layout](elements(report)))
        assert reading.form is report.form
        assert {cell: found.figure for cell, found in reading.figures.items()} == report.figures
        assert not kinds(reading) & {"source", "reading", "missing", "unreadable"}
        assert (reading.body, reading.year) == (NAME, report.year)
        assert reading.prose == report.prose


@pytest.mark.parametrize("name", sorted(path.name for path in corpus.FOLDER.iterdir()))
def test_a_kept_document_is_read_to_every_figure_or_says_what_is_not_whole(name):
    report = corpus.report_in(name)
    reading = read_document(corpus.FOLDER / name)
    assert reading.form is report.form
    counts = compare(reading, report)
    assert counts["silent"] == counts["flagged"] == 0
    if not any(damage in name for damage in DAMAGES if damage != "misspelt"):
        assert counts["right"] == len(report.figures)
        assert reading.prose == report.prose
        assert not kinds(reading) & {"source", "reading", "missing", "unreadable"}


@given(
    seed=integers(0, 10**6), form=sampled_from(list(FORMS.values())), largest=sampled_from((2, 60, 3000)),
    blanks=integers(0, 4), format=sampled_from(("html", "docx", "pdf", "xlsx")),
)  # fmt: skip
@settings(derandomize=True, deadline=None, max_examples=12)
def test_our_own_output_reads_back_to_every_figure(seed, form, largest, blanks, format):
    report = random_report(seed, form, largest)
    empty = random.Random(seed).sample(list(report.figures), blanks)
    report = replace(report, figures=dict(report.figures) | dict.fromkeys(empty))
    reading = read_document(exporter(format)(notebook_of(report)))
    assert {cell: found.figure for cell, found in reading.figures.items()} == report.figures
    assert {cell for cell, found in reading.figures.items() if found.state != NUMBER} == set(empty)
    assert (reading.body, reading.year) == (NAME, report.year)


def test_every_figure_keeps_its_place():
    report = random_report(0)
    cell = Cell("applications", "received", "total")
    page = read_document(html_spans(elements(report)), "a.html").figures[cell]
    assert page.file == "a.html" and page.text == str(report.figures[cell]) and "第 2 个表格第 4 行" in page.place
    assert "页" in read_document(pdf(elements(report))).figures[cell].place
    assert "行" in read_document(markdown(elements(report))).figures[cell].place
    assert "第 2 个表格第 4 行" in read_document(docx(elements(report))).figures[cell].place


def test_a_reading_becomes_a_report_that_checks_and_saves():
    content, given = document("docx")
    report = read_document(content, "a.docx").report(BODY, given.year)
    assert report.figures == given.figures and report.source["file"] == "a.docx"
    assert (check([report])["status"] != "fail").all()
    assert parse(dumps(report).encode(), "x").figures == given.figures


def test_braces_in_prose_do_not_name_figures():
    reading = read_document(html_spans([*elements(random_report(0)), ("text", "全年公开{30}件。")]))
    assert "{{30}}" in reading.report(BODY, 2023).prose["other"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le"])
def test_a_text_is_read_in_any_usual_encoding(encoding):
    report = random_report(0)
    content = pasted_lines(elements(report)).decode().encode(encoding)
    assert compare(read_document(content), report)["right"] == 200


def test_the_older_form_in_a_later_year_is_a_finding_not_an_error():
    parts = [
        (k, b.replace("2020", "2022") if isinstance(b, str) else b) for k, b in elements(random_report(0, FORM_2019))
    ]
    reading = read_document(html_spans(parts))
    assert reading.form is FORM_2019 and reading.year == 2022
    assert "form" in kinds(reading)


# -- damaged documents


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_figure_of_a_damaged_document_is_wrong_and_silent(flavour, damage):
    for seed in range(2):
        content, report = document(flavour, damage, seed, (FORM_2021, FORM_2019)[seed % 2])
        assert compare(read_document(content), report)["silent"] == 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_figure_of_a_damaged_layout_is_wrong_and_silent(layout):
    for seed, damage in list(enumerate(DAMAGES))[list(LAYOUTS).index(layout) % 3 :: 3]:
        report = random_report(seed, (FORM_2021, FORM_2019)[seed % 2])
        content = LAYOUTS[layout](DAMAGES[damage](elements(report), random.Random(seed)))
        assert compare(read_document(content), report)["silent"] == 0


def without_zeros(parts):
    """The document with all zeros left empty."""
    return [
        (kind, [[("" if t == "0" else t, a, d) for t, a, d in row] for row in body] if kind == "table" else body)
        for kind, body in parts
    ]


@pytest.mark.parametrize("layout", SCRAMBLED)
def test_no_figure_of_a_text_that_lost_its_rows_or_columns_is_wrong(layout):
    """Not even with a word of doubt: what the text does not say is not given."""
    for seed, largest in enumerate((3, 60, 9000, 60)):
        report = random_report(seed, largest=largest)
        damaged = DAMAGES["remarks"](elements(report), random.Random(seed))
        for parts in (elements(report), without_zeros(elements(report)), damaged):
            try:
                reading = read_document(SCRAMBLED[layout](parts))
            except ReportError:
                continue
            counts = compare(reading, report)
            assert (counts["silent"], counts["flagged"]) == (0, 0), (seed, largest)


def test_figures_without_their_empty_cells_are_placed_where_the_balances_leave_no_choice():
    report = random_report(1, largest=9000)
    reading = read_document(empty_cells_lost(without_zeros(elements(report))))
    counts = compare(reading, report)
    assert counts["right"] > 90 and counts["silent"] == counts["flagged"] == 0
    assert any("按勾稽关系唯一确定" in doubt.message for doubt in reading.doubts)


@pytest.mark.parametrize("flavour", RULED)
def test_misspelt_labels_notes_and_units_are_read(flavour):
    for damage in ("misspelt", "remarks"):
        content, report = document(flavour, damage)
        assert compare(read_document(content), report)["right"] == len(report.figures)


@pytest.mark.parametrize("flavour", ["html_spans", "pasted_tabs", "docx", "pdf", "markdown"])
def test_blanks_and_dashes_are_no_figures_and_the_policy_has_its_evidence(flavour):
    content, _ = document(flavour, "blanks")
    reading = read_document(content)
    assert reading.count(BLANK) and reading.count("dash")
    assert reading.blank == "zero" and "成立" in reading.blank_evidence
    assert not [doubt for doubt in reading.doubts if doubt.kind == "source"]


def test_blanks_that_break_a_balance_are_not_called_zero():
    report = random_report(3)
    parts = elements(report)
    number = [n for n, (kind, _) in enumerate(parts) if kind == "table"][1]
    rows = [list(row) for row in parts[number][1]]
    rows[3][1] = ("", 1, 1)
    reading = read_document(docx([*parts[:number], ("table", rows), *parts[number + 1 :]]))
    assert reading.figures[Cell("applications", "received", "natural_person")].state == BLANK
    assert reading.blank == "unknown" and "不成立" in reading.blank_evidence


def test_a_missing_row_is_unknown_never_zero():
    content, _ = document("html_spans", "no_total_row")
    reading = read_document(content)
    row = [found for cell, found in reading.figures.items() if cell.row == "results.total"]
    assert {found.state for found in row} == {MISSING} and {found.figure for found in row} == {None}
    assert any(doubt.kind == "missing" and "（七）总计" in str(doubt) for doubt in reading.doubts)
    assert reading.report(BODY, 2023).figures[Cell("applications", "results.total", "total")] is None


def test_a_torn_figure_is_joined_only_where_the_balances_say_so():
    report = random_report(0)
    cell = next(c for c, f in report.figures.items() if c.table == "applications" and f and f > 10)
    licence = Cell("licensing", "licensing", "decisions")
    figures = dict(report.figures) | {licence: 98765}
    whole = type(report)(report.body, report.year, report.form, figures, prose=report.prose, id=report.id)
    reading = read_document(changed(whole, "98765", "98 765"))
    assert reading.figures[licence].state == DOUBTFUL and reading.figures[licence].figure is None
    assert "98765" in reading.figures[licence].readings
    text = str(report.figures[cell])
    reading = read_document(changed(report, text, f"{text[0]} {text[1:]}"))
    assert reading.figures[cell].figure == report.figures[cell]
    assert any(doubt.kind == "remark" and cell in doubt.cells for doubt in reading.doubts)


def test_what_the_source_itself_says_wrongly_is_kept_and_said():
    report = random_report(0)
    cell = Cell("applications", "received", "total")
    wrong = dict(report.figures) | {cell: report.figures[cell] + 1}
    told = type(report)(report.body, report.year, report.form, wrong, prose=report.prose, id=report.id)
    for flavour in FLAVOURS.values():
        reading = read_document(flavour(elements(told)))
        assert reading.figures[cell].figure == wrong[cell]
        assert any(doubt.kind == "source" and cell in doubt.cells for doubt in reading.doubts)


def test_two_readings_of_one_cell_leave_it_open():
    first, second = (elements(random_report(seed)) for seed in (0, 1))
    tables = [part for part in second if part[0] == "table"]
    at = max(n for n, part in enumerate(first) if part[0] == "table")
    reading = read_document(html_spans([*first[:at], *tables[1:2], *first[at:]]))
    assert reading.count(DOUBTFUL) > 20
    one = random_report(0)
    assert all(f.figure in (None, one.figures[c]) for c, f in reading.figures.items() if c.table == "applications")


def test_fees_in_another_unit_are_converted_and_said():
    report = random_report(0)
    reading = read_document(changed(report, "本年收费金额（单位：万元）", "本年收费金额（单位：元）"))
    cell = Cell("fees", "fees_10k_yuan", "amount")
    assert reading.figures[cell].figure == report.figures[cell] / 10000
    assert any(cell in doubt.cells and "单位为元" in str(doubt) for doubt in reading.doubts)


# -- cells and labels


@pytest.mark.parametrize(
    ("text", "kind", "figure"),
    [
        ("30", COUNT, 30), (" 0\xa0", COUNT, 0), ("１，２０４", COUNT, 1204), ("1,204件", COUNT, 1204),
        ("22（其中修订16件）", COUNT, 22), ("减4", CHANGE, -4), ("-4", CHANGE, -4), ("−4", CHANGE, -4),
        ("增加4项", CHANGE, 4), ("8205.13", AMOUNT, Decimal("8205.13")), ("8205.10万元", AMOUNT, Decimal("8205.10")),
        ("251000元", AMOUNT, Decimal("25.1")), ("1.2亿元", AMOUNT, Decimal("12000")), ("12.0", COUNT, 12),
        ("减 4", CHANGE, -4), ("＋4", CHANGE, 4), ("持平", CHANGE, 0), ("0件次", COUNT, 0), ("30*", COUNT, 30),
        ("￥251000", AMOUNT, Decimal("25.1")), ("￥25.1万元", AMOUNT, Decimal("25.1")),
        ("251000.00000元", AMOUNT, Decimal("25.1")), ("0.0001元", AMOUNT, Decimal("0.00000001")),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_what_it_means(text, kind, figure):
    assert read_value(text, kind)[:2] == (NUMBER, figure)


@pytest.mark.parametrize(
    ("text", "state"),
    [("", "blank"), (" \u3000\xa0", "blank"), ("/", "dash"), ("—", "dash"), ("－", "dash"), ("——", "dash")]
    + [("无", "dash"), ("/ /", "dash")]
    + [(text, UNREADABLE) for text in ("O", "l0", "三", "①", "2²", "3?", "12,34", "01", "0.5", "-4", "减4")]
    + [(text, UNREADABLE) for text in ("22（16）", "5元", "（3）", "3/4", "2023年")],
)  # fmt: skip
def test_anything_else_is_no_figure(text, state):
    assert read_value(text)[:2] == (state, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2.其他法律行政止公开", "prohibited_by_law"),
        ("2．其他法律\n行政法规禁止公开", "prohibited_by_law"),
        ("（二）部分公开（区分处理的，只计这一情形）", "granted_in_part"),
        ("3、补正后申请内容仍不明确", "still_unclear"), ("4.无正当理由大量反复申请", "excessive"),
        ("２．重复申请", "repeated"), ("（三）不予公开", None), ("自然人", None),
        ("⼀、本年新收政府信息公开申请数量", "received"),
    ],
)  # fmt: skip
def test_a_label_is_recognised(text, code):
    leaves = FORM_2021.table["applications"].row_leaves
    labels = Labels(
        ((leaf.item.label, leaf.code) for leaf in leaves), [label for leaf in leaves for label in leaf.above]
    )
    found = labels.find(text)
    assert (found and found.code.rpartition(".")[2]) == code
    assert bare("（七）总计") == "总计"


# -- files that cannot be read


def refusal(content, kind=None):
    with pytest.raises(ReportError) as caught:
        read_document(content, "甲.x", kind)
    (problem,) = caught.value.problems
    assert problem.file == "甲.x" and (problem.advice or problem.found)
    return str(problem)


def archive(member, text):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, text)
    return stream.getvalue()


def bomb():
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * 60_000_000)
    return stream.getvalue()


def protected_pdf():
    """A PDF file that opens with a password only."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [] /Count 0 >>",
        f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >>",
    ]
    content, places = "%PDF-1.4\n", []
    for number, words in enumerate(objects, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n{words}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = "<< /Size 4 /Root 1 0 R /Encrypt 3 0 R /ID [<00><00>] >>"
    end = f"xref\n0 4\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{len(content)}\n%%EOF\n"
    return (content + end).encode()


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
PAGE = "<html><body><h1>某县2023年政府信息公开工作年度报告</h1><p>一、总体情况</p><p><img src=a.png></p></body></html>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空文件"), (b" \n\t ", "空文件"), (b"\x89PNG\r\n\x1a\n....", "图片"), (b"PK\x03\x04rubbish", "损坏"),
        (b"%PDF-1.7 rubbish", "损坏"), (protected_pdf(), "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (bytes(range(256)) * 40, "二进制"), (b"\xff\xff\xfe\x81" * 100, "编码"), (b"{\\rtf1 abc}", "RTF"),
        ("今天天气很好。".encode(), "不是政府信息公开工作年度报告"), (PAGE.encode(), "没有找到可以读取的表格"),
        (docx([], more=("word/vbaProject.bin",)), "宏"), (b"x" * 5_000_001, "超过"),
        (docx([], xml=docx_xml([]).replace("<w:document", ENTITY + "<w:document")), "实体"),
        (docx([], xml="<w:document"), "损坏"), (bomb(), "过大"), (b"| a | b |\n" * 60_000, "过大"),
        (PAGE.encode() + b"<p>" + b"1 " * 600_000, "过大"), (PAGE.encode() + b"<table>" + b"<td>1" * 300_000, "过大"),
        (archive("xl/workbook.xml", ENTITY), "实体"), (archive("xl/workbook.xml", "<workbook"), "Excel"),
        (archive("xl/workbook.bin", ""), "xlsb"), (archive("content.xml", ""), "OpenDocument"),
        (archive("报告.docx", ""), "压缩包"), (b"MIME-Version: 1.0\n<html>", "网页存档"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_gets_one_clear_message(content, words):
    assert words in refusal(content)


def test_a_kind_that_does_not_fit_is_refused():
    assert "pdf" in refusal(PAGE.encode(), "pdf")
    assert "docx" in refusal(b"text", "word")
    assert set(READERS) == {"text", "html", "docx", "pdf", "excel"}


def test_a_file_far_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    with pytest.raises(ReportError, match="超过"):
        read_document(path)


@pytest.mark.parametrize("piece", ["<!--", "<?a", "<![CDATA[", "<a b=", "<script>", "<table><tr><td>", "&#x", "<"])
def test_a_page_of_nothing_but_beginnings_is_refused_at_once(piece):
    assert refusal(b"<html>" + piece.encode() * 50_000)


def test_comments_of_a_page_are_no_part_of_it():
    page = html_spans(elements(random_report(0))).decode()
    page = page.replace("<td", "<!--[if mso]><td>77</td><![endif]--><td").replace("<body>", "<body><!-- <table> -->")
    assert compare(read_document(page.encode()), random_report(0))["right"] == 200


def test_a_missing_file_is_a_report_error(tmp_path):
    with pytest.raises(ReportError, match="无法打开"):
        read_document(tmp_path / "none.pdf")


def test_a_scanned_pdf_says_that_it_is_one():
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument.new()
    document.new_page(595, 842)
    stream = BytesIO()
    document.save(stream)
    document.close()
    assert "没有文字" in refusal(stream.getvalue())


# -- real documents, not in the repository


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"没有 {path}：真实文件不随仓库发布")
    return path


@pytest.mark.parametrize(
    ("name", "body", "year"), [("pengshui-2023.txt", "彭水", 2023), ("hongze-2024.pdf", "洪泽", 2024)]
)
def test_a_real_report_is_read_to_every_figure(name, body, year):
    reading = read_document(real(name))
    known = json.loads(real("figures.json").read_text(encoding="utf-8"))
    report = next(r for r in known["reports"] if body in r["name"] and r["year"] == year)
    for table, columns in (
        ("documents", "document_columns"),
        ("applications", "columns"),
        ("disputes", "dispute_columns"),
    ):
        for row, figures in report[table].items():
            for column, figure in zip(known[columns], figures, strict=True):
                if figure is not None:
                    assert reading.figures[Cell(table, row, column)].figure == figure
    assert reading.year == year and not [d for d in reading.doubts if d.cells]


def test_the_blank_form_has_nothing_but_blanks():
    reading = read_document(real("blank-form-2021.docx"))
    assert reading.count(BLANK) == 200 and reading.blank == "unknown"
