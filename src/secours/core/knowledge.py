"""Knowledge from probes and people's words, before any suspicion."""

from collections.abc import Mapping
from itertools import chain
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from secours.core import batteries, overrides
from secours.core.batteries import Battery
from secours.core.graph import dependencies
from secours.core.graph.dependencies import SERVICES, ProofTimes, Served, World
from secours.core.graph.derived import derived
from secours.core.graph.ended_marks import EndedMarks, Marks, without_proof
from secours.core.memory import Memory
from secours.core.probing import aggregate, path_states
from secours.core.probing import health as probe_health
from secours.core.probing.aggregate import Cut
from secours.core.probing.health import Health
from secours.core.statements import words_in_force
from secours.core.statements.steady_clock import steady
from secours.core.statements.words_in_force import Words
from secours.model.nodes import DATA, is_device, kind_of, path_node
from secours.model.observed import Evidence, Instant
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Link, Standing, State
from secours.model.statements import Declared, Mark


class Knowledge(NamedTuple):
    """Knowledge of every component and channel, by node; of paths only times."""

    measured: dict[str, Standing]  # what the probes of each node say
    own: dict[str, Standing]  # with people's words of it
    alive: Mapping[str, float]  # when each last proved that it works, or people said so
    proved: Mapping[str, float]  # the same without marks
    times: dict[str, float]  # when each fell or will fall with what is known down
    batteries: dict[str, Battery]  # those that may not be full
    base: World  # what is known down, with all of ours that fell with it
    down: dict[str, float]  # components that are, by their own probes or a word; since
    words: Words  # without ended marks on what was proved to work since
    unproven: dict[str, Mark]  # what one of them leaves unproven, with what needs it
    served: Served  # when each proved a class of services


def gather(
    config: Config, memory: Memory, links: Mapping[str, Link], at: Instant
) -> Knowledge:
    """Return what is known: each node alone, then falls with nodes known down.

    Where only a mark keeps a node from falling with its need, it stands by the mark
    alone.
    """
    cut = path_states.cuts(config, memory.probes, memory.cut_after, links)
    measured = {
        name: aggregate.measured(config, name, memory.probes, cut, at)
        for name in config.owners
    }
    own = {
        name: overrides.standing(measured[name], owner, name, memory, cut, at)
        for name, owner in config.owners.items()
    }
    words = overrides.still_said(config.owners, memory, cut)
    proofs = _proofs(config, own, memory, words, at)
    unsaid = replace(words, marks={})
    proved = _proofs(config, own, memory, unsaid, at) if words.marks else proofs
    known_down = {
        name: (own[name].failed_at or at).steady_s
        for name in config.components
        if own[name].state is State.DOWN
    }
    fall = _Falls(config, memory, own, known_down, dict(memory.batteries), at)
    fall, times = fall.settled(proofs, words)
    lasts = batteries.lasts(config, fall.batteries, at)
    fallen = frozenset(
        n for n, fell_s in times.items() if fell_s <= at.steady_s and not is_device(n)
    )
    spent = dependencies.of(config).spent(times, at.steady_s, lasts)
    ended = without_proof(words_in_force.ended_marks(memory.words), proved)
    displaced = _displaced(config, memory, measured, ended, proved.served, cut, at)
    aside = _aside(config, memory, at) if ended else {}
    ended_marks = EndedMarks(config, ended, known_down, aside, lasts, at)
    unproven = ended_marks.unproven(proofs)
    if proved != proofs:
        unmarked = fall.times(proved, unsaid)
        freed = {n for n in own if unmarked[n] <= at.steady_s < times[n]}
        freed |= ended_marks.unproven(proved).keys() - unproven.keys()
        own |= {n: overrides.by_mark_alone(own[n], n, memory.words) for n in freed}
    return Knowledge(
        *(measured, own, proofs.alive, proved.alive, times, fall.batteries),
        *(World(fallen, spent), known_down),
        replace(words_in_force.with_ended(memory.words, ended), displaced=displaced),
        unproven,
        proofs.served,
    )


def _proofs(
    config: Config,
    own: Mapping[str, Standing],
    memory: Memory,
    words: Words,
    at: Instant,
) -> ProofTimes:
    served = _served(config, memory, words, at)
    return ProofTimes(_alive(config, own, memory, words, at), served)


def _alive(
    config: Config,
    own: Mapping[str, Standing],
    memory: Memory,
    words: Words,
    at: Instant,
) -> dict[str, float]:
    """Return when each node last proved that it works, or people said so."""
    alive_s = {}
    for name, owner in config.owners.items():
        vouched = overrides.vouched_at(owner, name, words, at)
        proof = overrides.alive_at(own[name], vouched)
        if proof is not None:
            alive_s[name] = proof.steady_s
    over = [(probe.via, probe.id) for probe in config.probes() if probe.via]
    for path, probe_id in over:  # it works when something is reached over it
        health = memory.probes.get(probe_id, Health())
        if success := probe_health.fresh_proof(health, at.steady_s):
            name, proof_s = path_node(path), success.at.steady_s
            alive_s[name] = max(alive_s.get(name, proof_s), proof_s)
    return alive_s


def _served(config: Config, memory: Memory, words: Words, at: Instant) -> Served:
    """Return when each node last proved a service that it needs or is, by its class.

    A modem that registers proves neither calls nor data, and only a call that arrived,
    or people's word, proves calls.
    """
    proved: dict[tuple[str, str], float] = {}
    for name, kinds in _of_services(config).items():
        owner = config.owners[name]
        vouched = overrides.vouched_at(owner, name, words, at)
        for kind in kinds:
            times_s = [
                proof.at.steady_s
                for probe in owner.probes
                if (health := memory.probes.get(probe.id))
                and (proof := probe_health.fresh_proof(health, at.steady_s))
                and _proves(probe, proof.outcome.evidence, kind)
            ]
            proved[name, kind] = max((vouched.steady_s if vouched else -inf, *times_s))
    return proved


@derived
def _of_services(config: Config) -> Mapping[str, frozenset[str]]:
    """Return the nodes that need or are services of networks, with their classes."""
    named = {
        name: frozenset(map(kind_of, (name, *chain.from_iterable(owner.needs))))
        for name, owner in config.owners.items()
    }
    return {n: kinds & SERVICES for n, kinds in named.items() if kinds & SERVICES}


def _proves(probe: Probe, evidence: Evidence, kind: str) -> bool:
    arrived = evidence.rank >= Evidence.DELIVERED.rank
    return arrived or (kind == DATA and not probe.device and not probe.hint)


class _Falls(NamedTuple):
    """Failures, and the input to find what falls with them and when."""

    config: Config
    memory: Memory
    own: Mapping[str, Standing]
    known_down: Mapping[str, float]
    batteries: dict[str, Battery]
    at: Instant

    def settled(
        self, proved: ProofTimes, words: Words
    ) -> tuple["_Falls", dict[str, float]]:
        """Return the same with the present charges, and the time of each fall.

        Power that is back stops a discharge; nodes fed by that one then have power for
        longer, and may stop theirs too.
        """
        times = self.times(proved, words)
        fall = self
        for _ in self.config.owners:
            probes = self.memory.probes
            levels = batteries.used(self.config, self.batteries, times, probes, self.at)
            if levels == fall.batteries:
                break
            fall = fall._replace(batteries=levels)
            times = fall.times(proved, words)
        return fall, times

    def times(self, proved: ProofTimes, said: Words) -> dict[str, float]:
        """Return when each node falls, given when each proved that it works."""
        alive = self._outlived(proved.alive)
        steadily = self._steadily(alive, said) if self.known_down else alive
        nodes = dependencies.of(self.config)
        lasts = batteries.lasts(self.config, self.batteries, self.at)
        return nodes.fall_times(self.known_down, alive, steadily, lasts, proved.served)

    def _steadily(self, alive: Mapping[str, float], words: Words) -> dict[str, float]:
        """Return the time of each full recovery, or of people's word for it.

        One success does not outlive a battery, which may end a little later than
        computed: as many are needed as after any failure.
        """
        recovered_s = dict(alive)
        for name, owner in self.config.owners.items():
            if name in alive:
                vouched = overrides.vouched_at(owner, name, words, self.at)
                times_s = [vouched.steady_s if vouched else -inf]
                for probe in owner.probes:
                    health = self.memory.probes.get(probe.id, Health())
                    proof = probe_health.fresh_proof(health, self.at.steady_s)
                    if proof and not probe.hint and health.recovered_s:
                        times_s.append(health.recovered_s)
                recovered_s[name] = max(times_s)
        return recovered_s

    def _outlived(self, alive: Mapping[str, float]) -> dict[str, float]:
        """Return the same, also for components that are down by now.

        A proof before that shows it did without what had fallen until then.
        """
        before = {
            name: proved_at.steady_s
            for name in self.config.components
            if self.own[name].state is State.DOWN
            and (proved_at := self.own[name].proved_at) is not None
        }
        return {**alive, **before}


def _aside(config: Config, memory: Memory, at: Instant) -> dict[str, float]:
    """Return what people set aside, since when: no node lives on over these."""
    windows = {
        name: steady(window.start, at)
        for name, owner in config.owners.items()
        for window in owner.maintenance
        if window.start <= at.utc < window.end
    }
    said = memory.words
    return windows | {
        mark.subject: mark.began.steady_s
        for mark in (*said.marks.values(), *said.distrusts.values())
        if mark.says in (Declared.MAINTENANCE, Declared.DISTRUSTED)
    }


def _displaced(
    config: Config,
    memory: Memory,
    measured: Mapping[str, Standing],
    ended: Marks,
    served: Served,
    cut: Mapping[str, Cut],
    at: Instant,
) -> dict[str, Mark]:
    """Return the ended marks displaced only by a word that may be taken back.

    That is a mark in force, or the latest test of a channel.
    """
    words = memory.words
    outdone = {name: mark for name, mark in words.lapsed.items() if name not in ended}
    outdone = {**words.displaced, **outdone}
    if not outdone:
        return {}
    ups = {n: mark for n, mark in words.marks.items() if mark.says is Declared.UP}
    # The latest tests may be taken back: those before them, if any, stand for them.
    before = {**words.trials, **words.former_trials}
    trials = {name: trial for name, trial in before.items() if trial is not None}
    untested = replace(words, trials=trials, former_trials={}, marks=ups)
    imagined = replace(memory, words=untested)
    unmarked = replace(untested, marks={})
    displaced = dict(outdone)
    for name in outdone.keys() & config.owners.keys():
        owner = config.owners[name]
        own = overrides.standing(measured[name], owner, name, imagined, cut, at)
        vouched = overrides.vouched_at(owner, name, unmarked, at)
        proof = overrides.alive_at(own, vouched)
        proofs = ProofTimes({name: proof.steady_s} if proof else {}, served)
        if not without_proof({name: (outdone[name],)}, proofs):
            del displaced[name]
    return displaced
