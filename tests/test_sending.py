"""One notice handed to a channel: its stages, its deadlines, and what stops it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from msgspec.structs import replace
from plans import probe

from secours.model.notices import Stage
from secours.model.observed import Outcome, Reason, Verdict, failed
from secours.model.runs import Stop, withhold
from secours.model.secret import SecretMissing
from secours.run.sending import send

RADIO = replace(probe("radio"), timeout_s=20.0)
Stages = AsyncGenerator[Stage, None]


async def sent(
    sending: Stages, *, timeout_s: float = 20.0, receipt_s: float = 20.0
) -> tuple[list[Stage], Outcome | None]:
    heard: list[Stage] = []
    asked = replace(RADIO, timeout_s=timeout_s)
    secrets = ("+32470123456",)
    outcome = await send(
        asked, sending, heard.append, receipt_s=receipt_s, secrets=secrets
    )
    return heard, outcome


async def stages(*reached: Stage, error: Exception | None = None) -> Stages:
    for stage in reached:
        yield stage
    if error is not None:
        raise error


async def hangs_after(*reached: Stage) -> Stages:
    for stage in reached:
        yield stage
    await asyncio.Event().wait()


async def test_each_stage_is_told() -> None:
    assert await sent(stages(Stage.ACCEPTED, Stage.ARRIVED)) == (
        [Stage.ACCEPTED, Stage.ARRIVED],
        None,
    )


async def test_what_nobody_takes_in_time_is_a_timeout() -> None:
    heard, outcome = await sent(hangs_after(), timeout_s=0.1)

    assert (heard, outcome) == ([], failed(Reason.TIMEOUT, timeout_s=0.1))


async def test_receipt_that_does_not_come_is_a_timeout_of_its_own() -> None:
    heard, outcome = await sent(hangs_after(Stage.ACCEPTED), receipt_s=0.1)

    assert (heard, outcome) == (
        [Stage.ACCEPTED],
        failed(Reason.TIMEOUT, timeout_s=0.1),
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connection refused"), Reason.REFUSED),
        (Stop(failed(Reason.AUTH)), Reason.AUTH),
        (SecretMissing("no TOKEN"), Reason.SECRET_MISSING),
        (EOFError(), Reason.PROTOCOL),
        (ZeroDivisionError(), Reason.BROKEN),
    ],
)
async def test_what_stops_it_is_interpreted_as_of_a_probe(
    error: Exception, reason: Reason
) -> None:
    heard, outcome = await sent(stages(error=error))

    assert (heard, outcome and outcome.reason) == ([], reason)


async def test_peer_that_repeats_the_address_or_what_it_gave_us_is_redacted() -> None:
    async def refused() -> Stages:
        token = withhold("session-0123456789")
        said = f"no such number +32470123456 ({token})\x1b[31m" + 500 * "x"
        raise Stop(failed(Reason.REJECTED, said=said))
        yield Stage.ACCEPTED

    _, outcome = await sent(refused())

    assert outcome is not None
    said = str(outcome.facts["said"])
    assert said.startswith("no such number")
    assert "470" not in said
    assert "session" not in said
    assert "\x1b" not in said
    assert len(said) <= 200


async def test_sender_that_ends_without_a_word_is_broken() -> None:
    heard, outcome = await sent(stages())

    assert (heard, outcome and (outcome.verdict, outcome.reason)) == (
        [],
        (Verdict.UNKNOWN, Reason.BROKEN),
    )


async def test_it_is_closed_when_its_time_is_up() -> None:
    closed = asyncio.Event()

    async def waits() -> Stages:
        try:
            yield Stage.ACCEPTED
            await asyncio.Event().wait()
        finally:
            closed.set()

    await sent(waits(), receipt_s=0.1)

    assert closed.is_set()
