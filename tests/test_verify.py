"""gkstats verify: what it finds, what it says of it, and which report a file came from."""

import json
import shutil
from pathlib import Path

import pytest

from gkstats.build.lock import LOCK, Held
from gkstats.build.record import as_json, described
from gkstats.build.traced import provenance_in
from gkstats.build.verify import check_outputs, sampled
from gkstats.cli import FOUND, WELL, WRONG_USE, run
from gkstats.params import load

HONGZE = Path("outputs/2024/320813-hongze")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two reports of one body and one of another, as a batch left them."""
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.copytree(Path(__file__).parents[1] / "params", "params")
        assert run(["build", "hongze", "suqian", "-q"]) == WELL
    return folder


@pytest.fixture(autouse=True)
def _in_copy(built, tmp_path, monkeypatch):
    shutil.copytree(built, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def verified(capsys):
    """verified(arguments…) → (exit status, lines printed)."""

    def verified(*arguments):
        capsys.readouterr()
        status = run(["verify", *arguments])
        return status, capsys.readouterr().out.splitlines()

    return verified


def change(path, old, new):
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_outputs_as_they_were_left_are_well(verified):
    assert verified() == (WELL, ["查验3份报告，不相符0份。"])


def test_it_writes_nothing(verified):
    def state():
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*") if path.is_file()}

    before = state()
    verified()
    after = state()
    assert {path for path in before | after if before.get(path) != after.get(path)} <= {Path("outputs") / LOCK}


def test_every_file_that_is_not_as_recorded_is_named(verified):
    page = HONGZE / "report.html"
    page.write_bytes(page.read_bytes().replace("洪泽".encode(), "红泽".encode(), 1))  # same size
    (HONGZE / "report.pdf").unlink()
    (HONGZE / "report.docx").write_bytes(b"")
    (HONGZE / ".gkstats-abc").write_bytes(b"half")
    Path("outputs/2024/notes.txt").write_text("mine")
    Path("outputs/2023/321300-suqian/report.json").write_text("{", encoding="utf-8")
    status, lines = verified()
    assert status == FOUND
    assert "2024/320813-hongze report  输出有变：report.html 被改动、report.pdf 缺失" in lines
    assert "2024/320813-hongze  输出有变：.gkstats-abc 是没有写完的文件、report.docx 是没有记录的文件" in lines
    assert "2023/321300-suqian report  输出有变：report.json 损坏，不是生成时写成的记录" in lines
    assert "2024/notes.txt  输出有变：没有记录的文件" in lines


@pytest.mark.parametrize("content", ["[]", '{"outcome": "built", "made_from": {}, "outputs": {"../x": {"sha256": ""}}}',
                                     '{"outcome": "built", "made_from": [], "outputs": {}}'])  # fmt: skip
def test_a_record_that_is_none_is_an_answer_and_not_an_error(verified, content):
    (HONGZE / "report.json").write_text(content, encoding="utf-8")
    status, lines = verified()
    assert status == FOUND and "2024/320813-hongze report  输出有变：report.json 损坏，不是生成时写成的记录" in lines


@pytest.mark.parametrize(
    "name", ["2024/manifest.json", "2024/index.html", "2024/overview.json", "findings.csv", "statistics.parquet"]
)
@pytest.mark.parametrize("torn", [True, False])
def test_what_stands_beside_the_reports_is_compared_with_what_they_give(verified, name, torn):
    path = Path("outputs") / name
    if torn:
        path.write_bytes(path.read_bytes()[:-20])
    else:
        path.unlink()
    status, lines = verified()
    assert status == FOUND and [
        line for line in lines if f"{name}  输出有变：" in line or f"输出有变：{Path(name).name} " in line
    ]


def test_the_notebook_of_a_year_is_compared_with_its_record_and_built_again(verified):
    change("outputs/2024/overview.ipynb", "各机关", "某机关")
    told = ["2024 overview  输出有变：overview.ipynb 被改动", "查验3份报告，不相符0份，另有1处。"]
    assert verified() == (FOUND, told)
    (line, _) = verified("--rebuild")[1]
    assert line.endswith("被改动、overview.ipynb 与重新生成的不同")


def test_a_batch_that_was_cut_short_is_told(verified):
    Path("outputs/run.json").unlink()
    assert verified() == (FOUND, ["run.json  输出有变：缺失，上一批没有做完", "查验3份报告，不相符0份，另有1处。"])


def test_a_report_says_which_of_its_inputs_have_changed(verified):
    change("params/321300-suqian/2023.yaml", "body:", "# read again\nbody:")
    status, lines = verified()
    assert status == FOUND
    assert "2023/321300-suqian report  输入有变：参数文件有改动" in lines
    assert "2024/321300-suqian report  输入有变：上年报告有改动" in lines
    assert not [line for line in lines if line.startswith("2024/320813-hongze")]


def test_a_changed_program_is_told_from_changed_versions(verified):
    path = HONGZE / "report.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["made_from"]["library"] = "0" * 64
    record["made_from"]["versions"]["pandas"] = "1.0"
    path.write_text(json.dumps(record), encoding="utf-8")
    _, lines = verified()
    told = next(line for line in lines if line.startswith("2024/320813-hongze report"))
    assert "程序有变：程序有改动；软件版本有变：pandas 1.0→" in told


def test_building_again_gives_the_same_bytes_or_says_what_does_not(verified):
    assert verified("--sample", "1") == (WELL, ["查验3份报告，重新生成1份，不相符0份。"])
    page, path = HONGZE / "report.html", HONGZE / "report.json"
    altered = page.read_bytes().replace("洪泽".encode(), "红泽".encode(), 1)
    page.write_bytes(altered)
    record = json.loads(path.read_text(encoding="utf-8"))
    record["outputs"]["report.html"] = described(altered)  # whoever alters a page may alter its record as well
    path.write_bytes(as_json(record))
    status, lines = verified("--rebuild")
    assert status == FOUND
    assert "2024/320813-hongze report  输出有变：report.html 与重新生成的不同" in lines
    assert lines[-1].startswith("查验3份报告，重新生成3份，不相符1份")


def test_a_sample_is_the_same_for_the_same_inputs():
    checked = check_outputs("outputs", "params")
    once, again = ([one.place for one in sampled(checked, 2)] for _ in range(2))
    assert once == again and len(once) == 2
    assert len([one for one in sampled(checked) if one.of_report]) == 3


@pytest.mark.parametrize("kind", ["pdf", "html", "ipynb"])
def test_a_file_is_traced_to_its_report_by_what_stands_in_it(verified, kind):
    told = provenance_in(HONGZE / f"report.{kind}")
    assert (told.id, told.year, told.stem) == ("320813-hongze", 2024, "report")
    assert told.params == load("hongze", 2024).sha256 and told.previous == ""
    with_last_year = provenance_in(Path(f"outputs/2024/321300-suqian/report.{kind}"))
    assert with_last_year.previous == load("suqian", 2023).sha256
    copy = Path(f"sent by mail.{kind}")
    shutil.copy(HONGZE / f"report.{kind}", copy)
    status, lines = verified(str(copy))
    assert status == WELL
    assert lines[0].startswith(f"sent by mail.{kind}  出自 2024/320813-hongze report，由 gkstats ")
    assert lines[1:] == [f"与 outputs/2024/320813-hongze/report.{kind} 的记录逐字节相同。"]
    copy.write_bytes(copy.read_bytes() + b"\n")
    status, lines = verified(str(copy))
    assert status == FOUND
    assert lines[1] == f"{copy}  输出有变：与 outputs/2024/320813-hongze/report.{kind} 的记录不同"


def test_a_file_of_other_figures_is_told_from_one_that_was_altered(verified):
    shutil.copy(HONGZE / "report.pdf", "old.pdf")
    change("params/320813-hongze/2024.yaml", "body:", "# read again\nbody:")
    assert run(["build", "hongze", "-q"]) == WELL
    status, lines = verified("old.pdf")
    assert status == FOUND
    assert lines[1].endswith("输入有变：与记录相比，参数文件有改动、参数文件有改动")


def test_a_file_is_built_again_where_its_outputs_are_gone(verified):
    shutil.copy(HONGZE / "report.html", "page.html")
    shutil.rmtree("outputs")
    status, lines = verified("page.html")
    assert status == FOUND and "可加 --rebuild" in lines[1]
    status, lines = verified("page.html", "--rebuild")
    assert status == WELL and lines[1:] == ["重新生成的文件与它逐字节相同。"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 nothing"),
        ("a.html", b""),
        ("b.html", b"<table id=provenance><tbody><tr><td>sha256</td><td>0</td></tr></table>"),
        ("a.ipynb", b"[]"),
        ("a.docx", b"PK"),
        ("c.html", (
            "<table id=provenance><tbody><tr><td>sha256<td>" + "0" * 64
            + "<tr><td>重新生成<td>gkstats build ../../etc --year 2024</table>"
        ).encode()),
    ],
)  # fmt: skip
def test_a_file_without_provenance_is_told_and_nothing_else_happens(verified, name, content):
    Path(name).write_bytes(content)
    status, lines = verified(name)
    assert status == FOUND and len(lines) == 1 and lines[0].startswith(f"{name}  没有编制信息")


def test_a_copy_that_cannot_be_written_is_verified_all_the_same(verified, monkeypatch):
    def read_only(out):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("gkstats.build.verify.held", read_only)
    assert verified()[0] == WELL


def test_outputs_a_batch_works_on_are_not_judged(verified, capsys, monkeypatch):
    def busy(out):
        raise Held("outputs 正在生成")

    monkeypatch.setattr("gkstats.build.verify.held", busy)
    assert run(["verify"]) == WRONG_USE
    assert "正在生成" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["nowhere"], ["params"], ["--sample", "0"], ["--params", "nowhere"]])
def test_wrong_use_is_told(arguments):
    assert run(["verify", *arguments]) == WRONG_USE
