"""What is unusual beside other bodies, at its edges: who is compared with whom, from which figures on, how far off."""

import pytest
from builders import a_report

from gkstats.checks import BESIDE, BROKEN, FAIL, NOT_APPLICABLE, Case, beside, examine

REFUSED = "results.refused.state_secret"


def told(cases, rule: str, status: str = FAIL):
    """(id, row, message) of what a rule says."""
    found = examine(cases).findings
    assert BROKEN not in {finding.status for finding in found if finding.rule in ("L.1", "L.2")}
    return [(f.report.id, f.row, f.message) for f in found if (f.rule, f.status) == (rule, status)]


# -- beside last year


def grown(*odd: tuple[int, int], count=40, usual=(98, 100, 102)) -> list[Case]:
    """Bodies that received 100 applications last year and about as many this year; then odd ones: (last, this)."""
    pairs = [(100, usual[number % len(usual)]) for number in range(count - len(odd))] + list(odd)
    return [
        Case(*(a_report({"applications/received/total": total}, year=year, id=f"{100000 + number}-x")
               for year, total in ((2024, this), (2023, last))))
        for number, (last, this) in enumerate(pairs)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "this", "unusual"),
    [
        (100, 300, True),
        (300, 100, True),  # less is unusual as well
        (30, 90, True),
        (29, 90, False),  # too few to tell
        (90, 30, True),
        (90, 29, False),
        (100, 103, False),
    ],
)
def test_a_jump_either_way_is_unusual_from_thirty_on(last, this, unusual):
    assert [id for id, _, _ in told(grown((last, this)), "L.1")] == ["100039-x"] * unusual


def test_thirty_bodies_are_enough_and_each_of_fewer_is_told_that_they_are_not():
    assert len(told(grown((100, 300), count=30), "L.1")) == 1
    few = grown((100, 300), count=29)
    assert not told(few, "L.1")
    messages = told(few, "L.1", NOT_APPLICABLE)
    assert len(messages) == 29
    assert {message for _, _, message in messages} == {"可比的机关不足30个，或者相互没有差别，不作比较"}


def test_where_nothing_varies_nothing_is_usual():
    same = grown((100, 300), usual=(100,))
    assert not told(same, "L.1") and len(told(same, "L.1", NOT_APPLICABLE)) == 40


def test_a_body_without_a_report_of_last_year_is_not_compared_and_the_others_are():
    cases = grown((100, 300))
    cases[0] = Case(cases[0].report)
    assert told(cases, "L.1", NOT_APPLICABLE) == [("100000-x", "", "没有可比的上年报告，不作比较")]
    (jump,) = told(cases, "L.1")
    assert "；39个机关的通常范围是" in jump[2]


def test_a_body_whose_scope_was_another_last_year_is_not_compared():
    cases = grown((100, 300))
    narrower = a_report({"applications/received/total": 100}, year=2023, id="100039-x", scope="县政府办公室")
    cases[39] = Case(cases[39].report, narrower)
    assert not told(cases, "L.1")
    assert [id for id, _, _ in told(cases, "L.1", NOT_APPLICABLE)] == ["100039-x"]


def test_one_report_asked_for_is_judged_beside_all_and_nothing_is_told_of_the_others():
    cases = grown((100, 300), (300, 100))
    results = examine(cases[38:39], beside(cases))
    assert [(f.report.id, f.rule) for f in results.findings if f.status == FAIL and f.rule in BESIDE] == [
        ("100038-x", "L.1")
    ]
    assert {finding.report.id for finding in results.findings} == {"100038-x"}
    alone = examine(cases[38:39])
    assert {f.status for f in alone.findings if f.rule in BESIDE} == {NOT_APPLICABLE}


# -- beside the peers


def handled(refused, total=100, number=0, **more) -> Case:
    figures = {"applications/results.granted/total": None if refused is None else total - refused,
               f"applications/{REFUSED}/total": refused, "applications/results.total/total": total}  # fmt: skip
    return Case(a_report(figures, id=f"{100000 + number}-x", **more))


def peers(count=39, **more) -> list[Case]:
    """Bodies that refuse 0, 2 and 4 of a hundred by turns: 2 in the middle, half of them 2 or less away from it."""
    return [handled(2 * (number % 3), number=number, **more) for number in range(count)]


def test_a_share_is_unusual_beyond_a_range_that_stays_within_nought_and_all():
    """2 % and 3.5 times 1.4826 × 2 % on either side, which is 10.4: from less than nought to 12.4."""
    assert told([*peers(), handled(60, number=99)], "L.2") == [
        ("100099-x", "results.granted", "表三“（一）予以公开”占办理结果的40.0%，40个同级机关的通常范围是87.6%至100.0%"),
        ("100099-x", "results.refused", "表三“（三）不予公开”占办理结果的60.0%，40个同级机关的通常范围是0.0%至12.4%"),
    ]


def test_an_unusual_share_stands_at_the_total_of_its_row_with_the_figure():
    found = [f for f in examine([*peers(), handled(60, number=99)]).findings if (f.rule, f.status) == ("L.2", FAIL)]
    assert [(f.table, f.row, f.column, f.found) for f in found] == [
        ("applications", "results.granted", "total", "40"),
        ("applications", "results.refused", "total", "60"),
    ]


@pytest.mark.parametrize(("refused", "unusual"), [(12, False), (13, True)])
def test_a_share_within_the_range_is_usual(refused, unusual):
    assert bool(told([*peers(), handled(refused, number=99)], "L.2")) == unusual


@pytest.mark.parametrize(("total", "unusual"), [(30, True), (29, False)])
def test_a_body_is_judged_from_thirty_results_on(total, unusual):
    assert bool(told([*peers(), handled(20, total, number=99)], "L.2")) == unusual


@pytest.mark.parametrize(
    "other", [{"level": "department", "scope": "本机关"}, {"year": 2023}, {"scope": "县政府（含办公室）"}]
)
def test_only_bodies_of_the_same_year_level_and_scope_are_compared(other):
    cases = [*peers(), handled(60, number=99, **other)]
    assert not told(cases, "L.2")
    assert told(cases, "L.2", NOT_APPLICABLE) == [
        ("100099-x", "", "同年同级、办理结果不少于30件的机关不足30个，不作比较")
    ]


def test_thirty_peers_are_enough():
    assert told([*peers(29), handled(60, number=99)], "L.2") and not told([*peers(28), handled(60, number=99)], "L.2")


def test_a_body_whose_results_are_not_known_is_left_out():
    assert not told([*peers(), handled(None, number=98)], "L.2")
    assert "；" not in told([*peers(), handled(None, number=98), handled(60, number=99)], "L.2")[0][2]
