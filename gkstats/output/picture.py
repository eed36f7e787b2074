"""A drawing as pixels, for the formats that cannot hold SVG."""

from __future__ import annotations

import struct
from functools import cache
from typing import NamedTuple

import typst

from gkstats.output.pdf import FONTS, PrintError

PPI = 200  # as sharp as an office printer, and a third of the bytes of 300
_PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'


class Picture(NamedTuple):
    """A PNG and its size in points."""

    png: bytes
    width: float
    height: float


def picture_of(svg: str) -> Picture:
    """The drawing as PNG, the same bytes everywhere; nothing outside the drawing is loaded. Raises PrintError for
    what is not SVG."""
    try:
        png = typst.compile(
            _PAGE, format="png", ppi=PPI, sys_inputs={"svg": svg}, font_paths=_fonts(), ignore_system_fonts=True
        )
    except typst.TypstError as error:
        raise PrintError(f"图无法转换成图片。typst 报告：{error}") from error
    width, height = struct.unpack(">II", png[16:24])  # the IHDR chunk
    return Picture(png, width * 72 / PPI, height * 72 / PPI)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
