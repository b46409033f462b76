"""The head of a page for a desk: which page it is, of which site, how old."""

from markupsafe import Markup

from secours.render import templates
from secours.render.wording.localizer import Localizer


def top_html(localizer: Localizer, page: str, more: Markup | None = None) -> Markup:
    """Draw the head of a page, and `more` below it."""
    return templates.fill(
        "base/page.html",
        localizer.language,
        page=page,
        site=localizer.in_language(localizer.snapshot.site.name),
        more=more or Markup(),
    )
