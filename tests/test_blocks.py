"""From an executed notebook to blocks: what is taken over, what becomes text, what is left out."""

import nbformat.v4 as v4
import pytest

from gkstats.output.blocks import blocks_of
from gkstats.page import MIME, Page, cell, list_table, part, to_html
from gkstats.page import paragraph as marked_paragraph

SCRIPT = "<script>alert(1)</script>"


def markdown(source: str, *tags: str):
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def code(*outputs, tags=()):
    return v4.new_code_cell("secret = 1", outputs=list(outputs), metadata={"tags": list(tags)})


def result(**data):
    return v4.new_output("execute_result", data={key.replace("_", "/", 1): value for key, value in data.items()})


def blocks(*cells) -> list[dict]:
    return blocks_of(v4.new_notebook(cells=list(cells)))


def paragraph(text: str) -> dict:
    return {"kind": "paragraph", "lead": "", "text": text}


PAGE = [{"kind": "heading", "level": 1, "text": "一、总体情况"}, paragraph("公开6件。")]


# -- Markdown cells


@pytest.mark.parametrize(
    ("source", "block"),
    [
        ("# 年度报告", {"kind": "title", "text": "年度报告"}),
        ("## 一、总体情况", {"kind": "heading", "level": 1, "text": "一、总体情况"}),
        ("### （一）主动公开", {"kind": "heading", "level": 2, "text": "（一）主动公开"}),
        ("#### 1.概况", {"kind": "heading", "level": 2, "text": "1.概况"}),
        ("###### 细目", {"kind": "heading", "level": 2, "text": "细目"}),
    ],
)
def test_a_heading_is(source, block):
    assert blocks(markdown(source)) == [block]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("一段。", ["一段。"]),
        ("一段。\n\n二段。", ["一段。", "二段。"]),
        ("一行\n又一行", ["一行\n又一行"]),
        ("**重点**和`代码`", ["重点和代码"]),
        ("- 一\n- 二", ["一", "二"]),
        ("1. 一\n2. 二", ["一", "二"]),
        ("> 引文", ["引文"]),
        ("[条例](https://example.org)", ["条例"]),
        ("甲\n\n---\n\n乙", ["甲", "乙"]),
        ("", []),
    ],
)
def test_text_becomes_paragraphs(source, texts):
    assert blocks(markdown(source)) == [paragraph(text) for text in texts]


@pytest.mark.parametrize(
    "source",
    [
        SCRIPT,
        f"前文{SCRIPT}后文",
        "<img src=x onerror=alert(1)>",
        f"- {SCRIPT}",
        f"> {SCRIPT}",
        f"# {SCRIPT}",
        "<!-- note -->",
        "<div>\n\n<b>x</b>\n\n</div>",
    ],
)
def test_raw_html_is_text(source):
    found = blocks(markdown(source))
    assert {block["kind"] for block in found} <= {"paragraph", "title"}
    assert "".join(block["text"] for block in found).count("<") == source.count("<")
    html = to_html(found)
    assert "&lt;" in html
    for element in ("<script", "<img", "<b>", "<div>", "<!--"):
        assert element not in html


def test_the_address_of_a_link_is_not_taken_over():
    found = blocks(markdown("[点这里](javascript:alert(1)) ![图](http://example.org/x.png)"))
    assert found == [paragraph("点这里 图")]


def test_a_character_reference_is_the_character():
    assert blocks(markdown("甲 &lt; 乙")) == [paragraph("甲 < 乙")]


def test_the_items_of_a_nested_list_stay_apart():
    assert blocks(markdown("- 一\n  - 二")) == [paragraph("一"), paragraph("二")]


# -- code cells


def test_the_value_of_a_gkstats_cell_is_its_blocks():
    assert blocks(code(result(text_plain="…", **{MIME.replace("/", "_", 1): {"blocks": PAGE}}))) == PAGE


def test_a_block_comes_out_of_a_notebook_with_what_was_left_out_of_it():
    table = list_table("t", "表", ["甲", "乙"], [1, 1], [[cell("1", span=2)], [cell("2", mark="fail"), cell("3")]])
    marked = part("5件", "fail", "C1", "表内为6")
    shown = [paragraph("公开6件。"), table, marked_paragraph([part("新收"), marked])]
    output = v4.new_output("execute_result", Page(tuple(shown))._repr_mimebundle_())
    assert output.data[MIME]["blocks"][1]["body"][0] == [{"text": "1", "role": "text", "span": 2}]
    assert blocks(code(output)) == shown


def test_source_code_is_not_shown():
    assert blocks(code()) == []


def test_a_picture_is_a_figure_with_what_it_says_in_words():
    output = v4.new_output(
        "display_data", data={"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}, metadata={"alt": "三根柱子"}
    )
    assert blocks(code(output)) == [{"kind": "figure", "svg": "<svg/>", "alt": "三根柱子", "caption": ""}]


def test_any_other_value_is_verbatim_text_and_its_html_is_not_taken_over():
    found = blocks(code(result(text_plain="   a\n0  1", text_html=f"<table>{SCRIPT}</table>")))
    assert found == [{"kind": "verbatim", "text": "   a\n0  1"}]


def test_a_value_that_is_only_html_is_left_out():
    assert blocks(code(result(text_html=SCRIPT))) == []


def test_what_a_cell_prints_is_verbatim_text():
    assert blocks(code(v4.new_output("stream", name="stdout", text=f"{SCRIPT}\n"))) == [
        {"kind": "verbatim", "text": f"{SCRIPT}\n"}
    ]


def test_an_error_is_shown():
    error = v4.new_output("error", ename="ReportError", evalue="2023.yaml 有 1 处问题", traceback=["\x1b[31m..."])
    assert blocks(code(error)) == [{"kind": "verbatim", "text": "ReportError: 2023.yaml 有 1 处问题"}]


def test_outputs_of_a_cell_and_cells_keep_their_order():
    first = code(v4.new_output("stream", text="一"), result(text_plain="二"))
    assert [block["text"] for block in blocks(first, markdown("三"), code(result(text_plain="四")))] == list("一二三四")


# -- what is only for the reader of the notebook


def test_cells_for_the_reader_of_the_notebook_are_left_out():
    found = blocks(
        markdown("# 说明", "notebook-only"),
        code(result(text_plain="中间结果"), tags=["notebook-only"]),
        markdown("正文", "other-tag"),
    )
    assert found == [paragraph("正文")]


def test_raw_cells_are_left_out():
    assert blocks(v4.new_raw_cell(SCRIPT)) == []


def test_an_empty_notebook_has_no_blocks():
    assert blocks() == []
