"""What a batch builds and why, and that it is left alone where nothing changed."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest

from gkstats.build import NOTEBOOKS, WrongParameters, decide, plan
from gkstats.build import record as recording
from gkstats.build.job import BUILT, FAILED, Job, Outcome
from gkstats.build.parameters import literal, require, taken_by
from gkstats.build.record import origin, publish, record_path
from gkstats.params import entries


@pytest.fixture
def project(params_dir):
    """A project whose reports have all been built, as far as a plan can see: its jobs by (body, year)."""
    folder = params_dir.parent

    def jobs(formats=("html", "pdf")):
        planned = plan(entries(params_dir), params_dir, folder / "outputs", formats)
        return {(job.id.split("-")[1], job.year): job for job in planned}

    for job in jobs().values():
        files = dict.fromkeys(job.formats, b"x")
        publish(Outcome(job, BUILT), nbformat.v4.new_notebook(), files, origin(job))
    return jobs


def why(jobs):
    return {name: reasons for (name, (_, reasons, _)) in zip(jobs, decide(list(jobs.values())), strict=True) if reasons}


def edit(path):
    path.write_text(path.read_text(encoding="utf-8") + "\n# \n", encoding="utf-8")


def test_nothing_is_built_again_where_nothing_changed(project):
    assert why(project()) == {}


def test_a_report_without_a_record_is_new(project):
    job = project()["hongze", 2024]
    shutil.rmtree(job.folder)
    assert why(project()) == {("hongze", 2024): ["new"]}


def test_a_changed_file_concerns_its_own_report_and_the_next_years(project):
    job = project()["suqian", 2023]
    edit(job.home / "params/321300-suqian/2023.yaml")
    assert why(project()) == {("suqian", 2023): ["params"], ("suqian", 2024): ["previous"]}


def test_last_years_report_that_is_new_or_gone_concerns_the_next_years(project):
    job = project()["suqian", 2024]
    (job.home / "params/321300-suqian/2023.yaml").unlink()
    assert why(project()) == {("suqian", 2024): ["previous"]}


def test_other_formats_are_a_reason(project):
    assert set(map(tuple, why(project(("html",))).values())) == {("formats",)}


@pytest.mark.parametrize("key", ["library", "print", "versions"])
def test_another_program_is_a_reason_for_all(project, monkeypatch, key):
    other = {**recording.program(), key: "other"}
    monkeypatch.setattr(recording, "program", lambda: other)
    assert list(why(project()).values()) == [[key]] * 4


def test_another_notebook_is_a_reason(project, tmp_path, monkeypatch):
    jobs = project()
    changed = tmp_path / "annual_report.ipynb"
    changed.write_bytes(next(iter(jobs.values())).notebook.read_bytes() + b"\n")
    moved = {name: Job(j.id, j.year, j.home, j.params, j.out, j.formats, j.stem, changed) for name, j in jobs.items()}
    assert list(why(moved).values()) == [["notebook"]] * 4


def test_a_file_that_is_missing_altered_or_too_many_is_a_reason(project):
    jobs = project()
    (jobs["pengshui", 2023].folder / "report.pdf").unlink()
    (jobs["suqian", 2023].folder / "report.html").write_bytes(b"longer")
    (jobs["suqian", 2024].folder / "report.docx").write_bytes(b"of another time")
    altered = jobs["hongze", 2024].folder / "report.html"
    altered.write_bytes(b"y")  # as long as before
    later = record_path(jobs["hongze", 2024]).stat().st_mtime + 1
    os.utime(altered, (later, later))
    assert list(why(project()).values()) == [["altered"]] * 4


def test_a_copied_folder_is_read_once_and_then_taken_for_what_it_is(project, monkeypatch):
    job = project()["hongze", 2024]
    earlier = record_path(job).stat().st_mtime - 1
    os.utime(record_path(job), (earlier, earlier))
    assert why(project()) == {}
    monkeypatch.setattr(recording, "digest", None)
    assert not recording.altered(job, recording.read_record(record_path(job)))


def test_a_report_that_failed_is_tried_again(project):
    job = project()["hongze", 2024]
    publish(Outcome(job, FAILED, message="x"), nbformat.v4.new_notebook(), {}, origin(job))
    assert why(project()) == {("hongze", 2024): ["failed"]}


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"outcome": "built"', b"\xff", b'{"outcome": "built", "made_from": [], "outputs": {}}'],
)
def test_a_record_that_cannot_be_read_counts_as_none(project, content):
    job = project()["hongze", 2024]
    record_path(job).write_bytes(content)
    assert why(project()) == {("hongze", 2024): ["new"]}


def test_the_record_names_everything_the_bytes_depend_on_and_nothing_volatile(project):
    job = project()["suqian", 2024]
    record = recording.read_record(record_path(job))
    made_from = record["made_from"]
    assert made_from["params"]["file"] == "params/321300-suqian/2024.yaml"
    assert made_from["previous"]["file"] == "params/321300-suqian/2023.yaml"
    assert {"pandas", "matplotlib", "typst", "python", "gkstats"} <= set(made_from["versions"])
    text = record_path(job).read_text(encoding="utf-8")
    assert str(job.home) not in text and "seconds" not in record and "engine" not in record


def test_the_program_is_the_same_wherever_it_lies(tmp_path, monkeypatch):
    here = recording.program()
    copied = shutil.copytree(recording.PACKAGE, tmp_path / "elsewhere/gkstats")
    monkeypatch.setattr(recording, "PACKAGE", Path(copied))
    assert recording.program.__wrapped__() == here


def test_a_change_of_the_command_line_alone_is_no_reason(tmp_path, monkeypatch):
    here = recording.program()
    copied = Path(shutil.copytree(recording.PACKAGE, tmp_path / "gkstats"))
    edit(copied / "cli/build.py")
    monkeypatch.setattr(recording, "PACKAGE", copied)
    assert recording.program.__wrapped__() == here
    edit(copied / "charts.py")
    assert recording.program.__wrapped__()["library"] != here["library"]


def test_every_notebook_takes_the_parameters_it_is_given(project):
    for file in NOTEBOOKS.values():
        notebook = recording.PACKAGE.parent / "notebooks" / file
        if notebook.exists():
            require(notebook, next(iter(project().values())).parameters)


def test_the_parameters_found_are_those_papermill_finds(project, tmp_path):
    import papermill

    other = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "a = 1  # 一\nb: float = 2.5\nc: list[str] = []", metadata={"tags": ["parameters"]}
            )
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(other, tmp_path / "other.ipynb")
    for notebook in (project()["hongze", 2024].notebook, tmp_path / "other.ipynb"):
        found = papermill.inspect_notebook(str(notebook))
        assert taken_by(notebook) == {name: told["inferred_type_name"] for name, told in found.items()}


def test_a_parameter_the_notebook_does_not_take_is_refused(project):
    notebook = project()["hongze", 2024].notebook
    assert dict(taken_by(notebook)) == {"body": "str", "year": "int", "params": "str"}
    with pytest.raises(WrongParameters) as refused:
        require(notebook, {"body": "x", "yaer": 2023, "year": "2023"})
    assert "yaer：笔记本没有这个参数，可用的有：body、year、params" in str(refused.value)
    assert "year：给定 '2023'，应为 int 类型" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["彭水", "", '"', "'", "\\", '"; import os #', "a\nb", "\r\t\0", "\u2028", "\ud800", "'\"\\", "𠀀{x}%s"]
)
def test_a_parameter_is_a_literal_that_gives_the_text_back(text):
    import ast

    assert ast.literal_eval(literal(text)) == text
    assert "\n" not in literal(text)


def test_a_parameter_reads_as_it_is_written():
    assert literal("彭水") == '"彭水"'
