"""Section statistics: every formula by hand, what years may be compared, and how values are written."""

import doctest
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from builders import BALANCED, FORM_NAMES, FORMS_SEEN, ONE_ROW_2021, SECTION_TWO, a_balanced_report, a_report

from gkstats import stats
from gkstats.forms import FORM_2019, FORM_2021
from gkstats.params import read
from gkstats.stats import (
    OUTCOMES,
    STATISTICS,
    applications_by_applicant,
    applications_by_result,
    change,
    growth,
    not_comparable,
    refusal_reasons,
    section_statistics,
    shown,
    shown_change,
    worded_change,
    worded_growth,
)

PARAMS = Path(__file__).parent.parent / "params"

SUQIAN_2024 = {
    # section 二, as printed in the report
    "normative_issued": 50,
    "normative_repealed": 227,
    "normative_in_force": 420,
    "normative_net_change": 50 - 227,
    "regulations_issued": 2,
    "regulations_repealed": 1,
    "regulations_in_force": 12,
    "regulations_net_change": 2 - 1,
    "licensing_decisions": 1573179,
    "penalty_decisions": 2676474,
    "coercive_decisions": 29351,
    "fees": Decimal("72701.2578"),
    # section 三
    "received": 3525,
    "carried_in": 121,
    "to_handle": 3646,
    "handled": 3521,
    "carried_out": 125,
    "handling_rate": Fraction(3521, 3525 + 121),
    "carry_over_rate": Fraction(125, 3525 + 121),
    "disclosure_rate": Fraction(1902, 3521),
    "natural_person_share": Fraction(3440, 3525),
    "granted": 1431,
    "granted_share": Fraction(1431, 3521),
    "granted_in_part": 471,
    "granted_in_part_share": Fraction(471, 3521),
    "refused": 2 + 1 + 4 + 17 + 21 + 11 + 23 + 13,
    "refused_share": Fraction(92, 3521),
    "not_available": 897 + 36 + 8,
    "not_available_share": Fraction(941, 3521),
    "not_processed": 87 + 27 + 0 + 3 + 0,
    "not_processed_share": Fraction(117, 3521),
    "closed_otherwise": 77 + 38 + 354,
    "closed_otherwise_share": Fraction(469, 3521),
    # section 四
    "reviews": 170,
    "suits": 25 + 52,
    "disputes": 170 + 25 + 52,
    "review_correction_rate": Fraction(18, 170 - 36),
    "suit_correction_rate": Fraction(0, 77 - 20),
    "correction_rate": Fraction(18, 247 - 56),
    "disputes_per_100_results": Fraction(24700, 3521),
}


@pytest.fixture
def suqian_2024():
    return read(PARAMS / "321300-suqian" / "2024.yaml")


@pytest.fixture
def suqian_2023():
    return read(PARAMS / "321300-suqian" / "2023.yaml")


def test_every_statistic_of_suqian_2024_is_what_the_printed_figures_give(suqian_2024):
    assert {name: stat.of(suqian_2024) for name, stat in STATISTICS.items()} == SUQIAN_2024


def test_statistics_are_exact_until_they_are_printed(suqian_2024):
    for name, value in SUQIAN_2024.items():
        assert type(STATISTICS[name].of(suqian_2024)) is type(value), name


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [
        ("500243-pengshui/2023", "disclosure_rate", Fraction(20 + 3, 31)),
        ("500243-pengshui/2023", "handling_rate", 1),
        ("500243-pengshui/2023", "normative_net_change", 37 - 6),
        ("500243-pengshui/2023", "refused", 4 + 1),
        ("500243-pengshui/2023", "review_correction_rate", None),
        ("500243-pengshui/2023", "suit_correction_rate", 0),
        ("320813-hongze/2024", "disclosure_rate", Fraction(50 + 9, 95)),
        ("320813-hongze/2024", "not_available_share", Fraction(31 + 1, 95)),
        ("320813-hongze/2024", "closed_otherwise", 0),
        ("320813-hongze/2024", "review_correction_rate", Fraction(1, 2)),
        ("320813-hongze/2024", "correction_rate", Fraction(1, 2 + 1 + 3)),
        ("321300-suqian/2023", "disclosure_rate", Fraction(1191 + 328, 3486)),
        ("321300-suqian/2023", "suit_correction_rate", Fraction(1, 24 + 89 - 6 - 9)),
        ("321300-suqian/2023", "disputes_per_100_results", Fraction(100 * (440 + 24 + 89), 3486)),
    ],
)
def test_statistic_of_a_published_report_is(file, name, value):
    assert STATISTICS[name].of(read(PARAMS / f"{file}.yaml")) == value


def test_every_statistic_says_its_formula_unit_and_meaning():
    for stat in STATISTICS.values():
        assert stat.label and stat.formula and stat.meaning, stat.name
        assert stat.unit in ("件", "万元", "%", "件/百件"), stat.name
        assert stat.section in FORM_2021.section, stat.name


def test_every_statistic_has_a_docstring_with_its_unit():
    unit = {"件": ("documents", "applications", "cases", "in 件"), "万元": ("万元",), "%": ("a share",)}
    for stat in STATISTICS.values():
        words = unit.get(stat.unit, ("per hundred",))
        assert any(word in (stat.function.__doc__ or "") for word in words), stat.name


def test_every_statistic_names_places_of_the_form_in_force():
    assert [stat.name for stat in STATISTICS.values() if not stat.applies_to(FORM_2021)] == []


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_no_statistic_of_an_empty_year_is_a_number_it_cannot_be(form):
    nothing = a_report(form=form)
    for stat in STATISTICS.values():
        expected = None if stat.unit in ("%", "件/百件") or not stat.applies_to(form) else 0
        assert stat.of(nothing) == expected, stat.name


def test_a_zero_denominator_is_shown_as_a_dash():
    assert {shown(stat.of(a_report()), stat.unit) for stat in STATISTICS.values()} == {"0", "—"}


def test_reviews_that_are_all_pending_have_no_correction_rate():
    report = a_report({"disputes/review": [0, 0, 0, 3, 3], "disputes/suit_direct": [1, 1, 0, 0, 2]})
    assert STATISTICS["review_correction_rate"].of(report) is None
    assert STATISTICS["suit_correction_rate"].of(report) == Fraction(1, 2)
    assert STATISTICS["correction_rate"].of(report) == Fraction(1, 2)


def test_one_blank_refusal_leaves_the_number_of_refusals_unknown():
    report = a_balanced_report({"applications/results.refused.public_safety/total": None})
    assert STATISTICS["refused"].of(report) is None
    assert STATISTICS["refused_share"].of(report) is None
    assert STATISTICS["granted_share"].of(report) == Fraction(3, 6)


def test_a_blank_counts_as_zero_only_where_the_report_says_so():
    blank = {"applications/results.refused.public_safety/total": None}
    assert STATISTICS["refused"].of(a_balanced_report(blank, blank="zero")) == 1


# -- compositions


def test_applicants_are_listed_in_the_order_of_the_form_with_their_share_of_what_came_in():
    frame = applications_by_applicant(a_balanced_report())
    assert list(frame["label"]) == ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
    assert list(frame["figure"]) == [5, 2, 0, 0, 0, 0]
    assert list(frame["share"]) == [Fraction(5, 7), Fraction(2, 7), 0, 0, 0, 0]


def test_shares_of_applicants_are_unknown_when_nobody_applied():
    assert list(applications_by_applicant(a_report())["share"]) == [None] * 6


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_results_fall_into_six_groups_that_make_up_the_total(form):
    frame = applications_by_result(a_balanced_report(form=form))
    labels = ["予以公开", "部分公开", "不予公开", "无法提供", "不予处理", "其他处理"]
    assert list(frame["label"]) == list(OUTCOMES.values()) == labels
    assert list(frame["figure"]) == [3, 1, 1, 1, 0, 0]
    assert sum(frame["share"]) == 1


def test_a_blank_figure_has_no_share_and_the_others_keep_theirs():
    frame = applications_by_result(a_balanced_report({"applications/results.granted/total": None}))
    assert list(frame["figure"])[:3] == [None, 1, 1]
    assert list(frame["share"])[:3] == [None, Fraction(1, 6), Fraction(1, 6)]


def test_reasons_are_ranked_by_how_often_they_were_given():
    report = a_report({
        "applications/results.total/total": 10,
        "applications/results.refused.state_secret/total": 2,
        "applications/results.not_available.not_held/total": 5,
        "applications/results.not_processed.repeated/total": 3,
    })  # fmt: skip
    frame = refusal_reasons(report).head(4)
    assert list(frame["figure"]) == [5, 3, 2, 0]
    assert list(frame["label"])[:3] == ["本机关不掌握相关政府信息", "重复申请", "属于国家秘密"]
    assert list(frame["group"])[:3] == ["无法提供", "不予处理", "不予公开"]
    assert list(frame["share"])[:3] == [Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)]


def test_reasons_given_equally_often_keep_the_order_of_the_form_and_unknown_ones_come_last():
    report = a_report({
        "applications/results.refused.state_secret/total": None,
        "applications/results.refused.public_safety/total": 1,
        "applications/results.refused.third_party_rights/total": 1,
        "applications/results.not_processed.repeated/total": 1,
    })  # fmt: skip
    codes = list(refusal_reasons(report).index)
    assert [code.rpartition(".")[2] for code in codes[:3]] == ["public_safety", "third_party_rights", "repeated"]
    assert codes[-1] == "results.refused.state_secret"


def test_reasons_are_every_line_of_the_last_four_groups():
    assert len(refusal_reasons(a_report())) == 8 + 3 + 5 + 3
    assert len(refusal_reasons(a_report(form=ONE_ROW_2021))) == 8 + 3 + 5 + 1


def test_other_handling_printed_as_one_row_is_one_reason():
    row = refusal_reasons(a_report(form=ONE_ROW_2021)).loc["results.closed_otherwise"]
    assert (row["label"], row["group"]) == ("其他处理", "其他处理")


# -- two years


def test_suqian_2024_is_compared_with_2023_as_the_two_printed_reports_give_it(suqian_2024, suqian_2023):
    frame = section_statistics(suqian_2024, suqian_2023)
    compared = {name: (row["last"], row["change"], row["growth"]) for name, row in frame.iterrows()}
    assert compared["received"] == (3511, 14, Fraction(14, 3511))
    assert compared["reviews"] == (440, -270, Fraction(-270, 440))
    assert compared["fees"] == (Decimal("59237.2449"), Decimal("13464.0129"), Fraction(134640129, 592372449))
    assert compared["regulations_issued"] == (2, 0, 0)
    # 54.02% and 43.57% are printed: 10.45, though the exact difference would round to 10.44
    assert compared["disclosure_rate"] == (Fraction(1519, 3486), Fraction(1045, 10000), None)
    assert set(frame["note"]) == {""}


def test_the_percentage_points_of_every_share_are_the_difference_of_the_printed_shares(suqian_2024, suqian_2023):
    frame = section_statistics(suqian_2024, suqian_2023)
    shares = frame[frame["unit"] == "%"]
    assert len(shares) == 13
    for row in shares.itertuples():
        this, last = (Decimal(shown(value, "%").removesuffix("%")) for value in (row.this, row.last))
        signed = shown_change(row.change, "%").removesuffix("个百分点").replace("−", "-")
        assert Decimal(signed) == this - last, row.label


def test_shares_that_print_alike_have_not_changed():
    this = a_report({"applications/received": [20000, 0, 0, 0, 0, 0, 60001]})
    last = a_report({"applications/received": [20000, 0, 0, 0, 0, 0, 60002]})
    stat = STATISTICS["natural_person_share"]
    assert stat.of(this) != stat.of(last)
    assert shown(stat.of(this), "%") == shown(stat.of(last), "%") == "33.33%"
    assert change(stat, this, last) == 0


def test_disputes_per_hundred_change_by_the_difference_of_the_printed_values(suqian_2024, suqian_2023):
    # 7.02 and 15.86
    assert change(STATISTICS["disputes_per_100_results"], suqian_2024, suqian_2023) == Fraction(-884, 100)


def test_a_share_does_not_grow_by_per_cent(suqian_2024, suqian_2023):
    for name in ("disclosure_rate", "disputes_per_100_results"):
        assert growth(STATISTICS[name], suqian_2024, suqian_2023) is None


@pytest.mark.parametrize(
    ("last", "rate"), [(4, Fraction(3, 4)), (7, 0), (14, Fraction(-1, 2)), (0, None), (None, None)]
)
def test_seven_applications_after_so_many_last_year_grew_by(last, rate):
    before = a_report({"applications/received/total": last}, year=2023)
    assert growth(STATISTICS["received"], a_balanced_report(), before) == rate


def test_growth_from_a_negative_net_change_is_no_number():
    this = a_report({"documents/normative_documents": [3, 1, 10]})
    last = a_report({"documents/normative_documents": [1, 5, 8]}, year=2023)
    stat = STATISTICS["normative_net_change"]
    assert change(stat, this, last) == 2 - (-4)
    assert growth(stat, this, last) is None


def test_without_a_report_of_last_year_nothing_is_compared():
    frame = section_statistics(a_balanced_report())
    assert set(frame["note"]) == {"无上年报告"}
    for column in ("last", "change", "growth"):
        assert set(frame[column]) == {None}


def test_a_blank_last_year_leaves_the_change_unknown_without_calling_it_incomparable():
    last = a_balanced_report({"applications/received/total": None}, year=2023)
    row = section_statistics(a_balanced_report(), last).loc["received"]
    assert (row["this"], row["last"], row["change"], row["growth"], row["note"]) == (7, None, None, None, "")


def test_decisions_are_comparable_between_the_forms_of_2019_and_2021_and_documents_are_not():
    last = a_balanced_report({"licensing/licensing": [9, 1, 16]}, form=FORM_2019, year=2020)
    frame = section_statistics(a_balanced_report(SECTION_TWO, year=2021), last)
    assert frame.loc["licensing_decisions", ["last", "change", "note"]].tolist() == [16, 20 - 16, ""]
    assert frame.loc["normative_issued", ["last", "change", "note"]].tolist() == [None, None, "格式不同，不可比"]
    not_compared = {name for name, note in frame["note"].items() if note}
    assert not_compared == {
        "fees",
        *(f"{kind}_{what}" for kind in ("normative", "regulations") for what in ("issued", "repealed", "in_force")),
        "normative_net_change",
        "regulations_net_change",
    }


def test_other_handling_is_comparable_whether_printed_in_one_row_or_in_three():
    lines = {
        f"applications/results.closed_otherwise.{row}/total": 2 for row in ("not_clarified", "fee_unpaid", "other")
    }
    last = a_report({"applications/results.closed_otherwise/total": 4}, form=ONE_ROW_2021, year=2023)
    row = section_statistics(a_report(lines), last).loc["closed_otherwise"]
    assert (row["this"], row["last"], row["change"], row["note"]) == (6, 4, 2, "")


@pytest.mark.parametrize(
    ("this", "last", "note"),
    [
        ("全县汇总", "县政府办公室", "统计范围不同，不可比"),
        ("县政府（含办公室）", "县政府办公室", "统计范围不同，不可比"),
        ("全区汇总", "全县汇总", ""),  # a county that became a district still reports the whole of itself
    ],
)
def test_years_of_different_scope_are_not_comparable(this, last, note):
    before = a_balanced_report(scope=last, year=2023)
    frame = section_statistics(a_balanced_report(scope=this), before)
    assert set(frame["note"]) == {note}
    assert (frame.loc["received", "change"] is None) == bool(note)


def test_the_reason_named_first_is_the_form():
    last = a_report(form=FORM_2019, scope="县政府办公室", year=2020)
    report = a_report(year=2021)
    assert not_comparable(STATISTICS["fees"], report, last) == "格式不同，不可比"
    assert not_comparable(STATISTICS["received"], report, last) == "统计范围不同，不可比"


def test_statistics_of_the_2019_form_are_those_it_has_figures_for():
    names = set(section_statistics(a_report(form=FORM_2019, year=2019)).index)
    assert {"received", "disclosure_rate", "closed_otherwise_share", "licensing_decisions", "disputes"} <= names
    assert not names & {"fees", "normative_issued", "normative_in_force", "normative_net_change"}


def test_the_statistics_frame_has_these_columns_and_the_statistics_in_their_order():
    frame = section_statistics(a_report())
    assert list(frame.columns) == ["label", "section", "unit", "this", "last", "change", "growth", "note"]
    assert list(frame.index) == list(STATISTICS)


# -- how values are written


def test_the_examples_in_the_module_hold():
    result = doctest.testmod(stats)
    assert result.attempted >= 3
    assert result.failed == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1573179, "件", "1573179"),
        (0, "件", "0"),
        (Decimal("8205.10"), "万元", "8205.10"),
        (Decimal("0"), "万元", "0"),
        (Fraction(1902, 3521), "%", "54.02%"),
        (Fraction(1, 2), "%", "50%"),
        (Fraction(969, 1000), "%", "96.9%"),
        (Fraction(0), "%", "0%"),
        (Fraction(1), "%", "100%"),
        (Fraction(24700, 3521), "件/百件", "7.02"),
        (Fraction(100), "件/百件", "100"),
        (None, "件", "—"),
        (None, "%", "—"),
    ],
)
def test_a_value_is_written(value, unit, text):
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(1, 800), "0.13%"),  # 0.125: half is rounded up
        (Fraction(3, 800), "0.38%"),  # 0.375
        (Fraction(1, 3), "33.33%"),
        (Fraction(2, 3), "66.67%"),
        (Fraction(99996, 100000), "99.99%"),
        (Fraction(10**9 - 1, 10**9), "99.99%"),
        (Fraction(1, 10**9), "0.01%"),
    ],
)
def test_a_share_is_rounded_half_up_and_never_to_nothing_or_to_all(share, text):
    assert shown(share, "%") == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (14, "件", "+14"),
        (-59, "件", "−59"),
        (0, "件", "0"),
        (Decimal("-0.50"), "万元", "−0.50"),
        (Fraction(-8, 10000), "%", "−0.08个百分点"),
        (Fraction(1045, 10000), "%", "+10.45个百分点"),
        (Fraction(-884, 100), "件/百件", "−8.84"),
        (None, "件", "—"),
    ],
)
def test_a_difference_is_written_with_its_sign(value, unit, text):
    assert shown_change(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (14, "件", "增加14件"),
        (-59, "件", "减少59件"),
        (0, "件", "持平"),
        (Decimal("0.00"), "万元", "持平"),
        (Decimal("13464.0129"), "万元", "增加13464.0129万元"),
        (Fraction(12, 1000), "%", "上升1.2个百分点"),
        (Fraction(-8, 10000), "%", "下降0.08个百分点"),
        (Fraction(-884, 100), "件/百件", "减少8.84件"),
        (None, "%", "—"),
    ],
)
def test_a_difference_is_worded(value, unit, text):
    assert worded_change(value, unit) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(14, 3511), "增长0.4%"),
        (Fraction(-270, 440), "下降61.36%"),
        (Fraction(2), "增长200%"),
        (Fraction(-1), "下降100%"),
        (Fraction(1, 10**6), "增长0.01%"),
        (Fraction(0), "持平"),
        (None, "—"),
    ],
)
def test_growth_is_worded(rate, text):
    assert worded_growth(rate) == text


def test_a_fall_that_leaves_something_is_not_a_fall_of_all():
    assert worded_growth(Fraction(-99999, 100000)) == "下降99.99%"


def test_small_amounts_are_written_with_all_their_digits():
    assert shown(Decimal("0.00000001"), "万元") == "0.00000001"
    assert "E" not in shown_change(Decimal("0E-8"), "万元")


def test_a_denominator_below_zero_gives_no_share():
    more_pending_than_cases = a_balanced_report({"disputes/review": [1, 1, 0, 9, 4]})
    assert STATISTICS["review_correction_rate"].of(more_pending_than_cases) is None


def test_the_report_used_here_has_figures_to_add_in_your_head():
    report = a_balanced_report(SECTION_TWO)
    figures = {name: stat.of(report) for name, stat in STATISTICS.items()}
    assert BALANCED["applications/results.total"][-1] == figures["handled"] == 6
    assert figures["handling_rate"] == Fraction(6, 7 + 1)
    assert figures["carry_over_rate"] == Fraction(2, 8)
    assert figures["disclosure_rate"] == Fraction(3 + 1, 6)
    assert figures["review_correction_rate"] == Fraction(1, 4 - 2)
    assert figures["suit_correction_rate"] == Fraction(0 + 1, 2 + 2 - 1)
    assert figures["correction_rate"] == Fraction(2, 8 - 3)
    assert figures["disputes_per_100_results"] == Fraction(800, 6)
    assert figures["normative_net_change"] == 3 - 1
