"""Write a value of the model anew, with every name or every time in it replaced."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from plans import START

from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Path, Probe

T = TypeVar("T")
Rename = Callable[[str], str]

NAMES = re.compile(r"(?<![a-z])(c\d+|p\d+|[a-z]+:\d+)(?![a-z\d])")
"""Names of channels, paths and components, as random plans have them."""


def renamed(value: T, new: Mapping[str, str]) -> T:
    """Return the same with other names; what has no other name keeps its own."""
    return _with_text(
        value, lambda text: NAMES.sub(lambda m: new.get(m[0], m[0]), text)
    )


def names_in(value: Any) -> frozenset[str]:
    """Return every name in it."""
    found: set[str] = set()

    def note(text: str) -> str:
        found.update(NAMES.findall(text))
        return text

    _with_text(value, note)
    return frozenset(found)


def _with_text(value: T, rename: Rename) -> T:
    """Return the same with each text in it renamed."""
    found: T = _renamed(value, rename)
    return found


def _renamed(value: Any, rename: Rename) -> Any:
    match value:
        case Enum():
            return value
        case str():
            return rename(value)
        case Struct():
            fields = type(value).__struct_fields__
            return type(value)(
                **{name: _with_text(getattr(value, name), rename) for name in fields}
            )
        case Mapping():
            return {
                _with_text(key, rename): _with_text(each, rename)
                for key, each in value.items()
            }
        case tuple() | frozenset():
            return type(value)(_with_text(each, rename) for each in value)
    return value


def with_probes(config: Config, edit: Callable[[Probe], Probe]) -> Config:
    """Return a plan with each of its probes edited."""

    def other(part: Channel | Component | Path) -> Any:
        tests = "references" if isinstance(part, Path) else "probes"
        return replace(part, **{tests: tuple(map(edit, getattr(part, tests)))})

    rooms: dict[str, Any] = {
        room: {name: other(part) for name, part in getattr(config, room).items()}
        for room in ("channels", "components", "paths")
    }
    return replace(config, **rooms)


def slowed(value: T, times: float) -> T:
    """Return the same with every length of time, and every date, so many times later.

    A length of time is in a field whose name ends in `_s`.
    """
    found: T = _with_times(value, times)
    return found


def _with_times(value: Any, times: float) -> Any:
    match value:
        case Enum():
            return value
        case datetime():
            return START + (value - START) * times
        case Instant():
            return Instant(_with_times(value.utc, times), value.steady_s * times)
        case Struct():
            return type(value)(
                **{
                    name: _field(name, getattr(value, name), times)
                    for name in type(value).__struct_fields__
                }
            )
        case Mapping():
            return {key: _field(key, each, times) for key, each in value.items()}
        case tuple() | frozenset():
            return type(value)(_with_times(each, times) for each in value)
    return value


def _field(name: str, value: Any, times: float) -> Any:
    if name.endswith("_s") and isinstance(value, int | float):
        return value * times
    return _with_times(value, times)
