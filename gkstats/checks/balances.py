"""The 勾稽关系 of a report through one sparse matrix, and what no balance can see, said plainly.

Every report of a form is a vector of cells (blank = NaN); the relations of the form are the rows of one sparse
matrix, so checking one report or fourteen thousand is the same product. A relation with a blank in it is
unknown, never passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from scipy.sparse import csr_array

from gkstats.checks.rule import (
    ERROR,
    FAIL,
    NOTE,
    UNKNOWN,
    WARNING,
    Basis,
    Case,
    Example,
    Finding,
    Rule,
)
from gkstats.forms import FORMS
from gkstats.report import LEVELS, Report, added
from gkstats.schema import AMOUNT, COUNT, Cell, Form, Relation

LIMITS = {COUNT: "应为不小于0的整数", AMOUNT: "应不小于0"}
NO_REGULATIONS = "只有国务院部门、省级政府和设区的市级政府可以制定规章，其他机关应为0"


class System:
    """The relations of one form as a sparse matrix: ``matrix @ cells`` is left − right of every relation."""

    def __init__(self, form: Form):
        self.form = form
        regulations = [cell for cell in form.cells if cell.row == "regulations"]
        limited = [cell for cell in form.cells if form.kind(cell) in LIMITS]
        self.relations: tuple[Relation, ...] = (
            *form.relations,
            *(Relation("D.1", cell.table, form.describe(cell), (cell,), (), NO_REGULATIONS) for cell in regulations),
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


def evaluated(cases: Sequence[Case]) -> Iterator[tuple[System, np.ndarray, np.ndarray]]:
    """(system, positions of the cases, their statuses) of every form met: how each relation of each report came
    out."""
    for form, positions, vectors in by_form([case.report for case in cases]):
        makes = np.array([LEVELS[cases[position].report.body.level].makes_regulations for position in positions])
        yield system_of(form), positions, system_of(form).evaluate(vectors, makes)


def by_form(reports: Sequence[Report]) -> Iterator[tuple[Form, np.ndarray, np.ndarray]]:
    """(form, positions of its reports, their figures as cells × reports) of every form met; NaN where unknown."""
    found: dict[Form, list[int]] = {}
    for position, report in enumerate(reports):
        found.setdefault(report.form, []).append(position)
    for form, positions in found.items():
        yield form, np.array(positions), np.column_stack([reports[position].vector for position in positions])


def relation_findings(cases: Sequence[Case]) -> Iterator[Finding]:
    """What failed or could not be checked among the relations, a finding a place."""
    for system, positions, status in evaluated(cases):
        for number, column in np.argwhere((status == 0) | (status == -1)):
            relation, report = system.relations[number], cases[positions[column]].report
            cells = (*relation.left, *relation.right)
            rows, columns = {cell.row for cell in cells}, {cell.column for cell in cells}
            # A sum is placed at its total; a balance between several rows only has its column.
            total = relation.right[0] if len(relation.right) == 1 else Cell(relation.table, "", "")
            finding = _failed if status[number, column] == 0 else _not_checked
            yield finding(
                report,
                relation,
                table=relation.table,
                row=rows.pop() if len(rows) == 1 else total.row,
                column=columns.pop() if len(columns) == 1 else total.column,
                cells=cells,
            )


def _failed(report: Report, relation: Relation, **place) -> Finding:
    left, right = (added(report.value(*cell) for cell in cells) for cells in (relation.left, relation.right))
    assert left is not None and right is not None  # else it could not have failed
    if not relation.right:
        limit = "0" if relation.rule == "D.1" else "≥0"
        message = f"{relation.place}：填报{left}，{relation.text}"
        return Finding(report, relation.rule, FAIL, ERROR, message, found=str(left), expected=limit, **place)
    sides = "，".join(side(report, cells, relation) for cells in (relation.left, relation.right))
    where = f"{report.form.table[relation.table].name}{relation.place}"
    message = f"{where}：{relation.text}；实为{sides}，相差 {abs(left - right)}"
    return Finding(
        report, relation.rule, FAIL, ERROR, message,
        found=str(right), expected=str(left), difference=f"{right - left:+}", **place,
    )  # fmt: skip


def _not_checked(report: Report, relation: Relation, **place) -> Finding:
    blanks = [cell for cell in (*relation.left, *relation.right) if report.value(*cell) is None]
    where = f"{report.form.table[relation.table].name}{relation.place}" if relation.right else relation.place
    named = "、".join(_name(report.form, cell, relation) for cell in blanks[:3]) if relation.right else ""
    more = f"等{len(blanks)}处" if len(blanks) > 3 else ""
    message = f"{where}：{named}{more}空白，不能核对（{relation.text}）"
    return Finding(report, relation.rule, UNKNOWN, WARNING, message, **place)


def _name(form: Form, cell: Cell, relation: Relation) -> str:
    """A cell as told apart from the others of its relation: by its column where the relation is one row."""
    table = form.table[cell.table]
    one_row = len({c.row for c in (*relation.left, *relation.right)}) == 1
    return table.column[cell.column].name if one_row else table.row[cell.row].name


def side(report: Report, cells: tuple[Cell, ...], relation: Relation) -> str:
    """One side of a relation with its figures: each by its name, or how many there are, and their sum."""
    figures = [report.value(*cell) for cell in cells]
    if len(cells) > 2:
        return f"{len(cells)}项之和 {added(figures)}"
    terms = " + ".join(
        f"{_name(report.form, cell, relation)} {figure}" for cell, figure in zip(cells, figures, strict=True)
    )
    return f"{terms} = {added(figures)}" if len(cells) > 1 else terms


def _no_balance(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        cells = system_of(case.report.form).unrelated
        names = "、".join(dict.fromkeys(case.report.form.table[cell.table].name for cell in cells))
        message = (
            f"{names}的全部{len(cells)}个数据没有内部勾稽关系，{NO_BALANCE.rule}；其他核对通过，不表示这些数据无误"
        )
        yield NO_BALANCE.finding(case, message, UNKNOWN, table=cells[0].table, cells=cells)


_FORMS = "、".join(form.notice for form in FORMS.values())


def _balance(id: str, title: str, clause: str, quoted: str, failing: Example) -> Rule:
    """A rule of the form: its words from the relation, its basis what the form prints there."""
    words = next(relation.text for form in FORMS.values() for relation in form.relations if relation.rule == id)
    basis = Basis(_FORMS, clause, quoted or words)
    return Rule(id, title, words, basis, "表内", ERROR, relation_findings, passing=Example(), failing=failing)


NO_BALANCE = Rule(
    "T2.0",
    "表二无内部勾稽关系",
    "只能与上年数据、下级数据或正文对照",
    Basis(_FORMS, "第二部分各表"),
    "表内",
    NOTE,
    _no_balance,
    may_under_report=True,
    failing=Example(
        message="表二的全部10个数据没有内部勾稽关系，只能与上年数据、下级数据或正文对照；"
        "其他核对通过，不表示这些数据无误"
    ),
)

RULES = (
    _balance("T3.1", "表三各列收支平衡", "表三表头", "", Example(
        {"applications/carried_out/research": 1},
        message="表三科研机构列：第一项加第二项之和，等于第三项加第四项之和；实为一、本年新收政府信息公开申请数量 0 + "
        "二、上年结转政府信息公开申请数量 0 = 0，（七）总计 0 + 四、结转下年度继续办理 1 = 1，相差 1",
    )),
    _balance("T3.2", "表三各列办理结果合计", "表三第三项", "（七）总计", Example(
        {"applications/results.total/natural_person": 50},
        message="表三自然人列：各项办理结果之和等于（七）总计；实为21项之和 5，（七）总计 50，相差 45",
    )),
    _balance("T3.3", "表三各行申请人合计", "表三表头申请人情况", "总计", Example(
        {"applications/received/total": 8},
        message="表三“一、本年新收政府信息公开申请数量”行：六类申请人之和等于总计；实为6项之和 7，总计 8，相差 1",
    )),
    _balance("T4.1", "表四各类案件合计", "表四各类案件", "总计", Example(
        {"disputes/review/total": 3},
        message="表四“行政复议”行：结果维持、结果纠正、其他结果、尚未审结之和等于总计；实为4项之和 4，总计 3，相差 1",
    )),
    Rule(
        "D.0", "数据的取值", f"件数{LIMITS[COUNT]}，金额{LIMITS[AMOUNT]}", Basis(_FORMS, "各表"),
        "表内", ERROR, relation_findings, passing=Example(),
        failing=Example({"disputes/review/pending": -2},
                        message="表四“行政复议”行尚未审结列：填报-2，应为不小于0的整数"),
    ),
    Rule(
        "D.1", "规章的制定权限", NO_REGULATIONS, Basis(
            "《中华人民共和国立法法》", "第九十一条、第九十三条",
            "省、自治区、直辖市和设区的市、自治州的人民政府，可以根据法律、行政法规和本省、自治区、直辖市的地方性法规，制定规章",
        ), "结构", ERROR, relation_findings,
        passing=Example(),
        failing=Example({"documents/regulations/issued": 1},
                        message=f"表二“规章”行本年制发件数列：填报1，{NO_REGULATIONS}"),
    ),
    NO_BALANCE,
)  # fmt: skip
