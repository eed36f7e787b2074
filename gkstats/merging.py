"""New figures put into the file of a report that is there already: every other line stays as it was, comments and
all, and the old file is kept beside it."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gkstats.files import replace_file
from gkstats.params import replace_content
from gkstats.report import Figure, Problem, Report, ReportError, as_given
from gkstats.report_file import parse
from gkstats.schema import Cell
from gkstats.strict_yaml import Node, compose
from gkstats.trace import line as as_json
from gkstats.trace import trace_path

_MACHINE_NOTE = re.compile(r"由 \w+ 文件读取(，\d+ 处待核对)?|由\d+个单位的报表汇总，.*")
"""What an import or a roll-up writes as the note of a source: replaced by the next, while a note of a person stays."""

_PARTS = ("body", "year", "blank", "figures", "facts", "prose", "explanations", "source")


def differing(old: Report, new: Mapping[Cell, Figure]) -> dict[Cell, tuple[Figure, Figure]]:
    """Cell → (figure in the report, other figure) where the two differ, in the order of the form."""
    return {
        cell: (old.figures[cell], new[cell])
        for cell in old.form.cells
        if cell in new and old.figures[cell] != new[cell]
    }


def save_figures(old: Report, figures: Mapping[Cell, Figure], source: Mapping[str, str], trace: str = "") -> Path:
    """Puts figures and what is known of their source into the file of a report, and the trace beside it. The old
    file is kept as ``<year>.old-1.yaml`` (or the next number free), whose path comes back. Raises ReportError, with
    nothing written, where the file is written in a way that cannot be changed line by line."""
    path = Path(old.file)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != old.sha256:
        raise ReportError([Problem(old.file, None, "文件", "正在被另一个程序修改，没有改动", "", "请再执行一次")])
    new_source = _new_source(old.source, source)
    text = content.decode("utf-8-sig")
    ending = "\r\n" if "\r\n" in text else "\n"  # as the editor of this file writes them
    text = with_figures(text.replace("\r\n", "\n"), old, figures)
    text = _with_source(text, new_source, old.file).replace("\n", ending)
    if content.startswith(codecs.BOM_UTF8):
        text = f"\ufeff{text}"
    changed = parse(text.encode(), old.file, id=path.parent.name, year=path.stem)
    wanted = replace(old, figures={**old.figures, **figures}, source={**old.source, **new_source})
    if any(getattr(changed, part) != getattr(wanted, part) for part in _PARTS):
        raise ReportError([_cannot(old.file, None, "文件", "写法无法逐行修改")])
    kept = _keep(path, content)
    replace_content(path, old.sha256, text.encode())
    if trace:
        if (beside := trace_path(path)).exists():
            trace_path(kept).write_bytes(beside.read_bytes())
        replace_file(beside, trace.encode())
    return kept


def _keep(path: Path, content: bytes) -> Path:
    """Keeps the bytes of a file under the first name that is free."""
    number = 1
    while True:
        kept = path.with_name(f"{path.stem}.old-{number}{path.suffix}")
        try:
            with kept.open("xb") as stream:
                stream.write(content)
            return kept
        except FileExistsError:
            number += 1


def with_figures(text: str, report: Report, figures: Mapping[Cell, Figure]) -> str:
    """The text of a report's file with other figures, its lines ended by one character. Raises ReportError naming
    each row that does not stand on a line of its own."""
    lines = text.split("\n")
    tables = _keys(_keys(compose(text))["tables"][1])
    problems = []
    for code, row in dict.fromkeys((cell.table, cell.row) for cell in figures):
        table = report.form.table[code]
        own = {column: Cell(code, row, column) for column in table.column}
        values = [figures.get(cell, report.figures[cell]) for cell in own.values()]
        written = "[" + ", ".join("null" if value is None else as_given(value) for value in values) + "]"
        at = _keys(tables[code][1])[row][0] - 1
        pattern = rf"(\s*[\"']?{re.escape(row)}[\"']?\s*:)\s*(?:\[[^\[\]#]*\]|[^\[\]{{}}#]*?)(\s*(?:#.*)?)"
        if not (found := re.fullmatch(pattern, lines[at])):
            problems.append(_cannot(report.file, at + 1, f"{table.name}{table.row[row].label}行", "不在单独一行里"))
            continue
        lines[at] = f"{found[1]} {written}{found[2]}"
    if problems:
        raise ReportError(problems)
    return "\n".join(lines)


def _keys(node: Node) -> dict[str, tuple[int, Node]]:
    """What a mapping holds, key → (line, node); nothing where it is blank."""
    return node.value if isinstance(node.value, dict) else {}


def _cannot(file: str, at: int | None, where: str, found: str) -> Problem:
    return Problem(file, at, where, f"{found}，没有改动", "", "请改成一行一项（如 gkstats new 写的那样），再执行一次")


def _new_source(old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What changes in the source block: title and note only where no person wrote one."""
    own = {"title": "title" in old, "note": not _MACHINE_NOTE.fullmatch(old.get("note") or "由 x 文件读取")}
    return {key: value for key, value in given.items() if not own.get(key) and old.get(key) != value}


def _with_source(text: str, source: Mapping[str, str], file: str) -> str:
    """The text with other values in its source block; whether it came out as meant is seen when it is parsed."""
    if not source:
        return text
    lines = text.rstrip("\n").split("\n")
    top = dict(_keys(compose(text)))
    if "source" not in top:
        lines.append("source:")
        top |= {"source": (len(lines), Node(len(lines), None))}
    at = top["source"][0] - 1
    if not (head := re.fullmatch(r"source:\s*(?:\{\s*\}|null|~)?\s*(#.*)?", lines[at])):
        raise ReportError([_cannot(file, at + 1, "source（数据来源）", "写在一行里")])
    lines[at] = "source:" + (f"  {head[1]}" if head[1] else "")
    old = _keys(top["source"][1])
    first = next((lines[line - 1] for line, _ in old.values()), "  ")
    indent = first[: len(first) - len(first.lstrip())]
    for key in old.keys() & source.keys():
        lines[old[key][0] - 1] = f"{indent}{key}: {as_json(source[key])}"
    added = [f"{indent}{key}: {as_json(value)}" for key, value in source.items() if key not in old]
    lines[at + 1 : at + 1] = added
    return "\n".join(lines) + "\n"
