"""How well the numbers in prose are found, tied to figures and checked, on the labelled sentences of tests/data/prose.

    python benchmarks/prose.py [--errors]

Prints precision and recall of the development and of the held-out sentences, and the time a report's prose takes.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from gkstats.forms import form_for
from gkstats.params import load
from gkstats.quantities import quantities
from gkstats.report import Body, Report
from gkstats.schema import Cell

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data" / "prose"
SETS = ("development", "heldout")

_MARK = re.compile(r"\{([^{}=!]*)([=!]?)([^{}]*)\}")


@dataclass(frozen=True)
class Label:
    """A number as labelled: where it stands, the names of the readings that are right, whether it contradicts them."""

    start: int
    end: int
    text: str
    names: tuple[str, ...]
    contradicts: bool


@dataclass(frozen=True)
class Sentence:
    """A labelled paragraph: whose report, which section, the plain text, its labels and the identities it breaks."""

    context: str
    section: str
    text: str
    labels: tuple[Label, ...]
    breaks: tuple[str, ...]


def labelled(name: str) -> list[Sentence]:
    """The labelled paragraphs of a file."""
    found, context, section = [], "", ""
    for line in (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if head := re.fullmatch(r"\[(\w+) (\w+)\]", line):
            context, section = head.groups()
            continue
        marked, _, breaks = line.partition(" # ")
        text, labels, at = "", [], 0
        for mark in _MARK.finditer(marked):
            text += marked[at : mark.start()]
            names = tuple(filter(None, mark[3].split("|")))
            labels.append(Label(len(text), len(text) + len(mark[1]), mark[1], names, mark[2] == "!"))
            text += mark[1]
            at = mark.end()
        text = (text + marked[at:]).rstrip()
        found.append(Sentence(context, section, text, tuple(labels), tuple(breaks.split())))
    return found


def contexts() -> dict[str, tuple[Report, Report | None]]:
    """Name → the report the sentences speak of, and last year's where there is one."""
    given = yaml.safe_load((DATA / "contexts.yaml").read_text(encoding="utf-8"))
    return {name: (_report(entry), _loaded(entry.get("previous"))) for name, entry in given.items()}


def _loaded(place: str | None) -> Report | None:
    if place is None:
        return None
    body, year = place.split("/")
    return load(body, int(year), ROOT / "params")


def _report(entry) -> Report:
    if "params" in entry:
        return _loaded(entry["params"])
    form = form_for(entry["year"])
    figures = dict.fromkeys(form.cells, 0)
    for place, row in entry["figures"].items():
        table, code = place.split("/")
        figures |= {
            Cell(table, code, column): figure for column, figure in zip(form.table[table].column, row, strict=True)
        }
    name, level, scope = entry["body"]
    return Report(Body("321300", name, level, scope), entry["year"], form, figures, id="321300-x")


def with_prose(report: Report, section: str, text: str) -> Report:
    """The report with nothing but this prose."""
    from dataclasses import replace

    return replace(report, prose={section: text.replace("{", "{{").replace("}", "}}")})


def measure(sentences: list[Sentence], show: bool = False) -> dict[str, tuple[int, int, int]]:
    """What → (right, wrong, missed): numbers found, ties to figures, sentences called contradictory."""
    from gkstats.checks import FAIL, Case, examine
    from gkstats.prose import prose_figures

    reports = contexts()
    counts = {"numbers": [0, 0, 0], "ties": [0, 0, 0], "alarms": [0, 0, 0]}
    for sentence in sentences:
        report, previous = reports[sentence.context]
        report = with_prose(report, sentence.section, sentence.text)
        found = prose_figures(report, previous)
        problems = []
        matched = set()
        for tied in found:
            label = next((one for one in sentence.labels if one.start < tied.end and tied.start < one.end), None)
            if not tied.zero:
                counts["numbers"][0 if label else 1] += 1
                problems += [] if label else [f"no number: {tied.text}"]
            if tied.reading is not None:
                right = label is not None and any(_same(tied, name) for name in label.names)
                counts["ties"][0 if right else 1] += 1
                if right:
                    matched.add(label)
                else:
                    problems.append(f"wrong tie: {tied.text} → {[one.name for one in tied.figure.readings]}")
        for label in sentence.labels:
            seen = any(label.start < tied.end and tied.start < label.end for tied in found)
            if not seen and quantities(label.text):
                counts["numbers"][2] += 1
                problems.append(f"missed number: {label.text}")
            if label.names and label not in matched:
                counts["ties"][2] += 1
                problems.append(f"missed tie: {label.text} = {label.names}")
        alarms = [f for f in examine([Case(report, previous)]).findings if f.rule.startswith("N.") and f.status == FAIL]
        expected = bool(sentence.breaks) or any(label.contradicts for label in sentence.labels)
        if alarms or expected:
            counts["alarms"][0 if alarms and expected else 1 if alarms else 2] += 1
            if bool(alarms) != expected:
                problems.append(f"{'FALSE ALARM' if alarms else 'no alarm'}: {[a.message for a in alarms]}")
        if show and problems:
            print(f"[{sentence.context}] {sentence.text}\n    " + "\n    ".join(problems))
    return {what: tuple(values) for what, values in counts.items()}


def planted(sentences: list[Sentence]) -> tuple[int, int]:
    """How many wrong numbers are noticed, of how many: each plain count that is tied to a figure, alone in its place
    made ten larger."""
    from gkstats.checks import FAIL, Case, examine

    reports = contexts()
    noticed = tried = 0
    for sentence in sentences:
        if sentence.breaks or any(label.contradicts for label in sentence.labels):
            continue
        report, previous = reports[sentence.context]
        for label in sentence.labels:
            count = re.fullmatch(r"(\d+)([件条份])", label.text)
            if count and label.names:
                wrong = f"{int(count[1]) + 10}{count[2]}"
                text = sentence.text[: label.start] + wrong + sentence.text[label.end :]
                found = examine([Case(with_prose(report, sentence.section, text), previous)]).findings
                noticed += any(f.rule.startswith("N.") and f.status == FAIL for f in found)
                tried += 1
    return noticed, tried


def _same(tied, name: str) -> bool:
    """Whether a number was read as what its label says; of several readings that fit, one is enough."""
    return any(_named(reading, name) for reading in tied.figure.readings)


def _named(reading, name: str) -> bool:
    name = {"to_handle": "received+carried_in"}.get(name, name)
    kind, places, base = reading.kind, reading.places, reading.base
    if name.startswith("stats/"):
        stat = name.removeprefix("stats/")
        if kind == "ratio":
            return stat in _RATIOS.get(places, ()) or stat == f"{places.removeprefix('results.')}_share"
        if kind == "change" and base:
            return stat in [f"{own}_change" for own in _RATIOS.get(places, ())]
        own = _LEVELS.get(places, places.removeprefix("results."))
        return stat == {"change": f"{own}_change", "growth": f"{own}_growth"}.get(kind, own)
    rest = name.removeprefix("last/")
    return (kind == "last") == ("last/" in name) and kind in ("last", "level") and places == rest


_RATIOS = {
    "results.total": ("handling_rate",),
    "carried_out": ("carry_over_rate",),
    "results.granted+results.granted_in_part": ("disclosure_rate",),
    "review/corrected": ("review_correction_rate",),
    "suits/corrected": ("suit_correction_rate",),
    "received/natural_person": ("natural_person_share",),
}
_LEVELS = {
    "review": "reviews",
    "review+suits": "disputes",
    "normative_documents/issued": "normative_issued",
    "penalties": "penalty_decisions",
    "licensing": "licensing_decisions",
    "coercive_measures": "coercive_decisions",
    "fees_10k_yuan": "fees",
    "results.total": "handled",
}


def per_report(repeat: int = 50) -> float:
    """Seconds of the processor that the prose of one sample report takes."""
    from gkstats.prose import prose_figures

    report = load("321300", 2024, ROOT / "params")
    previous = load("321300", 2023, ROOT / "params")
    start = time.process_time()
    for _ in range(repeat):
        prose_figures(report, previous)
    return (time.process_time() - start) / repeat


def main() -> None:
    for name in SETS:
        sentences = labelled(name)
        print(f"{name}: {len(sentences)} paragraphs, {sum(len(one.labels) for one in sentences)} labels")
        for what, (right, wrong, missed) in measure(
            sentences, "--errors" in sys.argv and name == "development"
        ).items():
            print(
                f"  {what:8} precision {right / max(1, right + wrong):6.1%}"
                f"  recall {right / max(1, right + missed):6.1%}  ({right} right, {wrong} wrong, {missed} missed)"
            )
        noticed, tried = planted(sentences)
        print(f"  planted  {noticed} of {tried} wrong counts noticed ({noticed / tried:.1%})")
    print(f"time: {1000 * per_report():.2f} ms for the prose of one report")


if __name__ == "__main__":
    main()
