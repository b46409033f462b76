"""Every page for a desk in every state, as the server draws it first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import pytest
from dashboard.desk import ago, write_history, write_plan
from dashboard.provincial import publish, with_hub
from dashboard.served import live_in, stamped
from markupsafe import Markup
from msgspec.structs import replace
from render.province.provinces import SITUATIONS
from render.sent_notices import informed

from secours import places
from secours.core.replay.whatif import whatif
from secours.dashboard import pages, view
from secours.dashboard.access import visit
from secours.dashboard.access.policy import LOCAL, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import source
from secours.dashboard.feed import Fed
from secours.engine.published import snapshot_file
from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.snapshot import ChannelView, Link, Snapshot, State

HOUR_S = 3600.0
GRID = "power:grid"
LASTED_S = {"blackout": 4 * HOUR_S}  # others began a while ago
BEGAN_S = 600.0
MAX_AGE_S = 30.0

OTHERS = {
    "blackout": "dark region",
    "own link down": "own link down",
    "read-only": "double",
    "primary down": "half heard",
}
"""What the other sites are in, in such a state."""

ADDRESSES = {
    "now": "now",
    "sites": "sites",
    "site": "site?name=Dison",
    "channels": "channels",
    "channel": "channel?name=sms",
    "why": "why",
    "why of": "why?name=sms",
    "plan": "plan",
    "plan what if": f"plan?fails={GRID}",
    "outages": "outages",
    "journal": "journal",
    "shift": "shift",
    "incidents": "incidents",
    "act": "act",
}
STATES = (
    "calm",
    "primary down",
    "nothing left",
    "blackout",
    "own link down",
    "no history",
    "no engine",
    "read-only",
    "stranger",
)


def address_of(path: str) -> Address:
    """Return an address as a browser would ask for it."""
    name, _, query = path.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return Address(name, tuple((name, value) for name, _, value in pairs))


def visit_in(state: str, theme: str = "dark") -> Visit:
    """Return who looks in such a state."""
    if state == "stranger":
        return Visit(looks=True, sees_wall=True, theme=theme)
    here = Viewer(kind=LOCAL)
    acts = state != "read-only"
    return Visit(viewer=here, acts=acts, looks=True, sees_wall=True, theme=theme)


def failing(config: Config, state: str) -> list[str]:
    """Return what fails in such a state."""
    first = config.plan[0]
    names = [name for _, tier in first.tiers for name in tier]
    return {
        "primary down": [channel_node(names[0])],
        "read-only": [channel_node(names[0])],
        "stranger": [channel_node(names[0])],
        "nothing left": [channel_node(name) for name in names],
        "blackout": [GRID],
    }.get(state, [])


def snapshot_in(config: Config, state: str) -> Snapshot:
    """Return what an engine would publish in such a state."""
    lasted_s = LASTED_S.get(state, BEGAN_S)
    fails = failing(config, state)
    followed = whatif(config, fails, start=ago(lasted_s), until_s=lasted_s)
    shown = stamped(followed.steps[-1].snapshot, max_age_s=MAX_AGE_S)
    shown = replace(
        shown,
        plan_version=config.version,
        targets=informed().targets,
        notices=informed().notices,
    )
    if GRID in fails:
        shown = without_mains(shown)
    if state == "own link down":
        lost = tuple(map(_unseen, shown.channels))
        return replace(shown, own_link=Link.DOWN, channels=lost)
    return shown


def without_mains(shown: Snapshot) -> Snapshot:
    """Say that the mains are known to be down, as what-if does not."""
    lines = (replace(line, on_battery=True) for line in shown.recommendations)
    return replace(shown, known_down=(GRID,), recommendations=tuple(lines))


def _unseen(each: ChannelView) -> ChannelView:
    held = replace(each.standing, state=State.UNKNOWN, reason=Reason.OWN_LINK)
    return replace(each, standing=held)


@contextmanager
def rooms_in(folder: Path, state: str) -> Iterator[None]:
    """Fill the folders that pages read, as they are in such a state."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        live_in(folder, patch)
        write_plan(folder)
        if state != "no history":
            write_history()
        config = source.plan()
        assert config
        if state != "no engine":
            shown = snapshot_in(config, state)
            snapshot_file.write(with_hub(shown), places.runtime_dir())
            told = SITUATIONS[OTHERS.get(state, "calm")](20)
            publish(told, places.runtime_dir(), province=False)
        yield


def fed_in(state: str, path: str, language: str, theme: str = "dark") -> Fed | None:
    """Return what a page is fed in such a state; None where it may not be opened."""
    address, came = (
        address_of(f"{path}{'&' if '?' in path else '?'}lang={language}"),
        (visit_in(state, theme)),
    )
    shown = pages.VIEWS[address.page]
    return view.fed(shown, address, came) if view.may_open(shown, came) else None


def framed(fed: Fed) -> Markup:
    """Put what a page says where the server does."""
    light = " s-light" if fed["light"] else ""
    inside = Markup('<div class="secours-root">{}</div>').format(fed["html"])
    return Markup('<main id="secours-first" class="s-desk{}">{}</main>').format(
        light, inside
    )


def drawn_in(
    folder: Path, state: str, languages: tuple[str, ...], theme: str = "dark"
) -> dict[str, Markup]:
    """Draw each page that can be opened in such a state, and the cover where it is."""
    visit.rules.cache_clear()
    found: dict[str, Markup] = {}
    with rooms_in(folder, state):
        for language in languages:
            for name, path in ADDRESSES.items():
                fed = fed_in(state, path, language, theme)
                if fed and fed["html"]:
                    found[f"{name} | {state} | {language}"] = framed(fed)
    return found
