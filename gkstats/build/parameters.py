"""The parameters of a notebook: what it takes, and how they read in the cell papermill puts them in."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

KINDS: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float), "bool": bool}


class WrongParameters(Exception):
    """A notebook cannot be given these parameters; the message lists every one."""


@cache
def taken_by(notebook: Path) -> Mapping[str, str]:
    """Parameter → type name, of the cell tagged ``parameters``; the type is "None" where none is stated. As
    ``papermill.inspect_notebook`` finds them, without the second it takes to import. Raises WrongParameters if the
    notebook cannot be read."""
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
        tagged = ("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
        statements = ast.parse(next(tagged, "")).body
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as fault:
        raise WrongParameters(f"笔记本 {notebook.name} 无法读取：{fault}") from None
    taken = {}
    for statement in statements:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            taken[statement.target.id] = ast.unparse(statement.annotation)
        elif isinstance(statement, ast.Assign):
            taken |= {target.id: "None" for target in statement.targets if isinstance(target, ast.Name)}
    return taken


def require(notebook: Path, parameters: Mapping[str, object]) -> None:
    """Raises WrongParameters unless the notebook takes every one of the parameters, each of its type. papermill
    itself only warns, runs the notebook with its default, and so builds another report than the one asked for."""
    taken = taken_by(notebook)
    wrong = [
        f"{name}：笔记本没有这个参数，可用的有：{'、'.join(taken) or '无'}"
        if name not in taken
        else f"{name}：给定 {value!r}，应为 {taken[name]} 类型"
        for name, value in parameters.items()
        if name not in taken or not _fits(value, taken[name])
    ]
    if wrong:
        raise WrongParameters("\n".join([f"笔记本 {notebook.name} 的参数不符：", *(f"  {line}" for line in wrong)]))


def _fits(value: object, kind: str) -> bool:
    return kind not in KINDS or (isinstance(value, KINDS[kind]) and (kind == "bool" or not isinstance(value, bool)))


@cache
def register_translator() -> None:
    """Has papermill write strings as they read. Its own way turns 彭水 into escapes, in the one cell a reviewer
    reads first."""
    from papermill.translators import PythonTranslator, papermill_translators

    class ReadablePython(PythonTranslator):
        @classmethod
        def translate_escaped_str(cls, str_val) -> str:
            return literal(str_val) if isinstance(str_val, str) else super().translate_escaped_str(str_val)

    papermill_translators.register("python", ReadablePython)


def literal(text: str) -> str:
    """A Python literal of the text, in double quotes unless it holds one: no text gets out of it.

    >>> print(literal("彭水"), literal('"; import os'))
    "彭水" '"; import os'
    """
    return repr(text) if '"' in text else f'"{repr(text)[1:-1]}"'
