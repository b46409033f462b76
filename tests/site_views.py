"""Short ways to write what sites say of themselves, for tests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from plans import moment

from secours.core.sites.common_cause import causes
from secours.engine import clock
from secours.languages import Text
from secours.model.observed import Instant
from secours.model.sections.line import Purpose, Tier
from secours.model.sites.views import (
    SharedPart,
    SiteChannel,
    SiteLine,
    SiteState,
    SitesView,
    SiteView,
)
from secours.model.snapshot import State

NOW = moment(1000)

Said = SiteChannel | SharedPart | SiteLine


def site(
    name: str, *said: SiteChannel | SharedPart | SiteLine, **more: Any
) -> SiteView:
    """Return a heard site, by what it says of its channels, components and lines."""
    facts = {
        "label": Text(name.title()),
        "state": SiteState.PRIMARY,
        "heard": NOW,
        "channels": tuple(s for s in said if isinstance(s, SiteChannel)),
        "parts": tuple(s for s in said if isinstance(s, SharedPart)),
        "lines": tuple(s for s in said if isinstance(s, SiteLine)),
    }
    return SiteView(name=name, **{**facts, **more})


def lost(name: str, *needs: str | Sequence[str], **more: Any) -> SiteChannel:
    """Return a channel that failed a minute ago; a list among its needs is any_of."""
    facts = {
        "kind": name,
        "state": State.DOWN,
        "purposes": tuple(Purpose),
        "needs": tuple((n,) if isinstance(n, str) else tuple(n) for n in needs),
        "failed_s": 60.0,
    }
    return SiteChannel(name=name, **{**facts, **more})


def good(name: str, **more: Any) -> SiteChannel:
    """Return a channel that works."""
    facts = {
        "kind": name,
        "state": State.AVAILABLE,
        "usable": True,
        "purposes": tuple(Purpose),
    }
    return SiteChannel(name=name, **{**facts, **more})


def proof(name: str, ago_s: float = 5.0) -> SharedPart:
    """Return a component that worked so long ago."""
    return SharedPart(name=name, works=True, proved_s=ago_s)


def fallen(name: str, **more: Any) -> SharedPart:
    """Return a component that a site takes to be down."""
    return SharedPart(name=name, fails=True, failed_s=60.0, **more)


def line(use: str | None, purpose: Purpose = Purpose.ALERT, **more: Any) -> SiteLine:
    """Return what a site is told to use for a line of its plan."""
    facts = {
        "audience": "staff",
        "tier": Tier.PRIMARY if use else None,
        "rank": 1 if use else 0,
        "state": State.AVAILABLE if use else State.UNKNOWN,
        "verified": use is not None,
    }
    return SiteLine(purpose=purpose, use=use, **{**facts, **more})


def picture(*sites: SiteView, **more: Any) -> SitesView:
    """Return what is known of these sites, with the causes that they have in common."""
    facts = {"at": NOW, "boot_id": "boot", "causes": causes(sites)}
    return SitesView(sites=tuple(sites), **{**facts, **more})


def at_this_moment(view: SitesView, ago_s: float = 1.0) -> SitesView:
    """Return a picture as an engine published it so many seconds ago."""
    now = clock.now()
    at = Instant(now.utc - timedelta(seconds=ago_s), now.steady_s - ago_s)
    sites = tuple(replace(each, heard=each.heard and at) for each in view.sites)
    return replace(view, at=at, boot_id=clock.boot_id(), sites=sites)
