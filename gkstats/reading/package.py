"""Office files are archives of XML parts: bounded before anything is unpacked, refused with macros, passwords,
entities; nothing of a file is run."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from gkstats.reading.document import too_large
from gkstats.reading.intake import refuse
from gkstats.report import ReportError

MAX_PART, MAX_ARCHIVE, MAX_MEMBERS = 40_000_000, 400_000_000, 5_000
MAX_TAGS = 500_000
"""Beginnings and ends of elements; a report has some ten thousand, a workbook more for its empty cells."""

_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@contextmanager
def opened(content: bytes, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive of an Office file. Raises ReportError if it is damaged, too large, protected or has macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_ARCHIVE:
                raise too_large("压缩包解开后", name)
            if any(member.filename.endswith("vbaProject.bin") for member in members):
                raise refuse(name, "含有宏的 Office 文件", "请另存为不含宏的 .docx 或 .xlsx")
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, RuntimeError) and "password" in str(error):
            raise refuse(name, "有密码的压缩包", "请去掉密码后再读") from None
        raise refuse(name, "Office 文件已损坏，不能解开", "请用 Word、Excel 或 WPS 打开后另存，或重新下载") from None


def part(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """One part of the archive, never more of it than a part can have; one that declares entities or a document
    type is refused."""
    with archive.open(member) as stream:
        xml = stream.read(MAX_PART + 1)
    if len(xml) > MAX_PART:
        raise too_large(f"Office 文件的 {member}", name)
    if _DECLARATION.search(xml):
        raise _harmful(name)
    return xml


def root(xml: bytes, name: str) -> Element:
    """The root element of a part."""
    try:
        return fromstring(xml, forbid_dtd=True)
    except DefusedXmlException:
        raise _harmful(name) from None
    except (ParseError, ValueError):
        found = "Office 文件已损坏，里面的 XML 不完整"
        raise refuse(name, found, "请用 Word、Excel 或 WPS 打开后另存，或重新下载") from None


def _harmful(name: str) -> ReportError:
    return refuse(name, "Office 文件的 XML 里有实体或文档类型声明，可能有害", "请用 Word、Excel 或 WPS 打开后另存")
