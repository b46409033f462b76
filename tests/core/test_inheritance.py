"""What was said at the first holds on at its standby."""

import pytest
from msgspec.structs import replace
from plans import channel, component, moment, plan

from secours.core import inheritance
from secours.core.events import Replanned
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.statements import new_word
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.model.statements import (
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    WatchAction,
    Word,
)

AT = moment(60)
SHARED = "site:0"
PARTS = (component(SHARED), component("site:1"))


def distrust(subject: str) -> Mark:
    return Mark(subject=subject, says=Declared.DISTRUSTED, by="Anna", at=AT)


def words(*said: Word) -> Words:
    heard = Words()
    for word in said:
        heard = new_word.hear(heard, word)
    return heard


def shot(config: Config, said: Words) -> Snapshot:
    memory = step(config, Memory(words=said), Replanned(at=AT))
    return take(config, memory, at=AT, boot_id="", started=AT)


def aside(config: Config, said: Words) -> set[str]:
    standings = step(config, Memory(words=said), Replanned(at=AT)).channels
    return {n for n, each in standings.items() if each.aside is Reason.SET_ASIDE}


def test_of_the_same_plan_the_words_are_the_same() -> None:
    config = plan(channel("a", SHARED), channel("b"), *PARTS)
    said = words(distrust(SHARED))

    assert inheritance.closed(config, said, shot(config, said)) == said


def test_a_plan_that_knows_no_need_sets_the_channel_itself_aside() -> None:
    first = plan(channel("a", SHARED), channel("b"), *PARTS)
    here = plan(channel("a"), channel("b"))
    said = words(distrust(SHARED))

    closed = inheritance.closed(here, said, shot(first, said))

    assert aside(here, said) == set()
    assert aside(here, closed) == {"a"}
    assert closed.distrusts[channel_node("a")].by == "Anna"


def test_a_channel_that_has_another_name_here_is_set_aside_under_that() -> None:
    first = plan(channel("old", SHARED), channel("b"), *PARTS)
    here = plan(replace(channel("new"), was="old"), channel("b"))
    said = words(distrust(SHARED))

    closed = inheritance.closed(here, said, shot(first, said))

    assert aside(here, closed) == {"new"}


def test_what_is_down_there_makes_no_distrust_that_outlives_it_here() -> None:
    config = plan(channel("a", [SHARED, "site:1"]), channel("b"), *PARTS)
    down = Mark(subject="site:1", says=Declared.DOWN, by="Anna", at=AT)
    said = words(distrust(SHARED))
    there = shot(config, new_word.hear(said, down))
    assert there.channel("a").standing.aside is Reason.SET_ASIDE

    closed = inheritance.closed(config, said, there)

    assert closed == said  # once the other way works, it is used again


ALL = (
    distrust(SHARED),
    Mark(subject="channel:a", says=Declared.DOWN, by="Anna", at=AT, why="dug up"),
    Pin(line="alert/staff", channel="b", by="Bert", at=AT),
    Exercise(fails=(SHARED,), by="Bert", at=AT),
    Trial(channel="b", worked=False, by="Cara", at=AT),
    Watch(action=WatchAction.TAKEN, by="Cara", at=AT),
)

NAMES = ("distrust", "down", "pin", "exercise", "test", "watch")


def test_the_journal_says_who_said_each_word_and_where() -> None:
    changes = inheritance.changes(words(*ALL), "first-1", moment(90))

    assert [c.subject for c in changes] == [
        *("mark", "mark", "pin", "exercise", "test", "watch"),
    ]
    assert {c.facts["by"] for c in changes} == {"Anna", "Bert", "Cara"}
    assert {c.facts["from"] for c in changes} == {"first-1"}
    assert {c.at for c in changes} == {moment(90)}
    assert changes[1].facts["since"] == AT.utc.isoformat()


@pytest.mark.parametrize(
    "lacks", range(len(ALL)), ids=[type(w).__name__ + str(n) for n, w in enumerate(ALL)]
)
def test_each_word_that_the_first_does_not_know_is_named(lacks: int) -> None:
    here = words(*ALL)
    there = words(*ALL[:lacks], *ALL[lacks + 1 :])

    assert inheritance.beyond(here, here) == ()
    assert len(inheritance.beyond(here, there)) == 1
    assert inheritance.beyond(there, here) == ()
