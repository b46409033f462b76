"""Offset of a hub's clock from ours, for the time it held a message."""

import math
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from secours.model.observed import Instant
from secours.sites import subjects
from secours.sites.link import HubConnection


class HubError(Struct):
    """Error in an answer of the hub."""

    description: str = ""


class HubTime(Struct):
    """Time or error in an answer of the hub."""

    ts: datetime | None = None
    error: HubError | None = None


class HubClock:
    """Lower bound of the offset between the hub's clock and our steady one."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now, self._ahead_s = now, -math.inf

    def begin_again(self) -> None:
        """Forget it: it may be another hub."""
        self._ahead_s = -math.inf

    async def ask(self, connection: HubConnection) -> datetime:
        """Return the hub's time.

        Raises:
            nats.errors.Error: it does not answer.

        """
        from nats.errors import Error

        call = f"$JS.API.STREAM.INFO.{subjects.STATES}"
        answer = await connection.client.request(call, b"")
        came = self._now()
        try:
            info = msgspec.json.decode(answer.data, type=HubTime)
        except msgspec.MsgspecError as error:
            raise Error(f"no time: {error}") from None
        if info.ts is None:
            raise Error(info.error.description if info.error else "no time")
        self._ahead_s = info.ts.timestamp() - came.steady_s
        return info.ts

    def held_s(self, stored: datetime) -> float:
        """Return how long the hub held a message, by its own clock."""
        stored_s, ours_s = stored.timestamp(), self._now().steady_s
        self._ahead_s = max(self._ahead_s, stored_s - ours_s)
        return ours_s + self._ahead_s - stored_s
