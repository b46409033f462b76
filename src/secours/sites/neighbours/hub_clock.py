"""Offset of a hub's clock from ours, for the time it held a message."""

import math
from collections.abc import Callable
from datetime import datetime

from secours.model.observed import Instant
from secours.sites import subjects
from secours.sites.link import HubConnection
from secours.sites.streams import asked


class HubClock:
    """Lower bound of the offset between the hub's clock and our steady one."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now, self._ahead_s = now, -math.inf

    def begin_again(self) -> None:
        """Forget it: it may be another hub."""
        self._ahead_s = -math.inf

    async def ask(self, connection: HubConnection) -> datetime:
        """Return the hub's time; raise nats.errors.Error if it does not answer."""
        from nats.errors import Error

        answer = await asked(connection.client, f"STREAM.INFO.{subjects.EVENTS}", {})
        came = self._now()
        if answer.ts is None:
            raise Error(answer.error.description)
        self._ahead_s = answer.ts.timestamp() - came.steady_s
        return answer.ts

    def held_s(self, stored: datetime) -> float:
        """Return how long the hub held a message, by its own clock."""
        stored_s, ours_s = stored.timestamp(), self._now().steady_s
        self._ahead_s = max(self._ahead_s, stored_s - ours_s)
        return ours_s + self._ahead_s - stored_s
