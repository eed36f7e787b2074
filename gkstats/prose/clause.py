"""What a number is read by: the words of its clause, what it takes over from the clauses before, and the readings that
come of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from gkstats.prose import terms
from gkstats.prose.terms import Token
from gkstats.quantities import Quantity

LEVEL, LAST, CHANGE, GROWTH, RATIO = "level", "last", "change", "growth", "ratio"
COUNTED = frozenset(("件", "份", "条", "起", "宗", "次", "例", "件次", "件（次）", "件(次)", "封", "个", "项"))
"""Units that may count the items of the form: 份 and 条 stand for 件."""
FILLER = re.compile(
    r"政府信息公开|总数量|总件数|总共|共计|合计|总计|总数|总量|总额|金额|数量|件数|宗数|量|数|达到|全部|全年|本年度|本年|当年|今年|年度|年内|累计|情况|情形"
    r"|案件|决定|结果|处理|申请|事项|一共|分别|仅有|只有|截至|年底|年末|各类|因|共|计|达|为|有|是|了|的|约|至|到|已|均|仅|占|由|被|各|按时|按期|按规定|依法"
    r"|及时|左右|予以|作出|实施|进行|收入|20\d\d年|[\s:：、“”\"，（）]"
)
_LAST_MARK = re.compile(r"(?s:.*)([，；。！？：（(,;:])")
_TAIL_END = re.compile(r"[，。；、：！？（）(),;:\n]")
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
GRANTED = "results.granted+results.granted_in_part"
SAYS = frozenset(
    (terms.TOPIC, terms.RESULT, terms.CARRIED, terms.VERB, terms.RULING, terms.STOCK, terms.APPLICANT, terms.RATE)
)


class Reading(NamedTuple):
    """One way to read a number: ``kind`` and the places (``received``, ``review/upheld``, sums a+b-c) it would be;
    a RATIO is ``places`` over ``base``."""

    kind: str
    places: str
    base: str = ""

    @property
    def name(self) -> str:
        """A short name: received, last/received, growth/received, ratio/results.total:received."""
        kind = "" if self.kind == LEVEL else f"{self.kind}/"
        return kind + (f"{self.places}:{self.base}" if self.base else self.places)


@cache
def levels(*places: str) -> tuple[Reading, ...]:
    """The readings as a figure of this year, one for each of the places."""
    return tuple(Reading(LEVEL, place) for place in places)


@dataclass
class State:
    """What a clause takes over from those before it."""

    year_of_report: int
    topic: str = ""  # what the last noun was about, carried to the end of the paragraph
    scope: str = ""  # why the sentence does not speak of the whole report
    about: bool = False  # whether the paragraph speaks of 政府信息公开 at all
    disputed: bool = False  # whether its 行政复议 and 行政诉讼 are those about 政府信息公开
    here: str = ""  # the topic as set within this sentence
    compared: bool = False
    year: str = ""
    readings: tuple[Reading, ...] = ()  # of the number before
    trail: tuple[str, ...] = ()  # places of the last two counts
    applicants: bool = False
    excluded: bool = False  # whether the list that is going on counts something else: 新发生复议7件、诉讼5件
    kept: list[tuple[str, tuple[Reading, ...]]] = field(default_factory=list)  # topic and readings outside brackets

    def begin_sentence(self) -> None:
        """Forgets what does not reach beyond a sentence."""
        self.here, self.year, self.compared, self.applicants, self.excluded = "", "", False, False, False
        self.readings, self.trail, self.kept = (), (), []


class Clause:
    """What stands before a number, back to the number before it, and what follows it up to the next mark."""

    def __init__(self, line: str, before: int, number: Quantity, after: int, words: list[Token], first: int):
        """``words`` are those from ``before`` on, ``first`` is where the sentence begins."""
        self.line, self.number, self.sentence = line, number, first
        self.topic_before = ""
        gap = line[before : number.start]
        open_text = _BRACKETS.sub(lambda match: "□" * len(match[0]), gap)
        self.closes = open_text.count("）") + open_text.count(")")
        self.opens = open_text.count("（") + open_text.count("(")
        mark = _LAST_MARK.match(open_text)
        self.start = before + (mark.end() if mark else 0)
        self.words = [w for w in words if w.end <= number.start and open_text[w.start - before] != "□"]
        self.near = [w for w in self.words if w.start >= self.start]
        if line[self.start : number.start].rstrip().endswith("、"):
            self.near = []  # 5件维持、2件纠正: the word belongs to the number before
        self.kinds, self.near_kinds = [w.kind for w in self.words], [w.kind for w in self.near]
        self.near_text = line[self.start : number.start]
        self.mark = mark[1] if mark else ""
        tail = _TAIL_END.search(line, number.end)
        self.tail_end = min(after, tail.start() if tail else len(line))
        self.tail = [w for w in words if number.end <= w.start < self.tail_end and w.end <= self.tail_end + 1]
        self.open_text = open_text
        self.before = before

    def has(self, kind: str, near: bool = False) -> bool:
        """Whether there is a word of this kind since the number before, or only in the clause."""
        return kind in (self.near_kinds if near else self.kinds)

    def last(self, *kinds: str) -> Token | None:
        """The last word of these kinds in the clause."""
        for word in reversed(self.near):
            if word.kind in kinds:
                return word
        return None

    def residue(self, start: int, words: Sequence[Token] = ()) -> str:
        """What the text from ``start`` to the number says beyond known words and fillers."""
        text = list(self.open_text[start - self.before :])
        for word in words:
            if word.start >= start:
                text[word.start - start : word.end - start] = " " * (word.end - word.start)
        return FILLER.sub("", "".join(text).replace("□", ""))
