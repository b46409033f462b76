"""Metrics of channels and components for `check`, `status` and `/metrics`.

In a stale snapshot every state is unknown, and warnings and latencies are left out;
distrusted channels stay so.
"""

import math
from collections.abc import Iterable, Iterator

from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    ProbeView,
    Snapshot,
    State,
)
from secours.render.answers.values import SET_ASIDE, fresh
from secours.render.export.families import Family, Sample, gauge, one_of

Views = tuple[ChannelView, ...] | tuple[ComponentView, ...]

OLD = "where the snapshot is not fresh"


def states(snapshot: Snapshot, age_s: float = 0.0) -> Iterator[Family]:
    """Write the state of all nodes in a snapshot of this age."""
    yield from _of("channel", snapshot.channels, snapshot, age_s)
    yield from _of("component", snapshot.components, snapshot, age_s)
    yield gauge(
        "secours_trouble",
        "1 for each thing that ails the engine itself",
        (({"trouble": word}, 1.0) for word in snapshot.trouble),
    )


def moment(snapshot: Snapshot) -> Family:
    """Write the moment of the snapshot."""
    stamp = snapshot.at.utc.timestamp()
    return gauge("secours_timestamp_seconds", "When this was true", [({}, stamp)])


def _of(kind: str, views: Views, snapshot: Snapshot, age_s: float) -> Iterator[Family]:
    is_fresh = fresh(snapshot, age_s)
    yield gauge(
        f"secours_{kind}_state",
        f"1 for the state the {kind} is in, else 0; unknown {OLD}",
        (
            sample
            for view in views
            for sample in one_of(
                {kind: view.name}, "state", State, _state(view, is_fresh)
            )
        ),
    )
    yield gauge(
        f"secours_{kind}_warning",
        f"1 for each warning beside the state of the {kind}; none {OLD}",
        (
            ({kind: view.name, "warning": warning}, 1.0)
            for view in _believed(views, is_fresh)
            for warning in view.standing.warnings
        ),
    )
    yield gauge(
        f"secours_{kind}_set_aside",
        f"1 where people took the {kind} out of use, and why",
        (
            ({kind: view.name, "why": SET_ASIDE[view.standing.aside]}, 1.0)
            for view in views
            if view.standing.aside in SET_ASIDE
        ),
    )
    yield gauge(
        f"secours_{kind}_evidence_age_seconds",
        f"How old the best proof is that the {kind} works; none where it is not known",
        _evidence_ages(kind, views, snapshot, age_s),
    )
    yield gauge(
        f"secours_{kind}_probe_latency_seconds",
        f"How long the answer to the probe took; none {OLD}",
        (
            (_probe(kind, view.name, probe), probe.latency_s)
            for view in _believed(views, is_fresh)
            for probe in view.probes
            if probe.latency_s is not None
        ),
    )


def _believed(views: Views, is_fresh: bool) -> Views:
    return views if is_fresh else ()


def _state(view: ChannelView | ComponentView, is_fresh: bool) -> State:
    return view.standing.state if is_fresh else State.UNKNOWN


def _evidence_ages(
    kind: str, views: Views, snapshot: Snapshot, age_s: float
) -> Iterable[Sample]:
    if not math.isfinite(age_s):
        return
    for view in views:
        if then := view.standing.evidence_at:
            yield {kind: view.name}, max(0.0, snapshot.at.since(then) + age_s)


def _probe(kind: str, owner: str, probe: ProbeView) -> dict[str, str]:
    return {
        kind: owner,
        "probe": probe.name,
        "type": probe.type,
        "path": probe.path or "",
    }
