"""JSON answer of `watch`: the holder of the watch, since when, and the age."""

from typing import Literal

from msgspec import Struct

from secours.model.snapshot import Snapshot
from secours.model.statements import WatchAction
from secours.render.answers.values import (
    SCHEMA,
    Amount,
    Time,
    finite,
    fresh,
    iso,
    like,
)
from secours.render.wording.localizer import Localizer


class OnDuty(Struct, frozen=True, kw_only=True):
    """Holder of the watch; "" when it was handed over, and nobody has it."""

    action: WatchAction
    holder: str
    by: str
    to: str
    before: str
    remark: str
    at: Time
    since: Time


class WatchAnswer(Struct, frozen=True, kw_only=True):
    """The newest word on the watch, null where nobody ever took it."""

    schema: Literal[1]
    site: str
    at: Time
    age_s: Amount | None
    stale: bool
    watch: OnDuty | None


def answer(snapshot: Snapshot, age_s: float, language: str) -> WatchAnswer:
    """Return the watch by the engine's snapshot."""
    return WatchAnswer(
        schema=SCHEMA,
        site=Localizer(snapshot, language).site,
        at=iso(snapshot.at),
        age_s=finite(age_s),
        stale=not fresh(snapshot, age_s),
        watch=on_duty(snapshot),
    )


def on_duty(snapshot: Snapshot) -> OnDuty | None:
    """Return the newest watch statement."""
    watch = snapshot.watch
    if watch is None:
        return None
    return like(OnDuty, watch, at=iso(watch.at), since=iso(watch.began))
