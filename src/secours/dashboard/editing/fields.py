"""Fields and buttons of the forms that change the plan."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st
from msgspec.structs import replace

from secours import texts
from secours.config.reader.mistakes import BadConfig
from secours.dashboard.access import person
from secours.dashboard.access.visit import Visit
from secours.dashboard.editing.draft import EditDraft
from secours.dashboard.engine import engine_client
from secours.dashboard.engine.engine_client import NotDone
from secours.message import Fact
from secours.model.plan import Config
from secours.model.requests import Edit, EditRequest
from secours.render.pages import actions
from secours.render.wording.localizer import Localizer

LONGEST = 2000  # characters: tokens are long
WITHIN_S = 30.0  # a probe that is tried may wait
SENT = "sent"  # place of a refusal to save, or to look: below its button


class EditForm(NamedTuple):
    """Context of the forms: the draft, and who edits it."""

    localizer: Localizer
    draft: EditDraft
    visit: Visit
    place: str = ""  # of refusals that no field has

    @property
    def config(self) -> Config:
        """Return the drafted plan."""
        assert self.draft.config is not None
        return self.draft.config

    def say(self, slug: str, **facts: object) -> str:
        """Return the words of a slug."""
        return self.localizer.say(slug, **facts)

    def words(self, said: Fact) -> str:
        """Return the words of a message, or of a label."""
        return texts.in_words(self.localizer.language, said)

    def key(self, *names: str) -> str:
        """Return the key of a widget, which is new for each plan."""
        return " ".join(("edit", str(self.draft.generation), *names))

    def text(
        self, key: str, label: str, value: str = "", *, is_secret: bool = False
    ) -> None:
        """Ask for a line, with its refusal below; a secret is never filled in."""
        st.text_input(
            label,
            value,
            max_chars=LONGEST,
            type="password" if is_secret else "default",
            autocomplete="new-password" if is_secret else "off",
            key=key,
        )
        self.failed(key)

    def several(
        self, key: str, label: str, value: Iterable[str], names: Mapping[str, str]
    ) -> Sequence[str]:
        """Ask for some of the things that have these names, with the refusal below."""
        chosen: Sequence[str] = st.multiselect(
            label,
            [*names],
            [*value],
            format_func=lambda each: names.get(each, each),
            placeholder=self.say("act.choose"),
            key=key,
        )
        self.failed(key)
        return chosen

    def button(
        self,
        slug: str,
        do: Callable[..., None],
        *args: object,
        of: Iterable[str] = (),
        is_off: bool = False,
        is_first: bool = False,
    ) -> None:
        """Show a button that calls a function with the form."""
        st.button(
            self.say(slug),
            on_click=do,
            args=(self, *args),
            key=self.key(slug, *of),
            disabled=is_off,
            type="primary" if is_first else "secondary",
        )

    def submit(
        self, slug: str, do: Callable[..., None] | None = None, *args: object
    ) -> None:
        """Show the button of a form of Streamlit."""
        st.form_submit_button(self.say(slug), on_click=do, args=(self, *args))

    def failed(self, key: str = "") -> None:
        """Show why a field was refused; without one, the form."""
        if words := self.draft.errors.get(key or self.place):
            st.html(actions.refused_html(words, self.localizer))

    def change(
        self, edits: Callable[[], Iterable[Edit]], keys: Mapping[str, str] | None = None
    ) -> bool:
        """Change the draft, or note why not; `keys` are widgets by keys of the plan."""
        draft = self.draft
        draft.errors = {}
        try:
            made = tuple(edits())
            if not draft.errors:
                draft.put(*made)
        except BadConfig as bad:
            for each in bad.mistakes:
                steps = reversed(re.split(r"[.\[]", each.where))
                places = (keys[step] for step in steps if keys and step in keys)
                key = next(places, self.place)
                draft.errors.setdefault(key, self.words(each.message))
        return not draft.errors

    def ask(self, request: EditRequest) -> dict[str, Any] | None:
        """Ask the engine in the name of the reader; note a refusal, for None."""
        name = person.name(self.visit.viewer.name)
        self.draft.errors, place = {}, "" if request.action == "try" else SENT
        if not name and request.action != "look":
            self.draft.errors = {place: self.say("person.needed")}
            return None
        try:
            language: Any = self.localizer.language
            signed = replace(request, by=name, over=self.visit.way, language=language)
            return engine_client.say(signed, WITHIN_S)
        except NotDone as refused:
            why = refused.why(self.localizer)
            self.draft.errors = {place: self.say("editing.refused", why=why)}
            return None


def typed(key: str) -> Any:
    """Return what a widget of this session holds."""
    return st.session_state.get(key)
