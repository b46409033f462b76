"""The second model: the same events as the core's, the same questions answered.

It is slow and plain, and shares no line with the core: two readings of one text that
agree on thousands of random histories are both right, or wrong in the same way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from plans import START

from model.choices import Choice, Desk, Held
from model.edited import held as held_by
from model.exercise import Played, played
from model.graph import Graph, Nodes, channel, graph_of
from model.paths import is_reference
from model.probes import EXCUSED, Heard, Seen, letter
from model.reading import ENDING_S, ROOM_S, TRIED_EVERY_S, Reading, Since
from model.statements import Said, began, second
from secours.model.observed import RUNTIME, Reason, Result, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe
from secours.model.snapshot import Link, State
from secours.model.statements import Exercise, Mark, Pin, Trial, Withdrawn, Word

TESTS_KEPT = 9  # of one channel, that can be taken back one after another
JUST_AFTER_S = 1e-3  # what holds up to and with a moment has ended just after it


@dataclass(frozen=True)
class Answer:
    """All that is held against the core."""

    probes: dict[str, str]
    paths: dict[str, Link]
    suspects: frozenset[Nodes]
    states: dict[str, State]
    aside: dict[str, str]
    at_risk: Nodes
    own_link: Nodes
    may_need: dict[str, Nodes]
    lines: dict[str, Choice]


@lru_cache(maxsize=64)
def graph(config: Config) -> Graph:
    return graph_of(config)


def _nothing(model: "Model") -> None:
    """Let a moment pass in which nothing was said."""
    model.wait(model.now)


class Model:
    """What has happened, and the few things that only the past can tell."""

    def __init__(self, config: Config, now: float = 0.0) -> None:
        self.config = config
        self.now = now
        self.said = Said()
        self.begun = config, now
        self.exercise: Exercise | None = None  # the latest
        self.lived: list[Callable[[Model], None]] = []  # all that happened
        self._begin()
        self._start()

    def _begin(self) -> None:
        """Know nothing but what people said."""
        self.seen = {probe.id: Seen(probe) for probe in self.config.probes()}
        self.since = Since()
        self.held: dict[str, Held] = {}

    def _start(self) -> None:
        """Wait for the first result of what says nothing, for a while.

        What costs something is not waited for.
        """
        waited = [
            probe
            for probe in self.config.probes()
            if not (probe.hint or probe.cost)
            and not self.seen[probe.id].fresh(self.now)
        ]
        longest = max((probe.timeout_s for probe in waited), default=0.0)
        self.since.awaited = frozenset(probe.id for probe in waited)
        self.since.awaited_until = self.now + 2 * longest + 5.0
        decided = (name for name, held in self.held.items() if held.decided)
        self.since.stopped = frozenset(decided)
        self.since.begun = {line.name: self.now for line in self.config.plan}
        self._read()

    # -------------------------------------------------------------------- events

    def measured(self, result: Result, at: float) -> None:
        """Take in what a probe found."""
        self.lived.append(lambda model: model.measured(result, at))
        self.wait(at)
        seen = self.seen.get(result.probe)
        if seen is not None:
            said, doubts, began = result.outcome, self.since.doubts, second(result.at)
            failed = said.verdict is Verdict.FAILED
            excused = failed and doubts.excuses(seen.probe, began)
            if (failed and not excused) or said.reason is Reason.NO_ROUTE:
                again = said.reason is Reason.NO_ROUTE is seen.latest
                known = seen.measured(self.now) == "x" or again
                doubts.begins(self.config, seen.probe, self.now, known=known)
            what = letter(seen.probe, said.verdict, said.reason)
            heard = Heard(
                began=began,
                ended=self.now,
                letter=EXCUSED if excused else what,
                reason=said.reason,
                evidence=said.evidence,
                stale_after=seen.stale_after,
                left=_left(said.facts.get(RUNTIME)),
                held=not is_reference(seen.probe) and seen.probe.via in doubts.since,
            )
            self.seen[result.probe] = seen.hear(heard)
            self.since.awaited -= {result.probe}
        self._read()

    def told(self, word: Word, at: float) -> None:
        """Take in what a person said."""
        if isinstance(word, Withdrawn) and word.kind == "test":
            self._untried(word.subject, at)
            return
        if isinstance(word, Exercise):
            self.exercise = word
        if isinstance(word, Trial):
            self._tried(word.channel, at)
        self._hear(word, at)

    def _hear(self, word: Word, at: float) -> None:
        self.lived.append(lambda model: model._hear(word, at))
        self.wait(at)
        self.said.hear(word)
        self._read()

    def played(self) -> Played:
        """Return the answer of the latest exercise."""
        assert self.exercise is not None
        return played(self.reading, self.exercise)

    def _tried(self, name: str, at: float) -> None:
        """Note that the test that comes can be taken back, and which before it.

        None under a mark, nor where the latest proved what a mark left unproven.
        """
        self.wait(at)
        tests, node = self.said.last_tests.get(name, []), channel(name)
        latest = self.said.trials.get(name)
        if tests and (
            node in self.said.marks
            or (
                latest is not None
                and latest.worked
                and _unproven_since(self.said, node)
                != _unproven_since(self._without(tests[-1], at).said, node)
            )
        ):
            tests = []
        self.said.last_tests[name] = [*tests, len(self.lived)][-TESTS_KEPT:]

    def _untried(self, name: str, at: float) -> None:
        """Go on with what people's words would be without the latest test of it."""
        tests = self.said.last_tests.get(name, [])
        if not tests:
            self.ticked(at)
            return
        test = tests.pop()
        self.wait(at)
        again = self._without(test, at)
        self.lived[test] = _nothing
        self.said.trials.pop(name, None)
        if name in again.said.trials:
            self.said.trials[name] = again.said.trials[name]
        self.said.ended = again.said.ended
        self.lived.append(lambda model: model.ticked(at))
        self._read()

    def _without(self, test: int, at: float) -> "Model":
        """Return what would be by now if a test had not been logged."""
        again = Model(*self.begun)
        for happens in [*self.lived[:test], _nothing, *self.lived[test + 1 :]]:
            happens(again)
        again.wait(at)
        return again

    def replanned(self, config: Config, at: float) -> None:
        """Take another plan; a probe that tests another thing begins anew."""
        self.lived.append(lambda model: model.replanned(config, at))
        self.wait(at)
        for held in self.held.values():
            held.settle(self.now, self.config.failback_after_s)
        said = self.said.distrusts
        self.said.edited(
            held_by(self.config, graph(self.config), said),
            held_by(config, graph(config), said),
            [channel(name) for name in config.channels],
        )
        paths, self.config = self.config.paths, config
        before = {seen.probe.id: seen for seen in self.seen.values()}
        self.seen = {}
        for probe in config.probes():
            known = before.get(probe.id)
            same = (
                known is not None
                and _tests_the_same(known.probe, probe)
                and _way(paths, known.probe) == _way(config.paths, probe)
            )
            self.seen[probe.id] = Seen(probe, known.heard if known and same else ())
        self.since.awaited &= self.seen.keys()
        lines = {line.name for line in config.plan}
        self.held = {name: held for name, held in self.held.items() if name in lines}
        new = lines - {name for name, held in self.held.items() if held.decided}
        begun = dict.fromkeys(new, self.now) | self.since.begun
        self.since.begun = {n: at for n, at in begun.items() if n in lines}
        self._read()

    def rebooted(self, at: float) -> None:
        """Begin anew on another boot, with what people said."""
        self.lived.append(lambda model: model.rebooted(at))
        self._see_nothing_until(at)
        held, recovered = self.held, self.since.available
        faulty, turns = self.since.faulty, self.since.turns
        self._begin()
        self.since.turns = turns
        self.held = {
            n: Held(h.channel, h.decided, heard=h.heard) for n, h in held.items()
        }
        self.since.available, self.since.faulty = recovered, faulty
        self._start()

    def ticked(self, at: float) -> None:
        """Let time pass, and nothing else."""
        self.lived.append(lambda model: model.ticked(at))
        self.wait(at)
        self._read()

    def stopped(self, at: float) -> None:
        """Go on after a sleep, or with another engine that knows what this one knew."""
        self.lived.append(lambda model: model.stopped(at))
        self._see_nothing_until(at)
        self._start()

    def _see_nothing_until(self, at: float) -> None:
        """Let a time pass in which nothing happens: nobody saw that anything held."""
        for name in self.since.available:
            self.since.available[name] += at - self.now
        for held in self.held.values():
            gap = at - self.now
            held.heard = {n: (how, t + gap) for n, (how, t) in held.heard.items()}
            if held.better is not None:
                held.better += gap
        self.now = at

    def wait(self, until: float) -> None:
        """Let happen what happens by itself until then."""
        while True:
            due = min((t for t in self._due() if self.now < t < until), default=None)
            if due is None:
                break
            self.now = due
            self._read()
        self.now = until

    # ------------------------------------------------------------------ by itself

    def _due(self) -> Iterator[float]:
        """Yield every moment at which a delay ends; one too many does no harm."""
        for seen in self.seen.values():
            if seen.counted:
                yield seen.counted[-1].began + seen.stale_after + JUST_AFTER_S
        read = self.reading
        read_until = (turn.reading for turns in read.turns.values() for turn in turns)
        yield from (each.new_until + JUST_AFTER_S for each in read_until if each)
        for at in chain.from_iterable(read.known_falls.values()):
            yield from (at, at - ENDING_S)
        for at in chain.from_iterable(read.receivers.falls.values()):
            yield from (at, at - ENDING_S)
        yield self.since.awaited_until + JUST_AFTER_S
        for name in self.config.channels:
            yield read.first_tests_until(name) + JUST_AFTER_S
        yield from self._due_by_lines()
        for name in self.since.doubts.since:
            yield self.since.doubts.ends(self.config.paths[name]) + JUST_AFTER_S
        yield from self._due_by_words()
        yield from self._due_by_plan()

    def _due_by_lines(self) -> Iterator[float]:
        wait = self.config.failback_after_s
        for at in self.since.available.values():
            yield at + wait
        for held in self.held.values():
            yield from (p.since + wait for p in held.apart.values() if p.since)
            yield from (since + wait for _, since in held.heard.values())
            if held.better is not None:
                yield held.better + wait
        for desk in self.desks:
            yield from (at + JUST_AFTER_S for at in desk.ends)
            yield from desk.joins

    def _due_by_words(self) -> Iterator[float]:
        words: list[Mark | Pin] = [*self.said.all_marks.values()]
        words += self.said.pins.values()
        for word in words:
            if word.until:
                yield (word.until - START).total_seconds()
        for name, trial in self.said.trials.items():
            if name in self.config.channels:
                every = self.config.channels[name].test_every_s or TRIED_EVERY_S
                yield second(trial.at) + 2 * every + JUST_AFTER_S

    def _due_by_plan(self) -> Iterator[float]:
        windows = [w for c in self.config.components.values() for w in c.maintenance]
        windows += [w for c in self.config.channels.values() for w in c.maintenance]
        for window in windows:
            yield (window.start - START).total_seconds()
            yield (window.end - START).total_seconds()
        for name, since in self.since.at_risk.items():
            if name in self.config.channels:
                probes = self.config.channels[name].probes
                longest = max((p.timeout_s for p in probes), default=0.0)
                yield since + longest + ROOM_S + JUST_AFTER_S

    def _read(self) -> None:
        """Look at this instant, and note what the next one has to know."""
        self.said.lapse(self.now)
        self.since.doubts.judge(self.config, self.seen, self.now)
        self.reading = Reading(
            self.config,
            graph(self.config),
            dict(self.seen),
            self.said,
            self.since,
            self.now,
        )
        self._note_since(self.reading)
        for name, group in self.reading.receivers.come_back(self.since.lost):
            self.said.forget_call(name, group)
        self.since.lost = self.reading.receivers.lost
        self._note_proofs(self.reading)
        lines = {}
        self.desks = []
        for line in self.config.plan:
            key = f"{line.purpose}/{line.audience}"
            pin = self.said.pins.get(key)
            pinned = (
                pin.channel if pin and pin.channel in self.config.channels else None
            )
            held = self.held.setdefault(key, Held())
            desk = Desk(self.reading, line, held, pinned)
            self.desks.append(desk)
            held.note(desk.levels, self.now)
            lines[key] = desk.choice()
            if not lines[key].measuring:
                self.since.begun.pop(key, None)
        self.answer = _answer(self.reading, lines)

    def _note_proofs(self, read: Reading) -> None:
        """Let a proof of its own end what a word that is over left of a doubt."""
        left = {
            name: tuple(
                mark
                for mark in marks
                if name not in read.states or not read.proved_since(name, began(mark))
            )
            for name, marks in self.said.ended.items()
        }
        self.said.ended = {name: marks for name, marks in left.items() if marks}

    def _note_since(self, read: Reading) -> None:
        since = self.since
        since.turns = read.turns
        since.at_risk = {
            name: since.at_risk.get(name, self.now)
            for name in self.config.channels
            if read.at_risk(channel(name)) and read.proved(name)
        }
        down = (node for node in read.states if read.states[node] is State.DOWN)
        people = (node for node in read.receivers.lost if node.startswith("device:"))
        since.down = frozenset((*down, *people))
        since.states = {
            name: same
            if (same := since.states.get(name))
            and same[0] is read.states[channel(name)]
            else (read.states[channel(name)], self.now)
            for name in self.config.channels
        }
        for name in self.config.channels:
            node = channel(name)
            good = read.states[node] is State.AVAILABLE and not read.aside(node)
            if good and name in since.faulty:
                since.available[name] = self.now
            if not good and self._is_faulty(read, name):
                since.available.pop(name, None)
            if self._is_faulty(read, name):
                since.faulty.add(name)
            elif good:
                since.faulty.discard(name)

    def _is_faulty(self, read: Reading, name: str) -> bool:
        """Tell whether what follows will be a recovery, and not a first result.

        That it is not measured yet, or not any more, is no fault; that our own link
        was down is.
        """
        if read.own_link(name):
            return True
        required = [p for p in self.config.channels[name].probes if p.required]
        node = channel(name)
        if read.states[node] is State.UNKNOWN:
            awaited = any(p.id in self.since.awaited for p in required)
            if read.unmeasured(node) or (read.waiting and awaited):
                return False
            held = any(
                self.seen[p.id].confirmed[-1:] == [""] and read.heard_of(p) != "!"
                for p in required
            )
            return self._only_answers(name) or self._cannot_be_tested(name) or held
        return read.aside(node) or read.states[node] is not State.AVAILABLE

    def _only_answers(self, name: str) -> bool:
        """Tell whether its tests find that it works, and that is too little."""
        read, node = self.reading, channel(name)
        probes = self.config.channels[name].probes
        found = any(read.letter(p) in "od" for p in probes if not p.hint)
        return found and read.unproven(node)

    def _cannot_be_tested(self, name: str) -> bool:
        """Tell whether a test of it was tried and could not be made, any way."""
        probes = [p for p in self.config.channels[name].probes if not p.hint]
        probes = [p for p in probes if p.required] or probes
        letters = {p.id: self.reading.heard_of(p) for p in probes}
        work = {p.way_of for p in probes if letters[p.id] in "od"}
        lack = [p for p in probes if p.way_of not in work and letters[p.id] != "!"]
        latest = [self.seen[p.id].results[-1:] for p in lack]
        return any(
            heard.letter == "?" or heard.reason is Reason.NO_DEVICE
            for each in latest
            for heard in each
        )


def _unproven_since(said: Said, node: str) -> float | None:
    """Return when the newest of the words began that ended unproven: it covers all."""
    return max(map(began, said.ended.get(node, ())), default=None)


def _left(said: str | float | None) -> float | None:
    return said if isinstance(said, int | float) else None


def _tests_the_same(one: Probe, other: Probe) -> bool:
    """Tell whether what one found is true of the other: over another path it is not."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("type", "settings", "via")
    )


def _way(paths: Mapping[str, Path], probe: Probe) -> object:
    """Return how a probe is bound to its path."""
    path = paths.get(probe.via or "")
    return (path.interface, path.source) if path else (None, None)


def _answer(read: Reading, lines: dict[str, Choice]) -> Answer:
    config = read.config
    aside = dict.fromkeys(read.maintained, "maintenance")
    aside |= dict.fromkeys(read.distrusted, "set-aside")
    return Answer(
        probes={probe.id: read.letter(probe) for probe in config.probes()},
        paths=read.links,
        states=read.states,
        aside={node: aside.get(node, "") for node in read.states},
        at_risk=frozenset(filter(read.at_risk, read.states)),
        own_link=frozenset(filter(read.own_link, config.channels)),
        may_need={name: read.may_need(name) for name in config.channels},
        suspects=frozenset(read.suspects),
        lines=lines,
    )
