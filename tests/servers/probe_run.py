"""Run one probe the way the engine does, and look at the outcome."""

import asyncio
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from secours.model.observed import Evidence, Instant, Outcome, Reason, Verdict
from secours.model.sections.channel import Path, Probe
from secours.run import run

LATE_S = 20.0  # after its timeout, on a machine that other tests share


async def ask(
    kind: ModuleType,
    settings: Any,
    *,
    timeout_s: float = 20.0,
    path: Path | None = None,
    slow_after_s: float | None = None,
) -> Outcome:
    """Return the outcome of one run, and check that it ended in time."""
    probe = Probe(
        id="channels/x/probe",
        owner="x",
        name="probe",
        type=kind.__name__.rpartition(".")[2],
        settings=settings,
        timeout_s=timeout_s,
        slow_after_s=slow_after_s,
    )
    loop = asyncio.get_running_loop()
    start = loop.time()
    result = await run(probe, kind.probe, path, _now)
    assert loop.time() - start < timeout_s + LATE_S
    return result.outcome


def _now() -> Instant:
    return Instant(datetime(2026, 11, 24, tzinfo=UTC), 1000.0)


def said(outcome: Outcome) -> tuple[Verdict, Evidence, Reason]:
    """Return what a test asserts of an outcome: verdict, evidence, reason."""
    return outcome.verdict, outcome.evidence, outcome.reason
