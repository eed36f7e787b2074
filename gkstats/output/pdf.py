"""The printed report: blocks to PDF/A-2a and PDF/UA-1 through typst and ``report.typ``."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import Path

import typst
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from nbconvert.exporters.exporter import Exporter
from traitlets import Unicode

from gkstats.output.blocks import blocks_of, properties_of, provenance_of
from gkstats.output.packed import packed

FONTS = Path(__file__).parent / "fonts"
_TEMPLATE = Path(__file__).parent / "report.typ"

# The shipped family of each face, and before it the usual office fonts by every name their files carry.
_FACES = {
    "title": ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "GK Song"),
    "fang": ("FangSong_GB2312", "仿宋_GB2312", "GK Fang"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "GK Kai"),
    "hei": ("SimHei", "黑体", "GK Hei"),
}

# White space and invisible format characters: typst sets them without a glyph.
_UNDRAWN = re.compile("[\t-\r\x85\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f]")


class PrintError(Exception):
    """A report cannot be printed; the message names the place and what to do."""


class GkPDFExporter(Exporter):
    """nbconvert exporter of an executed notebook to the printed report.

    Raises PrintError, see ``to_pdf``."""

    export_from_notebook = "政府信息公开年报 PDF"
    output_mimetype = "application/pdf"

    font_folder = Unicode(
        "", help="字体文件夹：其中的方正小标宋简体、仿宋_GB2312、楷体_GB2312、黑体优先于自带字体。"
    ).tag(config=True)

    def _file_extension_default(self) -> str:
        return ".pdf"

    def _optimistic_validation_default(self) -> bool:
        return True  # as for the page: one validation instead of one for each preprocessor

    def from_notebook_node(self, nb, resources=None, **kw) -> tuple[bytes, dict]:  # type: ignore[override]
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return to_pdf(blocks_of(notebook), self.font_folder), resources


def to_pdf(blocks: Sequence[dict], font_folder: str = "") -> bytes:
    """The blocks (see ``gkstats.page``) as a PDF; the same bytes for the same arguments.

    The properties of the document (title, author, date) are those of its title block, its keywords hold its
    provenance; ``font_folder`` holds fonts to prefer to the shipped ones. Raises PrintError for characters no font can
    print, all of them at once, and for whatever typst refuses, such as a broken SVG.
    """
    if font_folder and not Path(font_folder).is_dir():
        raise PrintError(f"字体文件夹不存在：{font_folder}\n请改正 font_folder 设置，或不设而用自带字体。")
    _check_characters(blocks, font_folder)
    fonts = _fonts(font_folder)
    present = set(fonts.families())
    about = properties_of(blocks)
    job = {
        "title": about.title,
        "author": [about.author] if about.author else [],
        # by the last of them `gkstats verify` finds the report a file came from
        "keywords": ["政府信息公开", "年度报告", *(" ".join(row) for row in provenance_of(blocks))],
        "faces": {face: [name for name in names if name in present] for face, names in _FACES.items()},
        "blocks": list(blocks),
    }
    try:
        printed = typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"job": json.dumps(job, ensure_ascii=False)},
            format="pdf",
            # Under these standards a character without a glyph is an error and not an empty box.
            pdf_standards=["a-2a", "ua-1"],
            timestamp=calendar.timegm((about.dated, 1, 1, 0, 0, 0)),
        )
    except typst.TypstError as error:
        raise PrintError(f"排版失败，PDF 未生成。typst 报告：{error}") from error
    return packed(printed)


@cache
def _fonts(folder: str) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(f) for f in _folders(folder)]
    )


def _folders(folder: str) -> list[Path]:
    return [FONTS, *([Path(folder)] if folder else [])]


def _check_characters(blocks: Iterable[dict], font_folder: str) -> None:
    texts = list(_texts(blocks))
    missing = {ord(character) for _, text in texts for character in _UNDRAWN.sub("", text)}
    for file in _font_files(font_folder):
        if not missing:
            return
        missing -= _code_points(file)
    found = [
        f"  {_name(character)}，在{place}：{_excerpt(text, character)}"
        for place, text in texts
        for character in dict.fromkeys(text)
        if ord(character) in missing
    ]
    if found:
        raise PrintError(
            "有字符没有可用的字形，PDF 未生成：\n"
            + "\n".join(found)
            + "\n请在源文件中改正或删去这些字符；确需使用的，请把含有它们的字体放入一个文件夹，"
            "并以 GkPDFExporter.font_folder 指明。"
        )


def _texts(blocks: Iterable[dict]) -> Iterator[tuple[str, str]]:
    """Every text that is drawn, with the place it stands in."""
    section = "开头"
    for block in blocks:
        kind = block["kind"]
        if kind == "title":
            yield "标题", block["text"]
        elif kind == "heading":
            section = f"“{block['text']}”"
            yield "小标题", block["text"]
        elif kind == "table":
            yield f"{section}的表名", block["caption"]
            for cell in chain.from_iterable((*block["head"], *block["body"])):
                yield f"“{block['caption']}”的单元格", cell["text"]
        elif kind == "figure":
            yield f"{section}的图题", block["caption"]
        elif kind in _PLACES:
            yield section + _PLACES[kind], block.get("lead", "") + block["text"]


_PLACES = {"paragraph": "的段落", "verdict": "的结论", "verbatim": "的程序输出"}


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"“{character}”（{code}）" if character.isprintable() else f"不可见字符 {code}"


def _excerpt(text: str, character: str) -> str:
    at = text.index(character)
    start, end = max(at - 12, 0), at + 13
    part = "".join(c if c.isprintable() else "□" for c in text[start:end])
    return f"“{'…' if start else ''}{part}{'…' if end < len(text) else ''}”"


def _font_files(font_folder: str) -> list[Path]:
    """The font files in use, GK Song first: nearly every report needs no other to be found printable."""
    files = [file for folder in _folders(font_folder) for file in sorted(folder.rglob("*"))]
    fonts = [file for file in files if file.suffix.lower() in (".otf", ".ttf", ".ttc", ".otc")]
    return sorted(fonts, key=lambda file: file.name != "GKSong-Regular.otf")


@cache
def _code_points(file: Path) -> frozenset[int]:
    """The code points a font file or collection has a glyph for."""
    data = BytesIO(file.read_bytes())  # not the file itself: fontTools leaves one that is broken open
    try:
        fonts = TTCollection(data, lazy=True) if file.suffix.lower() in (".ttc", ".otc") else [TTFont(data, lazy=True)]
        return frozenset(chain.from_iterable(font.getBestCmap() or () for font in fonts))
    except TTLibError as error:
        raise PrintError(f"字体文件无法读取：{file}\n请从字体文件夹中移走它，或换成完好的文件。") from error
