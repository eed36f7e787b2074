"""Names, folders and files from strangers: none leaves its folder, none is run, none costs more than it should."""

import ast
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from math import isfinite, nan
from pathlib import Path

import nbformat.v4 as v4
import pytest
from builders import a_balanced_report
from documents import FLAVOURS, docx, docx_xml, elements, html_spans, random_report

from gkstats import display
from gkstats.checks import cases_of, examine
from gkstats.cli import WELL, WRONG_USE, run
from gkstats.excel_form import form_bytes, read_form
from gkstats.page import to_html
from gkstats.params import shown
from gkstats.reading import read_document
from gkstats.reading import text as text_reader
from gkstats.reading.apart import may_unfold
from gkstats.reading.document import Paragraph
from gkstats.reading.docx import read as read_word_file
from gkstats.reading.html import _Reader
from gkstats.reading.pdf import _Upright, pages_of
from gkstats.report import ReportError
from gkstats.report_file import dumps, parse

ROOT = Path(__file__).parents[1]

# -- folders and names


@pytest.mark.parametrize(
    "name",
    ["..", "../x", "110105-../x", "/tmp/110105-x", "C:\\110105-x", "110105-a\\b", "110105-a:b", "110105-.", "CON",
     "NUL.", "110105-\u202ea", "110105-" + "a" * 41, "110105-a\n", "110105-ａ", "110105-a b", "110105-%2e%2e", "~"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["new", "import", "build", "check"])
def test_no_name_of_a_body_leaves_the_folders(command, name, params_dir, tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    home.mkdir()
    shutil.move(params_dir, home / "params")
    monkeypatch.chdir(home)
    document = tmp_path / "document.html"
    document.write_bytes(html_spans(elements(random_report(3))))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    arguments = {
        "new": ["new", "--name", "某区", "--", name, "2023"],
        "import": ["import", str(document), f"--body={name}"],
        "build": ["build", "--formats", "html", "--", name],
        "check": ["check", "--", name],
    }
    assert run(arguments[command]) == WRONG_USE
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    printed = "".join(capsys.readouterr())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", printed)


@pytest.mark.parametrize("code", ["../../x", "/etc", "1101056789012", "110105/..", "１１０１０５"])
def test_no_code_in_a_file_leaves_the_folders(code):
    report = a_balanced_report()
    with pytest.raises(ReportError, match="区划代码"):
        parse(dumps(replace(report, body=replace(report.body, code=code))).encode(), "a.yaml")


def test_a_wide_space_in_the_name_of_a_file_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(Path("某县\u3000年报\xa0终.pdf")) == "某县\u3000年报\xa0终.pdf"


NAMES = ["a\x1b[2Jb.html", "a\nb.html", "a\u202elmth.b.html", "..html", "CON.html", "n" * 150 + ".html", "=cmd.html",
         "-x.html", "a'b\"c`d$(e).html", "a\udcffb.html", "100%s{0}.html"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_any_name_is_imported_and_its_name_is_text(name, params_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    folder = tmp_path / "received"
    folder.mkdir()
    try:
        (folder / name).write_bytes(html_spans(elements(random_report(3))))
    except (OSError, ValueError):
        pytest.skip("此系统不能有这样的文件名")
    status = run(["import", str(folder), "--body", "110105-mou"])
    printed = "".join(capsys.readouterr())
    if name.startswith("."):
        assert not (params_dir / "110105-mou").exists(), "a hidden file"
        return
    assert status == WELL and not re.search("[\x1b\u202e\ud800-\udfff]", printed)
    source = parse((params_dir / "110105-mou/2023.yaml").read_bytes(), "a.yaml").source
    assert re.fullmatch(r"received/[^\x00-\x1f\u202e]+\.html", source["file"])
    assert sorted(path.name for path in params_dir.parent.iterdir()) == ["params", "received"]


# -- notebooks: parameters, and the folder they run in


@pytest.mark.parametrize(
    "value",
    ['"; import os; os.system("touch harmed"); "', "'''", '"""', "\\", '\\"', "a\nimport os", "a\r\nb",
     "\\u0022+x+\\u0022", "\\N{QUOTATION MARK}", "\\x22", "\u2028", "\u202e", "{x}", "%s", "f'{1}'", "# x", "`id`",
     "$(id)", "\0", "\udcff"],
)  # fmt: skip
def test_a_parameter_of_a_notebook_is_never_code(value):
    import papermill.parameterize as parameterize

    given = {"body": value, "year": 2023, "params": value}
    cell = v4.new_code_cell('body = ""', metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel, "papermill": {}})
    notebook = parameterize.parameterize_notebook(notebook, given)
    (cell,) = (cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    statements = ast.parse(cell.source).body
    assert all(isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant) for each in statements)
    assert {each.targets[0].id: each.value.value for each in statements} == given


POISON = ("gkstats", "pandas", "numpy", "sitecustomize", "usercustomize", "ipykernel_launcher", "ipykernel", "pkgutil",
          "multiprocessing", "signal", "typing", "evil")  # fmt: skip


CONFIGURATION = ("ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py", "jupyter_nbconvert_config.py",
                 ".ipython/profile_default/startup/00.py", "conftest.py", ".pdbrc")  # fmt: skip


@pytest.mark.slow
def test_nothing_that_lies_beside_the_params_folder_is_ever_run(params_dir):
    home, out = params_dir.parent, params_dir.parent / "outputs"
    for folder in (home, params_dir, params_dir / "500243-pengshui"):
        for module in POISON:
            (folder / f"{module}.py").write_text(f"open({str(home / 'harmed')!r}, 'a').write('{module}')")
        for config in CONFIGURATION:
            (folder / config).parent.mkdir(parents=True, exist_ok=True)
            (folder / config).write_text(f"open({str(home / 'harmed')!r}, 'a').write('{config}')")
        (folder / "matplotlibrc").write_text("backend: module://evil\nno.such.key: 1\n")
    command = [
        Path(sys.executable).with_name("gkstats"),
        "build",
        "pengshui",
        "hongze",
        "--formats",
        "html",
        "--jobs",
        "2",
    ]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == WELL, done.stderr
    assert not (home / "harmed").exists(), (home / "harmed").read_text()
    pages = [page.read_text(encoding="utf-8") for page in out.rglob("report.html")]
    assert len(pages) >= 2 and not any("no.such.key" in page for page in pages)


# -- files that are small on disk or short to write, and costly to read


def archive_of(parts, source=None):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def form_with_part(tmp_path, change):
    """A filled-in Excel form with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(form_bytes(a_balanced_report(prose={"overview": "甲\n乙"})))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    path = tmp_path / "表.xlsx"
    path.write_bytes(archive_of(parts))
    return path


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "part",
    ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/core.xml"],
)
@pytest.mark.parametrize("declaration", [LAUGHS, "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"])
def test_entities_in_an_excel_form_are_refused_or_left_alone(tmp_path, part, declaration):
    def change(parts):
        name = "e" if "SYSTEM" in declaration else "a11"
        body = re.sub(rb"^<\?xml[^>]*\?>\s*", b"", parts[part])
        body = re.sub(rb">([^<>]+)<", f">&{name};<".encode(), body, count=1)
        parts[part] = declaration.encode() + body

    try:
        report = read_form(form_with_part(tmp_path, change))
        assert "root:" not in dumps(report) and "haha" not in dumps(report)
    except ReportError as error:
        assert "root:" not in str(error) and len(str(error)) < 2000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"<t>A\d+:A\d+</t>", b"<t>A1:XFD1048576</t>"), (rb"<t>A\d+:A\d+</t>", b"<t>A</t>"),
        (rb"<t>A\d+:A\d+</t>", b"<t>A3</t>"), (rb"<t>B\d+</t>", b"<t>A1:B2</t>"), (rb"<t>B\d+</t>", b"<t>x y</t>"),
        (rb"<t>B\d+</t>", b"<t></t>"), (rb"<t>B\d+</t>", b"<t>ZZZ99999999</t>"),
    ],
)  # fmt: skip
def test_a_map_of_an_excel_form_that_was_tampered_with_is_refused(tmp_path, old, new):
    def change(parts):
        name = max((name for name in parts if b"inlineStr" in parts[name]), key=lambda n: parts[n].count(b"<t>figure"))
        parts[name], count = re.subn(old, new, parts[name], count=1)
        assert count == 1

    with pytest.raises(ReportError, match="重新生成填报表"):
        read_form(form_with_part(tmp_path, change))


def test_an_excel_form_with_rows_far_below_its_own_is_read_all_the_same(tmp_path):
    def change(parts):
        rows = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(1_040_000, 1_040_100))
        for name in (name for name in parts if re.fullmatch(r"xl/worksheets/sheet\d\.xml", name)):
            parts[name] = parts[name].replace(b"</sheetData>", rows + b"</sheetData>")

    assert read_form(form_with_part(tmp_path, change)).year == a_balanced_report().year


def pdf(*objects: bytes) -> bytes:
    """A PDF file of the objects, the first its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return out + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def stream(body: bytes, entries=b""):
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(body), entries, body)


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param((CATALOGUE, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), id="pages inside themselves"),
        pytest.param((CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 999999999>>", b"<</Type/Page/Parent 2 0 R>>"),
                     id="a page count of a thousand million"),
        pytest.param((CATALOGUE, b"<</Type/Pages/Kids[%s]/Count 400>>" % (b"3 0 R " * 400),
                      b"<</Type/Page/Parent 2 0 R>>"), id="400 pages"),
        pytest.param((CATALOGUE, PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e30 1e30]/Contents 4 0 R>>",
                      stream(b"0 0 1e30 1e30 re S " * 1000)), id="a page larger than the world"),
        pytest.param((CATALOGUE, PAGES, b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
                      stream(b"/I Do"), stream(b"", b"/Type/XObject/Subtype/Image/Width 60000/Height 60000"
                      b"/ColorSpace/DeviceRGB/BitsPerComponent 8")), id="a picture of 10 GB"),
        pytest.param((CATALOGUE, PAGES, b"[" * 100_000), id="deep arrays"),
        pytest.param((CATALOGUE, PAGES, b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
                      stream(b"0 0 m " + b"1 1 l 2 9 l " * 300_000 + b"S")), id="a path of 600,000 points"),
    ],
)  # fmt: skip
def test_a_pdf_that_asks_for_too_much_is_refused(objects):
    with pytest.raises(ReportError) as raised:
        read_document(pdf(*objects))
    assert len(str(raised.value)) < 500


def drawing(content: bytes, inside: bytes = b"") -> bytes:
    return stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<<%s>>>>" % inside)


PAGE = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"


@pytest.mark.slow
@pytest.mark.parametrize(
    "objects",
    [
        pytest.param((stream(b"/F Do " * 1000), drawing(b"/F Do " * 1000, b"/F 5 0 R")), id="a drawing inside itself"),
        pytest.param(
            (stream(b"/F Do"), *(drawing(b"/F Do " * 10, b"/F %d 0 R" % (n + 1)) for n in range(5, 14)), drawing(b"")),
            id="ten times ten times ten",
        ),
    ],
)
def test_drawings_that_unfold_without_end_end_no_process_but_their_own(objects):
    with pytest.raises(ReportError, match=r"展开后：过大|没有文字"):
        read_document(pdf(CATALOGUE, PAGES, PAGE, *objects))


def test_a_pdf_with_a_harmless_drawing_is_read_as_one_without():
    plain = FLAVOURS["pdf"](elements(random_report(3)))
    with_drawing = plain.replace(b"%%EOF", b"%%EOF % /Subtype/Form")
    assert may_unfold(with_drawing) and not may_unfold(plain)
    one, other = read_document(plain, "a.pdf"), read_document(with_drawing, "a.pdf")
    assert one.figures == other.figures and one.prose == other.prose


@pytest.mark.parametrize("layers", [2_000])
def test_deep_nesting_in_word_and_html_is_read_or_refused(layers):
    parts = elements(random_report(3))
    deep = "<w:tbl><w:tr><w:tc>" * layers + "</w:tc></w:tr></w:tbl>" * layers
    page = html_spans(parts).replace(b"<body>", b"<body>" + b"<table><tr><td><div>" * layers, 1)
    for content in (docx([], xml=docx_xml(parts).replace("<w:body>", "<w:body>" + deep, 1)), page):
        try:
            read_document(content)
        except ReportError as error:
            assert len(str(error)) < 500


@pytest.mark.slow
@pytest.mark.parametrize(
    "sign", ["1", "一", "（", " ", "\u3000", "<p ", "1,", "1 ", "年1月", "其中：", "12件，", "“", "{{"]
)
def test_a_long_run_of_one_sign_is_read_in_time_that_grows_with_its_length(sign):
    """A pattern that went back and forth would take minutes for these 99,000 characters."""
    run_of = sign * (99_000 // len(sign))
    report = replace(random_report(1), prose=dict.fromkeys(("preamble", "overview", "problems"), run_of))
    examine(cases_of([report])).frame()
    to_html(display.section(report, "overview").blocks)
    parts = elements(report)
    for old, new in (("自然人", run_of), ("一、总体情况", f"一、总体情况</p><p>{run_of}")):
        try:
            read_document(html_spans(parts).replace(old.encode(), new.encode(), 1))
        except ReportError as error:
            assert len(str(error)) < 2000


@pytest.mark.parametrize("sign", ["1", "一", "*", "。"])
def test_a_long_run_inside_a_word_is_read_in_time_that_grows_with_its_length(sign):
    """A pattern that looked for it at the end from every sign of it would not end in minutes."""
    page = html_spans(elements(random_report(1)))
    word = f"一、总体情况</p><p>款{sign * 99_000}款"
    with contextlib.suppress(ReportError):
        read_document(page.replace("一、总体情况".encode(), word.encode(), 1))


def test_a_report_file_of_one_long_line_is_refused_shortly():
    text = f"body: {{name: '{'某' * 300_000}'}}\n"
    with pytest.raises(ReportError) as raised:
        parse(text.encode(), "a.yaml")
    assert len(str(raised.value)) < 500


# -- limits that hold before the work they spare


def a_page(inside: str) -> bytes:
    return html_spans(elements(random_report(3))).replace(b"<body>", b"<body>" + inside.encode(), 1)


def a_word_file(inside: str) -> bytes:
    return docx([], xml=docx_xml(elements(random_report(3))).replace("<w:body>", "<w:body>" + inside, 1))


CELL = "<w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc>"
MANY = {
    "html": lambda: a_page("<table>" + ("<tr>" + "<td>1</td>" * 10 + "</tr>") * 30_000 + "</table>"),
    "text": lambda: ("一、总体情况\n" + "| 1 | 2 | 3 | 4 | 5 |\n" * 60_000).encode(),
    "docx": lambda: a_word_file("<w:tbl>" + ("<w:tr>" + CELL * 10 + "</w:tr>") * 30_000 + "</w:tbl>"),
}


@pytest.mark.parametrize(
    ("kind", "work"), [("html", "html.blocks_of_html"), ("text", "text._blocks"), ("docx", "docx.root")]
)
def test_a_document_of_300_000_cells_is_refused_before_it_is_taken_apart(kind, work, monkeypatch):
    def never(*_):
        raise AssertionError("the work was begun")

    monkeypatch.setattr(f"gkstats.reading.{work}", never)
    with pytest.raises(ReportError, match="过大。一份年度报告不会有这么大，请确认文件"):
        read_document(MANY[kind]())


def test_a_workbook_of_300_000_cells_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr("gkstats.reading.excel.formulas_and_values", lambda *_: pytest.fail("the work was begun"))
    sheet = (
        "<worksheet><sheetData>" + ("<row>" + "<c><v>1</v></c>" * 10 + "</row>") * 30_000 + "</sheetData></worksheet>"
    )
    with pytest.raises(ReportError, match="过大"):
        read_document(archive_of({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": sheet}))


def test_a_word_file_of_too_many_cells_for_a_report_is_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr("gkstats.reading.docx._blocks", lambda *_: pytest.fail("the work was begun"))
    with pytest.raises(ReportError, match="过大"):
        read_document(a_word_file("<w:tbl><w:tr>" + CELL * 21_000 + "</w:tr></w:tbl>"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: a_page(f"<table><tr>{'<td>1' * 2_000}</tr>{'<tr></tr>' * 2_000}</table>"), id="html"),
        pytest.param(lambda: a_word_file(f"<w:tbl><w:tr>{CELL * 2_000}</w:tr>{'<w:tr/>' * 2_000}</w:tbl>"), id="docx"),
        pytest.param(
            lambda: a_word_file(
                "<w:tbl>" + "<w:tr><w:trPr><w:gridBefore w:val='200'/></w:trPr></w:tr>" * 2_000 + "</w:tbl>"
            ),
            id="docx, cells left out",
        ),
    ],
)
def test_rows_without_cells_are_not_made_as_wide_as_the_widest_without_end(content):
    with pytest.raises(ReportError, match="过大"):
        read_document(content())


def test_text_boxes_inside_text_boxes_are_read_once_each():
    layers = 40  # each box read again for every box around it would be 2**40 times
    box = "<w:p><w:r><w:t>第{}层</w:t></w:r><w:r><w:txbxContent>"
    inside = "".join(box.format(n) for n in range(layers)) + "</w:txbxContent></w:r></w:p>" * layers
    reading = read_document(a_word_file(inside))
    assert reading.count("number") == len(reading.figures)
    blocks = next(read_word_file(a_word_file(inside), "a.docx")).blocks
    assert sum(isinstance(b, Paragraph) and b.text.startswith("第") and b.text.endswith("层") for b in blocks) == layers


def test_what_a_word_file_holds_for_older_programs_is_not_read_twice():
    alternate = "<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
    box = "<w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent>"
    both = f"{alternate}<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    blocks = next(read_word_file(a_word_file(f"<w:p><w:r>{both}</w:r></w:p>"), "a.docx")).blocks
    assert sum(isinstance(block, Paragraph) and block.text == "框中文字" for block in blocks) == 1


def test_controls_nested_deeper_than_functions_can_are_read():
    layers = 3_000
    row = "<w:tbl><w:tr>" + "<w:sdt>" * layers + CELL + "</w:sdt>" * layers + CELL + "</w:tr></w:tbl>"
    assert read_document(a_word_file(row)).year == 2023


@pytest.mark.parametrize(
    ("taker", "lines"),
    [("_cells_by_tab", ["\tx", "ab"] * 500), ("_rows_by_pipe", ["| --- | --- |"] * 1_000)],
)
def test_lines_that_begin_no_table_are_not_looked_through_again_from_each_of_them(taker, lines, monkeypatch):
    seen = []
    taken = getattr(text_reader, taker)

    def counted(lines, at):
        block, after = taken(lines, at)
        seen.append(after - at)
        return block, after

    monkeypatch.setattr(text_reader, taker, counted)
    list(text_reader.read("\n".join(lines), "a.txt"))
    assert sum(seen) <= 2 * len(lines)


def test_parts_of_a_page_that_show_nothing_are_kept_in_mind_once():
    reader = _Reader(1)
    reader.feed("<svg><style>" * 1_000)
    assert reader.silent == ["svg", "style"]


def a_drawing(lines: int) -> bytes:
    """A page of lines across and down that cross one another, and a word."""
    paths = b"".join(b"0 %d m 9000 %d l S %d 0 m %d 9000 l S " % (4 * n, 4 * n, 4 * n, 4 * n) for n in range(lines))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9000 9000]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    return pdf(CATALOGUE, PAGES, page, stream(b"BT /F 9 Tf 9 9 Td (word) Tj ET " + paths), font)


@pytest.mark.parametrize("lines", [200, 600])
def test_a_page_of_crossing_lines_is_a_drawing_and_none_of_its_cells_are_joined(lines, monkeypatch):
    monkeypatch.setattr("gkstats.reading.pdf.Frame._join", lambda *_: pytest.fail("the work was begun"))
    (page,) = pages_of(a_drawing(lines), "a.pdf")
    assert len(page.across) == len(page.down) == lines
    with pytest.raises(ReportError, match="不是政府信息公开工作年度报告"):
        read_document(a_drawing(lines))


@pytest.mark.parametrize("bound", ["MAX_SIGNS", "MAX_CHARS"])
def test_a_pdf_of_more_text_than_any_report_or_page_is_refused_and_not_cut(monkeypatch, bound):
    monkeypatch.setattr(f"gkstats.reading.pdf.{bound}", 1_000)
    with pytest.raises(ReportError, match=r"PDF .*的文字：过大"):
        read_document(FLAVOURS["pdf"](elements(random_report(3))))


def test_what_has_no_place_on_a_page_is_no_part_of_it(monkeypatch):
    """As where a document draws with numbers of thousands of digits: the library then gives NaN for a place."""
    content = FLAVOURS["pdf"](elements(random_report(3)))
    whole = pages_of(content, "a.pdf")
    monkeypatch.setattr(_Upright, "__call__", lambda _, x, y: (nan, nan) if x > 480 else (x, y))
    pages = pages_of(content, "a.pdf")
    assert 0 < sum(len(page.chars) for page in pages) < sum(len(page.chars) for page in whole)
    assert all(isfinite(place) for page in pages for char in page.chars for place in char[1:])
    assert all(isfinite(place) for page in pages for edge in (*page.across, *page.down) for place in edge)
    assert read_document(content).year == 2023
