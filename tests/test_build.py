"""Reports built end to end, and what one bad report does to the others."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pypdfium2
import pytest
from nbformat.v4 import new_notebook

from gkstats.build import BUILT, FAILED, UNREADABLE, Job, Outcome, Settings, decide, notebook_path, plan, run, single
from gkstats.build.record import publish
from gkstats.build.single import ERROR_MARKER, settled
from gkstats.files import TEMPORARY
from gkstats.params import entries, load

ROOT = Path(__file__).parents[1]
BAD_FIGURE, BAD_PLACE, RARE_CHARACTER, GOOD = "110101-figure", "110102-place", "110103-glyph", "110104-good"


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Four reports built two at a time: one with a wrong figure, one with an unknown place in its prose, one with
    a character no font has, and a good one. Gives the project folder and the outcomes by body."""
    home = tmp_path_factory.mktemp("project")
    text = (ROOT / "params/500243-pengshui/2023.yaml").read_text(encoding="utf-8")
    changes = {
        BAD_FIGURE: ("[30, 1, 0, 0, 0, 0, 31]", "[三十, 1, 0, 0, 0, 0, 31]"),
        BAD_PLACE: ("  problems: |-\n", "  problems: |-\n    共{stats/disclosure_rat}。\n"),
        RARE_CHARACTER: ("  problems: |-\n", "  problems: |-\n    \U0001f600\n"),
        GOOD: ("", ""),
    }
    for id, (old, new) in changes.items():
        folder = home / "params" / id
        folder.mkdir(parents=True)
        changed = text.replace('code: "500243"', f'code: "{id[:6]}"').replace(old, new, 1)
        (folder / "2023.yaml").write_text(changed, encoding="utf-8")
    stale = home / "outputs/2023" / BAD_PLACE / "report.pdf"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"an older report")
    jobs = plan(entries(home / "params"), home / "params", home / "outputs")
    return home, {outcome.job.id: outcome for outcome in run(jobs, 2, Settings())}


def files(batch, id):
    folder = batch[0] / "outputs/2023" / id
    return sorted(path.name for path in folder.iterdir())


def test_a_good_report_is_built_beside_bad_ones(batch):
    outcome = batch[1][GOOD]
    assert (outcome.outcome, outcome.message, outcome.findings) == (BUILT, "", {})
    assert files(batch, GOOD) == ["report.html", "report.ipynb", "report.json", "report.pdf"]


def test_an_unreadable_report_leaves_its_notebook_with_the_problem_in_it(batch):
    outcome = batch[1][BAD_FIGURE]
    assert outcome.outcome == UNREADABLE
    assert "表三“一、本年新收政府信息公开申请数量”行自然人列：读到“三十”，应为不小于 0 的整数" in outcome.message
    assert files(batch, BAD_FIGURE) == ["report.ipynb", "report.json"]
    notebook = nbformat.read(batch[0] / "outputs/2023" / BAD_FIGURE / "report.ipynb", as_version=4)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type == "error"]
    assert len(shown) == 1 and "读到“三十”" in "".join(shown[0].traceback)


def test_an_unknown_place_in_the_prose_fails_that_report_and_names_the_nearest(batch):
    outcome = batch[1][BAD_PLACE]
    assert outcome.outcome == FAILED
    assert "不认识的引用“{stats/disclosure_rat}”" in outcome.message and "{stats/disclosure_rate}" in outcome.message


def test_an_older_pdf_does_not_stay_beside_a_notebook_that_failed(batch):
    assert files(batch, BAD_PLACE) == ["report.ipynb", "report.json"]


def test_a_character_without_a_glyph_fails_the_report_and_is_named(batch):
    outcome = batch[1][RARE_CHARACTER]
    assert outcome.outcome == FAILED
    assert "U+1F600" in outcome.message and "五、存在的主要问题及改进情况" in outcome.message


def test_the_pdf_holds_every_figure_of_its_tables(batch):
    report = load(GOOD, 2023, batch[0] / "params")
    document = pypdfium2.PdfDocument(batch[0] / "outputs/2023" / GOOD / "report.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    for code, frame in report.tables.items():
        for row, figures in frame.iterrows():
            line = r"\s+".join(re.escape(str(figure)) for figure in figures)
            assert re.search(rf"(?<![\d.]){line}(?![\d.])", text), f"{code} {row}"


def test_no_output_names_the_folder_it_was_made_in(batch):
    for path in (batch[0] / "outputs/2023" / GOOD).iterdir():
        assert str(batch[0]).encode() not in path.read_bytes()


def test_plain_papermill_gives_the_same_outputs(batch, tmp_path, monkeypatch):
    """`papermill notebooks/annual_report.ipynb x.ipynb -r body … -p year …` from the project's folder."""
    monkeypatch.chdir(batch[0])
    executed = tmp_path / "x.ipynb"
    command = [sys.executable, "-W", "ignore", "-m", "papermill", str(notebook_path()), str(executed)]
    run = subprocess.run(
        [*command, "-r", "body", GOOD, "-p", "year", "2023", "--no-progress-bar"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    ours = nbformat.read(batch[0] / "outputs/2023" / GOOD / "report.ipynb", as_version=4)
    theirs = nbformat.read(executed, as_version=4)
    assert outputs(ours) == outputs(theirs)


def test_the_notebook_finds_params_from_its_own_folder(batch, tmp_path):
    """As in JupyterLab, where a notebook runs in the folder it lies in."""
    folder = batch[0] / "notebooks"
    folder.mkdir(exist_ok=True)
    executed = folder / "x.ipynb"
    papermill.execute_notebook(
        notebook_path(), executed, {"body": GOOD, "year": 2023}, cwd=folder, kernel_name="python3", progress_bar=False
    )
    ours = nbformat.read(batch[0] / "outputs/2023" / GOOD / "report.ipynb", as_version=4)
    theirs = nbformat.read(executed, as_version=4)
    # the path of the params file is shown as seen from where the notebook runs
    seen_from_there = json.dumps(outputs(ours), ensure_ascii=False).replace("params/1101", "../params/1101")
    assert seen_from_there == json.dumps(outputs(theirs), ensure_ascii=False)


@pytest.mark.slow
def test_the_exporters_are_known_to_nbconvert(batch, tmp_path):
    source = batch[0] / "outputs/2023" / GOOD
    shutil.copy(source / "report.ipynb", tmp_path)
    for name, suffix in (("gk-html", "html"), ("gk-pdf", "pdf")):
        command = [sys.executable, "-m", "nbconvert", "--to", name, str(tmp_path / "report.ipynb")]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / f"report.{suffix}").read_bytes() == (source / f"report.{suffix}").read_bytes()


def test_the_executed_notebook_holds_nothing_volatile(batch):
    text = (batch[0] / "outputs/2023" / GOOD / "report.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info", "papermill"}
    assert notebook.metadata.papermill == {"parameters": {"body": GOOD, "year": 2023, "params": "params"}}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert not re.search(r"0x[0-9a-f]{6,}|20\d\d-\d\d-\d\dT", text)


def test_building_again_gives_the_same_bytes(batch, tmp_path):
    jobs = plan(entries(batch[0] / "params", [GOOD]), batch[0] / "params", tmp_path)
    assert [outcome.outcome for outcome in run(jobs, 1, Settings())] == [BUILT]
    first = batch[0] / "outputs/2023" / GOOD
    for path in (tmp_path / "2023" / GOOD).iterdir():
        assert path.read_bytes() == (first / path.name).read_bytes(), path.name


def test_a_file_gets_its_name_only_when_it_is_complete(tmp_path, monkeypatch):
    told = Outcome(Job("123456-mou", 2023, tmp_path, "params", tmp_path / "outputs"), BUILT)
    notebook = nbformat.v4.new_notebook()
    publish(told, notebook, {"html": b"old", "pdf": b"old"}, {})
    before = {path.name: path.read_bytes() for path in told.job.folder.iterdir()}

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    failed = publish(told, notebook, {"html": b"new"}, {})
    assert failed.outcome == FAILED and "No space left on device" in failed.message
    after = {path.name: path.read_bytes() for path in told.job.folder.iterdir()}
    assert after == {name: content for name, content in before.items() if name != "report.json"}


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path):
    told = Outcome(Job("123456-mou", 2023, tmp_path, "params", tmp_path / "outputs"), BUILT)
    told.job.folder.mkdir(parents=True)
    (told.job.folder / f"{TEMPORARY}x").write_bytes(b"half")
    publish(told, nbformat.v4.new_notebook(), {}, {})
    assert sorted(path.name for path in told.job.folder.iterdir()) == ["report.ipynb", "report.json"]


def test_papermills_own_notes_of_an_error_are_taken_out():
    marker = nbformat.v4.new_markdown_cell("An Exception…", metadata={"tags": [ERROR_MARKER]})
    notebook = settled(nbformat.v4.new_notebook(cells=[marker, nbformat.v4.new_code_cell("1")]))
    assert [cell.source for cell in notebook.cells] == ["1"]


def outputs(notebook):
    return [
        [{"type": o.output_type, "data": o.get("data"), "text": o.get("text")} for o in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process of its own, as a POSIX terminal does")
def test_ctrl_c_ends_in_order_with_nothing_half_written(tmp_path):
    folder = tmp_path / "params/500243-pengshui"
    folder.mkdir(parents=True)
    text = (ROOT / "params/500243-pengshui/2023.yaml").read_text(encoding="utf-8")
    for year in range(2030, 2042):  # more than two processes can do before the interruption
        (folder / f"{year}.yaml").write_text(text.replace("year: 2023", f"year: {year}"), encoding="utf-8")
    command = [sys.executable, "-m", "gkstats", "build", "--formats", "html", "--jobs", "2"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **pipes) as running:
        for line in running.stderr:
            if line.startswith("[1/"):
                os.killpg(running.pid, signal.SIGINT)
                break
        told = running.stderr.read()
    assert running.returncode == 130
    assert "已中断" in told and "Traceback" not in told
    folders = [path for path in (tmp_path / "outputs").glob("*/*") if path.is_dir()]
    assert 1 <= len(folders) < 12
    whole = ["report.html", "report.ipynb", "report.json"]
    assert all(sorted(path.name for path in folder.iterdir()) == whole for folder in folders)


@pytest.fixture
def hongze(params_dir, tmp_path):
    """The job of one report, and its params file."""
    (job,) = plan(entries(params_dir, ["hongze"]), params_dir, tmp_path / "out", ())
    return job, params_dir / "320813-hongze/2024.yaml"


def test_a_file_that_is_changed_and_changed_back_while_it_is_read_is_told_and_the_report_made_next_time(
    hongze, tmp_path, monkeypatch
):
    job, path = hongze
    text = path.read_bytes()

    def run_notebook(job, settings, spool):
        path.write_bytes(text + b"# other\n")
        path.write_bytes(text)
        return new_notebook(), BUILT, ""

    with monkeypatch.context() as patch:
        patch.setattr(single, "run_notebook", run_notebook)
        outcome = single.build_one(job, Settings(), tmp_path / "spool")
    assert outcome.outcome == FAILED and outcome.message == "参数文件在生成期间有改动，请再生成一次"
    ((_, why, _),) = decide([job])
    assert why == ["failed"]
