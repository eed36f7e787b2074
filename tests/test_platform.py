"""What differs between systems: line ends, encodings, paths, processes. Windows itself is not at hand here; these tests
hold what can be held without it."""

import ast
import hashlib
import io
import os
import stat
import sys
from pathlib import Path, PureWindowsPath

import pytest
from builders import a_balanced_report

from gkstats import params
from gkstats.cli import main
from gkstats.files import Changed, replace_file
from gkstats.params import save_new, shown
from gkstats.report_file import BODY_ID

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "gkstats").rglob("*.py"))
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
OF_OS = {"fork", "getuid", "geteuid", "getpgid", "killpg", "setsid", "mkfifo", "getloadavg", "sched_getaffinity"}
SIGNALS = {"signal", "SIGINT", "SIGTERM", "SIG_IGN", "SIG_DFL", "default_int_handler", "Signals", "raise_signal"}


def calls(path):
    """(name of what is called, the call) throughout a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def mode_of(call):
    """The mode a file is opened with, "r" where none is given."""
    words = [word.value for word in call.keywords if word.arg == "mode"]
    texts = [value.value for value in (*call.args, *words) if isinstance(value, ast.Constant)]
    return next((text for text in texts if isinstance(text, str) and set(text) <= set("rwaxbt+")), "r")


def test_every_text_file_is_opened_in_a_stated_encoding_and_written_with_stated_line_ends():
    for path in SOURCES:
        for name, call in calls(path):
            words = {word.arg for word in call.keywords}
            method = isinstance(call.func, ast.Attribute)
            if "/proc/" in ast.unparse(call):  # Linux alone
                continue
            if method and name == "read_text":
                assert "encoding" in words or call.args, f"{path.name}: {ast.unparse(call)}"
            if method and name == "write_text":
                assert {"encoding", "newline"} <= words, f"{path.name}: {ast.unparse(call)}"
            if method and name == "open" and call.args and not isinstance(call.args[0], ast.Constant):
                continue  # not the open() of a path, whose first argument is a mode
            if name in ("open", "fdopen") and "b" not in (mode := mode_of(call)) and "archive" not in ast.unparse(call):
                assert "encoding" in words, f"{path.name}: {ast.unparse(call)}"
                assert "newline" in words or not set(mode) & set("wx"), f"{path.name}: {ast.unparse(call)}"


def test_nothing_that_windows_lacks_is_needed_to_import_the_package():
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        later = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.Lambda | ast.Try | ast.If)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in later:
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not POSIX_ONLY & {name.split(".")[0] for name in names}, f"{path.name}: {ast.unparse(node)}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                wrong = (node.value.id == "os" and node.attr in OF_OS) or (
                    node.value.id == "signal" and node.attr not in SIGNALS
                )
                assert not wrong, f"{path.name}: {ast.unparse(node)}"


def test_no_process_is_a_plain_fork_of_one_that_runs():
    for path in SOURCES:
        for name, call in calls(path):
            if name in ("get_context", "set_start_method"):
                assert [arg.value for arg in call.args] in (["spawn"], ["forkserver"]), path
            if name in ("ProcessPoolExecutor", "Pool"):
                assert len(call.args) > 1 or any(word.arg == "mp_context" for word in call.keywords), path


def test_a_new_file_has_the_same_bytes_on_every_system(tmp_path):
    path = save_new(a_balanced_report(prose={"overview": "甲。\n乙。"}), tmp_path)
    assert b"\r" not in path.read_bytes()
    assert b"\r" not in (tmp_path / "report.schema.json").read_bytes()


def test_a_path_on_another_drive_is_shown_whole(monkeypatch):
    def other_drive(path):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(params.os.path, "relpath", other_drive)
    assert shown(PureWindowsPath(r"D:\某县\params\2023.yaml")) == "D:/某县/params/2023.yaml"


@pytest.mark.parametrize(
    "name", ["CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "con.txt", "a:b", "a ", "a.", "a<b", "a|b"]
)
def test_no_body_has_a_name_that_windows_keeps_for_itself(name):
    assert not BODY_ID.fullmatch(name) and not BODY_ID.fullmatch(f"110105-{name}.")


def test_a_console_without_a_character_does_not_end_the_run(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)
    path = params_dir / "500243-pengshui/2023.yaml"
    text = path.read_text(encoding="utf-8")
    assert 'name: "彭水苗族土家族自治县"' in text
    path.write_text(text.replace('name: "彭水苗族土家族自治县"', 'name: "𠮷县😀"'), encoding="utf-8")
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="gbk"))
    monkeypatch.setattr(sys, "argv", ["gkstats", "check", "pengshui"])
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.flush()
    assert ended.value.code == 0
    assert "?县? 2023年度（500243-pengshui）" in screen.getvalue().decode("gbk")


def test_a_file_that_another_program_holds_open_is_left_as_it_is(monkeypatch, tmp_path):
    """Windows refuses to replace a file that is open."""

    def held(self, target):
        raise PermissionError(13, "另一个程序正在使用此文件", str(target))

    path = tmp_path / "report.html"
    replace_file(path, b"old")
    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OSError, match="正在使用"):
        replace_file(path, b"new")
    assert list(tmp_path.glob("*.html")) == [path] and path.read_bytes() == b"old"
    assert [each for each in tmp_path.iterdir() if each.is_file()] == [path], "no temporary file is left"


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX systems")
def test_a_file_keeps_its_mode_when_it_is_replaced_and_a_new_one_can_be_read_by_others(tmp_path):
    path = tmp_path / "2023.yaml"
    replace_file(path, b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o660)
    replace_file(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660 and path.read_bytes() == b"new"


def test_a_file_that_is_another_by_now_is_not_replaced(tmp_path):
    path = tmp_path / "2023.yaml"
    path.write_bytes(b"another")
    with pytest.raises(Changed):
        replace_file(path, b"new", instead_of=hashlib.sha256(b"old").hexdigest())
    assert path.read_bytes() == b"another" and list(tmp_path.iterdir()) == [path]
    replace_file(path, b"new", instead_of=hashlib.sha256(b"another").hexdigest())
    assert path.read_bytes() == b"new"
