"""What is in a page before its script has run, and what an address of no page says."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import styles, templates
from secours.render.wall import stale_cover

UNHEARD_S = 15.0  # from when on a page that does not hear its server is covered


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
    """Draw what the page says, as it is `fed`, and what covers it after a while.

    One that is old is covered at once. `script` is the address of what takes the cover
    away, or puts another in its place where the server answers all the same; `plain` of
    the page that needs none. It is `full` where its viewers have all pages open.
    """
    left_s = _left_s(fed)
    old = fed and fed["stale_html"] if left_s == 0 else ""
    return templates.part(
        "skeleton.html",
        "inside",
        language,
        style=styles.css(),
        html=fed and fed["html"],
        fed=fed and {name: fed[name] for name in fed if name != "html"},
        theme=theme,
        cover=old or stale_cover.unheard_html(plan, language),
        unpassed="" if old else stale_cover.unpassed_html(plan, language, full=full),
        left_s=left_s,
        script=script,
        plain=plain,
    )


def _left_s(fed: Mapping[str, Any] | None) -> float:
    """Return how long the page may be seen before it is covered, seconds.

    What stays readable when it is old is only covered where the server is not heard.
    """
    if fed is None or fed["band"]:
        return UNHEARD_S
    left_s = fed["max_age"] - fed["age"] if fed["age"] >= 0 else 0.0
    return min(max(left_s, 0.0), UNHEARD_S)


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
