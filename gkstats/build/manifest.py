"""What a batch leaves besides the reports: a manifest of each year, and the record of the run.

The manifest is a function of the records beside the reports: it names every report of the year with what it was made
from and what came out, also the ones an earlier batch built, and holds nothing volatile. Times, durations, host and
engine are in the record of the run.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gkstats.build.job import NOTEBOOKS, Outcome, Settings
from gkstats.build.record import as_json, read_record
from gkstats.files import replace_file

MANIFEST, RUN = "manifest.json", "run.json"
SHARED = ("library", "print", "versions")  # parts of a record that whole batches have in common


def write_manifest(out: Path, year: int) -> None:
    """Writes the manifest of a year. Raises OSError."""
    replace_file(out / str(year) / MANIFEST, manifest_of(out, year))


def manifest_of(out: Path, year: int) -> bytes:
    """The manifest of a year, from the records below its folder. Raises OSError."""
    folder = out / str(year)
    programs: list[dict] = []
    reports = []
    for body in sorted(path for path in folder.iterdir() if path.is_dir()):
        for stem in NOTEBOOKS:
            record = read_record(body / f"{stem}.json")
            if record is None:
                continue
            made_from = record.pop("made_from")
            program = {key: made_from.pop(key, None) for key in SHARED}
            if program not in programs:
                programs.append(program)
            reports.append({"notebook": stem, **record, "made_from": made_from, "program": programs.index(program)})
    return as_json({"year": year, "programs": programs, "reports": reports})


def write_run(
    out: Path, started: datetime, outcomes: Sequence[Outcome], settings: Settings, workers: int, where: str
) -> None:
    """Writes the record of a run: when, where, how, and the seconds of each report. Raises OSError."""
    ended = datetime.now(UTC)
    record = {
        "started": started.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 3),
        "host": socket.gethostname(),
        "where": where,
        "engine": settings.engine,
        "workers": workers,
        "timeout": settings.timeout,
        "reports": [
            {
                "report": f"{o.job.year}/{o.job.id}/{o.job.stem}", "outcome": o.outcome,
                "seconds": round(o.seconds, 3), **({"engine": o.engine} if o.engine else {}),
            }
            for o in sorted(outcomes, key=lambda o: (o.job.year, o.job.id))
        ],
    }  # fmt: skip
    replace_file(out / RUN, as_json(record))


def years_of(outcomes: Iterable[Outcome]) -> list[int]:
    """The years a batch has touched."""
    return sorted({outcome.job.year for outcome in outcomes if outcome.job.folder.is_dir()})
