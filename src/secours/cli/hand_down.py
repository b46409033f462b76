"""Statements of the province to sites: sent with `--sites`, and how far they are."""

import argparse
from collections.abc import Iterator, Sequence

from secours import places, texts
from secours.cli import prose, requests
from secours.core.sites.orders_in_force import to_look_at
from secours.engine.published import current_sites, sites_file
from secours.engine.published.current import Look
from secours.engine.published.snapshot_file import Corrupt
from secours.model.requests import HandDownRequest, OrderRequest
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.membership import ALL
from secours.model.sites.views import SiteView
from secours.model.snapshot import Snapshot
from secours.render.wording.sites.names import names_of
from secours.render.wording.sites.province_word import handed_down

PENDING, SITES = "secours sites --pending", "secours sites"


def add_sites(parser: argparse.ArgumentParser) -> None:
    """Add `--sites`, for the Secours of a province."""
    parser.add_argument(
        "--sites",
        type=_names,
        metavar="A,B",
        help="hand it down to these sites of the province, or to all",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def say_at(sites: Sequence[str] | None, request: OrderRequest) -> int:
    """Send a statement to these sites, without any to our own engine."""
    return _hand_down(request, sites) if sites else requests.say(request)


def _hand_down(word: OrderRequest, sites: Sequence[str]) -> int:
    """Send a statement to sites, and print which ones."""
    answer = requests.sent(HandDownRequest(sites=tuple(sites), by=word.by, word=word))
    language, followed = answer["language"], _followed()
    names = map(names_of(followed, language).site, answer["sites"])
    facts = {"what": answer["words"], "sites": ", ".join(names), "command": PENDING}
    sentence = texts.say(language, "commands.hand-down.sites", **facts)
    if ALL in answer["sites"]:
        sentence = texts.say(language, "commands.hand-down.all", **facts)
    colon = texts.say(language, "colon")
    prose.write([f"{requests.noted(answer, language)}{colon} {sentence}"])
    if strangers := _strangers(answer["sites"], followed):
        facts = {"names": ", ".join(strangers), "command": SITES}
        prose.warn(texts.say(language, "commands.hand-down.strangers", **facts))
    return 0


def _strangers(names: Sequence[str], sites: Sequence[SiteView]) -> list[str]:
    """Return the names of no site followed here, if any site is."""
    known = {ALL, *(site.name for site in sites)}
    return [name for name in names if sites and name not in known]


def orders(shot: Snapshot, age_s: float) -> tuple[HandedDown, ...]:
    """Return the province's orders to sites that are to be looked at, if readable."""
    try:
        sent = current_sites.handed_down(Look(snapshot=shot, age_s=age_s))
    except (OSError, Corrupt):
        return ()
    return to_look_at(sent, shot.at.utc)


def lines(orders: Sequence[HandedDown], language: str) -> Iterator[str]:
    """Yield each order in one line: what, by whom, and its progress."""
    names = names_of(_followed() if orders else (), language)
    return (handed_down(order, names) for order in orders)


def _followed() -> tuple[SiteView, ...]:
    """Return the sites followed here; () if unreadable."""
    try:
        view, _ = sites_file.read(places.runtime_dir())
    except (OSError, Corrupt):
        return ()
    return view.sites
