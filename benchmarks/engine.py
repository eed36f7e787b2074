"""What running a notebook costs beside the work in it: every way of doing it, one after another in each round.

python benchmarks/engine.py [--rounds 5] [--reports 12] [--formats html,pdf]

Milliseconds a report, wall clock and processor, medians over the rounds, and as multiples of the floor: the same cells,
the same HTML and PDF, as plain functions in a process that has everything loaded. The reports are those of a synthetic
country, in each round others, so that no variant profits from having seen them; within a round all variants have the
same. Processes that a variant keeps are started before the clock.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import psutil
from synthetic import country

from gkstats.build import FAST, STOCK, Job, Settings, notebook_path, plan, run
from gkstats.build.environment import ENVIRONMENT
from gkstats.params import entries

FEW = 2  # reports of a round that stock variants run: seconds each


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reports", type=int, default=12, help="reports of a variant in a round")
    parser.add_argument("--formats", default="html,pdf")
    given = parser.parse_args(arguments)
    os.environ.update(ENVIRONMENT)
    formats = tuple(given.formats.split(","))
    with tempfile.TemporaryDirectory() as folder:
        country(Path(folder), given.reports * (given.rounds + 1), 2, 1, 0.0)
        params = Path(folder) / "params"
        jobs = plan(entries(params, years=[2022]), params, Path(folder) / "outputs", formats)
        measure([jobs[at : at + given.reports] for at in range(0, len(jobs), given.reports)])


def measure(rounds: Sequence[Sequence[Job]]) -> None:
    """Runs every variant on the jobs of each round, the first of which only makes ready, and prints the table."""
    with ProcessPoolExecutor(2, get_context("spawn")) as two, ProcessPoolExecutor(1, get_context("spawn")) as one:
        variants: dict[str, Callable[[Sequence[Job]], object]] = {
            "floor, 1 process": lambda jobs: list(one.map(floor, jobs)),
            "floor, 2 processes": lambda jobs: list(two.map(floor, jobs)),
            "gkstats, 1 process": lambda jobs: built(jobs, 1, FAST),
            "gkstats, 2 processes": lambda jobs: built(jobs, 2, FAST),
            "stock API, 1 process": lambda jobs: built(jobs, 1, STOCK),
            "stock commands": lambda jobs: [commands(job) for job in jobs],
        }
        for name in ("floor, 1 process", "floor, 2 processes", "gkstats, 2 processes"):
            variants[name](rounds[0])
        walls: dict[str, list[float]] = {name: [] for name in variants}
        cpus: dict[str, list[float]] = {name: [] for name in variants}
        for jobs in rounds[1:]:
            for name, work in variants.items():
                few = jobs[:FEW] if "stock" in name else jobs
                wall, cpu = time.perf_counter(), processor_time()
                work(few)
                walls[name].append(1000 * (time.perf_counter() - wall) / len(few))
                cpus[name].append(1000 * (processor_time() - cpu) / len(few))
        report(walls, cpus)


def report(walls: dict[str, list[float]], cpus: dict[str, list[float]]) -> None:
    print(f"{'':<22}{'ms':>8}{'× floor':>9}{'cpu ms':>9}{'above floor':>13}{'commands / this':>17}")
    commands_wall = median(walls["stock commands"])
    for name, values in walls.items():
        floor = "floor, 2 processes" if "2 processes" in name else "floor, 1 process"
        # the ratios are medians of the ratios of a round, so that a slow minute of the machine weighs on both sides
        times = median(a / b for a, b in zip(values, walls[floor], strict=True))
        above = median(a - b for a, b in zip(cpus[name], cpus["floor, 1 process"], strict=True))
        print(
            f"{name:<22}{median(values):>8.0f}{times:>9.2f}{median(cpus[name]):>9.0f}{above:>13.0f}"
            f"{commands_wall / median(values):>17.1f}"
        )


def processor_time() -> float:
    """Seconds of processor this process has used, with its descendants, dead or alive."""
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def built(jobs: Sequence[Job], workers: int, engine: str) -> None:
    outcomes = list(run(jobs, workers, Settings(engine)))
    assert all(outcome.made and outcome.engine == engine for outcome in outcomes), outcomes


def commands(job: Job) -> None:
    """papermill and jupyter nbconvert, as a careful user would type them."""
    python = [sys.executable, "-m"]
    job.folder.mkdir(parents=True, exist_ok=True)
    executed = job.folder / "report.ipynb"
    parameters = ["-r", "body", job.id, "-p", "year", str(job.year)]
    steps = [[*python, "papermill", str(job.notebook), str(executed), *parameters, "--no-progress-bar"]]
    steps += [[*python, "nbconvert", "--to", f"gk-{format}", str(executed)] for format in job.formats]
    for step in steps:
        subprocess.run(step, cwd=job.home, check=True, capture_output=True)


@cache
def _warm() -> list[tuple[ast.Module, ast.Expression | None, str]]:
    """The cells of the notebook compiled, after everything they use is loaded."""
    import nbformat

    from gkstats.build import preload

    assert preload
    cells = []
    for cell in nbformat.read(notebook_path(), as_version=4).cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            tree = ast.parse(cell.source)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            cells.append((tree, last and ast.Expression(last.value), cell.source))
    return cells


def floor(job: Job) -> None:
    """What a report is, without a notebook run: its cells as code, its exports, its files."""
    from nbformat import writes
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from gkstats.output import exporter

    names: dict = dict(job.parameters)
    cells = []
    with chdir(job.home):
        for body, value, source in _warm():
            exec(compile(body, "cell", "exec"), names)
            outputs = []
            if value is not None:
                shown = eval(compile(value, "cell", "eval"), names)
                outputs = [new_output("execute_result", data=shown._repr_mimebundle_())]
            cells.append(new_code_cell(source, outputs=outputs))
    notebook = new_notebook(cells=cells)
    files = {format: exporter(format)(notebook) for format in job.formats}
    job.folder.mkdir(parents=True, exist_ok=True)
    for format, content in {**files, "ipynb": writes(notebook).encode()}.items():
        (job.folder / f"report.{format}").write_bytes(content)


if __name__ == "__main__":
    main()
