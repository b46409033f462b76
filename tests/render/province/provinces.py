"""A province of as many sites as wanted, in each situation that its wall knows."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from render.snapshots import snapshot

from secours.languages import Text
from secours.model.observed import Instant, Reason
from secours.model.sections.line import Purpose, Tier
from secours.model.sites.views import (
    CommonCause,
    HubLost,
    SharedPart,
    SiteLine,
    SiteState,
    SitesView,
    SiteView,
)
from secours.model.snapshot import Hub, Link, Snapshot, State

TOWNS = (
    *("Verviers", "Dison", "Liège", "Spa", "Eupen", "Huy", "Seraing", "Herstal"),
    *("Saint-Georges-sur-Meuse", "Stavelot", "Malmedy", "Visé", "Ans", "Flémalle"),
    *("Esneux", "Theux", "Pepinster", "Limbourg", "Jalhay", "Waimes", "Amblève"),
)
REGION = "Verviers"
LONG = "Centre hospitalier universitaire Notre-Dame des Bruyères, Chênée"
STATES = (
    SiteState.NOTHING_LEFT,
    SiteState.FALLBACK,
    SiteState.OWN_LINK,
    SiteState.DOUBLE,
)
POWER, MOBILE = f"power:grid, {REGION}", "carrier:mobile-a"


@dataclass(frozen=True, kw_only=True)
class Province:
    """What the screen of a province shows: its own snapshot, and all sites."""

    shown: Snapshot
    view: SitesView


def now() -> Instant:
    return snapshot().at


def before(age_s: float) -> Instant:
    at = now()
    return Instant(at.utc, at.steady_s - age_s)


def line(state: SiteState, purpose: Purpose = Purpose.ALERT) -> SiteLine:
    use = {SiteState.PRIMARY: "sms", SiteState.FALLBACK: "calls"}.get(state)
    labels = {"sms": "SMS d\u2019astreinte", "calls": "Appels"}
    return SiteLine(
        purpose=purpose,
        audience="management",
        use=use,
        label=Text(labels.get(use or "", "")),
        tier=Tier.PRIMARY if use == "sms" else Tier.ALTERNATE,
        rank=1 if use == "sms" else 2,
        state=State.AVAILABLE if use else State.UNKNOWN,
        verified=use is not None,
    )


def site(name: str, number: int = 0, state: SiteState = SiteState.PRIMARY) -> SiteView:
    drawn = random.Random(number)
    return SiteView(
        name=name,
        epoch=f"epoch-{number}",
        at=(50.5 + drawn.gauss(0, 0.15), 5.7 + drawn.gauss(0, 0.25)),
        region=REGION if number % 3 == 0 else "Liège",
        state=state,
        heard=before(4.0),
        own_link=Link.DOWN if state is SiteState.OWN_LINK else Link.OK,
        lines=(line(state), line(state, Purpose.COORDINATE)),
        parts=(SharedPart(name=MOBILE, label=Text("Mobile A")),),
    )


def names(count: int) -> list[str]:
    again = [""] + [f" {n}" for n in range(2, 2 + count // len(TOWNS))]
    return [f"{town}{more}" for more in again for town in TOWNS][:count]


def sites(count: int) -> list[SiteView]:
    return [site(name, number) for number, name in enumerate(names(count))]


def silent(one: SiteView, known: SiteState, age_s: float) -> SiteView:
    return replace(one, state=SiteState.NOT_HEARD, known=known, heard=before(age_s))


def province(views: Sequence[SiteView], causes: Sequence[CommonCause] = ()) -> Province:
    ordered = tuple(sorted(views, key=lambda view: view.name))
    shown = snapshot()
    view = SitesView(
        at=now(),
        boot_id=shown.boot_id,
        name="Province",
        province=True,
        sites=ordered,
        causes=tuple(causes),
    )
    return Province(shown=shown, view=view)


def calm(count: int) -> Province:
    return province(sites(count))


def three_cannot(count: int) -> Province:
    found = sites(count)
    for place in (0, 1, 2):
        found[place] = site(found[place].name, place, SiteState.NOTHING_LEFT)
    return province(found)


def able_but_for(lacks: Purpose, name: str = "Spa", number: int = 1) -> SiteView:
    """Return a site that has a channel for all but a purpose."""
    left = SiteState.NOTHING_LEFT
    lines = [line(left if p is lacks else SiteState.PRIMARY, p) for p in Purpose]
    return replace(site(name, number, left), lines=tuple(lines))


def partly_able(count: int) -> Province:
    """Let most sites lack a channel for one purpose, some of them for all."""
    found = sites(count)
    for place, one in enumerate(found):
        match place % 4:
            case 0 | 1 as which:
                found[place] = able_but_for([*Purpose][which], one.name, place)
            case 2:
                found[place] = site(one.name, place, SiteState.NOTHING_LEFT)
    known = SiteState.NOTHING_LEFT
    found[-2:] = [silent(one, known, 176.0) for one in found[-2:]]
    return province(found)


def every_word(count: int) -> Province:
    """Let each thing that may be said of a site be true of one, while there are any."""
    found = sites(count)
    first = line(SiteState.PRIMARY)
    doubtful = replace(first, state=State.UNKNOWN, verified=False)
    said = [
        *(able_but_for(purpose) for purpose in Purpose),
        replace(site("", 0, SiteState.FALLBACK), lines=(doubtful, first)),
        silent(site(""), SiteState.NOTHING_LEFT, 176.0),
        *(site("", 0, state) for state in STATES),
    ]
    for place, one in enumerate(said[: count - 1]):
        found[place] = replace(one, name=found[place].name, at=found[place].at)
    return province(found)


def dark_region(count: int) -> Province:
    """Let a region lose its power, and what needs it; most of it goes on otherwise."""
    found = sites(count)
    states = (SiteState.FALLBACK, SiteState.OWN_LINK, SiteState.NOTHING_LEFT)
    for place, one in enumerate(found):
        if one.region == REGION:
            found[place] = site(one.name, place, states[place // 3 % 3])
    dark = tuple(each.name for each in found if each.region == REGION)
    causes = (
        CommonCause(
            components=(POWER,), region=REGION, sites=dark, lost={MOBILE: len(dark)}
        ),
        CommonCause(components=(MOBILE,), also=(("provider:a",),), sites=dark[1:]),
    )
    return province(found, causes)


def half_heard(count: int) -> Province:
    found = [
        silent(one, (SiteState.FALLBACK, SiteState.PRIMARY)[n % 4 // 2], 40.0 * n + 31)
        if n % 2
        else one
        for n, one in enumerate(sites(count))
    ]
    return province(found)


def own_link_down(count: int) -> Province:
    told = hub_lost(count)
    assert told.view.hub_lost is not None
    lost = replace(told.view.hub_lost, own_link=Link.DOWN)
    view = replace(told.view, hub_lost=lost)
    return Province(shown=replace(told.shown, own_link=Link.DOWN), view=view)


def hub_lost(count: int) -> Province:
    """Let the way to the hub be lost: what was known of each site is what is left."""
    found = [silent(one, one.state, 190.0) for one in dark_region(count).view.sites]
    told = province(found)
    url, reason = "tls://hub.example.org:4222", Reason.REFUSED
    hub = Hub(url=url, since=before(200.0), reason=reason)
    return Province(
        shown=replace(told.shown, hub=hub),
        view=replace(told.view, hub_lost=HubLost(since=hub.since, reason=hub.reason)),
    )


def double(count: int) -> Province:
    found = sites(count)
    known = (SiteState.PRIMARY, SiteState.NOTHING_LEFT)
    twice = [
        replace(found[0], epoch=epoch, state=SiteState.DOUBLE, known=each)
        for epoch, each in zip("ab", known, strict=True)
    ]
    return province([*twice, *found[1:]])


def one_long_name(count: int) -> Province:
    found = three_cannot(count).view.sites
    return province([replace(found[0], label=Text(LONG)), *found[1:]])


def without_places(count: int) -> Province:
    """Let every second site say nothing of where it is."""
    found = [
        replace(one, at=None) if n % 2 else one for n, one in enumerate(sites(count))
    ]
    return province(found)


def nowhere(count: int) -> Province:
    found = [replace(one, at=None) for one in sites(count)]
    return province(found)


def replace_shown(told: Province, shown: Snapshot) -> Province:
    return Province(shown=shown, view=told.view)


SITUATIONS: Mapping[str, Callable[[int], Province]] = {
    "calm": calm,
    "three cannot": three_cannot,
    "partly able": partly_able,
    "every word": every_word,
    "dark region": dark_region,
    "half heard": half_heard,
    "own link down": own_link_down,
    "hub lost": hub_lost,
    "double": double,
    "one long name": one_long_name,
    "half without places": without_places,
    "without places": nowhere,
}
COUNTS = (3, 20, 100, 1000)
