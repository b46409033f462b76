import asyncio
import errno
import resource
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from plans import moment, probe
from servers.apart import http_apart

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Path
from secours.run import run
from secours.run.capacity import at_once, make_room, room, shortest_kept_s
from secours.run.loop_time import QUIET_S
from secours.wire.net import sockets

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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failed(Reason.CONTENT, said="x"), True),
        (OSError(errno.ECONNREFUSED, "refused"), False),
        (degraded(Reason.REPORTED, Evidence.SERVED, said="x"), True),
        (degraded(Reason.SLOW, Evidence.SERVED), False),
        (ok(Evidence.SERVED), False),
        (unknown(Reason.PERMISSION), False),
    ],
)
async def test_words_of_the_plan_go_with_a_failure(
    answer: Outcome | OSError, words: bool
) -> None:
    async def probing(_settings: object, _path: Path | None) -> Outcome:
        if isinstance(answer, OSError):
            raise answer
        return answer

    says = (("", "UPS"), ("fr", "Onduleur sur batterie"))
    asked = replace(TCP, says=says)
    found = (await run(asked, probing, None, lambda: moment(5))).outcome.facts

    own = {key: fact for key, fact in found.items() if key.startswith("says")}
    assert own == ({"says": "UPS", "says_fr": "Onduleur sur batterie"} if words else {})


async def test_words_of_the_plan_go_with_silence_of_what_is_only_reached() -> None:
    async def probing(_settings: object, _path: Path | None) -> Outcome:
        raise OSError(errno.ECONNREFUSED, "refused")

    asked = replace(TCP, says=(("", "Fibre cut"),), best=Evidence.REACHED)
    found = (await run(asked, probing, None, lambda: moment(5))).outcome.facts

    assert found["says"] == "Fibre cut"


async def test_result_names_the_probe_and_when_it_began() -> None:
    async def probing(_settings: object, _path: Path | None) -> Outcome:
        return ok(Evidence.SERVED)

    result = await run(TCP, probing, None, lambda: moment(5))

    assert (result.probe, result.at) == (TCP.id, moment(5))


async def test_success_is_timed() -> None:
    outcome = await outcome_of(ok(Evidence.SERVED))

    assert outcome.latency_s is not None
    assert 0 <= outcome.latency_s < 20


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
        (PermissionError(errno.EACCES, "", "/a/b"), Verdict.UNKNOWN, "permission"),
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

    async with asyncio.timeout(30):
        outcome = await outcome_of(stubborn)
    released.set()

    assert outcome.reason is Reason.TIMEOUT


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

    await asyncio.wait_for(ended.wait(), 20)


async def _asked(port: int) -> Outcome:
    """Ask a server in a process of its own, which answers at once."""
    async with sockets.connection("127.0.0.1", port, None) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"ok")
        return ok(Evidence.SERVED)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("turns", [0, 1, 3, 5])
async def test_a_loop_that_is_late_makes_no_peer_late(turns: int) -> None:
    with http_apart() as port:
        asking = asyncio.create_task(outcome_of(lambda: _asked(port), timeout_s=1.0))
        for _ in range(turns):
            await asyncio.sleep(0)
        time.sleep(2.0)  # noqa: ASYNC251 -- what is tested: nothing else runs meanwhile
        outcome = await asking

    assert outcome.verdict is Verdict.OK
    assert outcome.latency_s is not None
    assert outcome.latency_s < 2.0


async def test_a_loop_that_is_late_before_the_deadline_makes_no_peer_late() -> None:
    async def in_three_steps() -> Outcome:
        for _ in range(3):
            await asyncio.sleep(0.1)  # a peer that takes that long to answer
        return ok(Evidence.SERVED)

    asking = asyncio.create_task(outcome_of(in_three_steps, timeout_s=0.5))
    await asyncio.sleep(0.05)
    time.sleep(0.4)  # noqa: ASYNC251 -- what is tested: nothing else runs meanwhile
    outcome = await asking

    assert outcome.verdict is Verdict.OK


async def test_a_loop_that_is_always_late_keeps_no_silent_peer_for_ever() -> None:
    asking = asyncio.create_task(outcome_of(asyncio.Event().wait, timeout_s=0.2))
    began_s = time.monotonic()
    while not asking.done() and time.monotonic() - began_s < 30:
        time.sleep(0.2)  # noqa: ASYNC251 -- what is tested
        await asyncio.sleep(0.01)

    assert asking.done()
    assert (await asking).reason is Reason.TIMEOUT


async def test_a_hundred_begin_in_a_loop_that_is_never_quiet() -> None:
    """Several begin in each turn of a busy loop, the more the longer it takes."""
    turn_s, tests = QUIET_S / 2, 100
    turns = 0
    begun: list[int] = []  # in which turn

    async def probed() -> Outcome:
        begun.append(turns)
        return ok(Evidence.SERVED)

    async def work() -> None:
        nonlocal turns
        while len(begun) < tests:
            time.sleep(turn_s)  # noqa: ASYNC251 -- what is tested
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    async with asyncio.timeout(300):
        await asyncio.gather(*(outcome_of(probed, timeout_s=300) for _ in range(tests)))
        await working

    # One after another, each in a turn of its own at best, this would be the 67th.
    assert begun[tests * 2 // 3] < 62


async def test_tests_begin_one_after_another_in_a_quiet_loop() -> None:
    order: list[str] = []

    async def probed(name: str) -> Outcome:
        order.append(f"{name} begins")
        await asyncio.sleep(0)
        order.append(f"{name} ends")
        return ok(Evidence.SERVED)

    async def one(name: str) -> None:
        await outcome_of(lambda: probed(name), timeout_s=30)

    await asyncio.gather(*map(one, "abc"))

    assert order != sorted(order, key=lambda said: said.endswith("ends"))
    assert [said[0] for said in order if said.endswith("begins")] == list("abc")


async def test_a_test_that_is_cancelled_before_it_begins_holds_up_no_other() -> None:
    first = asyncio.create_task(outcome_of(ok(Evidence.SERVED)))
    second = asyncio.create_task(outcome_of(ok(Evidence.SERVED)))
    await asyncio.sleep(0)

    first.cancel()

    assert (await asyncio.wait_for(second, 20)).verdict is Verdict.OK


@pytest.mark.usefixtures("processes")
async def test_time_counts_from_the_connect() -> None:
    async def prepared(port: int) -> Outcome:
        await asyncio.sleep(1.0)  # to load what it needs, and to look a name up
        return await _asked(port)

    with http_apart() as port:
        began_s = time.monotonic()
        outcome = await outcome_of(lambda: prepared(port), timeout_s=30)
        took_s = time.monotonic() - began_s

    assert outcome.latency_s is not None
    assert outcome.latency_s < took_s - 0.9


def test_as_many_tests_at_once_as_silent_peers_would_hold() -> None:
    hasty = [probe(f"c{n}", interval_s=10.0, timeout_s=5.0) for n in range(1000)]

    assert at_once(hasty) == 500
    assert at_once(hasty[:3]) == 64


def test_room_is_made_for_them_as_far_as_the_system_lets_us() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, *limits), limits[1]))
    try:
        assert make_room(100) == min(100, room())
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(900, limits[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_one_test_runs_where_fewer_files_may_be_open_than_are_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = [(50, 100)]
    monkeypatch.setattr(resource, "getrlimit", lambda _of: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _of, both: limits.append(both))

    assert make_room(64) == 1
    assert limits[-1] == (100, 100)


@pytest.mark.parametrize(
    ("intervals_s", "tests", "kept_s"),
    [
        ([10, 10, 60], 10, 0.0),  # 10 s of each: 2.17 tests at once
        ([10, 10, 60], 2, 20 / (2 - 10 / 60)),
        ([10, 10, 60], 1, 24.0),  # 10/24 + 10/24 + 10/60
        ([10, 20], 0.5, 40.0),
    ],
)
def test_intervals_that_cannot_be_kept(
    intervals_s: list[float], tests: int, kept_s: float
) -> None:
    planned = [probe("c", interval_s=s, timeout_s=10.0) for s in intervals_s]

    assert shortest_kept_s(planned, tests) == pytest.approx(kept_s)
