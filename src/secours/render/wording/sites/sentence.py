"""How all sites are, in one sentence: who cannot alert, and what several have lost."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from secours import texts
from secours.core.graph.dependencies import POWER
from secours.model.nodes import kind_of, name_in
from secours.model.plan import Purpose
from secours.model.sites.views import CommonCause, SiteState, SitesView, SiteView
from secours.outside_text import plain

MOST_CAUSES = 2  # in the sentence
MOST_NAMES = 3  # of sites


class SitesClause(Struct, frozen=True, kw_only=True):
    """One part of the sentence, and of which sites it is."""

    kind: str  # "no-alert", "lost", "own-link" …: the ending of its key in the texts
    sites: tuple[str, ...]  # by name
    n: int
    text: str
    brief: str  # without names of sites and of causes


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
    """Return what there is to say of the sites, the worst first; none if all is well.

    The first says of how many sites it is.
    """
    writer = _Writer(view, language)
    found: list[SitesClause] = []
    for kind, sites, facts in _said(view, language):
        if sites:
            found.append(writer.clause(kind, sites, facts, first=not found))
    return tuple(found)


def names(sites: Iterable[SiteView]) -> tuple[str, ...]:
    """Return the names of sites, each once: two may say that they are the same."""
    return tuple(dict.fromkeys(site.name for site in sites))


def component_label(name: str, view: SitesView, language: str) -> str:
    """Return how the first site that has a word for it calls a shared component."""
    labels = (p.label for site in view.sites for p in site.parts if p.name == name)
    said = (label.in_(language) for label in labels)
    return plain(next(filter(None, said), "") or name_in(name))


def cause_names(cause: CommonCause, language: str) -> str:
    """Name what explains failures, each component as plans write it."""
    sets = (" + ".join(names) for names in (cause.components, *cause.also))
    return texts.say(language, "province.cause.either").join(map(plain, sets))


def site_label(site: SiteView, language: str) -> str:
    """Return what people call a site."""
    return plain(site.label.in_(language) or site.name)


Facts = dict[str, str]


def _said(
    view: SitesView, language: str
) -> Iterator[tuple[str, tuple[str, ...], Facts]]:
    """Yield each thing that may be said, with the names of the sites it holds for."""
    sites = view.sites
    yield "no-alert", names(s for s in sites if lacks(s, Purpose.ALERT)), {}
    yield "no-coordinate", names(filter(_only_alerts, sites)), {}
    yield "nothing-left", names(filter(_lacks_a_line, sites)), {}
    for cause in view.causes[:MOST_CAUSES]:
        yield "lost", *_lost(cause, view, language)
    for state in (SiteState.OWN_LINK, SiteState.NOT_HEARD, SiteState.DOUBLE):
        found = names(site for site in sites if site.state is state)
        yield state, found, {"names": _named(found, view, language)}
    yield "fallback", names(s for s in sites if s.state is SiteState.FALLBACK), {}


def lacks(site: SiteView, purpose: Purpose) -> bool:
    """Tell whether a site that is heard has no channel for a line of this purpose."""
    return site.is_heard and any(
        line.use is None and line.purpose is purpose for line in site.lines
    )


def _only_alerts(site: SiteView) -> bool:
    return lacks(site, Purpose.COORDINATE) and not lacks(site, Purpose.ALERT)


def _lacks_a_line(site: SiteView) -> bool:
    """Tell whether a line is without a channel, and the site shares not which."""
    known = any(lacks(site, purpose) for purpose in Purpose)
    return site.state is SiteState.NOTHING_LEFT and not known


def _lost(
    cause: CommonCause, view: SitesView, language: str
) -> tuple[tuple[str, ...], Facts]:
    """Say what is lost: itself, or what most have lost with the power."""
    sets, sites = [cause.components, *cause.also], cause.sites
    if all(kind_of(name) == POWER for name in cause.components):
        what = next((name for name in cause.lost if ":" in name), "")
        without = names(site for site in view.sites if _has_lost(site, what))
        if fell := tuple(name for name in cause.sites if name in without):
            sets, sites = [(what,)], fell
    either = texts.say(language, "province.cause.either")
    label = either.join(
        " + ".join(component_label(name, view, language) for name in parts)
        for parts in sets
    )
    return sites, {"what": label, "cause": cause_names(cause, language)}


def _has_lost(site: SiteView, component: str) -> bool:
    return any(part.name == component and part.fails for part in site.parts)


def _named(sites: Sequence[str], view: SitesView, language: str) -> str:
    labels = {site.name: site_label(site, language) for site in reversed(view.sites)}
    said = [labels[name] for name in sites[:MOST_NAMES]]
    more = len(sites) - MOST_NAMES
    return ", ".join([*said, *([f"+{more}"] if more > 0 else [])])


class _Writer(Struct, frozen=True):
    """Writes clauses in one language."""

    view: SitesView
    language: str

    def clause(
        self, kind: str, sites: tuple[str, ...], facts: Facts, *, first: bool
    ) -> SitesClause:
        """Write one, with how many sites there are if it is the first."""
        n, key = len(sites), f"sites.{kind}"
        who = str(n)
        if first:
            of = len(names(self.view.sites))
            who = texts.say(self.language, "sites.of", n=n, of=of)
        bare = {name: fact for name, fact in facts.items() if name == "what"}
        return SitesClause(
            kind=kind,
            sites=sites,
            n=n,
            text=texts.say(self.language, key, who=who, n=n, **facts),
            brief=texts.say(self.language, key, who=who, n=n, **bare),
        )
