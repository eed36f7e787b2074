"""What may be read at all: size, kind, encoding; one clear message for everything else."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from gkstats.params import shown
from gkstats.report import Problem, ReportError

MAX_BYTES = 50_000_000
MAX_TEXT = 5_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF",
}  # fmt: skip
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|div|table|p|h[1-6])\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{3,20})", re.IGNORECASE)


def refuse(name: str, found: str, advice: str = "") -> ReportError:
    """The error for a file that cannot be read."""
    return ReportError([Problem(name, None, "文件", found, "", advice)])


def load(source: str | Path | bytes, kinds: Iterable[str]) -> bytes:
    """The bytes of a file, bounded. Raises ReportError."""
    if isinstance(source, bytes | bytearray | memoryview):
        content, name = bytes(source), "文件"
    else:
        path = Path(source)
        name = shown(path)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise refuse(name, f"{path.stat().st_size} 字节，超过 {MAX_BYTES} 字节", "请确认文件")
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise refuse(name, f"无法打开（{getattr(error, 'strerror', None) or error}）") from None
    if len(content) > MAX_BYTES:
        raise refuse(name, f"超过 {MAX_BYTES} 字节", "请确认文件")
    return content


def kind_of(content: bytes, name: str, kind: str | None, kinds: Iterable[str]) -> str:
    """The input kind of the content. Raises ReportError for an empty file, a picture, an old or protected Word
    file, an archive, anything binary."""
    kinds = tuple(kinds)
    if kind is not None and kind not in kinds:
        raise refuse(name, f"不认识的文件种类“{kind}”", f"可用的有：{'、'.join(kinds)}")
    if not content.strip():
        raise refuse(name, "空文件", "请重新下载或导出")
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise refuse(name, "有密码的 Office 文件", "请去掉打开密码后另存为 .docx")
        raise refuse(name, "旧版 Office 文件（.doc、.wps、.xls）", "请用 Word 或 WPS 另存为 .docx")
    if picture := next((kind for magic, kind in _PICTURES.items() if content.startswith(magic)), ""):
        raise refuse(name, f"{picture} 图片", "图片不能读取，请换用文字版的报告")
    found = _sniff(content, name)
    if kind is not None and {kind, found} - {"text", "html"} and kind != found:
        raise refuse(name, f"内容是 {found}，不是 {kind}", "请核对文件种类")
    return kind or found


def _sniff(content: bytes, name: str) -> str:
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK"):
        return _office(content, name)
    if re.match(rb"\s*(?:MIME-Version|From: *<Saved by|From: *\"Saved by)", content[:200], re.IGNORECASE):
        raise refuse(name, "网页存档（.mht）", "请在浏览器里另存为 .html，或换用其他格式")
    if content.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise refuse(name, "压缩包", "请先解压，再读取其中的报告")
    if content.startswith(b"{\\rtf"):
        raise refuse(name, "RTF 文件", "请用 Word 或 WPS 另存为 .docx")
    if len(content) > MAX_TEXT:
        raise refuse(name, f"文本有 {len(content)} 字节，超过 {MAX_TEXT} 字节", "请确认文件")
    head = content[:20_000]
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head
    start = head.replace(b"\0", b"") if wide else head
    markup = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:400]
    if markup.startswith(b"<") and _HTML.search(markup):
        return "html"
    if len(_HTML.findall(start)) > 20 and b"</td" in content.replace(b"\0", b"").lower():
        return "text" if markup[:1] != b"<" else "html"
    return "text"


def _office(content: bytes, name: str) -> str:
    """Which Office file an archive is; one that is damaged is left to its reader."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return "docx"
    if "xl/workbook.xml" in members:
        return "excel"
    if "xl/workbook.bin" in members or any(member.startswith("ppt/") for member in members):
        raise refuse(name, "不能读取的 Office 文件（.xlsb、.pptx）", "请另存为 .xlsx 或 .docx")
    if "content.xml" in members:
        raise refuse(name, "OpenDocument 文件（.odt、.ods）", "请另存为 .docx 或 .xlsx")
    if "word/document.xml" not in members and "[Content_Types].xml" not in members:
        raise refuse(name, "压缩包", "请先解压，再读取其中的报告")
    return "docx"


def decode(content: bytes, name: str) -> str:
    """The text of a file in UTF-8, UTF-16 or GB 18030. Raises ReportError if it is in none of them."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(content.decode("utf-16", "replace"), name)
    if b"\0" in content:
        found = [_try(content, encoding) for encoding in ("utf-16-le", "utf-16-be")]
        best = max((text for text in found if text), key=_chinese, default="")
        if best and _chinese(best) > 0.2:
            return _checked(best, name)
        raise refuse(name, "二进制文件，不是文字", "可读取的有 .docx、.html、.pdf 和文本")
    text = _try(content, "utf-8-sig")
    for cut in (1, 2, 3):  # a download that broke off inside a character
        text = text if text is not None else _try(content[:-cut], "utf-8-sig")
    if text is None:
        text = _try(content, "gb18030")
        if text is None:
            text = _try(content[:-1], "gb18030")
    if text is None:
        charset = _CHARSET.search(content[:2000])
        stated = f"，文件自称 {charset[1].decode()}" if charset else ""
        raise refuse(name, f"不是 UTF-8、GB18030 或 UTF-16 编码{stated}", "请用记事本“另存为”，编码选 UTF-8")
    return _checked(text, name)


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _chinese(text: str) -> float:
    """The share of common Chinese characters and ASCII text in the first part of a text."""
    head = text[:4000]
    return sum("\u4e00" <= c <= "\u9fa5" or c.isdigit() for c in head) / max(len(head), 1)


def _checked(text: str, name: str) -> str:
    controls = sum(c < " " and c not in "\t\n\r\x0b\x0c" for c in text[:20_000])
    if controls > 20 or text[:20_000].count("\ufffd") > 20:
        raise refuse(name, "二进制文件或编码混乱，不是文字", "可读取的有 .docx、.html、.pdf 和文本")
    return text
