"""One report to build, how it is to be run, and what came of it."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass, field
from pathlib import Path

from gkstats.output import INDEX_FILE, USUAL_FORMATS
from gkstats.params import SUFFIXES

NOTEBOOKS = {"report": "annual_report.ipynb", "review": "review.ipynb"}
"""What a notebook of one report is asked for by, which is also the stem of its output files → its file."""

OVERVIEW = "overview"
"""Stem and file name of the notebook of all bodies of a year."""

INPUTS = {
    "params": (0, SUFFIXES),
    "previous": (-1, SUFFIXES),
    "units": (0, (".units.json",)),
    "trace": (0, (".trace.json",)),
}
"""What a report is made from → years after its own, and the suffixes of the file, the first that is there."""

BUILT, FOUND, UNREADABLE, FAILED, TIMED_OUT, DIED, UNCHANGED = (
    "built", "built_with_findings", "unreadable", "failed", "timed_out", "died", "unchanged",
)  # fmt: skip
OUTCOME_LABELS = {
    BUILT: "已生成",
    FOUND: "已生成",  # the findings are told beside it
    UNREADABLE: "数据有误",
    FAILED: "生成失败",
    TIMED_OUT: "超时",
    DIED: "进程中断",
    UNCHANGED: "未变",
}

FAST, STOCK = "fast", "stock"
"""Engines: the cells in a forked process of ours, or in a stock kernel."""


def usual_engine() -> str:
    """FAST where processes can fork from a prepared one, STOCK elsewhere (Windows)."""
    return FAST if "forkserver" in multiprocessing.get_all_start_methods() and hasattr(os, "fork") else STOCK


def notebook_path(name: str = "report") -> Path:
    """A notebook of NOTEBOOKS, or OVERVIEW: inside an installed package, or the repository's own."""
    package = Path(__file__).parents[1]
    file = NOTEBOOKS.get(name, f"{name}.ipynb")
    installed = package / "notebooks" / file
    return installed if installed.exists() else package.parent / "notebooks" / file


@dataclass(frozen=True)
class Job:
    """One report to build: ``home`` is the folder the notebook runs in, ``params`` the params folder from there,
    ``stem`` the name of its files and ``notebook`` the notebook that is run."""

    id: str
    year: int
    home: Path
    params: str
    out: Path
    formats: tuple[str, ...] = USUAL_FORMATS
    stem: str = "report"
    notebook: Path = field(default_factory=notebook_path)

    @property
    def folder(self) -> Path:
        """Where the files of the report go."""
        return self.out / str(self.year) / self.id

    @property
    def parameters(self) -> dict[str, str | int]:
        """What the parameters cell of the notebook is given."""
        return {"body": self.id, "year": self.year, "params": self.params}

    @property
    def inputs(self) -> dict[str, list[str]]:
        """What it is made from → the files it may stand in, from ``home``; the first that is there is read."""
        folder = f"{self.params}/{self.id}"
        return {
            key: [f"{folder}/{self.year + after}{suffix}" for suffix in suffixes]
            for key, (after, suffixes) in INPUTS.items()
        }


@dataclass(frozen=True)
class YearJob(Job):
    """The notebook of all bodies of a year, which reads what a batch left: ``home`` is the folder of the year, where
    it can be run again, ``params`` the outputs folder from there, and ``out`` the one it is put into."""

    @classmethod
    def of(cls, year: int, out: Path) -> YearJob:
        """The job for a year of an outputs folder."""
        return cls("", year, out / str(year), "..", out, (), OVERVIEW, notebook_path(OVERVIEW))

    @property
    def folder(self) -> Path:
        """Where the notebook goes: beside the page of the year."""
        return self.out / str(self.year)

    @property
    def parameters(self) -> dict[str, str | int]:
        """What the parameters cell of the notebook is given."""
        return {"year": self.year, "out": self.params}

    @property
    def inputs(self) -> dict[str, list[str]]:
        """The page of the year: it shows all that the notebook shows, and is made before it."""
        return {"index": [INDEX_FILE]}


@dataclass(frozen=True)
class Settings:
    """How reports are run: the engine; seconds, bytes of memory and characters of output a report may take."""

    engine: str = field(default_factory=usual_engine)
    timeout: float = 300.0
    memory: int = 2 << 30
    output: int = 32 << 20


@dataclass(frozen=True)
class Outcome:
    """What came of one report: a key of OUTCOME_LABELS, the causes by severity, seconds, a message where it was
    not built, and the engine that ran it."""

    job: Job
    outcome: str
    seconds: float = 0.0
    findings: dict[str, int] = field(default_factory=dict)
    message: str = ""
    name: str = ""
    engine: str = ""

    @property
    def label(self) -> str:
        """The outcome in the words of OUTCOME_LABELS."""
        return OUTCOME_LABELS[self.outcome]

    @property
    def made(self) -> bool:
        """Whether the report is there: built now, or before and unchanged."""
        return self.outcome in (BUILT, FOUND, UNCHANGED)

    @property
    def good(self) -> bool:
        """Whether the report is there, and without an open cause of severity error."""
        return self.made and not self.findings.get("error")
