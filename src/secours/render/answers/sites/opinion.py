"""JSON of the second opinion of other sites, and of the hub."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Reason
from secours.model.snapshot import Hub, Link, Opinion, Snapshot
from secours.render.answers.values import Count, Time, fresh, iso, iso_or_null, like


class SitesSeen(Struct, frozen=True, kw_only=True):
    """Other sites by name, as far as they say anything of a component."""

    works: tuple[str, ...]
    fails: tuple[str, ...]
    suspected: tuple[str, ...]


class OpinionAnswer(Struct, frozen=True, kw_only=True):
    """Observation by other sites of a component that may have failed here."""

    component: str
    works_at: Count
    fails_at: Count
    suspected_at: Count
    heard: Count
    it_is: Literal["us", "them"] | None
    ours: tuple[tuple[str, ...], ...]
    sites: SitesSeen


class HubAnswer(Struct, frozen=True, kw_only=True):
    """State of this site's link to the hub through which other sites hear it."""

    connected: bool
    since: Time
    reason: Reason  # why it is not reached, or takes nothing in; "" if none is known
    own_link: Link  # where that is down, it is this site that is cut off
    waiting: Count | None  # null until it is known
    doubled: Time | None  # since when another site speaks by the name of this one
    cut: Count  # how much of what we say is too large, and goes without its details


def opinions(snapshot: Snapshot) -> tuple[OpinionAnswer, ...]:
    """Return what other sites see, the likeliest suspect first."""
    return tuple(map(_opinion, snapshot.opinions))


def hub(snapshot: Snapshot) -> HubAnswer | None:
    """Return the state of the hub connection, None without a hub."""
    found: Hub | None = snapshot.hub
    if found is None:
        return None
    return like(
        HubAnswer,
        found,
        since=iso(found.since),
        own_link=snapshot.own_link,
        doubled=iso_or_null(found.doubled),
    )


def hub_now(snapshot: Snapshot, age_s: float) -> HubAnswer | None:
    """Return the state of the hub connection; unconnected in a stale snapshot."""
    found = hub(snapshot)
    if found is None or fresh(snapshot, age_s):
        return found
    return replace(
        found,
        connected=False,
        reason=Reason.NONE,
        own_link=Link.UNKNOWN,
        doubled=None,
    )


def _opinion(opinion: Opinion) -> OpinionAnswer:
    return OpinionAnswer(
        component=opinion.component,
        works_at=len(opinion.works_at),
        fails_at=len(opinion.fails_at),
        suspected_at=len(opinion.suspected_at),
        heard=opinion.heard,
        it_is="us" if opinion.ours else "them" if opinion.theirs else None,
        ours=opinion.ours,
        sites=SitesSeen(
            works=opinion.works_at,
            fails=opinion.fails_at,
            suspected=opinion.suspected_at,
        ),
    )
