"""Whether an outputs folder is what its records say, its inputs are still what the records name, and building again
gives the same bytes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from gkstats.build.job import (
    BUILT,
    FAILED,
    FOUND,
    NOTEBOOKS,
    OUTCOME_LABELS,
    OVERVIEW,
    Job,
    Settings,
    YearJob,
    notebook_path,
)
from gkstats.build.lock import LOCK, held
from gkstats.build.manifest import MANIFEST, RUN, manifest_of
from gkstats.build.planning import REASONS, changed
from gkstats.build.record import digest, origin, program, read_record, record_path
from gkstats.build.traced import Provenance
from gkstats.build.workers import run
from gkstats.dataset import FINDINGS_FILE, STATISTICS_FILE, collect
from gkstats.files import TEMPORARY, replace_file
from gkstats.output import INDEX_FILE
from gkstats.output.index import index_page
from gkstats.overview import load_overview
from gkstats.params import entries, params_folder
from gkstats.report import ReportError
from gkstats.report_file import BODY_ID

INPUTS, PROGRAM, VERSIONS, OUTPUTS = "inputs", "program", "versions", "outputs"
KINDS = {OUTPUTS: "输出有变", INPUTS: "输入有变", PROGRAM: "程序有变", VERSIONS: "软件版本有变"}
"""What can differ → how it is told, in the order it is told."""

KIND_OF = {"library": PROGRAM, "print": PROGRAM, "notebook": PROGRAM, "formats": PROGRAM, "versions": VERSIONS}
"""A key of REASONS → what has changed; all others are inputs."""

OF_YEAR = (MANIFEST, INDEX_FILE, f"{OVERVIEW}.ipynb", f"{OVERVIEW}.json")


@dataclass
class Checked:
    """What was looked at, a report (``job``) or a file that stands beside them, and what differs: a key of KINDS and a
    sentence for each. ``record`` is that of the report, None where it cannot be read."""

    place: str
    differences: list[tuple[str, str]] = field(default_factory=list)
    job: Job | None = None
    record: dict | None = None

    @property
    def of_report(self) -> bool:
        """Whether it is a report whose record can be read, and not what stands beside the reports."""
        return bool(self.job and self.job.id)

    def differs(self, kind: str, told: str) -> None:
        if (kind, told) not in self.differences:
            self.differences.append((kind, told))

    def __str__(self) -> str:
        told = (
            f"{label}：{'、'.join(text for kind, text in self.differences if kind == key)}"
            for key, label in KINDS.items()
            if any(kind == key for kind, _ in self.differences)
        )
        return f"{self.place}  {'；'.join(told) or '相符'}"


def check_outputs(out: str | Path, params: str | Path) -> list[Checked]:
    """Every report under ``out`` and every file beside them, each read to its last byte. Nothing is written. Raises
    Held while a batch works on the folder, UnknownReport without a params folder."""
    out, params = Path(out).resolve(), params_folder(params).resolve()
    seen: dict = {}
    found: list[Checked] = []
    with ExitStack() as within:
        if (out / LOCK).exists():
            with suppress(OSError):  # a copy that cannot be written: no batch works on it either
                within.enter_context(held(out))
        years = [path for path in sorted(out.iterdir()) if path.is_dir() and re.fullmatch(r"\d{4}", path.name)]
        for folder in years:
            for body in sorted(path for path in folder.iterdir() if path.is_dir()):
                found += _reports_in(body, out, params, seen)
            if (folder / INDEX_FILE).exists():
                found.append(_recorded(YearJob.of(int(folder.name), out), folder.name, seen))
        found += _beside(out, params, [int(folder.name) for folder in years])
    return found


def _reports_in(folder: Path, out: Path, params: Path, seen: dict) -> Iterator[Checked]:
    year = int(folder.parent.name)
    left = {path.name for path in folder.iterdir()}
    for stem in NOTEBOOKS:
        name = f"{stem}.json"
        if name not in left:
            continue
        job = Job(folder.name, year, params.parent, params.name, out, (), stem, notebook_path(stem))
        checked = _recorded(job, f"{year}/{folder.name}", seen)
        named = checked.record["outputs"] if checked.record else (n for n in left if n.startswith(f"{stem}."))
        left -= {name, *named}
        yield checked
    if left:
        stray = Checked(f"{year}/{folder.name}")
        for name in sorted(left):
            torn = "没有写完的文件" if name.startswith(TEMPORARY) else "没有记录的文件"
            stray.differs(OUTPUTS, f"{name} 是{torn}")
        yield stray


def _recorded(job: Job, place: str, seen: dict) -> Checked:
    """What differs between the files of a job and the record beside them; without a job where that is none."""
    checked = Checked(f"{place} {job.stem}")
    path = record_path(job)
    record = read_record(path)
    if record is None or not _sound(record) or (job.id and not BODY_ID.fullmatch(job.id)):
        checked.differs(OUTPUTS, f"{path.name} {'损坏，不是生成时写成的记录' if path.exists() else '缺失'}")
    else:
        checked.job = replace(job, formats=tuple(record["made_from"].get("formats") or ()))
        checked.record = record
        _compare(checked, job.folder, seen)
    return checked


def _sound(record: dict) -> bool:
    """Whether a record names files of its own folder only, each with its sha256."""
    told = record["outputs"].items()
    return all(re.fullmatch(r"[a-z]+\.[a-z]+", name) and isinstance(of, dict) and "sha256" in of for name, of in told)


def _compare(checked: Checked, folder: Path, seen: dict) -> None:
    """Compares the files of a report with its record, and what it would be made from now."""
    job, record = checked.job, checked.record
    assert job and record
    for name, told in record["outputs"].items():
        try:
            if digest((folder / name).read_bytes()) != told["sha256"]:
                checked.differs(OUTPUTS, f"{name} 被改动")
        except OSError as fault:
            checked.differs(OUTPUTS, f"{name} " + ("缺失" if isinstance(fault, FileNotFoundError) else "无法读取"))
    if record["outcome"] not in (BUILT, FOUND):
        checked.differs(OUTPUTS, f"上次未能生成（{OUTCOME_LABELS.get(record['outcome'], record['outcome'])}）")
    for key in changed(job, record, seen):
        if key == "versions":
            checked.differs(VERSIONS, _versions_changed(record["made_from"].get(key) or {}))
        else:
            checked.differs(KIND_OF.get(key, INPUTS), REASONS[key])


def _versions_changed(then: dict) -> str:
    now = program()["versions"]
    names = [name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]
    return "、".join(f"{name} {then.get(name, '无')}→{now.get(name, '无')}" for name in names)


def _beside(out: Path, params: Path, years: Sequence[int]) -> Iterator[Checked]:
    """What stands beside the reports: manifest and page of each year, the tables, the record of the run; each that is
    not what the reports and their params files give, and each file nobody has written."""
    known = {RUN, STATISTICS_FILE, FINDINGS_FILE, LOCK, "README.md", *map(str, years)}
    stray = [path.name for path in out.iterdir() if path.name not in known]
    with tempfile.TemporaryDirectory(prefix="gkstats-") as folder:
        scratch = Path(folder)
        collect(scratch, entries(params), program=program()["library"])
        for path in sorted(out.glob("[0-9][0-9][0-9][0-9]/*/*.json")):
            if read_record(path):
                replace_file(scratch / path.relative_to(out), path.read_bytes())
        for year in years:
            yield from _beside_one(out, f"{year}/{MANIFEST}", manifest_of(out, year), "与各报告的记录不符")
            with suppress(ReportError):  # no report of the year is left
                page = index_page(load_overview(year, scratch.resolve())).encode()
                yield from _beside_one(out, f"{year}/{INDEX_FILE}", page, "与各报告的记录和现在的参数文件不符")
            files = (path for path in (out / str(year)).iterdir() if not path.is_dir())
            stray += [f"{year}/{path.name}" for path in files if path.name not in OF_YEAR]
        for name in (STATISTICS_FILE, FINDINGS_FILE) if years else ():
            content = (scratch / name).read_bytes() if (scratch / name).exists() else None
            yield from _beside_one(out, name, content, "与现在的参数文件不符")
    if years and not (out / RUN).exists():
        yield Checked(RUN, [(OUTPUTS, "缺失，上一批没有做完")])
    for name in sorted(stray):
        yield Checked(name, [(OUTPUTS, "没有写完的文件" if TEMPORARY in name else "没有记录的文件")])


def _beside_one(out: Path, name: str, expected: bytes | None, told: str) -> Iterator[Checked]:
    try:
        content = (out / name).read_bytes()
    except OSError:
        content = None
    if content != expected:
        yield Checked(name, [(OUTPUTS, told if content is not None else "缺失")])


def sampled(checked: Sequence[Checked], count: int | None = None) -> list[Checked]:
    """The reports that can be built again, and the notebooks of the years: all, or ``count`` reports, the same ones
    whenever they were made from the same inputs."""
    good = [one for one in checked if one.record and one.record["outcome"] in (BUILT, FOUND)]
    if count is None:
        return good
    return sorted((one for one in good if one.of_report), key=_lot)[:count]


def _lot(one: Checked) -> str:
    assert one.record
    return digest(f"{one.place} {one.record['made_from'].get('params')}".encode())


def rebuild(checked: Sequence[Checked], workers: int, settings: Settings) -> Iterator[Checked]:
    """Builds reports again in a folder of their own and compares every file with the one that is there; each when it
    is done. What their inputs and program have changed since is among their differences already."""
    by_job = {(one.job.year, one.job.id, one.job.stem): one for one in checked if one.job}
    with tempfile.TemporaryDirectory(prefix="gkstats-") as scratch:
        jobs = [replace(one.job, out=Path(scratch).resolve()) for one in checked if one.job]
        for outcome in run(jobs, workers, settings):
            job = outcome.job
            one = by_job[job.year, job.id, job.stem]
            assert one.job and one.record
            if not outcome.made:
                told = outcome.message.partition("\n")[0] if outcome.outcome == FAILED else outcome.label
                one.differs(OUTPUTS, f"重新生成没有成功（{told}）")
            else:
                for name in one.record["outputs"]:
                    again = (job.folder / name).read_bytes() if (job.folder / name).exists() else None
                    there = one.job.folder / name
                    if there.exists() and there.read_bytes() != again:
                        one.differs(OUTPUTS, f"{name} 与重新生成的不同")
            yield one


def check_file(
    path: Path, told: Provenance, out: Path, params: str | Path, settings: Settings | None = None
) -> tuple[Checked, list[str]]:
    """What differs between a file, by its provenance, and the report under ``out`` it came from, and what agrees, in
    sentences; with ``settings`` the report is built again. Raises UnknownReport without a params folder, OSError."""
    content, name = path.read_bytes(), f"{told.stem}{path.suffix.lower()}"
    checked, agreed = Checked(path.name), []
    folder = params_folder(params).resolve()
    place = f"{out.name}/{told.year}/{told.id}/{name}"
    record = read_record(out / str(told.year) / told.id / f"{told.stem}.json")
    if record and _sound(record):
        if record["outputs"].get(name, {}).get("sha256") == digest(content):
            agreed.append(f"与 {place} 的记录逐字节相同。")
        else:
            _compare_provenance(checked, told, record["made_from"], place)
    formats = () if path.suffix.lower() == ".ipynb" else (path.suffix[1:].lower(),)
    job = Job(told.id, told.year, folder.parent, folder.name, out, formats, told.stem, notebook_path(told.stem))
    now = origin(job)
    for key, digest_told in (("params", told.params), ("previous", told.previous)):
        if (now[key] or {}).get("sha256", "") != digest_told:
            checked.differs(INPUTS, REASONS[key] if now[key] else f"{REASONS[key]}（不在了）")
    if settings:
        with tempfile.TemporaryDirectory(prefix="gkstats-") as scratch:
            for outcome in run([replace(job, out=Path(scratch).resolve())], 1, settings):
                again = outcome.job.folder / name
                if outcome.made and again.read_bytes() == content:
                    agreed.append("重新生成的文件与它逐字节相同。")
                else:
                    checked.differs(OUTPUTS, "与重新生成的不同" if outcome.made else "重新生成没有成功")
    if not agreed and not checked.differences:
        checked.differs(OUTPUTS, f"{out.name} 里没有这份报告，可加 --rebuild 重新生成后比较")
    return checked, agreed


def _compare_provenance(checked: Checked, told: Provenance, made_from: dict, place: str) -> None:
    checked.differs(OUTPUTS, f"与 {place} 的记录不同")
    for key, digest_told in (("params", told.params), ("previous", told.previous)):
        if (made_from.get(key) or {}).get("sha256", "") != digest_told:
            checked.differs(INPUTS, f"与记录相比，{REASONS[key]}")
    version = (made_from.get("versions") or {}).get("gkstats", "")
    if version != told.version:
        checked.differs(PROGRAM, f"由 gkstats {told.version} 生成，记录里是 {version}")
