"""The site, its screens, the access to them, and the retention of its history."""

import math
from collections.abc import Mapping

from msgspec import Struct, field

from secours.languages import Text
from secours.model.sections.field_types import Ours


class Site(Struct, frozen=True, kw_only=True):
    """The institution: its name, languages, and ways to the world."""

    name: Text = Text("Secours")
    """Name of the institution, as the screens show it."""
    language: str = "en"
    """Language that the screens and commands speak."""
    speaks_to_each: Ours[bool] = False  # without `language`: each viewer's own
    timezone: str = "UTC"
    """Time zone of the clock on the wall, such as Europe/Brussels."""
    contact: Text = Text()
    """Whom to call when Secours itself fails."""
    public_url: str | None = None
    """Address at which people reach our screens; it goes into links of notices."""
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Components that the ways out of the building consist of."""
    audiences: Ours[Mapping[str, Text]] = field(default_factory=dict)  # their labels


class Screen(Struct, frozen=True, kw_only=True):
    """Settings of the wall."""

    max_age_s: float = 30.0
    """Age of the data from which the screens cover themselves."""
    distance_m: float = 3.0
    """Distance of the farthest reader from the wall screen, in metres."""
    width_mm: float = 1210.0
    """Width of the picture of the wall screen, in millimetres."""
    layout: str = "columns"
    """Layout of the lines of the plan on the wall."""
    theme: str = "dark"
    """Colours of the wall: dark or light."""
    how: bool = True
    """True where the wall says how to use each channel."""

    def units_seen(self, arc_minutes: float) -> float:
        """Return the length seen under this angle by the farthest reader.

        A unit is a hundredth of the height of a 16:9 screen.
        """
        seen_mm = 1000 * self.distance_m * math.tan(math.radians(arc_minutes / 60))
        return seen_mm / (self.width_mm * 9 / 16 / 100)


class Retention(Struct, frozen=True, kw_only=True):
    """Retention of the history."""

    raw_s: float = 7 * 86400.0
    """Time for which each single result is kept; after that sums of them."""
    journal_s: float = 5 * 365 * 86400.0
    """Time for which the journal is kept."""


class Entrance(Struct, frozen=True, kw_only=True):
    """Access to the screens."""

    loopback_open: bool = False
    """Access of users of this machine: by the token, or by nothing."""
    hosts: tuple[str, ...] = ()
    """Names that the screens go by, without port, beside addresses and localhost."""
    planners: tuple[str, ...] = ()
    """People who change the plan by forms, by their names as a login or a proxy has
    them; by default whoever may act on this machine."""
