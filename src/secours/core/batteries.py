"""How long does each thing live on without its power, after what it lived through?

A battery that was used regains at most what the time on the mains allows: all of its
autonomy in `recharge`. What is full is not remembered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from secours.core import dependencies
from secours.core.dependencies import Lasts
from secours.model import Channel, Component, Config, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What was left of a battery at a moment, and what has happened since."""

    left_s: float
    at: Instant
    draining: bool


def lasts(config: Config, batteries: Mapping[str, Battery]) -> Lasts:
    """Return what says how long each node lives on."""
    owners = _owners(config)

    def left_s(name: str, fails_s: float) -> float:
        autonomy_s = owners[name].autonomy_s or 0.0
        battery = batteries.get(name)
        if battery is None or fails_s == inf:
            return autonomy_s
        since_s = fails_s - battery.at.steady_s
        if battery.draining:
            return battery.left_s - max(0.0, since_s)
        return _charged(battery, owners[name], since_s)

    return left_s


def used(
    config: Config,
    batteries: Mapping[str, Battery],
    times: Mapping[str, float],
    at: Instant,
) -> dict[str, Battery]:
    """Return the batteries that are not full, by what has fallen until now."""
    nodes = dependencies.of(config)
    left_s = lasts(config, batteries)
    found = {}
    for name, owner in _owners(config).items():
        if not owner.autonomy_s:
            continue
        failed_s = nodes.power_fails(name, times)
        before = batteries.get(name)
        if failed_s <= at.steady_s:
            found[name] = _draining(name, before, failed_s, left_s, at)
        elif before is not None and before.draining:
            left = max(0.0, before.left_s - at.since(before.at))
            found[name] = Battery(left_s=left, at=at, draining=False)
        elif before and not _full(before, owner, at):
            found[name] = before
    return found


def _draining(
    name: str, before: Battery | None, failed_s: float, left_s: Lasts, at: Instant
) -> Battery:
    """Let it run down from when its power failed, the earliest that is known."""
    if before is not None and before.draining and before.at.steady_s <= failed_s:
        return before
    back = timedelta(seconds=at.steady_s - failed_s)
    return Battery(
        left_s=left_s(name, failed_s),
        at=Instant(at.utc - back, failed_s),
        draining=True,
    )


def _full(battery: Battery, owner: Channel | Component, at: Instant) -> bool:
    return _charged(battery, owner, at.since(battery.at)) >= (owner.autonomy_s or 0.0)


def _charged(battery: Battery, owner: Channel | Component, since_s: float) -> float:
    """Return what is in a battery that was charged for so long."""
    autonomy_s = owner.autonomy_s or 0.0
    recharge_s = autonomy_s if owner.recharge_s is None else owner.recharge_s
    if recharge_s <= 0:
        return autonomy_s
    gained_s = max(0.0, since_s) * autonomy_s / recharge_s
    return min(autonomy_s, battery.left_s + gained_s)


def _owners(config: Config) -> dict[str, Channel | Component]:
    owners: dict[str, Channel | Component] = dict(config.components)
    owners |= {dependencies.node(c.name): c for c in config.channels.values()}
    return owners
