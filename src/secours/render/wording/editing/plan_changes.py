"""Differences between two plans in words, one sentence each.

They are kept as slugs and facts, so that the journal says them in any language; names
in them are those of the site's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

import msgspec
from msgspec import Struct

from secours import texts
from secours.model.plan import Config, Text, Tier
from secours.outside_text import plain

ENTRY = (
    "plan-edit"  # the kind of an entry of the journal with `PlanDifference`s as text
)
PROPOSED = "plan-proposed"  # the same, of a plan that somebody else is to put in place
MOST = 30  # sentences of one edit


class PlanDifference(Struct, frozen=True):
    """A sentence on a difference: the end of its slug, and its facts."""

    slug: str
    facts: Mapping[str, str]

    def in_(self, language: str) -> str:
        """Say it in a language."""
        return texts.say(language, f"edit.{self.slug}", **self.facts)


class WrittenPlan(Struct, frozen=True):
    """A plan, and its text as plain values."""

    config: Config
    values: Any

    def table(self, *keys: str) -> Mapping[str, Any]:
        """Return a section, or an inner one; {} where it is not written."""
        found = self.values
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def probes(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the probes of channels as they are written, by their ids."""
        return {
            probe.id: written
            for name, channel in self.config.channels.items()
            for probe, written in zip(
                channel.probes,
                self.table("channels", name).get("probes") or (),
                strict=False,
            )
        }

    def lines(self) -> Mapping[tuple[str, str], tuple[list[str], Mapping[str, Any]]]:
        """Return the channels of each line in their order, and all that is written."""
        written = self.values.get("plan") if self.values else None
        return {
            (line.purpose, line.audience): ([name for name, _ in line.order], values)
            for line, values in zip(self.config.plan, written or (), strict=False)
        }


def sentences(text: str, language: str) -> str:
    """Return the sentences of an entry of the journal; its text where it has none."""
    try:
        found = msgspec.json.decode(text, type=tuple[PlanDifference, ...])
    except msgspec.MsgspecError:
        return plain(text)
    return "; ".join(each.in_(language) for each in found)


def changes(before: WrittenPlan, after: WrittenPlan) -> tuple[PlanDifference, ...]:
    """Return the differences between two plans."""
    found = [*_of_tables(before, after), *_of_lines(before, after)]
    if keys := _keys(before.table("site"), after.table("site")):
        found.append(PlanDifference("site.changed", {"what": keys}))
    more = PlanDifference("more", {"n": str(len(found) - MOST)})
    return (*found[:MOST], more) if len(found) > MOST else tuple(found)


def _of_tables(before: WrittenPlan, after: WrittenPlan) -> Iterator[PlanDifference]:
    """Compare channels, devices and groups, each by its name."""
    audiences = {**before.table("audiences"), **after.table("audiences")}
    places = {"channel": ("channels",), "device": ("devices",)}
    groups = {name: ("audiences", name, "groups") for name in audiences}
    things = [*places.items(), *(("group", place) for place in groups.values())]
    for thing, place in things:
        was, now = before.table(*place), after.table(*place)
        for name in {**was, **now}:
            facts = {"name": _channel(name, after, before)}
            if thing != "channel":
                facts = {"name": plain(name)}
            if thing == "group":
                facts["audience"] = _audience(place[1], after, before)
            if name not in was or name not in now:
                slug = "new" if name in now else "gone"
                yield PlanDifference(f"{thing}.{slug}", facts)
            elif keys := _keys(was[name], now[name]):
                yield PlanDifference(f"{thing}.changed", {**facts, "what": keys})


def _of_lines(before: WrittenPlan, after: WrittenPlan) -> Iterator[PlanDifference]:
    was, now = before.lines(), after.lines()
    for key in {**was, **now}:
        whom = _audience(key[1], after, before)
        facts = {"line": texts.purpose(after.config.site.language, key[0], whom)}
        if key not in was or key not in now:
            yield PlanDifference("line.new" if key in now else "line.gone", facts)
            continue
        (old, values), (new, fresh) = was[key], now[key]
        moves = [*_moves(old, new)]
        for slug, names in moves:
            labels = {fact: _channel(n, after, before) for fact, n in names.items()}
            yield PlanDifference(f"line.{slug}", {**facts, **labels})
        if keys := _keys(values, fresh, Tier if moves else ()):
            yield PlanDifference("line.changed", {**facts, "what": keys})


def _moves(was: list[str], now: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what makes one order of channels of another."""
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


def _keys(was: Any, now: Any, aside: Iterable[str] = ()) -> str:
    """Return the keys with other values, or some mark where it is no table."""
    if not isinstance(was, Mapping) or not isinstance(now, Mapping):
        return "" if was == now else "…"
    differing = (key for key in {**was, **now} if was.get(key) != now.get(key))
    return plain(", ".join(str(key) for key in differing if key not in {*aside}))


def _channel(name: str, *plans: WrittenPlan) -> str:
    found = (each.config.channels.get(name) for each in plans)
    channel = next((each for each in found if each), None)
    if channel is None:
        return plain(name)
    language = plans[0].config.site.language
    short = channel.short_name.in_(language) or channel.label.in_(language)
    return plain(short) or plain(name)


def _audience(name: str, *plans: WrittenPlan) -> str:
    labels = (each.config.site.audiences.get(name) for each in plans)
    label = next((each for each in labels if each), Text())
    return texts.audience(name, label, plans[0].config.site.language)
