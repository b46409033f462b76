"""Limits of edits by form: no program is run by them, and no kept secret is sent away.

Judged is the plan after the edits beside the plan before, whatever the edits are. A
probe is as before while all is that decides where it goes and what it sends; any other
is new, and has no secret but those that are typed with it, as `${typed:KEY}`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from secours.config.sections.probes import COMMON
from secours.message import Message, PlacedMessage, message
from secours.model.requests import ChannelEdit, Edit
from secours.model.secret import names_secret

CHANNELS, PROBES = "channels", "probes"
SECTIONS = ("site", CHANNELS, "devices", "audiences", "plan")
SITE_KEYS = ("name", "language")
PROGRAM = "plugin"  # the type of probe that runs one
BY_HAND = frozenset({"env", "command", "ca", "privileged"})
PORTS = ("port", "read_port")  # with a text: devices of this machine
JUDGING = frozenset(  # options that decide only how an answer is judged
    {
        *("expect", "expect_status", "expect_json", "expect_text", "forbid_text"),
        *("expires_within", "max_bytes", "max_loss", "max_offset", "max_used"),
        *("min_balance", "min_signal", "count", "grace", "roaming", "within"),
        "max_per_day",
    }
)
TIMING = frozenset(COMMON) - {"via"}
TYPED = re.compile(r"\$\{typed:([a-z0-9_-]{1,40})\}")


def refused(
    before: Any, after: Any, file: str, ports: Collection[str]
) -> tuple[PlacedMessage, ...]:
    """Return what a form may not change; `ports` are those found on this machine."""
    return tuple(
        PlacedMessage(file, 1, 1, where, said)
        for where, said in _refusals(_table(before), _table(after), ports)
    )


def _refusals(
    before: Mapping[Any, Any], after: Mapping[Any, Any], ports: Collection[str]
) -> Iterator[tuple[str, Message]]:
    yield from _unlike("", before, after, SECTIONS)
    was, site = _table(before.get("site")), _table(after.get("site"))
    yield from _unlike("site.", was, site, SITE_KEYS)
    audiences = _table(before.get("audiences"))
    for name, audience in _table(after.get("audiences")).items():
        known = _table(audiences.get(name))
        yield from _unlike(f"audiences.{name}.", known, _table(audience), ("groups",))
    channels = _table(before.get(CHANNELS))
    for name, channel in _table(after.get(CHANNELS)).items():
        there = _table(channels.get(name)).get(PROBES)
        probes = _table(channel).get(PROBES)
        for number, probe in enumerate(probes if isinstance(probes, list) else ()):
            where = f"{CHANNELS}.{name}.{PROBES}[{number}]"
            yield from _of_probe(where, _table(probe), there or (), ports)


def _unlike(
    lead: str, was: Mapping[Any, Any], now: Mapping[Any, Any], free: Collection[str]
) -> Iterator[tuple[str, Message]]:
    for key in {**was, **now}:
        if key not in free and was.get(key) != now.get(key):
            yield f"{lead}{key}", message("plan.edit.no-form")


def _of_probe(
    where: str, probe: Mapping[Any, Any], known: Iterable[Any], ports: Collection[str]
) -> Iterator[tuple[str, Message]]:
    if probe in known:
        return
    if probe.get("type") == PROGRAM:
        yield f"{where}.type", message("plan.edit.program")
    elif not any(target(probe) == target(_table(each)) for each in known):
        yield from _of_value(where, "", probe, ports)


def _of_value(
    where: str, key: str, value: Any, ports: Collection[str]
) -> Iterator[tuple[str, Message]]:
    if key in BY_HAND:
        yield where, message("plan.edit.no-form")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _of_value(f"{where}.{name}", str(name), each, ports)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _of_value(f"{where}[{number}]", key, each, ports)
    elif isinstance(value, str) and (said := _of_text(key, value, ports)):
        yield where, said


def _of_text(key: str, text: str, ports: Collection[str]) -> Message | None:
    if key in PORTS and text not in ports:
        return message("plan.edit.port")
    if "${" in TYPED.sub("", text):
        return message("plan.edit.typed-anew")
    if text and names_secret(key) and not TYPED.search(text):
        return message("plan.edit.typed-apart")
    return None


def target(probe: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return all of a probe, as written, that decides where it goes with what."""
    free = TIMING | JUDGING
    return {key: each for key, each in probe.items() if key not in free}


def filled(edits: Iterable[Edit], reference: Callable[[str, str], str]) -> list[Edit]:
    """Return edits with a reference, by channel and key, for each typed secret."""

    def fill(channel: str, value: Any) -> Any:
        match value:
            case str():
                return TYPED.sub(lambda key: reference(channel, key[1]), value)
            case Mapping():
                return {key: fill(channel, each) for key, each in value.items()}
            case list() | tuple():
                return [fill(channel, each) for each in value]
        return value

    return [
        replace(edit, values={**edit.values, PROBES: fill(edit.name, probes)})
        if isinstance(edit, ChannelEdit)
        and edit.values
        and (probes := edit.values.get(PROBES))
        else edit
        for edit in edits
    ]


def _table(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
