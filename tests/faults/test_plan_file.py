"""A probes.yaml that is no file, a dashboard that is not installed: said at once."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from engine.town import Town
from servers.command import LIMIT_S, Command, ended

from secours.model.snapshot import Snapshot

AT_ONCE_S = 20.0  # on a machine that others share; none of these ever ended
PLAN = """
site: {name: Test, language: en}
channels:
  pager: {purposes: [alert], probes: [{type: plugin, command: [echo, fine]}]}
"""


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.open(path.parent, os.O_RDONLY)
        sock.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def circle(path: Path) -> None:
    path.symlink_to(path.name)


SPECIAL: dict[Callable[[Path], None], str] = {
    fifo: "is no ordinary file",
    folder: "is a folder: name the file in it",
    endless: "is no ordinary file",
    listening: "is no ordinary file",
    huge: "the file is larger than 4 MB",
    circle: "cannot be read: Too many levels of symbolic links",
}


@pytest.mark.parametrize("make", SPECIAL)
@pytest.mark.parametrize("command", ["check", "validate", "run"])
async def test_plan_that_is_no_file_is_refused_at_once(
    tmp_path: Path, command: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "probes.yaml")
    process = await Command(tmp_path).start(command)

    async with asyncio.timeout(AT_ONCE_S):
        done = await ended(process)

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("probes.yaml:1:1: ") or "/probes.yaml:1:1: " in done.err
    assert SPECIAL[make] in done.err
    assert len(done.err.splitlines()) == 1


async def test_engine_keeps_its_plan_whatever_takes_the_place_of_its_file(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path)
    town.plan.write_text(PLAN)
    town.start()
    try:
        await town.until(lambda shot, _: shot.channels)
        for make in SPECIAL:
            town.plan.unlink()
            make(town.plan)
            await town.until(_refuses(SPECIAL[make]))
            town.plan.rmdir() if make is folder else town.plan.unlink()
            town.plan.write_text(PLAN)
            shot = await town.until(lambda shot, _: shot.config_error is None)
            assert [view.name for view in shot.channels] == ["pager"]
    finally:
        town.end()


def _refuses(words: str) -> Callable[[Snapshot, float], bool]:
    return lambda shot, _: words in (shot.config_error or "")


async def test_secret_that_is_no_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token")
    plan = PLAN.replace("fine]", "fine], env: {TOKEN: '${file:token}'}")
    secours = Command(tmp_path)
    secours.plan(plan)

    async with asyncio.timeout(AT_ONCE_S):
        done = await ended(await secours.start("check"))

    assert done.code == 3
    assert "token" in done.out


WITHOUT = """
import sys
sys.modules |= dict.fromkeys(["streamlit", "plotly"])
from secours import cli
sys.argv = ["secours", {command}]
cli.main()
"""


@pytest.mark.parametrize("command", ['"up"', '"demo", "--no-browser"'])
async def test_screens_that_are_not_installed_are_refused_and_named(
    tmp_path: Path, command: str
) -> None:
    secours = Command(tmp_path)
    secours.plan(PLAN)
    secours.env["LANG"] = "en"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITHOUT.format(command=command)),
        cwd=tmp_path,
        env=secours.env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

    async with asyncio.timeout(LIMIT_S):
        done = await ended(process)

    said = "the screens need streamlit and plotly: install secours[dashboard]\n"
    assert (done.code, done.out, done.err) == (3, "", said)
