"""Page for visitors without a token: a field for one, and how to get one.

Without script, and without data of the site.
"""

from markupsafe import Markup

from secours import texts
from secours.render import styles, templates


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
