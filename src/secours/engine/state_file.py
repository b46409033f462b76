"""Pieces of state that an engine keeps: written, missing, damaged, set aside."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

YEARS = range(1970, 3000)
BEYOND_S = 1e10  # 300 years
ASIDE = ("damaged", *(f"damaged-{n}" for n in range(2, 10)))

T = TypeVar("T")


def read(
    source: Callable[[], bytes | None],
    kind: type[T],
    damaged: Callable[[Exception], object],
) -> T | None:
    """Return the state that `source` has, None where there is none or it is damaged."""
    try:
        text = source()
        state: T | None = None if text is None else decoded(text, kind)
        if not is_sound(state):
            raise msgspec.ValidationError("a time in it is none")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        damaged(error)
        return None
    return state


def set_aside(path: Path) -> None:
    """Keep a damaged file for people to look at, under a name that nothing bars."""
    for suffix in ASIDE:
        with suppress(OSError):  # a folder has that name
            path.replace(path.with_suffix(f".{suffix}"))
            return


def is_sound(state: Any) -> bool:
    """Return whether calculation is possible with each time in it."""
    return _is_sound(msgspec.to_builtins(state, builtin_types=(datetime,)))


def _is_sound(state: Any) -> bool:
    match state:
        case datetime():
            return state.tzinfo is not None and state.year in YEARS
        case float():
            return abs(state) < BEYOND_S
        case dict():
            return all(map(_is_sound, state.values()))
        case list() | tuple():
            return all(map(_is_sound, state))
    return True


def encoded(thing: Any) -> bytes:
    """Encode values of the model's types as JSON."""
    return msgspec.json.encode(thing, enc_hook=_plainer)


def decoded(text: bytes | str, kind: Any) -> Any:
    """Read JSON as a type; raise msgspec.MsgspecError if it is another, or none."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


def _plainer(thing: Any) -> Any:
    """Convert types that msgspec does not know: a Duration, a read-only mapping."""
    if isinstance(thing, float):
        return float(thing)
    if isinstance(thing, Mapping):
        return dict(thing)
    raise NotImplementedError(f"{type(thing).__name__} cannot be published")


def replace(path: Path, text: bytes) -> None:
    """Put a file in place whole, readable by this user only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
    )
    with open(descriptor, "wb") as file:
        file.write(text)
    fresh.replace(path)
