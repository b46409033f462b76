"""Sites that a word of the province would reach, and their share in its subject.

By what the sites say of themselves: each decides alone what it makes of the word.
"""

from collections.abc import Collection, Iterable

from msgspec import Struct

from secours.model.nodes import channel_node
from secours.model.sites.membership import ALL
from secours.model.sites.views import SiteChannel, SiteState, SiteView


class AddressedSites(Struct, frozen=True, kw_only=True):
    """Sites by name, as known before a word goes to them."""

    having: tuple[str, ...]  # its subject, in their plan
    using: tuple[str, ...]  # now a channel that would fall with it, for a line
    lacking: tuple[str, ...]  # its subject: they will refuse the word
    silent: tuple[str, ...]  # not heard: they get it when the hub reaches them


def affected(
    sites: Iterable[SiteView], to: Collection[str], subjects: Collection[str]
) -> AddressedSites:
    """Return the addressed sites, sorted by their share in these subjects."""
    meant = [site for site in sites if ALL in to or site.name in to]
    live = [site for site in meant if site.is_heard]
    having = [site for site in live if all(_has(site, each) for each in subjects)]
    return AddressedSites(
        having=tuple(site.name for site in having),
        using=tuple(site.name for site in live if _uses(site, subjects)),
        lacking=tuple(
            site.name for site in live if site.channels and site not in having
        ),
        silent=tuple(
            dict.fromkeys(
                site.name for site in meant if site.state is SiteState.NOT_HEARD
            )
        ),
    )


def subjects_of(site: SiteView) -> set[str]:
    """Return the possible subjects of a word at a site, as far as it names them."""
    needed = {
        name for channel in site.channels for each in channel.needs for name in each
    }
    channels = {channel_node(channel.name) for channel in site.channels}
    return channels | {part.name for part in site.parts} | needed


def _has(site: SiteView, subject: str) -> bool:
    return subject in subjects_of(site)


def _uses(site: SiteView, subjects: Collection[str]) -> bool:
    falling = {each.name for each in site.channels if _falls(each, subjects)}
    return any(line.use in falling for line in site.lines)


def _falls(channel: SiteChannel, subjects: Collection[str]) -> bool:
    """Tell whether a channel falls where all of these do."""
    if channel_node(channel.name) in subjects:
        return True
    return any(each and set(each) <= set(subjects) for each in channel.needs)
