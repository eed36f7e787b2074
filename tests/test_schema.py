"""What follows from a form once it is written: codes, relations, spans; and what a wrong form says."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

import gkstats.forms
from gkstats.schema import (
    AMOUNT,
    CHANGE,
    COUNT,
    Balance,
    Cell,
    Form,
    FormError,
    Heading,
    Item,
    Section,
    Table,
    Total,
    spans,
)

# apples and pears come in, some are eaten (raw or cooked), some kept; by children and adults
EATEN = Heading(
    "eaten",
    "二、吃掉",
    (
        Item("raw", "（一）生吃"),
        Heading("cooked", "（二）煮熟", (Item("soup", "1.汤（含甜汤）"), Item("cake", "2.糕")), collapsible=True),
        Total("total", "（三）总计", rule="F.2", text="各种吃法之和等于总计"),
    ),
)
WHO = (
    Heading("", "各人", (Item("children", "儿童"), Heading("adult", "成人", (Item("men", "男"), Item("women", "女"))))),
)
FRUIT = Table(
    "fruit",
    "表一",
    "水果",
    section="kitchen",
    rows=(Item("bought", "一、买来"), EATEN, Item("kept", "三、留下")),
    columns=WHO,
    balances=(Balance("F.1", ("bought",), ("eaten.total", "kept"), "买来的等于吃掉的加留下的"),),
)
MONEY = Table(
    "money",
    "表二",
    "钱",
    section="kitchen",
    rows=(Item("spent", "花费"),),
    columns=(Item("yuan", "金额（单位：元）", AMOUNT), Item("change", "增/减", CHANGE), Item("times", "次数")),
)
FORM = Form(2000, "《水果格式》", "厨房〔2000〕1号", 2000, (Section("kitchen", "一、厨房"),), (FRUIT, MONEY))


ONE_ROW, ONE_COLUMN = (Item("a", "甲"),), (Item("x", "子"),)


def table(rows=ONE_ROW, columns=ONE_COLUMN, balances=()):
    return Table("t", "表", "表", section="s", rows=rows, columns=columns, balances=balances)


def test_a_row_code_is_the_path_to_the_line():
    assert list(FRUIT.row) == ["bought", "eaten.raw", "eaten.cooked.soup", "eaten.cooked.cake", "eaten.total", "kept"]


def test_a_heading_without_a_code_leaves_no_trace_in_the_codes():
    assert list(FRUIT.column) == ["children", "adult.men", "adult.women"]


def test_cells_are_in_printed_order_table_by_table_row_by_row():
    assert [str(cell) for cell in FORM.cells[:4]] == [
        "fruit/bought/children",
        "fruit/bought/adult.men",
        "fruit/bought/adult.women",
        "fruit/eaten.raw/children",
    ]
    assert [str(cell) for cell in FORM.cells[-3:]] == [
        "money/spent/yuan",
        "money/spent/change",
        "money/spent/times",
    ]
    assert len(FORM.cells) == 6 * 3 + 3


def test_index_is_the_position_in_cells():
    assert [FORM.index[cell] for cell in FORM.cells] == list(range(21))


def test_the_kind_of_a_figure_is_that_of_its_column():
    assert [FORM.kind(Cell("money", "spent", column)) for column in ("yuan", "change", "times")] == [
        AMOUNT,
        CHANGE,
        COUNT,
    ]


def test_a_stated_balance_holds_in_each_column():
    found = [relation for relation in FORM.relations if relation.rule == "F.1"]
    assert [relation.place for relation in found] == ["儿童列", "男列", "女列"]
    assert found[1].left == (Cell("fruit", "bought", "adult.men"),)
    assert found[1].right == (Cell("fruit", "eaten.total", "adult.men"), Cell("fruit", "kept", "adult.men"))
    assert found[1].text == "买来的等于吃掉的加留下的"


def test_a_total_is_the_sum_of_the_lines_beside_it_and_below_them():
    found = [relation for relation in FORM.relations if relation.rule == "F.2"]
    assert len(found) == 3
    assert [cell.row for cell in found[0].left] == ["eaten.raw", "eaten.cooked.soup", "eaten.cooked.cake"]
    assert [cell.row for cell in found[0].right] == ["eaten.total"]
    assert {cell.column for cell in (*found[0].left, *found[0].right)} == {"children"}


def test_a_total_across_is_the_sum_of_the_columns_beside_it():
    across = table(columns=(*WHO, Total("all", "总计", rule="F.3", text="各人之和等于总计")))
    (relation,) = across.relations()
    assert [cell.column for cell in relation.left] == ["children", "adult.men", "adult.women"]
    assert [cell.column for cell in relation.right] == ["all"]
    assert relation.place == "“甲”行"


def test_a_total_does_not_add_up_another_total():
    rows = (
        Heading("h", "上", (Item("a", "甲"), Total("sum", "小计", rule="1", text="小计"))),
        Item("b", "乙"),
        Total("sum", "总计", rule="2", text="总计"),
    )
    of_rule = {relation.rule: [cell.row for cell in relation.left] for relation in table(rows).relations()}
    assert of_rule == {"1": ["h.a"], "2": ["h.a", "b"]}


def test_a_table_without_totals_and_balances_has_no_relations():
    assert list(MONEY.relations()) == []


def test_a_label_merges_over_the_lines_it_groups():
    # label, level, levels, first, count, leaf
    assert [tuple(span) for span in spans(WHO)] == [
        ("各人", 0, 1, 0, 3, False),
        ("儿童", 1, 2, 0, 1, True),
        ("成人", 1, 1, 1, 2, False),
        ("男", 2, 1, 1, 1, True),
        ("女", 2, 1, 2, 1, True),
    ]


@pytest.mark.parametrize("lines", [WHO, FRUIT.rows, MONEY.columns])
def test_the_labels_of_a_head_fill_it_without_gaps_or_overlaps(lines):
    found = spans(lines)
    filled = [
        (level, place)
        for span in found
        for level in range(span.level, span.level + span.levels)
        for place in range(span.first, span.first + span.count)
    ]
    levels, leaves = 1 + max(level for level, _ in filled), sum(span.leaf for span in found)
    assert sorted(filled) == [(level, place) for level in range(levels) for place in range(leaves)]


def test_a_group_of_rows_has_its_lines_without_the_total_as_members():
    assert FRUIT.members["eaten"] == ("eaten.raw", "eaten.cooked.soup", "eaten.cooked.cake")
    assert FRUIT.members["eaten.cooked"] == ("eaten.cooked.soup", "eaten.cooked.cake")
    assert FRUIT.members["eaten.total"] == ("eaten.total",)


def test_lines_of_a_group_are_those_directly_below_it():
    assert FRUIT.lines_of("eaten") == {"eaten.raw": "（一）生吃", "eaten.cooked": "（二）煮熟"}


@pytest.mark.parametrize(
    ("place", "cells"),
    [
        ("fruit/eaten.raw/children", ["fruit/eaten.raw/children"]),
        ("fruit/eaten.cooked/adult.men", ["fruit/eaten.cooked.soup/adult.men", "fruit/eaten.cooked.cake/adult.men"]),
        ("fruit/eaten.cooked/adult", None),
        ("fruit/drunk/children", None),
        ("bread/eaten/children", None),
    ],
)
def test_members_of_a_place(place, cells):
    found = FORM.members(*place.split("/"))
    assert (found if found is None else [str(cell) for cell in found]) == cells


def test_a_message_names_table_row_and_column_by_their_labels():
    assert FORM.describe(Cell("fruit", "kept", "children")) == "表一“三、留下”行儿童列"


def test_a_message_names_a_line_with_its_group_and_without_its_note():
    assert FORM.describe(Cell("fruit", "eaten.cooked.soup", "adult.men")) == "表一“（二）煮熟 1.汤”行男列"
    assert FORM.describe(Cell("money", "spent", "yuan")) == "表二“花费”行金额列"


def test_a_message_names_a_line_of_the_outermost_group_alone():
    assert [FRUIT.row[code].label for code in ("bought", "eaten.raw")] == ["“一、买来”", "“（一）生吃”"]


def test_quotation_marks_in_a_label_become_single_inside_a_quoted_label():
    assert table((Item("a", "3.危及“三安全”"),)).row["a"].label == "“3.危及‘三安全’”"


def test_a_collapsed_group_is_one_row():
    collapsed = FORM.collapse("fruit", "eaten.cooked")
    assert list(collapsed.table["fruit"].row) == ["bought", "eaten.raw", "eaten.cooked", "eaten.total", "kept"]
    parts = next(relation.left for relation in collapsed.relations if relation.rule == "F.2")
    assert [cell.row for cell in parts] == ["eaten.raw", "eaten.cooked"]
    assert collapsed.table["fruit"].row["eaten.cooked"].item.label == "（二）煮熟"


def test_collapsing_leaves_a_group_of_the_same_code_in_another_table_alone():
    other = replace(FRUIT, code="nuts", balances=())
    collapsed = replace(FORM, tables=(FRUIT, other)).collapse("fruit", "eaten.cooked")
    assert "eaten.cooked" in collapsed.table["fruit"].row and "eaten.cooked.soup" in collapsed.table["nuts"].row


def test_a_group_below_a_heading_without_a_code_collapses_like_any_other():
    rows = (Heading("", "各样", (Heading("b", "乙", (Item("c", "丙"),), collapsible=True),)),)
    form = replace(FORM, tables=(replace(table(rows=rows), section="kitchen"),))
    assert list(form.collapse("t", "b").table["t"].row) == ["b"]


def test_collapsing_leaves_the_form_it_was_made_from_alone():
    FORM.collapse("fruit", "eaten.cooked")
    assert "eaten.cooked.soup" in FORM.table["fruit"].row


@pytest.mark.parametrize(
    "value",
    [FRUIT.rows[0], EATEN.lines[2], EATEN, FRUIT.balances[0], FRUIT, FORM.sections[0], FORM],
    ids=lambda value: type(value).__name__,
)
def test_nothing_of_a_form_changes(value):
    with pytest.raises(FrozenInstanceError):
        value.code = "other"


def test_two_forms_are_the_same_only_if_they_are_one_object():
    assert FORM == FORM and replace(FORM) != FORM
    assert len({FORM, FORM, replace(FORM)}) == 2


def test_a_form_knows_its_tables_and_sections_by_their_codes():
    assert FORM.section == {"kitchen": FORM.sections[0]}
    assert FORM.table == {"fruit": FRUIT, "money": MONEY}


def test_a_heading_without_a_code_is_no_group():
    rows = (Heading("", "各样", (Item("a", "甲"), Heading("b", "乙", (Item("c", "丙"),)))),)
    assert list(table(rows=rows).groups) == ["b"]
    assert list(table(rows=rows).members) == ["a", "b.c", "b"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rows": (Item("a", "甲"), Item("a", "乙"))}, ["rows", "'a'", "two lines"]),
        ({"columns": (Item("x", "子"), Item("x", "丑"))}, ["columns", "'x'", "two lines"]),
        ({"rows": (Heading("h", "上", (Item("a", "甲"), Item("a", "乙"))),)}, ["rows/h", "'a'", "two lines"]),
        ({"rows": (Item("a", "甲"), Heading("", "上", (Item("a", "乙"),)))}, ["'a'", "two lines"]),
        ({"rows": (Heading("", "上", (Item("a", "甲"),)), Heading("", "下", (Item("a", "乙"),)))}, ["'a'"]),
        ({"rows": (Item("a", "甲"), Heading("a", "上", (Item("b", "乙"),)))}, ["'a'", "two lines"]),
        ({"rows": (Item("A b", "甲"),)}, ["'A b'", "甲", "lower-case"]),
        ({"rows": (Item("a.b", "甲"),)}, ["'a.b'", "lower-case"]),
        ({"rows": (Item("", "甲"),)}, ["''", "甲", "lower-case"]),
        ({"balances": (Balance("R", ("b",), ("a",), ""),)}, ["'t'", "R", "'b'", "no row"]),
        ({"balances": (Balance("R", ("a",), ("a", "c"), ""),)}, ["'t'", "R", "'c'", "no row"]),
        ({"rows": (Item("a", "甲"), Total("t", "总计"))}, ["'t'", "rule"]),
        ({"rows": (Item("a", "甲"), Total("t", "总计", rule="R"))}, ["'t'", "words"]),
        ({"columns": (Total("t", "总计", rule="R", text="和"),)}, ["'t'", "no lines beside it"]),
    ],
)
def test_a_wrong_table_says_what_is_wrong(wrong, words):
    with pytest.raises(FormError) as raised:
        table(**wrong)
    assert all(word in str(raised.value) for word in words)


def test_a_balance_over_a_heading_is_refused_since_a_heading_holds_no_figures():
    with pytest.raises(FormError, match="'eaten'"):
        table((Item("bought", "一、买来"), EATEN), balances=(Balance("F.1", ("bought",), ("eaten",), ""),))


def test_two_tables_with_one_code_are_refused():
    with pytest.raises(FormError, match="two tables have the code 't'"):
        Form(1, "", "", 1, (Section("s", "一"),), (table(), table()))


def test_a_table_in_no_section_is_refused():
    with pytest.raises(FormError, match="'t' stands in no section 's'"):
        Form(1, "", "", 1, (Section("other", "一"),), (table(),))


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('left=("received", "carried_in")', 'left=("recieved", "carried_in")', "'recieved', which is no row"),
        ('Item("commercial", "商业企业")', 'Item("research", "商业企业")', "two lines have the code 'research'"),
        ('Section("disputes", "四', 'Section("dispute", "四', "stands in no section 'disputes'"),
    ],
)
def test_a_slip_in_the_official_forms_fails_at_import(right, wrong, message):
    source = Path(gkstats.forms.__file__).read_text(encoding="utf-8")
    assert source.count(right) == 1
    with pytest.raises(FormError, match=message):
        exec(compile(source.replace(right, wrong), "forms.py", "exec"), {"__name__": "slip"})


@pytest.mark.parametrize("known", [{}, {"rule": "F.9"}, {"text": "各项之和"}])
def test_a_total_needs_both_the_id_and_the_words_of_its_rule(known):
    with pytest.raises(FormError, match="needs the id and the words of its rule"):
        table(rows=(Item("a", "甲"), Total("total", "总计", **known)))


def test_a_heading_without_lines_fails_at_once():
    with pytest.raises(FormError, match="without lines"):
        Table("t", "表", "表", "s", (Heading("empty", "空", ()),), (Item("a", "甲"),))


def test_an_unknown_kind_of_figure_fails_at_once():
    with pytest.raises(FormError, match="unknown kind 'money'"):
        Table("t", "表", "表", "s", (Item("a", "甲"),), (Item("a", "甲", "money"),))


@pytest.mark.parametrize(
    ("table", "group", "words"),
    [
        ("applications", "results.closed", "there is no heading"),
        ("applicants", "results.closed_otherwise", "there is no heading"),
        ("applications", "results.refused", "never printed as one row"),
    ],
)
def test_only_a_collapsible_heading_that_is_there_can_be_collapsed(table, group, words):
    with pytest.raises(FormError, match=words):
        gkstats.forms.FORM_2021.collapse(table, group)
