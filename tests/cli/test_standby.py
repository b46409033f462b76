"""A first and its standby, as people run them: real engines, real HTTP, real kills."""

import asyncio
import json
import os
import shutil
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from engine.following.first_server import TOKEN, first, sealed, told
from msgspec.structs import replace
from render.snapshots import snapshot
from servers.command import Command, Done, ended, until
from servers.scripted import closed_port

from secours.engine import access_token
from secours.engine.following.first import PATH
from secours.languages import Text

SITE = "Room"
PLAN = """
site: {{name: {name}, language: en}}
probing: {{interval: 500ms, timeout: 5s, retry_every: 200ms}}
screen: {{max_age: 6s}}
standby: {{takeover_after: {after}}}
components:
  cloud:one: {{}}
channels:
  desk:
    label: Desk
    how: Ring 4711
    purposes: [alert]
    depends_on: [{needs}]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}]
  bell:
    label: Bell
    purposes: [alert]
    depends_on: []
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: ok}}]
plan:
  - {{purpose: alert, audience: staff, primary: desk, alternate: bell}}
"""


class Pair:
    """A first that serves, and a standby in another folder."""

    def __init__(self, folder: Path, peer: int) -> None:
        for name in ("first", "second"):
            (folder / name).mkdir()
        self.first, self.second = Command(folder / "first"), Command(folder / "second")
        self.port, self.own_port, self._peer = closed_port(), closed_port(), peer
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: list[Process] = []
        self.plan(self.first)
        self.plan(self.second)
        for each in (self.first, self.second):
            token = access_token.make(made(each))
            each.env["TOKEN"] = token
        self.standby_token = access_token.of_standby(self.first.env["TOKEN"])
        (folder / "token").write_text(self.standby_token)
        self.token_file = folder / "token"

    def plan(
        self,
        of: Command,
        *,
        name: str = SITE,
        needs: str = "cloud:one",
        after: str = "1h",
    ) -> None:
        of.plan(PLAN.format(name=name, needs=needs, after=after, port=self._peer))

    async def start_first(self) -> Process:
        return await self._start(self.first, "run", "--http", str(self.port))

    async def start_second(self, *more: str, url: str = "") -> Process:
        follow = ("--follow", url or self.url, "--follow-token", str(self.token_file))
        return await self._start(
            self.second, "run", "--http", str(self.own_port), *follow, *more
        )

    async def _start(self, of: Command, *argv: str) -> Process:
        process = await of.start(*argv)
        self.processes.append(process)
        return process

    async def shows(self, what: str, *, and_says: str = "") -> Done:
        """Wait until `status` of the second says something."""
        return await until(
            self.second, "status", holds=lambda d: what in d.out and and_says in d.out
        )

    async def told(self, holds: Callable[[Any], bool]) -> Any:
        """Wait until the JSON of `status` of the second is what is waited for."""
        done = await until(
            self.second,
            *("status", "--format", "json"),
            holds=lambda d: bool(d.out) and holds(d.answer),
        )
        return done.answer

    async def follows(self) -> None:
        await self.told(lambda s: s["standby"]["heard"] and state(s, "bell") == OK)

    async def wall(self) -> str:
        return await asyncio.to_thread(page, self, "/lite?lang=en")

    async def doctor(self) -> Any:
        """Return what `doctor` finds of the second as a standby."""
        done = await self.second.run("doctor", "--format", "json")
        (found,) = (f for f in done.answer["findings"] if f["topic"] == "standby")
        return found

    async def journal_has(self, *words: str) -> None:
        """Wait until the journal of the second, which is written later, has these."""
        await until(
            self.second, "journal", holds=lambda d: all(each in d.out for each in words)
        )

    def reboot(self, of: Command) -> None:
        """Leave what a reboot of its machine leaves: the disk."""
        shutil.rmtree(of.env["XDG_RUNTIME_DIR"])


OK = "available"
DISTRUST = "mark cloud:one distrusted --by Anna --why spy"


def said(words: str) -> list[str]:
    return words.split()


def made(of: Command) -> Path:
    folder = Path(of.env["SECOURS_DATA"])
    folder.mkdir(mode=0o700)
    return folder


def page(pair: Pair, path: str) -> str:
    import urllib.request

    request = urllib.request.Request(f"http://127.0.0.1:{pair.own_port}{path}")
    request.add_header("Authorization", f"Bearer {pair.second.env['TOKEN']}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode())


def state(status: Any, channel: str) -> str:
    found = (c for c in status["channels"] if c["channel"] == channel)
    return str(next(found)["state"])


def probes_fresh(status: Any) -> bool:
    return status["standby"]["does"] == "probes" and not status["stale"]


def kill(process: Process, number: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(number)


async def killed(process: Process) -> None:
    kill(process)
    await process.wait()


@asynccontextmanager
async def answering() -> AsyncIterator[int]:
    async def accept(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"ok\n")
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def pair(processes: None, tmp_path: Path) -> AsyncIterator[Pair]:
    async with answering() as peer:
        made = Pair(tmp_path, peer)
        try:
            yield made
        finally:
            for process in made.processes:
                with suppress(ProcessLookupError):
                    kill(process, signal.SIGCONT)
                    kill(process)
                await ended(process)


@pytest.mark.smoke
async def test_it_shows_what_the_first_says_and_says_so_everywhere(pair: Pair) -> None:
    await pair.start_first()
    await pair.start_second()
    await pair.follows()

    status = await pair.told(lambda s: state(s, "desk") == OK)
    said = (await pair.second.run("status")).out
    recommended = (await pair.second.run("recommend", "--format", "json")).answer
    wall = await pair.wall()
    paper = await asyncio.to_thread(page, pair, "/paper?lang=en")
    health = json.loads(await asyncio.to_thread(page, pair, "/healthz"))
    doctor = await pair.doctor()

    host = f"127.0.0.1:{pair.port}"
    assert f"STANDBY: shows {os.uname().nodename} at {host}, heard" in said
    assert status["standby"]["does"] == "shows"
    assert status["standby"]["url"] == pair.url
    assert recommended["standby"] == {
        **recommended["standby"],
        "does": "shows",
        "heard": True,
    }
    assert (health["ok"], health["standby"]["does"]) == (True, "shows")
    assert doctor["level"] == "fine"
    for shown in (wall, paper, doctor["words"]):
        assert "STANDBY" in shown
        assert host in shown
    found = await pair.second.run("journal", "--limit", "99")
    assert "this Secours stands by for" in found.out
    assert "Desk" not in found.out  # it has measured nothing of its own


async def test_what_is_said_at_the_first_is_shown_and_nothing_is_taken_here(
    pair: Pair,
) -> None:
    await pair.start_first()
    await pair.start_second()
    await pair.follows()
    await pair.first.run(
        *["mark", "cloud:one", "distrusted", "--by", "Anna", "--why", "spy"]
    )

    status = await pair.told(lambda s: "do_not_use" in s)
    refused = await pair.second.run(*said("mark bell down --by Bert"))
    note = await pair.second.run("journal", "--by", "Bert", "--note", "lost?")

    assert [each["channel"] for each in status["do_not_use"]] == ["desk"]
    for each in (refused, note):
        assert each.code == 3
        assert os.uname().nodename in each.err
        assert pair.url in each.err
        assert "secours takeover" in each.err


async def dies(pair: Pair, *, reboots: bool) -> None:
    """Let a first die of which much was said, and its standby reboot after it."""
    first, second = await pair.start_first(), await pair.start_second()
    await pair.follows()
    for words in (DISTRUST, "pin alert bell --by Anna", "watch take --by Anna"):
        await pair.first.run(*said(words))
    await pair.told(lambda s: "do_not_use" in s and s.get("watch"))
    await killed(first)
    if reboots:
        await killed(second)
        pair.reboot(pair.second)
        await pair.start_second()


@pytest.mark.parametrize("reboots", [False, True], ids=["runs-on", "reboots"])
async def test_a_distrust_at_the_first_outlives_it(pair: Pair, reboots: bool) -> None:
    await dies(pair, reboots=reboots)

    stale = await pair.shows("not heard since")
    before = await pair.told(lambda s: s["stale"] and "do_not_use" in s)
    covered = await pair.wall()

    assert "Do not use" in stale.out
    assert [e["channel"] for e in before["do_not_use"]] == ["desk"]
    for words in ("STALE DATA", "not heard since", "Do not use: Desk"):
        assert words in covered


async def test_since_when_the_first_is_silent_outlives_the_standby(pair: Pair) -> None:
    first, second = await pair.start_first(), await pair.start_second()
    await pair.follows()
    began = (await pair.told(lambda s: s["standby"]["heard"]))["standby"]["heard_at"]
    await pair.told(lambda s: s["standby"]["heard_at"] > began)
    await killed(first)
    silent = await pair.told(lambda s: not s["standby"]["heard"])

    await killed(second)
    pair.reboot(pair.second)  # what it showed last is no answer
    await pair.start_second()
    again = await pair.told(lambda s: s["standby"]["does"] == "shows" and s["stale"])

    assert again["standby"]["heard_at"] == silent["standby"]["heard_at"]


@pytest.mark.parametrize("reboots", [False, True], ids=["runs-on", "reboots"])
async def test_what_was_said_at_the_first_holds_after_the_takeover(
    pair: Pair, reboots: bool
) -> None:
    await dies(pair, reboots=reboots)
    await pair.shows("not heard since")

    taken = await pair.second.run(*said("takeover --by Bert --why dead"))
    after = await pair.told(lambda s: probes_fresh(s) and state(s, "bell") == OK)
    advice = (await pair.second.run("recommend", "--format", "json")).answer
    await pair.journal_has(
        f"no longer safe (from {os.uname().nodename})",
        "STANDBY takes over: Bert: dead",
    )

    assert taken.code == 0, taken.err
    assert [e["channel"] for e in after["do_not_use"]] == ["desk"]
    assert after["watch"]["holder"] == "Anna"
    assert advice["marks"][0]["by"] == "Anna"
    assert advice["pins"][0]["channel"] == "bell"


async def probes_alone(pair: Pair) -> Process:
    """Let the standby probe after its first has died."""
    first, second = await pair.start_first(), await pair.start_second()
    await pair.follows()
    await killed(first)
    taken = await pair.second.run(*said("takeover --by Bert"))
    assert taken.code == 0, taken.err
    await pair.told(probes_fresh)
    return second


async def test_a_restart_of_the_standby_changes_nothing_of_its_part(pair: Pair) -> None:
    await killed(await probes_alone(pair))
    await pair.start_second()
    await until(pair.second, "journal", "--by", "Bert", "--note", "here")

    again = await pair.told(lambda s: s["standby"]["does"] == "probes")
    text = await pair.shows(f"{os.uname().nodename} not heard since")
    alone = await pair.second.run(*said("takeover --back --by Bert"))

    assert again["standby"]["by"] == "Bert"
    assert "STANDBY: monitors on its own since" in text.out
    assert alone.code == 3
    assert "is not heard" in alone.err


async def test_only_a_person_hands_back_and_loses_nothing_that_was_said(
    pair: Pair,
) -> None:
    await probes_alone(pair)
    await pair.start_first()

    both = await pair.shows("both monitor")
    await pair.second.run(*said("mark bell distrusted --by Bert"))
    unsaid = await pair.second.run(*said("takeover --back --by Bert"))
    await pair.second.run(*said("mark bell clear --by Bert"))
    back = await pair.second.run(*said("takeover --back --by Bert"))
    shown = await pair.told(lambda s: s["standby"]["does"] == "shows")

    assert "STANDBY: monitors on its own since" in both.out
    assert unsaid.code == 3
    assert "channel:bell distrusted" in unsaid.err
    assert back.code == 0, back.err
    assert shown["standby"]["by"] == "Bert"


async def test_a_frozen_first_is_not_heard_and_old_green_is_never_fresh(
    pair: Pair,
) -> None:
    await pair.start_first()
    await pair.start_second()
    await pair.follows()
    await pair.told(lambda s: state(s, "desk") == OK and not s["stale"])
    engine = pair.processes[0]
    kill(engine, signal.SIGSTOP)  # its web process goes on to answer

    stale = await pair.told(lambda s: s["stale"])
    await pair.shows("not heard since", and_says="it answers, and has nothing fresh")
    kill(engine, signal.SIGCONT)
    await pair.told(lambda s: not s["stale"])

    assert stale["state"] == "unknown"
    assert stale["age_s"] >= 6.0


async def test_it_takes_over_by_itself_after_the_time_of_the_plan(pair: Pair) -> None:
    pair.plan(pair.second, after="20s")
    first = await pair.start_first()
    await pair.start_second()
    await pair.follows()
    await killed(first)

    waits = await pair.told(lambda s: s["standby"]["takes_over_at"] is not None)
    taken = await pair.told(lambda s: probes_fresh(s) and state(s, "desk") == OK)
    metrics = await asyncio.to_thread(page, pair, "/metrics")
    doctor = await pair.doctor()

    assert "secours_standby_probing 1\n" in metrics
    assert "secours_standby_first_heard 0\n" in metrics
    assert doctor["level"] == "mend"
    assert "takeover --back --by NAME" in doctor["commands"][-1]
    assert waits["standby"]["does"] == "shows"
    assert taken["standby"]["by"] == ""


async def takes_over_and_verifies_nothing(pair: Pair) -> None:
    taken = await pair.second.run(*said("takeover --by Bert"))
    assert taken.code == 0, taken.err
    await pair.told(lambda s: s["standby"]["does"] == "probes")
    advice = await until(
        pair.second,
        *("recommend", "--format", "json"),
        holds=lambda d: bool(d.out) and bool(d.answer["recommendations"][0]["use"]),
    )

    assert advice.answer["words_lost"] is True
    assert advice.answer["recommendations"][0]["use"]["verified"] is False


async def test_what_never_heard_the_first_takes_nothing_to_be_verified(
    pair: Pair,
) -> None:
    await pair.start_second()
    await pair.shows("not heard yet")

    await takes_over_and_verifies_nothing(pair)


async def test_what_heard_the_first_long_ago_takes_nothing_to_be_verified(
    pair: Pair,
) -> None:
    first, second = await pair.start_first(), await pair.start_second()
    await pair.follows()
    await killed(first)
    await killed(second)
    role = Path(pair.second.env["SECOURS_DATA"]) / "standby.json"
    kept = json.loads(role.read_bytes())
    kept["boot_id"], kept["heard"]["utc"] = "before", "2026-01-02T03:04:05Z"
    role.write_text(json.dumps(kept))
    pair.reboot(pair.second)  # what it showed last is no answer
    await pair.start_second()
    await pair.shows("not heard since")

    await takes_over_and_verifies_nothing(pair)


async def test_a_first_whose_clock_is_another_is_shown_with_that_said(
    pair: Pair,
) -> None:
    shot = snapshot("oooo")
    shot = replace(shot, site=replace(shot.site, name=Text(SITE)))
    pair.token_file.write_text(TOKEN)
    async with first(sealed(told(shot, age_s=0.1))) as there:
        await pair.start_second(url=there.url)
        shown = await pair.told(lambda s: not s["stale"] and s["standby"]["heard"])
        text = await pair.second.run("status", "--lang", "en")

    assert "clocks" in shown["trouble"]
    assert "The clocks of this machine and of the first Secours differ" in " ".join(
        text.out.split()
    )


async def test_a_plan_that_knows_no_need_sets_aside_what_the_first_does(
    pair: Pair,
) -> None:
    pair.plan(pair.second, needs="")
    first = await pair.start_first()
    await pair.start_second()
    await pair.follows()
    await pair.first.run(*said("mark cloud:one distrusted --by Anna"))
    await pair.told(lambda s: "do_not_use" in s)
    await killed(first)

    await pair.second.run(*said("takeover --by Bert"))
    after = await pair.told(
        lambda s: s["standby"]["does"] == "probes" and state(s, "bell") == OK
    )

    assert [e["channel"] for e in after["do_not_use"]] == ["desk"]


@pytest.mark.parametrize(
    ("plan", "token", "says"),
    [
        ({"name": "Elsewhere"}, "", "it is of another site: Room"),
        ({}, "wrong" * 9, "it refuses our token"),
    ],
    ids=["another-site", "another-token"],
)
async def test_what_is_not_to_be_followed_is_refused_with_words(
    pair: Pair, plan: dict[str, str], token: str, says: str
) -> None:
    pair.plan(pair.second, **plan)
    if token:
        pair.token_file.write_text(token)
    await pair.start_first()
    await pair.start_second()

    shown = await pair.shows(says)

    assert "not heard yet" in shown.out


async def test_itself_and_one_that_follows_it_are_not_followed(pair: Pair) -> None:
    own = f"http://127.0.0.1:{pair.own_port}"
    at_once = await pair.second.run(
        *("run", "--http", str(pair.own_port), "--follow", own),
        *("--follow-token", str(pair.token_file)),
    )
    token = access_token.of_standby(pair.second.env["TOKEN"])
    other = pair.token_file.with_name("other")
    other.write_text(token)
    follows = ("--follow", own, "--follow-token", str(other))
    await pair._start(pair.first, "run", "--http", str(pair.port), *follows)
    await pair.start_second()

    shown = await pair.shows("it stands by for another one itself")

    assert at_once.code == 3
    assert "is this Secours itself" in at_once.err
    assert "not heard yet" in shown.out


async def test_words_of_before_are_not_lost_by_following(pair: Pair) -> None:
    alone = await pair._start(pair.second, "run")
    await until(pair.second, "status")
    await pair.second.run(*said("mark bell distrusted --by Bert"))
    await killed(alone)

    refused = await ended(await pair.start_second())

    assert refused.code == 3
    assert "channel:bell distrusted" in refused.err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--follow", "http://192.0.2.1:8501"), "others on the way"),
        (("--follow", "ftp://192.0.2.1"), "takes an address like"),
        (("--follow", "https://192.0.2.1"), "needs the token for a standby"),
        (("--follow-token", "token"), "belong to --follow"),
        (("--follow", "https://h", "--follow-ca", "no.pem"), "cannot be read"),
    ],
    ids=["open", "no-url", "no-token", "nobody", "no-ca"],
)
async def test_mistakes_of_the_command_line_are_said(
    pair: Pair, argv: tuple[str, ...], says: str
) -> None:
    done = await pair.second.run("run", *argv)

    assert done.code == 3
    assert says in done.err


def test_the_path_of_the_first_is_that_of_its_server() -> None:
    assert json.dumps(PATH) == '"/api/v1/standby"'
