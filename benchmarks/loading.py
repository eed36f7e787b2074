"""Reading, checking and summing up all reports of a country: seconds, medians of some rounds.

python benchmarks/loading.py FOLDER [rounds]

FOLDER is what ``benchmarks/synthetic.py`` wrote. Files are read once before anything is timed, so that what is measured
is reading them and not the disk.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gkstats.checks import CHECKS, cases_of, examine, form_rules, prose
from gkstats.dataset import (
    FINDINGS_FILE,
    STATISTICS_FILE,
    collect,
    load_all,
    read_findings,
    read_reports,
    write_findings,
    write_statistics,
)
from gkstats.diff import compare, diff_page
from gkstats.output.index import index_page
from gkstats.overview import load_overview
from gkstats.params import entries

TEXT = [form_rules.PERIOD.run, prose.FIGURE.run]
"""What runs the rules that read prose; all others look at figures alone."""


def main(country: Path, rounds: int) -> None:
    files = entries(country / "params")
    for entry in files:
        entry.path.read_bytes()
    size = sum(entry.path.stat().st_size for entry in files)
    print(f"{len(files)} reports, {size / 1e6:.0f} MB of YAML")
    print(f"{'seconds':<36}{'wall':>9}{'cpu':>9}")
    reports, _ = line("load from YAML, 1 process", 1, lambda: load_all(files))
    line("load from YAML, 2 processes", 1, lambda: load_all(files, 2))
    cases = cases_of(reports)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        table = out / STATISTICS_FILE
        line("write statistics.parquet", rounds, lambda: write_statistics(reports, table))
        loaded = line("load from statistics.parquet", rounds, lambda: read_reports(table))
        loaded_cases = line("each beside last year's", 1, lambda: cases_of(loaded))
        runs = dict.fromkeys(rule.run for rule in CHECKS.values() if rule.run)
        for kind, own in (("figure", [run for run in runs if run not in TEXT]), ("text", TEXT)):
            # one round: a report keeps the vector of its figures
            line(f"all {kind} rules", 1, lambda own=own: [list(run(loaded_cases)) for run in own])
            for run in own:
                name = f"  {run.__module__.rpartition('.')[2]}.{run.__name__.lstrip('_')}"
                line(name, 1, lambda run=run: list(run(loaded_cases)))
        results = line("all rules, findings told", rounds, lambda: examine(cases))
        found = line("findings as a frame", rounds, results.frame)
        line("write findings.csv", rounds, lambda: write_findings(found, out / FINDINGS_FILE))
        line("read findings.csv", rounds, lambda: read_findings(out / FINDINGS_FILE))
        line("end of a batch, all examined again", 1, lambda: collect(out, files, program="1"))
        line("end of a batch, few reports changed", 1, lambda: collect(out, files, program="1"))
        year = max(entry.year for entry in files)
        overview = line("read a year for the overview", rounds, lambda: load_overview(year, out))
        page = line("make index.html", rounds, lambda: index_page(overview))
        line("compare two equal outputs folders", 1, lambda: diff_page(compare(out, out)))
        sizes = {path.name: path.stat().st_size for path in out.iterdir()} | {"index.html": len(page.encode())}
        print(", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items()))


def line(what: str, rounds: int, work: Callable):
    """Prints the median of some rounds of work; what the last of them gave."""
    wall, cpu = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        value = work()
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    print(f"{what:<36}{statistics.median(wall):>9.2f}{statistics.median(cpu):>9.2f}", flush=True)
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
