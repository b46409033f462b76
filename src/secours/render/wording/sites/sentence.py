"""State of all sites in one sentence: who cannot alert, common losses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from secours import texts
from secours.core.graph.dependencies import POWER
from secours.core.sites.all_sites import one_name
from secours.core.sites.common_cause import name_among
from secours.model.nodes import kind_of
from secours.model.sections.line import Purpose
from secours.model.sites.views import CommonCause, SiteState, SitesView, SiteView
from secours.outside_text import plain
from secours.render.wording.sites.hub_reason import hub_reason

CARRIER = "carrier"
MOST_SETS = 2  # explaining the same
MOST_NAMES = 3  # of sites
DETAILS = ("names", "why")  # left out in brief


class SitesClause(Struct, frozen=True, kw_only=True):
    """Clause of the sentence, and its sites."""

    kind: str  # "no-alert", "lost", "own-link" …: the ending of its key in the texts
    sites: tuple[str, ...]  # by name; for a loss, all with the cause
    n: int  # the number it names
    text: str
    brief: str  # without names of sites, and reasons


def sentence(view: SitesView, language: str, *, brief: bool = False) -> str:
    """Say in one sentence how all sites are."""
    total = len(names(view.sites))
    if not total:
        return texts.say(language, "province.none")
    said = clauses(view, language)
    if not said:
        return f"{texts.say(language, 'sites.fine', n=total)}."
    parts = [clause.brief if brief else clause.text for clause in said]
    return f"{texts.series(language, parts)}."


def clauses(view: SitesView, language: str) -> tuple[SitesClause, ...]:
    """Return the clauses on the sites, the worst first; none if all is well.

    The first names the number of sites.
    """
    matters = [matter for matter in _matters(view, language) if matter.sites]
    total = len(names(view.sites))
    return tuple(
        _clause(matter, language, of=None if place else total)
        for place, matter in enumerate(matters)
    )


def names(sites: Iterable[SiteView]) -> tuple[str, ...]:
    """Return the names of sites, each once: two may claim the same."""
    return tuple(dict.fromkeys(site.name for site in sites))


def cause_words(cause: CommonCause, view: SitesView, language: str) -> str:
    """Return how many sites a cause explains failures of, and the cause."""
    return _clause(_lost(cause, view, language), language).text


def site_label(site: SiteView, language: str) -> str:
    """Return the label of a site."""
    return plain(site.label.in_(language)) or plain(site.name)


class _Matter(NamedTuple):
    """Matter to mention, and its sites."""

    kind: str
    sites: tuple[str, ...]
    n: int
    facts: Mapping[str, str]


def _matters(view: SitesView, language: str) -> Iterator[_Matter]:
    """Yield all matters, also empty ones."""
    sites = view.sites
    if view.hears_nobody:
        yield _unheard(view, language)
        return
    yield _of("no-alert", (site for site in sites if site.lacks(Purpose.ALERT)))
    yield _of("no-coordinate", filter(_only_alerts, sites))
    yield _of("no-inform", filter(_only_informs_nobody, sites))
    yield _of("nothing-left", filter(_lacks_a_line, sites))
    if view.causes:
        sure_first = min(view.causes, key=lambda cause: bool(cause.also))
        yield _lost(sure_first, view, language)
    for state in (SiteState.OWN_LINK, SiteState.NOT_HEARD, SiteState.DOUBLE):
        found = _of(state, (site for site in sites if site.state is state))
        yield found._replace(facts={"names": _named(found.sites, view, language)})
    others = [site for site in sites if site.state is SiteState.FALLBACK]
    yield _of("fallback", (site for site in others if not site.is_unsure))
    yield _of("unsure", (site for site in others if site.is_unsure))


def _of(kind: str, sites: Iterable[SiteView]) -> _Matter:
    found = names(sites)
    return _Matter(kind, found, len(found), {})


def _unheard(view: SitesView, language: str) -> _Matter:
    """Return that we are cut off, if known; else only that the hub is lost."""
    if view.is_cut_off or view.hub_lost is None:
        return _of("cut-off", view.sites)
    why = hub_reason(view.hub_lost.reason, language)
    found = _of("hub-lost", view.sites)
    return found._replace(facts={"why": why} if why else {})


def _only_alerts(site: SiteView) -> bool:
    return site.lacks(Purpose.COORDINATE) and not site.lacks(Purpose.ALERT)


def _only_informs_nobody(site: SiteView) -> bool:
    return [*filter(site.lacks, Purpose)] == [Purpose.INFORM]


def _lacks_a_line(site: SiteView) -> bool:
    """Return whether an unknown line is without a channel."""
    known = any(map(site.lacks, Purpose))
    return site.state is SiteState.NOTHING_LEFT and not known


def _lost(cause: CommonCause, view: SitesView, language: str) -> _Matter:
    """Return the loss: the cause, or for a power cause the carrier that most lost."""
    sets, n = [cause.components, *cause.also], len(cause.sites)
    if all(kind_of(name) == POWER for names in sets for name in names):
        carriers = (name for name in cause.lost if kind_of(name) == CARRIER)
        first = next(carriers, None)
        if first and 2 * cause.lost[first] > n:
            what = _component_label(first, view, language)
            facts = {"what": what, "cause": _either([*map(_together, sets)], language)}
            return _Matter("lost", cause.sites, cause.lost[first], facts)
    labels = [
        _together(_component_label(name, view, language) for name in parts)
        for parts in sets
    ]
    return _Matter("lost", cause.sites, n, {"what": _either(labels, language)})


def _together(names: Iterable[str]) -> str:
    return " + ".join(map(plain, names))


def _either(sets: Sequence[str], language: str) -> str:
    """Name the first possible causes, and count the rest."""
    said = texts.say(language, "province.cause.either").join(sets[:MOST_SETS])
    if more := len(sets[MOST_SETS:]):
        return f"{said}, {texts.say(language, 'replay.suspects.more', n=more)}"
    return said


def _component_label(name: str, view: SitesView, language: str) -> str:
    """Return the most common label of a shared component."""
    labels: Counter[str] = Counter()
    for site in view.sites:
        for part in site.parts:
            label = one_name(part.label.in_(language))
            if label and name_among(part, site) == name:
                region = kind_of(name) == POWER and one_name(site.region)
                labels[f"{label}, {region}" if region else label] += 1
                break
    return max(labels, key=labels.__getitem__, default=name)


def _named(sites: Sequence[str], view: SitesView, language: str) -> str:
    """Name the first sites, by their labels unless these hold a comma."""
    labels = {site.name: site_label(site, language) for site in reversed(view.sites)}
    said = [labels[name] if "," not in labels[name] else plain(name) for name in sites]
    return texts.first_of(language, said, MOST_NAMES)


def _clause(matter: _Matter, language: str, *, of: int | None = None) -> SitesClause:
    """Write it, the first with how many sites there are."""
    key, n, who = f"sites.{matter.kind}", matter.n, str(matter.n)
    if of is not None:
        who = texts.say(language, "sites.of", n=n, of=of)
    bare = {name: fact for name, fact in matter.facts.items() if name not in DETAILS}
    return SitesClause(
        kind=matter.kind,
        sites=matter.sites,
        n=n,
        text=texts.say(language, key, who=who, n=n, **matter.facts),
        brief=texts.say(language, key, who=who, n=n, **bare),
    )
