"""Writes the files of the repository that follow from the program: the JSON Schema and three pages of docs."""

from pathlib import Path

import click

from gkstats.cli import COMMANDS
from gkstats.cli.words import ChineseContext
from gkstats.explain import checks_page, reference
from gkstats.json_schema import SCHEMA_FILE, schema_text

ROOT = Path(__file__).parents[1]


def commands() -> str:
    """The page of the commands, as Markdown: what each says of itself with ``--help``."""
    lines = ["# 命令", "", "本页由程序生成（`make generated`），与 `gkstats 命令 --help` 所示相同。"]
    for command in COMMANDS:
        lines += ["", f"## gkstats {command.name}", "", "```text", *help_of(command).splitlines(), "```"]
    return "\n".join(lines) + "\n"


def help_of(command: click.Command) -> str:
    context = ChineseContext(command, info_name=f"gkstats {command.name}", terminal_width=100, max_content_width=100)
    return command.get_help(context)


FILES = {
    ROOT / "params" / SCHEMA_FILE: schema_text,
    ROOT / "docs" / "checks.md": checks_page,
    ROOT / "docs" / "commands.md": commands,
    ROOT / "docs" / "reference.md": reference,
}

if __name__ == "__main__":
    for path, text in FILES.items():
        path.write_text(text(), encoding="utf-8", newline="\n")
