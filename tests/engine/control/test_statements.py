import asyncio
import errno
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from plans import START, channel, component, fold, line, moment, plan, result
from refusals import refusing
from refusals import said as refusal_said
from requested import requested

from secours.core.events import Said
from secours.core.memory import EMPTY
from secours.core.snapshot import take
from secours.core.statements.words_in_force import Words
from secours.engine import clock
from secours.engine.control import requests, statements
from secours.engine.control.handlers import Answers
from secours.engine.control.requests import RequestRefused
from secours.engine.engine import Engine
from secours.engine.published import snapshot_file
from secours.engine.store import saved_memory
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Reason
from secours.model.sections.line import Purpose
from secours.model.sections.site import Site
from secours.model.statements import (
    Announced,
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Watch,
    WatchAction,
    Withdrawn,
    Word,
)

TOWN = replace(
    plan(
        component("identity:ad"),
        component("power:grid"),
        channel("teams", "identity:ad", probes=()),
        channel("sms", "power:grid", probes=()),
        channel("radio", probes=()),
        line("teams", "sms", audience="staff"),
        line("teams", "radio", audience="management"),
        line("sms", "radio", audience="management", purpose=Purpose.ALERT),
    ),
    site=Site(timezone="Europe/Brussels"),
)
NOW = moment(0)  # midnight in UTC, one o'clock in Brussels


def said(kind: str, words: Words | None = None, **asked: Any) -> Word:
    request = requested({"do": kind, "by": "Ana", **asked})
    return statements.word(request, TOWN, words or Words(), NOW)


def later(hours: float) -> datetime:
    return START + timedelta(hours=hours)


# ------------------------------------------------------------------ what is understood


def test_a_mark_holds_for_12_hours_unless_told() -> None:
    assert said("mark", subject="identity:ad", says="down", why="seen\n") == Mark(
        subject="identity:ad",
        says=Declared.DOWN,
        by="Ana",
        why="seen",
        at=NOW,
        until=later(12),
    )


@pytest.mark.parametrize("name", ["teams", "channel:teams"])
def test_a_channel_is_marked_by_its_name(name: str) -> None:
    heard = said("mark", subject=name, says="maintenance", for_s=3600)

    assert isinstance(heard, Mark)
    assert (heard.subject, heard.until) == ("channel:teams", later(1))


@pytest.mark.parametrize(
    ("until", "hours"),
    [
        ("2026-01-01T03:00:00+00:00", 3),
        ("2026-01-01T03:00:00Z", 3),
        ("2026-01-01T03:00", 2),  # on the clock of the site
        ("03:30", 2.5),
        ("03:30Z", 3.5),
        ("0330Z", 3.5),
        ("23:30Z", 23.5),
        ("01:00+02", 23),
        ("01:00+02:00", 23),
        ("03:30:00Z", 3.5),
        ("20260102", 23),  # a date, and no time of day
        ("00:30", 23.5),  # the next one
        ("01:00", 24),
    ],
)
def test_an_end_without_a_zone_is_on_the_clock_of_the_site(
    until: str, hours: float
) -> None:
    heard = said("mark", subject="teams", says="up", until=until)

    assert isinstance(heard, Mark)
    assert heard.until == later(hours)


@pytest.mark.parametrize(
    ("since", "hours"),
    [
        ("2025-12-31T21:00:00+00:00", -3),
        ("2025-12-31T22:00", -3),  # on the clock of the site
        ("00:30", -0.5),
        ("01:00", 0),
        ("01:30", -23.5),  # the last one
        ("23:30Z", -0.5),
        ("2025-12-25T01:00", -168),
    ],
)
def test_what_is_down_fell_when_that_is_said_to_have_been(
    since: str, hours: float
) -> None:
    heard = said("mark", subject="power:grid", says="down", since=since)

    assert isinstance(heard, Mark)
    assert heard.since == heard.began == moment(hours * 3600)
    assert (heard.at, heard.until) == (NOW, later(12))


def test_an_answer_has_the_moment_that_was_said() -> None:
    told = said("mark", subject="power:grid", says="down", since="00:30")
    shot = take(TOWN, fold(TOWN), at=NOW, boot_id="boot", started=NOW)

    answer = statements.answer(told, shot, "en")
    plain = statements.answer(said("mark", subject="teams", says="down"), shot, "en")

    assert answer["since"] == "2025-12-31T23:30:00+00:00"
    assert plain["since"] is None


BATTERIES = plan(
    component("power:grid"),
    component("power:own"),
    component("carrier:a", "power:grid", autonomy_s=3600.0),
    channel("mail", "power:grid"),
    channel("sms", "carrier:a"),
    channel("chat", ["power:grid", "power:own"]),
    channel("radio"),
)


def named_in(reach: dict[str, Any]) -> dict[str, list[str]]:
    return {key: [each["channel"] for each in found] for key, found in reach.items()}


@pytest.mark.parametrize("says", ["distrusted", "maintenance"])
def test_answer_names_what_is_set_aside_and_what_is_not(says: str) -> None:
    word = Mark(subject="power:grid", says=Declared(says), by="Ana", at=NOW)
    memory = fold(BATTERIES, Said(word=word, at=NOW))
    shot = take(BATTERIES, memory, at=NOW, boot_id="boot", started=NOW)

    reach = statements.reach(word, BATTERIES, shot, "en")

    assert named_in(reach) == {"aside": ["mail"], "battery": ["sms"], "way": ["chat"]}
    assert reach["aside"] == [{"channel": "mail", "label": "Mail"}]


@pytest.mark.parametrize(
    "word",
    [
        Mark(subject="power:grid", says=Declared.DOWN, by="Ana", at=NOW),
        Mark(subject="channel:mail", says=Declared.DISTRUSTED, by="Ana", at=NOW),
        Withdrawn(kind="mark", subject="power:grid", by="Ana"),
    ],
)
def test_answer_to_other_words_names_no_channels(word: Word) -> None:
    shot = take(BATTERIES, fold(BATTERIES), at=NOW, boot_id="boot", started=NOW)

    assert statements.reach(word, BATTERIES, shot, "en") == {}


@pytest.mark.parametrize(
    ("name", "worked", "named"),
    [
        ("mail", False, {"works": ["mail"]}),
        ("mail", True, {}),
        ("radio", False, {}),
    ],
)
def test_answer_to_a_failed_test_names_the_channel_that_counts_as_working(
    name: str, worked: bool, named: dict[str, list[str]]
) -> None:
    town = plan(channel("mail"), channel("radio", probes=()))
    word = Trial(channel=name, worked=worked, by="Ana", at=NOW)
    memory = fold(town, result("mail", "o", 0.0), Said(word=word, at=NOW))
    shot = take(town, memory, at=NOW, boot_id="boot", started=NOW)

    assert named_in(statements.reach(word, town, shot, "en")) == named


def test_answer_to_a_failed_test_of_what_is_declared_up_speaks_of_no_tests() -> None:
    town = plan(channel("radio", probes=()))
    up = Mark(subject="channel:radio", says=Declared.UP, by="Ana", at=NOW)
    word = Trial(channel="radio", worked=False, by="Ben", at=NOW)
    memory = fold(town, Said(word=up, at=NOW), Said(word=word, at=NOW))
    shot = take(town, memory, at=NOW, boot_id="boot", started=NOW)

    reach = statements.reach(word, town, shot, "en")

    assert named_in(reach) == {"declared": ["radio"]}


def test_channel_that_needs_what_is_distrusted_is_not_taken_back_alone() -> None:
    with refusing(
        "'channel:teams' is set aside as it needs identity:ad", RequestRefused
    ):
        said("unmark", Words(held={"channel:teams": ("identity:ad",)}), subject="teams")


@pytest.mark.parametrize(
    "named",
    [
        {"line": "alert/management"},
        {"line": "alert"},
        {"purpose": "alert"},
        {"purpose": "alert", "audience": "management"},
    ],
)
def test_a_line_is_named_by_its_purpose_where_there_is_only_one(
    named: dict[str, Any],
) -> None:
    heard = said("pin", channel="radio", **named)

    assert heard == Pin(
        line="alert/management", channel="radio", by="Ana", at=NOW, until=later(12)
    )


def test_a_logged_test_has_its_author_and_remark() -> None:
    heard = said("test", channel="radio", worked=True, remark="loud\x07 and clear")

    assert heard == Trial(
        channel="radio", worked=True, by="Ana", remark="loud and clear", at=NOW
    )


def test_the_latest_test_is_taken_back_where_the_one_before_is_known() -> None:
    """A plan that lost the channel is no reason to let a wrong test count."""
    trial = Trial(channel="radio", worked=True, by="Eve", at=NOW)
    gone = replace(trial, channel="gone")
    trials = {"radio": trial, "gone": gone}
    words = Words(trials=trials, former_trials=dict.fromkeys(trials))

    for name in trials:
        assert said("untest", words, channel=name) == Withdrawn(
            kind="test", subject=name, by="Ana"
        )
    with refusing("'radio' that is the latest now cannot", RequestRefused):
        said("untest", Words(trials=trials), channel="radio")


@pytest.mark.parametrize("name", ["Ana", "ANA"])
def test_who_takes_the_watch_again_has_it_since_the_first_time(name: str) -> None:
    first = said("watch", action="take", by="Ana", remark="night\n")
    assert isinstance(first, Watch)
    since = replace(first, at=moment(-60))

    again = said("watch", Words(watch=since), action="take", by=name)

    assert first == Watch(
        action=WatchAction.TAKEN, by="Ana", remark="night", before="", at=NOW
    )
    assert again == replace(first, by=name, remark="", since=moment(-60))


def test_the_watch_is_taken_from_who_had_it_or_handed_it_over() -> None:
    has = Watch(action=WatchAction.TAKEN, by="Eve", at=moment(-60))
    left = Watch(action=WatchAction.HANDED, by="Eve", to="Ana", at=moment(-60))
    own = replace(left, by="Ana")

    for known, before in ((has, "Eve"), (left, "Eve"), (own, ""), (None, "")):
        assert said("watch", Words(watch=known), action="take") == Watch(
            action=WatchAction.TAKEN, by="Ana", before=before, at=NOW
        )


def test_who_has_the_watch_hands_it_over() -> None:
    has = Watch(action=WatchAction.TAKEN, by="ana", at=moment(-60))

    assert said("watch", Words(watch=has), action="hand", to="Bob\x07") == Watch(
        action=WatchAction.HANDED, by="Ana", to="Bob", at=NOW
    )


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (None, "nobody has the watch"),
        (Watch(action=WatchAction.HANDED, by="Ana", at=NOW), "nobody has the watch"),
        (Watch(action=WatchAction.TAKEN, by="Eve", at=NOW), "Eve has the watch, not"),
    ],
    ids=["never-taken", "handed-over", "another's"],
)
def test_nobody_hands_over_what_they_have_not(known: Watch | None, reason: str) -> None:
    with refusing(reason, RequestRefused):
        said("watch", Words(watch=known), action="hand")


def test_an_exercise_plays_components_and_channels() -> None:
    heard = said(
        "exercise",
        action="start",
        fails=["power:grid", "teams", "channel:teams"],
        for_s=7200,
        why="yearly",
        notices=True,
    )

    assert heard == Exercise(
        fails=("power:grid", "channel:teams"),
        by="Ana",
        why="yearly",
        at=NOW,
        until=later(2),
        notices=True,
    )


def test_what_was_said_is_taken_back() -> None:
    mark = said("mark", subject="teams", says="down")
    pin = said("pin", channel="radio", line="alert")
    played = said("exercise", action="start", fails=["teams"], for_s=60)
    assert isinstance(mark, Mark)
    assert isinstance(pin, Pin)
    assert isinstance(played, Exercise)
    gone = replace(mark, subject="gone:from-the-plan")
    words = Words(
        marks={mark.subject: mark, gone.subject: gone},
        pins={pin.line: pin, "alert/gone": pin},
        exercise=played,
    )

    for name in ("teams", "channel:teams"):
        assert said("unmark", words, subject=name) == Withdrawn(
            kind="mark", subject="channel:teams", by="Ana"
        )
    for name in ("alert", "alert/management"):
        assert said("unpin", words, line=name) == Withdrawn(
            kind="pin", subject="alert/management", by="Ana"
        )
    assert said("exercise", words, action="stop") == Withdrawn(
        kind="exercise", by="Ana"
    )
    assert said("unmark", words, subject="gone:from-the-plan")
    assert said("unpin", words, line="alert/gone")


def test_one_of_two_marks_is_taken_back_by_what_it_says() -> None:
    down = said("mark", subject="teams", says="down")
    unsafe = said("mark", subject="teams", says="distrusted")
    assert isinstance(down, Mark)
    assert isinstance(unsafe, Mark)
    both = Words(marks={down.subject: down}, distrusts={unsafe.subject: unsafe})

    taken = said("unmark", both, subject="teams", says="distrusted")

    assert taken == Withdrawn(
        kind="mark", subject="channel:teams", says=Declared.DISTRUSTED, by="Ana"
    )
    with refusing("down and distrusted: say which", RequestRefused):
        said("unmark", both, subject="teams")


def test_it_is_noted_where_people_were_told_what_to_use() -> None:
    heard = said("announced", line="alert", channel="sms", on=["radio", "sms", "radio"])

    assert heard == Announced(
        line="alert/management",
        channel="sms",
        on=("radio", "sms"),
        by="Ana",
        at=NOW,
    )


def test_it_is_noted_that_people_were_told_of_no_usable_channel() -> None:
    by_messenger = said("announced", line="alert", channel="", on=[])
    by_radio = said("announced", line="alert", channel="", on=["radio"])

    assert isinstance(by_messenger, Announced)
    assert (by_messenger.channel, by_messenger.on) == ("", ())
    assert isinstance(by_radio, Announced)
    assert (by_radio.channel, by_radio.on) == ("", ("radio",))


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("kind", "asked", "reason"),
    [
        ("mark", {"subject": "identity:da", "says": "down"}, "mean 'identity:ad'?"),
        ("mark", {"subject": "team", "says": "down"}, "did you mean 'teams'?"),
        ("mark", {"subject": "teams", "says": "dwn"}, "did you mean 'down'?"),
        ("mark", {"subject": "teams", "says": "up", "by": " \x00"}, "--by NAME"),
        (
            "mark",
            {"subject": "teams", "says": "up", "until": "2025-12-31T23:59Z"},
            "is in the past",
        ),
        ("mark", {"subject": "teams", "says": "up", "until": "soon"}, "is no time"),
        (
            "mark",
            {"subject": "teams", "says": "up", "until": "9999-12-31T23:00-14:00"},
            "is no time",
        ),
        (
            "mark",
            {"subject": "teams", "says": "up", "until": "2999-01-01"},
            "more than 10 years",
        ),
        ("mark", {"subject": "teams", "says": "up", "for_s": 0}, "above 0"),
        ("mark", {"subject": "teams", "says": "up", "for_s": 1e300}, "above 0"),
        (
            "mark",
            {"subject": "teams", "says": "up", "for_s": 60, "until": "04:00"},
            "not both",
        ),
        (
            "mark",
            {"subject": "teams", "says": "down", "since": "2026-01-01T01:01"},
            "'2026-01-01T01:01' is yet to come",
        ),
        (
            "mark",
            {"subject": "teams", "says": "down", "since": "2025-12-25T00:59"},
            "more than 7 days ago",
        ),
        ("mark", {"subject": "teams", "says": "down", "since": "noon"}, "is no time"),
        (
            "mark",
            {"subject": "teams", "says": "up", "since": "00:30"},
            "of what is down only",
        ),
        ("unmark", {"subject": "teams"}, "'channel:teams' is not marked"),
        ("unmark", {"subject": "tems"}, "did you mean 'teams'?"),
        (
            "pin",
            {"line": "alert", "channel": "teams"},
            "'teams' is not in the line alert/management: one of: sms, radio",
        ),
        (
            "pin",
            {"line": "coordinate", "channel": "teams"},
            "which line of coordinate? one of: coordinate/staff, coordinate/management",
        ),
        (
            "pin",
            {"line": "alert/managment", "channel": "sms"},
            "did you mean 'alert/management'?",
        ),
        (
            "announced",
            {"line": "alert", "channel": "teams", "on": ["sms"]},
            "'teams' is not in the line alert/management: one of: sms, radio",
        ),
        (
            "announced",
            {"line": "alert", "channel": "sms", "on": ["pigeon"]},
            "no channel is called 'pigeon'",
        ),
        (
            "announced",
            {"line": "alert", "channel": "sms", "on": []},
            "on which channel",
        ),
        ("unpin", {"line": "alert"}, "nothing is pinned for alert/management"),
        ("test", {"channel": "radios", "worked": True}, "did you mean 'radio'?"),
        ("untest", {"channel": "radios"}, "did you mean 'radio'?"),
        ("untest", {"channel": "radio"}, "no test of 'radio' is logged"),
        ("watch", {"action": "give"}, "`take` or `hand`"),
        ("exercise", {"action": "start", "fails": ["teams"]}, "must have an end"),
        ("exercise", {"action": "start", "for_s": 60}, "at least one failure"),
        (
            "exercise",
            {"action": "start", "fails": ["teams"], "for_s": 86401},
            "at most 24 hours",
        ),
        (
            "exercise",
            {"action": "start", "fails": ["power:gird"], "for_s": 60},
            "did you mean 'power:grid'?",
        ),
        ("exercise", {"action": "stop"}, "no exercise"),
        ("exercise", {"action": "pause"}, "`start` or `stop`"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    kind: str, asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RequestRefused) as refusal:
        said(kind, **asked)

    assert reason in refusal_said(refusal.value)


# ------------------------------------------------------------------ through the engine


@asynccontextmanager
async def _engine(folder: Path, history: Path | None = None) -> AsyncIterator[Engine]:
    """Serve the requests of an engine that does not probe."""
    with closing(Store(history or folder, retry_s=0.05)) as store:
        memory = saved_memory.recall(folder, folder, clock.boot_id(), clock.now())
        engine = Engine(TOWN, memory, store, folder, clock.now)
        async with requests.serve(folder, Answers(engine, store, clock.now).table()):
            yield engine


async def _ask(folder: Path, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(requests.ask, folder, request)


async def test_a_word_is_on_disk_and_on_the_screens_when_it_is_answered(
    tmp_path: Path,
) -> None:
    asked = {"subject": "identity:ad", "says": "distrusted", "why": "leak"}
    async with _engine(tmp_path):
        answer = await _ask(tmp_path, do="mark", by="Ana\n", **asked)
        shot, _ = snapshot_file.read(tmp_path)
        with HistoryReader(tmp_path) as history:
            entries = [e for e in history.journal() if e.by == "Ana"]
            stored = msgspec.json.decode(
                history.kept(saved_memory.IN_STORE) or b"",
                type=saved_memory.SavedMemory,
            )

    assert (answer["ok"], answer["kept"]) == (True, "disk")
    assert answer["subject"] == "identity:ad"
    assert [r["use"] for r in answer["recommendations"]] == ["sms", "radio", "sms"]
    assert shot.marks[0].by == "Ana"
    assert shot.channel("teams").standing.aside is Reason.SET_ASIDE
    assert [(e.kind, e.text, e.change and e.change.after) for e in entries] == [
        ("change", "leak", "distrusted")
    ]
    assert "identity:ad" in stored.memory.words.distrusts


async def test_a_word_survives_a_restart(tmp_path: Path) -> None:
    async with _engine(tmp_path):
        await _ask(tmp_path, do="pin", by="Ana", line="alert", channel="radio")
    async with _engine(tmp_path):
        answer = await _ask(
            tmp_path, do="test", by="Bob", channel="teams", worked=False
        )

    assert answer["recommendations"][2] == {
        "purpose": "alert",
        "audience": "management",
        "title": "ALERT · management",
        "measuring": False,
        "use": "radio",
        "label": "Radio",
        "state": "unknown",
        "pinned": True,
        "unheard": False,
        "unpinned": "sms",
        "backup": "sms",
    }
    assert answer["recommendations"][0]["use"] == "sms"


async def test_a_word_survives_a_reboot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _engine(tmp_path):
        await _ask(tmp_path, do="mark", by="Ana", subject="teams", says="distrusted")
    (tmp_path / saved_memory.NAME).unlink()  # what is in memory goes with the power
    monkeypatch.setattr(clock, "boot_id", lambda: "another boot")
    async with _engine(tmp_path):
        answer = await _ask(tmp_path, do="test", by="Bob", channel="sms", worked=True)
        shot, _ = snapshot_file.read(tmp_path)

    assert [mark.by for mark in shot.marks] == ["Ana"]
    assert shot.channel("teams").standing.aside is Reason.SET_ASIDE
    assert answer["recommendations"][0]["use"] == "sms"


async def test_the_watch_survives_a_reboot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _engine(tmp_path):
        await _ask(tmp_path, do="watch", action="take", by="Ana")
    (tmp_path / saved_memory.NAME).unlink()
    (tmp_path / "history.sqlite3").write_bytes(b"spoilt")
    monkeypatch.setattr(clock, "boot_id", lambda: "another boot")
    async with _engine(tmp_path):
        answer = await _ask(tmp_path, do="watch", action="hand", by="Ana", to="Bob")
        shot, _ = snapshot_file.read(tmp_path)

    assert answer["kept"] == "disk"
    assert shot.watch is not None
    assert (shot.watch.by, shot.watch.to, shot.watch.holder) == ("Ana", "Bob", "")


async def test_while_the_disk_refuses_a_word_is_held_in_memory(tmp_path: Path) -> None:
    (tmp_path / "disk").write_text("no folder")
    async with _engine(tmp_path, tmp_path / "disk"):
        answer = await _ask(tmp_path, do="mark", by="Ana", subject="teams", says="down")
        shot, _ = snapshot_file.read(tmp_path)
        await _ask(tmp_path, do="unmark", by="Ana", subject="teams")
        cleared, _ = snapshot_file.read(tmp_path)

    assert (answer["ok"], answer["kept"]) == (True, "memory")
    assert shot.marks[0].subject == "channel:teams"
    assert "disk" in cleared.trouble
    assert cleared.marks == ()


def _until_there(file: Path) -> None:
    within_s = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < within_s
        time.sleep(0.01)


async def test_a_word_is_answered_when_its_file_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced, go = threading.Event(), threading.Event()

    def slow(_descriptor: int) -> None:
        forced.set()
        assert go.wait(20)

    async with _engine(tmp_path):
        monkeypatch.setattr(os, "fsync", slow)
        asked = asyncio.create_task(
            _ask(tmp_path, do="mark", by="Ana", subject="teams", says="down")
        )
        assert await asyncio.to_thread(forced.wait, 20)
        # It may have been a file of the start that was forced.
        await asyncio.to_thread(_until_there, tmp_path / snapshot_file.SNAPSHOT)
        shot, _ = snapshot_file.read(tmp_path)  # the screens have it
        early = asked.done() or (tmp_path / saved_memory.STATEMENTS).exists()
        go.set()
        answer = await asked
        stated = (tmp_path / saved_memory.STATEMENTS).read_bytes()

    assert not early
    assert shot.marks[0].subject == "channel:teams"
    assert answer["kept"] == "disk"
    assert b"channel:teams" in stated


async def test_a_word_whose_file_the_disk_refuses_is_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    async with _engine(tmp_path):
        monkeypatch.setattr(os, "fsync", full)
        answer = await _ask(tmp_path, do="mark", by="Ana", subject="teams", says="down")
        await _ask(tmp_path, do="unmark", by="Ana", subject="teams")
        shot, _ = snapshot_file.read(tmp_path)

    assert answer["kept"] == "memory"
    assert shot.trouble == ("disk",)


async def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    async with _engine(tmp_path) as engine:
        nameless = await _ask(tmp_path, do="mark", subject="teams", says="down")
        past = await _ask(
            tmp_path,
            do="mark",
            by="Ana",
            subject="teams",
            says="down",
            until=datetime(2000, 1, 1, tzinfo=UTC).isoformat(),
        )
        answer = await _ask(tmp_path, do="ping")

    assert "a word is signed" in nameless["error"]
    assert "is in the past" in past["error"]
    assert answer["ok"]
    assert engine.memory == EMPTY
