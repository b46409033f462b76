"""What may never be published, whatever happened: found by trying every failure.

Nothing here knows how an answer is reached. It takes a snapshot, the plan and the bare
results, and yields each sentence of the snapshot that cannot be true.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from model.graph import Graph, Nodes, channel, fed, graph_of, path
from model.probes import Seen
from model.statements import DAY_S, second
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import Backup, Link, Recommendation, Snapshot, State, Use
from secours.model.statements import Declared, Trial


@dataclass(frozen=True)
class Witness:
    """A snapshot, and what those who took it saw themselves."""

    config: Config
    shown: Snapshot
    seen: dict[str, Seen]
    trials: dict[str, Trial]
    now: float

    @property
    def graph(self) -> Graph:
        return graph_of(self.config)

    @property
    def down(self) -> Nodes:
        """Return what the snapshot itself says is down."""
        views = [(v.name, v.standing) for v in self.shown.components]
        views += [(channel(v.name), v.standing) for v in self.shown.channels]
        cut = {path(v.name) for v in self.shown.paths if v.state is Link.DOWN}
        return frozenset({n for n, s in views if s.state is State.DOWN} | cut)

    @property
    def likeliest(self) -> list[Nodes]:
        sets = [frozenset(names) for names in self.shown.suspects]
        return [s for s in sets if len(s) == min(map(len, sets))]


def broken(witness: Witness) -> Iterator[str]:
    """Yield each invariant that the snapshot breaks, in words."""
    for said in witness.shown.recommendations:
        yield from _uses_what_may_be_used(witness, said)
        yield from _independent_is_true(witness, said)
    yield from _available_has_fresh_proof(witness)
    yield from _nobody_is_blamed_against_proof(witness)


# ------------------------------------------------------------------ what may be used


def _uses_what_may_be_used(witness: Witness, said: Recommendation) -> Iterator[str]:
    marks = witness.shown.marks
    distrusts = {m.subject for m in marks if m.says is Declared.DISTRUSTED}
    maintained = {m.subject for m in marks if m.says is Declared.MAINTENANCE}
    gone = witness.down | maintained
    aside = witness.graph.tainted(distrusts, gone, frozenset()) | maintained
    for chosen in _chosen(said):
        standing = witness.shown.channel(chosen.channel).standing
        if standing.state is State.DOWN:
            yield f"uses {chosen.channel}, which is down"
        if standing.aside or channel(chosen.channel) in aside:
            yield f"uses {chosen.channel}, which is set aside"


def _chosen(said: Recommendation) -> list[Use | Backup]:
    """Return what was chosen by rule and not by a person's pin."""
    free = said.use if said.use and not said.use.pinned else said.unpinned
    return [each for each in (free, said.backup) if each]


# ------------------------------------------------------------------------ two of them


def _independent_is_true(witness: Witness, said: Recommendation) -> Iterator[str]:
    if not (said.use and said.backup and said.backup.independent):
        return
    pair = (said.use.channel, said.backup.channel)
    if not all(witness.config.channels[name].needs_known for name in pair):
        yield f"{pair} independent, and the needs of one are unknown"
    nodes = frozenset(map(channel, pair))
    left = _left(witness.graph, witness.down, contradicted=True)
    for world in (frozenset[str](), *witness.likeliest):
        fallen = left.fall(world, frozenset())
        if world and nodes <= fallen:
            yield f"{pair} independent, and {sorted(world)} takes both"
        for name in witness.config.components:
            if name in witness.down or name in fallen:
                continue
            if nodes <= left.fall({*world, name}, frozenset()):
                yield f"{pair} independent, and {name} takes both ({sorted(world)})"


def _left(graph: Graph, down: Nodes, *, contradicted: bool = False) -> Graph:
    """Return what is left of the plan in a world where these are down.

    What stands though all it can choose from is down does not need that; or, with
    `contradicted`, what was called down stands for it. What a battery bears is lost
    later, also where of its choices no power is left.
    """
    needs = {
        node: tuple(
            left
            for clause in clauses
            if not (node in graph.autonomy and fed(clause))
            and (
                left := tuple(need for need in clause if need not in down)
                or (clause if contradicted else ())
            )
        )
        for node, clauses in graph.needs.items()
    }
    return replace(graph, needs=needs)


# ---------------------------------------------------------------------- what is proof


def _available_has_fresh_proof(witness: Witness) -> Iterator[str]:
    for view in witness.shown.channels:
        standing = view.standing
        if standing.state is not State.AVAILABLE or standing.declared_by:
            continue
        probes = [p for p in witness.config.channels[view.name].probes if not p.hint]
        if not (_all_fresh(witness, probes) or _tried(witness, view.name)):
            yield f"{view.name} is available, and its proof is old"


def _all_fresh(witness: Witness, probes: Iterable[Probe]) -> bool:
    """Tell whether each required test has a way that said something of late."""
    ways: dict[str, bool] = {}
    for probe in probes:
        if probe.required:
            fresh = _fresh(witness.seen[probe.id], witness.now)
            ways[probe.way_of] = ways.get(probe.way_of, False) or fresh
    return bool(ways) and all(ways.values())


def _fresh(seen: Seen, now: float) -> bool:
    counted = [h.began for h in seen.heard if h.letter != "?"]
    worked = any(h.letter in "od" for h in seen.heard)
    return worked and now <= max(counted) + seen.stale_after + 0.01


def _tried(witness: Witness, name: str) -> bool:
    trial = witness.trials.get(name)
    if trial is None or not trial.worked:
        return False
    every = witness.config.channels[name].test_every_s or 30 * DAY_S
    return witness.now <= second(trial.at) + 2 * every + 0.01


# --------------------------------------------------------------------------- no blame


def _nobody_is_blamed_against_proof(witness: Witness) -> Iterator[str]:
    verdicts = dict(_verdicts(witness.shown))
    failures = [  # what is degraded is to be explained too
        seen.failed_at if verdicts[name] == "failed" else seen.weak_at
        for name, seen in witness.seen.items()
        if verdicts.get(name) in ("failed", "degraded") and not seen.probe.hint
    ]
    if not failures:
        return
    proofs = {
        name: at
        for name, seen in witness.seen.items()
        if verdicts.get(name) == "ok"
        and name.startswith("channels/")
        and not seen.probe.hint
        and (at := seen.proved_at) is not None
        and at > max(failures)
    }
    left = _left(witness.graph, frozenset(witness.shown.known_down))
    for suspects in witness.likeliest:  # beside what is known down, and worked without
        shared = suspects & frozenset(witness.config.components)
        taken = left.fall(shared, frozenset())
        for name in proofs:
            probe = witness.seen[name].probe
            if taken & {channel(probe.owner), path(probe.via or "")}:
                yield f"{sorted(suspects)} blamed, and {name} worked since"


def _verdicts(shown: Snapshot) -> Iterator[tuple[str, str]]:
    for room, views in (
        ("channels", shown.channels),
        ("components", shown.components),
        ("paths", shown.paths),
    ):
        for view in views:
            for probe in view.probes:
                yield f"{room}/{view.name}/{probe.name}", probe.verdict
