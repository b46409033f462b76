"""Short ways to say in a snapshot who hears the channels of its lines."""

from collections.abc import Mapping

from msgspec.structs import replace

from secours.model.plan import Text
from secours.model.receivers.reach import GroupReach, Hearing, Reception
from secours.model.snapshot import Recommendation, Snapshot


def group(name: str, label: Text, people: int | None = None) -> GroupReach:
    """Return a group that hears a channel."""
    whole = Hearing.WHOLE
    return GroupReach(
        group=name, label=label, people=people, heard=whole, designed=whole
    )


def with_groups(shown: Snapshot, groups: Mapping[str, list[GroupReach]]) -> Snapshot:
    """Return a snapshot whose lines have these groups, by audience."""
    lines = (_heard(ln, groups.get(ln.audience)) for ln in shown.recommendations)
    return replace(shown, recommendations=tuple(lines))


def _heard(line: Recommendation, groups: list[GroupReach] | None) -> Recommendation:
    if groups is None:
        return line
    names = [name for _, tier in line.tiers for name in tier]
    return replace(
        line, receivers=dict.fromkeys(names, Reception(groups=tuple(groups)))
    )
