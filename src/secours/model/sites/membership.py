"""Membership of this site among others, by the plan."""

from enum import StrEnum

from msgspec import Struct

from secours.model.secret import Secret

ALL = "all"  # in place of names: every site
Coordinates = tuple[float, float]
"""Latitude and longitude, in degrees (WGS 84)."""


class Shares(StrEnum):
    """Data that a site shares with others."""

    STATES = "states"  # of its channels, components and paths
    RECOMMENDATION = "recommendation"  # in use
    JOURNAL = "journal"  # changes and notes
    HOW = "how"  # how a channel is used; never unless written


class Accepts(StrEnum):
    """Province orders that a site accepts."""

    WORDS = "words"  # marks
    EXERCISES = "exercises"


class Sites(Struct, frozen=True, kw_only=True):
    """Settings of this site among others."""

    name: str  # unique among the others
    hub: tuple[str, ...]  # addresses: one hub, or the members of its cluster
    credentials: Secret | None = None  # what `secours hub add` made for this site
    share: tuple[Shares, ...] = (Shares.STATES, Shares.RECOMMENDATION, Shares.JOURNAL)
    follow: tuple[str, ...] = ()  # names of sites, or ALL
    accept: tuple[Accepts, ...] = tuple(Accepts)
    at: Coordinates | None = None
    region: str = ""  # its sites share the class `power`

    @property
    def is_over_tls(self) -> bool:
        """Return whether all hubs are encrypted."""
        return all(url.startswith("tls:") for url in self.hub)

    @property
    def follows_all(self) -> bool:
        """Return whether every site is followed."""
        return ALL in self.follow
