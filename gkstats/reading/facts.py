"""What a document says outside its tables: body, year, period, scope, cited notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gkstats.forms import FORMS
from gkstats.reading.document import Block, Grid, Paragraph
from gkstats.reading.labels import tight
from gkstats.reading.sections import REPORT

_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR = re.compile(r"(20\d\d|二[〇○零][一二三四五六七八九〇○零]{2})年?(?:度)?")
_DAY = r"(\d{4})年(\d{1,2})月(\d{1,2})日"
_PERIOD = re.compile(rf"{_DAY}(?:起|开始)?(?:至|到|-|—|~|－)+(?:{_DAY}|(\d{{1,2}})月(\d{{1,2}})日?)")
_NOTICE = re.compile(r"(国办公开办函)[〔\[(]?(20\d\d)[〕\])]?(\d{1,4})号")
_NOTICE_MISCITED = re.compile(r"(国办[发函])[〔\[(]?(20\d\d)[〕\])]?(30|60)号")
_AREAS = "县市区州省"
_WHOLE = re.compile(rf"(?:综合|汇总|包括|涵盖|反映)?全(?P<area>[{_AREAS}])(?:各级|20\d\d|行政机关|各|政府信息公开)")
_WITH_OFFICE = re.compile(
    rf"(?P<area>[{_AREAS}])(?:人民)?政府\((?:含|包括|及)?[{_AREAS}]?(?:人民)?(?:政府)?办公[室厅]\)"
)
_KINDS = (
    "政府|办公室|委员会|委|局|厅|院|部|办|处|所|队|站|社|会|馆|台|中心|县|市|区|州|盟|旗|省|镇|乡|街道|银行|公司|学校"
)
_NAME = re.compile(rf"[\u4e00-\u9fff（）()、]{{1,38}}(?:{_KINDS})(?:\([^()]{{2,30}}\))?")
_BY = re.compile(
    rf"(?:报告|年报)(?:系|是)?由([\u4e00-\u9fff]{{2,30}}?(?:{_KINDS}))(?:根据|按照|依据|依照|编制|编写|汇总|组织)"
)
_NO_NAME = re.compile(r"网$|网站|门户|首页|目录|来源|日期|时间|字体|专栏|公开年报|信息公开")


@dataclass(frozen=True)
class Facts:
    """What the text says; empty or None where it does not."""

    body: str = ""
    year: int | None = None
    scope: str = ""
    notice: str = ""
    period: str = ""
    doubts: tuple[str, ...] = ()


def facts_of(blocks: Sequence[Block], sections: dict[str, int]) -> Facts:
    """The facts the text states, with a doubt for what it states twice and differently."""
    first = min(sections.values(), default=min(len(blocks), 60))
    head = [tight(block.text) for block in blocks[:first] if isinstance(block, Paragraph)]
    whole = "".join(tight(block.text) + "\n" for block in blocks if isinstance(block, Paragraph))
    doubts = []
    period, begins, stated = "", None, _PERIOD.search(whole.replace("\n", ""))
    if stated:
        a, b, c, d, e, f, g, h = stated.groups()
        period = f"{a}-{int(b):02}-{int(c):02}/{d or a}-{int(e or g):02}-{int(f or h):02}"
        begins = int(a)
    body, year = _title(head, begins)
    named, of_year = _in_text(head)
    if year is None:
        year = begins or of_year
    elif begins and begins != year:
        doubts.append(f"标题的年度是{year}，统计期限从{begins}年起")
    if not body:
        body = named or (by[1] if (by := _BY.search(whole)) else "")
    notice = ""
    words = whole.replace("\n", "")
    if cited := _NOTICE.search(words) or _NOTICE_MISCITED.search(words):
        notice = f"{cited[1]}〔{cited[2]}〕{cited[3]}号"
    elif "报告格式" in whole:
        titles = [form for form in FORMS.values() if tight(form.title) in whole]
        notice = titles[-1].title if titles else ""
    body = body.replace("(", "（").replace(")", "）")
    return Facts(body, year, _scope(head, whole), notice, period, tuple(doubts))


def _title(head: list[str], begins: int | None) -> tuple[str, int | None]:
    """(body, year) of the title, which may stand on up to three lines: of all lines that can be it the one that
    says most, agrees with the period and stands nearest to the text (a page shows titles of other years too)."""
    found = [title for size in (1, 2, 3) for title in _titles(head, size)]
    best = max(found, key=lambda t: (bool(t[0]), t[1] is not None, t[1] == begins, -t[2], t[3]), default=None)
    return (best[0], best[1]) if best else ("", None)


def _titles(head: list[str], size: int) -> Iterator[tuple[str, int | None, int, int]]:
    """(body, year, lines, number of the first line) of what can be the title in so many lines."""
    for number in range(len(head) - size + 1):
        lines = head[number : number + size]
        if any(len(line) > 60 or "。" in line for line in lines):
            continue
        words = re.sub(r"[#*“”_<>]", "", "".join(lines))
        if "《" in words:
            words = words.rpartition("《")[2].replace("》", "")
        words = re.split(r"[|>:：/\-—]", words[: m.end()])[-1] + words[m.end() :] if (m := REPORT.search(words)) else ""
        if not words or (size > 1 and REPORT.search(lines[0]) and REPORT.search("".join(lines[1:]))):
            continue
        match = REPORT.search(words)
        if not match or len(words) > 90:
            continue
        years = _YEAR.findall(words)
        name = _YEAR.sub("", _without_kind(words[: match.start()]))
        name = re.sub(r"^(?:关于)?(?:印发|公布|发布)?|(?:关于)?(?:公布|发布)?$|[（）()\[\]〔〕,，.]+$", "", name)
        rest = _YEAR.sub("", words[match.end() :]).strip("()（）度")
        if not name and _is_name(rest):
            name = rest
        if not _is_name(name) or (
            size > 1
            and any(_NO_NAME.search(line) and not REPORT.search("".join(lines[n:])) for n, line in enumerate(lines))
        ):
            name = ""
        yield name, _year(years[0]) if years else None, size, number


def _in_text(head: list[str]) -> tuple[str, int | None]:
    """(body, year) that the text before the first section says the report is of: 现将某县2023年…报告予以公布."""
    year = None
    for words in re.split(r"[,，。;；:：\n]", "\n".join(head)):
        match = _YEAR.search(words)
        if not match or not REPORT.search(words, match.end()):
            continue
        year = year or _year(match[1])
        name = re.split(r"[《]|现将|将|公布|发布|编制(?:形成|完成)?了?|制定|撰写", words[: match.start()])[-1]
        if _is_name(name) and not name.startswith(("我", "本")):
            return name, _year(match[1])
    return "", year


def _without_kind(words: str) -> str:
    """What stands before 信息公开 without the 政府 or 政务 that belongs to it: 某县人民政府 has but one."""
    for kind in ("政务", "政府"):
        if words.endswith(kind) and not words.endswith(f"人民{kind}"):
            return words.removesuffix(kind)
    return words


def _is_name(words: str) -> bool:
    return bool(_NAME.fullmatch(words)) and not _NO_NAME.search(words)


def _year(text: str) -> int:
    return int(text.translate(_DIGITS).replace("二", "2"))


def _scope(head: list[str], whole: str) -> str:
    """One of report.SCOPES that the preamble states, or empty."""
    words = "".join(line for line in head if len(line) > 20) or whole[:600]
    if match := _WHOLE.search(words):
        return f"全{match['area']}汇总"
    if match := _WITH_OFFICE.search(words):
        return f"{match['area']}政府（含办公室）"
    return ""


def is_annual_report(blocks: Sequence[Block]) -> bool:
    """Whether anything in the text says that this is such a report."""
    words = "".join(tight(block.text) for block in blocks if isinstance(block, Paragraph))
    words += "".join(tight(s.text) for b in blocks if isinstance(b, Grid) for row in b.rows for s in row[:3] if s)
    return bool(REPORT.search(words))
