"""Every rule by its own two examples, and what the catalogue promises of each."""

from dataclasses import replace

import pytest
from builders import SECTION_TWO, a_balanced_report, a_report

from gkstats.checks import BROKEN, CHECKS, FAIL, NOT_APPLICABLE, UNKNOWN, WARNING, Case, cases_of, check, examine
from gkstats.checks import years as year_rules
from gkstats.checks.examples import case_of, peers_of
from gkstats.checks.rule import KINDS
from gkstats.forms import FORM_2019
from gkstats.narrative import problems
from gkstats.report import Body
from gkstats.schema import Cell

RULES = [rule for rule in CHECKS.values() if rule.run]
NO_BALANCE = "T2.0"  # says what nothing can check, and so is passed by no report


def found(case, rule: str, status: str = FAIL, peers=()):
    findings = examine([case, *peers]).of(case.report)
    return [finding for finding in findings if (finding.rule, finding.status) == (rule, status)]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id != NO_BALANCE], ids=lambda rule: rule.id)
def test_the_passing_example_passes(rule):
    peers = peers_of(rule.passing)
    assert not found(case_of(rule.passing), rule.id, peers=peers)
    assert not found(case_of(rule.passing), rule.id, BROKEN, peers)
    assert not found(case_of(rule.passing), rule.id, NOT_APPLICABLE, peers)
    assert not found(case_of(rule.passing), rule.id, UNKNOWN, peers)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_failing_example_fails_in_the_words_it_promises(rule):
    status = UNKNOWN if rule.id == NO_BALANCE else FAIL
    findings = found(case_of(rule.failing), rule.id, status, peers_of(rule.failing))
    assert [finding.message for finding in findings] == rule.failing.message.split("\n")


def test_the_rule_about_the_file_fails_and_passes_by_its_examples():
    rule = CHECKS["P.0"]
    assert not problems(case_of(rule.passing).report)
    assert [str(problem) for problem in problems(case_of(rule.failing).report)] == [rule.failing.message]


@pytest.mark.parametrize("rule", CHECKS.values(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is(rule):
    assert rule.title and rule.rule and rule.basis.document and rule.kind in KINDS
    assert rule.failing and rule.failing.message
    assert rule.severity == "error" or rule.reasons or rule.id in ("F.1", "F.2", "F.5", NO_BALANCE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_row_in_every_report_of_its_years(rule):
    results = examine([a_balanced_report(year=2024)])
    counts = results.summary().loc[(results.cases[0].report.id, 2024, rule.id)]
    assert counts.sum() >= 1


def test_a_rule_that_breaks_says_so_and_spares_the_other_reports(monkeypatch):
    good, bad = a_balanced_report(id="100001-a"), a_balanced_report({"disputes/review/total": 9}, id="100002-b")

    def broken(cases):
        if any(case.report is bad for case in cases):
            raise ZeroDivisionError("nought")
        return ()

    rules = {id: rule for id, rule in CHECKS.items() if id in ("T4.1", "X.1")}
    object.__setattr__(rules["X.1"], "run", broken)
    try:
        results = examine([good, bad])
    finally:
        object.__setattr__(rules["X.1"], "run", year_rules._carry_over)
    assert [(f.report.id, f.rule) for f in results.findings if f.status == BROKEN] == [("100002-b", "X.1")]
    assert [f.rule for f in results.of(bad) if f.status == FAIL] == ["T4.1"]
    assert results.summary().loc[("100002-b", 2024, "X.1"), BROKEN] == 1


def test_a_rule_holds_from_its_first_to_its_last_year():
    always, some = CHECKS["X.1"], replace(CHECKS["X.2"], since=2021, until=2022)
    assert [year for year in range(2018, 2025) if some.holds_in(year)] == [2021, 2022]
    assert [year for year in range(2018, 2025) if always.holds_in(year)] == list(range(2019, 2025))


def test_another_version_of_a_rule_lets_old_decisions_lapse(monkeypatch):
    monkeypatch.setattr("gkstats.checks.rule.RULE_VERSIONS", versions := {})
    case = Case(a_balanced_report())
    first = replace(CHECKS["X.1"], title="另一名称").finding(case, "不等", found="1", expected="2")
    assert (first.fingerprint, versions) == ("X.1/1/2", {})
    second = replace(CHECKS["X.1"], version=2).finding(case, "不等", found="1", expected="2")
    assert (second.fingerprint, versions) == ("X.1v2/1/2", {"X.1": 2})


def test_of_a_long_value_a_fingerprint_has_sixty_characters():
    finding = CHECKS["X.1"].finding(Case(a_balanced_report()), "不等", found="1" * 61, expected="2" * 60)
    assert finding.fingerprint == f"X.1/{'1' * 60}/{'2' * 60}"


def test_a_fingerprint_changes_with_the_values_and_not_with_the_words():
    first, same, other = (
        check([a_balanced_report({"disputes/review/total": total})])["finding"].iloc[0] for total in (5, 5, 6)
    )
    assert first == same == "T4.1/disputes/review/total/5/4"
    assert other == "T4.1/disputes/review/total/6/4"


# -- years


def last_year(figures=(), **more):
    return a_balanced_report(figures, year=2023, **more)


def test_a_carry_over_broken_in_one_column_is_one_finding_although_the_total_breaks_too():
    case = Case(a_balanced_report(), last_year({"applications/carried_out": [0, 1, 0, 0, 0, 0, 1]}))
    (finding,) = found(case, "X.1")
    assert finding.message.endswith("自然人本年1，上年0；商业企业本年0，上年1；总计相符，可能是申请人类别有调整")
    assert finding.cells == tuple(Cell("applications", "carried_in", c) for c in ("natural_person", "commercial"))
    assert (finding.found, finding.expected, finding.difference) == ("1、0", "0、1", "+1、-1")


def test_without_a_report_of_the_year_before_the_year_rules_do_not_apply_and_say_so():
    for rule in ("X.1", "X.2"):
        (finding,) = found(Case(a_balanced_report()), rule, NOT_APPLICABLE)
        assert finding.message == "没有2023年度的报告，不作比较"


def test_years_of_another_scope_are_not_compared():
    case = Case(a_balanced_report(), last_year({"applications/carried_out": [9] * 7}, scope="县政府（含办公室）"))
    assert not found(case, "X.1")
    assert "统计范围不同" in found(case, "X.1", NOT_APPLICABLE)[0].message


@pytest.mark.parametrize("year", [2021, 2022])
def test_the_stock_of_documents_is_not_compared_across_forms_and_says_so(year):
    before = a_report(form=FORM_2019, year=year - 1)
    case = Case(a_report({"documents/normative_documents/in_force": 5}, year=year), before)
    assert not found(case, "X.2")
    assert found(case, "X.2", NOT_APPLICABLE)[0].message == "两年的格式不同，没有可比的现行有效件数，不作比较"


def test_the_stock_is_not_compared_either_where_the_later_report_is_in_the_old_form():
    case = Case(a_balanced_report(form=FORM_2019, year=2022), a_balanced_report(year=2021))
    assert found(case, "X.2", NOT_APPLICABLE)[0].message == "两年的格式不同，没有可比的现行有效件数，不作比较"


def test_another_scope_is_the_reason_whatever_the_forms_are():
    case = Case(a_balanced_report(year=2021), a_report(form=FORM_2019, year=2020, scope="县政府办公室"))
    assert found(case, "X.2", NOT_APPLICABLE)[0].message.startswith("统计范围不同")


@pytest.mark.parametrize(
    ("carried_out", "column", "broken"),
    [
        ([1, 0, 0, 0, 0, 0, 3], "total", ("total",)),
        ([3, 0, 0, 0, 0, 0, 3], "", ("natural_person", "total")),
    ],
)
def test_a_broken_carry_over_stands_in_a_column_if_it_is_one_and_names_them_all(carried_out, column, broken):
    (finding,) = found(Case(a_balanced_report(), last_year({"applications/carried_out": carried_out})), "X.1")
    assert (finding.table, finding.row, finding.column) == ("applications", "carried_in", column)
    assert tuple(cell.column for cell in finding.cells) == broken
    assert "总计相符" not in finding.message


@pytest.mark.parametrize(
    ("rule", "place"),
    [("X.1", "applications/carried_in/research")]
    + [("X.2", f"documents/normative_documents/{column}") for column in ("issued", "repealed", "in_force")],
)
def test_a_blank_this_year_leaves_the_year_rules_open(rule, place):
    agreeing = {"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}
    (finding,) = found(Case(a_balanced_report({place: None}), last_year(agreeing)), rule, UNKNOWN)
    assert (finding.table, finding.row) == tuple(place.split("/")[:2])


def test_carry_over_is_compared_across_forms():
    before = a_report({"applications/carried_out": [2, 0, 0, 0, 0, 0, 2]}, form=FORM_2019, year=2020)
    assert found(Case(a_report(year=2021), before), "X.1")


@pytest.mark.parametrize("place", ["applications/carried_out/research", "documents/normative_documents/in_force"])
def test_a_blank_last_year_leaves_the_year_rules_open(place):
    rule = "X.1" if "carried" in place else "X.2"
    balanced = {
        "applications/carried_out": [1, 0, 0, 0, 0, 0, 1],
        "documents/normative_documents": [0, 0, 0],
    }
    case = Case(a_balanced_report(), last_year(balanced | {place: None}))
    assert found(case, rule, UNKNOWN) and not found(case, rule)


def test_each_report_is_paired_with_the_one_before_it_of_the_same_body():
    first, second = a_report(year=2022), a_report(year=2023)
    other = a_report(year=2022, id="320813-hongze")
    assert [(case.report, case.previous) for case in cases_of([second, other, first])] == [
        (second, first),
        (other, None),
        (first, None),
    ]


# -- form and text


def text(year=2024, previous_prose=None, **prose):
    previous = last_year(prose=previous_prose) if previous_prose is not None else None
    return Case(a_balanced_report(year=year, prose=prose), previous)


@pytest.mark.parametrize(
    ("rule", "prose"),
    [
        ("F.2", {"preamble": "统计期限为2024年1月1日起至2024年12月31日止。"}),
        ("F.2", {"preamble": "统计期限自 2024 年 1 月 1 日起，至 2024 年 12 月 31 日止。"}),
        ("F.2", {"preamble": "统计期限为２０２４年１月１日—１２月３１日。"}),
        ("F.2", {"overview": "2024年3月1日至5月31日开展专项行动。"}),  # not a period of statistics
        ("F.2", {"overview": "2024年3月1日至5月31日清理网站数据。"}),
        ("F.3", {"preamble": "依据国办函〔2020〕109号收取信息处理费。"}),
        ("F.3", {"preamble": "按照国办公开办函【2021】30号编制。"}),
        ("F.3", {"overview": "格式由国办公开办函〔2019〕60号改为国办公开办函〔2021〕30号。"}),
        ("F.4", {"overview": "指导各乡镇2024年政府信息公开工作年度报告的编制。"}),
        ("F.4", {"overview": "指导县财政局2024年政府信息公开工作年度报告的编制。"}),
        ("F.4", {"preamble": "由县人民政府办公室编制2024年政府信息公开工作年度报告。"}),
        ("F.4", {"preamble": "现将某县人民政府2024年政府信息公开工作年度报告公布如下。"}),
        ("F.4", {"overview": "编制发布2024年政府信息公开工作年度报告。"}),
        (
            "F.5",
            {"overview": "总体良好。", "problems": "更新不够及时，已经整改。", "other": "无其他需要报告的事项。"},
        ),
        ("F.6", {"overview": "2024年新收申请7件，比2023年多3件。"}),
        ("F.6", {"overview": "2023年全县收到的申请为4件，2024年为7件。"}),
        ("F.6", {"overview": "落实《2023年政务公开工作要点》，公开信息7条。"}),
        ("F.6", {"overview": "自2023年以来，全县公开信息700条。"}),
        ("F.6", {"overview": "按时编制并公开2023年度政府信息公开工作年度报告。"}),
        ("F.6", {"overview": "2023年度财政决算公开率100%，办理及时。"}),
        ("F.6", {"overview": "2023年11月发布的政策，已全部补充解读。"}),
        ("F.6", {"overview": "对2023年第三方评估指出的问题，办理完毕。"}),
        ("F.6", {"overview": "督促各部门公开2023年全县财政收支决算。"}),
        ("F.6", {"overview": "2023年，全县受理申请4件；2024年，全县受理申请7件。"}),
        ("F.6", {"overview": "2023年，全县受理申请4件。2024年，全县受理申请7件。"}),
        ("F.6", {"overview": "2023年，全县受理申请4件，今年受理7件。"}),
        ("F.6", {"problems": "针对“2023年，全县办理不规范”的意见，逐项整改。"}),
    ],
)
def test_text_that_is_right_is_left_alone(rule, prose):
    assert not found(text(**prose), rule) and not found(text(**prose), rule, BROKEN)


@pytest.mark.parametrize(
    ("rule", "prose", "found_text"),
    [
        ("F.2", {"preamble": "统计期限自2023年1月1日至2023年12月31日。"}, "2023-01-01至2023-12-31"),
        ("F.2", {"preamble": "数据统计期限为2024年1月1日至11月30日。"}, "2024-01-01至2024-11-30"),
        ("F.3", {"preamble": "按照国办公开办函[2019]60号要求编制。"}, "国办公开办函〔2019〕60号"),
        ("F.4", {"preamble": "由甲乙市2024年政府信息公开工作年度报告汇总。"}, "甲乙市"),
        ("F.5", {"overview": "总体良好。", "problems": "无", "other": "无"}, ""),
        ("F.6", {"overview": "认真落实条例。2023年，全县共受理申请7件。"}, "2023"),
        ("F.6", {"overview": "（一）主动公开情况。2023年全县公开信息7条。"}, "2023"),
        ("F.6", {"overview": "一是2023年度，制发文件3件，全部公开。"}, "2023"),
        ("F.6", {"overview": "2024年，认真落实条例。2023年，我县办理申请7件。"}, "2023"),
    ],
)
def test_text_of_another_year_body_or_form_is_found_with_its_sentence(rule, prose, found_text):
    (finding,) = found(text(**prose), rule)
    assert (finding.found, finding.severity) == (found_text, WARNING)
    assert finding.start == finding.end == 0 or prose[finding.section][finding.start : finding.end]
    assert finding.quote in prose[finding.section]


@pytest.mark.parametrize(
    ("own", "level", "name"),
    [
        ("彭水苗族土家族自治县", "county", "彭水县"),
        ("彭水苗族土家族自治县", "county", "重庆市彭水苗族土家族自治县人民政府"),
        ("淮安市洪泽区", "county", "洪泽区人民政府办公室"),
        ("洪泽区人民政府", "county", "江苏省淮安市洪泽区"),
        ("苏州市", "prefecture", "江苏省苏州市人民政府"),
        ("恩施土家族苗族自治州", "prefecture", "恩施州"),
        ("宿迁市人力资源和社会保障局", "department", "宿迁市人社局"),
        ("宿迁市发展和改革委员会", "department", "市发改委"),
        ("宿迁市住房和城乡建设局", "department", "宿迁市住建局"),
    ],
)
def test_the_short_and_the_long_name_of_a_body_are_its_own(own, level, name):
    body = Body("320813", own, level, "全区汇总" if level == "county" else "本机关")
    prose = {"preamble": f"现将{name}2024年政府信息公开工作年度报告公布如下。"}
    assert not found(Case(replace(a_balanced_report(prose=prose), body=body)), "F.4")


@pytest.mark.parametrize(
    ("own", "level", "name"),
    [
        ("淮安市洪泽区", "county", "淮安市清江浦区"),
        ("彭水苗族土家族自治县", "county", "酉阳土家族苗族自治县"),
        ("苏州市", "prefecture", "徐州市人民政府"),
        ("宿迁市财政局", "department", "宿迁市教育局"),
        ("宿迁市财政局", "department", "淮安市财政局"),
    ],
)
def test_the_name_of_another_body_is_found(own, level, name):
    body = Body("320813", own, level, "全区汇总" if level == "county" else "本机关")
    prose = {"preamble": f"现将{name}2024年政府信息公开工作年度报告公布如下。"}
    (finding,) = found(Case(replace(a_balanced_report(prose=prose), body=body)), "F.4")
    assert finding.found == name


@pytest.mark.parametrize("words", ["转发“我县”的做法。", "学习《我县信息公开办法》。"])
def test_a_district_may_quote_a_county(words):
    district = Body("320813", "淮安市洪泽区", "county", "全区汇总")
    assert not found(Case(replace(a_balanced_report(prose={"overview": words}), body=district)), "F.4")


FEES = [
    "未收取信息处理费。",
    "全年收取信息处理费1250元。",
    "收取信息处理费3件，共1.3万元。",
    "信息处理费收费总额为80元。",
]


@pytest.mark.parametrize("words", FEES)
def test_the_information_processing_fee_is_never_held_against_the_administrative_fees(words):
    fees = Cell("fees", "fees_10k_yuan", "amount")
    report = a_balanced_report(SECTION_TWO, prose={"overview": "依法公开。", "problems": "不足已改。", "other": words})
    for case in (Case(report), Case(report, last_year(prose={"overview": "依法公开。"}))):
        told = [finding for finding in examine([case]).findings if fees in finding.cells and finding.rule != "T2.0"]
        assert not [finding for finding in told if finding.rule != "D.0"], told
        assert not [finding for finding in examine([case]).findings if finding.status == FAIL and finding.quote]


def test_a_district_that_calls_itself_a_county_has_taken_over_a_text():
    report = a_balanced_report(prose={"overview": "我县公开信息7条。"})
    district = Body("320813", "淮安市洪泽区", "county", "全区汇总")
    assert found(Case(replace(report, body=district)), "F.4")
    assert not found(Case(report), "F.4")


def test_a_text_copied_from_last_year_is_shown_with_its_share():
    same = "加强政府网站建设，优化栏目设置，全年发布信息10条，内容及时准确。"
    case = text(previous_prose={"overview": same}, overview=same.replace("10", "20") + "\n" + "组织开展业务培训，" * 3)
    (finding,) = found(case, "F.7")
    assert finding.found == "50%"


def test_without_prose_the_rules_of_the_text_do_not_apply():
    assert {f.rule for f in examine([a_balanced_report()]).findings if f.message == "没有正文，不作核对"} == {
        "F.2", "F.3", "F.4", "F.5", "F.6", "F.7",
    }  # fmt: skip


# -- among many bodies


def country(count: int, received=lambda number: 100 + number % 7, **more):
    return [
        a_report({"applications/received/total": received(number), **more}, year=2024, id=f"{100000 + number}-x")
        for number in range(count)
    ]


def before(reports):
    return [a_report({"applications/received/total": 100}, year=2023, id=report.id) for report in reports]


def test_a_jump_outside_what_all_bodies_show_is_a_note():
    reports = country(40, lambda number: 900 if number == 7 else 100 + number % 7)
    results = examine(cases_of([*reports, *before(reports)]))
    (finding,) = (f for f in results.findings if f.rule == "L.1" and f.status == FAIL)
    assert (finding.report.id, finding.severity, finding.found, finding.expected) == ("100007-x", "note", "900", "100")
    assert "40个机关的通常范围" in finding.message


@pytest.mark.parametrize("count", [10, 29])
def test_few_bodies_are_no_measure(count):
    reports = country(count, lambda number: 900 if number == 7 else 100 + number % 7)
    results = examine(cases_of([*reports, *before(reports)]))
    assert {f.status for f in results.findings if f.rule == "L.1"} == {NOT_APPLICABLE}


def test_small_figures_are_not_judged():
    reports = country(40, lambda number: 25 if number == 7 else 100 + number % 7)
    results = examine(cases_of([*reports, *before(reports)]))
    assert not [f for f in results.findings if f.rule == "L.1" and f.status == FAIL]


def test_a_body_far_from_its_peers_in_how_applications_end_is_a_note():
    def results(number):
        refused = 60 if number == 5 else 5 + number % 3
        return {
            "applications/results.granted/total": 100 - refused,
            "applications/results.refused.state_secret/total": refused,
            "applications/results.total/total": 100,
        }

    reports = [a_report(results(number), id=f"{100000 + number}-x") for number in range(40)]
    found_ = [f for f in examine(reports).findings if f.rule == "L.2" and f.status == FAIL]
    assert {(f.report.id, f.row) for f in found_} == {("100005-x", "results.refused"), ("100005-x", "results.granted")}
    assert all(f.severity == "note" for f in found_)
