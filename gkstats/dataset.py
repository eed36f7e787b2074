"""All reports as one tidy table, and what the rules find in them: ``statistics.parquet`` and ``findings.csv``.

The table has a row for every value of every report, addressed as prose addresses it (table/row/column):

    applications/received/total    a figure of the form, blanks included
    stats/disclosure_rate          a statistic of ``stats.py``; a share is a part of one
    facts/website_items            a figure outside the tables
    prose/overview                 a section's text as written, its places not filled in
    explanations/0/reason, source/title, file/sha256

``figure`` is the value as a number, empty where it is unknown; ``given`` has the digits as given where a number cannot
hold them (8205.10); ``text`` is text. Reports come out of the table as they went in, so a later run reads this one
file instead of thousands; the same reports give the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gkstats.checks import (
    BESIDE,
    COLUMNS,
    NOT_APPLICABLE,
    UNREADABLE,
    Case,
    Finding,
    beside,
    cases_of,
    examine,
    units,
    unreadable,
)
from gkstats.files import replace_file
from gkstats.forms import FORMS, form_with
from gkstats.narrative import problems
from gkstats.office import csv_text
from gkstats.params import Entry, read, shown
from gkstats.report import Body, Figure, Report, ReportError, as_given
from gkstats.schema import AMOUNT, Cell, Form
from gkstats.stats import STATISTICS, Statistic

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

STATISTICS_FILE, FINDINGS_FILE = "statistics.parquet", "findings.csv"

ABOUT = ("body", "year", "code", "name", "level", "scope", "form", "blank")
PLACE = ("table", "row", "column")
STATS, FACTS, PROSE, EXPLANATIONS, SOURCE, FILE = "stats", "facts", "prose", "explanations", "source", "file"
LAYOUT = b"1"
"""Version of the table's layout; a table of another layout is not read."""

FILES_AT_A_TIME = 64  # read by one process before it hands over


class _Rows:
    """The rows of reports in the making: what all rows of a report share is kept once, places as numbers."""

    def __init__(self) -> None:
        self.about: list[tuple] = []
        self.lengths: list[int] = []
        self.number_of: dict[tuple[str, str, str], int] = {}
        self.places: list[int] = []
        self.figures: list[float] = []
        self.given: dict[int, str] = {}
        self.text: dict[int, str] = {}

    def add(self, report: Report) -> None:
        start, body = len(self.places), report.body
        for place, value in _values(report):
            self.places.append(self.number_of.setdefault(place, len(self.number_of)))
            if isinstance(value, str):
                self.text[len(self.figures)] = value
                value = None
            elif isinstance(value, Decimal):
                self.given[len(self.figures)] = as_given(value)
            self.figures.append(np.nan if value is None else float(value))  # type: ignore[arg-type]
        self.lengths.append(len(self.places) - start)
        self.about.append(
            (report.id, report.year, body.code, body.name, body.level, body.scope, report.form.code, report.blank)
        )

    def table(self) -> pa.Table:
        import pyarrow as pa

        def sparse(texts: dict[int, str]) -> pa.Array:
            values = np.full(len(self.places), None, dtype=object)
            values[list(texts)] = list(texts.values())
            return pa.array(values, pa.string())

        report = np.repeat(np.arange(len(self.about), dtype=np.int32), self.lengths)
        columns: dict[str, pa.Array] = {}
        for name, values in zip(ABOUT, zip(*self.about, strict=True), strict=True):
            columns[name] = (
                pa.array(np.array(values, dtype=np.int16)[report])
                if name in ("year", "form")
                else pa.DictionaryArray.from_arrays(report, pa.array(values, pa.string()))
            )
        places = np.array(self.places, dtype=np.int32)
        for name, words in zip(PLACE, zip(*self.number_of, strict=True), strict=True):
            columns[name] = pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()))
        columns["figure"] = pa.array(np.array(self.figures), from_pandas=True)
        return pa.table(columns | {"given": sparse(self.given), "text": sparse(self.text)})


def _values(report: Report) -> Iterator[tuple[tuple[str, str, str], object]]:
    """(place, value) of everything in a report: its figures in the order of the form, the rest of its file, its
    statistics."""
    yield from ((cell, report.figures[cell]) for cell in report.form.cells)
    for name, fact in report.facts.items():
        yield (FACTS, name, ""), fact
    for section, text in report.prose.items():
        yield (PROSE, section, ""), text
    for number, entry in enumerate(report.explanations):
        yield from (((EXPLANATIONS, str(number), key), text) for key, text in entry.items())
    yield from (((SOURCE, key, ""), text) for key, text in report.source.items())
    yield (FILE, "name", ""), report.file
    yield (FILE, "sha256", ""), report.sha256
    for stat in _statistics(report.form):
        value = stat.of(report)
        yield (STATS, stat.name, ""), value if value is None else float(value)


@cache
def _statistics(form: Form) -> tuple[Statistic, ...]:
    return tuple(stat for stat in STATISTICS.values() if stat.applies_to(form))


def table_of(reports: Sequence[Report]) -> pa.Table:
    """The table of at least one report, in their order: the columns of ABOUT and PLACE, ``figure``, ``given`` and
    ``text``."""
    rows = _Rows()
    for report in reports:
        rows.add(report)
    return rows.table()


def reports_of(table: pa.Table) -> list[Report]:
    """The reports in a table, in its order, each as it was when the table was made."""
    table = table.unify_dictionaries().combine_chunks()
    codes, words = {}, {}
    for name in (*ABOUT, *PLACE):
        if name not in ("year", "form"):
            column = table[name].chunk(0)
            codes[name], words[name] = column.indices.to_numpy(), column.dictionary.to_pylist()
    years, forms = table["year"].to_numpy(), table["form"].to_numpy()
    figures = table["figure"].to_numpy()
    blank = np.isnan(figures)
    whole = np.where(blank, 0, figures).astype(np.int64)
    given, text = (_sparse(table[name].chunk(0)) for name in ("given", "text"))
    place = [codes[name] for name in PLACE]
    official = np.isin(place[0], [code for code, word in enumerate(words["table"]) if word in _OFFICIAL])
    statistics = np.isin(place[0], [code for code, word in enumerate(words["table"]) if word == STATS])
    first = np.flatnonzero(np.diff(codes["body"], prepend=-1) | np.diff(years, prepend=0))
    sizes = np.add.reduceat(official, first, dtype=np.int64)
    known: dict[tuple[int, bytes], Form] = {}
    reports = []
    for (start, end), size in zip(pairwise([*first.tolist(), len(years)]), sizes.tolist(), strict=True):
        cut = slice(start, start + size)
        key = int(forms[start]), b"".join(codes[cut].tobytes() for codes in place)
        if key not in known:
            cells = (Cell(*(words[name][codes[name][at]] for name in PLACE)) for at in range(start, start + size))
            known[key] = _form(key[0], tuple(cells))
        form = known[key]
        values: list[Figure] = whole[cut].tolist()
        for at in np.flatnonzero(blank[cut]).tolist():
            values[at] = None
        for at in _amounts(form):
            if start + at in given:
                values[at] = Decimal(given[start + at])
        about = {name: words[name][codes[name][start]] for name in codes if name in ABOUT}
        parts: dict[str, dict] = {FACTS: {}, PROSE: {}, EXPLANATIONS: {}, SOURCE: {}, FILE: {}}
        for at in range(start + size, end):
            if statistics[at]:
                break
            kind, row, column = (words[name][codes[name][at]] for name in PLACE)
            value = text[at] if at in text else Decimal(given[at]) if at in given else int(whole[at])
            if kind == EXPLANATIONS:
                parts[kind].setdefault(row, {})[column] = value
            else:
                parts[kind][row] = value
        report = Report(
            Body(about["code"], about["name"], about["level"], about["scope"]), int(years[start]), form,
            dict(zip(form.cells, values, strict=True)), about["blank"], parts[FACTS], parts[PROSE],
            tuple(parts[EXPLANATIONS].values()), parts[SOURCE], about["body"], parts[FILE]["name"],
            parts[FILE]["sha256"],
        )  # fmt: skip
        # What ``vector`` would work out cell by cell stands here already.
        vars(report)["vector"] = np.nan_to_num(figures[cut], nan=0.0) if report.blank == "zero" else figures[cut]
        reports.append(report)
    return reports


_OFFICIAL = {table.code for form in FORMS.values() for table in form.tables}


def _sparse(column: pa.Array) -> dict[int, str]:
    """Row → text of the few rows that have one."""
    import pyarrow.compute as pc

    rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    return dict(zip(rows.tolist(), pc.drop_null(column).to_pylist(), strict=True))


def _form(code: int, cells: tuple[Cell, ...]) -> Form:
    """The form, or the variant of it, that has exactly these cells."""
    one_row = tuple(
        (table.code, group)
        for table in FORMS[code].tables
        for group, heading in table.groups.items()
        if heading.collapsible and any(cell[:2] == (table.code, group) for cell in cells)
    )
    form = form_with(code, one_row)
    if form.cells != cells:
        raise ValueError(f"form {code} has other cells than the table")
    return form


@cache
def _amounts(form: Form) -> tuple[int, ...]:
    """Where in a report the 万元 stand."""
    return tuple(at for at, cell in enumerate(form.cells) if form.kind(cell) == AMOUNT)


def write_statistics(reports: Sequence[Report], path: str | Path, findings: bytes = b"") -> None:
    """Writes the table of reports as Parquet, a row group for each year; ``findings`` is kept in it (``collect``). The
    same reports give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    writer = None
    for year in sorted({report.year for report in reports}):
        table = table_of(sorted((r for r in reports if r.year == year), key=lambda report: report.id))
        # Parquet makes its own dictionaries, in the order of the values; ours would show how the table came about.
        plain = [pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
        schema = pa.schema(plain, metadata={b"gkstats": LAYOUT, b"findings": findings})
        writer = writer or pq.ParquetWriter(stream, schema, version="2.6", compression="zstd", compression_level=3)
        writer.write_table(table.cast(schema), row_group_size=max(table.num_rows, 1))
    if writer:
        writer.close()
        replace_file(path, stream.getvalue())
    else:
        Path(path).unlink(missing_ok=True)


def read_table(path: str | Path, years: Sequence[int] = ()) -> pa.Table | None:
    """The table in a file that ``write_statistics`` made, of some years or all; None where there is no such file, or
    none of these years in it, or it is of another layout."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, read_dictionary=[name for name in (*ABOUT, *PLACE) if name not in ("year", "form")])
        if (file.schema_arrow.metadata or {}).get(b"gkstats") != LAYOUT:
            return None
        at = file.schema_arrow.get_field_index("year")
        groups = [
            group
            for group in range(file.num_row_groups)
            if not years or file.metadata.row_group(group).column(at).statistics.min in years
        ]
        return file.read_row_groups(groups) if groups else None
    except (OSError, ValueError):  # absent, torn or not a table
        return None


def read_reports(path: str | Path, years: Sequence[int] = ()) -> list[Report]:
    """The reports in a file that ``write_statistics`` made, as ``read_table`` reads it; none where there is none, or
    where the forms have other cells by now."""
    table = read_table(path, years)
    try:
        return reports_of(table) if table else []
    except (KeyError, ValueError):  # of another version, or changed by hand: it only saves time
        return []


def covered(out: str | Path) -> set[tuple[str, int]]:
    """(body, year) of every report that the table or the findings under ``out`` tell of."""
    import pyarrow.parquet as pq

    found = read_findings(Path(out) / FINDINGS_FILE)
    known = set(zip(found["body"], found["year"].tolist(), strict=True))
    try:
        about = pq.read_table(Path(out) / STATISTICS_FILE, columns=["body", "year"], read_dictionary=["body"])
    except (OSError, ValueError, KeyError):  # absent, torn or not a table
        return known
    distinct = about.unify_dictionaries().group_by(["body", "year"], use_threads=False).aggregate([]).to_pydict()
    return known | set(zip(distinct["body"], distinct["year"], strict=True))


def load_all(
    entries: Sequence[Entry], workers: int = 1, known: Iterable[Report] = ()
) -> tuple[list[Report], list[dict[str, object]]]:
    """The reports in files, in their order, and the problems of those that cannot be read, as findings (COLUMNS).
    A report among ``known`` whose file has not changed is not read again."""
    by_key = {(report.id, report.year): report for report in known}
    reports: dict[tuple[str, int], Report] = {}
    changed = []
    for entry in entries:
        report = by_key.get((entry.id, entry.year))
        if report and report.sha256 == _sha256(entry.path):
            file = shown(entry.path)
            reports[entry.id, entry.year] = report if report.file == file else replace(report, file=file)
        else:
            changed.append(entry)
    batches = [changed[at : at + FILES_AT_A_TIME] for at in range(0, len(changed), FILES_AT_A_TIME)]
    rows: list[dict[str, object]] = []
    for found, broken in (
        _read_in_processes(batches, workers) if min(workers, len(batches)) > 1 else map(_read, batches)
    ):
        reports |= {(report.id, report.year): report for report in found}
        rows += broken
    ordered = [reports[entry.id, entry.year] for entry in entries if (entry.id, entry.year) in reports]
    for report in ordered:
        rows += unreadable(problems(report), report.id, report.year)
    return ordered, rows


def _read(entries: Sequence[Entry]) -> tuple[list[Report], list[dict[str, object]]]:
    reports, rows = [], []
    for entry in entries:
        try:
            reports.append(read(entry.path))
        except ReportError as error:
            rows += unreadable(error.problems, entry.id, entry.year)
    return reports, rows


def _read_in_processes(batches: list, workers: int) -> Iterator[tuple[list[Report], list[dict[str, object]]]]:
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for table, rows in pool.map(_read_to_table, batches):
            yield (reports_of(table) if table else []), rows


def _read_to_table(entries: Sequence[Entry]) -> tuple[pa.Table | None, list[dict[str, object]]]:
    """As ``_read``: a table travels between processes faster than reports, and a form must not become two objects."""
    reports, rows = _read(entries)
    return table_of(reports) if reports else None, rows


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def collect(out: str | Path, entries: Sequence[Entry], workers: int = 1, program: str = "") -> pd.DataFrame:
    """Brings ``statistics.parquet`` and ``findings.csv`` under ``out`` in line with the report files ``entries``, and
    gives the findings. Of a report that cannot be read there are findings and no figures. Only files that have
    changed since the last time are read. Where ``program``, which names the version of the rules, is that of the last
    time, only their reports and what stands beside them are examined again."""
    import pandas as pd

    out = Path(out)
    known = read_reports(out / STATISTICS_FILE)
    reports, rows = load_all(entries, workers, known)
    cases = cases_of(reports)
    others = beside(cases)
    settled, kept = _settled(out, program, cases, known, others)
    found = examine([case for case in cases if (case.report.id, case.report.year) not in settled], others).frame()
    if rows:
        found = pd.concat([pd.DataFrame(rows, columns=list(COLUMNS)), found])
    if len(kept):
        found = pd.concat([found, kept.astype({"start": int, "end": int})])
    order = {(entry.id, entry.year): position for position, entry in enumerate(entries)}
    position = [order[key] for key in zip(found["body"], found["year"], strict=True)]
    found = found.iloc[np.argsort(position, kind="stable")].reset_index(drop=True)
    write_findings(found, out / FINDINGS_FILE)
    write_statistics(reports, out / STATISTICS_FILE, _told_by(program, out / FINDINGS_FILE))
    return found


def _settled(
    out: Path, program: str, cases: Sequence[Case], known: Iterable[Report], others: Iterable[Finding]
) -> tuple[set[tuple[str, int]], pd.DataFrame]:
    """(body, year) of every report of which the findings of the last time still hold, and these findings: its file
    and last year's are as they were, no record of its units stands beside it, and the rules that look at all reports
    say of it what they said."""
    old = read_findings(out / FINDINGS_FILE)
    if not program or _told_by_of(out / STATISTICS_FILE) != _told_by(program, out / FINDINGS_FILE):
        return set(), old.iloc[:0]
    file = {(report.id, report.year): report.sha256 for report in known}
    settled = {
        (report.id, report.year)
        for report, previous, units in cases
        if units is None
        and file.get((report.id, report.year)) == report.sha256
        and file.get((report.id, report.year - 1)) == (previous.sha256 if previous else None)
    }
    now, then = defaultdict(list), defaultdict(list)
    for finding in others:
        if finding.status != NOT_APPLICABLE:
            now[finding.report.id, finding.report.year].append((finding.rule, finding.message))
    for row in old[old["check"].isin(BESIDE)].itertuples():
        then[row.body, row.year].append((row.check, row.message))
    settled -= {key for key in {*now, *then} if sorted(now[key]) != sorted(then[key])}
    of_units = old[old["check"].isin(rule.id for rule in units.RULES)]
    settled -= set(zip(of_units["body"], of_units["year"], strict=True))
    mine = [key in settled for key in zip(old["body"], old["year"], strict=True)]
    return settled, old[np.array(mine, dtype=bool) & (old["check"] != UNREADABLE.id)]


def _told_by(program: str, path: Path) -> bytes:
    """What a table says of the findings made with it: by which rules, and what they were."""
    return f"{program} {_sha256(path)}".encode() if program else b""


def _told_by_of(path: Path) -> bytes:
    import pyarrow.parquet as pq

    try:
        return (pq.read_schema(path).metadata or {}).get(b"findings", b"")
    except (OSError, ValueError):
        return b""


def write_findings(found: pd.DataFrame, path: str | Path) -> None:
    """Writes findings (COLUMNS) as CSV that Excel opens with its Chinese intact (UTF-8 with a byte order mark). Text
    that Excel would take for a formula gets an apostrophe in front; numbers such as -27 stay as they are."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows([csv_text(value) for value in row] for row in found.itertuples(index=False))
    replace_file(path, stream.getvalue().encode("utf-8-sig"))


def read_findings(path: str | Path) -> pd.DataFrame:
    """The findings ``write_findings`` wrote, every column but ``year`` as text; none where there is
    no file."""
    import pandas as pd

    head, rows = list(COLUMNS), []
    if Path(path).exists():
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            head, *rows = ([value.removeprefix("'") for value in row] for row in csv.reader(stream))
    # Another version may know other columns: what it does not tell is left blank.
    return pd.DataFrame(rows, columns=head).reindex(columns=list(COLUMNS), fill_value="").astype({"year": int})
