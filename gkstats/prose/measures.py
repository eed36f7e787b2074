"""What figures of the form a count or a rate may be, by the words of its clause."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gkstats.prose import terms
from gkstats.prose.clause import COUNTED, FILLER, GRANTED, LEVEL, RATIO, SAYS, Clause, Reading, State, levels
from gkstats.prose.terms import Token

_DECIDED = COUNTED - {"个", "项", "封"}
_CLEANED = re.compile(r"清理[^，。；]{0,16}\d|\d[^，。；]{0,16}清理|(?:清理|评估|审查)[^。；]{0,30}(?:其中|保留)")
_ATTRIBUTE = re.compile(
    r"属性|公文|(?:制发|印发|发布)(?:各类|政策|部门|本级|正式)?文件|主动公开[^，。；、]{0,4}\d+[件条份]、"
)
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
_BASES = ("results.total", "received", "received+carried_in")


def level(clause: Clause, state: State, words: list[Token], loose: bool = False) -> tuple[Reading, ...]:
    """What a count may be, by the words of its clause. ``loose``: the words are those of a share or a change, so that
    unit and distance to the number do not matter."""
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
            return levels("results.granted", GRANTED) if sure else ()
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
        return levels(terms.FEES) if (unit == "万元" or loose) and said and _clean(clause, words, loose) else ()
    if topic == terms.APPLICATIONS:
        return _application(clause, state, words, said, loose) if loose or unit in COUNTED else ()
    return ()


def _clean(clause: Clause, words: list[Token], loose: bool, allowed: int = 3) -> bool:
    """Whether nothing unknown stands between the last word and the number."""
    if loose or not words:
        return True
    return len(clause.residue(words[-1].end)) <= allowed


def _result(clause: Clause, words: list[Token], results: list[Token], loose: bool) -> tuple[Reading, ...]:
    """A count of results: one line or group, or the sum of those joined."""
    if any(w.kind == terms.APPLICANT and w.end <= results[0].start and w.code for w in words) or not _clean(
        clause, results, loose
    ):
        return ()
    codes = list(dict.fromkeys(w.code for w in results))
    if codes == ["results.granted"] and "部分公开" in clause.line[results[-1].end : clause.number.start]:
        return levels(GRANTED, "results.granted")  # 予以公开（含部分公开）4件
    # 因本机关不掌握无法提供: the line says more than its group
    codes = [code for code in codes if not any(other.startswith(f"{code}.") for other in codes)]
    if len(codes) > 1 and len({code.count(".") for code in codes}) > 1:
        codes = codes[-1:]
    return levels("+".join(codes))


def _application(clause: Clause, state: State, words: list[Token], said: bool, loose: bool) -> tuple[Reading, ...]:
    """A count of applications: carried over, by applicant, or by the verb (VERBS)."""
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
        return levels(code) if near_end else ()
    applicants = [w for w in words if w.kind == terms.APPLICANT]
    if not applicants and not said and not loose and verbs:
        # 自然人是主要申请主体，新收3440件: the clause before names the applicant
        applicants = [w for w in clause.words if w.kind == terms.APPLICANT]
    if applicants:
        return _applicant(clause, state, applicants, verbs, words, said, loose)
    if state.applicants and FILLER.sub("", clause.near_text) == "其他":
        return _columns("other", verbs)
    near = FILLER.sub("", clause.near_text)
    if near == "其他" and any(r.places.startswith("results.closed_otherwise.") for r in state.readings):
        return levels("results.closed_otherwise.other")
    if (
        near in ("公开", "均公开")
        and not words
        and any(r.places.startswith(("results.", "received")) for r in state.readings)
    ):
        return levels("results.granted", GRANTED)
    if any(w.kind == terms.SUBSET for w in words):
        return ()
    if any(w.kind == terms.CHANNEL for w in words) and not any(w.kind == terms.MANY for w in words):
        return ()
    if any(v.code in ("passed_on", "registered") for v in verbs):
        return ()
    if any(v.code == "accepted" for v in verbs) and (not state.about or (not said and "received" in state.trail)):
        return ()  # a bureau accepts other applications too; of 48 received, 45 accepted
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
        if (
            len(inner) > (6 if said else 0)
            or len(clause.residue(last.end)) > (3 if verbs else 0)
            or len(outer) > (18 if said else 8)
        ):
            return ()
    if not verbs:
        # 依申请公开31件: whatever was received, there to handle, handled, or given
        return levels(*VERBS["accepted"], "results.granted", GRANTED) if topics else ()
    return levels(*dict.fromkeys(place for verb in verbs for place in VERBS[verb.code]))


def _carried(words: str, code: str, year: int) -> str:
    """carried_in or carried_out by the year named: in a report on 2022, 结转到2023年 is out, 2021年结转 is in."""
    named = re.search(r"20\d\d", words)
    if not named or not code:
        return code
    due = {"carried_in": {year - 1: "carried_in"}, "carried_out": {year + 1: "carried_out", year: "carried_in"}}
    return due[code].get(int(named[0]), "")


def _applicant(
    clause: Clause,
    state: State,
    applicants: list[Token],
    verbs: list[Token],
    words: list[Token],
    said: bool,
    loose: bool,
) -> tuple[Reading, ...]:
    """A count of applications by one kind of applicant."""
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
    """The column of an applicant in the rows a count without a verb may stand in."""
    if any(verb.code in _DONE for verb in verbs):
        return levels(f"results.total/{code}")
    return levels(f"received/{code}", f"received/{code}+carried_in/{code}", f"results.total/{code}")


def _document(clause: Clause, state: State, words: list[Token], topic: str, loose: bool) -> tuple[Reading, ...]:
    """A count of 规范性文件 or 规章: issued, repealed or in force by the verb, carried from the number before."""
    stock = [w for w in words if w.kind == terms.STOCK or (w.kind == terms.VERB and w.code == "new")]
    if not stock and not loose:
        near = FILLER.sub("", clause.near_text)
        stock = [w for w in clause.tail[:1] if w.kind == terms.STOCK] if not near else []
        if not stock and any(w.kind == terms.TOPIC for w in words):
            stock = [w for w in clause.words if w.kind == terms.STOCK][-1:]
            row, _, column = state.readings[0].places.partition("/") if state.readings else ("", "", "")
            # 废止行政规范性文件227件、规章1件: the verb of the number before
            if not stock and row in terms.DOCUMENTS and row != topic and _clean(clause, words, loose, 0):
                return levels(f"{topic}/{column}")
    if not loose and _CLEANED.search(clause.line, clause.sentence, clause.number.start):
        return ()  # what a clean-up kept or repealed is part of the year's figures
    if not stock or not _clean(clause, words, loose) or (state.kept and not state.kept[-1][1]):
        return ()  # in brackets behind a number that is none of the form's: (含新制定5件)
    code = {"new": "issued"}.get(stock[-1].code, stock[-1].code)
    return levels(f"{topic}/{code}") if code else ()


def _decision(clause: Clause, words: list[Token], topic: str, said: bool, loose: bool) -> tuple[Reading, ...]:
    """A count of decisions; what was published, accepted or is a case is something else."""
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
    return levels(topic) if _clean(clause, words, loose) else ()


def _dispute(
    clause: Clause, state: State, words: list[Token], topic: str, said: bool, loose: bool
) -> tuple[Reading, ...]:
    """A count of 行政复议, 行政诉讼 or both, by ruling or in all."""
    state.excluded = state.excluded and clause.start == clause.before
    other = [w for w in words if w.kind == terms.CARRIED or (w.kind == terms.VERB and w.code != "got")]
    if not state.disputed or state.excluded or other:
        state.excluded = state.excluded or bool(other)
        return ()
    blocks = ("review", "suits") if topic == "disputes" else (topic,)
    ruling = next((w for w in reversed(words) if w.kind == terms.RULING), None)
    if ruling:
        if not ruling.code or not _clean(clause, [ruling], loose):
            state.excluded = not ruling.code
            return ()
        found = ["+".join(f"{block}/{ruling.code}" for block in blocks)]
        if topic in (terms.DIRECT, terms.AFTER) and not said and not state.kept:
            found.append(f"suits/{ruling.code}")
        return levels(*found)
    if not said and FILLER.sub("", clause.near_text) == "其他":
        return levels("+".join(f"{block}/other" for block in blocks))
    last = [w for w in words if w.kind == terms.TOPIC] or [w for w in clause.tail[:1] if w.code == topic and not words]
    if not last or (words and not _clean(clause, last, loose)):
        return ()
    return levels("+".join(blocks))


def rate(clause: Clause, state: State) -> tuple[tuple[Reading, ...], str, int]:
    """What a percentage may be, or why it is not read; the third value is a sign, always 1."""
    named = clause.last(terms.RATE)
    share = clause.last(terms.SHARE)
    if named and clause.residue(named.end, clause.near):
        return (), "", 1
    if named:
        code = clause.line[named.start : named.end]
        if not re.search("办结率|公开率|结转率|纠错率|纠正率", code) or re.search(
            "按|及时|限时|依法|主动|信息|政务|全|应", code
        ):
            return (), f"表内没有“{code}”", 1
        if "纠" in code and not state.disputed:
            return (), "说的不一定是政府信息公开的复议、诉讼", 1
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
        return tuple(Reading(RATIO, places, base) for places in (GRANTED, "results.granted") for base in _BASES), "", 1
    if share and len(FILLER.sub("", clause.line[share.end : clause.number.start])) <= 4:
        own = [word for word in clause.near if word.end <= share.start and word.kind in SAYS]
        measure = level(clause, state, own, loose=True) if own else state.readings
        if not own and re.search("合计|[两二三四]项|[两三]者|以上|上述|共", clause.line[clause.start : share.start]):
            measure = levels(GRANTED) if state.trail == tuple(GRANTED.split("+")) else ()
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
