"""Pages by their addresses, and redirects of former addresses."""

from collections.abc import Mapping

from secours.dashboard.view import View
from secours.dashboard.views import (
    act,
    channel,
    channels,
    edit,
    incidents,
    journal,
    now,
    outages,
    plan,
    shift,
    sites,
    wall,
    why,
)

VIEWS: Mapping[str, View] = {
    view.name: view
    for view in (
        View(
            name="wall",
            draw=wall.draw,
            full=True,
            look=wall.look_at_wall,
            title=wall.title,
        ),
        View(name="now", draw=now.draw, is_open=True),
        View(name="channels", draw=channels.draw),
        View(
            name="channel",
            draw=channel.draw,
            below=channel.below,
            every_s=channel.every_s,
        ),
        View(name="why", draw=why.draw),
        View(name="sites", draw=sites.draw, look=sites.look_at_sites),
        View(name="site", draw=sites.draw_one, look=sites.look_at_sites),
        View(name="plan", draw=plan.draw, band=True),
        View(name="edit", draw=edit.draw, below=edit.below, band=True),
        View(name="outages", draw=outages.draw, band=True),
        View(name="journal", draw=journal.draw, below=journal.below, band=True),
        View(name="shift", draw=shift.draw, below=shift.below, band=True),
        View(name="incidents", draw=incidents.draw, band=True),
        View(name="act", draw=act.draw, below=act.below, band=True),
    )
}
MOVED: Mapping[str, str] = {
    "": "now",
    "status": "now",
    "redundancy": "plan",
    "replay": "outages",
    "actions": "act",
}
"""Former addresses, and the pages that replace them."""
