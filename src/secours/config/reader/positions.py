"""Places in a plan by the keys and numbers that lead there from its top."""

from typing import TypeAlias

from secours.config.reader.document import Mapping, Node, Sequence

Steps: TypeAlias = tuple[str | int, ...]


def value_at(node: Node, steps: Steps) -> Node:
    """Return the value at a place, the nearest around it where it is not written."""
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
    """Return a place as mistakes name it."""
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)[1:]
