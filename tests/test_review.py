"""The review of a report: what is wrong is marked where it stands, numbered, and explained once."""

from dataclasses import replace
from html import unescape

import pytest
from builders import a_balanced_report

from gkstats import review
from gkstats.page import Page, to_html, to_text
from gkstats.schema import Cell

LATER = {"applications/results.total/natural_person": 50}


def last_year(figures=(), **more):
    carried_out = {"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}
    return a_balanced_report(carried_out | dict(figures), year=2023, **more)


def of(figures=(), previous=None, **more):
    return review.review_of(a_balanced_report(figures, **more), previous)


def tables(page: Page) -> list[dict]:
    return [block for block in page.blocks if block["kind"] == "table"]


def marked(page: Page) -> dict[str, tuple[str, str]]:
    """Text of every marked cell → its mark and its note."""
    cells = [cell for table in tables(page) for row in table["body"] for cell in row if cell["mark"]]
    return {cell["text"]: (cell["mark"], cell.get("note", "")) for cell in cells}


def verdict(found) -> dict:
    return next(block for block in review.review_verdict(found).blocks if block["kind"] == "verdict")


ALL = (
    review.review_title, review.review_verdict, review.review_causes, review.review_reply, review.review_tables,
    review.review_prose, review.review_rules, review.review_sources, review.review_decisions,
)  # fmt: skip


# -- the verdict


def test_a_report_with_nothing_wrong_says_so_and_what_no_rule_can_see():
    page = review.review_verdict(of())
    assert verdict(of()) == {"kind": "verdict", "status": "pass", "text": "没有发现需要处理的事项。"}
    said = to_text(page.blocks)
    assert "没有2023年度的报告，未与上年比较" in said and "表二的全部10个数据没有内部勾稽关系" in said
    assert "勾稽关系42处：通过42处，不通过0处，因空白无法核对0处" in said


def test_the_verdict_counts_causes_by_what_has_to_be_done():
    found = of(LATER, last_year({"documents/normative_documents": [0, 0, 9]}))
    assert verdict(found) == {
        "kind": "verdict", "status": "fail", "text": "错误1处（必须更正）、提示1处（更正或说明）。",
    }  # fmt: skip


def test_the_share_of_paragraphs_like_last_years_is_told_even_where_it_is_small():
    same = "做好政府网站和政务新媒体的内容保障，及时更新各栏目的信息，全年更新10次。"
    new = [
        "依法规范做好依申请公开工作，加强对申请人的释明和引导服务。",
        "组织开展业务培训，提高各单位工作人员的能力和水平。",
    ]
    now = "\n".join([same.replace("10", "20"), *new])
    found = of(previous=last_year(prose={"overview": same}), prose={"overview": now})
    assert "正文3个段落中有1个与上年除数字外完全相同" in to_text(review.review_verdict(found).blocks)
    assert "F.7" not in {cause.rules[0] for cause in found.causes}


@pytest.mark.parametrize(("decision", "status"), [("属实有因", "pass"), ("确认有误", "fail")])
def test_a_settled_error_no_longer_counts_but_is_told(decision, status):
    plain = of({"disputes/review/total": 3})
    entry = {"check": "T4.1", "finding": plain.causes[0].findings[0].fingerprint, "as": decision, "reason": "已核"}
    found = of({"disputes/review/total": 3}, explanations=(entry,))
    assert verdict(found)["status"] == status
    assert ("另有1处已有结论" in verdict(found)["text"]) is (status == "pass")
    assert f"结论  {decision}：已核" in to_text(review.review_causes(found).blocks)


def test_a_lapsed_decision_is_told_in_the_verdict_and_listed_with_what_was_seen_then():
    old = "T4.1/disputes/review/total/7/4"
    entry = {"check": "T4.1", "finding": old, "as": "误报", "message": "当时合计7", "who": "张三"}
    found = of({"disputes/review/total": 3}, explanations=(entry,))
    assert "1条结论因数据改变而失效" in verdict(found)["text"]
    (table,) = tables(review.review_decisions(found))
    rows = [[cell["text"] for cell in row] for row in table["body"]]
    assert [row[0] for row in rows] == ["待核", "已失效"]
    assert rows[1][2].startswith("当时：当时合计7\n现为：表四“行政复议”行") and rows[1][3] == "误报（张三）"


# -- marks and numbers


def test_the_figure_that_is_wrong_is_marked_and_numbered_and_the_number_is_explained_below_its_table():
    found = of(LATER)
    page = review.review_tables(found)
    assert marked(page) == {"50": ("fail", "C1")}
    notes = [block for block in page.blocks if block.get("lead") == "C1  "]
    assert [note["text"] for note in notes] == [f"{found.causes[0].head}。"]


def test_figures_of_which_one_is_wrong_are_marked_as_in_doubt_and_not_as_wrong():
    marks = marked(review.review_tables(of({"disputes/review/total": 3})))
    assert set(marks.values()) == {("unknown", "C1")}


def test_a_blank_that_keeps_rules_from_running_is_marked():
    assert marked(review.review_tables(of({"disputes/review/other": None}))) == {"": ("unknown", "")}


def test_a_figure_of_two_causes_bears_both_numbers():
    found = of({"documents/regulations": [2, 0, 2]}, last_year({"documents/regulations": [0, 0, 8]}))
    assert marked(review.review_tables(found))["2"] == ("fail", "C1 C2")


def test_a_browser_tells_on_hovering_and_print_tells_by_the_number():
    found = of(LATER)
    html = to_html(review.review_tables(found).blocks)
    assert "50<sup>C1</sup></td>" in html
    assert found.causes[0].head in unescape(html.partition('title="')[2].partition('"')[0])


def test_a_sentence_with_a_fault_is_marked_where_it_stands():
    prose = {
        "overview": "认真落实条例。2023年，全县新收申请7件。\n第二段没有数。",
        "problems": "不足。",
        "other": "无。",
    }
    found = of(prose=prose)
    (line, other, *_) = (block for block in review.review_prose(found).blocks if "parts" in block)
    assert line["text"] == prose["overview"].split("\n")[0] and other["text"] == "第二段没有数。"
    assert [(part["text"], part["mark"], part["note"]) for part in line["parts"] if part["note"]] == [
        ("2023年", "unknown", "C1")
    ]


def test_text_of_a_report_is_never_markup():
    prose = {"overview": "<b>2023年</b>，全县新收申请7件。", "problems": "<script>1</script>", "other": "无。"}
    report = a_balanced_report(LATER, prose=prose)
    found = review.review_of(replace(report, body=replace(report.body, name="<i>某县</i>")))
    html = "".join(to_html(show(found).blocks) for show in ALL)
    assert not any(mark in html for mark in ("<b>", "<script>", "<i>"))


# -- rules, slip, sources


def test_every_rule_of_the_year_is_listed_and_one_that_does_not_apply_says_why():
    (table,) = tables(review.review_rules(of()))
    rows = {row[0]["text"]: [cell["text"] for cell in row] for row in table["body"]}
    assert {"T3.1", "D.1", "X.1", "F.7", "L.2"} <= set(rows)
    assert rows["X.1"][-1] == "不适用" and "没有2023年度的报告，不作比较" in rows["X.1"][2]
    assert rows["T3.1"][-1] == "通过" and rows["T2.0"][-1] == "无法核对"


def test_the_slip_lists_what_is_open_with_room_for_an_answer():
    (table,) = tables(review.review_reply(of(LATER)))
    assert [row[0]["text"].partition("（")[0] for row in table["body"]] == ["C1", "填报机关"]
    assert table["body"][0][3]["text"].strip() == ""
    assert review.review_reply(of()).blocks == ()


def test_a_figure_in_question_is_shown_with_the_place_it_was_read_from(tmp_path, monkeypatch):
    from gkstats.trace import Place, Trace, dumps, trace_path

    monkeypatch.chdir(tmp_path)
    file = tmp_path / "2024.yaml"
    cell, other = Cell("applications", "results.total", "natural_person"), Cell("applications", "received", "research")
    places = {cell: Place("5", "number", "第 3 页表格 2", "5 ."), other: Place("0", "number", "第 3 页", "0")}
    trace_path(file).write_text(dumps(Trace("甲.pdf", "ab", "", places, ())), encoding="utf-8")
    report = a_balanced_report(LATER, source={"sha256": "ab"}, file=str(file))
    page = review.review_sources(review.review_of(report))
    (table,) = tables(page)
    assert [[cell["text"] for cell in row] for row in table["body"]] == [
        ["表三“（七）总计”行自然人列", "50", "第 3 页表格 2", "5 .", "读入后有改动"]
    ]


@pytest.mark.parametrize("show", ALL, ids=lambda show: show.__name__)
def test_every_page_of_a_review_shows_words_and_no_python_value(show):
    found = of(LATER, last_year({"applications/carried_out": [9, 0, 0, 0, 0, 0, 9]}), prose={"problems": "无。"})
    said = to_text(show(found).blocks)
    assert not any(word in said for word in ("None", "nan", "Cell(", "Finding(", "<NA>", "unknown"))
