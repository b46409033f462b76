"""Recent states of nodes, from the history and the snapshot."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from secours.dashboard.engine.history import Days
from secours.model.snapshot import (
    Change,
    ChannelView,
    ComponentView,
    Link,
    PathView,
    Standing,
    State,
)
from secours.render.pages import timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import SOON, Span

View = ChannelView | ComponentView | PathView
STATES = {Link.OK: State.AVAILABLE, Link.DOWN: State.DOWN, Link.UNKNOWN: State.UNKNOWN}


def spans_of(
    view: View,
    days: Days | None,
    window: Window,
    *,
    stamped: datetime | None = None,
) -> list[Span]:
    """Return the states of a node in a window that ends now.

    The last one is that of the snapshot, until it was `stamped`: time after an old one
    is unwatched. Without a history everything is.
    """
    if days is None:
        return []
    end = window.end
    if stamped is not None and end - stamped > SOON:
        end = stamped
    now = timeline.present(_standing(view), end)
    silent = timeline.silences(days.lives, window.start)
    return timeline.spans(_changes(view, days), now, window.start, silent)


def _standing(view: View) -> Standing:
    if isinstance(view, PathView):
        return Standing(state=STATES[view.state])
    return view.standing


def _changes(view: View, days: Days) -> Sequence[Change]:
    if isinstance(view, ChannelView):
        return days.changes.get(view.name, ())
    if isinstance(view, ComponentView):
        return days.components.get(view.name, ())
    return [_as_states(change) for change in days.paths.get(view.name, ())]


def _as_states(change: Change) -> Change:
    """Convert a change of a path to the states of nodes."""
    words = {str(link): str(state) for link, state in STATES.items()}
    before, after = (words.get(word, word) for word in (change.before, change.after))
    return replace(change, before=before, after=after)
