"""All reports as one table: nothing lost on the way, the same bytes for the same reports, and a safe findings file."""

import csv
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from builders import BALANCED, FORMS_SEEN, SECTION_TWO, a_balanced_report, a_report, with_distinct_figures

from gkstats.checks import COLUMNS, check, examine
from gkstats.dataset import (
    FINDINGS_FILE,
    STATISTICS_FILE,
    collect,
    load_all,
    read_findings,
    read_reports,
    read_table,
    write_findings,
    write_statistics,
)
from gkstats.params import entries, save_new
from gkstats.report_file import dumps

WITH_EVERYTHING = {
    "facts": {"items": 12, "area": Decimal("3.10"), "site": "=1+1"},
    "prose": {"preamble": "依据《条例》编制。", "overview": "", "other": "无{body}。\n第二段"},
    "explanations": ({"check": "X.1", "reason": "机构合并"}, {"check": "X.2", "place": "documents", "reason": "清理"}),
    "source": {"title": "某县报告", "note": "+摘自网站"},
}


def through_a_file(reports, tmp_path):
    write_statistics(reports, tmp_path / "x.parquet")
    return read_reports(tmp_path / "x.parquet")


def findings(**values):
    return pd.DataFrame([dict.fromkeys(COLUMNS, "") | {"year": 2024, "start": 0, "end": 0} | values])[list(COLUMNS)]


@pytest.mark.parametrize("form", FORMS_SEEN)
@pytest.mark.parametrize("more", [{}, WITH_EVERYTHING, {"blank": "zero"}])
def test_a_report_comes_back_as_it_was(tmp_path, form, more):
    report = replace(with_distinct_figures(form), file="params/500243-pengshui/2024.yaml", sha256="ab", **more)
    (back,) = through_a_file([report], tmp_path)
    assert dumps(back) == dumps(report)
    assert (back.form, back.figures, back.file, back.sha256) == (form, report.figures, report.file, "ab")


@pytest.mark.parametrize("blank", ["zero", "unknown"])
def test_a_blank_stays_a_blank_and_is_read_by_the_policy_of_its_report(tmp_path, blank):
    report = a_balanced_report({"applications/received/research": None}, blank=blank)
    (back,) = through_a_file([report], tmp_path)
    assert back.figures == report.figures and back.figures[report.form.cells[9]] == report.figures[report.form.cells[9]]
    assert np.array_equal(back.vector, report.vector, equal_nan=True)
    assert check([back]).equals(check([report]))


def test_reports_stand_by_year_and_body_whatever_order_they_come_in(tmp_path):
    reports = [a_report(id=id, year=year) for year in (2024, 2023) for id in ("110102-b", "110101-a")]
    keys = [("110101-a", 2023), ("110102-b", 2023), ("110101-a", 2024), ("110102-b", 2024)]
    assert [(r.id, r.year) for r in through_a_file(reports, tmp_path)] == keys
    first = (tmp_path / "x.parquet").read_bytes()
    through_a_file(reports[::-1], tmp_path)
    assert (tmp_path / "x.parquet").read_bytes() == first
    assert [r.year for r in read_reports(tmp_path / "x.parquet", [2023])] == [2023, 2023]


def test_a_researcher_reads_the_table_with_pandas_alone(tmp_path):
    write_statistics([a_balanced_report(SECTION_TWO)], tmp_path / STATISTICS_FILE)
    table = pd.read_parquet(tmp_path / STATISTICS_FILE).set_index(["table", "row", "column"])
    assert table.loc[("applications", "results.total", "total"), "figure"] == BALANCED["applications/results.total"][-1]
    assert table.loc[("stats", "disclosure_rate", ""), "figure"] == (3 + 1) / 6
    fee = table.loc[("fees", "fees_10k_yuan", "amount")]
    assert (fee["figure"], fee["given"]) == (12.5, "12.50")
    assert (fee["body"], fee["code"], fee["year"], fee["form"]) == ("500243-pengshui", "500243", 2024, 2021)


@pytest.mark.parametrize("content", [b"", b"PAR1 not a table", None])
def test_a_file_that_is_no_table_is_as_good_as_none(tmp_path, content):
    if content is not None:
        (tmp_path / "x.parquet").write_bytes(content)
    assert read_reports(tmp_path / "x.parquet") == []


def test_a_table_made_by_others_is_not_read(tmp_path):
    write_statistics([a_report()], tmp_path / "x.parquet")
    pd.read_parquet(tmp_path / "x.parquet").to_parquet(tmp_path / "x.parquet")
    assert read_reports(tmp_path / "x.parquet") == []


def test_a_table_of_a_form_with_other_cells_is_not_read(tmp_path):
    write_statistics([a_report()], tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    rows = pc.replace_substring(table["row"], "received", "receipts")
    pq.write_table(table.set_column(table.schema.get_field_index("row"), "row", rows), tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet") is not None
    assert read_reports(tmp_path / "x.parquet") == []


@pytest.fixture
def folder(tmp_path):
    """A params folder of three reports, one of them unreadable."""
    for id, year in (("110101-a", 2023), ("110101-a", 2024), ("110102-b", 2024)):
        save_new(a_balanced_report({"disputes/review/total": 5}, id=id, year=year), tmp_path / "params")
    path = tmp_path / "params/110102-b/2024.yaml"
    path.write_text(path.read_text("utf-8").replace("review: [1, ", "review: [一, "), encoding="utf-8")
    return tmp_path / "params"


def test_an_unreadable_file_has_findings_and_no_figures(folder, tmp_path):
    found = collect(tmp_path / "out", entries(folder))
    assert found[found["check"] == "P.0"]["body"].tolist() == ["110102-b"]
    assert [r.id for r in read_reports(tmp_path / "out" / STATISTICS_FILE)] == ["110101-a", "110101-a"]
    assert read_findings(tmp_path / "out" / FINDINGS_FILE).astype(str).equals(found.astype(str))
    assert set(zip(found["body"], found["year"], found["check"], strict=True)) >= {
        ("110101-a", 2023, "T4.1"),
        ("110101-a", 2024, "T4.1"),
    }


def test_what_is_known_already_changes_no_byte(folder, tmp_path):
    collect(tmp_path / "once", entries(folder, years=[2023]))
    collect(tmp_path / "once", entries(folder))
    collect(tmp_path / "anew", entries(folder))
    for name in (STATISTICS_FILE, FINDINGS_FILE):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "anew" / name).read_bytes()


def test_a_changed_file_is_read_again(folder, tmp_path):
    collect(tmp_path / "out", entries(folder))
    path = folder / "110101-a/2023.yaml"
    path.write_text(path.read_text("utf-8").replace("review: [1, 1, 0, 2, 5]", "review: [1, 1, 0, 2, 4]"), "utf-8")
    found = collect(tmp_path / "out", entries(folder))
    assert found[found["check"] == "T4.1"]["year"].tolist() == [2024]


@pytest.fixture
def county_folders(tmp_path):
    """Thirty-two bodies in two years: enough to look at one beside the others."""
    params = tmp_path / "params"
    for number in range(32):
        for year in (2023, 2024):
            figures = {"licensing/licensing": [100 + number % 5 + (year - 2023) * number]}
            save_new(a_balanced_report(figures, id=f"1101{number + 10}-a", year=year), params)
    return params


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(lambda params: None, 0, id="nothing"),
        pytest.param(
            lambda params: edit(params / "110112-a/2023.yaml", "review: [1, 1, 0, 2, 4]", "review: [1, 1, 0, 2, 5]"),
            2,
            id="a file, beside which the year after stands",
        ),
        pytest.param(lambda params: (params / "110113-a/2023.yaml").unlink(), 1, id="last year's file taken away"),
        pytest.param(
            lambda params: edit(params / "110114-a/2024.yaml", "licensing: [108]", "licensing: [9999]"),
            1,
            id="a report that sticks out",
        ),
        pytest.param(
            lambda params: (params / "110115-a/2024.units.json").write_text("{", "utf-8"), 1, id="a record of units"
        ),
    ],
)
def test_after_a_change_only_what_it_bears_on_is_examined_and_the_findings_are_those_of_a_run_anew(
    county_folders, tmp_path, monkeypatch, change, again
):
    collect(tmp_path / "out", entries(county_folders), program="1")
    change(county_folders)
    examined = []
    monkeypatch.setattr(
        "gkstats.dataset.examine", lambda cases, others: examined.append(len(cases)) or examine(cases, others)
    )
    found = collect(tmp_path / "out", entries(county_folders), program="1")
    anew = collect(tmp_path / "anew", entries(county_folders), program="1")
    assert examined[1] >= 63
    assert again <= examined[0] < 10
    assert found.astype(str).equals(anew.astype(str))
    for name in (STATISTICS_FILE, FINDINGS_FILE):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "anew" / name).read_bytes()


@pytest.mark.parametrize("program", ["2", ""])
def test_other_rules_or_findings_changed_by_hand_examine_everything_again(folder, tmp_path, program):
    whole = collect(tmp_path / "out", entries(folder), program="1")
    path = tmp_path / "out" / FINDINGS_FILE
    edit(path, "T4.1", "T9.9")
    assert "T9.9" not in set(collect(tmp_path / "out", entries(folder), program="1")["check"])
    assert collect(tmp_path / "out", entries(folder), program=program).equals(whole)


@pytest.mark.slow
def test_files_read_by_several_processes_give_the_same_reports(tmp_path, monkeypatch):
    monkeypatch.setattr("gkstats.dataset.FILES_AT_A_TIME", 2)
    for number in range(5):
        save_new(a_balanced_report(id=f"11010{number + 1}-a", **{"facts": {"items": number}}), tmp_path / "params")
    files = entries(tmp_path / "params")
    one, two = (load_all(files, workers)[0] for workers in (1, 2))
    assert [dumps(report) for report in one] == [dumps(report) for report in two]
    assert all(report.form is one[0].form for report in two)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+86 10", "'+86 10"),
        ("-27", "-27"),
        ("+3", "+3"),
        ("-27.50", "-27.50"),
        ("+3、-2", "'+3、-2"),
        ("\t=1", "'\t=1"),
        ("'quoted", "''quoted"),
        ("＝1", "'＝1"),
        ("平静的文字", "平静的文字"),
    ],
)
def test_no_text_of_a_report_is_a_formula_in_a_spreadsheet(tmp_path, text, written):
    write_findings(findings(quote=text, message="a\nb"), tmp_path / "f.csv")
    content = (tmp_path / "f.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True))
    assert row["quote"] == written
    assert read_findings(tmp_path / "f.csv")["quote"].tolist() == [text]
    assert read_findings(tmp_path / "f.csv")["message"].tolist() == ["a\nb"]


def test_findings_of_a_version_with_other_columns_are_read_as_far_as_they_go(tmp_path):
    (tmp_path / "f.csv").write_text("body,year,gone,message\na,2024,x,错\n", encoding="utf-8-sig")
    found = read_findings(tmp_path / "f.csv")
    assert tuple(found.columns) == COLUMNS
    assert found[["body", "year", "message", "quote"]].iloc[0].tolist() == ["a", 2024, "错", ""]


def test_no_findings_are_a_file_with_its_head_only(tmp_path):
    write_findings(check([a_balanced_report()]).iloc[:0], tmp_path / "f.csv")
    assert read_findings(tmp_path / "f.csv").empty
    assert read_findings(tmp_path / "none.csv").empty


DOCUMENT = (Path(__file__).parents[1] / "docs/outputs.md").read_text(encoding="utf-8")


def test_the_document_names_every_column_and_its_example_runs(tmp_path, monkeypatch):
    (tmp_path / "outputs").mkdir()
    write_statistics([a_balanced_report(year=year) for year in (2023, 2024)], tmp_path / "outputs" / STATISTICS_FILE)
    columns = pd.read_parquet(tmp_path / "outputs" / STATISTICS_FILE).columns
    section = DOCUMENT.partition("## findings.csv")[0]
    assert {name for name in columns if f"`{name}`" not in section} == set()
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    *statements, last = code.strip().splitlines()
    scope: dict = {}
    exec("\n".join(statements), scope)
    wide = eval(last, scope)
    assert wide.loc[("500243-pengshui", 2024), "handled"] == 6
