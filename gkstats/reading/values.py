"""The text of a cell, read as what it means: a figure, blank, a dash, or unreadable. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from gkstats.report import Figure
from gkstats.schema import AMOUNT, CHANGE, COUNT

NUMBER, BLANK, DASH, UNREADABLE = "number", "blank", "dash", "unreadable"

NO_UNIT = "原文没有写明单位，按万元读，请核对"

MAX_CELL = 200
"""Characters of a cell that can still be a figure with a note."""

# Only the full-width twins of ASCII are folded: NFKC would also turn ² and ① into figures.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ", 0xA0: " ", 0x2007: " ", 0x2009: " ", 0x202F: " ", 0x2212: "-", 0x2010: "-", 0x2011: "-",
    **{
        code: unicodedata.normalize("NFKC", chr(code))  # what PDF fonts call 行 or 一 is often a radical
        for first, last in ((0x2E80, 0x2FE0), (0xF900, 0xFB00))
        for code in range(first, last)
        if unicodedata.normalize("NFKC", chr(code)) != chr(code)
    },
    **dict(zip(map(ord, "⻓⻔⻅⻋⻚⻛⻢⻦⻬⻩⻄⻆⻝⻥⻘⻙⻜"), "长门见车页风马鸟齐黄西角食鱼青韦飞", strict=True)),
    **dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD, 0x200E, 0x200F), None),
}  # fmt: skip

_DASHES = re.compile(r"[-/\\—–―─━－ー_]{1,8}|无")
_UNCHANGED = re.compile(r"持平|(?:无|没有)(?:变化|增减)|不变")
_PLAIN = r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,8})?"
_UNITS = "件次|人次|份数|件|项|条|个|份|次|宗|起|户|部|家"
_MONEY = {"亿元": Decimal(10000), "万元": Decimal(1), "万": Decimal(1), "元": Decimal("0.0001")}
_WORDS = {"减少": -1, "减": -1, "下降": -1, "↓": -1, "增加": 1, "增": 1, "上升": 1, "↑": 1, "": 1}
_NUMBER = re.compile(
    rf"(?P<yuan>[¥￥])?(?P<word>减少|减|下降|↓|增加|增|上升|↑)?(?P<sign>[+-]?)(?P<digits>{_PLAIN})"
    rf"(?P<unit>{'|'.join(_MONEY)}|{_UNITS})?(?P<note>[*※]|\(.*\D.*\))?",
    re.DOTALL,
)
_TORN = re.compile(r"\d[\d,.]*(?:\s+[\d,.]+)+")


class Value(NamedTuple):
    """What a cell says: its state, the figure if it is a number, and what had to be done to it (empty if
    nothing): converted from another unit, or put together from torn digits."""

    state: str
    figure: Figure = None
    remark: str = ""
    torn: bool = False


def half_width(text: str) -> str:
    """Text with the full-width twins of ASCII folded and invisible characters taken out."""
    return text.translate(HALF_WIDTH)


def read_value(text: str, kind: str = COUNT, unit: str = "") -> Value:
    """What the text of a cell of this kind (COUNT, CHANGE, AMOUNT) says; ``unit`` is what the head of an AMOUNT
    column states. An AMOUNT is given in 万元, with a remark that asks for a look where no unit is stated anywhere.

    >>> read_value("１，２０４件").figure, read_value("22（其中修订16件）").figure, read_value("减4", CHANGE).figure
    (1204, 22, -4)
    >>> read_value("/").state, read_value("\xa0").state, read_value("三").state
    ('dash', 'blank', 'unreadable')
    """
    words = half_width(text).strip()
    if not words:
        return Value(BLANK)
    if len(words) > MAX_CELL:
        return Value(UNREADABLE)
    tight = re.sub(r"\s+", "", words)
    if _DASHES.fullmatch(tight):
        return Value(DASH)
    if kind == CHANGE and _UNCHANGED.fullmatch(tight):
        return Value(NUMBER, 0, f"“{tight}”读作0")
    match = _NUMBER.fullmatch(tight)
    if not match:
        return Value(UNREADABLE)
    digits = match["digits"].replace(",", "")
    if re.match(r"0\d", digits):  # "01" may be two cells run together
        return Value(UNREADABLE)
    torn = bool(_TORN.search(words.partition("(")[0]))
    figure = Decimal(digits)
    if kind == AMOUNT:
        return _amount(match, figure, unit, torn)
    if (
        match["yuan"]
        or match["unit"] in _MONEY
        or figure != int(figure)
        or (kind == COUNT and (match["word"] or match["sign"] == "-"))
    ):
        return Value(UNREADABLE)
    number = int(figure) * _WORDS[match["word"] or ""]
    if match["sign"] == "-":
        if match["word"]:  # 减-4: which of the two is meant?
            return Value(UNREADABLE)
        number = -number
    return Value(NUMBER, number, "数字中间有空格" if torn else "", torn)


def _amount(match: re.Match[str], figure: Decimal, unit: str, torn: bool) -> Value:
    stated = match["unit"] or ("元" if match["yuan"] else unit or "万元")
    if match["word"] or match["sign"] == "-" or stated not in _MONEY:
        return Value(UNREADABLE)
    if _MONEY[stated] == 1:
        unstated = "" if match["unit"] or unit or not figure else NO_UNIT
        return Value(NUMBER, figure, "数字中间有空格" if torn else unstated, torn)
    plain = Decimal(f"{(figure * _MONEY[stated]).normalize():f}")
    if plain != round(plain, 8):
        return Value(UNREADABLE)
    return Value(NUMBER, plain, f"单位为{stated}，折合{plain:f}万元", torn)


def looks_like_figure(text: str) -> bool:
    """Whether a loose piece of text can only be the content of a figure cell."""
    if len(text) > MAX_CELL:
        return False
    words = re.sub(r"\s+", "", half_width(text))
    return bool(words) and (bool(_DASHES.fullmatch(words)) or bool(_NUMBER.fullmatch(words)))
