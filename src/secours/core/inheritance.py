"""Words that a standby takes over from the first."""

from collections.abc import Iterator

from msgspec.structs import replace

from secours.core.events import Replanned
from secours.core.memory import Memory
from secours.core.renaming import renames
from secours.core.statements import journal_entry, words_in_force
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import Change, Snapshot, State
from secours.model.statements import Declared, Exercise, Mark, Pin, Trial, Watch

HoldingWord = Mark | Pin | Exercise | Trial | Watch
Said = tuple[str, str, str]
"""Kind of a word, its subject, and what it says."""


def closed(config: Config, words: Words, shot: Snapshot) -> Words:
    """Return the words of the first, restated for the plan in force here.

    What the snapshot of the first sets aside is set aside here too, though this plan
    may not know its needs.
    """
    here = step(config, Memory(words=_known(words, shot)), Replanned(at=shot.at))
    here_aside = {
        name for name, each in here.channels.items() if each.aside is Reason.SET_ASIDE
    }
    now = renames(config)
    distrusts = dict(words.distrusts)
    for view in shot.channels:
        name = now.get(view.name, view.name)
        if name not in config.channels or name in here_aside:
            continue
        if view.standing.aside is Reason.SET_ASIDE:
            node, by = channel_node(name), view.standing.declared_by or ""
            distrusts[node] = Mark(
                subject=node, says=Declared.DISTRUSTED, by=by, at=shot.at
            )
    return replace(words, distrusts=distrusts)


def _known(words: Words, shot: Snapshot) -> Words:
    """Return the words, with a mark on all that is down at the first."""
    down = {
        view.name: Mark(subject=view.name, says=Declared.DOWN, by="", at=shot.at)
        for view in shot.components
        if view.standing.state is State.DOWN and view.name not in words.marks
    }
    return replace(words, marks={**words.marks, **down})


def changes(words: Words, first: str, at: Instant) -> tuple[Change, ...]:
    """Return a journal entry for each word taken over, naming the first."""
    said = (journal_entry.said(word, Words(), at) for word in _dated(words))
    return tuple(replace(each, facts={**each.facts, "from": first}) for each in said)


def beyond(here: Words, there: Words) -> tuple[Said, ...]:
    """Return the words here that are missing there."""
    known = set(_said(there))
    return tuple(each for each in _said(here) if each not in known)


def in_force(words: Words) -> Iterator[HoldingWord]:
    """Yield the words in force."""
    yield from words_in_force.all_marks(words)
    yield from words.pins.values()
    if words.exercise:
        yield words.exercise
    yield from words.trials.values()
    if words.watch:
        yield words.watch


def _dated(words: Words) -> Iterator[HoldingWord]:
    """Yield the words in force with their beginning."""
    for word in in_force(words):
        if isinstance(word, Mark | Watch):
            yield replace(word, since=word.began)
        else:
            yield word


def _said(words: Words) -> Iterator[Said]:
    for word in in_force(words):
        kind, name, _, says = journal_entry.outline(word, Words())
        yield kind, word.by if isinstance(word, Watch) else name, says
