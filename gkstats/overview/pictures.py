"""Pictures of all bodies of a year: rates beside the limits of chance, reasons and growth from body to body."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import floor, fsum, sqrt
from statistics import median

from gkstats.charts import GREY, INK, OUT_COLORS, PALE, as_shipped, canvas, cut, font, svg_of
from gkstats.overview.bodies import SMALL, Line, Overview
from gkstats.schema import Form
from gkstats.stats import OUTCOMES, PERCENT, refusal_reasons, shown

INSIDE, OUTSIDE, FAINT = "#1f4e79", "#b5473c", "#b9c7d6"
BINS = [*range(-100, 200, 10)]  # per cent; the last bin also holds what grew by more
TRIMMED = 0.1  # share at either end whose distance is cut to that of the next when the spread is estimated


@dataclass(frozen=True, eq=False)
class Funnel:
    """The overall rate, the spread between bodies beyond chance (a standard deviation, as a part of one), and the
    bodies outside three standard deviations of both, the farthest first."""

    rate: float
    spread: float
    outside: tuple[Line, ...]

    def limits(self, results: float) -> tuple[float, float]:
        """The rates between which a body of so many results is not unusual."""
        width = 3 * sqrt(self.rate * (1 - self.rate) / results + self.spread**2)
        return max(0.0, self.rate - width), min(1.0, self.rate + width)


def funnel(overview: Overview) -> Funnel | None:
    """The limits of the funnel plot of disclosure rates (Spiegelhalter, Statistics in Medicine 24, 2005): chance
    within a body as of a binomial share, and an additive spread between bodies, estimated from distances trimmed at
    both ends. None where fewer than SMALL bodies have SMALL results, or all rates are 0 or 1."""
    found = [(line, line.exact("disclosure_rate")) for line in overview.lines if line.is_large]
    lines = [line for line, rate in found if rate is not None]
    results = [line.handled for line in lines]
    rates = [float(rate) for _, rate in found if rate is not None]
    if len(lines) < SMALL:
        return None
    rate = fsum(r * n for r, n in zip(rates, results, strict=True)) / sum(results)
    if not 0 < rate < 1:
        return None
    weights = [n / (rate * (1 - rate)) for n in results]
    distances = [(r - rate) * sqrt(w) for r, w in zip(rates, weights, strict=True)]
    ordered = sorted(distances)
    low, high = ordered[int(TRIMMED * len(ordered))], ordered[-1 - int(TRIMMED * len(ordered))]
    squares = fsum(min(max(distance, low), high) ** 2 for distance in distances)
    total = fsum(weights)
    variance = (squares - (len(lines) - 1)) / (total - fsum(w * w for w in weights) / total)
    spread = sqrt(max(0.0, variance))
    far = [abs(r - rate) / sqrt(rate * (1 - rate) / n + spread**2) for r, n in zip(rates, results, strict=True)]
    outside = sorted((-distance, line.id, line) for distance, line in zip(far, lines, strict=True) if distance > 3)
    return Funnel(rate, spread, tuple(line for _, _, line in outside))


@as_shipped
def rate_chart(overview: Overview, limits: Funnel) -> tuple[str, str]:
    """Disclosure rate against results on a logarithmic scale, with the overall rate and the limits: (SVG, alternative
    text). Bodies of fewer than SMALL results are faint."""
    figure, axes = canvas(3.4)
    outside = set(limits.outside)
    groups: dict[str, list[tuple[int, float]]] = {FAINT: [], INSIDE: [], OUTSIDE: []}
    for line in sorted(overview.lines, key=lambda line: line.id):
        rate = line.exact("disclosure_rate")
        if rate is not None:
            color = OUTSIDE if line in outside else INSIDE if line.is_large else FAINT
            groups[color].append((line.handled, 100 * float(rate)))
    for color, points in groups.items():
        if points:
            axes.plot(
                *zip(*points, strict=True), "o", ms=2.6, mew=0, color=color, alpha=0.55 if color != OUTSIDE else 1
            )
    most = max(n for points in groups.values() for n, _ in points)
    steps = [SMALL * (most / SMALL) ** (step / 60) for step in range(61)]
    for side in (0, 1):
        axes.plot(steps, [100 * limits.limits(n)[side] for n in steps], "--", color=INK, lw=0.9)
    axes.axhline(100 * limits.rate, color=INK, lw=0.9)
    axes.axvline(SMALL, color=PALE, lw=0.9, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.9, most * 1.15)
    axes.set_ylim(-2, 102)
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000) if tick <= most * 1.15]
    axes.set_xticks(ticks, map(str, ticks), font=font(8.5))
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(0, 101, 20), [f"{tick}%" for tick in range(0, 101, 20)], font=font(8.5))
    axes.grid(axis="y", color=PALE, lw=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("办结申请（件，对数刻度）", font=font(8.5), color=INK)
    axes.text(most * 1.1, 100 * limits.rate + 1, f"合计{100 * limits.rate:.1f}%", ha="right", va="bottom", font=font(8))
    axes.text(SMALL * 0.93, 1, f"不足{SMALL}件", ha="right", va="bottom", font=font(8), color=GREY)
    figure.subplots_adjust(left=0.08, right=0.985, top=0.98, bottom=0.13)
    counts = {color: len(points) for color, points in groups.items()}
    alt = (
        f"{sum(counts.values())}个机关的公开率与办结件数：不少于{SMALL}件的机关合计{100 * limits.rate:.1f}%；"
        f"{counts[FAINT]}个机关不足{SMALL}件；{counts[OUTSIDE]}个在界限以外。"
    )
    return svg_of(figure), alt


@as_shipped
def reason_shares_chart(overview: Overview) -> tuple[str, str] | None:
    """Each reason's share of all results together as a bar, and as a line the middle 80 per cent of the bodies with
    at least SMALL results: (SVG, alternative text). None if there was no such result."""
    totals: Counter[str] = Counter()
    used: Counter[str] = Counter()
    shares: dict[str, list[Fraction]] = {}
    labels: dict[str, tuple[str, str]] = {}
    lines_of: dict[Form, tuple[str, ...]] = {}
    handled = 0
    for line in overview.lines:
        if line.report is None or not line.handled:
            continue
        if line.report.form not in lines_of:
            reasons = refusal_reasons(line.report)
            lines_of[line.report.form] = tuple(reasons.index)
            labels |= dict(zip(reasons.index, zip(reasons["group"], reasons["label"], strict=True), strict=True))
        given = {code: line.report.value("applications", code, "total") for code in lines_of[line.report.form]}
        numbers = {code: int(number) for code, number in given.items() if number is not None}
        if len(numbers) < len(given):
            continue
        handled += line.handled
        for code, number in numbers.items():
            totals[code] += number
            used[code] += bool(number)
            if line.is_large:
                shares.setdefault(code, []).append(Fraction(number, line.handled))
    codes = sorted((code for code in totals if totals[code]), key=lambda code: (-totals[code], code))
    if not codes:
        return None
    figure, axes = canvas(0.35 + 0.21 * len(codes))
    color_of = dict(zip(OUTCOMES.values(), OUT_COLORS, strict=False))
    positions = list(range(len(codes) - 1, -1, -1))
    parts = [100 * totals[code] / handled for code in codes]
    axes.barh(positions, parts, height=0.62, color=[color_of[labels[code][0]] for code in codes], alpha=0.85)
    ends = []
    for y, code, part in zip(positions, codes, parts, strict=True):
        ordered = sorted(shares.get(code, ()))
        low, high = (100 * float(ordered[int(q * (len(ordered) - 1))]) if ordered else part for q in (0.1, 0.9))
        if ordered:
            axes.plot([low, high], [y, y], color=INK, lw=1.1, solid_capstyle="butt")
        ends.append(max(part, high))
    top = max(ends)
    for y, code, end in zip(positions, codes, ends, strict=True):
        words = f"{shown(Fraction(totals[code], handled), PERCENT)}，{used[code]}个机关"
        axes.text(end + top * 0.012, y, words, va="center", font=font(8), color=INK)
    names = [cut(f"{group}：{label}") for group, label in (labels[code] for code in codes)]
    axes.set_yticks(positions, names, font=font(8))
    axes.set_xlim(0, top * 1.4)
    axes.set_ylim(-0.7, len(codes) - 0.3)
    axes.set_xticks([])
    figure.subplots_adjust(left=0.37, right=0.985, top=0.995, bottom=0.01)
    told = "、".join(
        f"{labels[code][0]}（{labels[code][1]}）{shown(Fraction(totals[code], handled), PERCENT)}" for code in codes[:8]
    )
    return svg_of(figure), f"各原因占办理结果的比例，由多到少：{told}。"


@as_shipped
def growth_chart(overview: Overview) -> tuple[str, str] | None:
    """How many bodies got more or fewer applications than last year, by steps of ten per cent: (SVG, alternative
    text). None if no body can be compared."""
    found = [growth for growth in (line.ranked_growth("received") for line in overview.lines) if growth is not None]
    if not found:
        return None
    counts = dict.fromkeys(BINS, 0)
    for growth in found:
        counts[min(max(10 * floor(10 * growth), BINS[0]), BINS[-1])] += 1
    middle = median(found)
    figure, axes = canvas(2.4)
    colors = [OUT_COLORS[3] if low >= 0 else OUT_COLORS[0] for low in BINS]
    axes.bar([low + 5 for low in BINS], list(counts.values()), width=9.2, color=colors, alpha=0.85)
    axes.axvline(0, color=INK, lw=0.9)
    axes.axvline(100 * float(middle), color=INK, lw=0.9, ls="--")
    top = max(counts.values())
    told = f"中位数{100 * float(middle):+.1f}%".replace("-", "−")
    axes.text(max(0.0, 100 * float(middle)) + 3, top * 1.1, told, va="top", font=font(8.5), color=INK)
    ticks = range(-100, 201, 50)
    words = [f"{tick:+d}%".replace("-", "−") if tick else "0" for tick in ticks]
    axes.set_xticks(ticks, [*words[:-1], f"{words[-1]}\n及以上"], font=font(8.5))
    axes.set_ylim(0, top * 1.12)
    axes.tick_params(axis="y", labelfontfamily=font(8.5).get_name(), labelsize=8.5)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color=PALE, lw=0.5)
    axes.set_axisbelow(True)
    figure.subplots_adjust(left=0.09, right=0.97, top=0.98, bottom=0.18)
    up, down = sum(growth > 0 for growth in found), sum(growth < 0 for growth in found)
    alt = f"{len(found)}个可比的机关中，{up}个新收申请增加，{down}个减少，中位数为{100 * float(middle):+.1f}%。"
    return svg_of(figure), alt.replace("-", "−")
