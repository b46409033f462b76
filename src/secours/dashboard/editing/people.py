"""Forms of the people of an audience: its groups, and the devices they have."""

from collections.abc import Mapping

import streamlit as st

from secours import texts
from secours.config import catalogue
from secours.config.edit.people import (
    KNOWN_AUDIENCES,
    known_devices,
    usual_devices,
)
from secours.config.sections.receivers import ALL, EVERYBODY
from secours.dashboard.editing import devices as device_form
from secours.dashboard.editing.fields import EditForm, typed
from secours.languages import Text
from secours.model.receivers.audiences import EARS, PeopleGroup
from secours.model.requests import GroupEdit

FIELDS = ("people", "devices", "staffed")


def draw(form: EditForm) -> None:
    """Ask for an audience and a group of it, and show its form."""
    config, labels = form.config, form.config.site.audiences
    audience = st.selectbox(
        form.say("editing.audience"),
        [*dict.fromkeys((*config.audiences, *KNOWN_AUDIENCES))],
        format_func=lambda name: texts.audience(
            name, labels.get(name, Text()), form.localizer.language
        ),
        accept_new_options=True,
        key="edit audience",
    )
    there = config.audiences[audience].groups if audience in config.audiences else ()
    groups = {each.name: each for each in there}
    named = {ALL: EVERYBODY, **{each.name: each.label for each in there}}
    name = st.selectbox(
        form.say("editing.group"),
        [*groups] or [ALL],
        format_func=lambda n: form.words(named[n]) if n in named else n,
        accept_new_options=True,
        key=f"edit group {audience}",
    )
    group, of = groups.get(name), (audience, name)
    devices, keys = _devices(form), {n: form.key(n, *of) for n in FIELDS}
    with st.form(form.key("people of", *of), border=False):
        people = str(group.people or "") if group else ""
        form.text(keys["people"], form.say("editing.people"), people)
        has = group.devices if group else usual_devices(config, audience)
        form.several(keys["devices"], form.say("editing.devices"), has, devices)
        staffed = bool(group and group.staffed)
        st.checkbox(form.say("editing.staffed"), staffed, key=keys["staffed"])
        put = "editing.take" if group else "editing.put"
        form.submit(put, _put, *of, keys, group)
    form.failed()
    is_off = len(groups) < 2 or group is None
    form.button("editing.group.out", _take_out, *of, of=of, is_off=is_off)
    device_form.draw(form)


def _devices(form: EditForm) -> Mapping[str, str]:
    """Return the devices that people may have, each with its label."""
    known = catalogue.load().devices
    labels = {name: known[name].label for name in known_devices()}
    labels |= {name: each.label for name, each in form.config.devices.items()}
    return {n: form.words(label) or n for n, label in labels.items() if n != EARS}


def _put(
    form: EditForm,
    audience: str,
    name: str,
    keys: Mapping[str, str],
    group: PeopleGroup | None,
) -> None:
    """Change what is another value now, or add the group."""
    text = (typed(keys["people"]) or "").strip()
    people = int(text) if text.isdecimal() else text or None
    values = {
        "people": people,
        "devices": typed(keys["devices"]) or [],
        "staffed": typed(keys["staffed"]) or None,
    }
    if group:
        was = group.people, [*group.devices], group.staffed or None
        pairs = zip(values.items(), was, strict=True)
        values = {key: value for (key, value), before in pairs if value != before}
    edit = GroupEdit(audience=audience, name=name, values=values)
    form.change(lambda: [edit] if values else [], keys)


def _take_out(form: EditForm, audience: str, name: str) -> None:
    form.change(lambda: [GroupEdit(audience=audience, name=name, values=None)])
