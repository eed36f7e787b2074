"""What a report was made from and what came out, in a file beside it; files put in place whole or not at all.

The record is written last. A report without one is not finished; one whose record does not fit its files was altered.
Nothing volatile stands in it: times and durations are in the record of the run (``manifest.py``).
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from gkstats import __version__
from gkstats.build.job import FAILED, UNCHANGED, Job, Outcome
from gkstats.files import TEMPORARY, replace_file
from gkstats.output import FORMATS

if TYPE_CHECKING:
    from nbformat import NotebookNode

PACKAGE = Path(__file__).parents[1]
PRINT = ("output/fonts", "output/templates", "output/word", "output/report.typ")


def record_path(job: Job) -> Path:
    """The record of a report, beside its files."""
    return job.folder / f"{job.stem}.json"


def origin(job: Job, seen: dict[str, dict | None] | None = None) -> dict:
    """All that decides the bytes of a report, by what it is: its params file, last year's, what its units reported,
    where its figures were read, notebook, program, fonts and layout, versions of what it uses, formats asked for. A
    file that is not there is null. ``seen`` keeps what files were found to be, for the plan of many reports."""
    seen = {} if seen is None else seen
    return {
        **{key: _described(job, seen, names) for key, names in job.inputs.items()},
        "notebook": (_content(job.notebook, seen) or {}).get("sha256"),
        **program(),
        "formats": sorted(job.formats),
    }


def inputs_state(job: Job) -> list[tuple | None]:
    """What tells that an input of a report was written meanwhile, even if it reads now as before: which file it is,
    how long, when written; None for each that is not there."""
    return [_state(f"{job.home}/{name}") for names in job.inputs.values() for name in names]


def _state(path: str) -> tuple | None:
    try:
        found = os.stat(path)  # noqa: PTH116  as in _content
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _described(job: Job, seen: dict, names: Iterable[str]) -> dict | None:
    for name in names:
        if found := _content(f"{job.home}/{name}", seen):
            return {"file": name, **found}
    return None


def _content(path: str | Path, seen: dict) -> dict | None:
    key = str(path)
    if key not in seen:
        try:
            with open(path, "rb") as file:  # noqa: PTH123  thousands of them: a Path costs more than the file
                seen[key] = described(file.read())
        except OSError:
            seen[key] = None
    return seen[key]


@cache
def program() -> Mapping:
    """The part of ``origin`` that is the same for all reports."""
    printed = [file for name in PRINT for file in _files(PACKAGE / name)]
    code = [file for file in _files(PACKAGE, "*.py") if file.relative_to(PACKAGE).parts[0] != "cli"]
    return {"library": _tree(code), "print": _tree(printed), "versions": versions()}


@cache
def versions() -> Mapping[str, str]:
    """The version of Python, of gkstats and of every package it depends on."""
    required = metadata.requires("gkstats") or ()
    names = sorted(re.match(r"[\w.-]+", line)[0] for line in required if "extra ==" not in line)  # type: ignore[index]
    return {"python": platform.python_version(), "gkstats": __version__, **{n: metadata.version(n) for n in names}}


def _files(path: Path, pattern: str = "*") -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob(pattern) if file.is_file())


def _tree(files: Iterable[Path]) -> str:
    lines = [f"{file.relative_to(PACKAGE).as_posix()} {digest(file.read_bytes())}" for file in files]
    return digest("\n".join(lines).encode())


def digest(content: bytes) -> str:
    """sha256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def described(content: bytes) -> dict:
    """What records say of a file's content."""
    return {"sha256": digest(content), "size": len(content)}


def publish(told: Outcome, notebook: NotebookNode, made: Mapping[str, bytes], made_from: Mapping) -> Outcome:
    """Puts the files of a report in place with their record; the outcome, which is FAILED if that is impossible.
    A format that was not made this time is removed, so that nothing beside the new notebook is older than it."""
    job = told.job
    files = {"ipynb": _as_ipynb(notebook), **made}
    record = {
        "body": job.id,
        "name": told.name,
        "year": job.year,
        "outcome": told.outcome,
        "findings": dict(sorted(told.findings.items())),
        "message": told.message,
        "made_from": made_from,
        "outputs": {f"{job.stem}.{format}": described(content) for format, content in sorted(files.items())},
    }
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        for stray in job.folder.glob(f"{TEMPORARY}*"):  # of a process that was killed
            stray.unlink(missing_ok=True)
        record_path(job).unlink(missing_ok=True)
        for format, content in files.items():
            replace_file(job.folder / f"{job.stem}.{format}", content)
        for format in set(FORMATS) - set(files):
            (job.folder / f"{job.stem}.{format}").unlink(missing_ok=True)
        replace_file(record_path(job), as_json(record))
    except OSError as fault:
        reason = f"无法写入（{fault.strerror}），文件可能正被其他程序打开，或没有写入权限"
        return replace(told, outcome=FAILED, message=f"{_shown(job)}：{reason}")
    return told


def _as_ipynb(notebook: NotebookNode) -> bytes:
    """The notebook as nbformat writes it, without the indentation, which would be a fifth of it."""
    import nbformat

    told = json.loads(nbformat.writes(notebook))
    # a lone surrogate, which no file can hold, becomes a question mark
    return (json.dumps(told, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n").encode(errors="replace")


def _shown(job: Job) -> str:
    return f"{job.out.name}/{job.year}/{job.id}"


def as_json(value: object) -> bytes:
    """JSON as every record is written: indented, Chinese readable, keys in the order given."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


def read_record(path: Path) -> dict | None:
    """A record; None where there is none that can be read."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or "outcome" not in record:
        return None
    return record if all(isinstance(record.get(key), dict) for key in ("made_from", "outputs")) else None


def unchanged(job: Job, record: Mapping) -> Outcome:
    """The outcome of a report that is as its record says."""
    return Outcome(job, UNCHANGED, findings=dict(record.get("findings", {})), name=record.get("name", ""))


def altered(job: Job, record: Mapping) -> bool:
    """Whether an output is missing or not as recorded. A file no younger than its record and of the recorded size
    is taken for what it was, so that thousands of reports are looked through in seconds; ``gkstats verify`` reads
    every byte."""
    folder, written = job.folder, record_path(job)
    try:
        when = written.stat().st_mtime_ns
        younger = False
        for name, told in record["outputs"].items():
            state = (folder / name).stat()
            if state.st_size != told["size"]:
                return True
            if state.st_mtime_ns > when:
                younger = True
                if digest((folder / name).read_bytes()) != told["sha256"]:
                    return True
        if younger:
            written.touch()  # a copied folder: read once, not at every run
        others = {f"{job.stem}.{format}" for format in FORMATS} - record["outputs"].keys()
        return any((folder / name).exists() for name in others)
    except OSError:
        return True
