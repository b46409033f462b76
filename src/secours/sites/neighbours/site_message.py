"""Messages of other sites, parsed by their subject and not trusted.

The hub refuses senders with another's name; here nothing relies on that. Values are
bounded, and safe to keep and to draw.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import is_
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from secours.core.graph.cut_sets import LARGEST
from secours.core.sites.life import Sent
from secours.model.sites.views import (
    Alive,
    SharedPart,
    SiteChannel,
    SiteLine,
    SiteView,
)
from secours.model.snapshot import (
    USABLE,
    ChannelView,
    ComponentView,
    PathView,
    Recommendation,
    Snapshot,
)
from secours.outside_text import plain
from secours.sites import envelope, subjects
from secours.sites.envelope import Envelope
from secours.sites.subjects import Subject

LONGEST_NAME = 60  # of a site
LONGEST_ID = 80  # of an epoch or a boot
LONGEST_S = 1e9  # that a machine runs, or that a message waited: thirty years
MOST_CHANNELS = 200
KINDS: dict[str, type[Struct]] = {
    "channel": ChannelView,
    "component": ComponentView,
    "path": PathView,
    "site": Snapshot,
}

S = TypeVar("S", SharedPart, SiteChannel)

LONGEST_TEXT = 1000  # characters
MOST_ITEMS = 500  # of a list, or a mapping
MOST = 1e13  # of any number; as seconds, a calendar still has them
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class SiteMessage(Struct, frozen=True):
    """One message of a site: subject, time of sending, contents."""

    about: Subject
    sent: Sent
    letter: Envelope

    @property
    def is_gone(self) -> bool:
        """Tell whether it says that its subject is gone."""
        return bytes(self.letter.body).strip() in (b"", b"null")


def read(subject: str, data: bytes) -> SiteMessage | None:
    """Return a message, None of no site's subject, or raise msgspec.MsgspecError."""
    about = subjects.read(subject)
    if about is None:
        return None
    letter = _guarded(envelope.read, data)
    if letter.site != about.site:
        raise Senseless("its envelope names another site")
    sent = Sent(
        site=letter.site,
        epoch=letter.epoch,
        boot=letter.boot,
        number=letter.number,
        steady_s=letter.steady_s,
        age_s=letter.age_s,
    )
    _check(sent)
    return SiteMessage(about, sent, letter)


def alive_in(message: SiteMessage) -> Alive:
    """Return the sign of life in a message, or raise msgspec.MsgspecError."""
    said: Alive = _guarded(envelope.body_of, message.letter, Alive)
    if said.site.name != message.sent.site:
        raise Senseless("it speaks of another site")
    safe: Alive = made_safe(said)
    return replace(safe, site=_bounded(safe.site))


def detail_in(message: SiteMessage) -> Any:
    """Return the state or recommendation in a message, or raise MsgspecError."""
    about = message.about
    if about.topic == subjects.RECOMMEND:
        kind: type[Struct] = Recommendation
    elif about.kind in KINDS:
        kind = KINDS[about.kind]
    else:
        raise Senseless("a state of no kind of ours")
    detail: Any = _guarded(envelope.body_of, message.letter, kind)
    name = about.site if kind is Snapshot else detail.name
    if name != about.name:
        raise Senseless("it is of something else than its subject says")
    return detail


def _guarded(read_as: Any, *given: Any) -> Any:
    try:
        return read_as(*given)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(type(error).__name__) from None


def _check(sent: Sent) -> None:
    if not sent.site or len(sent.site) > LONGEST_NAME or not sent.site.isprintable():
        raise Senseless("no site has such a name")
    if max(len(sent.epoch), len(sent.boot)) > LONGEST_ID:
        raise Senseless("an epoch or a boot of no site")
    if not 0 <= sent.steady_s <= LONGEST_S or not 0 <= sent.age_s <= LONGEST_S:
        raise Senseless("a time that cannot be")
    if not 0 <= sent.number <= MOST:
        raise Senseless("a number that cannot be")


def _bounded(view: SiteView) -> SiteView:
    at = view.at  # None for impossible coordinates
    return replace(
        view,
        at=at if at and abs(at[0]) <= 90 and abs(at[1]) <= 180 else None,
        heard=None,
        confirmed=None,
        lines=tuple(map(_line, view.lines)),
        channels=tuple(map(_channel, view.channels[:MOST_CHANNELS])),
        parts=tuple(map(_past, view.parts)),
    )


def _line(line: SiteLine) -> SiteLine:
    """Return it without facts of a channel where it names none."""
    if line.use and not line.use.isspace():
        return line
    whom, called = line.audience, line.called
    return SiteLine(purpose=line.purpose, audience=whom, called=called, use=None)


def _channel(channel: SiteChannel) -> SiteChannel:
    """Return it without needs of more alternatives than any of ours has.

    The search would try all combinations of them. A channel that is down, unknown or
    nameless is not usable.
    """
    needs = tuple(each for each in channel.needs if len(each) <= LARGEST)
    usable = channel.usable and channel.state in USABLE and bool(channel.name.strip())
    return replace(_past(channel), needs=needs, usable=usable)


def _past(thing: S) -> S:
    """Return it without ages in the future."""
    ages = [name for name in ("proved_s", "failed_s") if hasattr(thing, name)]
    wrong = [name for name in ages if (getattr(thing, name) or 0.0) < 0]
    return replace(thing, **dict.fromkeys(wrong)) if wrong else thing


class Senseless(msgspec.ValidationError):
    """A well-formed value that is impossible."""


def made_safe(thing: Any) -> Any:
    """Return a value with each text on one line and short, and no list too long.

    A safe value is returned as it is: nearly all of them are.

    Raises:
        Senseless: a number or a date is out of our bounds.
    """
    kind = type(thing)
    if kind is str:
        safe = len(thing) <= LONGEST_TEXT and thing.isprintable()
        return thing if safe else plain(thing, LONGEST_TEXT)
    if kind is tuple:
        parts = tuple(map(made_safe, thing[:MOST_ITEMS]))
        return (
            thing if len(parts) == len(thing) and all(map(is_, parts, thing)) else parts
        )
    if kind is float or kind is int:
        return _number(thing)
    if isinstance(thing, msgspec.Struct):
        return _struct(thing)
    if kind is dict:
        pairs = list(thing.items())[:MOST_ITEMS]
        return {made_safe(key): made_safe(value) for key, value in pairs}
    if isinstance(thing, datetime):
        return _date(thing)
    if isinstance(thing, Mapping):
        return made_safe(dict(thing))
    return thing  # a word of ours, true or false, or nothing


def _struct(thing: Any) -> Any:
    changed = {}
    for name in thing.__struct_fields__:
        value = getattr(thing, name)
        safe = made_safe(value)
        if safe is not value:
            changed[name] = safe
    return msgspec.structs.replace(thing, **changed) if changed else thing


def _date(date: datetime) -> datetime:
    if date.tzinfo is None or not FIRST <= date <= LAST:
        raise Senseless("a date that cannot be")
    return date


def _number(number: float) -> float:
    if not math.isfinite(number) or abs(number) > MOST:
        raise Senseless("a number that cannot be")
    return number
