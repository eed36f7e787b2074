"""The table of division codes, and what a name in a document means."""

import doctest
import re

import pytest

import gkstats.divisions
from gkstats.bodies import body_of, folder_named, folder_of
from gkstats.cli import WELL, WRONG_USE, run
from gkstats.divisions import divisions, resolve
from gkstats.params import load
from gkstats.report import ReportError, UnknownReport


def codes(name):
    return [division.code for division in resolve(name).divisions]


def test_the_table_holds_every_division_from_county_level_up():
    table = divisions()
    assert all(re.fullmatch(r"[1-6]\d{5}", code) for code in table)
    levels = [division.level for division in table.values() if division.current]
    # the Ministry of Civil Affairs: 31 without Taiwan, Hong Kong and Macao; 333 and about 2,845
    assert (levels.count("province"), levels.count("prefecture")) == (31, 333)
    assert 2840 <= levels.count("county") <= 2850


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("重庆市彭水苗族土家族自治县人民政府", "500243"),
        ("彭水县", "500243"),
        ("彭水自治县", "500243"),
        ("江苏省淮安市洪泽区", "320813"),
        ("洪泽区人民政府办公室", "320813"),
        ("宿迁市人民政府", "321300"),
        ("北京市朝阳区", "110105"),
        ("朝阳市朝阳县", "211321"),
        ("湖北省仙桃市", "429004"),  # no prefecture between
        ("吉林省吉林市", "220200"),
        ("海南藏族自治州", "632500"),
        ("重庆市", "500000"),
        ("杭州市下城区", "330103"),  # given up in 2021
        ("三明市三元区", "350404"),  # another code since 2021
    ],
)
def test_a_name_means_one_division(name, code):
    assert codes(name) == [code]
    assert resolve(name).rest == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("朝阳区", ["110105", "220104"]), ("市中区", ["370103", "370402", "511002", "511102"]),
     ("江北区", ["330205", "500105"])],
)  # fmt: skip
def test_a_name_that_several_bear_lists_them_all_also_those_given_up(name, expected):
    assert codes(name) == expected


@pytest.mark.parametrize(
    ("name", "code", "rest"),
    [("彭水苗族土家族自治县财政局", "500243", "财政局"), ("东莞市长安镇", "441900", "长安镇")],
)
def test_what_lies_below_a_county_is_told_apart_from_it(name, code, rest):
    assert (codes(name), resolve(name).rest) == ([code], rest)


@pytest.mark.parametrize("name", ["", "某省某市某县", "保家镇", "县", "国家税务总局"])
def test_what_is_not_in_the_table_means_nothing(name):
    assert codes(name) == []


def test_the_examples_of_the_documentation_hold():
    assert doctest.testmod(gkstats.divisions).failed == 0


# -- folders


@pytest.mark.parametrize("given", ["500243-pengshui", "500243", "pengshui", "彭水县", "重庆市彭水苗族土家族自治县"])
def test_a_body_is_found_by_folder_code_short_name_and_name(given, params_dir):
    assert folder_of(given, params_dir) == "500243-pengshui"


@pytest.mark.parametrize(
    ("given", "id"),
    [("110105", "110105-county"), ("北京市朝阳区", "110105-county"), ("江苏省", "320000-province"),
     ("淮安市", "320800-prefecture"), ("110105-chaoyang", "110105-chaoyang")],
)  # fmt: skip
def test_a_new_body_gets_a_folder_of_its_code_and_level(given, id, params_dir):
    assert folder_of(given, params_dir) == id


@pytest.mark.parametrize(
    ("given", "words"),
    [("朝阳区", "220104 吉林省长春市朝阳区"), ("江北区", "500105 重庆市江北区（曾用）"), ("某某", "不是主体"),
     ("宿迁市财政局", "--body 321300-finance")],
)  # fmt: skip
def test_what_is_no_single_body_says_what_to_do(given, words, params_dir):
    with pytest.raises(UnknownReport, match=re.escape(words)):
        folder_of(given, params_dir)


def test_two_bodies_with_one_code_are_told_apart_by_their_names(params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    assert run(["new", "500243-finance", "2023", "--name", "彭水苗族土家族自治县财政局"]) == WELL
    body = load("500243-finance", 2023).body
    assert (body.level, body.scope) == ("department", "本机关")
    assert folder_named("重庆市彭水县财政局", "params") == "500243-finance"
    assert folder_named("彭水苗族土家族自治县人民政府", "params") == "500243-pengshui"
    assert run(["import", "x.txt", "--body", "500243"]) == WRONG_USE
    assert "500243-finance、500243-pengshui" in capsys.readouterr().err


def test_a_body_with_two_folders_is_asked_for(params_dir):
    (params_dir / "500243-county").mkdir()
    text = (params_dir / "500243-pengshui/2023.yaml").read_text(encoding="utf-8")
    (params_dir / "500243-county/2023.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UnknownReport, match="500243-county、500243-pengshui"):
        folder_named("彭水苗族土家族自治县", params_dir)


def test_a_damaged_file_of_the_same_body_is_told_and_one_of_another_is_no_matter(params_dir):
    (params_dir / "500243-pengshui/2023.yaml").write_text("body: [", encoding="utf-8")
    assert folder_named("江苏省宿迁市", params_dir) == "321300-suqian"
    assert folder_named("国家某某局", params_dir) == ""
    with pytest.raises(ReportError):
        folder_named("彭水苗族土家族自治县", params_dir)


def test_a_new_report_needs_no_name_where_the_code_gives_it(params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    assert run(["new", "海南藏族自治州", "2024"]) == WELL
    report = load("632500", 2024)
    assert (report.body.name, report.body.level, report.body.scope) == ("海南藏族自治州", "prefecture", "全州汇总")


def test_a_town_is_known_by_its_name(tmp_path):
    assert body_of("500243-baojia", tmp_path, "彭水苗族土家族自治县保家镇人民政府").level == "town"
