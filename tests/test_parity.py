"""What the relations of a form can tell of wrong figures, and what they cannot: the theorems."""

import random
from itertools import combinations

import numpy as np
import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report, a_report
from diagnoses import applications, forms, matrix, told
from documents import random_report

from gkstats.checks.localise import fills, localise
from gkstats.checks.parity import distance, distance_of, eliminate, is_count, parts, pivot_for
from gkstats.checks.slips import MOVED
from gkstats.forms import FORM_2021
from gkstats.schema import Cell

# -- the rules themselves


@pytest.mark.parametrize(
    ("form", "rules", "rank"), list(zip(FORMS_SEEN, (39, 37, 37), (37, 35, 35), strict=True)), ids=FORM_NAMES
)
def test_two_of_the_relations_of_table_three_follow_from_the_others(form, rules, rank):
    own = applications(form).matrix
    assert own.shape == (rules, 175 if form is FORM_2021 else 161)
    assert np.linalg.matrix_rank(own) == rank
    assert np.linalg.matrix_rank(matrix(form)) == rank + 3  # and one relation for each block of table 四


@forms
def test_the_relations_that_follow_from_others_are_a_balance_and_a_sum_of_the_total_column(form):
    """The total column adds up if all other columns and all rows do: its two relations say nothing new."""
    rules = form.relations
    implied = [n for n, r in enumerate(rules) if r.table == "applications" and r.place == "总计列"]
    assert [rules[number].rule for number in implied] == ["T3.1", "T3.2"]
    others = np.delete(matrix(form), implied, axis=0)
    assert np.linalg.matrix_rank(others) == np.linalg.matrix_rank(matrix(form)) == len(others)


@forms
def test_no_relation_contradicts_another(form):
    """All hold for a report that is not all zeros, and each can be broken while a report of zeros breaks none."""
    report = a_balanced_report(form=form)
    assert not (matrix(form) @ np.nan_to_num(report.vector)).any()
    assert matrix(form).any(axis=1).all()


@forms
def test_a_form_falls_into_table_three_and_the_blocks_of_table_four(form):
    tables = [{form.cells[cell].table for cell in part.cells} for part in parts(form)]
    assert tables == [{"applications"}, {"disputes"}, {"disputes"}, {"disputes"}]
    assert [len(part.cells) for part in parts(form)][1:] == [5, 5, 5]


@forms
def test_whatever_is_eliminated_the_relations_stay_noughts_and_ones(form):
    """So a pivot is one or minus one, and a value is found without dividing."""
    rng = random.Random(17)
    for part in (part for part in parts(form) for _ in range(8)):
        rows, usable = part.matrix, np.ones(len(part.matrix), dtype=bool)
        while usable.any() and rows[usable].any():
            cell = rng.choice(np.flatnonzero(rows[usable].any(axis=0)).tolist())
            rows, usable = eliminate(rows, usable, cell, pivot_for(rows, usable, cell))
            assert np.isin(rows, (-1, 0, 1)).all()


# -- what any number of wrong cells leaves to be seen


@forms
def test_any_two_cells_of_table_three_leave_different_traces_and_so_do_any_one_and_two(form):
    assert distance(form, 0) == 4


@pytest.mark.parametrize(
    ("matrix", "distance"),
    [
        ([[1, 1]], 2),
        ([[1, -1, 0], [0, 0, 1]], 2),
        ([[1, 2, 0], [1, 2, 1]], 2),  # twice as much
        ([[1, 0, 1], [0, 1, 1]], 3),  # the third as the first and the second together
        ([[1, 0, 1], [0, 1, -1]], 3),
        ([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]], 4),
        ([[1, 0], [0, 1]], 4),
    ],
)
def test_sets_of_cells_are_told_apart_up_to_the_fewest_whose_columns_add_up_to_nought(matrix, distance):
    assert distance_of(np.array(matrix)) == distance


@pytest.mark.slow
@forms
def test_any_three_cells_of_table_three_are_independent(form):
    """All triples, by another way than ``distance``: modulo a prime, each pair of columns spans a plane that holds no
    third column. With 175 columns there are 877,975 of them."""
    columns = applications(form).matrix
    count = columns.shape[1]
    triples = np.array(list(combinations(range(count), 3)))
    assert len(triples) == (877_975 if form is FORM_2021 else 682_640)
    rng = np.random.default_rng(1)
    projection = rng.integers(-1000, 1000, (3, len(columns))) @ columns  # independent after it means independent before
    a, b, c = (projection[:, triples[:, each]] for each in range(3))
    volumes = (np.cross(a.T, b.T) * c.T).sum(axis=1)
    flat = triples[volumes == 0]
    assert all(np.linalg.matrix_rank(columns[:, triple]) == 3 for triple in flat)


@forms
def test_three_or_fewer_wrong_cells_never_go_unnoticed(form):
    """By the distance; here on random cells and changes."""
    rng = np.random.default_rng(2)
    own = applications(form)
    for _ in range(300):
        change = np.zeros(len(own.cells), dtype=int)
        cells = rng.choice(len(own.cells), rng.integers(1, 4), replace=False)
        change[cells] = rng.choice((-5, -1, 1, 2), len(cells))
        assert (own.matrix @ change).any()


@forms
def test_any_one_wrong_cell_of_table_three_is_located_and_its_right_value_known(form):
    true = random_report(5, form).vector
    for position in applications(form).cells:
        for wrong in (0, true[position] + 1, true[position] + 37, true[position] // 10):
            if wrong == true[position]:
                continue
            vector = true.copy()
            vector[position] = wrong
            (said,) = localise(form, vector)
            (only,) = said.explanations
            (repair,) = only.repairs
            assert (repair.cell, repair.printed, repair.due) == (form.cells[position], wrong, true[position])
            assert said.limit == 2


@forms
def test_three_blanks_anywhere_in_table_three_can_be_filled(form):
    rng, true = random.Random(3), random_report(6, form).vector
    cells = applications(form).cells.tolist()
    for _ in range(150):
        blanks = rng.sample(cells, 3)
        vector = true.copy()
        vector[blanks] = np.nan
        assert fills(form, vector) == {form.cells[position]: true[position] for position in blanks}


@forms
def test_of_any_number_of_blanks_only_those_that_the_relations_leave_one_value_are_filled(form):
    rng, true = random.Random(4), random_report(7, form).vector
    cells = applications(form).cells.tolist()
    rows = matrix(form)
    for count in (4, 10, 40, 90, len(cells)):
        blanks = rng.sample(cells, count)
        vector = true.copy()
        vector[blanks] = np.nan
        # a blank is determined if no way of changing the blanks that the relations allow changes it
        _, values, ways = np.linalg.svd(rows[:, blanks].astype(float))
        free = ways[np.count_nonzero(values > 1e-9) :]
        fixed = [position for position, way in zip(blanks, free.T, strict=True) if np.abs(way).max(initial=0) < 1e-9]
        assert fills(form, vector) == {form.cells[position]: true[position] for position in fixed}


def test_one_wrong_figure_of_a_block_of_table_four_leaves_every_other_a_suspect():
    report = a_balanced_report({"disputes/review/total": 5})
    (said,) = localise(report.form, report.vector)
    assert distance(report.form, len(report.form.relations) - 1) == 2
    assert {(each.repairs[0].cell.column, each.repairs[0].due) for each in said.explanations} == {
        ("upheld", 2), ("corrected", 2), ("other", 1), ("pending", 3), ("total", 4),
    }  # fmt: skip


# -- what looks alike, and what cannot be seen at all


@forms
def test_what_no_relation_sees_in_four_cells_is_a_rectangle_and_nothing_else(form):
    """Every set of four cells that can change unseen, found without knowing what it looks like: two eliminated, two
    of the others proportional. So two wrong cells look like two others exactly if they are half a rectangle."""
    own = applications(form).matrix
    count = own.shape[1]
    found = set()
    usable = np.ones(len(own), dtype=bool)
    for a in range(count):
        rows, left = eliminate(own, usable, a, pivot_for(own, usable, a))
        for b in range(a + 1, count):
            pivot = pivot_for(rows, left, b)
            reduced, kept = eliminate(rows, left, b, pivot)
            columns = reduced[kept][:, b + 1 :]
            signs = np.sign(columns[(columns != 0).argmax(axis=0), np.arange(columns.shape[1])])
            keys: dict[bytes, list[int]] = {}
            columns = columns * signs // np.gcd.reduce(columns, axis=0)
            for offset, column in enumerate(columns.T):
                keys.setdefault(column.tobytes(), []).append(b + 1 + offset)
            found |= {(a, b, *pair) for same in keys.values() for pair in combinations(same, 2)}
    width = 7
    rectangles = set()
    height = count // width
    outside = {0, 1, height - 1}  # 新收, 上年结转, 结转下年度
    total = height - 2
    for r, s in combinations(range(height), 2):
        if total not in (r, s) and (r in outside) == (s in outside):
            for c, d in combinations(range(width), 2):
                rectangles.add((r * width + c, r * width + d, s * width + c, s * width + d))
    assert found == rectangles
    # pairs of two results, and of the three rows outside them, times the pairs of columns
    assert len(rectangles) == {25: 210 + 3, 23: 171 + 3}[height] * 21


@forms
def test_a_full_rectangle_is_silent(form):
    report = random_report(8, form)
    vector = report.vector.copy()
    for row, column, step in (
        ("results.granted", "natural_person", 1), ("results.granted", "research", -1),
        ("results.granted_in_part", "natural_person", -1), ("results.granted_in_part", "research", 1),
    ):  # fmt: skip
        vector[form.index[Cell("applications", row, column)]] += 100 + step
    balanced = vector.copy()
    for row in ("results.granted", "results.granted_in_part"):
        for column in ("natural_person", "research"):
            balanced[form.index[Cell("applications", row, column)]] -= 100
    assert localise(form, balanced) == ()
    assert (balanced != report.vector).sum() == 4


@forms
def test_half_a_rectangle_has_every_other_half_as_a_suspect_but_the_neighbours_first(form):
    report = a_report({"applications/results.granted": [9, 0, 0, 0, 0, 0, 9],
                       "applications/results.refused.state_secret": [0, 9, 0, 0, 0, 0, 9],
                       "applications/results.total": [9, 9, 0, 0, 0, 0, 18],
                       "applications/received": [9, 9, 0, 0, 0, 0, 18]}, form=form)  # fmt: skip
    vector = report.vector.copy()
    for column, figure in (("natural_person", 0), ("commercial", 9)):
        vector[form.index[Cell("applications", "results.granted", column)]] = figure
    (said,) = localise(form, vector)
    assert len(said.explanations) == len(told(said)) > 1  # the shift by one is the exchange, and not told again
    first = {repair.cell.row: repair.slip for repair in said.explanations[0].repairs}
    assert first == {"results.granted": MOVED}


@forms
def test_two_exchanged_columns_are_silent_unless_one_is_the_total(form):
    """15 of the 21 pairs, so about 138 of 200 exchanges at random, leave no trace."""
    report = random_report(9, form)
    own = applications(form)
    table = report.vector[own.cells].reshape(-1, 7)
    silent = []
    for a, b in combinations(range(7), 2):
        exchanged = table.copy()
        exchanged[:, [a, b]] = exchanged[:, [b, a]]
        if not (own.matrix @ exchanged.ravel()).any():
            silent.append((a, b))
    assert silent == list(combinations(range(6), 2))


def test_a_count_is_a_whole_number_that_is_not_negative_and_that_a_float_can_hold():
    figures = np.array([0, 7, 2**50 - 1, 2**50, -1, 0.5, np.nan, np.inf])
    assert is_count(figures).tolist() == [True, True, True, False, False, False, False, False]


def test_a_cell_is_eliminated_by_the_shortest_relation_that_holds_it():
    rows = np.array([[1, 1, 1, 0], [1, 0, 0, -1], [0, 1, 0, 0]])
    every = np.ones(3, dtype=bool)
    assert [pivot_for(rows, every, cell) for cell in range(4)] == [1, 2, 0, 1]
    assert pivot_for(rows, np.array([True, False, True]), 0) == 0
    assert pivot_for(rows, np.array([True, False, True]), 3) is None
