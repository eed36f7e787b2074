"""A year at a glance: the worst first, small numbers never ranked, and a page that needs nothing but a browser."""

import hashlib
import json
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from math import sqrt
from pathlib import Path

import pandas as pd
import pytest
from builders import a_balanced_report

import gkstats as gk
from gkstats.checks import COLUMNS, examine, unreadable
from gkstats.output.index import index_page, write_index
from gkstats.overview import SMALL, load_overview, overview_rates, overview_title, overview_totals, overview_worst
from gkstats.overview.pictures import funnel, growth_chart, rate_chart, reason_shares_chart
from gkstats.report import Problem, UnknownReport
from outputs import leave, of_rate

EVIL = "<script>alert(1)</script>&\"'县"


@pytest.fixture
def out(tmp_path):
    """Four bodies: a sound one, one with an error, one with a blank, one whose report was not built."""
    reports = [
        a_balanced_report(id="110101-sound", year=2024),
        a_balanced_report({"applications/carried_out": [1, 0, 0, 0, 0, 0, 1]}, id="110101-sound", year=2023),
        a_balanced_report({"disputes/review/total": 5}, id="110102-wrong", year=2024),
        a_balanced_report({"applications/received/research": None}, id="110103-blank", year=2024),
        a_balanced_report(id="110104-died", year=2024),
    ]
    return leave(tmp_path / "outputs", reports, {"110104-died": "died"})


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])


def many(tmp_path, rates, handled=100, **more):
    """An overview of bodies with these disclosure rates (in results granted of ``handled``)."""
    reports = [of_rate(f"{110101 + number}-b", rate, handled, **more) for number, rate in enumerate(rates)]
    return load_overview(2024, leave(tmp_path / "outputs", reports))


def test_the_worst_come_first(out):
    lines = load_overview(2024, out).lines
    assert [line.id for line in lines] == ["110104-died", "110102-wrong", "110103-blank", "110101-sound"]
    assert [line.verdict for line in lines] == [
        ("fail", "进程中断"), ("fail", "有错误"), ("unknown", "有空白"), ("pass", "已生成"),
    ]  # fmt: skip


def test_the_title_counts_the_bodies_that_need_something(out):
    verdict = overview_title(load_overview(2024, out)).blocks[1]
    assert (verdict["status"], verdict["text"]) == (
        "fail", "共4个机关：1个有错误，0个只有提示，2个没有需要处理的事项；1个的报告没有生成。",
    )  # fmt: skip


def test_a_body_without_a_record_is_told_as_not_built(tmp_path):
    out = leave(tmp_path / "outputs", [a_balanced_report(id="110101-a")], {"110101-a": None})
    (line,) = load_overview(2024, out).lines
    assert line.verdict == ("fail", "未生成") and line.files == ()


def test_what_one_error_breaks_counts_once_and_what_a_reviewer_settled_not_at_all(tmp_path):
    wrong = a_balanced_report({"applications/results.total/total": 7}, id="110101-a")
    broken = [finding for finding in examine([wrong]).findings if finding.status == "fail"]
    assert len(broken) > 1
    entries = [{"check": f.rule, "finding": f.fingerprint, "as": "属实有因", "reason": "合并"} for f in broken]
    decided = replace(wrong, explanations=tuple(entries), id="110102-b")
    half = replace(wrong, explanations=tuple(entries[:1]), id="110103-c")
    lines = {line.id: line for line in load_overview(2024, leave(tmp_path / "outputs", [wrong, decided, half])).lines}
    assert (lines["110101-a"].counts["error"], lines["110101-a"].verdict[1]) == (1, "有错误")
    assert (lines["110102-b"].counts["error"], lines["110102-b"].counts["decided"]) == (0, 1)
    assert lines["110102-b"].verdict == ("pass", "已生成")
    assert lines["110103-c"].counts["error"] == 1


def test_a_body_whose_file_cannot_be_read_goes_by_the_name_of_last_year(tmp_path):
    last = a_balanced_report(id="110101-a", year=2023)
    found = pd.DataFrame(unreadable([Problem("x.yaml", 3, "表三", "错", "")], "110101-a", 2024), columns=list(COLUMNS))
    (line,) = load_overview(2024, leave(tmp_path / "outputs", [last], findings=found)).lines
    assert (line.name, line.report, line.counts["error"]) == ("某县", None, 1)
    assert index_page(load_overview(2024, tmp_path / "outputs"))


def test_a_torn_record_is_as_good_as_none(out):
    (out / "2024/110101-sound/report.json").write_text("{", encoding="utf-8")
    assert load_overview(2024, out).lines[0].verdict == ("fail", "未生成")


def test_a_year_of_which_nothing_is_left_is_refused_with_what_to_do(out):
    with pytest.raises(UnknownReport, match=r"2019年度.*gkstats build"):
        load_overview(2019, out)


def test_totals_compare_only_the_bodies_both_years_are_known_of(out):
    table = overview_totals(load_overview(2024, out)).blocks[1]
    received = next(row for row in table["body"] if row[0]["text"] == "新收申请")
    # four bodies with seven each, one of them known of both years
    assert [c["text"] for c in received[1:]] == ["28", "4", "7", "7", "0%", "1"]


def test_the_list_ends_where_it_was_told_to_and_says_how_many_more_there_are(out):
    paragraph, table = overview_worst(load_overview(2024, out), 3).blocks[1:]
    assert len(table["body"]) == 3 and "其余1个见 index.html" in paragraph["text"]


@pytest.mark.parametrize(("handled", "ranked"), [(SMALL - 1, False), (SMALL, True)])
def test_a_rate_of_fewer_than_thirty_results_is_shown_and_never_ranked(tmp_path, handled, ranked):
    report = of_rate("110101-a", handled - 3, handled)
    last = replace(of_rate("110101-a", 3, 60), year=2023)
    overview = load_overview(2024, leave(tmp_path / "outputs", [report, last]))
    (line,) = overview.lines
    assert (line.ranked("disclosure_rate") is not None) == ranked and line.value("disclosure_rate") is not None
    assert (line.ranked_change("disclosure_rate") is not None) == ranked
    page = index_page(overview)
    shown = data_of(page)["rows"][0][re.findall("<th>(.*?)</th>", page).index("公开率")]
    assert shown[1].endswith("%") if ranked else shown[0] is None and shown[1].endswith("%*")


def test_growth_from_fewer_than_thirty_is_not_ranked(tmp_path):
    this, last = of_rate("110101-a", 30, 60), replace(of_rate("110101-a", 10, SMALL - 1), year=2023)
    (line,) = load_overview(2024, leave(tmp_path / "outputs", [this, last])).lines
    assert line.growth("received") is not None and line.ranked_growth("received") is None


def test_limits_of_bodies_that_differ_by_chance_only_are_those_of_a_binomial_share(tmp_path):
    limits = funnel(many(tmp_path, [48, 49, 50, 51, 52] * 8))
    assert limits.rate == 0.5 and limits.spread == 0 and limits.outside == ()
    assert limits.limits(100) == pytest.approx((0.5 - 3 * sqrt(0.25 / 100), 0.5 + 3 * sqrt(0.25 / 100)))


def test_bodies_that_really_differ_widen_the_limits_and_the_odd_one_stands_outside(tmp_path):
    overview = many(tmp_path, [30, 40, 50, 60, 70] * 16 + [90], handled=1000)
    limits = funnel(overview)
    assert [line.id for line in limits.outside] == []
    same = many(tmp_path / "same", [500] * 80 + [900], handled=1000)
    assert [line.id for line in funnel(same).outside] == ["110181-b"]
    assert limits.spread > funnel(same).spread


def test_too_few_bodies_have_no_limits_and_no_picture(tmp_path):
    overview = many(tmp_path, [50] * (SMALL - 1))
    assert funnel(overview) is None
    assert [block["kind"] for block in overview_rates(overview).blocks] == ["heading", "paragraph"]


def test_pictures_are_the_same_bytes_again_and_tell_what_they_show(tmp_path):
    rates = [40, 45, 50, 55, 60] * 8
    overview = many(tmp_path, rates)
    limits = funnel(overview)
    assert rate_chart(overview, limits) == rate_chart(overview, limits)
    assert "40个机关的公开率与办结件数：不少于30件的机关合计50.0%" in rate_chart(overview, limits)[1]
    assert "不掌握相关政府信息）50%" in reason_shares_chart(overview)[1]
    assert growth_chart(overview) is None


def test_growth_is_told_in_numbers_of_bodies(tmp_path):
    reports = []
    for number, (this, last) in enumerate([(60, 40), (44, 40), (30, 40)]):
        reports += [
            of_rate(f"{110101 + number}-b", 20, this),
            replace(of_rate(f"{110101 + number}-b", 20, last), year=2023),
        ]
    overview = load_overview(2024, leave(tmp_path / "outputs", reports))
    assert growth_chart(overview)[1] == "3个可比的机关中，2个新收申请增加，1个减少，中位数为+10.0%。"


def test_the_page_allows_only_what_it_holds_itself(out):
    page = index_page(load_overview(2024, out))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]

    def hashed(text):
        return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    (script,) = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"script-src {hashed(script)};" in policy
    assert f"style-src {' '.join(map(hashed, styles))};" in policy
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert not re.search(r'(?:src|href)="(?!data:|\.\./)', page), "nothing comes from anywhere else"


def test_a_name_from_a_report_is_text_and_its_links_are_quoted(tmp_path):
    report = a_balanced_report(id="110101-a")
    report = replace(report, body=replace(report.body, name=EVIL))
    page = index_page(load_overview(2024, leave(tmp_path / "outputs", [report])))
    assert EVIL not in page and "<script>alert" not in page
    row = data_of(page)["rows"][0]
    assert row[0] == [EVIL, "110101-a/report.html"]
    assert row[-1] == [
        ["网页", "110101-a/report.html"],
        ["PDF", "110101-a/report.pdf"],
        ["笔记本", "110101-a/report.ipynb"],
    ]


def test_the_page_of_a_review_is_linked_where_there_is_one(out):
    (out / "2024/110102-wrong/review.json").write_text('{"outputs": {"review.html": {}}}', encoding="utf-8")
    rows = {row[1]: row for row in data_of(index_page(load_overview(2024, out)))["rows"]}
    assert rows["110102"][-1][-1] == ["审核", "110102-wrong/review.html"]
    assert all(label != "审核" for label, _ in rows["110101"][-1])


def test_the_page_is_the_same_bytes_again(out):
    first = write_index(2024, out).read_bytes()
    assert write_index(2024, out).read_bytes() == first
    assert str(out.parent).encode() not in first


def test_the_notebook_calls_what_there_is(out):
    notebook = json.loads((Path(__file__).parents[1] / "notebooks/overview.ipynb").read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names = re.findall(r"gk\.(\w+)\(", "\n".join(code))
    assert names[0] == "load_overview" and set(names) == {n for n in gk.__all__ if "overview" in n}
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    overview = gk.load_overview(2024, out)
    for name in names[1:]:
        assert getattr(gk, name)(overview).blocks


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no browser on this machine")
def test_a_browser_shows_the_table_from_a_file_without_a_complaint(out, tmp_path):
    page = write_index(2024, out)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    options += ["--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000"]
    run = subprocess.run(
        ["chromium", *options, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120
    )
    assert "CONSOLE" not in run.stderr, run.stderr
    body = run.stdout[run.stdout.index("<tbody>") :]
    assert re.findall(r"1101\d\d(?=</span>)", body) == ["110104", "110102", "110103", "110101"]
    assert "第 1 至 4 个，共 4 个" in run.stdout
