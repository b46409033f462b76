"""All metrics of `/metrics`."""

import math
from collections.abc import Iterator

from secours.model.snapshot import Link, Snapshot
from secours.model.vitals import Vitals
from secours.render.answers.values import fresh
from secours.render.exposition.families import (
    COUNTER,
    INFO,
    Family,
    Sample,
    flag,
    gauge,
    one_of,
)
from secours.render.exposition.lines import lines
from secours.render.exposition.sites import hub
from secours.render.exposition.states import OLD, moment, states


def metrics(
    snapshot: Snapshot | None, age_s: float, vitals: Vitals
) -> Iterator[Family]:
    """Write all families; of a missing snapshot only that it is missing."""
    yield from _engine(vitals)
    is_fresh = snapshot is not None and fresh(snapshot, age_s)
    yield flag("secours_snapshot_fresh", "the snapshot may be believed", holds=is_fresh)
    yield gauge(
        "secours_snapshot_age_seconds",
        "How old the snapshot is; infinite where there is none or nobody can tell",
        [({}, age_s)],
    )
    if snapshot is not None:
        yield from _snapshot(snapshot)
        yield from _links(snapshot, is_fresh=is_fresh)
        yield from lines(snapshot, age_s)
        yield from states(snapshot, age_s)
        yield from hub(snapshot, age_s)
        yield from _standby(snapshot, age_s)
        yield moment(snapshot)


def _engine(vitals: Vitals) -> Iterator[Family]:
    yield flag("secours_engine_up", "an engine runs", holds=vitals.running)
    yield flag(
        "secours_engine_restarted_often",
        "the engine was started again too often in the last minutes",
        holds=vitals.restarted_often,
    )
    taken: list[Sample] = [] if vitals.cpu_s is None else [({}, vitals.cpu_s)]
    yield Family(
        "secours_engine_cpu_seconds",
        "Processor time that the process of the engine has taken",
        tuple(taken),
        COUNTER,
    )
    named = [({"version": vitals.version}, 1.0)] if vitals.version else []
    yield Family("secours_build", "Which Secours this is", tuple(named), INFO)


def _snapshot(snapshot: Snapshot) -> Iterator[Family]:
    yield gauge(
        "secours_snapshot_max_age_seconds",
        "How old a snapshot may be and still be believed",
        [({}, snapshot.screen.max_age_s)],
    )
    yield gauge(
        "secours_engine_start_timestamp_seconds",
        "When the engine of the snapshot began to measure",
        [({}, snapshot.started.utc.timestamp())],
    )
    yield flag(
        "secours_plan_refused",
        "the plan file has mistakes, so that the last good one is in force",
        holds=snapshot.config_error is not None,
    )
    yield flag(
        "secours_plan_example", "the plan is the example", holds=snapshot.example
    )


def _links(snapshot: Snapshot, *, is_fresh: bool) -> Iterator[Family]:
    def now(state: Link) -> Link:
        return state if is_fresh else Link.UNKNOWN

    yield gauge(
        "secours_own_link_state",
        f"1 for the state our own link is in, else 0; unknown {OLD}",
        one_of({}, "state", Link, now(snapshot.own_link)),
    )
    yield gauge(
        "secours_path_state",
        f"1 for the state the path is in, else 0; unknown {OLD}",
        (
            sample
            for path in snapshot.paths
            for sample in one_of({"path": path.name}, "state", Link, now(path.state))
        ),
    )


def _standby(snapshot: Snapshot, age_s: float) -> Iterator[Family]:
    """Write the state of a standby, nothing where this is none.

    That of a stale snapshot does not probe, and the age of the first grows with it.
    """
    known = snapshot.standby
    if known is None:
        return
    heard_s = snapshot.at.since(known.heard) + age_s if known.heard else math.inf
    yield flag(
        "secours_standby_probing",
        "this standby probes on its own, and does not show what the first says",
        holds=known.probing and fresh(snapshot, age_s),
    )
    yield flag(
        "secours_standby_first_heard",
        "what came of the first is fresh",
        holds=heard_s <= snapshot.screen.max_age_s,
    )
    yield gauge(
        "secours_standby_first_heard_age_seconds",
        "How long ago the first was heard; none where it never was or nobody can tell",
        [({}, max(0.0, heard_s))] if math.isfinite(heard_s) else [],
    )
    yield gauge(
        "secours_standby_since_timestamp_seconds",
        "When the standby began to do what it does",
        [({}, known.since.utc.timestamp())],
    )
