"""Warnings about the text of a plan, and keys without effect.

`no` is a word in YAML 1.2 and false in YAML 1.1, which most other programs read. Text
after a `#` is a comment, also where not meant so. Keys of an earlier version are read
for one release more.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from secours.config.reader import document
from secours.config.reader.document import Mapping, Node, Scalar
from secours.config.reader.source_lines import lines_of
from secours.config.sections.sites import PLANS
from secours.message import Message, message

OLD_TRUTHS = frozenset({"yes", "no", "on", "off"})
MEANT = ("traits", "security")  # keys under which they are wanted
SWALLOWED = re.compile(r"\s+#(?=[^\s#])")
Said: TypeAlias = tuple[int, str, Message]  # line, place, words


def of_text(text: bytes) -> Iterator[Said]:
    """Yield the places where a text may not mean what it says."""
    if text:
        lines = lines_of(text.decode("utf-8-sig"))
        root = document.parse(text)
        yield from _of_removed(root)
        yield from _inside(root, "", lines)


def _of_removed(root: Node) -> Iterator[Said]:
    accepted = document.inside(root, "sites", "accept")
    if isinstance(accepted, document.Sequence):
        for at, each in enumerate(accepted.items):
            if isinstance(each, Scalar) and each.text == PLANS:
                said = message("plan.advice.plans-removed", what=PLANS)
                yield each.line, f"sites.accept[{at}]", said


def _inside(node: Node, where: str, lines: Sequence[str]) -> Iterator[Said]:
    """Walk a plan; places are named as in mistakes."""
    match node:
        case Mapping():
            for key, inner in node.items.items():
                if key not in MEANT:
                    dot = "." if where else ""
                    yield from _inside(inner, f"{where}{dot}{key}", lines)
        case document.Sequence():
            for at, inner in enumerate(node.items):
                yield from _inside(inner, f"{where}[{at}]", lines)
        case Scalar():
            yield from _of_scalar(node, where, lines)


def _of_scalar(node: Scalar, where: str, lines: Sequence[str]) -> Iterator[Said]:
    written = lines[node.line - 1][node.column - 1 :]
    if not isinstance(node.value, str) or not written.startswith(node.text):
        return  # in quotes, on several lines, or no text
    if node.text.lower() in OLD_TRUTHS:
        said = message("plan.advice.old-truth", text=node.text, quoted=f'"{node.text}"')
        yield node.line, where, said
    if SWALLOWED.match(written, len(node.text)):
        yield node.line, where, message("plan.advice.swallowed", sign="#")
