"""Published annual reports read back into figures, each with its place in the source.

``read_document`` is the whole of it: recognise the kind, read the file in one way after another, let the form and
its balances judge, and say what is in doubt. A figure in doubt is None, never guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from gkstats.forms import FORMS, form_for, form_with
from gkstats.params import shown
from gkstats.reading.align import Answer, printed_as_one_row
from gkstats.reading.document import MAX_CHARS, MAX_TEXTS, Block, Grid, Paragraph, Way, texts, too_large
from gkstats.reading.facts import Facts, facts_of, is_annual_report
from gkstats.reading.grids import read_grids
from gkstats.reading.intake import decode, kind_of, load, refuse
from gkstats.reading.judge import (
    BLANK,
    DASH,
    DOUBTFUL,
    MISSING,
    NUMBER,
    UNREADABLE,
    Doubt,
    Found,
    Verdict,
    blank_policy,
    blanks_apart,
    judge,
)
from gkstats.reading.order import read_in_order
from gkstats.reading.sections import parted, prose_of, sections_of
from gkstats.reading.vocabulary import form_seen
from gkstats.report import Body, Report, ReportError
from gkstats.schema import Cell, Form

READERS = {
    "text": ("gkstats.reading.text", True),
    "html": ("gkstats.reading.html", True),
    "docx": ("gkstats.reading.docx", False),
    "pdf": ("gkstats.reading.pdf", False),
    "excel": ("gkstats.reading.excel", False),
}
"""Input kind → (module, whether it reads decoded text). Each has ``read(content, name)``, which yields the ways
the file can be read, the most trusted first."""

__all__ = [
    "BLANK", "DASH", "DOUBTFUL", "MISSING", "NUMBER", "READERS", "UNREADABLE", "Doubt", "Found", "Reading",
    "read_document",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reading:
    """A document as read: every cell of the form with what was found for it, the prose, and what is in doubt.

    ``body``, ``scope``, ``notice``, ``period`` are empty and ``year`` None where the text does not say. ``period``
    is written 2023-01-01/2023-12-31. ``blank`` is the policy proposed ("zero" or "unknown"), ``blank_evidence``
    why."""

    file: str
    kind: str
    sha256: str
    body: str
    year: int | None
    scope: str
    notice: str
    period: str
    form: Form
    figures: Mapping[Cell, Found]
    prose: Mapping[str, str]
    doubts: tuple[Doubt, ...]
    blank: str
    blank_evidence: str
    way: str = ""
    title: str = field(default="")

    def report(self, body: Body, year: int) -> Report:
        """The report of the figures that are not in doubt, all others None."""
        figures = {cell: found.figure for cell, found in self.figures.items()}
        prose = {code: _as_prose(text) for code, text in self.prose.items()}
        note = f"由 {self.kind} 文件读取" + (f"，{len(self.doubts)} 处待核对" if self.doubts else "")
        source = {"file": self.file, "sha256": self.sha256, "note": note}
        if self.title:
            source["title"] = self.title
        return Report(body, year, self.form, figures, blank=self.blank, prose=prose, source=source)

    def count(self, state: str) -> int:
        """How many cells are in a state."""
        return sum(found.state == state for found in self.figures.values())


def _as_prose(text: str) -> str:
    """Text of a document as prose of a report: braces doubled, since single ones name figures there."""
    words = "".join(c for c in text if c == "\n" or not (c < " " or "\x7f" <= c < "\xa0"))
    return words.replace("{", "{{").replace("}", "}}")


def read_document(source: str | Path | bytes, name: str | None = None, kind: str | None = None) -> Reading:
    """The annual report in a file or in bytes. ``name`` is what messages call it, ``kind`` one of READERS (found
    from the content if not given).

    Raises ReportError for a file that cannot be read at all: too large, damaged, protected, a picture, in no known
    encoding, no annual report, without a single readable table. What can be read in part is read, the rest said in
    ``doubts``."""
    content = load(source, READERS)
    name = name or (shown(Path(source)) if isinstance(source, str | Path) else "文件")
    kind = kind_of(content, name, kind, READERS)
    module, textual = READERS[kind]
    given = decode(content, name) if textual else content
    ways = _Ways(import_module(module).read(given, name))
    try:
        return _read(ways, name, kind, hashlib.sha256(content).hexdigest())
    except ReportError as error:  # what is too large inside a file does not know its name
        raise ReportError([problem._replace(file=problem.file or name) for problem in error.problems]) from None


class _Ways:
    """The ways of a reader, each worked out when it is first needed."""

    def __init__(self, ways: Iterator[Way]):
        self.ways = ways
        self.known: list[Way] = []

    def first(self) -> Way:
        return next(iter(self))

    def __iter__(self) -> Iterator[Way]:
        yield from list(self.known)
        for way in self.ways:
            self.known.append(way)
            yield way


def _read(ways: _Ways, name: str, kind: str, sha256: str) -> Reading:
    first = ways.first()
    sizes = [len(text) for text, _ in texts(first.blocks)]
    if len(sizes) > MAX_TEXTS or sum(sizes) > MAX_CHARS:
        raise too_large("文件中的行数、格数和字数", name)
    seen = form_seen(first.blocks)
    blocks = parted(first.blocks)
    sections = sections_of(blocks, FORMS[max(FORMS)])
    facts = facts_of(blocks, sections)
    code = seen or _form_of(facts)
    form, verdict, way = _figures(ways, code, name)
    if all(found.state == MISSING for found in verdict.found.values()):
        refuse_without_tables(first.blocks, name)
    doubts = [*verdict.doubts, *_doubts_of_text(facts, sections, form, seen, first.blocks)]
    if seen and facts.year and seen != form_for(max(facts.year, min(FORMS))).code:
        doubts.append(Doubt("form", f"{facts.year}年度的报告用了{FORMS[seen].notice}的格式"))
    blank, evidence = blank_policy(verdict.found, form)
    if blank == "zero" and (apart := blanks_apart(verdict.found, form)):
        doubts.append(apart)
    return Reading(
        file=name,
        kind=kind,
        sha256=sha256,
        body=facts.body,
        year=facts.year,
        scope=facts.scope,
        notice=facts.notice,
        period=facts.period,
        form=form,
        figures=verdict.found,
        prose=prose_of(blocks, sections, form),
        doubts=tuple(doubts),
        blank=blank,
        blank_evidence=evidence,
        way=way,
        title=f"{facts.body}{facts.year}年政府信息公开工作年度报告" if facts.body and facts.year else "",
    )


def _form_of(facts: Facts) -> int:
    return form_for(facts.year).code if facts.year and facts.year >= min(FORMS) else max(FORMS)


def _figures(ways: _Ways, code: int, name: str) -> tuple[Form, Verdict, str]:
    """(form, verdict, names of the ways used). Another way is tried only while something is in doubt."""
    answers: list[Answer] = []
    collapsed: tuple[tuple[str, str], ...] = ()
    names: list[str] = []
    for way in ways:
        names.append(way.name)
        steps: list[Callable[[Sequence[Block], Form, str], list[Answer]]] = [read_grids, read_in_order]
        blocks = parted(way.blocks)
        within = _within(blocks)
        for step in steps:
            found = step(within, FORMS[code], way.name)
            if within is not blocks and not any(answer.cells for answer in found):
                found = step(blocks, FORMS[code], way.name)  # what has the headings is not the report
            answers += found
            if not collapsed:
                collapsed = printed_as_one_row(answers, FORMS[code])
            form = form_with(code, collapsed)
            verdict = judge(answers, form, name)
            if _settled(verdict, answers):
                return form, verdict, "、".join(names)
    for _, words, place in _strays(verdict, answers):
        verdict.doubts.append(Doubt("reading", f"有一行数据的行名无法辨认，没有采用：{words}", (), place))
    return form, verdict, "、".join(names)


def _strays(verdict: Verdict, answers: Sequence[Answer]) -> list[tuple[str, str, str]]:
    """The rows of figures whose label the first way did not know, if a row of the form may be among them: where the
    whole form is filled they belong to other tables."""
    rows: dict[tuple[str, str], set[str]] = {}
    for cell, found in verdict.found.items():
        rows.setdefault((cell.table, cell.row), set()).add(found.state)
    whole = all(states <= {NUMBER, BLANK, DASH} and states & {NUMBER, DASH} for states in rows.values())
    return [] if whole else answers[0].strays


def _within(blocks: list[Block]) -> list[Block]:
    """The blocks from section 二 to section 五, where the form has its tables; all if the headings are not found, or
    if what has such headings is not the report (statistics grouped like it)."""
    form = FORMS[max(FORMS)]
    at = sections_of(blocks, form)
    holding = [section.code for section in form.sections if any(t.section == section.code for t in form.tables)]
    if not all(code in at for code in holding):
        return blocks
    after = [place for code, place in at.items() if code not in holding and place > at[holding[-1]]]
    within = blocks[at[holding[0]] : min(after, default=len(blocks))]
    return within if form_seen(within) or not form_seen(blocks) else blocks


def _settled(verdict: Verdict, answers: Sequence[Answer]) -> bool:
    open_ = {"missing", "reading", "source", "unreadable"}
    return not any(doubt.kind in open_ for doubt in verdict.doubts) and not _strays(verdict, answers)


def refuse_without_tables(blocks: Sequence[Block], name: str) -> None:
    """Raises the error for a document in which no table of the form was found."""
    if not is_annual_report(blocks):
        advice = "请确认文件；可读取的是按国务院办公厅格式编写的年度报告"
        raise refuse(name, "不是政府信息公开工作年度报告（没有标题，也没有格式中的表格）", advice)
    grids = any(isinstance(block, Grid) for block in blocks)
    found = "没有找到可以读取的表格" + ("（有表格，但没有格式中的行名）" if grids else "")
    raise refuse(name, found, "表格可能是图片，或在转载、抓取时丢失，请换用原文件；没有读到的数不能当作 0")


def _doubts_of_text(
    facts: Facts, sections: Mapping[str, int], form: Form, seen: int | None, blocks: Sequence[Block]
) -> Iterator[Doubt]:
    yield from (Doubt("text", text) for text in facts.doubts)
    if facts.year is None:
        yield Doubt("text", "没有读到报告年度")
    if not facts.body:
        yield Doubt("text", "标题中没有读到报告主体的名称")
    if seen is None:
        yield Doubt("form", f"看不出是哪一种格式，按{form.notice}的格式读取")
    if missing := [section.title for section in form.sections if section.code not in sections]:
        yield Doubt("text", f"没有找到标题：{'、'.join(missing)}")
    if not any(isinstance(block, Paragraph | Grid) for block in blocks):
        yield Doubt("text", "没有正文")
