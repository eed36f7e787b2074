"""YAML as a plain notation: mappings, lists and text with line numbers, and nothing that can surprise.

Scalars are not interpreted: whoever knows what is expected reads the text, so a code keeps its zeros and an
amount its last digit. Tags, anchors, aliases, deep nesting and more values than a report can hold are
refused, so that a hostile file costs no more than its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml.reader import Reader

MAX_DEPTH = 8
MAX_NODES = 20_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: five times faster


def quoted(text: str) -> str:
    """A text of the file as a message quotes it: short, on one line, nothing in it that a terminal obeys."""
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
    duplicates: list[Fault] = []
    open_nodes: list[tuple[yaml.Event, list[Node]]] = []
    root: Node | None = None
    try:
        for count, event in enumerate(_events(text)):
            if count > MAX_NODES:
                raise YAMLFault([Fault(event.start_mark.line + 1, f"超过 {MAX_NODES} 个值", "")])
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event, []))
                if len(open_nodes) > MAX_DEPTH:
                    raise YAMLFault([Fault(event.start_mark.line + 1, f"超过 {MAX_DEPTH} 层的嵌套", "")])
                continue
            if isinstance(event, yaml.ScalarEvent):
                node = _scalar(event)
            else:
                start, children = open_nodes.pop()
                value = children if isinstance(start, yaml.SequenceStartEvent) else _mapping(children, duplicates)
                node = Node(start.start_mark.line + 1, value)
            if open_nodes:
                open_nodes[-1][1].append(node)
            else:
                root = node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        advice = "请检查缩进（用空格，不用制表符）、引号和方括号是否成对、冒号后是否有空格"
        fault = Fault(mark.line + 1 if mark else None, "无法理解的 YAML 格式", "", advice)
        raise YAMLFault([*duplicates, fault]) from None
    except yaml.YAMLError:  # the position libyaml gives is one of bytes
        hidden = Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, hidden.start()) + 1 if hidden else None
        fault = Fault(line, "不可见的控制字符", "", "请删除从别处粘贴带来的不可见字符")
        raise YAMLFault([fault]) from None
    if root is None:
        raise YAMLFault([Fault(1, "空文件", "", "可用 gkstats new 生成空白报告")])
    if duplicates:
        raise YAMLFault(duplicates, root)
    return root


def _events(text: str) -> Iterator[yaml.Event]:
    """Scalars and the starts and ends of collections; anything beyond plain notation raises YAMLFault."""
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YAMLFault(
                [
                    Fault(
                        line,
                        "锚点或别名（& 或 *）",
                        "普通的值",
                        "请把内容直接写出来；以 & 或 * 开头的文字要加引号",
                    )
                ]
            )
        if getattr(event, "tag", None):
            raise YAMLFault([Fault(line, f"标签 {event.tag}", "普通的值", "请去掉以 ! 开头的标签")])
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YAMLFault([Fault(line, "第二个文档（---）", "", "一个文件只写一份报告，请分成两个文件")])
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.CollectionEndEvent):
            yield event


def _scalar(event: yaml.ScalarEvent) -> Node:
    quoted = not event.implicit[0]
    blank = not quoted and event.value in ("", "~", "null", "Null", "NULL")
    return Node(event.start_mark.line + 1, None if blank else event.value, quoted)


def _mapping(children: list[Node], duplicates: list[Fault]) -> dict[str, tuple[int, Node]]:
    mapping: dict[str, tuple[int, Node]] = {}
    for key, value in zip(children[::2], children[1::2], strict=True):
        name = key.value if isinstance(key.value, str) else "null"
        if name in mapping:
            found = f"重复的键{quoted(name)}"
            duplicates.append(Fault(key.line, found, "", f"每个键只写一次，第 {mapping[name][0]} 行已有同名的键"))
        mapping[name] = (key.line, value)
    return mapping
