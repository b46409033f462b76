"""The journal: what changed and what people noted; a note; and what to take along."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import streamlit as st
from markupsafe import Markup

from secours.dashboard.access import person
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import Journal, NoHistory, RunUp
from secours.engine.store.reader import JournalEntry
from secours.model.snapshot import Snapshot
from secours.render.answers import incident as incident_answer
from secours.render.answers.values import encoded
from secours.render.pages import incident, journal, sections
from secours.render.pages.incident import Incident
from secours.render.paper import export
from secours.render.wording.localizer import Localizer

PERIODS = (1, 7, 90, None)  # days
SHOWN = 500  # a browser is slow with more rows
# In the session: what became of the last note, and how many were written down.
NOTED, NOTES = "note said", "notes written"

Record = Callable[[str, str], bool]


def draw(_: Localizer, __: Address, ___: Visit) -> Markup:
    """Draw nothing above what can be written and found."""
    return Markup()


def below(localizer: Localizer, _: Address, visit: Visit) -> None:
    """Show the journal; who may not act can write nothing into it."""
    if visit.acts:
        _note(localizer, engine_client.note, visit.viewer.name)
    try:
        _found(localizer, history.journal, history.run_up)
    except NoHistory as none:
        st.text(localizer.say(str(none)))


def _note(localizer: Localizer, record: Record, known: str | None) -> None:
    """Take a note; what was not written down stays in the form, and why beside it."""
    st.header(localizer.say("journal.note"), anchor=False)
    by = person.ask(localizer, known)
    key = f"note {st.session_state.get(NOTES, 0)}"
    with st.form(f"{key} form", border=False):
        text = st.text_area(
            localizer.say("journal.note"),
            max_chars=journal.LONGEST_NOTE,
            height=80,
            label_visibility="collapsed",
            key=key,
        )
        sent = st.form_submit_button(localizer.say("journal.write"))
    if sent:
        written, said = _recorded(localizer, record, by, text)
        st.session_state[NOTED] = said
        if written:
            st.session_state[NOTES] = st.session_state.get(NOTES, 0) + 1
            st.rerun()
    if NOTED in st.session_state:
        st.text(st.session_state[NOTED])


def _recorded(
    localizer: Localizer, record: Record, by: str, text: str
) -> tuple[bool, str]:
    """Write a note down; return whether it is, and what became of it in words."""
    if not by:
        return False, localizer.say("person.needed")
    if not text.strip():
        return False, localizer.say("journal.empty")
    try:
        on_disk = record(by, text)
    except NotDone as refused:
        why = str(refused) or localizer.say("journal.no_engine")
        return False, localizer.say("journal.not_written", what=why)
    return True, localizer.say("journal.written" if on_disk else "journal.in_memory")


def _found(localizer: Localizer, load: Journal, run_up: RunUp) -> None:
    st.header(localizer.say("journal.find"), anchor=False)
    first, second, third = st.columns((1, 2, 2))
    periods = {journal.period(days, localizer): days for days in PERIODS}
    days = periods[first.selectbox(localizer.say("journal.since"), list(periods))]
    kinds = second.multiselect(
        localizer.say("journal.what"),
        journal.KINDS,
        format_func=lambda kind: localizer.say(f"journal.kind.{kind}"),
        placeholder=localizer.say("journal.all"),
    )
    text = third.text_input(localizer.say("journal.text"))
    now = datetime.now(UTC)
    since = None if days is None else now - timedelta(days=days)
    entries = load(since)
    found = journal.matching(entries, localizer, kinds, text)
    if len(found) > SHOWN:
        st.text(localizer.say("journal.more", n=SHOWN))
    table = journal.table_html(found[:SHOWN], localizer)
    st.html(sections.page(table, localizer.language))
    _take_along(localizer, found, now)
    _incident(localizer, entries, run_up, now)


def _take_along(
    localizer: Localizer, entries: list[JournalEntry], now: datetime
) -> None:
    st.header(localizer.say("journal.export"), anchor=False)
    name = f"journal-{now:%Y%m%d-%H%M}"
    site = localizer.in_language(localizer.snapshot.site.name)
    files = (
        (localizer.say("journal.print"), "html", "text/html"),
        ("CSV", "csv", "text/csv"),
        ("JSON", "json", "application/json"),
    )
    made: dict[str, Callable[[], str]] = {
        "html": lambda: export.as_page(entries, localizer, now),
        "csv": lambda: export.as_csv(entries),
        "json": lambda: export.as_json(entries, site),
    }
    with st.container(horizontal=True):
        for label, kind, mime in files:
            st.download_button(
                label, made[kind](), f"{name}.{kind}", mime, on_click="ignore"
            )


def _incident(
    localizer: Localizer, entries: list[JournalEntry], run_up: RunUp, now: datetime
) -> None:
    """Offer each outage of channels as evidence for an authority."""
    st.header(localizer.say("incident.title"), anchor=False)
    changes = [entry.change for entry in entries if entry.change is not None]
    found = incident.incidents(changes, _lines(localizer.snapshot))
    if not found:
        st.text(localizer.say("incident.none"))
        return
    named = {_named(each, localizer): each for each in found}
    chosen = named[st.selectbox(localizer.say("incident.choose"), list(named))]
    probes = _probes(localizer.snapshot, chosen.channels[0])
    chosen = incident.begun(chosen, run_up(probes, chosen.detected))
    facts = incident.facts_html(chosen, localizer)
    st.html(sections.page(facts, localizer.language))
    within = incident.during(chosen, entries)
    page = incident.incident_page(chosen, within, localizer, now)
    name = f"incident-{chosen.detected:%Y%m%d-%H%M}"
    with st.container(horizontal=True):
        st.download_button(
            localizer.say("journal.print"),
            page,
            f"{name}.html",
            "text/html",
            key="incident-html",
            on_click="ignore",
        )
        st.download_button(
            "JSON",
            encoded(incident_answer.answer(chosen, localizer)).decode(),
            f"{name}.json",
            "application/json",
            key="incident-json",
            on_click="ignore",
        )


def _named(each: Incident, localizer: Localizer) -> str:
    names = ", ".join(map(localizer.short_name, each.channels))
    return f"{journal.moment(each.detected, localizer)} · {names}"


def _lines(snapshot: Snapshot) -> dict[str, list[str]]:
    return {
        line.name: [name for _, names in line.tiers for name in names]
        for line in snapshot.recommendations
    }


def _probes(snapshot: Snapshot, channel: str) -> list[str]:
    views = [view for view in snapshot.channels if view.name == channel]
    return [f"channels/{channel}/{p.name}" for view in views for p in view.probes]
