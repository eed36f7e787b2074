"""Mutation testing: every small change to a module that its tests do not notice.

    python benchmarks/mutants.py gkstats/schema.py tests/test_schema.py tests/test_forms.py

Each mutant is one change of the syntax tree (a comparison turned, a constant moved, an operand dropped, a statement
left out, …), imported in place of the module and run against those of the tests named that reach the function changed;
messages and docstrings are left alone, since no test holds every word. A mutant that makes the tests fail, or hang, is
killed; the others are printed to be looked at one by one. With ``--list`` nothing is run. Commands that a test starts
see the module as it is. Needs fork.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import resource
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.util import spec_from_file_location
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "pandas", "scipy.sparse.csgraph", "scipy.stats", "yaml", "hypothesis", "openpyxl", "lxml.etree")
OPTIONS = ("-x", "--assert=plain", "--tb=no", "-p", "no:cacheprovider")
PATIENCE = 5  # seconds that any test may take
MEMORY = 8 * 2**30
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
        for name, value in ast.iter_fields(parent):
            for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(node, ast.AST) or id(node) in quiet:
                    continue
                for what, other in variants(node):
                    _put(parent, name, place, ast.fix_missing_locations(ast.copy_location(other, node)))
                    yield getattr(node, "lineno", 0), what, ast.unparse(node).split("\n")[0], ast.unparse(tree)
                    _put(parent, name, place, node)


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


class _Mutant(MetaPathFinder, Loader):
    """Imports one module from a text in place of its file."""

    def __init__(self, name: str, text: str, path: Path):
        self.name, self.text, self.path = name, text, path

    def find_spec(self, fullname, path, target=None):
        if fullname != self.name:
            return None
        folder = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return spec_from_file_location(fullname, self.path, loader=self, submodule_search_locations=folder)

    def exec_module(self, module) -> None:
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


@dataclass
class _Known:
    """What is known of the tests: the seconds each takes, the mutants each killed, those that reach each line of the
    module ("" among them where its import does)."""

    seconds: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    reaching: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


class _Watch:
    """Tells how long each test took and whether it failed. Runs the tests named, those first that killed most in
    their time; or all, telling what they reach of a module."""

    def __init__(self, known: _Known, tell: Callable, only: set[str] | None, reached: Path | None):
        self.known, self.tell, self.only = known, tell, only
        self.cover = coverage.Coverage(include=[str(reached)], data_file=None, config_file=False) if reached else None
        if self.cover:
            self.cover.start()

    def pytest_collection_modifyitems(self, items) -> None:
        if self.only:
            items[:] = [item for item in items if item.nodeid in self.only]
        items.sort(key=lambda item: self.known.seconds.get(item.nodeid, 0))
        items.sort(key=lambda item: -self.known.kills[item.nodeid] / (self.known.seconds.get(item.nodeid, 0) + 0.02))

    def pytest_runtest_setup(self, item) -> None:
        # unhandled: a test that hangs ends the process; its own seconds count, whatever else the machine does
        signal.setitimer(signal.ITIMER_PROF, PATIENCE + 20 * self.known.seconds.get(item.nodeid, PATIENCE))
        signal.setitimer(signal.ITIMER_REAL, 20 * PATIENCE)
        if self.cover:
            # what one test left in a cache another would not reach
            for name in [name for name in sys.modules if name.startswith("gkstats")]:
                for value in list(vars(sys.modules[name]).values()):
                    getattr(value, "cache_clear", int)()
            self.cover.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report) -> None:
        if report.failed or report.when == "call":
            self.tell("ran", report.nodeid, report.failed, report.duration)

    def pytest_sessionfinish(self) -> None:
        if self.cover:
            self.cover.stop()
            data = self.cover.get_data()
            for path in data.measured_files():
                for line, tests in data.contexts_by_lineno(path).items():
                    self.tell("reached", line, tests)


def passes(
    tests: list[str], known: _Known, mutant: _Mutant | None, only: set[str] | None, reached: Path | None = None
) -> bool:
    """Whether the tests (``only`` some of them) pass with a mutant in place; run in a process of its own, forked from
    one that has the libraries in memory. What there is to know of the tests is added to ``known``."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (1, 2):
                os.dup2(quiet, stream)
            if mutant:
                sys.meta_path.insert(0, mutant)
            signal.setitimer(signal.ITIMER_REAL, 20 * PATIENCE)  # until the first test starts
            code = 1
            try:
                watch = _Watch(known, lambda *words: print(json.dumps(words), file=told, flush=True), only, reached)
                files = sorted({test.partition("::")[0] for test in only}) if only else tests
                code = pytest.main([*OPTIONS, *files], plugins=[watch])
            finally:
                os._exit(int(code))
        _, status = os.waitpid(child, 0)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what a hanging test had started
        told.seek(0)
        for what, *words in map(json.loads, told):
            if what == "reached":
                known.reaching[words[0]].update(words[1])
            elif mutant is None:
                known.seconds[words[0]] = words[2]
            elif words[1]:
                known.kills[words[0]] += 1
        return status == 0


def wanted(known: _Known, functions: list[ast.FunctionDef], line: int) -> set[str]:
    """The tests that reach the function around a line; all of them where there is none or importing reaches it."""
    around = [each for each in functions if each.body[0].lineno <= line <= (each.end_lineno or 0)]
    if not around:
        return set(known.seconds)
    inner = max(around, key=lambda each: each.lineno)
    found = set().union(*(known.reaching[n] for n in range(inner.body[0].lineno, (inner.end_lineno or 0) + 1)))
    return set(known.seconds) if "" in found else found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--lines", type=int, nargs="+", help="only the mutants of these lines")
    given = parser.parse_args()
    path = ROOT / given.module
    source = path.read_text(encoding="utf-8")
    found = [each for each in mutants(source) if not given.lines or each[0] in given.lines]
    if given.list:
        print("\n".join(f"{line:>5}  {what:<24} {old}" for line, what, old, _ in found))
        return 0
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for library in LIBRARIES:
        import_module(library)
    name = ".".join(given.module.with_suffix("").parts).removesuffix(".__init__")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    known = _Known()
    assert passes(given.tests, known, None, None, path), "the tests fail without any change"
    survivors = 0
    for number, (line, what, old, text) in enumerate(found, 1):
        tests = wanted(known, functions, line)
        if not tests or passes(given.tests, known, _Mutant(name, text, path), tests):
            survivors += 1
            print(f"{line:>5}  {what:<24} {old}", flush=True)
        if number % 50 == 0:
            print(f"… {number} of {len(found)}, {survivors} survived", file=sys.stderr, flush=True)
    print(f"{given.module}: {len(found)} mutants, {len(found) - survivors} killed, {survivors} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
