"""The documents kept in data/reading, made by tools/build_reading_corpus.py from published figures and our own
sentences. What they hold is known from params/, or from the seed in their name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from documents import NAME, random_report

from gkstats.forms import FORM_2019
from gkstats.params import load
from gkstats.report import Report

FOLDER = Path(__file__).parent / "data" / "reading"
PARAMS = Path(__file__).parents[1] / "params"


def report_in(name: str) -> Report:
    """The report of a file name such as 500243-pengshui_2023_word.docx, or form2019_7_word.docx (seed 7)."""
    id, number, _ = name.split("_", 2)
    made = random_report(int(number) if id == "form2019" else 0, FORM_2019)
    if id == "form2019":
        return made
    report = load(id, int(number), PARAMS)
    prose = {code: text.replace(str(made.year), number) for code, text in made.prose.items()}
    return replace(report, body=replace(report.body, name=NAME), prose=prose, source={}, explanations=())


def documents() -> Iterator[tuple[str, bytes, Report]]:
    """(name, content, the report it was made from) of every document."""
    for path in sorted(FOLDER.iterdir()):
        yield path.name, path.read_bytes(), report_in(path.name)
