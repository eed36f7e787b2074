"""A synthetic country: consistent reports of many bodies and years, with a stated share of known faults.

python benchmarks/synthetic.py --bodies 2843 --years 5 --seed 1 --faults 0.05 FOLDER

Writes FOLDER/params, ready for ``gkstats build --params FOLDER/params``, and FOLDER/truth.csv: every fault put in, with
the rule that should find it. Division codes begin with 9, which no province has; names are drawn by chance and mean
no place. Sizes are skewed as those of real reports are: most bodies get a few dozen applications a year, a few get
thousands. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import accumulate, pairwise, product
from math import exp
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from gkstats.forms import form_for
from gkstats.json_schema import SCHEMA_FILE, schema_text
from gkstats.params import usual_scope
from gkstats.report import PREAMBLE, Body, Figure, Report
from gkstats.report_file import dumps
from gkstats.schema import Cell

FIRST_YEAR = 2021  # of the form in force: every year has the same cells
TRUTH = ("body", "year", "fault", "check", "place", "right", "written")

APPLICANTS = {
    "natural_person": 90,
    "commercial": 6,
    "research": 0.3,
    "nonprofit": 0.5,
    "legal_service": 1.5,
    "other": 1,
}
RESULTS = {
    "granted": 34, "granted_in_part": 7, "refused.state_secret": 0.1, "refused.prohibited_by_law": 1,
    "refused.public_safety": 0.3, "refused.third_party_rights": 1.2, "refused.internal_affairs": 2,
    "refused.deliberative_process": 1.5, "refused.enforcement_file": 3, "refused.administrative_query": 2,
    "not_available.not_held": 24, "not_available.needs_creation": 4, "not_available.still_unclear": 1.5,
    "not_processed.complaint": 4, "not_processed.repeated": 3, "not_processed.publication": 0.4,
    "not_processed.excessive": 0.4, "not_processed.reconfirmation": 0.4, "closed_otherwise.not_clarified": 2,
    "closed_otherwise.fee_unpaid": 0.1, "closed_otherwise.other": 5,
}  # fmt: skip
"""How often applications come from whom and end how, roughly, in parts of a hundred."""

_FIRST = "青白云石清平安长永新宁远东南西北金玉龙凤临嘉文武昌荣兴和泰丰怀德义仁礼信广大高"
_SECOND = "溪川岭山河湖泉原江海城州阳陵关峰林谷湾洲台塘桥沙浦冈"


@dataclass
class Draft:
    """A report in the making, and the faults put into it."""

    id: str
    body: Body
    year: int
    figures: dict[Cell, Figure]
    prose: dict[str, str]
    last: Draft | None
    faults: list[tuple] = field(default_factory=list)

    def note(self, fault: str, check: str, place: object, right: object, written: object) -> None:
        self.faults.append((self.id, self.year, fault, check, str(place), str(right), str(written)))

    def write(self, cell: Cell, figure: Figure, fault: str, check: str) -> bool:
        self.note(fault, check, cell, self.figures[cell], "" if figure is None else figure)
        self.figures[cell] = figure
        return True


class Habit(NamedTuple):
    """What stays with a body from year to year: its size and how its applications end."""

    applications: float
    results: tuple[float, ...]
    backlog: float
    disputes: float
    decisions: float
    documents: int
    voice: int


def bodies(count: int) -> Iterator[tuple[str, Body]]:
    """(folder name, body) of every county: ten provinces of thirty cities with as many counties as it takes."""
    most = -(-count // 300)
    names = [a + b for a, b in product(_FIRST, _SECOND)]
    random.Random("names").shuffle(names)
    for number in range(count):
        city, county = divmod(number, most)
        code = f"{90 + city // 30:02d}{city % 30 + 1:02d}{county + 1:02d}"
        kind = "县县区市"[(number * 7 + city) % 4]
        name = f"{names[city]}市{names[(number + 300) % len(names)]}{kind}"
        yield f"{code}-c{number:04d}", Body(code, name, "county", usual_scope(name, "county"))


def history(numbered: tuple[str, Body], years: int, seed: int, faults: float) -> list[Draft]:
    """A body's reports of all years, oldest first: what one year carries over or keeps in force, the next begins with.
    A ``faults`` share of the reports gets one fault each."""
    id, body = numbered
    chance = random.Random(f"{seed}/{id}")
    habit = _habit(chance)
    drafts: list[Draft] = []
    for year in range(FIRST_YEAR, FIRST_YEAR + years):
        last = drafts[-1] if drafts else None
        figures = _figures(chance, habit, year, last)
        draft = Draft(id, body, year, figures, _prose(chance, habit, year, figures), last)
        drafts.append(draft)
        kinds = chance.sample(FAULTS, len(FAULTS))
        if chance.random() < faults:
            next(kind for kind in kinds if kind(draft, chance))
    return drafts


def _habit(chance: random.Random) -> Habit:
    weights = [chance.gammavariate(max(0.3, 2 * weight**0.5), 1) for weight in RESULTS.values()]
    likely = [weight * usual for weight, usual in zip(weights, RESULTS.values(), strict=True)]
    return Habit(
        applications=min(chance.lognormvariate(3.9, 1.25), 6000),
        results=tuple(accumulate(likely)),
        backlog=chance.betavariate(1.5, 18),
        disputes=chance.betavariate(1.2, 16),
        decisions=chance.lognormvariate(8.6, 1.1),
        documents=int(chance.lognormvariate(3.3, 0.7)),
        voice=chance.randrange(6),
    )


def _figures(chance: random.Random, habit: Habit, year: int, last: Draft | None) -> dict[Cell, Figure]:
    form = form_for(year)
    figures: dict[Cell, Figure] = dict.fromkeys(form.cells, 0)

    def add(table: str, row: str, column: str, number: int) -> None:
        figures[Cell(table, row, column)] += number
        figures[Cell(table, row, "total")] += number

    received = chance.choices(list(APPLICANTS), APPLICANTS.values(), k=_about(chance, habit.applications, 0.3))
    for applicant in APPLICANTS:
        new = received.count(applicant)
        old = (
            last.figures[Cell("applications", "carried_out", applicant)]
            if last
            else _about(chance, new * habit.backlog)
        )
        left = sum(chance.random() < habit.backlog for _ in range(new))
        add("applications", "received", applicant, new)
        add("applications", "carried_in", applicant, old)
        add("applications", "carried_out", applicant, left)
        for row in chance.choices(list(RESULTS), cum_weights=habit.results, k=new + old - left):
            add("applications", f"results.{row}", applicant, 1)
            add("applications", "results.total", applicant, 1)
    handled = figures[Cell("applications", "results.total", "total")]
    for row, share in (("review", 0.6), ("suit_direct", 0.2), ("suit_after_review", 0.2)):
        for ending in chance.choices(("upheld", "corrected", "other", "pending"), (60, 12, 18, 10),
                                     k=_about(chance, handled * habit.disputes * share)):  # fmt: skip
            add("disputes", row, ending, 1)
    stock = last.figures[_STOCK] if last else habit.documents
    issued, repealed = _about(chance, stock * 0.12), min(stock, _about(chance, stock * 0.1))
    figures[Cell("documents", "normative_documents", "issued")] = issued
    figures[Cell("documents", "normative_documents", "repealed")] = repealed
    figures[_STOCK] = stock + issued - repealed
    for table, row, share in (("licensing", "licensing", 1.0), ("enforcement", "penalties", 0.3),
                              ("enforcement", "coercive_measures", 0.02)):  # fmt: skip
        figures[Cell(table, row, "decisions")] = _about(chance, habit.decisions * share, 0.2)
    fee = Decimal(_about(chance, habit.decisions * 40, 0.3)) / 100
    figures[Cell("fees", "fees_10k_yuan", "amount")] = fee
    return figures


_STOCK = Cell("documents", "normative_documents", "in_force")
_RECEIVED = Cell("applications", "received", "total")


def _about(chance: random.Random, middle: float, spread: float = 0.5) -> int:
    """A whole number around ``middle``, never below zero."""
    return int(middle * exp(chance.gauss(0, spread)) + chance.random())


# -- prose: figures of tables as places, some as digits, as offices write them

_PREAMBLE = "根据《中华人民共和国政府信息公开条例》第五十条和{{notice}}的要求，{body}编制本报告。数据统计期限为{year}年1月1日至{year}年12月31日。"  # noqa: E501
_PARAGRAPHS = {
    "overview": (
        (
            "（一）主动公开。{year}年通过门户网站发布信息[items]条，制发行政规范性文件{documents/normative_documents/issued}件，废止{documents/normative_documents/repealed}件，年末现行有效{documents/normative_documents/in_force}件。",
            "（一）主动公开。围绕财政预决算、工程项目和民生保障更新栏目，全年发布信息[items]条；现行有效的行政规范性文件{documents/normative_documents/in_force}件。",
            "（一）主动公开。政策文件与解读材料同步发布，网站全年新增信息[items]条，作出行政许可处理决定{licensing/licensing/decisions}件。",
        ),
        (
            "（二）依申请公开。全年新收申请[received]件，上年结转{applications/carried_in/total}件，办结{applications/results.total/total}件，结转下年度{applications/carried_out/total}件。",
            "（二）依申请公开。办结申请{applications/results.total/total}件，其中予以公开{applications/results.granted/total}件、部分公开{applications/results.granted_in_part/total}件，公开率{stats/disclosure_rate}。",
            "（二）依申请公开。共收到新申请{applications/received/total}件，自然人提出的占{stats/natural_person_share}；无法提供的{applications/results.not_available/total}件均逐件说明了理由。",
        ),
        (
            "（三）政府信息管理。公文起草时即确定公开属性，发布前由两人分别核对，发现错误及时更正。",
            "（三）政府信息管理。对历年文件重新整理编目，失效的加注标识，读者可以按年份和主题查找。",
            "（三）政府信息管理。建立发布台账，每季度抽查一次栏目内容，问题当月整改完毕。",
        ),
        (
            "（四）政府信息公开平台建设。网站改版后检索更快，老年读者可以放大文字、听读全文。",
            "（四）政府信息公开平台建设。合并更新缓慢的栏目，政务新媒体只保留有专人维护的账号。",
            "（四）政府信息公开平台建设。在政务大厅设置查阅点，配备打印设备和引导人员。",
        ),
        (
            "（五）监督保障。全年组织培训[courses]次，因政府信息公开申请行政复议{disputes/review/total}件、提起行政诉讼{stats/suits}件。",
            "（五）监督保障。公开工作列入年度考核，由督查部门每半年通报一次进展，通报结果向社会公布。",
            "（五）监督保障。办理文书由法制机构审核把关，被纠正的案件逐件复盘，形成办理要点[courses]条。",
        ),
    ),
    "problems": (
        (
            "存在的主要问题：部分单位对申请内容理解不准，补正告知偏多；解读材料以文字为主，图表较少。",
            "存在的主要问题：个别栏目更新不够及时，基层承办人员变动频繁，答复质量参差不齐。",
            "存在的主要问题：部门之间会商时间较长，少数答复接近法定期限才发出。",
        ),
        (
            "改进情况：编写常见申请办理指引并开展案例讲评，重要政策同时配发图解。",
            "改进情况：明确栏目责任人和更新周期，新任承办人员先培训后上岗。",
            "改进情况：建立会商时限提醒，接近期限的申请由专人跟踪督促。",
        ),
    ),
    "other": (
        (
            "本年度没有收取政府信息公开信息处理费，也没有其他需要报告的事项。",
            "{year}年未发出信息处理费收费通知，其他事项无需报告。",
            "信息处理费收取金额为0元，没有其他需要报告的事项。",
        ),
    ),
}  # fmt: skip


def _prose(chance: random.Random, habit: Habit, year: int, figures: dict[Cell, Figure]) -> dict[str, str]:
    """Own sentences, each year other ones than the year before."""
    digits = {
        "[items]": chance.randrange(800, 9000),
        "[received]": figures[_RECEIVED],
        "[courses]": chance.randrange(2, 13),
    }
    prose = {PREAMBLE: _PREAMBLE.replace("{{notice}}", form_for(year).notice)}
    for section, paragraphs in _PARAGRAPHS.items():
        lines = [choice[(year + habit.voice + place) % len(choice)] for place, choice in enumerate(paragraphs)]
        text = "\n".join(lines)
        for mark, number in digits.items():
            text = text.replace(mark, str(number))
        prose[section] = text
    return prose


# -- faults: each returns whether it could be put in


def _cell(table: str, row: str, column: str = "natural_person") -> Cell:
    return Cell(table, row, column)


def wrong_total(draft: Draft, chance: random.Random) -> bool:
    cell = _cell("applications", "results.total", "total")
    return draft.write(cell, draft.figures[cell] + chance.choice((1, 2, 10)), "wrong_total", "T3.1 T3.2 T3.3")


def _results(draft: Draft, least: int) -> list[Cell]:
    """The results of natural persons of at least that many applications."""
    cells = [_cell("applications", f"results.{row}") for row in RESULTS]
    return [cell for cell in cells if draft.figures[cell] >= least]


def transposed_digits(draft: Draft, chance: random.Random) -> bool:
    turned = {cell: str(draft.figures[cell])[:-2] + str(draft.figures[cell])[-2:][::-1] for cell in _results(draft, 12)}
    cells = [cell for cell, digits in turned.items() if str(draft.figures[cell]) != digits and digits[0] != "0"]
    cell = chance.choice(cells) if cells else None
    return bool(cell) and draft.write(cell, int(turned[cell]), "transposed_digits", "T3.2 T3.3")


def digit_lost(draft: Draft, chance: random.Random) -> bool:
    cells = _results(draft, 10)
    cell = chance.choice(cells) if cells else None
    return bool(cell) and draft.write(cell, draft.figures[cell] // 10, "digit_lost", "T3.2 T3.3")


def value_moved(draft: Draft, chance: random.Random) -> bool:
    """Two figures stand in each other's row; the sums down the column still hold."""
    cells = _results(draft, 0)
    pairs = [pair for pair in pairwise(cells) if len({draft.figures[cell] for cell in pair}) == 2]
    if not pairs:
        return False
    here, there = chance.choice(pairs)
    other = draft.figures[here]
    draft.write(here, draft.figures[there], "value_moved", "T3.3")
    draft.figures[there] = other
    return True


def disputes_not_added(draft: Draft, chance: random.Random) -> bool:
    cell = _cell("disputes", chance.choice(("review", "suit_direct", "suit_after_review")), "total")
    return draft.write(cell, draft.figures[cell] + 1, "disputes_not_added", "T4.1")


def carry_over_broken(draft: Draft, chance: random.Random) -> bool:
    """Begins with other applications than last year left; the year balances all the same."""
    more = chance.randrange(1, 6)
    if draft.last is None or draft.figures[_cell("applications", "received")] < more:
        return False
    old = f"新收申请{draft.figures[_RECEIVED]}件"
    for column in ("natural_person", "total"):
        draft.figures[_cell("applications", "received", column)] -= more
    draft.prose["overview"] = draft.prose["overview"].replace(old, f"新收申请{draft.figures[_RECEIVED]}件")
    total, own = (_cell("applications", "carried_in", column) for column in ("total", "natural_person"))
    draft.figures[total] += more
    return draft.write(own, draft.figures[own] + more, "carry_over_broken", "X.1")


def stock_broken(draft: Draft, chance: random.Random) -> bool:
    more = chance.randrange(1, 9)
    return draft.last is not None and draft.write(_STOCK, draft.figures[_STOCK] + more, "stock_broken", "X.2")


def regulations_by_county(draft: Draft, chance: random.Random) -> bool:
    """规章 issued and repealed by a county, which can make none."""
    draft.figures[_cell("documents", "regulations", "repealed")] = 1
    return draft.write(_cell("documents", "regulations", "issued"), 1, "regulations_by_county", "D.1")


def blank_cell(draft: Draft, chance: random.Random) -> bool:
    return draft.write(chance.choice(_results(draft, 0)), None, "blank_cell", "T3.2 T3.3 D.0")


def _reworded(draft: Draft, section: str, old: str, new: str, fault: str, check: str) -> bool:
    if old not in draft.prose[section]:
        return False
    draft.prose[section] = draft.prose[section].replace(old, new, 1)
    draft.note(fault, check, section, old, new)
    return True


def wrong_period(draft: Draft, chance: random.Random) -> bool:
    return _reworded(draft, PREAMBLE, "{year}年12月31日", "{year}年11月30日", "wrong_period", "F.2")


def old_notice(draft: Draft, chance: random.Random) -> bool:
    return _reworded(draft, PREAMBLE, form_for(draft.year).notice, form_for(2019).notice, "old_notice", "F.3")


def stale_year(draft: Draft, chance: random.Random) -> bool:
    return _reworded(draft, "overview", "{year}年通过", f"{draft.year - 1}年全年通过", "stale_year", "F.6")


def copied_text(draft: Draft, chance: random.Random) -> bool:
    if draft.last is None or draft.last.faults:
        return False
    draft.prose |= {section: draft.last.prose[section] for section in ("overview", "problems")}
    old, new = (f"新收申请{source.figures[_RECEIVED]}件" for source in (draft.last, draft))
    draft.prose["overview"] = draft.prose["overview"].replace(old, new)
    draft.note("copied_text", "F.7", "overview", "", "")
    return True


def wrong_figure_in_prose(draft: Draft, chance: random.Random) -> bool:
    received = draft.figures[_RECEIVED]
    old, new = (f"新收申请{number}件" for number in (received, received + chance.choice((1, 3, 10))))
    return _reworded(draft, "overview", old, new, "wrong_figure_in_prose", "N")


def empty_problems(draft: Draft, chance: random.Random) -> bool:
    return _reworded(draft, "problems", draft.prose["problems"], "无。", "empty_problems", "F.5")


FAULTS: tuple[Callable[[Draft, random.Random], bool], ...] = (
    wrong_total, transposed_digits, digit_lost, value_moved, disputes_not_added, carry_over_broken, stock_broken,
    regulations_by_county, blank_cell, wrong_period, old_notice, stale_year, copied_text, wrong_figure_in_prose,
    empty_problems,
)  # fmt: skip


def write(numbered: tuple[str, Body], params: Path, years: int, seed: int, faults: float) -> list[tuple]:
    """Writes the files of one body; the faults put into them."""
    drafts = history(numbered, years, seed, faults)
    (params / numbered[0]).mkdir(parents=True, exist_ok=True)
    for draft in drafts:
        report = Report(
            draft.body, draft.year, form_for(draft.year), draft.figures, prose=draft.prose, id=draft.id,
            source={"note": "由 benchmarks/synthetic.py 生成的虚构数据"},
        )  # fmt: skip
        (params / draft.id / f"{draft.year}.yaml").write_text(dumps(report), encoding="utf-8", newline="\n")
    return [fault for draft in drafts for fault in draft.faults]


def country(out: Path, count: int, years: int, seed: int, faults: float) -> int:
    """Writes the params and the truth of a country; the number of faults."""
    params = out / "params"
    params.mkdir(parents=True, exist_ok=True)
    (params / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8", newline="\n")
    one = partial(write, params=params, years=years, seed=seed, faults=faults)
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        found = [fault for written in pool.map(one, bodies(count), chunksize=32) for fault in written]
    with (out / "truth.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([TRUTH, *found])
    return len(found)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="FOLDER")
    parser.add_argument("--bodies", type=int, default=2843)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.05)
    given = parser.parse_args(arguments)
    number = country(given.out, given.bodies, given.years, given.seed, given.faults)
    print(f"{given.bodies * given.years} reports, {number} faults, in {given.out}")


if __name__ == "__main__":
    main()
