"""Metrics for Prometheus and the like, by the same names everywhere.

Stale data never look healthy: lines of a stale snapshot have none.
"""

import math
from collections.abc import Iterator

from secours.model.snapshot import Backup, Link, Recommendation, Snapshot, Use
from secours.model.vitals import Vitals
from secours.render.answers.values import fresh
from secours.render.export.families import (
    COUNTER,
    INFO,
    Family,
    Sample,
    flag,
    gauge,
    one_of,
)
from secours.render.export.sites import hub
from secours.render.export.states import OLD, moment, states


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
        yield from _proofs(snapshot, age_s)
        yield moment(snapshot)


def _engine(vitals: Vitals) -> Iterator[Family]:
    yield flag("secours_engine_up", "an engine runs", holds=vitals.running)
    yield flag(
        "secours_engine_restarted_often",
        "the engine was started again too often in the last minutes",
        holds=vitals.restarted_often,
    )
    cpu: list[Sample] = [] if vitals.cpu_s is None else [({}, vitals.cpu_s)]
    yield Family(
        "secours_engine_cpu_seconds",
        "Processor time that the process of the engine has taken",
        tuple(cpu),
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
    standby = snapshot.standby
    if standby is None:
        return
    heard_s = snapshot.at.since(standby.heard) + age_s if standby.heard else math.inf
    yield flag(
        "secours_standby_probing",
        "this standby probes on its own, and does not show what the first says",
        holds=standby.probing and fresh(snapshot, age_s),
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
        [({}, standby.since.utc.timestamp())],
    )


def _proofs(snapshot: Snapshot, age_s: float) -> Iterator[Family]:
    """Write when a test of notices last came through over each target."""
    proven = [(each, each.proof) for each in snapshot.targets if each.proof]
    yield gauge(
        "secours_notice_proof_age_seconds",
        "Time since a test of notices last came through over the target; infinite"
        " where none did",
        (
            ({"target": view.name}, proof.age_s(proof.proven, snapshot.at) + age_s)
            for view, proof in proven
        ),
    )
    yield gauge(
        "secours_notice_proof_lacking",
        "1 where the periodic proof of the target failed or is overdue, else 0",
        (
            ({"target": view.name}, float(bool(view.proof_lack(snapshot.at))))
            for view, _ in proven
        ),
    )


def lines(snapshot: Snapshot, age_s: float = 0.0) -> Iterator[Family]:
    """Write the recommendation for each line of a snapshot of this age."""
    shown = snapshot.recommendations if fresh(snapshot, age_s) else ()
    believed = [line.answered for line in shown]
    in_use = [(line, line.use) for line in believed if line.use]
    backed = [(line, line.backup) for line in believed if line.use and line.backup]
    answered_lines = [line for line in believed if line.use or not line.measuring]
    yield gauge(
        "secours_line_usable",
        f"1 where the line of the plan has a usable channel, else 0; none {OLD}, nor"
        " while it is being measured and nothing is named meanwhile",
        ((_line(line), float(not line.is_lost)) for line in answered_lines),
    )
    yield gauge(
        "secours_line_measuring",
        f"1 while a channel that may be better has no first result; none {OLD}",
        _flags([(line, line.measuring) for line in believed]),
    )
    yield gauge(
        "secours_line_use",
        f"1 for the channel to use; none {OLD}",
        ((_line(line) | _use(use), 1.0) for line, use in in_use),
    )
    yield gauge(
        "secours_line_verified",
        f"1 where fresh evidence proves the channel to use, else 0; none {OLD}",
        _flags([(line, use.verified) for line, use in in_use]),
    )
    yield gauge(
        "secours_line_people",
        f"People of the audience, where all its groups are counted; none {OLD}",
        _people([(line, use.reach.of) for line, use in in_use if use.reach]),
    )
    yield gauge(
        "secours_line_people_reached",
        "People in the groups that hear the channel to use, all of each; none where not"
        f" all are counted, and none {OLD}",
        _people([(line, use.reach.people) for line, use in in_use if use.reach]),
    )
    yield gauge(
        "secours_line_pinned",
        f"1 where a person pinned a channel, down or not, else 0; none {OLD}",
        _flags([(line, line.use.pinned) for line in shown if line.use]),
    )
    yield gauge(
        "secours_line_backup",
        f"1 for the channel to take if the one in use fails; none {OLD}",
        ((_line(line) | _backup(backup), 1.0) for line, backup in backed),
    )


def _flags(held: list[tuple[Recommendation, bool]]) -> Iterator[Sample]:
    return ((_line(line), float(holds)) for line, holds in held)


def _people(counted: list[tuple[Recommendation, int | None]]) -> Iterator[Sample]:
    return ((_line(line), float(n)) for line, n in counted if n is not None)


def _line(line: Recommendation) -> dict[str, str]:
    return {"purpose": line.purpose, "audience": line.audience}


def _use(use: Use) -> dict[str, str]:
    return {"channel": use.channel, "tier": use.tier, "state": use.state}


def _backup(backup: Backup) -> dict[str, str]:
    independent = "yes" if backup.independent else "no"
    return {
        "channel": backup.channel,
        "tier": backup.tier,
        "independent": independent,
    }
