"""Metrics of each line of the plan, shared by `recommend` and `/metrics`.

A stale snapshot has none.
"""

from collections.abc import Iterator

from secours.model.snapshot import Backup, Recommendation, Snapshot, Use
from secours.render.answers.values import fresh
from secours.render.exposition.families import Family, Sample, gauge
from secours.render.exposition.states import OLD


def lines(snapshot: Snapshot, age_s: float = 0.0) -> Iterator[Family]:
    """Write the recommendation for each line of a snapshot of this age."""
    believed = snapshot.recommendations if fresh(snapshot, age_s) else ()
    in_use = [(line, line.use) for line in believed if line.use]
    backed = [(line, line.backup) for line in believed if line.use and line.backup]
    known = [line for line in believed if line.use or not line.measuring]
    yield gauge(
        "secours_line_usable",
        f"1 where the line of the plan has a channel to use, else 0; none {OLD}, nor"
        " while it is being measured and nothing is named meanwhile",
        ((_line(line), float(line.use is not None)) for line in known),
    )
    yield gauge(
        "secours_line_measuring",
        f"1 while a channel that may be better has no first result; none {OLD}",
        _flags([(line, line.measuring) for line in believed]),
    )
    yield gauge(
        "secours_line_use",
        f"1 for the channel to use; none {OLD}",
        ((_line(line) | _use(use), 1.0) for line, use in in_use),
    )
    yield gauge(
        "secours_line_verified",
        f"1 where fresh evidence proves the channel to use, else 0; none {OLD}",
        _flags([(line, use.verified) for line, use in in_use]),
    )
    yield gauge(
        "secours_line_people",
        f"People of the audience, where all its groups are counted; none {OLD}",
        _people([(line, use.reach.of) for line, use in in_use if use.reach]),
    )
    yield gauge(
        "secours_line_people_reached",
        "People in the groups that hear the channel to use, all of each; none where not"
        f" all are counted, and none {OLD}",
        _people([(line, use.reach.people) for line, use in in_use if use.reach]),
    )
    yield gauge(
        "secours_line_pinned",
        f"1 where a person chose the channel to use, else 0; none {OLD}",
        _flags([(line, use.pinned) for line, use in in_use]),
    )
    yield gauge(
        "secours_line_backup",
        f"1 for the channel to take if the one in use fails; none {OLD}",
        ((_line(line) | _backup(backup), 1.0) for line, backup in backed),
    )


def _flags(held: list[tuple[Recommendation, bool]]) -> Iterator[Sample]:
    return ((_line(line), float(holds)) for line, holds in held)


def _people(counted: list[tuple[Recommendation, int | None]]) -> Iterator[Sample]:
    return ((_line(line), float(n)) for line, n in counted if n is not None)


def _line(line: Recommendation) -> dict[str, str]:
    return {"purpose": line.purpose, "audience": line.audience}


def _use(use: Use) -> dict[str, str]:
    return {"channel": use.channel, "tier": use.tier, "state": use.state}


def _backup(backup: Backup) -> dict[str, str]:
    independent = "yes" if backup.independent else "no"
    return {
        "channel": backup.channel,
        "tier": backup.tier,
        "independent": independent,
    }
