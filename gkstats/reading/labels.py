"""The labels of the form, found again in print: with other widths, spaces, line breaks, numbering, misspellings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import NamedTuple

from gkstats.reading.values import half_width

EXACT, PART, NEAR = "exact", "part", "near"
"""How a label was recognised: in full, a part of it, or with a small misspelling."""

_NUMBERING = re.compile(
    r"^(?:\((?:[一二三四五六七八九十]{1,3}|\d{1,2})\)[.、]?|[一二三四五六七八九十]{1,3}[.、,:]|\d{1,2}[.、,:)]?(?=\D)|[①-⑳])"
)
_NOTE = re.compile(r"(?<=.)\([^()]*\)$")
_NEAR_ENOUGH, _CLEAR_OF_NEXT = 0.74, 0.12


def key(text: str) -> str:
    """A text for comparison: letters, Chinese characters and digits only."""
    return re.sub(r"[\W_]+", "", half_width(text))


def tight(text: str) -> str:
    """A text in half width without any white space."""
    return re.sub(r"\s+", "", half_width(text))


@lru_cache(maxsize=20_000)
def bare(text: str) -> str:
    """The key of a label without its number and without a note in brackets after it.

    >>> bare("（二）部分公开（区分处理的，\\n只计这一情形）"), bare("3．其他")
    ('部分公开', '其他')
    """
    words = tight(text)
    return key(_NOTE.sub("", _NUMBERING.sub("", words))) or key(words)


class Match(NamedTuple):
    """A label recognised: its code and how (EXACT, PART, NEAR)."""

    code: str
    how: str


class Labels:
    """A set of labels, each with a code; several labels may share one code. ``others`` are labels that must not be
    mistaken for one of them."""

    def __init__(self, labels: Iterable[tuple[str, str]], others: Iterable[str] = ()):
        labels = list(labels)
        self.codes: dict[str, str] = {bare(label): code for label, code in labels}
        self.others = {bare(label) for label in others} - set(self.codes)
        self.whole = {key(_NUMBERING.sub("", tight(label))): code for label, code in labels}
        self._seen: dict[str, Match | None] = {}
        self._ends: dict[str, Match | None] = {}

    @cached_property
    def longest_first(self) -> list[tuple[str, str]]:
        """The labels as they end a run of text, with and without the form's own note to them."""
        return sorted((self.whole | self.codes).items(), key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Match | None:
        """The label this text is, or None."""
        if len(text) > 400:
            return None
        word = bare(text)
        if word not in self._seen:
            if len(self._seen) > 20_000:
                self._seen.clear()
            self._seen[word] = self._find(word)
        return self._seen[word]

    def _find(self, word: str) -> Match | None:
        if not word or len(word) > 60 or word in self.others:
            return None
        if word in self.codes:
            return Match(self.codes[word], EXACT)
        if len(word) >= 4:
            parts = {code for label, code in self.codes.items() if label.startswith(word)}
            parts |= {code for label, code in self.codes.items() if len(word) >= 5 and label.endswith(word)}
            if len(parts) == 1:
                return Match(parts.pop(), PART)
            return self._near(word)
        return None

    def _near(self, word: str) -> Match | None:
        """The label that differs by a small misspelling, if no other comes close. Of a short one no more than one
        character may differ: 不予公开 is not 予以公开."""
        if len(word) < 6:
            near = {
                code
                for label, code in self.codes.items()
                if len(label) == len(word) and sum(a != b for a, b in zip(label, word, strict=True)) == 1
            }
            return Match(near.pop(), NEAR) if len(near) == 1 else None
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(word)
        scores: dict[str, float] = {}
        for label, code in self.codes.items():
            matcher.set_seq1(label)
            if matcher.real_quick_ratio() < _NEAR_ENOUGH - _CLEAR_OF_NEXT or len(label) < 4:
                continue
            if matcher.quick_ratio() < _NEAR_ENOUGH - _CLEAR_OF_NEXT:
                continue
            scores[code] = max(scores.get(code, 0.0), matcher.ratio())
        ranked = sorted(scores.items(), key=lambda entry: -entry[1])
        if not ranked or ranked[0][1] < _NEAR_ENOUGH:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _CLEAR_OF_NEXT:
            return None
        return Match(ranked[0][0], NEAR)

    def ending(self, words: str) -> Match | None:
        """The label a run of text (a ``key``) ends with, or None."""
        tail = words[-100:]  # no label is as long
        if tail not in self._ends:
            if len(self._ends) > 20_000:
                self._ends.clear()
            self._ends[tail] = self._ending(tail)
        return self._ends[tail]

    def _ending(self, words: str) -> Match | None:
        for label, code in self.longest_first:
            if words.endswith(label):
                return Match(code, EXACT)
        if any(words.endswith(label) for label in self.others):
            return None
        for cut in range(min(len(words), 50), 5, -1):
            tail = words[-cut:]
            parts = {code for label, code in self.codes.items() if label.startswith(tail)}
            if len(parts) == 1:
                return Match(parts.pop(), PART)
            alike = [label for label in self.codes if abs(len(label) - cut) <= 2]
            if any(len(set(label) & set(tail)) > 0.7 * len(set(label)) for label in alike) and (
                found := self._near(tail)
            ):
                return found
        return None

    def inside(self, words: str) -> list[str]:
        """The codes of all labels of four characters and more that a ``key`` contains, in order."""
        places = [(words.find(label), code) for label, code in self.codes.items() if len(label) >= 4]
        return [code for at, code in sorted(places) if at >= 0]
