"""What the numbers of one sentence must satisfy among themselves, whatever the tables say: a list and its total, what
came in and what went out, a change and the two numbers it is the change of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

from gkstats.prose.clause import CHANGE, COUNTED, GROWTH, LAST, LEVEL
from gkstats.prose.figures import AGREES, CONTRADICTS, NOT_TIED, Tied, compared, shown
from gkstats.prose.reading import ProseFigure
from gkstats.quantities import PERCENT, Exact, Interval, exactly
from gkstats.report import Report

OVER, UNDER, BALANCE, GROWN = "over", "under", "balance", "growth"

_COMPLETE = re.compile(r"分别为|分别是|分别来自|分为|包括|具体为")
_OWN_VERB = re.compile(
    r"发布|公开|制作|开展|召开|举办|组织|回应|收到|办理|答复|更新|编发|编制|推送|上传|受理|处理|解读|维护|报送|刊登|采用|转载|参加|征集|回复"
)
_MAY_OVERLAP = re.compile(r"新增|新建|修改|修订|删除|删减|调整|更新|优化|完善")
_OPEN = re.compile(r"等|主要")
_ENDS = re.compile(r"[；。\n]")
_WHOLE = ("received", "carried_in", "results.total", "carried_out", "received+carried_in")


class Broken(NamedTuple):
    """An identity that a sentence breaks: which, the numbers it is of (the total or the result last), in words."""

    kind: str
    figures: tuple[Tied, ...]
    message: str
    found: str
    expected: str


def broken(found: Sequence[Tied]) -> Iterator[Broken]:
    """Every identity broken by the numbers of one report's prose. A sentence of which a number already contradicts its
    table is left alone: one cause is reported once."""
    for own, previous in _sentences(found):
        lists = [one for total, parts in _lists(own, previous) for one in _list(total, parts)]
        for one in (*lists, *_balance(own), *_growth(own)):
            if not any(t.status == CONTRADICTS for t in one.figures) and not all(t.placed for t in one.figures):
                yield one


def prose_figures(report: Report, previous: Report | None = None) -> list[Tied]:
    """Every number of a report's prose with its status (``figures.compared``). A total that no table has agrees if the
    numbers listed after it add up to it: 3万余条 is met by 12752条, 10834条 and 8000余条."""
    found = compared(report, previous)
    met: dict[int, Tied] = {}
    for own, before in _sentences(found):
        for total, parts in _lists(own, before):
            added = _sum([part.values for part in parts])
            if len(parts) > 1 and total.status == NOT_TIED and added.meets(total.values):
                words = f"其后列举的{' + '.join(part.text for part in parts)} = {_worded(added)}"
                met[id(total)] = total._replace(status=AGREES, tie=words, reason="")
    return [met.get(id(tied), tied) for tied in found]


def _sentences(found: Sequence[Tied]) -> Iterator[tuple[list[Tied], list[Tied]]]:
    """The numbers of each sentence, and those of the one before it."""
    numbers = [tied for tied in found if not tied.zero]
    previous: list[Tied] = []
    for _, group in groupby(numbers, key=lambda tied: (tied.section, tied.figure.sentence)):
        own = list(group)
        yield own, previous
        previous = own


def _is_count(figure: ProseFigure) -> bool:
    return not figure.quantity.is_share and figure.kind not in (CHANGE, GROWTH, LAST)


def _same_unit(a: Tied, b: Tied) -> bool:
    return a.unit == b.unit or (
        a.unit in COUNTED and b.unit in COUNTED and {a.unit, b.unit} <= {"件", "份", "条", "起", "宗"}
    )


def _lists(own: list[Tied], previous: list[Tied]) -> Iterator[tuple[Tied, list[Tied]]]:
    """Every total with the numbers listed after it."""
    for position, first in enumerate(own):
        if not first.figure.opens or not _is_count(first.figure) or _carries(first):
            continue
        before = [tied for tied in own[:position] if _is_count(tied.figure) and _same_unit(tied, first)]
        before = [tied for tied in before if tied.figure.depth <= first.figure.depth]
        if not before and position == 0 and previous and previous[-1].figure.sentence[1] == first.figure.sentence[0]:
            before = [tied for tied in previous if _is_count(tied.figure) and _same_unit(tied, first)]
            before = before if len(before) == 1 else []
        if before:
            yield before[-1], _parts(own, position)


def _carries(tied: Tied) -> bool:
    return any(reading.places in _WHOLE for reading in tied.figure.readings)


def _parts(own: list[Tied], position: int) -> list[Tied]:
    """The numbers of the list that begins at ``position``: to the end of its bracket, or of its part of the sentence,
    what is bracketed or listed below one of them left out."""
    first = own[position]
    parts = [first]
    verb = _OWN_VERB.search(first.figure.clause)
    for tied in own[position + 1 :]:
        figure = tied.figure
        again = _OWN_VERB.search(figure.clause)
        if again and not figure.readings and not (verb and verb[0] == again[0]):
            break  # 其中动态300条、公告200条，发布解读20条: the last is no part
        if _ENDS.search(figure.quote, parts[-1].end - figure.sentence[0], tied.start - figure.sentence[0]):
            break
        if figure.depth < first.figure.depth or (figure.opens and figure.depth == first.figure.depth):
            break
        if figure.depth > first.figure.depth or not _is_count(figure) or not _same_unit(tied, first):
            continue
        if _carries(tied):
            break
        parts.append(tied)
    return parts


def _dimension(tied: Tied) -> str:
    """What a part divides its total by; parts are only added to parts of the same kind."""
    if not tied.figure.readings:
        return ""
    places = tied.figure.readings[0].places
    row, _, column = places.partition("/")
    if places.startswith("results."):
        return "result"
    if row == "received" and column:
        return "applicant"
    if row in ("suit_direct", "suit_after_review") and not column:
        return "suits"
    if row in ("review", "suits", "suit_direct", "suit_after_review"):
        return f"{row} ruling" if column else "dispute"
    return "none"


def _list(total: Tied, parts: list[Tied]) -> Iterator[Broken]:
    by: dict[str, list[Tied]] = {}
    for part in parts:
        by.setdefault(_dimension(part), []).append(part)
    for dimension, group in by.items():
        overlaps = any(part.figure.channel or _MAY_OVERLAP.search(part.figure.clause) for part in group)
        if dimension == "none" or (not dimension and (len(by) > 1 or overlaps)):
            continue
        if dimension == "result":
            codes = {part.figure.readings[0].places for part in group}
            group = [p for p in group if p.figure.readings[0].places.rpartition(".")[0] not in codes]
        added = _sum([part.values for part in group])
        words = " + ".join(part.text for part in group)
        value = _worded(added)
        if _complete_before_its_end(group, total):
            continue
        if len(group) > 1 or dimension:
            if total.values.high is not None and added.low > total.values.high:
                message = f"列举的{words} = {value}，大于总数{total.text}"
                yield Broken(OVER, (*group, total), message, value, total.text)
            elif (
                dimension
                and len(group) > 1
                and _claims_all(total, group)
                and added.high is not None
                and added.high < total.values.low
            ):
                message = f"列举的{words} = {value}，小于总数{total.text}；如为不完全列举，属正常"
                yield Broken(UNDER, (*group, total), message, value, total.text)


def _complete_before_its_end(group: list[Tied], total: Tied) -> bool:
    """Whether the list is full before a comma, what follows being no part of it: 其中动态300条、公告200条，解读9条."""
    added = exactly(0)
    for part, after in pairwise(group):
        added = added + part.values
        if added == total.values and after.figure.clause_mark == "，":
            return True
    return False


def _claims_all(total: Tied, group: list[Tied]) -> bool:
    quote, at = group[0].figure.quote, group[0].figure.sentence[0]
    between = quote[max(0, total.end - at) : group[0].start - at]
    return bool(_COMPLETE.search(between)) and not _OPEN.search(quote[max(0, total.end - at) : group[-1].end - at + 2])


def _sum(intervals: Sequence[Interval]) -> Interval:
    added = exactly(0)
    for interval in intervals:
        added = added + interval
    return added


def _worded(interval: Interval) -> str:
    if interval.exact:
        return shown(interval.low)
    return (
        f"{shown(interval.low)}至{shown(interval.high)}" if interval.high is not None else f"{shown(interval.low)}以上"
    )


def _balance(own: list[Tied]) -> Iterator[Broken]:
    said: dict[str, list[Tied]] = {}
    for tied in own:
        figure = tied.figure
        if figure.kind == LEVEL:
            said.setdefault(figure.readings[0].places, []).append(tied)
    names = ("received", "carried_in", "results.total", "carried_out")
    if any(len(said.get(name, ())) != 1 for name in names):
        return
    received, carried_in, handled, carried_out = (said[name][0] for name in names)
    out = handled.values + carried_out.values
    ways = [received.values + carried_in.values]
    if any(reading.places == "received+carried_in" for reading in received.figure.readings):
        ways.append(received.values)
    if not any(way.meets(out) for way in ways):
        message = (
            f"收到{received.text} + 上年结转{carried_in.text} = {_worded(ways[0])}，"
            f"办结{handled.text} + 结转下年{carried_out.text} = {_worded(out)}，两边应相等"
        )
        yield Broken(BALANCE, (received, carried_in, handled, carried_out), message, _worded(ways[0]), _worded(out))


def _growth(own: list[Tied]) -> Iterator[Broken]:
    for position, tied in enumerate(own):
        if tied.figure.kind not in (CHANGE, GROWTH):
            continue
        places = {reading.places for reading in tied.figure.readings}
        before = own[:position]
        this = [t for t in before if t.figure.kind == LEVEL and places & {r.places for r in t.figure.readings}]
        last = [t for t in before if t.figure.kind == LAST and places & {r.places for r in t.figure.readings}]
        if len(this) != 1 or len(last) != 1 or not (this[0].values.exact and last[0].values.exact):
            continue
        now, then = this[0].values.low, last[0].values.low
        is_growth = tied.unit == PERCENT
        if is_growth and not then:
            continue
        value: Exact = Fraction(now - then) / then * 100 if is_growth else now - then
        if not tied.values.meets(exactly(value * tied.figure.sign)):
            size = f"{shown(max(value, -value), tied.unit)}{'' if is_growth else tied.unit}"
            due = f"{'增加' if value > 0 else '减少'}{size}" if value else "持平"
            message = (
                f"本年{this[0].text}、上年{last[0].text}，应为{due}，句中写作“{tied.figure.clause.strip()}{tied.text}”"
            )
            yield Broken(GROWN, (this[0], last[0], tied), message, tied.text, due)
