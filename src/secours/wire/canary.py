"""A message of our own that is sent, looked for, and removed.

It carries a random token and nothing about anybody. Only a text that holds the token
of this very run, before it expires, counts as ours and may be removed.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct, field
from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.runs import Stop

LIFETIME_S = 600.0  # no run lasts longer
PAUSE_S = 0.3  # between two looks
MARK = "secours-"


class Canary(Struct, frozen=True):
    """One message, new for each run."""

    token: str = field(default_factory=lambda: MARK + secrets.token_hex(12))
    sent_s: float = field(default_factory=time.monotonic)

    @property
    def text(self) -> str:
        """Return what is sent: words that alarm nobody, then the token."""
        return f"Secours: test automatique, automatic test {self.token}"

    def is_in(self, said: object) -> bool:
        """Tell whether this is our own message, and not an expired one."""
        young = time.monotonic() - self.sent_s < LIFETIME_S
        return young and isinstance(said, str) and self.token in said

    def delivered(self, **facts: str | int | float) -> Outcome:
        """Say that it was read back, and how long that took since it was made."""
        latency_s = time.monotonic() - self.sent_s
        return ok(Evidence.DELIVERED, latency_s=latency_s, **facts)

    async def found(
        self,
        look: Callable[[], Awaitable[bool]],
        proven: Evidence = Evidence.AUTHENTICATED,
    ) -> None:
        """Look until it is there; `proven` is what is known without it.

        Raises:
            Stop: time was up first: failed, `not-delivered`.

        """
        try:
            while True:
                if await look():
                    return
                await asyncio.sleep(PAUSE_S)
        except asyncio.CancelledError:
            waited_s = round(time.monotonic() - self.sent_s, 1)
            missed = failed(Reason.NOT_DELIVERED, proven, within_s=waited_s)
            raise Stop(missed) from None


async def tidy(outcome: Outcome, removing: Awaitable[object]) -> tuple[Outcome, bool]:
    """Remove our message after `outcome` was proven, and tell whether that worked.

    What was proven stays so if the removal is refused, or time is up meanwhile. A
    message that stays is told in the fact `left`.

    Raises:
        Stop: time is up and the outcome stands, or we are told to wait.

    """
    stays = replace(outcome, facts={**outcome.facts, "left": 1})
    try:
        await removing
    except asyncio.CancelledError:
        raise Stop(stays) from None
    except (OSError, EOFError):
        return stays, False
    except Stop as stop:
        if stop.outcome.reason is Reason.DEFERRED:
            raise
        return stays, False
    return outcome, True


async def within_session(
    working: Awaitable[Outcome], leave: Callable[[], Awaitable[object]]
) -> Outcome:
    """Do what a session is for, then end it, also where that failed.

    Raises:
        Stop: time is up: what is known stands, and nothing more is sent.

    """
    try:
        outcome = await working
    except Stop as stop:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        outcome = stop.outcome
    outcome, _ = await tidy(outcome, leave())
    return outcome
