"""Which channel for each line of the plan, and which if that fails."""

from dataclasses import dataclass, field
from itertools import combinations
from math import inf

from model.blame import lowest
from model.graph import Nodes, channel
from model.hearing import AS_DESIGNED, FEWER, GONE, UNSURE
from model.reading import ENDING_S, Reading
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Probe
from secours.model.sections.line import Line
from secours.model.snapshot import Link, State

Said = tuple[str, Hearing, Hearing, bool]
"""A group: how it was to hear a channel, how it does, and if that is certain."""


Level = tuple[int, bool]
"""How well people hear a channel, and whether they will for more than minutes."""


def in_tenths(second: float) -> float:
    """Round to a tenth, so that whole milliseconds never are halfway between two."""
    return round(second + 3e-4, 1)


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
    measuring: bool = False
    completed_by: tuple[str, ...] = ()
    until: tuple[tuple[str, float], ...] = ()
    receivers: tuple[tuple[str, tuple[Said, ...]], ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two channels: since when they are independent, and what they shared before."""

    since: float | None
    shares: Nodes


@dataclass
class Held:
    """What was chosen until now, and since when two channels stand apart."""

    channel: str | None = None
    decided: bool = False  # False until its first measurement is over
    meanwhile: str | None = None  # what people were told last while it measures
    better: float | None = None  # since when it waits, while a better one is ready
    returned: float | None = None  # first success of it, where none was left before
    apart: dict[tuple[str, str], Pair] = field(default_factory=dict)
    heard: dict[str, tuple[Level, float]] = field(default_factory=dict)  # how well, and
    # since when that is not worse

    def note(self, levels: dict[str, Level], now: float) -> None:
        """Note how well the people of the line hear each channel now."""
        for name, level in levels.items():
            before, since = self.heard.get(name, (level, -inf))
            self.heard[name] = level, now if level > before else since
        self.heard = {n: self.heard[n] for n in levels}

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

    # --------------------------------------------------------------- at the other end

    def level(self, name: str) -> int:
        """Return how well the people of the line hear it, as it was planned."""
        return self.reading.receivers.level(self.line, name)

    @property
    def levels(self) -> dict[str, Level]:
        return {n: (self.level(n), not self.is_ending(n)) for n in self.names}

    def is_ending(self, name: str) -> bool:
        """Tell whether nobody will hear it within minutes, as batteries end."""
        ends = self.reading.receivers.ends(self.line, name)
        return ends - self.reading.now <= ENDING_S

    def _nobody_was_to_hear(self, name: str) -> bool:
        """Tell whether it is as one of unknown needs, as nobody of the line has it.

        That it works at our end proves nothing of that.
        """
        return self.reading.threatened and self.reading.receivers.never(self.line, name)

    def _gives_way_to(self, name: str) -> str | None:
        """Return what all hear as well as one whom fewer hear, and some better.

        That is the first in the plan that is no worse; it may give way itself. One that
        nobody hears within minutes gives way to what works, if all hear it as well.
        """
        fewer, ending = self.level(name) == FEWER, self.is_ending(name)
        better = (
            other
            for other in self.names
            if self.usable(other)
            and self.place(other) <= 1
            and not self.reading.flaps(other)
            and (
                (fewer and self.reading.receivers.better(self.line, other, name))
                or (ending and self._replaces(other, name))
            )
        )
        return next(better, None)

    def _replaces(self, other: str, name: str) -> bool:
        """Tell whether it works for all of the line who hear one that ends."""
        works = self.reading.states[channel(other)] is State.AVAILABLE
        lasts = self.levels[other] == (AS_DESIGNED, True)
        return (
            works and lasts and self.reading.receivers.as_well(self.line, other, name)
        )

    def _completed_by(self, use: str) -> tuple[str, ...]:
        """Return the fewest that together with it reach whoever anything reaches."""
        others = [n for n in self.names if n != use and self.usable(n)]
        wanted = self._hear([use, *others])
        classes = [[n for n in others if self._class(n) <= most] for most in range(3)]
        for names in classes:
            for size in range(len(names) + 1):
                for chosen in combinations(names, size):
                    if self._hear([use, *chosen]) == wanted:
                        return chosen
        raise AssertionError

    def _class(self, name: str) -> int:
        """Return 0 for what works, 1 for what is degraded, 2 for what is unverified."""
        state = self.reading.states[channel(name)]
        if state is State.UNKNOWN or self.level(name) == UNSURE:
            return 2
        if self.reading.may_need(name):
            return 2
        return int(state is State.DEGRADED or self._is_weak(name))

    def _hear(self, names: list[str]) -> list[int]:
        """Return how well each group hears the best of these."""
        read, line = self.reading.receivers, self.line
        each = [[r.rank for r in read.reached(line, name)] for name in names]
        nobody = [0 for _ in read.groups(line)]
        return [max(ranks) for ranks in zip(nobody, *each, strict=True)]

    # -------------------------------------------------------------- first measurement

    @property
    def _begun(self) -> float:
        return self.reading.since.begun.get(self.line.name, -inf)

    @property
    def _awaited(self) -> list[Probe]:
        """Return the probes whose first results the line waits for."""
        channels = self.reading.config.channels
        probes = [probe for name in self.names for probe in channels[name].probes]
        return [probe for probe in probes if probe.required and not probe.hint]

    @property
    def silent_until(self) -> float:
        """Return until when nothing is named meanwhile: two timeouts and 5 s."""
        ordinary = [probe.timeout_s for probe in self._awaited if not probe.cost]
        return self._begun + 2 * max(ordinary, default=0.0) + 5.0

    def _ends(self, probe: Probe) -> float:
        """Return until when it is waited for: where it costs something, for one run."""
        if not probe.cost:
            return self.silent_until
        all_begin = max(2.0, len(self.reading.config.probes()) / 125)
        return self._begun + all_begin + probe.timeout_s

    @property
    def ends(self) -> list[float]:
        """Return the moments at which less is waited for."""
        return [self.silent_until, *map(self._ends, self._awaited)]

    @property
    def unmeasured(self) -> set[str]:
        """Return the channels that nobody knows only as their first result is due."""
        read = self.reading
        return {
            probe.owner
            for probe in self._awaited
            if not read.seen[probe.id].results
            and read.now <= self._ends(probe)
            and self.usable(probe.owner)
            and self.rank(probe.owner) == 3
        }

    @property
    def measuring(self) -> bool:
        """Tell whether what may be the one to use is still to be measured.

        That is what a person chose, or the first of those that work or may do so.
        """
        unmeasured = self.unmeasured
        may = [
            name
            for name in self.names
            if self.usable(name) and (name in unmeasured or not self.place(name))
        ]
        hoped = self._pinned or next(iter(may), None)
        return hoped in unmeasured

    @property
    def _pinned(self) -> str | None:
        """Return what a person chose, if it is not set aside."""
        pinned = self.pin
        return None if pinned and self.reading.aside(channel(pinned)) else pinned

    @property
    def _used(self) -> str | None:
        """Return what people use: what they were told last, also while it measures."""
        told = self.held.meanwhile
        may = told in self.names and self.usable(told)
        return told if may else self.held.channel

    def _meanwhile(self) -> str | None:
        """Return what was in use; after a while the best, if that works."""
        held = self._used
        held = held if held in self.names and self.usable(held) else None
        best = self.unpinned()[0] if self.reading.now > self.silent_until else None
        works = best and self.reading.states[channel(best)] is not State.UNKNOWN
        return best if works else held

    # -------------------------------------------------------------------- what is used

    def usable(self, name: str) -> bool:
        """Tell whether people may be told to use it at all."""
        each, node = self.reading.config.channels[name], channel(name)
        return (
            self.line.purpose in each.purposes
            and all(each.traits.get(trait) == "yes" for trait in self.line.require)
            and self.reading.states[node] is not State.DOWN
            and node not in self.reading.distrusted
            and node not in self.reading.maintained
            and self.level(name) is not GONE
        )

    def rank(
        self, name: str, *, returning: bool = False, being_cleared: bool = False
    ) -> float:
        """Return the place of its state: the lower, the sooner it is used.

        That it flaps alone counts only where a line would return to it; what it may
        need does not while it is `being_cleared` of that.
        """
        read, node = self.reading, channel(name)
        if self.level(name) == UNSURE:
            return 6
        if read.own_link(name):
            return 5
        order = (State.AVAILABLE, State.DEGRADED, State.UNKNOWN)
        state = order.index(read.states[node])
        unsaid = read.may_need(name) and not being_cleared
        if unsaid or self._nobody_was_to_hear(name):
            return 4 + state / 10
        if read.flaps(name) and not returning:
            return 0
        return (0, 1, 3)[state]

    def place(self, name: str) -> float:
        """Return its place for use: nobody is sent to what is in doubt meanwhile.

        It comes behind what works, before what is unknown; unknown, behind its like.
        """
        held = self._used
        rank: float = self.rank(
            name,
            returning=self._is_above(name, held)
            or (name != held and self._is_degraded(held)),
            being_cleared=name == held and self._is_being_cleared(name),
        )
        if name == held and rank == 5:
            rank -= 0.01  # all behind our own link are alike: nobody moves
        if not self._shaky(name, in_use=name == held):
            return rank
        return rank + 0.05 if rank >= 3 else 2

    def _is_degraded(self, held: str | None) -> bool:
        """Tell whether the one in use is degraded, and not only as it flaps."""
        if held not in self.names or not self.usable(held):
            return False
        degraded = self.reading.states[channel(held)] is State.DEGRADED
        return degraded and not self.reading.flaps(held)

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

    def unpinned(self) -> tuple[str | None, bool]:
        """Return the channel to use, and whether a better one could be taken.

        That is where a still better one is waited for. One whom fewer hear gives way.
        """
        best, waits = self._by_the_plan()
        if best is None:
            return best, waits
        heard = self._whom_all_hear(best)
        kept = self._lasting_as_long(heard)
        heard = self._whom_all_hear(kept) if kept else heard
        return heard, waits and heard == best

    def _lasting_as_long(self, best: str) -> str | None:
        """Return what works, too, until both end within minutes.

        That is the one in use: a move would help nobody. Where none is, both are as
        degraded, and the plan has the other first.
        """
        held = self._used
        before = self.names[: self.names.index(best)]
        others = [held] if held in self.names and self.usable(held) else before
        return next((n for n in others if self._ends_no_sooner(n, best)), None)

    def _ends_no_sooner(self, name: str, other: str) -> bool:
        only = self.usable(name) and self.reading.only_ends(name)
        works = only and self.place(name) == 1
        return works and self._end(name) >= self._end(other) - 1e-6

    def _end(self, name: str) -> float:
        """Return when it ends for the line, by itself or as nobody hears it then."""
        read = self.reading
        heard_until = read.receivers.ends(self.line, name)
        return min(read.falls_at(channel(name)), heard_until)

    def _whom_all_hear(self, name: str) -> str:
        """Return what it gives way to, and that to, and so on."""
        better = self._gives_way_to(name)
        return self._whom_all_hear(better) if better else name

    def _by_the_plan(self) -> tuple[str | None, bool]:
        """Return what is to be used, which is the one in use where that still holds."""
        ranked, held = self.ranked(), self._used
        if held in ranked and self._is_waited_for(held):
            return held, False
        if held in ranked and self.reading.own_link(held):
            later = [name for name in ranked if not self._only_sooner(name, held)]
            ranked = later if later[0] == held else ranked
        if held not in ranked or self.place(held):
            return next(iter(ranked), None), False
        return self._better(held)

    def _better(self, held: str) -> tuple[str, bool]:
        """Return the best above the one in use, once it has held.

        What is ready before is taken after one `failback_after` in which none got so.
        """
        above = [name for name in self.names if self._is_above(name, held)]
        left_for_it = (n for n in above if self._fine(n) and self._led_to(n, held))
        above = above[: above.index(next(left_for_it, above[-1])) + 1] if above else []
        works = [n for n in above if self._works(n) or self._recovers(n)]
        ready = [n for n in works if self._works(n) and not self.place(n)]
        ready = [n for n in ready if self._has_held(n)]
        if not ready or ready[0] == works[0]:
            return next(iter(ready), held), False
        now = self.reading.now
        since = now if self.held.better is None else self.held.better
        patient = now - since < self.reading.config.failback_after_s
        return (held if patient else ready[0]), True

    def _works(self, name: str) -> bool:
        """Tell whether it works well, and no likely cause would take it."""
        return self._fine(name) and not self._gives_way_to(name)

    def _fine(self, name: str) -> bool:
        fine = self.usable(name) and not self.rank(name, returning=True)
        return fine and not self._taken_by_a_suspect(name)

    def _led_to(self, name: str, held: str) -> bool:
        """Tell whether the one in use is used in the place of this one."""
        return name != held and self._whom_all_hear(name) == held

    def _deciding(self, name: str) -> list[Probe]:
        probes = [p for p in self.reading.config.channels[name].probes if not p.hint]
        return [probe for probe in probes if probe.required] or probes

    def works_since(self, name: str) -> float | None:
        """Return the first success of its tests; of its ways the earliest."""
        ways: dict[str, float] = {}
        for probe in self._deciding(name):
            at = self.reading.seen[probe.id].works_since
            ways[probe.way_of] = min(
                ways.get(probe.way_of, inf), inf if at is None else at
            )
        latest = max(ways.values(), default=inf)
        return None if latest == inf else latest

    def _joins_until(self, name: str) -> float | None:
        """Return until when others may join, where it came back with the one in use."""
        returned, began = self.held.returned, self.works_since(name)
        if (
            returned is None
            or began is None
            or not self._is_above(name, self.held.channel)
        ):
            return None
        window = max((p.retry_every_s for p in self._deciding(name)), default=0.0)
        return returned + window if abs(began - returned) <= window else None

    @property
    def joins(self) -> list[float]:
        """Return the moments at which what comes back is too late to join."""
        found = [self._joins_until(name) for name in self.names]
        return [at for at in found if at is not None]

    def _recovers(self, name: str) -> bool:
        """Tell whether it came back with the one in use, and is not judged yet."""
        seen = [
            self.reading.seen[p.id] for p in self.reading.config.channels[name].probes
        ]
        failed = [s for s in seen if s.confirmed[-1:] == ["x"]]
        answers = any(each.works_since is not None for each in failed)
        return self._joins_until(name) is not None and answers

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
        stopped = read.waiting and self.line.name in read.since.stopped and unknown
        return stopped and bool(probes & read.since.awaited)

    def _has_held(self, name: str) -> bool:
        _, heard = self.held.heard.get(name, (None, -inf))
        if self.reading.now < heard + self.reading.config.failback_after_s:
            return False
        joins = self._joins_until(name)
        if joins is not None and name in self.reading.since.available:
            return self.reading.now >= joins
        since = self.reading.since.available.get(name, -inf)
        return self.reading.now >= since + self.reading.config.failback_after_s

    # --------------------------------------------------------------------- the backup

    def choice(self) -> Choice:
        pinned, measuring = self._pinned, self.measuring
        best, waits = (self._meanwhile(), False) if measuring else self.unpinned()
        use = pinned or best
        self.held.meanwhile = use if measuring else None
        if not measuring:
            self._hold(use, waits=waits and not pinned)
        if use is None:
            return Choice(
                measuring=measuring, until=self._until, receivers=self._receivers
            )
        apart = {name: self._apart(use, name) for name in self.names if name != use}
        if not measuring:
            self.held.apart = {(use, name): pair for name, pair in apart.items()}
        answer = (self.unpinned()[0] if self._in_vain(use) else None) or use
        if answer != use:
            others = [name for name in self.names if name != answer]
            apart = {name: self._apart(answer, name) for name in others}
        others = self._others(answer)
        backup = next((n for n in others if self._long_enough(apart[n])), None)
        if backup is None:
            backup = next(iter(others), None)
        works = self.reading.states[channel(use)] is not State.DOWN
        return Choice(
            use=use,
            pinned=pinned is not None,
            verified=works and self._verified(use),
            backup=backup,
            independent=backup is not None and self._long_enough(apart[backup]),
            shares=self._said_to_share(apart[backup]) if backup else frozenset(),
            still_usable=self._still_usable(answer),
            measuring=measuring,
            completed_by=self._completed_by(answer),
            until=self._until,
            receivers=self._receivers,
        )

    def _in_vain(self, name: str) -> bool:
        """Tell whether it is down or surely not heard: only a pin keeps that."""
        reached = self.reading.receivers.reached(self.line, name)
        lost = [each.said[3] for each in reached if each.rank < each.designed.rank]
        nobody = all(each.now is Hearing.NONE for each in reached)
        is_down = self.reading.states[channel(name)] is State.DOWN
        return is_down or (nobody and bool(lost) and all(lost))

    @property
    def _until(self) -> tuple[tuple[str, float], ...]:
        """Return when each channel that is not down ends for the line."""
        read = self.reading
        ends = {
            n: self._end(n)
            for n in self.names
            if read.states[channel(n)] is not State.DOWN
        }
        return tuple((n, in_tenths(at)) for n, at in ends.items() if at < inf)

    @property
    def _receivers(self) -> tuple[tuple[str, tuple[Said, ...]], ...]:
        """Return who hears each channel of the line, where it is known who is there."""
        reached = self.reading.receivers.reached
        each = [(name, reached(self.line, name)) for name in self.names]
        return tuple((n, tuple(r.said for r in them)) for n, them in each if them)

    def _verified(self, name: str) -> bool:
        heard = self.level(name) > UNSURE and not self._nobody_was_to_hear(name)
        return heard and self.reading.verified(name)

    def _hold(self, use: str | None, *, waits: bool) -> None:
        """Have this in use from now on."""
        held, now = self.held, self.reading.now
        if held.decided and use == held.channel:
            held.better = (
                (now if held.better is None else held.better) if waits else None
            )
            return
        held.better = held.returned = None
        if held.decided and held.channel is None and use is not None:
            _, judged = self.reading.since.states[use]  # before that a word held it
            works = self.works_since(use) if judged == now else None
            held.returned = now if works is None else works
        held.channel, held.apart, held.decided = use, {}, True

    def _still_usable(self, use: str) -> tuple[str, ...]:
        above = self.names[: self.names.index(use)] if use in self.names else []
        return tuple(
            name for name in above if self.usable(name) and self._is_weak(name)
        )

    def _is_weak(self, name: str) -> bool:
        """Tell whether it is degraded, for the line at least."""
        state, level = self.reading.states[channel(name)], self.level(name)
        if level == UNSURE:
            return False
        fewer = level == FEWER or self.is_ending(name)
        return (fewer and state is State.AVAILABLE) or state is State.DEGRADED

    def _others(self, use: str) -> list[str]:
        """Return what may be the backup; a doubt of a moment changes none."""
        names = [name for name in self.names if name != use and self.usable(name)]
        own_link = self.reading.own_link
        return sorted((n for n in names if not own_link(n)), key=self.rank)

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
        known = all(
            channels[n].needs_known and not self.reading.receivers.never(self.line, n)
            for n in (one, other)
        )
        return (
            known
            and not self.shares(one, other)
            and not self._one_cause_takes(one, other)
        )

    def shares(self, one: str, other: str) -> Nodes:
        """Return what takes both by failing alone, in a world that may be ours.

        A likely cause that would take both at once is what they share, too.
        """
        read, pair = self.reading, (one, other)
        found = [self._shared(one, other, world) for world in self.worlds()]
        found += [
            suspects & frozenset(read.config.components)
            for group in read.groups
            for suspects in lowest(group)
            if not read.taken(suspects) <= read.gone
            and all(self._is_lost(n, read.gone | read.taken(suspects)) for n in pair)
        ]
        return frozenset[str]().union(*found)

    def _leaves_one_failure(self, one: str, other: str, world: Nodes) -> bool:
        """Tell whether one is gone in this world, and one failure takes the rest."""
        left = [n for n in (one, other) if not self._is_lost(n, world)]
        return len(left) < 2 and all(self._takers(n, world) for n in left)

    def _is_lost(self, name: str, world: Nodes) -> bool:
        """Tell whether it is down in this world, or heard by nobody."""
        if channel(name) in world:
            return True
        return self.reading.receivers.takers(self.line, name, world) is None

    def _takers(self, name: str, world: Nodes) -> Nodes:
        """Return what takes it in this world by failing alone, or all who hear it."""
        read = self.reading
        itself = read.graph.single(channel(name), world, read.spent)
        them = read.receivers.takers(self.line, name, world)
        return frozenset(read.config.components) & (itself | (them or frozenset()))

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
        if any(self._is_lost(name, world) for name in (one, other)):
            return frozenset()
        return self._takers(one, world) & self._takers(other, world)
