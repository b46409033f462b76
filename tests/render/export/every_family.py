"""A snapshot in which every family of metrics has a sample."""

from msgspec.structs import replace
from render import hearing
from render.snapshots import channel, snapshot, standing, with_channel
from render.standbys import standing_by

from secours.model.notices import Fitness, Stage, TargetView, WayProof
from secours.model.observed import Reason
from secours.model.snapshot import Hub, Link, PathView, Snapshot
from secours.model.vitals import Vitals
from secours.render.export.families import Family
from secours.render.export.metrics import metrics

VITALS = Vitals(running=True, cpu_s=12.5, version="1.2")
HOSTILE = 'a"b\\c\nd'


def full() -> Snapshot:
    """Return a snapshot in which every family has a sample."""
    shown = snapshot("xdoo", "?ooo", trouble=("disk", "intervals:45"))
    shown = hearing.hears(shown, 0, {})
    sms = standing("x", warnings=(Reason.TEST_DUE,), aside=Reason.SET_ASIDE)
    shown = with_channel(shown, "sms", standing=sms)
    shown = replace(shown, channels=(*shown.channels, channel(HOSTILE)))
    part = shown.components[0]
    held = replace(part.standing, warnings=(Reason.QUOTA,), aside=Reason.MAINTENANCE)
    probes = channel("x").probes
    return replace(
        standing_by(shown),
        components=(replace(part, standing=held, probes=probes),),
        paths=(
            PathView(name="lan", state=Link.OK),
            PathView(name="4g", state=Link.DOWN),
        ),
        targets=(unproven(shown),),
        hub=Hub(url="tls://hub", since=shown.at, connected=True, waiting=3),
    )


def unproven(shown: Snapshot) -> TargetView:
    """Return a target whose latest proof is half an hour old, and is wanted hourly."""
    last = shown.at.later(-1800.0)
    return TargetView(
        name="duty",
        through="sms",
        fitness=Fitness.OUTSIDE,
        proof=WayProof(
            since=last,
            begun=last,
            proven=last,
            stage=Stage.ACCEPTED,
            reason=Reason.DNS,
        ),
        prove_every_s=3600.0,
    )


def written(*, age_s: float = 1.0, vitals: Vitals = VITALS) -> list[Family]:
    return list(metrics(full(), age_s, vitals))
