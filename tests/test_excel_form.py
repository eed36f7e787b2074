"""The official form as a workbook: what a clerk finds in it, and that reading gives back what it holds."""

import io
import re
import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from builders import (
    FORM_NAMES,
    FORMS_SEEN,
    SECTION_TWO,
    a_balanced_report,
    a_report,
    paths,
    with_distinct_figures,
)

from gkstats.checks import BALANCES, FAIL, PASS, UNKNOWN, check, summary
from gkstats.cli import WELL, run
from gkstats.excel_form import COVER, MORE, form_bytes, read_form, write_form
from gkstats.params import blank_report, read
from gkstats.report import LEVELS, SCOPES, Body, ReportError
from gkstats.report_file import dumps
from gkstats.schema import Cell

ROOT = Path(__file__).parents[1]
FULL = {
    "facts": {"website_visits": 12752, "investment": Decimal("3.50"), "formula": "=1+1"},
    "prose": {
        "preamble": "前言{year}年。",
        "overview": "（一）主动公开。\n\n=第二段\n三 < 四 & 五",
        "disclosure": "第二部分的文字",
        "problems": "无",
    },
    "explanations": (
        {"check": "T3.1", "place": "applications//total", "reason": "+说明"},
        {"check": "X", "reason": "甲"},
    ),
    "source": {"title": "来源", "note": "@注"},
}
EVERY_REPORT = {
    **{name: with_distinct_figures(form) for name, form in zip(FORM_NAMES, FORMS_SEEN, strict=True)},
    "blank": blank_report(Body("110105", "北京市朝阳区", "county", "全区汇总"), 2025, "110105-chaoyang"),
    "balanced": a_balanced_report(SECTION_TWO, **FULL),
    "a blank part": a_balanced_report({"disputes/review/upheld": None, "applications/received/total": 9}),
    "zero": a_balanced_report({"disputes/review/other": None, "fees/fees_10k_yuan/amount": None}, blank="zero"),
    "no figures, zero": a_report(rest=None, blank="zero"),
    "ministry": a_balanced_report(level="ministry", scope="本机关"),
    **{path.parent.name + path.stem: read(path) for path in sorted((ROOT / "params").rglob("*.yaml"))},
}


@pytest.fixture
def form_file(tmp_path):
    """Writes the form of a report, changed by {(sheet, cell): value}; its path."""

    def write(report, changes=()):
        path = write_form(report, tmp_path / f"{len(list(tmp_path.iterdir()))}.xlsx")
        if changes:
            workbook = openpyxl.load_workbook(path)
            for (sheet, cell), value in dict(changes).items():
                workbook[sheet][cell] = value
            workbook.save(path)
        return path

    return write


def opened(report):
    return openpyxl.load_workbook(io.BytesIO(form_bytes(report)))


def places(workbook):
    """Figure → the cell it stands in."""
    lines = list(workbook["_gkstats"].iter_rows(min_row=6, max_col=4, values_only=True))
    return {Cell(*key.split("/")): workbook[sheet][at] for kind, key, sheet, at in lines if kind == "figure"}


def problems(path):
    with pytest.raises(ReportError) as error:
        read_form(path)
    return str(error.value)


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_what_is_written_is_read_again(name, form_file):
    report = EVERY_REPORT[name]
    found = read_form(form_file(report))
    assert found.figures == report.figures
    assert [str(f) for f in found.figures.values()] == [str(f) for f in report.figures.values()]
    assert found.form is report.form
    assert (found.body, found.year, found.blank, found.id) == (report.body, report.year, report.blank, report.id)
    assert found.prose == {key: text for key, text in report.prose.items() if text}
    assert (found.facts, found.explanations, found.source) == (report.facts, report.explanations, report.source)


@pytest.mark.parametrize("name", ["balanced", "321300-suqian2024"])
def test_a_read_form_makes_the_same_parameter_file(name, form_file):
    assert dumps(read_form(form_file(EVERY_REPORT[name]))) == dumps(EVERY_REPORT[name])


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_every_figure_stands_under_its_official_labels(form):
    workbook = opened(with_distinct_figures(form))
    texts = {sheet.title: texts_of(sheet) for sheet in workbook}
    wanted = {
        Cell(table.code, row.code, column.code): {*down, *across}
        for table in form.tables
        for row, down in zip(table.row_leaves, paths(table.rows), strict=True)
        for column, across in zip(table.column_leaves, paths(table.columns), strict=True)
    }
    for place, cell in places(workbook).items():
        here = texts[cell.parent.title]
        found = {here.get((row, cell.column)) for row in range(3, cell.row)}
        found |= {here.get((cell.row, column)) for column in range(1, cell.column)}
        assert wanted[place] <= found, place


def texts_of(sheet):
    """(row, column) → the text of the cell, that of a merged one everywhere it covers."""
    texts = {(cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row}
    for area in sheet.merged_cells.ranges:
        texts |= dict.fromkeys(area.cells, texts[area.min_row, area.min_col])
    return texts


def test_cells_to_fill_are_open_and_everything_else_is_protected():
    workbook = opened(EVERY_REPORT["blank"])
    for sheet in workbook:
        assert sheet.protection.sheet and not sheet.protection.password
    figures = places(workbook)
    totals = {place for place in figures if place.column == "total" or place.row == "results.total"}
    assert {place for place, cell in figures.items() if cell.protection.locked} == totals
    assert {cell.fill.fgColor.rgb for cell in figures.values() if not cell.protection.locked} == {"00FFF9DB"}
    inputs = {cell.coordinate for cell in figures.values() if cell.parent.title == "表三"}
    for row in workbook["表三"].iter_rows():
        assert all(cell.protection.locked for cell in row if cell.coordinate not in inputs)
    cover = workbook[COVER]
    assert [cover.cell(row, 2).protection.locked for row in range(3, 10)] == [False] * 5 + [True] * 2


def test_totals_are_formulas_and_only_where_they_give_the_figure():
    figures = places(opened(EVERY_REPORT["a blank part"]))
    formulas = {place for place, cell in figures.items() if cell.data_type == "f"}
    assert figures[Cell("applications", "carried_in", "total")].value == (
        '=IF(AND(COUNT(D7:I7)<6,\'封面\'!$B$7<>"空白表示零"),"",SUM(D7:I7))'
    )
    wrong, open_ = Cell("applications", "received", "total"), Cell("disputes", "review", "total")
    assert not {wrong, open_} & formulas
    assert (figures[wrong].value, figures[open_].value) == (9, 4)
    assert not figures[wrong].protection.locked
    totals = {place for place in figures if place.column == "total" or place.row == "results.total"}
    assert formulas == totals - {wrong, open_}


def test_the_balances_have_a_check_cell_each():
    for name in ("blank", "2021-one-row", "2019"):
        report = EVERY_REPORT[name]
        found = [
            cell
            for sheet in opened(report)
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f" and '"√"' in cell.value and "SUMPRODUCT" not in cell.value
        ]
        assert len(found) == len(report.form.relations)


def test_figures_are_limited_by_their_kind():
    workbook = opened(EVERY_REPORT["2019"])
    limits = {(v.type, v.operator, v.formula1) for v in workbook["表二"].data_validations.dataValidation}
    assert limits == {
        ("whole", "greaterThanOrEqual", "0"),
        ("whole", "between", "-999999999999"),
        ("decimal", "greaterThanOrEqual", "0"),
    }
    lists = [v.formula1 for v in workbook[COVER].data_validations.dataValidation]
    assert lists[:2] == [f'"{",".join(level.label for level in LEVELS.values())}"', f'"{",".join(SCOPES)}"']
    assert all(len(choices) <= 257 for choices in lists)  # 255 characters is what Excel takes


def test_a_typed_over_total_is_kept_and_named(form_file):
    path = form_file(a_balanced_report(), {("表三", "J6"): 8})
    report = read_form(path)
    assert report.value("applications", "received", "total") == 8
    assert report.source["note"].startswith("下列合计不是公式的结果，按填写的数读取：表三 J6（")
    assert report.source["note"].endswith("“一、本年新收政府信息公开申请数量”行总计列）填8，公式应为7。")
    findings = check([report])
    assert set(findings[findings["status"] == FAIL]["check"]) == {"T3.1", "T3.3"}


def test_a_total_typed_over_with_its_own_value_is_no_news(form_file):
    assert not read_form(form_file(a_balanced_report(), {("表三", "J6"): 7})).source


def test_a_total_wiped_out_is_blank_and_named(form_file):
    report = read_form(form_file(a_balanced_report(), {("表三", "J6"): None}))
    assert report.value("applications", "received", "total") is None
    assert "填空白，公式应为7" in report.source["note"]


def test_figures_filled_into_a_blank_form_give_its_totals(form_file):
    changes = {("表三", f"{column}6"): number for number, column in enumerate("DEFGHI", 1)}
    report = read_form(form_file(EVERY_REPORT["blank"], changes | {("表二", "B16"): 12.5, ("表二", "B5"): " 3 "}))
    assert report.value("applications", "received", "total") == 21
    assert report.value("applications", "carried_in", "total") is None
    assert report.figures[Cell("documents", "regulations", "issued")] == 3
    assert report.figures[Cell("fees", "fees_10k_yuan", "amount")] == Decimal("12.5")


@pytest.mark.parametrize(
    ("value", "seen"),
    [("三", "“三”"), (-1, "“-1”"), (1.5, "“1.5”"), (True, "“True”"), ("1,204", "“1,204”"), (10**13, "“10000000000000”"),
     ("#REF!", "“#REF!”")],
)  # fmt: skip
def test_a_wrong_figure_is_named_with_sheet_cell_and_labels(value, seen, form_file):
    path = form_file(a_balanced_report(), {("表三", "E6"): value})
    message = problems(path)
    assert (
        f"工作表“表三”E6，表三“一、本年新收政府信息公开申请数量”行商业企业列：读到{seen}，应为不小于 0 的整数"
        in message
    )


def test_all_problems_are_named_at_once(form_file):
    changes = {
        ("表三", "E6"): "三",
        ("表三", "D7"): "=D6/2",
        (COVER, "B3"): "12",
        (COVER, "B6"): "全国",
        (COVER, "B4"): None,
    }
    message = problems(form_file(a_balanced_report(), changes | {(MORE, "A4"): "Name", (MORE, "A19"): "T3.1"}))
    assert "有 7 处问题" in message
    assert "工作表“表三”D7" in message and "读到没有计算结果的公式" in message
    assert "工作表“封面”B4，单位名称：读到空白" in message
    assert "工作表“表外数据”A4，名称：读到“Name”" in message


def test_a_form_of_another_body_has_no_folder(form_file):
    report = read_form(form_file(EVERY_REPORT["blank"], {(COVER, "B3"): "110106", (COVER, "B4"): "北京市丰台区"}))
    assert (report.body.code, report.body.name, report.id) == ("110106", "北京市丰台区", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 .xlsx 文件"),
        (b"\xd0\xcf\x11\xe0" * 9, "另存为 .xlsx"),
        (b"x" * 5_000_001, "过大"),
        (None, "无法打开"),
    ],
)
def test_what_is_no_workbook_is_refused(content, words, tmp_path):
    path = tmp_path / "甲.xlsx"
    if content is not None:
        path.write_bytes(content)
    assert words in problems(path)


def test_a_zip_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "甲.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")
    assert "不能作为 Excel 文件打开" in problems(path)


def test_another_workbook_and_another_version_are_refused(form_file, tmp_path):
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    assert "不是 gkstats 的填报表" in problems(tmp_path / "other.xlsx")
    assert "读到版本“2”" in problems(form_file(a_balanced_report(), {("_gkstats", "B1"): 2}))
    assert "读到版本“1”、格式“2030”" in problems(form_file(a_balanced_report(), {("_gkstats", "B2"): 2030}))


def test_a_form_without_one_of_its_sheets_is_refused(form_file):
    path = form_file(a_balanced_report())
    workbook = openpyxl.load_workbook(path)
    del workbook["表四"]
    workbook.save(path)
    assert "缺少工作表“表四”" in problems(path)


def test_no_text_becomes_a_formula():
    report = a_balanced_report(**FULL | {"prose": {"overview": "=1+1\n+2\n-3\n@4\n\x07"}})
    for sheet in opened(report):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or re.match(r"=(IF\(AND\(COUNT|SUMPRODUCT)", cell.value), cell


def test_a_paragraph_too_long_for_a_cell_is_named():
    with pytest.raises(ReportError, match="一段文字有 40000 个字符"):
        form_bytes(a_balanced_report(prose={"overview": "甲" * 40_000}))


@pytest.mark.parametrize("name", ["blank", "balanced"])
def test_the_same_report_gives_the_same_bytes(name):
    assert form_bytes(EVERY_REPORT[name]) == form_bytes(EVERY_REPORT[name])


def test_no_form_is_overwritten(form_file):
    path = form_file(a_balanced_report())
    before = path.read_bytes()
    with pytest.raises(ReportError, match="已经存在，没有改动"):
        write_form(a_report(), path)
    assert path.read_bytes() == before


def test_the_command_writes_a_form_and_never_twice(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["new", "110105-chaoyang", "2025", "--name", "北京市朝阳区", "--excel"]
    assert run(arguments) == WELL
    assert "已新建 params/110105-chaoyang/2025.xlsx" in capsys.readouterr().out
    report = read_form("params/110105-chaoyang/2025.xlsx")
    assert (report.body.name, report.year, report.id, report.is_blank()) == (
        "北京市朝阳区",
        2025,
        "110105-chaoyang",
        True,
    )
    assert run(arguments) != WELL
    assert "已经存在，没有改动" in capsys.readouterr().err


def test_the_command_takes_over_what_the_parameter_file_has(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "params", "params")
    assert run(["new", "321300-suqian", "2024", "--excel"]) == WELL
    assert read_form("params/321300-suqian/2024.xlsx").figures == EVERY_REPORT["321300-suqian2024"].figures


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice, which recalculates the workbook, is not installed"
)
def test_after_recalculation_the_cover_counts_what_the_checks_find(tmp_path):
    names = ["balanced", "a blank part", "zero", "2021-one-row", "blank"]
    files = [write_form(EVERY_REPORT[name], tmp_path / f"{name}.xlsx") for name in names]
    command = ["soffice", f"-env:UserInstallation={tmp_path.as_uri()}/office", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path / "out", *files], check=True, capture_output=True, timeout=300)
    for name in names:
        report, recalculated = EVERY_REPORT[name], tmp_path / "out" / f"{name}.xlsx"
        cover = openpyxl.load_workbook(recalculated, data_only=True)[COVER]
        counts = summary([report]).loc[(report.id, report.year)]
        counts = counts.loc[[rule for rule in counts.index if rule in BALANCES], [PASS, FAIL, UNKNOWN]].sum()
        assert [cover.cell(row, 2).value for row in range(12, 15)] == list(counts), name
        assert read_form(recalculated).figures == report.figures, name
