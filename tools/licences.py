"""Writes docs/LICENCES.md: the licence of every locked package and of every font, as their own files say.

    python tools/licences.py

Packages that this system does not install (such as those for Windows) are named without one.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "gkstats" / "output" / "fonts"
PAGE = ROOT / "docs" / "LICENCES.md"
HEAD = """\
# Licences

Written by `python tools/licences.py` from the metadata of the installed packages and of the font files. The packages
are not part of gkstats: they are installed from the lock. The fonts are, with their licences beside them.

"""


def locked() -> dict[str, str]:
    """Package → version, in the order of the lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


def licence(package: str) -> str:
    """What the metadata says: the SPDX expression, else the classifiers, else the first line of the licence."""
    try:
        about = distribution(package).metadata
    except PackageNotFoundError:
        return "not installed on this system"
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [
        entry.rpartition(" :: ")[2]
        for entry in about.get_all("Classifier", ())
        if entry.startswith("License ::") and not entry.endswith("OSI Approved")
    ]
    stated = (about.get("License") or "").strip().split("\n")[0]
    return ", ".join(classifiers) or stated or "not stated in the metadata"


def font(path: Path) -> str:
    with TTFont(path, lazy=True) as opened:
        names = opened["name"]
        stated = names.getDebugName(13) or names.getDebugName(14) or names.getDebugName(0) or ""
    return " ".join(stated.split())


def page() -> str:
    lines = ["| package | version | licence |", "|---|---|---|"]
    lines += [f"| {name} | {version} | {licence(name)} |" for name, version in locked().items()]
    lines += ["", "| font | licence, as the file says |", "|---|---|"]
    fonts = sorted(path for path in FONTS.iterdir() if path.suffix in (".otf", ".ttf"))
    lines += [f"| {path.name} | {font(path)} |" for path in fonts]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
