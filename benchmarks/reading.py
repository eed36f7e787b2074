"""How well published documents are read: figures right, wrong and flagged, wrong and silent, unknown, milliseconds.

python benchmarks/reading.py [reports per flavour]
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

# the builder of documents belongs to the tests
sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("tests", ".")]

from documents import DAMAGES, FLAVOURS, FORMS_MET, compare, elements, notebook_of, random_report  # noqa: E402

from gkstats.output import exporter  # noqa: E402
from gkstats.reading import read_document  # noqa: E402
from gkstats.report import ReportError  # noqa: E402

HEAD = f"{'flavour':<20}{'damage':<18}{'right':>8}{'flagged':>9}{'silent':>8}{'unknown':>9}{'ms':>8}"


def main(count: int) -> None:
    print(HEAD)
    for flavour, make in FLAVOURS.items():
        for damage, harm in {"": None, **DAMAGES}.items():
            line(flavour, damage, [document(make, harm, seed) for seed in range(count)])
    for format in ("html", "pdf"):
        reports = [random_report(seed, FORMS_MET[(2021, 2019)[seed % 2]]) for seed in range(count)]
        line(f"gk-{format}", "", [(exporter(format)(notebook_of(report)), report) for report in reports])


def document(make, harm, seed: int):
    report = random_report(seed, FORMS_MET[(2021, 2019)[seed % 2]])
    parts = elements(report)
    return make(harm(parts, random.Random(seed)) if harm else parts), report


def line(flavour: str, damage: str, documents) -> None:
    total = dict.fromkeys(("right", "flagged", "silent", "unknown"), 0)
    spent = 0.0
    for content, report in documents:
        start = time.perf_counter()
        try:
            counts = compare(read_document(content), report)
        except ReportError:
            counts = {"unknown": len(report.figures)}
        spent += time.perf_counter() - start
        for key, value in counts.items():
            total[key] += value
    figures = "".join(f"{total[key]:>{width}}" for key, width in zip(total, (8, 9, 8, 9), strict=True))
    print(f"{flavour:<20}{damage or '-':<18}{figures}{1000 * spent / len(documents):>8.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
