"""Cells run in a forked process show what they show in the stock kernel, and nothing of one report reaches another."""

import json
from pathlib import Path

import nbformat
import pytest

from gkstats.build import FAST, STOCK, Job, Settings, run, usual_engine

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


def both(folder, notebook):
    """The notebook as each engine leaves it: (stock, fast)."""
    jobs = {engine: job(folder, notebook, out=engine) for engine in (STOCK, FAST)}
    for engine, each in jobs.items():
        assert len(list(run([each], 1, Settings(engine)))) == 1
    return tuple(executed(each) for each in jobs.values())


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
    stock, fast = both(tmp_path, write(tmp_path, ODD))
    for theirs, ours in zip(stock.cells, fast.cells, strict=True):
        assert shown(ours) == shown(theirs)
    assert stock == fast
    assert all(cell.execution_count for cell in fast.cells), "it ran to the end"


@forked
@pytest.mark.slow
@pytest.mark.parametrize("name", FAILING)
def test_a_failing_cell_shows_the_same_in_both_engines(name, tmp_path):
    stock, fast = both(tmp_path, write(tmp_path, [FAILING[name], "'never run'"]))
    for theirs, ours in zip(stock.cells, fast.cells, strict=True):
        # a refused input() has the kernel's own frames above it
        assert shown(ours, traceback=name != "input") == shown(theirs, traceback=name != "input")
    assert fast.cells[-1].execution_count is None
