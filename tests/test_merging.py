"""New figures go into a report's file line by line; nothing else in it changes, and the old file is kept."""

from pathlib import Path

import pytest

from gkstats.merging import differing, save_figures
from gkstats.params import entries, load, read
from gkstats.report import ReportError
from gkstats.schema import Cell

PENGSHUI = "500243-pengshui"
GRANTED = Cell("applications", "results.granted", "natural_person")
LICENSING = Cell("licensing", "licensing", "decisions")


@pytest.fixture
def path(params_dir, monkeypatch) -> Path:
    monkeypatch.chdir(params_dir.parent)
    return Path("params", PENGSHUI, "2023.yaml")


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def changed_lines(before: str, after: str):
    return [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]


def test_only_the_lines_of_changed_rows_change(path):
    rewrite(path, "# （一）予以公开", "# 李四核过")
    before = path.read_text(encoding="utf-8")
    save_figures(load(PENGSHUI, 2023), {GRANTED: 21, LICENSING: None}, {})
    assert changed_lines(before, path.read_text(encoding="utf-8")) == [
        ("    licensing: [107264]  # 行政许可", "    licensing: [null]  # 行政许可"),
        ("    results.granted: [20, 0, 0, 0, 0, 0, 20]  # 李四核过",
         "    results.granted: [21, 0, 0, 0, 0, 0, 20]  # 李四核过"),
    ]  # fmt: skip


def test_the_old_file_is_kept_beside_and_never_written_over(path):
    first = path.read_bytes()
    assert save_figures(load(PENGSHUI, 2023), {GRANTED: 21}, {}).name == "2023.old-1.yaml"
    second = path.read_bytes()
    assert save_figures(load(PENGSHUI, 2023), {GRANTED: 22}, {}).name == "2023.old-2.yaml"
    assert path.with_name("2023.old-1.yaml").read_bytes() == first
    assert path.with_name("2023.old-2.yaml").read_bytes() == second
    assert [entry.year for entry in entries("params", [PENGSHUI])] == [2023]
    assert read(path).figures[GRANTED] == 22


@pytest.mark.parametrize(
    "written",
    [
        "licensing: 107264  # 许可",
        "'licensing': [107264]",
        "licensing:   [ 107264 ]",
        "licensing: # 未填",
        "licensing:",
    ],
)
def test_a_row_may_be_written_in_any_way_that_fits_a_line(written, path):
    rewrite(path, "licensing: [107264]  # 行政许可", written)
    save_figures(load(PENGSHUI, 2023), {LICENSING: 5}, {})
    assert load(PENGSHUI, 2023).figures[LICENSING] == 5
    assert ("#" in written) == any("#" in line for line in path.read_text("utf-8").splitlines() if "[5]" in line)


@pytest.mark.parametrize("written", ["licensing:\n      - 107264", "licensing: [\n      107264]", "licensing: &a [1]"])
def test_what_cannot_be_changed_line_by_line_is_refused_and_left_alone(written, path):
    rewrite(path, "licensing: [107264]", written)
    before = path.read_bytes()
    with pytest.raises(ReportError):
        save_figures(load(PENGSHUI, 2023), {LICENSING: 5}, {})
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.old-*")) and not list(path.parent.glob(".*"))


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_and_the_mark_at_the_start_stay_as_the_editor_wrote_them(start, ending, path):
    rewrite(path, "facts:\n", 'facts:\n  motto: "公开\u2028为常态"\n')  # YAML ends a line there, an editor does not
    text = start + path.read_text(encoding="utf-8").replace("\n", ending)
    path.write_text(text, encoding="utf-8", newline="")
    save_figures(load(PENGSHUI, 2023), {LICENSING: 5}, {"sha256": "a" * 64})
    before, after = text.split("\n"), path.read_bytes().decode().split("\n")
    assert len([1 for a, b in zip(before, after, strict=True) if a != b]) == 2


def test_a_file_changed_meanwhile_is_left_alone(path):
    report = load(PENGSHUI, 2023)
    rewrite(path, "[107264]", "[107265]")
    with pytest.raises(ReportError, match="正在被另一个程序修改"):
        save_figures(report, {LICENSING: 5}, {})


@pytest.mark.parametrize("block", ["", "source: {}", "source:  # 来源", "source:\n    note: '人写的'  # 留着"])
def test_the_source_block_takes_the_new_file_and_keeps_what_a_person_wrote(block, path):
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("source:")] + block + "\n", encoding="utf-8")
    given = {"file": 'a"b.html', "sha256": "f" * 64, "note": "由 html 文件读取"}
    save_figures(load(PENGSHUI, 2023), {LICENSING: 5}, given)
    assert load(PENGSHUI, 2023).source == given | ({"note": "人写的"} if "note" in block else {})
    assert ("留着" in block) == ("留着" in path.read_text(encoding="utf-8"))


def test_a_note_of_a_person_stays_and_one_of_an_import_goes(path):
    given = {"file": "b.html", "sha256": "e" * 64, "note": "由 html 文件读取，2 处待核对", "title": "另一个标题"}
    kept = load(PENGSHUI, 2023).source
    save_figures(load(PENGSHUI, 2023), {}, given)
    assert load(PENGSHUI, 2023).source == {**kept, "file": "b.html", "sha256": "e" * 64}
    rewrite(path, kept["note"], "由 text 文件读取，1 处待核对")
    save_figures(load(PENGSHUI, 2023), {}, given)
    assert load(PENGSHUI, 2023).source["note"] == given["note"]


def test_only_cells_that_differ_are_named(path):
    report = load(PENGSHUI, 2023)
    assert differing(report, {**report.figures, GRANTED: None}) == {GRANTED: (20, None)}
