"""What the relations of a form can tell of wrong figures: the theorems, and what is said of errors planted by hand."""

import random
from itertools import combinations, product
from math import log

import numpy as np
import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report, a_report
from documents import random_report

from gkstats.checks import FAIL, examine
from gkstats.checks.balances import system_of
from gkstats.checks.localise import fills, localise
from gkstats.checks.parity import distance, distance_of, eliminate, is_count, part_of, parts, pivot_for
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
from gkstats.forms import FORM_2021
from gkstats.schema import Cell

forms = pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)


def applications(form):
    """The system of table 三."""
    return part_of(form, 0)


def matrix(form):
    return system_of(form).matrix[: len(form.relations)].toarray().astype(int)


def repaired(form, vector, said):
    """The figures as the first explanations would have them."""
    vector = vector.copy()
    for each in said:
        for repair in each.explanations[0].repairs:
            vector[form.index[repair.cell]] = repair.due
    return vector


def told(diagnosis):
    """The explanations as sets of what is repaired: {(row, column): the right value}."""
    return {
        frozenset(((repair.cell.row, repair.cell.column), repair.due) for repair in each.repairs)
        for each in diagnosis.explanations
    }


def ways(*repairs):
    """Explanations in the form of ``told``, from "row/column" and the right values."""
    return {frozenset((tuple(place.split("/")), due) for place, due in each.items()) for each in repairs}


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


# -- errors planted by hand


def said_of(figures, **more):
    report = a_balanced_report(figures, **more)
    return localise(report.form, report.vector)


def test_a_balanced_report_has_nothing_to_locate():
    assert said_of({}) == ()


def test_two_errors_that_have_nothing_to_do_with_each_other_are_two_diagnoses():
    said = said_of({"applications/received/natural_person": 9, "applications/carried_out/research": 3})
    assert [[repair.cell.row for repair in each.explanations[0].repairs] for each in said] == [
        ["received"],
        ["carried_out"],
    ]
    assert all(len(each.explanations) == 1 for each in said)


def test_two_errors_in_one_column_are_one_diagnosis():
    (said,) = said_of({"applications/received/natural_person": 8, "applications/carried_out/natural_person": 9})
    assert {(r.cell.row, r.due) for r in said.explanations[0].repairs} == {("received", 5), ("carried_out", 1)}


def test_an_error_in_each_table_is_located_in_each():
    said = said_of({"applications/results.total/total": 60, "disputes/suit_direct": [1, 0, 0, 1, 20]})
    assert [each.explanations[0].repairs[0].due for each in said] == [6, 2]


def test_a_repair_is_never_negative():
    for figures in ({"disputes/review": [0, 0, 0, 0, 9]}, {"disputes/review": [9, 0, 0, 0, 0]}):
        for said in said_of(figures):
            assert all(repair.due >= 0 for each in said.explanations for repair in each.repairs)
            assert len(said.explanations) == (5 if figures["disputes/review"][4] else 2)


def test_where_the_only_cell_would_be_negative_three_others_are_the_suspects():
    """The first column shows 2 too many for natural persons, in a row and a column where that figure is 0 already: no
    repair of it. Any other way is the three other corners of a rectangle, in rows and columns that have 2 to give."""
    balanced = {
        "applications/received": [7, 7, 0, 0, 0, 0, 14],
        "applications/carried_in": [0, 0, 0, 0, 0, 0, 0],
        "applications/results.granted": [0, 5, 0, 0, 0, 0, 5],
        "applications/results.granted_in_part": [5, 0, 0, 0, 0, 0, 5],
        "applications/results.refused.state_secret": [0, 0, 0, 0, 0, 0, 0],
        "applications/results.not_available.not_held": [0, 0, 0, 0, 0, 0, 0],
        "applications/results.total": [5, 5, 0, 0, 0, 0, 10],
        "applications/carried_out": [2, 2, 0, 0, 0, 0, 4],
    }
    assert said_of(balanced) == ()
    (said,) = said_of(balanced | {"applications/results.granted": [0, 5, 0, 0, 0, 0, 3],
                                  "applications/results.total": [3, 5, 0, 0, 0, 0, 8],
                                  "applications/received": [5, 7, 0, 0, 0, 0, 12]})  # fmt: skip
    granted, part = "results.granted", "results.granted_in_part"
    corners = ways(
        {f"{granted}/commercial": 3, f"{part}/natural_person": 3, f"{part}/commercial": 2},
        {f"{granted}/total": 5, f"{part}/natural_person": 3, f"{part}/total": 3},
    )
    assert corners <= told(said)
    assert all(len(each) == 3 for each in told(said))


def test_a_cell_whose_own_relations_have_blanks_is_blamed_by_what_they_say_together():
    """5 business applications are received where 2 are due. Its row has a blank in the first column, its column one in
    the second row: only row less column tells. The other corner of that rectangle looks the same."""
    (said,) = said_of({
        "applications/received/natural_person": None,
        "applications/carried_in/commercial": None,
        "applications/received/commercial": 5,
        "applications/carried_out/research": 3,
    })  # fmt: skip
    assert told(said) == ways(
        {"received/commercial": 2, "carried_out/research": 0},
        {"carried_in/natural_person": 4, "carried_out/research": 0},
    )


def test_the_cells_of_an_explanation_stand_in_the_order_of_the_form():
    """Whichever of them was found first: here the first in one report and the last in the other."""
    for hidden, blanks, other in (
        ("received/commercial", ("received/natural_person", "carried_in/commercial"), "carried_out/research"),
        ("carried_out/commercial", ("carried_out/natural_person", "carried_in/commercial"), "received/research"),
    ):
        figures = {f"applications/{hidden}": 5, f"applications/{other}": 3}
        (said,) = said_of(figures | {f"applications/{blank}": None for blank in blanks})
        for each in said.explanations:
            numbers = [FORM_2021.index[repair.cell] for repair in each.repairs]
            assert len(numbers) == 2 and numbers == sorted(numbers)


def can_be_filled(form, vector):
    """Whether some figures in its blanks make all relations hold."""
    blank = np.isnan(vector)
    left_over = matrix(form) @ np.nan_to_num(vector)
    columns = matrix(form)[:, blank]
    return np.allclose(columns @ np.linalg.lstsq(columns, left_over, rcond=None)[0], left_over)


@forms
def test_with_blanks_too_every_explanation_mends_what_can_be_told(form):
    rng = random.Random(18)
    own = applications(form)
    for seed in range(60):
        vector = random_report(seed, form).vector.copy()
        block = [row * 7 + column for row in rng.sample(range(len(own.cells) // 7), 2) for column in range(7)]
        *blanks, a, b = own.cells[rng.sample(block, 5)].tolist()
        vector[blanks] = np.nan
        vector[[a, b]] += rng.sample((1, 2, 3), 2)
        said = localise(form, vector)
        if said and all(each.explanations for each in said):
            for way in list(product(*(each.explanations for each in said)))[:20]:
                assert can_be_filled(form, repaired_by(form, vector, way))


@forms
def test_a_cell_that_would_leave_no_figure_for_a_blank_is_no_explanation(form):
    """One application of others too many, also in the total of its row. Among the totals of results the same step
    would mend all that is known, but then the first row would ask for another figure in its blank than the column."""
    row = "results.not_available.not_held"
    balanced = {f"applications/{row}": [0, 0, 0, 0, 0, 1, 1], "applications/results.total": [4, 1, 0, 0, 0, 1, 6],
                "applications/received": [4, 2, 0, 0, 0, 1, 7]}  # fmt: skip
    assert said_of(balanced, form=form) == ()
    printed = {f"applications/{row}": [0, 0, 0, 0, 0, 2, 2], "applications/results.granted/total": None,
               "applications/received": [4, 2, 0, 0, 0, None, 7]}  # fmt: skip
    (said,) = said_of(balanced | printed, form=form)
    assert ways({f"{row}/other": 1, f"{row}/total": 1}) <= told(said)
    assert not ways({"results.total/other": 2, "results.total/total": 7}) & told(said)
    report = a_balanced_report(balanced | printed, form=form)
    assert all(can_be_filled(form, repaired_by(form, report.vector, [way])) for way in said.explanations)


@forms
def test_a_cell_that_stands_in_all_broken_relations_but_mends_only_some_is_no_explanation(form):
    unclear, out = "applications/results.not_available.still_unclear", "applications/carried_out"
    balanced = {"applications/received": [5, 2, 0, 3, 4, 5, 19], "applications/carried_in": [1, 0, 0, 0, 2, 0, 3],
                unclear: [0, 0, 0, 2, 1, 1, 4], "applications/results.total": [5, 1, 0, 2, 1, 1, 10],
                out: [1, 1, 0, 1, 5, 4, 12]}  # fmt: skip
    assert said_of(balanced, form=form) == ()
    printed = {unclear: [0, 0, 0, 1, 2, None, 4], out: [1, 1, 0, None, 3, None, 12]}
    report = a_balanced_report(balanced | printed, form=form)
    (said,) = localise(form, report.vector)
    row = "results.not_available.still_unclear"
    assert ways({f"{row}/nonprofit": 2, f"{row}/legal_service": 1, "carried_out/legal_service": 5}) <= told(said)
    assert all(can_be_filled(form, repaired_by(form, report.vector, [way])) for way in said.explanations)


def test_scattered_errors_beside_a_blank_are_too_many_to_be_named():
    figures = {"received/natural_person": 9, "carried_out/research": 3, "results.granted/nonprofit": 8,
               "results.refused.public_safety/other": 6}  # fmt: skip
    figures = {f"applications/{place}": figure for place, figure in figures.items()}
    assert len(said_of(figures)) == 4
    (said,) = said_of(figures | {"applications/carried_in/legal_service": None})
    assert said.explanations == ()


@forms
def test_three_wrong_cells_at_random_are_among_the_explanations(form):
    rng = random.Random(11)
    for seed in range(15):
        true = random_report(seed, form).vector
        vector = true.copy()
        for position in rng.sample(applications(form).cells.tolist(), 3):
            vector[position] += rng.randrange(1, 50)
        said = localise(form, vector)
        assert said and all(each.explanations for each in said)
        ways = product(*(each.explanations for each in said))
        assert any((repaired_by(form, vector, way) == true).all() for way in ways)


def repaired_by(form, vector, way):
    vector = vector.copy()
    for explanation in way:
        for repair in explanation.repairs:
            vector[form.index[repair.cell]] = repair.due
    return vector


@forms
def test_the_explanations_of_two_cells_are_all_there_are(form):
    """Against trying every pair of cells."""
    own = applications(form)
    half_a_rectangle = {("carried_in", "natural_person"): 1, ("carried_in", "total"): 1}
    for seed, changes in enumerate((half_a_rectangle, {("received", "other"): 40, ("carried_out", "other"): 50})):
        vector = random_report(20 + seed, form).vector.copy()
        for place, step in changes.items():
            vector[form.index[Cell("applications", *place)]] += step
        figures = vector[own.cells].astype(int)
        left_over = own.matrix @ figures
        expected = set()
        for a, b in combinations(range(len(figures)), 2):
            columns = own.matrix[:, [a, b]]
            steps = np.rint(np.linalg.lstsq(columns, -left_over, rcond=None)[0]).astype(int)
            due = figures[[a, b]] + steps
            if not (left_over + columns @ steps).any() and steps.all() and (due >= 0).all():
                expected.add(frozenset(zip((a, b), due.tolist(), strict=True)))
        position = {form.cells[cell]: number for number, cell in enumerate(own.cells)}
        found = {
            frozenset((position[repair.cell], repair.due) for explanation in way for repair in explanation.repairs)
            for way in product(*(each.explanations for each in localise(form, vector)))
        }
        assert {way for way in found if len(way) == 2} == expected and expected
        assert all(len(each.explanations) == len(told(each)) for each in localise(form, vector))


@forms
def test_every_explanation_makes_all_relations_hold(form):
    rng = random.Random(12)
    for seed in range(15):
        vector = random_report(seed, form).vector.copy()
        for position in rng.sample([c for part in parts(form) for c in part.cells.tolist()], rng.randrange(1, 4)):
            vector[position] += rng.randrange(1, 3)
        for way in list(product(*(each.explanations for each in localise(form, vector))))[:50]:
            assert not (matrix(form) @ np.nan_to_num(repaired_by(form, vector, way))).any()


@forms
def test_a_blank_beside_an_error_is_neither_blamed_nor_in_the_way(form):
    true = random_report(13, form).vector
    vector = true.copy()
    wrong = form.index[Cell("applications", "results.granted", "natural_person")]
    vector[wrong] += 8
    vector[form.index[Cell("applications", "received", "research")]] = np.nan
    (said,) = localise(form, vector)
    ((repair,),) = (each.repairs for each in said.explanations)
    assert (repair.cell, repair.due) == (form.cells[wrong], true[wrong])
    assert said.limit == 1


@forms
def test_a_relation_with_a_blank_blames_nobody(form):
    report = a_balanced_report({"disputes/review": [9, None, 0, 0, 4], "applications/received": [None] * 7})
    assert localise(report.form, report.vector) == ()


def test_blanks_and_errors_at_random_are_survived():
    rng = random.Random(14)
    for seed in range(25):
        vector = random_report(seed).vector.copy()
        cells = applications(FORM_2021).cells.tolist()
        for position in rng.sample(cells, rng.choice((5, 40, 120))):
            vector[position] = np.nan
        for position in rng.sample(cells, 2):
            vector[position] += 1
        for said in localise(FORM_2021, vector):
            assert all(repair.due >= 0 for each in said.explanations for repair in each.repairs)
        fills(FORM_2021, vector)


# -- a row, a column or the rest of the table out of place


def grid_of(report):
    return report.vector[applications(report.form).cells].reshape(-1, 7)


def said_of_grid(report, grid):
    vector = report.vector.copy()
    vector[applications(report.form).cells] = grid.ravel()
    return vector, localise(report.form, vector)


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


# -- how people err


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


def test_a_count_is_a_whole_number_that_is_not_negative_and_that_a_float_can_hold():
    figures = np.array([0, 7, 2**50 - 1, 2**50, -1, 0.5, np.nan, np.inf])
    assert is_count(figures).tolist() == [True, True, True, False, False, False, False, False]


def test_a_cell_is_eliminated_by_the_shortest_relation_that_holds_it():
    rows = np.array([[1, 1, 1, 0], [1, 0, 0, -1], [0, 1, 0, 0]])
    every = np.ones(3, dtype=bool)
    assert [pivot_for(rows, every, cell) for cell in range(4)] == [1, 2, 0, 1]
    assert pivot_for(rows, np.array([True, False, True]), 0) == 0
    assert pivot_for(rows, np.array([True, False, True]), 3) is None


def test_the_findings_and_the_diagnoses_speak_of_the_same_relations():
    report = a_balanced_report({"applications/results.total/natural_person": 50, "disputes/review/total": 5})
    failed = {(f.rule, f.cells) for f in examine([report]).findings if f.status == FAIL}
    numbers = [number for each in localise(report.form, report.vector) for number in each.relations]
    relations = [report.form.relations[number] for number in numbers]
    assert {(r.rule, (*r.left, *r.right)) for r in relations} == failed
