"""How each channel fared lately: what the history has, and what the snapshot says."""

from datetime import datetime

from secours.dashboard.engine.history import Days
from secours.model.snapshot import ChannelView
from secours.render.pages import timeline
from secours.render.pages.strip import Window
from secours.render.pages.timeline import SOON, Span


def spans_of(
    view: ChannelView,
    days: Days | None,
    window: Window,
    *,
    stamped: datetime | None = None,
) -> list[Span]:
    """Return the states of a channel within a time that ends now.

    What holds now is what the snapshot says, and until it was `stamped`: what comes
    after an old one nobody watched. Without a history nothing was watched.
    """
    if days is None:
        return []
    end = window.end
    if stamped is not None and end - stamped > SOON:
        end = stamped
    now = timeline.present(view.standing, end)
    silent = timeline.silences(days.lives, window.start)
    changes = days.changes.get(view.name, ())
    return timeline.spans(changes, now, window.start, silent)
