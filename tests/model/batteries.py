"""What is left in each battery, after what it lived through.

DESIGN, dependencies; issue 10, 7: a battery regains at most what the time on the mains
allows, all of its autonomy in `recharge`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from model.graph import channel
from secours.model import Config


@dataclass(frozen=True)
class Battery:
    """A kind of battery: how long it lasts and how long it takes to be full."""

    autonomy: float
    recharge: float

    def after(self, left: float, seconds: float) -> float:
        """Return what is in it after so long on the mains."""
        if self.recharge <= 0:
            return self.autonomy
        gained = max(0.0, seconds) * self.autonomy / self.recharge
        return min(self.autonomy, left + gained)


@dataclass(frozen=True)
class Level:
    """What was left in seconds at a moment, and whether it has run down since."""

    left: float
    at: float
    draining: bool


def batteries(config: Config) -> dict[str, Battery]:
    """Return the battery of each node that has one."""
    owners = [(c.name, c) for c in config.components.values()]
    found = {name: (c.autonomy_s, c.recharge_s) for name, c in owners}
    for each in config.channels.values():
        found[channel(each.name)] = each.autonomy_s, each.recharge_s
    return {
        name: Battery(autonomy, autonomy if recharge is None else recharge)
        for name, (autonomy, recharge) in found.items()
        if autonomy
    }


def lasts(battery: Battery, level: Level | None, fails: float) -> float:
    """Return how long it lasts when its power fails at this moment."""
    if level is None:
        return battery.autonomy
    if level.draining:
        return level.left - max(0.0, fails - level.at)
    return battery.after(level.left, fails - level.at)


def levels(
    config: Config, before: Mapping[str, Level], fails: Mapping[str, float], now: float
) -> dict[str, Level]:
    """Return the level of each battery that may not be full, as its power is now."""
    found = {}
    for name, battery in batteries(config).items():
        level = before.get(name)
        if fails[name] <= now:
            if level is None or not level.draining or fails[name] < level.at:
                left = lasts(battery, level, fails[name])
                level = Level(left, fails[name], draining=True)
        elif level is not None and level.draining:
            left = max(0.0, level.left - (now - level.at))
            level = Level(left, now, draining=False)
        if level is not None:
            found[name] = level
    return found
