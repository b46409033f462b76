from pathlib import Path

import pytest
from servers.command import Command, until

from secours.cli import requests
from secours.cli import run as run_command
from secours.model.requests import GroupCalled, TestRequest

PLAN = """
site: {name: Room, language: en, timezone: UTC}
channels:
  radio: {kind: radio-astrid, label: Radio, short_name: Radio, test: {every: 7d}}
  runner: {kind: courier, label: Runner, short_name: Runner}
audiences:
  staff:
    groups:
      field: {label: Field, people: 20, devices: [astrid]}
      home: {label: At home, people: 3, devices: [astrid]}
plan:
  - {purpose: alert, audience: staff, primary: radio, alternate: runner}
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[TestRequest]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    sent: list[TestRequest] = []

    def say(request: TestRequest) -> int:
        sent.append(request)
        return 0

    monkeypatch.setattr(requests, "say", say)
    return sent


def test_roll_call_is_sent_with_the_test(asked: list[TestRequest]) -> None:
    words = ["radio", "ok", "--by", "Anne", "--reached", "staff/field=18/20"]

    assert run_command(["test", *words, "--reached", "home=-1/3"]) == 0

    assert asked[0].reached == (
        GroupCalled("staff/field", 18, 20),
        GroupCalled("home", -1, 3),  # for the engine to refuse
    )


@pytest.mark.parametrize(
    "written", ["field", "field=18", "field=18/", "field=1.5/2", "18/20/3", "=/", ""]
)
def test_roll_call_of_no_such_form_is_refused(
    written: str, asked: list[TestRequest], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="3"):
        run_command(["test", "radio", "ok", "--by", "Anne", "--reached", written])

    assert f"'{written}' is no roll call: as GROUP=" in capsys.readouterr().err
    assert not asked


def test_test_that_is_taken_back_has_no_roll_call(
    asked: list[TestRequest], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--undo", "--by", "Anne", "--reached", "field=1/2"]

    assert run_command(["test", "radio", *words]) == 3
    assert "test needs ok or failed, or --undo alone" in capsys.readouterr().err


async def test_engine_keeps_a_roll_call_and_refuses_one_that_cannot_be(
    processes: None, tmp_path: Path
) -> None:
    secours = Command(tmp_path)
    secours.plan(PLAN)
    words = ("test", "radio", "ok", "--by", "Anne")

    async with secours.running("run"):
        said = await until(secours, *words, *("--reached", "field=18/20"))
        nearly = await secours.run(*words, *("--reached", "feild=18/20"))
        more = await secours.run(*words, *("--reached", "Field=21/20"))
    async with secours.running("run"):
        undone = await until(secours, "test", "radio", "--undo", "--by", "Ben")
        again = await secours.run("journal")

    assert (said.code, said.err) == (0, "")
    assert "Radio tried: it works; answered: Field 18 of 20" in said.out
    assert (nearly.code, more.code) == (3, 3)
    assert "'feild' is no group of whom this channel is for: did you mean" in nearly.err
    assert "21 of 20 cannot be" in more.err
    assert "Anne  Radio tried: it works; answered: Field 18 of 20" in again.out
    assert undone.code == 0
