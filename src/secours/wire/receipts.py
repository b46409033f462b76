"""How a receipt of what was sent is waited for."""

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
    """Say of a receipt that does not come in time that nothing is known to be there.

    `proven` is what is known without it, `since_s` on the monotonic clock when it was
    sent, where that is not now.

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
