"""What is remembered of a channel goes on under its new name."""

from datetime import UTC, datetime

from msgspec.structs import replace

from secours.core.graph.independence import PastOverlap
from secours.core.memory import EMPTY, LineUse
from secours.core.probing.health import Health
from secours.core.renaming import change, renamed
from secours.core.statements.words_in_force import Words
from secours.model.observed import Instant
from secours.model.snapshot import Change, Standing, State
from secours.model.statements import Announced, Declared, Exercise, Mark, Pin, Trial

AT = Instant(datetime(2026, 11, 24, tzinfo=UTC), 1000.0)
NAMES = {"pager": "siren"}
UP = Standing(state=State.AVAILABLE)


def mark(subject: str, says: Declared, of: str = "") -> Mark:
    return Mark(subject=subject, says=says, by="Ana", at=AT, said_of=of)


def changed(subject: str, name: str, before: str, after: str) -> Change:
    return Change(at=AT, subject=subject, name=name, before=before, after=after)


def remembered(name: str, of: str = "") -> Words:
    """Return all that people can say, of a channel of this name; then of another."""
    node = f"channel:{name}"
    return Words(
        marks={
            node: mark(node, Declared.UP, of),
            "power:grid": mark("power:grid", Declared.UP),
        },
        distrusts={node: mark(node, Declared.DISTRUSTED, of)},
        pins={"alert/staff": Pin(line="alert/staff", channel=name, by="Ana", at=AT)},
        lapsed={node: mark(node, Declared.DOWN, of)},
        displaced={node: mark(node, Declared.DOWN, of)},
        former_trials={name: Trial(channel=name, worked=False, by="Eve", at=AT)},
        earlier_trials={
            name: (None, Trial(channel=name, worked=True, by="Bob", at=AT))
        },
        trials={name: Trial(channel=name, worked=True, by="Ana", at=AT)},
        exercise=Exercise(fails=(node, "power:grid"), by="Ana", at=AT),
        announced=(
            Announced(line="a/b", channel=name, on=(name, "room"), by="A", at=AT),
        ),
    )


def test_what_people_said_is_of_the_new_name() -> None:
    memory = renamed(NAMES, replace(EMPTY, words=remembered("pager")))

    assert memory.words == remembered("siren", of="channel:pager")


def test_what_was_measured_and_decided_is_of_the_new_name() -> None:
    before = replace(
        EMPTY,
        probes={"channels/pager/tcp": Health(), "components/site:pager/tcp": Health()},
        channels={"pager": UP, "room": UP},
        lines={
            "a/b": LineUse(channel="pager", since=AT),
            "a/c": LineUse(channel=None, since=AT),
        },
        recovered={"pager": AT},
        faulty=frozenset({"pager", "room"}),
        doubts={"channel:pager": AT},
        awaited=frozenset({"channels/pager/tcp"}),
        changes=(changed("line", "a/b", "room", "pager"),),
    )

    memory = renamed(NAMES, before)

    assert set(memory.probes) == {"channels/siren/tcp", "components/site:pager/tcp"}
    assert set(memory.channels) == {"siren", "room"}
    assert [held.channel for held in memory.lines.values()] == ["siren", None]
    assert memory.recovered == {"siren": AT}
    assert memory.faulty == {"siren", "room"}
    assert memory.doubts == {"channel:siren": AT}
    assert memory.awaited == {"channels/siren/tcp"}
    assert memory.changes == (changed("line", "a/b", "room", "siren"),)


def test_what_two_channels_shared_until_lately_is_of_the_new_name() -> None:
    """The other one, and the components; else a backup would share what is no more."""
    shared = PastOverlap(at_once=("site:it",), later=("power:ups",), ended=AT)
    kept = LineUse(channel="room", since=AT, entangled={"pager": shared})
    names = {**NAMES, "site:it": "site:hall", "power:ups": "power:feed"}

    memory = renamed(names, replace(EMPTY, lines={"a/b": kept}))

    again = replace(shared, at_once=("site:hall",), later=("power:feed",))
    assert memory.lines["a/b"].entangled == {"siren": again}


def test_what_is_of_the_new_name_already_holds() -> None:
    new, old = replace(UP, declared_by="new"), replace(UP, declared_by="old")

    memory = renamed(NAMES, replace(EMPTY, channels={"siren": new, "pager": old}))

    assert memory.channels == {"siren": new}


def test_state_that_is_called_like_a_channel_stays_a_state() -> None:
    names = {"down": "siren"}

    assert change(names, changed("channel", "down", "available", "down")) == changed(
        "channel", "siren", "available", "down"
    )
    assert change(names, changed("line", "a/b", "down", "room")).before == "siren"


def test_once_renamed_nothing_more_happens() -> None:
    once = renamed(NAMES, replace(EMPTY, words=remembered("pager")))

    assert renamed(NAMES, once) == once
