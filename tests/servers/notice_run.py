"""Send one notice over a probe type, as the engine does, and see how far it got."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from types import ModuleType
from typing import Any, NamedTuple

from msgspec.structs import replace

from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason, failed
from secours.model.plan import Probe
from secours.model.runs import granted
from secours.run.failures import interpret
from secours.run.redactor import redacted
from secours.run.tidy import secrets_of

ACCEPTED, ARRIVED = Stage.ACCEPTED, Stage.ARRIVED
LET_GO_S = 5.0  # to close its connections, on a machine that other tests share
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
    timeout_s: float = 10.0,
    reached: Callable[[Stage], object] | None = None,
    **changed: Any,
) -> Told:
    """Send it, wait for the receipt until time is up, and close what was opened."""
    told = Told([], None)
    given = set[str]()
    probe = Probe(
        id="x", owner="x", name="x", type="x", settings=settings, timeout_s=timeout_s
    )

    async def sending() -> Outcome | None:
        granted.set(given)
        stages = kind.send(settings, None, replace(notice, **changed))
        try:
            async with aclosing(stages):
                async for stage in stages:
                    told.stages.append(stage)
                    if reached:
                        reached(stage)
        except Exception as error:  # noqa: BLE001 -- as `run` does
            return interpret(probe, error)
        return None

    task = asyncio.ensure_future(sending())
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
