"""Runs the tests under the oldest version of every package that pyproject.toml names.

    make oldest

Warnings are no errors there: old packages warn of new ones beside them.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def oldest() -> list[str]:
    """name==version of the lower bound of every requirement, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    return ["{}=={}".format(*re.fullmatch(r"([\w.-]+)>=([\w.]+).*", each).groups()) for each in named]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(path for name in ("bin/python", "Scripts/python.exe") if (path := Path(folder) / name).exists())
        pins = Path(folder) / "oldest.txt"
        pins.write_text("\n".join(oldest()), encoding="utf-8")
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--constraint", pins, "--editable", f"{ROOT}[cluster,dev]"], check=True)
        tests = [python, "-m", "pytest", "-q", "-o", "filterwarnings=default", "-p", "no:cacheprovider", *sys.argv[1:]]
        return subprocess.run(tests, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
