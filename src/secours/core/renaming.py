"""Edits of the plan: memory continues, and distrusts stay.

A renamed channel or component is the same; a memory under its new name outweighs one
under the old. No edit ends a distrust: it stands also under the former name, where a
plan has that again, and each channel it set aside stays so, by a distrust of its own,
until a person clears one or the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from secours.core.graph.derived import derived
from secours.core.memory import Memory
from secours.core.recommend import set_aside
from secours.core.statements.words_in_force import Words, every_mark, placed
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import Change
from secours.model.statements import Declared, Mark

V = TypeVar("V")
Names = Mapping[str, str]  # the new one, by the old one

NAMES_CHANNELS = ("line", "pin", "plan", "announced")  # before or after a change


@derived
def renames(config: Config) -> Names:
    """Return which channels and components of a plan had another name before."""
    owners = config.owners.values()
    return {each.was: each.name for each in owners if each.was is not None}


def renamed(names: Names, memory: Memory) -> Memory:
    """Return the memory, under the new names."""
    if not names:
        return memory
    ids = {id_: probe_id(names, id_) for id_ in {*memory.probes, *memory.awaited}}
    nodes = _nodes(names)
    return replace(
        memory,
        probes=_keys(ids, memory.probes),
        awaited=_all(ids, memory.awaited),
        channels=_keys(names, memory.channels),
        components=_keys(names, memory.components),
        batteries=_keys(nodes, memory.batteries),
        risks=_keys(names, memory.risks),
        recovered=_keys(names, memory.recovered),
        reprieved=_all(names, memory.reprieved),
        faulty=_all(names, memory.faulty),
        watched=_all(names, memory.watched),
        doubts=_keys(nodes, memory.doubts),
        contradictions=frozenset(
            (names.get(component, component), names.get(channel, channel))
            for component, channel in memory.contradictions
        ),
        lines={
            line: replace(
                use,
                channel=names.get(use.channel or "", use.channel),
                entangled={
                    name: replace(
                        shared,
                        at_once=tuple(names.get(n, n) for n in shared.at_once),
                        later=tuple(names.get(n, n) for n in shared.later),
                    )
                    for name, shared in _keys(names, use.entangled).items()
                },
            )
            for line, use in memory.lines.items()
        },
        words=_words(names, memory.words),
        changes=tuple(change(names, each) for each in memory.changes),
    )


def probe_id(names: Names, id_: str) -> str:
    """Return the id of a probe, under the new name of its owner."""
    section, _, rest = id_.partition("/")
    owner, _, name = rest.partition("/")
    if section == "paths" or owner not in names:
        return id_
    return f"{section}/{names[owner]}/{name}"


def change(names: Names, one: Change) -> Change:
    """Return a change of the journal, under the new names."""
    if not names:
        return one
    known = _nodes(names)
    one = replace(one, name=known.get(one.name, one.name))
    if one.subject not in NAMES_CHANNELS:
        return one
    before, after = one.before, one.after
    return replace(one, before=names.get(before, before), after=names.get(after, after))


def _words(names: Names, words: Words) -> Words:
    nodes = _nodes(names)

    def new(name: str) -> str:
        return nodes.get(name, name)

    def marks(known: Mapping[str, Mark]) -> dict[str, Mark]:
        return _named(_keys(nodes, known), nodes)

    return replace(
        words,
        **placed(_marks(words, nodes)),
        lapsed=marks(words.lapsed),
        lapsed_before={
            name: tuple(replace(each, subject=name) for each in kept)
            for name, kept in _keys(nodes, words.lapsed_before).items()
        },
        displaced=marks(words.displaced),
        held={new(n): tuple(map(new, by)) for n, by in words.held.items()},
        former={old: new(name) for old, name in words.former.items()},
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
        earlier_trials={
            name: tuple(trial and replace(trial, channel=name) for trial in earlier)
            for name, earlier in _keys(names, words.earlier_trials).items()
        },
        exercise=words.exercise
        and replace(words.exercise, fails=tuple(map(new, words.exercise.fails))),
        announced=tuple(
            replace(each, channel=new(each.channel), on=tuple(map(new, each.on)))
            for each in words.announced
        ),
    )


def _marks(words: Words, nodes: Names) -> Iterator[Mark]:
    """Yield every mark under the new names, of each author apart."""
    known = {_key(mark, mark.subject) for mark in every_mark(words)}
    for mark in every_mark(words):
        name = nodes.get(mark.subject, mark.subject)
        if name == mark.subject or _key(mark, name) not in known:
            yield from _named({name: mark}, nodes).values()


def _key(mark: Mark, subject: str) -> tuple[str, bool, bool]:
    """Return the key of a mark: subject, kind and author."""
    return subject, mark.says is Declared.DISTRUSTED, bool(mark.author)


def held(config: Config, words: Words) -> dict[str, tuple[str, ...]]:
    """Return the channels set aside by distrusted components, with these.

    They go by the plan; channels absent from it by the latest plan that had them.
    """
    distrusts = words.distrusts
    absent = {
        node: still
        for node, by in words.held.items()
        if node not in config.owners
        and (still := tuple(each for each in by if each in distrusts))
    }
    return {**absent, **_needing(config, distrusts)}


def edited(config: Config, words: Words) -> Words:
    """Return people's words as they stand under a plan."""
    return still_distrusted(config, _words(renames(config), words))[0]


def still_distrusted(config: Config, words: Words) -> tuple[Words, tuple[Mark, ...]]:
    """Return the words under a plan, and distrusts kept that its edit would have ended.

    Each of these is of one channel. It ends with the distrusts for which it stands,
    where the plan says again that the channel needs these, or when a person takes it
    back.
    """
    words = _under_former_names(config, words)
    distrusts = dict(words.distrusts)
    needing = _needing(config, distrusts)
    marks: list[Mark] = []
    for node in sorted(config.owners.keys() & (words.held.keys() | distrusts.keys())):
        own = distrusts.get(node)
        if own is not None and not own.held_for:
            continue
        roots = {*words.held.get(node, ()), *(own.held_for if own else ())}
        lost = roots & distrusts.keys() - {*needing.get(node, ())}
        if not lost:
            distrusts.pop(node, None)
            continue
        of = own or distrusts[min(lost)]
        mark = replace(of, subject=node, said_of="", held_for=tuple(sorted(lost)))
        if own is None:
            marks.append(mark)
        distrusts[node] = mark
    words = replace(words, distrusts=distrusts)
    return replace(words, **placed(every_mark(words))), tuple(marks)


def _needing(
    config: Config, distrusts: Mapping[str, Mark]
) -> Mapping[str, tuple[str, ...]]:
    roots = distrusts.keys() & config.components.keys()
    return set_aside.held(config, frozenset(roots))


def _under_former_names(config: Config, words: Words) -> Words:
    """Apply a distrust also to a former name that the plan has again.

    Where it lacks the newer name, the edit that gave it was undone.
    """
    owners = config.owners
    fresh = {
        channel_node(one.was) if node != one.name else one.was: node
        for node, one in owners.items()
        if one.was is not None
    }
    former = {**words.former, **fresh}
    again = {old: new for old, new in former.items() if old in owners}
    back = {new: old for old, new in again.items() if new not in owners}
    former = {o: back.get(n, n) for o, n in former.items() if o not in owners} | back
    if not again:
        return replace(words, former=former)

    def under(table: Mapping[str, V]) -> dict[str, V]:
        copied = {old: table[new] for old, new in again.items() if new in table}
        both = {**copied, **table}
        return {name: value for name, value in both.items() if name not in back}

    return replace(
        words,
        former=former,
        distrusts=_named(under(words.distrusts), back),
        beside=_named(under(words.beside), back),
        held={
            node: tuple(back.get(each, each) for each in by)
            for node, by in under(words.held).items()
        },
    )


def _named(marks: Mapping[str, Mark], nodes: Names) -> dict[str, Mark]:
    return {
        name: replace(
            mark,
            subject=name,
            said_of=mark.said_of or (mark.subject if mark.subject != name else ""),
            held_for=tuple(nodes.get(each, each) for each in mark.held_for),
        )
        for name, mark in marks.items()
    }


def _nodes(names: Names) -> Names:
    channels = {channel_node(old): channel_node(new) for old, new in names.items()}
    return {**names, **channels}


def _keys(names: Names, table: Mapping[str, V]) -> dict[str, V]:
    moved = {names.get(key, key): value for key, value in table.items()}
    return {**moved, **{key: table[key] for key in moved if key in table}}


def _all(names: Names, several: Iterable[str]) -> frozenset[str]:
    return frozenset(names.get(each, each) for each in several)
