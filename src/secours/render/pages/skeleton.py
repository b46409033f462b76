"""What a page says while it does not hear its server, and at an address of no page."""

from collections.abc import Sequence

from markupsafe import Markup

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import styles, templates
from secours.render.wall import stale_cover


def cover_html(
    plan: Snapshot | None, language: str, *, script: str, plain: str
) -> Markup:
    """Draw what covers an empty page after a while, with the plan on it.

    `script` is the address of what takes it away, `plain` of the page that needs none.
    """
    return templates.part(
        "skeleton.html",
        "cover",
        language,
        style=styles.css(),
        cover=stale_cover.unheard_html(plan, language),
        script=script,
        plain=plain,
    )


def missing_html(language: str, pages: Sequence[tuple[str, str]]) -> Markup:
    """Draw a page that says that there is none; `pages` are names and addresses."""
    return templates.fill(
        "missing.html",
        language,
        title=texts.say(language, "title.ok"),
        site="",
        style=styles.css(),
        pages=pages,
    )
