"""Snapshots as a standby publishes them, in each thing that it may do."""

from datetime import timedelta

from dashboard.served import stamped
from msgspec.structs import replace
from render.snapshots import change, snapshot
from render.town_statements import set_aside

from secours.model import our_clock
from secours.model.observed import Instant, Reason
from secours.model.snapshot import Snapshot, Standby

URL = "https://salle-de-crise-1.commune.example:8443"


def ago(shot: Snapshot, seconds: float) -> Instant:
    return Instant(shot.at.utc - timedelta(seconds=seconds), shot.at.steady_s - seconds)


def standing_by(shot: Snapshot, **known: object) -> Snapshot:
    """Return it as of a standby of which this is known."""
    usual = Standby(
        url=URL,
        host=URL.partition("//")[2],
        first="secours-1",
        heard=shot.at,
        since=ago(shot, 7200),
        instance="0123456789abcdef",
    )
    return replace(shot, standby=replace(usual, **known))


def unheard(shot: Snapshot, seconds: float, **known: object) -> Snapshot:
    """Return it as of one that has not heard the first for so long."""
    refused = {"problem": "unheard", "reason": Reason.REFUSED}
    return standing_by(shot, heard=ago(shot, seconds), **{**refused, **known})


def now_shown(shot: Snapshot) -> Snapshot:
    """Return it as a standby of this boot showed it a second ago."""
    now = stamped(shot, ago_s=1.0)
    by_s = now.at.steady_s - shot.at.steady_s
    return replace(now, standby=our_clock.shifted(shot.standby, by_s))


FALLEN = snapshot("xo?o", "xdoo", changes=(change("teams", "o", "x", 60),))
STANDBYS = {
    "shows": standing_by(snapshot()),
    "shows a failure": standing_by(FALLEN),
    "not heard": unheard(set_aside(), 600, takes_over=ago(FALLEN, -300)),
    "probes": unheard(
        FALLEN, 3600, probing=True, since=ago(FALLEN, 1800), by="Anne Dupont"
    ),
    "both probe": standing_by(FALLEN, probing=True, since=ago(FALLEN, 1800), by=""),
    "never heard": standing_by(
        snapshot("????", "????"), heard=None, problem="not-first", first=""
    ),
}
