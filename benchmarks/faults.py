"""Faults put into batches for real, and what is left of them.

    python benchmarks/faults.py [CASE …] [--rounds 50] [--seconds 3600] [--reports 4] [--seed 1]

Every case builds the same reports again and again. A watcher reads all files under the outputs folder while a batch
runs: a file that is seen under its final name must be the finished one, byte for byte. After each fault the batch is
run again and must leave the same bytes as one that nothing has disturbed. Prints a line for each case; exit status 1
if one does not hold. What the machine does not allow (mounting needs root) is told as left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil

from gkstats.build import DIED, FAILED, TIMED_OUT, Job, Settings, plan, run
from gkstats.build.lock import LOCK
from gkstats.build.manifest import RUN
from gkstats.build.traced import provenance_in
from gkstats.files import TEMPORARY
from gkstats.params import entries

PARAMS = Path(__file__).parents[1] / "params"
BODY = "500243-pengshui"
FIRST = 2030


class Broken(Exception):
    """Something promised does not hold; the message says what."""


class LeftOut(Exception):
    """The machine does not allow a case."""


class Project:
    """A folder of reports, what an undisturbed batch of them leaves, and batches of them as processes."""

    def __init__(self, folder: Path, reports: int, allowed: float) -> None:
        self.allowed = allowed
        self.home, self.out = folder, folder / "outputs"
        self.params = folder / "params" / BODY
        self.params.mkdir(parents=True)
        text = (PARAMS / BODY / "2023.yaml").read_text(encoding="utf-8")
        self.texts = {year: text.replace("2023", str(year)) for year in range(FIRST, FIRST + reports)}
        for year, written in self.texts.items():
            self.file(year).write_text(written, encoding="utf-8")
        self.options = ["--formats", "html", "--jobs", "2"]
        begun = time.monotonic()
        self.finish("undisturbed")
        self.seconds = time.monotonic() - begun
        self.whole = files(self.out)
        shutil.rmtree(self.out)

    def turns(self, rounds: int) -> Iterator[int]:
        """1, 2, … up to so many, or until the time of a case is over."""
        until = time.monotonic() + self.allowed
        for number in range(1, rounds + 1):
            if time.monotonic() > until:
                return
            yield number

    def file(self, year: int) -> Path:
        return self.params / f"{year}.yaml"

    def start(self, out: str = "outputs", **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "gkstats", "build", *self.options, "--out", out]
        return subprocess.Popen(
            command, cwd=self.home, env={**os.environ, **environment}, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def run(self, **environment: str) -> tuple[int, str]:
        """(exit status, all it printed) of a batch that is left to end."""
        with self.start(**environment) as batch:
            out, err = batch.communicate(timeout=600)
        if "Traceback" in out + err:
            raise Broken(f"a traceback:\n{err[-2000:]}")
        return batch.returncode, out + err

    def finish(self, after: str) -> None:
        status, told = self.run()
        if status:
            raise Broken(f"after {after} a batch ends with {status}: {told[-500:]}")

    def same_after(self, fault: str) -> None:
        """Runs the batch to its end; it must leave what an undisturbed one does."""
        self.finish(fault)
        now = files(self.out)
        if wrong := sorted(name for name in now.keys() | self.whole.keys() if now.get(name) != self.whole.get(name)):
            raise Broken(f"after {fault} other bytes than without it: {wrong[:5]}")

    @contextlib.contextmanager
    def watched(self, partial: bool = False) -> Iterator[list[int]]:
        """Within, every file under its final name is compared with the finished one; gives the number of looks. With
        ``partial``, where reports may fail, a file may also be another one that is complete in itself."""
        looks, wrong, done = [0], [], threading.Event()

        def watch() -> None:
            try:
                while not done.is_set():
                    for name, content in files(self.out, keep=RUN).items():
                        looks[0] += 1
                        same = content == self.whole.get(name)
                        if not same and not ((partial or name == RUN) and complete(name, content)):
                            wrong.append(f"{name} ({len(content)} bytes)")
                    time.sleep(0.002)
            except Exception as fault:
                wrong.append(repr(fault))

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield looks
        finally:
            done.set()
            thread.join()
        if wrong:
            raise Broken(f"half-written under their final name: {wrong[:5]}")


def complete(name: str, content: bytes) -> bool:
    """Whether a file is well-formed to its end."""
    if name.endswith((".json", ".ipynb")):
        try:
            return isinstance(json.loads(content), dict)
        except ValueError:
            return False
    return content.rstrip().endswith({"html": b"</html>", "pdf": b"%%EOF"}.get(name.rpartition(".")[2], b"\n"))


def files(folder: Path, keep: str = "") -> dict[str, bytes]:
    """Every file with a final name, the record of the run only where it is asked for."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith(TEMPORARY) or name == LOCK or (name == RUN and keep != RUN):
                continue
            path = Path(place) / name
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def kill_all(batch: subprocess.Popen) -> None:
    """kill -9 for a batch and every process it has started, and waits for their end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [psutil.Process(batch.pid), *psutil.Process(batch.pid).children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family[1:], timeout=10)
    batch.communicate()


def killed(project: Project, rounds: int) -> str:
    """kill -9 of the whole batch at random moments, each time run again to the end."""
    during, looks_in_all, done = 0, 0, 0
    for turn in project.turns(rounds):
        done = turn
        with project.watched() as looks, project.start() as batch:
            time.sleep(random.uniform(0.1, project.seconds))
            during += batch.poll() is None
            kill_all(batch)
            project.same_after("kill -9")
        looks_in_all += looks[0]
        shutil.rmtree(project.out)
    return f"{done} kills, {during} before the batch had ended; {looks_in_all:,} looks at files, none half-written"


def signalled(project: Project, rounds: int) -> str:
    """SIGINT and SIGTERM at random moments of a batch that has begun: it ends in order."""
    slowest, number = 0.0, 0
    for number in project.turns(rounds):
        with project.watched(), project.start() as batch:
            assert batch.stderr
            line = batch.stderr.readline()
            time.sleep(random.uniform(0, project.seconds / 2))
            asked = time.monotonic()
            batch.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
            out, err = batch.communicate(timeout=60)
            slowest = max(slowest, time.monotonic() - asked)
            if "Traceback" in err or f"共{len(project.texts)}份" not in out:
                raise Broken(f"no orderly end: {batch.returncode}\n{line}{out}{err}")
            project.same_after("a signal")
        shutil.rmtree(project.out)
    if slowest > 5:
        raise Broken(f"{slowest:.1f} s from a signal to the end")
    return f"{number} signals, the slowest end after {slowest:.1f} s"


@contextlib.contextmanager
def mounted(folder: Path, size: int) -> Iterator[Callable[[str], None]]:
    """A small file system of its own at a folder; gives what changes its options."""
    if sys.platform != "linux" or os.geteuid():
        raise LeftOut("mounting a small file system needs root on Linux")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        raise LeftOut("this machine does not let a file system be mounted")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def disk_full(project: Project, rounds: int) -> str:
    """Outputs on a disk that is full after so many bytes, from none to nearly all; then there is room."""
    whole = sum(map(len, project.whole.values()))
    told = set()
    for number in range(rounds):
        size = int(whole * (number + 0.5) / rounds) // 4096 * 4096 + 4096
        with mounted(project.out, size) as remount, project.watched(partial=True):
            status, printed = project.run()
            told |= set(re.findall(r"无法写入（[^）]+）", printed))
            if not status:
                raise Broken(f"{size} bytes are not enough for {whole}, and the batch ends well")
            remount("size=100%")
            project.same_after(f"a full disk of {size} bytes")
    return f"{rounds} sizes from 4 kB to {whole / 1e6:.1f} MB; told as {'、'.join(sorted(told))}"


def temporary_full(project: Project, rounds: int) -> str:
    """No room for temporary files."""
    place = project.home / "tmp"
    with mounted(place, 4096) as remount:
        (place / "fill").write_bytes(b"x" * 4096)
        with project.watched(partial=True):
            status, printed = project.run(TMPDIR=str(place))
        remount("size=100%")
    project.same_after("no temporary files")
    return f"ended with {status}: {printed.strip().splitlines()[-1] if status else '没有妨碍'}"


def read_only(project: Project, rounds: int) -> str:
    """Outputs that cannot be written, before anything is built and after."""
    with mounted(project.out, 1 << 28) as remount:
        remount("ro")
        status, printed = project.run()
        if status != 2 or "无法写入" not in printed:
            raise Broken(f"{status}: {printed}")
        remount("rw")
        project.finish("read-only outputs")
        remount("ro")
        if project.run()[0] != 2:
            raise Broken("read-only outputs are no wrong use")
        verify = [sys.executable, "-m", "gkstats", "verify"]
        checked = subprocess.run(verify, cwd=project.home, capture_output=True, text=True, encoding="utf-8")
        if checked.returncode:
            raise Broken(f"read-only outputs cannot be verified: {checked.stdout}{checked.stderr}")
        remount("rw")
        project.same_after("read-only outputs")
    return "refused with a sentence, nothing lost; verified as they are"


def inputs_changed(project: Project, rounds: int) -> str:
    """Params files rewritten and put back all the time: every record names what the report was made from."""
    done, writes = threading.Event(), [0]

    def rewrite() -> None:
        while not done.is_set():
            for year, text in project.texts.items():
                for content in (text + f"# {writes[0]}\n", text):
                    temporary = project.params / "new"
                    temporary.write_text(content, encoding="utf-8")
                    temporary.replace(project.file(year))
                    writes[0] += 1
                time.sleep(random.uniform(0, 3))

    looked = 0
    for _ in range(rounds):
        done.clear()
        thread = threading.Thread(target=rewrite)
        thread.start()
        try:
            project.run()
        finally:
            done.set()
            thread.join()
        for path in project.out.glob("20*/*/report.html"):
            record = json.loads(path.with_name("report.json").read_bytes())
            told = provenance_in(path)
            if told is None or told.params != record["made_from"]["params"]["sha256"]:
                raise Broken(f"{path.parent} says it was made from other bytes than its record")
            looked += 1
        project.same_after("inputs that changed")
        shutil.rmtree(project.out)
    return f"{rounds} batches under {writes[0]} writes; {looked} records name what was read"


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <sys/time.h>
static long jump(void) { static unsigned n; n++; return ((n / 7) % 3 - 1L) * 40000000L * ((n / 50) % 5); }
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int r = real(id, t);
  if (!r && id == CLOCK_REALTIME) t->tv_sec += jump();
  return r;
}
time_t time(time_t *t) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); if (t) *t = s.tv_sec; return s.tv_sec; }
int gettimeofday(struct timeval *t, void *z) {
  struct timespec s; clock_gettime(CLOCK_REALTIME, &s); t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; return 0;
}
"""


def clock_jumps(project: Project, rounds: int) -> str:
    """A clock that jumps years back and forth at every few looks at it."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or not compiler:
        raise LeftOut("needs Linux and a C compiler")
    source, library = project.home / "clock.c", project.home / "clock.so"
    source.write_text(CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    command = [sys.executable, "-c", "import time; print(max(abs(time.time() - time.time()) for _ in range(999)))"]
    told = subprocess.run(command, env={**os.environ, "LD_PRELOAD": str(library)}, capture_output=True, check=True)
    if float(told.stdout) < 1e6:
        raise LeftOut("the clock cannot be made to jump")
    with project.watched():
        status, printed = project.run(LD_PRELOAD=str(library))
    if status:
        raise Broken(f"{status}: {printed[-1000:]}")
    if files(project.out) != project.whole:
        raise Broken("a clock that jumps changes bytes")
    project.same_after("clock jumps")
    return "same bytes, no report taken for one that hangs"


def bad_reports(project: Project, rounds: int) -> str:
    """Reports that hang, take all memory, end their process or raise, among good ones: each is told, none stops the
    others."""
    folder = project.home
    sources = {
        TIMED_OUT: "while True: pass",
        FAILED: "kept = [bytearray(1 << 24) for _ in range(10000)]",
        DIED: "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    }
    good = plan(entries(folder / "params"), folder / "params", project.out, ("html",))
    jobs = []
    for number, (outcome, source) in enumerate(sources.items()):
        cells = [nbformat.v4.new_code_cell("body = ''\nyear = 0\nparams = ''", metadata={"tags": ["parameters"]})]
        cells.append(nbformat.v4.new_code_cell(source))
        metadata = {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{outcome}.ipynb")
        year = FIRST + 60 + number
        file = folder / "apart" / "params" / BODY / f"{year}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(project.texts[FIRST].replace(str(FIRST), str(year)), encoding="utf-8")
        jobs.append(
            Job(BODY, year, folder / "apart", "params", project.out.resolve(), (), notebook=folder / f"{outcome}.ipynb")
        )
    begun = time.monotonic()
    told = {o.job.year: o for o in run([*jobs, *good], 2, Settings(timeout=20.0))}
    for job, outcome in zip(jobs, sources, strict=True):
        if told[job.year].outcome != outcome:
            raise Broken(f"{outcome} is told as {told[job.year].outcome}: {told[job.year].message}")
        shutil.rmtree(job.folder.parent)
    if not all(told[job.year].made for job in good):
        raise Broken("a good report was not made")
    project.same_after("bad reports")
    return f"{'、'.join(told[job.year].label for job in jobs)} in {time.monotonic() - begun:.0f} s, the others made"


def exceptions(project: Project, rounds: int) -> str:
    """Every tenth report of many fails with an error of its own; the rest is made. With N rounds, 20 N reports."""
    folder = project.home / "many"
    count, text = 20 * rounds, (PARAMS / BODY / "2023.yaml").read_text(encoding="utf-8")
    for number in range(count):
        path = folder / "params" / f"{500000 + number}-r" / "2023.yaml"
        path.parent.mkdir(parents=True)
        written = text.replace('"500243"', f'"{500000 + number}"')
        if number % 10 == 0:
            written = written.replace("  problems: |-\n", f"  problems: |-\n    共{{stats/none_{number}}}件。\n")
        path.write_text(written, encoding="utf-8")
    begun = time.monotonic()
    command = [sys.executable, "-m", "gkstats", "build", "-q", "--formats", "html"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    seconds = time.monotonic() - begun
    bad = [json.loads(path.read_bytes()) for path in (folder / "outputs").glob("2023/*/report.json")]
    wrong = [record for record in bad if (int(record["body"][:6]) % 10 == 0) == record["outcome"].startswith("built")]
    if told.returncode != 1 or len(bad) != count or wrong or "Traceback" in told.stderr:
        raise Broken(f"{told.returncode}, {len(bad)} records, {len(wrong)} not as they should be\n{told.stderr[-500:]}")
    if told.stderr.count("stats/none_") < count // 10:
        raise Broken("not every failed report is told with its reason")
    return f"{count // 10} of {count} failed, each told with its place; {seconds:.0f} s"


def two_at_once(project: Project, rounds: int) -> str:
    """A second batch on the same outputs is refused, and the first undisturbed."""
    for _ in range(rounds):
        with project.watched(), project.start() as first:
            time.sleep(random.uniform(0, project.seconds / 2))
            with project.start() as second:
                told = [batch.communicate(timeout=300) for batch in (first, second)]
            codes = sorted((first.returncode, second.returncode))
            if codes not in ([0, 0], [0, 2]) or (codes == [0, 2] and "占用" not in told[0][1] + told[1][1]):
                raise Broken(f"{codes}: {told}")
            project.same_after("two batches at once")
        shutil.rmtree(project.out)
    return f"{rounds} pairs: one is told who holds the folder, or finds all done"


def deleted(project: Project, rounds: int) -> str:
    """The outputs folder is deleted while a batch works on it."""
    for _ in range(rounds):
        with project.start() as batch:
            until = time.monotonic() + random.uniform(0.5, project.seconds)
            while time.monotonic() < until:
                shutil.rmtree(project.out, ignore_errors=True)
                time.sleep(0.05)
            out, err = batch.communicate(timeout=300)
        if "Traceback" in out + err:
            raise Broken(f"a traceback:\n{err[-2000:]}")
        project.same_after("outputs that were deleted")
        shutil.rmtree(project.out)
    return f"{rounds} batches ended in order; the next one makes everything"


CASES = {
    "killed": killed, "signalled": signalled, "disk_full": disk_full, "temporary_full": temporary_full,
    "read_only": read_only, "inputs_changed": inputs_changed, "clock_jumps": clock_jumps, "bad_reports": bad_reports,
    "exceptions": exceptions, "two_at_once": two_at_once, "deleted": deleted,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=[], metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600.0, help="for a case of random moments")
    parser.add_argument("--reports", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random.seed(given.seed)
    status = 0
    for name in given.cases or CASES:
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            try:
                told = CASES[name](Project(Path(folder).resolve(), given.reports, given.seconds), given.rounds)
            except LeftOut as reason:
                told = f"LEFT OUT: {reason}"
            except Broken as fault:
                told, status = f"DOES NOT HOLD: {fault}", 1
        print(f"{name}: {told}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
