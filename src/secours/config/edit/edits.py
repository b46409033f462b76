"""Edits of the text of a plan: the one way to make and to change probes.yaml.

An edit is a value, from a terminal or a form. The result is a plan that validates, or
the edit is refused with what `validate` says of it. Sections that are not here change
by hand only.
"""

import codecs
import json
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from typing import Any

from secours.config import catalogue
from secours.config.edit import spans
from secours.config.edit.spans import Place, Uneditable
from secours.config.file import CHANNELS, read
from secours.config.own_kinds import KEPT
from secours.config.reader import document
from secours.config.reader.mistakes import BadConfig
from secours.message import PlacedMessage, message
from secours.model.nodes import kind_of
from secours.model.plan import Config
from secours.model.requests import (
    ChannelEdit,
    DeviceEdit,
    Edit,
    GroupEdit,
    LineEdit,
    SiteEdit,
    Values,
)
from secours.model.sections.line import Tier

AUTHORITY = "gov"  # class of components that no site adds by itself
BELGIAN = {  # networks that no site elsewhere can join
    *("radio:astrid", "radio:astrid-paging"),
    *("carrier:regetel", "carrier:blue-light-mobile"),
}
BELGIAN_ZONES = ("Europe/Brussels", "UTC")  # UTC: the plan does not say where it is


def edited(raw: bytes, file: str, edits: Iterable[Edit]) -> Config:
    """Return the plan after some edits, and its `text`, or raise BadConfig."""
    return read(spliced(raw, file, edits), file)


def spliced(raw: bytes, file: str, edits: Iterable[Edit]) -> bytes:
    """Return the text of a plan after some edits, valid or not.

    Raises:
        BadConfig: the text cannot be read, or an edit is to be made by hand.
    """
    tree = tree_of(raw, file)
    lead = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = raw.decode("utf-8-sig")
    for edit in edits:
        try:
            text = _applied(text, tree, edit)
            tree = document.plain(document.parse(text.encode()))
        except (Uneditable, document.Unreadable):
            raise _uneditable(file, tree, edit) from None
    return lead + text.encode()


def tree_of(raw: bytes, file: str) -> Any:
    """Return a plan as plain values, {} of an empty text, or raise BadConfig."""
    try:
        return document.plain(document.parse(raw)) if raw else {}
    except document.Unreadable:
        read(raw, file)  # which says what is wrong with it
        raise


def with_offers(config: Config, file: str) -> Config:
    """Return a plan with a channel, in no line, of each kind that it could add.

    Left out are kinds that need nothing (the last resort), that authorities run, or
    of networks of another country. A channel is named as its kind. A plan without a
    text stays as it is, and one that takes no more channels.
    """
    if not config.text:
        return config
    tree = tree_of(config.text, file)
    has = {*config.channels, *(each.kind for each in config.channels.values())}
    abroad = config.site.timezone not in BELGIAN_ZONES
    for name, kind in {**catalogue.load().kinds, **config.own_kinds}.items():
        needs = {*chain(*kind.needs)}
        barred = abroad and not BELGIAN.isdisjoint(needs)
        barred = barred or AUTHORITY in map(kind_of, needs)
        if name not in has and needs and not (kind.discontinued or barred):
            tree[CHANNELS][name] = {"kind": name}
    kept = [each for each in config.text.splitlines() if each.startswith(KEPT)]
    text = json.dumps(tree, ensure_ascii=False)  # YAML knows no pairs of escapes
    with suppress(BadConfig):
        return read(b"\n".join([text.encode(), *kept]), file)
    return config


def is_in(tree: Any, edit: Edit) -> bool:
    """Tell whether a plan, as plain values, has the thing that an edit changes."""
    place = _line(tree, edit)[0] if isinstance(edit, LineEdit) else _place(edit)
    return _at(tree, place) is not None


def _applied(text: str, tree: Any, edit: Edit) -> str:
    """Return the text after an edit; raise Uneditable if it would not say as meant."""
    if isinstance(edit, LineEdit):
        place, values = _line(tree, edit)
    else:
        place, values = _place(edit), edit.values
    expected = _meant(tree, place, values)
    if values is None:
        text = spans.removed(text, place)
    elif _at(tree, place) is None:
        there = {key: each for key, each in values.items() if each is not None}
        text = spans.put(text, place, there)
    else:
        for key, value in values.items():
            if value is not None:
                text = spans.put(text, (*place, key), value)
            elif key in _at(tree, place):
                text = spans.removed(text, (*place, key))
    if document.plain(document.parse(text.encode())) != expected:
        raise Uneditable
    return text


def _place(edit: SiteEdit | ChannelEdit | GroupEdit | DeviceEdit) -> Place:
    match edit:
        case SiteEdit():
            return ("site",)
        case ChannelEdit():
            return CHANNELS, edit.name
        case GroupEdit():
            return "audiences", edit.audience, "groups", edit.name
        case DeviceEdit():
            return "devices", edit.name


def _line(tree: Any, edit: LineEdit) -> tuple[Place, Values | None]:
    """Return the place of a line, and its values; a new one comes last."""
    key = {"purpose": edit.purpose, "audience": edit.audience}
    found = _at(tree, ("plan",))
    lines = found if isinstance(found, list) else []
    tables = ((n, each) for n, each in enumerate(lines) if isinstance(each, dict))
    there = (n for n, each in tables if {**each, **key} == each)
    number = next(there, len(lines))
    if not edit.channels:
        return ("plan", number), None
    line = lines[number] if number < len(lines) else {}
    gone = {tier.value: None for tier in Tier if tier in line}
    return ("plan", number), {**key, **gone, **_tiers(line, edit), **edit.values}


def _tiers(line: Values, edit: LineEdit) -> Values:
    """Share the channels among the tiers, as many in each as before if these fit."""
    tiers, queue = [tier.value for tier in Tier], list(edit.channels)
    written = ((tier, line[tier]) for tier in tiers if line.get(tier))
    there = {tier: v if isinstance(v, list) else [v] for tier, v in written}
    before = [*chain.from_iterable(there.values())]
    if len(queue) != len(before) and queue[: len(before)] != before:
        there = {}
    used = max((tiers.index(tier) + 1 for tier in there), default=0)
    sizes = {tier: len(names) for tier, names in there.items()}
    sizes |= dict.fromkeys(tiers[used:], 1)  # for those added; the last takes the rest
    shared: dict[str, Any] = {}
    for tier, size in {**sizes, [*sizes][-1]: len(queue)}.items():
        names, queue = queue[:size], queue[size:]
        alone = isinstance(line[tier], str) if line.get(tier) else size == 1
        if names:
            shared[tier] = names[0] if alone and len(names) == 1 else names
    return shared


def _at(tree: Any, place: Place) -> Any:
    for step in place:
        inside = isinstance(tree, dict) and step in tree
        inside |= isinstance(tree, list) and isinstance(step, int) and step < len(tree)
        tree = tree[step] if inside else None
    return tree


def _meant(tree: Any, place: Place, values: Values | None) -> Any:
    """Return the whole plan as an edit means it, as plain values.

    Raises:
        Uneditable: something on the way is no mapping, or no list.
    """
    is_list = bool(place) and isinstance(place[0], int)
    if tree and not isinstance(tree, list if is_list else dict):
        raise Uneditable
    if not place:
        fresh = {**(tree or {}), **(values or {})}
        gone = {key for key, each in (values or {}).items() if each is None}
        return {key: each for key, each in fresh.items() if key not in gone}
    step, *rest = place
    inner = _at(tree, (step,))
    changed = _meant(inner, tuple(rest), values)
    if isinstance(step, int):
        before = tree or []
        after = [] if values is None and not rest else [changed]
        return [*before[:step], *after, *before[step + 1 :]]
    if values is None and not rest:
        return {key: each for key, each in (tree or {}).items() if key != step}
    return {**(tree or {}), step: changed}


def takes_out(edit: Edit) -> bool:
    """Tell whether an edit takes a thing out of the plan."""
    return not edit.channels if isinstance(edit, LineEdit) else edit.values is None


def _uneditable(file: str, tree: Any, edit: Edit) -> BadConfig:
    where = ".".join(
        map(str, ("plan",) if isinstance(edit, LineEdit) else _place(edit))
    )
    is_gone = takes_out(edit) and not is_in(tree, edit)
    said = message("plan.edit.not-there" if is_gone else "plan.edit.by-hand")
    return BadConfig([PlacedMessage(file, 1, 1, where, said)])
