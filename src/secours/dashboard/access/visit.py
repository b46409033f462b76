"""Visit of one viewer: identity, rights, theme, and the state of the session.

A browser may reconnect to the session while a run goes on. So a press takes effect
under a lock, and is noted in state read before.
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Literal, TypeVar

import msgspec
import streamlit as st
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import HTTPConnection

from secours import texts
from secours.dashboard.access import identity, policy
from secours.dashboard.access.policy import Access, Viewer
from secours.dashboard.engine.source import Look
from secours.dashboard.streamlit_seams import is_logged_in
from secours.render.escape import plain
from secours.render.palette import theme_of
from secours.render.redact import SOMEBODY, discreet

THEME = "secours_theme"  # the cookie of the chosen theme

Remembered = TypeVar("Remembered")


class Visit(Struct, frozen=True, kw_only=True):
    """Viewer of a page, with rights and theme."""

    viewer: Viewer = Viewer()
    acts: bool = False
    looks: bool = False  # at a page that strangers may see
    sees_wall: bool = False
    theme: str = "dark"
    way: Literal["", "loopback", "tls"] = ""  # transport of typed secrets, "" in clear

    @property
    def trusted(self) -> bool:
        """Tell whether they may see everything."""
        return self.viewer.trusted


@cache
def rules() -> Access:
    """Return the settings, read once."""
    return policy.environment()


def visit_of(viewer: Viewer, *themes: str | None) -> Visit:
    """Return the visit of a viewer; the first valid theme is used."""
    looks = viewer.trusted or not rules().known_only
    return Visit(
        viewer=viewer,
        acts=viewer.trusted and not rules().read_only,
        looks=looks,
        sees_wall=looks or viewer.kind == policy.SEES_WALL,
        theme=theme_of(*themes),
    )


def of_page() -> Visit:
    """Return the visit of the page being drawn."""
    cookie = st.context.cookies.get(THEME)
    visit = visit_of(visitor(), st.query_params.get("theme"), cookie)
    return replace(visit, way=_way(visit.viewer))


def _way(who: Viewer) -> Literal["", "loopback", "tls"]:
    """Return the transport of typed secrets, from the address in the browser."""
    if who.kind == policy.LOCAL:
        return "loopback"
    return "tls" if (st.context.url or "").startswith("https://") else ""


def of_request(request: HTTPConnection) -> Visit:
    """Return the visit of a request; a login counts without its name."""
    who = identity.read(request.headers.get(identity.HEADER))
    if not who.trusted and rules().login and is_logged_in(request):
        who = Viewer(kind=policy.KNOWN)
    cookie = request.cookies.get(THEME)
    return visit_of(who, request.query_params.get("theme"), cookie)


def visitor() -> Viewer:
    """Return the viewer of the page being drawn."""
    who = identity.read(st.context.headers.get(identity.HEADER))
    if who.kind == policy.KNOWN or not logged_in():
        return who
    name = plain(st.user.get("email") or st.user.get("name") or "", policy.LONGEST_NAME)
    return Viewer(kind=policy.KNOWN, name=name) if name else who


def logged_in() -> bool:
    """Return whether they logged in by Streamlit."""
    return getattr(st.user, "is_logged_in", False) is True


def shown_to(who: Viewer, look: Callable[[], Look]) -> Callable[[], Look]:
    """Return the look for a viewer: redacted for strangers."""
    if who.trusted:
        return look

    def discreetly() -> Look:
        latest = look()
        return replace(
            latest,
            snapshot=latest.snapshot and discreet(latest.snapshot),
            plan=latest.plan and discreet(latest.plan),
            refused=latest.refused and SOMEBODY,
        )

    return discreetly


def closed(language: str) -> list[str]:
    """Say that a page is for known people only, and how to become one."""
    if rules().login:
        how = "access.known.login"
    else:
        how = "access.known.proxy" if rules().user_header else "access.known.link"
    return [texts.say(language, "access.closed"), texts.say(language, how)]


def door(who: Viewer, language: str) -> None:
    """Draw the login or logout button."""
    if not rules().login:
        return
    if logged_in():
        st.button(texts.say(language, "access.logout"), on_click=st.logout)
    elif not who.trusted:
        st.button(texts.say(language, "access.login"), on_click=st.login)


class SentForms(Struct):
    """Count of forms of a page that were sent, and the result of the last."""

    count: int = 0
    said: str = ""
    lock: Lock = msgspec.field(default_factory=Lock)  # to send one


def remembered(name: str, kind: type[Remembered]) -> Remembered:
    """Return the session's value of a name, new at first."""
    if name not in st.session_state:
        st.session_state[name] = kind()
    found: Remembered = st.session_state[name]
    return found
