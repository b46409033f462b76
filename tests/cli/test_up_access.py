import socket
from pathlib import Path

import pytest
from servers.command import Command
from servers.scripted import closed_port

from secours import places
from secours.cli import run as run_command
from secours.cli import up
from secours.engine import lock, supervise

PLAN = """
site: {name: Test, language: en}
channels:
  job: {purposes: [coordinate], probes: [{type: heartbeat, every: 5m}]}
plan:
  - {purpose: coordinate, audience: staff, primary: job, last_resort: Walk}
"""


def test_what_is_asked_of_the_dashboard_is_handed_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        where = held.getsockname()
        child = supervise.dashboard([held], *where, "--read-only", X="y")

        assert child.argv[-1] == "--read-only"
        assert child.env["X"] == "y"
        assert child.passes == (held.fileno(),)


def test_screens_alone_start_no_engine_beside_one_that_another_process_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Command(tmp_path).plan(PLAN)
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    started: list[str] = []

    async def until_told(children: tuple[supervise.Child, ...]) -> int:
        started.extend(child.name for child in children)
        return 0

    monkeypatch.setattr(up, "_until_told", until_told)
    argv = ["up", "--config", str(file), "--port", str(closed_port())]
    with lock.hold(places.data_dir()):
        assert run_command(argv) == 3
        assert run_command([*argv, "--no-engine"]) == 0
        file.write_text("channels: [")  # the screens are to say what is wrong with it
        assert run_command([*argv, "--no-engine"]) == 0

    assert started == ["dashboard", "dashboard"]


def test_the_link_leads_to_where_the_screens_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Command(tmp_path).plan(PLAN)
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    port = closed_port()

    def links(*options: str) -> str:
        capsys.readouterr()
        assert run_command(["link", "--config", str(file), *options]) == 0
        return capsys.readouterr().out

    async def until_told(_: tuple[supervise.Child, ...]) -> int:
        assert f"http://127.0.0.1:{port}/town/?token=" in links()
        assert f"http://127.0.0.1:{port}/town/wall?token=" in links()
        assert "http://[::1]:99/town/?token=" in links(
            "--port", "99", "--address", "::"
        )
        return 0

    monkeypatch.setattr(up, "_until_told", until_told)
    argv = ["up", "--config", str(file), "--port", str(port), "--base-path", "town"]

    assert run_command(argv) == 0
    assert "http://127.0.0.1:8501/?token=" in links()  # they have ended


def test_screens_alone_say_nothing_of_secrets_that_only_the_engine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = (
        "channels: {a: {probes: [{type: imap, host: h, username: u, password: %s}]}}"
    )
    file = Command(tmp_path).plan(secret % "'${cred:mail}'")
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))

    async def until_told(_: tuple[supervise.Child, ...]) -> int:
        return 0

    monkeypatch.setattr(up, "_until_told", until_told)
    argv = ["up", "--config", str(file), "--port", str(closed_port())]

    assert run_command(argv) == 0
    assert "credential mail" in capsys.readouterr().err
    assert run_command([*argv, "--no-engine"]) == 0
    assert "credential mail" not in capsys.readouterr().err


@pytest.mark.usefixtures("processes")
async def test_up_beyond_this_machine_ends_with_3_where_nobody_could_be_known(
    tmp_path: Path,
) -> None:
    command = Command(tmp_path)
    command.plan(PLAN)

    ended = await command.run(
        "up", "--address", "0.0.0.0", "--port", str(closed_port())
    )

    assert ended.code == 3
    assert "--trusted-proxy with --user-header" in ended.err


@pytest.mark.usefixtures("processes")
async def test_up_hands_on_that_only_the_known_may_look(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.plan(PLAN)

    ended = await command.run(
        *("up", "--address", "0.0.0.0", "--port", str(closed_port())),
        *("--read-only", "--known-only"),
    )

    assert ended.code == 3
    assert "--known-only lets nobody see anything" in ended.err


@pytest.mark.usefixtures("processes")
async def test_up_says_at_its_start_what_validate_warns_of(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.plan(
        PLAN.replace(
            "{type: heartbeat, every: 5m}",
            "{type: http, url: 'https://192.0.2.1/?key=${NO_SUCH_KEY}'}",
        )
    )
    validated = await command.run("validate")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = await command.run("up", "--port", str(port))

    warned = [line for line in validated.err.splitlines() if "warning" in line]
    assert warned
    assert ended.code == 3  # somebody else has the port
    assert ended.err.splitlines()[: len(warned)] == warned
