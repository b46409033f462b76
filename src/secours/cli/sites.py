"""Say how all sites are that this one follows, and what several have lost together.

Of a site that is not heard its last known state is named, and nothing is promised.
With --reach: over which channel one site reaches each other one, the first that works
at both ends. With --pending, in the Secours of the province: what it has said to sites
(`mark … --sites`, `exercise … --sites`), and what each has made of it. A word waits
until the hub is reached, and at the hub until the site is, for 30 days at most.

Exit code: 0 every site on its primary channels, 1 a fallback somewhere, or a site that
is not heard, whose own link is down or that is there twice, 2 a site that has no
channel for a line of its plan, 3 no fresh picture, or the hub is not reached and no
site has just said that it has no channel. With --site it is of that one.
"""

import argparse
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from secours import places, texts
from secours.cli import arguments, printing, prose, published, sites_text
from secours.cli.refusal import Refused, no_such
from secours.core.sites.all_sites import aged, is_fresh
from secours.core.sites.life import HEARD_S
from secours.core.sites.reach import SiteReach, reach_from, reach_table
from secours.engine.published import (
    current,
    current_sites,
    handed_down_file,
    sites_file,
    snapshot_file,
)
from secours.engine.published.current import Look
from secours.message import Message, message
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.membership import ALL
from secours.model.sites.views import SitesView
from secours.model.snapshot import Snapshot
from secours.render.answers.notes import hub_now
from secours.render.answers.sites.answer import answer, exit_code
from secours.render.answers.values import finite
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites import opinion
from secours.render.wording.sites.names import names_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sites`."""
    parser.add_argument("--site", metavar="SITE", help="one site, with all it said")
    parser.add_argument(
        "--reach",
        nargs="?",
        const="",
        metavar="SITE",
        help="over which channel this site reaches each other one (default: ours;"
        f" {ALL}: each of them)",
    )
    parser.add_argument(
        "--pending",
        action="store_true",
        help="what the province has said to sites, and which have taken it",
    )
    arguments.add_answer(parser, "text", "json", "nagios", "prometheus", config=True)


def run(args: argparse.Namespace) -> int:
    """Print how all sites are and return the exit code."""
    look = published.look(args.config or places.plan_file())
    own = look.known or current.of_nothing()
    language = arguments.language_of(args, own.site.language)
    view, age_s = _published(look)
    hub = hub_now(own, look.age_s)
    if args.site is not None:
        _check(args.site, view)
    reach = None if args.reach is None else tuple(_reach(args.reach, view, age_s))
    orders = _sent(view) if args.pending else None
    if said := _doubt(own, age_s, language):
        prose.warn(said)
    chosen = tuple(each for each in view.sites if args.site in (None, each.name))
    code = exit_code(replace(view, sites=chosen), age_s, hub)
    if args.format == "prometheus":
        printing.lines(_metrics(replace(view, sites=chosen), age_s, look))
        return code
    answered = answer(
        view, age_s, language, hub=hub, site=args.site, reach=reach, orders=orders
    )
    match args.format:
        case "json":
            printing.as_json(answered)
        case "nagios":
            printing.lines([sites_text.in_one_line(answered, language, code)])
        case _:
            names = names_of(view.sites, language)
            prose.write(sites_text.sites(answered, names, orders, own.site.timezone))
    return code


def _metrics(view: SitesView, age_s: float, look: Look) -> Iterator[str]:
    from secours.render.export import sites as exposition
    from secours.render.export.families import prometheus_text

    families = [*exposition.sites(view, age_s)]
    if look.snapshot is not None:
        families += exposition.hub(look.snapshot, look.age_s)
    return prometheus_text(families)


def _doubt(own: Snapshot, age_s: float, language: str) -> str:
    """Return why this is no present picture; "" where it is."""
    if not is_fresh(age_s):
        return texts.in_words(language, _why_stale(age_s))
    return opinion.unheard(Localizer(own, language))


def _published(seen: Look) -> tuple[SitesView, float]:
    """Return the engine's view of all sites, and its age."""
    if current_sites.is_alone(seen):
        raise Refused(message("commands.sites.none"))
    return published.read(sites_file.read, message("commands.sites.none"))


def _sent(view: SitesView) -> tuple[HandedDown, ...]:
    """Return the orders."""
    if not view.province:
        raise Refused(message("commands.hand-down.no-province"))
    try:
        return handed_down_file.read(places.runtime_dir())
    except snapshot_file.Corrupt as corrupt:
        raise Refused(corrupt.message) from None


def _check(name: str, view: SitesView) -> None:
    """Refuse unless there is a site of this name."""
    known = dict.fromkeys(site.name for site in view.sites)
    if name not in known:
        raise Refused(no_such("commands.no-such.site", name, known))


def _reach(name: str, view: SitesView, age_s: float) -> Iterable[SiteReach]:
    """Return the channels between sites, from one or from all."""
    sites = aged(view, age_s).sites
    if name == ALL:
        return reach_table(sites)
    start = name or view.name
    _check(start, view)
    here = next(site for site in sites if site.name == start)
    return reach_from(here, sites)


def _why_stale(age_s: float) -> Message:
    if finite(age_s) is None:
        return message("commands.snapshot.another-boot")
    limit = f"{HEARD_S:.0f}"
    return message("commands.sites.stale", age=f"{age_s:.0f}", limit=limit)
