"""How well published documents are read: figures right, wrong and flagged, wrong and silent, unknown; milliseconds
of processor time per document.

python benchmarks/reading.py [reports per flavour] [--each]

Two lines for every flavour: whole documents, and damaged ones of all kinds; with --each a line for every damage.
Then what gkstats itself writes, and the documents kept in tests/data.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# the builders of documents belong to the tests
TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from corpus import documents  # noqa: E402
from documents import DAMAGES, FLAVOURS, FORMS_MET, compare, elements, notebook_of, random_report  # noqa: E402
from layouts import LAYOUTS  # noqa: E402

from gkstats.output import FORMATS, exporter  # noqa: E402
from gkstats.reading import read_document  # noqa: E402
from gkstats.report import Report, ReportError  # noqa: E402

KINDS = ("right", "flagged", "silent", "unknown")
HEAD = f"{'flavour':<40}{'damage':<18}{'right':>8}{'flagged':>9}{'silent':>8}{'unknown':>9}{'ms':>8}{'most':>8}"


def main(count: int, each: bool) -> None:
    print(HEAD)
    whole, damaged = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for flavour, make in (FLAVOURS | LAYOUTS).items():
        add(whole, line(flavour, "-", made(make, None, count)))
        if each:
            for damage, harm in DAMAGES.items():
                add(damaged, line(flavour, damage, made(make, harm, count)))
        else:
            harmed = [document for harm in DAMAGES.values() for document in made(make, harm, count)]
            add(damaged, line(flavour, "all damages", harmed))
    for format in FORMATS:
        reports = [report_of(seed) for seed in range(count)]
        add(whole, line(f"gk-{format}", "-", [(exporter(format)(notebook_of(r)), r) for r in reports]))
    for name, content, report in documents():
        harm = next((damage for damage in DAMAGES if f"_{damage}_" in name), "-")
        add(whole if harm == "-" else damaged, line(name.partition(".")[0], harm, [(content, report)]))
    for words, total in (("whole", whole), ("damaged", damaged)):
        figures = sum(total.values()) or 1
        print(f"{words}: " + ", ".join(f"{total[k]} {k} ({total[k] / figures:.2%})" for k in KINDS))


def report_of(seed: int) -> Report:
    return random_report(seed, FORMS_MET[(2021, 2019)[seed % 2]])


def made(make, harm, count: int) -> Iterator[tuple[bytes, Report]]:
    for seed in range(count):
        report = report_of(seed)
        parts = elements(report)
        yield make(harm(parts, random.Random(seed)) if harm else parts), report


def line(flavour: str, damage: str, documents) -> dict[str, int]:
    total, spent = dict.fromkeys(KINDS, 0), []
    for content, report in documents:
        start = time.process_time()
        try:
            reading = read_document(content)
        except ReportError:
            reading = None
        spent.append(1000 * (time.process_time() - start))
        add(total, compare(reading, report) if reading else {"unknown": len(report.figures)})
    figures = "".join(f"{total[key]:>{width}}" for key, width in zip(total, (8, 9, 8, 9), strict=True))
    print(f"{flavour:<40}{damage:<18}{figures}{sum(spent) / len(spent):>8.0f}{max(spent):>8.0f}", flush=True)
    return total


def add(total: dict[str, int], counts: dict[str, int]) -> None:
    for key, value in counts.items():
        total[key] += value


if __name__ == "__main__":
    numbers = [int(given) for given in sys.argv[1:] if given.isdigit()]
    main(numbers[0] if numbers else 4, "--each" in sys.argv)
