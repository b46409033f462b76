"""The state of every channel, with what each probe says; and how to find one."""

from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from secours import texts
from secours.dashboard.engine.source import Look
from secours.dashboard.feed import Wish
from secours.dashboard.refresh import asked, localizer_of, watch
from secours.model.snapshot import Snapshot
from secours.render.pages import channel_filter
from secours.render.pages.channel_filter import LONGEST_TEXT, Wanted
from secours.render.pages.status import status_html
from secours.render.wording.localizer import Localizer


def show(look: Callable[[], Look], *, acts: bool) -> None:
    """Show the channels that the address asks for, in the language it asks for.

    `acts` adds links to what a person can do.
    """
    localizer = localizer_of(look)
    wanted = _wanted(localizer) if localizer else channel_filter.ALL

    def draw(snapshot: Snapshot, language: str, age_s: float) -> Markup:
        return status_html(snapshot, language, age_s=age_s, wish=wanted, acts=acts)

    watch(look, draw, Wish(language=asked("lang")), key="status")


def _wanted(localizer: Localizer) -> Wanted:
    """Let channels be looked for; the address follows, so that it outlives us."""
    given = channel_filter.wanted(asked, localizer.snapshot)
    said, shot = localizer.say, localizer.snapshot
    with st.expander(said("find.title")):
        first, second, third, fourth = st.columns(4)
        with first:
            _pick(
                "state",
                [channel_filter.UNAVAILABLE],
                lambda _: said("find.unavailable"),
                localizer,
            )
        with second:
            named = channel_filter.purposes(shot)
            _pick("purpose", named, lambda name: said(f"purpose.{name}"), localizer)
        with third:
            named = channel_filter.audiences(shot)
            _pick("audience", named, lambda name: _audience(name, localizer), localizer)
        with fourth:
            text = st.text_input(
                said("journal.text"),
                given.text,
                max_chars=LONGEST_TEXT,
                autocomplete="off",
            )
            _keep("text", text.strip())
    return channel_filter.wanted(asked, shot)


def _pick(
    name: str,
    options: Sequence[str],
    called: Callable[[str], str],
    localizer: Localizer,
) -> None:
    """Let one of these be chosen, or all."""
    choices = ["", *options]
    given = asked(name)
    chosen = st.selectbox(
        localizer.say(f"find.{name}"),
        choices,
        choices.index(given) if given in choices else 0,
        format_func=lambda option: (
            called(option) if option else localizer.say("find.all")
        ),
        filter_mode=None,
    )
    _keep(name, chosen)


def _keep(name: str, value: str) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _audience(name: str, localizer: Localizer) -> str:
    return texts.audience_name(localizer.language, name)
