"""The table of division codes, and what a name in a document means."""

import re

import pytest

from gkstats.divisions import divisions, resolve


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
