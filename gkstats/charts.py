"""The few pictures: drawn once, small, with the shipped font, the same bytes on every machine."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

# What is wrong with the user's matplotlibrc is no part of a report; before the import, which reads that file.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import matplotlib  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.font_manager import FontProperties, fontManager  # noqa: E402

from gkstats.report import Report  # noqa: E402
from gkstats.stats import (  # noqa: E402
    OUTCOMES,
    STATISTICS,
    applications_by_result,
    not_comparable,
    refusal_reasons,
    shown,
)

FONT = Path(__file__).parent / "output" / "fonts" / "GKHei-Regular.otf"
WIDTH = 5.9  # inches: the text area of the page is 156 mm wide
INK, GREY, PALE = "#222222", "#8a8a8a", "#d9d9d9"
IN_COLORS = ("#1f4e79", "#8fb0cf")
FACES = "'Source Han Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', SimHei, sans-serif"
"""What a browser takes where the shipped font is not installed; any Chinese face is one em wide, so labels fit."""
OUT_COLORS = ("#1f6e5a", "#4f9480", "#b5473c", "#b8752e", "#7d5fa3", "#777777", "#8fb0cf")
LONG_LABEL = 17  # characters; a longer reason is cut, the table has it in full
LEGEND_COLUMNS = 5


def as_shipped(draw: Callable) -> Callable:
    """Draws with matplotlib's own settings and ours, whatever the user's matplotlibrc says: same bytes anywhere."""

    @wraps(draw)
    def drawn(*arguments, **named):
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update({"svg.hashsalt": "gkstats", "svg.fonttype": "none"})
            return draw(*arguments, **named)

    return drawn


@as_shipped
def flow_chart(report: Report) -> tuple[str, str] | None:
    """Where applications came from and what became of them, as two bars that are equally long when the year
    balances: (SVG, alternative text). None if a figure is unknown or there was nothing to handle."""
    incoming: list[tuple[str, Any]] = [
        ("本年新收", STATISTICS["received"].of(report)),
        ("上年结转", STATISTICS["carried_in"].of(report)),
    ]
    results = applications_by_result(report)
    outgoing = [(OUTCOMES[code], figure) for code, figure in results["figure"].items()]
    outgoing.append(("结转下年", STATISTICS["carried_out"].of(report)))
    known = [figure for _, figure in (*incoming, *outgoing) if figure is not None]
    if len(known) < len(incoming) + len(outgoing) or not any(known):
        return None
    figure, axes = canvas(1.75)
    widest = max(sum(n for _, n in bar) for bar in (incoming, outgoing))
    legend = []
    for y, bar, colors in ((1, incoming, IN_COLORS), (0, outgoing, OUT_COLORS)):
        left = 0
        for (label, number), color in zip(bar, colors, strict=True):
            if number:
                drawn = axes.barh(y, number, left=left, height=0.56, color=color, ec="white", lw=0.8, clip_on=False)
                legend.append((drawn, f"{label}{number}件"))
                if number / widest > 0.05:
                    axes.text(left + number / 2, y, str(number), color="white", ha="center", va="center", font=font(9))
                left += number
    # matplotlib fills a legend down its columns; a reader goes along its rows
    legend = [entry for column in range(LEGEND_COLUMNS) for entry in legend[column::LEGEND_COLUMNS]]
    axes.set_yticks([1, 0], ["收到", "办理"], font=font(10))
    axes.set_xlim(0, widest)
    axes.set_xticks([])
    figure.legend(
        *zip(*legend, strict=True), prop=font(8.5), ncols=LEGEND_COLUMNS, frameon=False, loc="lower center",
        bbox_to_anchor=(0.53, 0.0), handlelength=1, handleheight=1, columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    figure.subplots_adjust(left=0.09, right=0.98, top=0.98, bottom=0.34)
    told = "；".join("、".join(f"{label}{n}件" for label, n in bar if n) or "0件" for bar in (incoming, outgoing))
    return svg_of(figure), f"收到：{told.replace('；', '。办理：', 1)}。"


@as_shipped
def reasons_chart(report: Report, previous: Report | None = None, most: int = 8) -> tuple[str, str] | None:
    """Why applications were not met, most frequent first, with last year's figure as a mark where it may be
    compared: (SVG, alternative text). None if a figure is unknown or there was no such result."""
    reasons = refusal_reasons(report)
    if any(figure is None for figure in reasons["figure"]):
        return None
    reasons = reasons[reasons["figure"] > 0].head(most)
    if reasons.empty:
        return None
    comparable = previous is not None and not not_comparable(STATISTICS["handled"], report, previous)
    last = refusal_reasons(previous)["figure"].to_dict() if comparable and previous else {}
    figure, axes = canvas(0.5 + 0.27 * len(reasons))
    figures = list(reasons["figure"])
    top = max([*figures, *(last.get(code) or 0 for code in reasons.index)])
    positions = range(len(reasons) - 1, -1, -1)
    color_of = dict(zip(OUTCOMES.values(), OUT_COLORS, strict=False))
    colors = [color_of[group] for group in reasons["group"]]
    axes.barh(list(positions), figures, height=0.58, color=colors, clip_on=False)
    for y, (code, reason) in zip(positions, reasons.iterrows(), strict=True):
        before = last.get(code)
        if before is not None:
            axes.plot([before, before], [y - 0.4, y + 0.4], color=INK, lw=1.6, solid_capstyle="butt", clip_on=False)
        words = f"{reason['figure']}件，{shown(reason['share'], '%')}"
        axes.text(max(reason["figure"], before or 0) + top * 0.015, y, words, va="center", font=font(8.5), color=INK)
    axes.set_yticks(list(positions), [cut(f"{r.group}：{r.label}") for r in reasons.itertuples()], font=font(8.5))
    axes.set_xlim(0, top * 1.3)
    axes.set_xticks([])
    if last:
        figure.text(0.98, 0.02, "竖线为上年件数", ha="right", va="bottom", font=font(8), color=GREY)
    figure.subplots_adjust(left=0.39, right=0.98, top=0.99, bottom=0.09 if last else 0.03)
    told = "、".join(f"{r.group}（{r.label}）{r.figure}件" for r in reasons.itertuples())
    return svg_of(figure), f"未予公开的原因由多到少：{told}。"


def canvas(height: float):
    """(figure, axes) as wide as the text of a page, ``height`` inches high, with a line at the left only."""
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_subplot()
    figure.patch.set_visible(False)
    axes.patch.set_visible(False)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(PALE)
    axes.tick_params(length=0)
    return figure, axes


def cut(label: str) -> str:
    """A label short enough to stand beside its bar."""
    return label if len(label) <= LONG_LABEL else label[: LONG_LABEL - 1] + "…"


@cache
def _family() -> str:
    fontManager.addfont(str(FONT))
    return FontProperties(fname=str(FONT)).get_name()


def font(size: float) -> FontProperties:
    """The shipped font in points."""
    return FontProperties(family=_family(), size=size)


def svg_of(figure: Figure) -> str:
    """The figure as SVG without date or random ids, its text as text: a tenth of the size of outlines, and words a
    PDF can be searched for. What matplotlib writes for every text alike is said once, and nothing finer than a
    hundredth of a point: a report holds every picture three times."""
    stream = io.StringIO()
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=metadata)
    own = f"'{_family()}'"
    svg = stream.getvalue().replace(f"; font-family: {own}", "").replace("*{", f"text{{font-family: {own}}}*{{", 1)
    svg = _UNTURNED.sub("", _BETWEEN_TAGS.sub("><", svg[svg.index("<svg") :]))
    svg = _TAG.sub(lambda tag: _shortened(tag[0]), svg).replace("<g/>", "")
    if "<g " not in svg:
        svg = svg.replace("<g>", "").replace("</g>", "")
    return svg.replace(own, f"{own}, {FACES}")


def _shortened(tag: str) -> str:
    """A tag that draws the same with fewer characters; nothing refers to the name of a group."""
    return _PLACE.sub(lambda place: _SPACED.sub(r"\1", _FINE.sub(_rounded, place[0])), _NEEDLESS.sub("", tag))


def _rounded(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


_UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*"')
_BETWEEN_TAGS = re.compile(r">\s+<")
_TAG = re.compile(r"<[^>]+>")
_NEEDLESS = re.compile(r'(?<=^<g) id="[^"]*"|(?<=[:;]) ')
_PLACE = re.compile(r'(?<= [dxy]=")[^"]*')
_FINE = re.compile(r"\d+\.\d{3,}")
_SPACED = re.compile(r"\s*([A-Za-z]|$)\s*")
