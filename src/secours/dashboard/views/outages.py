"""A recorded outage on the plan, minute by minute: a drill at a desk."""

from collections.abc import Sequence

from markupsafe import Markup

from secours.core.replay import recording
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import replays, source
from secours.model.plan import Config
from secours.model.recording import Scenario, Turn
from secours.render.outages.ladder import shows
from secours.render.outages.page import (
    MINUTE,
    OUTAGE,
    OWN,
    PLAN,
    REFERENCE,
    OutagePage,
    outages_html,
)
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the outage that the address asks for, on our own or the reference plan."""
    own = source.plan()
    on_own = own is not None and address.get(PLAN) != REFERENCE
    config = own if own is not None and on_own else replays.reference()
    scenarios = replays.recorded()
    scenario = _scenario(address.get(OUTAGE), scenarios, config)
    page = OutagePage(
        scenario=scenario,
        recorded=[(each.name, each.title) for each in scenarios],
        tests=_tests(config, scenario),
        plan=OWN if on_own else REFERENCE,
        readable=own is not None,
        touched=recording.touched(config, scenario),
        minute=_minute(address.get(MINUTE), scenario),
        played=replays.played(config, scenario),
    )
    return outages_html(page, localizer)


def _scenario(
    asked: str | None, scenarios: Sequence[Scenario], config: Config
) -> Scenario:
    """Return the outage asked for; else one that the tests would see."""
    named = next((each for each in scenarios if each.name == asked), None)
    if named is not None:
        return named
    shown = (each for each in scenarios if shows(_tests(config, each)))
    return next(shown, scenarios[0])


def _minute(asked: str | None, scenario: Scenario) -> int:
    last = int(scenario.duration_s // 60)
    wanted = int(asked) if asked and asked.isdecimal() and len(asked) < 9 else 0
    return min(wanted, last)


def _tests(config: Config, scenario: Scenario) -> list[tuple[str, tuple[Turn, ...]]]:
    """Return each channel of the plan, in order, with its results."""
    first = Turn(0.0, scenario.otherwise)
    turns = recording.turns(config, scenario)
    return [
        (name, turns[name] if _from_start(turns[name]) else (first, *turns[name]))
        for name in config.planned
    ]


def _from_start(turns: Sequence[Turn]) -> bool:
    return bool(turns) and turns[0].at_s <= 0
