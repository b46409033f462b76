"""Limits of edits by form: no program is run by them, and no kept secret is sent away.

Judged is the plan after the edits beside the plan before, whatever the edits are. A
probe is as before while all is that decides where it goes and what it sends; any other
is new, and has no secret but those that are typed with it, as `${typed:KEY}`.
"""

import re
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from msgspec.structs import replace

from secours.config.edit.edits import spliced, tree_of
from secours.config.file import CHANNELS
from secours.config.reader.mistakes import BadConfig
from secours.config.sections.probes import COMMON
from secours.message import Message, PlacedMessage, message
from secours.model.requests import ChannelEdit, Edit
from secours.model.secret import names_secret
from secours.wire.modem import serial_devices

PROBES = "probes"
FREE = {  # keys that forms change, by section; "" is the plan
    "": ("site", CHANNELS, "devices", "audiences", "plan"),
    "site": ("name", "language"),
    "audiences": ("groups",),
}
PROGRAM = "plugin"  # the type of probe that runs one
BY_HAND = frozenset({"env", "command", "ca", "privileged"})
PORTS = ("port", "read_port")  # with a text: devices of this machine
JUDGING = frozenset(COMMON) - {"via"} | {  # keys that change no target and no sending
    *("expect", "expect_status", "expect_json", "expect_text", "forbid_text"),
    *("expires_within", "max_bytes", "max_loss", "max_offset", "max_used"),
    *("min_balance", "min_signal", "count", "grace", "roaming", "within"),
    "max_per_day",
}
TYPED = re.compile(r"\$\{typed:([a-z0-9_-]{1,40})\}")
IN_ADDRESS = re.compile(  # a password, RFC 3986 section 3.2.1, or a value of the query
    r"(?P<before>(?<=://)[^/?#:@]*:|(?<=[?&])(?P<name>[^?&#=]+)=)"
    r"(?!\$\{)(?P<secret>(?(name)[^&#]+|[^/?#]+(?=@)))"
)
TOKEN_IN_PATH = re.compile(  # a UUID, or a long step of a path that nobody makes up
    r"(?<=[^/]/)(?=[^/?#]*\d)"
    r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[^/?#]*[a-z])[0-9a-z]{20,}"
    r"|(?=[^/?#]*[a-z])(?=[^/?#]*[A-Z])[\w:@-]{20,})(?=[/?#]|$)"
)
WORDS_IN_PATH = re.compile(  # and numbers, as in the heading of a page
    r"(?:(?:[A-Z]?[a-z]*|[A-Z]{2,})\d{0,8}(?:[-_]|$))+"
)
ALGORITHM = "auth"  # of SNMP v3, and no secret
NO_FORM = message("plan.edit.no-form")

Refused = Iterator[tuple[str, Message]]
Reference: TypeAlias = Callable[[str, str], str]
"""Maker of the text that refers to a typed secret, by its channel and key."""
Table = Mapping[Any, Any]


def by_form(
    raw: bytes, file: str, edits: Sequence[Edit], reference: Reference, base: bytes
) -> tuple[bytes, Any]:
    """Return the text of a plan after edits of a form, and its values as typed.

    Neither need be valid. The edits are judged beside `base`, the plan in the file:
    `raw` may be a former one.

    Raises:
        BadConfig: a text cannot be read, or a form may not make these edits.
    """
    ports = {name for pair in serial_devices.found().items() for name in pair}
    tree = tree_of(spliced(raw, file, edits), file)
    if mistakes := refused(tree_of(base, file), tree, file, ports):
        raise BadConfig(mistakes)
    return spliced(raw, file, filled(edits, reference)), tree


def refused(
    before: Any, after: Any, file: str, ports: Collection[str]
) -> tuple[PlacedMessage, ...]:
    """Return what a form may not change; `ports` are those found on this machine."""
    found = _refusals(_table(before), _table(after), ports)
    return tuple(PlacedMessage(file, 1, 1, where, said) for where, said in found)


def _refusals(before: Table, after: Table, ports: Collection[str]) -> Refused:
    yield from _unlike("", before, after)
    yield from _unlike("site", _table(before.get("site")), _table(after.get("site")))
    audiences = _table(before.get("audiences"))
    for name, audience in _table(after.get("audiences")).items():
        was = _table(audiences.get(name))
        yield from _unlike(f"audiences.{name}", was, _table(audience))
    channels = _table(before.get(CHANNELS))
    for name, channel in _table(after.get(CHANNELS)).items():
        earlier = [*map(_table, _probes(channels.get(name)))]
        for number, probe in enumerate(_probes(channel)):
            where = f"{CHANNELS}.{name}.{PROBES}[{number}]"
            yield from _of_probe(where, _table(probe), earlier, ports)


def _unlike(place: str, was: Table, now: Table) -> Refused:
    free = FREE[place.partition(".")[0]]
    for key in {**was, **now}:
        if key not in free and was.get(key) != now.get(key):
            yield f"{place}.{key}".lstrip("."), NO_FORM


def _of_probe(
    where: str, probe: Table, earlier: Collection[Table], ports: Collection[str]
) -> Refused:
    if probe in earlier:
        return
    if probe.get("type") == PROGRAM:
        yield f"{where}.type", message("plan.edit.program")
    elif _target(probe) not in map(_target, earlier):
        for place, key, value in _leaves(where, "", probe):
            if refusal := _of_value(key, value, ports):
                yield place, refusal


def _leaves(where: str, key: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield the values in a value, each with its place and its key."""
    if isinstance(value, Mapping) and key not in BY_HAND:
        for name, each in value.items():
            yield from _leaves(f"{where}.{name}", str(name), each)
    elif isinstance(value, list) and key not in BY_HAND:
        for number, each in enumerate(value):
            yield from _leaves(f"{where}[{number}]", key, each)
    else:
        yield where, key, value


def _of_value(key: str, value: Any, ports: Collection[str]) -> Message | None:
    text = value if isinstance(value, str) else ""
    if key in BY_HAND:
        return NO_FORM
    if key in PORTS and text and text not in ports:
        return message("plan.edit.port")
    if "${" in TYPED.sub("", text):
        return message("plan.edit.typed-anew")
    bare = names_secret(key) and key != ALGORITHM and not TYPED.search(text)
    if text and (bare or without_tokens(TYPED.sub("", text))[1]):
        return message("plan.edit.typed-apart")
    return None


def without_tokens(address: str, key: str = "") -> tuple[str, dict[str, str]]:
    """Return an address with its password and tokens typed apart, and these by key."""
    tokens: dict[str, str] = {}

    def typed(secret: str) -> str:
        names = (f"{key}-{number}" for number in count(1))
        free = (n for n in names if n not in tokens and f":{n}}}" not in address)
        tokens[name := next(free)] = secret
        return f"${{typed:{name}}}"

    def apart(match: re.Match[str]) -> str:
        if match["name"] and not names_secret(unquote_plus(match["name"])):
            return match[0]
        return match["before"] + typed(match["secret"])

    def step_apart(match: re.Match[str]) -> str:
        return match[0] if WORDS_IN_PATH.fullmatch(match[0]) else typed(match[0])

    before, mark, query = address.partition("?")
    if "://" in before:  # else it is a name, such as a topic, and may be as long
        before = TOKEN_IN_PATH.sub(step_apart, before)
    return IN_ADDRESS.sub(apart, f"{before}{mark}{query}"), tokens


def _target(probe: Table) -> dict[Any, Any]:
    """Return the options of a probe that decide where it goes with what secrets."""
    return {key: each for key, each in probe.items() if key not in JUDGING}


def filled(edits: Iterable[Edit], reference: Reference) -> list[Edit]:
    """Return edits with a reference, by channel and key, for each typed secret."""
    return [
        replace(edit, values={**edit.values, PROBES: _filled(probes, edit, reference)})
        if isinstance(edit, ChannelEdit)
        and edit.values
        and (probes := _probes(edit.values))
        else edit
        for edit in edits
    ]


def _filled(value: Any, of: ChannelEdit, reference: Reference) -> Any:
    match value:
        case str():
            return TYPED.sub(lambda found: reference(of.name, found[1]), value)
        case Mapping():
            return {key: _filled(each, of, reference) for key, each in value.items()}
        case list():
            return [_filled(each, of, reference) for each in value]
    return value


def _table(value: Any) -> Table:
    return value if isinstance(value, Mapping) else {}


def _probes(channel: Any) -> list[Any]:
    found = _table(channel).get(PROBES)
    return found if isinstance(found, list) else []
