"""What the printed report must be, read back from finished PDF files."""

import hashlib
import io
import re
from collections import Counter
from itertools import chain, pairwise

import nbformat
import pikepdf
import pypdfium2 as pdfium
import pytest
from fontTools.ttLib import TTFont

from gkstats.output import pdf
from gkstats.output.pdf import FONTS, GkPDFExporter, PrintError, to_pdf
from gkstats.page import MIME, cell

MM = 72 / 25.4
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><path d="M0 0H100V100H0Z" fill="#{}"/></svg>'


def title(text, organization="", year=None):
    return {"kind": "title", "text": text, "organization": organization, "year": year}


def heading(text, level=1):
    return {"kind": "heading", "level": level, "text": text}


def paragraph(text, lead=""):
    return {"kind": "paragraph", "lead": lead, "text": text}


def figure(svg, alt="", caption=""):
    return {"kind": "figure", "svg": svg, "alt": alt, "caption": caption}


def table(body, *, caption="表", style="list", widths=None, head=()):
    widths = widths or [1] * sum(c["span"] for c in body[0])
    return {
        "kind": "table", "id": "t", "caption": caption, "style": style, "widths": widths,
        "head": list(head), "body": body,
    }  # fmt: skip


def applications():
    """A table of the shape of table 三: three head rows, 25 rows, one label beside 22 of them."""

    def figures(row):
        return [cell(1000 + 7 * row + column, "figure") for column in range(7)]

    labels = [[cell(f"第{n}行", "label", span=3)] for n in (1, 2)]
    labels += [[cell("三、本年度办理结果", "label", rows=22), cell("（一）予以公开", "label", span=2)]]
    labels += [[cell("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "label", span=2)]]
    for count in (8, 3, 5, 3):
        labels += [[cell("（三）不予公开", "label", rows=count), cell("1.属于国家秘密" * 3, "label")]]
        labels += [[cell(f"{n}.要求行政机关重新出具", "label")] for n in range(2, count + 1)]
    labels += [[cell("（七）总计", "label", span=2)], [cell("四、结转下年度", "label", span=3)]]
    head = [
        [cell("勾稽关系", "head", span=3, rows=3), cell("申请人情况", "head", span=7)],
        [cell("自然人", "head", rows=2), cell("法人", "head", span=5), cell("总计", "head", rows=2)],
        [cell(text, "head") for text in ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")],
    ]
    body = [[*label, *figures(row)] for row, label in enumerate(labels)]
    assert len(body) == 25
    return table(
        body, caption="表三 申请情况", style="dense", widths=[1, 2.4, 6, 1.5, 1.3, 1.3, 1.3, 1.3, 1.3, 1.5], head=head
    )


def pages(blocks, **options):
    """The text of each page, without spaces and line ends."""
    document = pdfium.PdfDocument(to_pdf(blocks, **options))
    return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def page_of(words, texts):
    return next(number for number, text in enumerate(texts) if words in text)


def test_every_figure_of_a_table_is_in_the_text():
    text = "".join(pages([applications()]))
    assert all(str(1000 + 7 * row + column) in text for row in range(25) for column in range(7))


def test_every_line_of_a_text_is_a_paragraph_of_its_own():
    document = pdfium.PdfDocument(to_pdf([paragraph("第一段\n\n\u3000\u3000第二段")]))
    text = document[0].get_textpage()
    first, second = (text.get_charbox(text.search(words).get_next()[0]) for words in ("第一段", "第二段"))
    assert first[0] == pytest.approx(second[0], abs=0.5)
    assert first[1] - second[1] == pytest.approx(225 * MM / 22, abs=0.5)


def test_the_same_report_gives_the_same_bytes():
    blocks = [title("某县\n2023年报告"), paragraph("正文"), applications(), figure(SQUARE.format("123456"))]
    assert to_pdf(blocks) == to_pdf(blocks)


def test_every_character_without_a_glyph_is_named_with_its_place():
    blocks = [
        heading("一、总体情况"),
        paragraph("会议由𠮷某主持，要求做好公开工作\N{GRINNING FACE}"),
        table([[cell("含\x07的单元格")]], caption="表二"),
    ]
    with pytest.raises(PrintError) as error:
        to_pdf(blocks)
    message = str(error.value)
    assert "“𠮷”（U+20BB7），在“一、总体情况”的段落：“会议由𠮷某主持" in message
    assert "U+1F600" in message
    assert "U+0007，在“表二”的单元格：“含□的单元格”" in message


@pytest.mark.parametrize("text", ["　　全角空格", "不间断\xa0空格", "零宽\u200b空格", "制表\t符", "软\xad连字符"])
def test_spaces_pasted_from_elsewhere_print(text):
    drawn = re.sub(r"[\s\u200b\xad]", "", text)
    assert drawn in re.sub(r"[\u200b\xad\ufffe]", "", pages([paragraph(text)])[0])


@pytest.mark.parametrize("text", ["“”‘’…—·〔〕《》（）％‰①⑩⑳℃×÷±≥≤→−√■□○●△▲★※", "ＡＺａｚ０９", "镕喆堃硚浉瀍鄠"])
def test_signs_and_rare_characters_print_in_every_face(text):
    blocks = [title(text), heading(text), heading(text, 2), paragraph(text, text), table([[cell(text, "head")]])]
    assert to_pdf(blocks)


@pytest.mark.parametrize(
    "text", ["#set page(width: 1pt)", "$x^2$", "*粗*_斜_", "<script>", "\\u{41}", "@引用", "[内容]", "`raw`", "//注"]
)
def test_markup_in_a_text_is_printed_as_it_stands(text):
    wanted = "".join(text.split())
    blocks = [title(text), heading(text), paragraph(text), table([[cell(text)]]), {"kind": "verbatim", "text": text}]
    assert "".join(pages(blocks)).count(wanted) == 5


@pytest.mark.parametrize("length", [0, 200, 450, 1000, 2500, 6000])
def test_a_table_that_fits_a_page_is_whole_and_below_its_heading(length):
    texts = pages([title("某县"), paragraph("公" * length), heading("三、申请情况"), applications()])
    page = page_of("三、申请情况", texts)
    assert all(str(1000 + 7 * row) in texts[page] for row in range(25))


@pytest.mark.parametrize("lines", range(14, 23))
def test_a_heading_is_on_the_page_of_what_follows_it(lines):
    texts = pages([paragraph("公" * (28 * lines - 2)), heading("二、公开"), paragraph("以下为正文。" * 20)])
    assert "以下为正文" in texts[page_of("二、公开", texts)]
    texts = pages([paragraph("公" * (28 * lines - 2)), heading("二、公开"), table([[cell("甲")]] * 5, style="form")])
    assert "甲甲甲甲甲" in texts[page_of("二、公开", texts)]


def test_a_table_longer_than_a_page_repeats_its_head():
    rows = [[cell(n, "figure"), cell("事项")] for n in range(100)]
    texts = pages([table(rows, head=[[cell("序号", "head"), cell("名称", "head")]])])
    assert len(texts) > 2
    assert all("序号名称" in text for text in texts)


def test_a_table_without_a_heading_shows_its_caption_and_one_below_its_heading_does_not():
    assert "核对结果" in pages([table([[cell("甲")]], caption="核对结果")])[0]
    assert pages([heading("附录 核对结果"), table([[cell("甲")]], caption="核对结果")])[0].count("核对结果") == 1


def test_a_long_number_stays_within_its_column():
    numbers = ["2822652", "59237.2449", "1,204,300", "123456", "-98765.43", "100%"]
    row = [cell(number, "figure") for number in numbers + [""] * 9]
    document = pdfium.PdfDocument(to_pdf([table([row], style="dense")]))
    text = document[0].get_textpage()
    column = 156 * MM / 15
    for number, whole in enumerate(numbers):
        first, count = text.search(whole).get_next()
        assert text.get_charbox(first)[0] >= 28 * MM + number * column
        assert text.get_charbox(first + count - 1)[2] <= 28 * MM + (number + 1) * column


def test_the_page_number_is_on_the_outer_side():
    document = pdfium.PdfDocument(to_pdf([paragraph("公" * 1500)]))
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        first, _ = text.search(f"— {number} —").get_next()
        left = text.get_charbox(first)[0] / MM
        assert left > 150 if number % 2 else left < 40


def test_the_appendix_starts_a_page_in_smaller_type():
    document = pdfium.PdfDocument(to_pdf([paragraph("文字"), {"kind": "appendix"}, paragraph("文字")]))
    assert len(document) == 2

    def height(page):
        _, bottom, _, top = page.get_textpage().get_charbox(0)
        return top - bottom

    assert height(document[1]) / height(document[0]) == pytest.approx(12 / 16, rel=0.01)


def test_the_pdf_states_its_standards_title_author_date_and_outline():
    data = to_pdf([title("某县\n2023年报告", "某县政府", 2023), heading("一、总体情况")])
    document = pdfium.PdfDocument(data)
    properties = document.get_metadata_dict()
    assert b"<pdfaid:part>2<" in data and b"<pdfaid:conformance>A<" in data and b"<pdfuaid:part>1<" in data
    assert properties["Title"] == "某县2023年报告"
    assert properties["Author"] == "某县政府"
    assert properties["CreationDate"].startswith("D:20240101")
    assert [bookmark.get_title() for bookmark in document.get_toc()] == ["一、总体情况"]


def test_the_tree_for_screen_readers_is_compressed_and_has_every_row_and_cell():
    shown = applications()
    data = to_pdf([heading("三、申请情况"), shown, figure(SQUARE.format("ff0000"), "一个方块")])
    assert b"/ObjStm" in data and b"/StructElem" not in data
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.Root.MarkInfo.Marked and document.Root.Lang == "zh-CN"
        elements = [
            o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/StructElem"
        ]
        kinds = Counter(str(element.S) for element in elements)
        cells = Counter(c["role"] == "figure" for c in chain.from_iterable((*shown["head"], *shown["body"])))
        assert kinds["/TR"] == 3 + 25
        assert kinds["/TD"] + kinds["/TH"] == cells.total()
        assert (kinds["/Table"], kinds["/Figure"], kinds["/H1"]) == (1, 1, 1)
        assert [str(element.Alt) for element in elements if "/Alt" in element] == ["一个方块"]


def test_compression_changes_nothing_of_the_document(monkeypatch):
    blocks = [title("某县\n2023年报告", "某县政府", 2023), heading("一、总体情况"), paragraph("正文"), applications()]
    after = to_pdf(blocks)
    monkeypatch.setattr(pdf, "packed", lambda printed: printed)
    before = to_pdf(blocks)
    assert len(after) < 0.75 * len(before)
    with pikepdf.open(io.BytesIO(before)) as one, pikepdf.open(io.BytesIO(after)) as other:
        assert dict(one.docinfo.items()) == dict(other.docinfo.items())
        assert list(one.trailer.ID) == list(other.trailer.ID) and other.check_pdf_syntax() == []
        assert told(one.Root) == told(other.Root)
        assert len(other.pages) == 2


def told(root):
    """Everything that can be reached from the root of a document, in order: values, and streams as they are stored."""
    seen, waiting, found = {}, [root], []
    while waiting:
        value = waiting.pop()
        if getattr(value, "is_indirect", False):
            if value.objgen in seen:
                found.append(seen[value.objgen])
                continue
            seen[value.objgen] = len(seen)
        if isinstance(value, pikepdf.Stream):
            found.append(value.read_raw_bytes())
        if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
            found.append(sorted(value.keys()))
            waiting += [value[key] for key in sorted(value.keys())]
        elif isinstance(value, pikepdf.Array):
            waiting += list(value)
        else:
            found.append(str(value))
    return found


def test_a_report_that_leaves_out_a_heading_level_prints():
    assert "（一）先行" in pages([heading("（一）先行", 2), paragraph("正文")])[0]


@pytest.mark.parametrize(("alt", "caption"), [("条形图", "图1"), ("条形图", ""), ("", "图1"), ("", "")])
def test_an_svg_figure_prints_with_or_without_words(alt, caption):
    image = pdfium.PdfDocument(to_pdf([figure(SQUARE.format("ff0000"), alt, caption)]))[0].render().to_numpy()
    red = (image[..., 2] > 250) & (image[..., 1] < 5) & (image[..., 0] < 5)
    assert red.sum() == pytest.approx(75 * 75, rel=0.05)


def test_a_broken_svg_is_an_error_of_printing():
    with pytest.raises(PrintError, match="SVG"):
        to_pdf([figure("<svg")])


def test_a_mark_is_seen_without_colour():
    def darkness(mark):
        blocks = [table([[cell("12", "figure", mark=mark)]], style="dense")]
        return 255 - pdfium.PdfDocument(to_pdf(blocks))[0].render(grayscale=True).to_numpy().mean()

    assert all(after - before > 0.05 for before, after in pairwise(map(darkness, ("", "unknown", "fail"))))


def test_an_empty_notebook_prints():
    data, resources = GkPDFExporter().from_notebook_node(nbformat.v4.new_notebook())
    assert data.startswith(b"%PDF")
    assert resources["output_extension"] == ".pdf"


def test_a_notebook_prints_its_blocks():
    shown = nbformat.v4.new_output("display_data", {MIME: {"blocks": [paragraph("来自单元格")]}})
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# 某县年报"), nbformat.v4.new_code_cell("x", outputs=[shown])]
    )
    document = pdfium.PdfDocument(GkPDFExporter().from_notebook_node(notebook)[0])
    assert "来自单元格" in document[0].get_textpage().get_text_bounded()
    assert document.get_metadata_dict()["Title"] == "某县年报"


def test_fonts_of_the_office_come_first_and_add_their_characters(tmp_path):
    font = TTFont(FONTS / "GKLatin-Regular.ttf")
    for name_id, text in ((1, "SimHei"), (4, "SimHei"), (6, "SimHei")):
        font["name"].setName(text, name_id, 3, 1, 0x409)
    for subtable in font["cmap"].tables:
        subtable.cmap[0xE000] = "A"  # a private character, as offices make for rare names
    font.save(tmp_path / "simhei.ttf")
    with pytest.raises(PrintError, match="U\\+E000"):
        to_pdf([heading("ABC\ue000")])
    page = pdfium.PdfDocument(to_pdf([heading("ABC\ue000")], font_folder=str(tmp_path)))[0]
    assert any("SimHei" in text.get_font().get_base_name() for text in page.get_objects(filter=[1]))


def test_a_font_folder_that_is_missing_or_broken_is_named(tmp_path):
    with pytest.raises(PrintError, match="没有"):
        to_pdf([], font_folder=str(tmp_path / "没有"))
    (tmp_path / "坏.ttf").write_bytes(b"\0\1\0\0")
    with pytest.raises(PrintError, match=r"坏\.ttf"):
        to_pdf([paragraph("\ue000")], font_folder=str(tmp_path))


def test_the_shipped_fonts_are_those_of_their_readme():
    readme = (FONTS / "README.md").read_text(encoding="utf-8")
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FONTS.glob("*.?tf")}
    assert dict(re.findall(r"^\| (\S+) \|.* `(\w{64})` \|$", readme, re.M)) == files
    assert all((FONTS / licence).is_file() for licence in re.findall(r"\((LICENSE\S+)\)", readme))
