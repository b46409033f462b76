"""Remaining autonomy of each node after its past discharges.

A used battery regains at most what its time on the mains allows: the whole autonomy
in `recharge`. People may date a power failure late, so each switch between draining
and charging is kept that long, and the later ones are recomputed from there.

Where a probe measures a battery, its newest reading that was fresh when the power
failed, or came since, says when it ends. Once that is stale, the earlier of it and the
declared autonomy counts: missing readings add no time, as the reader of a UPS may lose
power with it.
"""

from collections.abc import Mapping
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from secours.core.graph import dependencies, devices
from secours.core.graph.dependencies import MOST_MEASURED, POWER, Lasts
from secours.core.graph.derived import derived
from secours.core.probing.health import Health, Reading
from secours.core.statements import steady_clock
from secours.model.observed import Facts, Instant, Reason
from secours.model.plan import Config
from secours.model.sections.channel import Component, Owner
from secours.model.snapshot import Standing, State

LAST_MINUTES_S = 900.0  # before its autonomy ends a channel ranks as degraded
ROUNDED_S = 1e-3  # by which the beginning of these may be rounded
A_MOMENT_S = 1e-3  # time left of a battery that is read as empty
REDATED_S = 7 * 86400.0  # how far back people may date a failure
TURNS_KEPT = 100  # of one battery: mains may come and go all day


class Battery(Struct, frozen=True, kw_only=True):
    """Charge of a battery at a moment, and its earlier switches."""

    left_s: float
    at: Instant
    draining: bool
    before: tuple["Battery", ...] = ()  # its turns until then, oldest first; bare
    reading: Reading | None = None  # the newest of this discharge

    @property
    def ends_s(self) -> float:
        """Return the steady time at which one that runs down is empty, as declared."""
        return self.at.steady_s + self.left_s

    def is_measured(self, at: Instant) -> bool:
        """Tell whether its reading is fresh, so that it alone says when it ends."""
        known = self.reading
        return known is not None and at.steady_s <= known.fresh_until_s


def turns_s(ends_s: float) -> tuple[float, float]:
    """Return when the last minutes before an end begin, and that end."""
    return ends_s - LAST_MINUTES_S, ends_s


def is_ending(ends_s: float, at: Instant) -> bool:
    """Tell whether a moment is in the last minutes before an end, in steady time."""
    return ends_s - at.steady_s <= LAST_MINUTES_S + ROUNDED_S


def living_on(
    standing: Standing, ends: Instant, at: Instant, cause: str | None
) -> Standing:
    """Return the standing of something on its battery until that ends.

    In its last minutes it ranks as degraded, also where it only flaps.
    """
    facts: Facts = {"component": cause or ""}
    if ends.since(at) <= 0:
        return replace(
            standing,
            state=State.DOWN,
            reason=Reason.NEEDS,
            facts=facts,
            presumed=cause,
            failed_at=ends,
        )
    standing = replace(standing, until=ends)
    works = standing.state is State.AVAILABLE or standing.reason is Reason.FLAPPING
    if works and is_ending(ends.steady_s, at):
        return replace(
            standing, state=State.DEGRADED, reason=Reason.ENDING, facts=facts
        )
    return standing


def lasts(config: Config, batteries: Mapping[str, Battery], at: Instant) -> Lasts:
    """Return the remaining autonomy, as known at a moment, as a function."""
    owners = _fed(config)

    def left_s(name: str, fails_s: float) -> float:
        battery = batteries.get(name)
        if battery is None or fails_s == inf:
            return owners[name].autonomy_s or 0.0
        return _left_s(_as_of(battery, fails_s), owners[name], fails_s, at)

    return left_s


def measured_ends(
    config: Config,
    batteries: Mapping[str, Battery],
    probes: Mapping[str, Health],
    at: Instant,
) -> dict[str, Instant]:
    """Return when each measured battery ends, without power from a moment on."""
    ends = {}
    for name, owner in _fed(config).items():
        if health := probes.get(_measured_by(owner) or ""):
            drained = _draining(batteries.get(name), owner, at.steady_s, at)
            read = _read(drained, health.reading)
            if read.reading is not None:
                ends[name] = at.at_steady(_ends_s(read, owner, at))
    return ends


def used(
    config: Config,
    batteries: Mapping[str, Battery],
    times: Mapping[str, float],
    probes: Mapping[str, Health],
    at: Instant,
) -> dict[str, Battery]:
    """Return those that may not be full, by the falls and readings until now."""
    fails_s = dependencies.of(config).powers_fail(times)
    after = {}
    for name, owner in _fed(config).items():
        failed_s, battery = fails_s[name], batteries.get(name)
        if battery is None and failed_s > at.steady_s:
            continue
        health = probes.get(_measured_by(owner) or "")
        reading = health.reading if health else None
        if failed_s <= at.steady_s:
            battery = _draining(battery, owner, failed_s, at)
            after[name] = _read(battery, reading)
        elif battery is not None and battery.draining:
            battery = _read(battery, reading)
            after[name] = _turned(battery, owner, at, draining=False)
        elif battery and not _forgotten(battery, owner, at):
            after[name] = battery
    return after


def counted_anew(
    config: Config, batteries: Mapping[str, Battery]
) -> dict[str, Battery]:
    """Return each recomputed by the autonomy and recharge of another plan."""
    owners = _fed(config)
    return {
        name: _counted_anew(battery, owners[name])
        for name, battery in batteries.items()
        if name in owners
    }


@derived
def _fed(config: Config) -> Mapping[str, Owner]:
    """Return all owners with an autonomy, people's devices too, by node."""
    owners = {**config.owners, **devices.of(config)}
    return {name: owner for name, owner in owners.items() if owner.autonomy_s}


@derived
def supply(config: Config) -> frozenset[str]:
    """Return the power of the site and its people: no data centre's far away.

    It is the mains, what they feed, and what feeds a battery.
    """
    behind = dependencies.of(config).behind
    mains = devices.mains(config.components.values())
    near = frozenset().union(*map(behind, _fed(config)))
    return frozenset(
        name
        for name, part in config.components.items()
        if part.kind == POWER and (name in near or mains & behind(name))
    )


def moved(battery: Battery, now: Instant) -> Battery:
    """Return a battery of another boot, by the steady clock of this one."""
    return replace(
        battery,
        at=steady_clock.moved(battery.at, now),
        before=tuple(moved(turn, now) for turn in battery.before),
        reading=_moved_reading(battery.reading, now) if battery.reading else None,
    )


def _moved_reading(reading: Reading, now: Instant) -> Reading:
    at = steady_clock.moved(reading.at, now)
    until_s = at.steady_s + reading.fresh_until_s - reading.at.steady_s
    return replace(reading, at=at, fresh_until_s=until_s)


def _measured_by(owner: Owner) -> str | None:
    """Return the id of the probe that measures its battery."""
    return owner.measured_by if isinstance(owner, Component) else None


def _read(battery: Battery, reading: Reading | None) -> Battery:
    """Set the newest reading of a discharge, unless it expired before its start."""
    if reading is None or reading.fresh_until_s < battery.at.steady_s:
        return battery
    return replace(battery, reading=reading)


def _draining(
    battery: Battery | None, owner: Owner, failed_s: float, at: Instant
) -> Battery:
    """Drain from the earliest known failure of its power."""
    failed = at.at_steady(failed_s)
    if battery is None or failed_s < _first(battery).at.steady_s:
        left_s = _first(battery).left_s if battery else owner.autonomy_s or 0.0
        return Battery(left_s=left_s, at=failed, draining=True)
    then = _as_of(battery, failed_s)
    return then if then.draining else _turned(then, owner, failed, draining=True)


def _turned(battery: Battery, owner: Owner, at: Instant, *, draining: bool) -> Battery:
    """Switch between draining and charging."""
    bare = replace(battery, before=())
    return Battery(
        left_s=max(0.0, _left_s(battery, owner, at.steady_s, at)),
        at=at,
        draining=draining,
        before=(*battery.before, bare)[-TURNS_KEPT:],
    )


def _counted_anew(battery: Battery, owner: Owner) -> Battery:
    """Recompute all switches from the first, when it was full."""
    first, *turns = (*battery.before, battery)
    left_s = owner.autonomy_s or 0.0
    if len(turns) >= TURNS_KEPT:  # the first of all may be forgotten
        left_s = min(left_s, first.left_s)
    counted = replace(first, left_s=left_s)
    for turn in turns:
        counted = _turned(counted, owner, turn.at, draining=turn.draining)
        counted = replace(counted, reading=turn.reading)
    return counted


def _first(battery: Battery) -> Battery:
    return battery.before[0] if battery.before else battery


def _as_of(battery: Battery, at_s: float) -> Battery:
    """Return it as of a time; before its first switch, as of that one."""
    turns = (*battery.before, battery)
    until = max(1, sum(turn.at.steady_s <= at_s for turn in turns))
    return replace(turns[until - 1], before=turns[: until - 1])


def _left_s(battery: Battery, owner: Owner, at_s: float, now: Instant) -> float:
    """Return its charge at a time; negative for the time since it was empty."""
    since_s = max(0.0, at_s - battery.at.steady_s)
    if battery.draining:
        return _ends_s(battery, owner, now) - battery.at.steady_s - since_s
    return _charged(battery, owner, since_s)


def _ends_s(battery: Battery, owner: Owner, now: Instant) -> float:
    """Return when a discharge ends, as known now.

    At least a moment after its beginning and its reading, to be another fall or proof.
    """
    reading = battery.reading
    if reading is None or _measured_by(owner) is None:
        return battery.ends_s
    began_s = battery.at.steady_s
    longest_s = began_s + MOST_MEASURED * (owner.autonomy_s or 0.0)
    least_s = max(began_s, reading.at.steady_s) + A_MOMENT_S
    ends_s = min(max(reading.ends_s, least_s), longest_s)
    return ends_s if battery.is_measured(now) else min(ends_s, battery.ends_s)


def _forgotten(battery: Battery, owner: Owner, at: Instant) -> bool:
    """Tell whether it is full, and no later dating can change that."""
    since_s = at.since(battery.at)
    full = _charged(battery, owner, since_s) >= (owner.autonomy_s or 0.0)
    return full and since_s > REDATED_S


def _charged(battery: Battery, owner: Owner, since_s: float) -> float:
    """Return the charge after so long on the mains."""
    autonomy_s = owner.autonomy_s or 0.0
    recharge_s = autonomy_s if owner.recharge_s is None else owner.recharge_s
    if since_s <= 0:
        return battery.left_s
    if recharge_s <= 0:
        return autonomy_s
    gained_s = since_s * autonomy_s / recharge_s
    return min(autonomy_s, battery.left_s + gained_s)
