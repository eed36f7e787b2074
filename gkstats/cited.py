"""What a report's text cites: periods and the numbers of notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_DAY = r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_PERIOD = re.compile(
    rf"{_DAY}\s*(?:起|开始)?[，,]?\s*(?:至|到|[-—~－–])+\s*(?:{_DAY}|(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*日)"
)
_NOTICE = re.compile(r"国办(?:公开办)?函?\s*[〔\[(（【﹝［](20\d\d)[〕\])）】﹞］]\s*(\d{1,4})\s*号")


class Period(NamedTuple):
    """From one day to another, both as 2023-01-01, and where it stands in the text."""

    first: str
    last: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands."""
        return self.start, self.end


class Notice(NamedTuple):
    """A notice by its number as the form writes it, 国办公开办函〔2021〕30号, and where it stands in the text."""

    number: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands."""
        return self.start, self.end


def periods(text: str) -> Iterator[Period]:
    """Every period in a text. A last day without a year is of the year of the first."""
    for match in _PERIOD.finditer(text):
        a, b, c, d, e, f, g, h = match.groups()
        yield Period(
            f"{int(a)}-{int(b):02}-{int(c):02}", f"{int(d or a)}-{int(e or g):02}-{int(f or h):02}", *match.span()
        )


def notices(text: str) -> Iterator[Notice]:
    """Every notice of the State Council's General Office that a text cites, its brackets as 〔〕."""
    for match in _NOTICE.finditer(text):
        prefix = match[0][: match.start(1) - match.start() - 1].rstrip()
        yield Notice(f"{prefix}〔{match[1]}〕{match[2]}号", *match.span())
