"""Mistakes of form: a key in the wrong place, a list for a mapping, and the reverse."""

import re
from collections.abc import Container, Sequence

from secours.config.reader import document, synonyms, went
from secours.config.reader.document import Mapping, Node, Scalar, keys
from secours.config.reader.mistakes import guesses, shown, suggestion
from secours.config.reader.syntax import ODD_SPACES
from secours.message import Fact, Message, message

NAMES = ("name", "id", "label")  # written in place of the key

ENCRYPTED = {"tls": "tls", "ssl": "tls", "smtps": "tls", "starttls": "starttls"}


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
    if isinstance(node, document.Sequence) and keys(next(iter(node.items), node)):
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


def meaning(key: str, into: Mapping, valid: Sequence[str]) -> tuple[Message, set[str]]:
    """Return what to write instead of a key, and the keys that may be."""
    node = into.items[key]
    if any(letter in ODD_SPACES for letter in key):
        return message("plan.yaml.odd-space"), set()
    if key.startswith("-"):
        return message("plan.yaml.dash-space"), set()
    if instead := went.instead(key):
        return _unknown(key, instead), set()
    if "security" in valid and key in ENCRYPTED and _is_true(node):
        written = message("plan.write", written=f"'security: {ENCRYPTED[key]}'")
        return _unknown(key, written), {"security"}
    if above := _left_open(key, into):
        return _unknown(key, message("plan.key.indent", name=above)), set()
    names = guesses(key, valid, "key")
    places = () if names else synonyms.meant("elsewhere", key, valid)
    if places:
        return _unknown(key, message("plan.key.elsewhere", name=places[0])), set()
    return _unknown(key, suggestion(key, valid, "key")), set(names)


def _left_open(key: str, into: Mapping) -> str | None:
    """Return the empty key above that this mapping would belong to."""
    names = [*into.items]
    at = names.index(key)
    above = into.items[names[at - 1]] if at else None
    is_open = isinstance(above, Scalar) and above.text == ""
    return names[at - 1] if is_open and isinstance(into.items[key], Mapping) else None


def _unknown(key: str, meant: Message) -> Message:
    return message("plan.key.unknown", key=shown(key), meant=meant)


def _is_true(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text.lower() in ("true", "yes", "on")
