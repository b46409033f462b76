"""Mistakes of a list for a mapping, and the reverse."""

import re
from collections.abc import Container

from secours.config.reader import synonyms
from secours.config.reader.document import Mapping, Node, Scalar, Sequence, keys
from secours.config.reader.mistakes import shown
from secours.message import Fact, Message, message

NAMES = ("name", "id", "label")  # written in place of the key


def stranger(root: Node, ours: Container[str]) -> Message | None:
    """Return the mistake of a file with no known key: of another program."""
    written = keys(root)
    if not written:
        return None if isinstance(root, Mapping) else message("plan.file.no-keys")
    if any(key in ours for key in written):
        return None
    what = synonyms.program(written)
    return message("plan.file.other", what=what) if what else None


def no_list(node: Node, found: Fact) -> Message:
    """Say how to make a list of it."""
    if isinstance(node, Mapping) and node.keys:
        first = next(iter(node.keys))
        if first.startswith("-"):
            return message("plan.yaml.dash-space")
        return message("plan.must-be.entries", key=shown(first))
    wanted = message("plan.a.list", example="[a, b]")
    return message("plan.must-be", wanted=wanted, found=found)


def no_mapping(node: Node, found: Fact) -> Message:
    """Say how to make a mapping of it."""
    if isinstance(node, Sequence) and keys(next(iter(node.items), node)):
        return message("plan.must-be.named", name=f"{_name_in(node.items[0])}:")
    if isinstance(node, Scalar) and re.match(r"[\w-]+\s*=\s", node.text):
        return message("plan.yaml.equals", colon="': '", equals="'='")
    wanted = message("plan.a.mapping")
    return message("plan.must-be", wanted=wanted, found=found)


def _name_in(node: Node) -> str:
    if isinstance(node, Mapping):
        named = (node.items[key] for key in NAMES if key in node.items)
        node = next(named, node)
    return node.text if isinstance(node, Scalar) else "…"
