"""Progress of a talk with a peer: outcomes of a broken one, and of a missed receipt.

A deadline, a reset or an endless line ends with the evidence until then, and with its
stage.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Reason, Verdict, failed, unknown
from secours.model.runs import Stop


class Nonsense(ValueError):
    """Senseless words of a peer; `facts` say why, `followed` adds the progress."""

    def __init__(self, **facts: str | int | float) -> None:
        super().__init__(facts)
        self.facts = facts


class Progress(Struct):
    """Evidence of a talk, and its next stage."""

    proven: Evidence = Evidence.NONE
    stage: str = "connect"

    def failed(self, reason: Reason, **facts: Any) -> Stop:
        """Return a failure at this stage, to be raised."""
        facts = {"stage": self.stage} | {k: v for k, v in facts.items() if v != ""}
        return Stop(failed(reason, self.proven, **facts))

    def nonsense(self, **facts: Any) -> Stop:
        """Return the failure of a peer with senseless words, to be raised."""
        return self.failed(Reason.PROTOCOL, **facts)


@asynccontextmanager
async def followed(progress: Progress) -> AsyncIterator[None]:
    """Turn the end of a broken talk into a failure with its progress.

    Raises:
        Stop: time was up, the peer hung up, or its words were endless or senseless.
        OSError: nothing was connected yet.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        yield
    except asyncio.CancelledError:
        waited_s = round(loop.time() - start, 1)
        raise progress.failed(Reason.TIMEOUT, timeout_s=waited_s) from None
    except asyncio.LimitOverrunError:
        raise progress.nonsense(problem="endless-line") from None
    except Nonsense as nonsense:
        raise progress.nonsense(**nonsense.facts) from None
    except (EOFError, ConnectionError):
        if progress.proven is Evidence.NONE:
            raise
        raise progress.nonsense(problem="connection-closed") from None


def heed_cancellation() -> None:
    """End a cancelled task, where a wait in it named the silence of a peer instead."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from None


@asynccontextmanager
async def unanswered_is_unknown() -> AsyncIterator[None]:
    """Turn failures to hear a peer into unknown, where its silence says nothing."""
    try:
        yield
    except Stop as stop:
        silent = {"verdict": Verdict.UNKNOWN, "evidence": Evidence.NONE}
        raise Stop(replace(stop.outcome, **silent)) from None
    except PermissionError:
        raise
    except TimeoutError:
        raise Stop(unknown(Reason.TIMEOUT)) from None
    except ConnectionRefusedError:
        raise Stop(unknown(Reason.REFUSED)) from None
    except EOFError:
        hung_up = unknown(Reason.PROTOCOL, problem="connection-closed")
        raise Stop(hung_up) from None
    except OSError:
        raise Stop(unknown(Reason.UNREACHABLE)) from None


@contextmanager
def awaited(
    proven: Evidence = Evidence.AUTHENTICATED, since_s: float | None = None
) -> Iterator[None]:
    """Turn a cancelled wait for a receipt into `not-delivered`.

    `proven` is the evidence without it, `since_s` the time of sending on the monotonic
    clock, if not now.

    Raises:
        Stop: time was up: failed, `not-delivered`.
    """
    start_s = time.monotonic() if since_s is None else since_s
    try:
        yield
    except asyncio.CancelledError:
        waited_s = round(time.monotonic() - start_s, 1)
        missed = failed(Reason.NOT_DELIVERED, proven, within_s=waited_s)
        raise Stop(missed) from None
