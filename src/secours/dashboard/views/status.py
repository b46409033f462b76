"""The state of every channel, with what each probe says; and how to find one."""

from collections.abc import Callable, Sequence

import streamlit as st

from secours import texts
from secours.dashboard.feed import Wish
from secours.dashboard.refresh import asked, voice_of, watch
from secours.dashboard.source import Look
from secours.model.snapshot import Snapshot
from secours.render.pages import channel_filter
from secours.render.pages.channel_filter import LONGEST_TEXT, Wanted
from secours.render.pages.status import status_html
from secours.render.wording.localizer import Voice


def show(look: Callable[[], Look], *, acts: bool) -> None:
    """Show the channels that the address asks for, in the language it asks for.

    `acts` adds links to what a person can do.
    """
    voice = voice_of(look)
    wanted = _wanted(voice) if voice else channel_filter.ALL

    def draw(snapshot: Snapshot, language: str, age_s: float) -> str:
        return status_html(snapshot, language, age_s=age_s, wish=wanted, acts=acts)

    watch(look, draw, Wish(language=asked("lang")), key="status")


def _wanted(voice: Voice) -> Wanted:
    """Let channels be looked for; the address follows, so that it outlives us."""
    given = channel_filter.wanted(asked, voice.snapshot)
    said, shot = voice.say, voice.snapshot
    with st.expander(said("find.title")):
        first, second, third, fourth = st.columns(4)
        with first:
            _pick(
                "state",
                [channel_filter.UNAVAILABLE],
                lambda _: said("find.unavailable"),
                voice,
            )
        with second:
            named = channel_filter.purposes(shot)
            _pick("purpose", named, lambda name: said(f"purpose.{name}"), voice)
        with third:
            named = channel_filter.audiences(shot)
            _pick("audience", named, lambda name: _audience(name, voice), voice)
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
    name: str, options: Sequence[str], called: Callable[[str], str], voice: Voice
) -> None:
    """Let one of these be chosen, or all."""
    choices = ["", *options]
    given = asked(name)
    chosen = st.selectbox(
        voice.say(f"find.{name}"),
        choices,
        choices.index(given) if given in choices else 0,
        format_func=lambda option: called(option) if option else voice.say("find.all"),
        filter_mode=None,
    )
    _keep(name, chosen)


def _keep(name: str, value: str) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _audience(name: str, voice: Voice) -> str:
    return texts.audience_name(voice.language, name)
