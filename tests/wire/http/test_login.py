import asyncio

import pytest

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.runs import Stop
from secours.wire.http.login import within_session
from secours.wire.own_message import OwnMessage

PROVEN = ok(Evidence.DELIVERED)


async def test_session_is_left_also_after_a_refusal() -> None:
    left: list[int] = []

    async def leave() -> None:
        left.append(1)

    async def refused() -> Outcome:
        raise Stop(failed(Reason.REJECTED, Evidence.AUTHENTICATED))

    outcome = await within_session(refused(), leave)

    assert outcome.reason is Reason.REJECTED
    assert left == [1]


async def test_session_is_not_left_when_time_is_up() -> None:
    begun, left = asyncio.Event(), []

    async def leave() -> None:
        left.append(1)

    async def endless() -> Outcome:
        async def look() -> bool:
            begun.set()
            await asyncio.Event().wait()
            return True

        await OwnMessage().until_found(look)
        return PROVEN

    task = asyncio.ensure_future(within_session(endless(), leave))
    await begun.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    assert stop.value.outcome.reason is Reason.NOT_DELIVERED
    assert left == []
