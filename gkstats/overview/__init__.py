"""All bodies of a year at a glance: where reviewers start, the worst first.

``bodies`` reads what a batch left behind, ``cells`` shows it, ``pictures`` draws it; ``output/index.py`` makes a page
of it on which all bodies can be sorted and filtered.
"""

from gkstats.overview.bodies import MADE, OUTCOMES, SMALL, Line, Overview, load_overview
from gkstats.overview.cells import (
    overview_growth,
    overview_rates,
    overview_reasons,
    overview_rules,
    overview_title,
    overview_totals,
    overview_worst,
)

__all__ = [
    "MADE", "OUTCOMES", "SMALL", "Line", "Overview", "load_overview", "overview_growth", "overview_rates",
    "overview_reasons", "overview_rules", "overview_title", "overview_totals", "overview_worst",
]  # fmt: skip
