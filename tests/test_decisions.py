"""What reviewers decide of findings: kept in the file, counted while the figures stay, lapsed and seen when not."""

import pytest
from builders import a_balanced_report

from gkstats.checks import FAIL, Case, examine
from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.decisions import decide, decision_of, decisions, is_open_error, lapsed, named, results_of
from gkstats.merging import save_figures
from gkstats.params import load, read
from gkstats.report import ReportError
from gkstats.report_file import parse, with_explanation
from gkstats.schema import Cell

T41 = "T4.1/disputes/review/total/5/4"


def decided(*entries, total=5, **more):
    """A report whose one error is the total of reviews, with decisions on it."""
    explanations = tuple({"check": "T4.1", "finding": T41} | entry for entry in entries)
    return a_balanced_report({"disputes/review/total": total}, explanations=explanations, **more)


def failures(report, previous=None):
    return [finding for finding in examine([Case(report, previous)]).findings if finding.status == FAIL]


# -- what a decision is worth


@pytest.mark.parametrize(
    ("verdict", "counts"), [("待核", True), ("确认有误", True), ("属实有因", False), ("误报", False)]
)
def test_an_error_counts_until_it_is_decided_to_be_none(verdict, counts):
    (finding,) = failures(decided({"as": verdict, "reason": "已核"}))
    assert is_open_error(finding) is counts


def test_a_finding_nobody_decided_counts():
    (finding,) = failures(decided())
    assert decision_of(finding) is None and is_open_error(finding)


def test_the_last_decision_counts_and_the_earlier_ones_are_kept():
    report = decided({"as": "确认有误"}, {"as": "误报", "reason": "重新核对无误", "who": "张三", "when": "2025-02-14"})
    (finding,) = failures(report)
    assert str(decision_of(finding)) == "误报：重新核对无误（张三，2025-02-14）"
    assert [decision.verdict for decision in decisions(report)] == ["确认有误", "误报"]


def test_an_explanation_of_a_rule_is_no_decision():
    report = a_balanced_report({"disputes/review/total": 5}, explanations=({"check": "T4.1", "reason": "上报时有误"},))
    assert decisions(report) == () and is_open_error(failures(report)[0])


# -- it lapses when the figures change, and is seen to


def test_a_decision_lapses_when_the_figure_changes_and_the_new_finding_counts():
    report = decided({"as": "误报", "message": "合计5"}, total=6)
    (finding,) = failures(report)
    assert is_open_error(finding)
    (old,) = lapsed(report, examine([report]).of(report))
    assert (old.decision.finding, old.decision.message, old.checked) == (T41, "合计5", True)
    assert old.now == f"现为：{finding.message}"


def test_a_decision_on_what_was_put_right_is_shown_as_lapsed():
    report = decided({"as": "确认有误"}, total=4)
    (old,) = lapsed(report, examine([report]).of(report))
    assert old.now == "现已没有这一事项"


def test_a_decision_whose_rule_cannot_run_is_not_lapsed_but_unchecked():
    last_year = a_balanced_report({"applications/carried_out": [3, 0, 0, 0, 0, 0, 3]}, year=2023)
    (finding,) = (f for f in failures(a_balanced_report(), last_year) if f.rule == "X.1")
    entry = {"check": "X.1", "finding": finding.fingerprint, "as": "属实有因", "reason": "上年更正"}
    report = a_balanced_report(explanations=(entry,))
    assert lapsed(report, examine([Case(report, last_year)]).of(report)) == []
    (old,) = lapsed(report, examine([report]).of(report))
    assert (old.checked, old.now) == (False, "这次没有核对：没有2023年度的报告，不作比较")


def test_a_decision_under_a_rule_that_is_gone_is_shown():
    report = decided({"as": "误报", "finding": "Z.9/disputes/review"})
    (old,) = lapsed(report, examine([report]).of(report))
    assert old.now == "这条规则已不再使用"


def test_two_sentences_of_a_section_that_err_alike_are_decided_one_by_one():
    prose = {"overview": "2023年全县新收申请7件。\n2023年全县办结申请6件。"}
    first, second = (f for f in failures(a_balanced_report(prose=prose)) if f.rule == "F.6")
    assert first.fingerprint != second.fingerprint
    changed = {"overview": "2023年全县新收申请8件。"}
    assert first.fingerprint not in {f.fingerprint for f in failures(a_balanced_report(prose=changed))}


# -- naming a finding


def test_a_finding_is_named_by_its_fingerprint_the_beginning_of_it_or_its_cause():
    results = examine([a_balanced_report({"disputes/review/total": 5, "applications/results.total/total": 60})])
    assert [f.fingerprint for f in named(results, T41)] == [T41]
    assert named(results, "T4.1/disputes/review") == named(results, T41)
    first = results.causes(results.cases[0].report)[0]
    assert named(results, "C1") == named(results, "c1") == list(first.findings)
    assert len(named(results, "T")) > 3
    assert named(results, "Z9") == []


# -- writing it down


def findings_of(report):
    return results_of(report).of(report)


@pytest.fixture
def file(params_dir, monkeypatch):
    """Pengshui's 2023 file with one wrong total, in a project folder of its own."""
    monkeypatch.chdir(params_dir.parent)
    path = params_dir / "500243-pengshui/2023.yaml"
    text = path.read_text(encoding="utf-8").replace("review: [", "review: [9", 1)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_other_line_stays_as_it_was(file, ending, mark):
    before = (mark + file.read_text(encoding="utf-8").replace("\n", ending)).encode()
    file.write_bytes(before)
    report = load("pengshui", 2023)
    (finding,) = (f for f in findings_of(report) if f.status == FAIL and f.rule == "T4.1")
    decide(report, [finding], "属实有因", "印刷“错误”: 已 #公告\\", "张三", "2025-02-14")
    old, new = before.decode().split("\n"), file.read_bytes().decode().split("\n")
    at = next(number for number, line in enumerate(new) if line.startswith("explanations:"))
    assert new[:at] == old[:at] and new[at].rstrip("\r") == "explanations:" and new[at + 8 :] == old[at + 1 :]
    assert all(line.endswith(ending[:-1]) for line in new[:-1])
    kept = read(file)
    assert kept.explanations[-1] == {
        "check": "T4.1", "reason": '印刷“错误”: 已 #公告\\', "finding": finding.fingerprint, "as": "属实有因",
        "who": "张三", "when": "2025-02-14", "message": finding.message,
    }  # fmt: skip
    assert not is_open_error(next(f for f in findings_of(kept) if f.fingerprint == finding.fingerprint))


def test_a_decision_survives_new_figures_from_an_import_and_has_lapsed_where_they_differ(file):
    report = load("pengshui", 2023)
    (finding,) = (f for f in findings_of(report) if f.status == FAIL and f.rule == "T4.1")
    decide(report, [finding], "误报", when="2025-02-14")
    report = load("pengshui", 2023)
    save_figures(report, {Cell("disputes", "review", "upheld"): 8}, {})
    report = load("pengshui", 2023)
    assert decisions(report)[-1].finding == finding.fingerprint
    assert [old.decision.finding for old in lapsed(report, findings_of(report))] == [finding.fingerprint]


def test_nothing_is_written_when_the_file_has_changed_in_the_meantime(file):
    report = load("pengshui", 2023)
    found = findings_of(report)[:1]
    file.write_text(file.read_text(encoding="utf-8").replace("blank: unknown", "blank: zero"), encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(ReportError, match="没有写入"):
        decide(report, found, "误报")
    assert file.read_bytes() == before and not list(file.parent.glob(".*"))


@pytest.mark.parametrize(
    "written",
    [
        "explanations: []\n",
        "explanations:\n",
        "explanations: null  # 无\n",
        "explanations:\n- check: X.1\n  reason: 更正\n",
        "explanations:\n    - check: X.1\n      reason: |\n        更正\n\n# 来源\nsource: {}\n",
        "explanations:  # 说明\n  - check: X.1\n    reason: 更正\n\n\n# 来源\nsource: {}\n",
        "",
    ],
)
def test_an_entry_is_added_to_any_list_of_entries(minimal, written):
    text = with_explanation(minimal + written, {"check": "X.2", "reason": "清理"})
    explanations = parse(text.encode(), "x.yaml").explanations
    assert [entry["check"] for entry in explanations] == (["X.1", "X.2"] if "X.1" in written else ["X.2"])
    assert text.endswith("# 来源\nsource: {}\n") or "来源" not in written


def test_the_remark_behind_the_key_stays_word_for_word_however_wide_its_margin(minimal):
    head = "explanations:" + " " * 200_000 + "# 曾写 null 或 [] ，已改"
    text = with_explanation(f"{minimal}{head}\n- check: X.1\n  reason: 更正\n", {"check": "X.2"})
    assert head in text.splitlines()


def test_a_list_in_brackets_is_refused_with_advice(minimal):
    with pytest.raises(ReportError, match="改成每条一行"):
        with_explanation(minimal + "explanations: [{check: X.1, reason: 更正}]\n", {"check": "X.2"})


# -- the command


def test_decide_writes_and_says_what_was_decided(file, capsys):
    assert run(["decide", "pengshui", "2023", "T4.1", "--as", "误报", "--when", "2025-02-14"]) == WELL
    said = capsys.readouterr().out
    assert said.startswith("误报：表四“行政复议”行") and said.endswith("已写入 params/500243-pengshui/2023.yaml\n")
    assert read(file).explanations[-1]["when"] == "2025-02-14"


def test_decide_without_a_finding_lists_them_with_what_was_decided(file, capsys):
    run(["decide", "pengshui", "2023", "T4.1", "--as", "确认有误", "--who", "张三", "--when", "2025-02-14"])
    capsys.readouterr()
    assert run(["decide", "pengshui", "2023"]) == WELL
    said = capsys.readouterr().out
    assert (
        "\n  C1  表四" in said and "  确认有误（张三，2025-02-14）\n" in said and "      T4.1/disputes/review/" in said
    )


def test_deciding_a_cause_decides_every_rule_it_explains(params_dir, monkeypatch):
    monkeypatch.chdir(params_dir.parent)
    path = params_dir / "500243-pengshui/2023.yaml"
    text = path.read_text(encoding="utf-8").replace("results.total: [30, 1", "results.total: [3, 1")
    path.write_text(text, encoding="utf-8")
    assert run(["decide", "pengshui", "2023", "C1", "--as", "属实有因", "--reason", "上报有误，已更正"]) == WELL
    assert [entry["check"] for entry in read(path).explanations] == ["T3.1", "T3.2", "T3.3"]
    assert run(["check", "pengshui", "2023"]) == WELL


def test_check_says_what_it_had_nothing_to_compare_with(params_dir, monkeypatch, capsys):
    monkeypatch.chdir(params_dir.parent)
    assert run(["check", "pengshui", "2023"]) == WELL
    assert "  不适用 X.1、X.2、F.7 没有2022年度的报告，不作比较\n" in capsys.readouterr().out
    assert run(["check", "suqian", "2024"]) == WELL
    assert "不适用 X.1" not in capsys.readouterr().out


def test_check_shows_decisions_and_what_has_lapsed(file, capsys):
    run(["decide", "pengshui", "2023", "T4.1", "--as", "误报", "--who", "张三", "--when", "2025-02-14"])
    assert run(["check", "pengshui", "2023"]) == WELL
    assert "结论 误报（张三，2025-02-14）" in capsys.readouterr().out
    file.write_text(file.read_text(encoding="utf-8").replace("review: [90,", "review: [8,"), encoding="utf-8")
    assert run(["check", "pengshui", "2023"]) == FOUND
    said = capsys.readouterr().out
    assert "  已失效的结论 表四“行政复议”行" in said and "；误报（张三，2025-02-14）；现为：表四" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["T4.1"], "请写明结论"),
        (["T4.1", "--as", "属实有因"], "请用 --reason 写明情况"),
        (["T4.1", "--as", "好"], "应为：待核、确认有误、属实有因、误报"),
        (["T4.1", "--as", "误报", "--when", "2025-02-30"], "不是日期"),
        (["Z", "--as", "误报"], "没有“Z”这一事项，现有：C1"),
        (["", "--as", "误报"], "“”不止一项"),
    ],
)
def test_wrong_use_is_answered_and_nothing_written(file, capsys, arguments, said):
    before = file.read_bytes()
    assert run(["decide", "pengshui", "2023", *arguments]) == WRONG_USE
    assert said in capsys.readouterr().err
    assert file.read_bytes() == before


def test_check_passes_when_every_error_is_decided_to_be_none(file):
    assert run(["check", "pengshui", "2023"]) == FOUND
    assert run(["decide", "pengshui", "2023", "T4.1", "--as", "属实有因", "--reason", "已更正"]) == WELL
    assert run(["check", "pengshui", "2023"]) == WELL


@pytest.mark.slow
def test_a_batch_passes_as_well_and_the_review_shows_the_decision(file):
    build = ["build", "pengshui", "--year", "2023", "--notebook", "review", "--formats", "html"]
    assert run(build) == FOUND
    assert run(["decide", "pengshui", "2023", "T4.1", "--as", "属实有因", "--reason", "已更正"]) == WELL
    assert run(build) == WELL
    page = file.parents[2] / "outputs/2023/500243-pengshui/review.html"
    assert "属实有因：已更正" in page.read_text(encoding="utf-8")
