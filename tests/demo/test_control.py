import asyncio
import json
import os
import socket
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing

from secours.demo import control
from secours.demo.programme import Programme
from secours.demo.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    folder = tmp_path / "town"
    await asyncio.to_thread(folder.mkdir)
    async with Town.open(folder) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "demo.sock"


async def asked(place: Path, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(control.ask, place, request)


async def test_request_breaks_and_heals(town: Town, place: Path) -> None:
    async with control.serve(town, place):
        broken = await asked(place, do="break", name="signal")
        during = town.broken
        healed = await asked(place, do="heal", name="signal")

    assert (broken["ok"], broken["broken"], during) == (True, ["signal"], ("signal",))
    assert (healed["ok"], healed["broken"], town.broken) == (True, [], ())


async def test_all_can_be_healed_but_not_broken(town: Town, place: Path) -> None:
    await town.break_("signal")
    await town.break_("meta")

    async with control.serve(town, place):
        refused = await asked(place, do="break", name="all")
        healed = await asked(place, do="heal", name="all")

    assert refused["ok"] is False
    assert (healed["ok"], town.broken) == (True, ())


async def test_state_says_what_there_is_and_what_is_broken(
    town: Town, place: Path
) -> None:
    await town.break_("mail")
    async with control.serve(town, place):
        state = await asked(place, do="state")

    assert state["ok"] is True
    assert state["broken"] == ["mail"]
    assert state["names"] == list(town.names)
    assert state["words"]["line"]["fr"] == "notre accès"
    assert state["config"] == str(town.config_path)


async def test_unknown_name_gets_the_nearest_and_all(town: Town, place: Path) -> None:
    async with control.serve(town, place):
        answer = await asked(place, do="break", name="signl\x1b[2J")
        typo = await asked(place, do="break", name="singal")

    assert typo["ok"] is False
    assert typo["nearest"] == "signal"
    assert typo["names"] == list(town.names)
    assert "did you mean 'signal'?" in typo["error"]
    assert "whatsapp" in typo["error"]
    assert "\x1b" not in answer["error"]
    assert town.broken == ()


@pytest.mark.parametrize(
    "line", [b"no json\n", b"[1]\n", b'{"do": "dance"}\n', b'{"do": "break"}\n']
)
async def test_other_lines_get_an_error(town: Town, place: Path, line: bytes) -> None:
    async with control.serve(town, place):
        reader, writer = await asyncio.open_unix_connection(place)
        writer.write(line + b'{"do": "state"}\n')
        answers = [json.loads(await reader.readline()) for _ in range(2)]
        writer.close()
        await writer.wait_closed()

    assert [answer["ok"] for answer in answers] == [False, True]


class Stage:
    """A stage on which nothing happens but what is written down."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def break_(self, name: str) -> None:
        self.seen.append(f"break {name}")

    async def heal(self, name: str) -> None:
        self.seen.append(f"heal {name}")

    async def distrust(self, name: str) -> None:
        self.seen.append(f"distrust {name}")

    async def trust(self, name: str) -> None:
        self.seen.append(f"trust {name}")


@asynccontextmanager
async def programme(stopped: Callable[[], object]) -> AsyncIterator[Programme]:
    made = Programme(
        Stage(), lambda _: None, lambda _: None, command="demo", stopped=stopped
    )
    yield made
    await made.close()


async def test_hand_on_the_town_takes_over_but_a_look_does_not(
    town: Town, place: Path
) -> None:
    hands: list[str] = []
    async with (
        programme(lambda: hands.append("!")) as playing,
        control.serve(town, place, playing),
    ):
        await asked(place, do="tour")
        await asked(place, do="state")
        await asked(place, do="break", name="moon")
        looked = len(hands)
        await asked(place, do="break", name="mail")
        await asked(place, do="heal", name="mail")

    assert (looked, len(hands)) == (0, 1)


async def test_story_goes_on_and_waits_where_one_is_played(
    town: Town, place: Path
) -> None:
    async with (
        programme(lambda: None) as playing,
        control.serve(town, place, playing),
    ):
        early = [(await asked(place, do=do))["ok"] for do in ("next", "pause")]
        begun = await asked(place, do="tour")
        then = [(await asked(place, do=do))["ok"] for do in ("next", "pause")]

    assert (early, begun["ok"], then) == ([False, False], True, [True, True])


async def test_only_this_user_may_ask(town: Town, place: Path) -> None:
    async with control.serve(town, place):
        mode = stat.S_IMODE(os.stat(place).st_mode)

    assert mode == 0o600


async def test_nothing_is_left_though_somebody_still_listens(
    town: Town, place: Path
) -> None:
    tasks = asyncio.all_tasks()
    async with control.serve(town, place):
        reader, writer = await asyncio.open_unix_connection(place)
        writer.write(b'{"do": "state"}\n')
        await reader.readline()
    after = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert after == b""
    assert place.name not in os.listdir(place.parent)
    assert asyncio.all_tasks() == tasks


async def test_second_demo_leaves_the_first_its_socket(town: Town, place: Path) -> None:
    async with control.serve(town, place):
        with pytest.raises(control.DemoRuns):
            async with control.serve(town, place):
                pytest.fail("two demos listen at one place")
        answer = await asked(place, do="state")

    assert answer["ok"] is True


async def test_socket_of_a_dead_demo_is_taken_over(town: Town, place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))

    async with control.serve(town, place):
        answer = await asked(place, do="state")

    assert answer["ok"] is True


async def test_of_two_demos_that_start_at_once_one_is_refused(
    town: Town, place: Path
) -> None:
    both = threading.Barrier(2, timeout=10.0)

    async def is_refused() -> bool:
        both.wait()
        try:
            async with control.serve(town, place):
                both.wait()
                return False
        except control.DemoRuns:
            both.wait()
            return True

    for _ in range(50):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(place))
        tries = (asyncio.to_thread(asyncio.run, is_refused()) for _ in range(2))
        assert sorted(await asyncio.gather(*tries)) == [False, True]


async def test_demo_listens_in_a_folder_with_a_long_name(
    town: Town, tmp_path: Path
) -> None:
    place = tmp_path / ("x" * 150) / "demo.sock"
    await asyncio.to_thread(place.parent.mkdir)

    async with control.serve(town, place):
        answer = await asked(place, do="state")

    assert answer["ok"] is True


def test_asking_without_a_demo_says_so(place: Path) -> None:
    with refusing("no demo is running", control.NoDemo):
        control.ask(place, {"do": "state"})


def test_demo_that_hangs_up_is_no_demo(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))
        with pytest.raises(control.NoDemo):
            control.ask(place, {"do": "state"})
