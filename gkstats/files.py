"""Files written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

TEMPORARY = ".gkstats-"
"""How the name of a file begins that is being written; one that stays was left by a process that was killed."""


class Changed(Exception):
    """The file to be replaced is no longer the one that was read."""


def replace_file(path: str | Path, content: bytes, instead_of: str | None = None) -> None:
    """Puts a file in place complete or not at all, whatever happens meanwhile; a file that was there hands on who may
    read it. With ``instead_of`` it takes the place of a file of that SHA-256 only, and is on the disk before it does.
    Raises OSError; Changed, with the file as it is, where another one lies there now."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if instead_of is not None:
                stream.flush()
                os.fsync(stream.fileno())
        # mkstemp gives 0600; others are to read it
        Path(temporary).chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644)
        if instead_of is not None and hashlib.sha256(path.read_bytes()).hexdigest() != instead_of:
            raise Changed
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
