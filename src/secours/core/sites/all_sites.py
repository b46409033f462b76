"""View of all sites, with our own and the common causes, and as it ages."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import isfinite

from msgspec.structs import replace

from secours.core.sites.common_cause import causes
from secours.core.sites.life import HEARD_S
from secours.languages import Text
from secours.model.observed import Instant
from secours.model.sites.views import SiteState, SitesView, SiteView

OF_A_NAME = "-\u2013'\u2019.&/+()"  # beside letters and figures; all else divides
LATIN = range(0x180), range(0x218, 0x21C), range(0x1E00, 0x1F00)
ALIKE = str.maketrans("l105\u0131", "iiosi")
LONGEST, LEAST = 60, 20  # of a label and the name beside it, and of the label there
_END_OF_SENTENCE = re.compile(r"(?<=\w{4})\.(?=\s)")  # not "St. Vith"
_JOINED = re.compile(r"\b(?:and|et|und|en)\b|[&+/]")


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
    """Return them with the name beside a label that passes for something else.

    For another site, or for more than one name: a site writes its own label.
    """
    sites = tuple(sites)
    named: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for words in (site.name, *_texts(site.label)):
            named[_as_read(words)].add(site.name)
    return tuple(
        replace(site, label=_with_name(site))
        if any(_misleads(words, site.name, named) for words in _texts(site.label))
        else site
        for site in sites
    )


def one_name(words: str) -> str:
    """Return words without what would set them apart from, or join them to, others."""
    kept = "".join(letter if _is_of_a_name(letter) else " " for letter in words)
    return " ".join(_END_OF_SENTENCE.sub(" ", kept).split())


def _misleads(words: str, name: str, named: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a label may be read as another's, or as more than a name."""
    if words == name:
        return len(named[_as_read(words)]) > 1
    if one_name(words) != " ".join(words.split()):
        return True
    if any(map(_is_foreign, unicodedata.normalize("NFKC", words))):
        return True
    parts = {_as_read(each) for each in (words, *_JOINED.split(words))}
    return any({*named.get(part, ())} - {name} for part in parts)


def _is_of_a_name(letter: str) -> bool:
    """Tell whether a letter may stand in a name; invisible ones are not drawn."""
    kind = unicodedata.category(letter)
    return letter in OF_A_NAME or kind[0] in "LNMZ" or kind == "Cf"


def _is_foreign(letter: str) -> bool:
    """Tell whether a letter is none of our alphabet, and may look like one of it."""
    is_ours = any(ord(letter) in each for each in LATIN)
    return unicodedata.category(letter)[0] in "LNM" and not is_ours


def _texts(label: Text) -> Iterator[str]:
    yield from filter(None, (label.plain, *label.translations.values()))


def _as_read(words: str) -> str:
    """Return the letters and figures of a label, as a reader tells labels apart."""
    letters = unicodedata.normalize("NFKD", words)
    shown = (each for each in letters if unicodedata.category(each)[0] in "LN")
    return "".join(shown).casefold().translate(ALIKE)


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
    beside = f" [{name}]"
    room = max(LONGEST - len(beside), LEAST)
    return f"{one_name(words)[:room].rstrip()}{beside}" if words else ""


def is_fresh(age_s: float) -> bool:
    """Tell whether a view of the sites is young enough to be believed."""
    return 0 <= age_s < HEARD_S


def aged(view: SitesView, age_s: float) -> SitesView:
    """Return the view as it still counts at this age; nothing where that is unknown.

    A site of which nothing newer than HEARD_S can have come is not heard.
    """
    sites = tuple(_aged(site, view.at, age_s) for site in view.sites)
    if sites == view.sites:
        return view
    return replace(view, sites=sites, causes=causes(sites))


def _aged(site: SiteView, at: Instant, age_s: float) -> SiteView:
    if site.state is SiteState.NOT_HEARD:
        return site
    if is_fresh(age_s) and site.heard and at.since(site.heard) + age_s < HEARD_S:
        return site
    silent = site.heard and site.heard.later(HEARD_S)
    return replace(site, state=SiteState.NOT_HEARD, since=silent)


def heard_age_s(site: SiteView, view: SitesView, age_s: float) -> float | None:
    """Return how long ago a site was heard; None where nobody can tell."""
    if site.heard is None or not isfinite(age_s):
        return None
    return max(0.0, view.at.since(site.heard) + age_s)
