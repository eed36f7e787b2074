"""PDF files with drawings inside drawings (form XObjects), read in a process of their own.

A few hundred bytes can name a drawing of ten drawings of ten drawings; the library unfolds them all as it opens the
page. Where that takes too much memory or time, only the process apart ends. Few reports have such drawings at all.
"""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from gkstats.reading.document import too_large
from gkstats.report import ReportError

if TYPE_CHECKING:
    from gkstats.reading.pdf import Page

MAX_MEMORY, MAX_SECONDS = 1_500_000_000, 60
# A name may be written with #46 for F; the dictionary of a drawing is never compressed or encrypted.
_DRAWING = re.compile(rb"/Form\b|/\w{0,20}#[0-9A-Fa-f]{2}")


def may_unfold(content: bytes) -> bool:
    """Whether a PDF file has drawings that hold drawings."""
    return _DRAWING.search(content) is not None


def pages_apart(content: bytes, name: str) -> list[Page]:
    """The pages of a PDF file. Raises ReportError as reading it here would, and for a
    file that takes too much memory (where the system can limit it) or time."""
    command = [sys.executable, "-P", "-m", "gkstats.reading.apart", name]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=MAX_SECONDS, check=True)
    except subprocess.SubprocessError:
        raise too_large("PDF 文件展开后", name) from None
    pages: list[Page] | ReportError = pickle.loads(done.stdout)  # written by ``main`` below
    if isinstance(pages, ReportError):
        raise pages
    return pages


def main() -> None:
    """Reads a PDF file from standard input and writes its pages, or why there are none, to standard output."""
    from gkstats.reading.pdf import pages_of

    try:
        import resource
    except ImportError:  # Windows has no such limit: there the time alone is bounded
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found: list[Page] | ReportError
    try:
        found = pages_of(sys.stdin.buffer.read(), sys.argv[1])
    except ReportError as error:
        found = error
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
