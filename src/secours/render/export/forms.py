"""Pages of one form, without script, for a telephone: to acknowledge, to enter.

The one behind the link in a notice shows neither how a channel is used nor the code;
the one for visitors without a token has no data of the site.
"""

from markupsafe import Markup

from secours import texts
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
    who = ""
    if notice.acknowledged_at:
        time = localizer.time(notice.acknowledged_at)
        who = localizer.say("ack.done", by=notice.acknowledged_by, time=time)
    to = localizer.in_language(notice.label) or notice.recipient
    facts = (
        localizer.say("notices.due", time=localizer.time(notice.at)),
        localizer.say("notices.to", name=to),
    )
    return _page(
        localizer,
        about=notice.title,
        facts=" · ".join(facts),
        done=who,
        asks=not who,
        wrong=localizer.say("person.needed") if nameless else "",
    )


def refused_html(localizer: Localizer, *words: str) -> Markup:
    """Return a page that says why there is no notice on it."""
    first, *rest = words
    return _page(localizer, wrong=first, more=rest)


def _page(localizer: Localizer, **shown: object) -> Markup:
    blank = {
        **dict.fromkeys(("about", "facts", "done", "wrong", "asks"), ""),
        "more": (),
    }
    return templates.fill(
        "ack.html",
        localizer.language,
        title=localizer.say("ack.title"),
        site=localizer.site,
        style=styles.form_page(),
        longest=LONGEST_NAME,
        **{**blank, **shown},
    )


def entrance_html(language: str, user: str, wrong: str = "") -> Markup:
    """Return the page; `wrong` is the text key of a refused token."""
    return templates.fill(
        "entrance.html",
        language,
        title="Secours",
        site="",
        style=styles.form_page(),
        how=texts.say(language, "access.link", user=user),
        wrong=texts.say(language, wrong) if wrong else "",
    )
