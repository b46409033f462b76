"""JSON of what holds beside the states: a standby, other sites, what not to use."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from secours.model.observed import Reason
from secours.model.snapshot import Link, Opinion, Snapshot
from secours.render import standby
from secours.render.answers.values import (
    Amount,
    Count,
    Time,
    finite,
    fresh,
    iso,
    iso_or_null,
    like,
)
from secours.render.wording import do_not_use
from secours.render.wording.localizer import Localizer

FOR_STRANGERS = ("does", "since", "heard", "heard_at", "heard_age_s")


class StandbyAnswer(Struct, frozen=True, kw_only=True):
    """A standby shows what the first says, or probes on its own."""

    does: Literal["shows", "probes"]
    since: Time
    by: str  # who had it take over or follow again, "" for itself
    url: str  # of the first
    first: str  # what its machine is called, "" where it was never heard
    heard: bool  # what came of it is fresh
    heard_at: Time | None
    heard_age_s: Amount | None
    takes_over_at: Time | None  # by itself, if the first is not heard by then
    words: str


class DoNotUse(Struct, frozen=True, kw_only=True):
    """A channel that somebody distrusts; `why` and `at` are of the mark, if known."""

    channel: str
    by: str | None
    why: str
    at: Time | None


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


def fields(snapshot: Snapshot, age_s: float, language: str) -> dict[str, Any]:
    """Return the fields of all these in an answer, as far as there are any."""
    return {
        "standby": _standby(snapshot, age_s, language) or UNSET,
        "second_opinion": tuple(map(_opinion, snapshot.opinions)) or UNSET,
        "hub": hub(snapshot) or UNSET,
        "do_not_use": unsafe(snapshot) or UNSET,
    }


def _standby(snapshot: Snapshot, age_s: float, language: str) -> StandbyAnswer | None:
    state, localizer = snapshot.standby, Localizer(snapshot, language, age_s)
    if state is None:
        return None
    return like(
        StandbyAnswer,
        state,
        does="probes" if state.probing else "shows",
        since=iso(state.since),
        heard=standby.is_heard(state, localizer),
        heard_at=iso_or_null(state.heard),
        heard_age_s=finite(localizer.age_s(state.heard)) if state.heard else None,
        takes_over_at=iso_or_null(state.takes_over),
        words=standby.sentence(localizer),
    )


def for_strangers(snapshot: Snapshot, age_s: float) -> Mapping[str, object] | None:
    """Return the fields of a standby that strangers may see: not whose, nor where."""
    found = _standby(snapshot, age_s, "en")
    return {name: getattr(found, name) for name in FOR_STRANGERS} if found else None


def unsafe(snapshot: Snapshot) -> tuple[DoNotUse, ...]:
    """Return every channel that must not be used, in the order of the plan."""
    return tuple(
        DoNotUse(
            channel=each.channel,
            by=each.by,
            why=each.mark.why if each.mark else "",
            at=iso(each.mark.at) if each.mark else None,
        )
        for each in do_not_use.distrusted(snapshot)
    )


def hub(snapshot: Snapshot) -> HubAnswer | None:
    """Return the state of the hub connection, None without a hub."""
    state = snapshot.hub
    if state is None:
        return None
    return like(
        HubAnswer,
        state,
        since=iso(state.since),
        own_link=snapshot.own_link,
        doubled=iso_or_null(state.doubled),
    )


def hub_now(snapshot: Snapshot, age_s: float) -> HubAnswer | None:
    """Return the state of the hub connection; unconnected in a stale snapshot."""
    state = hub(snapshot)
    if state is None or fresh(snapshot, age_s):
        return state
    return replace(
        state,
        connected=False,
        reason=Reason.NONE,
        own_link=Link.UNKNOWN,
        doubled=None,
    )


def _opinion(opinion: Opinion) -> OpinionAnswer:
    return like(
        OpinionAnswer,
        opinion,
        works_at=len(opinion.works_at),
        fails_at=len(opinion.fails_at),
        suspected_at=len(opinion.suspected_at),
        it_is="us" if opinion.ours else "them" if opinion.theirs else None,
        sites=SitesSeen(
            works=opinion.works_at,
            fails=opinion.fails_at,
            suspected=opinion.suspected_at,
        ),
    )
