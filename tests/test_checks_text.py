"""The rules about the text of a report at their edges: where they apply, what they leave alone, what they count."""

from dataclasses import replace

import pytest
from builders import a_balanced_report

from gkstats.checks import BROKEN, FAIL, NOT_APPLICABLE, Case, examine
from gkstats.report import Body


def case(last_year=None, body=None, **prose) -> Case:
    report = a_balanced_report(prose=prose)
    report = replace(report, body=body) if body else report
    return Case(report, None if last_year is None else a_balanced_report(year=2023, prose=last_year))


def told(case: Case, rule: str, status: str = FAIL):
    found = examine([case]).of(case.report)
    assert not [finding.message for finding in found if finding.status == BROKEN]
    return [finding for finding in found if (finding.rule, finding.status) == (rule, status)]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("F.2", "正文没有写明统计期限"),
        ("F.3", "正文没有引用格式的文号"),
        ("F.7", "没有2023年度的报告，不作比较"),
    ],
)
def test_what_a_text_does_not_say_is_not_checked_and_that_is_told(rule, message):
    (finding,) = told(case(overview="做好公开工作。"), rule, NOT_APPLICABLE)
    assert finding.message == message


@pytest.mark.parametrize("rule", ["F.2", "F.3", "F.7"])
def test_what_a_text_does_say_is_checked(rule):
    preamble = "依据国办公开办函〔2021〕30号，统计期限为2024年1月1日至12月31日。"
    stated = case({"overview": "规范公文属性认定。"}, preamble=preamble, overview="做好公开工作。")
    assert not told(stated, rule, NOT_APPLICABLE) and not told(stated, rule)


@pytest.mark.parametrize(
    "prose",
    [
        {"preamble": "本报告反映2023年1月1日至2023年12月31日的工作。"},  # whatever the preamble calls it
        {"overview": "统计期限为2023年1月1日至2023年12月31日。"},  # wherever it calls itself one
    ],
)
def test_a_period_of_the_figures_is_known_by_its_place_or_its_name(prose):
    (finding,) = told(case(**prose), "F.2")
    assert finding.found == "2023-01-01至2023-12-31"


DISTRICT = Body("320813", "淮安市洪泽区", "county", "全区汇总")
BUREAU = Body("321300", "宿迁市财政局", "department", "本机关")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (DISTRICT, "淮安市教育局"),  # an office of the city above
        (DISTRICT, "洪泽区教育局"),  # an office of its own
        (DISTRICT, "洪泽区老子山镇"),  # a town of its own
        (DISTRICT, "财政局"),
        (DISTRICT, "淮安经开区教育局"),
        (Body("500243", "彭水苗族土家族自治县", "county", "全县汇总"), "彭水县郁山镇"),
        (BUREAU, "江苏省宿迁市财政局"),
        (BUREAU, "全市"),
    ],
)
def test_a_name_that_makes_no_claim_to_be_another_body_is_left_alone(body, name):
    assert not told(case(body=body, preamble=f"现将{name}2024年政府信息公开工作年度报告公布如下。"), "F.4")


def test_a_name_is_found_without_a_word_before_it_too():
    (finding,) = told(case(body=DISTRICT, overview="盱眙县2024年政府信息公开工作年度报告已经公布。"), "F.4")
    assert finding.found == "盱眙县"


@pytest.mark.parametrize(
    ("words", "stale"),
    [
        ("2023年，全县受理申请4件。", True),
        ("2023年，全县受理申请4件，较前一年持平。", False),
        ("2023年，全县风调雨顺。", False),
        ("2024年，认真落实条例。2023年，全县受理申请4件", True),  # no full stop: the first sentence does not follow it
        ("2023年，全县受理申请4件。2024年受理7件。", False),
        ("2023年，全县受理申请4件。已全部答复。2024年受理7件。", True),
        ("2023年，全县受理申请4件。\n2024年受理7件。", True),  # of another paragraph
    ],
)
def test_a_sentence_of_last_year_is_found_if_neither_it_nor_the_next_speaks_of_this_year(words, stale):
    assert [finding.found for finding in told(case(overview=words), "F.6")] == ["2023"] * stale


def test_every_section_without_tables_must_say_something():
    (finding,) = told(case(overview="总体良好。", problems="更新不够及时，已经整改。"), "F.5")
    assert finding.section == "other"


SAME = "加强政府网站建设，优化栏目设置，内容及时准确，方便群众查找使用。"
NEW = (
    "组织三次业务培训，覆盖各乡镇和部门从事公开工作的全体人员。",
    "开展政府开放日活动，邀请群众代表走进政务服务大厅参观。",
)
SHORT = ("一是领导重视。", "二是督促到位。")


@pytest.mark.parametrize(
    ("last_year", "this", "share"),
    [
        ({"overview": SAME}, {"overview": SAME}, None),  # one paragraph is no text
        ({"overview": SAME}, {"overview": "\n".join([SAME, *NEW])}, None),  # one of three
        ({"overview": SAME}, {"overview": f"{SAME}\n{NEW[0]}"}, "50%"),
        ({"overview": SAME}, {"overview": "略。"}, None),
        ({"overview": "字" * 20}, {"overview": f"{'字' * 20}\n{NEW[0]}"}, None),  # within 20 characters
        ({"overview": "字" * 21}, {"overview": f"{'字' * 21}\n{NEW[0]}"}, "50%"),
        ({"preamble": f"{SAME}\n{NEW[0]}"}, {"preamble": f"{SAME}\n{NEW[0]}", "overview": NEW[1]}, None),
        ({"overview": "\n".join(SHORT)}, {"overview": "\n".join([*SHORT, *NEW])}, None),
    ],
    ids=["one", "a third", "a half", "nothing to compare", "twenty", "more than twenty", "preamble", "short lines"],
)  # fmt: skip
def test_a_text_is_a_copy_if_half_its_longer_paragraphs_stand_in_last_years(last_year, this, share):
    found = told(case(last_year, **this), "F.7")
    assert [finding.found for finding in found] == ([share] if share else [])
