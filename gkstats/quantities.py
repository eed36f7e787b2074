"""Numbers with a unit in Chinese text: the interval each stands for, its unit, and where it stands.

A number in prose is rarely exact: 3万余, 近百, 96.5%. Each becomes the interval of the values it may stand for, and two
numbers contradict each other only if their intervals do not meet (the rule of XBRL Calculations 1.1). Dates, document
numbers, articles, ordinals, telephones, set phrases and whatever is quoted are no quantities; ``ignored`` says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

Exact = int | Fraction
"""Whole numbers stay int, which is quicker; neither rounds."""

PERCENT, POINTS = "%", "个百分点"

_UNITS = (
    "个百分点", "百分点", "元", "人次", "件次", "条次", "场次", "篇次", "户次", "万字", "件（次）", "件(次)",
    "%", "％", *"件条次份期场篇个项家人名部宗起例封册批类种处块页幅张套则户台座所位本轮字",
)  # fmt: skip
_EXACT_UNITS = "件条次份期场篇宗起例封"
"""Units that a single Chinese numeral may count; 一个, 一批, 一家 are figures of speech."""

LONGEST = 20
"""Characters of a numeral; what is longer counts nothing, and the longest cannot be computed with."""

LONGEST_SENTENCE = 3_000
"""Characters of a sentence; each of its numbers is read with all the others."""

_DIGITS = r"(?:(?<![\d.])\d{1,3}(?:[,，]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_HAN = "〇零一二两三四五六七八九十百千"
_NUMERAL = rf"(?P<digits>{_DIGITS})|(?P<han>[{_HAN}]+(?:万[{_HAN}]*)?|[数几上](?=[十百千]))"
_QUANTITY = re.compile(
    rf"(?=[将接不大约超逾突近百{_HAN}数几上\d\s])(?P<before>将近|接近|不足|不到|大约|约为|约|超过|超|逾|突破|近)?\s{{0,9}}"
    rf"(?P<percent>百分之)?(?:{_NUMERAL})\s*(?P<times>[十百千]?[万亿]|[十百千])?\s*(?P<more>余|多|几)?"
    rf"(?P<times_more>[万亿])?\s*"
    rf"(?P<unit>{'|'.join(map(re.escape, _UNITS))})?(?P<after>左右|上下|以上|以内)?"
)
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")

_IGNORED = (
    ("引号、书名号之内", r"“[^“”\n]{1,60}”|《[^《》\n]{1,80}》|「[^「」\n]{1,60}」|\"[^\"\n]{1,40}\""),
    ("文号", r"[\u4e00-\u9fff]{0,12}[〔\[【（(]\s*(?:19|20)\d\d\s*[〕\]】）)]\s*(?:第)?\d+\s*号|第?\d+号"),
    ("日期", r"(?:19|20)\d\d\s*年(?:度)?(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?"
             r"|\d{1,2}\s*月(?:份|\s*\d{1,2}\s*[日号])?"
             r"|(?:19|20)\d\d(?:[-./]\d{1,2}){1,2}|[一二三四]季度|[〇零一二三四五六七八九]{4}年"),
    ("版本", r"（\d{4}年?版）|\d{4}年?版|[Vv]\d+(?:\.\d+)+"),
    ("时长", rf"(?:[{_HAN}]+|\d+)\s*个?\s*(?:工作日|自然日|小时|分钟|天|日内|周|月|年)"),
    ("条款号", rf"第\s*(?:[{_HAN}]+|\d+)\s*[条款项章节号](?:第?[（(][{_HAN}\d]+[）)]项?)*"),
    ("序号", rf"第\s*(?:[{_HAN}]+|\d+)\s*[次批届期类个位名部家期场轮]|[（(](?:[{_HAN}]+|\d+)[）)](?![件条次份个])"
             r"|(?:^|(?<=[。；：\n]))\s*\d{1,2}\s*[.、．](?!\d)|[一二三四五六七八九十](?=是|要|方面)"),
    ("电话、热线", r"(?<!\d)(?:0\d{2,3}[-—－― ]?\d{7,8}|1[3-9]\d{9}|\d{7,8}(?=[，。；）)])"
                 r"|12345|12348|12315|12388)(?!\d)"),
    ("固定说法",
     r"三审三校|三安全一稳定|三公|[两二三四五六七八九]类(?:内部事务|过程性)|五公开|六稳六保|两微一端|一[网窗站章]通办|一网统管"
     r"|最多跑一次|跑一次|只跑一次|一件事|一次性|一次办|一次告知|一次申报|一条龙|一事一|一对一|一体化|十四五|二十大|[一二三四五六七]中全会"
     r"|[无每逐][一百千]?[件条次份期场篇]|(?:未|没有|无|没)(?:发生|出现|收到|产生|有)?一[件条次例起宗]|每[年季月周半度]+[一二两三四]次|零[距差]|一[期批]工程|四个意识|四个自信|两个维护"
     r"|第[一二三]方|三农|双一流|[一二三]级(?!以上)|\d+\s*[×xX*]\s*\d+|7\s*[×xX*]\s*24"),
)  # fmt: skip
_IGNORE = re.compile(
    "|".join(f"(?P<i{number}>{pattern})" for number, (_, pattern) in enumerate(_IGNORED))
    # bounded, or a run of digits would be read to its end from each of them
    .replace(r"\d+", r"\d{1,12}").replace(f"[{_HAN}]+", f"[{_HAN}]{{1,12}}")
)  # fmt: skip
_TORN = re.compile(r"[\d０-９.．]\s+$")  # 1 0件: torn apart in a PDF, not to be trusted
_NUMBER = re.compile(rf"[\d{_HAN}]")
_BREAK = re.compile(r"[。！？!?\n]")


class Interval(NamedTuple):
    """The values a number may stand for, from ``low`` to ``high`` (None: no upper end), ``high`` itself left out
    where ``open``."""

    low: Exact
    high: Exact | None
    open: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is one value."""
        return self.low == self.high

    def meets(self, other: Interval) -> bool:
        """Whether some value lies in both."""
        return self._reaches(other) and other._reaches(self)

    def _reaches(self, other: Interval) -> bool:
        if self.high is None:
            return True
        return self.high > other.low or (self.high == other.low and not self.open)

    def __add__(self, other: Interval) -> Interval:  # type: ignore[override]  # sums, where tuples would be joined
        high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(self.low + other.low, high, self.open or other.open)


class Quantity(NamedTuple):
    """A number with its unit: offsets in the text, the words, the interval of its values in that unit (per cent for
    %), and the smallest step it was written in."""

    start: int
    end: int
    text: str
    interval: Interval
    unit: str

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage or percentage points."""
        return self.unit in (PERCENT, POINTS)


class Ignored(NamedTuple):
    """A number that is no quantity, and why."""

    start: int
    end: int
    text: str
    reason: str


class _Parts(NamedTuple):
    """The groups of _QUANTITY, "" where one is missing."""

    before: str
    percent: str
    digits: str
    han: str
    times: str
    more: str
    times_more: str
    unit: str
    after: str


def exactly(value: Exact) -> Interval:
    """The interval of one value."""
    return Interval(value, value)


def around(value: Exact, step: Exact) -> Interval:
    """The values that are printed as ``value`` when rounded or cut at ``step``, the step's full width both ways."""
    return Interval(value - step, value + step)


def ignored(text: str) -> tuple[Ignored, ...]:
    """Every number that is no quantity, with the reason."""
    return tuple(
        Ignored(match.start(), match.end(), match[0], _IGNORED[int(str(match.lastgroup)[1:])][0])
        for match in _IGNORE.finditer(text)
        if _NUMBER.search(match[0])
    )


def quantities(text: str) -> list[Quantity]:
    """Every number with a unit, in the order of the text.

    >>> [(q.text, q.unit) for q in quantities("2023年公开3万余条，办结率96.5%，咨询12345热线")]
    [('3万余条', '条'), ('96.5%', '%')]
    """
    matches = [match for match in _QUANTITY.finditer(text.translate(_WIDE)) if match["unit"] or match["percent"]]
    if not matches:
        return []
    closed = {at for one in ignored(text) for at in range(one.start, one.end)}
    found = (_quantity(match, text) for match in matches if closed.isdisjoint(range(*match.span())))
    return [quantity for quantity in found if quantity is not None]


def _quantity(match: re.Match, text: str) -> Quantity | None:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    parts = _Parts(*match.groups(""))
    if len(parts.digits or parts.han) > LONGEST or _TORN.search(text, max(0, match.start() - 4), start):
        return None
    value = _value(parts)
    return Quantity(start, match.end(), text[start : match.end()], *value) if value else None


@lru_cache(maxsize=4096)  # most counts are small and most shares have one decimal: they recur
def _value(parts: _Parts) -> tuple[Interval, str] | None:
    """The values a number may stand for, and their unit; None where it is none."""
    unit = PERCENT if parts.percent else {"％": PERCENT, "百分点": POINTS}.get(parts.unit, parts.unit)
    if unit == "元":
        unit = re.sub("[十百千]", "", parts.times_more or parts.times)[-1:] + unit
    figure_of_speech = len(parts.han) == 1 and unit not in tuple(_EXACT_UNITS)  # 一个, 一批
    if figure_of_speech and not (parts.times or parts.percent or parts.before or parts.more):
        return None
    bounds = _bounds(parts, unit)
    return (bounds, unit) if bounds else None


def _bounds(parts: _Parts, unit: str) -> Interval | None:
    digits = parts.digits
    value: Exact
    step: Exact
    written: Exact = 1  # the last digit written
    if digits and "." in digits:
        plain = re.sub("[,，]", "", digits)
        value = Fraction(plain)
        step = written = Fraction(1, 10 ** len(plain.partition(".")[2]))
    elif parts.han in tuple("数几上"):
        return _vague(parts)
    else:
        whole = int(re.sub("[,，]", "", digits)) if digits else _han_value(parts.han)
        if whole is None:
            return None
        value, step = whole, _place(whole)
    factor = _times(parts.times) * _times(parts.times_more)
    if unit in ("万元", "亿元"):
        factor //= _times(unit[0])
    value, step, written = value * factor, step * factor, written * factor
    before, after = parts.before, parts.after
    if parts.more == "几" and not digits:
        step = step if step > 10 else 10
    if parts.more or before in ("超过", "超", "逾", "突破"):
        return Interval(value, value + step, True)
    if before in ("近", "将近", "接近", "不足", "不到"):
        return Interval(Fraction(value * 4, 5), value)
    if before in ("约", "大约", "约为") or after in ("左右", "上下"):
        return around(value, max(Fraction(step, 2), Fraction(value, 20)))
    if after == "以上":
        return Interval(value, None)
    if after == "以内":
        return Interval(0, value)
    if unit in (PERCENT, POINTS) or factor >= 10000 or unit in ("万元", "亿元"):
        return around(value, written)
    return exactly(value)


def _place(value: int) -> int:
    """The place of the last digit of a whole number that is not zero: 8000 → 1000, 320 → 10."""
    place = 1
    while value and value % (place * 10) == 0:
        place *= 10
    return place


def _times(words: str) -> int:
    factor = 1
    for word in words:
        factor *= {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}[word]
    return factor


def _vague(parts: _Parts) -> Interval | None:
    """数十, 几百, 上千: from one or two of the place named to ten of it."""
    factor = _times(parts.times)
    low = 1 if parts.han == "上" else 2
    return Interval(low * factor, 10 * factor, True) if factor > 1 else None


@cache
def _han_value(words: str) -> int | None:
    """A Chinese numeral: 四十八 → 48, 一千二百零四 → 1204, 三万 → 30000; None where it is none."""
    high, _, low = words.partition("万") if "万" in words else ("", "", words)
    if high:
        above, below = _han_value(high), _han_value(low) if low else 0
        return None if above is None or below is None else above * 10000 + below
    figures = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
    if not any(unit in words for unit in "十百千"):
        return int("".join(str(figures[character]) for character in words))
    total, figure = 0, None
    for character in words:
        if character in figures:
            figure = figures[character]
        else:
            total += (1 if figure is None else figure) * _times(character)
            figure = 0
    return total + (figure or 0)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence, its closing mark included; one longer than any sentence is, in pieces."""
    start = 0
    for end in [*(match.end() for match in _BREAK.finditer(text)), len(text)]:
        while end - start > LONGEST_SENTENCE:
            most = start + LONGEST_SENTENCE
            cut = max(text.rfind(mark, start, most) for mark in "；，、") + 1 or most
            yield start, cut
            start = cut
        if text[start:end].strip():
            yield start, end
        start = end
