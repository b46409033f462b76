"""Warnings about receivers: groups, devices and channels that never meet."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from secours.config.reader import document
from secours.config.reader.mistakes import nearest
from secours.config.reader.positions import Steps, named, value_at
from secours.message import Message, message
from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, PeopleGroup
from secours.model.sections.line import Line, Purpose

GROUPS = "{all: {people: 20, devices: [mobile, landline]}}"
STAFFED, HEARD_ON = "staffed: true", "heard_on: [mobile.voice]"
Found: TypeAlias = tuple[Steps, str]  # a place, and a name there
Said: TypeAlias = tuple[Steps, Message]
Placed: TypeAlias = tuple[int, int, str, Message]  # line, column, place, words
Lines: TypeAlias = Mapping[int, Line]  # of one audience, by number


def of_receivers(config: Config) -> Iterator[Placed]:
    """Yield the people not reached, and the parts that reach nobody."""
    warnings = [*_of_lines(config), *_of_orders(config)]
    for name in config.audiences if config.plan else ():
        warnings += _of_audience(config, name)
    text = config.text if warnings else b""
    root = document.parse(text) if text else document.Mapping(line=0, column=0)
    for steps, said in warnings:
        node = value_at(root, steps)
        yield node.line, node.column, named(steps), said


def _of_lines(config: Config) -> Iterator[Said]:
    """Warn once of all lines without groups: nobody knows who hears them."""
    without_groups = [
        (("plan", at, "audience"), line.audience)
        for at, line in enumerate(config.plan)
        if not _groups(config, line.audience)
    ]
    if without_groups:
        example = f"audiences: {{{without_groups[0][1]}: {{groups: {GROUPS}}}}}"
        audiences = sorted(config.audiences)
        near = (
            nearest(name, audiences)
            for _, name in without_groups
            if name not in audiences
        )
        if meant := next(filter(None, near), None):
            yield _once(
                "plan.advice.no-groups.meant",
                without_groups,
                meant=meant,
                example=example,
            )
        else:
            yield _once("plan.advice.no-groups", without_groups, example=example)


def _of_orders(config: Config) -> Iterator[Said]:
    """Warn of an audience to alert without orders for silence, where others have."""
    has = {name for name, one in config.audiences.items() if one.when_cut}
    without_orders = [
        (("plan", at, "audience"), line.audience)
        for at, line in enumerate(config.plan)
        if has and line.purpose is Purpose.ALERT and line.audience not in has
    ]
    if without_orders:
        yield _once("plan.advice.no-orders", without_orders)


def _of_audience(config: Config, name: str) -> Iterator[Said]:
    lines = {at: one for at, one in enumerate(config.plan) if one.audience == name}
    if not lines and config.audiences[name].report is None:
        near = nearest(name, sorted({line.audience for line in config.plan}))
        facts = {"meant": near} if near else {}
        yield ("audiences", name), message("plan.advice.no-line", **facts)
    elif _groups(config, name):
        if unused := [*_unused(config, name, lines)]:
            yield _once("plan.advice.unused", unused)
        missed, asleep = _missed(config, name, lines)
        if missed:
            yield _once("plan.advice.unreached", missed)
        if asleep:
            yield _once("plan.advice.asleep", asleep, staffed=STAFFED)
        if unheard := [*_unheard(config, name, lines)]:
            yield _once("plan.advice.unheard", unheard, heard_on=HEARD_ON)


def _once(slug: str, found: Sequence[Found], **facts: str | Message) -> Said:
    """Warn once of several names, at the first place."""
    names = ", ".join(dict.fromkeys(name for _, name in found))
    return found[0][0], message(slug, names=names, **facts)


def _groups(config: Config, audience: str) -> tuple[PeopleGroup, ...]:
    known = config.audiences.get(audience)
    return known.groups if known else ()


def _hears(
    config: Config, group: PeopleGroup, channel: str, *, woken: bool = False
) -> bool:
    heard_on = config.channels[channel].heard_on
    return heard_on is None or any(
        True for _ in group.hears_by(heard_on, config.devices, woken=woken)
    )


def _unused(config: Config, audience: str, lines: Lines) -> Iterator[Found]:
    """Find the devices that hear no channel of these lines."""
    used = {EARS}
    for line in lines.values():
        for name, _ in line.order:
            heard_on = config.channels[name].heard_on
            used |= {*config.devices} if heard_on is None else {d for d, _ in heard_on}
    for group in _groups(config, audience):
        steps = "audiences", audience, "groups", group.name, "devices"
        for at, device in enumerate(group.devices):
            if device not in used:
                yield (*steps, at), device


def _missed(
    config: Config, audience: str, lines: Lines
) -> tuple[list[Found], list[Found]]:
    """Find the groups that no channel of a line reaches, and those asleep."""
    missed: list[Found] = []
    asleep: list[Found] = []
    for group in _groups(config, audience):
        for line in lines.values():
            names = [name for name, _ in line.order]
            woken = line.purpose is Purpose.ALERT
            if any(_hears(config, group, name, woken=woken) for name in names):
                continue
            at_work = any(_hears(config, group, name) for name in names)
            steps = "audiences", audience, "groups", group.name
            found = asleep if at_work else missed
            found.append((steps, f"{group.name} ({line.purpose})"))
    return missed, asleep


def _unheard(config: Config, audience: str, lines: Lines) -> Iterator[Found]:
    """Find the channels of these lines that no group hears."""
    groups = _groups(config, audience)
    for at, line in lines.items():
        woken = line.purpose is Purpose.ALERT
        for tier, names in line.tiers:
            for number, name in enumerate(names):
                if not any(_hears(config, one, name, woken=woken) for one in groups):
                    yield ("plan", at, tier.value, number), f"{name} ({line.purpose})"
