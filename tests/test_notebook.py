"""The notebooks: thin cells, no outputs, the same parameters; the order of the form, the order of a review."""

import ast
import json
from pathlib import Path

import pytest

import gkstats
from gkstats.forms import FORM_2021
from gkstats.page import Page
from gkstats.params import entries

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"


def source(cell: dict) -> str:
    return "".join(cell["source"])


def is_parameters(cell: dict) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def cells_of(name: str) -> list[dict]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["cells"]


def code_of(name: str) -> list[dict]:
    return [cell for cell in cells_of(name) if cell["cell_type"] == "code"]


def working(name: str) -> list[dict]:
    return [cell for cell in code_of(name) if not is_parameters(cell)]


REPORT, REVIEW = NAMES = ("annual_report.ipynb", "review.ipynb")
each = pytest.mark.parametrize("name", NAMES)


def is_call_on_gk(node: ast.expr) -> bool:
    """gk.name(...), with nothing but names and constants between the brackets."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "gk"
        and all(isinstance(value, ast.Name | ast.Constant) for value in (*node.args, *(k.value for k in node.keywords)))
    )


def is_thin(code: str) -> bool:
    """One import of gkstats, one name for what a call on gk gives, or one call on gk whose value is shown."""
    try:
        (statement,) = ast.parse(code).body
    except (SyntaxError, ValueError):
        return False
    if isinstance(statement, ast.Import):
        return code.strip() == "import gkstats as gk"
    if isinstance(statement, ast.Assign):
        (*others, target) = statement.targets
        return not others and isinstance(target, ast.Name) and is_call_on_gk(statement.value)
    return isinstance(statement, ast.Expr) and is_call_on_gk(statement.value)


@each
def test_a_cell_is_one_call(name):
    assert [cell["id"] for cell in working(name) if not is_thin(source(cell))] == []


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd",
        "import os",
        "from gkstats import *",
        "import gkstats as gk\ngk.title(report)",
        "gk.title(report); gk.flow(report)",
        "if previous: gk.title(report)",
        "for code in codes: gk.section(report, code)",
        "[gk.section(report, code) for code in codes]",
        "show = lambda report: gk.title(report)",
        "gk.title(gk.load(body, year))",
        "gk.load(body, year).figures",
        "report.figures",
        "print(report)",
        "total = report.value('applications', 'received', 'total') + 1",
        "a = b = gk.load(body, year)",
        "%matplotlib inline",
        "",
    ],
)
def test_what_would_not_be_thin_is_told_from_what_is(code):
    assert not is_thin(code)


@each
def test_the_notebook_is_committed_without_outputs(name):
    for cell in code_of(name):
        assert cell["outputs"] == [], cell["id"]
        assert cell["execution_count"] is None, cell["id"]


@each
def test_the_notebook_holds_nothing_of_a_run_or_of_a_machine(name):
    notebook = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert {key for cell in cells_of(name) for key in cell["metadata"]} == {"tags"}


@each
def test_cells_have_names_of_their_own_for_ids(name):
    ids = [cell["id"] for cell in cells_of(name)]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("-", "").isalpha() for id in ids)


@each
def test_the_parameters_cell_holds_body_year_and_params_and_nothing_else(name):
    (cell,) = filter(is_parameters, code_of(name))
    statements = ast.parse(source(cell)).body
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    given = {s.target.id: (s.annotation.id, type(ast.literal_eval(s.value)).__name__) for s in statements}
    assert given == {"body": ("str", "str"), "year": ("int", "int"), "params": ("str", "str")}


@each
def test_papermill_finds_the_parameters(name):
    import papermill

    found = papermill.inspect_notebook(str(FOLDER / name))
    assert {name: parameter["inferred_type_name"] for name, parameter in found.items()} == {
        "body": "str", "year": "int", "params": "str",
    }  # fmt: skip


@each
def test_the_parameters_come_first_so_that_every_cell_sees_them(name):
    assert is_parameters(code_of(name)[0])
    assert source(code_of(name)[1]) == "import gkstats as gk"


@each
def test_the_parameters_name_a_report_that_is_there(name):
    (cell,) = filter(is_parameters, code_of(name))
    given = {s.target.id: ast.literal_eval(s.value) for s in ast.parse(source(cell)).body}
    assert len(entries(ROOT / given["params"], [given["body"]], [given["year"]])) == 1


def test_the_cells_follow_the_order_of_the_official_report_and_its_appendices():
    calls = [ast.parse(source(cell)).body[0] for cell in working(REPORT)]
    calls = [statement.value for statement in calls if not isinstance(statement, ast.Import)]
    steps = [(call.func.attr, *(arg.value for arg in call.args if isinstance(arg, ast.Constant))) for call in calls]
    assert steps == [
        ("load",),
        ("load_previous",),
        ("title",),
        ("preamble",),
        *(("section", section.code) for section in FORM_2021.sections),
        ("statistics_appendix",),
        ("composition",),
        ("flow",),
        ("reasons",),
        ("checks_appendix",),
        ("provenance",),
    ]


@each
def test_every_name_the_cells_call_is_offered_by_the_package(name):
    called = {
        node.attr
        for cell in working(name)
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, ast.Attribute)
    }
    assert called <= set(gkstats.__all__)
    assert all(callable(getattr(gkstats, name)) for name in called)


@each
def test_the_explanation_for_the_reader_of_the_notebook_is_left_out_of_the_report(name):
    for cell in cells_of(name):
        if cell["cell_type"] == "markdown":
            assert "notebook-only" in cell["metadata"]["tags"]


def run(name, **parameters) -> list[Page]:
    """The values the cells show, one after the other, without a kernel."""
    names: dict = {}
    shown = []
    for cell in code_of(name):
        tree = ast.parse(source(cell))
        if isinstance(tree.body[-1], ast.Expr):
            shown.append(eval(compile(ast.Expression(tree.body[-1].value), cell["id"], "eval"), names))
        else:
            exec(compile(tree, cell["id"], "exec"), names)
        if is_parameters(cell):
            names |= parameters
    return shown


@pytest.mark.parametrize(
    ("body", "year"),
    [("500243-pengshui", 2023), ("321300-suqian", 2023), ("321300-suqian", 2024), ("320813-hongze", 2024)],
)
def test_every_cell_shows_one_page_and_the_headings_are_those_of_the_form(body, year, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = run(REPORT, body=body, year=year)
    assert len(shown) == len(working(REPORT)) - 3  # the import, the report, last year's
    assert all(isinstance(value, Page) for value in shown)
    blocks = [block for page in shown for block in page.blocks]
    end = [block["kind"] for block in blocks].index("appendix")
    official = [block["text"] for block in blocks[:end] if block["kind"] == "heading" and block["level"] == 1]
    assert official == [section.title for section in FORM_2021.sections]
    assert blocks[0]["kind"] == "title"


@pytest.mark.parametrize(("body", "year"), [("500243-pengshui", 2023), ("321300-suqian", 2024)])
def test_every_cell_of_the_review_shows_one_page_from_the_verdict_to_the_decisions(body, year, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = run(REVIEW, body=body, year=year)
    assert len(shown) == len(working(REVIEW)) - 4  # the import, the report, last year's, the review
    assert all(isinstance(value, Page) for value in shown)
    heads = [b["text"] for page in shown for b in page.blocks if b["kind"] == "heading" and b["level"] == 1]
    assert heads[:2] == ["一、核对结论", "二、需要处理的事项"]
    assert [head.partition("  ")[0] for head in heads if head.startswith("附件")] == [f"附件{n}" for n in "一二三四五"]


def test_the_notebook_runs_from_its_own_folder_as_well(monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert run(REPORT)[0].blocks[0]["text"].startswith("彭水苗族土家族自治县")
