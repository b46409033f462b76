"""The needs of a channel, component or path: all of them, with `any_of` inside."""

from collections.abc import Iterable, Mapping
from typing import Any

from secours.config.reader import document
from secours.config.reader.shapes import (
    NAME,
    Name,
    Record,
    Shape,
    Spot,
    Wrong,
    list_of,
    read_record,
)
from secours.model.sections.channel import Needs

NamedNeeds = tuple[tuple[Name, ...], ...]
"""Like `Needs`, each name with its place."""

CLASSES = "[a-z][a-z0-9_-]*"
COMPONENT_NAME = rf"^{CLASSES}:[^\s/]+$"


def _read(spot: Spot) -> NamedNeeds:
    node = spot.node
    is_empty = isinstance(node, document.Scalar) and node.value is None
    if is_empty or isinstance(node, document.Sequence):
        return LIST.read(spot)
    return (_one(spot),)


def _one(spot: Spot) -> tuple[Name, ...]:
    if not isinstance(spot.node, document.Mapping):
        return (NAME.read(spot),)
    record = read_record(spot, {"any_of": NAMES_OF}, ("any_of",))
    names: tuple[Name, ...] = record.get("any_of", ())
    if not names:
        raise Wrong(spot, "plan.any-of", example="{any_of: [a, b]}")
    return names


NAMES_OF = list_of(NAME)
NEED_SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        NAME.schema,
        {
            "type": "object",
            "properties": {
                "any_of": {
                    "type": "array",
                    "items": NAME.schema,
                    "minItems": 1,
                    "description": "Components of which one is enough.",
                }
            },
            "required": ["any_of"],
            "additionalProperties": False,
        },
    ]
}
LIST: Shape[NamedNeeds] = list_of(Shape(_one, NEED_SCHEMA))
NEEDS: Shape[NamedNeeds] = Shape(
    _read, {"anyOf": [NEED_SCHEMA, {"type": "array", "items": NEED_SCHEMA}]}
)


def gives_needs(record: Record) -> bool:
    """Tell whether `depends_on` is given: `[]` is none, empty is unknown."""
    node = record.at("depends_on").node
    left_open = isinstance(node, document.Scalar) and node.value is None
    return record.get("depends_on") is not None and not left_open


def joined(*several: Needs) -> Needs:
    """Return the union of several needs."""
    groups = [group for needs in several for group in needs if group]
    return tuple(dict.fromkeys(groups))


def without(needs: Needs, removed: Iterable[str]) -> Needs:
    """Return needs without some components."""
    gone = frozenset(removed)
    left = (tuple(name for name in group if name not in gone) for group in needs)
    return tuple(group for group in left if group)
