"""YAML as a plain notation: mappings, lists and text with line numbers, and nothing that can surprise.

Scalars are not interpreted: whoever knows what is expected reads the text, so a code keeps its zeros and an
amount its last digit. Tags, anchors, aliases, deep nesting and more values than a report can hold are
refused, so that a hostile file costs no more than its size.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml
from yaml.reader import Reader

MAX_DEPTH = 8
MAX_NODES = 20_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: five times faster


def quoted(text: str) -> str:
    """A text of the file as a message quotes it: short, and every character to be seen, spaces but the usual too."""
    shown = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text[:41])
    return f"“{shown[:80]}{'…' if len(text) > 41 or len(shown) > 80 else ''}”"


class Node(NamedTuple):
    """One node: ``value`` is text, None (blank), a list of nodes, or a dict key → (line, node)."""

    line: int
    value: str | list[Node] | dict[str, tuple[int, Node]] | None
    quoted: bool = False


class Fault(NamedTuple):
    """Why the text is not the YAML we read, in the parts of ``report.Problem``."""

    line: int | None
    found: str
    expected: str
    advice: str = ""


class YAMLFault(Exception):
    """The text is not what we read; ``faults`` holds the reasons, ``root`` what can be read all the same."""

    def __init__(self, faults: list[Fault], root: Node | None = None):
        self.faults, self.root = faults, root
        super().__init__(faults)


def compose(text: str) -> Node:
    """The root node of the only document in ``text``. Raises YAMLFault."""
    line_of = _lines(text)
    duplicates: list[Fault] = []
    open_nodes: list[tuple[yaml.Event, list[Node]]] = []
    root: Node | None = None
    try:
        for count, event in enumerate(_events(text, line_of)):
            line = line_of(event.start_mark)
            if count > MAX_NODES:
                raise YAMLFault([Fault(line, f"超过 {MAX_NODES} 个值", "")])
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event, []))
                if len(open_nodes) > MAX_DEPTH:
                    raise YAMLFault([Fault(line, f"超过 {MAX_DEPTH} 层的嵌套", "")])
                continue
            if isinstance(event, yaml.ScalarEvent):
                plain = event.implicit[0]
                blank = plain and event.value in ("", "~", "null", "Null", "NULL")
                node = Node(line, None if blank else event.value, not plain)
            else:
                start, children = open_nodes.pop()
                value = children if isinstance(start, yaml.SequenceStartEvent) else _mapping(children, duplicates)
                node = Node(line_of(start.start_mark), value)
            if open_nodes:
                open_nodes[-1][1].append(node)
            else:
                root = node
    except yaml.MarkedYAMLError as error:
        # What is left open is seen at the end of the file; the reader looks for where it was opened.
        left_open = error.context and re.search("flow|quoted", error.context)
        mark = error.context_mark if left_open and error.context_mark else error.problem_mark or error.context_mark
        advice = "请检查缩进（用空格，不用制表符）、引号和方括号是否成对、冒号后是否有空格"
        fault = Fault(line_of(mark) if mark else None, "无法理解的 YAML 格式", "", advice)
        raise YAMLFault([*duplicates, fault]) from None
    except yaml.YAMLError:  # the position libyaml gives is one of bytes
        hidden = Reader.NON_PRINTABLE.search(text)
        at = text.count("\n", 0, hidden.start()) + 1 if hidden else None
        raise YAMLFault([Fault(at, "不可见的控制字符", "", "请删除从别处粘贴带来的不可见字符")]) from None
    if root is None:
        raise YAMLFault([Fault(1, "空文件", "", "可用 gkstats new 生成空白报告")])
    if duplicates:
        raise YAMLFault(duplicates, root)
    return root


def _lines(text: str) -> Callable[[yaml.Mark], int]:
    """The function from a mark to its line as an editor counts it."""
    if re.search("[\x85\u2028\u2029]", text):  # YAML 1.1 ends a line there, an editor does not
        ends = [match.start() for match in re.finditer("\n", text)]
        return lambda mark: bisect_left(ends, mark.index) + 1
    return lambda mark: mark.line + 1


def _events(text: str, line_of: Callable[[yaml.Mark], int]) -> Iterator[yaml.Event]:
    """Scalars and the starts and ends of collections; anything beyond plain notation raises YAMLFault."""
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        refused = None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refused = "锚点或别名（& 或 *）", "请把内容直接写出来；以 & 或 * 开头的文字要加引号"
        elif getattr(event, "tag", None):
            refused = f"标签{quoted(event.tag)}", "请去掉以 ! 开头的标签"
        elif documents > 1:
            refused = "第二个文档（---）", "一个文件只写一份报告，请分成两个文件"
        if refused:
            raise YAMLFault([Fault(line_of(event.start_mark), refused[0], "", refused[1])])
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.CollectionEndEvent):
            yield event


def _mapping(children: list[Node], duplicates: list[Fault]) -> dict[str, tuple[int, Node]]:
    mapping: dict[str, tuple[int, Node]] = {}
    for key, value in zip(children[::2], children[1::2], strict=True):
        name = key.value if isinstance(key.value, str) else "null"
        if name in mapping:
            found = f"重复的键{quoted(name)}"
            duplicates.append(Fault(key.line, found, "", f"每个键只写一次，第 {mapping[name][0]} 行已有同名的键"))
        mapping[name] = (key.line, value)
    return mapping
