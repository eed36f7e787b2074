"""An outputs folder as a batch leaves it, written by hand: records, statistics.parquet, findings.csv."""

import json
from pathlib import Path

from builders import a_balanced_report

from gkstats.checks import cases_of, examine
from gkstats.dataset import FINDINGS_FILE, STATISTICS_FILE, write_findings, write_statistics

ORIGIN = {"params": {"sha256": "aa"}, "previous": None, "notebook": "n1", "library": "l1", "print": "p1",
          "versions": {"python": "3.11"}, "formats": ["html", "pdf"]}  # fmt: skip


def leave(out: Path, reports, outcomes=None, made_from=None, findings=None) -> Path:
    """Leaves what a batch of these reports would: ``outcomes`` by body (built where none is given, no record for
    None), ``made_from`` over ORIGIN by body."""
    out.mkdir(parents=True, exist_ok=True)
    write_statistics(reports, out / STATISTICS_FILE)
    write_findings(examine(cases_of(reports)).frame() if findings is None else findings, out / FINDINGS_FILE)
    for report in reports:
        outcome = (outcomes or {}).get(report.id, "built")
        if outcome is None:
            continue
        formats = ("html", "ipynb", "pdf") if outcome.startswith("built") else ("ipynb",)
        origin = {**ORIGIN, "params": {"sha256": report.sha256}, **(made_from or {}).get(report.id, {})}
        record = {
            "body": report.id, "name": report.body.name, "year": report.year, "outcome": outcome, "findings": {},
            "message": "" if outcome.startswith("built") else "单元格出错", "made_from": origin,
            "outputs": {f"report.{format}": {"sha256": "", "size": 0} for format in formats},
        }  # fmt: skip
        folder = out / str(report.year) / report.id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    return out


def of_rate(id: str, granted: int, handled: int, **more):
    """A sound report of natural persons only: so many results, so many of them granted, the others not held."""
    rows = {
        "received": handled, "carried_in": 0, "results.granted": granted, "results.granted_in_part": 0,
        "results.not_available.not_held": handled - granted, "results.refused.state_secret": 0,
        "results.total": handled, "carried_out": 0,
    }  # fmt: skip
    figures = {f"applications/{row}": [n, 0, 0, 0, 0, 0, n] for row, n in rows.items()}
    return a_balanced_report(figures, id=id, **more)
