"""The command line as an analyst meets it."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gkstats.checks import CHECKS, COLUMNS
from gkstats.cli import FOUND, WELL, WRONG_USE, gkstats, run
from gkstats.stats import STATISTICS


@pytest.fixture(autouse=True)
def _in_project(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)


def change(old, new, name="500243-pengshui/2023.yaml"):
    path = Path("params") / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_all_reports_of_the_repository_check_well(capsys):
    assert run(["check"]) == WELL
    out = capsys.readouterr().out
    assert "彭水苗族土家族自治县 2023年度（500243-pengshui）\n  勾稽关系42处：通过42处，不通过0处，无法核对0处" in out
    assert out.endswith("共4份报告，0份有不通过的事项。\n")


def test_section_two_is_never_shown_as_checked(capsys):
    run(["check", "pengshui", "2023"])
    assert "说明 T2.0 表二的全部10个数据没有内部勾稽关系" in capsys.readouterr().out


def test_a_failed_balance_is_printed_and_ends_with_one(capsys):
    change("results.total: [30, 1", "results.total: [3, 1")
    assert run(["check", "500243"]) == FOUND
    out = capsys.readouterr().out
    assert "错误 C1  表三 （七）总计·自然人 印为 3，应为 30（若错误不超过2处，唯一解；掉一位数字）" in out
    assert out.count("错误 ") == 1
    assert "共1份报告，1份有不通过的事项。" in out


def test_an_unknown_figure_alone_is_no_failure(capsys):
    change("review: [0, 0, 0, 0, 0]", "review: [0, 0, 0, 0, null]")
    assert run(["check", "pengshui"]) == WELL
    assert "无法核对 T4.1 1处" in capsys.readouterr().out


def test_json_findings_have_the_documented_fields(capsys):
    change("results.total: [30, 1", "results.total: [3, 1")
    assert run(["check", "pengshui", "2023", "--format", "json"]) == FOUND
    findings = json.loads(capsys.readouterr().out)
    assert all(set(finding) == set(COLUMNS) for finding in findings)
    failed = next(finding for finding in findings if finding["check"] == "T3.2")
    assert (failed["body"], failed["year"], failed["status"], failed["severity"]) == (
        "500243-pengshui", 2023, "fail", "error",
    )  # fmt: skip
    assert (failed["table"], failed["row"], failed["column"]) == ("applications", "results.total", "natural_person")
    assert (failed["found"], failed["expected"]) == ("3", "30")


def test_csv_findings_read_back(capsys):
    change("results.total: [30, 1", "results.total: [3, 1")
    run(["check", "pengshui", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["check"] for row in rows if row["status"] == "fail"] == ["T3.1", "T3.2", "T3.3"]


def test_an_unreadable_file_is_a_finding_and_the_others_are_checked(capsys):
    change("[30, 1, 0, 0, 0, 0, 31]", "[30, -1, 0, 0, 0, 0, 31]")
    assert run(["check"]) == FOUND
    out = capsys.readouterr().out
    assert re.search(r"错误 P\.0 第 \d+ 行  表三“一、本年新收政府信息公开申请数量”行商业企业列：读到“-1”", out)
    assert "宿迁市 2024年度（321300-suqian）" in out


def test_an_unknown_place_in_prose_is_found_by_check(capsys):
    change("  problems: |-\n", "  problems: |-\n    {applications/received/totl}\n")
    assert run(["check", "pengshui"]) == FOUND
    assert "不认识的引用“{applications/received/totl}”" in capsys.readouterr().out


def test_check_takes_a_year_alone(capsys):
    assert run(["check", "2024"]) == WELL
    assert "共2份报告" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], "没有“chek”这个命令，是否应为 check"),
        (["check", "nobody"], "读到“nobody”，应为已有的文件夹名、区划代码、简称或名称"),
        (["check", "pengshui", "1999"], "“1999”不是年度"),
        (["check", "pengshui", "2022"], "读到2022，应为已有的年度。现有：2023"),
        (["check", "--fromat", "json"], "没有 --fromat 这个选项，是否应为 --format"),
        (["check", "--format", "xml"], "“xml”不可用，应为：table、csv、json、ess、xlsx"),
        (["check", "a", "2023", "c"], "多余的参数 c"),
        (["check", "--params", "nowhere"], "找不到这个文件夹"),
        (["build", "--formats", "html,doc"], "“doc”不可用，应为：html、pdf"),
        (["build", "--jobs", "0"], "“0”不是正整数"),
        (["build", "--year"], "选项 --year 后面要有一个值"),
        (["new"], "缺少参数 主体"),
        (["rollup", "pengshui", "2023"], "缺少参数 --units"),
        (["new", "彭水", "2024"], "“彭水”不是主体"),
        (["new", "../../etc", "2024"], "“../../etc”不是主体"),
        (["new", "110105-chaoyang", "2024"], "用 --name 写明名称，如 --name 朝阳区"),
        (["new", "110105-chaoyang", "2012", "--name", "某区"], "2012 年度没有全国统一的格式"),
        (["new", "110105-chaoyang", "2024", "--name", "某区", "--level", "city"], "--level 的值“city”不可用"),
        (["explain", "T9.9"], "没有“T9.9”"),
    ],
)
def test_wrong_use_is_told_in_chinese_and_ends_with_two(arguments, words, capsys):
    assert run(arguments) == WRONG_USE
    captured = capsys.readouterr()
    assert words in captured.err and not captured.out
    assert not re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+", captured.err), "an English sentence"


def test_two_files_for_one_report_are_refused(capsys):
    Path("params/500243-pengshui/2023.yml").write_bytes(Path("params/500243-pengshui/2023.yaml").read_bytes())
    assert run(["check", "pengshui"]) == FOUND
    assert "2023年度：读到2023.yaml和2023.yml，应为一个文件" in capsys.readouterr().err


def test_new_writes_a_blank_file_that_checks_as_unknown(capsys):
    assert run(["new", "110105-chaoyang", "2025", "--name", "北京市朝阳区"]) == WELL
    text = Path("params/110105-chaoyang/2025.yaml").read_text(encoding="utf-8")
    assert "results.granted_in_part: [null, null, null, null, null, null, null]  # （二）部分公开" in text
    assert run(["check", "110105", "2025"]) == WELL
    assert "通过0处，不通过0处，无法核对42处" in capsys.readouterr().out


def test_new_takes_the_body_from_its_earlier_report():
    assert run(["new", "321300-suqian", "2025"]) == WELL
    text = Path("params/321300-suqian/2025.yaml").read_text(encoding="utf-8")
    assert 'name: "宿迁市"' in text and "level: prefecture" in text and 'scope: "全市汇总"' in text


def test_new_never_overwrites(capsys):
    before = Path("params/500243-pengshui/2023.yaml").read_bytes()
    assert run(["new", "500243-pengshui", "2023"]) == FOUND
    assert "已经存在，没有改动" in capsys.readouterr().err
    assert Path("params/500243-pengshui/2023.yaml").read_bytes() == before


def test_new_puts_the_schema_beside_the_first_report(tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    assert run(["new", "110105-chaoyang", "2025", "--name", "北京市朝阳区"]) == WELL
    assert (
        json.loads(Path("params/report.schema.json").read_text(encoding="utf-8"))["title"]
        == "政府信息公开工作年度报告参数"
    )


def test_a_new_report_goes_to_the_folder_that_is_read_from(monkeypatch):
    Path("notebooks").mkdir()
    monkeypatch.chdir("notebooks")
    assert run(["new", "110105-chaoyang", "2025", "--name", "北京市朝阳区"]) == WELL
    assert Path("../params/110105-chaoyang/2025.yaml").is_file() and not Path("params").exists()


def test_a_name_with_markup_and_slashes_is_only_text(capsys):
    assert run(["new", "110105-chaoyang", "2025", "--name", "<script>alert(1)</script>../x"]) == WELL
    assert [path.name for path in Path("params/110105-chaoyang").iterdir()] == ["2025.yaml"]
    assert run(["check", "110105"]) == WELL
    assert "<script>alert(1)</script>../x 2025年度" in capsys.readouterr().out


def test_explain_lists_every_check_and_statistic(capsys):
    assert run(["explain"]) == WELL
    listed = capsys.readouterr().out.split()
    assert set(CHECKS) <= set(listed) and set(STATISTICS) <= set(listed)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("T3.1", "第一项加第二项之和，等于第三项加第四项之和"),
        ("disclosure_rate", "（予以公开 + 部分公开）÷（七）总计"),
        ("{stats/disclosure_rate}", "{stats/disclosure_rate}"),
        ("applications", "results.refused.state_secret            1.属于国家秘密"),
        ("{applications/results.total/total}", "results.total                           （七）总计"),
    ],
)
def test_explain_tells_of_one(name, words, capsys):
    assert run(["explain", name]) == WELL
    assert words in capsys.readouterr().out


def test_explain_tells_all_of_a_rule(capsys):
    assert run(["explain", "x.1"]) == WELL
    said = capsys.readouterr().out
    for words in (
        "X.1 结转与上年衔接\n", "  依据  国办公开办函〔2021〕30号", "  类别  跨年\n", "  性质  提示，更正或说明\n",
        "  例外  上年报告公布后有更正、机构合并、撤销", "  适用  2019年度起，第1版\n", "  通过的例子\n",
        "    上年表三“四、结转下年度继续办理”行：3、0、0、0、0、0、3\n", "    不通过：本年“上年结转”各列",
    ):  # fmt: skip
        assert words in said


def test_explain_prints_the_rules_of_a_year(capsys):
    assert run(["explain", "--rules", "2020"]) == WELL
    said = capsys.readouterr().out
    assert "报告使用国办公开办函〔2019〕60号的格式" in said
    assert "\nT3.3 表三各行申请人合计\n" in said and "每份报告23处" in said
    assert "\nX.2 " not in said  # the form of that year has no stock that can be compared


def test_explain_tells_the_rules_of_two_years_apart(capsys):
    assert run(["explain", "--rules", "2024", "--against", "2020"]) == WELL
    said = capsys.readouterr().out
    assert "增加  X.2 现行有效件数与上年衔接" in said
    assert (
        "变更  T3.3 表三各行申请人合计\n          核对：每份报告23处，每处6项之和 → 每份报告25处，每处6项之和" in said
    )
    assert run(["explain", "--rules", "2024", "--against", "2023"]) == WELL
    assert capsys.readouterr().out.endswith("：\n  没有不同\n")
    assert run(["explain", "--against", "2023"]) == WRONG_USE


def test_explain_knows_the_older_form(capsys):
    assert run(["explain", "procurement", "--form", "2019"]) == WELL
    assert "政府集中采购" in capsys.readouterr().out


@pytest.mark.parametrize("command", [None, *gkstats.commands])
def test_help_is_chinese(command, capsys):
    run([command, "--help"] if command else ["--help"])
    out = capsys.readouterr().out
    assert out.startswith("用法：gkstats") and "选项：" in out
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", out.replace("report.ipynb、report.html", ""))


def test_help_does_not_wait_for_pandas():
    code = "import sys; from gkstats.cli import run; run(['--help']); print({'pandas', 'numpy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert told.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize(("shell", "position"), [("bash", "2"), ("zsh", "2"), ("fish", "5002")])
def test_shells_complete_commands_and_bodies(shell, position):
    def answer(**variables):
        command = [sys.executable, "-m", "gkstats"]
        told = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=os.environ | variables)
        return told.stdout

    assert "_GKSTATS_COMPLETE" in answer(_GKSTATS_COMPLETE=f"{shell}_source")
    asked = {"_GKSTATS_COMPLETE": f"{shell}_complete", "COMP_WORDS": "gkstats check 5002", "COMP_CWORD": position}
    assert "500243-pengshui" in answer(**asked)


def test_build_prints_one_line_a_report_and_how_to_redo_a_failure(capsys):
    change("[30, 1, 0, 0, 0, 0, 31]", "[30, 1, 0, 0, 0, 0]")
    assert run(["build", "pengshui", "--formats", "html"]) == FOUND
    captured = capsys.readouterr()
    assert "[1/1] 500243-pengshui 2023 数据有误" in captured.err
    assert "读到6 个数，应为 7 个数" in captured.err
    assert "改正后重新生成：gkstats build 500243-pengshui --year 2023" in captured.err
    assert "共1份，生成0份" in captured.out


def test_build_ends_with_one_when_a_built_report_has_an_error(capsys):
    change("results.total: [30, 1", "results.total: [3, 1")
    assert run(["build", "pengshui", "--formats", "html", "--out", "here"]) == FOUND
    made = sorted(path.name for path in Path("here/2023/500243-pengshui").iterdir())
    assert made == ["report.html", "report.ipynb", "report.json"]
    assert re.search(r"彭水苗族土家族自治县\s+2023\s+已生成\s+1\s+0", capsys.readouterr().out)
    page = Path("here/2023/500243-pengshui/report.html").read_text(encoding="utf-8")
    assert "不通过3处" in page and "印为 3，应为 30" in page


def test_every_command_has_a_help_line():
    assert all(isinstance(command, click.Command) and command.help for command in gkstats.commands.values())
