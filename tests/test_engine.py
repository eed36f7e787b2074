"""Cells run in a forked process show what they show in the stock kernel, and nothing of one report reaches another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from gkstats.build import FAST, NOTEBOOKS, STOCK, Job, Settings, notebook_path, plan, run, usual_engine
from gkstats.cli import WELL
from gkstats.cli import run as command_line
from gkstats.output import FORMATS
from gkstats.params import entries

ROOT = Path(__file__).parents[1]
forked = pytest.mark.skipif(usual_engine() != FAST, reason="this system cannot fork")

ODD = [
    "1 + 1",
    "print('一'); 2",
    "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')",
    "_",
    "__, ___, _3",
    "a = 5;",
    "'no value';",
    "%%capture held\nprint('captured')",
    "held.stdout",
    "%who_ls",
    "from IPython.display import HTML, Markdown, clear_output, display, update_display\ndisplay(HTML('<b>一</b>'))",
    "handle = display(1, display_id='x')\nupdate_display(2, display_id='x')",
    "handle.update(3)",
    "print('gone'); clear_output(); print('kept')",
    "print('gone'); clear_output(wait=True); print('kept')",
    "display(1, 2, metadata={'m': 1})",
    "import asyncio\nawait asyncio.sleep(0); 'awaited'",
    "asyncio.get_running_loop().is_running()",
    "task = asyncio.create_task(asyncio.sleep(0, 'later'))",
    "await task",
    "import warnings\nwarnings.warn('careful')",
    "!echo from a shell",
    "lines = !echo one; echo two\nlines",
    "%%bash\necho from bash; echo to stderr >&2",
    "import subprocess\nsubprocess.run(['echo', 'below Python'], check=True); None",
    "import os\nx = os.write(1, b'to the descriptor\\n')",
    "__name__",
    "class Own:\n    pass\nimport pickle\npickle.loads(pickle.dumps(Own)) is Own",
    "import pandas as pd\npd.DataFrame({'一': [1, 2]})",
    "pd.Series([1.5, None])",
    "import numpy as np\nnp.arange(3)",
    "from fractions import Fraction\n[Fraction(1, 3), {'b': 1, 'a': (1,)}]",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.gcf().set_size_inches(1, 1)",
    "import matplotlib\nmatplotlib.get_backend()",
    "%matplotlib inline\nplt.figure(figsize=(1, 1)); plt.plot([2, 1]); plt.show(); print('after')",
    "%config InlineBackend.figure_formats = ['svg']",
    "%%html\n<i>raw</i>",
    "sys.stdout.isatty(), sys.stdin is None, os.environ['TERM']",
    "print('a', end=''); print('b', end=''); sys.stdout.flush(); print('c')",
    "print('50%\\r100%')",
    "In[1], len(Out) > 3",
    "get_ipython().__class__.__name__, get_ipython().config.get('IPKernelApp') is not None",
    "def f():\n    raise ValueError('一\\n二')",
    "try:\n    f()\nexcept ValueError as error:\n    print(repr(error))",
]
"""Cells with odd features; none of them fails."""

FAILING = {
    "exception": "def f(x):\n    return 1 / x\nprint('before')\nf(0)",
    "syntax": "print('一'\nx = = 1",
    "exit": "print('before')\nimport sys\nsys.exit()",
    "exit with a message": "import sys\nsys.exit('enough')",
    "interrupt": "raise KeyboardInterrupt",
    "chained": "try:\n    {}['一']\nexcept KeyError as e:\n    raise RuntimeError('又') from e",
    "display": "class Bad:\n    def __repr__(self):\n        raise ValueError('no repr')\nBad()",
    "input": "input('谁？')",
}


def write(folder, cells, name="cells"):
    parameters = nbformat.v4.new_code_cell("body = ''\nyear = 0\nparams = ''", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(
        cells=[parameters, *(nbformat.v4.new_code_cell(cell) for cell in cells)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def job(folder, notebook, body="123456-mou", out="outputs"):
    return Job(body, 2023, folder, "params", folder / out, (), notebook=notebook)


def executed(job):
    return nbformat.read(job.folder / f"{job.stem}.ipynb", as_version=4)


def both(folder, *notebooks):
    """Each notebook as each engine leaves it: [(stock, fast), …]."""
    left = []
    for engine in (STOCK, FAST):
        jobs = [job(folder, notebook, body=f"{123456 + n}-mou", out=engine) for n, notebook in enumerate(notebooks)]
        assert len(list(run(jobs, 2, Settings(engine)))) == len(notebooks)
        left.append([executed(each) for each in jobs])
    return list(zip(*left, strict=True))


def shown(cell, traceback=True):
    outputs = [dict(output) for output in cell.get("outputs", ())]
    for output in outputs:
        if output["output_type"] == "error" and not traceback:
            output.pop("traceback")
    return json.dumps([cell.source, cell.get("execution_count"), outputs], ensure_ascii=False, indent=1)


@forked
@pytest.mark.slow
def test_odd_cells_show_the_same_in_both_engines(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel behaves otherwise where it sees this
    ((stock, fast),) = both(tmp_path, write(tmp_path, ODD))
    for theirs, ours in zip(stock.cells, fast.cells, strict=True):
        assert shown(ours) == shown(theirs)
    assert stock == fast
    assert all(cell.execution_count for cell in fast.cells), "it ran to the end"


@forked
@pytest.mark.slow
def test_failing_cells_show_the_same_in_both_engines(tmp_path):
    left = both(tmp_path, *(write(tmp_path, [cell, "'never run'"], name) for name, cell in FAILING.items()))
    for name, (stock, fast) in zip(FAILING, left, strict=True):
        for theirs, ours in zip(stock.cells, fast.cells, strict=True):
            # a refused input() has the kernel's own frames above it
            assert shown(ours, traceback=name != "input") == shown(theirs, traceback=name != "input"), name
        assert fast.cells[-2].outputs and fast.cells[-1].execution_count is None, name


@pytest.fixture
def bodies(params_dir):
    """job(cells, body=) → a job that runs these cells for a report of the repository."""

    def make(cells, body="500243-pengshui", name="cells"):
        return job(params_dir.parent, write(params_dir.parent, cells, name), body)

    return make


def outcomes(jobs, workers=1, **settings):
    return list(run(jobs, workers, Settings(**settings)))


def text_of(notebook):
    return json.dumps([cell.get("outputs", []) for cell in notebook.cells], ensure_ascii=False)


LEFT_BEHIND = """
import builtins, locale, os, sys, warnings, decimal
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
builtins.left = sys.left = np.left = mine = 1
sys.modules["left_behind"] = sys
sys.path.insert(0, "left")
matplotlib.rcParams["font.size"] = 1
plt.figure()
pd.set_option("display.max_rows", 3)
os.environ["LEFT"] = "1"
os.environ["TZ"] = "Asia/Shanghai"
os.chdir("/")
os.umask(0o077)
try:
    locale.setlocale(locale.LC_ALL, "C")
except locale.Error:
    pass
decimal.getcontext().prec = 3
warnings.simplefilter("ignore")
np.random.seed(1)
import gkstats.stats
gkstats.stats.STATISTICS.clear()
get_ipython().user_ns["other"] = 2
"""

FOUND_THERE = """
import builtins, decimal, locale, os, sys, warnings
before = sorted(set(globals()) & {"mine", "other"})
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
import gkstats.stats
mask = os.umask(0o022); _ = os.umask(mask)
(before, hasattr(builtins, "left"), hasattr(sys, "left"), hasattr(np, "left"), "left_behind" in sys.modules,
 "left" in sys.path, matplotlib.rcParams["font.size"], plt.get_fignums(), pd.get_option("display.max_rows"),
 os.environ.get("LEFT"), os.environ.get("TZ"), os.getcwd(), mask, locale.setlocale(locale.LC_ALL),
 decimal.getcontext().prec, len(warnings.filters), len(gkstats.stats.STATISTICS))
"""


@forked
def test_nothing_a_report_leaves_behind_reaches_the_next(bodies):
    look = bodies([FOUND_THERE], "321300-suqian", "look")
    leave = bodies([LEFT_BEHIND], name="leave")
    told = [outcome.message for outcome in outcomes([look])]
    first = text_of(executed(look))
    told += [outcome.message for outcome in outcomes([leave, leave, look])]
    assert set(told) == {""}
    assert text_of(executed(look)) == first
    assert "False,\\n False,\\n False,\\n False,\\n False" in first


@forked
def test_random_numbers_of_siblings_differ(bodies):
    cell = "import random, numpy as np\nrandom.random(), np.random.random()"
    jobs = [bodies([cell], body) for body in ("500243-pengshui", "321300-suqian")]
    outcomes(jobs)
    assert text_of(executed(jobs[0])) != text_of(executed(jobs[1]))


@forked
def test_an_outcome_is_of_the_very_job_that_was_given_so_that_a_batch_keeps_no_copies(bodies):
    jobs = [bodies(["1"], body) for body in ("500243-pengshui", "321300-suqian")]
    assert {id(outcome.job) for outcome in outcomes(jobs)} == {id(job) for job in jobs}


EARLY = {
    "exception": ("1 / 0", "failed", "ZeroDivisionError: division by zero"),
    "exit": ("import sys; sys.exit()", "failed", "SystemExit"),
    "input": ("input('谁？')", "failed", "StdinNotImplementedError"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "died", "信号 11"),
    "kill": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died", "信号 9"),
    "kill with a child left": (
        "import os, signal, time\nif os.fork() == 0: time.sleep(60)\nos.kill(os.getpid(), signal.SIGKILL)",
        "died", "信号 9",
    ),
    "leave": ("import os; os._exit(3)", "died", "状态 3"),
    "close everything": ("import os, time; os.closerange(3, 1000); time.sleep(60)", "died", "进程"),
    "hang": ("while True: pass", "timed_out", "超过 3 秒"),
    "hang below Python": ("import time; time.sleep(60)", "timed_out", "超过 3 秒"),
    "memory": ("x = [bytearray(1 << 24) for _ in range(1000)]", "failed", "MemoryError"),
    "flood": ("while True: print('x' * 1000)", "failed", "输出过多"),
    "flood below Python": ("import os\nwhile True: os.write(1, b'x' * 100000)", "failed", ""),
    "flood of pictures": (
        "from IPython.display import HTML\nwhile True: display(HTML('x' * 100000))",
        "failed", "输出过多",
    ),
    "flood that catches": (
        "def go():\n    try:\n        while True: print('x' * 1000)\n    except Exception: pass\ngo(); print('on')",
        "failed", "输出过多",
    ),
    "half a character": ("print('\\ud800'); '\\udfff'", "built", ""),
    "thread that stays": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "built", "",
    ),
}  # fmt: skip


@forked
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if "hang" in name or "left" in name else []) for name in EARLY]
)
def test_each_end_of_a_report_is_its_own_outcome_and_its_evidence_is_kept(name, bodies):
    cell, outcome, words = EARLY[name]
    early = bodies(["print('before'); 'shown'", f"print('while it ran', flush=True)\n{cell}", "'after'"])
    good = bodies(["'good'"], "321300-suqian", "good")
    told = outcomes([early, good], 2, timeout=3.0, memory=1 << 29, output=1 << 20)
    by_body = {o.job.id: o for o in told}
    assert by_body[good.id].outcome == "built", by_body[good.id].message
    assert by_body[early.id].outcome == outcome, by_body[early.id]
    assert words in by_body[early.id].message
    notebook = executed(early)
    assert "before" in text_of(notebook) and "shown" in text_of(notebook)
    assert "while it ran" in text_of(notebook) or name in ("flood of pictures",)
    errors = [o for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "error"]
    assert len(errors) == (outcome != "built")
    record = json.loads((early.folder / "report.json").read_text(encoding="utf-8"))
    assert record["outcome"] == outcome and record["message"] == by_body[early.id].message
    assert sum(path.stat().st_size for path in early.folder.iterdir()) < 20 << 20


@forked
def test_a_process_that_dies_has_one_more_chance(bodies, tmp_path):
    cell = (
        f"import os, pathlib\np = pathlib.Path({str(tmp_path / 'once')!r})\nif not p.exists(): p.touch(); os._exit(1)"
    )
    (told,) = outcomes([bodies([cell])])
    assert told.outcome == "built"


@forked
def test_a_report_may_start_processes(bodies):
    cell = "import multiprocessing\nmultiprocessing.get_context('fork').Pool(1).map(abs, [-1])"
    assert [outcome.message for outcome in outcomes([bodies([cell])])] == [""]


@forked
def test_programs_a_report_has_started_end_with_it(bodies):
    seconds = f"9{os.getpid():09}"  # what no other run of this test has started
    cell = f"import subprocess\nsubprocess.Popen(['sleep', '{seconds}'])\nNone"
    outcomes([bodies([cell]), bodies([cell + "\nwhile True: pass"], "321300-suqian", "hang")], timeout=2.0)
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(seconds.encode() in line for line in running)


@pytest.mark.slow
@pytest.mark.parametrize(("names", "timeout"), [(("exit", "kill"), 60.0), (("flood",), 60.0), (("hang",), 10.0)])
def test_the_stock_engine_tells_the_same_ends_apart(names, timeout, bodies):
    early = {}
    for name, body in zip(names, ("321300-suqian", "500243-pengshui"), strict=False):
        cells = ["print('before'); 'shown'", f"print('while it ran', flush=True)\n{EARLY[name][0]}", "'after'"]
        early[name] = bodies(cells, body, name)
    told = {o.job.id: o for o in outcomes([*early.values()], 2, engine=STOCK, timeout=timeout, output=1 << 20)}
    for name, each in early.items():
        assert told[each.id].outcome == EARLY[name][1], told[each.id]
        assert "before" in text_of(executed(each)), name
        assert "输出过多" in told[each.id].message or name != "flood"


@pytest.mark.slow
def test_papermill_knows_the_engine(bodies, tmp_path):
    notebook = write(tmp_path, ["1 + 1"])
    command = [sys.executable, "-m", "papermill", "--engine", "gkstats", "--no-progress-bar", str(notebook), "x.ipynb"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert told.returncode == 0, told.stderr
    assert nbformat.read(tmp_path / "x.ipynb", as_version=4).cells[-1].outputs[0].data == {"text/plain": "2"}


def test_the_module_papermill_loads_at_start_loads_nothing(tmp_path):
    code = "import sys, gkstats.engine; print({'IPython', 'papermill', 'nbclient', 'pandas'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stdout.strip() == "set()"


@forked
def test_the_process_that_forks_holds_one_thread(bodies):
    (told,) = outcomes([bodies(["from gkstats.build import preload\npreload.TROUBLE"])])
    assert told.engine == FAST


@forked
@pytest.mark.slow
@pytest.mark.parametrize("stem", [stem for stem in NOTEBOOKS if notebook_path(stem).exists()])
def test_every_notebook_gives_the_same_files_in_both_engines(stem, params_dir):
    for engine in (STOCK, FAST):
        chosen = entries(params_dir, ["suqian"])
        jobs = plan(chosen, params_dir, params_dir.parent / engine, FORMATS, stem)
        assert {outcome.outcome for outcome in outcomes(jobs, 2, engine=engine)} <= {"built", "built_with_findings"}
    theirs, ours = (
        {path.relative_to(params_dir.parent / engine): path.read_bytes() for path in _files(params_dir.parent / engine)}
        for engine in (STOCK, FAST)
    )
    assert len(ours) == 2 * (2 + len(FORMATS))
    assert ours == theirs


def _files(folder):
    return (path for path in folder.rglob("*") if path.is_file())


@forked
@pytest.mark.slow
def test_the_notebook_of_all_bodies_shows_the_same_in_both_engines(params_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(params_dir.parent)
    assert command_line(["build", "suqian", "--formats", "html", "-q"]) == WELL
    shown_by = {}
    for engine in ("nbclient", "gkstats"):
        command = [sys.executable, "-m", "papermill", "--engine", engine, "--no-progress-bar", "-k", "python3"]
        command += [str(ROOT / "notebooks/overview.ipynb"), f"{engine}.ipynb", "-p", "year", "2024"]
        told = subprocess.run(command, cwd=params_dir.parent, capture_output=True, text=True, encoding="utf-8")
        assert told.returncode == 0, told.stderr
        executed = nbformat.read(params_dir.parent / f"{engine}.ipynb", as_version=4)
        shown_by[engine] = [shown(cell) for cell in executed.cells]
    assert shown_by["gkstats"] == shown_by["nbclient"]
    assert any("宿迁市" in text for text in shown_by["gkstats"])
