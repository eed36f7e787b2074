"""The JSON Schema of a report file, generated from the forms, so that editors complete and check it."""

from __future__ import annotations

import json

from gkstats.forms import FORMS
from gkstats.report import BLANK, DECISIONS, EXPLANATION_KEYS, LEVELS, PREAMBLE, SCOPES
from gkstats.schema import AMOUNT, CHANGE, COUNT, Form, Table

SCHEMA_FILE = "report.schema.json"
"""Name of the schema's file in a params folder."""

_FIGURE: dict[str, dict] = {
    COUNT: {"type": ["integer", "null"], "minimum": 0},
    CHANGE: {"type": ["integer", "null"]},
    AMOUNT: {"type": ["number", "null"], "minimum": 0},
}


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def schema() -> dict:
    """The schema: the parts common to all forms, and the tables by the form the file states or its year has."""
    text = {"type": "string"}
    newest = max(FORMS)
    older = [form for code, form in FORMS.items() if code != newest]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "政府信息公开工作年度报告参数",
        "type": "object",
        "required": ["body", "year", "tables"],
        "additionalProperties": False,
        "properties": {
            "body": {
                "type": "object",
                "required": ["code", "name", "level", "scope"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": ["string", "integer"], "description": "行政区划代码，6 至 12 位数字"},
                    "name": {**text, "maxLength": 60, "description": "主体名称"},
                    "level": {
                        "enum": list(LEVELS),
                        "description": "；".join(f"{code}：{level.label}" for code, level in LEVELS.items()),
                    },
                    "scope": {"enum": list(SCOPES), "description": "统计范围"},
                },
            },
            "year": {"type": "integer", "minimum": min(FORMS), "description": "报告年度"},
            "form": {
                "enum": list(FORMS),
                "description": "；".join(f"{f.code}：{f.notice}" for f in FORMS.values()),
            },
            "blank": {
                "enum": list(BLANK),
                "description": "；".join(f"{key}：{value}" for key, value in BLANK.items()),
            },
            "tables": {"type": "object"},
            "facts": {
                "type": ["object", "null"],
                "additionalProperties": {"type": ["integer", "number", "string"]},
            },
            "prose": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": {
                    PREAMBLE: {"type": ["string", "null"], "description": "前言"},
                    **{
                        section.code: {"type": ["string", "null"], "description": section.title}
                        for section in FORMS[newest].sections
                    },
                },
            },
            "explanations": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "required": ["check"],
                    "anyOf": [{"required": ["reason"]}, {"required": ["finding", "as"]}],
                    "additionalProperties": False,
                    "properties": {
                        key: {**text, "description": label, **({"enum": list(DECISIONS)} if key == "as" else {})}
                        for key, label in EXPLANATION_KEYS.items()
                    },
                },
            },
            "source": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": dict.fromkeys(("title", "file", "sha256", "note"), text),
            },
        },
        "allOf": [{"if": _uses(form), "then": {"properties": {"tables": _tables(form)}}} for form in older]
        + [
            {
                "if": {"not": {"anyOf": [_uses(form) for form in older]}},
                "then": {"properties": {"tables": _tables(FORMS[newest])}},
            }
        ],
    }


def _uses(form: Form) -> dict:
    """Matches a file in the given form: stated, or by its year where nothing is stated."""
    later = min(other.first_year for other in FORMS.values() if other.first_year > form.first_year)
    stated = {"properties": {"form": {"const": form.code}}, "required": ["form"]}
    by_year = {"properties": {"year": {"exclusiveMaximum": later}}, "not": {"required": ["form"]}}
    return {"anyOf": [stated, by_year]}


def _tables(form: Form) -> dict:
    return {
        "required": list(form.table),
        "additionalProperties": False,
        "properties": {table.code: _table(table) for table in form.tables},
    }


def _table(table: Table) -> dict:
    figures = [{**_FIGURE[column.item.kind], "title": column.item.label} for column in table.column_leaves]
    row = {"type": ["array", "null"], "prefixItems": figures, "items": False, "minItems": len(figures)}
    either = row if len(figures) > 1 else {"anyOf": [row, figures[0]]}
    optional = {code for code, group in table.groups.items() if group.collapsible}
    lines = {line for code in optional for line in table.members[code]}
    labels = {code: leaf.item.label for code, leaf in table.row.items()} | {
        code: table.groups[code].label for code in optional
    }
    return {
        "type": "object",
        "description": f"{table.name} {table.label}",
        "required": [code for code in table.row if code not in lines],
        "propertyNames": {"enum": list(labels)},
        "properties": {code: {"description": label} for code, label in labels.items()},
        "patternProperties": {"": either},
    }
