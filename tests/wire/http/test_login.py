import asyncio

import pytest

from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.wire.http import login
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.http.login import account, within_session
from secours.wire.own_message import OwnMessage

PROVEN = ok(Evidence.DELIVERED)
OPTIONS = ServerOptions(base_url="http://x", username="me", password=Secret("hush"))


def service() -> Service:
    return Service("http://x", None, OPTIONS)


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


class Fallen(Exception):
    pass


@pytest.mark.parametrize("failing", [Fallen, asyncio.CancelledError, GeneratorExit])
async def test_session_of_a_notice_ends_however_it_ends(
    failing: type[BaseException],
) -> None:
    left: list[str] = []

    async def log_in(service: Service, username: str, password: str) -> str:
        return f"{username}-{password}"

    async def log_out() -> None:
        left.append("left")
        raise Stop(failed(Reason.STATUS))

    with pytest.raises(failing):
        async with account(OPTIONS, service(), log_in=log_in, log_out=log_out):
            raise failing

    assert left == ["left"]


async def test_server_that_lets_no_session_end_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(login, "LEAVE_S", 0.05)

    async def log_in(service: Service, username: str, password: str) -> str:
        return "token"

    async def log_out() -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(60.0):
        async with account(OPTIONS, service(), log_in=log_in, log_out=log_out):
            pass


async def test_token_begins_no_session() -> None:
    options = ServerOptions(base_url="http://x", token=Secret("t0ken"))

    async def never(*given: object) -> str:
        raise AssertionError

    async with account(options, service(), log_in=never, log_out=never):
        pass
