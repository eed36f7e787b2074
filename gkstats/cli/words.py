"""The Chinese of the command line: help, messages, and the words its arguments are made of."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

import click

WELL, FOUND, WRONG_USE = 0, 1, 2
"""Exit status: all well; findings of severity error or a failed report; wrong use."""


def in_chinese(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f"，是否应为 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有 {error.option_name} 这个选项{near}"
    if isinstance(error, click.MissingParameter) and (param := error.param):
        named = isinstance(param, click.Option)
        words = param.make_metavar(error.ctx) if error.ctx and not named else param.opts[0]
        return f"缺少参数 {words}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要有一个值"
    if type(error) is click.UsageError and "extra argument" in error.message:
        return f"多余的参数 {error.message.partition('(')[2].rstrip(')')}"
    return error.message


class ChineseFormatter(click.HelpFormatter):
    """Headings with the colon Chinese text has."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


class ChineseContext(click.Context):
    """A context that writes help so."""

    formatter_class = ChineseFormatter


class Chinese(click.Command):
    """A command whose help is Chinese throughout."""

    context_class = ChineseContext

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        with formatter.section("选项"):
            records = [record for record in (option.get_help_record(ctx) for option in options) if record]
            formatter.write_dl([(name, text.replace("  [required]", "（必填）")) for name, text in records])
        if isinstance(self, click.Group):
            with formatter.section("命令"):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = "显示用法。"
        return option


class ChineseGroup(Chinese, click.Group):
    """A group of such commands."""

    command_class = Chinese

    def resolve_command(self, ctx: click.Context, args: list[str]):
        if self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0], self.commands, 1)
            hint = f"是否应为 {near[0]}" if near else f"可用的有：{'、'.join(self.commands)}"
            raise click.UsageError(f"没有“{args[0]}”这个命令，{hint}", ctx)
        return super().resolve_command(ctx, args)


class Year(click.ParamType):
    """A report year."""

    name = "年度"

    def convert(self, value, param, ctx) -> int:
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"20\d\d", value, re.ASCII):
            raise click.UsageError(f"“{value}”不是年度，应为四位数字，如 2023", ctx)
        return int(value)


class Count(click.ParamType):
    """A whole number above zero."""

    name = "个数"

    def convert(self, value, param, ctx) -> int:
        if not isinstance(value, int) and not re.fullmatch(r"[1-9]\d{0,3}", value, re.ASCII):
            raise click.UsageError(f"“{value}”不是正整数", ctx)
        return int(value)


class OneOf(click.ParamType):
    """One of some words, or with ``many`` several of them divided by commas."""

    name = "名称"

    def __init__(self, words, many: bool = False):
        self.words, self.many = tuple(words), many

    def convert(self, value, param, ctx):
        given = value.split(",") if self.many and isinstance(value, str) else [value]
        for word in given:
            if word not in self.words:
                raise click.UsageError(f"“{word}”不可用，应为：{'、'.join(self.words)}", ctx)
        return tuple(given) if self.many and isinstance(value, str) else value

    def shell_complete(self, ctx, param, incomplete):
        return [click.shell_completion.CompletionItem(w) for w in self.words if w.startswith(incomplete)]


class BodyName(click.ParamType):
    """A body: folder name, division code or short name; completed from the params folder."""

    name = "主体"

    def shell_complete(self, ctx, param, incomplete):
        folder = Path(ctx.params.get("params") or "params")
        names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        return [click.shell_completion.CompletionItem(name) for name in names if name.startswith(incomplete)]


PARAMS = click.option("--params", default="params", metavar="文件夹", help="参数文件夹，默认为 params。")
