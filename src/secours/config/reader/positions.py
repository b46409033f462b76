"""Places in a plan, as keys and indexes from its root."""

from typing import TypeAlias

from secours.config.reader.document import Mapping, Node, Sequence

Steps: TypeAlias = tuple[str | int, ...]


def value_at(node: Node, steps: Steps) -> Node:
    """Return the value at a place, or the nearest around it."""
    for step in steps:
        match node, step:
            case Sequence(items=items), int() if step < len(items):
                node = items[step]
            case Mapping(items=items), str() if step in items:
                node = items[step]
            case _:
                break
    return node


def named(steps: Steps) -> str:
    """Return a place as in mistakes."""
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)[1:]
