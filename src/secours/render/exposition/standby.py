"""Metrics of a standby: its role, and the age of the first.

Stale data never look healthy: the standby of a stale snapshot does not probe, and the
age of the first grows with it.
"""

import math
from collections.abc import Iterator

from secours.model.snapshot import Snapshot
from secours.render.answers.values import fresh
from secours.render.exposition.families import Family, flag, gauge


def standby(snapshot: Snapshot, age_s: float) -> Iterator[Family]:
    """Write the state of a standby, nothing where this is none."""
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
