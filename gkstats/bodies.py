"""Whose report it is: the folder a body has or gets, by folder name, division code, short name or name, and what is
known of the body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gkstats.divisions import Match, divisions, resolve
from gkstats.params import entries, folders_named, level_of, params_folder, read, shown, usual_scope
from gkstats.report import Body, Problem, UnknownReport
from gkstats.report_file import BODY_ID


def folder_of(body: str, params: str | Path = "params") -> str:
    """The folder name a body has or gets: as given (500243-pengshui), that of the body with this division code or
    short name, or for a new body named by its division code or name the code and its level (500243-county). Raises
    UnknownReport listing what the name may mean."""
    if BODY_ID.fullmatch(body):
        return body
    match = Match((divisions()[body],), "") if body in divisions() else resolve(body)
    try:
        present = dict.fromkeys(entry.id for entry in entries(params, [body]))
    except UnknownReport as unknown:
        if not match.divisions:
            near = unknown.problems[0].advice if unknown.problems[0].where == "报告主体" else ""
            advice = "应为“区划代码-简称”，如 500243-pengshui（简称用英文字母和数字），或区划代码、名称"
            advice += f"。{near}" if near.startswith("可用的有") else ""
            problem = Problem(shown(Path(params)), None, "报告主体", f"“{body}”不是主体", "", advice)
            raise UnknownReport([problem]) from None
        present = {}
    if len(present) > 1:
        raise _many(body, present, params)
    return next(iter(present), "") or _folder_of(match, body, params)


def folder_named(name: str, params: str | Path = "params") -> str:
    """The folder of the body a document names: one under ``params`` whose body has that name, else as
    ``folder_of``; "" for a name in no table of divisions. Raises UnknownReport where it may be several, or a
    department or town, which has no code of its own."""
    match = resolve(name)
    if not match.divisions:
        there = _folders(params, (), name)
        return there[0] if len(there) == 1 else ""
    return _folder_of(match, name, params)


def _folder_of(match: Match, name: str, params: str | Path) -> str:
    there = _folders(params, [division.code for division in match.divisions], name)
    if len(there) > 1:
        raise _many(name, there, params)
    if there:
        return there[0]
    if len(match.divisions) > 1:
        raise _many(name, [f"{d.code} {d.path}{'' if d.current else '（曾用）'}" for d in match.divisions], params)
    division = match.divisions[0]
    if match.rest:
        found = f"“{name}”是{division.path}（{division.code}）的部门或乡镇，没有自己的区划代码"
        advice = f"用 --body 写明所在地的代码和自取的英文简称，如 --body {division.code}-finance"
        raise UnknownReport([Problem(shown(Path(params)), None, "报告主体", found, "", advice)])
    return f"{division.code}-{division.level}"


def _folders(params: str | Path, codes: Sequence[str], name: str) -> list[str]:
    try:
        return [path.name for path in folders_named(params_folder(params), codes, name)]
    except UnknownReport:
        return []


def _many(name: str, choices: Iterable[str], params: str | Path) -> UnknownReport:
    advice = f"用 --body 写明是哪一个：{'、'.join(choices)}"
    return UnknownReport([Problem(shown(Path(params)), None, "报告主体", f"“{name}”不止一个", "", advice)])


def body_of(id: str, params: str | Path, name: str = "", level: str = "", scope: str = "") -> Body:
    """The body of a folder: as given, else as in its latest report, else what division code and name say. Raises
    UnknownReport where nothing gives its name."""
    code, _, short = id.partition("-")
    try:
        last = read(entries(params, [id])[-1].path).body
    except (UnknownReport, IndexError):
        division = divisions().get(code)
        last = Body(code, division.name if division and short == division.level else "", "", "")
    if not (name := " ".join(name.split()) or last.name):
        known = divisions()[code].name if code in divisions() else "彭水苗族土家族自治县"
        advice = f"用 --name 写明名称，如 --name {known}"
        raise UnknownReport([Problem(shown(Path(params)), None, "报告主体", f"{id}是新的主体", "", advice)])
    level = level or last.level or level_below(resolve(name).rest) or level_of(code)
    return Body(code, name, level, scope or last.scope or usual_scope(name, level))


def level_below(rest: str) -> str:
    """The level of a body by what follows its division in its name: town for 某某镇, department for 财政局, "" where
    nothing does."""
    if not rest:
        return ""
    return "town" if re.search(r"(镇|乡|街道|街道办事处|苏木)$", rest) else "department"
