"""Building reports: which ones, each notebook run and exported, what came of it.

A report is built by papermill with the stock kernel and exported by the nbconvert exporters; its files are
written under temporary names and renamed, so a half-written report is never seen under its own name. What is
volatile (times, durations) stays out of the files.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from gkstats.output import FORMATS, USUAL_FORMATS, exporter
from gkstats.params import Entry, params_folder
from gkstats.report import ReportError

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = "annual_report.ipynb"
ERROR_MARKER = "papermill-error-cell-tag"  # papermill's English note of where a cell failed

BUILT, UNREADABLE, FAILED, DIED = "built", "unreadable", "failed", "died"
OUTCOME_LABELS = {BUILT: "已生成", UNREADABLE: "数据有误", FAILED: "生成失败", DIED: "进程中断"}


@dataclass(frozen=True)
class Job:
    """One report to build: ``home`` is the folder the notebook runs in, ``params`` the params folder from there."""

    id: str
    year: int
    home: Path
    params: str
    out: Path
    formats: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where the files of the report go."""
        return self.out / str(self.year) / self.id


@dataclass(frozen=True)
class Outcome:
    """What came of one report: BUILT, UNREADABLE (its data), FAILED (a cell or an export) or DIED (its process),
    the findings by severity, seconds, and a message where it was not built."""

    job: Job
    outcome: str
    seconds: float
    findings: dict[str, int] = field(default_factory=dict)
    message: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """The outcome in the words of OUTCOME_LABELS."""
        return OUTCOME_LABELS[self.outcome]

    @property
    def good(self) -> bool:
        """Built, and without findings of severity error."""
        return self.outcome == BUILT and not self.findings.get("error")


def plan(
    entries: Sequence[Entry], params: str | Path, out: str | Path, formats: Sequence[str] = USUAL_FORMATS
) -> list[Job]:
    """The jobs for report files found under ``params``."""
    folder = params_folder(params).resolve()
    return [Job(e.id, e.year, folder.parent, folder.name, Path(out).resolve(), tuple(formats)) for e in entries]


def build(jobs: Sequence[Job], workers: int = 1) -> Iterator[Outcome]:
    """Builds every report, ``workers`` at a time; the outcome of each as it ends. One report that fails, or
    whose process dies, does not stop the others."""
    if min(workers, len(jobs)) <= 1:
        yield from map(build_one, jobs)
        return
    lost = []
    with _pool(workers) as pool:
        futures = {pool.submit(build_one, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(futures[future])
        except (KeyboardInterrupt, GeneratorExit):
            pool.shutdown(cancel_futures=True)  # what is being built is finished, nothing new is begun
            raise
    # A process that dies takes the pool with it; what was not finished runs once more, each in a pool of its own,
    # so that only the report that kills its process is lost.
    for job in lost:
        with _pool(1) as pool:
            try:
                yield pool.submit(build_one, job).result()
            except BrokenProcessPool:
                yield Outcome(job, DIED, 0.0, message="进程意外结束，可能是内存不足")


def _pool(workers: int) -> ProcessPoolExecutor:
    """Worker processes that leave Ctrl-C to the process that watches them."""
    return ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))


def build_one(job: Job) -> Outcome:
    """Builds one report: runs its notebook, exports it, puts its files in place. Never raises for what is wrong
    with the report; a failed notebook is kept with its error visible."""
    import nbformat

    start = time.monotonic()
    notebook, error = run_notebook(job)
    name, findings, problems = _findings(job)
    outcome = UNREADABLE if problems else FAILED if error else BUILT
    message = problems or error
    files = {}
    if outcome == BUILT:
        try:
            files = {format: exporter(format)(notebook) for format in job.formats}
        except Exception as fault:  # whatever an exporter raises, the other reports go on and the reason is shown
            outcome, message = FAILED, str(fault) or type(fault).__name__
    files["ipynb"] = (nbformat.writes(notebook) + "\n").encode()
    try:
        publish(job.folder, files)
    except OSError as fault:
        reason = f"无法写入（{fault.strerror}），文件可能正被其他程序打开，或没有写入权限"
        outcome, message = FAILED, f"{job.folder}：{reason}"
    return Outcome(job, outcome, time.monotonic() - start, findings, message, name)


def run_notebook(job: Job) -> tuple[NotebookNode, str]:
    """The executed notebook of a report, without anything volatile, and what went wrong ("" if nothing did)."""
    import nbformat
    import papermill

    error = ""
    with tempfile.TemporaryDirectory() as scratch:
        executed = Path(scratch) / NOTEBOOK
        try:
            papermill.execute_notebook(
                notebook_path(), executed, {"body": job.id, "year": job.year, "params": job.params},
                kernel_name="python3", cwd=job.home, progress_bar=False, request_save_on_cell_execute=False,
                # own IPython folder: neither start-up files nor history of the user; silent but for a crash
                # and nothing imported from the folder it runs in
                extra_arguments=[f"--ipython-dir={scratch}", "--log-level=50", "--HistoryManager.enabled=False",
                                 "--InteractiveShellApp.ignore_cwd=True"],
            )  # fmt: skip
        except papermill.PapermillExecutionError as fault:
            error = (
                fault.evalue if fault.ename in ("ReportError", "UnknownReport") else f"{fault.ename}: {fault.evalue}"
            )
        except Exception as fault:  # a kernel that cannot start or dies: the reason is kept, the batch goes on
            error = f"{type(fault).__name__}: {fault}"
        notebook = nbformat.read(executed if executed.exists() else notebook_path(), as_version=4)
    return settled(notebook), error


def settled(notebook: NotebookNode) -> NotebookNode:
    """The notebook without times, paths and random ids, so that the same inputs give the same bytes."""
    notebook.metadata = {
        "kernelspec": notebook.metadata.get("kernelspec", {}),
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        "papermill": {"parameters": notebook.metadata.get("papermill", {}).get("parameters", {})},
    }
    notebook.cells = [cell for cell in notebook.cells if ERROR_MARKER not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
    return notebook


def notebook_path() -> Path:
    """The notebook of the annual report: inside an installed package, or the repository's own."""
    installed = Path(__file__).parent / "notebooks" / NOTEBOOK
    return installed if installed.exists() else Path(__file__).parent.parent / "notebooks" / NOTEBOOK


def publish(folder: Path, files: dict[str, bytes]) -> None:
    """Puts the files of a report in place, each complete before it gets its name; a format that was not made
    this time is removed, so that nothing beside the new notebook is older than it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for format, content in files.items():
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".report-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(temporary).chmod(0o644)  # mkstemp gives 0600; a report is to be read by others
            Path(temporary).replace(folder / f"report.{format}")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    for format in set(FORMATS) - set(files):
        (folder / f"report.{format}").unlink(missing_ok=True)


def _findings(job: Job) -> tuple[str, dict[str, int], str]:
    """(name of the body, number of failures by severity, problems that keep the file from being read)."""
    from gkstats.checks import FAIL, check
    from gkstats.params import load

    try:
        report = load(job.id, job.year, job.home / job.params)
    except ReportError as problems:
        return "", {}, str(problems)
    findings = check([report])
    return report.body.name, findings[findings["status"] == FAIL]["severity"].value_counts().to_dict(), ""
