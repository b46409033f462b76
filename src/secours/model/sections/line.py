"""Lines of the plan: for a purpose and an audience, the channels in order."""

from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from secours.languages import Text
from secours.model.sections.field_types import Ours


class Purpose(StrEnum):
    """Purpose of a channel; it serves only the purposes it names."""

    ALERT = "alert"  # wake and warn
    COORDINATE = "coordinate"  # work together
    INFORM = "inform"  # tell the population what to do; it wakes nobody


class Tier(StrEnum):
    """PACE: the order in which the plan wants channels used."""

    PRIMARY = "primary"
    ALTERNATE = "alternate"
    CONTINGENCY = "contingency"
    EMERGENCY = "emergency"


def line_name(purpose: Purpose, audience: str) -> str:
    """Return the name of a line of the plan: `purpose/audience`."""
    return f"{purpose}/{audience}"


def purpose_and_audience(line: str) -> tuple[str, str]:
    """Split the name of a line."""
    purpose, _, audience = line.partition("/")
    return purpose, audience


class Line(Struct, frozen=True, kw_only=True, dict=True):
    """One line of the plan: for a purpose and an audience, the channels in order."""

    purpose: Purpose
    """Use of the channels: to alert, to coordinate, or to inform the population."""
    audience: str
    """Whom they reach: management, staff, partners, or a name of yours."""
    require: tuple[str, ...] = ()
    """Traits that every channel of the line must have, such as e2e."""
    tiers: Ours[tuple[tuple[Tier, tuple[str, ...]], ...]]
    last_resort: Text = Text()
    """Instruction for when no channel is left."""

    @cached_property
    def name(self) -> str:
        """Return the name of the line."""
        return line_name(self.purpose, self.audience)

    @cached_property
    def order(self) -> tuple[tuple[str, Tier], ...]:
        """Return every channel with its tier, in the order of the plan."""
        return tuple((name, tier) for tier, names in self.tiers for name in names)

    def tier_of(self, channel: str) -> Tier:
        """Return the tier of a channel in the line."""
        return dict(self.order)[channel]

    def above(self, channel: str | None) -> tuple[str, ...]:
        """Return the channels that the plan puts before this one; all for None."""
        names = tuple(name for name, _ in self.order)
        return names if channel is None else names[: names.index(channel)]
