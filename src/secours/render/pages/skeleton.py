"""What is in a page before its script has run, and what an address of no page says."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render import styles, templates
from secours.render.wall import stale_cover

SAFE = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


def inside_html(
    plan: Snapshot | None,
    language: str,
    *,
    fed: Mapping[str, Any] | None,
    theme: str,
    script: str,
    plain: str,
) -> Markup:
    """Draw what the page says, as it is `fed`, and what covers it after a while.

    `script` is the address of what takes the cover away, `plain` of the page that needs
    none.
    """
    return templates.part(
        "skeleton.html",
        "inside",
        language,
        style=styles.css(),
        fed=fed and {"html": Markup(fed["html"]), "json": _json(fed)},
        theme=theme,
        cover=stale_cover.unheard_html(plan, language),
        script=script,
        plain=plain,
    )


def _json(fed: Mapping[str, Any]) -> Markup:
    """Write what the watchdog has to know, so that nothing in it ends the script."""
    known = {name: value for name, value in fed.items() if name != "html"}
    return Markup(json.dumps(known).translate(SAFE))


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
