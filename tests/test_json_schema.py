"""The JSON Schema that editors complete and check report files with."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from gkstats.forms import FORM_2019, FORMS
from gkstats.json_schema import SCHEMA_FILE, schema, schema_text
from gkstats.params import blank_report, load
from gkstats.report import Body
from gkstats.report_file import dumps

PARAMS = Path(__file__).parents[1] / "params"
FILES = sorted(PARAMS.glob("*/*.yaml"))
VALIDATOR = Draft202012Validator(schema())


def errors(values):
    """What the schema finds wrong, as (path, message)."""
    return [("/".join(map(str, error.absolute_path)), error.message) for error in VALIDATOR.iter_errors(values)]


@pytest.fixture
def values(minimal):
    """The values of a file as an editor reads them."""
    return yaml.safe_load(minimal)


def test_the_schema_in_the_repository_is_the_one_the_forms_give():
    assert (PARAMS / SCHEMA_FILE).read_bytes().decode("utf-8") == schema_text(), (
        f"params/{SCHEMA_FILE} is out of date: write gkstats.json_schema.schema_text() to it"
    )


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_report_file_refers_to_the_schema_and_agrees_with_it(path):
    text = path.read_text(encoding="utf-8")
    reference = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", text.split("\n")[0])[1]
    assert (path.parent / reference).resolve() == (PARAMS / SCHEMA_FILE).resolve()
    assert errors(yaml.safe_load(text)) == []


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2024])
def test_a_blank_report_agrees_with_the_schema(year):
    blank = blank_report(Body("123456", "某县", "county", "全县汇总"), year, "123456-mou")
    assert errors(yaml.safe_load(dumps(blank))) == []


def test_a_complete_report_agrees_with_the_schema(values):
    assert errors(values) == []


def changed(values, path, value):
    """The values with the one at ``path`` replaced, or removed if ``value`` is ``...``."""
    values = copy.deepcopy(values)
    *above, last = path.split("/")
    at = values
    for key in above:
        at = at[key]
    last = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tables/applications/received", None),
        ("tables/applications/received/0", None),
        ("tables/licensing/licensing", 5),
        ("tables/fees/fees_10k_yuan/0", 8),
        ("form", ...),
        ("blank", ...),
        ("blank", "zero"),
        ("body/code", 123456),
        ("facts", {"about": "3万余", "fee": 0.1, "accounts": 17}),
        ("prose", {"preamble": "x", "other": None}),
        ("explanations", [{"check": "X.1", "reason": "x"}]),
        ("source", {"file": "a.pdf"}),
    ],
)
def test_what_a_report_may_hold_is_accepted(values, path, value):
    assert errors(changed(values, path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("tables/applications/received/0", -1, "tables/applications/received/0"),
        ("tables/applications/received/0", 1.5, "tables/applications/received/0"),
        ("tables/applications/received/0", "3", "tables/applications/received/0"),
        ("tables/applications/received/0", ..., "tables/applications/received"),
        ("tables/applications/received", [0] * 8, "tables/applications/received"),
        ("tables/applications/received", "三", "tables/applications/received"),
        ("tables/applications/received", 4, "tables/applications/received"),
        ("tables/applications/received", ..., "tables/applications"),
        ("tables/fees/fees_10k_yuan/0", -0.5, "tables/fees/fees_10k_yuan"),
        ("tables/fees", ..., "tables"),
        ("tables/bread", {}, "tables"),
        ("tables", ..., ""),
        ("year", ..., ""),
        ("year", 2018, "year"),
        ("year", "二〇二三", "year"),
        ("form", 2020, "form"),
        ("blank", "nothing", "blank"),
        ("remark", "x", ""),
        ("body/scope", "全部", "body/scope"),
        ("body/level", "kounty", "body/level"),
        ("body/name", ..., "body"),
        ("body/nmae", "x", "body"),
        ("prose", {"overveiw": "x"}, "prose"),
        ("explanations", [{"check": "X.1"}], "explanations/0"),
        ("source", {"url": "x"}, "source"),
    ],
)
def test_what_a_report_may_not_hold_is_found_in_its_place(values, path, value, place):
    assert [found for found, _ in errors(changed(values, path, value))] == [place]


@pytest.mark.parametrize("change", [("form", 2019), ("year", 2020)])
def test_the_tables_must_be_those_of_the_form_stated_or_of_the_year(values, change):
    del values["form"]
    found = errors(values | dict([change]))
    assert ("tables", "'procurement' is a required property") in found
    assert ("tables/fees", "'fees' is a required property") in found


def test_the_2019_form_may_be_stated_for_a_later_year():
    values = yaml.safe_load(dumps(blank_report(Body("123456", "某县", "county", "全县汇总"), 2020, "")))
    assert values["form"] == FORM_2019.code
    assert errors(values | {"year": 2022}) == []
    del values["form"]
    assert errors(values) == []
    assert errors(values | {"year": 2022}) != []


def test_a_change_may_be_negative_where_a_count_may_not():
    values = yaml.safe_load(dumps(blank_report(Body("123456", "某县", "county", "全县汇总"), 2020, "")))
    assert errors(changed(values, "tables/licensing/licensing", [30, -4, 5])) == []
    assert errors(changed(values, "tables/licensing/licensing", [-30, 4, 5])) != []


def test_other_handling_may_be_one_row():
    values = yaml.safe_load((PARAMS / "320813-hongze" / "2024.yaml").read_text(encoding="utf-8"))
    assert "results.closed_otherwise" in values["tables"]["applications"]
    assert load("hongze", 2024, PARAMS).form is not FORMS[2021]
    assert errors(values) == []


TABLES = [
    pytest.param(FORMS[form], code, table, id=f"{form}-{code}")
    for form, choice in zip((2019, 2021), schema()["allOf"], strict=True)
    for code, table in choice["then"]["properties"]["tables"]["properties"].items()
]
"""(form, table code, schema of the table) of every table"""


def admits(table, row):
    """Whether a table may have a row of that name, by the rules of JSON Schema."""
    if row not in table.get("propertyNames", {}).get("enum", [row]):
        return False
    listed = row in table.get("properties", {})
    matched = any(re.search(pattern, row) for pattern in table.get("patternProperties", {}))
    return listed or matched or table.get("additionalProperties") is not False


@pytest.mark.parametrize(("form", "code", "table"), TABLES)
def test_a_table_may_have_every_row_of_the_form(form, code, table):
    assert all(admits(table, row) for row in form.table[code].row)


@pytest.mark.parametrize(("form", "code", "table"), TABLES)
def test_a_table_may_have_no_row_that_the_form_does_not_have(form, code, table):
    assert not admits(table, "results.grantd")


@pytest.mark.parametrize(("form", "code", "table"), TABLES)
def test_an_editor_shows_the_official_label_of_every_row(form, code, table):
    for row, leaf in form.table[code].row.items():
        assert table["properties"][row]["description"] == leaf.item.label
