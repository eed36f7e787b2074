"""The reports of all units come to one: summed once each, with everything said that keeps the sum from being whole."""

import json
from dataclasses import replace
from pathlib import Path

import documents
import pytest
from builders import a_balanced_report

from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.excel_form import write_form
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.params import load
from gkstats.report import Body, ReportError
from gkstats.report_file import dumps
from gkstats.rollup import units_listed
from gkstats.schema import Cell
from gkstats.units import units_of

ID = "500243-county"
LICENSING = Cell("licensing", "licensing", "decisions")
FEES = Cell("fees", "fees_10k_yuan", "amount")


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("units").mkdir()


def unit(name, figures=(), year=2023, **more):
    given = {str(place): figure for place, figure in {LICENSING: 10, **dict(figures)}.items()}
    report = a_balanced_report(given, year=year, **more)
    return replace(report, body=Body("500243", name, "department", "本机关"), id="500243-x")


def hand_in(name, figures=(), file=None, **more):
    path = Path("units", file or f"{name}.yaml")
    path.write_text(dumps(unit(name, figures, **more)), encoding="utf-8")
    return path


def listed(*names):
    Path("units/units.yaml").write_text("".join(f"- {name}\n" for name in names), encoding="utf-8")


def roll_up(*more):
    return run(["rollup", "500243", "2023", "--units", "units", *more])


def test_every_cell_is_the_sum_of_the_units_whatever_kind_their_files_are(capsys):
    parts = [documents.random_report(seed) for seed in range(3)]
    write_form(replace(parts[0], body=Body("500243", "县财政局", "prefecture", "本机关")), "units/财政局.xlsx")
    for report, name, maker, suffix in ((parts[1], "县公安局", documents.html_spans, "html"),
                                        (parts[2], "县教育局", documents.docx, "docx")):  # fmt: skip
        elements = [
            (kind, body.replace(documents.NAME, name) if isinstance(body, str) else body)
            for kind, body in documents.elements(report)
        ]
        Path(f"units/{name}.{suffix}").write_bytes(maker(elements))
    roll_up()
    assert "计入3个单位" in capsys.readouterr().out
    county = load(ID, 2023)
    assert county.body.name == "彭水苗族土家族自治县"
    for cell in FORM_2021.cells:
        assert county.figures[cell] == sum(part.figures[cell] for part in parts), cell


def test_a_complete_roll_up_is_well_and_the_check_compares_it_with_its_units(capsys):
    listed("甲局", "乙局")
    hand_in("甲局"), hand_in("乙局")
    assert roll_up() == WELL
    assert "计入2个单位，名单上的单位都已计入，各单位的勾稽关系都成立" in capsys.readouterr().out
    assert run(["check"]) == WELL
    out = capsys.readouterr().out
    assert "R.1" not in out
    path = Path("params", ID, "2023.yaml")
    path.write_text(path.read_text("utf-8").replace("licensing: [20]", "licensing: [30]"), encoding="utf-8")
    run(["check"])
    words = "全域汇总的各格应等于所属单位的同一格之和；表二“行政许可”行本年处理决定数量列填报30，单位之和20"
    assert words in capsys.readouterr().out


def test_units_of_the_list_that_did_not_hand_in_are_named(capsys):
    listed("甲局", "{name: 乙局, aliases: [乙办]}", "丙局")
    hand_in("某县甲局"), hand_in("乙办")
    assert roll_up() == FOUND
    out = capsys.readouterr().out
    assert "未报或没有计入1个单位：丙局" in out
    record = units_of(load(ID, 2023))
    assert [u.name for u in record.counted] == ["甲局", "乙局"] and record.missing == ("丙局",) and not record.complete


def test_what_is_not_on_the_list_is_not_summed(capsys):
    listed("甲局")
    hand_in("甲局"), hand_in("外单位", {LICENSING: 99})
    assert roll_up() == FOUND
    assert "没有计入 外单位（外单位.yaml）：不在单位名单中" in capsys.readouterr().out
    assert load(ID, 2023).figures[LICENSING] == 10


def test_the_same_unit_in_two_files_counts_once_where_they_agree_and_not_at_all_where_they_do_not(capsys):
    hand_in("甲局"), hand_in("甲局", file="甲局副本.yaml"), hand_in("乙局")
    assert roll_up() == FOUND
    assert "甲局副本.yaml）：重复报送，与甲局.yaml数据相同，只计一次" in capsys.readouterr().out
    assert load(ID, 2023).figures[LICENSING] == 20
    assert units_of(load(ID, 2023)).complete
    hand_in("甲局", {LICENSING: 11}, file="甲局副本.yaml")
    roll_up("--update")
    assert capsys.readouterr().out.count("数据不同，都没有计入") == 2
    assert load(ID, 2023).figures[LICENSING] == 10


def test_another_form_or_year_and_an_empty_form_are_said_and_not_summed(capsys):
    hand_in("甲局")
    hand_in("乙局", year=2022)
    hand_in("丁局", dict.fromkeys(FORM_2021.cells))
    old = documents.random_report(1, FORM_2019)
    Path("units/丙局.yaml").write_text(dumps(replace(old, year=2023)), encoding="utf-8")
    assert roll_up() == FOUND
    out = capsys.readouterr().out
    for words in ("乙局.yaml）：是2022年度的报表", "丙局.yaml）：用的是国办公开办函〔2019〕60号的格式",
                  "丁局.yaml）：没有填写数据"):  # fmt: skip
        assert words in out
    assert load(ID, 2023).figures[LICENSING] == 10


def test_the_report_of_the_body_itself_is_not_one_of_its_units(capsys):
    hand_in("甲局"), hand_in("重庆市彭水苗族土家族自治县人民政府"), hand_in("彭水县人民政府办公室")
    assert roll_up() == FOUND
    assert "是本级的报告，不是单位的报表" in capsys.readouterr().out
    record = units_of(load(ID, 2023))
    assert [unit.name for unit in record.counted] == ["彭水县人民政府办公室", "甲局"]
    assert load(ID, 2023).figures[LICENSING] == 20


def test_a_file_that_cannot_be_read_is_an_error_and_the_others_are_summed(capsys):
    hand_in("甲局")
    Path("units/乙局.docx").write_bytes(b"PK\x03\x04broken")
    assert roll_up() == FOUND
    captured = capsys.readouterr()
    assert "乙局.docx 有 1 处问题" in captured.err and "没有计入 乙局（乙局.docx）：不能读取" in captured.out
    assert load(ID, 2023).figures[LICENSING] == 10


def test_a_blank_is_unknown_unless_the_unit_says_it_is_zero(capsys):
    hand_in("甲局", {LICENSING: None}), hand_in("乙局", {FEES: None}, blank="zero")
    assert roll_up() == FOUND
    assert "1格不能相加，因为有空白（甲局），如表二“行政许可”行" in capsys.readouterr().out
    county = load(ID, 2023)
    assert county.figures[LICENSING] is None and county.figures[FEES] is not None


def test_a_unit_whose_own_balances_fail_is_named_with_rule_and_place(capsys):
    hand_in("甲局", {Cell("disputes", "review", "total"): 99})
    assert roll_up() == FOUND
    assert "不通过 甲局（甲局.yaml）：T4.1 表四“行政复议”" in capsys.readouterr().out
    assert units_of(load(ID, 2023)).units[0].findings[0].startswith("T4.1 ")


def test_what_changed_since_the_last_time_is_said_cell_by_cell(capsys):
    hand_in("甲局"), hand_in("乙局")
    roll_up(), capsys.readouterr()
    hand_in("乙局", {LICENSING: 25})
    assert roll_up() == FOUND
    out = capsys.readouterr().out
    assert "有变更 乙局：表二“行政许可”行本年处理决定数量列原为10，现为25" in out
    assert "表二“行政许可”行本年处理决定数量列：单位之和35，报告20" in out
    assert load(ID, 2023).figures[LICENSING] == 20
    run(["check"])
    assert "差额与乙局报送后的变更相同，可能仍用变更前的数" in capsys.readouterr().out


def test_update_takes_new_sums_and_leaves_what_was_corrected_by_hand(capsys):
    hand_in("甲局"), hand_in("乙局")
    roll_up()
    path = Path("params", ID, "2023.yaml")
    text = path.read_text(encoding="utf-8").replace("penalties: [0]", "penalties: [7]  # 核实后更正")
    path.write_text(text, encoding="utf-8")
    hand_in("乙局", {LICENSING: 25})
    capsys.readouterr()
    assert roll_up("--update") == FOUND
    out = capsys.readouterr().out
    assert "已更新1格，原文件存作 2023.old-1.yaml" in out
    assert "报告与单位之和有1格不同（手工改过的保留，要换上单位之和的，先改成 null）" in out
    assert "表二“行政处罚”行本年处理决定数量列：单位之和0，报告7" in out
    county = load(ID, 2023)
    assert county.figures[LICENSING] == 35
    assert county.value("enforcement", "penalties", "decisions") == 7
    assert "# 核实后更正" in path.read_text(encoding="utf-8")
    assert path.with_name("2023.old-1.yaml").is_file()


def test_update_takes_new_sums_in_a_report_typed_by_hand_that_agreed_with_the_old_ones(capsys):
    hand_in("甲局"), hand_in("乙局")
    roll_up()
    record = Path("params", ID, "2023.units.json")
    given = json.loads(record.read_bytes())
    record.write_text(json.dumps(given | {"taken": {}}), encoding="utf-8")  # as if no roll-up had written the report
    hand_in("乙局", {LICENSING: 25})
    assert roll_up("--update") == WELL
    assert load(ID, 2023).figures[LICENSING] == 35


def test_the_record_is_the_same_bytes_for_the_same_files(capsys):
    hand_in("甲局"), hand_in("乙局", {FEES: None})
    roll_up()
    path = Path("params", ID, "2023.units.json")
    first = path.read_bytes()
    roll_up()
    assert path.read_bytes() == first
    assert json.loads(first)["units"][0]["figures"]["licensing/licensing"] == "10"
    assert b"units/" not in first


def test_a_unit_that_prints_other_processing_as_one_row_is_summed_where_that_row_is_zero():
    hand_in("甲局")
    collapsed = FORM_2021.collapse("applications", "results.closed_otherwise")
    figures = dict.fromkeys(collapsed.cells, 0) | {LICENSING: 5}
    report = replace(unit("乙局"), form=collapsed, figures=figures)
    Path("units/乙局.yaml").write_text(dumps(report), encoding="utf-8")
    assert roll_up() == WELL
    assert load(ID, 2023).value("applications", "results.closed_otherwise", "total") is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- 甲局\n- 甲局\n", "“甲局”重复"),
        ("- {naem: 甲局}\n", "不是单位名称"),
        ("- [甲局]\n", "不是单位名称"),
        ("甲局\n乙局\n", "不是单位的列表"),
        ("- {name: 甲局, aliases: 乙}\n", "不是单位名称"),
        ("- &a 甲\n", "YAML"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_line(text, words):
    Path("units/units.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=words):
        units_listed(Path("units/units.yaml"))


def test_a_list_may_stand_under_units_and_name_aliases():
    Path("units/units.yaml").write_text("units:\n  - 甲局\n  - name: 乙局\n    aliases: [乙办]\n", encoding="utf-8")
    assert units_listed(Path("units/units.yaml")) == [("甲局", ()), ("乙局", ("乙办",))]


@pytest.mark.parametrize("folder", ["nowhere", "units"])
def test_a_folder_that_is_not_there_or_empty_is_wrong_use(folder, capsys):
    assert run(["rollup", "500243", "2023", "--units", folder]) == WRONG_USE
    assert not Path("params").exists()


def test_a_damaged_record_is_an_error_for_rollup_and_open_for_the_check(capsys):
    hand_in("甲局")
    roll_up()
    Path("params", ID, "2023.units.json").write_text("{}", encoding="utf-8")
    assert roll_up() == FOUND
    assert "2023.units.json" in capsys.readouterr().err
    run(["check"])
    assert "单位汇总记录不是 gkstats rollup 写成的内容，不能核对" in capsys.readouterr().out


def test_a_unit_that_used_another_form_does_not_keep_the_roll_up_from_being_done_again(capsys):
    hand_in("甲局")
    old = replace(documents.random_report(1, FORM_2019), year=2023)
    Path("units/丙局.yaml").write_text(dumps(replace(old, body=unit("丙局").body)), encoding="utf-8")
    first = roll_up("--name", "某县人民政府")
    record = units_of(load("500243", 2023, "params"))
    assert not record.fault and [each.name for each in record.counted] == ["甲局"]
    assert roll_up() == first == FOUND
    assert "不能读取" not in "".join(capsys.readouterr())
