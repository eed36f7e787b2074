"""Statistics, checks and reproducible reports for 政府信息公开工作年度报告.

In a notebook: ``import gkstats as gk``; the names below are what its cells call.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.2.0"

_HOME = {
    "load": "params",
    "load_previous": "params",
    "title": "display",
    "preamble": "display",
    "section": "display",
    "statistics_appendix": "display",
    "composition": "display",
    "flow": "display",
    "reasons": "display",
    "checks_appendix": "display",
    "provenance": "display",
    "review_of": "review",
    "review_title": "review",
    "review_verdict": "review",
    "review_causes": "review",
    "review_reply": "review",
    "review_tables": "review",
    "review_prose": "review",
    "review_rules": "review",
    "review_sources": "review",
    "review_decisions": "review",
    "check": "checks",
    "examine": "checks",
    "summary": "checks",
    "section_statistics": "stats",
    "load_overview": "overview",
    "overview_title": "overview",
    "overview_worst": "overview",
    "overview_totals": "overview",
    "overview_rates": "overview",
    "overview_reasons": "overview",
    "overview_growth": "overview",
    "overview_rules": "overview",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    """The names above, imported on first use: ``gkstats --help`` must not wait for pandas."""
    if name in _HOME:
        return getattr(import_module(f"gkstats.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gkstats' has no attribute {name!r}")
