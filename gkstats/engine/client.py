"""papermill's notebook client with two additions, for the stock kernel and for the cells of this process.

Each finished cell is written to a spool, so that a process that dies or is stopped leaves its notebook behind; and
what a notebook shows is bounded.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from gkstats.engine import shell
from gkstats.engine.shell import OutputFlood

if TYPE_CHECKING:
    from nbformat import NotebookNode

FLOOD = "输出过多：笔记本显示的内容超过 {} 兆字节，已停止运行"


class Client(PapermillNotebookClient):
    """``spool``: where finished cells go, one JSON object a line; ``output_limit``: characters a notebook may show."""

    spool: IO[str] | None = None
    output_limit: int | None = None
    shown = 0

    def __init__(self, manager, spool: str | Path | None = None, output_limit: int | None = None, **named):
        super().__init__(manager, **named)
        self.output_limit = output_limit
        if spool:
            self.spool = Path(spool).open("a", encoding="utf-8", errors="replace")  # noqa: SIM115  open as long as the client is

    def execute_cell(self, cell, cell_index, **named):
        self._note(cell=cell_index)
        try:
            return self._execute(cell, cell_index, **named)
        finally:
            self._note(cell=cell_index, done=self.nb.cells[cell_index])

    def _execute(self, cell, cell_index, **named):
        return super().execute_cell(cell, cell_index, **named)

    def output(self, outs, msg, display_id, cell_index):
        """Handles an output as nbclient does. Raises OutputFlood beyond the limit; what is an error always passes."""
        if msg["msg_type"] != "error" and self.output_limit is not None:
            self.shown += _size(msg["content"])
            if self.shown > self.output_limit:
                raise OutputFlood(FLOOD.format(self.output_limit >> 20))
        out = super().output(outs, msg, display_id, cell_index)
        if out and out.output_type == "stream":
            self._note(cell=cell_index, output=out)
        return out

    def _note(self, **what) -> None:
        if self.spool:
            self.spool.write(json.dumps(what, ensure_ascii=False) + "\n")
            self.spool.flush()


def _size(content: dict) -> int:
    return len(content.get("text", "")) + sum(len(v) for v in content.get("data", {}).values() if isinstance(v, str))


def restore(notebook: NotebookNode, spool: Iterable[str]) -> int | None:
    """Puts the cells of a spool into their notebook; the number of the cell that was running at the end, None where
    none was. A last line that is not whole is left out."""
    from nbformat import from_dict

    running = None
    for line in spool:
        try:
            entry = json.loads(line)
        except ValueError:
            break
        cell = notebook.cells[entry["cell"]]
        if "done" in entry:
            notebook.cells[entry["cell"]] = from_dict(entry["done"])
            running = None
        elif "output" in entry:
            cell.outputs.append(from_dict(entry["output"]))
        elif cell.cell_type == "code":
            running, cell.outputs = entry["cell"], []
    return running


class StockClient(Client):
    """The client of a stock kernel; ``environment`` is the kernel's, ``starting`` what is held while it starts: of
    kernels that start together some choose the same port."""

    flood: OutputFlood | None = None

    def __init__(self, manager, environment: Mapping[str, str] | None = None, starting=None, **named):
        super().__init__(manager, **named)
        self.environment = environment
        self.starting = starting or nullcontext()

    @contextmanager
    def setup_kernel(self, **named):
        with ExitStack() as started:
            with self.starting:
                started.enter_context(super().setup_kernel(**named))
            yield

    def process_message(self, *arguments, **named):
        try:
            return super().process_message(*arguments, **named)
        except OutputFlood as flood:
            # The reply may never come: the wait for it ends here, and with it the kernel.
            self.flood = flood
            self.task_poll_for_reply.cancel()
            raise

    def execute(self, **named):
        try:
            return super().execute(**named, **({"env": dict(self.environment)} if self.environment else {}))
        except Exception:
            if self.flood:
                raise self.flood from None
            raise


class InProcessClient(Client):
    """Runs the cells in the shell of this process."""

    def execute(self, **named):
        self.reset_execution_trackers()
        self.nb.metadata["language_info"] = _language_info()
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        try:
            with shell.running(shell.ready()) as self.run:
                self.papermill_execute_cells()
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
        return self.nb

    async def async_execute_cell(self, cell, cell_index, execution_count=None, store_history=True):
        """Runs one cell: the steps of nbclient's own method, without a kernel to wait for."""
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        if self.skip_cells_with_tag in cell.metadata.get("tags", []):
            return cell
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        reply = await self.run(cell.source, lambda message: self._take(message, cell, cell_index))
        await self._check_raise_for_error(cell, cell_index, {"content": reply})
        self.nb.cells[cell_index] = cell
        return cell

    def _take(self, message: dict, cell, cell_index: int) -> None:
        if message["msg_type"] == "status":
            return
        self.process_message(message, cell, cell_index)

    def _execute(self, cell, cell_index, **named):
        return self.loop.run_until_complete(self.async_execute_cell(cell, cell_index, **named))


def _language_info() -> dict:
    """What a Python kernel says of its language."""
    return {
        "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    }


class InProcessEngine(Engine):
    """papermill engine over InProcessClient."""

    client: type[Client] = InProcessClient

    @classmethod
    def execute_managed_notebook(cls, manager, kernel_name, log_output=False, start_timeout=60, **named):
        arguments = merge_kwargs(
            remove_args(["input_path", "stdout_file", "stderr_file", "execution_timeout"], **named),
            kernel_name=kernel_name, log=logger, log_output=log_output, startup_timeout=start_timeout,
            record_timing=False,
        )  # fmt: skip
        return cls.client(manager, **arguments).execute()


class StockEngine(InProcessEngine):
    """papermill's own engine for a stock kernel, with the same additions."""

    client = StockClient
