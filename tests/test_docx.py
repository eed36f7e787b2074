"""What the Word file must be, read back from finished files by python-docx and as XML."""

import io
import re
import zipfile
from datetime import datetime
from xml.etree import ElementTree

import docx
import numpy as np
import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report, grid, with_distinct_figures
from PIL import Image

from gkstats import display
from gkstats.charts import flow_chart
from gkstats.output import picture
from gkstats.output.docx import to_docx
from gkstats.output.pdf import PrintError
from gkstats.output.picture import picture_of
from gkstats.page import cell

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><path d="M0 0H100V100H0Z" fill="#{}"/></svg>'

# The order of ECMA-376 part 1, of the elements in use: Word calls a file with another order damaged.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl pBdr shd wordWrap autoSpaceDE autoSpaceDN"
    " snapToGrid spacing ind jc outlineLvl",
    "rPr": "rStyle rFonts b color spacing kern sz szCs lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "tcW gridSpan vMerge shd tcMar textDirection vAlign",
    "trPr": "cantSplit tblHeader",
    "tblCellMar": "top left bottom right",
    "tcMar": "top left bottom right",
    "pBdr": "top left bottom right",
    "tbl": "tblPr tblGrid tr",
    "tc": "tcPr p",
    "style": "name basedOn next uiPriority semiHidden qFormat pPr rPr tblPr",
    "sectPr": "footerReference pgSz pgMar docGrid",
}


def title(text="某县\n2023年报告", organization="", year=None):
    return {"kind": "title", "text": text, "organization": organization, "year": year}


def heading(text, level=1):
    return {"kind": "heading", "level": level, "text": text}


def paragraph(text, lead=""):
    return {"kind": "paragraph", "lead": lead, "text": text}


def table(body, *, caption="表", style="list", head=()):
    widths = [1] * sum(c["span"] for c in (head or body)[0])
    return {
        "kind": "table", "id": "t", "caption": caption, "style": style, "widths": widths,
        "head": list(head), "body": body,
    }  # fmt: skip


EVERY_KIND = [
    title(),
    heading("一、总体情况"),
    heading("（一）", 2),
    paragraph("公开。\n第二段", "（一）主动公开。"),
    table([[cell("甲", mark="fail"), cell("12", "figure", mark="unknown")]], head=[[cell("名", "head", span=2)]]),
    {"kind": "figure", "svg": SQUARE.format("123456"), "alt": "一图", "caption": "图1"},
    {"kind": "verbatim", "text": "Error\n\tx"},
    {"kind": "appendix"},
    heading("附录"),
    heading("附录节", 2),
    paragraph("附录文字"),
    *({"kind": "verdict", "status": status, "text": "结论"} for status in ("pass", "fail", "unknown")),
    {"kind": "figure", "svg": SQUARE.format("654321"), "alt": "", "caption": ""},
]


def opened(blocks):
    return docx.Document(io.BytesIO(to_docx(blocks)))


def parts(blocks):
    archive = zipfile.ZipFile(io.BytesIO(to_docx(blocks)))
    return {name: archive.read(name) for name in archive.namelist()}


def elements(blocks, name):
    return list(ElementTree.fromstring(parts(blocks)["word/document.xml"]).iter(W + name))


def plain(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
@pytest.mark.parametrize("section", ["disclosure", "applications", "disputes"])
def test_every_figure_and_label_stands_at_its_place(form, section):
    blocks = display.section(with_distinct_figures(form), section).blocks
    (block,) = (block for block in blocks if block["kind"] == "table")
    width = len(block["widths"])
    wanted = [[plain(c["text"]) for c in row] for row in grid([*block["head"], *block["body"]], width)]
    (found,) = opened(blocks).tables
    assert [[plain(c.text) for c in row.cells] for row in found.rows] == wanted


def test_merged_cells_stay_merged_and_the_head_repeats():
    blocks = display.section(with_distinct_figures(FORMS_SEEN[0]), "applications").blocks
    assert len(elements(blocks, "tblHeader")) == 3
    assert len(elements(blocks, "cantSplit")) == len(elements(blocks, "tr")) == 28
    assert [e.get(W + "val") for e in elements(blocks, "textDirection")] == ["tbRlV"] * 22
    restarts = [e for e in elements(blocks, "vMerge") if e.get(W + "val") == "restart"]
    # the corner, 自然人, 总计, 三、本年度办理结果, （三） to （六）
    assert len(restarts) == 8


def test_a_table_that_fits_a_page_is_kept_whole_and_below_its_heading():
    document = opened(display.section(with_distinct_figures(FORMS_SEEN[0]), "applications").blocks)
    assert document.styles["Heading 1"].paragraph_format.keep_with_next
    (found,) = document.tables
    kept = [{p.paragraph_format.keep_with_next for c in row.cells for p in c.paragraphs} for row in found.rows]
    assert kept == [{True}] * 27 + [{None}]


def test_a_table_longer_than_a_page_may_be_divided_and_one_row_of_that_length_too():
    assert not elements([table([[cell("甲")]] * 80, caption="")], "keepNext")
    assert len(elements([table([[cell("甲" * 3000)], [cell("乙")]])], "cantSplit")) == 1


def test_two_tables_do_not_become_one():
    blocks = [table([[cell("甲")]], caption=""), table([[cell("乙")]], caption="")]
    body = ElementTree.fromstring(parts(blocks)["word/document.xml"])[0]
    assert [child.tag.removeprefix(W) for child in body] == ["tbl", "p", "tbl", "p", "sectPr"]


def test_headings_are_real_headings_also_in_the_appendix():
    document = opened(EVERY_KIND)
    levels = {}
    for found in document.paragraphs:
        style = found.style
        while style is not None and style.element.find(f"{W}pPr/{W}outlineLvl") is None:
            style = style.base_style
        if style is not None:
            levels[found.text] = style.name
    assert levels == {"一、总体情况": "Heading 1", "（一）": "Heading 2", "附录": "Heading 1", "附录节": "Heading 2"}


def test_the_page_is_that_of_the_official_layout():
    (section,) = opened([paragraph("甲")]).sections
    sides = ("page_width", "page_height", "top_margin", "bottom_margin", "left_margin", "right_margin")
    assert [round(getattr(section, side).mm) for side in sides] == [210, 297, 37, 35, 28, 26]
    (lines,) = elements([paragraph("甲")], "docGrid")
    assert lines.attrib == {W + "type": "lines", W + "linePitch": "579"}
    assert 22 * 579 <= (297 - 37 - 35) * 1440 / 25.4 < 23 * 579


def test_the_page_number_is_on_the_outer_side():
    document = opened([paragraph("甲")])
    assert document.settings.odd_and_even_pages_header_footer
    odd, even = document.sections[0].footer, document.sections[0].even_page_footer
    assert (odd.paragraphs[0].alignment, even.paragraphs[0].alignment) == (2, 0)
    assert odd.paragraphs[0].text == "— 1 —"


def test_the_appendix_starts_a_page_in_smaller_type():
    document = opened([paragraph("正文"), {"kind": "appendix"}, table([[cell("甲")]]), paragraph("附录")])
    text, start, *_, after = document.paragraphs
    assert (text.style.name, after.style.name) == ("Body Text", "附录正文")
    assert start.paragraph_format.page_break_before
    assert after.style.font.size.pt == 12


def test_the_file_states_its_title_author_and_a_date_that_does_not_change():
    about = opened([title("某县\n2023年报告", "某县政府", 2023)]).core_properties
    assert (about.title, about.author) == ("某县2023年报告", "某县政府")
    assert about.created.replace(tzinfo=None) == about.modified.replace(tzinfo=None) == datetime(2024, 1, 1)


def test_the_same_blocks_give_the_same_bytes():
    assert to_docx(EVERY_KIND) == to_docx(EVERY_KIND)
    archive = zipfile.ZipFile(io.BytesIO(to_docx(EVERY_KIND)))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml"])
@pytest.mark.parametrize("blocks", [EVERY_KIND, "section"], ids=["every kind", "applications"])
def test_elements_stand_in_the_order_of_the_schema(part, blocks):
    if blocks == "section":
        blocks = display.section(with_distinct_figures(FORMS_SEEN[0]), "applications").blocks
    for element in ElementTree.fromstring(parts(blocks)[part]).iter():
        if wanted := ORDER.get(element.tag.removeprefix(W), "").split():
            places = [wanted.index(child.tag.removeprefix(W)) for child in element]
            assert places == sorted(places), ElementTree.tostring(element, encoding="unicode")


def test_every_part_is_declared_and_every_style_exists():
    files = parts(EVERY_KIND)
    types = ElementTree.fromstring(files["[Content_Types].xml"])
    declared = {entry.get("PartName") for entry in types if entry.get("PartName")}
    endings = {entry.get("Extension") for entry in types if entry.get("Extension")}
    for name in set(files) - {"[Content_Types].xml"}:
        assert f"/{name}" in declared or name.rpartition(".")[2] in endings
        if not name.endswith(".png"):
            ElementTree.fromstring(files[name])
    styles = {style.get(W + "styleId") for style in ElementTree.fromstring(files["word/styles.xml"]).iter(W + "style")}
    document = ElementTree.fromstring(files["word/document.xml"])
    used = {e.get(W + "val") for tag in ("pStyle", "rStyle", "tblStyle") for e in document.iter(W + tag)}
    assert used <= styles


@pytest.mark.parametrize(
    "text", ["<w:p/>", "a&amp;b", "]]>", "{PAGE}", "\"甲'", "甲\x07\x00乙\ud800", "\u202e右", "=1+1", "甲" * 300]
)
def test_a_text_is_only_text(text):
    shown = re.sub("[\x00\x07\ud800]", "\ufffd", text)
    alt = {"kind": "figure", "svg": SQUARE.format("000000"), "alt": text, "caption": text}
    blocks = [title(text, text), heading(text), paragraph(text), table([[cell(text)]], caption=text), alt]
    document = opened(blocks)
    assert document.tables[0].cell(0, 0).text == shown
    assert [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Body Text")] == [shown, shown]
    assert plain(document.paragraphs[0].text) == shown
    assert (document.core_properties.title, document.core_properties.author) == (shown, shown)
    (drawing,) = document.element.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    assert drawing.get("descr") == shown


def test_every_line_of_a_text_is_a_paragraph_of_its_own():
    assert [p.text for p in opened([paragraph("第一段\n\n\u3000\u3000第二段")]).paragraphs] == ["第一段", "第二段"]


def test_a_long_token_may_break_within():
    assert elements([paragraph("sha256 " + "0123456789abcdef" * 4)], "wordWrap")
    assert not elements([paragraph("共2676474件")], "wordWrap")


def test_a_number_too_long_for_its_column_is_set_smaller():
    row = [cell("123456789.12", "figure"), cell("12", "figure"), *[cell("", "figure")] * 13]
    sizes = elements([table([row], style="dense")], "sz")
    assert len(sizes) == 1
    assert 8 <= int(sizes[0].get(W + "val")) < 18


def test_a_title_wider_than_the_page_is_divided_before_its_year():
    wide = "积石山保安族东乡族撒拉族自治县2023年政府信息公开工作年度报告"
    assert opened([title(wide)]).paragraphs[0].text.startswith("积石山保安族东乡族撒拉族自治县\n2023年")


def test_a_picture_has_its_size_and_its_words():
    blocks = [{"kind": "figure", "svg": SQUARE.format("123456"), "alt": "一方块", "caption": "图1 方块"}]
    document = opened(blocks)
    (shape,) = document.inline_shapes
    assert shape.width.pt == pytest.approx(75, abs=1)  # 100 px of CSS
    assert document.paragraphs[-1].text == "图1 方块"


def rgb(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


def test_a_chart_has_a_palette_and_the_pixels_it_had_without(monkeypatch):
    svg, _ = flow_chart(a_balanced_report())
    small = picture_of(svg)
    monkeypatch.setattr(picture, "_in_few_colours", lambda png, size: png)
    large = picture_of(svg)
    assert Image.open(io.BytesIO(small.png)).mode == "P"
    assert len(small.png) < 0.6 * len(large.png)
    assert (rgb(small.png) == rgb(large.png)).all()
    assert small[1:] == large[1:]


def test_a_picture_of_many_colours_keeps_them():
    shades = '<linearGradient id="g"><stop stop-color="#f00"/><stop offset="1" stop-color="#0f0"/></linearGradient>'
    shaded = SQUARE.format("").replace('fill="#"', 'fill="url(#g)"').replace("<path", f"{shades}<path")
    shaded = shaded.replace('width="100"', 'width="300" viewBox="0 0 100 100" preserveAspectRatio="none"')
    assert len(np.unique(rgb(picture_of(shaded).png).reshape(-1, 3), axis=0)) > 256


def test_what_is_not_a_drawing_is_named():
    with pytest.raises(PrintError, match="图无法转换成图片"):
        to_docx([{"kind": "figure", "svg": "<svg", "alt": "", "caption": ""}])
