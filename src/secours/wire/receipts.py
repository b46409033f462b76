"""How a receipt of what was sent is waited for."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop


@contextmanager
def awaited() -> Iterator[None]:
    """Say of a receipt that does not come in time that nothing is known to be there.

    Raises:
        Stop: time was up: failed, `not-delivered`.

    """
    start_s = time.monotonic()
    try:
        yield
    except asyncio.CancelledError:
        waited_s = round(time.monotonic() - start_s, 1)
        missed = failed(Reason.NOT_DELIVERED, Evidence.AUTHENTICATED, within_s=waited_s)
        raise Stop(missed) from None
