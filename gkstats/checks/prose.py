"""Figures in prose against the tables, against last year, and against one another.

Every finding here is at most a warning with its sentence quoted: a sentence may have its own scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gkstats.checks.rule import NOT_APPLICABLE, NOTE, WARNING, Basis, Case, Example, Finding, Rule
from gkstats.forms import FORMS
from gkstats.prose import CONTRADICTS, Broken, Tied, broken, compared
from gkstats.prose.clause import LEVEL, RATIO
from gkstats.prose.identities import BALANCE, GROWN, OVER, UNDER
from gkstats.report import PREAMBLE

_NOTICE = FORMS[max(FORMS)].notice
_PERMITTED = ("句中的范围与表内不同", "只说其中一部分", "统计口径不同")


def _prose(cases: Sequence[Case]) -> Iterator[Finding]:
    """All rules about the figures in prose, so that each report's prose is read once."""
    for case in cases:
        if not any(text.strip() for section, text in case.report.prose.items() if section != PREAMBLE):
            for rule in RULES:
                yield rule.finding(case, "没有正文，不核对正文中的数", NOT_APPLICABLE)
            continue
        found = compared(case.report, case.previous)
        for tied in found:
            if tied.status == CONTRADICTS and not _follows(tied, found):
                yield _contradiction(case, tied)
        for one in broken(found):
            yield _identity(case, one)


def _follows(tied: Tied, found: Sequence[Tied]) -> bool:
    """Whether a share or a change is wrong only as its count, in the same sentence, is."""
    if tied.zero or tied.reading is None or tied.reading.kind == LEVEL:
        return False
    places = {reading.places for reading in tied.figure.readings}
    return any(
        other.status == CONTRADICTS
        and not other.zero
        and (other.section, other.figure.sentence) == (tied.section, tied.figure.sentence)
        and other.reading is not None
        and other.reading.kind == LEVEL
        and places & {reading.places for reading in other.figure.readings}
        for other in found
    )


def _contradiction(case: Case, tied: Tied) -> Finding:
    said = tied.text if tied.zero else f"{tied.figure.clause.strip()}{tied.text}"
    rule = ZERO if tied.zero or tied.reading is None else {LEVEL: FIGURE, RATIO: RATE}.get(tied.reading.kind, YEARS)
    message = f"正文“{said}”，读作{tied.tie}，按表应为{tied.expected}"
    cell = tied.cells[0] if len(tied.cells) == 1 else None
    place = {"table": cell.table, "row": cell.row, "column": cell.column} if cell else {}
    return rule.finding(
        case, message, section=tied.section, quote=tied.quote, start=tied.start, end=tied.end, cells=tied.cells,
        found=tied.text, expected=tied.expected, difference=tied.difference, **place,
    )  # fmt: skip


def _identity(case: Case, one: Broken) -> Finding:
    rule = {OVER: LIST, UNDER: LIST, BALANCE: IN_OUT, GROWN: GROWTH_WORDS}[one.kind]
    last = one.figures[-1]
    return rule.finding(
        case, f"正文{one.message}", severity=NOTE if one.kind == UNDER else WARNING, section=last.section,
        quote=last.quote, start=min(tied.start for tied in one.figures), end=max(tied.end for tied in one.figures),
        found=one.found, expected=one.expected, cells=tuple(cell for tied in one.figures for cell in tied.cells),
    )  # fmt: skip


def _rule(id: str, title: str, rule: str, passing: Example, failing: Example, *reasons: str) -> Rule:
    return Rule(
        id, title, rule, Basis(_NOTICE, "工作要求", "发布内容不准确不全面"), "正文", WARNING, _prose, reasons=reasons,
        may_over_report=True, may_under_report=True, passing=passing, failing=failing,
    )  # fmt: skip


FIGURE = _rule(
    "N.1",
    "正文的数与表内的数",
    "正文写明的数，范围和含义与表内一项相同的，应与表内相等",
    Example(prose={"overview": "全县收到政府信息公开申请8件（含上年结转1件），办结6件。"}),
    Example(
        prose={"overview": "全县新收政府信息公开申请9件，办结6件。"},
        message="正文“全县新收政府信息公开申请9件”，读作表三“一、本年新收政府信息公开申请数量”总计，按表应为7",
    ),
    *_PERMITTED,
)
RATE = _rule(
    "N.2",
    "正文的比率与表内的数",
    "正文写明的比率，应能由表内的数算出（四舍五入或者舍去尾数均可）",
    Example(prose={"applications": "依申请公开办结率75%。"}),
    Example(
        prose={"applications": "依申请公开办结率95%。"},
        message="正文“依申请公开办结率95%”，读作表三“（七）总计”总计占表三“一、本年新收政府信息公开申请数量”总计"
        "加表三“二、上年结转政府信息公开申请数量”总计的比例，或表三“（七）总计”总计占表三“一、本年新收政府信息公开申请数量”"
        "总计的比例，按表应为75%、85.71%",
    ),
    "比率的分子、分母与常用的算法不同",
)
YEARS = _rule(
    "N.3",
    "正文与上年的比较",
    "正文与上年比较的数，应能由本年和上年报告的表算出",
    Example(previous={}, prose={"overview": "全县新收政府信息公开申请7件，比上年增加3件。"}),
    Example(
        previous={},
        prose={"overview": "全县新收政府信息公开申请7件，比上年增加5件。"},
        message="正文“比上年增加5件”，读作表三“一、本年新收政府信息公开申请数量”总计与上年之差，按表应为3",
    ),
    "上年报告公布后有更正",
    "统计口径有调整",
)
LIST = _rule(
    "N.4",
    "正文列举的数与总数",
    "正文列举的各项之和不应大于所列的总数；称为全部的，也不应小于",
    Example(prose={"overview": "公开政策信息30条，其中文件10条，图表12条。"}),
    Example(
        prose={"overview": "公开政策信息30条，其中文件20条，图表12条。"},
        message="正文列举的20条 + 12条 = 32，大于总数30条",
    ),
    "各项有重叠",
    "不完全列举",
)
IN_OUT = _rule(
    "N.5",
    "正文的收、结、转",
    "同一句写明收到、上年结转、办结、结转下年的，前两数之和应等于后两数之和",
    Example(prose={"overview": "全县新收政府信息公开申请7件，上年结转1件，办结6件，结转下年2件。"}),
    Example(
        prose={"overview": "某局收到政府信息公开申请5件，上年结转1件，办结3件，结转下年1件。"},
        message="正文收到5件 + 上年结转1件 = 6，办结3件 + 结转下年1件 = 4，两边应相等",
    ),
    "句中各数的范围不同",
)
ZERO = _rule(
    "N.6",
    "正文称没有的事项",
    "正文称未收到申请、未发生复议诉讼等，表内该项应为0",
    Example(prose={"overview": "全县未制发规章，做好公开工作。"}),
    Example(
        prose={"overview": "全县未发生政府信息公开行政复议案件。"},
        message="正文“未发生政府信息公开行政复议案件”，读作表四“行政复议”总计，按表应为4",
    ),
    *_PERMITTED,
)
GROWTH_WORDS = _rule(
    "N.7",
    "正文的增减与所列两数",
    "同一句写明本年数、上年数和增减的，三数应一致",
    Example(prose={"overview": "全县新收政府信息公开申请7件，比上年的4件增加3件。"}),
    Example(
        prose={"overview": "全县新收政府信息公开申请7件，比上年的4件减少3件。"},
        message="正文本年7件、上年4件，应为增加3件，句中写作“减少3件”",
    ),
    "三数的范围不同",
)

RULES = (FIGURE, RATE, YEARS, LIST, IN_OUT, ZERO, GROWTH_WORDS)
