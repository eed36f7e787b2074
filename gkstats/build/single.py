"""One report: its notebook run, exported, its files put in place. Also what is left of a report that was cut short."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from gkstats.build.job import BUILT, DIED, FAILED, FOUND, STOCK, UNREADABLE, Job, Outcome, Settings, YearJob
from gkstats.build.lock import in_turn
from gkstats.build.record import inputs_state, origin, publish
from gkstats.output import exporter
from gkstats.report import ReportError

if TYPE_CHECKING:
    from nbformat import NotebookNode

ERROR_MARKER = "papermill-error-cell-tag"  # papermill's English note of where a cell failed
CELL_FILE = re.compile(r"[^\s\"']{0,4096}[/\\]ipykernel_\d+[/\\]\d+\.py")  # the file a kernel pretends a cell to be
OWN_ERRORS = ("ReportError", "UnknownReport", "OutputFlood")  # their messages are ours and need no class name


def build_one(job: Job, settings: Settings, spool: str | Path) -> Outcome:
    """Builds one report: runs its notebook, exports it, puts its files in place. Never raises for what is wrong
    with the report; a failed notebook is kept with its error visible. ``spool`` gets the cells as they finish."""
    start = time.monotonic()
    before = inputs_state(job)
    made_from = origin(job)
    notebook, outcome, message = run_notebook(job, settings, spool)
    name, findings, problems = _findings(job)
    if inputs_state(job) != before:  # what was read is not what the record would name
        outcome, message, problems = FAILED, "参数文件在生成期间有改动，请再生成一次", ""
    if outcome == FAILED and problems:
        outcome, message = UNREADABLE, problems
    elif outcome == BUILT and findings:
        outcome = FOUND
    files = {}
    if outcome in (BUILT, FOUND):
        try:
            files = {format: exporter(format)(notebook) for format in job.formats}
        except Exception as fault:  # whatever an exporter raises, the other reports go on and the reason is shown
            outcome, message = FAILED, str(fault) or type(fault).__name__
    told = Outcome(job, outcome, time.monotonic() - start, findings, message, name, settings.engine)
    return publish(told, notebook, files, made_from)


def cut_short(job: Job, outcome: str, message: str, seconds: float, engine: str, spool: str | Path) -> Outcome:
    """The outcome of a report whose process was stopped or died; its notebook is kept as far as the spool has it,
    with ``message`` in the cell that was running."""
    notebook = parametrised(job)
    _recover(notebook, spool, outcome, message)
    told = Outcome(job, outcome, seconds, message=message, engine=engine)
    return publish(told, settled(notebook), {}, origin(job))


def run_notebook(job: Job, settings: Settings, spool: str | Path) -> tuple[NotebookNode, str, str]:
    """The executed notebook of a report, without anything volatile; BUILT, FAILED or DIED; and what went wrong."""
    from nbclient.exceptions import DeadKernelError
    from papermill.utils import chdir

    from gkstats.engine.client import InProcessEngine, StockEngine

    notebook = parametrised(job)
    outcome, message = BUILT, ""
    named = {"kernel_name": "python3", "progress_bar": False, "autosave_cell_every": 0,
             "spool": spool, "output_limit": settings.output}  # fmt: skip
    try:
        with chdir(job.home), tempfile.TemporaryDirectory() as scratch:
            if settings.engine == STOCK:
                # Own IPython folder: neither start-up files nor history of the user (by its variable: the option takes
                # the working folder out of the path); nothing imported from where it runs; silent but for a crash.
                environment = {**os.environ, "IPYTHONDIR": scratch, "PYTHONSAFEPATH": "1"}
                arguments = ["--log-level=50", "--HistoryManager.enabled=False"]
                starting = in_turn(Path(spool).with_name("starting"))
                StockEngine.execute_notebook(
                    notebook, extra_arguments=arguments, environment=environment, starting=starting, **named
                )
            else:
                InProcessEngine.execute_notebook(notebook, **named)
    except DeadKernelError:
        outcome, message = DIED, "内核进程意外结束，可能是内存不足"
        _recover(notebook, spool, outcome, message)
    except Exception as fault:  # a kernel that cannot start: the reason is kept, the batch goes on
        message = str(fault) if type(fault).__name__ in OWN_ERRORS else f"{type(fault).__name__}: {fault}"
        outcome = FAILED
        _recover(notebook, spool, outcome, message)
    else:
        message = _error_in(notebook)
        outcome = FAILED if message else BUILT
    return settled(notebook), outcome, message


def parametrised(job: Job) -> NotebookNode:
    """The notebook of a job with its parameters in their cell."""
    from papermill.execute import prepare_notebook_metadata
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from gkstats.build.parameters import register_translator

    register_translator()
    notebook = parameterize_notebook(load_notebook_node(str(job.notebook)), job.parameters, kernel_name="python3")
    return prepare_notebook_metadata(notebook, str(job.notebook), None)


def _error_in(notebook: NotebookNode) -> str:
    """What went wrong in an executed notebook, "" if nothing did: an error a cell shows, or a cell that never ran
    (``sys.exit()`` ends a notebook early, and papermill calls that success)."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                own = output.ename in OWN_ERRORS
                return output.evalue if own else f"{output.ename}: {output.evalue}".rstrip(": ")
        if cell.execution_count is None and cell.source.strip():
            return "笔记本没有运行到最后"
    return ""


def _recover(notebook: NotebookNode, spool: str | Path, ename: str, message: str) -> None:
    """Puts what the spool holds into the notebook, and the message into the cell that was running, else the first
    that did not run."""
    from nbformat.v4 import new_output

    from gkstats.engine.client import restore

    try:
        with Path(spool).open(encoding="utf-8", errors="replace") as lines:
            running = restore(notebook, lines)
    except OSError:
        running = None
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if running is not None:
        marked = notebook.cells[running]
    else:
        marked = next((c for c in code if c.execution_count is None and c.source.strip()), code[-1])
    if not any(output.output_type == "error" for output in marked.outputs):
        marked.outputs.append(new_output("error", ename=ename, evalue=message, traceback=[message]))


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
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                output.text = _without_cell_files(output.text)
            elif output.output_type == "error":
                output.traceback = [_without_cell_files(line) for line in output.traceback]
    return notebook


def _without_cell_files(text: str) -> str:
    return CELL_FILE.sub("<cell>", text) if "ipykernel_" in text else text


def _findings(job: Job) -> tuple[str, dict[str, int], str]:
    """(name of the body, number of causes by severity, those a reviewer settled left out, problems that keep its file
    or last year's from being read); nothing for the notebook of a year."""
    if isinstance(job, YearJob):
        return "", {}, ""
    from gkstats.checks import Case, examine
    from gkstats.decisions import settled
    from gkstats.params import load, load_previous
    from gkstats.units import units_of

    try:
        report = load(job.id, job.year, job.home / job.params)
        previous = load_previous(report, job.home / job.params)
        results = examine([Case(report, previous, units_of(report))])
    except ReportError as problems:
        return "", {}, str(problems)
    causes = [cause for cause in results.causes(report) if not all(map(settled, cause.findings))]
    return report.body.name, dict(Counter(cause.severity for cause in causes)), ""
