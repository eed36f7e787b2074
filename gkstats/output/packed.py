"""A PDF with its objects in compressed streams (ISO 32000-1, 7.5.7 and 7.5.8; PDF/A-2 allows them).

typst writes every object as plain text, also the thousands that tell a screen reader which head belongs to which cell:
a quarter of a report. Nothing of the objects is changed here, only where they stand. libdeflate gives the same bytes
on every machine, which the zlib of a system does not.
"""

from __future__ import annotations

import re
from itertools import pairwise

import deflate

TOGETHER = 1000  # objects in a stream: a reader unpacks a whole stream for one object
LEVEL = 6  # 9 takes twice as long for a five-hundredth

_END = re.compile(rb"trailer\s*<<(?P<about>.*)>>\s*startxref\s+(?P<table>\d+)\s+%%EOF\s*$", re.S)
_IN_USE = re.compile(rb"(\d{10}) \d{5} n\s")
_NOWHERE = (0, 0, 0xFFFF)


def packed(pdf: bytes) -> bytes:
    """The document with all its objects but streams in object streams, and a stream for the table of where they are. As
    it is where it has no table of the old kind: then whoever wrote it has done so."""
    end = _END.search(pdf)
    if not end or not pdf.startswith(b"xref", int(end["table"])):
        return pdf
    table = int(end["table"])
    offsets = sorted(map(int, _IN_USE.findall(pdf, table)))
    written = bytearray(pdf[: offsets[0]])
    places = {0: _NOWHERE}
    plain: list[tuple[int, bytes]] = []

    def put(number: int, body: bytes) -> None:
        places[number] = (1, len(written), 0)
        written.extend(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    for begin, stop in pairwise([*offsets, table]):
        head, _, body = pdf[begin:stop].partition(b" 0 obj")
        body = body.strip().removesuffix(b"endobj").rstrip()
        if body.endswith(b"endstream"):
            put(int(head), body)
        else:
            plain.append((int(head), body))
    new = 1 + max(*places, *dict(plain))
    for at in range(0, len(plain), TOGETHER):
        heads, bodies = [], []
        length = 0
        for index, (number, body) in enumerate(plain[at : at + TOGETHER]):
            places[number] = (2, new, index)
            heads.append(b"%d %d" % (number, length))
            bodies.append(body)
            length += len(body) + 1
        head = b" ".join(heads) + b"\n"
        put(new, _stream(b"/Type/ObjStm/N %d/First %d" % (len(heads), len(head)), head + b"\n".join(bodies)))
        new += 1
    start = places[new] = (1, len(written), 0)
    rows = (places.get(number, _NOWHERE) for number in range(new + 1))
    content = b"".join(kind.to_bytes(1) + where.to_bytes(4) + more.to_bytes(2) for kind, where, more in rows)
    about = re.sub(rb"/Size\s+\d+", b"", end["about"])
    put(new, _stream(b"/Type/XRef/Size %d/W[1 4 2]%b" % (new + 1, about), content))
    return bytes(written) + b"startxref\n%d\n%%%%EOF\n" % start[1]


def _stream(about: bytes, content: bytes) -> bytes:
    data = bytes(deflate.zlib_compress(content, LEVEL))
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (about, len(data), data)
