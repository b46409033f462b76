"""Page of incidents: channel outages, as evidence for an authority."""

from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import history
from secours.dashboard.engine.history import NoHistory
from secours.model.observed import Outcome
from secours.render.logbook import incident, incidents
from secours.render.logbook.channel_outages import ChannelOutage
from secours.render.logbook.incident import Incident
from secours.render.templates.links import Asked
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the incidents of the period that the address asks for, and one of them."""
    try:
        shown, chosen = looked_for(localizer, address.asked)
    except NoHistory as none:
        trouble = localizer.say(str(none))
        return incidents.page_html([], None, address.asked, localizer, trouble=trouble)
    return incidents.page_html(shown, chosen, address.asked, localizer)


def looked_for(
    localizer: Localizer, query: Asked
) -> tuple[list[Incident], Incident | None]:
    """Return the incidents an address asks for, and one in full, or raise NoHistory."""
    days = incidents.days_of(query)
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    snapshot = localizer.snapshot
    lines, channels = incident.lines_of(snapshot), snapshot.by_name
    changes = history.changes(since, channels)
    with history.first_failures() as first_failure:

        def own(outage: ChannelOutage) -> Outcome | None:
            probes = incident.probes_of(outage.channel, snapshot)
            return first_failure(probes, outage.began, outage.ended)

        listed = [
            each
            for each in incident.incidents(changes, lines, channels, own)
            if since is None or not each.over or (each.ended or each.detected) >= since
        ]
    chosen = incidents.chosen_of(query, listed)
    if chosen is None:
        return listed, None
    probes = incident.probes_of(chosen.channels[0], localizer.snapshot)
    return listed, incident.begun(chosen, history.run_up(probes, chosen.detected))
