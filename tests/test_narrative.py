"""Prose with places: what is filled in, what is refused, and that nothing in it ever runs."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from builders import FORM_NAMES, FORMS_SEEN, SECTION_TWO, a_balanced_report

from gkstats.forms import FORM_2019, FORM_2021
from gkstats.narrative import fill, form_places, paragraphs, places, printed_with_places, problems, unknown_places
from gkstats.params import read
from gkstats.report import ReportError

PARAMS = Path(__file__).parent.parent / "params"


def written(text: str, figures=(), previous=None, **more) -> str:
    """The text as the report prints it."""
    return fill(text, a_balanced_report(SECTION_TWO | dict(figures), **more), previous)


def refused(text: str, **more) -> list:
    """The problems of a report with this prose in section 一."""
    return problems(a_balanced_report(prose={"overview": text}, **more))


# -- what a place shows


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("办结{applications/results.total/total}件", "办结6件"),
        ("自然人{applications/received/natural_person}件", "自然人5件"),
        ("不予公开{applications/results.refused/total}件", "不予公开1件"),  # a group: the sum of its eight lines
        ("其他处理{applications/results.closed_otherwise/total}件", "其他处理0件"),
        ("结果纠正{disputes/suit_after_review/corrected}件", "结果纠正1件"),
        ("收费{fees/fees_10k_yuan/amount}万元", "收费12.50万元"),
        ("{body}{year}年", "某县2024年"),
        ("{last_year}年、{next_year}年", "2023年、2025年"),
        ("占{stats/disclosure_rate}", "占66.67%"),
        ("{stats/handling_rate}", "75%"),
        ("{stats/to_handle}件", "8件"),
        ("每百件{stats/disputes_per_100_results}件", "每百件133.33件"),
        ("{ year }", "2024"),
        ("没有引用", "没有引用"),
    ],
)
def test_a_place_shows_its_figure(text, shown):
    assert written(text) == shown


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("stats/received_change", "增加3件"),  # 7 and 4
        ("stats/received_growth", "增长75%"),
        ("stats/handled_change", "减少2件"),  # 6 and 8
        ("stats/handled_growth", "下降25%"),
        ("stats/carried_in_change", "持平"),
        ("stats/carried_in_growth", "持平"),
        ("stats/fees_change", "增加2.25万元"),  # 12.50 and 10.25
        ("stats/disclosure_rate_change", "上升16.67个百分点"),  # 66.67% and 50%
        ("stats/natural_person_share_change", "下降28.57个百分点"),  # 71.43% and 100%
        ("stats/disputes_per_100_results_change", "增加83.33件"),  # 133.33 and 50
    ],
)
def test_a_statistic_of_two_years_is_worded_as_reports_word_it(place, shown):
    last_year = a_balanced_report(
        {
            "applications/received": [4, 0, 0, 0, 0, 0, 4],
            "applications/results.granted/total": 4,
            "applications/results.granted_in_part/total": 0,
            "applications/results.total/total": 8,
            "disputes/review/total": 0,
            "fees/fees_10k_yuan/amount": Decimal("10.25"),
        },
        year=2023,
    )
    assert written(f"{{{place}}}", previous=last_year) == shown


def test_numbers_are_shown_without_separators_and_amounts_with_the_decimals_given():
    figures = {"licensing/licensing/decisions": 1573179, "fees/fees_10k_yuan/amount": Decimal("8205.10")}
    text = "{licensing/licensing/decisions}件，{fees/fees_10k_yuan/amount}万元"
    assert written(text, figures) == "1573179件，8205.10万元"


@pytest.mark.parametrize(("fact", "shown"), [(12752, "12752"), (Decimal("3.50"), "3.50"), ("3万余", "3万余")])
def test_a_fact_is_shown_as_the_file_gives_it(fact, shown):
    assert written("公开{facts/items}条", facts={"items": fact}) == f"公开{shown}条"


def test_a_blank_figure_and_what_follows_from_it_are_shown_as_a_dash():
    blank = {"applications/results.refused.state_secret/total": None}
    text = "{applications/results.refused.state_secret/total}{applications/results.refused/total}{stats/refused_share}"
    assert written(text, blank) == "———"


def test_a_blank_that_stands_for_zero_is_shown_as_zero():
    text = "{applications/results.refused.state_secret/total}件"
    assert written(text, {"applications/results.refused.state_secret/total": None}, blank="zero") == "0件"


@pytest.mark.parametrize("place", ["stats/received_change", "stats/received_growth", "stats/handling_rate_change"])
def test_without_last_year_a_comparison_is_shown_as_a_dash(place):
    assert written(f"较上年{{{place}}}") == "较上年—"


def test_a_comparison_with_a_report_of_another_scope_is_shown_as_a_dash():
    other = a_balanced_report(year=2023, scope="县政府办公室")
    assert written("{stats/received_change}", previous=other) == "—"
    assert written("{stats/received_change}", previous=a_balanced_report(year=2023)) == "持平"


def test_places_without_a_figure_to_show_are_listed_with_their_section():
    report = a_balanced_report(
        {"disputes/review": [None] * 5},
        prose={
            "overview": "新收{applications/received/total}件，较上年{stats/received_change}",
            "problems": "复议{disputes/review/total}件，{{另}}",
        },
    )
    assert unknown_places(report) == [("overview", "stats/received_change"), ("problems", "disputes/review/total")]
    assert unknown_places(report, a_balanced_report(year=2023)) == [("problems", "disputes/review/total")]


# -- braces


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{", "{"),
        ("}}", "}"),
        ("{{year}}", "{year}"),
        ("{{{year}}}", "{2024}"),
        ("{{}}", "{}"),
        ("{{{{year}}}}", "{{year}}"),
        ("集合{{1，2}}和{year}", "集合{1，2}和2024"),
    ],
)
def test_braces_written_twice_are_literal(text, shown):
    assert written(text) == shown
    assert refused(text) == []


@pytest.mark.parametrize("text", ["{", "}", "{year", "year}", "{year}}", "{{year}", "{a{year}", "{year}b}"])
def test_a_lone_brace_is_a_problem_that_says_how_to_write_one(text):
    (problem,) = refused(f"前文{text}后文")
    assert "单独的花括号" in problem.found
    assert "{{" in f"{problem.expected}{problem.advice}"


@pytest.mark.parametrize("value", ["{year}", "{{", "}", "{applications/received/total}", "{facts/items}"])
def test_braces_that_a_fact_brings_in_are_not_filled_again(value):
    report = a_balanced_report(facts={"items": value}, prose={"overview": "{facts/items}和{facts/items}"})
    assert paragraphs(report, "overview") == [("", f"{value}和{value}")]


def test_braces_in_the_name_of_the_body_are_not_filled():
    report = a_balanced_report(prose={"overview": "{body}"})
    renamed = replace(report, body=replace(report.body, name="{year}县"))
    assert paragraphs(renamed, "overview") == [("", "{year}县")]


# -- nothing runs


HOSTILE = [
    "__import__('os')",
    "body.__class__",
    "body!r",
    "year:>9",
    "year + 1",
    "0",
    "",
    "facts/__class__",
    "facts/items.__class__",
    "stats/__doc__",
    "stats/_change",
    "stats/received_change_change",
    "stats/disclosure_rate_growth",
    "applications/__class__/total",
    "applications/received/total/0",
    "applications/received",
    "applications/../received/total",
    "applications//total",
    "APPLICATIONS/received/total",
    "% for x in y %",
    "=1+1",
]


@pytest.mark.parametrize("place", HOSTILE)
def test_anything_that_is_no_place_is_refused_and_stays_as_it_is(place):
    report = a_balanced_report(facts={"items": 1}, prose={"overview": f"见{{{place}}}处"})
    (problem,) = problems(report)
    assert f"“{{{place}}}”" in problem.found
    with pytest.raises(ReportError):
        paragraphs(report, "overview")
    assert fill(f"见{{{place}}}处", report) == f"见{{{place}}}处"


@pytest.mark.parametrize("call", ["__import__('pathlib').Path('ran').touch()", "open('ran', 'w')"])
@pytest.mark.parametrize("kind", ["{}", "facts/{}", "stats/{}", "applications/{}/total"])
def test_code_in_a_place_does_not_run(call, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = f"{{{kind.format(call)}}}"
    assert len(refused(text)) == 1
    assert written(text) == text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["{% include 'x' %}", "$HOME ${{year}}", "`id`", "<script>alert(1)</script>", "%(year)s"]
)
def test_text_that_other_template_languages_would_run_is_only_text(text):
    assert written(text) == text.replace("{{", "{").replace("}}", "}")


# -- unknown places


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("applications/result.total/total", "applications/results.total/total"),
        ("applications/results.total/totals", "applications/results.total/total"),
        ("stats/disclosurerate", "stats/disclosure_rate"),
        ("stats/received_changes", "stats/received_change"),
        ("facts/website_item", "facts/website_items"),
        ("nextyear", "next_year"),
    ],
)
def test_an_unknown_place_is_named_with_the_nearest_ones(wrong, right):
    (problem,) = refused(f"办结{{{wrong}}}件", facts={"website_items": 1})
    assert f"“{{{wrong}}}”" in problem.found
    assert f"{{{right}}}" in problem.advice


def test_an_unknown_place_like_no_other_points_to_the_list_of_places():
    (problem,) = refused("{xyzzy}")
    assert "gkstats explain" in problem.advice


def test_what_a_place_puts_into_a_text_is_known_by_where_it_stands_as_printed():
    lines = [
        "",
        "  收到{applications/received/total}件{{不计}}{body}，办结率{stats/handling_rate}。",
        "无。",
        "{facts/none}",
        "{year}年{licensing/licensing/decisions}件",
    ]
    text, placed = printed_with_places(replace(a_balanced_report(), prose={"overview": "\n".join(lines)}))["overview"]
    assert [place for _, _, place in placed] == [
        "applications/received/total", "stats/handling_rate", "licensing/licensing/decisions",
    ]  # fmt: skip
    report = a_balanced_report()
    assert [text[start:end] for start, end, _ in placed] == [fill(f"{{{place}}}", report) for _, _, place in placed]


def test_the_places_of_another_form_are_unknown():
    place = "{documents/normative_documents/issued}"
    assert refused(place, form=FORM_2021) == []
    assert len(refused(place, form=FORM_2019, year=2019)) == 1


def test_all_unknown_places_and_lone_braces_are_listed_at_once_each_with_its_section_and_paragraph():
    report = a_balanced_report(prose={"overview": "{nowhere}{year}{nothing}\n好\n{", "problems": "{nobody}"})
    found = problems(report)
    assert [problem.where for problem in found] == [
        "正文“一、总体情况”第 1 段",
        "正文“一、总体情况”第 1 段",
        "正文“一、总体情况”第 3 段",
        "正文“五、存在的主要问题及改进情况”第 1 段",
    ]
    for problem, text in zip(found, ("{nowhere}", "{nothing}", "单独的花括号", "{nobody}"), strict=True):
        assert text in problem.found


def test_a_section_is_refused_with_all_its_own_problems():
    report = a_balanced_report(prose={"overview": "{nowhere}\n{nothing}", "problems": "{nobody}"}, file="2024.yaml")
    with pytest.raises(ReportError) as refusal:
        paragraphs(report, "overview")
    assert [problem.found for problem in refusal.value.problems] == [
        "不认识的引用“{nowhere}”",
        "不认识的引用“{nothing}”",
    ]
    assert str(refusal.value).startswith("2024.yaml 有 2 处问题：")


def test_the_preamble_is_named_in_its_problems():
    (problem,) = problems(a_balanced_report(prose={"preamble": "{nowhere}"}))
    assert problem.where == "正文“前言”第 1 段"


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_every_place_that_is_offered_is_accepted(form):
    report = a_balanced_report(form=form, year=form.first_year, facts={"items": 1})
    offered = places(report)
    assert refused("".join(f"{{{place}}}" for place in offered), form=form, facts={"items": 1}) == []
    assert not any("{" in fill(f"{{{place}}}", report) for place in offered)
    assert len(offered) == len(set(offered))
    assert {str(cell) for cell in form.cells} <= set(offered)
    assert {"year", "facts/items", "stats/disclosure_rate", "applications/results.refused/total"} <= set(offered)


def test_a_share_is_offered_with_its_change_but_without_growth():
    offered = set(form_places(FORM_2021))
    assert {"stats/handling_rate", "stats/handling_rate_change", "stats/received_growth"} <= offered
    assert "stats/handling_rate_growth" not in offered


# -- paragraphs


@pytest.mark.parametrize(
    ("line", "lead", "text"),
    [
        ("（一）主动公开。公开6件。", "（一）主动公开。", "公开6件。"),
        ("（十二）监督保障：开展培训。", "（十二）监督保障：", "开展培训。"),
        ("（三）政府信息管理", "（三）政府信息管理", ""),
        ("（一）主动公开，依法公开。其他。", "", "（一）主动公开，依法公开。其他。"),
        ("一是主动公开。二是培训。", "", "一是主动公开。二是培训。"),
        ("（1）主动公开。公开6件。", "", "（1）主动公开。公开6件。"),
        ("见（一）主动公开。", "", "见（一）主动公开。"),
    ],
)
def test_a_numbered_opening_is_split_off_as_the_lead(line, lead, text):
    assert paragraphs(a_balanced_report(prose={"overview": line}), "overview") == [(lead, text)]


def test_a_lead_may_hold_a_place():
    report = a_balanced_report(prose={"overview": "（一）{year}年主动公开。办结{applications/results.total/total}件。"})
    assert paragraphs(report, "overview") == [("（一）2024年主动公开。", "办结6件。")]


def test_every_line_is_a_paragraph_and_empty_lines_are_none():
    report = a_balanced_report(prose={"overview": "\n  第一段。\n\n \n第二段。\n"})
    assert paragraphs(report, "overview") == [("", "第一段。"), ("", "第二段。")]


@pytest.mark.parametrize("prose", [{}, {"overview": ""}, {"overview": " \n\n "}])
def test_empty_prose_has_no_paragraphs_and_no_problems(prose):
    report = a_balanced_report(prose=prose)
    assert paragraphs(report, "overview") == []
    assert problems(report) == []


# -- the reports that come with the program


def test_the_prose_of_suqian_2024_reads_as_its_tables_and_those_of_2023_say():
    report, previous = (read(PARAMS / "321300-suqian" / f"{year}.yaml") for year in (2024, 2023))
    text = "".join(lead + rest for lead, rest in paragraphs(report, "overview", previous))
    for sentence in (
        "全市新收政府信息公开申请3525件，较上年增长0.4%；上年结转121件，应办申请共3646件",
        "办结率96.57%，较上年下降0.08个百分点；结转下年度125件",
        "予以公开1431件、部分公开471件，合计占54.02%，较上年上升10.45个百分点",
        "行政事业性收费72701.2578万元，较上年增长22.73%",
        "全年因政府信息公开申请行政复议170件，较上年下降61.36%",
        "提起行政诉讼77件，较上年减少36件",
    ):
        assert sentence in text


@pytest.mark.parametrize("name", ["500243-pengshui/2023", "321300-suqian/2023", "320813-hongze/2024"])
def test_the_prose_of_a_report_that_comes_with_the_program_is_complete(name):
    report = read(PARAMS / f"{name}.yaml")
    assert problems(report) == []
    assert unknown_places(report) == []
    for section in ("preamble", "overview", "problems", "other"):
        found = paragraphs(report, section)
        assert found
        assert not any(character in lead + text for lead, text in found for character in "{}—")
