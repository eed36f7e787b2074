"""notebooks/annual_report.ipynb: the order of the form, thin cells, no outputs."""

import ast
import json
from pathlib import Path

import pytest

import gkstats
from gkstats.forms import FORM_2021
from gkstats.page import Page
from gkstats.params import entries

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "notebooks" / "annual_report.ipynb"

CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def is_parameters(cell: dict) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


WORKING = [cell for cell in CODE if not is_parameters(cell)]


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


@pytest.mark.parametrize("cell", WORKING, ids=lambda cell: cell["id"])
def test_a_cell_is_one_call(cell):
    assert is_thin(source(cell))


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


def test_the_notebook_is_committed_without_outputs():
    for cell in CODE:
        assert cell["outputs"] == [], cell["id"]
        assert cell["execution_count"] is None, cell["id"]


def test_the_notebook_holds_nothing_of_a_run_or_of_a_machine():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert {key for cell in CELLS for key in cell["metadata"]} == {"tags"}


def test_cells_have_names_of_their_own_for_ids():
    ids = [cell["id"] for cell in CELLS]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("-", "").isalpha() for id in ids)


def test_the_parameters_cell_holds_body_year_and_params_and_nothing_else():
    (cell,) = filter(is_parameters, CODE)
    statements = ast.parse(source(cell)).body
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    given = {s.target.id: (s.annotation.id, type(ast.literal_eval(s.value)).__name__) for s in statements}
    assert given == {"body": ("str", "str"), "year": ("int", "int"), "params": ("str", "str")}


def test_papermill_finds_the_parameters():
    import papermill

    found = papermill.inspect_notebook(str(NOTEBOOK))
    assert {name: parameter["inferred_type_name"] for name, parameter in found.items()} == {
        "body": "str", "year": "int", "params": "str",
    }  # fmt: skip


def test_the_parameters_come_first_so_that_every_cell_sees_them():
    assert is_parameters(CODE[0])
    assert source(CODE[1]) == "import gkstats as gk"


def test_the_parameters_name_a_report_that_is_there():
    (cell,) = filter(is_parameters, CODE)
    given = {s.target.id: ast.literal_eval(s.value) for s in ast.parse(source(cell)).body}
    assert len(entries(ROOT / given["params"], [given["body"]], [given["year"]])) == 1


def test_the_cells_follow_the_order_of_the_official_report_and_its_appendices():
    calls = [ast.parse(source(cell)).body[0] for cell in WORKING]
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


def test_every_name_the_cells_call_is_offered_by_the_package():
    called = {
        node.attr for cell in WORKING for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Attribute)
    }
    assert called <= set(gkstats.__all__)
    assert all(callable(getattr(gkstats, name)) for name in called)


def test_the_explanation_for_the_reader_of_the_notebook_is_left_out_of_the_report():
    for cell in CELLS:
        if cell["cell_type"] == "markdown":
            assert "notebook-only" in cell["metadata"]["tags"]


def run(**parameters) -> list[Page]:
    """The values the cells show, one after the other, without a kernel."""
    names: dict = {}
    shown = []
    for cell in CODE:
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
    shown = run(body=body, year=year)
    assert len(shown) == len(WORKING) - 3  # the import, the report, last year's
    assert all(isinstance(value, Page) for value in shown)
    blocks = [block for page in shown for block in page.blocks]
    end = [block["kind"] for block in blocks].index("appendix")
    official = [block["text"] for block in blocks[:end] if block["kind"] == "heading" and block["level"] == 1]
    assert official == [section.title for section in FORM_2021.sections]
    assert blocks[0]["kind"] == "title"


def test_the_notebook_runs_from_its_own_folder_as_well(monkeypatch):
    monkeypatch.chdir(NOTEBOOK.parent)
    assert run()[0].blocks[0]["text"].startswith("彭水苗族土家族自治县")
