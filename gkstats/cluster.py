"""A batch on a Dask cluster: the same jobs, outcomes and files as on one machine.

Workers share a file system with whoever starts the batch (params, outputs, under the same paths) and have the same
gkstats; both are checked before anything is built. Each worker forks its reports from a prepared process of its own.
"""

from __future__ import annotations

import logging
import multiprocessing
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from gkstats.build.job import DIED, FAILED, Job, Outcome, Settings
from gkstats.build.record import program
from gkstats.build.workers import GLANCE
from gkstats.files import TEMPORARY

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 10.0  # seconds to find the scheduler, or to find it again
AHEAD = 2  # reports handed out for each that can run: enough to keep workers busy, few to take back


class ClusterError(Exception):
    """The cluster cannot be used, or was lost; the message says what to do."""


def run(
    address: str, jobs: Sequence[Job], workers: int, settings: Settings, stop: Callable[[], bool] = lambda: False
) -> Iterator[Outcome]:
    """Builds the jobs on the cluster at ``address``; the outcome of each as it ends, as ``gkstats.build.run`` does.
    How many run at once is the cluster's affair: ``workers`` is not looked at. Raises ClusterError if there is no
    cluster, if a worker differs from this machine, and when the scheduler is lost."""
    with _client(address) as client:
        _require_alike(client, jobs[0].out)
        try:
            yield from _run(client, jobs, settings, stop)
        except OSError:  # what Dask raises for a closed connection is one
            raise ClusterError(f"与 {address} 失去联系。已生成的报告是完整的，集群恢复后再执行一次即可继续。") from None


def _run(client: Client, jobs: Sequence[Job], settings: Settings, stop: Callable[[], bool]) -> Iterator[Outcome]:
    queue = deque(jobs)
    waiting: dict[Future, Job] = {}
    done: SimpleQueue[Future] = SimpleQueue()
    expected = dict(program())
    while True:
        if stop():
            client.cancel(list(waiting), force=True)
            return
        if client.status != "running":
            raise ConnectionError
        slots = AHEAD * max(1, sum(client.nthreads().values())) if queue else 0
        while queue and len(waiting) < slots:
            job = queue.popleft()
            key = f"{job.id}-{job.year}-{job.stem}-{secrets.token_hex(4)}"
            future = client.submit(build_here, job, settings, expected, pure=False, key=key)
            waiting[future] = job
            future.add_done_callback(done.put)
        if not waiting:
            return
        try:
            future = done.get(timeout=GLANCE)
        except Empty:
            continue
        if future.status == "cancelled":  # with the scheduler
            raise ConnectionError
        if future.status == "lost":  # its worker died before it was told what came of it: another does it again
            future.add_done_callback(done.put)
            continue
        yield _outcome(future, waiting.pop(future), settings)


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("没有安装集群所需的软件，请执行：pip install 'gkstats[cluster]'") from None
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what goes wrong is told by an outcome or an error
    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise ClusterError(
            f"找不到 {address} 的调度器：{fault}。请先执行 dask scheduler，见 docs/cluster.md。"
        ) from None


def _require_alike(client: Client, out: Path) -> None:
    """Raises ClusterError unless there are workers, all with this program and with the outputs folder of this
    machine: what one writes there the others must read."""
    probe = out / f"{TEMPORARY}{secrets.token_hex(8)}"
    word = secrets.token_hex(8)
    probe.write_text(word, encoding="ascii", newline="\n")
    try:
        told = client.run(_look, str(probe))
    finally:
        probe.unlink()
    if not told:
        raise ClusterError("集群里没有工作进程。请执行 dask worker，见 docs/cluster.md。")
    ours = dict(program())
    wrong = [
        f"  {worker}：看不到 {out}，各机须以同一路径共享文件夹" for worker, (read, _) in told.items() if read != word
    ]
    wrong += [f"  {worker}：程序或所用软件的版本与本机不同" for worker, (_, its) in told.items() if its != ours]
    if wrong:
        raise ClusterError("\n".join(["工作进程与本机不一致，没有开始生成：", *wrong]))


def _look(probe: str) -> tuple[str, Mapping]:
    """What a worker reads in the probe, and its program."""
    try:
        read = Path(probe).read_text(encoding="ascii")
    except OSError:
        read = ""
    return read, dict(program())


def build_here(job: Job, settings: Settings, expected: Mapping) -> Outcome:
    """Builds one report in a process of this worker's own prepared one; what a worker of the cluster does."""
    from gkstats.build.workers import run as run_here

    if dict(program()) != expected:  # a worker that came later
        return Outcome(job, FAILED, message="工作进程上的程序或所用软件的版本与发起的机器不同")
    multiprocessing.current_process().daemon = False  # a Dask worker is one, and may not start processes as such
    return next(iter(run_here([job], 1, settings)))


def _outcome(future: Future, job: Job, settings: Settings) -> Outcome:
    """What came of a report: its outcome, or what became of its worker."""
    fault = future.exception()
    if fault is None:
        return replace(future.result(), job=job)  # as on one machine
    from distributed.scheduler import KilledWorker

    from gkstats.build.single import cut_short

    killed = isinstance(fault, KilledWorker)
    message = "每次运行都使工作进程意外结束，已放弃，可能是内存不足" if killed else f"{type(fault).__name__}: {fault}"
    return cut_short(job, DIED if killed else FAILED, message, 0.0, settings.engine, "")
