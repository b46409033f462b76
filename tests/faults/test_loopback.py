"""Another user of this machine, or a page of theirs, is not who sits here."""

import os
import pwd
from pathlib import Path

import pytest
from servers.command import Command

NOBODY = 65534

PLAN = """
site: {name: Town, language: en}
channels:
  siren:
    label: Siren
    how: Ring 4711
    purposes: [alert]
    probes: [{type: heartbeat, every: 5m}]
plan: [{purpose: alert, audience: staff, primary: siren, last_resort: Walk}]
"""


@pytest.fixture
def secours(tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


def foreign(folder: Path) -> tuple[Path, str]:
    """Return a folder of another user, and who that is."""
    if os.geteuid() != 0:
        return Path("/"), "root"
    folder.mkdir(mode=0o777)
    os.chown(folder, NOBODY, -1)
    return folder, pwd.getpwuid(NOBODY).pw_name


@pytest.mark.parametrize("command", ["run", "up"])
async def test_a_data_folder_of_another_user_is_refused_and_says_whose_it_is(
    secours: Command, tmp_path: Path, command: str
) -> None:
    folder, owner = foreign(tmp_path / "theirs")
    secours.env["SECOURS_DATA"] = str(folder)

    done = await secours.run(command)

    assert (done.code, done.out) == (3, "")
    assert done.err == f"{folder} belongs to {owner}: run as user {owner}\n"


async def test_a_runtime_folder_of_another_user_is_not_to_be_deleted(
    secours: Command, tmp_path: Path
) -> None:
    folder, owner = foreign(tmp_path / "run")
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (folder / "secours").mkdir(mode=0o700)
    os.chown(folder / "secours", NOBODY, -1)

    done = await secours.run("status")

    assert done.code == 3
    assert done.err == f"{folder / 'secours'} belongs to {owner}: run as user {owner}\n"


async def test_what_older_versions_left_open_is_closed_at_the_start(
    secours: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "last-good-plan.yaml").write_text("")
    (folder / "last-good-plan.yaml").chmod(0o644)

    async with secours.running("run"):
        while (folder / "last-good-plan.yaml").stat().st_mode & 0o077:
            await secours.run("status")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert [f.name for f in folder.iterdir() if f.stat().st_mode & 0o077] == []
