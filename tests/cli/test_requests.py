"""What people say at a terminal, against a real engine."""

import json
import shutil
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from printed import checker
from servers.command import Command, Done, until
from servers.greeting import EXPECT, greeting

from secours.engine.published.snapshot_file import SNAPSHOT

PLAN = """
site: {{name: Room, language: en, timezone: UTC}}
probing: {{interval: 1s, timeout: 5s}}
screen: {{max_age: 8s}}
components:
  power:grid: {{label: Grid}}
  identity:ad: {{label: Active Directory, depends_on: [power:grid], autonomy: 4h}}
channels:
  teams:
    label: Teams
    purposes: [coordinate]
    depends_on: [identity:ad]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: '{expect}'}}]
  radio: {{label: Radio, purposes: [coordinate], depends_on: [], test: {{every: 7d}}}}
plan:
  - purpose: coordinate
    audience: management
    primary: teams
    alternate: radio
    last_resort: Meet in the room
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
async def engine(secours: Command) -> AsyncIterator[Process]:
    """Run an engine whose first channel works, and is found to."""
    with greeting() as port:
        secours.plan(PLAN.format(port=port, expect=EXPECT))
        async with secours.running("run") as process:
            await _until(secours, lambda use: use["verified"])
            yield process


async def _until(secours: Command, holds: Callable[[Any], bool]) -> None:
    """Wait until it holds of what the line of the plan uses."""

    def says_so(done: Done) -> bool:
        use = done.answer["recommendations"][0]["use"] if done.out else None
        return use is not None and holds(use)

    await until(secours, "recommend", "--format", "json", holds=says_so)


async def _recommended(secours: Command) -> tuple[Done, Any]:
    done = await secours.run("recommend", "--format", "json")
    checker("recommend").validate(done.answer)
    return done, done.answer["recommendations"][0]


@pytest.mark.smoke
async def test_what_is_distrusted_is_set_aside_until_it_is_cleared(
    secours: Command, engine: Process
) -> None:
    said = await secours.run(
        *("mark", "identity:ad", "distrusted", "--by", "Ana"),
        *("--for", "4h", "--why", "mail leak"),
    )
    _, aside = await _recommended(secours)
    cleared = await secours.run(*["mark", "identity:ad", "clear", "--by", "Bob"])
    again, back = await _recommended(secours)
    journal = await secours.run("journal")
    journal_fr = await secours.run("journal", "--lang", "fr")

    *firsts, reach, second = said.out.splitlines()
    first = " ".join(map(str.strip, firsts))
    assert (said.code, said.err) == (0, "")
    start, _, end = first.partition("; ")
    assert start == "noted: Active Directory set aside: no longer safe “mail leak”"
    assert end.startswith("this does not end by itself: it asks to be confirmed ")
    assert reach == "Set aside: Teams."
    assert second == "COORDINATE · management: use Radio."
    assert aside["use"]["channel"] == "radio"
    assert [(p["channel"], p["reason"]) for p in aside["passed_over"]] == [
        ("teams", "set-aside")
    ]
    assert "Ana" in aside["passed_over"][0]["detail"]
    assert cleared.code == 0
    assert (again.code, back["use"]["channel"]) == (0, "teams")
    assert "Ana  Active Directory set aside: no longer safe" in journal.out
    assert "mail leak" in journal.out
    assert "Ana  Active Directory à l\u2019écart : compromission" in journal_fr.out
    assert "secours  COORDONNER · direction : " in journal_fr.out
    assert "Bob  Active Directory: what was declared is withdrawn" in journal.out


async def test_undo_takes_back_the_last_word_and_says_what_it_was(
    secours: Command, engine: Process
) -> None:
    await secours.run("mark", "radio", "maintenance", "--by", "Ana")
    await secours.run(*["mark", "teams", "down", "--by", "Ana", "--why", "no login"])
    done = await secours.run("undo", "--by", "Bob")
    other = await secours.run("undo", "teams", "--by", "Bob")
    named = await secours.run("undo", "radio", "--by", "Bob")

    first, answer = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert first.startswith("noted: taken back: Teams declared down “no login” (Ana, ")
    assert answer == "COORDINATE · management: use Teams."
    assert other.code == 3
    assert "nothing was said of 'teams' that could be taken back" in other.err
    assert "Radio in maintenance (Ana, " in named.out


async def test_where_marks_may_be_lost_they_are_to_be_confirmed(
    secours: Command, engine: Process
) -> None:
    engine.kill()
    await engine.wait()
    state = secours.folder / "state"
    for name in ("history.sqlite3", "statements.json"):
        (state / name).write_bytes(b"spoilt " * 1000)
    for name in ("history.sqlite3-wal", "history.sqlite3-shm"):
        (state / name).unlink()
    shutil.rmtree(secours.folder / "run")
    async with secours.running("run"):
        await _until(secours, lambda use: use["state"] == "available")
        done, line = await _recommended(secours)
        texts = [(await secours.run(name)).out for name in ("recommend", "status")]
        unclear = await secours.run("mark", "teams", "--confirm", "--by", "Bob")
        said = await secours.run("mark", "--confirm", "--by", "Bob")
        sure, verified = await _recommended(secours)
        none = await secours.run("mark", "--by", "Bob")

    assert (done.code, done.answer["words_lost"]) == (1, True)
    assert not line["use"]["verified"]
    assert all("What people declared may be lost: see Act" in text for text in texts)
    assert (unclear.code, unclear.out) == (3, "")
    assert said.out.startswith("noted: declarations confirmed")
    assert (sure.code, verified["use"]["verified"]) == (0, True)
    assert "words_lost" not in sure.answer
    assert (none.code, none.out) == (3, "")


async def test_a_pinned_channel_is_used_and_the_other_answer_is_beside_it(
    secours: Command, engine: Process
) -> None:
    said = await secours.run(*["pin", "coordinate", "radio", "--by", "Ana"])
    await secours.run("test", "radio", "failed", "--by", "Ana", "--remark", "silence")
    done, line = await _recommended(secours)
    text = await secours.run("recommend")
    await secours.run(*["pin", "coordinate/management", "--clear", "--by", "Ana"])
    _, back = await _recommended(secours)

    assert said.out.splitlines()[1] == "COORDINATE · management: use Radio · PINNED."
    assert done.code == 1
    assert (line["use"]["channel"], line["use"]["pinned"]) == ("radio", True)
    assert line["use"]["state"] == "down"
    assert line["unpinned"]["channel"] == "teams"
    assert "PINNED BUT DOWN" in text.out
    assert "Teams" in text.out
    assert back["use"]["channel"] == "teams"


async def test_a_test_by_people_proves_a_channel_that_nothing_probes(
    secours: Command, engine: Process
) -> None:
    said = await secours.run(*["test", "radio", "ok", "--by", "Ana"])
    done = await secours.run("status", "--format", "json")

    radio = next(c for c in done.answer["channels"] if c["channel"] == "radio")
    assert said.out.startswith("noted: Radio tried: it works\n")
    assert (radio["state"], radio["evidence"]) == ("available", "exercised")


async def test_a_test_is_taken_back_and_the_one_before_it_holds_again(
    secours: Command, engine: Process
) -> None:
    await secours.run("test", "radio", "ok", "--by", "Ana")
    await secours.run("test", "radio", "failed", "--by", "Bob")
    undone = await secours.run("test", "radio", "--undo", "--by", "Bob")
    done = await secours.run("status", "--format", "json")
    again = await secours.run("test", "radio", "--undo", "--by", "Bob")
    first = await secours.run("test", "radio", "--undo", "--by", "Bob")
    other = await secours.run("test", "teams", "--undo", "--by", "Bob")
    journal = await secours.run("journal")

    radio = next(c for c in done.answer["channels"] if c["channel"] == "radio")
    assert undone.out.splitlines() == [
        "noted: Radio: the latest test is taken back",
        "COORDINATE · management: use Teams.",
    ]
    assert (radio["state"], radio["evidence"]) == ("available", "exercised")
    assert again.code == 0
    assert (first.code, other.code) == (3, 3)
    assert "no test of 'radio' is logged" in first.err
    assert "no test of 'teams' is logged" in other.err
    assert "Bob  Radio: the latest test is taken back" in journal.out


async def _watch(secours: Command, *argv: str) -> Done:
    return await secours.run("watch", *argv)


async def test_the_watch_is_taken_and_handed_over(
    secours: Command, engine: Process
) -> None:
    nobody = await _watch(secours)
    too_early = await _watch(secours, "hand", "--by", "Ana")
    taken = await _watch(secours, "take", "--by", "Ana", "--remark", "night")
    again = await _watch(secours, "take", "--by", "Ana")
    not_his = await _watch(secours, "hand", "--by", "Bob")
    seized = await _watch(secours, "take", "--by", "Bob")
    handed = await _watch(secours, "hand", "--by", "Bob", "--to", "Cas")
    left = await _watch(secours, "--lang", "fr")
    journal = await secours.run("journal")

    assert (nobody.code, nobody.out) == (0, "Nobody has the watch.\n")
    assert taken.out.splitlines()[0] == "noted: watch taken “night”"
    assert again.out.startswith("noted: watch taken, since 20")
    assert seized.out.startswith("noted: watch taken from Ana\n")
    assert handed.out.startswith("noted: watch handed over to Cas\n")
    assert left.out.startswith("Garde : remise par Bob (")
    assert left.out.endswith(" à Cas, pas encore reprise\nHeures : UTC.\n")
    assert (too_early.code, not_his.code) == (3, 3)
    assert too_early.err.endswith("nobody has the watch\n")
    assert not_his.err.endswith("Ana has the watch, not Bob\n")
    for line in (
        "Ana  watch taken “night”",
        "Bob  watch taken from Ana",
        "Bob  watch handed over to Cas",
    ):
        assert line in journal.out


async def test_who_has_the_watch_is_named_by_what_people_read(
    secours: Command, engine: Process
) -> None:
    none = (await _watch(secours, "--format", "json")).answer
    await _watch(secours, "take", "--by", "Ana")
    text = await _watch(secours)
    shown = (await _watch(secours, "--format", "json")).answer
    status = await secours.run("status")
    told = (await secours.run("status", "--format", "json")).answer
    sheet = await secours.run("sheet")

    for answer in (none, shown):
        checker("watch").validate(answer)
    checker("status").validate(told)
    assert (none["watch"], none["stale"]) == (None, False)
    assert (shown["watch"]["holder"], shown["watch"]["action"]) == ("Ana", "taken")
    assert told["watch"] == shown["watch"]
    for said in (text.out, status.out, sheet.out):
        assert "\nWatch: Ana since " in f"\n{said}"


async def test_who_has_the_watch_is_said_though_the_snapshot_is_old(
    secours: Command, engine: Process
) -> None:
    await secours.run("watch", "take", "--by", "Ana")
    engine.kill()
    await engine.wait()
    done = await until(secours, "watch", holds=lambda done: done.code == 3)

    assert done.out.startswith("Watch: Ana since ")
    assert "old" in done.err


async def test_an_exercise_keeps_the_real_answer(
    secours: Command, engine: Process
) -> None:
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    started = await secours.run(
        *("exercise", "start", "--fail", "identity:ad", "--until", until),
        *("--notices", "--by", "Ana"),
    )
    shown = next(secours.folder.rglob(SNAPSHOT)).read_bytes()
    done, line = await _recommended(secours)
    text = await secours.run("recommend")
    stopped = await secours.run("exercise", "stop", "--by", "Ana")
    after, _ = await _recommended(secours)

    assert started.code == 0
    assert "EXERCISE" in started.out
    assert json.loads(shown)["rehearsal"]["exercise"]["notices"] is True
    assert (done.code, line["use"]["channel"]) == (0, "teams")
    exercise = done.answer["exercise"]
    assert (exercise["fails"], exercise["by"]) == (["identity:ad"], "Ana")
    assert exercise["recommendations"][0]["use"]["channel"] == "radio"
    real, *_, played, times = text.out.splitlines()
    assert times == "Times: UTC."
    assert "EXERCISE" not in real
    assert "EXERCISE" in played
    assert stopped.code == 0
    assert after.answer["exercise"] is None


async def test_a_change_is_announced_where_people_listen(
    secours: Command, engine: Process
) -> None:
    await secours.run("mark", "teams", "maintenance", "--by", "Ana", "--for", "2h")
    await secours.run("test", "radio", "ok", "--by", "Ana")
    text = await secours.run("recommend", "--announce")
    french = await secours.run("recommend", "--announce", "--lang", "fr")
    done = await secours.run("recommend", "--announce", "--format", "json")

    checker("recommend").validate(done.answer)
    (said,) = done.answer["announcements"]
    assert (text.code, said["on"], said["limit"]) == (1, "radio", 160)
    assert "COORDINATE: use Radio. If that fails: no other" not in said["text"]
    head, body = text.out.splitlines()
    assert head.startswith("COORDINATE · management: send this by Radio (")
    assert "COORDINATE: use Radio. Not Teams. Room" in body
    assert "COORDONNER : utilisez Radio. Pas Teams. Room" in french.out


async def test_it_is_noted_that_people_were_told(
    secours: Command, engine: Process
) -> None:
    await secours.run("mark", "teams", "maintenance", "--by", "Ana", "--for", "2h")
    await secours.run("test", "radio", "ok", "--by", "Ana")
    noted = await secours.run("recommend", "--announce", "--sent", "--by", "Bob")
    again = await secours.run("recommend", "--announce")
    by_hand = await secours.run(
        *("recommend", "--announce", "--sent", "coordinate/management"),
        *("--on", "teams", "--by", "Eve"),
    )
    done = await secours.run("recommend", "--format", "json")
    journal = await secours.run("journal")

    checker("recommend").validate(done.answer)
    assert (noted.code, noted.err) == (0, "")
    assert noted.out.startswith(
        "noted: COORDINATE · management: people told to use Radio, on: Radio\n"
    )
    assert "; told by Bob at " in again.out.splitlines()[0]
    assert by_hand.out.startswith(
        "noted: COORDINATE · management: people told to use Radio, on: Teams\n"
    )
    told = done.answer["announced"]
    assert [(a["by"], a["channel"], a["on"]) for a in told] == [
        ("Eve", "radio", ["teams"]),
        ("Bob", "radio", ["radio"]),
    ]
    assert "Bob  COORDINATE · management: people told to use Radio" in journal.out


async def test_one_of_two_marks_is_cleared_by_what_it_says(
    secours: Command, engine: Process
) -> None:
    await secours.run("mark", "teams", "distrusted", "--by", "Ana")
    await secours.run("mark", "teams", "down", "--by", "Bob")
    both = await secours.run("recommend", "--format", "json")
    unclear = await secours.run("mark", "teams", "clear", "--by", "Bob")
    cleared = await secours.run(
        *("mark", "teams", "clear", "--only", "down", "--by", "Bob")
    )
    left = await secours.run("recommend", "--format", "json")
    text = await secours.run("status")

    assert {mark["says"] for mark in both.answer["marks"]} == {"distrusted", "down"}
    assert unclear.code == 3
    assert "say which with --only" in unclear.err
    assert cleared.out.startswith(
        "noted: Teams: what was declared is withdrawn (down)\n"
    )
    assert [mark["says"] for mark in left.answer["marks"]] == ["distrusted"]
    assert [each["channel"] for each in left.answer["do_not_use"]] == ["teams"]
    assert text.out.startswith("▬ Do not use: Teams (compromised, Ana ")


async def test_what_will_change_by_itself_is_said_with_its_time(
    secours: Command, engine: Process
) -> None:
    await secours.run("test", "radio", "ok", "--by", "Ana")
    cut_at = datetime.now(UTC)
    await secours.run("mark", "power:grid", "down", "--by", "Ana")
    text = await secours.run("recommend")
    _, line = await _recommended(secours)

    assert line["use"]["channel"] == "teams"
    assert line["next"]["channel"] == "radio"
    seen = datetime.fromisoformat(line["next"]["at"]) - cut_at
    assert timedelta(hours=3, minutes=45) <= seen < timedelta(hours=3, minutes=46)
    [said] = [each for each in text.out.splitlines() if "From about" in each]
    assert said.endswith(
        f" {cut_at + seen:%H:%M}: Radio."
    )  # after midnight with a date


async def test_a_battery_runs_down_from_when_people_say_that_the_mains_failed(
    secours: Command, engine: Process
) -> None:
    await secours.run("test", "radio", "ok", "--by", "Ana")
    fell_at = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    since = fell_at.isoformat()
    said = await secours.run("mark", "power:grid", "down", "--since", since, "--by=Ana")
    again = await secours.run("mark", "power:grid", "down", "--by", "Bob")
    done, line = await _recommended(secours)
    journal = await secours.run("journal")

    [mark] = done.answer["marks"]
    assert said.out.startswith("noted: Grid declared down, since 20")
    assert again.code == 0
    assert (mark["by"], datetime.fromisoformat(mark["since"])) == ("Bob", fell_at)
    assert line["next"]["channel"] == "radio"
    ends = datetime.fromisoformat(line["next"]["at"]) - fell_at
    assert timedelta(hours=3, minutes=44) < ends <= timedelta(hours=4)
    assert "Ana  Grid declared down" in journal.out


async def test_what_is_too_old_is_not_announced(
    secours: Command, engine: Process
) -> None:
    engine.kill()
    await engine.wait()
    done = await until(
        secours, "recommend", "--announce", holds=lambda done: done.code == 3
    )

    assert done.out == ""
    assert "old" in done.err


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("mark identity:ad down", "--by"),
        ("mark identity:ad broken --by Ana", "invalid choice: 'broken'"),
        ("mark identity:ad down --by Ana --for never", "length of time"),
        ("mark identity:ad down --by Ana --for 1h --until 16:40", "not allowed with"),
        ("mark identity:ad down --only down --by Ana", "--only goes with clear"),
        ("mark identity:ad up --since 14:05 --by Ana", "--since goes with down"),
        ("mark identity:ad clear --since 14:05 --by Ana", "--since goes with down"),
        ("mark --confirm --since 14:05 --by Ana", "with --by NAME alone"),
        ("recommend --sent --by Ana", "--sent goes with --announce"),
        ("recommend --announce --by Ana", "--by goes with --sent"),
        ("recommend --announce --on sms", "--on goes with --sent"),
        ("recommend --announce --sent", "--sent needs --by NAME"),
        ("pin coordinate --by Ana", "a CHANNEL, or --clear"),
        ("pin coordinate radio --clear --by Ana", "a CHANNEL, or --clear"),
        ("test radio perhaps --by Ana", "invalid choice: 'perhaps'"),
        ("test radio --by Ana", "needs ok or failed, or --undo alone"),
        ("test radio ok --undo --by Ana", "needs ok or failed, or --undo alone"),
        ("test radio --undo --by Ana --remark x", "or --undo alone"),
        ("watch give --by Ana", "invalid choice: 'give'"),
        ("watch take", "take and hand need --by NAME"),
        ("watch take --by Ana --to Bob", "--to goes with hand"),
        ("watch --by Ana", "go with take or hand"),
        ("watch take --by Ana", "no engine runs here"),
        ("watch", "no snapshot in "),
        ("exercise --by Ana", "required: {start,stop}"),
        ("mark identity:ad down --by Ana", "no engine runs here"),
    ],
)
async def test_what_cannot_be_said_is_3_with_the_reason(
    secours: Command, argv: str, reason: str
) -> None:
    done = await secours.run(*argv.split())

    assert (done.code, done.out) == (3, "")
    assert reason in done.err


async def test_what_the_engine_refuses_is_3_with_its_reason(
    secours: Command, engine: Process
) -> None:
    wrong = {
        "mark identity:da down --by Ana": "did you mean 'identity:ad'?",
        "mark teams down --by Ana --until 2001-01-01": "is in the past",
        "mark teams down --by Ana --since 2001-01-01": "more than 7 days ago",
        "mark teams down --by Ana --since 2999-01-01": "is yet to come",
        "mark teams clear --by Ana": "is not marked",
        "recommend --announce --sent alert/staff --by Ana": "nothing to tell",
        "recommend --announce --sent --on pigeon --by Ana": "no channel is called",
        "pin alert radio --by Ana": "coordinate/management",
        "pin coordinate pigeon --by Ana": "one of: teams, radio",
        "test pigeon ok --by Ana": "no channel is called 'pigeon'",
        "exercise start --fail teams --by Ana": "must have an end",
        "exercise start --fail teams --for 2d --by Ana": "at most 24 hours",
        "exercise stop --by Ana": "no exercise",
    }
    for argv, reason in wrong.items():
        done = await secours.run(*argv.split())

        assert (done.code, done.out) == (3, ""), argv
        assert reason in done.err
