"""JSON answer of `sites` and `/api/v1/sites`: every site, and common causes.

A site that is not heard is not counted: it has its last known state and no
channels.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from secours import texts
from secours.core.sites.all_sites import aged, heard_age_s, is_fresh
from secours.core.sites.reach import SiteReach
from secours.model.sections.line import Purpose, Tier
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.membership import Coordinates
from secours.model.sites.views import (
    SharedPart,
    SiteChannel,
    SiteLine,
    SiteState,
    SitesView,
    SiteView,
)
from secours.model.snapshot import Link, State
from secours.outside_text import plain
from secours.render.answers.notes import HubAnswer
from secours.render.answers.sites.handed_down import OrderSaid, order_said
from secours.render.answers.values import (
    EXIT_CODES,
    SCHEMA,
    Amount,
    Count,
    Time,
    finite,
    iso,
    iso_or_null,
    like,
)
from secours.render.wording.sites import sentence as wording

NOT_FRESH = 3


class SiteLineAnswer(Struct, frozen=True, kw_only=True):
    """Recommendation of a site for one line of its plan."""

    purpose: Purpose
    audience: str
    audience_label: str
    use: str | None
    label: str
    tier: Tier | None
    rank: Count
    state: State
    verified: bool


class SiteChannelAnswer(Struct, frozen=True, kw_only=True):
    """State of a channel of a site."""

    channel: str
    label: str
    state: State
    usable: bool


class SitePartAnswer(Struct, frozen=True, kw_only=True):
    """Observation by a site of a component that other sites have too."""

    component: str
    label: str
    path: str | None
    works: bool
    fails: bool
    suspected: bool
    proof_age_s: Amount | None
    failing_s: Amount | None


class SiteAnswer(Struct, frozen=True, kw_only=True):
    """State of a site; its details are there where one site is asked for."""

    site: str
    label: str
    state: SiteState
    unsure: bool
    known: SiteState | None
    since: Time | None
    heard_age_s: Amount | None
    own_link: Link
    region: str
    at: Coordinates | None
    lines: tuple[SiteLineAnswer, ...]
    missed: Count
    trouble: tuple[str, ...]
    standby: bool
    channels: tuple[SiteChannelAnswer, ...] | UnsetType = UNSET
    parts: tuple[SitePartAnswer, ...] | UnsetType = UNSET


class CauseAnswer(Struct, frozen=True, kw_only=True):
    """Shared components that explain failures of several sites."""

    components: tuple[str, ...]
    also: tuple[tuple[str, ...], ...]
    region: str
    sites: tuple[str, ...]
    lost: Mapping[str, Count]
    words: str


class ReachAnswer(Struct, frozen=True, kw_only=True):
    """Over which channel one site reaches another."""

    here: str
    there: str
    known: bool
    channel: str | None
    label: str
    there_channel: str
    purpose: Purpose | None


class SitesAnswer(Struct, frozen=True, kw_only=True):
    """State of all sites that are followed, and what several have lost."""

    schema: Literal[1]
    at: Time
    age_s: Amount | None
    stale: bool
    name: str
    province: bool
    hub: HubAnswer | None
    sentence: str
    sites: tuple[SiteAnswer, ...]
    causes: tuple[CauseAnswer, ...]
    reach: tuple[ReachAnswer, ...] | UnsetType = UNSET  # if asked for
    orders: tuple[OrderSaid, ...] | UnsetType = UNSET  # if asked for


def answer(
    view: SitesView,
    age_s: float,
    language: str,
    *,
    hub: HubAnswer | None,
    site: str | None = None,
    reach: Iterable[SiteReach] | None = None,
    orders: Iterable[HandedDown] | None = None,
) -> SitesAnswer:
    """Return all sites, or one in detail, from a view of this age.

    All ages rest on the `hub`; it is None where nothing is known of it.
    """
    now = aged(view, age_s)
    chosen = [each for each in now.sites if site in (None, each.name)]
    return SitesAnswer(
        schema=SCHEMA,
        at=iso(view.at),
        age_s=finite(age_s),
        stale=not is_fresh(age_s),
        name=view.name,
        province=view.province,
        hub=hub,
        sentence=wording.sentence(now, language),
        sites=tuple(
            _site(each, now, age_s, language, whole=site is not None) for each in chosen
        ),
        causes=tuple(
            like(CauseAnswer, each, words=wording.cause_words(each, now, language))
            for each in now.causes
        ),
        reach=UNSET if reach is None else tuple(_reach(r, language) for r in reach),
        orders=UNSET if orders is None else tuple(map(order_said, orders)),
    )


def exit_code(view: SitesView, age_s: float, hub: HubAnswer | None) -> int:
    """Return 3 without a fresh picture, 2 where a line has no channel, 1 off primary.

    It is 1 too for a site not heard, or whose name two claim. While the hub is
    unreachable it is 3, unless a site heard of late has a line without a channel.
    """
    sites = aged(view, age_s).sites
    if not is_fresh(age_s) or not sites:
        return NOT_FRESH
    lost = SiteState.NOTHING_LEFT
    if any(site.state is lost or any(map(site.lacks, Purpose)) for site in sites):
        return EXIT_CODES[State.DOWN]
    if is_lost(hub) and any(site.name != view.name for site in sites):
        return NOT_FRESH
    if all(site.state is SiteState.PRIMARY for site in sites):
        return EXIT_CODES[State.AVAILABLE]
    return EXIT_CODES[State.DEGRADED]


def is_lost(hub: HubAnswer | None) -> bool:
    """Return whether the hub is known to be unreached."""
    return hub is not None and not hub.connected


def _site(
    site: SiteView, view: SitesView, age_s: float, language: str, *, whole: bool
) -> SiteAnswer:
    is_heard = site.is_heard
    channels = site.channels if is_heard else ()
    return like(
        SiteAnswer,
        site,
        site=site.name,
        label=wording.site_label(site, language),
        unsure=site.is_unsure,
        since=iso_or_null(site.since),
        heard_age_s=_rounded(heard_age_s(site, view, age_s)),
        own_link=site.own_link if is_heard else Link.UNKNOWN,
        lines=tuple(_line(each, language) for each in site.lines if is_heard),
        channels=tuple(_channel(c, language) for c in channels) if whole else UNSET,
        parts=_parts(site, view, age_s, language) if whole else UNSET,
    )


def _line(line: SiteLine, language: str) -> SiteLineAnswer:
    return like(
        SiteLineAnswer,
        line,
        audience_label=texts.audience(line.audience, line.called, language),
        label=plain(line.label.in_(language) or line.use or ""),
    )


def _channel(channel: SiteChannel, language: str) -> SiteChannelAnswer:
    label = plain(channel.label.in_(language) or channel.name)
    return like(SiteChannelAnswer, channel, channel=channel.name, label=label)


def _parts(
    site: SiteView, view: SitesView, age_s: float, language: str
) -> tuple[SitePartAnswer, ...]:
    """Return the components that a site sees, with ages as of now."""
    heard_s = heard_age_s(site, view, age_s)
    if not site.is_heard or heard_s is None:
        return ()
    return tuple(_part(each, heard_s, language) for each in site.parts)


def _part(part: SharedPart, heard_s: float, language: str) -> SitePartAnswer:
    def now_s(age_s: float | None) -> float | None:
        return None if age_s is None else round(age_s + heard_s, 1)

    return like(
        SitePartAnswer,
        part,
        component=part.name,
        label=plain(part.label.in_(language) or part.name),
        path=part.path or None,
        proof_age_s=now_s(part.proved_s),
        failing_s=now_s(part.failed_s),
    )


def _reach(reach: SiteReach, language: str) -> ReachAnswer:
    label = plain(reach.label.in_(language) or reach.channel or "")
    return like(ReachAnswer, reach, label=label)


def _rounded(age_s: float | None) -> float | None:
    return None if age_s is None else round(age_s, 1)
