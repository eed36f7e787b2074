"""The synthetic country of the benchmarks: sound where nothing was put in, and each fault found by its own rule."""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from gkstats.checks import FAIL, NOTE, UNKNOWN, cases_of, examine
from gkstats.params import entries, read

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from synthetic import FAULTS, TRUTH, bodies, country, history, write

BODIES, YEARS, SEED = 100, 3, 7


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """(params folder, faults put in) of a country in which every fourth report has a fault."""
    params = tmp_path_factory.mktemp("country") / "params"
    return params, [
        dict(zip(TRUTH, fault, strict=True))
        for numbered in bodies(BODIES)
        for fault in write(numbered, params, YEARS, SEED, 0.25)
    ]


@pytest.fixture(scope="module")
def found(written):
    """(body, year) → the rules that failed or could not be checked, notes left out."""
    results = examine(cases_of(read(entry.path) for entry in entries(written[0])))
    rules = defaultdict(set)
    for finding in results.findings:
        if finding.status in (FAIL, UNKNOWN) and finding.severity != NOTE:
            rules[finding.report.id, finding.report.year].add(finding.rule)
    return rules


def test_every_fault_is_found_by_its_own_rules_and_by_no_other(written, found):
    for fault in written[1]:
        rules = found[fault["body"], fault["year"]]
        against_prose = {rule for rule in rules if rule.startswith("N.")}
        if fault["check"] == "N":
            assert rules and rules == against_prose, fault
        else:  # a figure that is wrong in its table may contradict a sentence besides
            assert rules - against_prose == set(fault["check"].split()), fault


def test_nothing_is_found_where_nothing_was_put_in(written, found):
    faulty = {(fault["body"], fault["year"]) for fault in written[1]}
    assert {key: rules for key, rules in found.items() if key not in faulty} == {}


def test_every_kind_of_fault_occurs(written):
    assert {fault["fault"] for fault in written[1]} == {kind.__name__ for kind in FAULTS}


def test_the_same_seed_gives_the_same_reports_and_another_seed_others():
    one, same, other = (history(next(bodies(1)), 2, seed, 0.5) for seed in (1, 1, 2))
    assert [draft.figures for draft in one] == [draft.figures for draft in same]
    assert one[0].figures != other[0].figures


@pytest.mark.slow
def test_a_country_is_written_with_its_truth(tmp_path):
    number = country(tmp_path, 5, 2, 1, 1.0)
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == number == 10
    assert len(entries(tmp_path / "params")) == 10
