"""A filled form read back into a report."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.utils import column_index_from_string

from gkstats.excel_form.layout import (
    BLANK_LABELS,
    COVER_FIELDS,
    LEVEL_LABELS,
    LISTS,
    MAP,
    MARK,
    MORE,
    VERSION,
    sum_of,
    totals_of,
)
from gkstats.forms import FORMS, form_with
from gkstats.office import read_text
from gkstats.params import shown
from gkstats.report import (
    SCOPES,
    Body,
    Figure,
    Problem,
    Report,
    ReportError,
    as_given,
)
from gkstats.report_file import BODY_ID, FACT_NAME, FIGURES, FIRST_YEAR, LAST_YEAR
from gkstats.schema import AMOUNT, Cell, Form, Relation

MAX_BYTES = 5_000_000  # a filled form is about 30 kB
MAX_UNPACKED = 50_000_000
MAX_MERGED = 100_000  # cells covered by merged ones; a form has some hundred
MAX_LINES = 2_000  # of the map; a form has about 220 places
_ONE_CELL, _CELLS = re.compile(r"[A-Z]{1,2}[1-9]\d{0,3}"), re.compile(r"([A-Z])[1-9]\d{0,3}:([A-Z])[1-9]\d{0,3}")

_MERGED = re.compile(rb"""mergeCell\s[^>]*?ref\s*=\s*["']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})""")


class Filled(NamedTuple):
    """A filled form as read: the report, the place and the text of every figure, and what was typed over the
    formulas of totals."""

    report: Report
    places: Mapping[Cell, tuple[str, str]]
    typed_over: tuple[str, ...]


def read_form(path: str | Path) -> Report:
    """The report in a filled form. Figures are as they stand in their cells; a total whose formula has no result
    yet is computed from its parts, and one that was typed over stays as typed, with a note in ``source``. Raises
    ReportError with every problem found, each with sheet and cell."""
    return read_filled(path).report


def read_filled(path: str | Path) -> Filled:
    """The report in a filled form as ``read_form`` reads it, with the cell each figure stands in."""
    path = Path(path)
    file = shown(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError([Problem(file, None, "文件", f"无法打开（{error.strerror}）", "")]) from None
    formulas, values = formulas_and_values(content, file)
    reader = _Reader(file, formulas, values)
    report = reader.report(hashlib.sha256(content).hexdigest())
    return Filled(report, reader.found, tuple(reader.typed_over))


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells a merged one covers."""
    columns = [column_index_from_string(letters.decode()) for letters in (left, right)]
    return (columns[1] - columns[0] + 1) * (int(bottom) - int(top) + 1)


def is_form(path: Path) -> bool:
    """Whether a file is a form that ``write_form`` wrote, not any other workbook."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            return f'name="{MAP}"'.encode() in part.read(1_000_000)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile):
        return False


def formulas_and_values(content: bytes, file: str) -> tuple[Workbook, Workbook]:
    """The workbook in the bytes of a file, once with its formulas and once with their results. Raises ReportError for
    what is no workbook, or larger than one with a report can be."""
    large = ReportError([Problem(file, None, "文件", "过大，不像是填报表", "", "请确认是年度报告的数据")])
    if len(content) > MAX_BYTES:
        raise large
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        advice = "加密的、旧格式（.xls）的文件请另存为 .xlsx"
        raise ReportError([Problem(file, None, "文件", "不是 .xlsx 文件", "", advice)]) from None
    entries = archive.infolist()
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        raise ReportError([Problem(file, None, "文件", "含有宏的 Excel 文件", "", "请另存为不含宏的 .xlsx")])
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise large
    try:
        merged = sum(_area(*found) for entry in entries for found in _MERGED.findall(archive.read(entry)))
    except Exception:  # a damaged part, said below
        merged = 0
    if merged > MAX_MERGED:  # openpyxl makes an object for each cell a merged one covers
        raise large
    try:
        return load_workbook(io.BytesIO(content)), load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # openpyxl raises whatever its parsing runs into
        found = f"不能作为 Excel 文件打开（{type(error).__name__}）"
        raise ReportError([Problem(file, None, "文件", found, "", "请用 Excel 另存为 .xlsx 后再试")]) from None


class _Reader:
    """Turns a filled form into a report, keeping every problem instead of stopping at the first."""

    def __init__(self, file: str, formulas: Workbook, values: Workbook):
        self.file, self.formulas, self.values = file, formulas, values
        self.problems: list[Problem] = []
        self.typed_over: list[str] = []
        self.found: dict[Cell, tuple[str, str]] = {}

    def report(self, sha256: str) -> Report:
        form, id, places = self.places()
        cover = {key: self.cell(sheet, reference) for (kind, key), (sheet, reference, _) in places.items()
                 if kind == "cover"}  # fmt: skip
        body, year, blank = self.body(cover)
        figures = self.figures(form, places, blank)
        prose = {
            key: text
            for (kind, key), (sheet, reference, _) in places.items()
            if kind == "prose" and (text := self.prose(sheet, reference))
        }
        lists = {
            key: self.entries(sheet, reference)
            for (kind, key), (sheet, reference, _) in places.items()
            if kind == "list"
        }
        facts = self.facts(lists.get("facts", []))
        explanations = self.explanations(lists.get("explanations", []))
        source = {str(key): str(value) for _, (key, value) in lists.get("source", []) if key and value}
        if self.problems:
            raise ReportError(self.problems)
        if self.typed_over:
            note = f"下列合计不是公式的结果，按填写的数读取：{'；'.join(self.typed_over)}。"
            source["note"] = source.get("note", "") + note
        fits = BODY_ID.fullmatch(id)
        return Report(
            body, year, form, figures, blank, facts, prose, explanations, source,
            id if fits and fits[1] == body.code else "", self.file, sha256,
        )  # fmt: skip

    def places(self) -> tuple[Form, str, dict[tuple[str, str], tuple[str, str, bool]]]:
        """The form, the folder name of the body, and (kind, key) → (sheet, cells, whether it held a formula)."""
        sheet = self.values[MAP] if MAP in self.values.sheetnames else None
        rows = sheet.iter_rows(max_row=min(sheet.max_row, MAX_LINES), max_col=5) if sheet else ()
        lines = [[_words(c.value) for c in row] for row in rows]
        if len(lines) < 5 or lines[0][0] != MARK:
            advice = "请用 gkstats new --excel 生成填报表，填写后保存为 .xlsx"
            raise ReportError([Problem(self.file, None, "文件", "不是 gkstats 的填报表", "", advice)])
        version, code, collapsed, id = (line[1] for line in lines[:4])
        try:
            if version != str(VERSION):
                raise ValueError(version)
            one_row = tuple(tuple(place.split("/", 1)) for place in collapsed.split())
            if any(group not in FORMS[int(code)].table[table].groups for table, group in one_row):
                raise ValueError(collapsed)
            form = form_with(int(code), one_row)
        except (ValueError, KeyError):
            found = f"版本“{version}”、格式“{code}”"
            expected = f"版本“{VERSION}”、格式{'或'.join(map(str, FORMS))}"
            advice = "请用生成填报表的那一版 gkstats 读取"
            raise ReportError([Problem(self.file, None, "填报表", found, expected, advice)]) from None
        places = {(kind, key): (name, cells, was == "formula") for kind, key, name, cells, was in lines[5:]}
        wanted = {("figure", str(cell)) for cell in form.cells} | {("cover", key) for key in COVER_FIELDS}
        missing = {name for name, _, _ in places.values()} - set(self.values.sheetnames)
        if missing or not wanted <= set(places) or not all(_fits(*name, at[1]) for name, at in places.items()):
            found = f"缺少工作表“{'”“'.join(sorted(missing))}”" if missing else "缺少部分数据的位置"
            advice = "请重新生成填报表，把数据抄过去"
            raise ReportError([Problem(self.file, None, "填报表", found, "", advice)])
        return form, id, places

    def problem(self, sheet: str, reference: str, what: str, found: str, expected: str, advice: str = "") -> None:
        where = f"工作表“{sheet}”{reference}，{what}"
        self.problems.append(Problem(self.file, None, where, found, expected, advice))

    def cell(self, sheet: str, reference: str) -> tuple[str, str, object]:
        """(sheet, address, value) of a cell."""
        return sheet, reference, self.values[sheet][reference].value

    def body(self, cover: Mapping[str, tuple[str, str, object]]) -> tuple[Body, int, str]:
        text = {key: _words(value).strip() for key, (_, _, value) in cover.items()}

        def wrong(key: str, expected: str) -> None:
            sheet, reference, _ = cover[key]
            self.problem(sheet, reference, COVER_FIELDS[key][0], f"“{text[key]}”" if text[key] else "空白", expected)

        if not re.fullmatch(r"\d{6,12}", text["code"], re.ASCII):
            wrong("code", "6 至 12 位数字")
        if not 0 < len(text["name"]) <= 60 or re.search(r"[\x00-\x1f\x7f-\x9f]", text["name"]):
            wrong("name", "单位名称（不超过 60 个字，不换行）")
        for key, choices in (("level", LEVEL_LABELS), ("scope", SCOPES), ("blank", BLANK_LABELS)):
            text[key] = text[key].replace("(", "（").replace(")", "）")
            if text[key] not in choices:
                wrong(key, f"以下之一：{'、'.join(choices)}")
        year = int(text["year"]) if re.fullmatch(r"\d{4}", text["year"], re.ASCII) else 0
        if not FIRST_YEAR <= year <= LAST_YEAR:
            wrong("year", f"{FIRST_YEAR} 至 {LAST_YEAR} 的年度")
        body = Body(text["code"], text["name"], LEVEL_LABELS.get(text["level"], ""), text["scope"])
        return body, year, BLANK_LABELS.get(text["blank"], "unknown")

    def figures(
        self, form: Form, places: Mapping[tuple[str, str], tuple[str, str, bool]], blank: str
    ) -> dict[Cell, Figure]:
        """Every figure; totals last, because they may be computed from others."""
        totals = totals_of(form)
        figures: dict[Cell, Figure] = dict.fromkeys(form.cells)
        # The total of totals after those it adds up.
        order = sorted(form.cells, key=lambda cell: (cell in totals) + any(c in totals for c in _parts(totals, cell)))
        for cell in order:
            sheet, reference, was_formula = places["figure", str(cell)]
            found = self.values[sheet][reference]
            given = self.formulas[sheet][reference]
            is_formula = given.data_type == "f"
            self.found[cell] = (f"工作表“{sheet}”{reference}", _words(given.value))
            computed = sum_of(figures, totals[cell], blank) if cell in totals else None
            if is_formula and found.value in (None, "") and cell in totals:
                figures[cell] = computed
                continue
            if is_formula and found.value is None:
                what, advice = form.describe(cell), "请在 Excel 中打开并保存一次，或直接填写数字"
                self.problem(sheet, reference, what, "没有计算结果的公式", FIGURES[form.kind(cell)][1], advice)
                continue
            figures[cell] = self.figure(sheet, reference, found, form, cell)
            if was_formula and figures[cell] != computed:
                given = "空白" if (own := figures[cell]) is None else as_given(own)
                expected = "不能计算" if computed is None else as_given(computed)
                self.typed_over.append(f"{sheet} {reference}（{form.describe(cell)}）填{given}，公式应为{expected}")
        return figures

    def figure(self, sheet: str, reference: str, found: ExcelCell, form: Form, cell: Cell) -> Figure:
        """The figure of a cell by the kind of its column; None for a blank."""
        value = found.value
        kind = form.kind(cell)
        text = value.strip() if isinstance(value, str) else digits_shown(value, found.number_format)
        if text == "" or value is None:
            return None
        pattern, expected = FIGURES[kind]
        if text is not None and pattern.fullmatch(text):
            return Decimal(text) if kind == AMOUNT else int(text)
        seen = f"“{value if text is None else text}”"
        self.problem(sheet, reference, form.describe(cell), seen[:42], expected, "没有数据的格子留空")
        return None

    def prose(self, sheet: str, reference: str) -> str:
        lines = [_words(row[0].value) for row in self.values[sheet][reference]]
        return "\n".join(lines).strip("\n")

    def entries(self, sheet: str, reference: str) -> list[tuple[str, list]]:
        """(address, values) of the lines of a list that are not blank."""
        found = []
        for row in self.values[sheet][reference]:
            values = [_number_or_text(c) for c in row]
            if any(value != "" for value in values):
                found.append((row[0].coordinate, values))
        return found

    def facts(self, lines: list[tuple[str, list]]) -> dict[str, int | Decimal | str]:
        facts = {}
        for reference, (name, value) in lines:
            if not FACT_NAME.fullmatch(str(name)):
                expected = "小写英文字母开头，只含小写字母、数字和下划线"
                self.problem(MORE, reference, "名称", f"“{name}”", expected)
            elif value == "":
                self.problem(MORE, reference, str(name), "空白", "数据")
            facts[str(name)] = value
        return facts

    def explanations(self, lines: list[tuple[str, list]]) -> tuple[dict[str, str], ...]:
        found = []
        for reference, values in lines:
            keys = LISTS["explanations"][1]
            entry = {key: str(value) for key, value in zip(keys, values, strict=True) if value != ""}
            if "check" not in entry or not entry.keys() & {"reason", "as"}:
                self.problem(MORE, reference, "情况说明", "缺少规则编号或情况", "")
            found.append(entry)
        return tuple(found)


def _fits(kind: str, key: str, cells: str) -> bool:
    """Whether the map may say so: one cell, or as many columns as are read there; never a whole sheet."""
    if kind not in ("prose", "list"):
        return bool(_ONE_CELL.fullmatch(cells))
    found = _CELLS.fullmatch(cells)
    width = 1 if kind == "prose" else len(LISTS[key][1]) if key in LISTS else 0
    return found is not None and ord(found[2]) - ord(found[1]) + 1 == width


def _parts(totals: Mapping[Cell, Relation], cell: Cell) -> tuple[Cell, ...]:
    return totals[cell].left if cell in totals else ()


def _words(value: object) -> str:
    return "" if value is None else read_text(value) if isinstance(value, str) else str(value)


def digits_shown(value: object, format: str) -> str | None:
    """A number as its cell shows it: 12.5 in a cell of format 0.00 is 12.50; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return None
    shown_places = len(format.partition(".")[2]) if re.fullmatch(r"0\.0+", format) else 0
    if number == number.to_integral_value() and not shown_places:
        return f"{number:.0f}"
    own_places = -int(number.normalize().as_tuple().exponent)
    return f"{number:.{max(shown_places, own_places, 0)}f}"


def _number_or_text(cell: ExcelCell) -> int | Decimal | str:
    digits = None if isinstance(cell.value, str) else digits_shown(cell.value, cell.number_format)
    if digits is None:
        return _words(cell.value)
    return Decimal(digits) if "." in digits else int(digits)
