"""States that a site shares in detail, by subject, as far as its plan allows.

They are each channel, component, path and recommendation, and the rest of the snapshot.
Nothing secret is in them: no contact, no words of messages, none of a peer's, and how a
channel is used only where the plan shares that.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from secours.languages import Text
from secours.model.observed import Facts, Instant
from secours.model.sites.membership import Shares, Sites
from secours.model.sites.views import Alive
from secours.model.snapshot import (
    Change,
    ChannelView,
    ComponentView,
    PassedOver,
    PathView,
    ProbeView,
    Recommendation,
    Rehearsal,
    Snapshot,
    Standing,
)
from secours.run.redactor import FREE_TEXT
from secours.sites import subjects

CHANNEL, COMPONENT, PATH, SITE = "channel", "component", "path", "site"  # kinds
NO_DATE = datetime.fromtimestamp(0, UTC)

S = TypeVar("S", Standing, ProbeView, Change, PassedOver)
Encoder = Callable[[Any], bytes]
View = ChannelView | ComponentView | PathView


class SharedState(Struct, frozen=True):
    """State under one subject."""

    thing: Any  # that is said
    news: bytes  # JSON, without what every test changes: another one is worth saying


def shared(shot: Snapshot, sites: Sites, encoded: Encoder) -> Mapping[str, SharedState]:
    """Return the shared states of a snapshot, by subject."""
    return {
        subject: SharedState(thing, encoded(settled))
        for subject, thing, settled in _things(shot, sites)
    }


def cut_to_lines(thing: Any) -> Any:
    """Return a state that is too large with only what others need."""
    match thing:
        case Alive():
            site = replace(thing.site, channels=(), parts=(), orders=())
            return replace(thing, site=site)
        case Recommendation():
            return replace(thing, passed_over=(), receivers={})
        case Snapshot():
            return replace(
                thing,
                changes=(),
                suspects=(),
                explanations=(),
                contradictions=(),
                forecast=(),
                rehearsal=None,
            )
        case PathView():
            return replace(thing, probes=())
    return replace(thing, probes=(), standing=replace(thing.standing, facts={}))


def without_peers_words(facts: Facts) -> Facts:
    """Return facts without a peer's words; a person's stay."""
    if "by" in facts or not facts.keys() & set(FREE_TEXT):
        return facts
    return {name: fact for name, fact in facts.items() if name not in FREE_TEXT}


def _things(shot: Snapshot, sites: Sites) -> Iterator[tuple[str, Any, Any]]:
    if Shares.STATES in sites.share:
        how = Shares.HOW in sites.share
        for kind, view in _views(shot, how=how):
            subject = subjects.state(sites.name, kind, view.name)
            yield subject, view, _settled(view)
        rest = _rest(shot, journal=Shares.JOURNAL in sites.share, how=how)
        settled = replace(rest, at=shot.started, event=0)
        yield subjects.state(sites.name, SITE, sites.name), rest, settled
    if Shares.RECOMMENDATION in sites.share:
        for each in shot.recommendations:
            line = _recommendation(each)
            passed = tuple(replace(one, facts={}) for one in line.passed_over)
            until = {name: _by_one_clock(end) for name, end in line.until.items()}
            settled_line = replace(line, passed_over=passed, until=until)
            yield subjects.recommend(sites.name, each.name), line, settled_line


def _views(shot: Snapshot, *, how: bool) -> Iterator[tuple[str, View]]:
    for channel in shot.channels:
        words = channel.how if how else Text()
        yield CHANNEL, replace(_safe_view(channel), how=words)
    for component in shot.components:
        yield COMPONENT, _safe_view(component)
    for path in shot.paths:
        yield PATH, replace(path, probes=tuple(map(_safe, path.probes)))


def _safe_view(view: Any) -> Any:
    probes = tuple(map(_safe, view.probes))
    return replace(view, standing=_safe(view.standing), probes=probes)


def _safe(each: S) -> S:
    return replace(each, facts=without_peers_words(each.facts))


def _recommendation(line: Recommendation) -> Recommendation:
    return replace(line, passed_over=tuple(map(_safe, line.passed_over)))


def _rehearsal(rehearsal: Rehearsal, *, how: bool) -> Rehearsal:
    return replace(
        rehearsal,
        orders=rehearsal.orders if how else (),
        channels={name: _safe(each) for name, each in rehearsal.channels.items()},
        recommendations=tuple(map(_recommendation, rehearsal.recommendations)),
    )


def _rest(shot: Snapshot, *, journal: bool, how: bool) -> Snapshot:
    """Return a snapshot without the parts sent separately, or not at all."""
    return replace(
        shot,
        site=replace(shot.site, contact=Text(), access={}),
        config_error=None,
        paths=(),
        channels=(),
        components=(),
        recommendations=(),
        changes=tuple(map(_safe, shot.changes)) if journal else (),
        announced=(),
        orders=shot.orders if how else (),
        reports=shot.reports if how else {},
        rehearsal=_rehearsal(shot.rehearsal, how=how) if shot.rehearsal else None,
        targets=(),
        held_until=None,
        notices=(),
        paper=(),
        standby=None,
        opinions=(),
        hub=None,
    )


def _settled(view: View) -> View:
    """Return a view without fields that change with every test."""
    probes = tuple(
        replace(each, facts={}, latency_s=None, at=None, proved_at=None)
        for each in view.probes
    )
    if isinstance(view, PathView):
        return replace(view, probes=probes)
    until = view.standing.until and _by_one_clock(view.standing.until)
    standing = replace(
        view.standing, facts={}, evidence_at=None, proved_at=None, until=until
    )
    return replace(view, standing=standing, probes=probes)


def _by_one_clock(end: Instant) -> Instant:
    """Return an end without the reading of the other clock, which differs each time."""
    return replace(end, utc=NO_DATE)
