"""Build the fonts gkstats prints with, into gkstats/output/fonts, the same bytes on every run.

How to run (Debian 12; nothing is installed, the packages are only unpacked):

    apt-get download fonts-noto-cjk fonts-lxgw-wenkai texlive-lang-chinese
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python tools/build_fonts.py unpacked

It needs fontTools and, for the Latin face, an installed matplotlib wheel; about two minutes. Commit what it
writes: the fonts, their licences and README.md with the sha256 of each file.

Why these faces. GB/T 9704-2012 asks for 小标宋, 黑体, 楷体, 仿宋 and 宋体; the usual Founder and ZhongYi faces may
not be given away, so each has a free stand-in:

    GK Fang   仿宋, the body          FandolFang: the one free 仿宋 with every GB2312 character
    GK Kai    楷体, opening words     LXGW WenKai: even colour beside FandolFang, wide coverage
    GK Hei    黑体, headings, charts  Noto Sans CJK SC
    GK Song   宋体, tables; in bold 小标宋, the title    Noto Serif CJK SC
    GK Latin  digits and Latin in the body  STIXGeneral: drawn like Times, which offices use

Why renamed. "LXGW", "霞鹜" and "STIX Fonts" are Reserved Font Names (OFL 1.1, condition 3), so a changed font must
not carry them; one prefix for all also keeps a font installed on the machine from being taken for ours.

Why these characters. The faces hold GB2312, what FandolFang has beyond it, the signs of reports, and rare characters
of names as far as the source has them. GK Song holds all of GBK, so that what another face lacks still prints. GK
Latin holds letters, digits and ASCII only: “ ” ‘ ’ … — · are full-width in Chinese text and must come from the
Chinese face.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont

OUTPUT = Path(__file__).parents[1] / "gkstats" / "output" / "fonts"
CHANGED = "2026-11-24"
"""Date of the last change to what this script does to a font; GPLv3 section 5(a) asks for it."""

SHARE = Path("usr/share")
FANDOL = SHARE / "texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf"
FANDOL_DOC = SHARE / "doc/texlive-doc/fonts/fandol"
NOTO = SHARE / "fonts/opentype/noto"
WENKAI = SHARE / "fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf"
STIX = Path(matplotlib.get_data_path()) / "fonts/ttf"

SIMPLIFIED_CHINESE = 2
"""Number of the SC face in a Noto CJK collection; face 0 is the Japanese one."""

OFL = ("OFL-1.1", "SIL Open Font License 1.1", "https://openfontlicense.org")
GPL = ("GPL-3.0 with font exception", "GNU GPL version 3 with the font exception", "https://www.gnu.org/licenses/")


def charset(codec: str, rows: range, cells: range) -> set[int]:
    """The code points of a two-byte Chinese character set."""
    found = set()
    for row in rows:
        for column in cells:
            text = bytes((row, column)).decode(codec, errors="ignore")
            if len(text) == 1:
                found.add(ord(text))
    return found


def fandol_han(root: Path) -> set[int]:
    """The Chinese characters FandolFang can print."""
    with TTFont(root / FANDOL, lazy=True) as font:
        return {code for code in font.getBestCmap() if 0x3400 <= code <= 0x9FFF}


ASCII = set(range(0x20, 0x7F))
SPACES = {0xA0, 0x2002, 0x2003, 0x2009}  # pasted from Word and web pages
LETTERS = {code for code in range(0xC0, 0x180) if code not in (0xD7, 0xF7)} | set(map(ord, "ǎǐǒǔǖǘǚǜ"))
SIGNS = set(map(ord, "“”‘’…—–·•〔〕《》〈〉【】（）〇％‰¥￥€£№§±×÷≈≠≥≤→←↑↓−√∑∶°℃㎡²³■□○●◎△▲▽▼◇◆☆★※"))
SIGNS |= set(range(0x2460, 0x2474)) | set(range(0xFF01, 0xFF5F))  # ① to ⑳, full-width ASCII
# Of place names (硚口, 浉河, 瀍河, 鄠邑, 猇亭, 埇桥) and given names, outside GB2312: a title stays in one face.
RARE = set(map(ord, "硚浉瀍鄠猇埇漷鄜洺氹垟磜滘埗塱塅崀峃栟浐浥㙍堽墕嵖峧洨灃碶礐筶堌垞垯氿汈渼溇溵潵灈灺犇甪畲"))
RARE |= set(map(ord, "镕喆堃祎赟昇翀玥珺瑄璟彧暘旻垚叡颋奭侴頔祐郈"))
GB2312 = charset("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
GBK = charset("gbk", range(0x81, 0xFF), range(0x40, 0xFF))


@dataclass(frozen=True)
class Face:
    """One font to ship: where it comes from and what it is called here."""

    file: str
    family: str
    source: Path
    package: str
    licence: tuple[str, str, str]
    licence_file: str
    wide: bool = False
    bold: bool = False
    latin: bool = False
    number: int = -1

    def characters(self, body: set[int]) -> set[int]:
        if self.latin:
            return ASCII | SPACES | LETTERS
        return body | GBK | LETTERS if self.wide else body


NOTO_LICENCE, WENKAI_LICENCE = "LICENSE-Noto-CJK.txt", "LICENSE-LXGW-WenKai.txt"
FANDOL_LICENCE, STIX_LICENCE = "LICENSE-Fandol.txt", "LICENSE-STIX.txt"
FACES = (
    Face("GKFang-Regular.otf", "GK Fang", FANDOL, "texlive-lang-chinese", GPL, FANDOL_LICENCE),
    Face("GKKai-Regular.ttf", "GK Kai", WENKAI, "fonts-lxgw-wenkai", OFL, WENKAI_LICENCE),
    Face("GKHei-Regular.otf", "GK Hei", NOTO / "NotoSansCJK-Regular.ttc", "fonts-noto-cjk", OFL, NOTO_LICENCE,
         number=SIMPLIFIED_CHINESE),
    Face("GKSong-Regular.otf", "GK Song", NOTO / "NotoSerifCJK-Regular.ttc", "fonts-noto-cjk", OFL, NOTO_LICENCE,
         number=SIMPLIFIED_CHINESE, wide=True),
    Face("GKSong-Bold.otf", "GK Song", NOTO / "NotoSerifCJK-Bold.ttc", "fonts-noto-cjk", OFL, NOTO_LICENCE,
         number=SIMPLIFIED_CHINESE, bold=True),
    Face("GKLatin-Regular.ttf", "GK Latin", STIX / "STIXGeneral.ttf", "matplotlib", OFL, STIX_LICENCE, latin=True),
    Face("GKLatin-Bold.ttf", "GK Latin", STIX / "STIXGeneralBol.ttf", "matplotlib", OFL, STIX_LICENCE, latin=True,
         bold=True),
)  # fmt: skip


def package_version(root: Path, package: str) -> str:
    """``1:20220127+repack1-1`` as the changelog of an unpacked Debian package has it, or the wheel's version."""
    if package == "matplotlib":
        return version(package)
    with gzip.open(root / SHARE / "doc" / package / "changelog.Debian.gz", "rt", encoding="utf-8") as changelog:
        return changelog.readline().split("(")[1].split(")")[0]


def of_the_font(text: str) -> str:
    """A package's copyright file without what concerns the packaging, whose files are not shipped."""
    stanzas = [stanza for stanza in text.split("\n\n") if not stanza.startswith(("Files: debian/", "License: GPL"))]
    return re.sub(r"\AFormat:.*\n", "", "\n\n".join(stanzas)).strip() + "\n"


def licence_texts(root: Path) -> Iterator[tuple[str, str]]:
    """File name and text of every licence, as the packages carry it."""
    with gzip.open(root / FANDOL_DOC / "COPYING.gz", "rt", encoding="utf-8") as copying:
        yield FANDOL_LICENCE, (root / FANDOL_DOC / "README").read_text(encoding="utf-8") + "\n" + copying.read()
    for name, package in ((WENKAI_LICENCE, "fonts-lxgw-wenkai"), (NOTO_LICENCE, "fonts-noto-cjk")):
        yield name, of_the_font((root / SHARE / "doc" / package / "copyright").read_text(encoding="utf-8"))
    yield STIX_LICENCE, (STIX / "LICENSE_STIX").read_text(encoding="utf-8")


def build(face: Face, root: Path, body: set[int]) -> TTFont:
    """The subset of a face under its new name. A sign its source lacks is left to the fallback, GK Song."""
    options = subset.Options()
    # Not locl: it pulls in the Japanese, Korean and Taiwan forms and doubles the size.
    options.layout_features = ["kern", "halt", "chws"]
    options.hinting = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.font_number = face.number
    options.name_IDs = ["*"]
    options.drop_tables += ["FFTM"]
    font = subset.load_font(root / face.source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=face.characters(body))
    subsetter.subset(font)
    rename(font, face)
    return font


def rename(font: TTFont, face: Face) -> None:
    """Give the font its new name and weight, in every table that has one; its copyright notice stays."""
    style = "Bold" if face.bold else "Regular"
    full, postscript = f"{face.family} {style}", f"{face.family.replace(' ', '')}-{style}"
    table = font["name"]
    copyright_notice = table.getDebugName(0)
    table.names = []
    _, licence, url = face.licence
    for name_id, text in {
        0: f"{copyright_notice}\nChanged for gkstats on {CHANGED}: subset and renamed.",
        1: face.family, 2: style, 3: f"{postscript};gkstats {CHANGED}", 4: full, 5: "Version 1.000", 6: postscript,
        13: f"{licence}, see {face.licence_file}", 14: url,
    }.items():  # fmt: skip
        table.setName(text, name_id, 3, 1, 0x409)
    os2 = font["OS/2"]
    os2.usWeightClass = 700 if face.bold else 400
    italic, bold, regular = 1, 1 << 5, 1 << 6
    os2.fsSelection = os2.fsSelection & ~(italic | bold | regular) | (bold if face.bold else regular)
    font["head"].macStyle = int(face.bold)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [postscript]
        top = cff.topDictIndex[0]
        for attribute, text in (("FullName", full), ("FamilyName", face.family), ("Weight", style)):
            if hasattr(top, attribute):
                setattr(top, attribute, text)


README = """\
# Fonts of the printed report

Written by `tools/build_fonts.py`, which says why each face was chosen; do not edit by hand. Every font is a subset
of the one named, renamed, otherwise unchanged; hinting and language variants are left out.

| file | family | MB | characters | source package | licence | sha256 |
|---|---|---|---|---|---|---|
{rows}
Licence texts, with the copyright notices of the packages: {licences}.

GK Fang is a changed version of FandolFang (changed on {changed}: subset and renamed) under GPL version 3; the font
exception of FandolFang is extended to GK Fang, so a PDF that embeds it is not covered by the GPL for that reason.
Its source is the file `{fandol}` of the package named above and the script.
"""


def main(root: Path) -> None:
    """Write fonts, licences and README.md into gkstats/output/fonts."""
    OUTPUT.mkdir(exist_ok=True)
    body = GB2312 | ASCII | SPACES | SIGNS | RARE | fandol_han(root)
    rows = ""
    for face in FACES:
        font = build(face, root, body)
        path = OUTPUT / face.file
        font.save(path)
        data = path.read_bytes()
        rows += (
            f"| {face.file} | {face.family} | {len(data) / 1e6:.1f} | {len(font.getBestCmap())} "
            f"| {face.source.name}, {face.package} {package_version(root, face.package)} "
            f"| [{face.licence[0]}]({face.licence_file}) | `{hashlib.sha256(data).hexdigest()}` |\n"
        )
        print(path.name, f"{len(data) / 1e6:.2f} MB", flush=True)
    licences = dict(licence_texts(root))
    for name, text in licences.items():
        (OUTPUT / name).write_text(text, encoding="utf-8")
    (OUTPUT / "README.md").write_text(
        README.format(rows=rows, licences=", ".join(licences), changed=CHANGED, fandol=FANDOL.name), encoding="utf-8"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
