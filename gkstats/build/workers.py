"""Reports built in processes of their own, each watched: by time, by how it ends, and by a request to stop.

With the engine FAST every report has a fresh process, forked from one that has loaded what reports need and holds a
single thread (``preload.py``). With STOCK a few processes build report after report, each in a new kernel.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from gkstats.build.job import DIED, FAST, STOCK, TIMED_OUT, Job, Outcome, Settings

GRACE = 3.0  # seconds reports under way have to end after a request to stop
LINGER = 0.5  # seconds a process has to end by itself once its report is there
GLANCE = 0.2  # seconds between looks at the request to stop
PRELOAD = "gkstats.build.preload"
TRIES = 2  # a process that dies is often not the report's fault, and gets one more chance


def run(
    jobs: Sequence[Job], workers: int, settings: Settings, stop: Callable[[], bool] = lambda: False
) -> Iterator[Outcome]:
    """Builds every report, ``workers`` at a time; the outcome of each as it ends. One that fails, hangs or whose
    process dies does not stop the others. After ``stop()`` is true nothing is begun, and what has not ended within
    GRACE seconds is given up and has no outcome."""
    queue = deque((job, 1) for job in jobs)
    crew = [_Worker(settings) for _ in range(max(1, min(workers, len(jobs))))]
    halt = None
    with tempfile.TemporaryDirectory(prefix="gkstats-", ignore_cleanup_errors=True) as scratch:
        try:
            while True:
                if halt is None and stop():
                    queue.clear()
                    halt = time.monotonic() + GRACE
                for worker in crew:
                    if queue and worker.job is None:
                        worker.begin(*queue.popleft(), Path(scratch))
                busy = [worker for worker in crew if worker.job]
                if not busy or (halt and time.monotonic() > halt):
                    return
                connection.wait([thing for worker in busy for thing in worker.signs], timeout=GLANCE)
                for worker in busy:
                    outcome = worker.outcome()
                    if outcome is None:
                        continue
                    if outcome.outcome == DIED and worker.tried < TRIES and not halt:
                        queue.append((outcome.job, worker.tried + 1))
                    else:
                        yield outcome
        finally:
            for worker in crew:
                worker.end()
            while any(worker.ended for worker in crew):
                for worker in crew:
                    worker.bury()
                time.sleep(0.005)


@dataclass(eq=False)
class _Worker:
    """A process that builds reports, and the report it is at; the process is started when there is something to do."""

    settings: Settings
    job: Job | None = None
    tried: int = 0
    began: float = 0.0
    spool: Path = Path()
    process: BaseProcess | None = None
    ended: list[tuple[BaseProcess, float]] = field(default_factory=list)
    link: connection.Connection = field(init=False)

    def begin(self, job: Job, tried: int, scratch: Path) -> None:
        if self.process is None:
            context = _context(self.settings.engine)
            self.link, theirs = context.Pipe()
            self.process = context.Process(target=serve, args=(theirs, self.settings), daemon=True)
            self.process.start()
            theirs.close()
        self.job, self.tried, self.began = job, tried, time.monotonic()
        self.spool = scratch / f"{job.year}-{job.id}-{tried}"
        with contextlib.suppress(OSError):  # a process that is dead already: seen by outcome()
            self.link.send((job, self.spool))
        self.bury()  # only now, while the new one works

    @property
    def signs(self) -> tuple:
        """What to wait on: its outcome, and its end (a program it has started may keep the link open)."""
        assert self.process
        return self.link, self.process.sentinel

    def outcome(self) -> Outcome | None:
        """What came of the report, None while it is being built."""
        assert self.job and self.process
        told = None
        seconds = time.monotonic() - self.began
        alive = self.process.is_alive()  # asked first: what it sent before its end is then there
        if self.link.poll():
            try:
                told = replace(self.link.recv(), job=self.job)  # not a copy of it: a batch keeps thousands
            except (EOFError, OSError):
                alive = False
        if told is None and not alive:
            told = self._cut_short(DIED, self._end_of_process(), seconds)
        elif told is None and seconds > self.settings.timeout:
            self.end()
            self.bury(at_once=True)  # it must not write any more when its evidence is put in place
            told = self._cut_short(TIMED_OUT, f"超过 {self.settings.timeout:g} 秒没有完成，已停止", seconds)
        if told:
            if self.settings.engine == FAST:
                self.end()
            with contextlib.suppress(OSError):
                self.spool.unlink(missing_ok=True)
            self.job = None
        return told

    def _cut_short(self, outcome: str, message: str, seconds: float) -> Outcome:
        from gkstats.build.single import cut_short

        assert self.job
        if outcome == DIED and self.tried < TRIES:
            return Outcome(self.job, DIED, seconds, message=message)
        return cut_short(self.job, outcome, message, seconds, self.settings.engine, self.spool)

    def _end_of_process(self) -> str:
        assert self.process
        self.process.join(1)
        code = self.process.exitcode
        self.end()
        self.bury(at_once=True)
        if code is not None and code < 0:
            return f"进程被信号 {-code} 终止，可能是内存不足或程序崩溃"
        return f"进程提前结束（状态 {code}）"

    def end(self) -> None:
        """Has done with the process; ``bury`` sees to its end."""
        if self.process:
            self.link.close()
            self.ended.append((self.process, time.monotonic()))
            self.process = None

    def bury(self, at_once: bool = False) -> None:
        """Ends the processes that are done with, if they have not ended by themselves, and what they have started."""
        for process, since in self.ended[:]:
            if process.is_alive() and not at_once and time.monotonic() - since < LINGER:
                continue
            self.ended.remove((process, since))
            if self.settings.engine == FAST and process.pid:
                with contextlib.suppress(OSError):  # its own process group, see _alone()
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.join()
            process.close()


def _context(engine: str):
    if engine == STOCK:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOAD])
    _start_server()
    return context


def _start_server() -> None:
    """Starts the process that forks, if it does not run, with the environment it needs; ours stays as it is."""
    from multiprocessing.forkserver import ensure_running

    from gkstats.build.environment import ENVIRONMENT

    before = os.environ.copy()
    os.environ.update(ENVIRONMENT)
    try:
        ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def serve(link: connection.Connection, settings: Settings) -> None:
    """What a worker process does: builds the reports it is sent, one for FAST."""
    from gkstats.build.single import build_one

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that watches
    multiprocessing.current_process().daemon = False  # a notebook may start processes, as in a kernel
    if settings.engine == FAST:
        _alone(settings)
        from gkstats.build import preload

        if preload.TROUBLE:
            settings = replace(settings, engine=STOCK)
    while True:
        try:
            job, spool = link.recv()
        except (EOFError, OSError):
            return
        os.chdir(job.home)
        outcome = build_one(job, settings, spool)
        try:
            link.send(outcome)
        except OSError:  # nobody waits any more
            return


def _alone(settings: Settings) -> None:
    """Cuts a forked process off from the others: a process group of its own, an end with its parent, bounds, and
    random numbers that are not those of its siblings."""
    import random
    import resource

    os.setpgid(0, 0)
    if sys.platform == "linux":
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError):  # short of memory, the system should end a report and not the batch
            Path("/proc/self/oom_score_adj").write_text("500")
        # what is loaded is the same for all reports: a report may take so much besides (fields: man 5 proc_pid_statm)
        loaded = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (loaded + settings.memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * settings.output, resource.RLIM_INFINITY))
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
