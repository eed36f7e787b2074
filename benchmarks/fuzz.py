"""Damaged and hostile inputs for every reader, the loader, the narrative, the prose, the roll-up and the checks: each
is read or refused with a ReportError, in bounded time and memory, and nothing else happens.

    python benchmarks/fuzz.py --inputs 1000 --seed 1           this many for every target
    python benchmarks/fuzz.py --inputs 100000 --seconds 120    as many as fit into this time, divided by the targets
    python benchmarks/fuzz.py --replay html 1 77               one input again, with its traceback

An input is named by target, seed and number, so it can be made again. Inputs run in a process of their own: one that
crashes, hangs or takes too much memory is counted, kept in ``--failures``, and the rest goes on.
"""

from __future__ import annotations

import argparse
import copy
import io
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Timer

from lxml import etree

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", ".")]  # the builder of documents belongs to the tests

from documents import DAMAGES, FLAVOURS, FORMS_MET, elements, random_report  # noqa: E402

from gkstats.checks import cases_of, examine  # noqa: E402
from gkstats.display import checks_appendix, composition, preamble, section, statistics_appendix  # noqa: E402
from gkstats.excel_form import form_bytes, read_form  # noqa: E402
from gkstats.narrative import fill, paragraphs, places, printed, problems, unknown_places  # noqa: E402
from gkstats.page import to_html, to_text  # noqa: E402
from gkstats.params import read  # noqa: E402
from gkstats.prose import broken, prose_figures  # noqa: E402
from gkstats.reading import read_document  # noqa: E402
from gkstats.report import Body, ReportError  # noqa: E402
from gkstats.report_file import dumps, parse  # noqa: E402
from gkstats.rollup import roll_up, save_rollup  # noqa: E402
from gkstats.units import Unit, UnitsRecord, figures_of, units_path  # noqa: E402
from gkstats.units import dumps as record_dumps  # noqa: E402
from gkstats.units import load as load_units  # noqa: E402

CPU_SECONDS, HANG_SECONDS, MEMORY = 15.0, 120.0, 3_000_000_000
REAL = ROOT.parent / "shared" / "data"

NUMBERS = (
    "0", "-1", "1e999", "NaN", ".inf", "-0", "1" * 13, str(10**30), "9" * 5000, "１２", "－１", "①", "三", "12.5",
    "0x10", "1_000", "12:30",
    "10000000000000001", "22（其中修订16件）", "251000元", "3万余", "/", "—", "1,204", "1 0", "",
)  # fmt: skip
WORDS = (
    "<script>document.title='x'</script>", "\0", "\x1b[2J", "\u202e", "\ufeff", "\ud7ff", "\U0001f600", "{", "}", "{{",
    "{stats/disclosure_rate}", "{applications/results.total/total}", "{facts/x}", "{body}", "{{{", "!!python/object:x ",
    "&a ", "*a", "<<: ", "---\n", "? ", "- ", ": ", "\t", "\r", "\u2028", "'", '"', "\\", "|-\n", "<table>", "</table>",
    "<td colspan=99999 rowspan=99999>", "<tr>", "<!--", "]]>", "&#0;", "&lt;", "<w:tbl>", "一、", "（七）总计", "合计",
    "2023年", "自然人", "一" * 3000, "（" * 3000, "1" * 3000, " " * 3000, "|" * 3000, "=cmd|' /C calc'!A0",
)  # fmt: skip
_TOKEN = re.compile(r"<[^<>]{0,200}>|\d+|[\w.]+|\s+|.", re.DOTALL)


# -- mutations


def mutated_bytes(content: bytes, rng: random.Random) -> bytes:
    """Flipped, cut, doubled and foreign bytes."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        at = rng.randrange(len(data) + 1)
        size = rng.choice((1, 2, 8, 100, 2000))
        kind = rng.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at : at + size]
        elif kind == 2:
            data[at:at] = data[at : at + size] * rng.choice((1, 2, 50))
        elif kind == 3:
            data[at:at] = rng.randbytes(size)
        elif kind == 4:
            data[at:at] = rng.choice((*WORDS, *NUMBERS)).encode("utf-8", "surrogatepass")
        elif rng.random() < 0.2:
            del data[at:]
    return bytes(data[:4_000_000])


def mutated_text(text: str, rng: random.Random) -> str:
    """Tags, words and figures swapped, lost, doubled or replaced by harmful ones."""
    tokens = _TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 12, 60))):
        if not tokens:
            break
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        kind = rng.randrange(7)
        if kind == 0:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 1:
            del tokens[at : at + rng.choice((1, 1, 5, 100))]
        elif kind == 2:
            tokens[at:at] = tokens[at : at + rng.choice((1, 5, 50))] * rng.choice((1, 3, 40))
        elif kind == 3:
            figures = [n for n in range(len(tokens)) if tokens[n].isdigit()] or [at]
            tokens[rng.choice(figures)] = rng.choice(NUMBERS)
        elif kind == 4:
            tokens.insert(at, rng.choice(WORDS))
        elif kind == 5:
            tokens[at] = (
                re.sub(r"\d+", lambda m: rng.choice(NUMBERS), tokens[at]) if rng.random() < 0.5 else tokens[other]
            )
        else:
            tokens[at] = tokens[at] * rng.choice((2, 100))
    return "".join(tokens)[:3_000_000]


def mutated_xml(content: bytes, rng: random.Random) -> bytes:
    """A part that is still XML: elements lost, doubled and moved, attributes and texts replaced."""
    root = etree.fromstring(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        every = list(root.iter(etree.Element))
        element, other = rng.choice(every), rng.choice(every)
        above = element.getparent()
        kind = rng.randrange(5)
        if kind == 0 and above is not None:
            above.remove(element)
        elif kind == 1 and above is not None:
            for _ in range(rng.choice((1, 1, 30))):
                above.append(copy.deepcopy(element))
        elif kind == 2 and above is not None and element not in other.iterancestors() and element is not other:
            other.append(element)
        elif kind == 3 and element.attrib:
            name = rng.choice(sorted(element.attrib))
            element.set(name, rng.choice((*NUMBERS, "formula", "B2", "A1:XFD1048576", "continue", "restart", "s", "e")))
        else:
            text = rng.choice((*NUMBERS, *WORDS)) * rng.choice((1, 1, 50))
            element.text = "".join(c for c in text if c in "\t\n" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe")
    return etree.tostring(root)


def mutated_archive(content: bytes, rng: random.Random) -> bytes:
    """An Office file with one part changed, or the bytes of the archive."""
    if rng.random() < 0.2:
        return mutated_bytes(content, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    if "word/document.xml" in parts and rng.random() < 0.9:
        name = "word/document.xml"
    if rng.random() < 0.3:
        parts[name] = mutated_text(parts[name].decode(), rng).encode("utf-8", "replace")
    else:
        parts[name] = mutated_xml(parts[name], rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return stream.getvalue()


def mutated_pdf(content: bytes, rng: random.Random) -> bytes:
    """The bytes of a PDF, its objects, or the drawing inside one of its streams."""
    kind = rng.randrange(3)
    if kind == 0:
        return mutated_bytes(content, rng)
    if kind == 1:
        return mutated_text(content.decode("latin-1"), rng).encode("latin-1", "replace")
    streams = list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL))
    chosen = rng.choice(streams) if streams else None
    try:
        inside = zlib.decompress(chosen[1]).decode("latin-1")
    except (TypeError, zlib.error):
        return mutated_bytes(content, rng)
    packed = zlib.compress(mutated_text(inside, rng).encode("latin-1", "replace"))
    return content[: chosen.start(1)] + packed + content[chosen.end(1) :]


# -- documents to begin with


@cache
def document(flavour: str, number: int) -> bytes:
    """One of a few hundred published documents as they are met."""
    rng = random.Random(number)
    parts = elements(random_report(number, FORMS_MET[(2021, 2019)[number % 2]]))
    if number % 3 == 0:
        parts = DAMAGES[rng.choice(sorted(DAMAGES))](parts, rng)
    return FLAVOURS[flavour](parts)


def _of(*flavours: str, real: str = "") -> Callable[[random.Random], bytes]:
    def one(rng: random.Random) -> bytes:
        files = sorted(REAL.glob(real)) if real and REAL.is_dir() else []
        if files and rng.random() < 0.1:
            return rng.choice(files).read_bytes()
        return document(rng.choice(flavours), rng.randrange(8))

    return one


def with_other_values(text: str, rng: random.Random) -> str:
    """A params file that may still be one: other figures, words in other places of its prose."""
    lines = text.split("\n")
    rows = [n for n, line in enumerate(lines) if "[" in line and "#" in line]
    for _ in range(rng.choice((1, 3, 20))):
        at = rng.choice(rows)
        figure = str(rng.randrange(60)) if rng.random() < 0.9 else rng.choice(NUMBERS)
        lines[at] = re.sub(r"(?<=[\[ ])\d+(?=[,\]])", lambda m, f=figure: f if rng.random() < 0.3 else m[0], lines[at])
    prose = [n for n, line in enumerate(lines) if line.startswith("    ") and "。" in line]
    for _ in range(rng.choice((0, 1, 3)) if prose else 0):
        at, place = rng.choice(prose), rng.randrange(4, 40)
        lines[at] = lines[at][:place] + rng.choice((*WORDS, *NUMBERS)) + lines[at][place:]
    return "\n".join(lines)


def a_params_file(rng: random.Random) -> bytes:
    content = rng.choice(params_texts())
    if rng.random() < 0.6:
        return with_other_values(content.decode(), rng).encode("utf-8", "replace")
    return _textual(lambda rng: content)(rng)


def _textual(seed: Callable[[random.Random], bytes]) -> Callable[[random.Random], bytes]:
    def one(rng: random.Random) -> bytes:
        content = seed(rng)
        if rng.random() < 0.25:
            return mutated_bytes(content, rng)
        return mutated_text(content.decode("utf-8", "replace"), rng).encode(
            rng.choice(("utf-8",) * 6 + ("gb18030", "utf-16")), "replace"
        )

    return one


@cache
def params_texts() -> tuple[bytes, ...]:
    """The sample reports, and random ones with a sentence for every kind of place."""
    texts = [path.read_bytes() for path in sorted((ROOT / "params").rglob("*.yaml"))]
    for number in range(4):
        report = random_report(number, FORMS_MET[(2021, 2019)[number % 2]])
        prose = {"overview": "".join(f"{{{place}}}、" for place in places(report)[:: 40 + number])}
        texts.append(dumps(replace(report, prose=prose, facts={"website": 12, "media": "两微一端"})).encode())
    return tuple(texts)


@cache
def workbooks() -> tuple[bytes, ...]:
    """Excel forms, filled in."""
    return tuple(form_bytes(random_report(number, FORMS_MET[(2021, 2019)[number % 2]])) for number in range(3))


def prose_text(rng: random.Random) -> bytes:
    """A file whose prose alone is harmful: braces, places, everything else text."""
    report = parse(rng.choice(params_texts()), "a.yaml")
    known = places(report)
    pieces = [
        rng.choice(("{", "}", "{{", "}}", "全年", "件", "（一）主动公开。", "\n", rng.choice(known), *WORDS[:12]))
        for _ in range(rng.choice((3, 30, 300)))
    ]
    text = "".join(f"{{{p}}}" if rng.random() < 0.3 else p for p in pieces)
    text = "".join(c for c in text if c == "\n" or c.isprintable())
    return dumps(replace(report, prose={"overview": text})).encode("utf-8", "replace")


@cache
def sentences() -> tuple[str, ...]:
    """Sentences of reports with figures in them."""
    files = [ROOT / "tests" / "data" / "prose" / f"{name}.txt" for name in ("development", "heldout", "paragraphs")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    plain = [re.sub(r"\{([^{}=!]*)[^{}]*\}", r"\1", line.partition(" # ")[0]) for line in lines]
    return tuple(line for line in plain if line and not line.startswith("["))


def a_document_of_prose(rng: random.Random) -> bytes:
    """A document whose sentences are damaged, and sometimes the document as well."""
    number = rng.randrange(8)
    report = random_report(number, FORMS_MET[(2021, 2019)[number % 2]])
    prose = dict(report.prose)
    for part in report.form.sections:
        text = "\n".join(rng.choices(sentences(), k=rng.choice((1, 3, 20))))
        text = mutated_text(text, rng)[:20_000] if rng.random() < 0.7 else text
        prose[part.code] = (
            "".join(c for c in text if c == "\n" or c.isprintable()).replace("{", "{{").replace("}", "}}")
        )
    flavour = rng.choice(("html_spans", "pasted_rows", "markdown", "docx"))
    content = FLAVOURS[flavour](elements(replace(report, prose=prose)))
    if rng.random() < 0.6:
        return content
    return mutated_archive(content, rng) if flavour == "docx" else _textual(lambda rng: content)(rng)


def units_handed_in(rng: random.Random) -> bytes:
    """A folder as one archive: the files of up to four units, damaged or whole, the list of the units, and the record
    of an earlier roll-up."""
    files: dict[str, bytes] = {}
    for number in range(rng.choice((1, 2, 4))):
        kind = rng.choice(("xlsx", "xlsx", "yaml", "docx", "html", "txt", "pdf"))
        flavour = {"html": "html_spans", "txt": "pasted_rows"}.get(kind, kind)
        if rng.random() < 0.6:
            damaged = {"xlsx": "excel", "yaml": "params", "txt": "text"}.get(kind, kind)
            content = TARGETS[damaged][0](rng)
        elif kind in ("xlsx", "yaml"):
            content = rng.choice(workbooks() if kind == "xlsx" else params_texts())
        else:
            content = document(flavour, rng.randrange(8))
        files[f"某{'局办院'[number % 3]}{number}.{kind}"] = content
    listed = "".join(f"- {{name: 某{c}{n}, aliases: [某县{c}{n}]}}\n" for n, c in enumerate("局办院局"))
    if rng.random() < 0.5:
        files["units.yaml"] = _textual(lambda rng: listed.encode())(rng) if rng.random() < 0.3 else listed.encode()
    if rng.random() < 0.4:
        record = rng.choice(records())
        files["units.json"] = _textual(lambda rng: record)(rng) if rng.random() < 0.4 else record
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


@cache
def records() -> tuple[bytes, ...]:
    """Records of roll-ups."""
    found = []
    for number in range(2):
        form = FORMS_MET[(2021, 2019)[number]]
        units = []
        for n, c in enumerate("局办院"):
            figures = figures_of(random_report(number * 2 + n, form))
            before = dict(list(figures.items())[:3])
            units.append(Unit(f"某{c}{n}", f"某{c}{n}.xlsx", "0" * 64, figures, before=before))
        record = UnitsRecord("110105-mou", form.first_year, form.code, tuple(units), True, ("某局3",), {})
        found.append(record_dumps(record).encode())
    return tuple(found)


# -- what is done with an input


def read_a_document(content: bytes) -> None:
    reading = read_document(content, "某文件")
    report = reading.report(Body("110105", "某县", "county", "全县汇总"), reading.year or 2023)
    parse(dumps(report).encode(), "b.yaml")


def read_a_form(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "表.xlsx"
        path.write_bytes(content)
        report = read_form(path)
    parse(dumps(report).encode(), "b.yaml")


def load_and_show(content: bytes) -> None:
    """What happens to a params file: loaded, written again, checked, shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "110105-mou" / "2023.yaml"
        path.parent.mkdir()
        path.write_bytes(content)
        try:
            report = read(path)
        except ReportError:
            report = parse(content, "a.yaml")  # without what its path says
    again = parse(dumps(report).encode(), "b.yaml")
    assert (again.figures, again.prose, again.facts) == (report.figures, report.prose, report.facts)
    problems(report), unknown_places(report), printed(report)
    examine(cases_of([report])).frame()
    pages = [preamble(report), *(section(report, each.code) for each in report.form.sections)]
    pages += [statistics_appendix(report), composition(report), checks_appendix(report)]
    for page in pages:
        assert "<script" not in to_html(page.blocks) and to_text(page.blocks) is not None


def narrate(content: bytes) -> None:
    report = parse(content, "a.yaml")
    fill(report.prose["overview"], report)
    unknown_places(report), problems(report)
    paragraphs(report, "overview")


def read_the_prose(content: bytes) -> None:
    """What the text of a document says, against its tables and against those of the year before."""
    reading = read_document(content, "某文件")
    report = reading.report(Body("110105", "某县", "county", "全县汇总"), reading.year or 2023)
    last = replace(report, year=report.year - 1)
    for previous in (None, last):
        found = prose_figures(report, previous)
        text = printed(report, previous)
        assert all(text[tied.section][tied.start : tied.end] == tied.text for tied in found)
        list(broken(found))
    examine(cases_of([last, report])).frame()


def roll_them_up(content: bytes) -> None:
    """The units summed, written, read again, and the report checked against them."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(io.BytesIO(content)) as archive:
        units, params = Path(folder) / "units", Path(folder) / "params"
        units.mkdir()
        for name in archive.namelist():
            record = name == "units.json"
            path = params / "110105-mou" / "2023.units.json" if record else units / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
        rollup = roll_up("110105-mou", 2023, units, params, "某县人民政府", "county", "全县汇总")
        for _ in range(2):  # new, then against what was written
            path, _ = save_rollup(rollup, params, update=True)
            assert load_units(units_path(path)).sums(rollup.report.form) == rollup.sums
            rollup = roll_up("110105-mou", 2023, units, params)
            assert not rollup.differences
        examine(cases_of([read(path)])).frame()
        if not rollup.record.counted and rollup.unread:
            raise rollup.unread[0]


TARGETS: dict[str, tuple[Callable[[random.Random], bytes], Callable[[bytes], None]]] = {
    "html": (_textual(_of("html_spans", "html_blank", "html_lost", "html_layout", "ocr_html")), read_a_document),
    "text": (
        _textual(_of("pasted_tabs", "pasted_lines", "pasted_rows", "pipes", "markdown", "ocr_markdown", real="*.txt")),
        read_a_document,
    ),
    "docx": (lambda rng: mutated_archive(_of("docx", real="*.docx")(rng), rng), read_a_document),
    "pdf": (lambda rng: mutated_pdf(_of("pdf", "pdf_narrow", "pdf_unruled", real="*.pdf")(rng), rng), read_a_document),
    "bytes": (lambda rng: mutated_bytes(rng.randbytes(rng.choice((0, 4, 300))), rng), read_a_document),
    "excel": (lambda rng: mutated_archive(rng.choice(workbooks()), rng), read_a_form),
    "params": (a_params_file, load_and_show),
    "narrative": (prose_text, narrate),
    "prose": (a_document_of_prose, read_the_prose),
    "rollup": (units_handed_in, roll_them_up),
}  # fmt: skip
"""Target → (how an input is made, what is done with it)."""


def one(target: str, seed: int, number: int) -> bytes:
    """The input of that name."""
    return TARGETS[target][0](random.Random(f"{target}/{seed}/{number}"))


# -- running


def child(target: str, seed: int, first: int, last: int, failures: Path) -> None:
    """Runs inputs and tells of each on a line: its number as it begins, then what came of it."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows: no limit, the watcher's time-out alone
        resource = None
    for number in range(first, last):
        print(f"begin {number}", flush=True)
        content = one(target, seed, number)
        start = time.process_time()
        try:
            TARGETS[target][1](content)
            outcome = "read"
        except ReportError as error:
            outcome = "refused"
            if len(str(error)) > 200_000:
                outcome = "failed"
                keep(failures, target, seed, number, content, "a message of more than 200,000 characters")
        except Exception:
            outcome = "failed"
            keep(failures, target, seed, number, content, traceback.format_exc())
        spent = time.process_time() - start
        if spent > CPU_SECONDS:
            outcome = "failed"
            keep(failures, target, seed, number, content, f"{spent:.1f} s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 if resource else 0
        print(f"{outcome} {spent:.3f} {peak}", flush=True)


def keep(failures: Path, target: str, seed: int, number: int, content: bytes, why: str) -> None:
    """Keeps an input that did what it must not."""
    failures.mkdir(parents=True, exist_ok=True)
    (failures / f"{target}-{seed}-{number}.input").write_bytes(content)
    (failures / f"{target}-{seed}-{number}.txt").write_text(why, encoding="utf-8")


def campaign(target: str, seed: int, inputs: int, seconds: float, failures: Path) -> dict[str, float]:
    """Runs inputs 0, 1, … of a target in processes of their own until there are enough or the time is over."""
    total = dict.fromkeys(("read", "refused", "failed", "slowest", "peak"), 0.0)
    number, until = 0, time.monotonic() + seconds
    while number < inputs and time.monotonic() < until:
        command = [sys.executable, __file__, "--child", target, str(seed), str(number), str(inputs), str(failures)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        hang, over = False, False
        watch = Timer(HANG_SECONDS, process.kill)
        watch.start()
        for line in process.stdout:
            watch.cancel()
            kind, *rest = line.split()
            if kind != "begin":
                total[kind] += 1
                total["slowest"] = max(total["slowest"], float(rest[0]))
                total["peak"] = max(total["peak"], float(rest[1]))
                hang = False
                if over := time.monotonic() > until:
                    break
                continue
            number, hang = int(rest[0]), True
            watch = Timer(HANG_SECONDS, process.kill)
            watch.start()
        watch.cancel()
        if over:
            process.kill()
        process.stdout.close()
        process.wait()
        if hang:
            total["failed"] += 1
            why = f"the process ended with {process.returncode}, or hung for {HANG_SECONDS:.0f} s"
            keep(failures, target, seed, number, one(target, seed, number), why)
        number += 1
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    parser.add_argument("--failures", type=Path, default=Path(tempfile.gettempdir()) / "gkstats-fuzz")
    parser.add_argument("--replay", nargs=3, metavar=("TARGET", "SEED", "NUMBER"))
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        target, seed, first, last, failures = given.child
        child(target, int(seed), int(first), int(last), Path(failures))
        return 0
    if given.replay:
        target, seed, number = given.replay
        TARGETS[target][1](one(target, int(seed), int(number)))
        return 0
    targets = given.target or list(TARGETS)
    print(f"{'target':<12}{'tried':>8}{'read':>8}{'refused':>9}{'failed':>8}{'slowest s':>11}{'peak MB':>9}")
    failed = 0.0
    for target in targets:
        total = campaign(target, given.seed, given.inputs, given.seconds / len(targets), given.failures)
        tried = total["read"] + total["refused"] + total["failed"]
        failed += total["failed"]
        print(f"{target:<12}{tried:>8.0f}{total['read']:>8.0f}{total['refused']:>9.0f}{total['failed']:>8.0f}"
              f"{total['slowest']:>11.2f}{total['peak']:>9.0f}", flush=True)  # fmt: skip
    if failed:
        print(f"kept in {given.failures}; again: python benchmarks/fuzz.py --replay TARGET SEED NUMBER")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
