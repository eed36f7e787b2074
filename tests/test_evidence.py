"""What speaks for or against a likely wrong figure: findings with their two values, last year's report, the prose."""

import pytest
from builders import a_balanced_report

from gkstats.checks import FAIL, Case, Cause, Finding, causes_of, examine
from gkstats.checks.balances import relation_findings
from gkstats.schema import Cell

WRONG, BESIDE = (
    Cell("applications", "results.total", "natural_person"),
    Cell("applications", "carried_out", "natural_person"),
)
PRINTED = {str(WRONG): 50}  # 5 is due; beside it stands 1


def cause_of(figures, *others: tuple, previous=None, **more) -> Cause:
    """The cause of the balances that break, told with other findings: (cells, found, expected)."""
    report = a_balanced_report(figures, **more)
    balances = [finding for finding in relation_findings([Case(report)]) if finding.status == FAIL]
    said = [Finding(report, "N.1", FAIL, "warning", "另有所说", found=found, expected=expected, cells=cells)
            for cells, found, expected in others]  # fmt: skip
    return next(cause for cause in causes_of(report, [*balances, *said], previous) if cause.severity == "error")


@pytest.mark.parametrize(
    ("cells", "found", "expected", "verdict"),
    [
        ((WRONG,), "5", "50", "（支持）"),  # a sentence says 5, by the tables it should be 50
        ((WRONG,), "5件", "50", "（支持）"),
        ((WRONG,), "50", "5", "（支持）"),  # the tables say 50, another report 5
        ((WRONG,), "9", "50", "（不支持）"),
        ((WRONG,), "50", "9", "（不支持）"),
        ((WRONG,), "5", "50、49", "（支持）"),  # one of several readings
        ((WRONG,), "9", "50、49", "（不支持）"),
        ((WRONG, BESIDE), "50、1", "5、1", "（支持）"),  # cell by cell
        ((WRONG, BESIDE), "50、1", "5、2", "（不支持）"),
        ((WRONG, BESIDE), "6", "51", "（支持）"),  # their sum
        ((WRONG, BESIDE), "7", "51", "（不支持）"),
        ((WRONG,), "48", "3", "（支持）"),  # two sides of a sentence that are 45 apart, as 50 and 5 are
        ((WRONG,), "3", "48", "（支持）"),
        ((WRONG,), "48", "4", ""),
        ((WRONG,), "48、48", "3", ""),
        ((WRONG,), "48", "3、3", ""),
        ((WRONG, BESIDE), "50、9", "5、1", ""),
        ((WRONG,), "50", "5、6", ""),
        ((WRONG,), "50%", "5%", ""),  # no figures of the cell
        ((WRONG,), "50、约5", "5", ""),
        ((WRONG,), "", "", ""),
    ],
)
def test_a_finding_is_for_a_repair_if_it_would_go_away_with_it(cells, found, expected, verdict):
    cause = cause_of(PRINTED, (cells, found, expected))
    assert cause.evidence == (f"N.1 另有所说{verdict}",)
    assert ("N.1" in cause.rules) == (verdict == "（支持）")


def test_a_finding_about_other_cells_is_no_evidence():
    assert cause_of(PRINTED, ((BESIDE,), "50", "5")).evidence == ()


def test_a_finding_about_a_blank_cannot_be_weighed():
    blank = Cell("applications", "received", "research")
    assert cause_of(PRINTED | {str(blank): None}, ((WRONG, blank), "51", "6")).evidence == ("N.1 另有所说",)


# -- several explanations: the total of the disputes is 4, or one of the four parts is one more

TIES = {"disputes/review/total": 5}
UPHELD, OTHER, TOTAL = (Cell("disputes", "review", column) for column in ("upheld", "other", "total"))


def test_the_explanation_a_finding_supports_comes_first_and_is_named_by_its_number():
    for cell, due in ((UPHELD, 2), (OTHER, 1), (TOTAL, 4)):
        printed = 5 if cell == TOTAL else due - 1
        cause = cause_of(TIES, ((cell,), str(due), str(printed)))
        assert [(repair.cell, repair.due) for repair in cause.explanations[0].repairs] == [(cell, due)]
        assert cause.evidence == ("N.1 另有所说（支持第1种）",)


def test_a_finding_that_supports_none_of_the_explanations_is_against_them():
    assert cause_of(TIES, ((TOTAL,), "9", "5")).evidence == ("N.1 另有所说（不支持）",)


def test_a_finding_that_cannot_be_weighed_is_neither_for_nor_against():
    assert cause_of(TIES, ((TOTAL,), "80%", "75%")).evidence == ("N.1 另有所说",)


def test_evidence_is_weighed_for_the_first_three_explanations():
    ranked = [each.repairs[0].cell for each in cause_of(TIES).explanations]
    told = [bool(cause_of(TIES, ((cell,), "80%", "75%")).evidence) for cell in ranked]
    assert told == [True, True, True, False, False]


# -- a row out of place


def test_nothing_is_weighed_for_or_against_a_shift():
    cause = cause_of({"applications/results.total": [0, 5, 1, 0, 0, 0, 0]}, ((WRONG,), "5", "0"))
    assert cause.explanations[0].damage and cause.evidence == ()


# -- last year's report and the prose


def last_year(carried_out):
    return a_balanced_report({"applications/carried_out": carried_out}, year=2023)


def test_last_years_carry_over_says_nothing_of_other_rows():
    assert cause_of(PRINTED, previous=last_year([50, 0, 0, 0, 0, 0, 50])).evidence == ()


def test_last_years_carry_over_says_nothing_where_it_is_a_third_figure():
    """Where it differs from the print a rule of its own says so."""
    carried = {"applications/carried_in/natural_person": 7}
    assert cause_of(carried, previous=last_year([3, 0, 0, 0, 0, 0, 3])).evidence == ()
    assert cause_of(carried, previous=last_year([7, 0, 0, 0, 0, 0, 7])).evidence != ()


def test_last_years_carry_over_is_not_weighed_where_several_explanations_are_as_good():
    """One more carried in, in the row's total as well: so it may be any two rows of the two columns."""
    carried = {"applications/carried_in": [2, 0, 0, 0, 0, 0, 2]}
    cause = cause_of(carried, previous=last_year([2, 0, 0, 0, 0, 0, 2]))
    assert len(cause.explanations) > 1 and cause.explanations[0].repairs[0].cell.row == "carried_in"
    assert cause.evidence == ()


def prose_evidence(figures, text):
    report = a_balanced_report(figures, prose={"overview": text})
    (cause,) = (cause for cause in examine([report]).causes(report) if cause.severity == "error")
    return [line for line in cause.evidence if line.startswith("正文")]


def test_the_prose_is_not_weighed_where_several_explanations_are_as_good():
    assert prose_evidence(TIES, "政府信息公开行政复议结果维持1件。") == []


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "全县新收政府信息公开申请17件。",
            ["正文“全县新收政府信息公开申请17件” = 17（不支持）"],
        ),  # the wrong figure itself
        ("全县办结政府信息公开申请6件。", ["正文“全县办结政府信息公开申请6件” = 6（支持）"]),  # in the same broken rule
        ("政府信息公开行政复议结果维持1件。", []),  # in no rule that breaks
        ("全县新收政府信息公开申请9件。", []),  # does not agree
        ("因政府信息公开被提起行政诉讼4件。", []),  # of two cells
        ("全县新收政府信息公开申请{applications/received/total}件。", []),  # the print itself
        (  # of the other cells those that hold something
            "全县新收政府信息公开申请17件，其中科研机构0件。",
            ["正文“全县新收政府信息公开申请17件” = 17（不支持）"],
        ),
    ],
)
def test_a_sentence_that_agrees_with_the_print_is_for_the_other_cells_and_against_the_wrong_one(text, evidence):
    assert prose_evidence({"applications/received/total": 17}, text) == evidence
