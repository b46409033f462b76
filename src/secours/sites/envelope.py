"""How a message of a site is written, and read by who does not trust it.

Each says by its sender's steady clock when it was sent and how old its contents were
then, so that nobody needs another's wall clock: what was replayed, or waited on the
way, is as old as it is.
"""

from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

LARGEST_BYTES = 256 * 1024
SCHEMA = 1

V = TypeVar("V")


class Envelope(Struct, frozen=True, kw_only=True):
    """One message of a site, and what tells its place among the site's others."""

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
    """Return a message as it travels."""
    return msgspec.json.encode(envelope)


def read(data: bytes) -> Envelope:
    """Return a message that came.

    Raises:
        msgspec.MsgspecError: it is none, or longer than any of ours.

    """
    if len(data) > LARGEST_BYTES:
        raise msgspec.ValidationError(f"longer than {LARGEST_BYTES} bytes")
    found = msgspec.json.decode(data, type=Envelope)
    if found.schema != SCHEMA:
        raise msgspec.ValidationError(f"of schema {found.schema}")
    return found


def message_id(site: str, epoch: str, number: int) -> str:
    """Return by what the hub knows an event that it has already."""
    return f"{site}/{epoch}/{number}"


def body_of(envelope: Envelope, kind: type[V]) -> V:
    """Return the contents.

    Raises:
        msgspec.MsgspecError: they are not what they should be.

    """
    return msgspec.json.decode(envelope.body, type=kind)
