"""A whole country in one batch: how long it takes, what memory and disk it needs, and whether a report costs the same
in a large batch as in a small one.

python benchmarks/country.py [--bodies 2843] [--scale 1,10,100,1000] [--jobs 2] [--scheduler tcp://…] [--engine …]

Builds one year of a synthetic country (synthetic.py) with ``gkstats build`` in a folder that is removed afterwards;
memory is that of the whole tree of processes, shared pages counted once (PSS), seen twice a second.
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
from pathlib import Path

import psutil
from synthetic import country

YEAR = 2022  # the second: every report has one of the year before


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=int, default=2843)
    parser.add_argument("--scale", default="1,10,100,1000", help="sizes of smaller batches before the whole")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--options", default="", help="further options of gkstats build, e.g. '--engine stock'")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.scale.split(",") if size and int(size) < given.bodies]
    print(f"{os.cpu_count()} cores, {given.jobs} at a time {given.options}")
    print(f"{'reports':>8}{'seconds':>10}{'a minute':>10}{'ms each':>9}{'peak MB':>9}{'KB each':>9}{'MB per 1000':>13}")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        country(project, given.bodies, 2, 1, 0.05)
        bodies = sorted(path.name for path in (project / "params").iterdir() if path.is_dir())
        options = ["--year", str(YEAR), "--jobs", str(given.jobs), *given.options.split()]
        for size in sizes:
            line(project, bodies[:size], options, f"out-{size}")
        line(project, bodies, options, "outputs")
        start = time.perf_counter()
        build(project, [], [*options, "--out", "outputs"])
        print(f"again, nothing to do: {time.perf_counter() - start:.1f} s for {len(bodies)} reports")


def line(project: Path, bodies: Sequence[str], options: Sequence[str], out: str) -> None:
    start = time.perf_counter()
    memory = build(project, bodies, [*options, "--out", out])
    seconds = time.perf_counter() - start
    made = list((project / out / str(YEAR)).glob("*/report.*"))
    reports = sum(path.name == "report.html" for path in made)
    assert reports == len(bodies), f"{reports} of {len(bodies)} built"
    size = sum(path.stat().st_size for path in made) / reports / 1000
    print(
        f"{reports:>8}{seconds:>10.1f}{60 * reports / seconds:>10.0f}{1000 * seconds / reports:>9.0f}"
        f"{max(memory) / 1e6:>9.0f}{size:>9.0f}{1000 * growth(memory) / reports / 1e6:>13.1f}",
        flush=True,
    )


def build(project: Path, bodies: Sequence[str], options: Sequence[str]) -> list[int]:
    """Runs one batch; the memory of its tree, twice a second."""
    command = [sys.executable, "-m", "gkstats", "build", *bodies, *options, "-q"]
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
