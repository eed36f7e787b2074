"""Claims that there was none of something the tables count: 未收到申请, 未发生行政复议, 无结转."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gkstats.prose.clause import LEVEL, Reading
from gkstats.prose.reading import ProseFigure, figures_of
from gkstats.quantities import Quantity, exactly, sentences
from gkstats.report import Report

_NONE = r"(?:未|没有|没|尚未|无|不存在|未有)"
_HAPPENED = r"(?:发生|产生|出现|收到|接到|涉及|引发|引起|被|存在|因|由)"
_NONE_AROSE = rf"(?:(?:尚)?未(?={_HAPPENED})|没有|没|无(?![法须需专])|不存在){_HAPPENED}*[^，。；经]{{0,24}}?"
_AND = r"(?:和|、|及|或|与|或者|以及|\s)+"
_MADE = r"(?:制定|制发|出台|印发|新增)"
_END = r"(?:案件|申请|案|方面|情况|情形|事项|的|等|行为|类|件|\s)*(?=[，。；、和及或与（,;(\n]|$)"
_STOP = r"(?=[，。；、和及（,;(\n]|$)"
_REQUEST = r"(?:依申请公开|信息公开的?申请|公开申请|申请公开)(?:政府)?(?:信息)?的?"

_CLAIMS: tuple[tuple[re.Pattern, str], ...] = tuple(
    (re.compile(pattern), places)
    for pattern, places in (
        (rf"{_NONE}(?:收到|接到|接收|受理|收悉)[^，。；\d]{{0,24}}?{_REQUEST}{_END}", "received"),
        (rf"无(?:政府)?(?:信息)?(?:依申请公开|公开申请|申请公开){_END}", "received"),
        (
            rf"{_NONE_AROSE}行政复议(?:案件|申请)?(?:{_END}|(?=\s?(?:{_AND}|，)?(?:被)?(?:提起)?(?:行政)?诉讼))",
            "review",
        ),
        (
            rf"{_NONE_AROSE}(?:复议(?:案件|申请)?{_AND}(?:被)?(?:提起)?)?(?P<at>(?:行政)?诉讼{_END})",
            "suits",
        ),
        (
            rf"{_NONE}新?{_MADE}(?:过|任何|新的|发布|印发|、|和|及|或|废止)*(?:行政)?规范性文件{_END}",
            "normative_documents/issued",
        ),
        (
            rf"{_NONE}(?:(?:{_MADE}|发布)+{_AND})?废止(?:过|任何)*(?:行政)?规范性文件{_END}",
            "normative_documents/repealed",
        ),
        (rf"{_NONE}新?{_MADE}(?:过|任何)*(?:政府)?规章{_STOP}", "regulations/issued"),
        (rf"{_NONE}(?:作出|实施|开展|产生|发生)?行政处罚(?:决定)?{_STOP}", "penalties"),
        (rf"{_NONE}(?:作出|实施|开展|采取|发生)?行政强制(?:措施|决定)?{_STOP}", "coercive_measures"),
        (r"行政事业性?收费(?:金额|总额)?为零", "fees_10k_yuan"),
        (rf"{_NONE}结转(?:至|到)?(?:下一?年度?|次年)[^，。；]{{0,8}}{_STOP}|无下一?年度?结转{_STOP}", "carried_out"),
        (rf"无不予公开的?{_END}", "results.refused"),
    )
)
_MAYBE = re.compile(r"未|没|无|不存在|为零")
_NO_CLAIM = re.compile(
    r"未经|无正当|败诉|不当|不力|不到位|不规范|不及时|失误|违法|超期|逾期|程序|除[^。]{1,20}外|其他行政|被纠|纠错|纠正|撤销|无法|[较比与]上年|上半年|下半年|季度|月份|以来|近年"
)
_QUALIFIED = re.compile(
    r"涉及|企业|信函|网络|当面|形式|方式|渠道|重复|第三方|新增|新收|新发生|(?<!公民、)(?<!自然人、)法人|机制|制度|经验"
)
_YEAR = re.compile(r"20\d\d(?=年)")
_ONLY_SOME = re.compile(r"部分|其他|其余|有的|\d\s*[个家]|某|大多|多数")


def claims_of_none(section: str, text: str, report: Report) -> Iterator[ProseFigure]:
    """Every claim of none in a section's prose, as a number that is 0."""
    for start, end in sentences(text):
        sentence = text[start:end]
        if not _MAYBE.search(sentence) or _NO_CLAIM.search(sentence):
            continue
        if any(int(year) != report.year for year in _YEAR.findall(sentence)):
            continue
        scope = None
        for pattern, places in _CLAIMS:
            for match in pattern.finditer(sentence):
                if _ONLY_SOME.search(sentence, 0, match.start()) or _QUALIFIED.search(match[0]):
                    continue
                scope = _scope(section, text[text.rfind("\n", 0, start) + 1 : end], report) if scope is None else scope
                first = match.start("at") if "at" in match.re.groupindex else match.start()
                words = sentence[first : match.end()]
                at = (start + first, start + match.end())
                yield ProseFigure(
                    section, Quantity(*at, words, exactly(0), ""), *at, (start, end), sentence.strip(),
                    (Reading(LEVEL, places),), scope=scope, zero=True,
                )  # fmt: skip


def _scope(section: str, paragraph: str, report: Report) -> str:
    """Why the end of a paragraph does not speak of the whole report; "" if it does."""
    return figures_of(section, paragraph.rstrip("。") + "0件", report)[-1].scope
