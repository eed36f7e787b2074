"""Section statistics of a report and their change from one year to the next.

A statistic is arithmetic over named places of the form, so it can be explained, used in prose as
``{stats/name}`` and compared between years without further code. Its value is an int, a Decimal (万元) or an
exact Fraction (shares), and None where a figure is blank, the form has no such place, or a denominator is
zero. Every statistic comes with two more names when last year's report is there: ``name_change`` (difference;
percentage points for shares) and, for counts and amounts, ``name_growth`` (per cent of last year).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from gkstats.forms import FORM_2021
from gkstats.report import Report, as_given
from gkstats.schema import Form

if TYPE_CHECKING:
    import pandas as pd

Number = int | Decimal | Fraction
Value = Number | None

PIECES, TEN_THOUSAND_YUAN, PERCENT, PER_HUNDRED = "件", "万元", "%", "件/百件"
NOT_KNOWN = "—"

NO_LAST_YEAR = "无上年报告"
OTHER_FORM = "格式不同，不可比"
OTHER_SCOPE = "统计范围不同，不可比"


@dataclass(frozen=True)
class Statistic:
    """One statistic: what it is called, its unit, its formula and meaning in the form's words, the places
    (table/row/column) its figures come from, and the arithmetic over them."""

    name: str
    label: str
    section: str
    unit: str
    formula: str
    meaning: str
    needs: tuple[str, ...]
    function: Callable[..., Value]

    def applies_to(self, form: Form) -> bool:
        """Whether the form has every place the statistic needs."""
        return all(form.members(*place.split("/")) for place in self.needs)

    def of(self, report: Report) -> Value:
        """The value for one report; None if a figure is unknown or a denominator is zero."""
        figures = [report.value(*place.split("/")) for place in self.needs]
        return None if None in figures else self.function(*figures)


STATISTICS: dict[str, Statistic] = {}


def statistic(label: str, section: str, unit: str, formula: str, meaning: str, *needs: str) -> Callable:
    """Registers a function of the figures at ``needs`` as the statistic of its name."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        name = function.__name__
        STATISTICS[name] = Statistic(name, label, section, unit, formula, meaning, needs, function)
        return function

    return register


def ratio(part: Number, whole: Number) -> Fraction | None:
    """part / whole, exact; None where whole is not above zero: a share of nothing is no number."""
    return Fraction(part) / Fraction(whole) if whole > 0 else None


_NORMATIVE = "documents/normative_documents/"
_REGULATIONS = "documents/regulations/"
_TOTAL = "applications/results.total/total"
_RECEIVED = "applications/received/total"
_CARRIED_IN = "applications/carried_in/total"
_CARRIED_OUT = "applications/carried_out/total"
_REVIEW, _DIRECT, _AFTER = "disputes/review/", "disputes/suit_direct/", "disputes/suit_after_review/"


def _plain(name: str, label: str, section: str, unit: str, meaning: str, place: str) -> None:
    """Registers one figure of the form as a statistic, so that years can be compared by it."""

    def figure(value: int) -> int:
        return value

    figure.__name__ = name
    figure.__doc__ = f"The figure at {place}, in {unit}: {label}."
    table, row, column = place.split("/")
    form_table = FORM_2021.table[table]
    printed = form_table.row[row].label if row in form_table.row else f"“{form_table.groups[row].label}”"
    formula = f"{form_table.name}{printed}{form_table.column[column].name}"
    statistic(label, section, unit, formula, meaning, place)(figure)


for _kind, _label, _row in (("normative", "行政规范性文件", _NORMATIVE), ("regulations", "规章", _REGULATIONS)):
    _plain(f"{_kind}_issued", f"{_label}制发", "disclosure", PIECES, "本年新制定并公开的件数", f"{_row}issued")
    _plain(f"{_kind}_repealed", f"{_label}废止", "disclosure", PIECES, "本年宣布废止或失效的件数", f"{_row}repealed")
    _plain(f"{_kind}_in_force", f"{_label}现行有效", "disclosure", PIECES, "年末仍然有效的件数", f"{_row}in_force")


@statistic(
    "行政规范性文件净增", "disclosure", PIECES, "本年制发件数 − 本年废止件数", "现行有效件数因制发和废止应有的变化",
    f"{_NORMATIVE}issued", f"{_NORMATIVE}repealed",
)  # fmt: skip
def normative_net_change(issued: int, repealed: int) -> int:
    """issued − repealed, in documents: by how much the stock of valid documents should have changed."""
    return issued - repealed


@statistic(
    "规章净增", "disclosure", PIECES, "本年制发件数 − 本年废止件数", "现行有效件数因制发和废止应有的变化",
    f"{_REGULATIONS}issued", f"{_REGULATIONS}repealed",
)  # fmt: skip
def regulations_net_change(issued: int, repealed: int) -> int:
    """issued − repealed, in documents: by how much the stock of valid 规章 should have changed."""
    return issued - repealed


_plain("licensing_decisions", "行政许可处理决定", "disclosure", PIECES, "本年作出的行政许可处理决定数量",
       "licensing/licensing/decisions")  # fmt: skip
_plain("penalty_decisions", "行政处罚处理决定", "disclosure", PIECES, "本年作出的行政处罚处理决定数量",
       "enforcement/penalties/decisions")  # fmt: skip
_plain("coercive_decisions", "行政强制处理决定", "disclosure", PIECES, "本年作出的行政强制处理决定数量",
       "enforcement/coercive_measures/decisions")  # fmt: skip
_plain("fees", "行政事业性收费", "disclosure", TEN_THOUSAND_YUAN, "本年各项行政事业性收费的金额，与信息处理费无关",
       "fees/fees_10k_yuan/amount")  # fmt: skip

_plain("received", "新收申请", "applications", PIECES, "本年新收到的政府信息公开申请", _RECEIVED)
_plain("carried_in", "上年结转", "applications", PIECES, "上年没有办完、转到本年办理的申请", _CARRIED_IN)


@statistic("应办申请", "applications", PIECES, "本年新收 + 上年结转", "本年应当办理的全部申请", _RECEIVED, _CARRIED_IN)
def to_handle(received: int, carried_in: int) -> int:
    """received + carried in, in applications: all there was to handle this year."""
    return received + carried_in


_plain("handled", "办结申请", "applications", PIECES, "本年办理完毕并有结果的申请", _TOTAL)
_plain("carried_out", "结转下年", "applications", PIECES, "本年没有办完、转到下年办理的申请", _CARRIED_OUT)


@statistic(
    "办结率", "applications", PERCENT, "（七）总计 ÷（本年新收 + 上年结转）", "应办申请中本年办结的比例",
    _TOTAL, _RECEIVED, _CARRIED_IN,
)  # fmt: skip
def handling_rate(handled: int, received: int, carried_in: int) -> Fraction | None:
    """results total / (received + carried in), a share: how much of the year's work was finished."""
    return ratio(handled, received + carried_in)


@statistic(
    "结转率", "applications", PERCENT, "结转下年度 ÷（本年新收 + 上年结转）", "应办申请中留到下年的比例",
    _CARRIED_OUT, _RECEIVED, _CARRIED_IN,
)  # fmt: skip
def carry_over_rate(carried_out: int, received: int, carried_in: int) -> Fraction | None:
    """carried out / (received + carried in), a share: how much of the year's work was left over."""
    return ratio(carried_out, received + carried_in)


@statistic(
    "公开率", "applications", PERCENT, "（予以公开 + 部分公开）÷（七）总计", "办结申请中全部或部分公开的比例",
    "applications/results.granted/total", "applications/results.granted_in_part/total", _TOTAL,
)  # fmt: skip
def disclosure_rate(granted: int, granted_in_part: int, handled: int) -> Fraction | None:
    """(granted + granted in part) / results total, a share: how often an applicant got information."""
    return ratio(granted + granted_in_part, handled)


@statistic(
    "自然人申请占比", "applications", PERCENT, "自然人新收 ÷ 新收总计", "新收申请中来自自然人的比例",
    "applications/received/natural_person", _RECEIVED,
)  # fmt: skip
def natural_person_share(natural_person: int, received: int) -> Fraction | None:
    """received from natural persons / received, a share: who asks."""
    return ratio(natural_person, received)


OUTCOMES = {
    code: label.partition("）")[2].partition("（")[0]
    for code, label in FORM_2021.table["applications"].lines_of("results").items()
}
"""The six groups of results: row or group code → 予以公开, 部分公开, 不予公开, …"""


def _result_share(code: str, label: str) -> None:
    """Registers the share of one group of results in all results."""

    def share(part: int, handled: int) -> Fraction | None:
        return ratio(part, handled)

    share.__name__ = f"{code.removeprefix('results.')}_share"
    share.__doc__ = f"{code} / results total, a share: how often an application ended this way."
    formula, meaning = f"{label} ÷（七）总计", f"办结申请中结果为{label}的比例"
    statistic(f"{label}占比", "applications", PERCENT, formula, meaning, f"applications/{code}/total", _TOTAL)(share)


for _code, _label in OUTCOMES.items():
    _plain(_code.removeprefix("results."), _label, "applications", PIECES, f"结果为{_label}的申请",
           f"applications/{_code}/total")  # fmt: skip
    _result_share(_code, _label)

_plain("reviews", "行政复议", "disputes", PIECES, "因政府信息公开申请行政复议的案件", f"{_REVIEW}total")


@statistic(
    "行政诉讼", "disputes", PIECES, "未经复议直接起诉 + 复议后起诉", "因政府信息公开提起行政诉讼的案件",
    f"{_DIRECT}total", f"{_AFTER}total",
)  # fmt: skip
def suits(direct: int, after_review: int) -> int:
    """direct suits + suits after review, in cases."""
    return direct + after_review


@statistic(
    "复议诉讼合计", "disputes", PIECES, "行政复议 + 行政诉讼", "因政府信息公开引发的全部争议",
    f"{_REVIEW}total", f"{_DIRECT}total", f"{_AFTER}total",
)  # fmt: skip
def disputes(review: int, direct: int, after_review: int) -> int:
    """reviews + suits, in cases."""
    return review + direct + after_review


@statistic(
    "复议纠正率", "disputes", PERCENT, "行政复议结果纠正 ÷（总计 − 尚未审结）", "已审结的行政复议中被纠正的比例",
    f"{_REVIEW}corrected", f"{_REVIEW}total", f"{_REVIEW}pending",
)  # fmt: skip
def review_correction_rate(corrected: int, total: int, pending: int) -> Fraction | None:
    """reviews corrected / (total − pending), a share of concluded reviews."""
    return ratio(corrected, total - pending)


@statistic(
    "诉讼纠正率", "disputes", PERCENT, "两类诉讼结果纠正 ÷（总计 − 尚未审结）", "已审结的行政诉讼中被纠正的比例",
    f"{_DIRECT}corrected", f"{_AFTER}corrected", f"{_DIRECT}total", f"{_AFTER}total",
    f"{_DIRECT}pending", f"{_AFTER}pending",
)  # fmt: skip
def suit_correction_rate(
    direct_corrected: int, after_corrected: int, direct: int, after: int, direct_pending: int, after_pending: int
) -> Fraction | None:
    """suits corrected / (total − pending), both kinds of suit together, a share of concluded suits."""
    return ratio(direct_corrected + after_corrected, direct + after - direct_pending - after_pending)


@statistic(
    "争议纠正率", "disputes", PERCENT, "结果纠正 ÷（总计 − 尚未审结）", "已审结的争议中被纠正的比例",
    *(f"{block}{column}" for column in ("corrected", "total", "pending") for block in (_REVIEW, _DIRECT, _AFTER)),
)  # fmt: skip
def correction_rate(*figures: int) -> Fraction | None:
    """corrected / (total − pending) over reviews and suits, a share of concluded cases."""
    corrected, total, pending = (sum(figures[i : i + 3]) for i in (0, 3, 6))
    return ratio(corrected, total - pending)


@statistic(
    "每百件办结引发争议", "disputes", PER_HUNDRED, "（复议 + 诉讼）÷（七）总计 × 100", "办结申请引发复议诉讼的频度",
    f"{_REVIEW}total", f"{_DIRECT}total", f"{_AFTER}total", _TOTAL,
)  # fmt: skip
def disputes_per_100_results(review: int, direct: int, after_review: int, handled: int) -> Fraction | None:
    """(reviews + suits) / results total × 100, cases per hundred results."""
    return ratio(100 * (review + direct + after_review), handled)


def applications_by_applicant(report: Report) -> pd.DataFrame:
    """Received applications by applicant. One row per column of table 三 but 总计 (index: its code), columns
    ``label``, ``figure`` (int or None), ``share`` (Fraction of all received, None if unknown or none came)."""
    columns = report.form.table["applications"].column
    codes = {code: leaf.name for code, leaf in columns.items() if code != "total"}
    figures: dict[str, Value] = {code: report.value("applications", "received", code) for code in codes}
    return _with_shares(codes, figures, report.value("applications", "received", "total"))


def applications_by_result(report: Report) -> pd.DataFrame:
    """Results of table 三 in their six groups (index: OUTCOMES), columns ``label``, ``figure``, ``share`` of
    all results; None where unknown."""
    figures: dict[str, Value] = {code: report.value("applications", code, "total") for code in OUTCOMES}
    return _with_shares(OUTCOMES, figures, report.value("applications", "results.total", "total"))


def refusal_reasons(report: Report) -> pd.DataFrame:
    """Why applications were not met: every line of 不予公开, 无法提供, 不予处理 and 其他处理 with its share of
    all results, most frequent first (ties in the form's order; unknown figures last). Columns as in
    ``applications_by_result`` and ``group``, the group's label."""
    table = report.form.table["applications"]
    labels: dict[str, str] = {}
    groups: dict[str, str] = {}
    for group in list(OUTCOMES)[2:]:
        lines = table.lines_of(group) if group in table.groups else {group: table.row[group].item.label}
        labels |= {code: _reason(label) for code, label in lines.items()}
        groups |= dict.fromkeys(lines, OUTCOMES[group])
    figures: dict[str, Value] = {code: report.value("applications", code, "total") for code in labels}
    frame = _with_shares(labels, figures, report.value("applications", "results.total", "total"))
    frame.insert(1, "group", [groups[code] for code in frame.index])

    def frequency(code: str) -> Number:
        figure = figures[code]
        return -1 if figure is None else figure

    return frame.loc[sorted(frame.index, key=frequency, reverse=True)]


def _reason(label: str) -> str:
    """A line's label without its number: 1.属于国家秘密 → 属于国家秘密."""
    return label.partition(".")[2] or label.partition("）")[2]


def _with_shares(labels: dict[str, str], figures: dict[str, Value], whole: Value) -> pd.DataFrame:
    import pandas as pd

    parts = (figures[code] for code in labels)
    shares = [None if whole is None or part is None else ratio(part, whole) for part in parts]
    columns = {"label": list(labels.values()), "figure": list(figures.values()), "share": shares}
    return pd.DataFrame(columns, index=pd.Index(labels, name="code"), dtype=object)


def not_comparable(stat: Statistic, report: Report, previous: Report | None) -> str:
    """Why a statistic of two years must not be compared, in the reader's words; "" if it may be."""
    if previous is None:
        return NO_LAST_YEAR
    if not (stat.applies_to(report.form) and stat.applies_to(previous.form)):
        return OTHER_FORM
    return OTHER_SCOPE if report.body.scope_kind != previous.body.scope_kind else ""


def change(stat: Statistic, report: Report, previous: Report | None) -> Value:
    """This year − last year; None if unknown or not comparable. For shares the difference of the values as they
    are printed, so that a reader who subtracts one from the other finds the same percentage points."""
    if previous is None or not_comparable(stat, report, previous):
        return None
    this, last = stat.of(report), stat.of(previous)
    if this is None or last is None:
        return None
    if stat.unit == PERCENT:
        return Fraction(_percent(this) - _percent(last)) / 100
    if stat.unit == PER_HUNDRED:
        return Fraction(_two_places(this) - _two_places(last))
    return this - last  # type: ignore[operator]  # of one kind in every year


def growth(stat: Statistic, report: Report, previous: Report | None) -> Fraction | None:
    """(this year − last year) / last year; None for shares, where unknown, not comparable, or where last year
    was not above zero."""
    difference = change(stat, report, previous)
    if difference is None or previous is None or stat.unit in (PERCENT, PER_HUNDRED):
        return None
    last = stat.of(previous)
    return ratio(difference, last) if last is not None and last > 0 else None


def section_statistics(report: Report, previous: Report | None = None) -> pd.DataFrame:
    """Every statistic of the report (index: name), columns ``label``, ``section``, ``unit``, ``this``, ``last``,
    ``change``, ``growth`` and ``note`` (why years are not compared). Values as in this module; None: unknown."""
    import pandas as pd

    stats = [stat for stat in STATISTICS.values() if stat.applies_to(report.form)]
    columns = {
        "label": [stat.label for stat in stats],
        "section": [stat.section for stat in stats],
        "unit": [stat.unit for stat in stats],
        "this": [stat.of(report) for stat in stats],
        "last": [stat.of(previous) if previous else None for stat in stats],
        "change": [change(stat, report, previous) for stat in stats],
        "growth": [growth(stat, report, previous) for stat in stats],
        "note": [not_comparable(stat, report, previous) for stat in stats],
    }
    return pd.DataFrame(columns, index=pd.Index([stat.name for stat in stats], name="name"), dtype=object)


def shown(value: Value, unit: str = PIECES) -> str:
    """A value as official reports print it: counts without separators, 万元 as given, shares with at most two
    decimals, "—" where unknown. A share is never rounded to 0% or 100% that it has not reached.

    >>> shown(12752), shown(Decimal("8205.10"), "万元"), shown(Fraction(23, 31), "%"), shown(None)
    ('12752', '8205.10', '74.19%', '—')
    >>> shown(Fraction(99999, 100000), "%"), shown(Fraction(1), "%")
    ('99.99%', '100%')
    """
    if value is None:
        return NOT_KNOWN
    if unit == PERCENT:
        return f"{_trimmed(_percent(value))}%"
    text = _trimmed(_two_places(value)) if isinstance(value, Fraction) else as_given(value)
    return text.replace("-", "−")


def shown_change(value: Value, unit: str = PIECES) -> str:
    """A difference with its sign, shares in percentage points.

    >>> shown_change(-14), shown_change(Fraction(12, 1000), "%"), shown_change(0)
    ('−14', '+1.2个百分点', '0')
    """
    if value is None:
        return NOT_KNOWN
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + _size_of_change(value, unit)


def shown_growth(value: Fraction | None) -> str:
    """A growth rate with its sign; "" where there is none.

    >>> shown_growth(Fraction(-1302, 10000)), shown_growth(None)
    ('−13.02%', '')
    """
    words = worded_growth(value)
    return {"增长": "+", "下降": "−"}.get(words[:2], "") + words[2:] if value else ""


def worded_change(value: Value, unit: str = PIECES) -> str:
    """A difference in words, for prose: 增加14件, 下降1.2个百分点, 持平; "—" where unknown."""
    if value is None:
        return NOT_KNOWN
    if not value:
        return "持平"
    up, down = ("上升", "下降") if unit == PERCENT else ("增加", "减少")
    measure = {PERCENT: "", PER_HUNDRED: "件"}.get(unit, unit)
    return f"{up if value > 0 else down}{_size_of_change(value, unit)}{measure}"


def worded_growth(value: Value) -> str:
    """A growth rate in words, for prose: 增长0.4%, 下降3.2%, 持平; "—" where unknown."""
    if value is None:
        return NOT_KNOWN
    if value > 0:
        return f"增长{_trimmed(_two_places(value * 100))}%"
    return f"下降{_trimmed(_percent(-value))}%" if value else "持平"


def _size_of_change(value: Number, unit: str) -> str:
    if unit == PERCENT:
        return f"{_trimmed(_two_places(abs(Fraction(value)) * 100))}个百分点"
    if isinstance(value, Fraction):
        return _trimmed(_two_places(abs(value)))
    return as_given(abs(value) if isinstance(value, int) else value.copy_abs())


def _two_places(value: Number) -> Decimal:
    """Two decimals, half away from zero; what is not zero does not become zero."""
    exact = Fraction(value)
    rounded = (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Decimal("0.01") if exact > 0 and not rounded else rounded


def _percent(share: Number) -> Decimal:
    """A share as a percentage with two decimals; 100 only where it is exact."""
    rounded = _two_places(Fraction(share) * 100)
    return Decimal("99.99") if rounded == 100 and share < 1 else rounded


def _trimmed(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".")
