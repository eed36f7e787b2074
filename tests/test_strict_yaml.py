"""YAML as a plain notation: what it gives back, and what it refuses within bounded time."""

import time

import pytest

from gkstats.strict_yaml import MAX_DEPTH, MAX_NODES, YAMLFault, compose


def fault(text):
    """The only reason why the text is refused."""
    with pytest.raises(YAMLFault) as raised:
        compose(text)
    (only,) = raised.value.faults
    return only


def value(text):
    """The value of the key ``a``."""
    return compose(text).value["a"][1].value


@pytest.mark.parametrize(
    "written", ["011000", "8205.10", "1e999", "0x10", "true", "no", "2023-01-31", "12:30", "1_000", ".nan", "１２"]
)
def test_a_scalar_is_the_text_that_was_written(written):
    assert value(f"a: {written}") == written


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_a_blank_is_none(written):
    assert value(f"a: {written}\n") is None


@pytest.mark.parametrize("written", ['""', "'null'", '"~"'])
def test_a_quoted_blank_is_text(written):
    assert value(f"a: {written}") == written[1:-1]


def test_a_quoted_scalar_is_marked_as_quoted():
    nodes = compose("a: [1, '1', \"1\"]").value["a"][1].value
    assert [node.value for node in nodes] == ["1", "1", "1"]
    assert [node.quoted for node in nodes] == [False, True, True]


def test_nodes_know_their_line_and_keys_know_theirs():
    root = compose("# 注\na:\n  - 1\n  - 2\nb:\n\n  c: 3\n").value
    assert [root[key][0] for key in ("a", "b")] == [2, 5]
    assert [node.line for node in root["a"][1].value] == [3, 4]
    assert root["b"][1].value["c"][0] == 7


def test_a_block_of_prose_keeps_its_lines():
    assert value("a: |-\n  一、# 不是注释\n\n    缩进\n  末行\nb: 1\n") == "一、# 不是注释\n\n  缩进\n末行"


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("a: 1\nb: !!int 2\n", 2, "标签 tag:yaml.org,2002:int"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "标签 tag:yaml.org,2002:python/object/apply"),
        ("a: ! 1\n", 1, "标签 !"),
        ("a: 1\nb: !!map\n  c: 1\n", 2, "标签 tag:yaml.org,2002:map"),
        ("a:\n  - !secret 1\n", 2, "标签 !secret"),
        ("a: 1\nb: &here 2\n", 2, "锚点或别名"),
        ("a: 1\nb:\n  - &here\n    c: 1\n", 3, "锚点或别名"),
        ("a: 1\nb: *here\n", 2, "锚点或别名"),
        ("a: 1\n---\nb: 2\n", 2, "第二个文档"),
        ("a: 1\na: 2\n", 2, "重复的键“a”"),
        ("b:\n  a: 1\n  c: 2\n  'a': 3\n", 4, "重复的键“a”"),
        ("b: {a: 1, a: 2}\n", 1, "重复的键“a”"),
        ("", 1, "空文件"),
        ("\n\n", 1, "空文件"),
        ("# 只有\n# 注释\n", 1, "空文件"),
        ("a: 1\n\tb: 2\n", 2, "无法理解"),
        ("a: b: c\n", 1, "无法理解"),
        ("a: 1\nb: [1,, 2]\n", 2, "无法理解"),
        ("a: 1\nb: @c\n", 2, "无法理解"),
        ("a: 1\nb: \x07\n", 2, "控制字符"),
        ("a: 1\nb: \x00\n", 2, "控制字符"),
    ],
)
def test_what_is_no_plain_notation_is_refused_with_its_line(text, line, found):
    assert fault(text).line == line
    assert all(words in fault(text).found for words in found.split())


def test_a_control_character_after_chinese_text_is_reported_on_its_own_line():
    assert fault("a: 一二三四五六七八九十\nb: \x07\nc: 1\nd: 1\ne: 1\nf: 1\n").line == 2


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_line_separator_inside_a_line_does_not_shift_the_line_numbers(separator):
    assert compose(f"a: 一{separator}  二\nb: 1\n").value["b"][0] == 2


def test_all_duplicate_keys_are_named_with_their_first_line():
    with pytest.raises(YAMLFault) as raised:
        compose("a: 1\nb: 1\na: 2\nb: 2\n")
    assert [(fault.line, fault.found) for fault in raised.value.faults] == [(3, "重复的键“a”"), (4, "重复的键“b”")]
    assert ["第 1 行" in fault.advice for fault in raised.value.faults] == [True, False]


def test_the_same_key_in_two_mappings_is_no_duplicate():
    assert list(compose("a: {x: 1}\nb: {x: 1}\n").value) == ["a", "b"]


def test_a_merge_key_is_an_ordinary_key():
    assert list(compose("<<: {a: 1}\n").value) == ["<<"]


def test_nesting_is_read_down_to_the_limit_and_refused_below():
    assert compose("[" * MAX_DEPTH + "]" * MAX_DEPTH).line == 1
    assert f"超过 {MAX_DEPTH} 层" in fault("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).found


def test_the_line_where_nesting_becomes_too_deep_is_reported():
    assert fault("\n".join("  " * depth + "a:" for depth in range(20))).line == MAX_DEPTH + 1


def test_more_values_than_a_report_holds_are_refused():
    assert f"超过 {MAX_NODES} 个值" in fault("- 1\n" * (MAX_NODES + 1)).found


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BOMB, id="alias bomb"),
        pytest.param("a: &a {b: *a}\n", id="a node inside itself"),
        pytest.param("[" * 500_000, id="deep brackets"),
        pytest.param("{a: " * 200_000, id="deep braces"),
        pytest.param("- " * 400_000, id="deep dashes"),
        pytest.param("? " * 400_000, id="deep keys"),
        pytest.param("a: [" + "1," * 400_000 + "]", id="a row of 400,000"),
        pytest.param("".join(f"k{n}: 1\n" for n in range(80_000)), id="80,000 keys"),
        pytest.param('a: "' + "\\" * 900_000, id="an open quotation"),
    ],
)
def test_a_hostile_text_costs_no_more_than_its_size(text):
    start = time.process_time()
    with pytest.raises(YAMLFault):
        compose(text)
    assert time.process_time() - start < 2


def test_a_line_separator_makes_no_file_slow():
    text = "# \u2028" + "\n" * 900_000 + "a: [" + "1," * 3_000 + "]\n"
    start = time.process_time()
    assert compose(text).value["a"][0] == 900_001
    assert time.process_time() - start < 0.5
