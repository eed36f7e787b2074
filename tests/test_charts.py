"""The pictures: the same bytes every time, their figures in words, and no picture of what is not known."""

import re
import subprocess
import sys
import warnings
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from builders import FORM_NAMES, FORMS_SEEN, ONE_ROW_2021, a_balanced_report, a_report
from matplotlib.ft2font import FT2Font

from gkstats import charts
from gkstats.charts import flow_chart, reasons_chart
from gkstats.params import read

PARAMS = Path(__file__).parent.parent / "params"

REASONS = {
    "applications/results.refused.state_secret/total": 2,
    "applications/results.not_available.not_held/total": 5,
    "applications/results.not_processed.repeated/total": 3,
    "applications/results.total/total": 20,
}


def drawn(svg: str) -> list[str]:
    """The words drawn in a picture."""
    return [unescape(words).strip() for words in re.findall("<text[^>]*>(.*?)</text>", svg)]


def faces(svg: str) -> set[str]:
    """The fonts that the words of a picture ask for first."""
    return set(re.findall(r"font(?:-family)?: ?(?:[\d.]+px )?'([^']*)'", svg))


def every_reason(form, figure=1) -> dict:
    rows = [row for row in form.table["applications"].row if row.startswith("results.") and row != "results.total"]
    return {f"applications/{row}/total": figure for row in rows}


# -- where applications came from and what became of them


def test_the_flow_is_told_in_words_with_every_figure_that_is_not_zero():
    _, alt = flow_chart(a_balanced_report())
    assert alt == (
        "收到：本年新收7件、上年结转1件。办理：予以公开3件、部分公开1件、不予公开1件、无法提供1件、结转下年2件。"
    )


def test_the_flow_draws_every_figure_it_tells():
    svg, alt = flow_chart(a_balanced_report())
    legend = re.findall("[^：、。]+件", alt)
    assert len(legend) == 7
    assert set(legend) < set(drawn(svg))
    assert {"收到", "办理"} < set(drawn(svg))


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_the_flow_is_drawn_from_every_form(form):
    _, alt = flow_chart(a_balanced_report(form=form, year=form.first_year))
    assert alt.startswith("收到：本年新收7件、上年结转1件。")


def test_a_year_with_nothing_to_handle_has_no_flow():
    assert flow_chart(a_report()) is None


@pytest.mark.parametrize(
    "row", ["received", "carried_in", "results.granted", "results.refused.public_safety", "carried_out"]
)
def test_one_unknown_figure_and_there_is_no_flow(row):
    blank = {f"applications/{row}/total": None}
    assert flow_chart(a_balanced_report(blank)) is None
    assert flow_chart(a_balanced_report(blank, blank="zero")) is not None


# -- why applications were not met


def test_the_reasons_are_told_most_frequent_first():
    _, alt = reasons_chart(a_report(REASONS))
    assert alt == (
        "未予公开的原因由多到少：无法提供（本机关不掌握相关政府信息）5件、不予处理（重复申请）3件、不予公开（属于国家秘密）2件。"
    )


def test_the_reasons_are_drawn_with_their_number_and_their_share_of_all_results():
    svg, _ = reasons_chart(a_report(REASONS))
    assert [words for words in drawn(svg) if "件" in words] == ["5件，25%", "3件，15%", "2件，10%"]
    assert {"不予处理：重复申请", "不予公开：属于国家秘密"} < set(drawn(svg))


def test_a_reason_that_never_occurred_is_not_drawn():
    svg, alt = reasons_chart(a_report(REASONS))
    assert "三安全一稳定" not in alt + "".join(drawn(svg))


def test_a_long_reason_is_cut_in_the_picture_and_told_in_full():
    svg, alt = reasons_chart(a_report({"applications/results.closed_otherwise.fee_unpaid/total": 1}))
    (label,) = [words for words in drawn(svg) if "：" in words]
    assert label.endswith("…")
    assert len(label) == charts.LONG_LABEL
    assert "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请" in alt


def test_only_the_most_frequent_reasons_are_drawn():
    svg, alt = reasons_chart(a_report(every_reason(ONE_ROW_2021), form=ONE_ROW_2021), most=3)
    assert len([words for words in drawn(svg) if "件，" in words]) == alt.count("件") == 3


def test_without_refusals_there_is_no_picture_of_reasons():
    assert reasons_chart(a_report()) is None
    granted = {"applications/results.granted/total": 3, "applications/results.granted_in_part/total": 2}
    assert reasons_chart(a_report(granted)) is None


def test_without_any_figure_there_is_no_picture_of_reasons():
    assert reasons_chart(a_report(rest=None)) is None


def test_reasons_of_which_one_is_unknown_are_not_drawn_as_if_they_were_all():
    chart = reasons_chart(a_report(REASONS | {"applications/results.not_processed.complaint/total": None}))
    assert chart is None or "空白" in chart[1]


def test_last_year_is_marked_where_it_may_be_compared():
    this = a_report(REASONS)
    last = a_report({"applications/results.refused.state_secret/total": 4}, year=2023)
    assert "竖线为上年件数" in drawn(reasons_chart(this, last)[0])
    assert "竖线为上年件数" not in drawn(reasons_chart(this)[0])
    other_scope = a_report(scope="县政府办公室", year=2023)
    assert reasons_chart(this, other_scope) == reasons_chart(this)


def test_last_year_with_a_blank_reason_is_still_drawn():
    last = a_report({"applications/results.refused.state_secret/total": None}, year=2023)
    assert reasons_chart(a_report(REASONS), last) is not None


# -- the same bytes, one font


def test_the_same_report_gives_the_same_bytes_twice():
    assert flow_chart(a_balanced_report()) == flow_chart(a_balanced_report())
    assert reasons_chart(a_report(REASONS)) == reasons_chart(a_report(REASONS))


def test_the_bytes_do_not_depend_on_the_process_or_on_what_was_drawn_before():
    name = PARAMS / "321300-suqian" / "2024.yaml"
    code = (
        "import sys; from pathlib import Path; from gkstats import charts, params\n"
        "report = params.read(Path(sys.argv[1]))\n"
        "sys.stdout.reconfigure(encoding='utf-8', newline='')\n"
        "sys.stdout.write(charts.reasons_chart(report)[0] + charts.flow_chart(report)[0])"
    )
    other = subprocess.run([sys.executable, "-c", code, str(name)], capture_output=True, check=True).stdout.decode()
    report = read(name)
    assert other == reasons_chart(report)[0] + flow_chart(report)[0]


@pytest.mark.parametrize(
    "setting", [{"axes.linewidth": 4}, {"ytick.major.pad": 20}, {"savefig.bbox": "tight"}], ids=str
)
def test_the_bytes_do_not_depend_on_the_users_settings(setting):
    plain = flow_chart(a_balanced_report())
    with matplotlib.rc_context(setting):
        assert flow_chart(a_balanced_report()) == plain


def test_a_picture_holds_no_date_and_not_the_version_of_the_program_that_drew_it():
    for svg, _ in (flow_chart(a_balanced_report()), reasons_chart(a_report(REASONS))):
        assert "<dc:date>" not in svg
        assert not re.search(r"\d{4}-\d\d-\d\d", svg)
        assert matplotlib.__version__ not in svg


def test_a_bar_is_as_long_as_its_figure_to_a_hundredth_of_a_point():
    svg, _ = flow_chart(a_balanced_report())
    bars = [[float(n) for n in re.findall(r"[\d.]+", path)] for path in re.findall(r'<path d="([^"]*z)"', svg)][:7]
    lengths = [max(bar[::2]) - min(bar[::2]) for bar in bars]
    assert lengths == pytest.approx([length / 8 * sum(lengths[:2]) for length in (7, 1, 3, 1, 1, 1, 2)], abs=0.02)
    assert max(len(decimals) for decimals in re.findall(r"\d\.(\d+)", svg)) == 2


def test_words_with_many_decimals_stay_as_they_are():
    @charts.as_shipped
    def picture():
        figure, axes = charts.canvas(1)
        axes.text(0, 0, words, font=charts.font(9))
        return charts.svg_of(figure)

    words = '1.2345 <g id="a"/> x="1.2345" a: b'
    assert words in drawn(picture())


def test_a_picture_is_xml_without_script_or_outside_reference():
    for svg, _ in (flow_chart(a_balanced_report()), reasons_chart(a_report(REASONS))):
        root = ElementTree.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        for element in root.iter():
            assert not element.tag.endswith(("}script", "}image"))
            assert all(value.startswith("#") for name, value in element.items() if name.endswith("href"))


@pytest.mark.parametrize("form", FORMS_SEEN, ids=FORM_NAMES)
def test_every_word_of_every_form_that_can_be_drawn_is_in_the_shipped_font(form):
    figures = every_reason(form) | {"applications/received/total": 9, "applications/carried_in/total": 1}
    figures |= {"applications/carried_out/total": 1, "applications/results.total/total": 24}
    report = a_report(figures, form=form)
    has = FT2Font(str(charts.FONT)).get_charmap()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = [flow_chart(report), reasons_chart(report, report, most=30)]
    for svg, _ in pictures:
        words = "".join(drawn(svg))
        assert words
        assert [character for character in words if ord(character) not in has] == []
        assert faces(svg) == {FT2Font(str(charts.FONT)).family_name}


def test_a_character_missing_from_the_font_would_be_noticed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, axes = charts.canvas(1)
        axes.text(0, 0, "\U0010fffd", font=charts.font(9))
        with pytest.raises(UserWarning, match="missing from font"):
            charts.svg_of(figure)
