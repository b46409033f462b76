"""Orders of the province to its sites, on the page of actions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.core.sites.addressed_sites import affected, subjects_of
from secours.core.sites.orders_in_force import in_force, take_back, to_look_at
from secours.languages import Text
from secours.model.nodes import plain_name
from secours.model.requests import (
    ExerciseRequest,
    HandDownRequest,
    MarkRequest,
    OrderRequest,
    UnmarkRequest,
)
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.membership import ALL
from secours.model.sites.views import SitesView, SiteView
from secours.model.statements import Declared
from secours.render import templates
from secours.render.escape import plain
from secours.render.pages import actions
from secours.render.province.site_text import LONGEST_NAME, name_of
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.names import names_of
from secours.render.wording.sites.province_word import how_far

SHOWN_FOR, MOST_FRESH = timedelta(hours=1), 20  # of orders taken in, or over
MOST_NAMES = 8


class NamedSites(NamedTuple):
    """Sites, their labels and those of their nodes, and the localizer."""

    view: SitesView | None
    names: Mapping[str, str]
    labels: Mapping[str, Text]  # of channels and components, by node
    localizer: Localizer


class SentRow(Struct, frozen=True, kw_only=True):
    """Order sent to sites, and the request that withdraws it."""

    key: str
    name: str
    html: Markup
    request: HandDownRequest | None


def known(view: SitesView | None, localizer: Localizer) -> NamedSites:
    """Return the sites by name; None is no view."""
    if view is None:
        return NamedSites(None, {}, {}, localizer)
    labels = names_of(view.sites, localizer.language).subjects
    return NamedSites(view, site_names(view, localizer), labels, localizer)


def site_names(view: SitesView, localizer: Localizer) -> dict[str, str]:
    """Return the label of each site that an order can go to, not our own."""
    names = {site.name: name_of(site, localizer) for site in _others(view)}
    return dict(sorted(names.items(), key=lambda each: each[1].casefold()))


def subjects(view: SitesView, localizer: Localizer) -> dict[str, str]:
    """Return the label of each node of the sites, the most common first."""
    counted: dict[str, int] = {}
    for site in _others(view):
        for name in subjects_of(site):
            counted[name] = counted.get(name, 0) + 1
    labels = names_of(view.sites, localizer.language).subjects
    ranked = sorted(counted, key=lambda name: (-counted[name], name))
    return {name: _called(name, labels, localizer) for name in ranked}


def _others(view: SitesView) -> list[SiteView]:
    """Return the sites to choose from."""
    return [site for site in view.sites if site.name != view.name]


def _called(name: str, labels: Mapping[str, Text], localizer: Localizer) -> str:
    bare = plain(plain_name(name), LONGEST_NAME)
    label = plain(localizer.in_language(labels.get(name, Text())), LONGEST_NAME)
    return f"{label} ({bare})" if label and label != bare else bare


def deeds(subject: str | None, localizer: Localizer) -> dict[str, actions.Deed]:
    """Return the statements of a province on a subject."""
    found = actions.deeds(subject, localizer)
    kinds = MarkRequest, ExerciseRequest
    return {name: asked for name, asked in found.items() if isinstance(asked, kinds)}


def will(request: HandDownRequest, sites: NamedSites) -> list[str]:
    """Return the effect of sending a statement, and the sites concerned."""
    word, to, localizer = request.word, request.sites, sites.localizer
    sentences = [
        actions.deed_words(word, localizer, _about(word, sites)),
        localizer.say(
            f"act.sent.{_manner(word)}",
            who=_whom(to, sites),
            author=localizer.site,
        ),
    ]
    if sites.view is not None and not _stops(word):
        sentences += _where(word, to, sites.view, sites)
    return sentences + actions.why(word, localizer)


def _where(
    word: OrderRequest, to: Sequence[str], view: SitesView, sites: NamedSites
) -> Iterator[str]:
    """Yield which sites have its subject, use it, lack it, or are not heard."""
    reached, localizer = affected(_others(view), to, _subjects(word)), sites.localizer
    of = len(reached.having) + len(reached.lacking)
    if of:
        yield localizer.say("act.sites.have", n=len(reached.having), of=of)
    named = {
        "use": reached.using,
        "lack": reached.lacking,
        "silent": reached.silent,
        "double": reached.doubled,
    }
    up = isinstance(word, MarkRequest) and word.says == Declared.UP
    if up or isinstance(word, UnmarkRequest):
        del named["use"]
    for key, names in named.items():
        if names:
            yield localizer.say(f"act.sites.{key}", names=_named(names, sites))


def _stops(word: OrderRequest) -> bool:
    return isinstance(word, ExerciseRequest) and word.action == "stop"


def _manner(word: OrderRequest) -> str:
    """Return the key of how a statement ranks with those of sites."""
    if isinstance(word, UnmarkRequest) or _stops(word):
        return "back"
    if isinstance(word, ExerciseRequest):
        return "exercise"
    return "distrust" if word.says == Declared.DISTRUSTED else "mark"


def _subjects(word: OrderRequest) -> tuple[str, ...]:
    return word.fails if isinstance(word, ExerciseRequest) else (word.subject,)


def _about(word: OrderRequest, sites: NamedSites) -> str:
    names = (_called(name, sites.labels, sites.localizer) for name in _subjects(word))
    return ", ".join(names)


def _whom(to: Sequence[str], sites: NamedSites) -> str:
    if ALL in to:
        return sites.localizer.say("act.to.everybody")
    return _named(to, sites)


def _named(names: Sequence[str], sites: NamedSites) -> str:
    called = [_site(name, sites.names) for name in names]
    return texts.first_of(sites.localizer.language, called, MOST_NAMES)


def _site(name: str, known: Mapping[str, str]) -> str:
    return known.get(name) or plain(name, LONGEST_NAME)


def in_short(asked: HandDownRequest, sites: NamedSites) -> str:
    """Return a request and its sites in a few words."""
    return f"{_in_short(asked.word, sites)} → {_whom(asked.sites, sites)}"


def _in_short(word: OrderRequest, sites: NamedSites) -> str:
    said = (_about(word, sites), actions.deed_label(word, sites.localizer))
    return " · ".join(filter(None, said))


def sent(orders: Sequence[HandedDown], sites: NamedSites) -> list[SentRow]:
    """Return the orders in force, waiting or refused, the newest first."""
    at = sites.localizer.snapshot.at.utc
    open_ = {order.number for order in to_look_at(orders, at)}
    held = {order.number: to for order, to in in_force(orders, at)}
    fresh = {o.number for o in orders[:MOST_FRESH] if at - o.issued.utc < SHOWN_FOR}
    shown = open_.union(held, fresh)
    return [_row(o, held.get(o.number, ()), sites) for o in orders if o.number in shown]


def _row(order: HandedDown, to: Sequence[str], sites: NamedSites) -> SentRow:
    name, word, number = _name(order, sites), take_back(order), order.number
    return SentRow(
        key=str(number),
        name=name,
        html=order_html(order, name, sites),
        request=HandDownRequest(sites=tuple(to), word=word, takes_back=number)
        if to and word
        else None,
    )


def pending(orders: Sequence[HandedDown], sites: NamedSites) -> list[Markup]:
    """Return the orders not taken in or refused, with those sites alone."""
    open_ = to_look_at(orders, sites.localizer.snapshot.at.utc)
    return [order_html(each, _name(each, sites), sites) for each in open_]


def _name(order: HandedDown, sites: NamedSites) -> str:
    """Name an order."""
    if order.asked is None:  # a plan, by an earlier version
        return plain(order.what, LONGEST_NAME)
    return _in_short(order.asked, sites)


def order_html(order: HandedDown, name: str, sites: NamedSites) -> Markup:
    """Draw an order: author, date, end, and progress."""
    localizer = sites.localizer
    distrust = getattr(order.asked, "says", None) == Declared.DISTRUSTED
    sentence = localizer.say(
        "act.held",
        by=plain(order.by, LONGEST_NAME),
        since=localizer.time(order.issued.utc),
        time=None if distrust else localizer.time(order.ends or order.until),
    )
    return templates.part(
        "actions.html",
        "sent",
        localizer.language,
        head=name,
        said=sentence,
        rows=how_far(order, localizer.language, lambda n: _site(n, sites.names)),
    )
