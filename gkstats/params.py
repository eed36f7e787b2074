"""The files under params/: finding them, reading them, starting a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from gkstats.divisions import resolve
from gkstats.files import Changed, replace_file
from gkstats.forms import form_for
from gkstats.json_schema import SCHEMA_FILE, schema_text
from gkstats.report import PREAMBLE, Body, Problem, Report, ReportError, UnknownReport, visible
from gkstats.report_file import BODY_ID, dumps, parse
from gkstats.strict_yaml import quoted

MAX_BYTES = 1_000_000  # a complete report is about 10 kB
SUFFIXES = (".yaml", ".yml")


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


def folder_to_write(params: str | Path = "params") -> Path:
    """The folder new files go to: the one ``params_folder`` finds, so that they are found again, or a new one here."""
    try:
        return params_folder(params)
    except UnknownReport:
        return Path(params)


def entries(params: str | Path = "params", bodies: Sequence[str] = (), years: Sequence[int] = ()) -> list[Entry]:
    """The report files under ``params``, ordered by body and year; ``bodies`` (folder name, division code, short name
    or name) and ``years`` narrow them. Raises UnknownReport listing every body and year that is not
    there, ReportError where a report has two files."""
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
    meant = {body: {body, *(path.name for path in _meant(folder, body))} for body in bodies}
    problems = []
    for body in bodies:
        if not any(meant[body] & set(names) for names in named.values()):
            near = get_close_matches(body, [name for names in named.values() for name in names], 3, 0.5)
            advice = (
                f"可用的有：{'、'.join(near or [path.name for path in present[:5]])}"
                if present
                else "可用 gkstats new 新建"
            )
            expected = "已有的文件夹名、区划代码、简称或名称"
            problems.append(Problem(shown(folder), None, "报告主体", f"“{body}”", expected, advice))
    wanted = set().union(*meant.values())
    return [path for path, names in named.items() if not bodies or wanted & set(names)], problems


def _meant(folder: Path, name: str) -> list[Path]:
    """The folders a Chinese name means; none for a folder name, a code or a short name."""
    return [] if name.isascii() else folders_named(folder, [d.code for d in resolve(name).divisions], name)


def folders_named(folder: Path, codes: Sequence[str], name: str) -> list[Path]:
    """The folders with one of the division codes (any, if none is given) whose body has a name that means the same.
    Raises ReportError where a file with one of the codes cannot be read."""
    meant, found = resolve(name), []
    for path in sorted(path for path in folder.iterdir() if BODY_ID.fullmatch(path.name) and path.is_dir()):
        if codes and not path.name.startswith(tuple(codes)):
            continue
        try:
            files = entries(folder, [path.name])
            known = read(files[-1].path).body.name if files else ""
        except ReportError:
            if codes:  # it may be this very body
                raise
            continue
        own = resolve(known)
        shared = set(own.divisions) & set(meant.divisions) or not (own.divisions or meant.divisions)
        if known and own.rest == meant.rest and shared:
            found.append(path)
    return found


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


def replace_content(path: Path, sha256: str, content: bytes) -> None:
    """Puts new content in the place of a file in one step, so that a reader finds the old file or the new one. Raises
    ReportError, with the file as it is, if it no longer has that hash or cannot be written."""
    try:
        replace_file(path, content, instead_of=sha256)
    except Changed:
        raise ReportError(
            [Problem(shown(path), None, "文件", "在此期间有改动，没有写入", "", "请再执行一次")]
        ) from None
    except OSError as error:
        raise ReportError([Problem(shown(path), None, "文件", f"无法写入（{error.strerror}）", "")]) from None


def shown(path: Path) -> str:
    """A path as messages and records show it: seen from the working folder, with forward slashes on every
    system, so that no output depends on where the project lies, and nothing in it that a terminal obeys."""
    try:
        return visible(Path(os.path.relpath(path)).as_posix())
    except ValueError:  # Windows: another drive
        return visible(path.as_posix())


def level_of(code: str) -> str:
    """The level of a body by its division code: above county level the last digits are zero (GB/T 2260)."""
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def usual_scope(name: str, level: str) -> str:
    """The scope most bodies of a level report: the whole area; itself for a department or a town."""
    if level not in ("province", "prefecture", "county"):
        return "本机关"
    last = name.removesuffix("人民政府")[-1:]
    area = last if last and last in "县市区州省" else {"province": "省", "prefecture": "市"}.get(level, "县")
    return f"全{area}汇总"


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
    folder = folder_to_write(params) / report.id
    path = folder / f"{report.year}.yaml"
    if existing := [old for old in (path.with_suffix(suffix) for suffix in SUFFIXES) if old.exists()]:
        advice = "要重新开始，请先把原文件改名或移走"
        raise ReportError([Problem(shown(existing[0]), None, "文件", "已经存在，没有改动", "", advice)])
    parse(text.encode(), shown(path), id=report.id, year=str(report.year))
    folder.mkdir(parents=True, exist_ok=True)
    schema = folder.parent / SCHEMA_FILE
    if not schema.exists():
        schema.write_text(schema_text(), encoding="utf-8", newline="\n")
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    return path
