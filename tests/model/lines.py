"""Which channel for each line of the plan, and which if that fails."""

from dataclasses import dataclass, field
from math import inf

from model.graph import Nodes, channel
from model.reading import Reading
from secours.model import Line, State

ROOM_S = 1.0  # for a hurried test, beside its timeout


@dataclass(frozen=True)
class Choice:
    """What the model says of one line."""

    use: str | None = None
    pinned: bool = False
    verified: bool = False
    backup: str | None = None
    independent: bool = False
    shares: Nodes = frozenset()
    still_usable: tuple[str, ...] = ()


@dataclass
class Held:
    """What was chosen until now, and since when two channels stand apart."""

    channel: str | None = None
    apart: dict[tuple[str, str], float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """One line at one instant."""

    reading: Reading
    line: Line
    held: Held
    pin: str | None

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.line.order]

    def usable(self, name: str) -> bool:
        """Tell whether people may be told to use it at all."""
        each, node = self.reading.config.channels[name], channel(name)
        return (
            self.line.purpose in each.purposes
            and all(each.traits.get(trait) == "yes" for trait in self.line.require)
            and self.reading.states[node] is not State.DOWN
            and node not in self.reading.distrusted
            and node not in self.reading.maintained
        )

    def rank(self, name: str, *, in_use: bool = False) -> float:
        """Return its place: the lower, the sooner it is used."""
        read, node = self.reading, channel(name)
        if read.own_link(name):
            return 5
        if read.may_need(name):
            return 4
        if read.states[node] is State.UNKNOWN:
            doubted = self._in_doubt(name) and not (in_use or read.unproven(node))
            held = in_use and self._being_tested(name)
            weak = doubted or (self._taken_by_a_suspect(name) and not held)
            return 3.5 if weak else 3
        if self._shaky(name, in_use=in_use):
            return 2
        return 1 if read.states[node] is State.DEGRADED else 0

    def _shaky(self, name: str, *, in_use: bool) -> bool:
        """Tell whether nobody is to be sent there before its next test.

        Who is there already stays until a failure is confirmed; where a suspect would
        take it, until its hurried test has ended.
        """
        if self._taken_by_a_suspect(name):
            return not (in_use and self._being_tested(name))
        return self._in_doubt(name) and not in_use

    def _in_doubt(self, name: str) -> bool:
        probes = self.reading.config.channels[name].probes
        return any(self.reading.seen[p.id].in_doubt for p in probes if not p.hint)

    def _taken_by_a_suspect(self, name: str) -> bool:
        return self.reading.at_risk(channel(name))

    def _being_tested(self, name: str) -> bool:
        read = self.reading
        since = read.since.at_risk.get(name, read.now)
        probes = [p for p in read.config.channels[name].probes if not p.hint]
        answered = any(h.began > since for p in probes for h in read.seen[p.id].heard)
        if answered or channel(name) not in read.own_proof:
            return False
        longest = max((p.timeout_s for p in probes), default=0.0)
        return read.now <= since + longest + ROOM_S

    def ranked(self) -> list[str]:
        """Return the usable channels, the one to use first."""
        names = [name for name in self.names if self.usable(name)]
        held = self.held.channel
        return sorted(names, key=lambda name: self.rank(name, in_use=name == held))

    def unpinned(self) -> str | None:
        """Return the channel to use, which is the one in use where that still holds."""
        ranked, held = self.ranked(), self.held.channel
        if held in ranked and self._is_waited_for(held):
            return held
        if held not in ranked or self.reading.states[channel(held)] is not (
            State.AVAILABLE
        ):
            return next(iter(ranked), None)
        if self.rank(held, in_use=True):
            return ranked[0]
        better = ranked[: ranked.index(held)]
        return next((name for name in better if self._has_held(name)), held)

    def _is_waited_for(self, name: str) -> bool:
        """Tell whether it says nothing only as nothing ran while there was a stop."""
        read = self.reading
        required = [p for p in read.config.channels[name].probes if p.required]
        probes = {probe.id for probe in required}
        unknown = read.states[channel(name)] is State.UNKNOWN
        awaited = read.waiting and read.since.stopped and probes & read.since.awaited
        return unknown and bool(awaited)

    def _has_held(self, name: str) -> bool:
        since = self.reading.since.available.get(name, -inf)
        return self.reading.now >= since + self.reading.config.failback_after_s

    # --------------------------------------------------------------------- the backup

    def choice(self) -> Choice:
        unpinned = self.unpinned()
        use = self.pin or unpinned
        self.held.channel = use
        if use is None:
            self.held.apart = {}
            return Choice()
        others = [n for n in self.ranked() if n != use and not self.reading.own_link(n)]
        apart = {name: self._apart(use, name) for name in self.names if name != use}
        self.held.apart = {(use, name): at for name, at in apart.items()}
        backup = next((n for n in others if self._long_enough(apart[n])), None)
        if backup is None:
            backup = next(iter(others), None)
        works = self.reading.states[channel(use)] is not State.DOWN
        return Choice(
            use=use,
            pinned=self.pin is not None,
            verified=works and self.reading.verified(use),
            backup=backup,
            independent=backup is not None and self._long_enough(apart[backup]),
            shares=self.shares(use, backup) if backup else frozenset(),
            still_usable=self._still_usable(use),
        )

    def _still_usable(self, use: str) -> tuple[str, ...]:
        above = self.names[: self.names.index(use)] if use in self.names else []
        return tuple(
            name
            for name in above
            if self.usable(name)
            and self.reading.states[channel(name)] is State.DEGRADED
        )

    def _apart(self, use: str, other: str) -> float | None:
        """Return since when the two are independent, None where they are not.

        Two that were never seen sharing are independent without waiting.
        """
        if not self.independent(use, other):
            return None
        since = self.held.apart.get((use, other), -inf)
        return self.reading.now if since is None else since

    def _long_enough(self, since: float | None) -> bool:
        wait = self.reading.config.failback_after_s
        return since is not None and self.reading.now >= since + wait

    def independent(self, one: str, other: str) -> bool:
        channels = self.reading.config.channels
        known = channels[one].needs_known and channels[other].needs_known
        return (
            known
            and not self.shares(one, other)
            and not self._one_cause_takes(one, other)
        )

    def shares(self, one: str, other: str) -> Nodes:
        """Return what takes both by failing alone, in a world that may be ours."""
        return frozenset[str]().union(
            *(self._shared(one, other, world) for world in self.worlds())
        )

    def worlds(self) -> list[Nodes]:
        """Return what is down: as is known, and as each likeliest set would have it."""
        read = self.reading
        taken = [nodes for group in read.likeliest for nodes in group]
        return [read.gone, *(read.gone | nodes for nodes in taken)]

    def _one_cause_takes(self, one: str, other: str) -> bool:
        """Tell whether both are gone if one of the likeliest sets is the true one."""
        both = {channel(one), channel(other)}
        return any(both <= world for world in self.worlds())

    def _shared(self, one: str, other: str, world: Nodes) -> Nodes:
        """Return what takes both: the one that is left, where the other has fallen."""
        read = self.reading
        left = [channel(n) for n in (one, other) if channel(n) not in world]
        takes = [read.graph.single(node, world, read.spent) for node in left]
        parts = frozenset(read.config.components) - world
        return parts.intersection(*takes) if takes else frozenset()
