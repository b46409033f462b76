import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from plans import moment, probe

from secours.model import (
    Evidence,
    Outcome,
    Path,
    Reason,
    SecretMissing,
    Stop,
    Verdict,
    degraded,
    failed,
    ok,
)
from secours.run import run

TCP = probe("radio", timeout_s=0.2)


async def outcome_of(
    answer: Outcome | BaseException | Callable[[], Any], timeout_s: float = 0.2
) -> Outcome:
    """Run a probe that answers, raises or does this."""

    async def probing(_settings: object, _path: Path | None) -> Outcome:
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Outcome):
            return answer
        found: Outcome = await answer()
        return found

    asked = replace(TCP, timeout_s=timeout_s)
    return (await run(asked, probing, None, lambda: moment(5))).outcome


async def test_result_names_the_probe_and_when_it_began() -> None:
    async def probing(_settings: object, _path: Path | None) -> Outcome:
        return ok(Evidence.SERVED)

    result = await run(TCP, probing, None, lambda: moment(5))

    assert (result.probe, result.at) == (TCP.id, moment(5))


async def test_success_is_timed() -> None:
    outcome = await outcome_of(ok(Evidence.SERVED))

    assert outcome.latency_s is not None
    assert 0 <= outcome.latency_s < 0.2


async def test_time_that_the_probe_took_itself_is_kept() -> None:
    outcome = await outcome_of(ok(Evidence.SERVED, latency_s=0.125))

    assert outcome.latency_s == 0.125


@pytest.mark.parametrize(
    ("answer", "reason", "warnings"),
    [
        (ok(Evidence.SERVED, latency_s=2.0), Reason.SLOW, ()),
        (
            replace(degraded(Reason.QUOTA, Evidence.SERVED), latency_s=2.0),
            Reason.SLOW,
            (Reason.QUOTA,),
        ),
        (
            replace(degraded(Reason.ROAMING, Evidence.SERVED), latency_s=2.0),
            Reason.ROAMING,
            (),
        ),
    ],
)
async def test_slow_answer_is_degraded_and_hides_nothing_worse(
    answer: Outcome, reason: Reason, warnings: tuple[Reason, ...]
) -> None:
    async def probing(_settings: object, _path: Path | None) -> Outcome:
        return answer

    asked = replace(TCP, slow_after_s=1.0)
    outcome = (await run(asked, probing, None, lambda: moment(5))).outcome

    assert outcome.verdict is Verdict.DEGRADED
    assert outcome.reason is reason
    assert outcome.warnings == warnings


@pytest.mark.parametrize(
    ("error", "verdict", "reason"),
    [
        (TimeoutError(), Verdict.FAILED, Reason.TIMEOUT),
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), Verdict.FAILED, "refused"),
        (OSError(errno.EHOSTUNREACH, ""), Verdict.FAILED, Reason.UNREACHABLE),
        (OSError(errno.ETIMEDOUT, ""), Verdict.FAILED, Reason.TIMEOUT),
        (OSError(errno.EMFILE, ""), Verdict.UNKNOWN, Reason.BROKEN),
        (ConnectionResetError(errno.ECONNRESET, ""), Verdict.FAILED, Reason.PROTOCOL),
        (asyncio.IncompleteReadError(b"", 4), Verdict.FAILED, Reason.PROTOCOL),
        (socket.gaierror(-2, "Name unknown"), Verdict.FAILED, Reason.DNS),
        (ssl.SSLError(1, "WRONG_VERSION"), Verdict.FAILED, Reason.TLS_FAILED),
        (PermissionError(errno.EPERM, ""), Verdict.UNKNOWN, Reason.PERMISSION),
        (SecretMissing("variable X"), Verdict.UNKNOWN, Reason.SECRET_MISSING),
        (KeyError("x"), Verdict.UNKNOWN, Reason.BROKEN),
        (asyncio.CancelledError(), Verdict.UNKNOWN, Reason.BROKEN),
        (Stop(failed(Reason.AUTH)), Verdict.FAILED, Reason.AUTH),
    ],
)
async def test_no_exception_leaks(
    error: BaseException, verdict: Verdict, reason: str
) -> None:
    outcome = await outcome_of(error)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)


async def test_what_a_broken_probe_said_is_not_shown() -> None:
    outcome = await outcome_of(ValueError("token hunter2"))

    assert outcome.facts == {"what": "ValueError"}


async def test_silence_ends_at_the_deadline() -> None:
    outcome = await outcome_of(asyncio.Event().wait)

    assert outcome == failed(Reason.TIMEOUT, timeout_s=0.2)


async def test_probe_may_say_at_its_deadline_what_was_silent() -> None:
    async def resolve() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise Stop(failed(Reason.DNS)) from None

    outcome = await outcome_of(resolve)

    assert outcome.reason is Reason.DNS


async def test_probe_that_does_not_let_go_is_left_behind() -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    start = time.monotonic()
    outcome = await outcome_of(stubborn)
    took_s = time.monotonic() - start
    released.set()

    assert outcome.reason is Reason.TIMEOUT
    assert took_s < 0.2 + 0.5


async def test_cancelling_the_run_cancels_the_probe() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def probing(_settings: object, _path: Path | None) -> Outcome:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ok(Evidence.SERVED)

    task = asyncio.ensure_future(run(TCP, probing, None, lambda: moment(5)))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await asyncio.wait_for(ended.wait(), 2)
