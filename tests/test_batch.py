"""A batch as a whole: its lock, its manifest, interruption and death at any moment, and the runs after it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gkstats.build import lock as locking
from gkstats.build.lock import LOCK, Held, held
from gkstats.build.record import digest
from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.dataset import covered
from gkstats.files import TEMPORARY

posix = pytest.mark.skipif(sys.platform == "win32", reason="sends signals, as POSIX systems do")


@pytest.fixture(autouse=True)
def _in_project(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)


def many(count):
    """So many years of one report."""
    text = Path("params/500243-pengshui/2023.yaml").read_text(encoding="utf-8")
    for year in range(2030, 2030 + count):
        Path(f"params/500243-pengshui/{year}.yaml").write_text(text.replace("2023", str(year)), encoding="utf-8")
    return ["build", "pengshui", *(f"--year={year}" for year in range(2030, 2030 + count)), "--formats", "html"]


def change(old, new, name="500243-pengshui/2023.yaml"):
    path = Path("params") / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def everything():
    return {
        path: path.read_bytes() for path in Path("outputs").rglob("*") if path.is_file() and path.name != "run.json"
    }


def start(arguments, **named):
    command = [sys.executable, "-m", "gkstats", *arguments]
    return subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        **named,
    )  # fmt: skip


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_second_run_builds_nothing_and_says_so(capsys):
    assert run(["build", "pengshui", "suqian", "--formats", "html"]) == WELL
    before = everything()
    capsys.readouterr()
    assert run(["build", "pengshui", "suqian", "--formats", "html"]) == WELL
    assert "共3份，生成0份，未变3份，在 outputs/年度/主体/ 下。" in capsys.readouterr().out
    assert everything() == before
    change("30, 1, 0, 0, 0, 0, 31", "30, 1, 0, 0, 0, 0, 30")
    assert run(["build", "--dry-run", "--formats", "html"]) == WELL
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "320813-hongze 2024  尚未生成",
        "500243-pengshui 2023  参数文件有改动",
        "共4份，将生成2份，未变2份。",
    ]
    assert everything() == before, "a dry run writes nothing"


def test_the_manifest_tells_of_every_report_of_its_year_whichever_batch_built_it():
    change("[30, 1, 0, 0, 0, 0, 31]", "[30, 1, 0, 0, 0, 0]")
    assert run(["build", "suqian", "--formats", "html", "-q"]) == WELL
    assert run(["build", "pengshui", "--formats", "html", "-q"]) == FOUND
    manifest = json.loads(Path("outputs/2023/manifest.json").read_text(encoding="utf-8"))
    reports = {report["body"]: report for report in manifest["reports"]}
    assert {body: report["outcome"] for body, report in reports.items()} == {
        "321300-suqian": "built",
        "500243-pengshui": "unreadable",
    }
    for body, report in reports.items():
        for name, told in report["outputs"].items():
            content = Path(f"outputs/2023/{body}/{name}").read_bytes()
            assert told == {"sha256": digest(content), "size": len(content)}
        source = report["made_from"]["params"]
        assert source["sha256"] == digest(Path(source["file"]).read_bytes())
    assert len(manifest["programs"]) == 1 and manifest["programs"][0]["versions"]["gkstats"]
    run_record = json.loads(Path("outputs/run.json").read_text(encoding="utf-8"))
    assert [report["report"] for report in run_record["reports"]] == ["2023/500243-pengshui/report"]
    assert run_record["engine"] in ("fast", "stock") and run_record["seconds"] > 0


def test_what_stands_beside_the_reports_is_made_good_after_a_batch_that_was_cut_short():
    arguments = ["build", "hongze", "--formats", "html", "-q"]
    assert run(arguments) == WELL
    whole = everything()
    Path("outputs/run.json").unlink()  # it is written last
    for name in ("findings.csv", "statistics.parquet", "2024/index.html", "2024/overview.ipynb", "2024/manifest.json"):
        (Path("outputs") / name).unlink()
    assert run(arguments) == WELL
    assert everything() == whole


def test_a_report_whose_file_was_taken_away_is_in_no_table_after_the_next_batch():
    arguments = ["build", "--formats", "html", "-q"]
    assert run(arguments) == WELL
    page = Path("outputs/2024/index.html")
    assert '"3525"' in page.read_text(encoding="utf-8")
    Path("params/321300-suqian/2024.yaml").unlink()
    assert run([*arguments[:1], "hongze", *arguments[1:]]) == WELL  # nothing to do
    assert ("321300-suqian", 2024) not in covered("outputs")
    assert '"3525"' not in page.read_text(encoding="utf-8")
    assert Path("outputs/2024/321300-suqian/report.html").exists()  # what was built is not taken away


def test_the_page_of_the_year_after_follows_a_change_of_the_year_before():
    assert run(["build", "suqian", "--formats", "html", "-q"]) == WELL
    page = Path("outputs/2024/index.html")
    before = page.read_bytes()
    change("1, 3511]", "1, 2511]", "321300-suqian/2023.yaml")
    run(["build", "suqian", "--year", "2023", "--formats", "html", "-q"])
    assert page.read_bytes() != before
    after = page.read_bytes()
    page.unlink()
    run(["build", "suqian", "--year", "2024", "--formats", "html", "-q"])
    assert page.read_bytes() == after


def test_a_report_is_judged_beside_last_years():
    change(
        "carried_out: [118, 3, 0, 0, 0, 0, 121]", "carried_out: [118, 2, 0, 0, 1, 0, 121]", "321300-suqian/2023.yaml"
    )
    run(["build", "suqian", "--year", "2024", "--formats", "html", "-q"])
    record = json.loads(Path("outputs/2024/321300-suqian/report.json").read_text(encoding="utf-8"))
    assert record["outcome"] == "built_with_findings" and record["findings"]


def test_an_outputs_folder_that_cannot_be_is_wrong_use(capsys):
    Path("outputs").write_text("a file")
    assert run(["build", "hongze"]) == WRONG_USE
    assert "输出文件夹 outputs 无法写入" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"cells": [{}]}'])
def test_a_notebook_that_is_none_is_wrong_use(capsys, monkeypatch, content):
    broken = Path(f"broken-{len(content or '')}.ipynb")
    if content is not None:
        broken.write_text(content)
    monkeypatch.setattr("gkstats.build.planning.notebook_path", lambda stem: broken)
    assert run(["build", "hongze", "--notebook", "review"]) == WRONG_USE
    assert f"笔记本 {broken} 无法读取" in capsys.readouterr().err
    assert run(["build", "hongze", "--notebook", "novel"]) == WRONG_USE


def test_quiet_prints_the_sum_alone(capsys):
    assert run(["build", "hongze", "--formats", "html", "-q"]) == WELL
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("共1份，生成1份，在 outputs/年度/主体/ 下。\n", "")


def test_the_command_that_redoes_a_failure_has_the_options_of_the_batch(capsys):
    change("[30, 1, 0, 0, 0, 0, 31]", "[30, 1, 0, 0, 0, 0]")
    assert run(["build", "pengshui", "--formats", "html", "--out", "there"]) == FOUND
    assert 'gkstats build 500243-pengshui --year 2023 --out "there" --formats "html"' in capsys.readouterr().err


def test_two_batches_on_the_same_outputs_the_second_is_told_who_holds_them(capsys):
    code = "import sys, time; from pathlib import Path; from gkstats.build.lock import held\n"
    code += "with held(Path('outputs')): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert run(["build", "hongze"]) == WRONG_USE
        assert f"的进程 {other.pid} 自 " in capsys.readouterr().err
        assert not Path("outputs/2024").exists()
        other.kill()
        other.wait()
    assert Path(f"outputs/{LOCK}").exists()
    with held(Path("outputs")):  # what a dead process has left holds nothing
        pass


def test_the_lock_without_fcntl_is_the_one_windows_has(monkeypatch, tmp_path):
    class Msvcrt:
        LK_NBLCK = 2
        taken = False

        def locking(self, descriptor, mode, count):
            assert (mode, count) == (self.LK_NBLCK, 1)
            assert os.lseek(descriptor, 0, os.SEEK_CUR) == locking.FAR
            if self.taken:
                raise OSError(36, "deadlock avoided")
            self.taken = True

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
    with held(tmp_path / "out"), pytest.raises(Held, match=f"的进程 {os.getpid()} 自 "), held(tmp_path / "out"):
        pass


@posix
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_a_batch_stops_within_five_seconds_and_tells_how_far_it_came(number):
    with start([*many(40), "--jobs", "2"]) as batch:
        assert batch.stderr.readline().startswith("[1/40]")
        asked = time.monotonic()
        batch.send_signal(number)
        out, err = batch.communicate(timeout=30)
    assert time.monotonic() - asked < 5
    assert batch.returncode == 130 and "已中断" in err and "Traceback" not in err
    assert "共40份，生成" in out and "未生成" in out
    folders = [path for path in Path("outputs").glob("20*/*") if path.is_dir()]
    assert 1 <= len(folders) < 40
    whole = ["report.html", "report.ipynb", "report.json"]
    assert all(sorted(path.name for path in folder.iterdir()) == whole for folder in folders)


@posix
@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_nothing_is_torn_or_done_twice():
    arguments = [*many(6), "--jobs", "2"]
    kept: dict[Path, int] = {}
    for done, later in ((0, 0.1), (1, 0.0), (4, 0.2)):
        with start(arguments) as batch:
            wait_for(lambda done=done: len(_records()) >= done)
            time.sleep(later)
            batch.kill()
        wait_for(lambda: not _children_of_batches())
        for path in _records():
            record = json.loads(path.read_bytes())
            for name, told in record["outputs"].items():
                assert told["sha256"] == digest((path.parent / name).read_bytes())
            assert kept.setdefault(path, path.stat().st_mtime_ns) == path.stat().st_mtime_ns, "done twice"
    assert run(arguments) == WELL
    after = everything()
    assert not [path for path in after if path.name.startswith(TEMPORARY)]
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert run([*arguments, "--out", "again"]) == WELL
    again = {Path("outputs") / p.relative_to("again"): p.read_bytes() for p in Path("again").rglob("*") if p.is_file()}
    assert {p: c for p, c in again.items() if p.name != "run.json"} == after


def _records():
    return list(Path("outputs").glob("20*/*/report.json"))


def _children_of_batches():
    """Processes of a batch that still run in this project."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cwd").readlink() == Path.cwd() and int(path.name) != os.getpid():
                found.append(path)
        except OSError:
            continue
    return found


@posix
@pytest.mark.slow
def test_outputs_that_are_deleted_while_a_batch_works_on_them_are_made_by_the_next():
    arguments = [*many(4), "--jobs", "2"]
    with start(arguments) as batch:
        assert batch.stderr.readline().startswith("[1/4]")
        shutil.rmtree("outputs", ignore_errors=True)
        out, err = batch.communicate(timeout=60)
    assert "共4份" in out and "Traceback" not in err
    assert run(arguments) == WELL
    assert run(["verify"]) == WELL
