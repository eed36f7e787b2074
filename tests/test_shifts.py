"""A row, a column or the rest of a table out of place by one: put back, told where it began, or left alone."""

from math import log

import numpy as np
import pytest
from builders import a_balanced_report
from diagnoses import forms, grid_of, repaired, said_of, said_of_grid, told, ways
from documents import random_report

from gkstats.checks.slips import SWAPPED


@forms
@pytest.mark.parametrize("damage", ["row on", "row back", "column on", "column back", "lost"])
def test_what_is_out_of_place_is_put_back(form, damage):
    report = random_report(15, form)
    grid = grid_of(report).copy()
    row, column = list(report.form.table["applications"].row).index("results.total"), 0
    if damage == "row on":
        grid[row] = [0, *grid[row, :-1]]
    elif damage == "row back":
        grid[row] = [*grid[row, 1:], 0]
    elif damage == "column on":
        grid[:, column] = [0, *grid[:-1, column]]
    elif damage == "column back":
        grid[:, column] = [*grid[1:, column], 0]
    else:
        flat = grid.ravel()
        grid = np.array([*flat[:30], *flat[31:], np.nan]).reshape(grid.shape)
    vector, said = said_of_grid(report, grid)
    (only,) = said
    assert only.explanations[0].damage
    assert [repair.printed for repair in only.explanations[0].repairs].count(None) == (damage == "lost")
    assert (repaired(form, vector, said) == report.vector).all()


def put_in(figures, figure, at):
    """Some figures with one more at a place, or less the one that is there."""
    return [*figures[:at], *figures[at + 1 :], 0] if figure is None else [*figures[:at], figure, *figures[at:-1]]


@pytest.mark.parametrize(
    ("figure", "at", "words"),
    [
        (8, 2, "自然人列疑似在“（一）予以公开”处多了一个数，其后各数依次后移一格，最后一个数（应为 1）被挤掉"),
        (None, 1, "自然人列疑似在“二、上年结转政府信息公开申请数量”处漏了一个数（应为 1），其后各数依次前移一格"),
    ],
)  # fmt: skip
def test_what_is_out_of_place_in_a_column_is_told_with_its_row(figure, at, words):
    report = a_balanced_report()
    grid = grid_of(report).copy()
    grid[:, 0] = put_in(grid[:, 0].tolist(), figure, at)
    assert [each.explanations[0].damage for each in said_of_grid(report, grid)[1]] == [words]


@pytest.mark.parametrize(
    ("figure", "at", "words"),
    [
        (8, 0, "疑似在“（七）总计”行“自然人”处多了一个数，其后各数依次后移一格，最后一个数（应为 2）被挤掉"),
        (None, 1, "疑似在“（七）总计”行“商业企业”处漏了一个数（应为 1），其后各数依次前移一格"),
    ],
)
def test_what_is_out_of_place_in_the_rest_of_the_table_is_told_with_its_row_and_column(figure, at, words):
    report = a_balanced_report()
    figures = np.array(put_in(grid_of(report).ravel().tolist(), figure, 23 * 7 + at))
    assert [each.explanations[0].damage for each in said_of_grid(report, figures)[1]] == [words]


def test_the_cost_of_a_shift_counts_the_ways_to_shift_and_asks_for_a_figure_put_there_by_somebody():
    """175 places of rows, of columns and of the whole table, a figure lost or one too many: 1050 ways."""
    printed = ([0, 5, 1, 0, 0, 0, 0], [1, 5, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 6, 0], [1, 0, 0, 0, 0, 6, 1])
    on, pushed_by_one, back, filled_with_one = (
        said_of({"applications/results.total": row})[0].explanations[0]
        for row in printed  # 5, 1, 0, 0, 0, 0, 6 are due
    )
    assert all(len(each.repairs) == 4 for each in (on, pushed_by_one, back, filled_with_one))
    for nothing, figure in ((on, pushed_by_one), (back, filled_with_one)):
        assert nothing.cost == pytest.approx(log(1050) + 0.004, abs=1e-9)
        assert figure.cost == pytest.approx(log(1050) + log(10_000) + 0.004, abs=1e-9)
    assert [repair.printed for repair in filled_with_one.repairs] == [1, 0, 6, 1]


def test_a_table_with_a_figure_that_is_no_count_is_not_put_back_by_a_shift():
    figures = {"applications/carried_in": [1, 0, 0, 0, 0, -1, 0], "applications/carried_out": [1, 1, 0, 0, 0, -1, 1]}
    assert said_of(figures) == ()
    (said,) = said_of(figures | {"applications/results.total": [0, 5, 1, 0, 0, 0, 0]})
    assert not [each.damage for each in said.explanations if each.damage]


@forms
def test_figures_of_no_sense_are_met_with_silence(form):
    report = random_report(16, form)
    grid = np.random.default_rng(16).integers(0, 50, grid_of(report).shape).astype(float)
    _, (said,) = said_of_grid(report, grid)
    assert said.explanations == ()


def test_three_figures_one_place_on_are_one_slip_and_not_three():
    balanced = {"applications/received": [5, 2, 0, 0, 2, 3, 12], "applications/carried_out": [1, 1, 0, 0, 2, 3, 7]}
    assert said_of(balanced) == ()
    (said,) = said_of(balanced | {"applications/carried_out": [1, 1, 0, 0, 0, 2, 3]})
    right = {"carried_out/legal_service": 2, "carried_out/other": 3, "carried_out/total": 7}
    assert [
        bool(each.damage) for each in said.explanations if told(said._replace(explanations=(each,))) == ways(right)
    ] == [True]


def test_a_shift_and_the_sets_of_three_cells_that_look_like_it_are_told_once_each():
    (said,) = said_of({"applications/results.refused.state_secret": [0, 1, 0, 0, 0, 0, 0]})
    assert said.explanations[0].damage and len(said.explanations) == len(told(said)) > 1


def test_two_figures_one_place_on_are_two_wrong_cells_and_not_told_again_as_a_shift():
    balanced = {"applications/received": [5, 2, 0, 0, 2, 3, 12], "applications/carried_out": [1, 1, 0, 0, 2, 3, 7]}
    (said,) = said_of(balanced | {"applications/carried_out": [1, 1, 0, 0, 2, 0, 3]})
    assert len(said.explanations) == 1 and told(said) == ways({"carried_out/other": 3, "carried_out/total": 7})


def test_exchanged_neighbours_in_table_four_are_among_the_suspects():
    (said,) = said_of({"disputes/review": [1, 1, 0, 4, 2]})
    assert {SWAPPED} in [{repair.slip for repair in each.repairs} for each in said.explanations]


def test_figures_of_table_four_that_are_not_side_by_side_are_not_exchanged():
    (said,) = said_of({"disputes/review": [4, 1, 0, 2, 1]})  # 1 + 1 + 0 + 2 = 4 with the first and the last exchanged
    assert {len(each.repairs) for each in said.explanations} == {1}
