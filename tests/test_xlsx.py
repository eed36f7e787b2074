"""What the workbook of a report must be, read back from finished files."""

import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report, grid, with_distinct_figures

from gkstats import display
from gkstats.output.xlsx import to_xlsx
from gkstats.page import cell


def table(body, *, caption="表二 甲", id="t", style="form", head=()):
    widths = [1] * sum(c["span"] for c in (head or body)[0])
    return {
        "kind": "table", "id": id, "caption": caption, "style": style, "widths": widths,
        "head": list(head), "body": body,
    }  # fmt: skip


def opened(blocks):
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(blocks)))


def report_blocks(report, previous=None):
    pages = [display.title(report), *(display.section(report, code, previous) for code in report.form.section)]
    pages += [
        display.statistics_appendix(report, previous),
        display.composition(report),
        display.checks_appendix(report, previous),
        display.provenance(report, previous),
    ]
    return [block for page in pages for block in page.blocks]


def rows_of(sheet, top):
    """The values below a row, a merged cell everywhere it covers."""
    values = {(c.row, c.column): c.value for row in sheet.iter_rows() for c in row}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                values[row, column] = sheet.cell(area.min_row, area.min_col).value
    return [[values[y, x] for x in range(1, sheet.max_column + 1)] for y in range(top, sheet.max_row + 1)]


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
@pytest.mark.parametrize("section", ["disclosure", "applications", "disputes"])
def test_every_figure_and_label_stands_at_its_place(form, section):
    blocks = display.section(with_distinct_figures(form), section).blocks
    (block,) = (block for block in blocks if block["kind"] == "table")
    wanted = [[c["text"] for c in row] for row in grid([*block["head"], *block["body"]], len(block["widths"]))]
    found = rows_of(opened(blocks).worksheets[0], 3)
    shown = [[f"{v:.2f}" if isinstance(v, float) else "" if v is None else str(v) for v in row] for row in found]
    assert shown == wanted


def test_each_official_table_and_each_appendix_has_its_sheet():
    report = a_balanced_report({"applications/received/total": 9})
    assert opened(report_blocks(report)).sheetnames == [
        "表二", "表三", "表四", "统计指标", "申请人和办理结果构成", "数据核对", "编制信息",
    ]  # fmt: skip


def test_the_sheet_of_checks_has_verdict_failures_and_rules():
    sheet = opened(report_blocks(a_balanced_report({"applications/received/total": 9})))["数据核对"]
    values = [c.value for row in sheet.iter_rows() for c in row if c.value is not None]
    assert values[1].startswith("× 勾稽关系42处")
    assert [value for value in values if value in ("不通过的事项", "核对规则")] == ["不通过的事项", "核对规则"]
    assert any(str(value).startswith("表二的全部10个数据") for value in values)


@pytest.mark.parametrize(
    ("text", "value", "format"),
    [
        ("3440", 3440, "0"), ("0", 0, "0"), ("-5", -5, "0"), ("12.50", 12.5, "0.00"), ("97.59%", 0.9759, "0.00%"),
        ("100%", 1, "0%"), ("+3（+75%）", "+3（+75%）", "General"), ("—", "—", "General"), ("", None, "General"),
        ("007", "007", "General"), ("1234567890123456", "1234567890123456", "General"), ("+14", "+14", "General"),
        ("12345678901234.56", "12345678901234.56", "General"), ("1e5", "1e5", "General"),
    ],
)  # fmt: skip
def test_a_figure_is_a_number_that_looks_as_given(text, value, format):
    found = opened([table([[cell(text, "figure")]])]).worksheets[0]["A3"]
    assert (found.value, found.number_format) == (value, format)


@pytest.mark.parametrize(
    "text", ["=1+1", "+A1", "-2", "@SUM(A1)", '=HYPERLINK("http://a","b")', "\t=1", "<v>1</v>", "甲\x07", "_x000D_"]
)
def test_a_text_is_never_a_formula(text):
    blocks = [
        {"kind": "title", "text": text, "organization": text, "year": 2024},
        {"kind": "appendix"},
        {"kind": "paragraph", "lead": "", "text": text},
        table([[cell(text), cell(text, "figure", span=2)]], caption=text),
    ]
    data = to_xlsx(blocks)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    shown = text.replace("\x07", "\ufffd").replace("_x000D_", "_x005F_x000D_")
    assert sheet["A4"].value == shown
    assert sheet["A4"].data_type == "s"
    assert sheet["A4"].quotePrefix == (text[0] in "=+-@\t")


def test_names_of_sheets_are_allowed_and_differ():
    names = ["表:/[a]", "", "表二 甲", "表二 乙", "名" * 40, "'引'"]
    found = opened([table([[cell("甲")]], caption=name) for name in names]).sheetnames
    assert len({name.lower() for name in found}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in found)


def test_a_report_without_tables_is_a_workbook_that_says_so():
    assert opened([])["说明"]["A1"].value == "这份报告没有表格。"


def test_the_same_blocks_give_the_same_bytes_and_a_date_that_does_not_change():
    blocks = report_blocks(a_balanced_report())
    data = to_xlsx(blocks)
    assert data == to_xlsx(blocks)
    about = openpyxl.load_workbook(io.BytesIO(data)).properties
    assert about.created == about.modified == datetime(2025, 1, 1)
    assert (about.title, about.creator) == ("某县2024年政府信息公开工作年度报告", "某县")
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(data)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_very_long_text_is_held():
    assert len(opened([table([[cell("甲" * 40_000)]])]).worksheets[0]["A3"].value) == 32_767
