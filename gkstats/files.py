"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

TEMPORARY = ".gkstats-"
"""How the name of a file begins that is being written; one that stays was left by a process that was killed."""


def replace_file(path: str | Path, content: bytes) -> None:
    """Puts a file in place complete or not at all, whatever happens meanwhile. Raises OSError."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)  # mkstemp gives 0600; others are to read it
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
