"""Wait for the receipt of a message."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop


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
