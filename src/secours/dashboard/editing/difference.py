"""The drafted changes of the plan: looked at, saved by the engine, and taken back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import streamlit as st

from secours.config.reader.mistakes import BadConfig
from secours.dashboard.editing.draft import written
from secours.dashboard.editing.fields import SENT, EditForm
from secours.model.requests import Edit, EditRequest
from secours.render.pages import actions
from secours.render.wording.journal import moment

Answer = Mapping[str, Any]


def notice(form: EditForm) -> None:
    """Say that the plan has changed meanwhile, and offer to go on with the new one."""
    if written() != form.draft.raw:
        st.html(actions.refused_html(form.say("editing.changed"), form.localizer))
        form.button("editing.changed.go-on", _go_on)


def _go_on(form: EditForm) -> None:
    """Make the edits of the draft in the new plan."""
    try:
        form.draft.begin(written(), form.draft.edits)
    except BadConfig as bad:
        form.draft.errors = {"": form.words(bad.mistakes[0].message)}


def draw(form: EditForm) -> None:
    """Show the changes in words and as text, and what saves them."""
    draft, saved = form.draft, form.draft.saved
    if draft.edits:
        title = form.say("editing.changes", count=len(draft.edits))
        st.header(title, anchor=False)
        buttons = {each: form.say(f"editing.{each}") for each in ("take", "put")}
        st.text(form.say("editing.changes.typed", **buttons))
        with st.container(horizontal=True):
            form.button("editing.look", _look, is_first=draft.looked is None)
            form.button("editing.drop", lambda form: form.draft.begin(form.draft.raw))
    if draft.looked is not None:
        _looked(form, draft.looked)
    elif saved and saved["saved"]:
        _row(form, (form.say("editing.saved"), *saved["words"]), saved.get("undo"))
    elif saved:
        st.text(form.say("editing.to-copy"))
        st.code(saved["command"], language=None, wrap_lines=True)
        st.code(saved["diff"], language=None, wrap_lines=True)
    form.failed(SENT)


def _look(form: EditForm) -> None:
    form.draft.looked = form.ask(form.draft.request("look"))


def _looked(form: EditForm, answer: Answer) -> None:
    for each in answer["mistakes"]:
        words = f"{each['where']}: {each['text']}"
        st.html(actions.refused_html(words, form.localizer))
    st.text("\n".join(answer["words"]))
    st.code(answer["diff"], language=None, wrap_lines=True)
    if not answer["may"]:
        st.text(form.say("editing.may-not"))
        return
    if not answer["writable"]:
        st.text(form.say("editing.not-writable"))
    draft = form.draft
    request = draft.request("save")
    form.button("editing.save", _send, request, draft.edits, is_first=True)


def _send(form: EditForm, request: EditRequest, edits: Sequence[Edit]) -> None:
    """Have the engine change the plan, unless these edits were sent before."""
    draft = form.draft
    with draft.lock:
        if draft.edits is not edits or (answer := form.ask(request)) is None:
            return
        draft.saved, draft.looked = answer, None
        if answer["saved"] and request.back and edits:
            draft.saved = None
            _go_on(form)
        elif answer["saved"]:
            draft.begin(written())


def versions(form: EditForm) -> None:
    """List what was saved, newest first, each with a button that takes it back."""
    form.failed(SENT)
    answer = form.ask(EditRequest(action="look"))
    if answer is None:
        form.failed(SENT)
        return
    if form.draft.saved and form.draft.saved["saved"]:
        form.draft.saved = None  # it is the first of these
    for each in answer["versions"]:
        back = {"do": "edit", "action": "save", "of": answer["of"], "back": each["id"]}
        at = moment(datetime.fromisoformat(each["at"]), form.localizer)
        words = [f"{at} · {each['by']}", *each["words"]]
        if not each["saved"]:
            what = form.localizer.series(each["words"])
            words[1:] = [form.say("entry.plan-proposed", what=what)]
        _row(form, words, back if each["last"] else None, each["id"])
    if not answer["versions"]:
        st.text(form.say("editing.versions.none"))


def _row(
    form: EditForm, words: Iterable[str], undo: Answer | None, name: str = ""
) -> None:
    """Show what was saved, with a button that takes it back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("\n".join(words))
        if undo:
            request = msgspec.convert(undo, EditRequest)
            form.button("act.undo.now", _send, request, form.draft.edits, of=(name,))
