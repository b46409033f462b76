"""Send one notice over a probe type, as the engine does, and see how far it got."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import ModuleType
from typing import Any, NamedTuple

from msgspec.structs import replace

from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, failed
from secours.model.runs import granted
from secours.model.sections.channel import Probe
from secours.run.failures import interpret
from secours.run.redactor import redacted
from secours.run.tidy import secrets_of

ACCEPTED, ARRIVED = Stage.ACCEPTED, Stage.ARRIVED
LET_GO_S = 20.0  # to close its connections, on a machine that other tests share
MARK = "K7Q2-9FTD"
NOTICE = Notice(
    title="Vlissingen: alert by SMS",
    text=f"ALERT the public: use SMS.\nE-mail is down since 10:04.\n{MARK}",
    brief=f"ALERT: use SMS {MARK}",
    mark=MARK,
)


class Told(NamedTuple):
    """How far a notice has come, and what went wrong then, if anything did."""

    stages: list[Stage]
    outcome: Outcome | None

    @property
    def reason(self) -> Reason:
        """Return why it came no farther."""
        return Reason.NONE if self.outcome is None else self.outcome.reason


async def tell(
    kind: ModuleType,
    settings: Any,
    notice: Notice = NOTICE,
    *,
    timeout_s: float = 30.0,
    receipt_s: float | None = None,
    reached: Callable[[Stage], object] | None = None,
    **changed: Any,
) -> Told:
    """Send it, wait for the receipt until time is up, and close what was opened.

    `receipt_s` is how long a receipt is waited for that is not to come: until then the
    notice has been accepted, however long that takes here.
    """
    told = Told([], None)
    given = set[str]()
    probe = Probe(
        id="x", owner="x", name="x", type="x", settings=settings, timeout_s=timeout_s
    )

    def comes_to(stage: Stage) -> None:
        told.stages.append(stage)
        if stage is ACCEPTED and receipt_s is not None:
            asyncio.get_running_loop().call_later(receipt_s, task.cancel)
        if reached:
            reached(stage)

    sending = kind.send(settings, None, replace(notice, **changed))
    task = asyncio.ensure_future(_followed(sending, comes_to, probe, given))
    done, _ = await asyncio.wait({task}, timeout=timeout_s)
    if not done:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=LET_GO_S)
        assert done, "it does not let go"
    if task.cancelled():
        return told._replace(outcome=failed(Reason.TIMEOUT))
    if (outcome := task.result()) is not None:
        outcome = redacted(outcome, given.union(secrets_of(settings)))
    return told._replace(outcome=outcome)


async def _followed(
    sending: AsyncGenerator[Stage],
    comes_to: Callable[[Stage], object],
    probe: Probe,
    given: set[str],
) -> Outcome | None:
    granted.set(given)
    try:
        async with aclosing(sending):
            async for stage in sending:
                comes_to(stage)
    except Exception as error:  # noqa: BLE001 -- as `run` does
        return interpret(probe, error)
    return None
