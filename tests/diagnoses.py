"""What the tests of the search for wrong cells ask with: table 三 as a matrix, and explanations as sets."""

import numpy as np
import pytest
from builders import FORM_NAMES, FORMS_SEEN, a_balanced_report

from gkstats.checks.balances import system_of
from gkstats.checks.localise import localise
from gkstats.checks.parity import part_of

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


def said_of(figures, **more):
    report = a_balanced_report(figures, **more)
    return localise(report.form, report.vector)


def repaired_by(form, vector, way):
    vector = vector.copy()
    for explanation in way:
        for repair in explanation.repairs:
            vector[form.index[repair.cell]] = repair.due
    return vector


def can_be_filled(form, vector):
    """Whether some figures in its blanks make all relations hold."""
    blank = np.isnan(vector)
    left_over = matrix(form) @ np.nan_to_num(vector)
    columns = matrix(form)[:, blank]
    return np.allclose(columns @ np.linalg.lstsq(columns, left_over, rcond=None)[0], left_over)


def grid_of(report):
    return report.vector[applications(report.form).cells].reshape(-1, 7)


def said_of_grid(report, grid):
    vector = report.vector.copy()
    vector[applications(report.form).cells] = grid.ravel()
    return vector, localise(report.form, vector)
