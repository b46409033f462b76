import asyncio

import pytest

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
)
from secours.model.runs import Stop
from secours.wire import canary
from secours.wire.canary import Canary, tidy, within_session

PROVEN = ok(Evidence.DELIVERED)


def test_only_its_own_text_is_recognised() -> None:
    ours, other = Canary(), Canary()

    assert ours.is_in(f"> {ours.text}")
    assert not ours.is_in(other.text)
    assert not ours.is_in("Secours: meeting at nine")
    assert not ours.is_in(None)


def test_expired_one_is_no_longer_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Canary()
    monkeypatch.setattr(canary, "LIFETIME_S", 0.0)

    assert not ours.is_in(ours.text)


async def test_it_is_looked_for_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(canary, "PAUSE_S", 0.0)
    looks = iter([False, False, True])

    async def look() -> bool:
        return next(looks)

    await Canary().found(look)

    assert list(looks) == []


async def test_time_that_is_up_is_not_delivered() -> None:
    looking = asyncio.Event()

    async def look() -> bool:
        looking.set()
        await asyncio.Event().wait()
        return True

    task = asyncio.ensure_future(Canary().found(look, Evidence.SERVED))
    await looking.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    outcome = stop.value.outcome
    assert (outcome.verdict, outcome.evidence, outcome.reason) == (
        Verdict.FAILED,
        Evidence.SERVED,
        Reason.NOT_DELIVERED,
    )


async def test_what_was_proven_stands_when_the_removal_works() -> None:
    assert await tidy(PROVEN, asyncio.sleep(0)) == (PROVEN, True)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        EOFError(),
        Stop(failed(Reason.REJECTED)),
    ],
)
async def test_what_was_proven_stands_when_the_removal_fails(error: Exception) -> None:
    async def removing() -> None:
        raise error

    outcome, removed = await tidy(PROVEN, removing())

    assert not removed
    assert (outcome.verdict, outcome.evidence) == (Verdict.OK, Evidence.DELIVERED)
    assert outcome.facts == {"left": 1}


async def test_limit_during_the_removal_is_obeyed() -> None:
    async def removing() -> None:
        raise Stop(degraded(Reason.DEFERRED, Evidence.AUTHENTICATED))

    with pytest.raises(Stop) as stop:
        await tidy(PROVEN, removing())
    assert stop.value.outcome.reason is Reason.DEFERRED


async def test_what_was_proven_stands_when_time_is_up_in_the_removal() -> None:
    begun = asyncio.Event()

    async def removing() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(tidy(PROVEN, removing()))
    await begun.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    assert stop.value.outcome.evidence is Evidence.DELIVERED


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

        await Canary().found(look)
        return PROVEN

    task = asyncio.ensure_future(within_session(endless(), leave))
    await begun.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    assert stop.value.outcome.reason is Reason.NOT_DELIVERED
    assert left == []
