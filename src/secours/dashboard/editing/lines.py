"""Order of the channels of a line, moved by buttons, and its last resort."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from secours import texts
from secours.config.edit.people import lines_of, offered
from secours.dashboard.editing.fields import EditForm, typed
from secours.languages import Text
from secours.model.requests import LineEdit
from secours.model.sections.line import Line, Purpose
from secours.render.escape import literal


class ChosenLine(NamedTuple):
    """A line that is edited, which may not be in the plan yet."""

    purpose: Purpose
    audience: str
    line: Line | None

    @property
    def names(self) -> list[str]:
        """Return its channels in their order."""
        return [name for name, _ in self.line.order] if self.line else []

    @property
    def of(self) -> tuple[str, str]:
        """Return its part of the keys of widgets."""
        return self.purpose, self.audience


def draw(form: EditForm) -> None:
    """Ask for a line, and show its order."""
    there = {(each.purpose, each.audience): each for each in form.config.plan}
    lines = [*dict.fromkeys((*there, *lines_of(form.config.audiences)))]
    if not lines:
        st.text(form.say("editing.lines.none"))
        return
    chosen = st.selectbox(
        form.say("act.line"),
        lines,
        format_func=lambda each: _called(form, *each, new=each not in there),
        key="edit line",
    )
    line = ChosenLine(*chosen, there.get(chosen))
    form.failed()
    _order(form, line)
    _more(form, line)
    if line.line and not isinstance(_written(form, line), Mapping):
        key = form.key("resort", *line.of)
        with st.form(form.key("last", *line.of), border=False):
            form.text(key, form.say("editing.last"), form.words(line.line.last_resort))
            form.submit("editing.take", _put_last, line, key)


def _written(form: EditForm, line: ChosenLine) -> Any:
    """Return the last resort as written; several languages are edited in the file."""
    lines = form.draft.tree["plan"]
    (found,) = [e for e in lines if (e["purpose"], e["audience"]) == line.of]
    return found.get("last_resort")


def _called(form: EditForm, purpose: str, audience: str, *, new: bool) -> str:
    label, language = form.config.site.audiences.get(audience), form.localizer.language
    whom = texts.audience(audience, label or Text(), language)
    words = texts.purpose(language, purpose, whom)
    return form.say("editing.line.new", line=words) if new else words


def _order(form: EditForm, line: ChosenLine) -> None:
    """Show the channels, and what moves the chosen one."""
    names, channels = line.names, form.config.channels
    if not names:
        return
    key = form.key("order", *line.of)
    at = st.radio(
        form.say("editing.order"),
        names,
        format_func=lambda name: (
            f"{names.index(name) + 1}\\. {literal(form.words(channels[name].label))}"
        ),
        key=key,
    )
    up, down = names.index(at) - 1, names.index(at) + 1
    last = down == len(names)
    with st.container(horizontal=True):
        form.button("editing.up", _move, line, key, up, of=line.of, is_off=up < 0)
        form.button("editing.down", _move, line, key, down, of=line.of, is_off=last)
        form.button("editing.out", _move, line, key, None, of=line.of)


def _move(form: EditForm, line: ChosenLine, key: str, to: int | None) -> None:
    """Move the channel that is chosen, or leave it out."""
    name, names = typed(key), line.names
    names.remove(name)
    if to is not None:
        names.insert(to, name)
    _put(form, line, names)
    if names:
        st.session_state[key] = name if name in names else names[0]


def _more(form: EditForm, line: ChosenLine) -> None:
    """Offer the channels that the line has not, the most suitable first."""
    fit = offered(form.config, line.purpose, line.line)
    others = [name for name in fit if name not in line.names]
    if not others:
        return
    key = form.key("more", *line.of, *line.names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            form.say("editing.more"),
            others,
            format_func=lambda name: form.words(form.config.channels[name].label),
            key=key,
        )
        form.button("editing.add", _add, line, key, of=line.of)


def _add(form: EditForm, line: ChosenLine, key: str) -> None:
    _put(form, line, [*line.names, typed(key)])


def _put_last(form: EditForm, line: ChosenLine, key: str) -> None:
    _put(form, line, line.names, typed(key))


def _put(
    form: EditForm, line: ChosenLine, names: Sequence[str], last: str | None = None
) -> None:
    if line.line is None:
        last = form.say("editing.last.usual")
    edit = LineEdit(
        purpose=line.purpose,
        audience=line.audience,
        channels=tuple(names),
        values={} if last is None else {"last_resort": last},
    )
    form.change(lambda: [edit])
