"""Starlink: is the dish connected to its satellites, with a free view of the sky?

Asked of the dish itself, in the local network; the interface is not official. An ok
shows that the dish says so, not that anything on the internet can be reached through
it: test that with `tls` or `http` over the path of the dish.

Source: starlink-grpc-core, module `starlink_grpc` ("General status data", "Alert
detail status data").
"""

from typing import Any

from msgspec import Struct

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire import starlink
from secours.wire.option_checks import check_port
from secours.wire.progress import Progress, followed

BEST = Evidence.SERVED
MUCH = 0.05  # of the sky; above that calls are interrupted again and again
HARMLESS = frozenset(  # alerts that tell of normal life
    {"install_pending", "is_heating", "is_power_save_idle", "moving_while_mobile"}
)


class Settings(Struct, frozen=True, kw_only=True):
    """Address of the dish, usually 192.168.100.1."""

    host: str
    """Address of the dish, usually 192.168.100.1."""
    port: int = 9200
    """Port of its interface."""

    def __post_init__(self) -> None:
        check_port(self.port)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Ask the dish for its state, its view of the sky, and its alerts."""
    progress = Progress()
    async with followed(progress):
        said = await starlink.status(settings.host, settings.port, path, progress)
    return _judge(said)


def _judge(status: starlink.DishStatus) -> Outcome:
    served = Evidence.SERVED
    facts: dict[str, Any] = {}
    if status.obstructed_share is not None:
        facts["obstructed"] = round(status.obstructed_share, 3)
    if status.outage is None:
        return unknown(Reason.PROTOCOL, problem="no-state")
    if status.outage:
        return failed(Reason.REPORTED, served, said=_words(status.outage), **facts)
    if worries := _worries(status):
        return degraded(Reason.REPORTED, served, **worries, **facts)
    return ok(served, **facts)


def _worries(status: starlink.DishStatus) -> dict[str, str]:
    worries = {}
    if status.obstructed or (status.obstructed_share or 0) > MUCH:
        worries["problem"] = "obstructed"
    if alerts := [alert for alert in status.alerts if alert not in HARMLESS]:
        worries["said"] = _words(", ".join(alerts))
    return worries


def _words(names: str) -> str:
    return plain(names.lower().replace("_", " "))
