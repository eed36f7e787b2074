"""Building reports: which ones and why (planning), where they run (workers), each built (single), what is left
beside the files (record) and of a batch (manifest)."""

from gkstats.build.job import (
    BUILT,
    DIED,
    FAILED,
    FAST,
    FOUND,
    NOTEBOOKS,
    OUTCOME_LABELS,
    STOCK,
    TIMED_OUT,
    UNCHANGED,
    UNREADABLE,
    Job,
    Outcome,
    Settings,
    YearJob,
    notebook_path,
    usual_engine,
)
from gkstats.build.parameters import WrongParameters
from gkstats.build.planning import REASONS, decide, plan
from gkstats.build.record import unchanged
from gkstats.build.workers import run

__all__ = [
    "BUILT",
    "DIED",
    "FAILED",
    "FAST",
    "FOUND",
    "NOTEBOOKS",
    "OUTCOME_LABELS",
    "REASONS",
    "STOCK",
    "TIMED_OUT",
    "UNCHANGED",
    "UNREADABLE",
    "Job",
    "Outcome",
    "Settings",
    "WrongParameters",
    "YearJob",
    "decide",
    "notebook_path",
    "plan",
    "run",
    "unchanged",
    "usual_engine",
]
