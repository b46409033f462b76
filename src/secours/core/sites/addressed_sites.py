"""Sites that a word of the province would reach, and their share in its subject.

By what the sites say of themselves: each decides alone what it makes of the word.
"""

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from secours.core.sites.shared_components import own_name
from secours.model.nodes import channel_node
from secours.model.sites.membership import ALL
from secours.model.sites.views import SiteChannel, SiteState, SiteView


class AddressedSites(Struct, frozen=True, kw_only=True):
    """Sites by name, as known before a word goes to them."""

    having: tuple[str, ...]  # its subject, in their plan
    using: tuple[str, ...]  # now a channel that would fall with it, for a line
    lacking: tuple[str, ...]  # its subject: they will refuse the word
    silent: tuple[str, ...]  # not heard: they get it when the hub reaches them
    doubled: tuple[str, ...]  # claimed by two: one of them alone gets it


def affected(
    sites: Iterable[SiteView], to: Collection[str], subjects: Collection[str]
) -> AddressedSites:
    """Return the addressed sites, sorted by their share in these subjects."""
    meant = [site for site in sites if ALL in to or site.name in to]
    live = [site for site in meant if site.is_heard]
    having = [site for site in live if subjects_of(site).issuperset(subjects)]
    return AddressedSites(
        having=tuple(site.name for site in having),
        using=tuple(site.name for site in live if _uses(site, subjects)),
        lacking=tuple(
            site.name for site in live if site.channels and site not in having
        ),
        silent=_in_state(SiteState.NOT_HEARD, meant),
        doubled=_in_state(SiteState.DOUBLE, meant),
    )


def _in_state(state: SiteState, sites: Iterable[SiteView]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(site.name for site in sites if site.state is state))


def subjects_of(site: SiteView) -> set[str]:
    """Return the possible subjects of a word at a site, as far as it names them."""
    needed = (_needs(channel, site.region) for channel in site.channels)
    channels = {channel_node(channel.name) for channel in site.channels}
    parts = {part.name for part in site.parts}
    return channels.union(parts, *(names for each in needed for names in each))


def _uses(site: SiteView, subjects: Collection[str]) -> bool:
    falling = {
        channel.name
        for channel in site.channels
        if channel_node(channel.name) in subjects
        or any(names <= set(subjects) for names in _needs(channel, site.region))
    }
    return any(line.use in falling for line in site.lines)


def _needs(channel: SiteChannel, region: str) -> Iterator[set[str]]:
    """Yield the needs of a channel, by the names that its site has for them."""
    return ({own_name(name, region) for name in each} for each in channel.needs if each)
