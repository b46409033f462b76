"""Which channel for each line of the plan, and which if that fails."""

from dataclasses import dataclass, field
from math import inf

from model.blame import lowest
from model.graph import Nodes, channel
from model.reading import Reading
from secours.model.plan import Line
from secours.model.snapshot import Link, State


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


@dataclass(frozen=True)
class Pair:
    """Two channels: since when they are independent, and what they shared before."""

    since: float | None
    shares: Nodes


@dataclass
class Held:
    """What was chosen until now, and since when two channels stand apart."""

    channel: str | None = None
    apart: dict[tuple[str, str], Pair] = field(default_factory=dict)

    def settle(self, now: float, wait: float) -> None:
        """Let what stood apart for long enough stay so, whatever is waited later."""
        for names, pair in self.apart.items():
            if pair.since is not None and now >= pair.since + wait:
                self.apart[names] = Pair(-inf, pair.shares)


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

    @property
    def measuring(self) -> bool:
        """Tell whether a channel of the line is still to have its first results."""
        read = self.reading
        probes = [p for n in self.names for p in read.config.channels[n].probes]
        unheard = {p.id for p in probes if p.required and not read.seen[p.id].results}
        return read.waiting and bool(unheard & read.since.awaited)

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

    def rank(
        self, name: str, *, returning: bool = False, being_cleared: bool = False
    ) -> float:
        """Return the place of its state: the lower, the sooner it is used.

        That it flaps alone counts only where a line would return to it; what it may
        need does not while it is `being_cleared` of that.
        """
        read, node = self.reading, channel(name)
        if read.own_link(name):
            return 5
        order = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN)
        state = order.index(read.states[node])
        if read.may_need(name) and not being_cleared:
            return 4 + state / 10
        if read.flaps(name) and not returning:
            return 0
        return (0, 1, 3)[state]

    def place(self, name: str) -> float:
        """Return its place for use: nobody is sent to what is in doubt meanwhile.

        It comes behind what works, before what is unknown; unknown, behind its like.
        """
        held = self.held.channel
        rank: float = self.rank(
            name,
            returning=self._is_above(name, held),
            being_cleared=name == held and self._is_being_cleared(name),
        )
        if name == held and rank == 5:
            rank -= 0.01  # all behind our own link are alike: nobody moves
        if not self._shaky(name, in_use=name == held):
            return rank
        return rank + 0.05 if rank >= 3 else 2

    def _is_above(self, name: str, held: str | None) -> bool:
        """Tell whether the plan puts it before the one in use."""
        names = self.names
        return held in names and names.index(name) < names.index(held)

    def _shaky(self, name: str, *, in_use: bool) -> bool:
        """Tell whether nobody is to be sent there before its next test.

        Who is there already stays until a failure is confirmed; where a suspect would
        take it, until its hurried test has ended.
        """
        if self._taken_by_a_suspect(name):
            tested = self.reading.being_tested(name) or self.reading.reprieved(name)
            return not (in_use and tested)
        return self._in_doubt(name) and not in_use

    def _is_being_cleared(self, name: str) -> bool:
        """Tell whether a test under way may show that it needs nothing that is down."""
        read = self.reading
        tested = read.at_risk(channel(name)) and not self._shaky(name, in_use=True)
        return tested and not read.distrusts_it(name)

    def _in_doubt(self, name: str) -> bool:
        probes = self.reading.config.channels[name].probes
        return any(self.reading.seen[p.id].in_doubt for p in probes if not p.hint)

    def _taken_by_a_suspect(self, name: str) -> bool:
        return self.reading.at_risk(channel(name))

    def ranked(self) -> list[str]:
        """Return the usable channels, the one to use first."""
        return sorted(filter(self.usable, self.names), key=self.place)

    def unpinned(self) -> str | None:
        """Return the channel to use, which is the one in use where that still holds."""
        ranked, held = self.ranked(), self.held.channel
        if held in ranked and self._is_waited_for(held):
            return held
        if held in ranked and self.reading.own_link(held):
            later = [name for name in ranked if not self._only_sooner(name, held)]
            ranked = later if later[0] == held else ranked
        if held not in ranked or self.place(held):
            return next(iter(ranked), None)
        better = [name for name in ranked if self._is_above(name, held)]
        better = [name for name in better if not self.place(name)]
        return next((name for name in better if self._has_held(name)), held)

    def _only_sooner(self, name: str, held: str) -> bool:
        """Tell whether it is seen again, and the one in use had no chance to be yet.

        It is seen by nothing that the one in use is not seen by, a path of it is not
        judged open, and over that the one in use still has to be tested.
        """
        read = self.reading
        _, since = read.since.states[name]
        cut = {path for path, link in read.links.items() if link is Link.DOWN}
        via = {p.via for p in read.config.channels[name].probes}
        probes = read.config.channels[held].probes
        tests = [p for p in probes if p.via in cut and p.required]
        tests = [p for p in tests if not p.hint and not p.cost]
        results = [read.seen[p.id].results for p in tests]
        tried = any(
            not each or (each[-1].letter in "x?~" and each[-1].began >= since)
            for each in results
        )
        known = via <= {p.via for p in probes} and bool(via & cut)
        return name != held and known and bool(tests) and not tried

    def _is_waited_for(self, name: str) -> bool:
        """Tell whether its first test since a stop, or a cut of its path, is due."""
        read = self.reading
        if read.now <= read.first_tests_until(name):
            return True
        required = [p for p in read.config.channels[name].probes if p.required]
        if any(read.seen[probe.id].unsure(read.now) for probe in required):
            return True
        probes = {probe.id for probe in required}
        unknown = read.states[channel(name)] is State.UNKNOWN
        stopped = read.waiting and read.since.stopped and unknown
        return stopped and bool(probes & read.since.awaited)

    def _has_held(self, name: str) -> bool:
        since = self.reading.since.available.get(name, -inf)
        return self.reading.now >= since + self.reading.config.failback_after_s

    # --------------------------------------------------------------------- the backup

    def choice(self) -> Choice:
        pinned = self.pin
        if pinned is not None and self.reading.aside(channel(pinned)):
            pinned = None
        use = pinned or self.unpinned()
        if not self.measuring and use != self.held.channel:
            self.held.channel, self.held.apart = use, {}
        if use is None:
            return Choice()
        others = self._others(use)
        apart = {name: self._apart(use, name) for name in self.names if name != use}
        if not self.measuring:
            self.held.apart = {(use, name): pair for name, pair in apart.items()}
        backup = next((n for n in others if self._long_enough(apart[n])), None)
        if backup is None:
            backup = next(iter(others), None)
        works = self.reading.states[channel(use)] is not State.DOWN
        return Choice(
            use=use,
            pinned=pinned is not None,
            verified=works and self.reading.verified(use),
            backup=backup,
            independent=backup is not None and self._long_enough(apart[backup]),
            shares=self._said_to_share(apart[backup]) if backup else frozenset(),
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

    def _others(self, use: str) -> list[str]:
        """Return what may be the backup; a doubt of a moment changes none."""
        names = [name for name in self.names if name != use and self.usable(name)]
        return sorted((n for n in names if self.rank(n) < 5), key=self.rank)

    def _apart(self, use: str, other: str) -> Pair:
        """Return since when the two are independent, None where they are not.

        Two that were never seen sharing are independent without waiting.
        """
        shares = self.shares(use, other)
        if not self.independent(use, other):
            return Pair(None, shares)
        before = self.held.apart.get((use, other), Pair(-inf, shares))
        since = self.reading.now if before.since is None else before.since
        return Pair(since, before.shares)

    def _long_enough(self, pair: Pair) -> bool:
        wait = self.reading.config.failback_after_s
        return pair.since is not None and self.reading.now >= pair.since + wait

    def _said_to_share(self, pair: Pair) -> Nodes:
        """Return what two share, or did until they are surely independent."""
        return frozenset() if self._long_enough(pair) else pair.shares

    def independent(self, one: str, other: str) -> bool:
        channels = self.reading.config.channels
        known = channels[one].needs_known and channels[other].needs_known
        return (
            known
            and not self.shares(one, other)
            and not self._one_cause_takes(one, other)
        )

    def shares(self, one: str, other: str) -> Nodes:
        """Return what takes both by failing alone, in a world that may be ours.

        A likely cause that would take both at once is what they share, too.
        """
        read, pair = self.reading, {channel(one), channel(other)}
        found = [self._shared(one, other, world) for world in self.worlds()]
        found += [
            suspects & frozenset(read.config.components)
            for group in read.groups
            for suspects in lowest(group)
            if not read.taken(suspects) <= read.gone
            and pair <= read.gone | read.taken(suspects)
        ]
        return frozenset[str]().union(*found)

    def _leaves_one_failure(self, one: str, other: str, world: Nodes) -> bool:
        """Tell whether one is gone in this world, and one failure takes the rest."""
        read = self.reading
        left = [channel(n) for n in (one, other) if channel(n) not in world]
        parts = frozenset(read.config.components)
        takes = [parts & read.graph.single(node, world, read.spent) for node in left]
        return len(left) < 2 and all(takes)

    def worlds(self) -> list[Nodes]:
        """Return what is down: as is known, and as each likeliest set would have it."""
        read = self.reading
        taken = [read.taken(s) for group in read.groups for s in lowest(group)]
        return [read.gone, *(read.gone | nodes for nodes in taken)]

    def _one_cause_takes(self, one: str, other: str) -> bool:
        """Tell whether in a world that may be ours at most one failure is left."""
        return any(self._leaves_one_failure(one, other, w) for w in self.worlds())

    def _shared(self, one: str, other: str, world: Nodes) -> Nodes:
        """Return what takes both of two that stand in this world."""
        read = self.reading
        nodes = [channel(one), channel(other)]
        if not world.isdisjoint(nodes):
            return frozenset()
        takes = [read.graph.single(node, world, read.spent) for node in nodes]
        parts = frozenset(read.config.components)
        return parts.intersection(*takes)
