"""Form of a device: what it needs where its people are, and what is heard on it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import streamlit as st

from secours.config import catalogue
from secours.config.edit import people, questions
from secours.config.reader import durations
from secours.dashboard.editing.fields import EditForm, typed
from secours.languages import Text
from secours.model.receivers.audiences import Device, DeviceNeeds, DeviceService
from secours.model.requests import DeviceEdit, Edit

CHOSEN = "edit device"  # in the session, and the place of refusals
UNNAMED = "device"  # in the plan, where a word has no letter that a name may have
SERVICES, HEARD, NEEDS = "services", "heard_on", ("needs", "split")
USUAL = {DeviceService.VOICE: DeviceNeeds()}  # of a new one


def draw(form: EditForm) -> None:
    """Ask for a device, and show its form."""
    form, devices = form._replace(place=CHOSEN), people.devices_of(form.config)
    labels = {name: form.words(each.label) or name for name, each in devices.items()}
    st.divider()
    entry = st.selectbox(
        form.say("editing.device"),
        [*devices],
        index=None,
        format_func=lambda name: labels.get(name, name),
        accept_new_options=True,
        placeholder=form.say("act.choose"),
        key=CHOSEN,
    )
    if not entry:
        return
    used = {*devices, *catalogue.load().devices}
    free = questions.free_name(questions.name_of(entry) or UNNAMED, used)
    alike = (n for n in devices if entry.casefold() in (n, labels[n].casefold()))
    name = entry if entry in devices else next(alike, free)
    new = Device(name=name, label=Text(entry), services=USUAL)
    device, slug = devices.get(name, new), "take" if name in devices else "put"
    is_own = name not in catalogue.load().devices
    services: Iterable[str] = [*map(str, device.services)]
    if is_own:
        words = form.say("editing.device.services")
        names = {str(each): form.say(f"edit.key.{each}") for each in DeviceService}
        services = form.several(form.key(SERVICES, name), words, services, names)
    with st.form(form.key("device", name), border=False):
        before = _fields(form, device, services)
        form.submit(f"editing.{slug}", _put, device, services, before)
    form.failed()
    if name in _written(form):
        _out(form, name, is_own=is_own)


def _written(form: EditForm) -> Mapping[str, Any]:
    """Return the devices as they stand in the draft."""
    return form.draft.tree.get("devices") or {}


def _fields(form: EditForm, device: Device, services: Iterable[str]) -> dict[str, Any]:
    """Show what a form can change, and return that by keys of the plan."""
    channels, name, before = form.config.channels, device.name, dict[str, Any]()
    if not isinstance((_written(form).get(name) or {}).get("label"), Mapping):
        before["label"] = form.words(device.label)
        form.text(form.key("label", name), form.say("editing.label"), before["label"])
    parts: dict[str, Any] = {**catalogue.load().components, **form.config.components}
    labels = {each: f"{form.words(parts[each].label)} [{each}]" for each in parts}
    for service in services:
        needs = device.services.get(DeviceService(service), DeviceNeeds())
        facts = {"service": form.say(f"edit.key.{service}")}
        if any(len(group) > 1 for group in needs.needs):
            st.text(form.say("editing.device.by-hand", **facts))
            continue
        asked = [*chain(*needs.needs)], needs.split
        there = service in device.services
        before[service] = people.written_needs(*asked) if there else None
        for field, value in zip(NEEDS, asked, strict=True):
            words = form.say(f"editing.device.{field}", **facts)
            form.several(form.key(field, service, name), words, value, labels)
    words, length_s = form.say("editing.device.autonomy"), device.autonomy_s
    before["autonomy"] = durations.words(length_s) if length_s else None
    form.text(form.key("autonomy", name), words, before["autonomy"] or "")
    hearing = {n: c.heard_on for n, c in channels.items() if c.heard_on is not None}
    heard = [each for each, on in hearing.items() if name in dict(on)]
    if names := {each: form.words(channels[each].label) for each in hearing}:
        words = form.say("editing.device.heard")
        form.several(form.key(HEARD, name), words, heard, names)
    return before


def _put(
    form: EditForm, device: Device, services: Iterable[str], before: Mapping[str, Any]
) -> None:
    """Change the device as answered, and the channels that are heard on it."""
    config, name = form.config, device.name
    is_new, there = name not in people.devices_of(config), _written(form).get(name)
    values: dict[str, Any] = dict.fromkeys({*device.services} - {*services})
    for each, was in before.items():
        if each in services:
            needs = [typed(form.key(field, each, name)) for field in NEEDS]
            value: Any = people.written_needs(*needs)
        else:
            value = (typed(form.key(each, name)) or "").strip() or None
        is_said = value is not None or each in (there or ())
        if is_new or (value != was and is_said):
            values[each] = value

    def edits() -> Iterator[Edit]:
        if values or is_new:
            yield DeviceEdit(name=name, values=values)
        channels = typed(form.key(HEARD, name)) or ()
        yield from people.heard_edits(config, form.draft.tree, name, channels)

    keys = {each: form.key(each, name) for each in ("label", "autonomy", HEARD)}
    keys |= {each: form.key(NEEDS[0], each, name) for each in services}
    if form.change(edits, {**keys, name: form.key(SERVICES, name)}):
        st.session_state[CHOSEN] = name


def _out(form: EditForm, name: str, *, is_own: bool) -> None:
    """Offer to take out a device of the plan's own, or the changes of another."""
    users = [
        f"{form.words(group.label)} ({form.localizer.audience(each)})"
        for each, audience in form.config.audiences.items()
        for group in audience.groups
        if name in group.devices
    ]
    channels = [(c.label, c.heard_on) for c in form.config.channels.values()]
    if not any(on is None or name in dict(on) for _, on in channels):
        st.text(form.say("editing.device.deaf"))
    users += [form.words(label) for label, on in channels if name in dict(on or ())]
    if is_used := is_own and bool(users):
        names = form.localizer.series(users)
        st.text(form.say("editing.device.used", names=names))
    slug = f"editing.device.{'out' if is_own else 'usual'}"
    form.button(slug, _take_out, name, is_own, of=(name,), is_off=is_used)


def _take_out(form: EditForm, name: str, is_own: bool) -> None:
    if form.change(lambda: [DeviceEdit(name=name, values=None)]):
        st.session_state[CHOSEN] = None if is_own else name
        form.draft.generation += 1  # its fields show what is there now
