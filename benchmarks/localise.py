"""How well wrong figures are located: random errors planted in real and synthetic tables, and what is said of them.

python benchmarks/localise.py [trials for each line]

found: some relation breaks. only right: one explanation, and it gives back the table as it was. only wrong: one
explanation, which does not. first right: the first of the explanations shown gives back the table.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

# the builder of random reports belongs to the tests
sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("tests", ".")]

from documents import random_report  # noqa: E402

from gkstats.checks.localise import Diagnosis, fills, localise  # noqa: E402
from gkstats.forms import FORM_2019, FORM_2021, form_with  # noqa: E402
from gkstats.params import entries, read  # noqa: E402
from gkstats.report import Report  # noqa: E402
from gkstats.schema import Form  # noqa: E402

PARAMS = Path(__file__).parents[1] / "params"
FORMS = {
    "2021": FORM_2021,
    "2021 collapsed": form_with(2021, (("applications", "results.closed_otherwise"),)),
    "2019": FORM_2019,
}
HEAD = f"{'tables':<24}{'error':<22}{'found':>7}{'only right':>12}{'only wrong':>12}{'first right':>13}{'ms':>8}"


def main(trials: int) -> None:
    print(HEAD)
    real = [read(entry.path) for entry in entries(PARAMS, [], [])]
    for name, reports in {"real": real, **{name: synthetic(form) for name, form in FORMS.items()}}.items():
        for table in ("applications", "disputes"):
            for error, harm in (CELLS if table == "disputes" else CELLS | DAMAGES).items():
                line(f"{name} {'三' if table == 'applications' else '四'}", error, reports, table, harm, trials)


def synthetic(form: Form) -> list[Report]:
    return [random_report(seed, form) for seed in range(100)]


def line(name: str, error: str, reports: list[Report], table: str, harm: Callable, trials: int) -> None:
    rng, counts, spent = random.Random(f"{name} {error}"), Counter[str](), 0.0
    for trial in range(trials):
        report = reports[trial % len(reports)]
        form, true = report.form, report.vector
        if trial < len(reports):
            localise(form, true + 1)  # what is worked out once for a form is not counted
        cells = np.array([position for position, cell in enumerate(form.cells) if cell.table == table])
        shape = len(form.table[table].row), len(form.table[table].column)
        wrong = true.copy()
        while (wrong[cells] == true[cells]).all():
            wrong[cells] = harm(true[cells].reshape(shape), rng).ravel()
        start = time.perf_counter()
        said = localise(form, wrong)
        spent += time.perf_counter() - start
        counts["found"] += bool(said)
        only = bool(said) and all(len(each.explanations) == 1 for each in said)
        right = repaired(form, wrong, said) is not None and (repaired(form, wrong, said) == true).all()
        counts["only right"] += only and right
        counts["only wrong"] += only and not right
        counts["first right"] += right
    shares = "".join(
        f"{counts[key] / trials:>{width}.1%}"
        for key, width in (("found", 7), ("only right", 12), ("only wrong", 12), ("first right", 13))
    )
    print(f"{name:<24}{error:<22}{shares}{1000 * spent / trials:>8.2f}", flush=True)


def repaired(form: Form, vector: np.ndarray, said: tuple[Diagnosis, ...]) -> np.ndarray | None:
    """The figures as the first explanations would have them and the blanks as these leave them; None if something is
    left unexplained."""
    if not said or not all(each.explanations for each in said):
        return None
    vector = vector.copy()
    for each in said:
        for repair in each.explanations[0].repairs:
            vector[form.index[repair.cell]] = repair.due
    for cell, due in fills(form, vector).items():
        vector[form.index[cell]] = due
    return vector


# -- errors as people make them


def off_by_little(figure: int, rng: random.Random) -> int:
    return max(0, figure + rng.choice((-3, -2, -1, 1, 2, 3)))


def slip(figure: int, rng: random.Random) -> int:
    digits = str(figure)
    at = rng.randrange(len(digits))
    return int(rng.choice((
        digits[:at] + rng.choice("0123456789") + digits[at + 1 :],
        digits[:at] + rng.choice("0123456789") + digits[at:],
        digits[:at] + digits[at + 1 :] or "0",
        digits[:at] + digits[at : at + 2][::-1] + digits[at + 2 :],
        "0",
        str(rng.randrange(1, 100)),
    )))  # fmt: skip


def wrong_cells(count: int, wrong: Callable = slip) -> Callable:
    """That many cells hold another figure: the slip of a hand, or any figure."""

    def harm(table: np.ndarray, rng: random.Random) -> np.ndarray:
        table = table.copy()
        for at in rng.sample(range(table.size), count):
            row, column = divmod(at, table.shape[1])
            table[row, column] = wrong(int(table[row, column]), rng)
        return table

    return harm


def moved(table: np.ndarray, rng: random.Random) -> np.ndarray:
    """A figure stands in the cell beside its own."""
    table = table.copy()
    row, column = rng.randrange(table.shape[0]), rng.randrange(table.shape[1] - 1)
    table[row, column], table[row, column + 1] = table[row, column + 1], table[row, column]
    return table


def shifted(axis: int) -> Callable:
    """One row (axis 1) or column (axis 0) stands one place further on, its last figure lost."""

    def harm(table: np.ndarray, rng: random.Random) -> np.ndarray:
        table = table.copy()
        line = table[rng.randrange(table.shape[0])] if axis else table[:, rng.randrange(table.shape[1])]
        line[1:], line[0] = line[:-1].copy(), 0
        return table

    return harm


def lost(table: np.ndarray, rng: random.Random) -> np.ndarray:
    """One figure is lost and all after it have moved up."""
    flat = table.ravel().copy()
    at = rng.randrange(len(flat) - 1)
    flat[at:-1], flat[-1] = flat[at + 1 :].copy(), np.nan
    return flat.reshape(table.shape)


CELLS: dict[str, Callable] = {
    "1 cell": wrong_cells(1),
    "2 cells": wrong_cells(2),
    "3 cells": wrong_cells(3),
    "2 cells off by 1 to 3": wrong_cells(2, off_by_little),
    "3 cells off by 1 to 3": wrong_cells(3, off_by_little),
    "moved to the next": moved,
}
DAMAGES: dict[str, Callable] = {"row shifted": shifted(1), "column shifted": shifted(0), "cell lost": lost}

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
