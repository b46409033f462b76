"""A channel under a new name is the same channel: what is remembered goes on with it.

Where something is remembered under both names, that under the new one holds.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from msgspec.structs import replace

from secours.core.memory import Memory
from secours.core.statements import Words
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import Change
from secours.model.statements import Mark

V = TypeVar("V")
Names = Mapping[str, str]  # the new one, by the old one

NAMES_CHANNELS = ("line", "pin", "plan", "announced")  # before or after a change


@lru_cache(maxsize=8)
def renames(config: Config) -> Names:
    """Return which channels of a plan had another name before."""
    channels = config.channels.values()
    return {each.was: each.name for each in channels if each.was is not None}


def renamed(names: Names, memory: Memory) -> Memory:
    """Return what is remembered, under the new names."""
    if not names:
        return memory
    ids = {id_: probe_id(names, id_) for id_ in {*memory.probes, *memory.awaited}}
    nodes = _nodes(names)
    return replace(
        memory,
        probes=_keys(ids, memory.probes),
        awaited=_all(ids, memory.awaited),
        channels=_keys(names, memory.channels),
        risks=_keys(names, memory.risks),
        recovered=_keys(names, memory.recovered),
        reprieved=_all(names, memory.reprieved),
        faulty=_all(names, memory.faulty),
        watched=_all(names, memory.watched),
        doubts=_keys(nodes, memory.doubts),
        contradictions=frozenset(
            (component, names.get(channel, channel))
            for component, channel in memory.contradictions
        ),
        lines={
            line: replace(
                held,
                channel=names.get(held.channel or "", held.channel),
                entangled=_keys(names, held.entangled),
            )
            for line, held in memory.lines.items()
        },
        words=_words(names, memory.words),
        changes=tuple(change(names, each) for each in memory.changes),
    )


def probe_id(names: Names, id_: str) -> str:
    """Return the id of a probe, under the new name of its channel."""
    section, _, rest = id_.partition("/")
    owner, _, name = rest.partition("/")
    if section != "channels" or owner not in names:
        return id_
    return f"{section}/{names[owner]}/{name}"


def change(names: Names, one: Change) -> Change:
    """Return a change of the journal, under the new names."""
    if not names:
        return one
    known = {**names, **_nodes(names)}
    one = replace(one, name=known.get(one.name, one.name))
    if one.subject not in NAMES_CHANNELS:
        return one
    before, after = one.before, one.after
    return replace(one, before=names.get(before, before), after=names.get(after, after))


def _words(names: Names, words: Words) -> Words:
    nodes = _nodes(names)

    def new(name: str) -> str:
        return nodes.get(name) or names.get(name, name)

    def marks(known: Mapping[str, Mark]) -> dict[str, Mark]:
        return {
            name: replace(mark, subject=name)
            for name, mark in _keys(nodes, known).items()
        }

    return replace(
        words,
        marks=marks(words.marks),
        beneath=marks(words.beneath),
        distrusts=marks(words.distrusts),
        beside=marks(words.beside),
        lapsed=marks(words.lapsed),
        displaced=marks(words.displaced),
        pins={
            line: replace(pin, channel=new(pin.channel))
            for line, pin in words.pins.items()
        },
        trials={
            name: replace(trial, channel=name)
            for name, trial in _keys(names, words.trials).items()
        },
        former_trials={
            name: trial and replace(trial, channel=name)
            for name, trial in _keys(names, words.former_trials).items()
        },
        exercise=words.exercise
        and replace(words.exercise, fails=tuple(map(new, words.exercise.fails))),
        announced=tuple(
            replace(each, channel=new(each.channel), on=tuple(map(new, each.on)))
            for each in words.announced
        ),
    )


def _nodes(names: Names) -> Names:
    return {channel_node(old): channel_node(new) for old, new in names.items()}


def _keys(names: Names, table: Mapping[str, V]) -> dict[str, V]:
    moved = {names.get(key, key): value for key, value in table.items()}
    return {**moved, **{key: table[key] for key in moved if key in table}}


def _all(names: Names, several: Iterable[str]) -> frozenset[str]:
    return frozenset(names.get(each, each) for each in several)
