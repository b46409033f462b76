"""Envelope of a site's message, for readers that do not trust it.

It states by its sender's steady clock when it was sent and how old its contents were,
so that nobody needs another's wall clock: a replayed or delayed message is as old as it
is.
"""

import itertools
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Struct

from secours.model.observed import Instant
from secours.model.sites.events import EventRow

LARGEST_BYTES = 64 << 10  # of a message, and what a hub takes of a state
LARGEST_BODY = LARGEST_BYTES - 1024  # of its contents, beside the envelope
SCHEMA = 1
MOST_SAID = 1000  # messages whose place is remembered

V = TypeVar("V")
_Several = Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(min_length=1)]


class Envelope(Struct, frozen=True, kw_only=True):
    """One message of a site, with its place among the site's others."""

    schema: int = SCHEMA
    site: str
    epoch: str  # of the site's memory: another where it began anew
    boot: str  # on which boot `steady_s` holds
    number: int  # of an event: without a gap within the epoch; else of this boot's
    # messages, rising
    steady_s: float  # when it was sent, on the sender's steady clock
    utc: datetime  # the same by its wall clock, for people only
    age_s: float = 0.0  # how old the contents were when it was sent
    body: msgspec.Raw


def written(envelope: Envelope) -> bytes:
    """Return a message in its wire format."""
    return msgspec.json.encode(envelope)


def read(data: bytes) -> Envelope:
    """Return a received message, or raise msgspec.MsgspecError."""
    if len(data) > LARGEST_BYTES:
        raise msgspec.ValidationError(f"longer than {LARGEST_BYTES} bytes")
    found = msgspec.json.decode(data, type=Envelope)
    if found.schema != SCHEMA:
        raise msgspec.ValidationError(f"of schema {found.schema}")
    return found


def written_events(texts: Sequence[bytes]) -> bytes:
    """Return events in their wire format: one, or several in their order."""
    return texts[0] if len(texts) == 1 else b"[" + b",".join(texts) + b"]"


def read_events(data: bytes) -> Sequence[Envelope]:
    """Return the events of a message, at least one, or raise msgspec.MsgspecError."""
    if not data.startswith(b"["):
        return (read(data),)
    parts = msgspec.json.decode(data, type=_Several)
    return tuple(read(bytes(part)) for part in parts)


def body_of(envelope: Envelope, kind: type[V]) -> V:
    """Decode the contents; raise msgspec.MsgspecError if they are of another type."""
    return msgspec.json.decode(envelope.body, type=kind)


class EnvelopeWriter:
    """Writer of one site's messages."""

    def __init__(
        self, now: Callable[[], Instant], boot: str, epoch: Callable[[], str]
    ) -> None:
        """Start; `boot` is the boot of the steady clock of `now`."""
        self.now, self.boot = now, boot
        self._epoch = epoch
        self._numbers = itertools.count(1)
        self.life = boot
        self._said: deque[tuple[float, int]] = deque(maxlen=MOST_SAID)  # no events

    @property
    def epoch(self) -> str:
        """Return the epoch of the site's memory."""
        return self._epoch()

    @property
    def latest(self) -> tuple[float, int]:
        """Return the place of the latest message that is no event."""
        return self._said[-1]

    def message(self, site: str, body: bytes, age_s: float) -> bytes:
        """Return a message that is no event, its contents `age_s` old."""
        number, now = next(self._numbers), self.now()
        self._said.append((now.steady_s, number))
        return self._written(site, body, age_s, self.epoch, number, now)

    def is_ours(self, epoch: str, boot: str, place: tuple[float, int]) -> bool:
        """Tell whether a message of our life is one that we sent.

        One older than all that are remembered is new to nobody.
        """
        if (epoch, boot) != (self.epoch, self.life) or not self._said:
            return True
        return place < self._said[0] or place in self._said

    def begin_another_life(self) -> None:
        """Take a new boot id, to be told from another sender with our name."""
        self.life = f"{self.boot}-{secrets.token_hex(4)}"

    def event(self, site: str, row: EventRow, epoch: str) -> bytes:
        """Return the message of an event."""
        age_s = self._age_s(row)
        return self._written(site, row.body, age_s, epoch, row.number, self.now())

    def _age_s(self, row: EventRow) -> float:
        """Return the age of an event; of another boot by the wall clock."""
        now = self.now()
        if self.boot and row.boot == self.boot:
            return max(0.0, now.since(row.at))
        return max(0.0, (now.utc - row.at.utc).total_seconds())

    def _written(
        self,
        site: str,
        body: bytes,
        age_s: float,
        epoch: str,
        number: int,
        now: Instant,
    ) -> bytes:
        return written(
            Envelope(
                site=site,
                epoch=epoch,
                boot=self.life,
                number=number,
                steady_s=now.steady_s,
                utc=now.utc,
                age_s=round(age_s, 3),
                body=msgspec.Raw(body),
            )
        )
