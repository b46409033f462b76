"""The journal: what changed and what people noted; and a note."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st
from markupsafe import Markup

from secours.dashboard.access import person
from secours.dashboard.access.visit import SentForms, Visit, remembered
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import NoHistory
from secours.render.logbook import entries
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer

NOTES = "notes"  # in the session
BAR = "secours-note"  # the form is at the lower edge of the window

Record = Callable[[str, str], bool]


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the entries that the address asks for."""
    wish = entries.filter_of(address.asked)
    try:
        records = history.journal(wish.since(datetime.now(UTC)), entries.SEARCHED)
    except NoHistory as none:
        trouble = localizer.say(str(none))
        return entries.page_html([], wish, localizer, trouble=trouble, acts=visit.acts)
    return entries.page_html(records, wish, localizer, acts=visit.acts)


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Show the form for a note, to those who may act."""
    if visit.acts:
        with st.container(key=BAR):
            write = partial(engine_client.note, localizer=localizer)
            note(localizer, write, visit.viewer.name)


def note(localizer: Localizer, record: Record, signed_in: str | None) -> None:
    """Take a note; a refused one stays in the form, with the reason."""
    person.ask(localizer, signed_in)
    notes = remembered(NOTES, SentForms)
    key = _key(notes.count)
    with st.form(f"{key} form", border=False):
        st.text_area(
            localizer.say("journal.note"),
            max_chars=journal.LONGEST_NOTE,
            height=68,
            placeholder=localizer.say("journal.note.what"),
            key=key,
        )
        st.form_submit_button(
            localizer.say("journal.write"),
            type="primary",
            on_click=_take,
            args=(localizer, record, signed_in, notes.count),
        )
    if notes.said:
        st.text(notes.said)


def _key(number: int) -> str:
    """Return the key of the field, a new one for each note."""
    return f"note {number}"


def _take(
    localizer: Localizer, record: Record, signed_in: str | None, number: int
) -> None:
    """Write the typed note before the page is drawn, which may take time.

    Until then the button can be pressed again.
    """
    notes = remembered(NOTES, SentForms)
    by, text = person.name(signed_in), st.session_state[_key(number)]
    with notes.lock:
        if notes.count == number:
            written, notes.said = _recorded(localizer, record, by, text)
            notes.count += written


def _recorded(
    localizer: Localizer, record: Record, by: str, text: str
) -> tuple[bool, str]:
    """Write a note; return whether it is written, and the result in words."""
    if not by:
        return False, localizer.say("person.needed")
    if not text.strip():
        return False, localizer.say("journal.empty")
    try:
        on_disk = record(by, text)
    except NotDone as refused:
        return False, localizer.say("journal.not_written", what=refused.why(localizer))
    return True, localizer.say("journal.written" if on_disk else "journal.in_memory")
