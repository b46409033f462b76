"""What a run of a probe and its caller tell each other while it goes on."""

from contextvars import ContextVar

from secours.model.observed import Outcome


class Timer:
    """What a run tells while it goes on; this one times nothing."""

    def connects(self) -> None:
        """Say that a connection is about to be opened: time counts from the first."""

    def answered(self) -> None:
        """Say that the last answer that counts is in, where more is to be done."""


timer: ContextVar[Timer] = ContextVar("timer", default=Timer())  # noqa: B039 -- no state
"""What times the run that goes on."""


granted: ContextVar[set[str] | None] = ContextVar("granted", default=None)
"""What the peer gave us for this run only, such as the token of a session."""


def withhold(secret: str) -> str:
    """Keep what a peer granted out of the outcome of this run, and return it."""
    if (known := granted.get()) is not None:
        known.add(secret)
    return secret


class Stop(Exception):
    """Raised deep inside a probe that already knows its outcome; `run` returns it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.verdict}: {outcome.reason}")
        self.outcome = outcome
