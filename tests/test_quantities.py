"""Numbers with a unit in Chinese text: what interval each stands for, and what is no number."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gkstats.quantities import Interval, exactly, ignored, quantities, sentences


def only(text):
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("31件", 31, 31),
        ("1,204件", 1204, 1204),
        ("１２，７５２条", 12752, 12752),
        ("四十八件", 48, 48),
        ("一千二百零四件", 1204, 1204),
        ("两万三千件", 23000, 23000),
        ("十二期", 12, 12),
        ("近百条", 80, 100),
        ("不足50件", 40, 50),
        ("约300条", 250, 350),
        ("320件左右", 304, 336),
        ("10.7万件", 106000, 108000),  # rounded or cut
        ("0.08个百分点", Fraction(7, 100), Fraction(9, 100)),
        ("96.5%", Fraction(964, 10), Fraction(966, 10)),
        ("百分之九十六", 95, 97),
        ("8205.13万元", Fraction(820512, 100), Fraction(820514, 100)),
    ],
)
def test_a_number_stands_for_the_values_it_may_be_written_for(text, low, high):
    assert only(text).interval == Interval(low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3万余条", 30000, 40000),
        ("8000余条", 8000, 9000),
        ("260余万件", 2600000, 2700000),
        ("十余件", 10, 20),
        ("二十多件", 20, 30),
        ("数十件", 20, 100),
        ("上百条", 100, 1000),
        ("超过500张", 500, 600),
        ("逾2万人次", 20000, 30000),
    ],
)
def test_a_little_more_than_a_number_ends_before_its_next_step(text, low, high):
    assert only(text).interval == Interval(low, high, True)


def test_and_more_has_no_upper_end():
    assert only("100件以上").interval == Interval(100, None)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("8205.13万元", "万元"), ("251000元", "元"), ("7.2亿元", "亿元"), ("3000余万元", "万元"), ("99％", "%")],
)
def test_the_unit_of_an_amount_is_kept(text, unit):
    assert only(text).unit == unit


def test_a_number_says_where_it_stands():
    text = "全年受理 近 百件，办结９０件。"
    assert [text[number.start : number.end] for number in quantities(text)] == ["近 百件", "９０件"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2023年1月1日至12月31日", "日期"),
        ("（2023版）指南", "版本"),
        ("国办公开办函〔2021〕30号", "文号"),
        ("第五十条第（一）项", "条款号"),
        ("一是加强公开", "序号"),
        ("（二）依申请公开", "序号"),
        ("1.加强公开。", "序号"),
        ("第3次会议", "序号"),
        ("电话0517-87290606", "电话、热线"),
        ("拨打12345热线", "电话、热线"),
        ("落实三审三校", "固定说法"),
        ("公开三公经费", "固定说法"),
        ("属于三类内部事务信息", "固定说法"),
        ("最多跑一次", "固定说法"),
        ("20个工作日内", "时长"),
        ("开展“12件民生实事”", "引号、书名号之内"),
        ("印发《2024年20项要点》", "引号、书名号之内"),
    ],
)
def test_what_is_no_number_is_left_out_with_its_reason(text, reason):
    assert quantities(text) == []
    assert reason in [one.reason for one in ignored(text)]


def test_a_figure_of_speech_is_no_number():
    assert quantities("建设一个窗口，形成一批成果，成为一家机构") == []


@pytest.mark.parametrize("text", ["办结1 0件", "占96. 5%", "共1 2 752条"])
def test_digits_torn_apart_are_not_trusted(text):
    assert quantities(text) == []


def test_a_number_without_a_unit_is_no_quantity():
    assert quantities("编号320813，共列10") == []


@pytest.mark.parametrize(
    ("a", "b", "meet"),
    [
        (exactly(31), exactly(31), True),
        (exactly(31), exactly(30), False),
        (Interval(30000, 40000, True), exactly(40000), False),
        (Interval(30000, 40000, True), Interval(31586, 32586, True), True),  # 3万余 and 12752 + 10834 + 8000余
        (Interval(80, 100), exactly(100), True),
        (Interval(100, None), exactly(5000), True),
        (Interval(100, None), exactly(99), False),
    ],
)
def test_numbers_disagree_only_where_their_intervals_do_not_meet(a, b, meet):
    assert a.meets(b) == b.meets(a) == meet


@given(st.integers(0, 10**9))
def test_a_plain_count_is_read_exactly(number):
    assert only(f"共{number}件").interval == exactly(number)


@given(st.text(alphabet="0123456789一二三十百千万亿余近约%件条元年月日第（）“”，。.几数", max_size=40))
def test_no_text_makes_it_stumble(text):
    for number in quantities(text):
        assert text[number.start : number.end] == number.text
        assert number.interval.high is None or number.interval.low <= number.interval.high


@pytest.mark.parametrize("numeral", ["1" * 5_000, "1." + "5" * 5_000, "0" * 5_000, "一" * 5_000, "一千" * 3_000])
def test_a_numeral_longer_than_any_number_counts_nothing(numeral):
    assert [found.text for found in quantities(f"公开{numeral}件，答复12件。")] == ["12件"]


def test_a_sentence_longer_than_any_is_read_in_pieces_that_leave_nothing_out():
    text = "收到申请12件，" * 2_000 + "甲" * 7_000 + "。办结6件。"
    pieces = list(sentences(text))
    assert "".join(text[start:end] for start, end in pieces) == text
    assert max(end - start for start, end in pieces) <= 3_000 and pieces[-1] == (len(text) - 5, len(text))
    assert all(text[:end].endswith("，") for _, end in pieces[:4])


def test_sentences_of_usual_length_are_parted_by_their_marks_alone():
    text = "收到申请12件，办结6件。结转6件！\n 无"
    assert [text[start:end].strip() for start, end in sentences(text)] == ["收到申请12件，办结6件。", "结转6件！", "无"]
