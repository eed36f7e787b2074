"""How people err: the slip that explains a figure, and which of several explanations is the likeliest."""

from math import log

import pytest
from diagnoses import said_of, told, ways

from gkstats.checks.slips import (
    ADDED,
    DIGIT,
    LOST,
    MOVED,
    SUMMED,
    SWAPPED,
    TRANSPOSED,
    ZERO,
    explained,
    rarity,
    slip_of,
)


@pytest.mark.parametrize(
    ("printed", "due", "slip"),
    [
        (21, 12, TRANSPOSED), (1324, 1234, TRANSPOSED), (0, 7, ZERO), (0, 120, ZERO), (3, 30, LOST), (13, 103, LOST),
        (300, 30, ADDED), (103, 13, ADDED), (17, 11, DIGIT), (8, 3, DIGIT), (45, 120, ""), (321, 123, ""),
        (12, 34, ""), (12, 21, TRANSPOSED), (1243, 1234, TRANSPOSED), (2143, 1234, ""),
    ],
)  # fmt: skip
def test_a_slip_is_named(printed, due, slip):
    assert slip_of(printed, due)[0] == slip


@pytest.mark.parametrize(
    ("place", "printed", "slip"),
    [
        ("received/total", 8, SUMMED),  # 5 + 2 = 7
        ("results.total/natural_person", 6, SUMMED),  # 3 + 1 + 1 = 5
        ("results.total/total", 5, SUMMED),
        ("received/natural_person", 6, DIGIT),  # the same step in a figure that nobody added up
    ],
)
def test_only_what_is_added_up_may_be_added_up_wrongly(place, printed, slip):
    (said,) = said_of({f"applications/{place}": printed})
    assert [repair.slip for repair in said.explanations[0].repairs] == [slip]


@pytest.mark.parametrize(
    ("received", "slips"),
    [
        ([2, 5, 0, 0, 0, 0, 7], {"natural_person": SWAPPED, "commercial": SWAPPED}),
        ([4, 5, 0, 0, 0, 0, 7], {"natural_person": DIGIT, "commercial": DIGIT}),  # one of the figures, not the other
        ([2, 7, 0, 0, 0, 0, 7], {"natural_person": DIGIT, "commercial": DIGIT}),
        ([0, 2, 5, 0, 0, 0, 7], {"natural_person": ZERO, "research": DIGIT}),  # not side by side
    ],
)  # fmt: skip
def test_only_neighbours_that_have_each_the_others_figure_are_exchanged(received, slips):
    (said,) = said_of({"applications/received": received})
    found = [{repair.cell.column: repair.slip for repair in each.repairs if repair.cell.row == "received"}
             for each in said.explanations]  # fmt: skip
    assert slips in found


def test_a_figure_may_have_moved_to_either_side():
    (said,) = said_of({"applications/results.granted_in_part": [1, 0, 0, 0, 0, 0, 1]})  # of business
    assert [repair[1:] for repair in said.explanations[0].repairs] == [(1, 0, MOVED), (0, 1, MOVED)]


@pytest.mark.parametrize(
    ("due", "printed", "slips"),
    [
        ([1, 2, 1, 0, 0, 0, 4], [2, 1, 2, 0, 0, 0, 4], [SWAPPED, SWAPPED, DIGIT]),
        ([0, 2, 0, 0, 0, 0, 2], [2, 0, 2, 0, 0, 0, 2], [MOVED, MOVED, DIGIT]),
    ],
)
def test_a_figure_is_exchanged_with_one_neighbour_only(due, printed, slips):
    outside = {"applications/received": due, "applications/carried_in": [0] * 7, "applications/carried_out": due,
               "applications/results.total": [0] * 7, "applications/results.granted": [0] * 7,
               "applications/results.granted_in_part": [0] * 7, "applications/results.refused.state_secret": [0] * 7,
               "applications/results.not_available.not_held": [0] * 7}  # fmt: skip
    assert said_of(outside) == ()
    (said,) = said_of(outside | {"applications/received": printed})
    assert [repair.slip for repair in said.explanations[0].repairs] == slips


@pytest.mark.parametrize(
    ("printed", "due", "ways_to_err"),
    [
        (0, 17, 1),  # left at nought
        (71, 17, 2),  # two places
        (11, 17, 18),  # nine other digits in each of two places
        (17, 170, 3),  # one of three digits lost
        (170, 17, 30),  # ten digits in each of three places
        (17, 250, 10_000),  # no slip that has a name
    ],
)
def test_of_all_that_one_kind_of_slip_can_make_of_a_figure_each_is_as_likely(printed, due, ways_to_err):
    """And each of the six kinds is as likely as the others."""
    assert slip_of(printed, due)[1] == pytest.approx(log(6 * ways_to_err))


@pytest.mark.parametrize(
    ("printed", "due", "slip"),
    [
        (8, 7, SUMMED),
        (9, 7, SUMMED),  # a sum is wrong by little rather than a digit, of which there are nine
        (10, 7, SUMMED),
        (17, 27, DIGIT),
        (3, 30, LOST),
        (0, 1, ZERO),
    ],
)
def test_a_total_was_added_up_wrongly_if_it_is_off_by_little(printed, due, slip):
    """That is taken to be as unlikely as the square of what it is off by."""
    assert slip_of(printed, due, total=True)[0] == slip


def test_a_sum_off_by_three_is_nine_times_as_unlikely_as_off_by_one():
    one, three = (slip_of(printed, 100, total=True)[1] for printed in (101, 103))
    assert three - one == pytest.approx(log(9)) and one == pytest.approx(log(6) + 0.5)


def test_figures_are_the_rarer_the_larger():
    assert rarity(0) == 0 and rarity(99) == pytest.approx(1.5 * log(100))


def test_the_cost_of_an_explanation_is_how_unlikely_it_is():
    """Six kinds of slip; one of 175 cells; of a wrong digit, nine others; of an exchange, four neighbours. Figures are
    the rarer the larger: their chance goes with the power of 1.5."""
    (said,) = said_of({"applications/received/natural_person": 6})  # 5 is due
    assert said.explanations[0].cost == pytest.approx(log(6) + log(9) + log(175) + 1.5 * log(6 / 7))
    (said,) = said_of({"applications/received": [2, 5, 0, 0, 0, 0, 7]})
    assert said.explanations[0].cost == pytest.approx(log(6) + log(4) + log(175))


def test_a_total_is_no_rarer_for_being_large():
    (said,) = said_of({"disputes/review": [12, 1, 1, 0, 4]})
    assert [each.repairs[0][1:] for each in said.explanations[:2]] == [(4, 14, LOST), (12, 2, ADDED)]


def test_an_exchange_is_likelier_than_two_slips_that_look_the_same():
    figures = {"applications/received": [2, 1, 0, 0, 0, 0, 3], "applications/carried_in": [3, 0, 0, 0, 0, 0, 3],
               "applications/results.total": [3, 1, 0, 0, 0, 0, 4], "applications/carried_out": [1, 1, 0, 0, 0, 0, 2],
               "applications/results.granted": [1, 0, 0, 0, 0, 0, 1]}  # fmt: skip
    (said,) = said_of(figures)
    assert ways({"carried_in/natural_person": 2, "carried_in/commercial": 1}) <= told(said)
    assert {repair.slip for repair in said.explanations[0].repairs} == {SWAPPED}


def test_the_cells_that_several_explanations_name_are_told_once_each():
    (said,) = said_of({"disputes/review/total": 5})
    cells = explained([*said.explanations, *said.explanations])
    assert sorted(cell.column for cell in cells) == ["corrected", "other", "pending", "total", "upheld"]
