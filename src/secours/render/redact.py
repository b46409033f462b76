"""Redaction for strangers: channels to use, without how and details."""

from msgspec.structs import replace

from secours.languages import Text
from secours.model.notices import Dispatch
from secours.model.snapshot import (
    ChannelView,
    ComponentView,
    Opinion,
    ProbeView,
    Recommendation,
    Rehearsal,
    Snapshot,
    Standby,
    Standing,
)
from secours.model.statements import Mark, Pin
from secours.render.made_once import made_once

SOMEBODY = "—"


def on_wall(snapshot: Snapshot | None) -> Snapshot | None:
    """Return the snapshot for the wall, without `how` unless the plan shows it."""
    if snapshot is None or snapshot.screen.how:
        return snapshot
    return _without_how(snapshot)


@made_once
def _without_how(snapshot: Snapshot) -> Snapshot:
    channels = tuple(replace(view, how=Text()) for view in snapshot.channels)
    rehearsal = snapshot.rehearsal and replace(snapshot.rehearsal, orders=())
    return replace(
        snapshot, channels=channels, orders=(), reports={}, rehearsal=rehearsal
    )


@made_once
def discreet(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without `how`, details and people's names."""
    return replace(
        snapshot,
        config_error=SOMEBODY if snapshot.config_error else None,
        paths=tuple(
            replace(path, probes=_probes(path.probes)) for path in snapshot.paths
        ),
        channels=tuple(map(_channel, snapshot.channels)),
        components=tuple(map(_component, snapshot.components)),
        recommendations=tuple(map(_line, snapshot.recommendations)),
        changes=tuple(replace(change, facts={}) for change in snapshot.changes),
        marks=tuple(map(_mark, snapshot.marks)),
        pins=tuple(map(_pin, snapshot.pins)),
        announced=tuple(replace(each, by=SOMEBODY) for each in snapshot.announced),
        watch=None,
        orders=(),
        reports={},
        standby=snapshot.standby and _standby(snapshot.standby),
        rehearsal=snapshot.rehearsal and _rehearsal(snapshot.rehearsal),
        opinions=tuple(map(_opinion, snapshot.opinions)),
        hub=snapshot.hub and replace(snapshot.hub, url="", facts={}),
        targets=(),
        notices=tuple(map(_notice, snapshot.notices)),
        paper=(),
    )


def _standby(standby: Standby) -> Standby:
    """Keep its role."""
    by = SOMEBODY if standby.by else ""
    return replace(standby, url="", host="", first="", by=by, facts={})


def _opinion(opinion: Opinion) -> Opinion:
    """Keep the numbers of sites only."""
    return replace(
        opinion,
        works_at=(SOMEBODY,) * len(opinion.works_at),
        fails_at=(SOMEBODY,) * len(opinion.fails_at),
        suspected_at=(SOMEBODY,) * len(opinion.suspected_at),
    )


def _channel(view: ChannelView) -> ChannelView:
    return replace(
        view,
        how=Text(),
        standing=_standing(view.standing),
        probes=_probes(view.probes),
    )


def _component(view: ComponentView) -> ComponentView:
    return replace(view, standing=_standing(view.standing), probes=_probes(view.probes))


def _standing(standing: Standing) -> Standing:
    by = SOMEBODY if standing.declared_by else None
    return replace(standing, facts=_needs(standing), declared_by=by)


def _needs(standing: Standing) -> dict[str, str | int | float]:
    """Keep the failed component: screens name it anyway."""
    return {k: v for k, v in standing.facts.items() if k == "component"}


def _probes(probes: tuple[ProbeView, ...]) -> tuple[ProbeView, ...]:
    return tuple(replace(probe, facts={}) for probe in probes)


def _line(line: Recommendation) -> Recommendation:
    passed = tuple(
        replace(
            each,
            facts={k: v for k, v in each.facts.items() if k in ("component", "trait")},
        )
        for each in line.passed_over
    )
    return replace(line, passed_over=passed)


def _mark(mark: Mark) -> Mark:
    return replace(mark, by=SOMEBODY, why="")


def _pin(pin: Pin) -> Pin:
    return replace(pin, by=SOMEBODY, why="")


def _notice(notice: Dispatch) -> Dispatch:
    """Keep its existence and acknowledgement; not its code, which acknowledges."""
    return replace(
        notice,
        code=SOMEBODY,
        recipient=SOMEBODY,
        label=Text(),
        title="",
        attempts=(),
        acknowledged_by=SOMEBODY if notice.acknowledged_by else "",
        escalated_from=SOMEBODY if notice.escalated_from else None,
    )


def _rehearsal(rehearsal: Rehearsal) -> Rehearsal:
    return replace(
        rehearsal,
        exercise=replace(rehearsal.exercise, by=SOMEBODY, why=""),
        channels={k: _standing(v) for k, v in rehearsal.channels.items()},
        recommendations=tuple(map(_line, rehearsal.recommendations)),
        orders=(),
    )
