"""A drawing as pixels, for the formats that cannot hold SVG."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from typing import NamedTuple

import typst
from PIL import Image

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
    return Picture(_in_few_colours(png, width * height), width * 72 / PPI, height * 72 / PPI)


def _in_few_colours(png: bytes, size: int) -> bytes:
    """The same pixels with a palette, half the bytes, where they have no more colours than one can hold, as charts do;
    as it is where they have more, or are more than Pillow reads without a warning."""
    if size > (Image.MAX_IMAGE_PIXELS or 0):
        return png
    with Image.open(BytesIO(png)) as image:
        pixels = image.convert("RGB")  # typst paints the page white: nothing shines through
    colours = pixels.getcolors(256)
    if not colours:
        return png
    stream = BytesIO()
    pixels.quantize(len(colours), Image.Quantize.MAXCOVERAGE).save(stream, "PNG")
    return stream.getvalue()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
