"""What is said of errors planted by hand: every explanation there is, each once, and none that mends too little."""

import random
from itertools import combinations, product

import numpy as np
from builders import a_balanced_report
from diagnoses import applications, can_be_filled, forms, matrix, repaired_by, said_of, told, ways
from documents import random_report

from gkstats.checks import FAIL, examine
from gkstats.checks.localise import fills, localise
from gkstats.checks.parity import parts
from gkstats.forms import FORM_2021
from gkstats.schema import Cell


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


def test_the_findings_and_the_diagnoses_speak_of_the_same_relations():
    report = a_balanced_report({"applications/results.total/natural_person": 50, "disputes/review/total": 5})
    failed = {(f.rule, f.cells) for f in examine([report]).findings if f.status == FAIL}
    numbers = [number for each in localise(report.form, report.vector) for number in each.relations]
    relations = [report.form.relations[number] for number in numbers]
    assert {(r.rule, (*r.left, *r.right)) for r in relations} == failed
