"""What is left in each battery, after what it lived through.

A battery regains at most what the time on the mains allows, all of its autonomy in
`recharge`. When its power failed people may say later: so it is counted each time from
the beginning, when it was full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from model.graph import channel, ears
from secours.model.plan import Config


@dataclass(frozen=True)
class Battery:
    """A kind of battery: how long it lasts and how long it takes to be full."""

    autonomy: float
    recharge: float

    def after(self, left: float, seconds: float) -> float:
        """Return what is in it after so long on the mains."""
        if self.recharge <= 0:
            return self.autonomy if seconds else left
        return min(self.autonomy, left + seconds * self.autonomy / self.recharge)


@dataclass(frozen=True)
class Turn:
    """When its power failed, or came back."""

    at: float
    draining: bool


Turns = tuple[Turn, ...]


def batteries(config: Config) -> dict[str, Battery]:
    """Return the battery of each node that has one."""
    owners = [(c.name, c) for c in config.components.values()]
    found = {name: (c.autonomy_s, c.recharge_s) for name, c in owners}
    for each in config.channels.values():
        found[channel(each.name)] = each.autonomy_s, each.recharge_s
    for device in config.devices.values():
        found |= {name: (device.autonomy_s, None) for name, _ in ears(device)}
    return {
        name: Battery(autonomy, autonomy if recharge is None else recharge)
        for name, (autonomy, recharge) in found.items()
        if autonomy
    }


def lasts(battery: Battery, turns: Turns, fails: float) -> float:
    """Return how long it lasts when its power fails at this moment.

    Below zero where it was failing already, and it has been empty for so long.
    """
    left = battery.autonomy
    until = [turn for turn in turns if turn.at <= fails]
    for turn, after in pairwise(until):
        seconds = after.at - turn.at
        left = max(0, left - seconds) if turn.draining else battery.after(left, seconds)
    if not until:
        return left
    seconds = fails - until[-1].at
    return left - seconds if until[-1].draining else battery.after(left, seconds)


def turned(
    config: Config, before: Mapping[str, Turns], fails: Mapping[str, float], now: float
) -> dict[str, Turns]:
    """Return the turns of each battery, as its power is now and was since it failed."""
    found = {}
    for name in batteries(config):
        turns = before.get(name, ())
        if fails[name] <= now:
            turns = tuple(turn for turn in turns if turn.at <= fails[name])
            if not turns or not turns[-1].draining:
                turns = (*turns, Turn(fails[name], draining=True))
        elif turns and turns[-1].draining:
            turns = (*turns, Turn(now, draining=False))
        found[name] = turns
    return found
