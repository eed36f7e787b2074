"""Decides between the ways a document was read, with the balances of the form held against the reader.

A balance that fails is first of all a suspicion against the reading. The way under which fewest fail is taken; a
figure that stays in doubt is given as None with the readings that compete, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gkstats.reading.align import Answer, Candidate, settle
from gkstats.reading.values import BLANK, DASH, NUMBER, UNREADABLE, Value
from gkstats.report import Figure, added
from gkstats.schema import Cell, Form, Relation, Table

MISSING, DOUBTFUL = "missing", "doubtful"


@dataclass(frozen=True)
class Found:
    """What was found for one cell of the form.

    ``state``: "number"; "blank" or "dash" (no figure, as the source has it); "unreadable" (a text that is no
    figure); "doubtful" (read in more than one way); "missing" (row or table not found). ``figure`` is None in
    every state but "number". ``text`` is the cell as found, ``remark`` what was done to read it, ``readings`` the
    readings that compete."""

    figure: Figure
    state: str
    text: str = ""
    file: str = ""
    place: str = ""
    remark: str = ""
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """Something a person has to look at. ``kind``: "source" (the source itself says so), "reading" (read in more
    than one way, given as None), "unreadable", "missing", "remark" (a figure was converted, put together or
    confirmed by the balances only), "form", "text" (name, year, period, headings)."""

    kind: str
    message: str
    cells: tuple[Cell, ...] = ()
    place: str = ""
    readings: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.place}：" if self.place else ""
        readings = f"；可能的读法：{'、'.join(self.readings)}" if self.readings else ""
        return f"{place}{self.message}{readings}"


Cells = dict[Cell, Candidate]


@dataclass
class Verdict:
    """The cells of all tables and what is to be said about them."""

    found: dict[Cell, Found]
    doubts: list[Doubt]


def _figures(cells: Mapping[Cell, Candidate], form: Form) -> dict[Cell, Figure]:
    """The figures of a reading, blanks and dashes as zero: for a first look whether it can be right."""
    return {cell: _at_first(cells[cell].value) if cell in cells else None for cell in form.cells}


def _at_first(value: Value) -> Figure:
    return 0 if value.state in (BLANK, DASH) else value.figure


def holds(relation: Relation, figures: Mapping[Cell, Figure]) -> bool | None:
    """Whether a relation holds; None if a figure of it is not known."""
    left, right = (added(figures[cell] for cell in cells) for cells in (relation.left, relation.right))
    return None if left is None or right is None else left == right


def _rank(table: Table, cells: Cells, form: Form) -> tuple[int, int, int, int]:
    """How badly a reading of a table fits: relations that do not hold (what a way did not find must not count for
    it), cells not read, cells not found at all, cells not sure."""
    figures = _figures(cells, form)
    fails = sum(not holds(relation, figures) for relation in table.relations())
    own = [cells.get(Cell(table.code, row, column)) for row in table.row for column in table.column]
    return (
        fails,
        sum(c is None or c.value.state == UNREADABLE for c in own),
        sum(c is None for c in own),
        sum(c is not None and not c.sure for c in own),
    )


def judge(answers: Sequence[Answer], form: Form, file: str) -> Verdict:
    """The verdict over all answers; the earlier is preferred where nothing else tells them apart."""
    verdict = Verdict({}, [])
    for table in form.tables:
        readings = [
            {cell: settle(list(c)) for cell, c in answer.cells.items() if cell.table == table.code}
            for answer in answers
        ]
        _table(table, readings, answers, form, file, verdict)
    return verdict


def _table(
    table: Table, readings: list[Cells], answers: Sequence[Answer], form: Form, file: str, verdict: Verdict
) -> None:
    cells = [Cell(table.code, row, column) for row in table.row for column in table.column]
    ranks = [_rank(table, reading, form) for reading in readings]
    best = min(range(len(ranks)), key=lambda number: ranks[number])
    chosen = dict(readings[best])
    relations = list(table.relations())
    contested = _contested(chosen, readings, ranks, best, bool(relations))
    for cell in cells:  # what the best way did not find, another may have
        if cell not in chosen or chosen[cell].value.state == UNREADABLE:
            other = next((r[cell] for r in readings if cell in r and r[cell].value.state != UNREADABLE), None)
            if other:
                why = other.why or "只有另一种读法读到"
                mine = chosen.get(cell)
                texts = (mine.slot.text.strip(),) if mine and mine.slot.text.strip() else ()
                chosen[cell] = other._replace(sure=False, why=why, others=(*other.others, *texts))
    confirmed = _confirmed(chosen, relations, form)
    for cell in cells:
        candidate = chosen.get(cell)
        verdict.found[cell] = _found(cell, candidate, contested.get(cell, ()), cell in confirmed, file)
    _report_cells(table, cells, verdict, form, answers, best)
    if best and ranks[best][0] < ranks[0][0]:
        changed = [c for c in cells if c in readings[0] and c in chosen and _differ(readings[0][c], chosen[c])]
        if changed:
            names = "、".join(form.describe(cell) for cell in changed[:3]) + ("等" if len(changed) > 3 else "")
            message = f"{table.name}改用“{answers[best].name}”的读法后勾稽关系成立，与先前读法不同：{names}"
            verdict.doubts.append(Doubt("remark", message, tuple(changed)))
    _report_relations(table, relations, verdict, form)


def _differ(one: Candidate, other: Candidate) -> bool:
    return (one.value.state, one.value.figure) != (other.value.state, other.value.figure)


def _contested(
    chosen: Cells, readings: list[Cells], ranks: list[tuple[int, int, int, int]], best: int, telling: bool
) -> dict[Cell, tuple[str, ...]]:
    """Cells that a way fitting just as well reads as another figure, with those readings. Where no balance tells
    good from bad (table 二) that is every way."""
    found: dict[Cell, list[str]] = {}
    for number, reading in enumerate(readings):
        if number == best or (telling and ranks[number][0] > ranks[best][0]):
            continue
        for cell, candidate in reading.items():
            mine = chosen.get(cell)
            if mine and _differ(mine, candidate) and candidate.sure and candidate.value.state != BLANK:
                if candidate.value.state == UNREADABLE and mine.value.state == NUMBER:
                    continue
                found.setdefault(cell, [f"“{mine.slot.text.strip()}”"]).append(f"“{candidate.slot.text.strip()}”")
    return {cell: tuple(dict.fromkeys(texts)) for cell, texts in found.items()}


def _confirmed(chosen: Cells, relations: Sequence[Relation], form: Form) -> set[Cell]:
    """Unsure cells that the balances confirm: every relation they stand in is known and holds, and they stand in
    one that is not merely 0 = 0 with other unsure cells only."""
    figures = _figures(chosen, form)
    confirmed = set()
    for cell, candidate in chosen.items():
        if candidate.sure or candidate.value.state != NUMBER:
            continue
        own = [r for r in relations if cell in r.left or cell in r.right]
        if len(own) >= 1 and all(holds(r, figures) for r in own):
            confirmed.add(cell)
    return confirmed


def _found(cell: Cell, candidate: Candidate | None, contested: tuple[str, ...], confirmed: bool, file: str) -> Found:
    if candidate is None:
        return Found(None, MISSING, file=file)
    value, text, place = candidate.value, candidate.slot.text.strip(), candidate.slot.place
    if contested:
        return Found(None, DOUBTFUL, text, file, place, "两种读法不同", contested)
    if candidate.others and value.state == UNREADABLE:
        return Found(None, DOUBTFUL, text, file, place, candidate.why, candidate.others)
    if candidate.sure or (confirmed and value.state == NUMBER):
        remark = value.remark or ("" if candidate.sure else candidate.why)
        return Found(value.figure, value.state, text, file, place, remark)
    if value.state == NUMBER:
        readings = tuple(dict.fromkeys((str(value.figure), *(half for half in text.split()), *candidate.others)))
        return Found(None, DOUBTFUL, text, file, place, candidate.why or value.remark or "读法不确定", readings)
    if value.state in (BLANK, DASH):
        return Found(None, DOUBTFUL, text, file, place, candidate.why or "读法不确定", ("空白",))
    return Found(None, value.state, text, file, place, candidate.why)


def _report_cells(
    table: Table, cells: list[Cell], verdict: Verdict, form: Form, answers: Sequence[Answer], best: int
) -> None:
    if all(verdict.found[cell].state == MISSING for cell in cells):
        label = f"{table.name}（{table.label}）"
        message = f"没有找到{label}的数据，各格按不掌握处理"
        for answer in answers:
            for row in table.row:
                if (table.code, row) in answer.lost:
                    what, place = answer.lost[table.code, row]
                    message = f"{label}的格数与表头不符：{what}，各格按不掌握处理"
                    verdict.doubts.append(Doubt("reading", message, tuple(cells), place))
                    return
        verdict.doubts.append(Doubt("missing", message, tuple(cells)))
        return
    for row, leaf in table.row.items():
        own = [cell for cell in cells if cell.row == row]
        states = {cell: verdict.found[cell] for cell in own}
        if missing := [cell for cell in own if states[cell].state == MISSING]:
            lost = next((a.lost[table.code, row] for a in answers if (table.code, row) in a.lost), None)
            whole = len(missing) == len(own)
            names = "" if whole else "、".join(table.column[cell.column].name for cell in missing) + "列"
            if lost:
                message = f"{table.name}{leaf.label}行的格数与表头不符：{lost[0]}，按不掌握处理"
                for cell in missing:
                    verdict.found[cell] = replace(
                        states[cell], state=DOUBTFUL, text=lost[0], place=lost[1], remark="格数与表头不符"
                    )
                verdict.doubts.append(Doubt("reading", message, tuple(missing), lost[1]))
            else:
                message = f"没有找到{table.name}{leaf.label}行{names}，按不掌握处理"
                verdict.doubts.append(Doubt("missing", message, tuple(missing)))
        for cell in own:
            seen = states[cell]
            where = form.describe(cell)
            if seen.state == DOUBTFUL:
                message = f"{where}“{seen.text}”读法存疑（{seen.remark}），请对照原文"
                verdict.doubts.append(Doubt("reading", message, (cell,), seen.place, seen.readings))
            elif seen.state == UNREADABLE:
                message = f"{where}读到“{seen.text}”，不是可以辨认的数"
                verdict.doubts.append(Doubt("unreadable", message, (cell,), seen.place))
        remarked: dict[str, list[Cell]] = {}
        for cell in own:
            if states[cell].state == NUMBER and states[cell].remark:
                remarked.setdefault(states[cell].remark, []).append(cell)
        for remark, marked in remarked.items():
            where = form.describe(marked[0]) if len(marked) == 1 else f"{table.name}{leaf.label}行"
            read = "、".join(f"“{states[cell].text}”读作{states[cell].figure}" for cell in marked)
            verdict.doubts.append(Doubt("remark", f"{where}{read}（{remark}）", tuple(marked), states[marked[0]].place))


def _report_relations(table: Table, relations: Sequence[Relation], verdict: Verdict, form: Form) -> None:
    """What still fails: the source says so where every text is unambiguous."""
    for relation in relations:
        own = (*relation.left, *relation.right)
        seen = [verdict.found[cell] for cell in own]
        if any(found.state not in (NUMBER, BLANK, DASH) for found in seen):
            continue
        sides = [sum(verdict.found[cell].figure or 0 for cell in cells) for cells in (relation.left, relation.right)]
        if sides[0] == sides[1]:
            continue
        blank = any(found.state != NUMBER for found in seen)
        message = f"{table.name}{relation.place}：{relation.text}，原文为 {sides[0]} 与 {sides[1]}"
        message += "（空白按 0 计）" if blank else ""
        verdict.doubts.append(Doubt("source", message, own, seen[-1].place))


def blank_policy(found: Mapping[Cell, Found], form: Form) -> tuple[str, str]:
    """("zero" or "unknown", the evidence in words). Zero only where blanks or dashes stand in balances, all of
    these hold with zeros, some of them not merely as 0 = 0, and nothing else is unknown."""
    blank = [cell for cell, seen in found.items() if seen.state in (BLANK, DASH)]
    if not blank:
        return "unknown", "没有空白格"
    open_ = [cell for cell, seen in found.items() if seen.state not in (NUMBER, BLANK, DASH)]
    figures = {cell: seen.figure if seen.state == NUMBER else 0 for cell, seen in found.items()}
    empty, unread = set(blank), set(open_)
    touched = [r for r in form.relations if empty & {*r.left, *r.right} and not unread & {*r.left, *r.right}]
    holding = [r for r in touched if holds(r, figures)]
    telling = [r for r in holding if any(figures[cell] for cell in (*r.left, *r.right))]
    counted = f"{len(blank)}个空白格涉及{len(touched)}处勾稽关系，按0计{len(holding)}处成立"
    if not touched:
        return "unknown", f"{len(blank)}个空白格都不在勾稽关系中，没有依据"
    if len(holding) < len(touched):
        return "unknown", f"{counted}，{len(touched) - len(holding)}处不成立"
    if not telling:
        return "unknown", f"{counted}，但各数都是0，不足为据"
    if open_:
        return "unknown", f"{counted}，但另有{len(open_)}处没有读到或存疑，不能一概按0计"
    if all(holds(relation, figures) for relation in form.relations):
        counted += f"，全部{len(form.relations)}处勾稽关系都成立"
    return "zero", counted


def blanks_apart(found: Mapping[Cell, Found], form: Form) -> Doubt | None:
    """What is to be said about blank cells that stand in no balance (table 二): nothing but the others speaks for
    their being zero."""
    bound = {cell for relation in form.relations for cell in (*relation.left, *relation.right)}
    cells = tuple(cell for cell, seen in found.items() if seen.state in (BLANK, DASH) and cell not in bound)
    if not cells:
        return None
    names = "、".join(form.describe(cell) for cell in cells[:3]) + ("等" if len(cells) > 3 else "")
    return Doubt("remark", f"{names}空白，不在勾稽关系中，按0计没有佐证，请核对", cells, found[cells[0]].place)
