"""A probes.yaml that is no file, or that others may write; screens not installed."""

import asyncio
import grp
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from engine.town import Town
from servers.command import LIMIT_S, Command, Done, ended

from secours.model.snapshot import Snapshot

AT_ONCE_S = 90.0  # on a machine that others share; none of these ever ended
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


@pytest.mark.usefixtures("processes")
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


@pytest.mark.usefixtures("processes")
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


@pytest.mark.usefixtures("processes")
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


@pytest.mark.usefixtures("processes")
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

    said = (
        "the screens need streamlit and plotly (secours[dashboard]):"
        " secours doctor says what installs them\n"
    )
    assert (done.code, done.out, done.err) == (3, "", said)


# ------------------------------------------------------------------ who may write it

OPEN = """
site: {name: Test, language: en}
channels:
  pager: {purposes: [alert], depends_on: [], probes: [{type: plugin, command: [RUN]}]}
  site:
    purposes: [alert]
    depends_on: []
    probes:
      - {type: http, url: "http://127.0.0.1:1/", headers: {x-key: "${file:token}"}}
  port: {purposes: [alert], depends_on: [], probes: [{type: heartbeat, every: 5m}]}
"""
NOBODY = 65534


def world_writable_plan(folder: Path) -> Path:
    (folder / "probes.yaml").chmod(0o666)
    return folder / "probes.yaml"


def world_writable_folder(folder: Path) -> Path:
    folder.chmod(0o777)
    return folder


def world_writable_folder_above(folder: Path) -> Path:
    folder.parent.chmod(0o777)
    return folder.parent


def plan_of_another(folder: Path) -> Path:
    os.chown(folder / "probes.yaml", NOBODY, -1)
    return folder / "probes.yaml"


def folder_of_another(folder: Path) -> Path:
    os.chown(folder, NOBODY, -1)
    return folder


def link_in_an_open_folder(folder: Path) -> Path:
    """Make the plan a link, which whoever may write its folder may lead elsewhere."""
    kept = folder.parent / "kept"
    kept.mkdir()
    (folder / "probes.yaml").rename(kept / "probes.yaml")
    (folder / "probes.yaml").symlink_to("../kept/probes.yaml")
    folder.chmod(0o777)
    return folder


def link_to_an_open_folder(folder: Path) -> Path:
    kept = folder.parent / "kept"
    kept.mkdir()
    (folder / "probes.yaml").rename(kept / "probes.yaml")
    (folder / "probes.yaml").symlink_to(kept / "probes.yaml")
    kept.chmod(0o777)
    return kept


MINE = [
    world_writable_plan,
    world_writable_folder,
    world_writable_folder_above,
    link_in_an_open_folder,
    link_to_an_open_folder,
]
ANOTHERS = [plan_of_another, folder_of_another]


@pytest.fixture
def home(processes: None, tmp_path: Path) -> Path:
    folder = tmp_path / "etc" / "secours"
    folder.mkdir(parents=True)
    check = folder / "check"
    check.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\necho fine\n")
    check.chmod(0o755)
    (folder / "token").write_text("hunter2")
    (folder / "probes.yaml").write_text(OPEN.replace("RUN", str(check)))
    return folder


async def told(folder: Path, *argv: str) -> Done:
    secours = Command(folder)
    secours.env["SECOURS_DATA"] = str(folder.parents[1] / "state")
    return await ended(await secours.start(*argv))


@pytest.mark.parametrize("expose", [*MINE, *ANOTHERS])
async def test_what_others_may_have_written_runs_and_reads_nothing(
    home: Path, expose: Callable[[Path], Path]
) -> None:
    if expose in ANOTHERS and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    where = expose(home)

    done = await told(home, "check", "--format", "json")
    advice = await told(home, "validate")

    assert not (home.parents[1] / "ran").exists()
    found = {each["channel"]: each["reason"] for each in done.answer["channels"]}
    assert found == {
        "pager": "permission",
        "site": "permission",
        "port": "not-probed",  # the plan itself is in force
    }
    assert advice.code == 0
    assert len([line for line in advice.err.splitlines() if str(where) in line]) == 2


async def test_sticky_folder_and_links_of_our_own_are_no_danger(home: Path) -> None:
    home.parent.chmod(0o1777)
    (home / "probes.yaml").rename(home / "kept.yaml")
    (home / "probes.yaml").symlink_to("kept.yaml")

    done = await told(home, "check", "pager", "--format", "json")

    assert (done.code, (home.parents[1] / "ran").exists()) == (0, True)


async def test_group_that_may_write_is_advised_against(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another group")
    os.chown(home, 0, NOBODY)
    os.chmod(home, 0o775)

    advice = await told(home, "validate")
    done = await told(home, "check", "pager")

    group = grp.getgrgid(NOBODY).gr_name
    assert f"{home}: the group {group} may write it" in advice.err
    assert (advice.code, done.code) == (0, 0)


@pytest.mark.usefixtures("processes")
async def test_engine_heeds_at_once_who_may_write_its_plan(tmp_path: Path) -> None:
    plan = PLAN.replace("{purposes", "{depends_on: [], purposes")
    town = Town(tmp_path)
    town.plan.write_text(plan.replace("fine]", "fine], interval: 300ms"))
    town.start()

    def reason(wanted: str) -> Callable[[Snapshot, float], bool]:
        return lambda shot, _: shot.channels[0].probes[0].reason == wanted

    try:
        await town.until(lambda shot, _: shot.channels[0].standing.known)
        town.plan.chmod(0o666)
        await town.until(reason("permission"))
        town.plan.chmod(0o644)
        await town.until(reason(""))
    finally:
        town.end()
