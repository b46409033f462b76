"""Plans made of the files of other programs: Uptime Kuma and Gatus.

Each monitor becomes a channel with one probe. It is taken only if it loads as a plan of
its own, so that the whole loads too.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from secours.config.assemble import MOST
from secours.config.file import read
from secours.config.migration import gatus, uptime_kuma
from secours.config.migration.drafts import Draft, HeldSecret, NotTaken, draft
from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES, Unreadable
from secours.config.reader.mistakes import BadConfig
from secours.message import Message, message
from secours.outside_text import plain

Take = Callable[[object, Callable[[str], Draft]], Draft]
NAME_SHOWN = 60
TAKEN: Mapping[str, Take] = {
    uptime_kuma.LIST: uptime_kuma.take,
    gatus.LIST: gatus.take,
    gatus.PUSHED: gatus.take,
}


class LeftOut(Struct, frozen=True):
    """A monitor, or a part of one, that no plan has, and why."""

    name: str
    why: Message


class Migration(Struct, frozen=True):
    """A plan made of a file, and what of the file is not in it."""

    plan: str  # "" if nothing could be taken
    channels: int
    secrets: tuple[HeldSecret, ...]
    left: tuple[LeftOut, ...]


def migrated(raw: bytes) -> Migration:
    """Make a plan of the file of another program.

    Raises:
        Unreadable: it is no JSON or YAML, or too large.
        NotTaken: it is of no program known here.
    """
    whole = _parsed(raw)
    drafts: dict[str, Draft] = {}
    omissions: list[LeftOut] = []
    for written, take in _monitors(whole):
        name = written.get("name") if isinstance(written, dict) else None
        label = plain(str(name or "?"), NAME_SHOWN)
        try:
            channel = take(written, partial(draft, others=drafts))
            read(_text({channel.name: channel}).encode(), "probes.yaml")
        except NotTaken as refused:
            omissions.append(LeftOut(label, refused.message))
        except msgspec.ValidationError as error:
            said = message("commands.import.value", said=plain(str(error), 120))
            omissions.append(LeftOut(label, said))
        except BadConfig as bad:
            omissions.append(LeftOut(label, bad.mistakes[0].message))
        else:
            drafts[channel.name] = channel
            omissions += (LeftOut(label, _without(lost)) for lost in channel.lost)
    omissions += _notices(whole)
    secrets = tuple(each for one in drafts.values() for each in one.secrets)
    text = _text(drafts) if drafts else ""
    return Migration(text, len(drafts), secrets, tuple(omissions))


def _parsed(raw: bytes) -> dict[str, Any]:
    if len(raw) > LIMIT_BYTES:
        raise Unreadable(1, 1, "plan.file.too-large", size=LIMIT_BYTES // 10**6)
    try:
        whole = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        whole = document.plain(document.parse(raw))
    if not isinstance(whole, dict) or not {*TAKEN} & {*whole}:
        raise NotTaken("commands.import.stranger")
    return whole


def _monitors(whole: dict[str, Any]) -> Iterator[tuple[object, Take]]:
    """Yield each monitor with what takes it."""
    for key, take in TAKEN.items():
        monitors = whole.get(key) or []
        if not isinstance(monitors, list):
            raise NotTaken("commands.import.stranger")
        if (count := len(monitors)) > (most := MOST["channels"]):
            raise NotTaken("plan.too-many", count=count, section=key, most=most)
        yield from ((each, take) for each in monitors)


def _notices(whole: dict[str, Any]) -> Iterator[LeftOut]:
    """Yield what is told to people there, which has targets of its own here."""
    for key in (uptime_kuma.NOTICES, gatus.NOTICES):
        if whole.get(key):
            yield LeftOut(key, message("commands.import.notices"))
    if whole.get(gatus.SUITES):
        yield LeftOut(gatus.SUITES, message("commands.import.type", type=gatus.SUITES))


def _without(condition: str) -> Message:
    return message("commands.import.condition", condition=plain(condition, NAME_SHOWN))


def _text(drafts: dict[str, Draft]) -> str:
    """Write a plan: a channel for each, whose needs nobody knows yet."""
    channels = {
        name: {"label": one.label, "probes": [one.probe]}
        for name, one in drafts.items()
    }
    written: str = yaml.safe_dump(
        {"channels": channels}, sort_keys=False, allow_unicode=True, width=10**6
    )
    return written
