"""The option that makes a Secours that of a province."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from servers.command import Command
from servers.scripted import closed_port

from secours.cli import run as run_command
from secours.cli import up
from secours.engine import process, supervise

PLAN = """
site: {name: Test, language: en}
channels:
  job: {purposes: [coordinate], probes: [{type: heartbeat, every: 5m}]}
plan:
  - {purpose: coordinate, audience: staff, primary: job, last_resort: Walk}
"""
SITES = "sites: {name: province, hub: 'tls://hub.example.org:4222', follow: all}\n"


@pytest.fixture(autouse=True)
def _rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))


def argv(folder: Path, plan: str, command: str, *flags: str) -> list[str]:
    return [command, "--config", str(Command(folder).plan(plan)), *flags]


def test_the_engine_is_that_of_a_province(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []

    def until_told(*_: Path, province: bool, **__: Any) -> None:
        told.append(province)

    monkeypatch.setattr(process, "run_until_told", until_told)

    assert run_command(argv(tmp_path, PLAN + SITES, "run", "--province")) == 0
    assert run_command(argv(tmp_path, PLAN + SITES, "run")) == 0
    assert told == [True, False]


def test_the_screens_start_an_engine_of_a_province(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Sequence[str]] = []

    async def until_told(children: tuple[supervise.Child, ...]) -> int:
        started.append(tuple(children[0].argv))
        return 0

    monkeypatch.setattr(up, "_until_told", until_told)
    port = str(closed_port())
    flags = ["--port", port, "--province"]

    assert run_command(argv(tmp_path, PLAN + SITES, "up", *flags)) == 0
    assert run_command(argv(tmp_path, PLAN + SITES, "up", "--port", port)) == 0
    assert [command[-1] == "--province" for command in started] == [True, False]


@pytest.mark.parametrize("command", ["up", "run"])
def test_a_plan_without_sites_has_none_to_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run_command(argv(tmp_path, PLAN, command, "--province")) == 3
    assert "needs a plan that says through which hub" in capsys.readouterr().err


def test_screens_alone_are_not_what_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--province", "--no-engine"]

    assert run_command(argv(tmp_path, PLAN + SITES, "up", *flags)) == 3
    assert "give it to secours run" in capsys.readouterr().err
