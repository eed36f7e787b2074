"""Writes the files of the repository that follow from forms and rules: the JSON Schema and two pages of docs."""

from pathlib import Path

from gkstats.explain import checks_page, reference
from gkstats.json_schema import SCHEMA_FILE, schema_text

ROOT = Path(__file__).parents[1]
FILES = {
    ROOT / "params" / SCHEMA_FILE: schema_text,
    ROOT / "docs" / "checks.md": checks_page,
    ROOT / "docs" / "reference.md": reference,
}

if __name__ == "__main__":
    for path, text in FILES.items():
        path.write_text(text(), encoding="utf-8", newline="\n")
