"""Views of sites: their own reports, the picture of all, and orders.

A site reports on itself only, through a hub. Moments of others are on the steady clock
of the machine that received them.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from secours.languages import Text
from secours.model.observed import Instant, Reason
from secours.model.sections.line import Purpose, Tier
from secours.model.sites.membership import Coordinates
from secours.model.snapshot import Link, State


class SiteState(StrEnum):
    """State of a site now, worst last; unknown comes after all."""

    PRIMARY = "primary"  # every line on its primary channel
    FALLBACK = "fallback"  # a line on another one, weak or unverified
    NOTHING_LEFT = "nothing-left"  # a line without a channel
    OWN_LINK = "own-link"  # its own link is down
    NOT_HEARD = "not-heard"  # its word is too old to count
    DOUBLE = "double"  # two say that they are this site: neither counts


class SiteLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Recommendation of a site for one line of its plan."""

    purpose: Purpose
    audience: str
    called: Text = Text()  # the audience, by the label of the plan
    use: str | None  # a channel by name; None where nothing is left
    label: Text = Text()
    kind: str = ""  # of that channel, in the catalogue
    tier: Tier | None = None
    rank: int = 0  # 1 for the first channel of the line
    state: State = State.UNKNOWN
    verified: bool = False


class SharedPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Observations of a site on a component that other sites have too.

    `works` and `fails` may both be false: then nothing is known of it there. Ages are
    seconds before its message was sent.
    """

    name: str  # as the site calls it: `class:name`
    label: Text = Text()
    path: str = ""  # the path that it was seen over, "" for none
    works: bool = False  # a fresh success went through it
    fails: bool = False  # it is known down, or in every likeliest explanation
    suspected: bool = False  # it is in one of several explanations
    common: bool = False  # and none of them holds a part of this site alone
    proved_s: float | None = None  # age of the newest success through it
    failed_s: float | None = None  # since when what needs it fails there


class SiteChannel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Channel of a site, as far as others need it."""

    name: str
    label: Text = Text()
    kind: str = ""  # in the catalogue
    state: State = State.UNKNOWN
    usable: bool = False  # neither down, set aside, in maintenance, nor unknown
    purposes: tuple[Purpose, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()  # shared components: one of each, all of
    # the outer, dependencies of dependencies included
    failed_s: float | None = None  # how long ago its failure began
    proved_s: float | None = None  # age of its newest success, where it works


class OrderOutcome(StrEnum):
    """Outcome of an order of the province at a site."""

    TAKEN = "taken"
    FORGED = "forged"  # not signed by the province
    MISADDRESSED = "misaddressed"  # to another site
    REPLAYED = "replayed"  # one as new, or newer, was taken before
    EXPIRED = "expired"  # it came after its end
    NOT_ACCEPTED = "not-accepted"  # the site's plan does not accept it
    UNREADABLE = "unreadable"  # unknown to this version
    UNKNOWN_SUBJECT = "unknown-subject"  # not in the site's plan
    OWN_EXERCISE = "own-exercise"  # the site plays one of its own
    NOTHING = "nothing"  # to take back
    PLAN_REFUSED = "plan-refused"  # none is taken any more


class OrderAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Answer of a site to an order."""

    number: int
    outcome: OrderOutcome
    why: str = ""


class SiteView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Site as others see it. Its contents count only while it is `heard`."""

    name: str
    epoch: str = ""  # of its memory: tells two of one name apart
    label: Text = Text()
    at: Coordinates | None = None
    region: str = ""
    state: SiteState = SiteState.NOT_HEARD
    known: SiteState | None = None  # its state when last heard
    since: Instant | None = None  # it has been in this state
    heard: Instant | None = None  # age of its newest message
    confirmed: Instant | None = None  # its detailed report last held then, by its short
    # reports; None without a detailed one
    own_link: Link = Link.UNKNOWN
    lines: tuple[SiteLine, ...] = ()
    channels: tuple[SiteChannel, ...] = ()  # in the order of its plan
    parts: tuple[SharedPart, ...] = ()  # ages as of `heard`
    missed: int = 0  # how many of its events never came, by their numbers
    trouble: tuple[str, ...] = ()
    orders: tuple[OrderAnswer, ...] = ()  # the newest last
    detail: str = ""  # digest of its states in detail; "" of an earlier version
    standby: bool = False

    @property
    def is_heard(self) -> bool:
        """Return whether its report may be counted."""
        return self.state not in (SiteState.NOT_HEARD, SiteState.DOUBLE)

    def lacks(self, purpose: Purpose) -> bool:
        """Tell whether it is heard and has no channel for a line of this purpose."""
        return self.is_heard and any(
            line.use is None and line.purpose is purpose for line in self.lines
        )

    @property
    def is_unsure(self) -> bool:
        """Tell whether it is on its first choices, and one is weak or unverified."""
        sure = [line.verified and line.state is State.AVAILABLE for line in self.lines]
        first = all(line.rank == 1 for line in self.lines)
        return self.state is SiteState.FALLBACK and first and not all(sure)


class Alive(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Heartbeat of a site, with all that others count: sent every few seconds."""

    site: SiteView  # as it sees itself; the reader sets `state` and `since`
    newest: int = 0  # the number of its newest event, sent or not


class CommonCause(Struct, frozen=True, kw_only=True):
    """Shared components that explain failures of several sites, and these."""

    components: tuple[str, ...]  # shared, by the names common to all sites
    also: tuple[tuple[str, ...], ...] = ()  # others that explain as much with as few
    region: str = ""  # where only sites of one region have it
    sites: tuple[str, ...] = ()  # that it explains a failure of
    lost: Mapping[str, int] = field(default_factory=dict)  # what else fell with it, or
    # cannot be used: by component or kind of channel, at how many sites


class HubLost(Struct, frozen=True, kw_only=True):
    """Loss of the hub, and its likely cause."""

    since: Instant
    reason: Reason = Reason.NONE
    own_link: Link = Link.UNKNOWN  # if down, it is us


class SitesView(Struct, frozen=True, kw_only=True):
    """View of all sites followed, at one instant."""

    at: Instant
    boot_id: str
    name: str = ""  # ours among them
    province: bool = False  # it is the province's own
    hub_lost: HubLost | None = None
    sites: tuple[SiteView, ...] = ()  # by name
    # First that leaves most sites unable to alert, then that explains most.
    causes: tuple[CommonCause, ...] = ()

    @property
    def hears_nobody(self) -> bool:
        """Return whether the lost hub is why no other site is heard."""
        others = [site for site in self.sites if site.name != self.name]
        heard = any(site.is_heard for site in others)
        return self.hub_lost is not None and bool(others) and not heard

    @property
    def is_cut_off(self) -> bool:
        """Return whether nobody is heard because our own link is down."""
        lost = self.hub_lost
        return self.hears_nobody and lost is not None and lost.own_link is Link.DOWN


class OrderKind(StrEnum):
    """Kind of an order of the province to a site."""

    MARK = "mark"
    EXERCISE = "exercise"
    WITHDRAWN = "withdrawn"
    PLAN = "plan"  # of an earlier version: neither sent nor taken any more


class Order(Struct, frozen=True, kw_only=True):
    """Order of the province to a site, as it travels: signed, with an end.

    Its dates are by the province's clock, and are compared with one another only.
    """

    number: int  # newer ones have a higher one
    to: str  # the site, or ALL
    author: str  # the province, as people call it
    by: str  # its author there
    kind: OrderKind
    issued: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]  # after which it is not to be taken in
    age_s: float = 0.0  # when it was sent
    text: str = ""  # the word as JSON

    @property
    def life_s(self) -> float:
        """Return how long it may be taken in."""
        return (self.until - self.issued).total_seconds()
