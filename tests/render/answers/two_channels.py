"""Two channels that work, and their snapshot."""

from msgspec.structs import replace
from plans import channel, fold, plan, result, shot

from secours.core.events import Event
from secours.model.plan import Config
from secours.model.sections.site import Screen
from secours.model.snapshot import Snapshot


def seen(config: Config, *events: Event) -> Snapshot:
    """Return the snapshot after these events, one that is believed for 30 s."""
    return replace(shot(config, fold(config, *events)), screen=Screen(max_age_s=30.0))


TWO = plan(channel("sms"), channel("mail"))
FINE = (result("sms", "o", 1), result("mail", "o", 1))
