"""The published page: what reaches it, what cannot, and what a screen reader finds in it."""

import hashlib
import re
from base64 import b64decode, b64encode
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise

import nbformat.v4 as v4
import pytest

from gkstats.output.blocks import NOTEBOOK_ONLY
from gkstats.output.html import GkHTMLExporter
from gkstats.page import Page, cell, to_html

HOSTILE = """</td></table></style><script>alert(1)</script><img src=x onerror='alert(2)' title="a" ">&amp;"""
BAD = '2" onclick="x'
VOID = {"br", "col", "img", "link", "meta", "wbr", "hr", "input", "base"}

ATTRIBUTES = {
    "alt", "aria-label", "class", "colspan", "id", "role", "rowspan", "scope", "src", "tabindex", "width",
}  # fmt: skip


class Element:
    def __init__(self, tag: str, attributes: dict, parent=None):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element] = []
        self.text = ""

    def all(self, *tags: str) -> list["Element"]:
        found = [self] if self.tag in tags or not tags else []
        return found + [element for child in self.children for element in child.all(*tags)]


class Tree(HTMLParser):
    """The page as elements; refuses an end tag that closes anything but the innermost element."""

    def __init__(self, source: str):
        super().__init__()
        self.root = self.at = Element("", {})
        self.feed(source)
        self.close()
        assert self.at is self.root

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {attrs}"
        element = Element(tag, dict(attrs), self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag):
        assert tag == self.at.tag
        self.at = self.at.parent

    def handle_data(self, data):
        element = self.at
        while element is not None:
            element.text += data
            element = element.parent


def parse(source: str) -> Element:
    return Tree(source).root


def table(name: str = "applications", caption: str = "表三", **changes) -> dict:
    """Two label columns and three figure columns, with spans in the head and in the body."""
    head, label, figure = (partial(cell, role=role) for role in ("head", "label", "figure"))
    return {
        "kind": "table", "id": name, "caption": caption, "style": "dense", "widths": [1, 3, 2, 2, 2],
        "head": [[head("（勾稽）", span=2, rows=2), head("自然人", rows=2), head("法人或其他组织", span=2)],
                 [head("社会公益组织"), head("其他")]],
        "body": [[cell("第二十条", "band", span=5)],
                 [label("三、本年度办理结果", rows=11), label("1.属于国家秘密"), *map(figure, "012")],
                 *([label(f"{n}.其他"), *map(figure, "345")] for n in range(2, 12)),
                 [label("（七）总计", span=2), figure("3", mark="fail"), *map(figure, "45")]],
    } | changes  # fmt: skip


def report() -> list[dict]:
    return [
        {"kind": "title", "text": "某县人民政府\n2023年政府信息公开工作年度报告"},
        {"kind": "paragraph", "lead": "", "text": "本报告依据条例编制。"},
        {"kind": "heading", "level": 1, "text": "一、总体情况"},
        {"kind": "paragraph", "lead": "（一）主动公开。", "text": "公开12条。"},
        {"kind": "heading", "level": 1, "text": "三、收到和处理政府信息公开申请情况"},
        table(),
        {"kind": "appendix"},
        {"kind": "heading", "level": 1, "text": "附录一 数据核对"},
        {"kind": "verdict", "status": "fail", "text": "不通过 1 项。"},
        {"kind": "heading", "level": 2, "text": "编制信息"},
        {"kind": "figure", "alt": "公开12件", "caption": "图1", "svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
        {"kind": "verbatim", "text": "sha256 " + "0" * 64},
    ]


def hostile_report() -> list[dict]:
    return [
        {"kind": "title", "text": HOSTILE},
        {"kind": "heading", "level": 1, "text": HOSTILE},
        {"kind": "heading", "level": 2, "text": HOSTILE},
        {"kind": "heading", "level": 1, "text": "二"},
        {"kind": "heading", "level": 1, "text": "三"},
        {"kind": "paragraph", "lead": HOSTILE, "text": HOSTILE},
        {"kind": "verdict", "status": HOSTILE, "text": HOSTILE},
        table(HOSTILE, HOSTILE, style=HOSTILE),
        table("t", head=[[cell(HOSTILE, "head", span=5)]], body=[
            [cell(HOSTILE, "label", span=2), cell(HOSTILE, mark=HOSTILE), cell(HOSTILE, HOSTILE, span=2)],
        ]),
        {"kind": "figure", "alt": HOSTILE, "caption": HOSTILE, "svg": HOSTILE},
        {"kind": "verbatim", "text": HOSTILE},
        {"kind": "appendix"},
    ]  # fmt: skip


def notebook(blocks: list[dict], *cells):
    value = v4.new_output("display_data", data=Page(tuple(blocks))._repr_mimebundle_())
    return v4.new_notebook(cells=[v4.new_code_cell("show(report)", id="shown", outputs=[value]), *cells])


@pytest.fixture(scope="module")
def exporter():
    return GkHTMLExporter()


@pytest.fixture(scope="module")
def page(exporter) -> str:
    return exporter.from_notebook_node(notebook(report()))[0]


def export(exporter, *arguments) -> str:
    return exporter.from_notebook_node(notebook(*arguments))[0]


@pytest.mark.parametrize("place", range(len(hostile_report())))
def test_no_text_of_a_block_becomes_markup(place):
    block = hostile_report()[place]
    elements = parse(to_html([block])).all()
    assert not {"script", "style", "iframe"} & {element.tag for element in elements}
    assert {name for element in elements for name in element.attributes} <= ATTRIBUTES


def test_a_hostile_report_leaves_the_page_whole(exporter):
    page = parse(export(exporter, hostile_report()))
    assert not page.all("script")
    assert len(page.all("style")) == 1
    assert [element.tag for element in page.all("html")[0].children] == ["head", "body"]
    assert page.all("title")[0].text == page.all("h1")[0].text == page.all("h2")[0].text == HOSTILE
    assert page.all("nav")[0].all("a")[0].text == HOSTILE
    assert all(not name.startswith("on") for element in page.all() for name in element.attributes)
    [image] = page.all("img")
    assert image.attributes["alt"] == HOSTILE
    assert b64decode(image.attributes["src"].removeprefix("data:image/svg+xml;base64,")).decode() == HOSTILE
    assert all(region.attributes["aria-label"] == region.all("caption")[0].text for region in page.all("div"))


@pytest.mark.parametrize(
    "change",
    [
        {"widths": [BAD]},
        {"body": [[cell("1", span=BAD)]]},
        {"body": [[cell("1", rows=BAD)]]},
    ],
)
def test_spans_and_widths_that_are_not_numbers_are_refused(change):
    with pytest.raises(TypeError):
        to_html([table(**change)])


def test_raw_html_of_the_notebook_does_not_reach_the_page(exporter):
    raw = "<script>alert(1)</script><iframe src='//x'></iframe>"
    page = export(
        exporter, report(),
        v4.new_markdown_cell(f"## 其他\n\n{raw}\n\n文中<b onclick='x'>粗</b>和 [链接](javascript:alert(1))"),
        v4.new_raw_cell(raw),
        v4.new_code_cell(raw, outputs=[
            v4.new_output("display_data", data={"text/html": raw, "text/plain": raw}),
            v4.new_output("display_data", data={"application/javascript": "alert(1)"}),
            v4.new_output("stream", text=raw),
            v4.new_output("error", ename=raw, evalue=raw, traceback=[raw]),
        ]),
    )  # fmt: skip
    tree = parse(page)
    assert not tree.all("script", "iframe", "b")
    assert not [a for a in tree.all("a") if not a.attributes["href"].startswith("#")]
    assert "&lt;script&gt;" in page


def test_a_cell_for_the_notebook_only_is_left_out(exporter):
    kept, left_out = v4.new_markdown_cell("留下的话"), v4.new_markdown_cell("只给编制人看的话")
    left_out.metadata.tags = [NOTEBOOK_ONLY]
    page = export(exporter, report(), kept, left_out)
    assert "留下的话" in page
    assert "只给编制人看的话" not in page


def test_source_code_is_not_shown(page):
    assert "show(report)" not in page


def test_the_page_forbids_everything_but_its_own_style_sheet_and_embedded_pictures(page):
    tree = parse(page)
    [policy] = [m.attributes["content"] for m in tree.all("meta") if "http-equiv" in m.attributes]
    [style] = tree.all("style")
    digest = b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
    assert not [element for element in tree.all() if "style" in element.attributes]


def test_the_page_names_no_address_outside_itself(page):
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r'data:[^"]*', "", page))
    ids = {element.attributes.get("id") for element in parse(page).all()}
    for element in parse(page).all():
        for address in (element.attributes.get("src"), element.attributes.get("href")):
            assert address is None or address.startswith("data:image/svg+xml;base64,") or address[1:] in ids


def test_every_table_has_a_caption_a_named_region_and_scoped_headers(page):
    tree = parse(page)
    for one in tree.all("table"):
        region = one.parent.attributes
        assert one.all("caption")[0].text == region["aria-label"]
        assert (region["role"], region["tabindex"]) == ("region", "0")
    scopes = {th.text: th.attributes["scope"] for th in tree.all("th")}
    assert scopes["法人或其他组织"] == scopes["第二十条"] == "col"
    assert scopes["三、本年度办理结果"] == scopes["（七）总计"] == "row"


def test_the_spans_of_a_table_fill_its_grid():
    [one] = parse(to_html([table()])).all("table")
    for part in one.all("thead", "tbody"):
        taken: set[tuple[int, int]] = set()
        for row, line in enumerate(part.all("tr")):
            for c in line.all("th", "td"):
                column = next(n for n in range(99) if (row, n) not in taken)
                span, rows = (int(c.attributes.get(name, 1)) for name in ("colspan", "rowspan"))
                covered = {(row + down, column + right) for down in range(rows) for right in range(span)}
                assert not covered & taken
                taken |= covered
        assert taken == {(row, n) for row in range(len(part.all("tr"))) for n in range(len(one.all("col")))}


def test_column_widths_add_up_to_the_table():
    widths = [float(col.attributes["width"].rstrip("%")) for col in parse(to_html([table()])).all("col")]
    assert widths == [10, 30, 20, 20, 20]


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        ("商业企业", "商业<wbr>企业"),
        ("社会公益组织", "社会<wbr>公益<wbr>组织"),
        ("总计", "总计"),
        ("自然人", "自然人"),
        ("收费金额（万元）", "收费金额（万元）"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_head_may_break_between_its_two_character_words(head, shown):
    html = to_html([table(widths=[1], head=[[cell(head, "head")]], body=[])])
    assert f'<th scope="col" class="head">{shown}</th>' in html


def test_only_a_label_over_many_rows_stands_upright():
    [upright] = [e for e in parse(to_html([table()])).all("span") if e.attributes.get("class") == "tall"]
    assert upright.text == "三、本年度办理结果"


def test_headings_follow_one_another_without_a_gap(page):
    levels = [int(element.tag[1]) for element in parse(page).all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_contents_lead_to_every_section(page):
    tree = parse(page)
    links = {a.attributes["href"][1:]: a.text for a in tree.all("nav")[0].all("a")}
    sections = {s.attributes["id"]: s.all("h2")[0].text for s in tree.all("section") if "id" in s.attributes}
    assert links == sections
    assert list(links.values()) == ["一、总体情况", "三、收到和处理政府信息公开申请情况", "附录一 数据核对"]


def test_what_follows_the_appendix_mark_stands_outside_the_official_text(page):
    tree = parse(page)
    [article] = tree.all("article")
    [annex] = [s for s in tree.all("section") if s.attributes.get("class") == "annex"]
    assert "表三" in article.text
    assert "附录" not in article.text
    assert "不属于年度报告正文" in annex.text
    assert "不通过 1 项" in annex.text


def test_the_page_says_its_language_its_title_and_where_its_text_begins(page):
    tree = parse(page)
    assert tree.all("html")[0].attributes["lang"] == "zh-CN"
    assert tree.all("title")[0].text == "某县人民政府2023年政府信息公开工作年度报告"
    assert tree.all("body")[0].children[0].attributes["href"] == "#main"
    assert [main.attributes["id"] for main in tree.all("main")] == ["main"]
    assert [img.attributes["alt"] for img in tree.all("img")] == ["公开12件"]


def test_a_page_without_a_title_is_named_after_its_file(exporter):
    resources = {"metadata": {"name": "2023 & 2024"}}
    page, _ = exporter.from_notebook_node(notebook([table()]), resources)
    assert "<title>2023 &amp; 2024</title>" in page


def test_a_table_shown_twice_has_two_ids(exporter):
    page = export(exporter, [*report(), table(), table("main"), table("s1"), table("applications-2")])
    ids = [e.attributes["id"] for e in parse(page).all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert {"applications", "applications-2", "main-2", "s1-2"} <= set(ids)


def test_the_same_notebook_gives_the_same_bytes_from_a_new_exporter(page):
    assert export(GkHTMLExporter(), report()) == page


def test_a_second_notebook_holds_nothing_of_the_first(exporter, page):
    first = export(exporter, [{"kind": "title", "text": "甲县"}, table("first"), {"kind": "appendix"}])
    second = export(exporter, [{"kind": "title", "text": "乙县"}])
    assert "甲县" in first
    assert not [word for word in ("甲县", 'id="first"', "附录", "表三") if word in second]
    assert export(exporter, report()) == page


def test_an_empty_notebook_gives_an_empty_page(exporter):
    page, _ = exporter.from_notebook_node(v4.new_notebook())
    [main] = parse(page).all("main")
    assert not main.text.strip()
    assert not parse(page).all("nav")


def test_a_page_stays_small(page):
    assert len(page.encode()) < 30_000


def test_the_exporter_writes_an_html_file(exporter):
    _, resources = exporter.from_notebook_node(notebook(report()))
    assert (exporter.file_extension, exporter.output_mimetype) == (".html", "text/html")
    assert resources["output_extension"] == ".html"


def notebook_view():
    return Page(tuple(report()))._repr_mimebundle_()["text/html"]


def test_a_notebook_output_is_one_fragment_in_chinese():
    [shown] = parse(notebook_view()).children
    assert (shown.tag, shown.attributes["lang"]) == ("div", "zh-CN")


def test_a_notebook_output_keeps_its_look_where_style_sheets_are_taken_out():
    """As JupyterLab does with a notebook that was run elsewhere."""
    html = notebook_view()
    assert "<style" not in html
    cells = re.findall(r"<t[hd] [^>]*>", html)
    assert cells and all('style="border:1px solid' in cell for cell in cells)


def test_a_mark_is_a_sign_in_a_notebook_and_a_class_on_the_page():
    block = {
        "kind": "table", "id": "t", "caption": "表", "style": "list", "widths": [1], "head": [],
        "body": [[cell("3", "figure", mark="fail")]],
    }  # fmt: skip
    assert ">× 3</td>" in to_html([block], inline=True)
    assert '<td class="figure fail">3</td>' in to_html([block])
