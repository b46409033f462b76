"""Distrusted channels, which must not be used, with the author.

Shown on every screen and on paper. It is no measured state: it stays true with stale
data.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot
from secours.model.statements import Mark
from secours.outside_text import plain
from secours.render.wording import statements
from secours.render.wording.localizer import Localizer


class Distrusted(Struct, frozen=True):
    """Channel that must not be used, the author, and the mark if known."""

    channel: str
    by: str | None
    mark: Mark | None


def distrusted(snapshot: Snapshot) -> tuple[Distrusted, ...]:
    """Return every channel that must not be used, in the order of the plan."""
    aside = (v for v in snapshot.channels if v.standing.aside is Reason.SET_ASIDE)
    return tuple(
        Distrusted(
            view.name,
            view.standing.declared_by,
            statements.aside_mark(snapshot, view.standing, channel_node(view.name)),
        )
        for view in aside
    )


def trusted(names: Iterable[str], snapshot: Snapshot) -> list[str]:
    """Return those of these channels that are not distrusted, whatever their states."""
    unsafe = {each.channel for each in distrusted(snapshot)}
    return [name for name in names if name not in unsafe]


def sentence(localizer: Localizer) -> str:
    """Return what must not be used, by whom and since when; "" for nothing."""
    return _labelled(localizer.series(_phrases(localizer)), localizer)


def names(localizer: Localizer) -> str:
    """Name what must not be used, and no more; "" for nothing."""
    named = (_name(each.channel, localizer) for each in distrusted(localizer.snapshot))
    return _labelled(", ".join(named), localizer)


def _labelled(text: str, localizer: Localizer) -> str:
    return f"{localizer.say('unsafe')} {text}" if text else ""


def _name(channel: str, localizer: Localizer) -> str:
    return plain(localizer.short_name(channel), 60, "…")


def _phrases(localizer: Localizer) -> Iterator[str]:
    """Yield the channels set aside for the same reason, with author and time."""
    by_reason: dict[str, list[str]] = {}
    for each in distrusted(localizer.snapshot):
        time = localizer.time(each.mark.at.utc) if each.mark else None
        why = localizer.say("unsafe.why", by=each.by, time=time)
        by_reason.setdefault(why, []).append(_name(each.channel, localizer))
    for why, channels in by_reason.items():
        yield f"{', '.join(channels)} ({why})"
