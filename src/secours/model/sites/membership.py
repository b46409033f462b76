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

    name: str
    """Name of this site among the others; no two have one name."""
    hub: tuple[str, ...]
    """Address of the hub, such as tls://hub.province.example:4222; of a cluster
    several."""
    credentials: Secret | None = None
    """Credentials that secours hub add made for this site, as ${cred:NAME} or
    ${file:PATH}."""
    share: tuple[Shares, ...] = (Shares.STATES, Shares.RECOMMENDATION, Shares.JOURNAL)
    """Facts that others learn of this site; how channels are used only where named."""
    follow: tuple[str, ...] = ()
    """Sites whose word is heard, for a second opinion; all hears every site."""
    accept: tuple[Accepts, ...] = tuple(Accepts)
    """Orders that the province may give here: words, exercises."""
    at: Coordinates | None = None
    """Latitude and longitude of the site, in degrees, for its place on the province's
    wall."""
    region: str = ""  # its sites share the class `power`
    """Region whose power supply the site shares with others."""

    @property
    def is_over_tls(self) -> bool:
        """Return whether all hubs are encrypted."""
        return all(url.startswith("tls:") for url in self.hub)

    @property
    def shares_journal(self) -> bool:
        """Return whether others are told of changes."""
        return Shares.JOURNAL in self.share

    @property
    def follows_all(self) -> bool:
        """Return whether every site is followed."""
        return ALL in self.follow
