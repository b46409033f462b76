"""Page of causes: each ailing channel, suspects, and changes ahead."""

from markupsafe import Markup

from secours.core.diagnosis.explanation import explain
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import plan
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.situation.why import why_html
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the page; the channel in the address comes first."""
    config = _plan(localizer.snapshot)
    why = explain(config, localizer.snapshot) if config else None
    return why_html(localizer, why, plan=config, channel_asked=address.get("name"))


def _plan(snapshot: Snapshot) -> Config | None:
    """Return the plan of the snapshot; None for another, which would mislead."""
    config = plan()
    return config if config and config.version == snapshot.plan_version else None
