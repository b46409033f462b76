"""Page behind the link in a notice: its subject, and a form to acknowledge it.

Without script, for a telephone. It shows neither how a channel is used nor the code.
"""

from markupsafe import Markup

from secours.model.notices import Dispatch
from secours.render import styles, templates
from secours.render.wording.localizer import Localizer

LONGEST_NAME = 60


def ack_html(
    notice: Dispatch, localizer: Localizer, *, nameless: bool = False
) -> Markup:
    """Return the page of a notice; `nameless` says that a name is missing.

    Where somebody has acknowledged it, it says who, and has no form.
    """
    done = ""
    if notice.acknowledged_at:
        time = localizer.time(notice.acknowledged_at)
        done = localizer.say("ack.done", by=notice.acknowledged_by, time=time)
    to = localizer.in_language(notice.label) or notice.recipient
    facts = (
        localizer.say("notices.due", time=localizer.time(notice.at)),
        localizer.say("notices.to", name=to),
    )
    return _page(
        localizer,
        title=notice.title,
        facts=" · ".join(facts),
        done=done,
        asks=not done,
        wrong=localizer.say("person.needed") if nameless else "",
    )


def refused_html(localizer: Localizer, *words: str) -> Markup:
    """Return a page that says why there is no notice on it."""
    first, *rest = words
    return _page(localizer, wrong=first, more=rest)


def _page(
    localizer: Localizer,
    *,
    title: str = "",
    facts: str = "",
    done: str = "",
    asks: bool = False,
    wrong: str = "",
    more: list[str] | None = None,
) -> Markup:
    return templates.fill(
        "ack.html",
        localizer.language,
        title=localizer.say("ack.title"),
        site=localizer.in_language(localizer.snapshot.site.name),
        style=styles.form_page(),
        about=title,
        facts=facts,
        done=done,
        asks=asks,
        wrong=wrong,
        more=more or [],
        longest=LONGEST_NAME,
    )
