"""What a clerk is told about a file that cannot be read: every problem at once, each with its line, what was
found, what is expected and what to do, and nothing else harmed."""

import shutil
import time

import pytest

from gkstats.params import MAX_BYTES, load, read
from gkstats.report import ReportError
from gkstats.report_file import parse

ROW = "results.granted: [2, 1, 0, 0, 0, 0, 3]"
COUNT = "不小于 0 的整数"


def edited(text, old, new):
    """The text with its only ``old`` replaced."""
    assert text.count(old) == 1
    return text.replace(old, new)


def line_of(text, words):
    """The number of the first line that holds the words, as an editor counts lines."""
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)


def says(problem, *words):
    """Whether a message holds all the words; where it does not, the message."""
    return all(word in str(problem) for word in words) or str(problem)


# -- figures


@pytest.mark.parametrize(
    ("figure", "found"),
    [
        ("三", "“三”"),
        ("-1", "“-1”"),
        ("2.5", "“2.5”"),
        ("2.0", "“2.0”"),
        ("+2", "“+2”"),
        ("１２", "“１２”"),
        ("－１", "“－１”"),
        ("①", "“①”"),
        ("٣", "“٣”"),
        ("1e999", "“1e999”"),
        ("NaN", "“NaN”"),
        (".inf", "“.inf”"),
        ("0x10", "“0x10”"),
        ("1_000", "“1_000”"),
        ("12:30", "“12:30”"),
        ("true", "“true”"),
        ("/", "“/”"),
        ("—", "“—”"),
        ("22（其中修订16件）", "“22（其中修订16件）”"),
        ("251000元", "“251000元”"),
        ("<script>alert(1)</script>", "“<script>alert(1)</script>”"),
        ("{applications/received/total: 1}", "“键: 值”的内容"),
        ("[1]", "一组值"),
        ('""', "文字“”"),
    ],
)
def test_what_is_no_count_is_quoted_with_its_row_and_column(minimal, problems, figure, found):
    text = edited(minimal, ROW, f"results.granted: [2, {figure}, 0, 0, 0, 0, 3]")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.granted:")
    assert problem.where == "表三“（一）予以公开”行商业企业列"
    assert (problem.found, problem.expected[:9]) == (found, COUNT)
    assert problem.advice


def test_a_quoted_figure_is_told_to_lose_its_quotation_marks(minimal, problems):
    (problem,) = problems(edited(minimal, ROW, 'results.granted: [2, 1, 0, 0, 0, 0, "3"]'))
    assert says(problem, "表三“（一）予以公开”行总计列", "文字“3”", COUNT, "去掉", "引号") is True


@pytest.mark.parametrize("figure", [str(10**30), "1" * 13, "9" * 100_000], ids=["10**30", "13", "100000"])
def test_a_huge_count_is_refused_and_its_message_stays_short(minimal, problems, figure):
    text = edited(minimal, ROW, f"results.granted: [{figure}, 1, 0, 0, 0, 0, 3]")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.granted:")
    assert says(problem, "表三“（一）予以公开”行自然人列", figure[:13]) is True
    assert len(str(problem)) < 150


def test_a_huge_count_is_told_how_many_digits_are_read(minimal, problems):
    (problem,) = problems(edited(minimal, ROW, f"results.granted: [{10**30}, 1, 0, 0, 0, 0, 3]"))
    assert "12 位" in str(problem)


@pytest.mark.parametrize(
    "figure", ["-8.50", "八", "1e999", ".nan", "8,205.10", "８.５", "8.", ".5", "8.5万元", "8.123456789", "1E+3"]
)
def test_what_is_no_amount_is_quoted_with_its_row_and_column(minimal, problems, figure):
    text = edited(minimal, "[8.50]", f"'{figure}'").replace("'", "")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "fees_10k_yuan:")
    assert says(problem, "表二“行政事业性收费”行本年收费金额列", f"“{figure}”", "不小于 0 的数") is True


def test_figures_of_section_two_and_four_are_named_as_in_the_form(minimal, problems):
    text = edited(minimal, "normative_documents: [2, 1, 9]", "normative_documents: [2, 一, 9]")
    text = edited(text, "suit_direct: [0, 0, 1, 0, 1]", "suit_direct: [0, 0, 1, 零, 1]")
    first, second = problems(text)
    assert says(first, "表二“行政规范性文件”行本年废止件数列", "“一”") is True
    assert says(second, "表四“未经复议直接起诉”行尚未审结列", "“零”") is True


# -- rows


@pytest.mark.parametrize(("row", "count"), [("[2, 1, 3]", 3), ("[2, 1, 0, 0, 0, 0, 0, 3]", 8), ("[]", 0)])
def test_a_wrong_number_of_figures_names_the_columns_expected(minimal, problems, row, count):
    text = edited(minimal, ROW, f"results.granted: {row}")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.granted:")
    assert says(problem, "表三“（一）予以公开”行", f"{count} 个数", "7 个数") is True
    assert "自然人、商业企业、科研机构、社会公益组织、法律服务机构、其他、总计" in str(problem)


def test_a_thousand_separator_in_a_row_is_one_figure_too_many(minimal, problems):
    (problem,) = problems(edited(minimal, "[5]", "[107,264]"))
    assert says(problem, "表二“行政许可”行", "2 个数", "1 个数（本年处理决定数量）") is True


@pytest.mark.parametrize(
    ("row", "found"), [("三", "“三”"), ("3", "“3”"), ("2 1 0 0 0 0 3", "“2 1 0"), ("{total: 3}", "“键: 值”的内容")]
)
def test_a_row_that_is_no_list_is_told_to_use_brackets(minimal, problems, row, found):
    text = edited(minimal, ROW, f"results.granted: {row}")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.granted:")
    assert says(problem, "表三“（一）予以公开”行", found, "方括号里的 7 个数") is True


def test_an_unknown_row_is_told_the_nearest(minimal, problems):
    text = edited(minimal, ROW, f"{ROW}\n    results.grantd: null")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.grantd:")
    assert says(problem, "表三", "表中没有的行“results.grantd”", "results.granted", "（一）予以公开") is True


def test_a_missing_row_is_named_by_its_label_at_the_line_of_its_table(minimal, problems):
    text = edited(minimal, "    carried_out: [1, 0, 0, 0, 0, 0, 1]\n", "")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "  applications:")
    assert says(problem, "表三", "缺少一行", "“四、结转下年度继续办理”", "carried_out", "7 个数") is True


def test_a_missing_line_of_a_group_is_named_with_its_group(minimal, problems):
    (problem,) = problems(edited(minimal, "    results.closed_otherwise.other: [0, 0, 0, 0, 0, 0, 0]\n", ""))
    assert says(problem, "缺少一行", "“（六）其他处理 3.其他”") is True


def test_a_missing_table_is_named_by_its_label(minimal, problems):
    text = edited(minimal, "  fees:\n    fees_10k_yuan: [8.50]\n", "")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "  documents:")  # the tables begin here
    assert says(problem, "表二（第二十条第（八）项）", "缺少整张表“fees”") is True


def test_an_unknown_table_is_told_the_nearest(minimal, problems):
    text = edited(minimal, "  disputes:\n", "  dispute:\n")
    unknown = next(problem for problem in problems(text) if problem.line == line_of(text, "  dispute:"))
    assert says(unknown, "不认识的键“dispute”", "disputes") is True


@pytest.mark.parametrize("key", ["body", "year", "tables"])
def test_a_missing_part_is_named(minimal, problems, key):
    (problem,) = (problem for problem in problems(edited(minimal, f"{key}:", "facts:")) if "缺少" in problem.found)
    assert says(problem, "报告", f"缺少“{key}”", "gkstats new") is True


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("blank: unknown", "blnk: unknown", ["报告", "不认识的键“blnk”", "是否应为“blank”"]),
        ("blank: unknown", "备注: x", ["报告", "不认识的键“备注”", "body、year、form、blank、tables"]),
        ("  name: 某县", "  name: 某县\n  nmae: 某县", ["body", "不认识的键“nmae”", "是否应为“name”"]),
        ("blank: unknown", "prose: {overview: x, overveiw: y}", ["prose", "“overveiw”", "是否应为“overview”"]),
        ("blank: unknown", "source: {url: x}", ["source", "不认识的键“url”", "title、file、sha256、note"]),
        ("blank: unknown", "explanations: [{check: X.1, reason: x, whom: y}]", ["explanations", "“whom”", "who"]),
        ("blank: unknown", "__class__: x", ["报告", "不认识的键“__class__”"]),
    ],
)
def test_an_unknown_key_is_told_the_nearest_or_all(minimal, problems, old, new, words):
    text = edited(minimal, old, new)
    (problem,) = problems(text)
    assert problem.line == line_of(text, new.split("\n")[-1])
    assert says(problem, *words) is True


# -- body, year, form and the rest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"123456"', '"12345"', ["区划代码", "“12345”", "6 至 12 位数字"]),
        ('"123456"', "１２３４５６", ["区划代码", "“１２３４５６”", "6 至 12 位数字"]),
        ('"123456"', '"../../etc"', ["区划代码", "“../../etc”", "6 至 12 位数字"]),
        ('"123456"', "[1, 2]", ["区划代码", "一组值", "文字"]),
        ("name: 某县", "name:", ["主体名称", "空白", "填写"]),
        ("name: 某县", "name: [某县]", ["主体名称", "一组值", "文字"]),
        ("name: 某县", f"name: {'某' * 61}", ["主体名称", "61 字", "不超过 60 字"]),
        ("name: 某县", 'name: "某\\n县"', ["主体名称", "控制字符", "U+000A"]),
        ("name: 某县", 'name: "\\e[2J某县"', ["主体名称", "控制字符", "U+001B"]),
        ("level: county", "level: kounty", ["层级", "“kounty”", "county、town"]),
        ("scope: 全县汇总", "scope: 全部", ["统计范围", "“全部”", "全县汇总", "县政府（含办公室）"]),
        ("year: 2023", "year: 二〇二三", ["报告年度", "“二〇二三”", "整数"]),
        ("year: 2023", "year: 2023.0", ["报告年度", "“2023.0”", "整数"]),
        ("year: 2023", "year: 2018", ["报告年度", "2018", "2019 至 2100"]),
        ("year: 2023", "year: 20230", ["报告年度", "20230", "2019 至 2100"]),
        ("year: 2023", f"year: {10**30}", ["报告年度", "“1000000", "整数"]),
        ("year: 2023", "year: -2023", ["报告年度", "“-2023”", "整数"]),
        ("year: 2023", "year:", ["报告年度", "空白", "整数"]),
        ("form: 2021", "form: 2020", ["报告格式", "2020", "2019、2021", "国办公开办函〔2019〕60号"]),
        ("form: 2021", "form: 新格式", ["报告格式", "“新格式”", "整数"]),
        ("year: 2023", "year: 2020", ["报告格式", "2021", "2020 年度", "国办公开办函〔2021〕30号"]),
        ("blank: unknown", "blank: nothing", ["blank", "“nothing”", "unknown、zero"]),
        ("blank: unknown", "facts: {Bad Name: 1}", ["facts", "名称“Bad Name”", "小写英文字母"]),
        ("blank: unknown", "facts: {empty: null}", ["facts.empty", "空白", "填写"]),
        ("blank: unknown", "facts: {list: [1, 2]}", ["facts.list", "一组值"]),
        ("blank: unknown", "facts: [1, 2]", ["facts", "一组值", "“键: 值”"]),
        ("blank: unknown", "explanations: 无", ["explanations", "“无”", "“- ”开头"]),
        ("blank: unknown", "explanations: [{check: X.1}]", ["explanations", "缺少“reason”"]),
        ("blank: unknown", "explanations: [情况属实]", ["explanations", "“情况属实”", "“键: 值”"]),
        ("blank: unknown", 'prose: {overview: "一\\t二"}', ["prose.overview", "控制字符", "U+0009"]),
        ("blank: unknown", "prose: {overview: [一, 二]}", ["prose.overview", "一组值", "文字"]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_quoted_with_what_is_expected(minimal, problems, old, new, words):
    text = edited(minimal, old, new)
    problem = problems(text)[0]
    line = "form: 2021" if new == "year: 2020" else new
    assert problem.line == line_of(text, line)
    assert says(problem, *words) is True
    assert len(str(problem)) < 250


def test_prose_longer_than_any_report_is_refused(minimal, problems):
    (problem,) = problems(edited(minimal, "blank: unknown", f"prose: {{overview: {'字' * 100_001}}}"))
    assert says(problem, "prose.overview", "100001 字", "不超过 100000 字") is True
    assert len(str(problem)) < 100


def test_the_folder_and_the_file_name_must_agree_with_the_content(minimal, problems):
    code, year = problems(minimal, id="654321-qita", year="2022")
    assert (code.line, year.line) == (line_of(minimal, "code:"), line_of(minimal, "year:"))
    assert says(code, "“123456”", "“654321-qita”", "文件夹") is True
    assert says(year, "2023", "“2022”", "文件名") is True


def test_a_file_in_the_wrong_folder_or_under_the_wrong_year_is_refused(params_dir):
    for wrong in ("320813-hongze/2023.yaml", "500243-pengshui/2022.yaml"):
        shutil.copy(params_dir / "500243-pengshui" / "2023.yaml", params_dir / wrong)
        with pytest.raises(ReportError, match="一致的"):
            read(params_dir / wrong)


def test_tables_of_another_form_are_recognised(minimal, problems):
    text = edited(minimal, "form: 2021", "form: 2019")
    found = problems(text)
    messages = "\n".join(map(str, found))
    fees = next(problem for problem in found if problem.line == line_of(text, "fees_10k_yuan:"))
    assert says(fees, "表中没有的行“fees_10k_yuan”", "2021 年格式", "form: 2021") is True
    for words in ("缺少整张表“procurement”", "缺少一行：“其他对外管理服务事项”", "3 个数（上一年项目数量"):
        assert words in messages


# -- the notation


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("results.granted: !!int 3", ["标签", "!"]),
        ("results.granted: !!python/object/apply:os.system ['touch harmed']", ["标签", "python/object/apply", "!"]),
        ("results.granted: &a [2, 1, 0, 0, 0, 0, 3]", ["锚点或别名"]),
        ("results.granted: *a", ["锚点或别名"]),
        (f"{ROW}\n    results.granted: null", ["重复的键“results.granted”", "每个键只写一次"]),
        (f"{ROW}\n\tresults.refused: null", ["无法理解的 YAML", "制表符"]),
        ("results.granted: [2, 1,, 3]", ["无法理解的 YAML", "方括号"]),
        ("results.granted: [[[[[[[[[[3]]]]]]]]]]", ["嵌套"]),
    ],
)
def test_more_than_plain_notation_is_refused_on_its_line(minimal, problems, new, words):
    text = edited(minimal, ROW, new)
    (problem,) = problems(text)
    assert problem.line == line_of(text, ROW if ROW in new else "results.granted:") + new.count("\n")
    assert says(problem, "YAML", *words) is True


def test_a_second_document_is_refused(minimal, problems):
    (problem,) = problems(minimal + "---\n" + minimal)
    assert problem.line == minimal.count("\n") + 1
    assert says(problem, "第二个文档", "分成两个文件") is True


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_a_control_character_is_refused(minimal, problems, character):
    (problem,) = problems(edited(minimal, "某县", f"某{character}县"))
    assert says(problem, "控制字符", "删除") is True
    assert character not in str(problem)


def test_a_control_character_is_reported_on_its_line(minimal, problems):
    text = edited(minimal, "    suit_direct:", "    # 一二三四五六七八九十\x07\n    suit_direct:")
    text = "# 国务院办公厅政府信息与政务公开办公室\n" * 5 + text
    (problem,) = problems(text)
    assert problem.line == line_of(text, "\x07")


@pytest.mark.parametrize(
    ("old", "new"), [("[5]", '["\\e[2J5"]'), ("[5]", '["5\\n6"]'), ("blank:", '"\\e[2J":'), ("[5]", '["\\u202e5"]')]
)
def test_a_message_shows_no_control_characters_to_the_terminal(minimal, problems, old, new):
    for problem in problems(edited(minimal, old, new)):
        assert not {"\x1b", "\n", "\u202e"} & set(str(problem))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("[5]", "!<%1b%5b2J> 5", id="tag"),
        pytest.param("[5]", f"!{'x' * 1_000} 5", id="long tag"),
        pytest.param("blank: unknown", 'facts: {"\\e[2J": 5}', id="fact"),
        pytest.param("blank: unknown", 'prose: {"\\e[2J": [5]}', id="prose"),
        pytest.param("blank: unknown", 'source: {"a\\nb": [5]}', id="source"),
        pytest.param("blank: unknown", 'explanations: [{check: x, reason: x, "\\e": [5]}]', id="explanation"),
    ],
)
def test_a_message_shows_no_name_as_it_is_that_nobody_knows(minimal, problems, old, new):
    for problem in problems(edited(minimal, old, new)):
        assert not {"\x1b", "\n"} & set(str(problem))
        assert len(str(problem)) < 300


LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("blank: unknown", f"? {LONG}\n: 1", id="key"),
        pytest.param("blank: unknown", f"facts:\n  ? X{LONG}\n  : 1", id="fact"),
        pytest.param("    review:", f"    ? {LONG}\n    : null\n    review:", id="row"),
        pytest.param("level: county", f"level: {LONG}", id="level"),
        pytest.param('"123456"', LONG, id="code"),
    ],
)
def test_a_message_stays_short_however_long_the_words_it_quotes(minimal, problems, old, new):
    for problem in problems(edited(minimal, old, new)):
        assert len(str(problem)) < 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["空文件", "gkstats new"]),
        (b"\xef\xbb\xbf", ["空文件"]),
        (b"\n\n\n", ["空文件"]),
        ("# 只有\n# 注释\n".encode(), ["空文件"]),
        (b"- a\n- b\n", ["报告", "一组值", "“键: 值”的形式"]),
        (b"report\n", ["报告", "“report”", "“键: 值”的形式"]),
        (b"null\n", ["缺少“body”", "缺少“year”", "缺少“tables”"]),
        (b"{}\n", ["缺少“body”", "缺少“year”", "缺少“tables”"]),
        (b"tables: [1]\nyear: 2023\nbody: 1\n", ["tables", "一组值", "body"]),
        (b"PK\x03\x04\x14\x00\x06\x00", ["控制字符"]),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ["不是 UTF-8"]),
    ],
)
def test_what_is_no_report_at_all_is_said_so(problems, content, words):
    assert says("\n".join(map(str, problems(content))), *words) is True


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_refused_and_told_how_to_save(minimal, problems, encoding):
    (problem,) = problems(minimal.replace("汇总", "匯總").replace("县", "縣").encode(encoding))
    assert says(problem, "文件编码", "不是 UTF-8", "另存为", "编码选 UTF-8") is True


def test_the_first_line_in_another_encoding_is_reported(minimal, problems):
    (problem,) = problems(minimal.encode("gbk"))
    assert problem.line == line_of(minimal, "某县")


# -- all at once, and nothing else harmed


def test_all_problems_of_a_file_are_listed_at_once_in_order_of_lines(minimal, problems):
    text = minimal
    for old, new in (
        ("scope: 全县汇总", "scope: 全部"),
        ("form: 2021", "form: 2021\nremark: 无"),
        ("[5]", "[五]"),
        ("    penalties: [4]\n", ""),
        (ROW, "results.granted: [-2, 1.5, 0, 0, 0, 0, 3]"),
        ("review: [1, 0, 0, 0, 1]", "review: [1, 1]"),
    ):
        text = edited(text, old, new)
    text += "facts: {Name: 1}\nsource: [1]\n"
    found = problems(text)
    assert [problem.line for problem in found] == [
        line_of(text, words)
        for words in ("scope:", "remark:", "[五]", "  enforcement:", "[-2", "[-2", "[1, 1]", "facts:", "source:")
    ]
    assert len({problem.file for problem in found}) == 1


def test_the_error_lists_every_problem_under_the_name_of_the_file(minimal):
    text = edited(edited(minimal, "[5]", "[五]"), "[8.50]", "[八]")
    with pytest.raises(ReportError) as raised:
        parse(text.encode(), "params/123456-mou/2023.yaml")
    first, *rest = str(raised.value).split("\n")
    assert first == "params/123456-mou/2023.yaml 有 2 处问题："
    assert [line.split()[:3] for line in rest] == [["第", "14", "行"], ["第", "19", "行"]]


def test_a_duplicate_key_does_not_hide_other_problems(minimal, problems):
    text = edited(edited(minimal, "blank: unknown", "blank: unknown\nblank: zero"), "[5]", "[五]")
    assert [problem.line for problem in problems(text)] == [line_of(text, "blank: zero"), line_of(text, "[五]")]


def test_a_file_larger_than_any_report_is_refused_unread(params_dir):
    path = params_dir / "500243-pengshui" / "2023.yaml"
    with path.open("ab") as stream:
        stream.write(b"# \xff\n" * 500_000)  # 2 MB, and no UTF-8
    with pytest.raises(ReportError) as raised:
        load("500243", 2023, params_dir)
    (problem,) = raised.value.problems
    assert says(problem, "文件", f"{path.stat().st_size} 字节", f"不超过 {MAX_BYTES} 字节") is True


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BOMB, id="alias bomb"),
        pytest.param("[" * 900_000, id="deep nesting"),
        pytest.param("- " * 450_000, id="deep list"),
        pytest.param("".join(f"key{n}: 1\n" for n in range(9_000)), id="9,000 unknown keys"),
        pytest.param(f"year: {'9' * 900_000}\n", id="a year of 900,000 digits"),
        pytest.param(f"body: {{name: '{'某' * 300_000}'}}\n", id="a name of 300,000 characters"),
        pytest.param(f"? {'x' * 900_000}\n: 1\n", id="a key of 900,000 characters"),
    ],
)
def test_a_hostile_file_costs_no_more_than_its_size(problems, text):
    start = time.process_time()
    assert problems(text)
    assert time.process_time() - start < 3


def test_thousands_of_unknown_rows_cost_no_more_than_their_size(minimal, problems):
    rows = "".join(f"    results.refused.state{number}: 1\n" for number in range(4_500))
    start = time.process_time()
    assert problems(edited(minimal, "  disputes:\n", f"{rows}  disputes:\n"))
    assert time.process_time() - start < 1


HARMFUL = {
    "gbk": "body: 某县\n".encode("gbk"),
    "tag": b"body: !!python/object/apply:os.system ['touch harmed']\n",
    "bomb": BOMB.encode(),
    "empty": b"",
    "list": b"- a\n",
    "path": b"body: {code: '../..', name: ../../harmed, level: county, scope: x}\nyear: 2023\ntables: {}\n",
}


@pytest.mark.parametrize("content", HARMFUL.values(), ids=HARMFUL)
def test_a_bad_file_harms_no_other(params_dir, monkeypatch, content):
    monkeypatch.chdir(params_dir.parent)
    bad = params_dir / "321300-suqian" / "2023.yaml"
    bad.write_bytes(content)
    before = {path: path.read_bytes() for path in params_dir.parent.rglob("*") if path.is_file()}
    with pytest.raises(ReportError, match="321300-suqian/2023"):
        load("suqian", 2023)
    assert load("suqian", 2024).year == 2024
    assert load("pengshui", 2023).year == 2023
    assert {path: path.read_bytes() for path in params_dir.parent.rglob("*") if path.is_file()} == before


def test_rows_of_a_later_form_do_not_advise_a_form_the_year_did_not_have(minimal, problems):
    found = problems(edited(edited(minimal, "form: 2021\n", ""), "year: 2023", "year: 2020"))
    assert not any("form: 2021" in problem.advice for problem in found)


def test_what_is_left_open_is_reported_where_it_was_opened(minimal, problems):
    text = edited(minimal, "results.granted: [2, 1, 0, 0, 0, 0, 3]", "results.granted: [2, 1, 0, 0, 0, 0, 3")
    (problem,) = problems(text)
    assert problem.line == line_of(text, "results.granted:")


def test_a_utf_16_file_is_told_from_a_gbk_one(minimal, problems):
    assert "UTF-16" in problems(minimal.encode("utf-16"))[0].advice
    assert "GBK" in problems(minimal.encode("gbk"))[0].advice
