"""Which reports a batch builds, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gkstats.build.job import BUILT, FOUND, Job, notebook_path
from gkstats.build.parameters import require
from gkstats.build.record import altered, origin, read_record, record_path
from gkstats.output import USUAL_FORMATS
from gkstats.params import Entry, params_folder

REASONS = {
    "new": "尚未生成",
    "failed": "上次未能生成",
    "params": "参数文件有改动",
    "previous": "上年报告有改动",
    "units": "下级单位数据有改动",
    "trace": "数据的出处有改动",
    "index": "年度目录页有改动",
    "notebook": "笔记本有改动",
    "library": "程序有改动",
    "print": "字体或版式有改动",
    "versions": "所用软件的版本有变化",
    "formats": "格式有增减",
    "altered": "输出文件缺失或被改动",
    "forced": "指定重新生成",
}


def plan(
    entries: Sequence[Entry],
    params: str | Path,
    out: str | Path,
    formats: Sequence[str] = USUAL_FORMATS,
    stem: str = "report",
) -> list[Job]:
    """The jobs for report files found under ``params``. Raises WrongParameters if the notebook takes other
    parameters than these."""
    folder = params_folder(params).resolve()
    notebook = notebook_path(stem)
    jobs = [
        Job(e.id, e.year, folder.parent, folder.name, Path(out).resolve(), tuple(formats), stem, notebook)
        for e in entries
    ]
    for job in jobs[:1]:  # names and types are the same for all
        require(notebook, job.parameters)
    return jobs


def reasons(job: Job, record: dict | None, seen: dict | None = None) -> list[str]:
    """Why a report is built, in keys of REASONS; empty if it stands as it should. ``seen`` as for ``origin``."""
    if record is None:
        return ["new"]
    found = changed(job, record, seen)
    if not found and record["outcome"] not in (BUILT, FOUND):
        found = ["failed"]
    if not found and altered(job, record):
        found = ["altered"]
    return found


def changed(job: Job, record: dict, seen: dict | None = None) -> list[str]:
    """What a report would be made from now and was not then, in keys of REASONS. ``seen`` as for ``origin``."""
    now, then = origin(job, seen), record["made_from"]
    return [key for key, value in now.items() if value != then.get(key)]


def decide(jobs: Sequence[Job], force: bool = False) -> Iterator[tuple[Job, list[str], dict | None]]:
    """Each job with the reasons to build it and the record of its last time."""
    seen: dict = {}
    for job in jobs:
        record = read_record(record_path(job))
        yield job, ["forced"] if force else reasons(job, record, seen), record
