"""What is left in each battery, after what it lived through.

A battery regains at most what the time on the mains allows, all of its autonomy in
`recharge`. When its power failed people may say later: so it is counted each time from
the beginning, when it was full.

Where something measures a battery, it is asked before the plan: while the power is out
the latest that it said holds, if that was not old when the power went. Grown old, it
holds only where it promises less than the plan; and nobody believes in more than twice
the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from model.graph import channel, ears
from secours.model.plan import Config

A_MOMENT = 1e-3  # that an empty one lasts


@dataclass(frozen=True)
class Battery:
    """A kind of battery: how long it lasts and how long it takes to be full."""

    autonomy: float
    recharge: float
    meter: str | None = None  # the probe that measures it

    def after(self, left: float, seconds: float) -> float:
        """Return what is in it after so long on the mains."""
        if self.recharge <= 0:
            return self.autonomy if seconds else left
        return min(self.autonomy, left + seconds * self.autonomy / self.recharge)


@dataclass(frozen=True)
class Reading:
    """What a probe said of how long a battery lasts, and until when that is new."""

    at: float
    left: float
    new_until: float


@dataclass(frozen=True)
class Turn:
    """When its power failed, or came back, and what was read of it since."""

    at: float
    draining: bool
    reading: Reading | None = None

    def empty_at(self, battery: Battery, left: float, now: float) -> float:
        """Return when it is empty, by what is known now."""
        planned = self.at + left
        if battery.meter is None or self.reading is None:
            return planned
        read = self.reading.at + self.reading.left
        read = max(read, self.reading.at + A_MOMENT, self.at + A_MOMENT)
        read = min(read, self.at + 2 * battery.autonomy)
        return read if now <= self.reading.new_until else min(read, planned)


Turns = tuple[Turn, ...]


def batteries(config: Config) -> dict[str, Battery]:
    """Return the battery of each node that has one."""
    owners = [(c.name, c) for c in config.components.values()]
    found = {name: (c.autonomy_s, c.recharge_s, c.measured_by) for name, c in owners}
    for each in config.channels.values():
        found[channel(each.name)] = each.autonomy_s, each.recharge_s, None
    for device in config.devices.values():
        found |= {name: (device.autonomy_s, None, None) for name, _ in ears(device)}
    return {
        name: Battery(autonomy, autonomy if recharge is None else recharge, meter)
        for name, (autonomy, recharge, meter) in found.items()
        if autonomy
    }


def lasts(battery: Battery, turns: Turns, fails: float, now: float) -> float:
    """Return how long it lasts when its power fails at this moment, as known now.

    Below zero where it was failing already, and it has been empty for so long.
    """
    left = battery.autonomy
    until = [turn for turn in turns if turn.at <= fails]
    for turn, after in pairwise(until):
        left = max(0, _left(battery, turn, left, after.at, after.at))
    return _left(battery, until[-1], left, fails, now) if until else left


def _left(battery: Battery, turn: Turn, left: float, at: float, now: float) -> float:
    """Return what is in it at a moment, by what was in it when its power turned."""
    if turn.draining:
        return turn.empty_at(battery, left, now) - at
    return battery.after(left, at - turn.at)


def turned(
    config: Config,
    before: Mapping[str, Turns],
    fails: Mapping[str, float],
    readings: Mapping[str, Reading],
    now: float,
) -> dict[str, Turns]:
    """Return the turns of each battery, as its power is now and was since it failed.

    `readings` are the newest, by the probe that read them.
    """
    found = {}
    for name, battery in batteries(config).items():
        turns, reading = before.get(name, ()), readings.get(battery.meter or "")
        if fails[name] <= now:
            turns = tuple(turn for turn in turns if turn.at <= fails[name])
            if not turns or not turns[-1].draining:
                turns = (*turns, Turn(fails[name], draining=True))
            turns = _read(turns, reading)
        elif turns and turns[-1].draining:
            turns = (*_read(turns, reading), Turn(now, draining=False))
        found[name] = turns
    return found


def _read(turns: Turns, reading: Reading | None) -> Turns:
    """Note what was read while the power is out, or was still new when it went."""
    if reading is None or reading.new_until < turns[-1].at:
        return turns
    return (*turns[:-1], replace(turns[-1], reading=reading))
