"""What the rules say of every part of the plan at one instant.

Each property answers one question from the whole history and from what stands above
it; nothing is kept between two instants but what `Since` holds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from math import inf

from plans import START

from model.batteries import Turns, batteries, lasts, turned
from model.blame import Blame, Sight, lowest
from model.graph import SERVICES, Graph, Lasts, Nodes, Served, channel, fed, path
from model.hearing import Receivers
from model.paths import Doubts, is_reference, links, references
from model.probes import Seen
from model.statements import DAY_S, Said, began, second
from secours.model.observed import Evidence
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Probe
from secours.model.snapshot import Link, State
from secours.model.statements import Declared, Mark

ENDING_S = 900.001  # the last 15 minutes of a battery, to a millisecond
TRIED_EVERY_S = 30 * DAY_S
ROOM_S = 1.0  # for a hurried test, beside its timeout
STATES = {"o": State.AVAILABLE, "d": State.DEGRADED, "x": State.DOWN}


@dataclass
class Since:
    """What only the instants before can tell, by node."""

    at_risk: dict[str, float] = field(default_factory=dict)
    available: dict[str, float] = field(default_factory=dict)  # again, after a fall
    states: dict[str, tuple[State, float]] = field(default_factory=dict)
    down: Nodes = frozenset()
    faulty: set[str] = field(default_factory=set)  # channels, when last known
    awaited: frozenset[str] = frozenset()  # probes, since the latest start
    awaited_until: float = 0.0
    stopped: Nodes = frozenset()  # lines that had been decided at that start
    begun: dict[str, float] = field(
        default_factory=dict
    )  # lines not yet decided, since
    # the start or the edit that they wait from for first results
    turns: dict[str, Turns] = field(default_factory=dict)  # of batteries
    doubts: Doubts = field(default_factory=Doubts)  # of paths
    lost: Nodes = frozenset()  # to people


@dataclass(frozen=True)
class Measured:
    """What the probes of one owner say together.

    The letter is that of a probe, or `!` where our own link is what failed.
    """

    letter: str
    failed_at: float = 0.0
    proved: bool = False  # one at least worked of late
    flaps: bool = False  # degraded for no other reason


@dataclass(frozen=True)
class Cause:
    """What may explain a group of failures, and when the newest of them began."""

    sets: list[Nodes]
    newest: float


@dataclass(frozen=True)
class Reading:
    """One instant of one plan."""

    config: Config
    graph: Graph
    seen: dict[str, Seen]
    said: Said
    since: Since
    now: float

    @cached_property
    def receivers(self) -> Receivers:
        """Return the people at the other end."""
        return Receivers(self)

    # ------------------------------------------------------------- probes and paths

    def letter(self, probe: Probe) -> str:
        return self.seen[probe.id].verdict(self.now)

    @cached_property
    def links(self) -> dict[str, Link]:
        """Return what the references say of each path."""
        return links(self.config, self.seen, self.now)

    def cut_at(self, name: str | None) -> float | None:
        """Return since when the path is down: since the last of its references was."""
        if name is None or self.links.get(name) is not Link.DOWN:
            return None
        judges = references(self.config.paths[name])
        return max(self.seen[p.id].failed_at for p in judges)

    def heard_of(self, probe: Probe) -> str:
        """Return what a probe says, `!` where only our own link may have failed."""
        return self._over_its_path(probe, self.letter(probe))

    def _over_its_path(self, probe: Probe, said: str) -> str:
        cut = self.cut_at(probe.via)
        if cut is None:
            return "~" if said == "?" and self.seen[probe.id].forgotten else said
        proved = self.seen[probe.id].proved_at
        if said in "od" and proved is not None and proved > cut:
            return said
        return said if said == "x" and self._was_open(probe) else "!"

    def _was_open(self, probe: Probe) -> bool:
        """Tell whether the path of a component's probe still worked when it failed."""
        if not probe.id.startswith("components/"):
            return False
        open_until = self.since.doubts.open_until[probe.via or ""]
        return self.seen[probe.id].failed_at < open_until

    # ------------------------------------------------- what the probes of one say

    def measured(self, owner: Channel | Component) -> Measured:
        key = channel(owner.name) if isinstance(owner, Channel) else owner.name
        return self._measured[key]

    def proved(self, name: str) -> bool:
        """Tell whether a test of the channel worked of late."""
        return self._measured[channel(name)].proved

    @cached_property
    def _measured(self) -> dict[str, Measured]:
        found = {n: self._together(c.probes) for n, c in self.config.components.items()}
        for name, each in self.config.channels.items():
            found[channel(name)] = self._together(each.probes)
        return found

    def _together(self, probes: Iterable[Probe]) -> Measured:
        ours = [probe for probe in probes if not probe.hint]
        groups: dict[str, list[Probe]] = {}
        for probe in ours:
            groups.setdefault(probe.way_of or probe.id, []).append(probe)
        ways = list(groups.values())
        proved = any(self.letter(p) in "od" for p in ours)
        said = _worst(ways, {p.id: self.heard_of(p) for p in ours})
        steady = _worst(ways, {p.id: self._steady(p) for p in ours})
        failures = [
            max(self.seen[p.id].failed_at for p in group if self.heard_of(p) == "x")
            for group in ways
            if group[0].required and {self.heard_of(p) for p in group} - {"!"} == {"x"}
        ]
        return Measured(
            letter=said,
            failed_at=min(failures, default=0.0),
            proved=proved,
            flaps=said == "d" and steady == "o",
        )

    def _steady(self, probe: Probe) -> str:
        """Return what a probe says but for flapping."""
        return self._over_its_path(probe, self.seen[probe.id].measured(self.now))

    def first_tests_until(self, name: str) -> float:
        """Return when the tests that are due since a path opened are surely over.

        One may have to wait for the end of another that was under way.
        """
        probes = [p for p in self.config.channels[name].probes if not p.hint]
        due = [
            since
            for probe in probes
            if probe.required
            and (since := self.since.doubts.first_test_due(self.seen[probe.id]))
        ]
        longest = max((probe.timeout_s for probe in probes), default=0.0)
        return max(due, default=-inf) + 2 * longest + ROOM_S

    # ------------------------------------------------------ people, and proofs

    def tried_at(self, name: str) -> float | None:
        """Return when a channel worked for people, where that is still worth a word."""
        trial = self.said.trials.get(name)
        if trial is None or not trial.worked or self.tried_out(name):
            return None
        return second(trial.at)

    def tried_out(self, name: str) -> bool:
        """Tell whether the test by people is so old that it says nothing."""
        return self.is_old(name, second(self.said.trials[name].at))

    def is_old(self, name: str, tried: float) -> bool:
        every = self.config.channels[name].test_every_s or TRIED_EVERY_S
        return self.now > tried + 2 * every

    @cached_property
    def own_proof(self) -> dict[str, float]:
        """Return when each node last worked by a test of its own."""
        found: dict[str, list[float | None]] = {}
        for name, part in self.config.components.items():
            found[name] = self._proofs(part.probes)
        for name, each in self.config.channels.items():
            found[channel(name)] = [self.tried_at(name), *self._proofs(each.probes)]
        return _newest(found)

    def _proofs(self, probes: Iterable[Probe]) -> list[float | None]:
        """Return when each test last worked, where that still says something."""
        return [
            self.seen[probe.id].proved_at
            for probe in probes
            if not probe.hint and self.letter(probe) in "od"
        ]

    @cached_property
    def freed(self) -> dict[str, float]:
        """Return since when each node is known to live, by a test or by a word."""
        known: dict[str, list[float | None]] = {
            node: [self.own_proof.get(node), self.declared_up(node)]
            for node in self._measured
        }
        for probe in self.config.probes():  # a path works over which one is reached
            if probe.via and self.letter(probe) in "od":
                proof = self.seen[probe.id].proved_at
                known.setdefault(path(probe.via), []).append(proof)
        return _newest(known)

    # ------------------------------------------------------------ what has fallen

    @cached_property
    def known_down(self) -> dict[str, list[float]]:
        """Return what probes or people say is down, with since when.

        That is the first of the episode; said again it is no newer.
        """
        found: dict[str, list[float]] = {}
        for node, measured in self._measured.items():
            if self._stays_failed(node, measured):
                found.setdefault(node, []).append(measured.failed_at)
            marked = self.said.mark(node, Declared.DOWN)
            if marked is not None:
                found.setdefault(node, []).append(marked)
        return {node: [min(times)] for node, times in found.items()}

    def _stays_failed(self, node: str, measured: Measured) -> bool:
        """Tell whether a measured failure stands: `up` yields to what comes after."""
        if measured.letter != "x":
            return False
        return self.said.mark(node, Declared.UP) is None or self._up_is_over(node)

    def declared_up(self, node: str) -> float | None:
        """Return when a person said it works, unless it was seen to fail since."""
        return None if self._up_is_over(node) else self.said.mark(node, Declared.UP)

    def _up_is_over(self, node: str) -> bool:
        up = self.said.mark(node, Declared.UP)
        seen = [self.seen[p.id] for p in self._probes_of(node) if self._counts(p)]
        return up is not None and any(_failed_after(each, up) for each in seen)

    def _test_is_over(self, name: str) -> bool:
        """Tell whether a test that decides failed since people tried the channel."""
        tried = second(self.said.trials[name].at)
        before, began = self.since.states.get(name, (State.UNKNOWN, inf))
        worked = before in (State.AVAILABLE, State.DEGRADED)
        faulty = name in self.since.faulty and not worked and tried < began
        ways: dict[str, list[bool]] = {}
        for probe in self.config.channels[name].probes:
            if probe.required and self._counts(probe):
                seen = self.seen[probe.id]
                failed = _failed_after(seen, tried) if seen.heard else faulty
                ways.setdefault(probe.way_of or probe.id, []).append(failed)
        return any(all(way) for way in ways.values())

    def _counts(self, probe: Probe) -> bool:
        return not probe.hint and self.cut_at(probe.via) is None

    def _probes_of(self, node: str) -> tuple[Probe, ...]:
        name = node.removeprefix("channel:")
        if node.startswith("channel:"):
            return self.config.channels[name].probes
        return self.config.components[name].probes

    @cached_property
    def known_falls(self) -> dict[str, list[float]]:
        """Return when each node falls with what is known to be down."""
        return self._known_falls(self.turns)

    @cached_property
    def turns(self) -> dict[str, Turns]:
        """Return the turns of each battery until now.

        What has its power again runs down no longer, and neither may what it feeds.
        """
        found, before = self.since.turns, None
        while found != before:
            before = found
            falls = self._known_falls(found)
            fails = {n: self.power_fails_by(falls, n) for n in self.graph.autonomy}
            read = {id_: s.reading for id_, s in self.seen.items() if s.reading}
            found = turned(self.config, self.since.turns, fails, read, self.now)
        return found

    def _known_falls(self, turns: dict[str, Turns]) -> dict[str, list[float]]:
        def lasting(node: str, fails: float) -> float:
            battery = batteries(self.config)[node]
            return lasts(battery, turns.get(node, ()), fails, self.now)

        lives = self.steadily(self.freed, words=True)
        return self.graph.fall_times(
            self.known_down, self.freed, lasting, lives, self.served(words=True)
        )

    def steadily(self, freed: dict[str, float], *, words: bool) -> dict[str, float]:
        """Return since when each lived as long as a recovery takes, or people say so.

        A battery may end a little later than it was to: one success is not enough.
        """
        found = dict(freed)
        for node in self._measured.keys() & freed.keys():
            tests = [p for p in self._probes_of(node) if not p.hint]
            times = [
                self.seen[p.id].recovered_at for p in tests if self.letter(p) in "od"
            ]
            name = node.removeprefix("channel:")
            people = self.tried_at(name) if node.startswith("channel:") else None
            said = self.declared_up(node) if words else None
            found[node] = max(t for t in (*times, people, said, -inf) if t is not None)
        return found

    def served(self, *, words: bool) -> Served:
        """Return since when each has had a service of a network, by its class.

        A modem that is registered has neither called nor had data: only what came to
        the other end, or people, speak of calls; what a modem says speaks of no data.
        """
        return {
            (node, service): max(
                self.declared_up(node) or -inf if words else -inf,
                self._people_used(node),
                *(
                    -inf,
                    *(self.seen[p.id].proved for p in self._speaking(node, service)),
                ),
            )
            for node in self._measured
            for service in SERVICES
        }

    def _people_used(self, node: str) -> float:
        name = node.removeprefix("channel:")
        tried = self.tried_at(name) if node.startswith("channel:") else None
        return -inf if tried is None else tried

    def _speaking(self, node: str, service: str) -> list[Probe]:
        """Return the tests whose success of late is one of this service too."""
        good = [
            probe
            for probe in self._probes_of(node)
            if not probe.hint and self.letter(probe) in "od"
        ]
        data = service == "data"
        return [p for p in good if self.seen[p.id].arrived or (data and not p.device)]

    def _fell_at(self, node: str) -> float:
        """Return since when it is known down: by its own tests, else by its needs."""
        return min(self.known_down.get(node) or self.known_falls[node], default=inf)

    def falls_at(self, node: str) -> float:
        """Return when it fell or will fall with what is known to be down.

        What is only presumed down takes others at once, and starts no battery clock.
        """
        return min(self.known_falls[node], default=inf)

    def lasts_after(self, node: str, fails: float) -> float:
        turns = self.turns.get(node, ())
        return lasts(batteries(self.config)[node], turns, fails, self.now)

    @cached_property
    def spent(self) -> Nodes:
        """Return those whose battery has ended."""
        return self.spent_by(self.now)

    def spent_by(self, then: float) -> Nodes:
        """Return those whose battery will have ended by then."""
        return frozenset(
            node
            for node in self.graph.autonomy
            if (fails := self.power_fails(node)) < inf
            and fails + self.lasts_after(node, fails) <= then
        )

    def power_fails(self, node: str) -> float:
        """Return when the power fails on which a node can live on without."""
        return self.power_fails_by(self.known_falls, node)

    def power_fails_by(self, falls: dict[str, list[float]], node: str) -> float:
        """Return when it fails where the nodes fall at these moments."""
        return min(
            (
                max(min(falls[need], default=inf) for need in clause)
                for clause in filter(fed, self.graph.needs[node])
            ),
            default=inf,
        )

    # ------------------------------------------------------------------- suspicion

    @cached_property
    def confirmed(self) -> tuple[Sight, ...]:
        """Return what is confirmed failed, and not for what is known to be down."""
        since: dict[Nodes, float] = {}
        for probe in self.failing:
            way, at = self._way(probe), self.seen[probe.id].failed_at
            since[way] = min(at, since.get(way, at))
        for name in self.config.paths:
            cut = self.cut_at(name)
            if cut is not None:
                since[frozenset({path(name)})] = cut
        found = (Sight(way, at) for way, at in since.items())
        return tuple(each for each in found if not each.through & self.base)

    @property
    def failing(self) -> list[Probe]:
        return [
            probe
            for probe in self._decisive()
            if self.heard_of(probe) == "x" and not self.seen[probe.id].nobodys_fault
        ]

    def _decisive(self) -> list[Probe]:
        return [p for p in self.config.probes() if not p.hint and not is_reference(p)]

    def _way(self, probe: Probe) -> Nodes:
        """Return the nodes that a test goes through."""
        room = probe.id.partition("/")[0]
        owner = channel(probe.owner) if room == "channels" else probe.owner
        return frozenset({owner, path(probe.via)} if probe.via else {owner})

    @cached_property
    def weak_together(self) -> list[Blame]:
        """Return the degraded tests in groups in which two channels share a part.

        What may be a cause of two puts them together, though it has worked since.
        """
        found = tuple(
            Sight(self._way(probe), self.seen[probe.id].weak_at)
            for probe in self._decisive()
            if probe.id.startswith("channels/")
            and self.heard_of(probe) == "d"
            and not self._way(probe) & self.base
        )
        groups = Blame(self.left, found, (), self.spent).groups()
        return [
            replace(weak, worked=self.successes)
            for weak in groups
            if self._shares(weak)
        ]

    def _shares(self, weak: Blame) -> bool:
        """Tell whether a part takes two of these channels by failing alone, or now."""
        ways = frozenset(node for sight in weak.failed for node in sight.through)
        nodes = ways & set(map(channel, self.config.channels))
        return any(
            len(nodes & plan.fall({name}, self.spent)) > 1
            for name in self.config.components
            for plan in (self.graph, self.left)
        )

    @cached_property
    def successes(self) -> tuple[Sight, ...]:
        """Return every fresh ok, with when it began."""
        found = [
            Sight(self._way(p), self.seen[p.id].proved)
            for p in self._decisive()
            if self.heard_of(p) == "o"
        ]
        found += [
            Sight(frozenset({path(name)}), self._reference_proof(name))
            for name, link in self.links.items()
            if link is Link.OK
        ]
        tried = {name: self.tried_at(name) for name in self.config.channels}
        found += [
            Sight(frozenset({channel(name)}), at)
            for name, at in tried.items()
            if at is not None
        ]
        return tuple(found)

    def _reference_proof(self, name: str) -> float:
        judges = references(self.config.paths[name])
        return max(self.seen[p.id].proved for p in judges)

    @cached_property
    def base(self) -> Nodes:
        """Return what has fallen with what is known to be down: it is no suspect.

        That a channel itself fails is what is to be explained.
        """
        parts = self.config.components
        roots = {node: at for node, at in self.known_down.items() if node in parts}
        freed = {
            node: at
            for node, at in self.freed.items()
            if not node.startswith("channel:") or not self._is_down_itself(node)
        }
        lives = self.steadily(freed, words=True)
        served = self.served(words=True)
        falls = self.graph.fall_times(roots, freed, self.lasts_after, lives, served)
        return frozenset(node for node in falls if self._fell(falls[node]))

    def _is_down_itself(self, node: str) -> bool:
        """Tell whether its own tests or people say that it is down."""
        tested = self._of_itself(node) is State.DOWN and not self.declared_up(node)
        return node in self.known_down or tested

    def _fell(self, times: list[float]) -> bool:
        return min(times, default=inf) <= self.now

    @cached_property
    def blames(self) -> list[Blame]:
        """Return each group of failures that may have a cause in common.

        Nothing is accused before each test had its first result since the start.
        """
        if self.waiting:
            return []
        return Blame(self.left, self.confirmed, self.successes, self.spent).groups()

    @cached_property
    def groups(self) -> list[list[Nodes]]:
        """Return the sets that explain each group of failures."""
        return [blame.smallest() for blame in self.blames]

    @cached_property
    def sure(self) -> list[Cause]:
        """Return the likeliest sets of each group that no answer speaks against.

        What is degraded, or passed a first test, clears nothing, but what it goes
        through is not lost.
        """
        answers = tuple(
            Sight(self._way(p), self.seen[p.id].proved)
            for p in self._decisive()
            if self.heard_of(p) == "d" or self._answers_at_first(p)
        )
        return [
            Cause(likeliest, max(sight.at for sight in blame.failed))
            for blame, likeliest in zip(self.blames, self.likeliest, strict=True)
            if likeliest and blame.stand(likeliest, answers)
        ]

    def _answers_at_first(self, probe: Probe) -> bool:
        """Tell whether what failed has just answered, since its path is cut too."""
        seen, cut = self.seen[probe.id], self.cut_at(probe.via)
        failed = self.letter(probe) == "x" and seen.answers(self.now)
        return failed and (cut is None or seen.proved > cut)

    @cached_property
    def likeliest(self) -> list[list[Nodes]]:
        return list(map(lowest, self.groups))

    @cached_property
    def suspects(self) -> list[Nodes]:
        """Return every set, also those that explain what is only degraded."""
        found = [suspects for group in self.groups for suspects in group]
        if self.waiting:
            return found
        return found + [each for weak in self.weak_together for each in weak.of_all()]

    @cached_property
    def left(self) -> Graph:
        """Return the plan without what is known to be down."""
        falls = self.known_falls
        down = frozenset(node for node in falls if self._fell(falls[node]))
        return self.graph.without(down & self.config.components.keys(), self.spent)

    def taken(self, suspects: Nodes) -> Nodes:
        """Return all that falls with these, beside what is known to be down."""
        return self.left.fall(suspects, self.spent)

    def presumed(self, node: str) -> bool:
        """Tell whether it is taken whichever it is, and nothing speaks for it."""
        return self._presumed_of(node, self.freed.get(node))

    def _presumed_of(self, node: str, proved_at: float | None) -> bool:
        """Tell whether it would be, if this were the newest that speaks for it."""
        return bool(self.presuming(node, proved_at))

    def presuming(self, node: str, proved_at: float | None) -> list[Cause]:
        """Return the causes that take it, with a failure newer than this proof of it.

        The failures that another cause explains are no newer than anything of it.
        """
        if node in self._measured and self._measured[node].proved:
            return []
        own = {node} if node.startswith("channel:") else frozenset[str]()
        return [
            cause
            for cause in self.sure
            if all(node in self.taken(suspects - own) for suspects in cause.sets)
            and (proved_at is None or proved_at <= cause.newest)
        ]

    def spared(self, node: str) -> bool:
        """Tell whether it is presumed down later: a test may clear each suspect yet.

        What is down stays down meanwhile.
        """
        return self._spared_by(node, self.presuming(node, self.freed.get(node)))

    def _spared_by(self, node: str, causes: list[Cause]) -> bool:
        return node not in self.since.down and all(
            self._tested_yet(cause.sets) for cause in causes
        )

    def is_presumed_by(self, node: str, causes: list[Cause]) -> bool:
        """Tell whether these causes take it already."""
        return bool(causes) and not self._spared_by(node, causes)

    def reprieved(self, name: str) -> bool:
        """Tell whether what answers speaks against all that takes it, or may yet.

        That is where it cannot be tested, and others are that may clear it.
        """
        node = channel(name)
        groups = [
            group
            for group in self.likeliest
            if any(node in self.taken(suspects - {node}) for suspects in group)
        ]
        sure = [cause.sets for cause in self.sure]
        return bool(groups) and all(
            group not in sure or (not self.proved(name) and self._tested_yet(group))
            for group in groups
        )

    def _tested_yet(self, group: list[Nodes]) -> bool:
        """Tell whether a channel that these take is being tested on their account."""
        return any(
            channel(name) in self.taken(suspects - {channel(name)})
            and self.being_tested(name)
            for suspects in group
            for name in self.config.channels
        )

    def being_tested(self, name: str) -> bool:
        """Tell whether a channel at risk still waits for the end of a test."""
        if not self.proved(name) or self._state(channel(name)) is State.DOWN:
            return False
        since = self.since.at_risk.get(name, self.now)
        probes = [p for p in self.config.channels[name].probes if not p.hint]
        answered = any(h.began >= since for p in probes for h in self.seen[p.id].heard)
        longest = max((p.timeout_s for p in probes), default=0.0)
        return not answered and self.now <= since + longest + ROOM_S

    @property
    def waiting(self) -> bool:
        """Tell whether some probe is still to have its first result since the start."""
        return bool(self.since.awaited) and self.now <= self.since.awaited_until

    # ---------------------------------------------------------- words that are over

    def proved_since(self, node: str, since: float) -> bool:
        """Tell whether it worked, by a test of its own, after this moment."""
        if self._is_down_itself(node):
            return False
        proof = self.own_proof.get(node, -inf)
        return _is_proof(node, proof, self.served(words=False), since)

    @cached_property
    def doubtful(self) -> Nodes:
        """Return what a word took out of use that is over, where no proof is newer."""
        return self._doubtful(self.freed, self.served(words=True))

    def _doubtful(self, freed: dict[str, float], served: Served) -> Nodes:
        """Return it if these were the times since when each node is known to live."""
        alive = self._alive_of(freed)
        roots = self._ended(alive, served)
        if not roots:
            return frozenset()
        rest, proofs = self.set_aside(), (alive, served)
        return self._out_of_use(roots, {}, *proofs) | (
            self._out_of_use(roots, rest, *proofs) - self._out_of_use({}, rest, *proofs)
        )

    def _alive_of(self, freed: dict[str, float]) -> dict[str, float]:
        return {n: at for n, at in freed.items() if not self.is_known_down(n)}

    def _ended(self, alive: dict[str, float], served: Served) -> dict[str, list[Mark]]:
        """Return the words that ended and took something itself, if unanswered."""
        found: dict[str, list[Mark]] = {}
        for node, marks in self.said.ended.items():
            for mark in marks if node in self._measured else ():
                if _is_proof(node, alive.get(node, -inf), served, began(mark)):
                    continue
                if not self.proved_since(node, began(mark)):
                    found.setdefault(node, []).append(mark)
        return found

    def _out_of_use(
        self,
        ended: Mapping[str, list[Mark]],
        aside: Mapping[str, float],
        alive: dict[str, float],
        served: Served,
    ) -> Nodes:
        """Return what the words that ended took, with what is down and set aside.

        A battery that lasted until the word ended still does, and maintenance drains
        none. What ran out under a word did so whatever was said later: so each end of
        one of a failure is looked at.
        """
        took: dict[str, list[float]] = {n: [at] for n, at in aside.items()}
        for node, marks in ended.items():
            took.setdefault(node, []).extend(map(began, marks))
        every = [mark for marks in ended.values() for mark in marks if _drains(mark)]
        for then in {self.now, *map(_end, every)}:
            words = {
                node: max(known, key=lambda mark: (began(mark), _end(mark)))
                for node, marks in ended.items()
                if (known := [m for m in marks if began(m) <= then])
            }
            for node, at in self._ran_out(words, then, alive, served).items():
                took.setdefault(node, []).append(at)
        idle = {node: [max(times)] for node, times in took.items()}
        return frozenset(self._first_falls(idle, alive, served, lambda *_: inf))

    def _ran_out(
        self,
        words: Mapping[str, Mark],
        then: float,
        alive: dict[str, float],
        served: Served,
    ) -> dict[str, float]:
        """Return what fell with what these words said, and what was down by then."""
        down = {
            node: times
            for node, times in self.known_down.items()
            if node in self.config.components and min(times) <= then
        }
        failed = {n: [began(m)] for n, m in words.items() if _drains(m)}

        def until(node: str) -> float:
            if node in down:
                return self.now
            own = _end(words[node]) if node in words else -inf
            needs = (min(map(until, c)) for c in self.graph.needs.get(node, ()))
            return max(own, *needs, -inf)

        def lasts(node: str, fails: float) -> float:
            power = filter(fed, self.graph.needs[node])
            ends = max((min(map(until, c)) for c in power), default=-inf)
            left = self.lasts_after(node, fails)
            return inf if fails + left > ends else left

        return self._first_falls({**failed, **down}, alive, served, lasts)

    def _first_falls(
        self,
        roots: Mapping[str, Iterable[float]],
        alive: dict[str, float],
        served: Served,
        lasts: Lasts,
    ) -> dict[str, float]:
        falls = self.graph.fall_times(roots, alive, lasts, None, served)
        return {
            n: min(times) for n, times in falls.items() if min(times, default=inf) < inf
        }

    def set_aside(self) -> dict[str, float]:
        """Return what is itself set aside, and when that last began."""
        found = [
            (_at(window.start), node)
            for node, part in self._parts()
            for window in part.maintenance
            if _at(window.start) <= self.now < _at(window.end)
        ]
        said = (*self.said.marks.values(), *self.said.distrusts.values())
        asides = (Declared.MAINTENANCE, Declared.DISTRUSTED)
        found += ((began(m), m.subject) for m in said if m.says in asides)
        return {node: at for at, node in sorted(found)}

    def is_known_down(self, node: str) -> bool:
        return node in self._measured and self._is_down_itself(node)

    # ---------------------------------------------------------------------- states

    @cached_property
    def states(self) -> dict[str, State]:
        """Return the state of each channel and component."""
        return {node: self._state(node) for node in self._measured}

    def _state(self, node: str) -> State:
        state = self._as_tested(node)
        works = state in (State.AVAILABLE, State.DEGRADED)
        return State.UNKNOWN if works and node in self.doubtful else state

    def unmeasured(self, node: str) -> bool:
        """Tell whether nothing but a word that ended keeps a node from being used."""
        works = self._as_tested(node) in (State.AVAILABLE, State.DEGRADED)
        return works and node in self.doubtful

    def _as_tested(self, node: str) -> State:
        if node in self.known_down or self.falls_at(node) <= self.now:
            return State.DOWN
        if self._falls(node):
            return State.DOWN
        declared = self.declared_up(node) is not None
        if self.unproven(node) and not (declared and self._may_be_proved(node)):
            return State.UNKNOWN
        state = State.AVAILABLE if declared else self._of_itself(node)
        ending = self.falls_at(node) - self.now <= ENDING_S
        return State.DEGRADED if ending and state is State.AVAILABLE else state

    def _falls(self, node: str) -> bool:
        return self.presumed(node) and not self.spared(node)

    def _of_itself(self, node: str) -> State:
        """Return what its own tests say, those of people where no probe decides."""
        name = node.removeprefix("channel:")
        if node.startswith("channel:") and self.thin(name):
            trial = self.said.trials.get(name)
            if trial and not self.tried_out(name):
                if not trial.worked:
                    return State.DOWN
                if self._test_is_over(name):
                    return STATES.get(self._measured[node].letter, State.UNKNOWN)
                weak = self._any_weak(name, self.heard_of)
                return State.DEGRADED if weak else State.AVAILABLE
        return STATES.get(self._measured[node].letter, State.UNKNOWN)

    def _any_weak(self, name: str, letter: Callable[[Probe], str]) -> bool:
        """Tell whether one of its tests speaks against it."""
        probes = self.config.channels[name].probes
        return bool({letter(p) for p in probes if not p.hint} & {"d", "x"})

    def thin(self, name: str) -> bool:
        """Tell whether no probe of the channel decides, or none proves enough."""
        probes = [p for p in self.config.channels[name].probes if not p.hint]
        proves = any(p.best.rank > Evidence.REACHED.rank for p in probes)
        return not (proves and any(p.required for p in probes))

    def aside(self, node: str) -> bool:
        """Tell whether it is not to be used though it may work."""
        return node in self.distrusted or node in self.maintained

    def unproven(self, node: str) -> bool:
        """Tell whether a channel at most answers, and nobody has tried it of late."""
        if not node.startswith("channel:"):
            return False
        name = node.removeprefix("channel:")
        probes = [p for p in self.config.channels[name].probes if not p.hint]
        state = self._of_itself(node)
        down = state is State.DOWN
        if down or not probes or self.tried_at(name) is not None:
            return False
        works = state is not State.UNKNOWN
        proved = [
            self.seen[p.id].evidence.rank for p in probes if self.letter(p) in "od"
        ]
        little = max(proved, default=0) <= Evidence.REACHED.rank
        return self.thin(name) or (works and little)

    def _may_be_proved(self, node: str) -> bool:
        """Tell whether its own tests can prove more than that something answers."""
        return not self.thin(node.removeprefix("channel:"))

    def flaps(self, name: str) -> bool:
        """Tell whether a channel is degraded for no other reason than flapping."""
        degraded = self.states[channel(name)] is State.DEGRADED
        return degraded and self._flaps_itself(name) and not self._is_ending(name)

    def _flaps_itself(self, name: str) -> bool:
        if self.thin(name) and self.tried_at(name) is not None:
            return not self._any_weak(name, self._steady)
        return self._measured[channel(name)].flaps

    def _is_ending(self, name: str) -> bool:
        return self.falls_at(channel(name)) - self.now <= ENDING_S

    def only_ends(self, name: str) -> bool:
        """Tell whether a channel is degraded for nothing but its last minutes."""
        node = channel(name)
        works = (
            self.declared_up(node) is not None
            or self._of_itself(node) is State.AVAILABLE
            or self._flaps_itself(name)
        )
        degraded = self.states[node] is State.DEGRADED
        return degraded and works and self._is_ending(name)

    def own_link(self, name: str) -> bool:
        """Tell whether a channel is unknown as our own link is what failed."""
        node = channel(name)
        lost = self._measured[node].letter == "!"
        unknown = self.states[node] is State.UNKNOWN and not self.unmeasured(node)
        return lost and unknown

    def at_risk(self, node: str) -> bool:
        """Tell whether a likeliest set would take it, and it stands on older proof.

        That it may have failed alone is its own affair, and is seen by its own tests.
        """
        own = {node} if node.startswith("channel:") else frozenset[str]()
        return self.states[node] is not State.DOWN and (
            self._may_be_taken(node)
            or any(
                node in self.taken(suspects - own)
                for group in self.groups
                for suspects in lowest(group)
            )
        )

    def _may_be_taken(self, node: str) -> bool:
        """Tell whether a test may show if what works needs something that is down.

        Nobody can test a distrust away.
        """
        if not node.startswith("channel:") or self.states[node] is State.UNKNOWN:
            return False
        name = node.removeprefix("channel:")
        return bool(self.may_need(name)) and not self.distrusts_it(name)

    def distrusts_it(self, name: str) -> bool:
        """Tell whether people distrust something that a channel may need."""
        return not self.may_need(name).isdisjoint(self.said.distrusts)

    def verified(self, name: str) -> bool:
        """Tell whether it is fresh evidence of our own that says it works."""
        node = channel(name)
        works = self.states[node] in (State.AVAILABLE, State.DEGRADED)
        own = self._of_itself(node)
        if self.declared_up(node) is not None and own is not State.AVAILABLE:
            return False
        if self._by_up_alone(node) or self.at_risk(node):
            return False
        letter = self._measured[node].letter
        proved = letter in "od" or self.tried_at(name) is not None
        return works and proved and not self.unproven(node) and not self.may_need(name)

    def _by_up_alone(self, node: str) -> bool:
        """Tell whether it would be down but for a person's `up`: its proof is older."""
        if self.declared_up(node) is None:
            return False
        ups = {n: at for n in self._measured if (at := self.declared_up(n)) is not None}
        proved = {n: at for n, at in self.freed.items() if n not in ups}
        proved |= {n: at for n in ups if (at := self.own_proof.get(n)) is not None}
        lives = self.steadily(proved, words=False)
        served = self.served(words=False)
        falls = self.graph.fall_times(
            self.known_down, proved, self.lasts_after, lives, served
        )
        if self._fell(falls[node]) or node in self._doubtful(proved, served):
            return True
        return self._presumed_of(node, self.own_proof.get(node))

    # ------------------------------------------------------ what is not to be used

    @cached_property
    def gone(self) -> Nodes:
        """Return what is down now, paths too."""
        down = {node for node, state in self.states.items() if state is State.DOWN}
        cut = {path(n) for n, link in self.links.items() if link is Link.DOWN}
        paths = map(path, self.config.paths)
        fell = {n for n in paths if self._fell(self.known_falls[n]) or self.presumed(n)}
        return frozenset(down | cut | fell)

    @cached_property
    def maintained(self) -> Nodes:
        """Return what is in maintenance, or has nothing else left to stand on."""
        said = {n for n, m in self.said.marks.items() if m.says is Declared.MAINTENANCE}
        for node, part in self._parts():
            if any(_at(w.start) <= self.now < _at(w.end) for w in part.maintenance):
                said.add(node)
        return self.graph.tainted(said, self.gone, self.spent)

    @cached_property
    def distrusted(self) -> Nodes:
        """Return what people distrust, or has nothing else left to stand on."""
        rest = self.gone | self.maintained
        found = self.graph.tainted(self.said.distrusts, rest, self.spent)
        tapped = {
            channel(name)
            for name, each in self.config.channels.items()
            if self._only_tapped_ways(each, found)
        }
        return found | tapped

    def _only_tapped_ways(self, each: Channel, distrusted: Nodes) -> bool:
        """Tell whether a test has no way left but by paths that are distrusted."""
        groups: dict[str, list[Probe]] = {}
        for probe in each.probes:
            if probe.required and not probe.hint and probe.way_of:
                groups.setdefault(probe.way_of, []).append(probe)
        aside = distrusted | self.maintained
        return any(
            len(ways) > 1
            and any(self._leads_over(p, distrusted) for p in ways)
            and all(self._leads_over(p, aside) or self._shut(p) for p in ways)
            for ways in groups.values()
        )

    def _leads_over(self, way: Probe, paths: Nodes) -> bool:
        return way.via is not None and path(way.via) in paths

    def _shut(self, way: Probe) -> bool:
        lost = way.via is not None and path(way.via) in self.gone
        return lost or self.letter(way) == "x"

    def _parts(self) -> list[tuple[str, Channel | Component]]:
        parts: list[tuple[str, Channel | Component]] = []
        parts += self.config.components.items()
        parts += [(channel(n), c) for n, c in self.config.channels.items()]
        return parts

    @property
    def threatened(self) -> bool:
        """Tell whether anything is known to be down, or distrusted."""
        parts = self.config.components
        return bool(self.said.distrusts or self.known_down.keys() & parts.keys())

    def may_need(self, name: str) -> Nodes:
        """Return what a channel of unknown needs may have lost, or be read through."""
        down = self.states[channel(name)] is State.DOWN
        if down or self.config.channels[name].needs_known:
            return frozenset()
        proof = self.own_proof.get(channel(name), -inf)
        fell = {
            part
            for part in self.config.components
            if proof <= self._fell_at(part) <= self.now
        }
        return frozenset(fell | self.said.distrusts.keys() | self._may_be_down(proof))

    def _may_be_down(self, proof: float) -> Nodes:
        """Return the parts said to be down, until nobody said so any more."""
        ended = self._ended(self._alive_of(self.freed), self.served(words=True))
        return frozenset(
            name
            for name, marks in ended.items()
            if name in self.config.components
            and self._fell_at(name) > self.now
            and any(m.says is Declared.DOWN and proof <= began(m) for m in marks)
        )


def _worst(ways: list[list[Probe]], letters: dict[str, str]) -> str:
    """Return the letter of a whole: an optional test can only make it degraded.

    Of a cut way, `!`, nothing is known and the others decide; of one that is open again
    and not yet tested, `~`, nothing is known either, and it may work.
    """
    each = [(g[0].required, [letters[p.id] for p in g]) for g in ways]
    required = [_group(found) for needed, found in each if needed]
    optional = [
        "d" if "x" in found else _group(found) for needed, found in each if not needed
    ]
    if not required:
        return next((letter for letter in "?do!" if letter in optional), "?")
    for letter in "x?!":
        if letter in required:
            return letter
    return "d" if "d" in {*required, *optional} else "o"


def _group(ways: list[str]) -> str:
    """Return what the ways of one probe say together."""
    letters = {letter for letter in ways if letter != "!"}
    if not letters:
        return "!"
    if letters == {"x"}:
        return "x"
    if not {"o", "d"} & letters:
        return "?" if "?" in letters else "!"
    return "d" if {"d", "x"} & letters else "o"


def _is_proof(node: str, proof: float, served: Served, since: float) -> bool:
    """Tell whether a proof is newer; of a service what has come through since."""
    of_service = served.get((node, node.partition(":")[0]), inf)
    return min(proof, of_service) > since


def _failed_after(seen: Seen, at: float) -> bool:
    """Tell whether the latest that counts of a probe is a failure after a moment."""
    return seen.confirmed[-1:] == ["x"] and seen.last_failed_at > at


def _newest(times: dict[str, list[float | None]]) -> dict[str, float]:
    known = {node: [t for t in each if t is not None] for node, each in times.items()}
    return {node: max(each) for node, each in known.items() if each}


def _drains(mark: Mark) -> bool:
    """Tell whether batteries run down while it holds."""
    return mark.says is Declared.DOWN


def _end(mark: Mark) -> float:
    return inf if mark.until is None else _at(mark.until)


def _at(date: datetime) -> float:
    return (date - START).total_seconds()
