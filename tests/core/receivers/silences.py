"""Orders for silence in recorded outages: when they hold, and for whom."""

from collections.abc import Iterator
from functools import cache
from itertools import product

from core.receivers.played import PLANS, plan_of, scenario_of
from msgspec.structs import replace

from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import Audience, Listening, WhenCut
from secours.model.recording import Scenario
from secours.model.snapshot import Snapshot

RADIO = Text(translations={"fr": "radio CRISE-1"})
LISTEN = Listening(hour=None, minute=0, lasts_min=5, where=RADIO)
ORDERS = WhenCut(listen=LISTEN, meet=Text("à la mairie, à 8 h et à 20 h"))


def with_orders(config: Config) -> Config:
    """Return a plan with orders for each audience."""
    names = dict.fromkeys(line.audience for line in config.plan)
    audiences = {
        name: replace(config.audiences.get(name, Audience(name=name)), when_cut=ORDERS)
        for name in names
    }
    return replace(config, audiences=audiences)


@cache
def snapshots(plan: str, recording: str) -> tuple[tuple[int, Snapshot], ...]:
    """Return what is shown at each minute while somebody is silent, and after."""
    return tuple(_played(with_orders(plan_of(plan)), scenario_of(recording)))


def _played(config: Config, scenario: Scenario) -> Iterator[tuple[int, Snapshot]]:
    simulation = Simulation(config, scenario)
    minute, silent = -1, False
    for _, memory in simulation.play():
        at_m = int(simulation.second(memory.at) // 60) if memory.at else -1
        if memory.at and at_m > minute and (memory.silences or silent):
            minute, silent = at_m, bool(memory.silences)
            at = memory.at
            yield at_m, take(config, memory, at=at, boot_id="", started=at)


OUTAGES = (
    *("iberia-2025-04-28", "ahr-2021-07-14"),
    *("rogers-2022-07-08", "brussels-2016-03-22"),
)


@cache
def silences() -> tuple[tuple[str, ...], ...]:
    """Return each time in which orders hold: outage, plan, audience, from, where, back.

    Orders that move below the answers, or above them, have a row for each.
    """
    found = []
    for recording, plan in product(OUTAGES, PLANS):
        rows = dict[str, list[str]]()
        for minute, shot in snapshots(plan, recording):
            for view in shot.orders:
                who, where = view.audience, "above" if view.all_cut else "below"
                open_row = rows.get(who)
                if open_row and (not view.in_force or open_row[4] != where):
                    open_row[5] = str(minute)
                    del rows[who]
                if view.in_force and who not in rows:
                    row = [recording, plan, who, str(minute), where, "—"]
                    rows[who] = row
                    found.append(row)
        if all(row[:2] != [recording, plan] for row in found):
            found.append([recording, plan, "none", "", "", ""])
    return tuple(map(tuple, found))
