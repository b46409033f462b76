"""Content of a page before its script has run, and of unknown addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import styles, templates
from secours.render.wall import stale_cover

UNHEARD_S = 15.0  # without its server a page is covered after so long


def inside_html(
    plan: Snapshot | None,
    language: str,
    *,
    fed: Mapping[str, Any] | None,
    theme: str,
    script: str,
    plain: str,
    full: bool = False,
) -> Markup:
    """Draw the page as `fed`, and the cover that hides it after a while.

    An old one is covered at once. `script` is the address of the script that removes
    the cover, or replaces it where the server answers all the same; `plain` that of the
    page without script. It is `full` where its viewers may open all pages.
    """
    left_s = _left_s(fed)
    old = fed and fed["stale_html"] if left_s == 0 else ""
    unpassed = "unheard.full" if full else "unheard.unpassed"
    return templates.part(
        "skeleton.html",
        "inside",
        language,
        style=styles.css(),
        html=fed and fed["html"],
        fed=fed and {name: fed[name] for name in fed if name != "html"},
        theme=theme,
        cover=old or stale_cover.unheard_html(plan, language, "unheard.how"),
        unpassed="" if old else stale_cover.unheard_html(plan, language, unpassed),
        left_s=left_s,
        script=script,
        plain=plain,
    )


def _left_s(fed: Mapping[str, Any] | None) -> float:
    """Return the seconds until the page is covered.

    A page with a stale band stays readable: it is covered only without its server.
    """
    if fed is None or fed["band"]:
        return UNHEARD_S
    left_s = fed["max_age"] - fed["age"] if fed["age"] >= 0 else 0.0
    return min(max(left_s, 0.0), UNHEARD_S)


def missing_html(language: str, pages: Sequence[tuple[str, str]]) -> Markup:
    """Draw a page for an unknown address; `pages` are names and addresses."""
    return templates.fill(
        "missing.html",
        language,
        title=texts.say(language, "title.ok"),
        site="",
        style=styles.css(),
        pages=pages,
    )
