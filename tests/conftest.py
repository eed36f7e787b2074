"""Small reports that any test can use: one built in memory, the same one as the text of a file, and a copy of
the repository's params folder. Their figures are small enough to add in your head."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from gkstats.forms import FORM_2021
from gkstats.report import Body, Report, ReportError
from gkstats.report_file import parse
from gkstats.schema import Cell

PARAMS = Path(__file__).parents[1] / "params"

MINIMAL = """\
body:
  code: "123456"
  name: 某县
  level: county
  scope: 全县汇总
year: 2023
form: 2021
blank: unknown
tables:
  documents:
    regulations: [0, 0, 0]
    normative_documents: [2, 1, 9]
  licensing:
    licensing: [5]
  enforcement:
    penalties: [4]
    coercive_measures: [3]
  fees:
    fees_10k_yuan: [8.50]
  applications:
    received: [3, 1, 0, 0, 0, 0, 4]
    carried_in: [1, 0, 0, 0, 0, 0, 1]
    results.granted: [2, 1, 0, 0, 0, 0, 3]
    results.granted_in_part: [1, 0, 0, 0, 0, 0, 1]
    results.refused.state_secret: [0, 0, 0, 0, 0, 0, 0]
    results.refused.prohibited_by_law: [0, 0, 0, 0, 0, 0, 0]
    results.refused.public_safety: [0, 0, 0, 0, 0, 0, 0]
    results.refused.third_party_rights: [0, 0, 0, 0, 0, 0, 0]
    results.refused.internal_affairs: [0, 0, 0, 0, 0, 0, 0]
    results.refused.deliberative_process: [0, 0, 0, 0, 0, 0, 0]
    results.refused.enforcement_file: [0, 0, 0, 0, 0, 0, 0]
    results.refused.administrative_query: [0, 0, 0, 0, 0, 0, 0]
    results.not_available.not_held: [0, 0, 0, 0, 0, 0, 0]
    results.not_available.needs_creation: [0, 0, 0, 0, 0, 0, 0]
    results.not_available.still_unclear: [0, 0, 0, 0, 0, 0, 0]
    results.not_processed.complaint: [0, 0, 0, 0, 0, 0, 0]
    results.not_processed.repeated: [0, 0, 0, 0, 0, 0, 0]
    results.not_processed.publication: [0, 0, 0, 0, 0, 0, 0]
    results.not_processed.excessive: [0, 0, 0, 0, 0, 0, 0]
    results.not_processed.reconfirmation: [0, 0, 0, 0, 0, 0, 0]
    results.closed_otherwise.not_clarified: [0, 0, 0, 0, 0, 0, 0]
    results.closed_otherwise.fee_unpaid: [0, 0, 0, 0, 0, 0, 0]
    results.closed_otherwise.other: [0, 0, 0, 0, 0, 0, 0]
    results.total: [3, 1, 0, 0, 0, 0, 4]
    carried_out: [1, 0, 0, 0, 0, 0, 1]
  disputes:
    review: [1, 0, 0, 0, 1]
    suit_direct: [0, 0, 1, 0, 1]
    suit_after_review: [0, 0, 0, 0, 0]
"""


@pytest.fixture
def report() -> Report:
    """A county's balanced report: 4 received, 1 carried in, 4 handled (3 granted, 1 in part), 1 carried out."""
    figures = dict.fromkeys(FORM_2021.cells, 0)
    for row, natural_person, commercial in (
        ("received", 3, 1),
        ("carried_in", 1, 0),
        ("results.granted", 2, 1),
        ("results.granted_in_part", 1, 0),
        ("results.total", 3, 1),
        ("carried_out", 1, 0),
    ):
        figures[Cell("applications", row, "natural_person")] = natural_person
        figures[Cell("applications", row, "commercial")] = commercial
        figures[Cell("applications", row, "total")] = natural_person + commercial
    for place, figure in {
        "documents/normative_documents/issued": 2,
        "documents/normative_documents/repealed": 1,
        "documents/normative_documents/in_force": 9,
        "licensing/licensing/decisions": 5,
        "enforcement/penalties/decisions": 4,
        "enforcement/coercive_measures/decisions": 3,
        "fees/fees_10k_yuan/amount": Decimal("8.50"),
        "disputes/review/upheld": 1,
        "disputes/review/total": 1,
        "disputes/suit_direct/other": 1,
        "disputes/suit_direct/total": 1,
    }.items():
        figures[Cell(*place.split("/"))] = figure
    body = Body("123456", "某县", "county", "全县汇总")
    return Report(body, 2023, FORM_2021, figures, id="123456-mou")


@pytest.fixture
def minimal() -> str:
    """The text of a file that holds the figures of ``report`` and nothing that can be left out, bar the form."""
    return MINIMAL


@pytest.fixture
def problems():
    """problems(text or bytes, id=, year=) → every problem found in a file with that content."""

    def problems(content, **path):
        content = content.encode() if isinstance(content, str) else content
        with pytest.raises(ReportError) as raised:
            parse(content, "params/123456-mou/2023.yaml", **path)
        return raised.value.problems

    return problems


@pytest.fixture
def params_dir(tmp_path) -> Path:
    """A copy of the repository's params folder, to read from and to write in."""
    return Path(shutil.copytree(PARAMS, tmp_path / "params"))
