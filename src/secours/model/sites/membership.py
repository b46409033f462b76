"""How a site takes part among others, as the plan says."""

from enum import StrEnum

from msgspec import Struct

from secours.model.secret import Secret

ALL = "all"  # in place of names: every site there is
Coordinates = tuple[float, float]
"""Latitude and longitude, in degrees (WGS 84)."""


class Shares(StrEnum):
    """What a site lets others know of itself."""

    STATES = "states"  # of its channels, components and paths
    RECOMMENDATION = "recommendation"  # what it is told to use
    JOURNAL = "journal"  # what changed and what people noted
    HOW = "how"  # the words that say how a channel is used; never unless written


class Accepts(StrEnum):
    """What a site takes of the province."""

    WORDS = "words"  # marks
    EXERCISES = "exercises"


class Sites(Struct, frozen=True, kw_only=True):
    """How this site takes part among others, as the plan says."""

    name: str  # among the others, unlike any
    hub: tuple[str, ...]  # addresses: one hub, or the members of its cluster
    credentials: Secret | None = None  # what `secours hub add` made for this site
    share: tuple[Shares, ...] = (Shares.STATES, Shares.RECOMMENDATION, Shares.JOURNAL)
    follow: tuple[str, ...] = ()  # names of sites, or ALL
    accept: tuple[Accepts, ...] = tuple(Accepts)
    at: Coordinates | None = None
    region: str = ""  # what of class `power` is the same for all sites in it

    @property
    def is_over_tls(self) -> bool:
        """Tell whether nobody on the way can read along."""
        return all(url.startswith("tls:") for url in self.hub)

    @property
    def follows_all(self) -> bool:
        """Tell whether every site there is is followed."""
        return ALL in self.follow
