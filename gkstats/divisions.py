"""Division codes (GB/T 2260, county level and above) and the division a name in a document means.

The table is ``divisions.csv``; its head says where it comes from. It also holds codes given up since 2019, for reports
of earlier years.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_SUFFIX = re.compile(r"(人民)?政府((和|及)?办公[室厅]|[（(]含办公[室厅][）)])?$|行政公署$")


class Division(NamedTuple):
    """One division: ``path`` is its full name from the province down, ``current`` False where it has been given up."""

    code: str
    name: str
    path: str
    current: bool

    @property
    def level(self) -> str:
        """province, prefecture or county: above county level the last digits of a code are zero."""
        return "province" if self.code.endswith("0000") else "prefecture" if self.code.endswith("00") else "county"


class Match(NamedTuple):
    """What a name means: the divisions it may be, and what follows the division in the name (财政局, 某某镇), ""
    where the name is the division's own or its government's."""

    divisions: tuple[Division, ...]
    rest: str


@cache
def divisions() -> dict[str, Division]:
    """Code → division, in the order of codes."""
    lines = Path(__file__).with_name("divisions.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line[:1].isdigit()]
    names = {code: name for code, name, _ in rows}
    above = {code: (code[:2] + "0000", code[:4] + "00") for code in names}
    paths = {code: "".join(names[up] for up in above[code] if up in names and up != code) for code in names}
    return {code: Division(code, name, paths[code] + name, status == "现行") for code, name, status in rows}


@cache
def _by_name() -> dict[str, tuple[Division, ...]]:
    found: dict[str, list[Division]] = {}
    for division in divisions().values():
        found.setdefault(division.name, []).append(division)
    return {name: tuple(same) for name, same in found.items()}


def resolve(name: str) -> Match:
    """The divisions a name can mean, with or without the divisions above it and with or without 人民政府.

    >>> [division.code for division in resolve("重庆市彭水苗族土家族自治县人民政府").divisions]
    ['500243']
    >>> resolve("淮安市洪泽区财政局").rest
    '财政局'
    >>> len(resolve("朝阳区").divisions) > 1
    True
    """
    words = _SUFFIX.sub("", "".join(name.split()))
    best = Match((), words)
    pending: list[tuple[str, tuple[Division, ...]]] = [(words, ())]
    while pending:
        rest, above = pending.pop()
        for length in range(len(rest), 1, -1):
            found = [d for d in _named(rest[:length]) if not above or any(_within(d, up) for up in above)]
            if not found:
                continue
            left = rest[length:]
            if not best.divisions or len(left) < len(best.rest):
                best = Match(tuple(found), left)
            if left:
                pending.append((left, tuple(found)))
    today = {division.path for division in best.divisions if division.current}  # a code may be new, the name old
    return Match(tuple(d for d in best.divisions if d.current or d.path not in today), best.rest)


def _named(words: str) -> tuple[Division, ...]:
    """The divisions of that name; 彭水县 and 彭水自治县 are 彭水苗族土家族自治县."""
    if (found := _by_name().get(words)) is not None:
        return found
    short = re.fullmatch(r"(.{2,6}?)(?:自治)?([县州旗])", words)
    if not short:
        return ()
    return tuple(
        division
        for name, same in _by_name().items()
        if name.startswith(short[1]) and name.endswith("自治" + short[2])
        for division in same
    )


def _within(division: Division, up: Division) -> bool:
    digits = {"province": 2, "prefecture": 4}.get(up.level, 6)
    return division.code != up.code and division.code.startswith(up.code[:digits])
