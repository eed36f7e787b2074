"""One batch at a time on one outputs folder."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

LOCK = ".gkstats.lock"
TURN = 0.02  # seconds between two looks whether it is our turn
FAR = 1 << 20  # the byte that is locked: beyond the text, which Windows would not let others read otherwise


class Held(Exception):
    """Another batch works on the same outputs; the message says which."""


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Holds the outputs folder. Raises Held if another process does, OSError if the folder cannot be written.

    The lock is the operating system's and ends with the process that holds it, however it ends: a file left by a
    dead process holds nothing."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            _lock(file)
        except OSError:
            raise Held(_told(path)) from None
        mine = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now().isoformat(" ", "seconds")}
        file.truncate(0)
        json.dump(mine, file)
        file.flush()
        yield
        file.truncate(0)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Waits until no other process is within, for a file that all of them name."""
    with path.open("a", encoding="utf-8") as file:
        while True:
            try:
                _lock(file)
                break
            except OSError:
                time.sleep(TURN)
        yield


def _told(path: Path) -> str:
    try:
        by = json.loads(path.read_text(encoding="utf-8"))
        who = f"由 {by['host']} 上的进程 {by['pid']} 自 {by['since']} 起占用"
    except (OSError, ValueError, KeyError, TypeError):
        who = "由另一个进程占用"
    return f"{path.parent.name} 正在生成，{who}。请等它结束，或用 --out 写到别的文件夹。"


def _lock(file: IO[str]) -> None:
    """Takes the lock of an open file, which its closing gives back. Raises OSError if another process has it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, FAR)  # lockf: holds across a network file system as well
