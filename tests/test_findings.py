"""What the checks found, in files for others: the workbook to send back, the validation report for other systems."""

import io
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest
from builders import a_balanced_report
from openpyxl import load_workbook

from gkstats.checks import CHECKS, Case, examine
from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.output.findings import COLUMNS, to_ess, to_workbook
from gkstats.report import Problem

WRONG = {"applications/results.total/natural_person": 50}
UNREAD = [("500243-pengshui", 2022, Problem("params/500243-pengshui/2022.yaml", 14, "表三", "“三”", "不小于 0 的整数"))]


def results(*figures, **more):
    return examine([a_balanced_report(each, id=f"{100001 + n}-x", **more) for n, each in enumerate(figures)])


def rows(content):
    sheet = load_workbook(io.BytesIO(content)).active
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]


# -- the workbook


def test_a_workbook_has_a_line_for_each_cause_under_the_columns_a_county_knows():
    head, *lines = rows(to_workbook(results(WRONG, {"disputes/review/total": 5, "documents/regulations": [1, 0, 1]})))
    assert (
        head
        == ["主体", "年度", "严重程度", "位置", "印为", "应为", "说明", "依据", "处理", "情况说明"]
        == list(COLUMNS)
    )
    assert [line[3] for line in lines] == [
        "表二 规章·本年制发件数；表二 规章·现行有效件数",
        "表四 行政复议",
        "表三 （七）总计·自然人",
    ]
    assert lines[2][:6] == ["某县", "2024", "错误", "表三 （七）总计·自然人", "50", "5"]
    assert lines[2][6].startswith("表三 （七）总计·自然人 印为 50，应为 5") and "依据" not in lines[2][6]
    assert "表三表头“第一项加第二项之和，等于第三项加第四项之和”" in lines[2][7]
    assert lines[2][8:] == ["必须更正", ""]


def test_the_worst_report_comes_first_and_one_whose_errors_are_settled_last():
    found = results(WRONG, {"disputes/review/total": 5, "documents/regulations": [1, 0, 1]}, {})
    assert [report.id[:6] for report in found.worst_first()] == ["100002", "100001", "100003"]
    assert [report.id[:6] for report in found.worst_first(lambda finding: finding.report.id > "100002")] == [
        "100001", "100002", "100003",
    ]  # fmt: skip
    assert [report.id[:6] for report in found.worst_first(lambda finding: True)] == ["100001", "100002", "100003"]


def test_a_cause_counts_as_long_as_one_of_its_findings_is_open():
    found = results({}, WRONG)
    open_ = [report.id[:6] for report in found.worst_first(lambda finding: finding.rule != "T3.3")]
    assert open_ == ["100002", "100001"]


def test_a_file_that_could_not_be_read_has_its_lines_too():
    line = rows(to_workbook(results({}), UNREAD))[1]
    assert line[:6] == ["500243-pengshui", "2022", "错误", "表三", "“三”", "不小于 0 的整数"]


def test_nothing_in_the_workbook_is_a_formula():
    report = a_balanced_report(WRONG, explanations=({"check": "T3.1", "reason": '=HYPERLINK("x")'},))
    sheet = load_workbook(io.BytesIO(to_workbook(examine([report])))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert "=HYPERLINK" in sheet["J2"].value


def test_the_workbook_is_the_same_bytes_each_time():
    assert to_workbook(results(WRONG)) == to_workbook(results(WRONG))


def test_a_place_that_is_a_group_of_rows_has_a_name():
    def share(number):
        refused = 60 if number == 5 else 5 + number % 3
        return {"applications/results.granted/total": 100 - refused, "applications/results.total/total": 100,
                "applications/results.refused.state_secret/total": refused}  # fmt: skip

    found = results(*(share(number) for number in range(40)))
    assert "表三 （三）不予公开·总计" in {line[3] for line in rows(to_workbook(found))}


# -- the validation report of the European Statistical System

TEXT = {"type": "string"}
PLACES = {"type": "array", "items": {"type": "array"}}
EVENT = {"type": "object", "properties": {"time": TEXT, "actor": TEXT}, "required": ["time", "actor"]}
DATA = {"type": "object", "properties": {"source": PLACES, "target": PLACES}, "required": ["source", "target"]}
ESS = {
    "type": "array",
    "items": {
        "oneOf": [
            {
                "properties": {
                    "id": TEXT, "type": {"enum": ["validation"]}, "event": EVENT, "data": DATA,
                    "rule": {
                        "properties": {
                            "language": TEXT, "expression": TEXT, "description": TEXT,
                            "severity": {"enum": ["information", "warning", "error"]},
                        },
                        "required": ["language", "expression", "severity"],
                    },
                    "value": {"enum": ["0", "1", "NA"]},
                },
                "required": ["id", "type", "event", "rule", "data", "value"],
                "additionalProperties": False,
            },
            {
                "properties": {
                    "id": TEXT, "type": {"enum": ["aggregation"]}, "event": EVENT, "data": DATA, "value": TEXT,
                    "aggregate": {
                        "properties": {"language": TEXT, "expression": TEXT, "description": TEXT},
                        "required": ["language", "expression"],
                    },
                },
                "required": ["id", "type", "event", "aggregate", "data", "value"],
                "additionalProperties": False,
            },
        ]
    },
}  # fmt: skip
"""The structure, version 1.0.1, as its schema states it."""


def test_the_validation_report_keeps_to_the_structure():
    report = to_ess(results(WRONG, {"disputes/review/total": None}), UNREAD)
    jsonschema.validate(report, ESS)
    assert len({entry["id"] for entry in report}) == len(report)


def test_each_failure_is_a_validation_with_its_rule_its_figures_and_nought():
    found = [entry for entry in to_ess(results(WRONG)) if entry["value"] == "0" and entry["type"] == "validation"]
    assert [entry["rule"]["expression"].split()[0] for entry in found] == ["T3.1", "T3.2", "T3.3"]
    assert found[0]["rule"]["severity"] == "error"
    assert ["政府信息公开工作年度报告", "2024", "100001-x", "applications/received/natural_person"] in found[0]["data"][
        "source"
    ]


def test_what_could_not_be_checked_is_not_available_and_what_passed_is_counted():
    report = to_ess(results({"disputes/review/total": None}))
    assert {"T4.1", "D.0"} <= {e["rule"]["expression"].split()[0] for e in report if e["value"] == "NA"}
    passed = {entry["id"]: entry["value"] for entry in report if entry["type"] == "aggregation"}
    assert (passed["passed-T3.1"], passed["passed-T4.1"]) == ("7", "2")
    assert set(passed) == {f"passed-{id}" for id, rule in CHECKS.items() if rule.run and rule.holds_in(2024)}


def test_the_validation_report_names_no_time():
    assert {entry["event"]["time"] for entry in to_ess(results(WRONG))} == {""}


# -- the command


@pytest.fixture(autouse=True)
def _in_project(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)


def damage():
    path = Path("params/500243-pengshui/2023.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("results.total: [30, 1", "results.total: [3, 1"), encoding="utf-8")


def test_all_is_the_word_for_all_reports(capsys):
    assert run(["check", "--all"]) == WELL
    everything = capsys.readouterr().out
    assert run(["check"]) == WELL
    assert capsys.readouterr().out == everything
    assert run(["check", "pengshui", "--all"]) == WRONG_USE


def test_the_worst_report_is_printed_first_with_the_rules_that_break_together(capsys):
    damage()
    assert run(["check"]) == FOUND
    out = capsys.readouterr().out
    assert out.startswith("彭水苗族土家族自治县 2023年度")
    assert "\n不通过的规则（同一原因的并在一起）：T3.1、T3.2、T3.3 1次\n" in out


@pytest.mark.parametrize(
    ("format_", "name"), [("xlsx", "a.xlsx"), ("ess", "a.json"), ("table", "a.txt"), ("csv", "a.csv")]
)
def test_what_is_found_is_written_to_a_file(format_, name, capsys):
    damage()
    assert run(["check", "--format", format_, "--output", name]) == FOUND
    assert capsys.readouterr().out == f"已写入 {name}\n"
    assert Path(name).stat().st_size


def test_a_workbook_is_not_printed(capsys):
    assert run(["check", "--format", "xlsx"]) == WRONG_USE
    assert "xlsx 不能打印，请用 --output 写明文件" in capsys.readouterr().err


def test_the_validation_report_is_printed_as_json(capsys):
    assert run(["check", "--format", "ess"]) == WELL
    jsonschema.validate(json.loads(capsys.readouterr().out), ESS)


def test_a_file_holds_no_colours(capsys):
    damage()
    run(["check", "--output", "a.txt"])
    assert "\x1b" not in Path("a.txt").read_text(encoding="utf-8")


def test_a_report_is_compared_with_last_years_although_only_one_is_asked_for(capsys):
    path = Path("params/321300-suqian/2024.yaml")
    text = path.read_text(encoding="utf-8")
    row = re.search(r"carried_in: \[(.*?)\]", text)
    figures = [int(figure) for figure in row[1].split(",")]
    figures[0], figures[6] = figures[0] + 1, figures[6] + 1
    path.write_text(text.replace(row[0], f"carried_in: {figures}"), encoding="utf-8")
    run(["check", "suqian", "2024"])
    out = capsys.readouterr().out
    assert "X.1" in out and "宿迁市 2023年度" not in out


def test_among_many_reports_those_with_nothing_wrong_are_counted(capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["gkstats.cli.check"], "MANY", 3)
    damage()
    path = Path("params/321300-suqian/2023.yaml")
    path.write_text(path.read_text("utf-8").replace("review: [309,", "review: [null,", 1), "utf-8")
    assert run(["check"]) == FOUND
    out = capsys.readouterr().out
    assert "其余3份没有不通过的事项，其中1份有无法核对的。" in out and "宿迁市" not in out
    assert out.endswith("共4份报告，1份有不通过的事项。\n")


def test_a_cause_is_compared_with_last_years_report_that_its_case_holds():
    report = a_balanced_report({"applications/carried_in/natural_person": 7})
    last = a_balanced_report({"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}, year=2023)
    (line,) = rows(to_workbook(examine([Case(report, last)])))[1:]
    assert "旁证 X.1" in line[6] and "（支持）" in line[6]
