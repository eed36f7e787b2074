"""Text from strangers stays text: in pages, notebooks, workbooks, CSV, prints, file names and notebook parameters."""

import csv
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import nbformat.v4 as v4
import openpyxl
import pypdfium2.raw as pdfium
import pytest
from builders import a_balanced_report
from lxml import etree

from gkstats import display
from gkstats.cli import run
from gkstats.excel_form import form_bytes
from gkstats.office import csv_text
from gkstats.output import exporter
from gkstats.report_file import dumps, parse

ROOT = Path(__file__).parents[1]

ALIVE = "document.title='ALIVE'"
BEACON = "http://127.0.0.1:PORT"
HOSTILE = (
    f"<script>{ALIVE}</script>",
    f"</title></style></textarea></script><script>{ALIVE}</script>",
    f'<img src=x onerror="{ALIVE}">',
    f"\" onmouseover=\"{ALIVE}\" x=\"' autofocus onfocus={ALIVE} '",
    f"<svg onload={ALIVE}><script>{ALIVE}</script><a xlink:href='javascript:{ALIVE}'>x</a></svg>",
    f"<svg><style><img src=x onerror={ALIVE}></style></svg><math><mtext></mtext><mglyph><style><!--</style>-->",
    f"<iframe srcdoc=\"<script>parent.{ALIVE}</script>\" src={BEACON}/frame></iframe>",
    f"<link rel=stylesheet href={BEACON}/style.css><style>@import url({BEACON}/i.css); p{{{{color:red}}}}</style>",
    f"<meta http-equiv=refresh content='0;url={BEACON}/meta'><base href={BEACON}/><form action={BEACON}/f><button>",
    f"<video src={BEACON}/v><object data={BEACON}/o></object><embed src={BEACON}/e><body background={BEACON}/b>",
    f"[点这里](javascript:{ALIVE}) ![图]({BEACON}/x.png) <{BEACON}/auto> [a]: {BEACON}/ref",
    f"&lt;script&gt;{ALIVE}&lt;/script&gt; &#60;script&#62; \\u003cscript\\u003e %3Cscript%3E ＜script＞",
    "{{{{7*7}}}} {{% include '/etc/passwd' %}} ${{7*7}} <%= 7*7 %> #{{7*7}}",
    r"$\href{{javascript:alert(1)}}{{x}}$ \( \require{{html}} \) $$\unicode{{x}}$$",
    '#set page(width: 1pt) #image("/etc/passwd") #eval("1") @label `raw` ```x``` *粗* _斜_ // /* $x$',
    "]]><!--><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;<?php phpinfo(); ?>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    '@SUM(A1)=HYPERLINK("http://a.example","b")',
    "＝1+1",
    "expression(alert(1)); background:url(x); --x:</style>",
)  # fmt: skip
SHORT = f"<script>{ALIVE}</script>=1+1"  # a name has at most 60 characters


def hostile_report(port=0):
    """A report with harmful text in every field that takes text, as a params file would give it."""
    texts = [text.replace("PORT", str(port)) for text in HOSTILE]
    plain = [text.replace("{{", "{").replace("}}", "}") for text in texts]
    sections = ("preamble", *(section.code for section in a_balanced_report().form.sections))
    facts = {f"fact_{number}": text for number, text in enumerate(plain)}
    prose = "\n".join([*texts, *(f"（一）{text}。" for text in texts), *(f"{{facts/{name}}}" for name in facts)])
    report = a_balanced_report(
        {"applications/received/total": 9, "disputes/review": [1, 1, 0, None, 4]},
        facts=facts,
        prose=dict.fromkeys(sections, prose),
        explanations=tuple(
            {"check": check, "place": text, "reason": text, "who": text, "when": text}
            for text in plain
            for check in ("T3.3", text)
        ),
        source={key: " ".join(plain) for key in ("title", "file", "sha256", "note")},
    )
    report = replace(
        report, body=replace(report.body, name=SHORT), id="500243-pengshui", file=plain[0], sha256=plain[1]
    )
    again = parse(dumps(report).encode(), "a.yaml")  # what can be in a report is what can be in its file
    assert (again.prose, again.facts, again.source) == (report.prose, report.facts, report.source)
    return report


def notebook_of(report):
    """The executed notebook of a report, without a kernel: every cell's value as JupyterLab keeps it."""
    last = replace(report, year=report.year - 1)
    pages = [display.title(report), display.preamble(report, last)]
    pages += [display.section(report, section.code, last) for section in report.form.sections]
    pages += [display.statistics_appendix(report, last), display.composition(report), display.flow(report)]
    pages += [display.reasons(report, last), display.checks_appendix(report, last), display.provenance(report, last)]
    outputs = [v4.new_output("execute_result", page._repr_mimebundle_()) for page in pages]
    return v4.new_notebook(cells=[v4.new_code_cell("", outputs=[output]) for output in outputs])


@pytest.fixture(scope="module")
def notebook():
    return notebook_of(hostile_report())


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.found, self.comments = [], 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data):
        self.comments += 1

    handle_decl = unknown_decl = handle_pi = lambda self, text: self.__dict__.update(declaration=text)


INERT = {
    "a", "article", "body", "br", "caption", "col", "colgroup", "details", "div", "figcaption", "figure", "h1", "h2",
    "h3", "head", "html", "img", "li", "main", "meta", "nav", "p", "pre", "section", "span", "style", "summary",
    "table", "tbody", "td", "th", "thead", "title", "tr", "ul", "wbr",
}  # fmt: skip
ATTRIBUTES = {
    "alt", "aria-label", "cellpadding", "charset", "class", "colspan", "content", "href", "http-equiv", "id", "lang",
    "name", "role", "rowspan", "scope", "src", "style", "tabindex", "width",
}  # fmt: skip


def assert_inert(page):
    """Only elements that do nothing, no handler, no address but places in the page and pictures inside it."""
    parsed = Elements(page)
    assert parsed.comments == 0
    for tag, attributes in parsed.found:
        assert tag in INERT and set(attributes) <= ATTRIBUTES, (tag, attributes)
        assert re.fullmatch(r"#[\w-]+", attributes.get("href", "#x"))
        assert attributes.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;base64,")
        assert not re.search(r"url|expression|@|javascript|</", attributes.get("style", ""))
    return parsed


def test_the_page_of_a_hostile_report_holds_nothing_that_acts(notebook):
    page = exporter("html")(notebook).decode()
    parsed = assert_inert(page)
    (policy,) = (a["content"] for tag, a in parsed.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy and "http" not in policy
    assert [tag for tag, _ in parsed.found].count("style") == 1
    assert page.count(f"&lt;script&gt;{ALIVE}".replace("'", "&#x27;")) > 10, "the text itself is shown"


def test_what_a_notebook_shows_holds_nothing_that_acts_and_no_formula_that_is_typeset(notebook):
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert set(output.data) == {"text/plain", "text/html", "application/vnd.gkstats+json"}
        assert_inert(output.data["text/html"])
        assert output.data["text/html"].startswith('<div lang="zh-CN" class="mathjax_ignore">')


def test_the_pictures_of_a_hostile_report_hold_no_script_and_no_address(notebook):
    blocks = [b for cell in notebook.cells for b in cell.outputs[0].data["application/vnd.gkstats+json"]["blocks"]]
    pictures = [etree.fromstring(block["svg"].encode()) for block in blocks if block["kind"] == "figure"]
    assert pictures
    for element in (element for picture in pictures for element in picture.iter(etree.Element)):
        assert etree.QName(element).localname not in (
            "script",
            "foreignObject",
            "a",
            "image",
            "iframe",
            "set",
            "animate",
        )
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert etree.QName(name).localname != "href" or value.startswith("#")


def test_the_print_of_a_hostile_report_has_no_action_and_no_link(notebook):
    import pypdfium2

    document = pypdfium2.PdfDocument(exporter("pdf")(notebook))
    assert pdfium.FPDFDoc_GetJavaScriptActionCount(document) == 0
    assert pdfium.FPDFDoc_GetAttachmentCount(document) == 0
    pages = [document[number] for number in range(len(document))]
    assert all(pdfium.FPDFPage_GetAnnotCount(page) == 0 for page in pages)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert '#image("/etc/passwd")' in re.sub(r"[\r\n]", "", text) and "root:" not in text


def test_the_word_file_of_a_hostile_report_has_no_field_and_nothing_outside(notebook):
    archive = zipfile.ZipFile(io.BytesIO(exporter("docx")(notebook)))
    for name in archive.namelist():
        content = archive.read(name)
        assert b"External" not in content and b"vbaProject" not in content and b"<!DOCTYPE" not in content, name
        if name.endswith("document.xml"):
            fields = re.findall(rb"<w:instrText[^>]*>([^<]*)|w:instr=\"([^\"]*)", content)
            assert not fields and b"w:hyperlink" not in content and b"altChunk" not in content


@pytest.mark.parametrize("make", [lambda n, r: exporter("xlsx")(n), lambda n, r: form_bytes(r)], ids=["tables", "form"])
def test_no_text_of_a_hostile_report_is_a_formula_in_a_workbook(notebook, make):
    def formulas(content):
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert not [n for n in archive.namelist() if re.search("externalLink|macro|vba|connections|hyperlink", n)]
        sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
        return sorted(
            re.sub(r"\d+", "0", str(cell.value))
            for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        )  # fmt: skip

    report = hostile_report()
    harmless = replace(report, prose={}, facts={}, explanations=(), source={})
    harmless = replace(harmless, body=replace(report.body, name="某县"))
    assert formulas(make(notebook, report)) == formulas(make(notebook_of(harmless), harmless))


def test_no_text_of_a_finding_is_a_formula_in_csv(params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    path = params_dir / "500243-pengshui/2023.yaml"
    text = path.read_text(encoding="utf-8").replace("results.total: [30, 1", "results.total: [3, 1")
    path.write_text(text.replace("  overview: |-\n", "  overview: |-\n    =cmd|' /C calc'!A0新收申请99件。\n"), "utf-8")
    run(["check", "--format", "csv"])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) > 3
    for value in (value for row in rows for value in row):
        assert value[:1] not in tuple("=+-@\t\r") or re.fullmatch(r"[+-]\d+(\.\d+)?", value), value


@pytest.mark.parametrize("text", [t for t in HOSTILE if t[0] in "=+-@＝"] + ["'a", "\t=1", "\r=1", "－1", "-", "+a"])
def test_a_text_of_a_csv_file_that_would_be_computed_begins_with_an_apostrophe(text):
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-27", "+3", "+1.50", "表三", "", 3, None])
def test_figures_and_other_texts_of_a_csv_file_stay_as_they_are(value):
    assert csv_text(value) == value


# -- a real browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="没有 Chromium：此处只检查了网页的结构，没有在浏览器中打开"
)


@pytest.fixture
def beacon():
    """(port, list of the paths that were asked for) of a server on this machine."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def opened(page: str, folder: Path) -> tuple[str, list[str]]:
    """(the document after its scripts have run, what the console says) of a page in headless Chromium."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    options = (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0",
        "--virtual-time-budget=3000", f"--user-data-dir={folder / 'profile'}", "--dump-dom",
    )  # fmt: skip
    done = subprocess.run([CHROMIUM, *options, file.as_uri()], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    console = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), console


@pytest.mark.slow
@needs_chromium
def test_in_a_browser_no_script_runs_no_request_leaves_and_no_policy_is_broken(beacon, tmp_path):
    port, asked = beacon
    page = exporter("html")(notebook_of(hostile_report(port))).decode()
    document, console = opened(page, tmp_path)
    assert "</html>" in document and "<title>ALIVE" not in document
    assert (asked, console) == ([], [])


@pytest.mark.slow
@needs_chromium
def test_the_browser_would_have_told(beacon, tmp_path):
    """The same page with a live script and picture, first under its policy, then without one."""
    port, asked = beacon
    page = exporter("html")(notebook_of(a_balanced_report())).decode()
    live = page.replace("<main", f"<script>{ALIVE}</script><img src=http://127.0.0.1:{port}/x.png><main", 1)
    document, console = opened(live, tmp_path)
    assert "<title>ALIVE" not in document and not asked
    assert any("Content Security Policy" in line for line in console)
    document, console = opened(re.sub(r"<meta http-equiv[^>]*>", "", live), tmp_path)
    assert "<title>ALIVE" in document and asked == ["/x.png"]


@pytest.mark.slow
@needs_chromium
def test_in_a_browser_what_a_notebook_shows_does_nothing_either(beacon, tmp_path):
    port, asked = beacon
    cells = notebook_of(hostile_report(port)).cells
    shown = "".join(cell.outputs[0].data["text/html"] for cell in cells)
    document, console = opened(f"<!DOCTYPE html><meta charset=utf-8><title>x</title>{shown}", tmp_path)
    assert "<title>x</title>" in document
    assert (asked, console) == ([], [])
