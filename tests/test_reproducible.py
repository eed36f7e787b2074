"""The same inputs give the same bytes, whoever builds them, where, and how."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gkstats.build import NOTEBOOKS, STOCK, usual_engine
from gkstats.build.manifest import RUN
from gkstats.output import FORMATS

PARAMS = Path(__file__).parents[1] / "params"

WAYS = {
    "a": (
        {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "USER": "root", "COLUMNS": "80"},
        ["--jobs", "1", "--engine", usual_engine()],
    ),
    "另一 文件夹/deeper": (
        {"TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONHASHSEED": "4321", "USER": "王", "COLUMNS": "33",
         "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "OMP_NUM_THREADS": "3", "MPLBACKEND": "agg"},
        ["--jobs", "2", "--engine", STOCK],
    ),
}  # fmt: skip
"""Folder → environment and options of a batch in it."""

AS_ANOTHER = ["unshare", "--user", "--map-user=12345"]
"""Runs a command as a user who has another number and no name, where the system lets it."""


def as_another():
    """AS_ANOTHER; nothing where that cannot be done (Windows, a kernel that allows no user namespaces)."""
    try:
        told = subprocess.run([*AS_ANOTHER, "id", "-u"], capture_output=True, text=True)
    except OSError:
        return []
    return AS_ANOTHER if told.stdout.strip() == "12345" else []


def built(folder, environment, options, user=()):
    """Every file of a batch of both notebooks, bar the record of the run."""
    home = folder / "home"
    home.mkdir(parents=True)
    shutil.copytree(PARAMS, folder / "params")
    for path in (folder / "params").rglob("*.yaml"):
        os.utime(path, (1, len(folder.name)))  # a copy has other times
    named = {**os.environ, **environment, "HOME": str(home), "USERPROFILE": str(home)}
    for notebook, which in {"report": [], "review": ["--year", "2024"]}.items():
        command = [
            *user,
            sys.executable,
            "-m",
            "gkstats",
            "build",
            "suqian",
            *which,
            "--notebook",
            notebook,
            "-q",
            *options,
        ]
        told = subprocess.run(
            [*command, "--formats", ",".join(FORMATS)], cwd=folder, env=named, capture_output=True, timeout=120
        )
        assert told.returncode == 0, told.stderr.decode(errors="replace")
    out = folder / "outputs"
    files = (path for path in out.rglob("*") if path.is_file() and path.name != RUN)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.mark.slow
def test_every_byte_is_the_same_in_another_folder_zone_locale_hash_seed_engine_and_number_of_processes_by_another_user(
    tmp_path,
):
    users = ((), as_another())
    one, other = (built(tmp_path / name, *how, user) for (name, how), user in zip(WAYS.items(), users, strict=True))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    kinds = {f"2024/321300-suqian/{stem}.{kind}" for stem in NOTEBOOKS for kind in (*FORMATS, "ipynb", "json")}
    kinds |= {
        "2024/index.html",
        "2024/overview.ipynb",
        "2024/overview.json",
        "2024/manifest.json",
        "findings.csv",
        "statistics.parquet",
    }
    assert kinds <= one.keys()
