"""What the overview notebook shows: each function is one cell, its value one ``Page``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gkstats.checks import CHECKS, ERROR, FAIL, NOTE, PASS, SEVERITY_LABELS, STATUS_LABELS, UNKNOWN, WARNING
from gkstats.overview.bodies import MADE, SMALL, Line, Overview, printed_growth
from gkstats.page import Page, cell, list_table
from gkstats.stats import NOT_KNOWN, PERCENT, STATISTICS, ratio, shown

WORST = 30
"""How many bodies the notebook lists; the page lists all."""

MAIN = ("received", "handled", "disclosure_rate", "carried_out", "disputes")
"""The statistics every body is shown with."""


def overview_title(overview: Overview) -> Page:
    """The title, and in one sentence what the reviewer has before them."""
    title = f"{overview.year}年度政府信息公开工作年度报告总览"
    lines = overview.lines
    not_made = sum(line.outcome not in MADE for line in lines)
    with_errors = sum(bool(line.counts[ERROR]) for line in lines)
    with_warnings = sum(bool(line.counts[WARNING]) and not line.counts[ERROR] for line in lines)
    clean = sum(not line.counts[ERROR] and not line.counts[WARNING] and line.outcome in MADE for line in lines)
    text = f"共{len(lines)}个机关：{with_errors}个有错误，{with_warnings}个只有提示，{clean}个没有需要处理的事项"
    text += f"；{not_made}个的报告没有生成。" if not_made else "。"
    status = FAIL if with_errors or not_made else UNKNOWN if with_warnings else PASS
    return Page((
        {"kind": "title", "text": title, "organization": "", "year": overview.year},
        {"kind": "verdict", "status": status, "text": text},
    ))  # fmt: skip


def overview_totals(overview: Overview) -> Page:
    """The main figures of all bodies together, and their change over the bodies both years are known of."""
    body = []
    for name in ("received", "to_handle", "handled", "carried_out", "reviews", "suits"):
        stat = STATISTICS[name]
        values = [int(value) for value in (line.value(name) for line in overview.lines) if value is not None]
        changes = [(line.value(name), line.change(name)) for line in overview.lines]
        pairs = [(int(this), int(by)) for this, by in changes if this is not None and by is not None]
        this, by = sum(now for now, _ in pairs), sum(more for _, more in pairs)
        growth = printed_growth(ratio(by, this - by))
        figures = [shown(sum(values)), str(len(values)), shown(this), shown(this - by), growth, str(len(pairs))]
        body.append([cell(stat.label), *(cell(figure, "figure") for figure in figures)])
    rate = _overall_rate(overview.lines)
    granted = STATISTICS["disclosure_rate"]
    known = sum(line.value("granted") is not None for line in overview.lines)
    body.append([cell(granted.label), cell(shown(rate, PERCENT), "figure"), cell(known, "figure"),
                 *(cell(NOT_KNOWN, "figure") for _ in range(4))])  # fmt: skip
    heads = ["指标", "合计", "机关数", "可比机关本年", "可比机关上年", "增幅", "可比机关数"]
    return Page((
        _heading("合计"),
        list_table("totals", "合计", heads, [2, 1.6, 1.2, 1.8, 1.8, 1.4, 1.6], body),
    ))  # fmt: skip


def overview_worst(overview: Overview, most: int = WORST) -> Page:
    """The bodies that need attention first; ``index.html`` lists them all."""
    heads = ["主体", "结果", "错误", "提示", "无法核对", *(STATISTICS[name].label for name in MAIN), "新收较上年"]
    body = []
    for line in overview.lines[:most]:
        mark, words = line.verdict
        figures = [str(line.counts[key]) for key in (ERROR, WARNING, UNKNOWN)]
        figures += [shown(line.value(name), STATISTICS[name].unit) for name in MAIN]
        figures.append(printed_growth(line.growth("received")))
        body.append([
            cell(f"{line.name}（{line.code}）"), cell(words, mark=mark),
            *(cell(figure, "figure") for figure in figures),
        ])  # fmt: skip
    more = len(overview.lines) - len(body)
    note = f"按先后次序列出前{len(body)}个，其余{more}个见 index.html。" if more else "由差到好排列。"
    return Page((
        _heading("需要先看的机关"),
        {"kind": "paragraph", "lead": "", "text": f"{note}没有生成的在前，再按错误、提示、无法核对的多少排列。"},
        list_table("bodies", "各机关", heads, [3.4, 2, 1.2, 1.2, 1.4, 1.4, 1.4, 1.8, 1.4, 1.7, 1.9], body),
    ))  # fmt: skip


def overview_rules(overview: Overview) -> Page:
    """Which rules failed or could not be checked, and at how many bodies."""
    found = overview.findings
    found = found[(found["status"] == FAIL) | (found["severity"] != NOTE)]
    body = []
    groups = found.groupby(["check", "status", "severity"], sort=False)
    order = (ERROR, WARNING, NOTE)
    for (check, status, severity), group in sorted(
        groups, key=lambda item: (item[0][1] != FAIL, order.index(item[0][2]), -item[1]["body"].nunique(), item[0][0])
    ):
        label = SEVERITY_LABELS[severity] if status == FAIL else STATUS_LABELS[status]
        title = CHECKS[check].title if check in CHECKS else check
        figures = [group["body"].nunique(), len(group)]
        mark = FAIL if status == FAIL and severity == ERROR else UNKNOWN
        body.append([cell(check), cell(title), cell(label, mark=mark), *(cell(f, "figure") for f in figures)])
    if not body:
        return Page((_heading("各条规则"), {"kind": "paragraph", "lead": "", "text": "没有不通过的事项。"}))
    heads = ["规则", "名称", "性质", "机关数", "处数"]
    return Page((
        _heading("各条规则"),
        list_table("rules", "各条规则", heads, [1, 4, 1.4, 1.2, 1.2], body),
    ))  # fmt: skip


def overview_rates(overview: Overview) -> Page:
    """Disclosure rates against the number of results, with the limits that chance alone would hold them in."""
    from gkstats.overview.pictures import funnel, rate_chart

    limits = funnel(overview)
    if limits is None:
        text = f"办理结果不少于{SMALL}件的机关太少，不绘图。"
        return Page((_heading("公开率与办理件数"), {"kind": "paragraph", "lead": "", "text": text}))
    text = (
        f"办理结果不少于{SMALL}件的机关合计，公开率是{100 * limits.rate:.1f}%。办理件数越少，公开率受偶然影响越大："
        f"件数少的机关公开率高低不一，不说明工作好坏，不足{SMALL}件的不参与比较。虚线以外的{len(limits.outside)}个机关与其他机关相差较大，值得了解原因"
        "（界限为三倍标准差，已计入机关之间本来的差异，见 Spiegelhalter，2005）。"
    )
    blocks = [_heading("公开率与办理件数"), {"kind": "paragraph", "lead": "", "text": text}]
    blocks.append(_figure(rate_chart(overview, limits), "图1  公开率与办理件数（每点为一个机关）"))
    if limits.outside:
        body = [
            [cell(f"{line.name}（{line.code}）"), *(cell(shown(line.value(n), STATISTICS[n].unit), "figure")
                                                for n in ("handled", "disclosure_rate"))]
            for line in limits.outside[:10]
        ]  # fmt: skip
        heads = ["界限以外的机关（相差最大的在前）", "办结申请", "公开率"]
        blocks.append(list_table("outside", heads[0], heads, [5, 1.6, 1.6], body))
    return Page(tuple(blocks))


def overview_reasons(overview: Overview) -> Page:
    """How often each reason was given for not meeting an application, over all bodies and from body to body."""
    from gkstats.overview.pictures import reason_shares_chart

    return _drawn(
        "未予公开的原因", reason_shares_chart(overview), "图2  各原因占办理结果的比例",
        f"条形为全部机关合计的比例；横线为中间80%的机关（办理结果不少于{SMALL}件的）所在的范围。",
        "没有未予公开的办理结果，不绘图。",
    )  # fmt: skip


def overview_growth(overview: Overview) -> Page:
    """How applications grew since last year, from body to body."""
    from gkstats.overview.pictures import growth_chart

    return _drawn(
        "新收申请的增减", growth_chart(overview), "图3  新收申请较上年的增减（机关数）",
        f"只计统计范围相同、上年新收不少于{SMALL}件的机关。", "没有可比的上年报告，不绘图。",
    )  # fmt: skip


def _drawn(title: str, drawn: tuple[str, str] | None, caption: str, text: str, instead: str) -> Page:
    if drawn is None:
        return Page((_heading(title), {"kind": "paragraph", "lead": "", "text": instead}))
    return Page((_heading(title), {"kind": "paragraph", "lead": "", "text": text}, _figure(drawn, caption)))


def _overall_rate(lines: Sequence[Line]) -> Fraction | None:
    """The disclosure rate of all results together, of the bodies it is known of."""
    known = [(line.handled, rate) for line in lines if (rate := line.exact("disclosure_rate")) is not None]
    open_to = sum((rate * handled for handled, rate in known), Fraction())
    return open_to / handled if (handled := sum(handled for handled, _ in known)) else None


def _heading(text: str) -> dict:
    return {"kind": "heading", "level": 1, "text": text}


def _figure(drawn: tuple[str, str], caption: str) -> dict:
    svg, alt = drawn
    return {"kind": "figure", "svg": svg, "alt": alt, "caption": caption}
