"""Page of the incidents: channel outages, as evidence for an authority.

Pure. The address of the page holds the chosen one, by its detection.
"""

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup

from secours import texts
from secours.render import templates
from secours.render.logbook import channel_outages, incident
from secours.render.logbook.channel_outages import ChannelOutage
from secours.render.logbook.entries import export_links, period_links, period_of, tabs
from secours.render.logbook.incident import Incident
from secours.render.templates import Row
from secours.render.templates.links import Asked, link
from secours.render.wording.journal import time_view
from secours.render.wording.localizer import Localizer

USUAL_DAYS = 90
EXPORTS = ("html", "json")
MOST, MOST_IN_FULL = 5, 100  # outages of one incident: all are in what is exported


def days_of(asked: Asked) -> int | None:
    """Return the days that an address asks for, None for all."""
    return period_of(asked, USUAL_DAYS)


def chosen_of(query: Asked, listed: Sequence[Incident]) -> Incident | None:
    """Return the incident that an address asks for, else the latest, if any."""
    at = dict(query).get("at")
    named = (each for each in listed if each.detected.isoformat() == at)
    return next(named, listed[0] if listed else None)


def page_html(
    listed: Sequence[Incident],
    chosen: Incident | None,
    query: Asked,
    localizer: Localizer,
    *,
    trouble: str = "",
) -> Markup:
    """Draw a period's incidents, one in full; `trouble` is why none can be read."""
    days = days_of(query)
    own = [("days", value) for name, value in query if name == "days"]
    exported = (*own, ("at", chosen.detected.isoformat())) if chosen else ()
    kinds = EXPORTS if chosen else ()
    return templates.fill(
        "incidents.html",
        localizer.language,
        tabs=tabs("incidents", localizer),
        exports=export_links("incidents", exported, localizer, kinds),
        periods=period_links("incidents", days, (), localizer),
        rows=[_row(each, chosen, own, localizer) for each in listed],
        title=incident.title(chosen, localizer) if chosen else "",
        facts=incident.facts_html(chosen, localizer) if chosen else "",
        trouble=trouble,
    )


def _row(
    one: Incident, chosen: Incident | None, own: Asked, localizer: Localizer
) -> Row:
    here = chosen is not None and one.detected == chosen.detected
    query = (*own, ("at", one.detected.isoformat()))
    shown = _shown(one.outages, MOST_IN_FULL if here else MOST)
    left_out = len(one.outages) - len(shown)
    return {
        "address": link("incidents", localizer.language, query),
        "here": here,
        "began": time_view(one.outages[0].began, localizer),
        "lasted": _lasted(one, localizer),
        "declared": one.declared,
        "outages": channel_outages.rows(shown, localizer),
        "more": localizer.say("incident.more", n=left_out) if left_out > 0 else "",
        "over": one.over,
        "without": bool(one.without),
    }


def _shown(outages: Sequence[ChannelOutage], most: int) -> list[ChannelOutage]:
    """Return so many outages, the first ones, and all that last."""
    lasting = [each for each in outages if each.lasts]
    over = [each for each in outages if not each.lasts]
    shown = [*over[: max(0, most - len(lasting))], *lasting]
    return sorted(shown, key=lambda each: each.began)


def _lasted(one: Incident, localizer: Localizer) -> str:
    """Return how long it lasted, from its first outage on, or that it lasts."""
    if one.ended is None:
        return localizer.say(f"incident.{'not_known' if one.over else 'open'}")
    lasted: timedelta = one.ended - one.outages[0].began
    return texts.duration(localizer.language, lasted.total_seconds())
