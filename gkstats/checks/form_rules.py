"""Whether a report is in the right form, and its text that of its own body and year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gkstats.checks.rule import WARNING, Basis, Case, Example, Finding, Rule
from gkstats.forms import form_for


def _form_of_the_year(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        report = case.report
        prescribed = form_for(report.year)
        if report.form.code != prescribed.code:
            message = f"使用了{report.form.notice}的格式，{report.year}年度应使用{prescribed.notice}的格式"
            codes = {"found": str(report.form.code), "expected": str(prescribed.code)}
            yield FORM_OF_THE_YEAR.finding(case, message, **codes)


FORM_OF_THE_YEAR = Rule(
    "F.1",
    "报告格式",
    "应使用报告年度适用的全国统一格式",
    Basis("《中华人民共和国政府信息公开条例》", "第五十条"),
    "结构",
    WARNING,
    _form_of_the_year,
    passing=Example(year=2024),
    failing=Example(
        year=2022,
        form=2019,
        message="使用了国办公开办函〔2019〕60号的格式，2022年度应使用国办公开办函〔2021〕30号的格式",
    ),
)

RULES = (FORM_OF_THE_YEAR,)
