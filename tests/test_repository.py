"""What the repository promises of itself: layers, generated files, documentation, a lock without addresses."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from gkstats.checks import CHECKS
from gkstats.cli import gkstats

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

LAYERS = [
    {"__main__"},
    {"cli"},
    {"cluster"},
    {"build", "diff"},
    {"engine"},
    {"output"},
    {"review", "rollup", "overview"},
    {"explain", "display", "importing", "dataset"},
    {"decisions"},
    {"charts", "checks", "reading"},
    {"prose"},
    {"narrative", "quantities"},
    {"stats", "page"},
    {"merging", "units", "bodies"},
    {"excel_form", "trace"},
    {"params"},
    {"report_file"},
    {"strict_yaml", "json_schema", "office", "cited", "files"},
    {"report"},
    {"forms"},
    {"schema", "divisions"},
]
"""From the top: a module imports only from layers below its own."""


def modules():
    package = ROOT / "gkstats"
    return [path for path in package.rglob("*.py") if path != package / "__init__.py"]


def layer_of(name):
    return next(number for number, names in enumerate(LAYERS) if name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    own = path.relative_to(ROOT / "gkstats").parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gkstats."):
            other = node.module.split(".")[1]
            assert other == own or layer_of(own) < layer_of(other), f"{own} imports {other}"


def test_generated_files_are_fresh():
    from generated import FILES

    for path, text in FILES.items():
        assert path.read_text(encoding="utf-8") == text(), f"{path.name} is stale: run make generated"


def test_official_labels_stand_in_one_file_only():
    labels = ("其他法律行政法规禁止公开", "补正后申请内容仍不明确", "未经复议直接起诉", "行政事业性收费")
    for label in labels:
        found = [
            path.name for path in modules() if f'"{label}' in re.sub(r"\d\.", "", path.read_text(encoding="utf-8"))
        ]
        assert set(found) <= {"forms.py", "stats.py"}, label


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in tomllib.loads(text)["project"]["dependencies"]:
        assert re.search(rf'"{re.escape(requirement)}",\s+# \w', text), requirement


def test_the_lock_has_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock
    for block in re.split(r"\n(?=\S)", lock):
        assert block.startswith("#") or "--hash=sha256:" in block, block


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_show_every_command(readme):
    shown = re.findall(r"gkstats ([a-z]+)", (ROOT / readme).read_text(encoding="utf-8"))
    assert set(gkstats.commands) <= set(shown)


def test_every_check_stands_in_the_page_of_the_checks_with_its_basis_and_both_its_examples():
    text = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    for id, rule in CHECKS.items():
        (own,) = re.findall(rf"^### {re.escape(id)} .+\n((?:(?!#).*\n)*)", text, re.M)
        said = (rule.rule, str(rule.basis), rule.kind, *rule.reasons, *rule.failing.message.split("\n"))
        assert all(words in own for words in said), id


def test_no_file_of_the_repository_names_an_index_or_this_machine():
    tracked = [ROOT / "Makefile", *ROOT.glob("*.*"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tools").glob("*.py")]
    for path in [*tracked, *modules(), *(ROOT / "gkstats/output/fonts").glob("*.txt")]:
        if path.is_file() and not path.name.startswith(".coverage"):  # data of a run that is measured
            found = re.search(
                r"(?:py[p]i|python[h]osted|npm[j]s|debia[n])\.(?:org|com)|/(?:root|home)/\w", path.read_text("utf-8")
            )
            assert not found, f"{path.name}: {found}"
