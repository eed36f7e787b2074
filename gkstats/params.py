"""The files under params/: finding them, reading one strictly and completely, writing a new one.

A file is read to its end before anything is reported, so a clerk sees every problem at once, each with its
line, what was found, what is expected and what to do. A figure is read by the kind of its column.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import yaml

from gkstats.forms import FORMS, form_for, form_with
from gkstats.json_schema import SCHEMA_FILE, schema_text
from gkstats.report import (
    BLANK,
    LEVELS,
    PREAMBLE,
    SCOPES,
    Body,
    Figure,
    Problem,
    Report,
    ReportError,
    UnknownReport,
    as_given,
)
from gkstats.schema import AMOUNT, CHANGE, COUNT, Cell, Form, Leaf, Table
from gkstats.strict_yaml import Node, YAMLFault, compose, quoted

BODY_ID = re.compile(r"(\d{6,12})-([A-Za-z0-9_-]{1,40})", re.ASCII)
FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIRST_YEAR = min(form.first_year for form in FORMS.values())
LAST_YEAR = 2100
MAX_BYTES = 1_000_000  # a complete report is about 10 kB
SUFFIXES = (".yaml", ".yml")

LONGEST = 12  # digits before the decimal point; a float holds 15 exactly

FIGURES = {
    COUNT: (re.compile(r"\d{1,12}", re.ASCII), "不小于 0 的整数"),
    CHANGE: (re.compile(r"[+-]?\d{1,12}", re.ASCII), "整数（减少的写负数）"),
    AMOUNT: (re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII), "不小于 0 的数"),
}
"""How a figure of each kind is written: pattern, description."""


class Entry(NamedTuple):
    """One report file: ``id`` is the folder name, e.g. 500243-pengshui."""

    id: str
    year: int
    path: Path


def params_folder(params: str | Path = "params") -> Path:
    """The folder of that name, here or in the nearest folder above, so that a notebook finds it from its own
    folder as well as from the project's. Raises ReportError if there is none."""
    for base in (Path(), *Path.cwd().parents):
        if (base / params).is_dir():
            return base / params
    advice = "用 --params 指明参数文件夹，或先用 gkstats new 新建一份报告"
    raise UnknownReport([Problem(str(params), None, "参数文件夹", "找不到这个文件夹", "", advice)])


def entries(params: str | Path = "params", bodies: Sequence[str] = (), years: Sequence[int] = ()) -> list[Entry]:
    """The report files under ``params``, ordered by body and year; ``bodies`` (folder name, division code or
    short name) and ``years`` narrow them. Raises UnknownReport listing every body and year that is not there,
    ReportError where a report has two files."""
    folder = params_folder(params)
    chosen, unknown = _body_folders(folder, bodies)
    files: dict[tuple[str, int], list[Path]] = {}
    for body in chosen:
        for path in sorted(body.iterdir()):
            if path.suffix in SUFFIXES and re.fullmatch(r"\d{4}", path.stem, re.ASCII):
                files.setdefault((body.name, int(path.stem)), []).append(path)
    present = sorted({year for _, year in files})
    for year in sorted(set(years) - set(present)) if chosen or not bodies else ():
        advice = f"现有：{'、'.join(map(str, present))}" if present else "可用 gkstats new 新建"
        unknown.append(Problem(shown(folder), None, "报告年度", str(year), "已有的年度", advice))
    if unknown:
        raise UnknownReport(unknown)
    found = [Entry(id, year, paths[0]) for (id, year), paths in files.items() if not years or year in years]
    twice = [
        Problem(shown(folder / id), None, f"{year}年度", "和".join(p.name for p in paths), "一个文件", "只保留其中一个")
        for (id, year), paths in files.items()
        if len(paths) > 1 and (not years or year in years)
    ]
    if twice:
        raise ReportError(twice)
    return found


def _body_folders(folder: Path, bodies: Sequence[str]) -> tuple[list[Path], list[Problem]]:
    """The folders of the bodies named (all if none is), and a problem for each name that fits none."""
    if bodies and all(BODY_ID.fullmatch(body) and (folder / body).is_dir() for body in bodies):
        return [folder / body for body in sorted(set(bodies))], []  # no need to look at thousands of others
    present = sorted(path for path in folder.iterdir() if BODY_ID.fullmatch(path.name) and path.is_dir())
    named = {path: (path.name, *path.name.split("-", 1)) for path in present}
    problems = []
    for body in bodies:
        if not any(body in names for names in named.values()):
            near = get_close_matches(body, [name for names in named.values() for name in names], 3, 0.5)
            advice = (
                f"可用的有：{'、'.join(near or [path.name for path in present[:5]])}"
                if present
                else "可用 gkstats new 新建"
            )
            expected = "已有的文件夹名、区划代码或简称"
            problems.append(Problem(shown(folder), None, "报告主体", f"“{body}”", expected, advice))
    return [path for path, names in named.items() if not bodies or set(bodies) & set(names)], problems


def load(body: str, year: int, params: str | Path = "params") -> Report:
    """The report of one body and year. Raises UnknownReport if there is none, ReportError with every problem
    found in its file."""
    found = entries(params, [body], [year])
    if len(found) > 1:
        advice = f"同名的有：{'、'.join(entry.id for entry in found)}"
        problem = Problem(shown(params_folder(params)), None, "报告主体", f"“{body}”", "唯一的主体", advice)
        raise UnknownReport([problem])
    return read(found[0].path)


def load_previous(report: Report, params: str | Path = "params") -> Report | None:
    """The same body's report of the year before; None if there is no file for it. Raises ReportError if there
    is one that cannot be read."""
    before = [entry for entry in entries(params, [report.id]) if entry.year == report.year - 1]
    return read(before[0].path) if before else None


def read(path: Path) -> Report:
    """The report in one file. Raises ReportError with every problem found."""
    file = shown(path)
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            found = f"{size} 字节"
            raise ReportError(
                [Problem(file, None, "文件", found, f"不超过 {MAX_BYTES} 字节", "请确认这是报告参数文件")]
            )
        content = path.read_bytes()
    except OSError as error:
        raise ReportError([Problem(file, None, "文件", f"无法打开（{error.strerror}）", "")]) from None
    return parse(content, file, id=path.parent.name, year=path.stem)


def parse(content: bytes, file: str, *, id: str = "", year: str = "") -> Report:
    """The report in the bytes of a file; ``id`` and ``year``, where given, are what its path says it holds.
    Raises ReportError with every problem found."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        advice = "多半是 GBK 编码，请用记事本“另存为”，编码选 UTF-8"
        raise ReportError([Problem(file, line, "文件编码", "不是 UTF-8 编码", "", advice)]) from None
    reader = _Reader(file, id, year)
    try:
        root = compose(text)
    except YAMLFault as fault:
        reader.problems += [Problem(file, line, "YAML", *rest) for line, *rest in fault.faults]
        if fault.root is None:
            raise ReportError(reader.problems) from None
        root = fault.root
    return reader.report(root, hashlib.sha256(content).hexdigest())


def shown(path: Path) -> str:
    """A path as messages and records show it: seen from the working folder, with forward slashes on every
    system, so that no output depends on where the project lies."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # Windows: another drive
        return path.as_posix()


class _Reader:
    """Turns the nodes of one file into a report, keeping every problem instead of stopping at the first."""

    def __init__(self, file: str, id: str, year_of_file: str):
        self.file, self.id, self.year_of_file = file, id, year_of_file
        self.problems: list[Problem] = []

    def report(self, root: Node, sha256: str) -> Report:
        top = self.mapping(
            root,
            "报告",
            ("body", "year", "form", "blank", "tables", "facts", "prose", "explanations", "source"),
        )
        for key in ("body", "year", "tables"):
            if key not in top:
                self.problem(root, "报告", f"缺少“{key}”", "", "可参照 gkstats new 生成的空白报告")
        part = {key: node for key, (_, node) in top.items()}
        blank = Node(root.line, "unknown")
        body = self._body(part["body"]) if "body" in part else None
        year = self._year(part["year"]) if "year" in part else None
        form = self._form(part.get("form"), year)
        figures: dict[Cell, Figure] = {}
        if form is not None and "tables" in part:
            form, figures = self._tables(part["tables"], form)
        values = {
            "blank": self.choice(part.get("blank", blank), "blank（空白的含义）", BLANK),
            "facts": self._facts(part["facts"]) if "facts" in part else {},
            "prose": self._prose(part["prose"]) if "prose" in part else {},
            "explanations": self._explanations(part["explanations"]) if "explanations" in part else (),
            "source": self._source(part["source"]) if "source" in part else {},
        }
        if self.problems or body is None or year is None or form is None:
            raise ReportError(sorted(self.problems, key=lambda problem: problem.line or 0))
        return Report(body, year, form, figures, **values, id=self.id, file=self.file, sha256=sha256)

    # -- what a node may hold

    def problem(self, at: Node | int, where: str, found: str, expected: str, advice: str = "") -> None:
        line = at.line if isinstance(at, Node) else at
        self.problems.append(Problem(self.file, line, where, found, expected, advice))

    def nearest(self, name: str, known: Iterable[str]) -> list[str]:
        """The known name most like an unknown one; sought for the first problems only, since it is slow."""
        return get_close_matches(name[:60], known, 1, 0.6) if len(self.problems) < 50 else []

    def mapping(self, node: Node, where: str, known: Iterable[str] = ()) -> dict[str, tuple[int, Node]]:
        """The entries of a mapping; with ``known``, keys outside it are problems."""
        if node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self.problem(node, where, _seen(node), "“键: 值”的形式")
            return {}
        known = tuple(known)
        for key, (line, _) in node.value.items():
            if known and key not in known:
                near = self.nearest(key, known)
                advice = f"是否应为“{near[0]}”" if near else f"可用的有：{'、'.join(known)}"
                self.problem(line, where, f"不认识的键{quoted(key)}", "", advice)
        return node.value

    def text(self, node: Node, where: str, *, required: bool = False, limit: int = 200, lines: bool = False) -> str:
        if not node.value:
            if required:
                self.problem(node, where, "空白", "", "请填写")
            return ""
        if not isinstance(node.value, str):
            self.problem(node, where, _seen(node), "文字")
            return ""
        if len(node.value) > limit:
            self.problem(node, where, f"{len(node.value)} 字", f"不超过 {limit} 字的文字")
        allowed = "\n" if lines else ""
        if hidden := sorted({c for c in node.value if (c < " " or "\x7f" <= c < "\xa0") and c not in allowed}):
            names = "、".join(f"U+{ord(c):04X}" for c in hidden)
            self.problem(node, where, f"换行或控制字符（{names}）", "可见的文字", "请删除这些字符")
        return node.value

    def choice(self, node: Node, where: str, choices: Mapping[str, object]) -> str:
        value = self.text(node, where, required=True).replace("(", "（").replace(")", "）")
        if value and value not in choices:
            self.problem(node, where, quoted(value), f"以下之一：{'、'.join(choices)}")
        return value

    def integer(self, node: Node, where: str) -> int | None:
        if isinstance(node.value, str) and re.fullmatch(r"\d{1,9}", node.value, re.ASCII):
            return int(node.value)
        self.problem(node, where, _seen(node), "整数")
        return None

    def figure(self, node: Node, cell: Cell, form: Form) -> Figure:
        """One figure by the kind of its column; None for a blank."""
        value = node.value
        if value is None:
            return None
        kind = form.kind(cell)
        pattern, expected = FIGURES[kind]
        well_written = isinstance(value, str) and pattern.fullmatch(value)
        if well_written and not node.quoted:
            return Decimal(value) if kind == AMOUNT else int(value)
        advice = "请去掉数字外面的引号" if well_written else "没有填写的写 null"
        if isinstance(value, str) and len(value) > LONGEST:
            advice = f"最多 {LONGEST} 位"
        self.problem(node, form.describe(cell), _seen(node), expected, advice)
        return None

    # -- the parts of a report

    def _body(self, node: Node) -> Body:
        where = "body（报告主体）"
        keys = ("code", "name", "level", "scope")
        given = self.mapping(node, where, keys)
        if missing := [key for key in keys if key not in given]:
            self.problem(node, where, f"缺少“{'”“'.join(missing)}”", "", "可参照 gkstats new 生成的空白报告")
            return Body("", "", "", "")
        nodes = {key: given[key][1] for key in keys}
        code = self.text(nodes["code"], "code（区划代码）", required=True)
        folder = BODY_ID.fullmatch(self.id)
        if code and not re.fullmatch(r"\d{6,12}", code, re.ASCII):
            self.problem(nodes["code"], "code（区划代码）", quoted(code), "6 至 12 位数字")
        elif code and folder and folder[1] != code:
            advice = "请核对文件是否放错了文件夹"
            self.problem(nodes["code"], "code（区划代码）", quoted(code), f"与文件夹名“{self.id}”一致的代码", advice)
        return Body(
            code,
            self.text(nodes["name"], "name（主体名称）", required=True, limit=60),
            self.choice(nodes["level"], "level（层级）", LEVELS),
            self.choice(nodes["scope"], "scope（统计范围）", SCOPES),
        )

    def _year(self, node: Node) -> int | None:
        where = "year（报告年度）"
        year = self.integer(node, where)
        if year is None:
            return None
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self.problem(
                node,
                where,
                str(year),
                f"{FIRST_YEAR} 至 {LAST_YEAR} 的年度",
                f"{FIRST_YEAR} 年度起才有全国统一的格式",
            )
            return None
        if self.year_of_file and self.year_of_file != str(year):
            self.problem(node, where, str(year), f"与文件名“{self.year_of_file}”一致的年度")
        return year

    def _form(self, node: Node | None, year: int | None) -> Form | None:
        if node is None:
            return None if year is None else form_for(year)
        where = "form（报告格式）"
        code = self.integer(node, where)
        if code is None:
            return None
        if code not in FORMS:
            advice = "；".join(f"{form.code} 是{form.notice}的格式" for form in FORMS.values())
            self.problem(node, where, str(code), f"{'、'.join(map(str, FORMS))} 之一", advice)
            return None
        if year is not None and year < FORMS[code].first_year:
            advice = f"{FORMS[code].notice}的格式从 {FORMS[code].first_year} 年度起使用"
            self.problem(node, where, str(code), f"{year} 年度已有的格式（{form_for(year).code}）", advice)
        return FORMS[code]

    def _tables(self, node: Node, form: Form) -> tuple[Form, dict[Cell, Figure]]:
        given = self.mapping(node, "tables（各表数据）", form.table)
        rows = {code: self.mapping(given[code][1], f"tables.{code}") for code in form.table if code in given}
        one_row = tuple(
            (code, group)
            for code, table in form.table.items()
            for group, heading in table.groups.items()
            if heading.collapsible and self._printed_as_one_row(table, group, rows.get(code, {}))
        )
        lines_of = {code: set(form.table[code].members[group]) for code, group in one_row}
        form = form_with(form.code, one_row)
        figures: dict[Cell, Figure] = {}
        for code, table in form.table.items():
            where = f"{table.name}（{table.label}）"
            if code not in given:
                self.problem(node, where, f"缺少整张表“{code}”", "", f"应有 {len(table.row)} 行，没有数据的行写 null")
                continue
            for row, (line, _) in rows[code].items():
                if row not in table.row and row not in lines_of.get(code, ()):
                    self.problem(line, where, f"表中没有的行{quoted(row)}", "", self._unknown_row(row, table, form))
            for row, leaf in table.row.items():
                if row not in rows[code]:
                    found = f"缺少一行：{leaf.label}（{row}）"
                    self.problem(
                        given[code][0], where, found, "", f"应有 {len(table.column)} 个数，没有数据的行写 null"
                    )
                    continue
                for column, cell_node in self._row(table, leaf, rows[code][row][1]):
                    cell = Cell(code, row, column)
                    figures[cell] = self.figure(cell_node, cell, form)
        return form, figures

    def _unknown_row(self, row: str, table: Table, form: Form) -> str:
        """What to do about a row the table does not have."""
        for other in FORMS.values():
            if other.code != form.code and table.code in other.table and row in other.table[table.code].members:
                return f"这是 {other.code} 年格式的行；如果报告用的是那种格式，请写明 form: {other.code}"
        near = self.nearest(row, table.row)
        return f"是否应为“{near[0]}”（{table.row[near[0]].item.label}）" if near else "请对照空白报告删改"

    def _printed_as_one_row(self, table: Table, group: str, rows: Mapping[str, tuple[int, Node]]) -> bool:
        """Whether the file gives the heading as a row of figures, its own lines then being absent or blank."""
        if group not in rows or not _has_figures(rows[group][1]):
            return False
        lines = [code for code in table.members[group] if code in rows and _has_figures(rows[code][1])]
        if lines:
            where = f"{table.name}“{table.groups[group].label}”"
            advice = f"只印一行的，删去 {'、'.join(lines)}；分项列出的，删去 {group}"
            self.problem(rows[group][0], where, "既有合并的一行又有分项", "", advice)
        return True

    def _row(self, table: Table, leaf: Leaf, node: Node) -> Iterator[tuple[str, Node]]:
        """(column code, node) of one row; a row of null is blank throughout."""
        if node.value is None:
            yield from ((column, node) for column in table.column)
            return
        where = f"{table.name}{leaf.label}行"
        size = len(table.column)
        cells = node.value if isinstance(node.value, list) else [node] if size == 1 else None
        if cells is None:
            self.problem(node, where, _seen(node), f"方括号里的 {size} 个数")
        elif len(cells) != size:
            names = "、".join(column.name for column in table.column_leaves)
            self.problem(node, where, f"{len(cells)} 个数", f" {size} 个数（{names}）", "没有填写的写 null")
        else:
            yield from zip(table.column, cells, strict=True)

    def _facts(self, node: Node) -> dict[str, int | Decimal | str]:
        facts: dict[str, int | Decimal | str] = {}
        for name, (line, value) in self.mapping(node, "facts（表外数据）").items():
            where = f"facts.{name[:40]}"
            if not FACT_NAME.fullmatch(name):
                self.problem(line, where, f"名称{quoted(name)}", "小写英文字母开头，只含小写字母、数字和下划线")
            text = self.text(value, where, required=True)
            number = not value.quoted and re.fullmatch(r"-?\d{1,12}(\.\d{1,8})?", text, re.ASCII)
            facts[name] = text if not number else Decimal(text) if "." in text else int(text)
        return facts

    def _prose(self, node: Node) -> dict[str, str]:
        sections = FORMS[max(FORMS)].section
        given = self.mapping(node, "prose（正文）", (PREAMBLE, *sections))
        texts = {key: self.text(value, f"prose.{key}", limit=100_000, lines=True) for key, (_, value) in given.items()}
        return {key: text.strip("\n") for key, text in texts.items()}

    def _explanations(self, node: Node) -> tuple[Mapping[str, str], ...]:
        where = "explanations（情况说明）"
        if not isinstance(node.value, list | None):
            self.problem(node, where, _seen(node), "以“- ”开头的若干条")
            return ()
        found = []
        for entry in node.value or ():
            given = self.mapping(entry, where, ("check", "place", "reason"))
            values = {key: self.text(value, f"explanations.{key}", limit=2000) for key, (_, value) in given.items()}
            if not (values.get("check") and values.get("reason")):
                self.problem(entry, where, "缺少“check”或“reason”", "", "请写明规则编号和情况")
            found.append(values)
        return tuple(found)

    def _source(self, node: Node) -> dict[str, str]:
        given = self.mapping(node, "source（数据来源）", ("title", "file", "sha256", "note"))
        return {key: self.text(value, f"source.{key}", limit=2000) for key, (_, value) in given.items()}


def _seen(node: Node) -> str:
    if node.value is None:
        return "空白"
    if isinstance(node.value, str):
        return f"文字{quoted(node.value)}" if node.quoted else quoted(node.value)
    return "一组值" if isinstance(node.value, list) else "“键: 值”的内容"


def _has_figures(node: Node) -> bool:
    cells = node.value if isinstance(node.value, list) else [node]
    return any(cell.value is not None for cell in cells)


def dumps(report: Report) -> str:
    """The report as the text of its file, with the official labels as comments; ``parse`` gives it back."""
    body = report.body
    lines = [
        f"# yaml-language-server: $schema=../{SCHEMA_FILE}",
        f"# {' '.join(body.name.split())}{report.year}年政府信息公开工作年度报告",
        "body:",
        f"  code: {_quoted(body.code)}  # 行政区划代码，与文件夹名一致",
        f"  name: {_quoted(body.name)}",
        f"  level: {body.level}  # {LEVELS[body.level].label}；可选：{'、'.join(LEVELS)}",
        f"  scope: {_quoted(body.scope)}  # 统计范围：全县汇总、县政府（含办公室）、县政府办公室等",
        f"year: {report.year}",
        f"form: {report.form.code}  # {report.form.notice}",
        f"blank: {report.blank}  # {'；'.join(f'{key}：{text}' for key, text in BLANK.items())}",
        "",
        "# 每行的数按表头从左到右填写；没有填写的写 null，不要写成 0",
        "tables:",
    ]
    for table in report.form.tables:
        names = "，".join(column.name for column in table.column_leaves)
        lines.append(f"  {table.code}:  # {table.name} {table.label}：{names}")
        for leaf in table.row_leaves:
            figures = (report.figures[Cell(table.code, leaf.code, column)] for column in table.column)
            row = ", ".join("null" if figure is None else as_given(figure) for figure in figures)
            lines.append(f"    {leaf.code}: [{row}]  # {leaf.item.label}")
    lines += ["", "# 正文要用而表里没有的数据；正文中写作 {facts/名称}"]
    lines += ["facts:" if report.facts else "facts: {}"]
    lines += [
        f"  {name}: {_quoted(fact) if isinstance(fact, str) else as_given(fact)}" for name, fact in report.facts.items()
    ]
    lines += [
        "",
        "# 正文：一行一段。表中的数写作 {表/行/列}，指标写作 {stats/名称}，用 gkstats explain 可查；花括号写作 {{ }}",
    ]
    lines += ["prose:"]
    titles = {PREAMBLE: "前言"} | {section.code: section.title for section in report.form.sections}
    for key, title in titles.items():
        if key in report.prose:
            lines += [f"  # {title}", *_block(key, report.prose[key])]
    lines += ["", "# 对未通过的核对事项的说明：check 写规则编号，place 写表/行/列（可省略），reason 写情况"]
    lines += ["explanations:" if report.explanations else "explanations: []"]
    for explanation in report.explanations:
        first, *more = (f"{key}: {_quoted(value)}" for key, value in explanation.items())
        lines += [f"  - {first}", *(f"    {line}" for line in more)]
    lines += ["", "source:" if report.source else "source: {}"]
    lines += [f"  {key}: {_quoted(value)}" for key, value in report.source.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return yaml.dump(text, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=10**9).rstrip("\n")


def _block(key: str, text: str) -> list[str]:
    """Prose as a literal block, one line a paragraph; quoted where a block could not give it back."""
    if text and not re.search(
        r"\A\s|[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text
    ):
        return [f"  {key}: |-", *(f"    {line}" if line else "" for line in text.split("\n"))]
    return [f"  {key}: {_quoted(text)}"]


def blank_report(body: Body, year: int, id: str) -> Report:
    """An empty report in the form of the year, its prose the points that each section is expected to cover."""
    form = form_for(year)
    preamble = f"本报告根据《中华人民共和国政府信息公开条例》和{form.title}（{form.notice}）编制。"
    prose = {PREAMBLE: preamble + "数据统计期限为{year}年1月1日至{year}年12月31日。"}
    for section in form.sections:
        if not any(table.section == section.code for table in form.tables):
            prose[section.code] = "\n".join(f"（{'一二三四五六'[i]}）{part}。" for i, part in enumerate(section.parts))
    return Report(body, year, form, dict.fromkeys(form.cells), prose=prose, id=id)


def save_new(report: Report, params: str | Path) -> Path:
    """Writes the report to a file of its own under ``params``, with the JSON Schema beside it if there is none;
    the path of the file. Raises ReportError if the report has a file already (nothing is overwritten) or could not
    be read again."""
    if not BODY_ID.fullmatch(report.id):
        advice = "应为“区划代码-简称”，如 500243-pengshui"
        raise ReportError([Problem(shown(Path(params)), None, "文件夹名", quoted(report.id), "", advice)])
    text = dumps(report)
    folder = Path(params) / report.id
    path = folder / f"{report.year}.yaml"
    if existing := [old for old in (path.with_suffix(suffix) for suffix in SUFFIXES) if old.exists()]:
        advice = "要重新开始，请先把原文件改名或移走"
        raise ReportError([Problem(shown(existing[0]), None, "文件", "已经存在，没有改动", "", advice)])
    parse(text.encode(), shown(path), id=report.id, year=str(report.year))
    folder.mkdir(parents=True, exist_ok=True)
    schema = Path(params) / SCHEMA_FILE
    if not schema.exists():
        schema.write_text(schema_text(), encoding="utf-8", newline="\n")
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    return path
