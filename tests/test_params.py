"""Report files: finding them, reading them, what their figures mean, and writing a new one."""

import dataclasses
import hashlib
import pickle
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gkstats.bodies import folder_of
from gkstats.forms import FORM_2019, FORM_2021, FORMS, form_with
from gkstats.json_schema import SCHEMA_FILE
from gkstats.params import blank_report, entries, load, load_previous, read, save_new
from gkstats.report import BLANK, SCOPES, Body, Problem, ReportError, UnknownReport
from gkstats.report_file import dumps, parse
from gkstats.schema import Cell

PARAMS = Path(__file__).parents[1] / "params"
FILES = sorted(PARAMS.glob("*/*.yaml"))
PENGSHUI = "500243-pengshui"

ONE_ROW = form_with(2021, (("applications", "results.closed_otherwise"),))
LINES = [f"results.closed_otherwise.{line}" for line in ("not_clarified", "fee_unpaid", "other")]


def read_text(text):
    return parse(text.encode(), "2023.yaml")


def edited(text, old, new):
    """The text with its only ``old`` replaced."""
    assert text.count(old) == 1
    return text.replace(old, new)


def with_figures(report, **figures):
    """The report with some figures changed: applications__received__total=5."""
    cells = {Cell(*place.split("__")): figure for place, figure in figures.items()}
    assert cells.keys() <= report.figures.keys()
    return dataclasses.replace(report, figures=report.figures | cells)


def same(report, other):
    """Whether two reports say the same to the last digit, wherever they come from."""
    fields = ("body", "year", "form", "blank", "prose", "explanations", "source")
    as_written = [
        {name: repr(figure) for name, figure in given.items()}  # 8.5 equals 8.50, but is not what was given
        for given in (report.figures, report.facts, other.figures, other.facts)
    ]
    return as_written[:2] == as_written[2:] and all(getattr(report, field) == getattr(other, field) for field in fields)


# -- reading a file


def test_a_file_holds_the_report_that_its_figures_say(minimal, report):
    assert same(read_text(minimal), report)


def test_the_form_is_that_of_the_year_unless_the_report_states_one(minimal):
    assert read_text(edited(minimal, "form: 2021\n", "")).form is FORM_2021


def test_an_old_form_may_be_stated_for_a_later_year():
    old = blank_report(Body("123456", "某县", "county", "全县汇总"), 2020, "123456-mou")
    found = read_text(edited(dumps(old), "year: 2020", "year: 2022"))
    assert (found.year, found.form) == (2022, FORM_2019)


def test_a_change_may_be_negative_in_the_2019_form():
    text = dumps(blank_report(Body("123456", "某县", "county", "全县汇总"), 2020, "123456-mou"))
    found = read_text(edited(text, "licensing: [null, null, null]", "licensing: [30, -4, 5]"))
    assert found.value("licensing", "licensing", "change") == -4


def test_a_code_keeps_its_zeros_without_quotation_marks(minimal):
    assert read_text(edited(minimal, '"123456"', "011000")).body.code == "011000"


def test_an_amount_keeps_its_last_digit(minimal):
    amount = read_text(edited(minimal, "[8.50]", "[8205.10]")).value("fees", "fees_10k_yuan", "amount")
    assert str(amount) == "8205.10"


def test_a_single_figure_needs_no_brackets(minimal):
    assert read_text(edited(minimal, "[5]", "5")).value("licensing", "licensing", "decisions") == 5


@pytest.mark.parametrize("blank", ["null", "~", "", "[null, ~, null, null, null, null, null]"])
def test_a_blank_row_is_blank_throughout(minimal, blank):
    found = read_text(edited(minimal, "[2, 1, 0, 0, 0, 0, 3]", blank))
    row = [figure for cell, figure in found.figures.items() if cell.row == "results.granted"]
    assert row == [None] * 7


def test_a_report_without_a_policy_takes_blanks_as_unknown(minimal):
    assert read_text(edited(minimal, "blank: unknown\n", "")).blank == "unknown"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_windows_line_ends_and_byte_order_marks_do_no_harm(minimal, report, ending, encoding):
    assert same(parse(minimal.replace("\n", ending).encode(encoding), "2023.yaml"), report)


@pytest.mark.parametrize("scope", ["县政府（含办公室）", "县政府(含办公室)"])
def test_brackets_of_either_width_are_read(minimal, scope):
    assert read_text(edited(minimal, "scope: 全县汇总", f"scope: {scope}")).body.scope == "县政府（含办公室）"


def test_scopes_of_one_kind_compare_whatever_the_area_is_called():
    kinds = {scope: Body("1", "", "county", scope).scope_kind for scope in SCOPES}
    assert kinds["全县汇总"] == kinds["全区汇总"] == kinds["全市汇总"]
    assert len({kinds[scope] for scope in ("全县汇总", "县政府（含办公室）", "县政府办公室", "本机关")}) == 4


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        ("17", 17),
        ("-3", -3),
        ("8205.10", Decimal("8205.10")),
        ('"17"', "17"),
        ("3万余", "3万余"),
        ("1e3", "1e3"),
        (".nan", ".nan"),
        ("true", "true"),
        ("'null'", "null"),
    ],
)
def test_a_fact_is_a_number_or_the_text_as_written(minimal, written, fact):
    found = read_text(f"{minimal}facts:\n  accounts: {written}\n").facts
    assert found == {"accounts": fact}
    assert type(found["accounts"]) is type(fact)


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>alert(1)</script>", "{body}", "某县\\n", "{{ 7*7 }}"])
def test_a_name_is_plain_text(minimal, name):
    found = read_text(edited(minimal, "某县", f"'{name}'"))
    assert found.body.name == name
    assert read_text(dumps(found)).body.name == name


def test_prose_with_markup_is_plain_text(minimal):
    markup = "<b onclick=x>公开</b> **强调** $x$ [链接](javascript:x) {{% raw %}} <!-- -->"
    assert read_text(f"{minimal}prose:\n  overview: |-\n    {markup}\n").prose == {"overview": markup}


def test_the_hash_is_that_of_the_file(minimal):
    assert read_text(minimal).sha256 == hashlib.sha256(minimal.encode()).hexdigest()


# -- （六）其他处理 as one row


def one_row(text, row, lines=None):
    """The file with （六）其他处理 given as one row, its own lines left out or given as ``lines``."""
    for line in LINES:
        row_of_zeros = f"    {line}: [0, 0, 0, 0, 0, 0, 0]\n"
        text = edited(text, row_of_zeros, "" if lines is None else f"    {line}: {lines}\n")
    return edited(text, "    results.total:", f"    results.closed_otherwise: {row}\n    results.total:")


@pytest.mark.parametrize("lines", [None, "null", "", "[null, null, null, null, null, null, null]"])
def test_other_handling_may_be_given_as_one_row(minimal, lines):
    found = read_text(one_row(minimal, "[2, 0, 0, 0, 0, 0, 2]", lines))
    assert found.form is ONE_ROW
    assert found.value("applications", "results.closed_otherwise", "natural_person") == 2
    assert len(found.figures) == 186


def test_other_handling_as_a_blank_row_beside_its_lines_is_no_row(minimal):
    text = edited(minimal, "    results.total:", "    results.closed_otherwise: null\n    results.total:")
    with pytest.raises(ReportError, match=r"表中没有的行“results\.closed_otherwise”"):
        read_text(text)


def test_other_handling_as_one_row_and_with_lines_is_refused(minimal, problems):
    text = one_row(minimal, "[2, 0, 0, 0, 0, 0, 2]", "[0, 0, 0, 0, 0, 0, 0]")
    (problem,) = problems(text)
    assert problem.line == text.split("    results.closed_otherwise: ")[0].count("\n") + 1
    assert problem.where == "表三“（六）其他处理”"
    assert "既有合并的一行又有分项" in problem.found
    assert all(line in problem.advice for line in LINES)


def test_a_group_printed_as_one_row_has_the_value_of_the_row(minimal):
    text = one_row(minimal, "[2, null, 0, 0, 0, 0, 2]")
    assert read_text(text).value("applications", "results.closed_otherwise", "total") == 2
    assert read_text(text).value("applications", "results.closed_otherwise", "commercial") is None
    assert read_text(text).value("applications", LINES[0], "total") is None


# -- blanks and values


def test_one_blank_part_leaves_the_sum_of_a_group_unknown(report):
    blank = with_figures(report, **{"applications__results.refused.public_safety__total": None})
    assert report.value("applications", "results.refused", "total") == 0
    assert blank.value("applications", "results.refused", "total") is None
    assert blank.value("applications", "results.refused", "commercial") == 0


def test_a_blank_is_zero_only_where_the_report_says_so(report):
    blank = with_figures(report, **{"applications__results.granted__total": None})
    zero = dataclasses.replace(blank, blank="zero")
    assert blank.value("applications", "results.granted", "total") is None
    assert zero.value("applications", "results.granted", "total") == 0
    assert blank.value("applications", "results", "total") is None
    assert zero.value("applications", "results", "total") == 1  # （二）部分公开 is left


def test_the_vector_follows_the_order_of_cells_and_the_blank_policy(report):
    blank = with_figures(report, applications__received__total=None)
    position = FORM_2021.index[Cell("applications", "received", "total")]
    assert report.vector[position] == 4
    assert np.flatnonzero(np.isnan(blank.vector)).tolist() == [position]
    assert dataclasses.replace(blank, blank="zero").vector[position] == 0
    assert report.vector.tolist() == [float(report.figures[cell]) for cell in FORM_2021.cells]


def test_a_group_is_the_sum_of_its_lines_without_their_total(report):
    assert report.value("applications", "results", "natural_person") == 2 + 1
    assert report.value("applications", "results", "total") == 3 + 1


@pytest.mark.parametrize("place", ["procurement/procurement/amount", "applications/results.lost/total", "fees/fees/x"])
def test_a_place_the_form_does_not_have_has_no_value(report, place):
    assert report.value(*place.split("/")) is None


def test_a_table_is_a_frame_in_the_shape_of_the_form(report):
    frame = with_figures(report, applications__received__commercial=None).tables["applications"]
    assert frame.shape == (25, 7)
    assert list(frame.index) == list(FORM_2021.table["applications"].row)
    assert list(frame.columns) == list(FORM_2021.table["applications"].column)
    assert set(map(str, frame.dtypes)) == {"Int64"}
    assert frame.loc["received", "total"] == 4
    assert frame.loc["received", "commercial"] is pd.NA


def test_an_amount_in_a_frame_is_exactly_as_given(report):
    assert str(report.tables["fees"].loc["fees_10k_yuan", "amount"]) == "8.50"


def test_a_report_is_blank_until_one_figure_is_filled_in(report):
    blank = dataclasses.replace(report, figures=dict.fromkeys(FORM_2021.cells))
    assert blank.is_blank()
    assert not with_figures(blank, applications__received__total=0).is_blank()


def test_a_report_does_not_change(report):
    with pytest.raises(FrozenInstanceError):
        report.year = 2022
    with pytest.raises(FrozenInstanceError):
        report.body.name = "他县"


# -- finding files


def test_all_reports_are_found_in_order_of_body_and_year(params_dir):
    assert [(entry.id, entry.year) for entry in entries(params_dir)] == [
        ("320813-hongze", 2024),
        ("321300-suqian", 2023),
        ("321300-suqian", 2024),
        ("500243-pengshui", 2023),
    ]


@pytest.mark.parametrize("body", ["321300-suqian", "321300", "suqian", "宿迁市", "江苏省宿迁市人民政府"])
def test_a_body_is_found_by_folder_code_short_name_or_the_name_of_its_division(params_dir, body):
    assert [(entry.id, entry.year) for entry in entries(params_dir, [body])] == [
        ("321300-suqian", 2023),
        ("321300-suqian", 2024),
    ]
    assert load(body, 2024, params_dir).body.name == "宿迁市"


def test_a_department_with_the_code_of_its_city_is_told_from_it_by_name(params_dir):
    text = (params_dir / "321300-suqian/2024.yaml").read_text(encoding="utf-8")
    (params_dir / "321300-finance").mkdir()
    (params_dir / "321300-finance/2024.yaml").write_text(
        text.replace('name: "宿迁市"', 'name: "宿迁市财政局"'), encoding="utf-8"
    )
    assert load("宿迁市", 2024, params_dir).id == "321300-suqian"
    assert load("江苏省宿迁市财政局", 2024, params_dir).id == "321300-finance"
    assert folder_of("宿迁市", params_dir) == "321300-suqian"


def test_bodies_may_be_named_in_different_ways_at_once(params_dir):
    found = entries(params_dir, ["suqian", "500243"], [2023])
    assert [(entry.id, entry.year) for entry in found] == [("321300-suqian", 2023), (PENGSHUI, 2023)]


def test_years_narrow_the_reports(params_dir):
    assert {entry.year for entry in entries(params_dir, years=[2024])} == {2024}


def test_other_files_and_folders_are_no_reports(params_dir):
    before = entries(params_dir)
    (params_dir / PENGSHUI / "2022.yaml.bak").write_text("x")
    (params_dir / PENGSHUI / "notes.yaml").write_text("x")
    (params_dir / PENGSHUI / "20222.yaml").write_text("x")
    (params_dir / "archive").mkdir()
    (params_dir / "archive" / "2022.yaml").write_text("x")
    (params_dir / "123456-file").write_text("x")
    assert entries(params_dir) == before


def test_a_yml_file_is_a_report(params_dir):
    (params_dir / PENGSHUI / "2023.yaml").rename(params_dir / PENGSHUI / "2023.yml")
    assert load("500243", 2023, params_dir).file.endswith("2023.yml")


def test_two_files_for_one_report_are_refused(params_dir):
    (params_dir / PENGSHUI / "2023.yml").write_bytes((params_dir / PENGSHUI / "2023.yaml").read_bytes())
    with pytest.raises(ReportError) as raised:
        load("500243", 2023, params_dir)
    (problem,) = raised.value.problems
    assert problem.file.endswith(PENGSHUI)
    assert (problem.where, problem.found) == ("2023年度", "2023.yaml和2023.yml")
    assert "只保留其中一个" in problem.advice


def test_two_files_for_one_report_do_not_stop_other_years(params_dir):
    (params_dir / "321300-suqian" / "2023.yml").write_text("x")
    assert load("321300", 2024, params_dir).year == 2024


def test_an_unknown_body_lists_the_nearest(params_dir):
    with pytest.raises(UnknownReport) as raised:
        entries(params_dir, ["pengshu"])
    (problem,) = raised.value.problems
    assert (problem.where, problem.found) == ("报告主体", "“pengshu”")
    assert "pengshui" in problem.advice
    assert "suqian" not in problem.advice


def test_an_unknown_body_far_from_any_lists_those_there_are(params_dir):
    with pytest.raises(UnknownReport) as raised:
        entries(params_dir, ["洪泽"])
    assert all(name in str(raised.value) for name in ("“洪泽”", "320813-hongze", "321300-suqian", PENGSHUI))


@pytest.mark.parametrize("body", ["../params/500243-pengshui", "..", "", "/etc", "500243-*", "<script>"])
def test_a_body_is_a_name_and_not_a_path(params_dir, body):
    with pytest.raises(UnknownReport, match="报告主体"):
        load(body, 2023, params_dir)


def test_all_unknown_bodies_are_listed_at_once(params_dir):
    with pytest.raises(UnknownReport) as raised:
        entries(params_dir, ["pengshu", "suqian", "hongz"])
    assert [problem.found for problem in raised.value.problems] == ["“pengshu”", "“hongz”"]


def test_an_unknown_year_lists_the_years_of_the_body(params_dir):
    with pytest.raises(UnknownReport) as raised:
        load("suqian", 2022, params_dir)
    (problem,) = raised.value.problems
    assert (problem.where, problem.found, problem.advice) == ("报告年度", "2022", "现有：2023、2024")


def test_an_unknown_body_says_nothing_about_a_year_that_other_bodies_have(params_dir):
    with pytest.raises(UnknownReport) as raised:
        load("pengshu", 2023, params_dir)
    assert [problem.where for problem in raised.value.problems] == ["报告主体"]


def test_a_name_that_two_bodies_share_must_be_made_unique(params_dir):
    (params_dir / "500243-other").mkdir()
    (params_dir / "500243-other" / "2023.yaml").write_text("x")
    with pytest.raises(UnknownReport) as raised:
        load("500243", 2023, params_dir)
    assert "500243-other、500243-pengshui" in str(raised.value)
    assert load(PENGSHUI, 2023, params_dir).id == PENGSHUI


def test_a_missing_params_folder_says_how_to_name_or_make_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownReport) as raised:
        entries("no-such-folder")
    assert all(word in str(raised.value) for word in ("no-such-folder", "找不到", "--params", "gkstats new"))


def test_an_empty_params_folder_has_no_reports_and_says_how_to_make_one(tmp_path):
    assert entries(tmp_path) == []
    with pytest.raises(UnknownReport, match="gkstats new"):
        load("500243", 2023, tmp_path)


def test_the_params_folder_is_found_from_a_folder_below(params_dir, monkeypatch):
    notebooks = params_dir.parent / "notebooks" / "drafts"
    notebooks.mkdir(parents=True)
    monkeypatch.chdir(notebooks)
    found = load("500243", 2023)
    assert found.file == "../../params/500243-pengshui/2023.yaml"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError) as raised:
        read(tmp_path / "2023.yaml")
    assert "2023.yaml" in raised.value.problems[0].file
    assert "无法打开" in raised.value.problems[0].found


def test_a_folder_in_place_of_a_file_is_named(params_dir):
    (params_dir / PENGSHUI / "2022.yaml").mkdir()
    with pytest.raises(ReportError, match=r"2022\.yaml 有 1 处问题"):
        load("500243", 2022, params_dir)


def test_a_report_knows_its_folder_and_file(params_dir):
    found = load("500243", 2023, params_dir)
    assert found.id == PENGSHUI
    assert found.file.endswith("params/500243-pengshui/2023.yaml")


def test_the_previous_report_is_that_of_the_year_before(params_dir):
    previous = load_previous(load("suqian", 2024, params_dir), params_dir)
    assert (previous.id, previous.year) == ("321300-suqian", 2023)


def test_there_need_be_no_previous_report(params_dir):
    assert load_previous(load("suqian", 2023, params_dir), params_dir) is None
    assert load_previous(load("pengshui", 2023, params_dir), params_dir) is None


def test_a_previous_report_that_cannot_be_read_is_an_error_and_not_a_missing_one(params_dir):
    (params_dir / "321300-suqian" / "2023.yaml").write_text("body: 三\n")
    with pytest.raises(ReportError, match=r"2023\.yaml"):
        load_previous(load("suqian", 2024, params_dir), params_dir)


# -- problems


def test_problems_are_listed_by_file_with_place_found_expected_and_advice():
    error = ReportError(
        [
            Problem("a.yaml", 14, "表三“甲”行乙列", "“三”", "不小于 0 的整数", "没有填写的写 null"),
            Problem("b.yaml", None, "文件", "无法打开", ""),
            Problem("a.yaml", 15, "表三", "缺少一行", "", "没有数据的写 null"),
        ]
    )
    assert str(error).split("\n") == [
        "a.yaml 有 2 处问题：",
        "  第 14 行  表三“甲”行乙列：读到“三”，应为不小于 0 的整数。没有填写的写 null",
        "  第 15 行  表三：缺少一行。没有数据的写 null",
        "b.yaml 有 1 处问题：",
        "  文件：无法打开",
    ]


@pytest.mark.parametrize("kind", [ReportError, UnknownReport])
def test_an_error_keeps_its_problems_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind([Problem("a.yaml", 1, "表三", "“三”", "整数")])))
    assert type(error) is kind
    assert error.problems == (Problem("a.yaml", 1, "表三", "“三”", "整数", ""),)


def test_a_notebook_shows_the_problems_and_no_traceback():
    error = ReportError([Problem("a.yaml", 1, "表三", "“三”", "整数")])
    assert error._render_traceback_() == [str(error)]


# -- writing


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_file_written_and_read_again_says_the_same(path):
    original = read(path)
    assert original.prose and original.source
    assert same(parse(dumps(original).encode(), "copy.yaml"), original)


def test_there_are_sample_files():
    assert len(FILES) == 4


@pytest.mark.parametrize("form", [FORM_2019, FORM_2021, ONE_ROW], ids=["2019", "2021", "2021 one row"])
def test_every_figure_comes_back_in_its_own_cell(form):
    figures = {
        cell: Decimal(f"{number}.50") if form.kind(cell) == "amount" else number
        for number, cell in enumerate(form.cells)
    }
    blank = blank_report(Body("123456", "某县", "county", "全县汇总"), 2021 if form is not FORM_2019 else 2020, "")
    original = dataclasses.replace(blank, form=form, figures=figures)
    assert same(read_text(dumps(original)), original)


def test_everything_beside_the_figures_comes_back(report):
    original = dataclasses.replace(
        report,
        blank="zero",
        facts={"accounts": 17, "fee": Decimal("0.10"), "about": "3万余", "digits": "0017"},
        prose={"preamble": "依据《条例》。", "other": "无"},
        explanations=(
            {"check": "X.2", "place": "documents/normative_documents/in_force", "reason": "清理：失效 3 件 # 注"},
            {"check": "X.1", "reason": '并入"某局"'},
        ),
        source={"title": "某县: 报告", "file": "../a.pdf", "sha256": "00ff", "note": ""},
    )
    assert same(read_text(dumps(original)), original)


NASTY = [
    "  行首有空格",
    "\u3000\u3000全角空格",
    "行尾有空格  ",
    "一行\n   \n三行",
    "一行\n\n\n四行",
    "一行\n  缩进\n一行",
    "末行是空格\n  ",
    "键: 值",
    "# 不是注释",
    "一行\n# 不是注释\nblank: zero",
    "- 不是列表",
    "'单' \"双\" “中” `反`",
    "反斜杠 \\n \\u2028",
    "{applications/received/total} {{花括号}} {",
    "[1, 2]",
    "&a *b !c %d @e | > ? ~",
    "null",
    "1e3",
    "---\n...",
    "表情😀与生僻字𠮷",
    "分行符\u2028分段符\u2029完",
    "零宽\u200b不断行\xa0",
    "\ufeff字节序标记",
    "<script>alert(1)</script>&amp;",
    "",
]


@pytest.mark.parametrize("prose", NASTY)
def test_prose_comes_back_as_it_was(report, prose):
    original = dataclasses.replace(report, prose={"overview": prose, "other": "无"})
    assert read_text(dumps(original)).prose == {"overview": prose, "other": "无"}


@pytest.mark.parametrize("prose", ["末尾换行\n", "\n\n开头换行", "\n两头\n\n"])
def test_empty_lines_around_prose_are_dropped(report, prose):
    original = dataclasses.replace(report, prose={"overview": prose, "other": "无"})
    assert read_text(dumps(original)).prose == {"overview": prose.strip("\n"), "other": "无"}


@pytest.mark.parametrize("text", [text for text in NASTY if text and "\n" not in text])
def test_names_facts_reasons_and_sources_come_back_as_they_were(report, text):
    original = dataclasses.replace(
        report,
        body=dataclasses.replace(report.body, name=text),
        facts={"fact": text},
        explanations=({"check": "X.1", "reason": text},),
        source={"note": text},
    )
    assert same(read_text(dumps(original)), original)


@pytest.mark.parametrize("amount", ["0.0000001", "0.00000000", "1E+3"])
def test_an_amount_is_never_written_with_an_exponent(report, amount):
    original = with_figures(report, fees__fees_10k_yuan__amount=Decimal(amount))
    assert read_text(dumps(original)).value("fees", "fees_10k_yuan", "amount") == Decimal(amount)


def test_a_file_shows_the_official_label_of_every_row(report):
    lines = dumps(report).split("\n")
    assert "    results.granted: [2, 1, 0, 0, 0, 0, 3]  # （一）予以公开" in lines
    assert sum(line.endswith("  # 1.属于国家秘密") for line in lines) == 1


@pytest.mark.parametrize(("year", "form"), [(2019, FORM_2019), (2020, FORM_2019), (2021, FORM_2021), (2030, FORM_2021)])
def test_a_blank_report_has_the_form_of_its_year_and_no_figure(year, form):
    blank = blank_report(Body("123456", "某县", "county", "全县汇总"), year, "123456-mou")
    assert blank.form is form
    assert blank.is_blank()
    assert len(blank.figures) == len(form.cells)
    assert same(read_text(dumps(blank)), blank)


def test_the_prose_of_a_blank_report_names_the_notice_and_the_points_to_cover():
    prose = blank_report(Body("123456", "某县", "county", "全县汇总"), 2024, "").prose
    assert "国办公开办函〔2021〕30号" in prose["preamble"]
    assert [line.rstrip("。") for line in prose["overview"].split("\n")] == [
        "（一）主动公开",
        "（二）依申请公开",
        "（三）政府信息管理",
        "（四）政府信息公开平台建设",
        "（五）监督保障",
    ]
    assert set(prose) == {"preamble", "overview", "problems", "other"}


def test_there_is_no_blank_report_before_the_first_form():
    with pytest.raises(ValueError, match="2018"):
        blank_report(Body("123456", "某县", "county", "全县汇总"), 2018, "123456-mou")


def test_a_new_report_is_written_where_it_is_found_again(tmp_path, report):
    path = save_new(report, tmp_path)
    assert path == tmp_path / "123456-mou" / "2023.yaml"
    assert same(load("123456", 2023, tmp_path), report)


def test_a_new_report_has_its_schema_beside_it(tmp_path, report):
    path = save_new(report, tmp_path / "new" / "params")
    reference = path.read_text(encoding="utf-8").split("\n")[0].split("$schema=")[1]
    assert (path.parent / reference).read_bytes() == (PARAMS / SCHEMA_FILE).read_bytes()


def test_a_schema_that_is_there_is_left_alone(tmp_path, report):
    (tmp_path / SCHEMA_FILE).write_text("{}")
    save_new(report, tmp_path)
    assert (tmp_path / SCHEMA_FILE).read_text() == "{}"


@pytest.mark.parametrize("name", ["2023.yaml", "2023.yml"])
def test_a_report_that_is_there_is_not_overwritten(tmp_path, report, name):
    (tmp_path / report.id).mkdir()
    (tmp_path / report.id / name).write_text("手工填写的数据", encoding="utf-8")
    with pytest.raises(ReportError) as raised:
        save_new(report, tmp_path)
    assert raised.value.problems[0].file.endswith(f"123456-mou/{name}")
    assert "已经存在，没有改动" in str(raised.value)
    assert (tmp_path / report.id / name).read_text(encoding="utf-8") == "手工填写的数据"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]


def test_a_new_report_ends_its_lines_the_same_way_on_every_system(tmp_path, report):
    content = save_new(report, tmp_path).read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.decode("utf-8") == dumps(report)


@pytest.mark.parametrize("id", ["../123456-mou", "123456-mou/..", "", "123456-<script>", "/tmp/123456-mou"])
def test_a_report_is_written_nowhere_but_in_a_body_folder(tmp_path, report, id):
    (tmp_path / "params").mkdir()
    with pytest.raises(ReportError):
        save_new(dataclasses.replace(report, id=id.replace("/tmp", str(tmp_path))), tmp_path / "params")
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_report_that_could_not_be_read_again_is_not_written(tmp_path, report):
    with pytest.raises(ReportError):
        save_new(dataclasses.replace(report, body=dataclasses.replace(report.body, name="某\n县")), tmp_path)
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.parametrize("policy", BLANK)
@pytest.mark.parametrize("form", FORMS)
def test_the_head_of_a_file_states_form_and_blank_policy_with_their_meaning(report, policy, form):
    blank = blank_report(report.body, form, "123456-mou")
    lines = dumps(dataclasses.replace(blank, blank=policy)).split("\n")
    assert any(line.startswith(f"form: {form}  # {FORMS[form].notice}") for line in lines)
    assert any(line.startswith(f"blank: {policy}  # ") and BLANK[policy] in line for line in lines)
