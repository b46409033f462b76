"""Channel over which two sites reach each other: the first that works at both ends."""

from collections.abc import Iterable, Mapping
from itertools import permutations

from msgspec import Struct
from msgspec.structs import replace

from secours.languages import Text
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteChannel, SiteView

ORDER = (Purpose.COORDINATE, Purpose.ALERT)

Means = tuple[str, str]
"""Identity of a channel at both ends: a kind of the catalogue, or a name."""


class SiteReach(Struct, frozen=True, kw_only=True):
    """Channel from one site to another. Without `known` it is the last known."""

    here: str
    there: str
    known: bool  # both are heard: only then is anything promised
    channel: str | None = None  # as it is called here; None where none is left
    label: Text = Text()
    there_channel: str = ""  # the same means, as it is called there
    purpose: Purpose | None = None  # that it serves here


class _SiteMeans(Struct, frozen=True):
    """Usable channels of a site."""

    site: SiteView
    usable: tuple[tuple[Purpose, SiteChannel], ...]  # in the order to try them
    means: Mapping[Means, str]


def reach_from(here: SiteView, views: Iterable[SiteView]) -> tuple[SiteReach, ...]:
    """Return the reach of each other site."""
    start = _end(here)
    others = (view for view in _each_once(views) if view.name != here.name)
    return tuple(_reach(start, _end(there)) for there in others)


def reach_table(views: Iterable[SiteView]) -> tuple[SiteReach, ...]:
    """Return the reach of each other site from each."""
    ends = map(_end, _each_once(views))
    return tuple(_reach(here, there) for here, there in permutations(ends, 2))


def _each_once(views: Iterable[SiteView]) -> list[SiteView]:
    """Return one view of each name: two that share one are not heard anyway."""
    return [*{view.name: view for view in views}.values()]


def _end(view: SiteView) -> _SiteMeans:
    usable = [channel for channel in view.channels if channel.usable]
    means = {_means(channel): channel.name for channel in reversed(usable)}
    order = ((p, each) for p in ORDER for each in usable if p in each.purposes)
    return _SiteMeans(view, tuple(order), means)


def _means(channel: SiteChannel) -> Means:
    return (channel.kind, "") if channel.kind else ("", channel.name)


def _reach(here: _SiteMeans, there: _SiteMeans) -> SiteReach:
    known = here.site.is_heard and there.site.is_heard
    unreached = SiteReach(here=here.site.name, there=there.site.name, known=known)
    for purpose, channel in here.usable:
        if name := there.means.get(_means(channel)):
            return replace(
                unreached,
                channel=channel.name,
                label=channel.label,
                there_channel=name,
                purpose=purpose,
            )
    return unreached
