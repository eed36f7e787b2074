"""Writes the files of the repository that follow from the forms: the JSON Schema and the reference page."""

from pathlib import Path

from gkstats.explain import reference
from gkstats.json_schema import SCHEMA_FILE, schema_text

ROOT = Path(__file__).parents[1]
FILES = {ROOT / "params" / SCHEMA_FILE: schema_text, ROOT / "docs" / "reference.md": reference}

if __name__ == "__main__":
    for path, text in FILES.items():
        path.write_text(text(), encoding="utf-8", newline="\n")
