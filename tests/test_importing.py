"""A document becomes a params file by one command, and an existing file is never touched."""

import io
import sys
from pathlib import Path

import documents
import pytest

from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.display import section, title
from gkstats.page import to_html
from gkstats.params import load
from gkstats.trace import trace_of

PENGSHUI = "500243-pengshui"


@pytest.fixture(autouse=True)
def _in_project(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)


@pytest.fixture
def page() -> Path:
    """Pengshui's report of 2023 as a web page, as another program might publish it."""
    report = load(PENGSHUI, 2023)
    blocks = [block for code in report.form.section for block in section(report, code).blocks]
    path = Path("published.html")
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{to_html([*title(report).blocks, *blocks])}", encoding="utf-8")
    return path


def move_away(id=PENGSHUI, year=2023):
    path = Path("params") / id / f"{year}.yaml"
    return path.rename(path.with_suffix(".kept"))


def test_a_published_page_becomes_a_file_that_build_and_check_take(page, capsys):
    kept = load(PENGSHUI, 2023)
    Path("params", PENGSHUI, "2022.yaml").write_text(
        Path("params", PENGSHUI, "2023.yaml").read_text(encoding="utf-8").replace("year: 2023", "year: 2022"),
        encoding="utf-8",
    )
    move_away()
    assert run(["import", str(page)]) == WELL
    assert "读到200个数，共200格" in capsys.readouterr().out
    assert load(PENGSHUI, 2023).figures == kept.figures
    assert run(["check", "pengshui", "2023"]) == WELL


def test_an_existing_file_is_not_changed_and_the_differences_are_listed(page, capsys):
    path = Path("params", PENGSHUI, "2023.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("[107264]", "[107265]"), encoding="utf-8")
    before = path.read_bytes()
    assert run(["import", str(page)]) == FOUND
    assert (
        "有1处不同，要换上读到的数请加 --update：\n  表二“行政许可”行本年处理决定数量列：原为107265，读到107264"
        in capsys.readouterr().out
    )
    assert path.read_bytes() == before


def test_the_same_figures_again_are_no_difference(page, capsys):
    assert run(["import", str(page)]) == WELL
    assert "没有改动；数据相同" in capsys.readouterr().out


def test_an_unknown_body_must_be_named(page, capsys):
    text = page.read_text(encoding="utf-8").replace("彭水苗族土家族自治县", "某某县")
    page.write_text(text, encoding="utf-8")
    assert run(["import", str(page)]) == WRONG_USE
    assert "用 --body 写明" in capsys.readouterr().err
    assert run(["import", str(page), "--body", "110199-moumou"]) == WELL
    assert "统计范围写作“全县汇总”" in capsys.readouterr().out
    assert load("110199-moumou", 2023).body.name.startswith("某某县")


def test_trace_names_the_place_of_every_figure(page, capsys):
    run(["import", str(page), "--trace"])
    lines = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  表三“（一）予以公开”行自然人列：20，")
    ]
    assert len(lines) == 1 and "“20”" in lines[0]


def test_text_comes_from_standard_input(page, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(page.read_bytes())))
    assert run(["import", "-"]) == WELL
    assert "数据相同" in capsys.readouterr().out


def test_no_more_is_taken_from_standard_input_than_a_document_may_hold(monkeypatch, capsys):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            assert 0 < size < 100_000_000
            return b"1" * size

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Endless()))
    assert run(["import", "-"]) == FOUND
    assert "超过 50000000 字节" in capsys.readouterr().err


def test_a_lost_cell_is_told_and_written_as_unknown(page, capsys):
    move_away()
    page.write_text(page.read_text(encoding="utf-8").replace('<td class="figure">107264</td>', ""), encoding="utf-8")
    text = page.read_text(encoding="utf-8").replace('colspan="3">107264<', 'colspan="3"><')
    page.write_text(text, encoding="utf-8")
    run(["import", str(page), "--body", PENGSHUI])
    assert load(PENGSHUI, 2023).value("licensing", "licensing", "decisions") is None


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", "<p>通知</p>".encode(), b"PK\x03\x04broken"])
def test_what_is_no_report_is_refused_and_nothing_is_written(content, capsys):
    Path("x.dat").write_bytes(content)
    before = sorted(Path("params").rglob("*"))
    assert run(["import", "x.dat", "--body", PENGSHUI, "--year", "2031"]) == FOUND
    assert "x.dat 有 1 处问题" in capsys.readouterr().err
    assert sorted(Path("params").rglob("*")) == before


def test_a_filled_in_form_is_read_back(capsys):
    assert run(["new", PENGSHUI, "2023", "--excel"]) == WELL
    (form,) = Path("params", PENGSHUI).glob("*.xlsx")
    kept = load(PENGSHUI, 2023)
    move_away()
    assert run(["import", str(form), "--body", PENGSHUI]) == WELL
    assert load(PENGSHUI, 2023).figures == kept.figures


@pytest.mark.parametrize("body", [PENGSHUI, "500243", "pengshui"])
def test_a_body_is_named_as_for_every_other_command(page, body, capsys):
    assert run(["import", str(page), "--body", body]) == WELL
    assert f"（{PENGSHUI}）" in capsys.readouterr().out


def test_a_body_that_is_not_there_lists_the_nearest(page, capsys):
    assert run(["import", str(page), "--body", "pengshu"]) == WRONG_USE
    assert "pengshui" in capsys.readouterr().err


# -- an existing file


def typed(old, new):
    path = Path("params", PENGSHUI, "2023.yaml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_update_takes_the_figures_and_keeps_prose_comments_and_the_old_file(page, capsys):
    path = typed("licensing: [107264]", "licensing: [7]  # 张三")
    typed("explanations: []", 'explanations:\n  - check: "X.1"\n    reason: "上年更正"')
    before, old = path.read_bytes(), load(PENGSHUI, 2023)
    assert run(["import", str(page), "--update"]) == WELL
    out = capsys.readouterr().out
    assert "已更新 params/500243-pengshui/2023.yaml，原文件存作 2023.old-1.yaml；数据有1处不同" in out
    assert "表二“行政许可”行本年处理决定数量列：原为7，读到107264" in out
    new = load(PENGSHUI, 2023)
    assert new.value("licensing", "licensing", "decisions") == 107264
    assert (new.prose, new.explanations, new.facts) == (old.prose, old.explanations, old.facts)
    assert "# 张三" in path.read_text(encoding="utf-8")
    assert path.with_name("2023.old-1.yaml").read_bytes() == before
    assert trace_of(new).current and new.source["file"] == "published.html"


def test_update_never_puts_an_unknown_figure_over_a_known_one(page, capsys):
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(">107264<", ">若干<"), encoding="utf-8")
    typed("penalties: [155676]", "penalties: [1]")
    assert run(["import", str(page), "--update"]) == FOUND
    assert "原为107264，没有读到" in capsys.readouterr().out
    report = load(PENGSHUI, 2023)
    assert report.value("licensing", "licensing", "decisions") == 107264
    assert report.value("enforcement", "penalties", "decisions") == 155676


def test_update_with_nothing_new_writes_no_file_over(page, capsys):
    run(["import", str(page), "--update"])
    before = Path("params", PENGSHUI, "2023.yaml").read_bytes()
    assert run(["import", str(page), "--update"]) == WELL
    assert "没有可更新的数，没有改动" in capsys.readouterr().out
    assert Path("params", PENGSHUI, "2023.yaml").read_bytes() == before
    assert not Path("params", PENGSHUI, "2023.old-2.yaml").exists()


def test_update_does_not_mix_two_forms(capsys):
    report = documents.random_report(3, documents.FORM_2019)
    Path("old.html").write_bytes(documents.html_spans(documents.elements(report)))
    typed("licensing: [107264]", "licensing: [7]")
    before = Path("params", PENGSHUI, "2023.yaml").read_bytes()
    assert run(["import", "old.html", "--body", PENGSHUI, "--year", "2023", "--update", "--anyway"]) == WRONG_USE
    assert "与读到的格式不同，没有改动" in capsys.readouterr().err
    assert Path("params", PENGSHUI, "2023.yaml").read_bytes() == before


# -- whose report it is


def named(page, name):
    page.write_text(page.read_text(encoding="utf-8").replace("彭水苗族土家族自治县", name), encoding="utf-8")


def test_a_new_body_is_known_by_the_table_of_division_codes(page):
    named(page, "北京市朝阳区人民政府")
    assert run(["import", str(page)]) == WELL
    report = load("110105", 2023)
    assert (report.id, report.body.level) == ("110105-county", "county")
    assert report.body.name.startswith("北京市朝阳区")


def test_a_body_that_has_a_folder_is_found_by_any_form_of_its_name(page, capsys):
    named(page, "重庆市彭水苗族土家族自治县人民政府")
    assert run(["import", str(page)]) == WELL
    assert f"（{PENGSHUI}）" in capsys.readouterr().out


def test_a_name_that_several_bear_is_listed_for_choice(page, capsys):
    named(page, "朝阳区")
    assert run(["import", str(page)]) == WRONG_USE
    assert "110105 北京市朝阳区、220104 吉林省长春市朝阳区" in capsys.readouterr().err
    assert run(["import", str(page), "--body", "220104"]) == WELL
    assert load("220104-county", 2023).body.name == "朝阳区"


def test_a_department_gets_the_code_of_its_county_and_a_name_of_its_own(page, capsys):
    named(page, "彭水苗族土家族自治县财政局")
    assert run(["import", str(page)]) == WRONG_USE
    assert "--body 500243-finance" in capsys.readouterr().err
    assert run(["import", str(page), "--body", "500243-finance"]) == WELL
    body = load("500243-finance", 2023).body
    assert (body.name, body.level) == ("彭水苗族土家族自治县财政局", "department")


def test_a_document_elsewhere_on_the_machine_is_recorded_by_its_name_alone(page, tmp_path_factory):
    move_away()
    elsewhere = page.rename(tmp_path_factory.mktemp("downloads") / "年报.html")
    assert run(["import", str(elsewhere), "--body", PENGSHUI]) == WELL
    report = load(PENGSHUI, 2023)
    assert report.source["file"] == trace_of(report).file == "年报.html"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--year", "2022"], "--year 写的是2022，文件里写明的是2023，没有写入"),
        (["--body", "320813-hongze"], "--body 写的是320813-hongze，文件里写明的是“彭水苗族土家族自治县”，没有写入"),
    ],
)
def test_what_is_given_against_the_document_is_refused_unless_it_is_meant(given, words, page, capsys):
    before = sorted(Path("params").rglob("*"))
    assert run(["import", str(page), *given]) == WRONG_USE
    assert words in capsys.readouterr().err and sorted(Path("params").rglob("*")) == before
    assert run(["import", str(page), *given, "--anyway"]) in (WELL, FOUND)
    assert sorted(Path("params").rglob("*")) != before


def test_a_department_is_not_taken_for_its_county(page, capsys):
    named(page, "彭水苗族土家族自治县财政局")
    assert run(["import", str(page), "--body", PENGSHUI]) == WRONG_USE
    assert "文件里写明的是“彭水苗族土家族自治县财政局”" in capsys.readouterr().err


def test_a_form_filled_for_another_year_is_not_taken_for_this(capsys):
    run(["new", PENGSHUI, "2023", "--excel"])
    (form,) = Path("params", PENGSHUI).glob("*.xlsx")
    assert run(["import", str(form), "--year", "2022"]) == WRONG_USE
    assert run(["import", str(form), "--year", "2022", "--anyway"]) == WELL
    assert load(PENGSHUI, 2022).figures == load(PENGSHUI, 2023).figures


# -- several files


def test_a_folder_standard_input_and_files_go_together(page, monkeypatch, capsys):
    Path("folder").mkdir()
    page.rename("folder/a.html")
    Path("folder/notes.txt").write_text("会议通知", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("folder/a.html").read_bytes())))
    assert run(["import", "folder", "-"]) == FOUND
    captured = capsys.readouterr()
    assert captured.out.count("数据相同") == 2 and "notes.txt" in captured.err


def test_a_folder_without_files_is_wrong_use(capsys):
    Path("empty").mkdir()
    assert run(["import", "empty"]) == WRONG_USE


@pytest.mark.slow
def test_what_import_writes_is_checked_and_built_with_no_further_step(monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    report = documents.random_report(5)
    text = documents.pasted_lines(documents.elements(report)).decode()
    Path("report.txt").write_text(text.replace(documents.NAME, "江苏省宿迁市"), encoding="utf-8")
    assert run(["import", "report.txt"]) == WELL
    assert run(["check"]) == WELL
    assert run(["build", "--formats", "html", "--jobs", "1"]) == WELL
    assert Path("outputs/2023/321300-prefecture/report.html").is_file()
