"""Page that edits the plan: one line, channel or group at a time."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import streamlit as st
from markupsafe import Markup

from secours import places
from secours.config.edit.edits import with_offers
from secours.config.reader.mistakes import BadConfig
from secours.core.audit.examination import PlanExamination, examined
from secours.dashboard.access import person
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.editing import channels, difference, draft, lines, people
from secours.dashboard.editing.fields import EditForm
from secours.engine.store import saved_memory
from secours.model.plan import Config
from secours.render import templates
from secours.render.redundancy import examination_words
from secours.render.wording.localizer import Localizer

PARTS: Mapping[str, Callable[[EditForm], None]] = {
    "editing.part.lines": lines.draw,
    "editing.part.channels": channels.draw,
    "editing.part.people": people.draw,
    "editing.part.versions": difference.versions,
}


def draw(localizer: Localizer, _: Address, visit: Visit) -> Markup:
    """Draw the head of the page."""
    said = localizer.say("editing.intro" if visit.acts else "editing.not-you")
    return Markup('<p class="s-intro">{}</p>').format(said)


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Show the forms, to those who may act; beside them what the plan is worth."""
    if not visit.acts:
        return
    try:
        edits = draft.current()
    except BadConfig:
        st.text(localizer.say("editing.unreadable"))
        return
    form = EditForm(localizer, edits, visit)
    with st.container(key="editing"):
        with st.container(key="editing-form"):
            difference.notice(form)
            person.ask(localizer, visit.viewer.name)
            part = st.pills(
                localizer.say("editing.part"),
                [*PARTS],
                default=next(iter(PARTS)),
                format_func=localizer.say,
                required=True,
                key="edit part",
            )
            PARTS[part](form)
            difference.draw(form)
        with st.container(key="editing-worth"):
            st.header(localizer.say("redundancy.strength"), anchor=False)
            tried = tuple(saved_memory.trials())
            language, worth = localizer.language, _examined(form.config, tried)
            sections = examination_words.sections(worth, language)
            st.html(templates.fill("sections.html", language, sections=sections))


@lru_cache(maxsize=4)
def _examined(config: Config, tried: tuple[str, ...]) -> PlanExamination:
    """Examine a plan with what it might add, once for each draft."""
    return examined(config, with_offers(config, places.plan_file()), tried)
