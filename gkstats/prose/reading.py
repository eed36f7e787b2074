"""The numbers in a report's prose, each read by meaning as the figures it may speak of.

A number is read by the words of its clause (``terms``): verb and object, with the topic carried from the clause
or heading before, brackets closed at their end; never by its value. A number that may be read in more than one way
(受理: with or without what was carried in) agrees if one way fits. What cannot be read for certain is left untied, with
the reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from gkstats.prose import terms
from gkstats.prose.clause import CHANGE, FILLER, GROWTH, LAST, LEVEL, RATIO, SAYS, Clause, Reading, State
from gkstats.prose.measures import level, rate
from gkstats.prose.terms import Token, tokens
from gkstats.quantities import PERCENT, POINTS, Quantity, quantities, sentences
from gkstats.report import OWN, WHOLE, Report

_ABOUT = re.compile(r"信息公开|依申请|公开申请|申请公开")
_ALL_DISPUTES = re.compile(r"各类|复议机[构关]|应诉|(?:受理|收到|办理|审理)(?:各类)?行政(?:复议|诉讼)")
_SINCE = re.compile(r"(?:截至|以来|平台)[^。；]*累计")
_LAST_YEAR = re.compile(r"(?:较|比|与|由|从|相比)?(20\d\d)年度?(?:同期)?的?")


class ProseFigure(NamedTuple):
    """A number of the prose: where it stands (offsets in the section's text as printed), its sentence, how it may be
    read, and if it is not tied, why. ``depth`` counts open brackets, ``opens`` says that it begins a list (其中),
    ``channel`` that it counts what one channel brought, ``zero`` that it is a claim of none without a digit;
    ``clause`` is what stands before it in its clause, ``clause_mark`` the mark before that."""

    section: str
    quantity: Quantity
    start: int
    end: int
    sentence: tuple[int, int]
    quote: str
    readings: tuple[Reading, ...] = ()
    reason: str = ""
    sign: int = 1
    scope: str = ""
    depth: int = 0
    opens: bool = False
    channel: bool = False
    clause: str = ""
    clause_mark: str = ""
    zero: bool = False

    @property
    def kind(self) -> str:
        """What it is read as: LEVEL, LAST, CHANGE, GROWTH, RATIO; "" if it is not read."""
        return self.readings[0].kind if self.readings else ""

    @property
    def text(self) -> str:
        """The number as printed."""
        return self.quantity.text


def figures_of(section: str, text: str, report: Report) -> list[ProseFigure]:
    """Every number of a section's prose as printed, read but not yet compared with anything."""
    found: list[ProseFigure] = []
    at = 0
    for line in text.split("\n"):
        state = State(report.year, about=section in ("disputes", "applications"), disputed=section == "disputes")
        state.topic = terms.APPLICATIONS if section == "applications" else ""
        numbers = quantities(line)
        if numbers:
            words = list(tokens(line))
            for start, end in sentences(line):
                if start < numbers[-1].end:
                    found += _sentence(section, line, at, (start, end), numbers, words, state, report)
        at += len(line) + 1
    return found


def _sentence(
    section: str,
    line: str,
    at: int,
    span: tuple[int, int],
    numbers: list[Quantity],
    words: list[Token],
    state: State,
    report: Report,
) -> Iterator[ProseFigure]:
    """The numbers of one sentence; ``at`` is the offset of its line in the section."""
    start, end = span
    state.begin_sentence()
    if report.body.scope_kind == OWN:
        state.scope = ""
    own = numbers[bisect_left(numbers, start, key=_start) : bisect_left(numbers, end, key=_start)]
    inside = words[bisect_left(words, start, key=_start) : bisect_left(words, end, key=_start)]
    quote = line[start:end].strip()
    about = bool(_ABOUT.search(quote))
    state.about = state.about or about
    state.disputed = about or (state.disputed and not _ALL_DISPUTES.search(quote))
    before = start
    for position, number in enumerate(own):
        after = own[position + 1].start if position + 1 < len(own) else end
        clause = Clause(line, before, number, after, inside, start)
        readings, reason, sign = _read(clause, state, report)
        figure = ProseFigure(
            section, number, at + number.start, at + number.end, (at + start, at + end), quote, readings, reason, sign,
            scope=state.scope, depth=len(state.kept), opens=clause.has(terms.PART),
            channel=clause.has(terms.CHANNEL, near=True), clause=clause.near_text, clause_mark=clause.mark,
        )  # fmt: skip
        yield figure
        before = number.end
        inside = [word for word in inside if word.start >= before]
    for word in inside:
        _carry(word, state, report, None)


def _start(piece: Quantity | Token) -> int:
    return piece.start


def _carry(word: Token, state: State, report: Report, clause: Clause | None) -> None:
    """What a word leaves behind for the clauses after it."""
    if word.kind == terms.TOPIC:
        joined = {state.topic, word.code} == {terms.REVIEW, terms.SUIT} and clause is not None and _joined(word, clause)
        state.topic = state.here = "disputes" if joined else word.code
    elif word.kind == terms.OTHER:
        state.topic = state.here = "other"
    elif word.kind == terms.RESULT and word.code != "granted?":
        state.topic = state.here = terms.APPLICATIONS
    elif word.kind == terms.SCOPE:
        _scope(word, state, report, clause)
    elif word.kind in (terms.COMPARED, terms.LAST_YEAR):
        state.compared = True


def _joined(word: Token, clause: Clause) -> bool:
    """Whether a topic stands directly beside the one before it: 行政复议、行政诉讼."""
    others = [other for other in clause.words if other.kind == terms.TOPIC and other.end <= word.start]
    return bool(others) and not clause.line[others[-1].end : word.start].strip("和及与或者、以被 ")


def _scope(word: Token, state: State, report: Report, clause: Clause | None) -> None:
    kind = report.body.scope_kind
    text = clause.line[word.start : word.end] if clause else ""
    whole = clause is not None and any(w.kind == terms.SCOPE and w.code == terms.WHOLE for w in clause.near)
    if word.code == terms.WHOLE:
        own = kind == WHOLE or (kind == OWN and re.search("全[镇局]|各级", text)) or (kind == OWN and "我" in text)
        state.scope = "" if own else "句中的范围大于本报告"
    elif word.code == terms.PARTS:
        if not (whole and kind == WHOLE):
            state.scope = "句中说的是其中一部分单位"
    elif word.code == "body":
        name = re.sub(r"^.*?(?:我|本)", "我", text)
        named = report.body.name
        if not (name.startswith("我") or name in named or named in name or text in named):
            state.scope = f"句中说的是“{text}”"
    elif kind == WHOLE or (kind == OWN and "政府" not in report.body.name and "本级" not in text):
        state.scope = "句中的范围小于本报告"


def _read(clause: Clause, state: State, report: Report) -> tuple[tuple[Reading, ...], str, int]:
    """How a number may be read, why not, and the sign of a change."""
    for _ in range(clause.closes):
        if state.kept:
            state.topic, state.readings = state.kept.pop()
    named = [word for word in clause.words if word.kind == terms.YEAR]
    years = [word for word in named if clause.line[max(0, word.start - 1) : word.start] not in tuple("比较与同")]
    state.compared = state.compared or len(years) < len(named)
    past = _LAST_YEAR.fullmatch(clause.near_text.strip())
    if past and int(past[1]) == report.year - 1 and state.readings and not clause.number.is_share:
        state.compared = True
        readings = tuple(r._replace(kind=LAST) for r in state.readings if r.kind in (LEVEL, LAST))
        return readings, "" if readings else "上年的数，未读出是哪一项", 1
    if years:
        state.year = clause.line[years[-1].start : years[-1].end]
    clause.topic_before = state.here
    for word in clause.words:
        _carry(word, state, report, clause)
    for _ in range(clause.opens):
        state.kept.append((state.topic, state.readings))
    readings, reason, sign = _meaning(clause, state, report)
    shared = clause.near_text.rfind("分别")
    if shared >= 0 and not any(w.kind in SAYS and w.start > clause.start + shared for w in clause.near):
        readings, reason = (), "几个数分别说几项"  # 复议、诉讼分别下降61.4%、31.9%
    if readings and state.year not in ("", str(report.year)):
        last_year = state.year == str(report.year - 1)
        if last_year and readings[0].kind == LEVEL:
            readings = tuple(reading._replace(kind=LAST) for reading in readings)
        elif not (last_year and state.trail and readings[0].kind in (CHANGE, GROWTH)):
            readings, reason = (), f"说的是{state.year}年"
    moved = clause.last(terms.UP, terms.DOWN)
    if readings and readings[0].kind == LEVEL and clause.has(terms.LAST_YEAR, near=True) and not moved:
        readings = tuple(reading._replace(kind=LAST) for reading in readings)
    if readings and (clause.has(terms.PERIOD) or _SINCE.search(clause.line, clause.sentence, clause.number.start)):
        readings, reason = (), "不是全年的数"
    kind = readings[0].kind if readings else ""
    if kind == LEVEL:
        state.readings = readings
        state.trail = (*state.trail[-1:], readings[0].places)
    elif kind == LAST or (kind == RATIO and clause.number.unit == PERCENT):
        state.readings = readings
    elif not readings and not clause.number.is_share:
        state.readings = ()
    return readings, reason or ("" if readings else "未读出与表内哪个数有关"), sign


def _meaning(clause: Clause, state: State, report: Report) -> tuple[tuple[Reading, ...], str, int]:
    moved = clause.last(terms.UP, terms.DOWN)
    gap = clause.line[moved.end : clause.number.start].strip() if moved else ""
    if moved and not re.match("[到至为]", gap) and len(FILLER.sub("", gap)) <= 2:
        if not state.compared and clause.line[moved.end - 1] != "幅":
            return (), "没有写明与何时相比", 1
        return _change(clause, state, 1 if moved.kind == terms.UP else -1)
    last = clause.last(terms.LAST_YEAR)
    if last and not clause.number.is_share and len(FILLER.sub("", clause.line[last.end : clause.number.start])) <= 2:
        own = [word for word in clause.near if word is not last]
        said = any(w.kind in SAYS for w in own)
        measure = level(clause, state, own, loose=True) if said else state.readings
        measure = tuple(reading for reading in measure if reading.kind == LEVEL)
        return (
            tuple(reading._replace(kind=LAST) for reading in measure),
            "" if measure else "上年的数，未读出是哪一项",
            1,
        )
    if clause.number.unit == PERCENT:
        return rate(clause, state)
    if clause.number.unit == POINTS:
        return (), "", 1
    if clause.near_text.endswith(("由", "从")) and any(w.kind in (terms.UP, terms.DOWN) for w in clause.tail):
        state.compared = True
        measure = level(clause, state, clause.near, loose=True)
        return tuple(r._replace(kind=LAST) for r in measure if r.kind == LEVEL), "", 1
    if moved and re.match("[到至为]", gap) and not any(w.kind in SAYS for w in clause.near if w is not moved):
        measure = tuple(r._replace(kind=LEVEL) for r in state.readings if r.kind in (LEVEL, LAST))
        return measure, "", 1
    return level(clause, state, clause.near), "", 1


def _change(clause: Clause, state: State, sign: int) -> tuple[tuple[Reading, ...], str, int]:
    own = [word for word in clause.near if word.kind in SAYS]
    measure = level(clause, state, own, loose=True) if own else state.readings
    unit = clause.number.unit
    if unit == PERCENT:
        found = tuple(reading._replace(kind=GROWTH) for reading in measure if reading.kind in (LEVEL, LAST))
    elif unit == POINTS:
        found = tuple(reading._replace(kind=CHANGE) for reading in measure if reading.kind == RATIO)
    else:
        found = tuple(reading._replace(kind=CHANGE) for reading in measure if reading.kind in (LEVEL, LAST))
    return found, "" if found else "与上年相比的数，未读出是哪一项", sign
