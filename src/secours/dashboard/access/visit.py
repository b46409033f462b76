"""The visit of one viewer: who it is, what they may do, and what they are shown."""

from collections.abc import Callable
from functools import cache

import streamlit as st
from msgspec.structs import replace

from secours import texts
from secours.dashboard.access import identity, policy
from secours.dashboard.access.policy import Access, Viewer
from secours.dashboard.engine.source import Look
from secours.render.escape import plain
from secours.render.redact import SOMEBODY, discreet


@cache
def rules() -> Access:
    """Return the settings, read once."""
    return policy.environment()


def visitor() -> Viewer:
    """Return who looks at the page that is being drawn."""
    who = identity.read(st.context.headers.get(identity.HEADER))
    if who.kind == policy.KNOWN or not logged_in():
        return who
    name = plain(st.user.get("email") or st.user.get("name") or "", policy.LONGEST_NAME)
    return Viewer(kind=policy.KNOWN, name=name) if name else who


def logged_in() -> bool:
    """Tell whether they said who they are by the login of Streamlit."""
    return getattr(st.user, "is_logged_in", False) is True


def may_act(who: Viewer) -> bool:
    """Tell whether their pages have anything that acts."""
    return who.trusted and not rules().read_only


def may_see_wall(who: Viewer) -> bool:
    """Tell whether they may see the wall."""
    return who.kind == policy.SEES_WALL or may_look(who)


def may_look(who: Viewer) -> bool:
    """Tell whether they may see a screen at all."""
    return who.trusted or not rules().known_only


def shown_to(who: Viewer, look: Callable[[], Look]) -> Callable[[], Look]:
    """Return what to look with: a stranger is not shown how, nor details."""
    if who.trusted:
        return look

    def discreetly() -> Look:
        seen = look()
        return replace(
            seen,
            snapshot=seen.snapshot and discreet(seen.snapshot),
            plan=seen.plan and discreet(seen.plan),
            refused=seen.refused and SOMEBODY,
        )

    return discreetly


def closed(language: str) -> None:
    """Say that a page is for known people only."""
    st.text(texts.say(language, "access.closed"))


def door(who: Viewer, language: str) -> None:
    """Let strangers say who they are, and those who did leave again."""
    if not rules().login:
        return
    if logged_in():
        st.button(texts.say(language, "access.logout"), on_click=st.logout)
    elif not who.trusted:
        st.button(texts.say(language, "access.login"), on_click=st.login)
