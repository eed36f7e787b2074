"""What Word and Excel files have in common: text that XML can hold, and a package that is the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can hold


def xml_text(text: str) -> str:
    """The text with line ends as one character, and a visible sign for each character that XML cannot hold.

    >>> xml_text("甲\\r\\n乙\\x07")
    '甲\\n乙\ufffd'
    """
    return _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def package(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of the parts, in the order given; the same bytes for the same parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else the archive names the system it was made on
            entry.external_attr = 0
            archive.writestr(entry, content)
    return stream.getvalue()
