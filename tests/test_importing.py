"""A document becomes a params file by one command, and an existing file is never touched."""

import io
import sys
from pathlib import Path

import pytest

from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.display import section, title
from gkstats.page import to_html
from gkstats.params import load

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
    assert "有1处不同：\n  表二“行政许可”行本年处理决定数量列：原为107265，读到107264" in capsys.readouterr().out
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
