"""Sign of life to a monitor outside, once a minute: silence is its alarm.

It is sent after a stamp, so an engine that is stuck, or whose snapshot nobody sees,
sends none. Monitors of other makers get the same as another Secours: a POST counts for
Healthchecks ("Pinging API"), for Uptime Kuma ("Push") and for `/api/v1/beat/NAME`,
whose header it has.
"""

import asyncio
import logging
import os
from contextlib import suppress

from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.wire import heartbeats
from secours.wire.progress import heed_cancellation

log = logging.getLogger(__name__)

EVERY_S = 60.0
LIMIT_S = 20.0


class OutsideBeat:
    """Caller of an address of the plan; it delays nothing."""

    def __init__(self) -> None:
        self._called_s = -EVERY_S
        self.calling: asyncio.Task[None] | None = None
        self._unheard = False  # and the log knows

    def stamped(self, config: Config, steady_s: float) -> None:
        """Call at this steady second, if due."""
        under_way = self.calling is not None and not self.calling.done()
        if config.notify.beat_to is None or under_way:
            return
        if steady_s - self._called_s >= EVERY_S:
            self._called_s = steady_s
            self.calling = asyncio.create_task(self._call(config))

    async def stop(self) -> None:
        """Stop calling."""
        if self.calling is not None:
            self.calling.cancel()
            with suppress(asyncio.CancelledError):
                await self.calling

    async def _call(self, config: Config) -> None:
        trouble = await _trouble(config)
        if trouble and not self._unheard:
            log.warning("nobody outside was told that we live: %s", trouble)
        if self._unheard and not trouble:
            log.warning("somebody outside is told again that we live")
        self._unheard = bool(trouble)


async def _trouble(config: Config) -> str:
    """Call, and return a word for the error, as an address may hold a token."""
    from secours.wire.http import client  # which an engine that calls nobody needs not

    if config.notify.beat_to is None:
        return ""
    try:
        url = config.notify.beat_to.reveal()
        async with asyncio.timeout(LIMIT_S):
            answer = await client.ask("POST", url, headers=_headers(url))
    except Stop as stop:
        heed_cancellation()
        return stop.outcome.reason.value
    except (OSError, EOFError, ValueError, SecretMissing) as error:
        return type(error).__name__
    return "" if 200 <= answer.status < 300 else f"status {answer.status}"


def _headers(url: str) -> dict[str, str]:
    """Return the header for another Secours, with its token if it has one."""
    headers = {heartbeats.HEADER: heartbeats.SENT}
    token = os.environ.get(heartbeats.TOKEN)
    if token and heartbeats.ADDRESS in url:
        headers["Authorization"] = f"Bearer {token}"
    return headers
