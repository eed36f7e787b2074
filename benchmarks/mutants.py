"""Mutation testing: every small change to a module that its tests do not notice.

    python benchmarks/mutants.py gkstats/schema.py tests/test_schema.py tests/test_forms.py

Each mutant is one change of the syntax tree (a comparison turned, a constant moved, an operand dropped, a statement
left out, …), written to a copy of the package and run against the tests named; messages and docstrings are left alone,
since no test holds every word. A mutant that makes the tests fail, or hang, is killed; the others are printed to be
looked at one by one. With ``--list`` nothing is run.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
            ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}  # fmt: skip
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "startswith": "endswith"}


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """(what is changed, the changed node; None: left out) for every mutation of one node."""

    def changed(**fields) -> ast.AST:
        other = copy.copy(node)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield "comparison", changed(ops=[_COMPARED[type(op)]()])
        case ast.BoolOp(op=op, values=values):
            yield "and/or", changed(op=ast.Or() if isinstance(op, ast.And) else ast.And())
            if len(values) > 2:
                for n in range(len(values)):
                    yield f"operand {n + 1} dropped", changed(values=values[:n] + values[n + 1 :])
            else:
                yield "left operand alone", values[0]
                yield "right operand alone", values[1]
        case ast.BinOp(op=op) if type(op) in _COUNTED and not _is_text(node):
            yield "operator", changed(op=_COUNTED[type(op)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not dropped", operand
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign dropped", operand
        case ast.IfExp(body=body, orelse=orelse):
            yield "condition true", body
            yield "condition false", orelse
        case ast.Constant(value=bool(value)):
            yield "truth", changed(value=not value)
        case ast.Constant(value=int(value)):
            yield "number", changed(value=value + 1)
        case ast.Constant(value=None):
            yield "none", changed(value=1)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield f"{name} → {_CALLED[name]}", changed(func=ast.Name(_CALLED[name], ast.Load()))
        case ast.Call(func=ast.Attribute(attr=name)) if name in _CALLED:
            yield f"{name} → {_CALLED[name]}", changed(func=ast.Attribute(node.func.value, _CALLED[name], ast.Load()))
        case ast.If():
            yield "if true", changed(test=ast.Constant(True))
            yield "if false", changed(test=ast.Constant(False))
        case ast.comprehension(ifs=[_, *_]):
            for n in range(len(node.ifs)):
                yield "filter dropped", changed(ifs=node.ifs[:n] + node.ifs[n + 1 :])
        case ast.Return(value=ast.expr()) if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "returns None", changed(value=ast.Constant(None))
        case ast.Continue() | ast.Break() | ast.AugAssign():
            yield "statement left out", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "statement left out", ast.Pass()
        case ast.Raise():
            yield "error not raised", ast.Pass()


def _is_text(node: ast.BinOp) -> bool:
    """Whether a sum joins text: no test holds every word of a message."""
    return any(isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, str))
               for n in (node.left, node.right))  # fmt: skip


def mutants(source: str) -> Iterator[tuple[int, str, str, str]]:
    """(line, what is changed, the old text, source of the whole module) of every mutant."""
    tree = ast.parse(source)
    quiet = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    quiet |= {id(inner) for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation
              for inner in ast.walk(node.annotation)}  # fmt: skip
    quiet |= {id(inner) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns
              for inner in ast.walk(node.returns)}  # fmt: skip
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(node, ast.AST) or id(node) in quiet:
                    continue
                for what, other in variants(node):
                    _put(parent, field, place, ast.fix_missing_locations(ast.copy_location(other, node)))
                    yield getattr(node, "lineno", 0), what, ast.unparse(node).split("\n")[0], ast.unparse(tree)
                    _put(parent, field, place, node)


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    given = parser.parse_args()
    source = (ROOT / given.module).read_text(encoding="utf-8")
    found = list(mutants(source))
    if given.list:
        print("\n".join(f"{line:>5}  {what:<24} {old}" for line, what, old, _ in found))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for part in ("gkstats", "tests", "params", "notebooks", "pyproject.toml"):
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, home / part)
        environment = os.environ | {"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *given.tests]

        def passes() -> bool:
            try:
                run = subprocess.run(command, cwd=home, env=environment, capture_output=True, timeout=120, check=False)
            except subprocess.TimeoutExpired:
                return False
            return run.returncode == 0

        assert passes(), "the tests fail without any change"
        survivors = 0
        for number, (line, what, old, text) in enumerate(found, 1):
            (home / given.module).write_text(text, encoding="utf-8")
            if passes():
                survivors += 1
                print(f"{line:>5}  {what:<24} {old}", flush=True)
            if number % 50 == 0:
                print(f"… {number} of {len(found)}, {survivors} survived", file=sys.stderr, flush=True)
        print(f"{given.module}: {len(found)} mutants, {len(found) - survivors} killed, {survivors} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
