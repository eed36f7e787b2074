"""The text of one report file: read strictly and to its end, and written with the official labels as comments.

A clerk sees every problem of a file at once, each with its line, what was found, what is expected and what to do. A
figure is read by the kind of its column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import yaml

from gkstats.forms import FORMS, form_for, form_with
from gkstats.json_schema import SCHEMA_FILE
from gkstats.report import (
    BLANK,
    DECISIONS,
    EXPLANATION_KEYS,
    LEVELS,
    PREAMBLE,
    SCOPES,
    Body,
    Figure,
    Problem,
    Report,
    ReportError,
    as_given,
)
from gkstats.schema import AMOUNT, CHANGE, COUNT, Cell, Form, Leaf, Table
from gkstats.strict_yaml import Node, YAMLFault, compose, quoted

BODY_ID = re.compile(r"(\d{6,12})-([A-Za-z0-9_-]{1,40})", re.ASCII)
"""Name of a body's folder: division code and short name."""

FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIRST_YEAR = min(form.first_year for form in FORMS.values())
LAST_YEAR = 2100

LONGEST = 12  # digits before the decimal point; a float holds 15 exactly

FIGURES = {
    COUNT: (re.compile(r"\d{1,12}", re.ASCII), "不小于 0 的整数"),
    CHANGE: (re.compile(r"[+-]?\d{1,12}", re.ASCII), "整数（减少的写负数）"),
    AMOUNT: (re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII), "不小于 0 的数"),
}
"""How a figure of each kind is written: pattern, description."""


def parse(content: bytes, file: str, *, id: str = "", year: str = "") -> Report:
    """The report in the bytes of a file; ``id`` and ``year``, where given, are what its path says it holds.
    Raises ReportError with every problem found."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        kind = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "GBK"
        advice = f"多半是 {kind} 编码，请用记事本“另存为”，编码选 UTF-8"
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


class _Reader:
    """Turns the nodes of one file into a report, keeping every problem instead of stopping at the first."""

    def __init__(self, file: str, id: str, year_of_file: str):
        self.file, self.id, self.year_of_file = file, id, year_of_file
        self.year: int | None = None
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
        year = self.year = self._year(part["year"]) if "year" in part else None
        form = self._form(part.get("form"), year)
        figures: dict[Cell, Figure] = {}
        if form is not None and "tables" in part:
            form, figures = self._tables(part["tables"], form)
        values: dict[str, Any] = {
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
        return get_close_matches(name[:60], known, 1, 0.7) if len(self.problems) < 50 else []

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
        return {key: entry for key, entry in node.value.items() if not known or key in known}

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
        if isinstance(value, str) and well_written and not node.quoted:
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
            usable = other.code != form.code and other.first_year <= (self.year or LAST_YEAR)
            if usable and table.code in other.table and row in other.table[table.code].members:
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
            where = f"facts.{name}" if FACT_NAME.fullmatch(name) else "facts（表外数据）"
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
            given = self.mapping(entry, where, EXPLANATION_KEYS)
            values = {
                key: self.text(value, f"explanations.{key}", limit=2000, lines=key == "reason").strip("\n")
                for key, (_, value) in given.items()
            }
            if not values.get("check"):
                self.problem(entry, where, "缺少“check”", "", "请写明规则编号")
            if "as" in given:
                self.choice(given["as"][1], "explanations.as（结论）", DECISIONS)
                if not values.get("finding"):
                    self.problem(
                        entry, where, "有结论而没有“finding”", "", "请照抄 gkstats decide 主体 年度 所列的一串"
                    )
            if not values.get("reason") and values.get("as", "属实有因") == "属实有因":
                self.problem(entry, where, "缺少“reason”", "", "请写明情况")
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
        lines += _entry(explanation)
    lines += ["", "source:" if report.source else "source: {}"]
    lines += [f"  {key}: {_quoted(value)}" for key, value in report.source.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return yaml.dump(text, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=10**9).rstrip("\n")


def _entry(explanation: Mapping[str, str], indent: str = "  ") -> list[str]:
    first, *more = (f"{key}: {_quoted(value)}" for key, value in explanation.items())
    return [f"{indent}- {first}", *(f"{indent}  {line}" for line in more)]


def with_explanation(text: str, entry: Mapping[str, str]) -> str:
    """The text of a file with one more entry at the end of its ``explanations``, every other line as it was, comments
    and line ends and all. Raises ReportError where the list is written in a way that cannot be added to."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = re.findall(r"[^\n]*\n", text if text.endswith("\n") else text + ending)
    root = compose(text).value
    assert isinstance(root, dict)  # the text of a report that was read
    top = {key: line for key, (line, _) in root.items()}
    if "explanations" not in top:
        return "".join([*lines, *(line + ending for line in ("explanations:", *_entry(entry)))])
    at = top["explanations"] - 1
    end = min((line - 1 for line in top.values() if line - 1 > at), default=len(lines))
    # comments and blank lines before the next key belong to it
    while end > at + 1 and re.fullmatch(r"\s*|#.*\s*", lines[end - 1]):
        end -= 1
    nothing = r"(?:\s*(?:\[\s*\]|null|~)(?=\s|$))?"
    if not (head := re.fullmatch(rf"explanations:{nothing}(\s*(?:#.*)?)", lines[at].rstrip("\r\n"))):
        advice = "请改成每条一行、以“- ”开头的写法，再执行一次"
        raise ReportError([Problem("", at + 1, "explanations（情况说明）", "写在方括号里，不能添加", "", advice)])
    indent = next((match[1] for line in lines[at + 1 : end] if (match := re.match(r"( *)- ", line))), "  ")
    added = [line + ending for line in _entry(entry, indent)]
    return "".join([*lines[:at], f"explanations:{head[1]}{ending}", *lines[at + 1 : end], *added, *lines[end:]])


def _block(key: str, text: str) -> list[str]:
    """Prose as a literal block, one line a paragraph; quoted where a block could not give it back."""
    if text and not re.search(
        r"\A\s|[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text
    ):
        return [f"  {key}: |-", *(f"    {line}" if line else "" for line in text.split("\n"))]
    return [f"  {key}: {_quoted(text)}"]
