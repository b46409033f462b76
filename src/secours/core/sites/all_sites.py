"""View of all sites, with our own and the common causes."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from secours.core.sites.common_cause import causes
from secours.model.plan import Text
from secours.model.sites.views import SitesView, SiteView

INVISIBLE = ("Cc", "Cf")  # categories of Unicode: control characters, and formats


def completed(view: SitesView, ours: SiteView | None = None) -> SitesView:
    """Return the view of the others with our own present one.

    A site whose plan has no line, as a province's may be, is left out. Labels are made
    distinct.
    """
    sites = view.sites
    if ours is not None and ours.known is not None:
        own = replace(ours, name=view.name, state=ours.known, heard=view.at)
        sites = tuple(sorted((*sites, own), key=lambda site: site.name))
    return replace(view, sites=distinct(sites), causes=causes(sites))


def distinct(sites: Iterable[SiteView]) -> tuple[SiteView, ...]:
    """Return them with the name beside a label that would also be another site's."""
    sites = tuple(sites)
    named: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for words in (site.name, *_texts(site.label)):
            named[_as_read(words)].add(site.name)
    return tuple(
        replace(site, label=_with_name(site))
        if any(len(named[_as_read(words)]) > 1 for words in _texts(site.label))
        else site
        for site in sites
    )


def _texts(label: Text) -> Iterator[str]:
    yield from filter(None, (label.plain, *label.translations.values()))


def _as_read(words: str) -> str:
    """Return what is left where nobody sees the difference."""
    shown = (
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFKC", words)
        if letter.isspace() or unicodedata.category(letter) not in INVISIBLE
    )
    return " ".join("".join(shown).casefold().split())


def _with_name(site: SiteView) -> Text:
    label = site.label
    return Text(
        plain=_beside(label.plain, site.name),
        translations={
            language: _beside(words, site.name)
            for language, words in label.translations.items()
        },
    )


def _beside(words: str, name: str) -> str:
    return f"{words} [{name}]" if words else ""
