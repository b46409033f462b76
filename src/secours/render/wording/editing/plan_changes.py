"""Differences between two plans in words, one sentence each.

They are kept as slugs and facts, so that the journal says them in any language; names
in them are those of the language of the plans compared, for the journal the site's own.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from secours import texts
from secours.languages import Text
from secours.model.plan import Config
from secours.model.sections.line import Tier, purpose_and_audience
from secours.outside_text import plain

ENTRY = "plan-edit"  # the kind of an entry of the journal with differences as text
PROPOSED = "plan-proposed"  # the same, of a plan that somebody else is to put in place
MOST = 30  # sentences of one edit; two or more others are counted
KEY = "edit.key."
LINE, CHANNEL, DEVICE, GROUP, SITE = "line", "channel", "device", "group", "site"


class PlanDifference(Struct, frozen=True):
    """A sentence on a difference: the end of its slug, and its facts."""

    slug: str
    facts: Mapping[str, str]

    def in_(self, language: str) -> str:
        """Say it in a language; keys that forms change have words of their own."""
        keys = self.facts.get("what", "").split(", ")
        names = (texts.say(language, f"{KEY}{key}").removeprefix(KEY) for key in keys)
        facts = {**self.facts, "what": ", ".join(names)}
        return texts.say(language, f"edit.{self.slug}", **facts)


class WrittenPlan(Struct, frozen=True):
    """A plan, its text as plain values, and the language of the names in it."""

    config: Config
    values: Mapping[str, Any]
    language: str

    def things(self) -> Iterator[tuple[tuple[str, str, str], Any]]:
        """Yield all that a form changes as it is written, by sort, place and name."""
        yield (SITE, "", ""), self.values.get("site")
        for sort in (CHANNEL, DEVICE):
            for name, values in (self.values.get(f"{sort}s") or {}).items():
                yield (sort, "", name), values
        for audience, one in (self.values.get("audiences") or {}).items():
            for name, values in ((one or {}).get("groups") or {}).items():
                yield (GROUP, audience, name), values
        written = self.values.get("plan") or ()
        for line, values in zip(self.config.plan, written, strict=True):
            yield (LINE, "", line.name), values


def sentences(text: str, language: str) -> str:
    """Return the sentences of an entry of the journal; its text where it has none."""
    try:
        found = msgspec.json.decode(text, type=tuple[PlanDifference, ...])
    except msgspec.MsgspecError:
        return plain(text)
    return "; ".join(each.in_(language) for each in found)


def changes(before: WrittenPlan, after: WrittenPlan) -> tuple[PlanDifference, ...]:
    """Return the differences between two plans."""
    found = [*_differences(before, after)]
    more = PlanDifference("more", {"n": str(len(found) - MOST)})
    return (*found[:MOST], more) if len(found) > MOST + 1 else tuple(found)


def _differences(before: WrittenPlan, after: WrittenPlan) -> Iterator[PlanDifference]:
    was, now = dict(before.things()), dict(after.things())
    orders = [
        {line.name: [name for name, _ in line.order] for line in each.config.plan}
        for each in (before, after)
    ]
    for place in {**was, **now}:
        sort, audience, name = place
        facts = {"name": _label(place, after, before)}
        if audience:
            facts["audience"] = _audience(audience, after, before)
        if place not in was or place not in now:
            yield PlanDifference(f"{sort}.{'new' if place in now else 'gone'}", facts)
            continue
        keys = _keys(was[place], now[place])
        if sort == LINE and keys:
            moves = [*_moves(*(each[name] for each in orders))]
            for slug, names in moves:
                labels = {f: _channel(n, after, before) for f, n in names.items()}
                yield PlanDifference(f"line.{slug}", {**facts, **labels})
            keys = [key for key in keys if not (moves and key in [*Tier])]
        if keys:
            what = plain(", ".join(keys))
            yield PlanDifference(f"{sort}.changed", {**facts, "what": what})


def _moves(was: list[str], now: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the steps that turn one order of channels into another."""
    for name in (each for each in was if each not in now):
        yield "out", {"channel": name}
    old = [name for name in was if name in now]
    new = [name for name in now if name in was]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stay = {name for at, _, size in blocks for name in old[at : at + size]}
    for name, after in zip(now, [*now[1:], ""], strict=True):
        if name not in stay:
            slug = "moved" if name in was else "in"
            where = f"{slug}.before" if after else f"{slug}.last"
            yield where, {"channel": name, **({"other": after} if after else {})}


def _keys(was: Any, now: Any) -> list[str]:
    """Return the keys with other values."""
    old, new = was or {}, now or {}
    return [str(key) for key in {**old, **new} if old.get(key) != new.get(key)]


def _label(place: tuple[str, str, str], *plans: WrittenPlan) -> str:
    sort, _, name = place
    if sort == CHANNEL:
        return _channel(name, *plans)
    if sort == DEVICE:
        found = next(p.config.devices[name] for p in plans if name in p.config.devices)
        return plain(found.label.in_(plans[0].language)) or plain(name)
    if sort == GROUP:
        return _group(place[1], name, *plans)
    if sort != LINE:
        return plain(name)
    purpose, audience = purpose_and_audience(name)
    whom = _audience(audience, *plans)
    return texts.purpose(plans[0].language, purpose, whom)


def _group(audience: str, name: str, *plans: WrittenPlan) -> str:
    known = (each.config.audiences.get(audience) for each in plans)
    groups = chain(*(each.groups for each in known if each))
    found = next(each for each in groups if each.name == name)
    return plain(found.label.in_(plans[0].language)) or plain(name)


def _channel(name: str, *plans: WrittenPlan) -> str:
    channel = next(
        each.config.channels[name] for each in plans if name in each.config.channels
    )
    language = plans[0].language
    short = channel.short_name.in_(language) or channel.label.in_(language)
    return plain(short) or plain(name)


def _audience(name: str, *plans: WrittenPlan) -> str:
    labels = (each.config.site.audiences.get(name) for each in plans)
    label = next(filter(None, labels), Text())
    return texts.audience(name, label, plans[0].language)
