"""The labels of a form as a reader meets them, and which form a document is printed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from gkstats.forms import FORMS
from gkstats.reading.document import Block, Grid, distinct
from gkstats.reading.labels import Labels, bare, key
from gkstats.schema import Form

PROSE_LENGTH = 70
"""A piece of text longer than this is prose; the longest label has fewer characters."""

UNIT = re.compile(r"(亿元|万元|元)")


class Vocabulary:
    """The labels of a form: of its rows in all tables that print them as lines, of the blocks printed side by
    side, of the columns of each table."""

    def __init__(self, form: Form):
        self.form = form
        lines, self.blocks = [], {}
        self.groups: dict[str, Labels] = {}
        for table in form.tables:
            names = [(leaf.item.label, f"{table.code}/{leaf.code}") for leaf in table.row_leaves]
            if table.layout == "blocks":
                self.blocks[table.code] = Labels((label, code.partition("/")[2]) for label, code in names)
            else:
                lines += names
                lines += [
                    (heading.label, f"{table.code}/{code}")
                    for code, heading in table.groups.items()
                    if heading.collapsible
                ]
        headings = [label for table in form.tables for leaf in table.row_leaves for label in leaf.above]
        heads = [label for table in form.tables for leaf in table.column_leaves for label in leaf.above]
        self.lines = Labels(lines, (*headings, *heads))
        self.columns = {
            table.code: Labels((leaf.item.label, leaf.code) for leaf in table.column_leaves) for table in form.tables
        }
        self.heads_of_lines = {
            head
            for code, labels in self.columns.items()
            if code not in self.blocks
            for head in labels.whole.keys() - self.lines.codes.keys()
        }
        self.order = {
            f"{table.code}/{leaf.code}": number for table in form.tables for number, leaf in enumerate(table.row_leaves)
        }
        for table in form.tables:  # a heading printed as one row stands where its lines would
            for group, heading in table.groups.items():
                if heading.collapsible:
                    self.order[f"{table.code}/{group}"] = self.order[f"{table.code}/{table.members[group][-1]}"]
        self.collapsible = {
            bare(heading.label) for table in form.tables for heading in table.groups.values() if heading.collapsible
        }
        self.weak = {code for label, code in self.lines.codes.items() if len(label) <= 2 and label not in ("规章",)}

    def between(self, last: str, here: str) -> list[str]:
        """The rows of a table between two of its lines, given as ``order`` has them; none if they are of two tables."""
        table, _, _ = here.partition("/")
        if not last.startswith(f"{table}/") or last not in self.order or here not in self.order:
            return []
        return list(self.form.table[table].row)[self.order[last] + 1 : self.order[here]]

    def heads(self, text: str) -> bool:
        """Whether a text is the head of a column, in any table."""
        return any(labels.find(text) for labels in (*self.columns.values(), *self.blocks.values()))

    def knows(self, text: str) -> bool:
        """Whether a text is a label of this form, or a part of one."""
        labels = (self.lines, *self.blocks.values(), *self.columns.values())
        return any(bare(text) in group.others or group.find(text) for group in labels)


@cache
def vocabulary(form: Form) -> Vocabulary:
    return Vocabulary(form)


@cache
def _distinctive() -> dict[int, list[str]]:
    """Form code → keys of labels of its first section's tables that stand in no label of another form."""
    words = {
        code: {
            key(leaf.name)
            for table in form.tables
            if table.layout == "parts"
            for leaf in (*table.row_leaves, *table.column_leaves)
        }
        for code, form in FORMS.items()
    }
    return {
        code: [w for w in own if not any(w in o or o in w for c, others in words.items() if c != code for o in others)]
        for code, own in words.items()
    }


def form_seen(blocks: Iterable[Block]) -> int | None:
    """The code of the form whose own labels are printed, None if that is not clear."""
    pieces = []
    for block in blocks:
        if isinstance(block, Grid):
            pieces += [key(slot.text) for row in block.rows for _, slot in distinct(row) if len(slot.text) < 200]
        elif len(block.text) < 200 and "。" not in block.text:
            pieces.append(key(block.text))
    words = "".join(pieces)
    found = {code: sum(label in words for label in labels) for code, labels in _distinctive().items()}
    ranked = sorted(found, key=lambda code: -found[code])
    clear = found[ranked[0]] > (found[ranked[1]] if len(ranked) > 1 else 0)
    return ranked[0] if clear else None
