"""A notice to people who look at no screen, and how far it has come."""

from enum import StrEnum

from msgspec import Struct


class Stage(StrEnum):
    """How far a notice has come; accepted is never shown as arrived."""

    ACCEPTED = "accepted"  # the next one on the way has taken it
    ARRIVED = "arrived"  # a receipt says so, or it was read back where it went


class Notice(Struct, frozen=True, kw_only=True):
    """A notice to one addressee, in plain words, as it is handed to a channel.

    It holds neither how a channel is used nor why somebody marked one.
    """

    to: str = ""  # the addressee; "" is where the probe's own test messages go
    title: str  # one line
    text: str  # all of it, several lines
    brief: str  # the same in one text message, of 160 septets or of 70 UCS-2 units
    mark: str  # in `text` and in `brief`: by it the message is known when read back
    urgent: bool = True
