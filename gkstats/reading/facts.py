"""What a document says outside its tables: sections, body, year, period, scope, cited notice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from gkstats.forms import FORMS
from gkstats.reading.document import Block, Grid, Paragraph
from gkstats.reading.labels import bare, key, tight
from gkstats.reading.values import looks_like_figure
from gkstats.report import PREAMBLE
from gkstats.schema import Form

_ORDINALS = "一二三四五六七八九十"
_HEADING = re.compile(
    rf"^(?:第?(?P<ordinal>[{_ORDINALS}]|[1-6])(?:部分)?(?:[、.:,，]|\s))?(?P<title>.{{3,60}})$", re.DOTALL
)
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR = r"(?P<year>20\d\d|[二][〇○零][一二三四五六七八九〇○零]{2})年?度?"
_NAMED = "信息公开(?:工作)?(?:年度)?(?:工作)?(?:年度)?(?:报告|年报)"
_TITLE = re.compile(rf"{_YEAR}(?:年度)?(?:政府|政务)?{_NAMED}")
_REPORT = re.compile(rf"(?:政府|政务){_NAMED}")
_DAY = r"(\d{4})年(\d{1,2})月(\d{1,2})日"
_PERIOD = re.compile(rf"{_DAY}(?:起|开始)?(?:至|到|-|—|~|－)+(?:{_DAY}|(\d{{1,2}})月(\d{{1,2}})日)")
_NOTICE = re.compile(r"国办(?:公开办)?函?〔?\[?\(?20\d\d[〕\])]?\d{1,4}号|国办公开办函[〔\[(]20\d\d[〕\])]\d{1,4}号")
_AREAS = "县市区州省"
_WHOLE = re.compile(rf"(?:综合|汇总|包括|涵盖|反映)?全(?P<area>[{_AREAS}])(?:各级|20\d\d|行政机关|各|政府信息公开)")
_WITH_OFFICE = re.compile(rf"(?P<area>[{_AREAS}])(?:人民)?政府\(含办公室\)")


@dataclass(frozen=True)
class Facts:
    """What the text says; empty or None where it does not."""

    body: str = ""
    year: int | None = None
    scope: str = ""
    notice: str = ""
    period: str = ""
    doubts: tuple[str, ...] = ()


def sections_of(blocks: Sequence[Block], form: Form) -> dict[str, int]:
    """Section code → number of the block that is its heading. A heading met twice (contents) counts where the
    section really stands: at its last place before the next section."""
    found: dict[str, list[int]] = {section.code: [] for section in form.sections}
    titles = [(section.code, section.title[0], bare(section.title)) for section in form.sections]
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph) and (code := _section(block.text, titles)):
            found[code].append(number)
    placed: dict[str, int] = {}
    limit = len(blocks)
    for section in reversed(form.sections):
        before = [number for number in found[section.code] if number < limit]
        if before:
            placed[section.code] = limit = before[-1]
    return dict(sorted(placed.items(), key=lambda entry: entry[1]))


def _section(text: str, titles: list[tuple[str, str, str]]) -> str:
    words = re.sub(r"^[#*\s>_]+|[*\s_:：]+$", "", tight(text))
    if not 4 <= len(words) <= 64 or "。" in words or "|" in words:
        return ""
    match = _HEADING.match(words)
    if not match:
        return ""
    ordinal = match["ordinal"] or ""
    ordinal = _ORDINALS[int(ordinal) - 1] if ordinal.isdigit() else ordinal
    title = key(match["title"])
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(title)
    for code, number, label in titles:
        if ordinal and ordinal != number:
            continue
        matcher.set_seq1(label)
        if matcher.quick_ratio() >= 0.5 and matcher.ratio() >= (0.55 if ordinal else 0.85):
            return code
    return ""


def prose_of(blocks: Sequence[Block], sections: dict[str, int]) -> dict[str, str]:
    """Section code → its paragraphs, one a line; what stands in tables is left out."""
    starts = [*sections.items(), ("", len(blocks))]
    bounds = [(PREAMBLE, -1, starts[0][1] if sections else 0)]
    bounds += [(code, at, starts[number + 1][1]) for number, (code, at) in enumerate(starts[:-1])]
    prose = {}
    for code, first, last in bounds:
        lines = [block.text.strip() for block in blocks[first + 1 : last] if isinstance(block, Paragraph)]
        lines = [line for line in lines if line and _is_prose(line)]
        if code == PREAMBLE:
            lines = _after_title(lines)
        if lines:
            prose[code] = "\n".join(" ".join(line.split()) for line in lines)
    return prose


def _is_prose(line: str) -> bool:
    """Whether a loose line is text rather than a cell of a table printed line by line."""
    if looks_like_figure(line) or re.fullmatch(r"[-—–－]\s*\d+\s*[-—–－]", line):
        return False
    marks = r"[。；！？]|^[（(]?[一二三四五六七八九十][)）、]"
    return len(line) > 36 or bool(re.search(marks, line))


def _after_title(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines[:40]):
        if _REPORT.search(tight(line)) and len(line) < 60 and "。" not in line:
            return lines[number + 1 :]
    return lines


def facts_of(blocks: Sequence[Block], sections: dict[str, int]) -> Facts:
    """The facts the text states, with a doubt for what it states twice and differently."""
    first = min(sections.values(), default=min(len(blocks), 60))
    head = [tight(block.text) for block in blocks[:first] if isinstance(block, Paragraph)]
    body, year = _title(head)
    whole = "".join(tight(block.text) + "\n" for block in blocks if isinstance(block, Paragraph))
    doubts = []
    period, stated = "", _PERIOD.search(whole.replace("\n", ""))
    if stated:
        a, b, c, d, e, f, g, h = stated.groups()
        period = f"{a}-{int(b):02}-{int(c):02}/{d or a}-{int(e or g):02}-{int(f or h):02}"
        if year is None:
            year = int(a)
        elif int(a) != year:
            doubts.append(f"标题的年度是{year}，统计期限从{a}年起")
    notice = ""
    for cited in _NOTICE.findall(whole.replace("\n", "")):
        notice = re.sub(r"[\[(](20\d\d)[\])]", r"〔\1〕", cited)
        break
    if not notice and "报告格式" in whole:
        titles = [form for form in FORMS.values() if tight(form.title) in whole]
        notice = titles[-1].title if titles else ""
    return Facts(body, year, _scope(head, whole), notice, period, tuple(doubts))


def _title(head: list[str]) -> tuple[str, int | None]:
    """(body, year) of the title, which may stand on up to three lines."""
    best: tuple[str, int | None] = ("", None)
    for number in range(len(head)):
        for size in (1, 2, 3):
            lines = head[number : number + size]
            if len(lines) < size or any(len(line) > 60 or "。" in line for line in lines):
                continue
            words = re.sub(r"[#*《》“”_<>]", "", "".join(lines))
            match = _TITLE.search(words)
            if not match or len(words) > 90:
                continue
            name = re.sub(r"(?:关于)?(?:公布|发布)?$|^关于|[-—|:：（(]+$", "", words[: match.start()])
            name = re.split(r"[|>:：_]", name)[-1]
            found = (name if re.search(r"[\u4e00-\u9fff]{2}", name) else "", _year(match["year"]))
            if found[0]:
                return found
            if best[1] is None:
                best = found
    return best


def _year(text: str) -> int:
    return int(text.translate(_DIGITS).replace("二", "2"))


def _scope(head: list[str], whole: str) -> str:
    """One of report.SCOPES that the preamble states, or empty."""
    words = "".join(line for line in head if len(line) > 20) or whole[:600]
    if match := _WHOLE.search(words):
        return f"全{match['area']}汇总"
    if match := _WITH_OFFICE.search(words):
        return f"{match['area']}政府（含办公室）"
    return ""


def is_annual_report(blocks: Sequence[Block]) -> bool:
    """Whether anything in the text says that this is such a report."""
    words = "".join(tight(block.text) for block in blocks if isinstance(block, Paragraph))
    words += "".join(tight(s.text) for b in blocks if isinstance(b, Grid) for row in b.rows for s in row[:3] if s)
    return bool(_REPORT.search(words))
