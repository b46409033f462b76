"""Sites for tests: ours, and others as a reader knows them."""

from typing import Any

from msgspec.structs import replace
from plans import fold, moment, plan, result, shot, tick

from secours.core.events import Event
from secours.core.sites.own_view import own_view
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Path
from secours.model.sections.line import Line
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteState, SiteView
from secours.model.snapshot import Snapshot

HUB = ("nats://127.0.0.1:4222",)


def town(
    *parts: Channel | Component | Line | Path, name: str = "dison", **options: Any
) -> Config:
    """Put the plan of a site together that takes part among others."""
    return replace(plan(*parts), sites=Sites(name=name, hub=HUB, **options))


def after(
    config: Config, *states: str, second: float = 0.0, until: float | None = None
) -> Snapshot:
    """Return the snapshot after each `name letter`, twice so that it is confirmed.

    The tests are of one and two seconds after `second`; it is taken at `until`.
    """
    events = [
        result(state[:-2], state[-1], second + again)
        for again in (1.0, 2.0)
        for state in states
    ]
    return taken(config, *events, tick(until or second + 2.0))


def taken(config: Config, *events: Event) -> Snapshot:
    """Return the snapshot after these events."""
    return shot(config, fold(config, *events))


def neighbour(
    name: str, config: Config, now: Snapshot, *, heard: float | None = None
) -> SiteView:
    """Return another site as it says that it is, and when that was heard.

    Seconds are of our test, whose clock both happen to share.
    """
    view = own_view(config, now)
    at = now.at if heard is None else moment(heard)
    state = view.known or SiteState.PRIMARY
    return replace(view, name=name, state=state, since=at, heard=at)
