"""Types of the fields of the plan."""

from typing import Annotated, TypeVar

T = TypeVar("T")
OURS = "ours"
Ours = Annotated[T, OURS]
"""Type of a field that is found while reading, and is no key of probes.yaml."""


class Duration(float):
    """A length of time in seconds, written `500ms`, `10s`, `5m`, `2h`, `7d`."""

    __slots__ = ()
