"""The compulsory sections of a document: where their headings stand, and the prose between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache, lru_cache
from string import digits

from gkstats.forms import FORMS
from gkstats.reading.document import Block, Paragraph
from gkstats.reading.labels import bare, key, tight
from gkstats.reading.values import looks_like_figure
from gkstats.report import PREAMBLE
from gkstats.schema import Form

REPORT = re.compile(r"(?:信息|政务)公开.{0,10}?(?:报告|年报)")
PAGE_NUMBER = re.compile(r"[-—–－―─·•\s]*\d{1,3}[-—–－―─·•\s]*|第\d{1,3}页(?:[,，/]?共\d{1,3}页)?")

_ORDINALS = "一二三四五六七八九十"
_HEADING = re.compile(
    rf"(?P<open>\(|第)?(?P<ordinal>[{_ORDINALS}]|[1-9])"
    r"(?:\)[、.:,]?|(?:部分|章)[、.:,]?|[、.:,]|\s)(?P<title>.{2,60})",
    re.DOTALL,
)
_SAYS = {
    "overview": "总体|概述|概况|基本情况",
    "disclosure": "主动公开",
    "applications": "申请",
    "disputes": "复议|诉讼",
    "problems": "问题|不足|改进",
    "other": "其他|其它|需要(?:报告|说明)",
}
"""Section code → what a heading of its number says, however it is worded."""

_INLINE = re.compile(
    rf"^\s*((?:[{_ORDINALS}][、．.]|第[{_ORDINALS}]部分).{{2,40}}?)(?:[。：:]|\s+)\s*(\S.*)$", re.DOTALL
)
_SITE = re.compile(
    "主办单位|承办单位|技术支持|版权所有|备案号|备案序号|ICP备|公网安备|网站标识码|扫一扫|打印本?页|关闭(?:窗口|本页)|"
    "^【?(?:上一篇|下一篇|相关(?:链接|附件|文章|信息|解读)|分享到|浏览次数|责任编辑|信息来源|附件下载|打印|关闭|返回顶部|网站地图)"
)
_BETWEEN = re.compile(r"[（(]?(?:续表|续上表|接上[表页]|见下页|单位[:：].{1,6})[）)]?")
_SIGNED = re.compile(r"20\d\d年\d{1,2}月\d{1,2}日|二[〇○零]二.年.{1,3}月.{1,3}日")
_BODY = re.compile(r".{2,28}(?:政府|办公室|委员会|局|厅|院|部|处|办事处|中心|管委会)")
_MARKER = re.compile(r"\[bookmark:[^\]]*\]\s*")  # what a text converter leaves of Word's bookmarks


def parted(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with a heading that runs into its text parted from it: 六、其他需要报告的事项：无。"""
    found: list[Block] = []
    titles = _titles(FORMS[max(FORMS)])
    for block in blocks:
        if isinstance(block, Paragraph):
            if "[bookmark:" in block.text:
                block = replace(block, text=_MARKER.sub("", block.text))
            inline = _INLINE.match(block.text)
            if inline and "。" not in inline[1] and _section(inline[1], titles, 0.7):
                found += [replace(block, text=inline[1]), replace(block, text=inline[2])]
                continue
        found.append(block)
    return found


@cache
def _titles(form: Form) -> tuple[tuple[str, str, str], ...]:
    """(code, number, key of the title) of every section."""
    return tuple((section.code, section.title[0], bare(section.title)) for section in form.sections)


def sections_of(blocks: Sequence[Block], form: Form) -> dict[str, int]:
    """Section code → number of the block that is its heading. A heading met twice (contents) counts where the
    section really stands: at its last place before the next section."""
    found: dict[str, list[int]] = {section.code: [] for section in form.sections}
    bracketed: dict[str, list[int]] = {section.code: [] for section in form.sections}
    titles = _titles(form)
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph) and (code := _section(block.text, titles)):
            (bracketed if tight(block.text).startswith("(") else found)[code].append(number)
    placed: dict[str, int] = {}
    limit = len(blocks)
    for section in reversed(form.sections):
        for numbers in (found[section.code], bracketed[section.code]):
            before = [number for number in numbers if number < limit]
            if before:
                placed[section.code] = limit = before[-1]
                break
    return dict(sorted(placed.items(), key=lambda entry: entry[1]))


@lru_cache(maxsize=20_000)
def _section(text: str, titles: tuple[tuple[str, str, str], ...], enough: float = 0.55) -> str:
    """The code of the section a line is the heading of, or empty. A line with the number of a section need only be
    like its title; one with another number, or with none, must be nearly the same."""
    words = tight(text).lstrip("#*>_").rstrip("*_:.。")
    if not 3 <= len(words) <= 64 or "。" in words or "|" in words or ";" in words:
        return ""
    match = _HEADING.fullmatch(words)
    ordinal, title = (match["ordinal"], key(match["title"])) if match else ("", key(words))
    ordinal = _ORDINALS[int(ordinal) - 1] if ordinal.isdigit() else ordinal
    inner = bool(match and match["open"] == "(")
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(title)
    for code, number, label in titles:
        matcher.set_seq1(label)
        like = matcher.ratio() if matcher.real_quick_ratio() >= 0.5 and matcher.quick_ratio() >= 0.5 else 0.0
        if like >= 0.85 and (ordinal == number or not (inner or re.match("本|暂|无|没", title))):
            return code
        if ordinal == number and not inner and (like >= enough or (len(title) <= 30 and re.search(_SAYS[code], title))):
            return code
    return ""


def prose_of(blocks: Sequence[Block], sections: dict[str, int], form: Form) -> dict[str, str]:
    """Section code → its paragraphs, one a line. Tables are left out, also where they are printed line by line, and
    so is what a web page shows around the report."""
    starts = [*sections.items(), ("", len(blocks))]
    bounds = [(PREAMBLE, -1, starts[0][1] if sections else 0)]
    bounds += [(code, at, starts[number + 1][1]) for number, (code, at) in enumerate(starts[:-1])]
    around = _container(blocks, sections)
    printed = {table.section for table in form.tables}
    labels = _labels(form)
    prose = {}
    for code, first, last in bounds:
        own = [block for block in blocks[first + 1 : last] if isinstance(block, Paragraph)]
        if code != PREAMBLE:
            own = [block for block in own if block.within[: len(around)] == around]
        lines = [" ".join(block.text.split()) for block in own]
        lines = [line for line in lines if line and not PAGE_NUMBER.fullmatch(tight(line))]
        if code == PREAMBLE:
            lines = [line for line in _after_title(lines) if _is_prose(line)]
        elif code in printed:
            lines = [line for line in lines if not _of_table(line, labels)]
        if last == len(blocks):
            lines = _until_site(lines)
        if lines:
            prose[code] = "\n".join(lines)
    return prose


def _container(blocks: Sequence[Block], sections: dict[str, int]) -> tuple[int, ...]:
    """The innermost part of a page that holds all headings."""
    paths = [block.within for at in sections.values() if isinstance(block := blocks[at], Paragraph)]
    if len(paths) < 3:
        return ()
    common = 0
    while all(len(path) > common and path[common] == paths[0][common] for path in paths):
        common += 1
    return paths[0][:common]


def _labels(form: Form) -> str:
    """All labels of the tables run together, as lines of a table printed piece by piece are parts of them."""
    words = []
    for table in form.tables:
        words += [table.label, table.corner]
        for leaf in (*table.row_leaves, *table.column_leaves):
            words += [*leaf.above, leaf.item.label]
    return "|".join(dict.fromkeys(key(word) for word in words if word))


def _of_table(line: str, labels: str) -> bool:
    """Whether a loose line is a piece of a table: figures, labels, parts of labels."""
    pieces = [key(piece) for piece in re.split(r"[\s|,，；;]+", line) if not looks_like_figure(piece)]
    pieces = [piece for piece in pieces if piece]
    if not pieces or _BETWEEN.fullmatch(line):
        return True
    if "。" in line and len(line) > 12:
        return False
    known = sum(
        len(piece)
        for piece in pieces
        if piece in labels or piece.lstrip("一二三四五六七八九十" + digits).rstrip(digits) in labels
    )
    return known >= 0.6 * sum(map(len, pieces))


def _is_prose(line: str) -> bool:
    """Whether a line above the first heading is text rather than something else a page shows there."""
    return not _SITE.search(line) and (len(line) > 36 or bool(re.search(r"[。；！？]", line)))


def _after_title(lines: list[str]) -> list[str]:
    titles = [n for n, line in enumerate(lines) if len(line) < 60 and "。" not in line and REPORT.search(tight(line))]
    return lines[titles[-1] + 1 :] if titles else lines


def _until_site(lines: list[str]) -> list[str]:
    """The lines of the last section without the signature and what a page shows below the report."""
    for number, line in enumerate(lines):
        if len(line) < 120 and _SITE.search(line):
            lines = lines[:number]
            break
    while lines and (_SIGNED.fullmatch(tight(lines[-1])) or (len(lines) > 1 and _BODY.fullmatch(tight(lines[-1])))):
        lines = lines[:-1]
    return lines
