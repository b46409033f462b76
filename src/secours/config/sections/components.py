"""Components: resolves every name, and refuses circles.

A name is declared in the file, or of the catalogue, with all its needs. Any other name
is a mistake: a misspelt shared component would make two channels look independent.
"""

import graphlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from secours.config import catalogue
from secours.config.autonomy import declared_s
from secours.config.catalogue import ChannelKind
from secours.config.reader import document
from secours.config.reader.mistakes import nearest, shown, suggestion
from secours.config.reader.shapes import Name, Record, bare, note_key
from secours.config.sections import receivers
from secours.config.sections.access import carrier_of, declared_names, ways
from secours.config.sections.fields import filled
from secours.config.sections.needs import (
    COMPONENT_NAME,
    NamedNeeds,
    joined,
    without,
)
from secours.languages import Text
from secours.message import Message, Series, message
from secours.model import nodes
from secours.model.receivers.audiences import Device, DeviceNeeds, HeardOn
from secours.model.sections.channel import Component, Needs


class Parts(Struct, frozen=True):
    """All components, and what channels and devices need and use."""

    components: dict[str, Component] = field(default_factory=dict)  # without probes
    channels: dict[str, Needs] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    heard_on: dict[str, tuple[HeardOn, ...] | None] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)  # by the plan, for `only_named`


def kind_of(channel: Record) -> ChannelKind | None:
    """Return the kind of a channel, None without one."""
    kind = channel.get("kind")
    return catalogue.kind_of(kind, channel.spot.context.kinds) if kind else None


def resolve(root: Record) -> Parts:
    """Resolve every component name, noting the wrong ones."""
    declared: Mapping[str, Record] = root.get("components", {})
    _check_names(root)
    parts = Parts()
    for name, record in declared.items():
        parts.components[name] = _declared(name, record)
    own_names = frozenset(declared_names(root))
    channels: Mapping[str, Record] = root.get("channels", {})
    needs = {name: _channel_needs(root, one) for name, one in channels.items()}
    references = tuple(_references(root))
    probed = (needs[name] for name, one in channels.items() if one.get("probes"))
    parts.named.update(own_names, (reference.text for reference in references))
    parts.named.update(name for each in probed for group in each for name in group)
    devices = receivers.described(root)
    named = [name for name in receivers.declared(root) if name in devices]
    for name in named:
        parts.named.update(receivers.components_of(devices[name]))
    for reference in references:
        _check_reference(reference, own_names, parts)
    for name, each in needs.items():
        parts.channels[name] = _told_apart(each, parts)
        _add(parts, parts.channels[name], own_names)
    for name, device in devices.items():
        parts.devices[name] = _resolved(device, parts)
    for name, one in channels.items():
        parts.heard_on[name] = receivers.heard_on(one, root, parts.devices)
    for name in named:
        needed = receivers.components_of(parts.devices[name])
        _add(parts, (tuple(needed),), own_names)
    _check_circles(declared, parts)
    return parts


def _check_names(root: Record) -> None:
    paths = {*map(nodes.path_node, document.keys(root.at("paths").node))}
    for name in declared_names(root):
        if not re.match(COMPONENT_NAME, name):
            note_key(root.at("components"), name, "plan.component.name")
        elif nodes.is_channel(name) or name in paths:
            kept = message("plan.component.reserved", name=nodes.kind_of(name))
            note_key(root.at("components"), name, kept)


def _references(root: Record) -> Iterator[Name]:
    """List every component name in the file."""
    owners = (
        *root.get("components", {}).values(),
        *root.get("paths", {}).values(),
        *root.get("channels", {}).values(),
        *root.part("notify").get("targets", {}).values(),
    )
    for owner in owners:
        for group in owner.get("depends_on", ()):
            yield from group
    for needs in receivers.written_needs(root):
        yield from needs.names
    for names in root.part("site").part("access").values.values():
        yield from names


def _check_reference(name: Name, own_names: frozenset[str], parts: Parts) -> None:
    if name.text in own_names:
        return
    if name.text in catalogue.load().components:
        _add(parts, ((name.text,),), own_names)
        return
    near = nearest(name.text, [*own_names, *catalogue.load().components])
    slug = "plan.component.add" if ":" in name.text else "plan.component.such"
    meant = near or message(slug)
    name.spot.note("plan.component.unknown", name=shown(name.text), meant=meant)


def _declared(name: str, record: Record) -> Component:
    """Describe a declared component; label and prior may be the catalogue's.

    Its needs are only those in the file.
    """
    return filled(
        record,
        Component,
        {"label": _known_label(name)},
        name=name,
        autonomy_s=declared_s(record.get("autonomy")),
        needs=joined(bare(record.get("depends_on", ()))),
        prior=_prior(name),
        probes=(),
        maintenance=(),
    )


def _known_label(name: str) -> Text:
    known = catalogue.load().components.get(name)
    return known.label if known else Text(name)


def _prior(name: str) -> float | None:
    return catalogue.load().priors.get(nodes.kind_of(name))


def _add(parts: Parts, needs: Needs, declared: frozenset[str]) -> None:
    """Add the needed components of the catalogue, with their own needs."""
    waiting = [name for group in needs for name in group]
    while waiting:
        name = waiting.pop()
        entry = catalogue.load().components.get(name)
        if name in parts.components or name in declared or entry is None:
            continue
        parts.components[name] = Component(
            name=name,
            label=entry.label,
            needs=_told_apart(entry.needs, parts),
            autonomy_s=entry.autonomy_s,
            prior=_prior(name),
        )
        needed = parts.components[name].needs
        waiting += [inner for group in needed for inner in group]


def _told_apart(needs: Needs, parts: Parts) -> Needs:
    """Replace each unnamed `only_named` component by its need."""

    def standing(name: str) -> str:
        if name in parts.named:
            return name
        known = catalogue.load().components.get(name)
        return standing(known.needs[0][0]) if known and known.only_named else name

    return joined(*((tuple(dict.fromkeys(map(standing, g))),) for g in needs))


def _resolved(device: Device, parts: Parts) -> Device:
    """Resolve the components of a device; a split of one is a need."""
    services = {}
    for service, given in device.services.items():
        needs = _told_apart(given.needs, parts)
        split = _told_apart(tuple((name,) for name in given.split), parts)
        if len(split) == 1:
            needs, split = joined(needs, split), ()
        options = tuple(name for group in split for name in group)
        services[service] = DeviceNeeds(needs=needs, split=options)
    return replace(device, services=services)


def _channel_needs(root: Record, channel: Record) -> Needs:
    kind = kind_of(channel)
    given = kind.needs if kind else ()
    removed = {name.text for name in _removed(root, channel, given)}
    expanded = _expanded(root, without(given, removed))
    services = (name for group in expanded for name in group)
    removed |= {name for name in services if carrier_of(name) in removed}
    own = bare(channel.get("depends_on", ()))
    return joined(without(expanded, removed), own)


def _removed(root: Record, channel: Record, needs: Needs) -> Iterable[Name]:
    """Return the needs in `without`, noting the missing ones."""
    names: tuple[Name, ...] = channel.get("without", ())
    if not names:
        return ()
    if not channel.get("kind"):
        channel.at("without").note("plan.without.no-kind")
        return ()
    there = [name for group in needs for name in group]
    there += [name for group in _expanded(root, needs) for name in group]
    there += filter(None, map(carrier_of, there))
    for name in names:
        if name.text not in there:
            kind, meant = channel.get("kind"), suggestion(name.text, {*there})
            unneeded = "plan.without.not-needed"
            name.spot.note(unneeded, kind=kind, name=shown(name.text), meant=meant)
    return names


def _expanded(root: Record, needs: Needs) -> Needs:
    """Replace `internet` and the like by the site's own access."""
    known = ways(root) if needs else {}
    return tuple(
        known.get(group[0], group) if len(group) == 1 else group for group in needs
    )


def _check_circles(declared: Mapping[str, Record], parts: Parts) -> None:
    """Note each circle once, at a place that closes it."""
    needs = {
        name: {inner for group in part.needs for inner in group}
        for name, part in parts.components.items()
    }
    while circle := _circle(needs):
        said = message("plan.circle", names=Series(tuple(circle), "plan.circle.needs"))
        for name, inner in pairwise(circle):
            needs[name].discard(inner)
        _note_circle(declared, circle, said)


def _circle(needs: Mapping[str, set[str]]) -> list[str] | None:
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]  # graphlib lists needs first
    return None


def _note_circle(
    declared: Mapping[str, Record], circle: list[str], problem: Message
) -> None:
    for name, inner in pairwise(circle):
        written: NamedNeeds = (
            declared[name].get("depends_on", ()) if name in declared else ()
        )
        for reference in (reference for group in written for reference in group):
            if reference.text == inner:
                reference.spot.note(problem)
                return
