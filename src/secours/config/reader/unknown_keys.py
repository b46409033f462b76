"""Suggestions for a key in the wrong place."""

from collections.abc import Sequence

from secours.config.reader import synonyms
from secours.config.reader.document import Mapping, Node, Scalar
from secours.config.reader.mistakes import guesses, shown, suggestion
from secours.config.reader.syntax import ODD_SPACES
from secours.message import Message, message

ENCRYPTED = {"tls": "tls", "ssl": "tls", "smtps": "tls", "starttls": "starttls"}


def meaning(key: str, into: Mapping, valid: Sequence[str]) -> tuple[Message, set[str]]:
    """Return what to write instead of a key, and the keys that may be."""
    node = into.items[key]
    if any(letter in ODD_SPACES for letter in key):
        return message("plan.yaml.odd-space"), set()
    if key.startswith("-"):
        return message("plan.yaml.dash-space"), set()
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
