"""What the engine answers as `undo` gives back the words that were there before."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from engine.control.running_town import LINE, TOWN
from msgspec.structs import replace
from plans import channel, fold, line, moment, plan, tick
from requested import requested

from secours.core.events import Said
from secours.core.memory import EMPTY, Memory
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.engine import clock
from secours.engine.control import requests, statements, undo
from secours.engine.control.handlers import Answers
from secours.engine.engine import Engine
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.snapshot import State
from secours.model.statements import Exercise, Mark, Pin

Request = Mapping[str, Any]


def mark(says: str, **more: Any) -> Request:
    return {"do": "mark", "subject": "teams", "says": says, "why": "x", **more}


def unmark(**more: Any) -> Request:
    return {"do": "unmark", "subject": "teams", **more}


def pin(name: str) -> Request:
    return {"do": "pin", "line": LINE, "channel": name, "why": name, "for_s": 60.0}


def tried(*, worked: bool) -> Request:
    return {"do": "test", "channel": "radio", "worked": worked}


def play(*fails: str) -> Request:
    end = {"for_s": 600.0, "why": "x", "notices": True}
    return {"do": "exercise", "action": "start", "fails": [*fails], **end}


UNPIN = {"do": "unpin", "line": LINE}
STOP = {"do": "exercise", "action": "stop"}
CASES: Mapping[str, tuple[Request, ...]] = {
    "mark": (mark("down"),),
    "mark-over-another": (mark("maintenance", for_s=99.0), mark("down")),
    "mark-said-again": (mark("down", for_s=99.0), mark("down", for_s=600.0)),
    "mark-over-up": (mark("up"), mark("down")),
    "up-over-a-mark": (mark("down"), mark("up")),
    "distrust": (mark("down"), mark("distrusted")),
    "distrust-said-again": (mark("distrusted", for_s=99.0), mark("distrusted")),
    "old-mark": (mark("down", since="2025-12-26T00:00Z"), mark("up")),
    "unmark": (mark("maintenance"), unmark()),
    "unmark-up": (mark("up"), unmark()),
    "unmark-one-of-two": (
        mark("down"),
        mark("distrusted"),
        unmark(says="distrusted"),
    ),
    "pin": (pin("radio"),),
    "pin-over-another": (pin("teams"), pin("radio")),
    "unpin": (pin("radio"), UNPIN),
    "test": (tried(worked=True),),
    "test-after-another": (tried(worked=True), tried(worked=False)),
    "exercise": (play("power:grid"),),
    "exercise-over-another": (play("power:grid"), play("teams")),
    "exercise-stopped": (play("power:grid", "teams"), STOP),
}

PUT_RIGHT = ("up-over-a-mark", "old-mark", "unmark")


def heard(
    memory: Memory, asked: Request, now: Instant
) -> tuple[Memory, Request | None]:
    """Return the memory after a request, and what would undo it, as it comes back."""
    request = requested({"by": "Ana", **asked})
    word = statements.word(request, TOWN, memory.words, now)
    told = undo.request(word, memory.words, TOWN, now)
    memory = step(TOWN, memory, Said(word=word, at=now))
    return memory, msgspec.json.decode(msgspec.json.encode(told))


def near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < timedelta(seconds=1)


def same(one: Mark | Pin | Exercise, other: Mark | Pin | Exercise) -> bool:
    """Tell whether two words say the same until the same moment, whoever says so."""
    if isinstance(one, Mark) and isinstance(other, Mark):
        if abs(one.began.since(other.began)) > 1:
            return False
        other = replace(other, since=one.since)
    signed = {"by": one.by, "again_by": one.again_by}
    bare = replace(other, at=one.at, until=one.until, **signed)
    return bare == one and near(one.until, other.until)


def restored(words: Words, before: Words) -> bool:
    """Tell whether these are the former words again."""
    for now, then in (
        (words.marks, before.marks),
        (words.distrusts, before.distrusts),
        (words.pins, before.pins),
        ({"": words.exercise}, {"": before.exercise}),
    ):
        if now.keys() != then.keys():
            return False
        for key, word in now.items():
            was = then[key]
            if word is not was and not (word and was and same(word, was)):
                return False
    return (words.trials, words.lapsed) == (before.trials, before.lapsed)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("unproven", [False, True], ids=["", "after-a-mark-that-ended"])
def test_undo_gives_the_former_words_back(name: str, unproven: bool) -> None:
    *earlier, last = CASES[name]
    memory = fold(TOWN, tick(0))
    if unproven:
        memory, _ = heard(memory, mark("down", for_s=5.0), moment(1))
    memory = step(TOWN, memory, tick(10))
    for second, asked in enumerate(earlier, 20):
        memory, _ = heard(memory, asked, moment(second))
    before = step(TOWN, memory, tick(30))

    after, back = heard(before, last, moment(40))
    if unproven and name in PUT_RIGHT:
        assert back is None  # what an earlier mark left unproven would not come back
        return
    assert back is not None
    again, _ = heard(after, back, moment(50))

    assert bool(unproven and not earlier) <= bool(before.words.lapsed)
    assert not restored(after.words, before.words)
    assert restored(again.words, before.words)
    assert {n: s.state for n, s in again.channels.items()} == {
        n: s.state for n, s in before.channels.items()
    }


def test_restored_mark_ends_when_it_would_have_though_the_clock_was_set() -> None:
    memory, _ = heard(fold(TOWN, tick(0)), mark("maintenance", for_s=100.0), moment(1))
    memory, back = heard(memory, mark("down"), later := Instant(moment(4000).utc, 1010))
    assert back is not None

    again, _ = heard(memory, back, later)

    mark_again = again.words.marks["channel:teams"]
    assert mark_again.until == moment(4091).utc
    assert mark_again.began.steady_s == moment(1).steady_s


def test_what_a_restored_mark_fell_on_it_may_be_long_ago() -> None:
    """The limit is for what people remember, not for what was noted."""
    memory, _ = heard(fold(TOWN, tick(0)), mark("down"), moment(1))
    weeks_s = 14 * 86400.0
    memory = replace(memory, words=_without_end(memory.words))
    memory, back = heard(memory, mark("maintenance"), moment(weeks_s))
    assert back is not None

    again, _ = heard(memory, back, moment(weeks_s + 1))

    assert abs(again.words.marks["channel:teams"].began.since(moment(1))) < 1
    assert again.channels["teams"].state is State.DOWN


def test_nobody_restores_a_mark_from_before_any_calendar() -> None:
    """What no time zone can be told of could be drawn on no page."""
    memory = fold(TOWN, tick(0))

    for since in ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
        asked = mark("up", since=since, restored=True)
        with pytest.raises(requests.RequestRefused) as refused:
            heard(memory, asked, moment(1))
        assert refused.value.message.slug == "commands.asked.too-old"


def _without_end(words: Words) -> Words:
    marks = {name: replace(each, until=None) for name, each in words.marks.items()}
    return replace(words, marks=marks)


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "watch", "action": "take"},
        {"do": "announced", "channel": "radio", "on": ["radio"], "line": LINE},
        {"do": "untest", "channel": "radio"},
    ],
    ids=["watch", "announced", "untest"],
)
def test_what_nothing_can_undo_has_none(asked: Request) -> None:
    memory, _ = heard(fold(TOWN, tick(0)), tried(worked=True), moment(1))

    assert heard(memory, asked, moment(2))[1] is None


def test_distrust_that_held_a_channel_of_a_former_plan_is_not_said_again() -> None:
    distrust = mark("distrusted", subject="power:grid")
    memory, _ = heard(fold(TOWN, tick(0)), distrust, moment(1))
    own = memory.words.distrusts["power:grid"]
    held = replace(own, subject="channel:radio", held_for=(own.subject,))
    both = {**memory.words.distrusts, held.subject: held}
    memory = replace(memory, words=replace(memory.words, distrusts=both))

    after, undone = heard(memory, unmark(subject="power:grid"), moment(2))

    assert undone is None
    assert after.words.distrusts == {}


def test_nothing_says_again_what_the_plan_no_longer_has() -> None:
    memory, _ = heard(fold(TOWN, tick(0)), mark("down"), moment(1))
    memory, _ = heard(memory, pin("radio"), moment(2))
    memory, _ = heard(memory, play("teams"), moment(3))
    other = plan(channel("sms", probes=()), line("sms"))

    for asked in (unmark(), UNPIN, STOP):
        request = requested({"by": "Ana", **asked})
        word = statements.word(request, TOWN, memory.words, moment(4))
        assert undo.request(word, memory.words, TOWN, moment(4)) is not None
        assert undo.request(word, memory.words, other, moment(4)) is None


@pytest.mark.parametrize(
    ("first", "mistake"),
    [
        (mark("distrusted", for_s=10.0), unmark()),
        (mark("distrusted", for_s=10.0), mark("distrusted", for_s=600.0)),
        (mark("maintenance", for_s=30.0), unmark()),
        (mark("maintenance", for_s=30.0), mark("up")),
        (mark("up", for_s=30.0), mark("maintenance")),
    ],
    ids=[
        "distrust-withdrawn",
        "distrust-said-again",
        "withdrawn",
        "up-over-a-mark",
        "mark-over-up",
    ],
)
def test_what_reached_its_date_since_is_given_back_as_it_would_be(
    first: Request, mistake: Request
) -> None:
    said, _ = heard(fold(TOWN, tick(0)), first, moment(1))
    said = step(TOWN, said, tick(20))
    mistaken, back = heard(said, mistake, moment(25))
    assert back is not None

    again, _ = heard(mistaken, back, moment(50))

    without = step(TOWN, said, tick(50))
    assert again.words.marks == without.words.marks == {}
    assert again.words.lapsed.keys() == without.words.lapsed.keys()
    assert again.words.distrusts.keys() == without.words.distrusts.keys()
    now, then = again.channels["teams"], without.channels["teams"]
    assert (now.state, now.reason) == (then.state, then.reason)
    assert now.aside == then.aside


SINCE: Mapping[str, tuple[tuple[Request, ...], Request, Request]] = {
    "test": ((), tried(worked=True), tried(worked=False)),
    "mark-over-up": ((mark("up"),), mark("down"), mark("maintenance")),
    "mark": ((), mark("down"), mark("maintenance")),
    "same-mark": ((), mark("down"), mark("down")),
    "distrust": ((), mark("distrusted"), mark("distrusted")),
    "unmark": ((mark("up"),), unmark(), mark("down")),
    "pin": ((), pin("teams"), pin("radio")),
    "pin-over-another": ((pin("radio"),), pin("teams"), pin("teams")),
    "exercise": ((), play("power:grid"), play("teams")),
    "exercise-stopped": ((play("teams"),), STOP, play("power:grid")),
}
"""What was said before, what somebody wants to take back, and what was said since."""


@pytest.mark.parametrize("name", SINCE)
def test_what_was_said_since_is_not_taken_back(name: str) -> None:
    earlier, mistake, newer = SINCE[name]
    memory = fold(TOWN, tick(0))
    for second, asked in enumerate(earlier, 1):
        memory, _ = heard(memory, asked, moment(second))
    memory, back = heard(memory, mistake, moment(10))
    memory, _ = heard(memory, newer, moment(11))
    assert back is not None

    with pytest.raises(requests.RequestRefused) as refused:
        heard(memory, back, moment(12))

    assert refused.value.message.slug == "commands.asked.said-since"


@pytest.mark.parametrize("says", ["up", "maintenance"])
def test_what_ended_by_itself_does_not_hinder_what_held_before_it(says: str) -> None:
    memory, _ = heard(fold(TOWN, tick(0)), mark("down"), moment(1))
    memory, back = heard(memory, mark(says, for_s=10.0), moment(2))
    memory = step(TOWN, memory, tick(20))
    assert memory.words.marks == {}
    assert back is not None

    again, _ = heard(memory, back, moment(30))

    assert again.channels["teams"].state is State.DOWN


def test_what_was_said_of_something_else_since_hinders_nothing() -> None:
    memory, back = heard(fold(TOWN, tick(0)), mark("down"), moment(1))
    memory, _ = heard(memory, mark("distrusted"), moment(2))
    memory, _ = heard(memory, {**mark("down"), "subject": "radio"}, moment(3))
    assert back is not None

    again, _ = heard(memory, back, moment(4))

    assert [*again.words.marks] == ["channel:radio"]


def test_what_was_undone_is_not_undone_twice() -> None:
    memory, _ = heard(fold(TOWN, tick(0)), mark("up"), moment(1))
    memory, back = heard(memory, mark("down"), moment(2))
    assert back is not None
    memory, _ = heard(memory, back, moment(3))

    with pytest.raises(requests.RequestRefused):
        heard(memory, back, moment(4))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pin("teams"), {**pin("radio"), "for_s": 600.0}),
        ({**play("power:grid"), "for_s": 60.0}, play("teams")),
    ],
    ids=["pin", "exercise"],
)
def test_a_word_over_one_that_has_ended_since_is_taken_back(
    first: Request, second: Request
) -> None:
    memory, _ = heard(fold(TOWN, tick(0)), first, moment(1))
    memory, back = heard(memory, second, moment(30))
    memory = step(TOWN, memory, tick(100))
    assert back is not None

    memory, _ = heard(memory, back, moment(101))

    assert (memory.words.pins, memory.words.exercise) == ({}, None)


async def test_the_answer_has_what_would_undo_it(tmp_path: Path) -> None:
    async def ask(**request: Any) -> dict[str, Any]:
        return await asyncio.to_thread(requests.ask, tmp_path, request)

    with closing(Store(tmp_path, retry_s=0.05)) as store:
        engine = Engine(TOWN, EMPTY, store, tmp_path, clock.now)
        async with requests.serve(tmp_path, Answers(engine, store, clock.now).table()):
            first = await ask(do="pin", by="Ana", line=LINE, channel="teams")
            before = engine.memory.words
            second = await ask(do="pin", by="Bob", line=LINE, channel="radio")
            back = await ask(by="Cas", **second["undo"])
            watch = await ask(do="watch", action="take", by="Cas")

    assert first["undo"].items() >= {"do": "unpin", "line": LINE}.items()
    assert second["undo"]["channel"] == "teams"
    assert back["ok"]
    pin_again = engine.memory.words.pins[LINE]
    assert (pin_again.by, pin_again.again_by) == ("Ana", "Cas")
    assert restored(engine.memory.words, before)
    assert watch["undo"] is None
