"""Channels that reach each group of a line, and single failures that cut it off.

Of the world as designed. A group that one channel reaches is cut off by that channel.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from msgspec import Struct

from secours.core.audit import takers
from secours.core.audit.takers import Later
from secours.core.receivers import hearing
from secours.model.plan import Config
from secours.model.sections.line import Line


class GroupAudit(Struct, frozen=True, kw_only=True):
    """A group of a line: what it hears as designed, and what leaves it nothing."""

    group: str
    people: int | None
    hears: tuple[str, ...]
    misses: tuple[str, ...]  # channels of the line
    cut_off_by: tuple[Later, ...]  # each alone, the soonest first


def groups(config: Config, line: Line, channels: Sequence[str]) -> Iterator[GroupAudit]:
    """Examine the groups of a line, if its audience has any, by these channels."""
    for group in hearing.groups(config, line):
        heard_by = takers.heard(config, line, channels, group)
        ends = takers.ends_all(config, heard_by)
        yield GroupAudit(
            group=group.name,
            people=group.people,
            hears=tuple(heard_by),
            misses=tuple(name for name in channels if name not in heard_by),
            cut_off_by=tuple(sorted(ends, key=attrgetter("after_s"))),
        )
