"""`secours demo`: a whole town, in processes of its own."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from printed import checker
from servers.command import Command, ended
from servers.scripted import closed_port

from secours import places
from secours.cli import demo, run

LIMIT_S = 60.0


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command.env |= {"TMPDIR": str(temporary), "LANG": "C.UTF-8"}
    return command


def left_behind(secours: Command) -> list[str]:
    """Return what lies in the temporary folder, and what still runs from there."""
    folder = secours.env["TMPDIR"]
    files = os.listdir(folder)
    for process in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = process.read_bytes()
        except OSError:
            continue
        if folder.encode() in environment and process.parent.name != str(os.getpid()):
            files.append(f"process {process.parent.name}")
    return files


async def nothing_is_left(secours: Command) -> None:
    """Wait until nothing is left: a process may end a moment after who started it."""
    async with asyncio.timeout(LIMIT_S):
        while left_behind(secours):  # noqa: ASYNC110 -- only /proc knows
            await asyncio.sleep(0.1)


@pytest.mark.smoke
async def test_once_measures_everything_and_leaves_nothing(secours: Command) -> None:
    done = await secours.run("demo", "--once", "--format", "json")

    assert done.code in (0, 1), done.err
    checker("demo").validate(done.answer)
    uses = [line["use"] for line in done.answer["recommendations"]]
    assert len(uses) >= 2
    assert all(use and use["verified"] for use in uses)
    assert done.answer["own_link"] == "ok"
    await nothing_is_left(secours)


async def test_how_far_it_is_stands_beside_the_answer(secours: Command) -> None:
    done = await secours.run("demo", "--once", "--format", "json")

    first, *_, last = done.err.splitlines()
    assert first == "starting 1 of 3: a town on this machine"
    assert re.fullmatch(r"starting 3 of 3: (\d+) of \1 tests made", last)
    assert done.answer["schema"] == 1


async def test_first_word_comes_within_a_second(secours: Command) -> None:
    async with secours.running("demo", "--once") as process:
        assert process.stderr is not None
        first = await process.stderr.readline()
        alone_s = computed_s(process.pid)

    assert b"starting 1 of 3" in first
    assert alone_s < 1.0


def test_demo_of_the_user_of_the_service_leaves_nothing_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def once(*_: object) -> int:
        places.runtime_dir().joinpath("snapshot.json").touch()
        return 0

    monkeypatch.setenv("SECOURS_DATA", "")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr(places, "SERVICE_RUNTIME", tmp_path / "run")
    monkeypatch.setattr(places, "_is_of_this_user", (tmp_path / "run").__eq__)
    monkeypatch.setattr(demo, "_once", once)

    assert run(["demo", "--once"]) == 0
    assert [*tmp_path.rglob("*")] == [tmp_path / "run"]


@pytest.mark.parametrize("also", ["--heal mail", "--tour", "--play", "--next"])
def test_once_takes_no_option_that_would_be_ignored(
    also: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(["demo", "--once", *also.split()])

    assert "argument --once" in capsys.readouterr().err  # in French and in English


async def test_reader_that_goes_is_no_town_that_cannot_be_opened(
    secours: Command,
) -> None:
    async with secours.running("demo", "--once") as process:
        assert process.stderr is not None
        await process.stderr.readline()
        process.stderr._transport.close()  # type: ignore[attr-defined]
        code = await process.wait()

    assert code == 128 + signal.SIGPIPE
    await nothing_is_left(secours)


def computed_s(pid: int) -> float:
    """Return for how long a process computed: what others take is not its doing."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")


async def test_once_with_something_broken_says_so(secours: Command) -> None:
    done = await secours.run("demo", "--once", "--break", "signal", "--format", "json")

    assert done.code == 1
    passed = [
        passed
        for line in done.answer["recommendations"]
        for passed in line["passed_over"]
    ]
    assert ("signal", "refused") in [(p["channel"], p["reason"]) for p in passed]


async def test_once_speaks_the_language_asked_for(secours: Command) -> None:
    done = await secours.run("demo", "--once", "--lang", "en")

    assert "COORDINATE · management [coordinate/management]: use Signal" in done.out


async def test_a_thing_that_is_not_there_is_3(secours: Command) -> None:
    done = await secours.run("demo", "--once", "--break", "moon")

    assert done.code == 3
    assert "signal" in done.err
    await nothing_is_left(secours)


@pytest.mark.parametrize(
    "asked", [("--break", "signal"), ("--next",), ("--pause",)], ids=lambda one: one[0]
)
async def test_without_a_demo_there_is_nothing_to_break_nor_to_go_on_with(
    secours: Command, asked: tuple[str, ...]
) -> None:
    done = await secours.run("demo", "--lang", "en", *asked)

    assert (done.code, done.out) == (3, "")
    assert "no demo is running\nstart one: " in done.err


async def test_nothing_breaks_by_itself_until_it_is_to_play(secours: Command) -> None:
    async with showing(secours, "--port", str(closed_port())):
        still = await secours.run("demo", "--next")
        played = await secours.run("demo", "--tour")
        waits = await secours.run("demo", "--pause")
        on = await secours.run("demo", "--next")

    assert still.code == 3
    assert "no story is being played" in still.err
    assert [played.code, waits.code, on.code] == [0, 0, 0]
    assert on.out == "next step\n"
    await nothing_is_left(secours)


async def test_things_are_broken_and_healed_from_a_second_terminal(
    secours: Command,
) -> None:
    port = closed_port()
    async with showing(secours, "--still", "--port", str(port)) as lines:
        assert lines[0] == f"wall screen: http://127.0.0.1:{port}/wall"
        assert f"{sys.executable} -m secours demo --break signal" in lines[2]
        broken = await secours.run("demo", "--lang", "en", "--break", "signal")
        wrong = await secours.run("demo", "--lang", "en", "--break", "sgnal")
        second = await secours.run("demo", "--lang", "en", "--port", str(closed_port()))
        healed = await secours.run("demo", "--lang", "en", "--heal", "all")

    assert (broken.code, broken.out) == (0, "broken: signal\n")
    assert wrong.code == 3
    assert "did you mean 'signal'" in wrong.err
    assert second.code == 3
    assert "already running" in second.err
    assert (healed.code, healed.out) == (0, "broken: nothing\n")
    await nothing_is_left(secours)


@pytest.mark.parametrize(
    ("given", "asked", "spoken"),
    [
        ((), "es, nl-BE;q=0.8, fr;q=0.5", "nl"),
        ((), "en-GB", None),
        (("--lang", "fr"), "nl", None),
    ],
    ids=["the browser's", "as it is anyway", "the one that was asked for"],
)
async def test_the_wall_speaks_the_language_of_who_looks(
    secours: Command, given: tuple[str, ...], asked: str, spoken: str | None
) -> None:
    port = closed_port()
    site = f"http://127.0.0.1:{port}"
    headers = {"Accept": "text/html", "Accept-Language": asked}
    async with (
        showing(secours, *given, "--port", str(port)),
        httpx.AsyncClient(base_url=site, headers=headers, timeout=LIMIT_S) as browser,
    ):
        wall = await browser.get("/wall", params={"line": "2"})
        chosen = await browser.get("/wall", params={"lang": "de"})
        lite = await browser.get("/lite")

    where = f"?line=2&lang={spoken}" if spoken else ""
    assert wall.headers.get("location", "") == (f"/wall{where}" if spoken else "")
    assert lite.status_code == (307 if spoken else 200)
    assert chosen.status_code == 200


async def test_a_killed_demo_takes_its_children_with_it(secours: Command) -> None:
    process = await secours.start("demo", "--still", "--port", str(closed_port()))
    await heard(process, "Ctrl-C")
    process.kill()
    await ended(process)

    async with asyncio.timeout(LIMIT_S):
        while any("process" in name for name in left_behind(secours)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def showing(secours: Command, *argv: str) -> AsyncIterator[list[str]]:
    """Run a demo while the block lasts, and give what it printed first."""
    process = await secours.start("demo", *argv)
    try:
        yield await heard(process, "Ctrl-C")
    finally:
        process.send_signal(signal.SIGTERM)
        done = await ended(process)
    assert done.code == 0, done.err


async def heard(process: Process, word: str) -> list[str]:
    """Read lines until one has this word."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(LIMIT_S):
        while not lines or word not in lines[-1]:
            lines.append((await process.stdout.readline()).decode().rstrip("\n"))
            assert lines[-1], "it ended too early"
    return lines
