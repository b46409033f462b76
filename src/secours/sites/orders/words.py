"""Word of the province, on its way to a site and in force there.

Every site has its own clocks: a word states how long ago it began and for how long it
holds, from its issue.
"""

from datetime import timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import AT_MOST_S, NAME_LIMIT
from secours.model.sites.views import Order, OrderKind
from secours.model.statements import Declared, Exercise, Mark, OrderedWord, Withdrawn
from secours.outside_text import plain

Timed = TypeVar("Timed", Mark, Exercise)
KINDS: dict[OrderKind, type[OrderedWord]] = {
    OrderKind.MARK: Mark,
    OrderKind.EXERCISE: Exercise,
    OrderKind.WITHDRAWN: Withdrawn,
}


class UnknownSubject(Exception):
    """The plan has no such subject."""


def kind_of(word: OrderedWord) -> OrderKind:
    """Return the kind of order for a word."""
    return next(kind for kind, each in KINDS.items() if isinstance(word, each))


def written(word: OrderedWord) -> str:
    """Return a word in its wire format."""
    return msgspec.json.encode(word).decode()


def read(order: Order, config: Config, age_s: float, at: Instant) -> OrderedWord:
    """Return the word in an order of this age, with times on our clocks.

    Raises:
        msgspec.MsgspecError: it is none, or lacks an end that it needs.
            UnknownSubject: this plan does not have its subject.
    """
    word = msgspec.json.decode(order.text, type=KINDS[order.kind])
    author = plain(order.author, NAME_LIMIT)
    word = replace(word, author=author, by=signature(order))
    if not author:
        raise msgspec.ValidationError("it has no author")
    match word:
        case Mark():
            return _mark(word, order, config, age_s, at)
        case Exercise():
            fails = tuple(_known(name, config) for name in word.fails)
            word = replace(word, fails=fails, why=plain(word.why))
            return _until(replace(word, at=at), order, age_s, at)
    return word if not word.subject else _withdrawn(word, config)


def signature(order: Order) -> str:
    """Return the author, with the person."""
    return plain(f"{order.author} ({order.by})", NAME_LIMIT)


def _mark(mark: Mark, order: Order, config: Config, age_s: float, at: Instant) -> Mark:
    ago_s = age_s + mark.at.since(mark.since) if mark.since else 0.0
    began = mark.since and at.later(-_sound(ago_s))
    ours = replace(
        mark,
        subject=_known(mark.subject, config),
        why=plain(mark.why),
        at=at,
        since=began,
    )
    return _until(ours, order, age_s, at)


def _withdrawn(said: Withdrawn, config: Config) -> Withdrawn:
    """Return the withdrawn word; its subject may be gone."""
    node = channel_node(said.subject)
    return replace(said, subject=node if node in config.owners else said.subject)


def _until(word: Timed, order: Order, age_s: float, at: Instant) -> Timed:
    """Set the end by the time left of its life."""
    if word.until is not None:
        left_s = (word.until - order.issued).total_seconds() - age_s
        return replace(word, until=at.utc + timedelta(seconds=_sound(left_s)))
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return word
    raise msgspec.ValidationError("it has no end")


def _sound(seconds: float) -> float:
    """Return a length of time, if it is within bounds."""
    if not abs(seconds) <= AT_MOST_S:
        raise msgspec.ValidationError("it is of no possible time")
    return seconds


def _known(name: str, config: Config) -> str:
    """Return the node of a component or a channel."""
    for node in (name, channel_node(name)):
        if node in config.owners:
            return node
    raise UnknownSubject(name)
