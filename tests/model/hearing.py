"""Who hears a channel: the other end, in the plainest way.

A device of people is a node of the graph for each of its services, and for each of what
these are split over. It falls as everything falls; what follows for a group is looked
up anew at each instant.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from model.graph import Graph, Nodes, channel, ear
from model.statements import second
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    EARS,
    Device,
    DeviceService,
    HeardOn,
    PeopleGroup,
)
from secours.model.receivers.reach import Hearing, RollCall
from secours.model.sections.line import Line, Purpose
from secours.model.snapshot import State
from secours.model.statements import Declared

if TYPE_CHECKING:
    from model.probes import Seen
    from model.reading import Cause, Reading

NONE, PART, WHOLE = Hearing.NONE, Hearing.PART, Hearing.WHOLE
GONE, UNSURE, FEWER, AS_DESIGNED = range(4)  # how a line's people hear a channel
NOTHING: Nodes = frozenset()


@dataclass(frozen=True)
class Reached:
    """How a group hears a channel: as planned, as it seems, and as is certain."""

    group: str
    designed: Hearing
    now: Hearing
    certain: Hearing  # were all wrong that is only inferred
    absent: bool = False  # it would hear it, and some did not answer when asked

    @property
    def rank(self) -> int:
        """Return how well it hears it; those who only did not answer do."""
        return self.designed.rank if self.absent else self.now.rank

    @property
    def said(self) -> tuple[str, Hearing, Hearing, bool]:
        """Return what is published; of what is not lost nobody asks if it is sure."""
        lost = self.now.rank < self.designed.rank
        sure = self.certain is self.now if lost else True
        return self.group, self.designed, self.now, sure


@dataclass(frozen=True)
class Ears:
    """A service of a device: the ears it has, one for each way people have it."""

    ears: tuple[str, ...]

    def heard(self, lost: Nodes) -> Hearing:
        left = sum(each not in lost for each in self.ears)
        return WHOLE if left == len(self.ears) else PART if left else NONE


@dataclass(frozen=True)
class Receivers:
    """The people of one plan at one instant."""

    read: "Reading"

    @property
    def config(self) -> Config:
        return self.read.config

    @property
    def graph(self) -> Graph:
        return self.read.graph

    # ----------------------------------------------------------- what is lost to them

    @cached_property
    def through(self) -> dict[str, float]:
        """Return when something last arrived over a component, or people used it.

        What we have says nothing of the mains of others.
        """
        return {
            name: max(self._arrived(node) for node in self._needing(name))
            for name in self.config.components
            if self._needing(name) and not name.startswith("power:")
        }

    def _arrived(self, node: str) -> float:
        name = node.removeprefix("channel:")
        tried = self.read.tried_at(name)
        probes = self.config.channels[name].probes
        seen = [self.read.seen[p.id] for p in probes if not p.hint]
        return max(
            -inf if tried is None else tried,
            *(-inf, *(s.proved for s in seen if s.arrived and self._good(s))),
        )

    def _good(self, seen: "Seen") -> bool:
        return seen.verdict(self.read.now) in "od"

    def _needing(self, component: str) -> Nodes:
        """Return the channels that fall at once where this alone does."""
        fallen = self.graph.fall({component}, NOTHING)
        return fallen & set(map(channel, self.config.channels))

    @cached_property
    def alive(self) -> dict[str, float]:
        """Return since when each node is known to live."""
        return _later(self.read.freed, self.through)

    @cached_property
    def falls(self) -> dict[str, list[float]]:
        """Return when each node fell, or will, with what is known to be down."""
        steadily = self.read.steadily(self.read.freed, words=True)
        return self.graph.fall_times(
            self._roots,
            self.alive,
            self.read.lasts_after,
            _later(steadily, self.through),
            self._served,
        )

    @property
    def _served(self) -> dict[tuple[str, str], float]:
        """Return since when each has had a service; what arrived over it had any."""
        served = self.read.served(words=True)
        over = self.through
        return {key: max(at, over.get(key[0], -inf)) for key, at in served.items()}

    @property
    def _roots(self) -> dict[str, list[float]]:
        """Return what is known to be down, but for what has worked since.

        A word that came after that is the newest.
        """
        return {
            name: times
            for name, times in self.read.known_down.items()
            if name in self.config.components
            and (self.through.get(name, -inf) <= min(times) or self._is_said(name))
        }

    def fallen_at(self, node: str, then: float | None = None) -> list[float]:
        """Return each time at which a node fell until now, or will have until then."""
        then = self.read.now if then is None else then
        down, aside = self._moments[then]
        known = [at for at in self.falls[node] if at <= then]
        known += [at for name, at in self.read.set_aside().items() if name == node]
        known += [
            max(self._lost_at(need, then) for need in clause)
            for clause in self.graph.clauses(node, self.read.spent_by(then))
            if (down | aside).issuperset(clause) and not aside.isdisjoint(clause)
        ]
        return known + [cause.newest for cause in self._presuming(node)]

    def _lost_at(self, node: str, then: float) -> float:
        """Return when it fell; when the last happened for which it is set aside."""
        _, aside = self._moments[then]
        times = self.fallen_at(node, then)
        return max(times) if node in aside else min(times)

    def _presuming(self, node: str) -> "list[Cause]":
        return self.read.presuming(node, self.alive.get(node))

    @cached_property
    def _moments(self) -> dict[float, tuple[Nodes, Nodes]]:
        """Return what is down, and set aside, now and as something falls by itself."""
        falls = {at for each in self.falls.values() for at in each}
        later = sorted(at for at in falls if at > self.read.now)
        down = {at: self._down_by(at) for at in (self.read.now, *later)}
        return {
            at: (known, self._set_aside(known, self.read.spent_by(at)))
            for at, known in down.items()
        }

    @cached_property
    def lost(self) -> Nodes:
        """Return all that is down or set aside for them."""
        down, aside = self._moments[self.read.now]
        return down | aside

    @cached_property
    def later(self) -> dict[float, Nodes]:
        """Return what is lost at each moment at which something falls by itself."""
        moments = self._moments.items()
        return {t: down | aside for t, (down, aside) in moments if t > self.read.now}

    def _down_by(self, then: float) -> Nodes:
        return frozenset(n for n in self.graph.needs if self._is_down(n, then))

    def _is_down(self, node: str, then: float) -> bool:
        if any(at <= then for at in self.falls[node]):
            return True
        return self.read.is_presumed_by(node, self._presuming(node))

    def _set_aside(self, down: Nodes, spent: Nodes) -> Nodes:
        aside = self.read.set_aside().keys() & self.config.components.keys()
        return self.graph.tainted(aside, down, spent)

    @cached_property
    def surely_lost(self) -> Nodes:
        """Return what is so by a person's word, or by two measurements that agree."""
        roots = {
            name: [min(self.fallen_at(name), default=self.read.now)]
            for name in self.config.components
            if name in self.lost and (self._is_said(name) or self._agreed(name))
        }
        times = self.graph.fall_times(roots, self.alive, lambda *_: inf)
        down = {node for node, each in times.items() if min(each, default=inf) < inf}
        sure = frozenset(down) & self.lost
        return sure | self._set_aside(sure, NOTHING)

    def _is_said(self, name: str) -> bool:
        said = self.read.said.mark(name, Declared.DOWN)
        return said is not None and self.through.get(name, -inf) <= said

    def _agreed(self, component: str) -> bool:
        """Tell whether two measurements agree that it is down.

        What fails with something else that is known to be down says nothing of it.
        """
        fallen = self.graph.fall({component}, NOTHING)
        owners = {each for each in fallen if self.read.states.get(each) is State.DOWN}
        owners -= self._explained_without(component) - {component}
        found = {
            probe.device or probe.id
            for probe in self.read.failing
            if _owner(probe.id, probe.owner) in owners
        }
        return len(found) > 1

    def _explained_without(self, component: str) -> Nodes:
        known = self.read.known_down.keys() & self.config.components.keys()
        others = [name for name in known if component not in self._behind(name)]
        return self.graph.fall(others, NOTHING)

    def _behind(self, name: str) -> set[str]:
        needs = [need for clause in self.graph.needs[name] for need in clause]
        return {name}.union(*map(self._behind, needs))

    # ----------------------------------------------------------------- who hears what

    def groups(self, line: Line) -> tuple[PeopleGroup, ...]:
        audience = self.config.audiences.get(line.audience)
        return audience.groups if audience else ()

    def services(self, line: Line, group: PeopleGroup | None, name: str) -> list[Ears]:
        """Return the services by which a group hears a channel, None for anybody."""
        heard_on = self.config.channels[name].heard_on
        if heard_on is None:
            return [Ears(("always",))]
        return [
            Ears(tuple(ears(device, service)))
            for device, service in map(self._device, heard_on)
            if device
            and service in device.services
            and (group is None or _has(group, device, line.purpose))
        ]

    def _device(self, heard_on: HeardOn) -> tuple[Device | None, DeviceService]:
        name, service = heard_on
        return self.config.devices.get(name), service

    def reached(self, line: Line, name: str) -> tuple[Reached, ...]:
        """Return how each group of a line hears a channel."""
        return tuple(self._reached(line, each, name) for each in self.groups(line))

    def _reached(self, line: Line, group: PeopleGroup, name: str) -> Reached:
        services = self.services(line, group, name)
        designed = _best(services, NOTHING)
        now = _best(services, self.lost)
        certain = _best(services, self.surely_lost)
        call = self._answered(line, group, name, self.lost, self.read.now)
        absent = False
        if call:
            absent = now is designed is WHOLE and call.heard is PART
            now = certain = call.heard
        return Reached(group.name, designed, now, certain, absent)

    def _answered(
        self, line: Line, group: PeopleGroup, name: str, lost: Nodes, then: float
    ) -> RollCall | None:
        """Return who answered when asked, if that holds at a moment with this lost."""
        call = self._call(f"{line.audience}/{group.name}", name)
        services = self.services(line, group, name)
        if call is None or _best(services, lost) is _best(services, NOTHING):
            return call
        return call if self._holds(call, services, lost, then) else None

    def _call(self, group: str, name: str) -> RollCall | None:
        trial = self.read.said.trials.get(name)
        call = trial.reached.get(group) if trial else None
        return call if call and not self.read.is_old(name, _at(call)) else None

    def _holds(
        self, call: RollCall, services: list[Ears], lost: Nodes, then: float
    ) -> bool:
        """Tell whether nothing that takes the group falls from its answer to then."""
        fell = [
            at
            for service in services
            for node in service.ears
            if node in lost
            for at in self.fallen_at(node, then)
        ]
        return _at(call) > max(fell, default=-inf)

    def come_back(self, before: Nodes) -> Iterator[tuple[str, str]]:
        """Yield each channel and group that hears it by what was lost before."""
        return self.heard_by(before - self.lost)

    def heard_by(self, nodes: Nodes) -> Iterator[tuple[str, str]]:
        """Yield each channel and group that hears it by some of these."""
        for line in self.config.plan:
            for group in self.groups(line):
                for name, _ in line.order:
                    ways = self.services(line, group, name)
                    if not nodes.isdisjoint(n for way in ways for n in way.ears):
                        yield name, f"{line.audience}/{group.name}"

    # -------------------------------------------------------------------- of one line

    def level(self, line: Line, name: str) -> int:
        """Return how well the people of a line hear a channel, as it was planned."""
        if not self.groups(line):
            services = self.services(line, None, name)
            lost = services and _best(services, self.lost) is NONE
            return UNSURE if lost else AS_DESIGNED
        reached = self.reached(line, name)
        meant = [each for each in reached if each.designed is not NONE]
        if meant and all(each.certain is NONE for each in reached):
            return GONE
        if meant and all(each.now is NONE for each in reached):
            return UNSURE
        fewer = any(each.rank < each.designed.rank for each in meant)
        return FEWER if fewer else AS_DESIGNED

    def ends(self, line: Line, name: str) -> float:
        """Return when nobody hears it any more, if nothing but time passes."""
        if self.level(line, name) <= UNSURE:
            return inf
        deaf = (
            t for t, lost in self.later.items() if self._nobody(line, name, lost, t)
        )
        return next(deaf, inf)

    def _nobody(self, line: Line, name: str, lost: Nodes, then: float) -> bool:
        """Tell whether nobody hears what somebody was to, with this lost then."""
        found, meant = [], False
        for group in self.groups(line) or (None,):
            services = self.services(line, group, name)
            meant = meant or _best(services, NOTHING) is not NONE
            call = group and self._answered(line, group, name, lost, then)
            found.append(call.heard if call else _best(services, lost))
        return meant and all(heard is NONE for heard in found)

    def as_well(self, line: Line, one: str, other: str) -> bool:
        """Tell whether each group hears one as well as the other."""
        pairs = zip(self.reached(line, one), self.reached(line, other), strict=True)
        return all(a.rank >= b.rank for a, b in pairs)

    def never(self, line: Line, name: str) -> bool:
        """Tell whether nobody of a line hears it as planned."""
        reached = self.reached(line, name)
        return bool(reached) and all(each.designed is NONE for each in reached)

    def better(self, line: Line, one: str, other: str) -> bool:
        """Tell whether each group hears one as well as the other, and some better."""
        pairs = zip(self.reached(line, one), self.reached(line, other), strict=True)
        ranks = [(a.rank, b.rank) for a, b in pairs]
        return all(a >= b for a, b in ranks) and any(a > b for a, b in ranks)

    # --------------------------------------------------------------- what takes people

    def takers(self, line: Line, name: str, world: Nodes) -> Nodes | None:
        """Return what takes all who hear it, alone; None where nobody is left.

        Of people of whom nobody told a group, nothing is known.
        """
        if not self.groups(line) or self.never(line, name):
            return NOTHING
        ways = [s for g in self.groups(line) for s in self.services(line, g, name)]
        lost = self.lost
        if _best(ways, lost) is NONE:
            if self.level(line, name) > UNSURE:
                return NOTHING  # people answered all the same
            lost = NOTHING
        found = [
            frozenset.intersection(
                *(self.graph.single(n, world, self.read.spent) for n in left)
            )
            if left != ["always"]
            else NOTHING
            for service in ways
            if (
                left := [
                    n
                    for n in service.ears
                    if n not in lost and not self._is_lost(n, world)
                ]
            )
        ]
        return frozenset.intersection(*found) if found else None

    def _is_lost(self, node: str, world: Nodes) -> bool:
        clauses = self.graph.clauses(node, self.read.spent)
        return any(world.issuperset(clause) for clause in clauses)


def ears(device: Device, service: DeviceService) -> Iterator[str]:
    """Yield the nodes of one service of a device."""
    for option in device.services[service].split or ("",):
        yield ear(device.name, service, option)


def _at(call: RollCall) -> float:
    assert call.at
    return second(call.at)


def _owner(probe_id: str, owner: str) -> str:
    return channel(owner) if probe_id.startswith("channels/") else owner


def _has(group: PeopleGroup, device: Device, purpose: Purpose) -> bool:
    """Tell whether people of a group have a device where they are."""
    absent = device.workplace and purpose is Purpose.ALERT and not group.staffed
    return device.name in (*group.devices, EARS) and not absent


def _best(services: Iterable[Ears], lost: Nodes) -> Hearing:
    each = (service.heard(lost) for service in services)
    return max(each, key=lambda heard: heard.rank, default=NONE)


def _later(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    both = {*one, *other}
    return {node: max(one.get(node, -inf), other.get(node, -inf)) for node in both}
