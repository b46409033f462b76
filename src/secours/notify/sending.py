"""One notice over one target, from the turn for its line to its receipt."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, unknown
from secours.model.plan import Config, Probe, Target
from secours.model.secret import SecretMissing
from secours.notify import carriers
from secours.notify.carriers import Carrier
from secours.run.sending import send

LATE_RECEIPT_S = 900.0  # for how long a receipt counts that is late
TURN_S = 30.0  # for a line that somebody else speaks over

Turn = Callable[[Probe], AbstractAsyncContextManager[bool]]
"""Waits for what only one at a time may use; tells whether there is such."""

Hindrance = Callable[[], Outcome | None]
"""Returns why it may not be sent any more, None if it may."""


async def carried(
    config: Config,
    target: Target,
    notice: Notice,
    heard: Callable[[Stage], None],
    turn: Turn,
    hindrance: Hindrance,
) -> Outcome | None:
    """Tell each stage as it is reached; return what went wrong, None for nothing.

    Whether it may be sent is asked when the waiting is over, right before it begins.
    """
    try:
        carrier = carriers.carrier(config, target)
    except SecretMissing as missing:
        return unknown(missing.reason, **missing.facts)
    except BadValue:
        return unknown(Reason.BROKEN, what=target.name)
    return await _in_turn(carrier, notice, heard, turn, hindrance)


async def _in_turn(
    carrier: Carrier,
    notice: Notice,
    heard: Callable[[Stage], None],
    turn: Turn,
    hindrance: Hindrance,
) -> Outcome | None:
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(TURN_S):
                shared = await stack.enter_async_context(turn(carrier.probe))
        except TimeoutError:
            return unknown(Reason.DEVICE_BUSY)
        if (why := hindrance()) is not None:
            return why
        # Whoever waits for the line does not wait for a receipt that is late.
        receipt_s = carrier.receipt_s if shared else LATE_RECEIPT_S
        return await send(
            carrier.probe,
            carrier.send(notice),
            heard,
            receipt_s=receipt_s,
            secrets=carrier.secrets,
        )
