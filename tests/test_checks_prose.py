"""Which of the figures in prose become findings, and where those stand."""

import pytest
from builders import a_balanced_report

from gkstats.checks import FAIL, NOT_APPLICABLE, Case, examine

# 7 applications received, 4 the year before; 6 handled, 2 carried over; 4 cases of review, 2 and 2 suits


def told(text, status=FAIL, last_year=True, **prose):
    report = a_balanced_report(prose={"overview": text} | prose)
    last = a_balanced_report({"applications/received": [4, 0, 0, 0, 0, 0, 4]}, year=2023) if last_year else None
    found = examine([Case(report, last)]).of(report)
    return [f for f in found if f.rule.startswith("N.") and f.status == status]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("全县新收政府信息公开申请7件，比上年增加3件。", []),
        ("全县新收政府信息公开申请7件，比上年增加5件。", ["N.3"]),
        # 9 is wrong, and 5 more than 4 with it: one thing wrong
        ("全县新收政府信息公开申请9件，比上年增加5件。", ["N.1"]),
        # what is wrong stands in another sentence, or is another figure
        ("全县新收政府信息公开申请9件。全县新收政府信息公开申请比上年增加5件。", ["N.1", "N.3"]),
        ("全县新收政府信息公开申请7件，比上年增加5件，政府信息公开申请办结9件。", ["N.1", "N.3"]),
        # two changes are no count
        ("全县新收政府信息公开申请7件，比上年增加5件，比上年增长90%。", ["N.3", "N.3"]),
        # two counts do not excuse each other
        ("全县新收政府信息公开申请9件，即新收政府信息公开申请9件。", ["N.1", "N.1"]),
    ],
)
def test_a_change_is_no_finding_of_its_own_where_its_count_is_wrong(text, rules):
    assert sorted(finding.rule for finding in told(text)) == rules


def test_a_finding_about_one_cell_stands_there_and_one_about_several_does_not():
    (one,) = told("全县新收政府信息公开申请9件。")
    assert (one.table, one.row, one.column) == ("applications", "received", "total")
    assert [str(cell) for cell in one.cells] == ["applications/received/total"]
    (several,) = told("因政府信息公开被提起行政诉讼6件。")
    assert (several.table, several.row, several.column) == ("", "", "")
    assert [str(cell) for cell in several.cells] == ["disputes/suit_direct/total", "disputes/suit_after_review/total"]


def test_a_list_is_quoted_with_the_sentence_of_its_total_and_spans_all_its_figures():
    text = "公开政策信息30条。其中文件20条，图表12条。"
    (finding,) = told(text)
    assert (finding.rule, finding.quote) == ("N.4", "公开政策信息30条。")
    assert text[finding.start : finding.end] == "30条。其中文件20条，图表12条"


def test_a_claim_of_nothing_is_told_by_its_own_rule_and_in_its_own_words():
    (finding,) = told("全县未发生政府信息公开行政复议案件。")
    assert (finding.rule, finding.found) == ("N.6", "未发生政府信息公开行政复议案件")
    assert finding.message == "正文“未发生政府信息公开行政复议案件”，读作表四“行政复议”总计，按表应为4"


def test_without_a_text_beside_the_preamble_nothing_is_read_and_each_rule_says_so():
    found = told("", NOT_APPLICABLE, preamble="全县新收政府信息公开申请9件。")
    assert [finding.rule for finding in found] == ["N.1", "N.2", "N.3", "N.4", "N.5", "N.6", "N.7"]
    assert {finding.message for finding in found} == {"没有正文，不核对正文中的数"}
    assert not told("", preamble="全县新收政府信息公开申请9件。")


def test_an_empty_section_does_not_keep_the_others_from_being_read():
    assert [f.rule for f in told("全县新收政府信息公开申请9件。", problems=" ")] == ["N.1"]
    assert not told("全县新收政府信息公开申请9件。", NOT_APPLICABLE, problems=" ")
