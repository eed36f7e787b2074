"""The command line: one module for each command. Chinese, for the people who use it.

Exit status: 0 all well, 1 findings of severity error or a failed report, 2 wrong use.
"""

from __future__ import annotations

import os
import sys

import click

from gkstats import __version__
from gkstats.cli.build import build
from gkstats.cli.check import check
from gkstats.cli.decide import decide
from gkstats.cli.diff import diff
from gkstats.cli.explain import explain
from gkstats.cli.importing import import_
from gkstats.cli.new import new
from gkstats.cli.rollup import rollup
from gkstats.cli.verify import verify
from gkstats.cli.words import FOUND, WELL, WRONG_USE, ChineseGroup, in_chinese

COMMANDS = (new, import_, rollup, check, decide, build, verify, diff, explain)
"""Every command, in the order help lists them."""

__all__ = ["COMMANDS", "FOUND", "WELL", "WRONG_USE", "gkstats", "main", "run"]


def main() -> None:
    """The entry point; exits with WELL, FOUND or WRONG_USE."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console in GBK lacks some characters; the run must not end there
    # Kernels and worker processes start in the folder of the reports and must not import what lies there.
    os.environ["PYTHONSAFEPATH"] = "1"
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line and gives its exit status."""
    from gkstats.report import ReportError, UnknownReport, visible

    try:
        return gkstats.main(arguments, prog_name="gkstats", standalone_mode=False) or WELL
    except click.UsageError as error:
        click.echo(f"用法不对：{visible(in_chinese(error))}", err=True)
        where = error.ctx.command_path if error.ctx else "gkstats"
        click.echo(f"执行 {where} --help 查看用法。", err=True)
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断，已经生成的报告是完整的。", err=True)
        return 130
    except UnknownReport as error:
        click.echo(str(error), err=True)
        return WRONG_USE
    except ReportError as error:
        click.echo(str(error), err=True)
        return FOUND


@click.group("gkstats", cls=ChineseGroup, options_metavar="[选项]", subcommand_metavar="命令 [参数]…")
@click.version_option(__version__, message="gkstats %(version)s", help="显示版本。")
def gkstats() -> None:
    """政府信息公开工作年度报告：由参数文件核对数据、生成报告。"""


for command in COMMANDS:
    gkstats.add_command(command)
