"""The script that Streamlit runs for every viewer: which page is at which address."""

import gc
from collections.abc import Callable
from functools import wraps

import streamlit as st
from markupsafe import Markup

from secours import texts
from secours.dashboard import outages
from secours.dashboard.access.policy import SEES_WALL
from secours.dashboard.access.visit import (
    closed,
    door,
    may_act,
    may_look,
    may_see_wall,
    rules,
    shown_to,
    visitor,
)
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.preview import foresee
from secours.dashboard.engine.source import look, plan
from secours.dashboard.refresh import language
from secours.dashboard.server import ROUTES
from secours.dashboard.views import (
    actions,
    channel,
    journal,
    redundancy,
    replay,
    status,
    wall,
    why,
)
from secours.engine.store import saved_memory
from secours.render.pages.actions import DISTRUST, MARK, TEST


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take what was imported out of the garbage collector's sight, once.

    It is looked through again and again otherwise, and never found to be garbage.
    """
    gc.collect()
    gc.freeze()


WHO = visitor()
seen = shown_to(WHO, look)


def known_only(draw: Callable[[], None]) -> Callable[[], None]:
    """Make a page that strangers are not shown."""

    @wraps(draw)
    def page() -> None:
        links()
        if WHO.trusted:
            draw()
        else:
            closed(language(seen))

    return page


def wall_page() -> None:
    """Show the wall."""
    if may_see_wall(WHO):
        wall.show(look if WHO.kind == SEES_WALL else seen)
    else:
        links()
        closed(language(seen))


def status_page() -> None:
    """Show the state of every channel."""
    links()
    if may_look(WHO):
        status.show(seen, acts=may_act(WHO))
    else:
        closed(language(seen))


@known_only
def journal_page() -> None:
    """Show the journal."""
    record = engine_client.note if may_act(WHO) else None
    journal.show(look, history.journal, history.run_up, record, WHO.name)


@known_only
def channel_page() -> None:
    """Show one channel."""
    if may_act(WHO):
        channel.show(look, plan, history.channel, engine_client.test_now, act_links)
    else:
        channel.show(look, plan, history.channel, None)


@known_only
def actions_page() -> None:
    """Show what a person can do, and what is in force."""
    actions.show(look, engine_client.say, foresee, WHO.name)


@known_only
def why_page() -> None:
    """Show the suspects and what follows."""
    why.show(look, plan)


@known_only
def redundancy_page() -> None:
    """Show what the plan rests on."""
    redundancy.show(look, plan, saved_memory.trials)


@known_only
def replay_page() -> None:
    """Show a recorded outage on the plan."""
    replay.show(look, plan, outages.recorded, outages.played)


def home() -> None:
    """Go to the state of the channels: the page at `/` has no address of its own."""
    st.switch_page(STATUS, query_params=st.query_params.to_dict())


def links() -> None:
    """Show where else one can go, in the language of the viewer."""
    spoken = language(seen)
    with st.container(horizontal=True, vertical_alignment="center", key="s-links"):
        if may_look(WHO):
            for name in LINKED if WHO.trusted else OPEN:
                words = texts.say(spoken, f"page.{name}")
                st.page_link(LINKED[name], label=words, query_params={"lang": spoken})
            routes = (route_link(name, spoken) for name in ROUTES)
            st.html(Markup().join(routes), width="content")
        door(WHO, spoken)


def route_link(name: str, spoken: str) -> Markup:
    """Draw a link to what the server has besides the pages, under the same path."""
    words = texts.say(spoken, f"page.{name}")
    link = Markup('<a class="s-route" href="%s?lang=%s">%s</a>')
    return link % (name, spoken, words)


def act_links(subject: str) -> None:
    """Show what a person can do with a channel; its form comes filled in."""
    spoken = language(look)
    with st.container(horizontal=True):
        for done in (MARK, DISTRUST, TEST):
            st.page_link(
                ACTIONS,
                label=texts.say(spoken, f"act.link.{done}"),
                query_params={"lang": spoken, "do": done, "subject": subject},
            )


WALL = st.Page(wall_page, title="Secours", url_path="wall")
STATUS = st.Page(status_page, title="Secours", url_path="status")
JOURNAL = st.Page(journal_page, title="Secours", url_path="journal")
CHANNEL = st.Page(channel_page, title="Secours", url_path="channel")
ACTIONS = st.Page(actions_page, title="Secours", url_path="actions")
WHY = st.Page(why_page, title="Secours", url_path="why")
REDUNDANCY = st.Page(redundancy_page, title="Secours", url_path="redundancy")
REPLAY = st.Page(replay_page, title="Secours", url_path="replay")
HOME = st.Page(home, title="Secours", default=True)
LINKED = {
    "wall": WALL,
    "status": STATUS,
    "why": WHY,
    "channel": CHANNEL,
    **({"actions": ACTIONS} if not rules().read_only else {}),
    "redundancy": REDUNDANCY,
    "replay": REPLAY,
    "journal": JOURNAL,
}
OPEN = ("wall", "status")  # to strangers too

st.set_page_config(page_title="Secours", layout="wide")
settle()
st.navigation([HOME, *LINKED.values()], position="hidden").run()
