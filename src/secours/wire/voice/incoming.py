"""Calls that come in: heard, and never answered nor refused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from secours.wire.voice.call import Ongoing

NUMBER_S = 2.0  # within which a ringing call has its caller's number, if it has one


class HeardCall(Struct, frozen=True):
    """A call that rings here."""

    callers: tuple[str, ...]  # numbers or names; none where they are withheld
    at_s: float  # when it began to ring, by the loop's clock


class IncomingCalls(Ongoing[HeardCall]):
    """Calls that ring at an end of ours, while somebody listens there."""

    def __init__(self) -> None:
        """Start without a call."""
        super().__init__()
        self.doubted = False  # whether to look, at the end, if one could still come
        self.engaged = False  # whether a call is there, of whomever
        self._since_s: dict[str, float] = {}
        self._told: set[str] = set()

    async def begun(self) -> None:
        """Wait until a call would be heard; raises as `next` does."""
        await self.ready.wait()
        if self.error is not None:
            raise self.error

    async def check(self) -> None:
        """Stop listening, and raise as `next` does if no call could have come."""
        self.doubted = True
        await self.stop()
        if self.error is not None:
            raise self.error

    def see(self, ringing: Mapping[str, str]) -> None:
        """Report the calls that ring now, with their callers, each once."""
        now_s = asyncio.get_running_loop().time()
        self._since_s = {each: self._since_s.get(each, now_s) for each in ringing}
        self._told &= ringing.keys()
        for each, caller in ringing.items():
            since_s = self._since_s[each]
            if each not in self._told and (caller or now_s > since_s + NUMBER_S):
                self._told.add(each)
                self.tell(HeardCall((caller,) if caller else (), since_s))

    async def watch(
        self, look: Callable[[], Awaitable[tuple[Mapping[str, str], bool]]]
    ) -> None:
        """Look again and again for what rings, and whether the end is engaged."""
        while True:
            ringing, self.engaged = await look()
            self.see(ringing)
            self.ready.set()
            if not await self.pause():
                return
