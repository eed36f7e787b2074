"""A whole country in one batch: how long it takes, what memory and disk it needs, and whether a report costs the same
in a large batch as in a small one.

python benchmarks/country.py [--bodies 2843] [--scale 1,10,100,1000] [--jobs 2] [--options "--scheduler tcp://…"]

Builds one year of synthetic countries (synthetic.py), each of a size of its own, with ``gkstats build`` in a folder
that is removed afterwards; memory is that of the whole tree of processes, shared pages counted once (PSS), seen twice
a second. In the end all is there and nothing to do: for this country, and with ``--years 5`` for as many years, whose
outputs are stand-ins of a few bytes with true records.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from nbformat.v4 import new_notebook
from synthetic import country

from gkstats.build import BUILT, Outcome, Settings, plan
from gkstats.build.manifest import RUN, write_run
from gkstats.build.record import origin, program, publish
from gkstats.dataset import collect
from gkstats.params import entries

YEAR = 2022  # the second: every report has one of the year before


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=int, default=2843)
    parser.add_argument("--scale", default="1,10,100,1000", help="sizes of smaller countries before the whole")
    parser.add_argument("--years", type=int, default=0, help="years of a country in which there is nothing to do")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--options", default="", help="further options of gkstats build, e.g. '--engine stock'")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.scale.split(",") if size and int(size) < given.bodies]
    print(f"{os.cpu_count()} cores, {given.jobs} at a time {given.options}")
    print(f"{'reports':>8}{'seconds':>10}{'a minute':>10}{'ms each':>9}{'peak MB':>9}{'KB each':>9}{'MB per 1000':>13}")
    options = ["--year", str(YEAR), "--jobs", str(given.jobs), *given.options.split()]
    for size in [*sizes, given.bodies]:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            country(project, size, 2, 1, 0.05)
            line(project, size, options)
            if size == given.bodies:
                idle(project, options, size)
    if given.years:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            country(project, given.bodies, given.years, 1, 0.05)
            idle(project, [], as_if_built(project))


def as_if_built(project: Path) -> int:
    """Leaves what a batch of all reports would, but files of a few bytes for each report; how many there are."""
    listed = entries(project / "params")
    jobs = plan(listed, project / "params", project / "outputs")
    seen: dict = {}
    notebook = new_notebook()
    for job in jobs:
        publish(Outcome(job, BUILT), notebook, dict.fromkeys(job.formats, b"stand-in"), origin(job, seen))
    collect(project / "outputs", listed, program=program()["library"])
    write_run(project / "outputs", datetime.now(UTC), [], Settings(), 1, "local")
    return len(jobs)


def idle(project: Path, options: Sequence[str], reports: int) -> None:
    before = (project / "outputs" / RUN).stat().st_mtime_ns
    start = time.perf_counter()
    build(project, options)
    seconds = time.perf_counter() - start
    assert (project / "outputs" / RUN).stat().st_mtime_ns == before, "something was built"
    print(f"again, nothing to do: {seconds:.1f} s for {reports} reports")


def line(project: Path, size: int, options: Sequence[str]) -> None:
    start = time.perf_counter()
    memory = build(project, options)
    seconds = time.perf_counter() - start
    made = list((project / "outputs" / str(YEAR)).glob("*/report.*"))
    reports = sum(path.name == "report.html" for path in made)
    assert reports == size, f"{reports} of {size} built"
    size = sum(path.stat().st_size for path in made) / reports / 1000
    print(
        f"{reports:>8}{seconds:>10.1f}{60 * reports / seconds:>10.0f}{1000 * seconds / reports:>9.0f}"
        f"{max(memory) / 1e6:>9.0f}{size:>9.0f}{1000 * growth(memory) / reports / 1e6:>13.1f}",
        flush=True,
    )


def build(project: Path, options: Sequence[str]) -> list[int]:
    """Runs one batch; the memory of its tree, twice a second."""
    command = [sys.executable, "-m", "gkstats", "build", *options, "-q"]
    seen = [0]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as batch:
        done = threading.Event()
        watcher = threading.Thread(target=lambda: watch(batch.pid, seen, done))
        watcher.start()
        batch.wait()
        done.set()
        watcher.join()
    assert batch.returncode in (0, 1), batch.returncode
    return seen


def watch(pid: int, seen: list[int], done: threading.Event) -> None:
    while not done.wait(0.5):
        total = 0
        try:
            tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        except psutil.Error:
            return
        for process in tree:
            try:
                told = process.memory_full_info()
                total += getattr(told, "pss", told.uss)
            except psutil.Error:
                continue
        seen.append(total)


def growth(memory: Sequence[int]) -> float:
    """Bytes the batch grew by between its second and its last fifth (medians): before, it is only starting, and at
    the very end it writes the table of all reports."""
    fifth = len(memory) // 5
    if fifth < 3:
        return 0.0
    early, late = (sorted(part)[len(part) // 2] for part in (memory[fifth : 2 * fifth], memory[-2 * fifth : -fifth]))
    return (late - early) / 0.6


if __name__ == "__main__":
    main()
