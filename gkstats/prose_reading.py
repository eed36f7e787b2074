"""The numbers in a report's prose, each read by meaning as the figures it may speak of.

A number is read by the words of its clause (``prose_terms``): verb and object, with the topic carried from the clause
or heading before, brackets closed at their end; never by its value. A number that may be read in more than one way
(受理: with or without what was carried in) agrees if one way fits. What cannot be read for certain is left untied, with
the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gkstats import prose_terms as terms
from gkstats.prose_terms import Token, tokens
from gkstats.quantities import PERCENT, POINTS, Quantity, quantities, sentences
from gkstats.report import OWN, WHOLE, Report

LEVEL, LAST, CHANGE, GROWTH, RATIO = "level", "last", "change", "growth", "ratio"

COUNTED = frozenset(("件", "份", "条", "起", "宗", "次", "例", "件次", "件（次）", "件(次)", "封", "个", "项"))
"""Units that may count the items of the form: 份 and 条 stand for 件."""
_DECIDED = COUNTED - {"个", "项", "封"}

_FILLER = re.compile(
    r"政府信息公开|总数量|总件数|总共|共计|合计|总计|总数|总量|总额|金额|数量|件数|宗数|达到|全部|全年|本年度|本年|当年|今年|年度|年内|累计|情况|情形"
    r"|案件|决定|结果|处理|申请|事项|一共|分别|仅有|只有|截至|年底|年末|各类|因|共|计|达|为|有|是|了|的|约|至|到|已|均|仅|占|由|被|各|按时|按期|按规定|依法"
    r"|及时|左右|予以|作出|实施|进行|收入|20\d\d年|[\s:：、“”\"，（）]"
)
_CLAUSE_END = re.compile(r"[，；。！？：（(,;:]")
_TAIL_END = re.compile(r"[，。；、：！？（）(),;:\n]")
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_ABOUT = re.compile(r"信息公开|依申请|公开申请|申请公开")
_CLEANED = re.compile(r"清理[^，。；]{0,16}\d|\d[^，。；]{0,16}清理|(?:清理|评估|审查)[^。；]{0,30}(?:其中|保留)")
_ATTRIBUTE = re.compile(
    r"属性|公文|(?:制发|印发|发布)(?:各类|政策|部门|本级|正式)?文件|主动公开[^，。；、]{0,4}\d+[件条份]、"
)
_LAST_YEAR = re.compile(r"(?:较|比|与|由|从|相比)?(20\d\d)年度?(?:同期)?的?")
_AGENCY = re.compile(r"[\u4e00-\u9fff]{0,8}(?:行政机关|机关|单位|部门|办公室|政府|局|委|办|镇|街道|县|区|市|省)")

VERBS = {
    "new": ("received",),
    "got": ("received", "received+carried_in"),
    "accepted": ("received", "received+carried_in", "results.total"),
    "to_handle": ("received+carried_in",),
    "handled": ("results.total", "results.total-carried_in"),
    "answered": ("results.total", "results.total-carried_in", "results.total-results.closed_otherwise"),
}
"""What a verb with 申请 as its object may count. 受理, 收到 may include what was carried in; 办结 may leave it out;
what is closed otherwise may have had no answer."""

_DONE = ("handled", "answered")
_GRANTED = "results.granted+results.granted_in_part"
_BASES = ("results.total", "received", "received+carried_in")


@dataclass(frozen=True)
class Reading:
    """One way to read a number: ``kind`` and the places (``received``, ``review/upheld``, sums a+b-c) it would be;
    a RATIO is ``places`` over ``base``."""

    kind: str
    places: str
    base: str = ""

    @property
    def name(self) -> str:
        """A short name: received, last/received, stats/received_growth."""
        return {LEVEL: "", LAST: "last/", CHANGE: "change/", GROWTH: "growth/", RATIO: "ratio/"}[self.kind] + (
            f"{self.places}:{self.base}" if self.base else self.places
        )


@dataclass(frozen=True)
class ProseFigure:
    """A number of the prose: where it stands (offsets in the section's text as printed), its sentence, how it may be
    read, and if it is not tied, why. ``depth`` counts open brackets, ``opens`` says that it begins a list (其中),
    ``channel`` that it counts what one channel brought, ``zero`` that it is a claim of none without a digit."""

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
    zero: bool = False

    @property
    def kind(self) -> str:
        """What it is read as: LEVEL, LAST, CHANGE, GROWTH, RATIO; "" if it is not read."""
        return self.readings[0].kind if self.readings else ""

    @property
    def text(self) -> str:
        """The number as printed."""
        return self.quantity.text


@dataclass
class _State:
    """What a clause takes over from those before it."""

    year_of_report: int
    topic: str = ""
    here: str = ""
    scope: str = ""
    about: bool = False
    compared: bool = False
    year: str = ""
    readings: tuple[Reading, ...] = ()
    applicants: bool = False
    trail: tuple[str, ...] = ()
    kept: list[tuple[str, tuple[Reading, ...]]] = field(default_factory=list)


def figures_of(section: str, text: str, report: Report) -> list[ProseFigure]:
    """Every number of a section's prose as printed, read but not yet compared with anything."""
    found: list[ProseFigure] = []
    at = 0
    for line in text.split("\n"):
        state = _State(report.year, about=section in ("disputes", "applications"))
        state.topic = terms.APPLICATIONS if section == "applications" else ""
        numbers = quantities(line)
        if numbers:
            words = list(tokens(line))
            for start, end in sentences(line):
                found += _sentence(section, line, at, (start, end), numbers, words, state, report)
        at += len(line) + 1
    return found


def _sentence(section, line, at, span, numbers, words, state, report) -> Iterator[ProseFigure]:
    start, end = span
    state.compared, state.year, state.readings, state.kept, state.applicants = False, "", (), [], False
    if report.body.scope_kind == OWN:
        state.scope = ""
    state.here, state.trail = "", ()
    own = [number for number in numbers if start <= number.start < end]
    inside = [word for word in words if start <= word.start < end]
    quote = line[start:end].strip()
    state.about = state.about or bool(_ABOUT.search(quote))
    before = start
    for position, number in enumerate(own):
        after = own[position + 1].start if position + 1 < len(own) else end
        clause = _Clause(line, before, number, after, inside, start)
        readings, reason, sign = _read(clause, state, report)
        figure = ProseFigure(
            section, number, at + number.start, at + number.end, (at + start, at + end), quote, readings, reason, sign,
            scope=state.scope, depth=len(state.kept), opens=clause.has(terms.PART),
            channel=clause.has(terms.CHANNEL, near=True), clause=clause.near_text,
        )  # fmt: skip
        yield figure
        before = number.end
    for word in inside:
        if word.start >= before:
            _carry(word, state, report, None)


class _Clause:
    """What stands before a number, back to the number before it, and what follows it up to the next mark."""

    def __init__(self, line: str, before: int, number: Quantity, after: int, words: list[Token], first: int):
        self.line, self.number, self.sentence = line, number, first
        self.topic_before = ""
        gap = line[before : number.start]
        open_text = _BRACKETS.sub(lambda match: "□" * len(match[0]), gap)
        self.closes = open_text.count("）") + open_text.count(")")
        self.opens = open_text.count("（") + open_text.count("(")
        marks = list(_CLAUSE_END.finditer(open_text))
        self.start = before + (marks[-1].end() if marks else 0)
        self.words = [
            w for w in words if before <= w.start and w.end <= number.start and open_text[w.start - before] != "□"
        ]
        self.near = [w for w in self.words if w.start >= self.start]
        self.near_text = line[self.start : number.start]
        tail = _TAIL_END.search(line, number.end)
        self.tail_end = min(after, tail.start() if tail else len(line))
        self.tail = [w for w in words if number.end <= w.start < self.tail_end and w.end <= self.tail_end + 1]
        self.open_text = open_text
        self.before = before

    def has(self, kind: str, near: bool = False) -> bool:
        return any(word.kind == kind for word in (self.near if near else self.words))

    def last(self, *kinds: str) -> Token | None:
        """The last word of these kinds in the clause."""
        return next((word for word in reversed(self.near) if word.kind in kinds), None)

    def residue(self, start: int, words: list[Token] = ()) -> str:
        """What the text from ``start`` to the number says beyond known words and fillers."""
        text = list(self.open_text[start - self.before :])
        for word in words:
            if word.start >= start:
                text[word.start - start : word.end - start] = " " * (word.end - word.start)
        return _FILLER.sub("", "".join(text).replace("□", ""))


def _carry(word: Token, state: _State, report: Report, clause: _Clause | None) -> None:
    """What a word leaves behind for the clauses after it."""
    if word.kind == terms.TOPIC:
        joined = {state.topic, word.code} == {terms.REVIEW, terms.SUIT} and clause is not None and _joined(word, clause)
        state.topic = state.here = "disputes" if joined else word.code
    elif word.kind == terms.OTHER:
        state.topic = state.here = "other"
    elif word.kind == terms.RESULT and not (state.here == "other" and word.code == "granted?"):
        state.topic = state.here = terms.APPLICATIONS
    elif word.kind == terms.SCOPE:
        _scope(word, state, report, clause)
    elif word.kind == terms.YEAR:
        state.year = word.code or "year"
    elif word.kind in (terms.COMPARED, terms.LAST_YEAR):
        state.compared = True


def _joined(word: Token, clause: _Clause) -> bool:
    """Whether a topic stands directly beside the one before it: 行政复议、行政诉讼."""
    others = [other for other in clause.words if other.kind == terms.TOPIC and other.end <= word.start]
    return bool(others) and not clause.line[others[-1].end : word.start].strip("和及与或者、以被 ")


def _scope(word: Token, state: _State, report: Report, clause: _Clause | None) -> None:
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
        own = report.body.name
        if not (name.startswith("我") or name in own or own in name or text in own):
            state.scope = f"句中说的是“{text}”"
    elif kind == WHOLE or (kind == OWN and "政府" not in report.body.name and "本级" not in text):
        state.scope = "句中的范围小于本报告"


def _read(clause: _Clause, state: _State, report: Report) -> tuple[tuple[Reading, ...], str, int]:
    """How a number may be read, why not, and the sign of a change."""
    for _ in range(clause.closes):
        if state.kept:
            state.topic, state.readings = state.kept.pop()
    years = [word for word in clause.words if word.kind == terms.YEAR]
    past = _LAST_YEAR.fullmatch(clause.near_text.strip())
    if past and int(past[1]) == report.year - 1 and state.readings and not clause.number.is_share:
        state.compared = True
        readings = tuple(replace(r, kind=LAST) for r in state.readings if r.kind in (LEVEL, LAST))
        return readings, "" if readings else "上年的数，未读出是哪一项", 1
    if years:
        state.year = clause.line[years[-1].start : years[-1].end]
    clause.topic_before = state.here
    for word in clause.words:
        if word.kind != terms.YEAR:
            _carry(word, state, report, clause)
    for _ in range(clause.opens):
        state.kept.append((state.topic, state.readings))
    readings, reason, sign = _meaning(clause, state, report)
    if readings and state.year not in ("", str(report.year)):
        if state.year == str(report.year - 1) and readings[0].kind == LEVEL:
            readings = tuple(replace(reading, kind=LAST) for reading in readings)
        else:
            readings, reason = (), f"说的是{state.year}年"
    moved = clause.last(terms.UP, terms.DOWN)
    if readings and readings[0].kind == LEVEL and clause.has(terms.LAST_YEAR, near=True) and not moved:
        readings = tuple(replace(reading, kind=LAST) for reading in readings)
    if readings and clause.has(terms.PERIOD):
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


def _meaning(clause: _Clause, state: _State, report: Report) -> tuple[tuple[Reading, ...], str, int]:
    nothing = ((), "", 1)
    moved = clause.last(terms.UP, terms.DOWN)
    gap = clause.line[moved.end : clause.number.start].strip() if moved else ""
    if moved and not re.match("[到至为]", gap) and len(_FILLER.sub("", gap)) <= 2:
        if not state.compared and clause.line[moved.end - 1] != "幅":
            return (), "没有写明与何时相比", 1
        return _change(clause, state, 1 if moved.kind == terms.UP else -1)
    last = clause.last(terms.LAST_YEAR)
    if last and not clause.number.is_share and len(_FILLER.sub("", clause.line[last.end : clause.number.start])) <= 2:
        own = [word for word in clause.near if word is not last]
        measure = _level(clause, state, own) if any(w.kind in _SAYS for w in own) else state.readings
        measure = tuple(reading for reading in measure if reading.kind == LEVEL)
        return (
            tuple(replace(reading, kind=LAST) for reading in measure),
            "" if measure else "上年的数，未读出是哪一项",
            1,
        )
    if clause.number.unit == PERCENT:
        return _rate(clause, state)
    if clause.number.unit == POINTS:
        return nothing
    if clause.near_text.endswith(("由", "从")) and any(w.kind in (terms.UP, terms.DOWN) for w in clause.tail):
        state.compared = True
        measure = _level(clause, state, clause.near, loose=True)
        return tuple(replace(r, kind=LAST) for r in measure if r.kind == LEVEL), "", 1
    if moved and re.match("[到至为]", gap) and not any(w.kind in _SAYS for w in clause.near if w is not moved):
        measure = tuple(replace(r, kind=LEVEL) for r in state.readings if r.kind in (LEVEL, LAST))
        return measure, "", 1
    return _level(clause, state, clause.near), "", 1


_SAYS = frozenset(
    (terms.TOPIC, terms.RESULT, terms.CARRIED, terms.VERB, terms.RULING, terms.STOCK, terms.APPLICANT, terms.RATE)
)


def _change(clause: _Clause, state: _State, sign: int) -> tuple[tuple[Reading, ...], str, int]:
    own = [word for word in clause.near if word.kind in _SAYS]
    measure = _level(clause, state, own, loose=True) if own else state.readings
    unit = clause.number.unit
    if unit == PERCENT:
        found = tuple(replace(reading, kind=GROWTH) for reading in measure if reading.kind in (LEVEL, LAST))
    elif unit == POINTS:
        found = tuple(replace(reading, kind=CHANGE) for reading in measure if reading.kind == RATIO)
    else:
        found = tuple(replace(reading, kind=CHANGE) for reading in measure if reading.kind in (LEVEL, LAST))
    return found, "" if found else "与上年相比的数，未读出是哪一项", sign


def _rate(clause: _Clause, state: _State) -> tuple[tuple[Reading, ...], str, int]:
    rate = clause.last(terms.RATE)
    share = clause.last(terms.SHARE)
    if rate and clause.residue(rate.end, clause.near):
        return (), "", 1
    if rate:
        code = clause.line[rate.start : rate.end]
        if not re.search("办结率|公开率|结转率|纠错率|纠正率", code) or re.search(
            "按|及时|限时|依法|主动|信息|政务|全|应", code
        ):
            return (), f"表内没有“{code}”", 1
        if "纠" in code:
            of = {terms.REVIEW: ("review",), terms.SUIT: ("suits",)}.get(state.topic, ("review+suits",))[0]
            over = "+".join(f"{p}/total" for p in of.split("+"))
            corrected = "+".join(f"{p}/corrected" for p in of.split("+"))
            pending = "".join(f"-{p}/pending" for p in of.split("+"))
            return (Reading(RATIO, corrected, over + pending), Reading(RATIO, corrected, over)), "", 1
        if state.topic != terms.APPLICATIONS or state.here not in ("", terms.APPLICATIONS):
            return (), "说的不是政府信息公开申请", 1
        if "公开率" in code and not state.here and not state.about:
            return (), "未读出是哪一项的公开率", 1
        if "办结" in code:
            return tuple(Reading(RATIO, "results.total", base) for base in ("received+carried_in", "received")), "", 1
        if "结转" in code:
            return tuple(Reading(RATIO, "carried_out", base) for base in ("received+carried_in", "received")), "", 1
        return tuple(Reading(RATIO, places, base) for places in (_GRANTED, "results.granted") for base in _BASES), "", 1
    if share and len(_FILLER.sub("", clause.line[share.end : clause.number.start])) <= 4:
        own = [word for word in clause.near if word.end <= share.start and word.kind in _SAYS]
        measure = _level(clause, state, own, loose=True) if own else state.readings
        if not own and re.search("合计|[两二三四]项|[两三]者|以上|上述|共", clause.line[clause.start : share.start]):
            measure = _levels(_GRANTED) if state.trail == tuple(_GRANTED.split("+")) else ()
        found = tuple(r for m in measure if m.kind == LEVEL for r in _shares(m.places))
        return tuple(dict.fromkeys(found)), "" if found else "未读出是哪一项的占比", 1
    return (), "", 1


def _shares(places: str) -> Iterator[Reading]:
    """What a part may be the share of."""
    first = places.split("+")[0]
    row, _, column = first.partition("/")
    if row in terms.DISPUTES or row == "suits":
        if column and column != "total":
            yield Reading(RATIO, places, f"{row}/total")
            yield Reading(RATIO, places, f"{row}/total-{row}/pending")
    elif column and row in ("received", "results.total"):
        for base in _BASES:
            yield Reading(RATIO, places, base)
    elif row.startswith("results.") and row != "results.total":
        for base in _BASES:
            yield Reading(RATIO, places, base)
        if row.count(".") > 1:
            yield Reading(RATIO, places, row.rpartition(".")[0])


def _levels(*places: str) -> tuple[Reading, ...]:
    return tuple(Reading(LEVEL, place) for place in places)


def _level(clause: _Clause, state: _State, words: list[Token], loose: bool = False) -> tuple[Reading, ...]:
    """What a count may be, by the words of its clause."""
    unit = clause.number.unit
    if unit in COUNTED and clause.number.interval.exact and clause.number.interval.low.denominator != 1:
        return ()  # an average
    topic, said = state.topic, bool([w for w in words if w.kind in (terms.TOPIC, terms.OTHER)])
    if clause.tail and not loose and clause.tail[0].start - clause.number.end <= 6:
        head = clause.tail[0]
        if head.kind in (terms.TOPIC, terms.OTHER) and not said:
            topic = head.code if head.kind == terms.TOPIC else "other"
            said = True
    if any(w.kind == terms.EACH for w in words):
        return ()
    results = [w for w in words if w.kind == terms.RESULT]
    others = [w for w in words if w.kind in (terms.TOPIC, terms.OTHER)]
    turned = [w for w in others if results and w.start > results[-1].start and w.code != terms.APPLICATIONS]
    of_applications = results or topic == terms.APPLICATIONS
    if of_applications and not loose and _ATTRIBUTE.search(clause.line, clause.sentence, clause.number.start):
        return ()  # documents by how they may be published, not applications
    if results and (loose or unit in COUNTED) and not turned:
        other = others and others[0].kind == terms.OTHER and others[0].end <= results[0].start
        among = any(places.startswith(("results.", "received")) for places in state.trail)
        if other or (clause.topic_before == "other" and not among):
            return ()  # 提案答复予以公开60件
        if any(w.code == "granted?" for w in results):
            sure = clause.topic_before == terms.APPLICATIONS and len(results) == 1
            return _levels("results.granted", _GRANTED) if sure else ()
        return _result(clause, words, results, loose)
    if topic in (*terms.DISPUTES, "disputes"):
        return _dispute(clause, state, words, topic, said, loose) if loose or unit in COUNTED else ()
    if topic in terms.DOCUMENTS:
        return _document(clause, state, words, topic, loose) if loose or unit in COUNTED else ()
    if topic in terms.DECISIONS:
        return _decision(clause, words, topic, said, loose) if loose or unit in _DECIDED else ()
    if topic == terms.FEES:
        if re.search("减免|免|退|取消|降|减", clause.near_text) and not loose:
            return ()
        return _levels(terms.FEES) if (unit == "万元" or loose) and said and _clean(clause, words, loose) else ()
    if topic == terms.APPLICATIONS:
        return _application(clause, state, words, said, loose) if loose or unit in COUNTED else ()
    return ()


def _clean(clause: _Clause, words: list[Token], loose: bool, allowed: int = 3) -> bool:
    """Whether nothing unknown stands between the last word and the number."""
    if loose or not words:
        return True
    return len(clause.residue(words[-1].end)) <= allowed


def _result(clause: _Clause, words: list[Token], results: list[Token], loose: bool) -> tuple[Reading, ...]:
    if any(w.kind == terms.APPLICANT and w.end <= results[0].start and w.code for w in words) or not _clean(
        clause, results, loose
    ):
        return ()
    codes = dict.fromkeys(w.code for w in results)
    if list(codes) == ["results.granted"] and "部分公开" in clause.line[results[-1].end : clause.number.start]:
        return _levels(_GRANTED, "results.granted")  # 予以公开（含部分公开）4件
    if len(codes) > 1 and "分别" in clause.near_text:
        return ()
    # 因本机关不掌握无法提供: the line says more than its group
    codes = [code for code in codes if not any(other.startswith(f"{code}.") for other in codes)]
    if len(codes) > 1 and len({code.count(".") for code in codes}) > 1:
        codes = codes[-1:]
    return _levels("+".join(codes))


def _dispute(clause, state, words, topic, said, loose) -> tuple[Reading, ...]:
    if not state.about or any(w.kind == terms.VERB and w.code not in ("got", "to_handle") for w in words):
        return ()
    blocks = ("review", "suits") if topic == "disputes" else (topic,)
    ruling = next((w for w in reversed(words) if w.kind == terms.RULING), None)
    if ruling:
        if not ruling.code or not _clean(clause, [ruling], loose):
            return ()
        found = ["+".join(f"{block}/{ruling.code}" for block in blocks)]
        if topic in (terms.DIRECT, terms.AFTER) and not said and not state.kept:
            found.append(f"suits/{ruling.code}")
        return _levels(*found)
    if not said and _FILLER.sub("", clause.near_text) == "其他":
        return _levels("+".join(f"{block}/other" for block in blocks))
    last = [w for w in words if w.kind == terms.TOPIC] or [w for w in clause.tail[:1] if w.code == topic and not words]
    if not last or (words and not _clean(clause, last, loose)):
        return ()
    return _levels("+".join(blocks))


def _document(clause, state, words, topic, loose) -> tuple[Reading, ...]:
    stock = [w for w in words if w.kind == terms.STOCK or (w.kind == terms.VERB and w.code == "new")]
    if not stock and not loose:
        near = _FILLER.sub("", clause.near_text)
        stock = [w for w in clause.tail[:1] if w.kind == terms.STOCK] if not near else []
        if not stock and any(w.kind == terms.TOPIC for w in words):
            stock = [w for w in clause.words if w.kind == terms.STOCK][-1:]
            row, _, column = state.readings[0].places.partition("/") if state.readings else ("", "", "")
            # 废止行政规范性文件227件、规章1件: the verb of the number before
            if not stock and row in terms.DOCUMENTS and row != topic and _clean(clause, words, loose, 0):
                return _levels(f"{topic}/{column}")
    if not loose and _CLEANED.search(clause.line, clause.sentence, clause.number.start):
        return ()  # what a clean-up kept or repealed is part of the year's figures
    if not stock or not _clean(clause, words, loose) or (state.kept and not state.kept[-1][1]):
        return ()  # in brackets behind a number that is none of the form's: (含新制定5件)
    code = {"new": "issued"}.get(stock[-1].code, stock[-1].code)
    return _levels(f"{topic}/{code}") if code else ()


def _decision(clause, words, topic, said, loose) -> tuple[Reading, ...]:
    if not said or any(
        w.kind in (terms.OTHER, terms.CHANNEL, terms.PART) or (w.kind == terms.STOCK and not w.code) for w in words
    ):
        return ()
    if (
        re.search("公开|公示|公布|信息|归集|报送|推送|录入|受理|申请|收到|备案", clause.near_text)
        or len({w.code for w in words if w.kind == terms.TOPIC}) > 1
    ):
        return ()
    if clause.tail and clause.tail[0].kind == terms.OTHER:
        return ()
    return _levels(topic) if _clean(clause, words, loose) else ()


def _application(clause, state, words, said, loose) -> tuple[Reading, ...]:
    carried = [w for w in words if w.kind == terms.CARRIED]
    verbs = [w for w in words if w.kind == terms.VERB]
    if not carried and not loose and not [v for v in verbs if v.code not in _DONE]:
        carried = [w for w in clause.tail[:1] if w.kind == terms.CARRIED]
        if verbs and carried:
            return ()
    if carried:
        said_in = clause.line[carried[-1].start : carried[-1].end]
        code = _carried(said_in, carried[-1].code, state.year_of_report)
        after = [v for v in verbs if v.start > carried[-1].start and v.code in _DONE]
        if not code or after or any(w.kind == terms.APPLICANT for w in words):
            return ()
        near_end = loose or carried[-1].start >= clause.number.end or len(clause.residue(carried[-1].end, words)) <= 3
        return _levels(code) if near_end else ()
    applicants = [w for w in words if w.kind == terms.APPLICANT]
    if not applicants and not said and not loose:
        # 自然人是主要申请主体，新收3440件: the clause before names the applicant
        applicants = [w for w in clause.words if w.kind == terms.APPLICANT]
    if applicants:
        return _applicant(clause, state, applicants, verbs, words, said, loose)
    if state.applicants and _FILLER.sub("", clause.near_text) == "其他":
        return _columns("other", verbs)
    near = _FILLER.sub("", clause.near_text)
    if near == "其他" and any(r.places.startswith("results.closed_otherwise.") for r in state.readings):
        return _levels("results.closed_otherwise.other")
    if (
        near in ("公开", "均公开")
        and not words
        and any(r.places.startswith(("results.", "received")) for r in state.readings)
    ):
        return _levels("results.granted", _GRANTED)
    if any(w.kind == terms.SUBSET for w in words):
        return ()
    if any(w.kind == terms.CHANNEL for w in words) and not any(w.kind == terms.MANY for w in words):
        return ()
    if any(v.code in ("passed_on", "registered") for v in verbs):
        return ()
    if not state.about and any(v.code == "accepted" for v in verbs):
        return ()  # a bureau accepts other applications too
    if (any(w.kind == terms.PART for w in words) or state.kept) and not (verbs and all(v.code in _DONE for v in verbs)):
        return ()
    topics = [w for w in words if w.kind in (terms.TOPIC, terms.OTHER)]
    if topics and topics[-1].kind == terms.OTHER:
        return ()
    ends = [*verbs, *topics]
    if not ends:
        return ()
    last = max(ends, key=lambda word: word.end)
    if not loose:
        inner = clause.residue(verbs[0].start if verbs else topics[0].start, words)
        outer = _AGENCY.sub("", clause.residue(clause.start, words))
        if len(inner) > (6 if said else 2) or len(clause.residue(last.end)) > 3 or len(outer) > (18 if said else 8):
            return ()
    if not verbs:
        # 依申请公开31件: whatever was received, there to handle, handled, or given
        return _levels(*VERBS["accepted"], "results.granted", _GRANTED) if topics else ()
    return _levels(*dict.fromkeys(place for verb in verbs for place in VERBS[verb.code]))


def _carried(words: str, code: str, year: int) -> str:
    """carried_in or carried_out by the year named: in a report on 2022, 结转到2023年 is out, 2021年结转 is in."""
    named = re.search(r"20\d\d", words)
    if not named or not code:
        return code
    due = {"carried_in": {year - 1: "carried_in"}, "carried_out": {year + 1: "carried_out", year: "carried_in"}}
    return due[code].get(int(named[0]), "")


def _applicant(clause, state, applicants, verbs, words, said, loose) -> tuple[Reading, ...]:
    last = applicants[-1]
    if any(w.kind in (terms.SUBSET, terms.OTHER) for w in words):
        return ()
    if not last.code or len({w.code for w in applicants}) > 1 or not _clean(clause, words, loose, 2):
        return ()
    if last.code == "commercial" and not state.applicants and not said:
        return ()
    state.applicants = True
    return _columns(last.code, verbs)


def _columns(code: str, verbs: list[Token]) -> tuple[Reading, ...]:
    if any(verb.code in _DONE for verb in verbs):
        return _levels(f"results.total/{code}")
    return _levels(f"received/{code}", f"received/{code}+carried_in/{code}", f"results.total/{code}")
