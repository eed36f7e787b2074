"""The documentation is true: its commands run and print what is shown, and it leaves nothing out."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from builders import a_balanced_report
from documents import docx, elements, html_spans, pasted_tabs, pdf, random_report

from gkstats.cli import COMMANDS, FOUND, WELL, gkstats, run
from gkstats.excel_form import write_form
from gkstats.explain import about
from gkstats.forms import FORMS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

READMES = ("README.md", "README.zh-CN.md")
COMMAND = re.compile(r"^(?:    |\$ )(gkstats .+)$|`(gkstats [a-z]+ [^`]+)`", re.MULTILINE)
SHOWN = re.compile(r"^\$ (gkstats .+)\n((?:.+\n)*?)(?=```|\$ )", re.MULTILINE)
MAKERS = {"html": html_spans, "docx": docx, "pdf": pdf, "txt": pasted_tabs}

SCENES = {
    "gkstats check pengshui 2023": ("500243-pengshui/2023.yaml", "results.total: [30, 1", "results.total: [3, 1"),
}
"""Command whose output is shown → the file that was changed before, and how."""


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of(name):
    """Every command a page shows, without its comment; mere names of commands and places to fill in left out."""
    found = ((match[1] or match[2]).partition(" #")[0].strip() for match in COMMAND.finditer(read(name)))
    return [command for command in found if not re.search(r"<|\.\.\.", command)]


ALL = list(dict.fromkeys(c for name in READMES for c in commands_of(name) if "…" not in c))


def provide(arguments):
    """Makes the files a command names that are not there: a published report of the year in their name, or a form; what
    was built before."""
    for word in arguments:
        path = Path(word)
        if word == "outputs-old":
            shutil.copytree("outputs", word)
        if word.endswith("/") and not path.exists():
            path.mkdir()
            write_form(
                a_balanced_report(level="department", scope="本机关", year=2025, id="110105-minzheng"), path / "a.xlsx"
            )
        if re.fullmatch(r"[\w./-]+\.(html|docx|pdf|txt|xlsx)", word) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".xlsx":
                write_form(a_balanced_report(id="110105-chaoyang"), path)
            else:
                path.write_bytes(MAKERS[path.suffix[1:]](elements(random_report(3))))


@pytest.mark.slow
def test_every_command_of_the_readmes_does_what_it_is_shown_for(params_dir, monkeypatch, capsys):
    """One after the other in one folder, as a reader would type them."""
    monkeypatch.chdir(params_dir.parent)
    shutil.copytree(ROOT / "notebooks", "notebooks")
    assert len(ALL) >= len(COMMANDS)
    for command in ALL:
        arguments = shlex.split(command)[1:]
        provide(arguments)
        status = run(arguments)
        printed = "".join(capsys.readouterr())
        assert status in (WELL, FOUND) and printed.strip() and "Traceback" not in printed, f"{command}\n{printed}"


@pytest.mark.parametrize(
    ("name", "command", "shown"), [(name, *match.groups()) for name in READMES for match in SHOWN.finditer(read(name))]
)
def test_what_a_readme_shows_is_what_is_printed(name, command, shown, params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    if scene := SCENES.get(command):
        path = params_dir / scene[0]
        text = path.read_text(encoding="utf-8")
        assert scene[1] in text
        path.write_text(text.replace(scene[1], scene[2]), encoding="utf-8")
    assert run(shlex.split(command)[1:]) in (WELL, FOUND)
    assert capsys.readouterr().out == shown


@pytest.mark.slow
def test_the_first_thing_the_readmes_show_is_what_building_prints(params_dir, monkeypatch, capsys):
    def without_times(text):
        return re.sub(r"\s+", " ", re.sub(r"\d+\.\d秒|─+", "", text)).strip()

    monkeypatch.chdir(params_dir.parent)
    assert run(["build", "--formats", "html"]) == WELL
    printed = without_times(capsys.readouterr().out)
    for name in READMES:
        shown = re.search(r"    make report\n\n```text\n(.*?)```", read(name), re.DOTALL)[1]
        assert printed == without_times(shown), name


@pytest.mark.parametrize("name", READMES)
def test_the_python_of_a_readme_runs(name, params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)
    blocks = re.findall(r"```python\n(.*?)```", read(name), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})


@pytest.mark.parametrize("name", READMES)
def test_a_readme_shows_every_command_and_no_other(name):
    shown = {shlex.split(command)[1] for command in commands_of(name)}
    assert shown == {command.name for command in COMMANDS}


def test_the_two_readmes_show_the_same_commands():
    first, second = (sorted(re.findall(r"gkstats [a-z]+|--[a-z]+", "\n".join(commands_of(name)))) for name in READMES)
    assert first == second


@pytest.mark.parametrize("name", [*READMES, "docs/extending.md", "docs/RELIABILITY.md"])
def test_every_option_and_file_a_page_names_exists(name):
    text = read(name)
    known = {option for command in gkstats.commands.values() for param in command.params for option in param.opts}
    foreign = {"--require-hashes", "--no-deps", "--no-build-isolation", "--to", "--help", "--version"}
    for command in commands_of(name):
        given = set(re.findall(r"(?<=\s)--[a-z-]+", command))
        assert given <= known | foreign, command
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert all((ROOT / name).parent.joinpath(link).exists() for link in links), links
    for path in re.findall(r"`((?:gkstats|tests|tools|benchmarks|docs|notebooks)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"`make ([a-z]+)`", text):
        assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE), target


def test_every_command_and_option_stands_on_the_page_of_the_commands():
    page = read("docs/commands.md")
    for command in COMMANDS:
        assert f"## gkstats {command.name}\n" in page
        part = page.partition(f"## gkstats {command.name}\n")[2].partition("\n## ")[0]
        for param in command.params:
            words = param.opts if isinstance(param, click.Option) else [param.metavar.strip("[]…")]
            assert all(word in part for word in words), (command.name, words)


def test_every_rule_and_statistic_stands_on_the_reference_page_and_is_explained():
    from gkstats.checks import CHECKS
    from gkstats.stats import STATISTICS

    page, form = read("docs/reference.md"), FORMS[max(FORMS)]
    for id in CHECKS:
        assert f"| {id} |" in read("docs/checks.md") and about(id, form)
    for name in STATISTICS:
        assert f"| `{name}` |" in page and about(name, form)
    for each in FORMS.values():
        for table in each.tables:
            assert all(f"| `{code}` |" in page for code in (*table.row, *table.column)), table.code


def test_every_locked_package_and_every_font_has_its_licence_listed():
    page = read("docs/LICENCES.md")
    locked = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", read("requirements.lock"), re.MULTILINE)
    assert locked and not [name for name, version in locked if f"| {name} | {version} | " not in page]
    fonts = [path for path in (ROOT / "gkstats/output/fonts").iterdir() if path.suffix in (".otf", ".ttf")]
    assert fonts and not [path.name for path in fonts if f"| {path.name} | " not in page]


def test_the_licence_of_the_project_names_that_of_every_font():
    stated = tomllib.loads(read("pyproject.toml"))["project"]["license"]
    page = read("docs/LICENCES.md")
    assert stated.startswith("MIT AND ")
    assert ("Open Font License" in page) == ("OFL-1.1" in stated)
    assert ("GNU GPL version 3" in page) == ("GPL-3.0-only WITH Font-exception-2.0" in stated)


HEAVY = {
    "pandas", "numpy", "scipy", "matplotlib", "IPython", "nbconvert", "nbformat", "papermill", "yaml", "rich",
    "openpyxl", "lxml", "typst", "pyarrow", "pypdfium2", "fontTools", "mistune", "itables", "asyncio",
    "multiprocessing",
}  # fmt: skip


def test_help_imports_nothing_heavy():
    code = f"""import sys
before = set(sys.modules)  # where coverage is measured it has loaded its own
from gkstats.cli import run
run(['--help'])
sys.exit(str({HEAVY!r} & set(sys.modules) - before))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.stderr.strip() == b"set()"


VULNERABLE = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of 1 packages audited, 0 known"),
        (
            [VULNERABLE, {"name": "b", "skip_reason": "not found"}],
            1,
            "a 1: CVE-1, mended in 2\n1 of 2 packages audited",
        ),
        ([{"name": "b", "skip_reason": "not found"}], 0, "NOT AUDITED: "),
        ([], 0, "NOT AUDITED: "),
    ],
)
def test_the_audit_fails_on_a_known_vulnerability_and_says_where_nothing_is_known(packages, status, words, capsys):
    from audit import judged

    assert judged(packages) == status
    assert words in capsys.readouterr().out


def test_every_requirement_has_a_lowest_version_that_can_be_tested():
    from oldest import oldest

    assert {"click==8.2", "typst==0.15", "distributed==2024.8"} <= set(oldest())
