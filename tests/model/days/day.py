"""A day: a plan, and what happens to it, one thing after another."""

from msgspec import Struct
from plans import START

from secours.model.observed import Instant, Result
from secours.model.plan import Config
from secours.model.statements import Word


class Happening(Struct, frozen=True):
    """One thing of a day: a result, a word, another plan, a stop, or just time."""

    second: float
    what: Result | Word | Config | str  # "restart", "reboot", "sleep" or "tick"


class Day(Struct, frozen=True):
    """A plan and what happens to it."""

    config: Config
    happens: tuple[Happening, ...]


def booted(at: Instant, boot: float) -> Instant:
    """Return a moment of the history on a machine that started at this second."""
    return Instant(at.utc, (at.utc - START).total_seconds() - boot + 5.0)
