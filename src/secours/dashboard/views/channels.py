"""Every channel: its state, why, how it fared, and how to use it."""

from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import history
from secours.dashboard.engine.history import Days, NoHistory, View, spans_of
from secours.model.nodes import channel_node, path_node
from secours.render.pages import channel_filter
from secours.render.pages.channels import Timelines, channels_html
from secours.render.pages.strip import Window
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the channels that the address asks for."""
    wish = channel_filter.wanted(address.get, localizer.snapshot)
    over = _timelines(localizer, wish.days)
    return channels_html(localizer, over, wish=wish, acts=visit.acts)


def _timelines(localizer: Localizer, days: int) -> Timelines:
    end = datetime.now(UTC)
    window = Window(end - timedelta(days=days), end)
    past: Days | None = None
    missing = ""
    try:
        past = history.days(window.start)
    except NoHistory as none:
        missing = str(none)
    shown = localizer.snapshot
    views: dict[str, View] = {
        **{channel_node(view.name): view for view in shown.channels},
        **{view.name: view for view in shown.components},
        **{path_node(view.name): view for view in shown.paths},
    }
    spans = {
        node: spans_of(view, past, window, stamped=shown.at.utc)
        for node, view in views.items()
    }
    return Timelines(window=window, spans=spans, missing=missing)
