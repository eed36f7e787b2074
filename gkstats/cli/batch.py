"""A batch as its user watches it: progress, an orderly stop, and what came of it."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

import click

from gkstats.build import BUILT, FOUND, UNCHANGED, Job, Outcome, Settings, YearJob, decide, run, unchanged
from gkstats.build.lock import held
from gkstats.build.manifest import RUN, write_manifest, write_run, years_of
from gkstats.build.record import program
from gkstats.cluster import ClusterError
from gkstats.cluster import run as run_on_cluster
from gkstats.output import INDEX_FILE
from gkstats.params import Entry, entries
from gkstats.report import ReportError

STATUS_EVERY = 100  # reports between two lines that say how far a long batch has come
NOT_MADE, WRONG = "not made", "wrong"  # counted beside the outcomes: no report, and a report with errors in it
LONG = 40  # reports beyond which the table of all is left to the manifest


@dataclass
class Batch:
    """The reports of one command: which, where to, how; and after ``run`` what came of them."""

    planned: Sequence[Job]
    out: Path
    settings: Settings
    workers: int
    scheduler: str = ""
    quiet: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    stopped: bool = False
    trouble: str = ""
    kinds: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)

    def run(self, force: bool = False) -> list[Outcome]:
        """Builds what has to be built and writes manifest and run record; the outcomes of all reports that have one.
        Raises Held if another batch works on the same outputs."""
        started = datetime.now(UTC)
        with held(self.out), _stoppable(self):
            todo = []
            for job, why, record in decide(self.planned, force):
                if why or record is None:
                    todo.append(job)
                else:
                    self._take(unchanged(job, record))
            gone = self._gone()
            settled = (self.out / RUN).exists() and not todo and not gone
            if not settled:
                (self.out / RUN).unlink(missing_ok=True)  # written last: where it is missing, a batch was cut short
            try:
                if todo:
                    self._watch(self._runner()(todo, self.workers, self.settings, lambda: self.stopped), len(todo))
            except ClusterError as error:
                self.trouble = str(error)
            if settled or self.stopped:
                return self.outcomes
            try:
                self._finish(gone)
                write_run(self.out, started, self.outcomes, self.settings, self.workers, self.scheduler or "local")
            except ReportError as error:
                self.trouble = str(error)
            except OSError as fault:
                self.trouble = f"{self.out.name} 里的清单、数据表或目录页无法写入（{fault.strerror}）"
        return self.outcomes

    def _gone(self) -> set[int]:
        """The years of reports that an earlier batch summed up and whose params file is there no more."""
        from gkstats.dataset import covered

        try:
            listed = {(entry.id, entry.year) for entry in self._entries()}
        except ReportError:  # two files for a report of a body that is not in this batch: told at its end, if at all
            return set()
        return {year for body, year in covered(self.out) if (body, year) not in listed}

    def _entries(self) -> list[Entry]:
        return entries(self.planned[0].home / self.planned[0].params)

    def _finish(self, gone: set[int]) -> None:
        """Brings what stands beside the reports in line with them: the table and the findings of all, the manifest,
        the page and the notebook of each year. The page of the year after tells of growth, so it is made again too."""
        from gkstats.dataset import collect
        from gkstats.output.index import write_index

        collect(self.out, self._entries(), self.workers, program()["library"])
        touched = years_of(self.outcomes)
        for year in touched:
            write_manifest(self.out, year)
        older = {year for before in {*touched, *gone} for year in (before, before + 1)} - {*touched}
        years = [*touched, *sorted(year for year in older if (self.out / str(year) / INDEX_FILE).exists())]
        for year in years:
            write_index(year, self.out)
        for told in run([YearJob.of(year, self.out) for year in years], self.workers, self.settings):
            if not told.made:
                self.trouble = f"{told.job.year} 年度总览的笔记本没有生成：{told.message}"

    def _runner(self) -> Callable[..., Iterator[Outcome]]:
        if not self.scheduler:
            return run
        return partial(run_on_cluster, self.scheduler)

    def _watch(self, outcomes: Iterator[Outcome], total: int) -> None:
        """Takes the outcomes as they come, with a bar on a terminal and a line for each elsewhere."""
        from rich.console import Console

        console = Console(stderr=True)
        if self.quiet or not console.is_terminal:
            for number, outcome in enumerate(outcomes, 1):
                self._take(outcome)
                if not self.quiet:
                    click.echo(f"[{number}/{total}] {outcome.job.id} {outcome.job.year} {outcome.label}", err=True)
                    if number % STATUS_EVERY == 0:
                        click.echo(f"    {self._status(number, total)}", err=True)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("生成报告"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            for number, outcome in enumerate(outcomes, 1):
                self._take(outcome)
                bar.update(task, advance=1, description=self._status(number, total))

    def _take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.kinds[outcome.outcome] += 1
        self.kinds[NOT_MADE] += not outcome.made
        self.kinds[WRONG] += outcome.made and not outcome.good

    def _status(self, done: int, total: int) -> str:
        """How far the batch has come, how fast, and how long it will take."""
        seconds = time.monotonic() - self.begun
        skipped = f"，未变{self.kinds[UNCHANGED]}份" if self.kinds[UNCHANGED] else ""
        return (
            f"完成{done}份，未生成{self.kinds[NOT_MADE]}份，有错误{self.kinds[WRONG]}份{skipped}，"
            f"每分钟{60 * done / seconds:.0f}份，约余{_duration(seconds / done * (total - done))}"
        )

    def print_outcomes(self, out: str, again: str) -> None:
        """Prints what came of each report, with the command that does a failed one again, and the sum of it."""
        outcomes = sorted(self.outcomes, key=lambda outcome: (outcome.job.id, outcome.job.year))
        if len(outcomes) <= LONG and not self.quiet:
            _print_table(outcomes)
        for o in outcomes:
            if not o.made:
                click.secho(f"{o.name or o.job.id} {o.job.year}年度：{o.label}", fg="red", err=True)
                click.echo("\n".join(f"  {line}" for line in o.message.splitlines()), err=True)
                click.echo(f"  改正后重新生成：gkstats build {o.job.id} --year {o.job.year}{again}", err=True)
        if self.trouble:
            click.secho(self.trouble, fg="red", err=True)
        unchanged, made = self.kinds[UNCHANGED], self.kinds[BUILT] + self.kinds[FOUND]
        parts = [f"共{len(self.planned)}份，生成{made}份"]
        parts += [f"未变{unchanged}份"] if unchanged else []
        parts += [f"未生成{missing}份"] if (missing := len(self.planned) - made - unchanged) else []
        parts += [f"其中{self.kinds[WRONG]}份数据有错误"] if self.kinds[WRONG] and len(outcomes) > LONG else []
        click.echo(f"{'，'.join(parts)}，在 {out}/年度/主体/ 下。")


def _print_table(outcomes: Sequence[Outcome]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("主体", "年度", "结果", "错误", "提示", "用时"):
        table.add_column(heading, justify="right" if heading in ("错误", "提示", "用时") else "left", no_wrap=True)
    for o in outcomes:
        figures = [str(o.findings.get(severity, 0)) if o.name else "" for severity in ("error", "warning")]
        seconds = "" if o.outcome == UNCHANGED else f"{o.seconds:.1f}秒"
        table.add_row(o.name or o.job.id, str(o.job.year), o.label, *figures, seconds)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=100).print(table)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f}秒"
    return f"{minutes}分钟" if minutes < 100 else f"{minutes // 60}小时{minutes % 60}分钟"


@contextmanager
def _stoppable(batch: Batch) -> Iterator[None]:
    """Within, Ctrl-C and a request to end let the batch stop in order; a second one stops it at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if batch.stopped:
            raise KeyboardInterrupt
        batch.stopped = True

    try:
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs us there minds the signals
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
