"""A report against the same body's report of the year before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gkstats.checks.rule import NOT_APPLICABLE, UNKNOWN, WARNING, Basis, Case, Example, Finding, Rule
from gkstats.report import as_given
from gkstats.schema import Cell

_FORM = "国办公开办函〔2021〕30号"


def why_not_compared(case: Case) -> str:
    """Why two years cannot be compared at all; "" if they can."""
    if case.previous is None:
        return f"没有{case.report.year - 1}年度的报告"
    if case.previous.body.scope_kind != case.report.body.scope_kind:
        return f"统计范围不同（上年为{case.previous.body.scope}，本年为{case.report.body.scope}）"
    return ""


def _carry_over(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        if reason := why_not_compared(case):
            yield CARRY_OVER.finding(case, f"{reason}，不作比较", NOT_APPLICABLE)
            continue
        previous = case.previous
        assert previous is not None  # else there is a reason
        table = case.report.form.table["applications"]
        blanks, broken = [], []
        for column in table.column_leaves:
            this = case.report.value("applications", "carried_in", column.code)
            last = previous.value("applications", "carried_out", column.code)
            if this is None or last is None:
                blanks.append(column.name)
            elif this != last:
                broken.append((column, this, last))
        if broken:
            yield _carry_over_broken(case, broken)
        if blanks:
            message = f"{table.name}“上年结转”与上年“结转下年”：{'、'.join(blanks)}列有空白，不能核对"
            yield CARRY_OVER.finding(case, message, UNKNOWN, table="applications", row="carried_in")


def _carry_over_broken(case: Case, broken: list) -> Finding:
    """One finding for all columns: a wrong carry-over shows in a column and in the total alike."""
    words = "；".join(f"{column.name}本年{this}，上年{last}" for column, this, last in broken)
    message = f"{CARRY_OVER.rule}；{words}"
    # applicants merely counted under another kind leave the total as it was
    if all(column.code != "total" for column, _, _ in broken):
        message += "；总计相符，可能是申请人类别有调整"
    return CARRY_OVER.finding(
        case,
        message,
        table="applications",
        row="carried_in",
        column=broken[0][0].code if len(broken) == 1 else "",
        found="、".join(str(this) for _, this, _ in broken),
        expected="、".join(str(last) for _, _, last in broken),
        difference="、".join(f"{this - last:+}" for _, this, last in broken),
        cells=tuple(Cell("applications", "carried_in", column.code) for column, _, _ in broken),
    )


def _stock(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        if reason := why_not_compared(case) or _why_no_stock(case):
            yield STOCK.finding(case, f"{reason}，不作比较", NOT_APPLICABLE)
            continue
        previous = case.previous
        assert previous is not None  # else there is a reason
        for row, leaf in case.report.form.table["documents"].row.items():
            last = previous.value("documents", row, "in_force")
            issued, repealed, this = (
                case.report.value("documents", row, column) for column in ("issued", "repealed", "in_force")
            )
            place = {"table": "documents", "row": row, "column": "in_force"}
            if last is None or issued is None or repealed is None or this is None:
                message = f"表二{leaf.label}现行有效件数：本年或上年有空白，不能核对"
                yield STOCK.finding(case, message, UNKNOWN, **place)
            elif (due := last + issued - repealed) != this:
                message = (
                    f"表二{leaf.label}：{STOCK.rule}；上年{last} + 制发{issued} − 废止{repealed} = {due}，本年{this}"
                )
                cells = tuple(Cell("documents", row, column) for column in ("issued", "repealed", "in_force"))
                yield STOCK.finding(
                    case, message, found=as_given(this), expected=as_given(due), difference=f"{this - due:+}",
                    cells=cells, **place,
                )  # fmt: skip


def _why_no_stock(case: Case) -> str:
    assert case.previous is not None  # else there is another reason
    both = (case.report.form, case.previous.form)
    stated = all("in_force" in form.table["documents"].column for form in both)
    return "" if stated else "两年的格式不同，没有可比的现行有效件数"


CARRY_OVER = Rule(
    "X.1",
    "结转与上年衔接",
    "本年“上年结转”各列应等于上年报告“结转下年度继续办理”",
    Basis(_FORM, "表三第二项", "上年结转政府信息公开申请数量"),
    "跨年",
    WARNING,
    _carry_over,
    reasons=("上年报告公布后有更正", "机构合并、撤销", "申请人类别重新认定"),
    passing=Example(previous={}),
    failing=Example(
        previous={"applications/carried_out": [3, 0, 0, 0, 0, 0, 3]},
        message="本年“上年结转”各列应等于上年报告“结转下年度继续办理”；自然人本年1，上年3；总计本年1，上年3",
    ),
)

STOCK = Rule(
    "X.2",
    "现行有效件数与上年衔接",
    "本年现行有效件数应等于上年现行有效件数加本年制发件数减本年废止件数",
    Basis(_FORM, "第二十条第（一）项", "现行有效件数"),
    "跨年",
    WARNING,
    _stock,
    reasons=(
        "文件到期自然失效",
        "清理时宣布失效未计入废止",
        "修改计入制发",
        "统计范围有调整",
        "上年报告有更正",
        "机构合并",
    ),
    may_over_report=True,
    since=2021,
    passing=Example(previous={}),
    failing=Example(
        previous={"documents/normative_documents": [2, 0, 9]},
        message="表二“行政规范性文件”：本年现行有效件数应等于上年现行有效件数加本年制发件数减本年废止件数；"
        "上年9 + 制发3 − 废止1 = 11，本年10",
    ),
)

RULES = (CARRY_OVER, STOCK)
