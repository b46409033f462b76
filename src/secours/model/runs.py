"""Signals between a run of a probe and its caller."""

from contextvars import ContextVar

from secours.model.observed import Outcome


class Timer:
    """Timer of a run; this one times nothing."""

    def connects(self) -> None:
        """Say that a connection is about to be opened: time counts from the first."""

    def answered(self) -> None:
        """Note that the last answer that counts is in, before further work."""


timer: ContextVar[Timer] = ContextVar("timer", default=Timer())  # noqa: B039 -- no state
"""Timer of the current run."""


granted: ContextVar[set[str] | None] = ContextVar("granted", default=None)
"""Secrets granted by the peer for this run only, such as a session token."""


def withhold(secret: str) -> str:
    """Redact a granted secret from this run's outcome; return it."""
    if (known := granted.get()) is not None:
        known.add(secret)
    return secret


class Stop(Exception):
    """Raised deep inside a probe that already knows its outcome; `run` returns it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.verdict}: {outcome.reason}")
        self.outcome = outcome
