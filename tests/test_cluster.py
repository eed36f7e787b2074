"""A batch on a Dask cluster of real processes on this machine: a scheduler and two workers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

pytest.importorskip("distributed", reason="the extra gkstats[cluster] is not installed")

from gkstats.build import BUILT, FAST, Job, Outcome, Settings, plan, usual_engine
from gkstats.build import run as run_locally
from gkstats.cli import FOUND, run
from gkstats.cluster import ClusterError, _run
from gkstats.cluster import run as run_on_cluster
from gkstats.output import FORMATS
from gkstats.params import entries

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(usual_engine() != FAST, reason="ends processes as POSIX systems do"),
    pytest.mark.filterwarnings("default"),
]


class Cluster:
    """A scheduler and its workers, each a process (and a nanny) of its own."""

    def __init__(self, folder, workers=2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        worker = ("worker", self.address, "--nthreads", "1", "--host", "127.0.0.1")
        self.workers = [self._start(*worker) for _ in range(workers)]
        self.wait_for_workers(workers)

    def _start(self, *arguments):
        command = [sys.executable, "-m", "dask", *arguments]
        command += ["--no-dashboard", "--dashboard-address", ":0"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, start_new_session=True, **quiet)

    def wait_for_workers(self, count):
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def end(self):
        for process in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.end()


@pytest.fixture
def years(params_dir):
    """years(n) → jobs of one report for so many years, all the same but for the year."""
    text = (params_dir / "500243-pengshui/2023.yaml").read_text(encoding="utf-8")

    def make(count, out="outputs", formats=("html",)):
        for year in range(2030, 2030 + count):
            (params_dir / f"500243-pengshui/{year}.yaml").write_text(text.replace("2023", str(year)), encoding="utf-8")
        (params_dir.parent / out).mkdir(exist_ok=True)
        found = entries(params_dir, ["pengshui"], range(2030, 2030 + count))
        return plan(found, params_dir, params_dir.parent / out, formats)

    return make


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_and_outcomes_are_those_of_one_machine_though_a_worker_is_killed_in_the_middle(cluster, years, tmp_path):
    on_cluster, here = years(8, "cluster", FORMATS), years(8, "here", FORMATS)
    told = []
    for outcome in run_on_cluster(cluster.address, on_cluster, 0, Settings()):
        told.append(outcome)
        if len(told) == 2:
            os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    assert sorted(o.job.year for o in told) == [job.year for job in here]
    assert all(o.made for o in told)
    assert all(o.made for o in run_locally(here, 2, Settings()))
    assert files(tmp_path / "cluster") == files(tmp_path / "here")


POISON = """
import os, signal
server = os.getppid()
worker = int(open(f"/proc/{server}/stat").read().rpartition(")")[2].split()[1])
os.kill(worker, signal.SIGKILL)
import time; time.sleep(60)
"""


def test_a_report_that_kills_every_worker_becomes_an_outcome_and_the_others_are_built(cluster, years, tmp_path):
    cells = [
        nbformat.v4.new_code_cell("body = ''\nyear = 0\nparams = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(POISON),
    ]
    kernel = {"name": "python3", "display_name": "", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "poison.ipynb")
    good = years(4)
    j = good[0]
    poison = Job("500243-pengshui", 2023, j.home, j.params, j.out, (), notebook=tmp_path / "poison.ipynb")
    told = {o.job.year: o for o in run_on_cluster(cluster.address, [poison, *good], 0, Settings())}
    assert all(o.made for year, o in told.items() if year != 2023)
    assert told[2023].outcome == "died" and "工作进程意外结束" in told[2023].message
    record = json.loads((poison.folder / "report.json").read_text(encoding="utf-8"))
    assert record["outcome"] == "died"


class LostOnce:
    """A future whose outcome was lost with its worker before it was fetched, and is made again by another."""

    def __init__(self, outcome):
        self.outcome, self.status = outcome, "finished"
        self.asked = 0

    def add_done_callback(self, callback):
        self.asked += 1
        self.status = "lost" if self.asked == 1 else "finished"
        callback(self)

    def exception(self):
        return None

    def result(self):
        return self.outcome


def test_an_outcome_that_is_lost_with_its_worker_is_waited_for_again(years):
    (job,) = years(1)
    future = LostOnce(Outcome(job, BUILT))
    client = SimpleNamespace(status="running", nthreads=lambda: {"one": 1}, submit=lambda *_, **__: future)
    assert list(_run(client, [job], Settings(), lambda: False)) == [future.outcome]
    assert future.asked == 2


def test_without_its_scheduler_a_batch_ends_and_says_how_to_go_on(cluster, years, tmp_path, monkeypatch):
    years(12)
    monkeypatch.chdir(tmp_path)
    done = tmp_path / "outputs"
    command = ["build", "pengshui", *(f"--year={year}" for year in range(2030, 2042)), "--formats", "html"]
    with subprocess.Popen(
        [sys.executable, "-m", "gkstats", *command, "--scheduler", cluster.address],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as batch:  # fmt: skip
        assert batch.stderr.readline().startswith("[1/12]")
        os.killpg(cluster.scheduler.pid, signal.SIGKILL)
        out, err = batch.communicate(timeout=90)
    assert batch.returncode == FOUND
    assert "失去联系" in err and "共12份，生成" in out and "未生成" in out and "Traceback" not in err
    records = [json.loads(path.read_bytes()) for path in done.glob("20*/*/report.json")]
    assert records and all(record["outcome"].startswith("built") for record in records)


def test_no_scheduler_is_told_in_a_sentence(params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    monkeypatch.setattr("gkstats.cluster.PATIENCE", 1.0)
    assert run(["build", "hongze", "--scheduler", "tcp://127.0.0.1:1"]) == FOUND
    assert "找不到 tcp://127.0.0.1:1 的调度器" in capsys.readouterr().err


def test_workers_that_do_not_share_the_folder_or_the_program_are_refused(cluster, years, monkeypatch):
    jobs = years(1)
    monkeypatch.setattr("gkstats.cluster.program", lambda: {"library": "other"})
    with pytest.raises(ClusterError, match="版本与本机不同"):
        list(run_on_cluster(cluster.address, jobs, 0, Settings()))
    assert not list(Path(jobs[0].out).iterdir()), "nothing was begun, and the probe is gone"
    monkeypatch.setattr("gkstats.cluster._look", lambda probe: ("", {"library": "other"}))
    with pytest.raises(ClusterError, match="须以同一路径共享文件夹"):
        list(run_on_cluster(cluster.address, jobs, 0, Settings()))
