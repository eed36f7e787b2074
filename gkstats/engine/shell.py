"""A ready IPython shell without sockets: what ipykernel does for one cell, in this process.

It is made before a process forks (``ready``) and used for one notebook after it. Its display publisher, display hook
and streams are ipykernel's or behave like them, so that a cell shows the same as in the stock kernel.
"""

from __future__ import annotations

import asyncio
import builtins
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell as KernelShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from traitlets.config import Config

Sink = Callable[[dict], object]

CHUNK = 1 << 16  # characters a stream holds back before it sends them on


class OutputFlood(Exception):
    """A notebook printed or showed more than it may."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class DirectSession(Session):
    """Hands each message to ``sink`` where a session would write it to a socket."""

    sink: Sink | None = None

    def send(self, stream, msg_or_type, content=None, parent=None, *more, **named):
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content, parent)
        if self.sink:
            self.sink(message)
        return message


class CellStream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a cell: one stream message per flush."""

    encoding, errors = "UTF-8", "replace"

    def __init__(self, session: DirectSession, name: str, descriptor: int):
        self.session, self.name, self.descriptor = session, name, descriptor
        self.parts: list[str] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.parts.append(text)
        self.size += len(text)
        if self.size > CHUNK:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self.parts and self.session.sink:
            text, self.parts, self.size = "".join(self.parts), [], 0
            self.session.send(None, "stream", {"name": self.name, "text": text})


class Descriptor:
    """What is written to file descriptor 1 or 2 below Python (C code, other programs), told at the end of a cell."""

    def __init__(self, number: int):
        self.number, self.told = number, 0
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  closed by close()
        self.before = os.dup(number)
        os.dup2(self.file.fileno(), number)

    def new_text(self, most: int = 1 << 24) -> str:
        self.file.seek(self.told)
        found = self.file.read(most)
        self.told = self.file.seek(0, os.SEEK_END)
        return found.decode(errors="replace")

    def close(self) -> None:
        os.dup2(self.before, self.number)
        os.close(self.before)
        self.file.close()


class _NoKernel:
    """What the shell asks of the kernel it belongs to."""

    eventloop = None

    def get_parent(self, channel: str | None = None) -> dict:
        return {}


class ZMQInteractiveShell(KernelShell):
    """ipykernel's shell under its own name, which libraries test for; there is no window system to integrate with."""

    def enable_gui(self, gui: Any = None) -> None:
        pass


def _no_input(prompt: str = "") -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


@cache
def ready() -> ZMQInteractiveShell:
    """The shell of this process; started without history, start-up files or profile of the user."""
    import IPython.core.completerlib
    import IPython.core.magics.execution
    import IPython.core.ultratb  # noqa: F401  loaded by the first cell otherwise

    config = Config()
    config.HistoryManager.enabled = False  # a file and a thread
    config.IPKernelApp.preloaded = True  # libraries look for this section to tell a kernel from a terminal
    folder = tempfile.mkdtemp(prefix="gkstats-ipython-")
    before = sys.excepthook, sys.displayhook, sys.modules["__main__"]
    try:
        shell = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler, ipython_dir=folder)
    finally:
        sys.excepthook, sys.displayhook, sys.modules["__main__"] = before
        shutil.rmtree(folder, ignore_errors=True)
    shell.kernel = _NoKernel()
    session = DirectSession()
    shell.display_pub.session = shell.displayhook.session = session  # type: ignore[attr-defined]
    builtins.input = _no_input  # type: ignore[assignment]
    if "matplotlib" in sys.modules:
        import matplotlib.pyplot as plt

        plt.switch_backend("module://matplotlib_inline.backend_inline")  # finds the shell and registers with it
    return shell


@contextmanager
def running(shell: ZMQInteractiveShell) -> Iterator[Callable]:
    """Within: the streams of this process are the shell's; gives ``run(source, sink)``, a coroutine function that runs
    one cell, hands its messages to ``sink`` and returns the reply a kernel sends."""
    session: DirectSession = shell.display_pub.session  # type: ignore[attr-defined]
    before = sys.stdout, sys.stderr, sys.modules["__main__"]
    descriptors = {name: Descriptor(number) for name, number in (("stdout", 1), ("stderr", 2))}
    sys.stdout = CellStream(session, "stdout", 1)
    sys.stderr = CellStream(session, "stderr", 2)
    sys.modules["__main__"] = shell.user_module

    async def run(source: str, sink: Sink) -> dict:
        session.sink = sink
        session.send(None, "status", {"execution_state": "busy"})
        session.send(None, "execute_input", {"code": source, "execution_count": shell.execution_count})
        reply = await _run_cell(shell, source)
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            for name, descriptor in descriptors.items():
                if text := descriptor.new_text():
                    session.send(None, "stream", {"name": name, "text": text})
        except OutputFlood as flood:
            if reply["status"] == "ok":
                error = {"ename": "OutputFlood", "evalue": str(flood), "traceback": [str(flood)]}
                session.send(None, "error", error)
                reply |= {"status": "error", **error}
        session.send(None, "status", {"execution_state": "idle"})
        session.sink = None
        return reply

    try:
        yield run
    finally:
        sys.stdout, sys.stderr, sys.modules["__main__"] = before
        for descriptor in descriptors.values():
            descriptor.close()


async def _run_cell(shell: ZMQInteractiveShell, source: str) -> dict:
    """Runs a cell as ``ipykernel.ipkernel.IPythonKernel.do_execute`` does."""
    try:
        transformed, fault = shell.transform_cell(source), None
    except Exception:
        transformed, fault = source, sys.exc_info()
    try:
        if shell.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=fault):
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=fault
            )
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        else:
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        # ipykernel has this since version 7
        failed = not result.success or getattr(shell, "_last_traceback_during_displayhook", False)
    except (KeyboardInterrupt, asyncio.CancelledError) as interruption:
        error, failed = interruption, True
    reply: dict[str, Any] = {"status": "error" if failed else "ok", "execution_count": shell.execution_count - 1}
    if failed:
        reply |= {"ename": type(error).__name__, "evalue": str(error), "traceback": shell._last_traceback or []}
    return reply
