"""Words and dates on the steady clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from secours.core.statements.words_in_force import Words
from secours.model.observed import Instant
from secours.model.receivers.reach import RollCall
from secours.model.statements import Announced, Exercise, Mark, Pin, Trial, Watch


def reanchored(words: Words, now: Instant) -> Words:
    """Return the words on the steady clock of another boot."""

    def again(value: Any) -> Any:
        match value:
            case Mark() | Watch() if value.since is not None:
                since = moved(value.since, now)
                return replace(value, at=moved(value.at, now), since=since)
            case Trial():
                reached = again(value.reached)
                return replace(value, at=moved(value.at, now), reached=reached)
            case Mark() | Pin() | Exercise() | Announced() | Watch():
                return replace(value, at=moved(value.at, now))
            case RollCall() if value.at is not None:
                return replace(value, at=moved(value.at, now))
            case tuple():
                return tuple(map(again, value))
            case Mapping():
                return {name: again(each) for name, each in value.items()}
        return value

    fields = Words.__struct_fields__
    return Words(**{name: again(getattr(words, name)) for name in fields})


def moved(at: Instant, now: Instant) -> Instant:
    """Return a moment of another boot on the steady clock of this one.

    A date yet to come, by a clock set back since, counts as just now.
    """
    ago_s = max(0.0, (now.utc - at.utc).total_seconds())
    return Instant(at.utc, now.steady_s - ago_s)


def steady(date: datetime, at: Instant) -> float:
    """Return the steady time of a date, as the clocks stand now."""
    return at.steady_s + (date - at.utc).total_seconds()


def age(tested: Instant, at: Instant) -> timedelta:
    """Return the time since people tried a channel, by the clock that gives the higher.

    It is in days, so dates count; one from while the clock was ahead does not keep it
    fresh.
    """
    return max(at.utc - tested.utc, timedelta(seconds=at.since(tested)))
