"""The checks of a report: its 勾稽关系 through one sparse matrix, and what no balance can see, said plainly.

Every report of a form is a vector of cells (blank = NaN); the relations of the form are the rows of one sparse
matrix, so checking one report or fourteen thousand is the same product. A relation with a blank in it is
unknown, never passed. Checks return findings; they never raise for what a report says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from gkstats.forms import FORMS, form_for
from gkstats.report import LEVELS, Problem, Report
from gkstats.schema import AMOUNT, COUNT, Cell, Form, Relation

if TYPE_CHECKING:
    import pandas as pd

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
ERROR, WARNING, NOTE = "error", "warning", "note"

COLUMNS = (
    "body", "year", "check", "status", "severity", "table", "row", "column", "found", "expected", "message",
)  # fmt: skip
"""The columns of a findings frame."""

STATUS_LABELS = {PASS: "通过", FAIL: "不通过", UNKNOWN: "无法核对"}
SEVERITY_LABELS = {ERROR: "错误", WARNING: "提示", NOTE: "说明"}


LIMITS = {COUNT: "应为不小于0的整数", AMOUNT: "应不小于0"}

Finding = dict[str, object]


class Check(NamedTuple):
    """One kind of check: what it looks at, its rule in the form's words, where the rule comes from, how grave a
    failure is, and the function that finds what did not pass in any number of reports (None: reading the file
    finds it)."""

    id: str
    title: str
    rule: str
    basis: str
    severity: str
    run: Callable[[Sequence[Report]], Iterable[Finding]] | None


def check(reports: Sequence[Report]) -> pd.DataFrame:
    """The findings of all checks on all reports: one row for each place that fails or cannot be checked, with
    the columns COLUMNS; reports in the order given, failures first. What passed is counted by ``summary``."""
    import pandas as pd

    found: list[tuple[tuple, Finding]] = []
    order = {id(report): position for position, report in enumerate(reports)}
    for run in dict.fromkeys(check.run for check in CHECKS.values() if check.run):
        for finding in run(reports):
            report = finding.pop("report")
            rank = (FAIL, UNKNOWN).index(finding["status"]), (ERROR, WARNING, NOTE).index(finding["severity"])
            found.append(((order[id(report)], *rank), {"body": report.id, "year": report.year, **finding}))
    found.sort(key=lambda entry: entry[0])
    blank = dict.fromkeys(COLUMNS, "")
    return pd.DataFrame([blank | finding for _, finding in found], columns=list(COLUMNS))


def summary(reports: Sequence[Report]) -> pd.DataFrame:
    """How the relations of each report came out: index (body, year, check), columns ``pass``, ``fail``,
    ``unknown`` and ``not_applicable``, each a number of places."""
    import pandas as pd

    rows = {}
    for system, group, status in _evaluated(reports):
        for rule in dict.fromkeys(system.rules):
            counts = {value: (status[system.rules == rule] == value).sum(axis=0) for value in (1, 0, -1, -2)}
            for position, report in enumerate(group):
                rows[report.id, report.year, str(rule)] = [int(counts[value][position]) for value in counts]
    index = pd.MultiIndex.from_tuples(rows, names=["body", "year", "check"])
    return pd.DataFrame(rows.values(), index=index, columns=[PASS, FAIL, UNKNOWN, "not_applicable"]).sort_index()


class System:
    """The relations of one form as a sparse matrix: ``matrix @ cells`` is left − right of every relation."""

    def __init__(self, form: Form):
        self.form = form
        regulations = [cell for cell in form.cells if cell.row == "regulations"]
        limited = [cell for cell in form.cells if form.kind(cell) in LIMITS]
        self.relations: tuple[Relation, ...] = (
            *form.relations,
            *(
                Relation("D.1", cell.table, form.describe(cell), (cell,), (), CHECKS["D.1"].rule)
                for cell in regulations
            ),
            *(
                Relation("D.0", cell.table, form.describe(cell), (cell,), (), LIMITS[form.kind(cell)])
                for cell in limited
            ),
        )
        self.rules = np.array([relation.rule for relation in self.relations])
        entries = [
            (number, form.index[cell], sign)
            for number, relation in enumerate(self.relations)
            for cells, sign in ((relation.left, 1), (relation.right, -1))
            for cell in cells
        ]
        rows, columns, signs = zip(*entries, strict=True)
        self.matrix = csr_array((signs, (rows, columns)), shape=(len(self.relations), len(form.cells)), dtype=float)
        self.limited = np.array([form.index[cell] for cell in limited])
        self.counts = np.array([form.kind(cell) != AMOUNT for cell in limited])
        related = {cell for relation in form.relations for cell in (*relation.left, *relation.right)}
        self.unrelated = tuple(cell for cell in form.cells if cell not in related)

    def evaluate(self, vectors: np.ndarray, makes_regulations: np.ndarray) -> np.ndarray:
        """The status of every relation, (relations × reports), for ``vectors`` (cells × reports): 1 pass, 0 fail,
        −1 unknown, −2 not applicable. ``makes_regulations`` says of each report whether D.1 leaves it free."""
        difference = self.matrix @ vectors
        status = np.where(np.isnan(difference), -1, (np.abs(difference) < 0.5).astype(int))
        figures = vectors[self.limited]
        whole = (np.nan_to_num(figures) % 1 == 0) | ~self.counts[:, np.newaxis]
        status[self.rules == "D.0"] = np.where(np.isnan(figures), -1, (figures >= 0) & whole)
        status[np.ix_(self.rules == "D.1", makes_regulations)] = -2
        return status


@cache
def system_of(form: Form) -> System:
    """The relations of a form, compiled once."""
    return System(form)


def _evaluated(reports: Sequence[Report]) -> Iterator[tuple[System, list[Report], np.ndarray]]:
    """The statuses of all reports, one form after another."""
    by_form: dict[Form, list[Report]] = {}
    for report in reports:
        by_form.setdefault(report.form, []).append(report)
    for form, group in by_form.items():
        system = system_of(form)
        makes = np.array([LEVELS[report.body.level].makes_regulations for report in group])
        yield system, group, system.evaluate(np.column_stack([report.vector for report in group]), makes)


def _relations(reports: Sequence[Report]) -> Iterator[Finding]:
    for system, group, status in _evaluated(reports):
        for number, position in np.argwhere((status == 0) | (status == -1)):
            relation, report = system.relations[number], group[position]
            cells = (*relation.left, *relation.right)
            rows, columns = {cell.row for cell in cells}, {cell.column for cell in cells}
            # A sum is placed at its total; a balance between several rows only has its column.
            total = relation.right[0] if len(relation.right) == 1 else None
            finding = _failed if status[number, position] == 0 else _not_checked
            yield {
                "report": report,
                "check": relation.rule,
                "table": relation.table,
                "row": rows.pop() if len(rows) == 1 else total.row if total else "",
                "column": columns.pop() if len(columns) == 1 else total.column if total else "",
                **finding(report, relation),
            }


def _failed(report: Report, relation: Relation) -> Finding:
    left, right = (sum(report.value(*cell) for cell in cells) for cells in (relation.left, relation.right))
    base = {"status": FAIL, "severity": CHECKS[relation.rule].severity}
    if not relation.right:
        message = f"{relation.place}：填报{left}，{relation.text}"
        return {**base, "found": str(left), "expected": "0" if relation.rule == "D.1" else "≥0", "message": message}
    sides = "，".join(_side(report, cells, relation) for cells in (relation.left, relation.right))
    where = f"{report.form.table[relation.table].name}{relation.place}"
    message = f"{where}：{relation.text}；实为{sides}，相差 {abs(left - right)}"
    return {**base, "found": str(right), "expected": str(left), "message": message}


def _not_checked(report: Report, relation: Relation) -> Finding:
    blanks = [cell for cell in (*relation.left, *relation.right) if report.value(*cell) is None]
    where = f"{report.form.table[relation.table].name}{relation.place}" if relation.right else relation.place
    named = "、".join(_name(report.form, cell, relation) for cell in blanks[:3]) if relation.right else ""
    more = f"等{len(blanks)}处" if len(blanks) > 3 else ""
    message = f"{where}：{named}{more}空白，不能核对（{relation.text}）"
    return {"status": UNKNOWN, "severity": WARNING, "message": message}


def _name(form: Form, cell: Cell, relation: Relation) -> str:
    """A cell as told apart from the others of its relation: by its column where the relation is one row."""
    table = form.table[cell.table]
    one_row = len({c.row for c in (*relation.left, *relation.right)}) == 1
    return table.column[cell.column].name if one_row else table.row[cell.row].name


def _side(report: Report, cells: tuple[Cell, ...], relation: Relation) -> str:
    figures = [report.value(*cell) for cell in cells]
    if len(cells) > 2:
        return f"{len(cells)}项之和 {sum(figures)}"
    terms = " + ".join(
        f"{_name(report.form, cell, relation)} {figure}" for cell, figure in zip(cells, figures, strict=True)
    )
    return f"{terms} = {sum(figures)}" if len(cells) > 1 else terms


def _no_balance(reports: Sequence[Report]) -> Iterator[Finding]:
    for report in reports:
        for cell in system_of(report.form).unrelated:
            figure = report.figures[cell]
            yield {
                "report": report,
                "check": "T2.0",
                "status": UNKNOWN,
                "severity": NOTE,
                **cell._asdict(),
                "found": "" if figure is None else str(figure),
                "message": f"{report.form.describe(cell)}：没有内部勾稽关系，{CHECKS['T2.0'].rule}",
            }


def _form_of_the_year(reports: Sequence[Report]) -> Iterator[Finding]:
    for report in reports:
        prescribed = form_for(report.year)
        if report.form.code != prescribed.code:
            yield {
                "report": report,
                "check": "F.1",
                "status": FAIL,
                "severity": WARNING,
                "found": str(report.form.code),
                "expected": str(prescribed.code),
                "message": f"使用了{report.form.notice}的格式，{report.year}年度应使用{prescribed.notice}的格式",
            }


def _balance(id: str, title: str) -> Check:
    """A check whose rule the form itself states."""
    rule = next(relation.text for form in FORMS.values() for relation in form.relations if relation.rule == id)
    return Check(id, title, rule, "、".join(form.notice for form in FORMS.values()), ERROR, _relations)


CHECKS = {
    check.id: check
    for check in (
        Check("P.0", "参数文件", "文件应能完整读取，正文引用的数据应存在", "参数文件的格式", ERROR, None),
        _balance("T3.1", "表三各列收支平衡"),
        _balance("T3.2", "表三各列办理结果合计"),
        _balance("T3.3", "表三各行申请人合计"),
        _balance("T4.1", "表四各类案件合计"),
        Check("D.0", "数据的取值", f"件数{LIMITS[COUNT]}，金额{LIMITS[AMOUNT]}", "件数和金额的含义", ERROR, _relations),
        Check(
            "D.1",
            "规章的制定权限",
            "只有国务院部门、省级政府和设区的市级政府可以制定规章，其他机关应为0",
            "《中华人民共和国立法法》",
            ERROR,
            _relations,
        ),
        Check(
            "F.1", "报告格式", "应使用报告年度适用的全国统一格式", "《条例》第五十条", WARNING, _form_of_the_year,
        ),
        Check(
            "T2.0",
            "表二无内部勾稽关系",
            "只能与上年数据、下级数据或正文对照",
            "、".join(form.notice for form in FORMS.values()),
            NOTE,
            _no_balance,
        ),
    )
}  # fmt: skip
"""Every check by its id."""

BALANCES = frozenset(id for id, check in CHECKS.items() if check.run is _relations and id.startswith("T"))
"""The checks whose rule is a relation between figures."""


def unreadable(problems: Iterable[Problem], body: str, year: int) -> list[Finding]:
    """The problems of a file as findings, with the columns COLUMNS."""
    blank = dict.fromkeys(COLUMNS, "")
    return [
        blank
        | {
            "body": body,
            "year": year,
            "check": "P.0",
            "status": FAIL,
            "severity": ERROR,
            "found": problem.found,
            "expected": problem.expected,
            "message": str(problem),
        }
        for problem in problems
    ]
