"""One notice over one target, from the turn for its line to its receipt."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    suppress,
)

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, unknown
from secours.model.plan import Config
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Probe
from secours.model.sections.notify import Target
from secours.notify import carriers
from secours.notify.carriers import Carrier
from secours.run.deadline import LET_GO_S
from secours.run.sending import send

LATE_RECEIPT_S = 900.0  # time in which a late receipt still counts
CLOSE_S = 5.0  # to leave a line in order where no receipt is awaited
HANG_UP_S = 2.0  # to end a call, and to leave a line in order, where we stop
TURN_S = 600.0  # wait for the line, over which others may be told first

Turn = Callable[[Probe], AbstractAsyncContextManager[asyncio.Event | None]]
"""Waits for an exclusive line; None where there is none.

The event is set once another notice waits for it.
"""

Hindrance = Callable[[], Outcome | None]
"""Returns why it may not be sent any more, None if it may."""


async def carried(
    config: Config,
    target: Target,
    notice: Notice,
    on_stage: Callable[[Stage], None],
    turn: Turn,
    hindrance: Hindrance,
    *,
    receipts: bool = True,
) -> Outcome | None:
    """Report each stage as reached; return the failure, None for none.

    The hindrance is checked when the waiting is over, right before the start. Without
    `receipts` it is done once it is accepted.
    """
    try:
        carrier = carriers.carrier(config, target)
    except SecretMissing as missing:
        return unknown(missing.reason, **missing.facts)
    except BadValue:
        return unknown(Reason.BROKEN, what=target.name)
    return await _in_turn(carrier, notice, on_stage, turn, hindrance, receipts=receipts)


async def _in_turn(
    carrier: Carrier,
    notice: Notice,
    on_stage: Callable[[Stage], None],
    turn: Turn,
    hindrance: Hindrance,
    *,
    receipts: bool,
) -> Outcome | None:
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(TURN_S):
                claim = await stack.enter_async_context(turn(carrier.probe))
        except TimeoutError:
            return unknown(Reason.DEVICE_BUSY)
        if (why := hindrance()) is not None:
            return why
        let_go = asyncio.Event()
        stages = _closed(carrier.send(notice), let_go)
        try:
            if not receipts:
                return await _sent(carrier, _first(stages), on_stage, CLOSE_S)
            # A late receipt does not keep the line from the next notice.
            if claim is None:
                return await _sent(carrier, stages, on_stage, LATE_RECEIPT_S)
            return await _until_wanted(carrier, stages, on_stage, claim, let_go)
        except asyncio.CancelledError:
            await _free(let_go, HANG_UP_S)
            raise


async def _sent(
    carrier: Carrier,
    stages: AsyncIterator[Stage],
    on_stage: Callable[[Stage], None],
    receipt_s: float,
) -> Outcome | None:
    return await send(
        carrier.probe,
        stages,
        on_stage,
        receipt_s=receipt_s,
        secrets=carrier.secrets,
        others=carrier.others,
    )


async def _until_wanted(
    carrier: Carrier,
    stages: AsyncIterator[Stage],
    on_stage: Callable[[Stage], None],
    claim: asyncio.Event,
    let_go: asyncio.Event,
) -> Outcome | None:
    """Send, and wait for the receipt until another notice wants the line.

    A receipt not awaited to its end is unknown, for no reason.
    """
    accepted = asyncio.Event()

    def told(stage: Stage) -> None:
        on_stage(stage)
        accepted.set()

    async def to_be_given_up() -> None:
        await accepted.wait()
        await claim.wait()

    sending = asyncio.create_task(_sent(carrier, stages, told, carrier.receipt_s))
    giving_up = asyncio.create_task(to_be_given_up())
    try:
        await asyncio.wait({sending, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            return await sending
        sending.cancel()
        await _free(let_go, LET_GO_S)
        return unknown(Reason.NONE)
    finally:
        sending.cancel()
        giving_up.cancel()
        await asyncio.gather(sending, giving_up, return_exceptions=True)


async def _free(let_go: asyncio.Event, within_s: float) -> None:
    """Wait until the device is free, at most for so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await let_go.wait()


async def _first(stages: AsyncGenerator[Stage]) -> AsyncIterator[Stage]:
    """Yield the first stage alone."""
    async with aclosing(stages) as closing:
        async for stage in closing:
            yield stage
            return


async def _closed(
    stages: AsyncIterator[Stage], let_go: asyncio.Event
) -> AsyncGenerator[Stage]:
    """Iterate over all stages; `let_go` is set when the device is free again."""
    try:
        async for stage in stages:
            yield stage
    finally:
        if isinstance(stages, AsyncGenerator):
            await stages.aclose()
        let_go.set()
