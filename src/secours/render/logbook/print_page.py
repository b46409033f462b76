"""Pages of the logbook for a printer: dated, on A4."""

from datetime import datetime

from markupsafe import Markup

from secours.render import styles, templates
from secours.render.wording.journal import moment, utc
from secours.render.wording.localizer import Localizer


def paper(
    template: str,
    title: str,
    localizer: Localizer,
    at: datetime,
    *,
    script: str = "",
    **values: object,
) -> Markup:
    """Draw a dated page for A4; `script` is the address of its print script."""
    when, snapshot = f"{moment(at, localizer)} ({utc(at)})", localizer.snapshot
    zone, version = snapshot.site.timezone, snapshot.plan_version[:12] or "—"
    return templates.fill(
        template,
        localizer.language,
        title=title,
        site=localizer.site,
        style=styles.sheet("print_button.css") + styles.paper(),
        script=script,
        printed=localizer.say("paper.printed", when=when, zone=zone),
        version=localizer.say("paper.plan", version=version),
        example=localizer.say("note.example") if snapshot.example else "",
        **values,
    )
