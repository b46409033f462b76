"""Page of the present: recommendations, troubles, channels."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from markupsafe import Markup

from secours.core.replay.presets import Preset, presets
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import history
from secours.dashboard.engine.history import NoHistory, spans_of
from secours.dashboard.engine.source import plan, story
from secours.render.pages.strip import Window
from secours.render.situation.now import LastDay, Rights, now_html
from secours.render.wording.localizer import Localizer

SHOWN = timedelta(hours=24)


def draw(localizer: Localizer, _: Address, visit: Visit) -> Markup:
    """Draw the page."""
    rights = Rights(acts=visit.acts, is_known=visit.trusted)
    return now_html(
        localizer, _day(localizer), _presets(), rights=rights, story=story()
    )


def _day(localizer: Localizer) -> LastDay | None:
    """Return the history of the last day; None without one."""
    end = localizer.snapshot.at.utc
    window = Window(end - SHOWN, end)
    try:
        days = history.days(window.start)
    except NoHistory:
        return None
    views = localizer.snapshot.channels
    return LastDay(
        window=window,
        spans={view.name: spans_of(view, days, window) for view in views},
    )


def _presets() -> Mapping[Preset, Sequence[str]]:
    """Return the usual what-if questions, in the plan in force."""
    config = plan()
    return presets(config) if config else {}
