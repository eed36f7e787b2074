"""What every report needs, loaded once: the process that forks for each report imports this module.

It must hold one thread and nothing open when it forks. ``TROUBLE`` says what is against that, "" if nothing is.
"""

from __future__ import annotations

import gc
import sys
import threading
from pathlib import Path


def _load() -> None:
    # jsonschema, which nbformat imports, would build a grammar of internationalised addresses with it: a second
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import papermill

    del sys.modules["rfc3987_syntax"]
    import papermill.execute
    import papermill.inspection  # noqa: F401

    from gkstats.build import single  # noqa: F401
    from gkstats.build.parameters import register_translator
    from gkstats.build.record import program
    from gkstats.engine.client import InProcessClient  # noqa: F401
    from gkstats.engine.shell import ready
    from gkstats.output import EXPORTERS, exporter

    register_translator()
    program()
    _rehearse()
    for format in EXPORTERS:
        exporter(format)
    ready().run_cell("pass", store_history=False, silent=True)


def _rehearse() -> None:
    """Goes once through what a report does, for the sake of what is made on first use: compiled rules and templates,
    fonts and their tables. Nothing of it is kept."""
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from gkstats import display
    from gkstats.checks import check
    from gkstats.forms import form_for
    from gkstats.output import exporter
    from gkstats.output.pdf import _check_characters, _fonts
    from gkstats.params import blank_report
    from gkstats.report import Body
    from gkstats.report_file import dumps, parse

    body = Body("000000", "某县", "county", "全县汇总")
    blank = blank_report(body, 2024, "000000-x")
    figures = {cell: 0 if cell.table != "applications" else 1 for cell in form_for(2024).cells}
    report = type(blank)(body, 2024, blank.form, figures, prose=blank.prose, id=blank.id)
    parse(dumps(report).encode(), "", id=report.id, year="2024")
    check([report])
    pages = [
        display.title(report), display.preamble(report), display.section(report, "overview"),
        display.section(report, "applications"), display.statistics_appendix(report, report), display.flow(report),
        display.reasons(report), display.composition(report), display.checks_appendix(report),
    ]  # fmt: skip
    outputs = [new_output("execute_result", data=page._repr_mimebundle_()) for page in pages]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    exporter("html")(notebook)
    _check_characters([block for page in pages for block in page.blocks], "")
    _fonts("")


def _trouble() -> str:
    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()
    return f"预载进程有{threads}个线程，不宜分叉" if threads > 1 else ""


_load()
TROUBLE = _trouble()
gc.collect()
gc.freeze()  # what is loaded stays shared between the processes
