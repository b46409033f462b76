"""`validate` has Apprise read the addresses of targets, and nothing is sent."""

import json
import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from servers.command import Command

from secours.notify.apprise import addresses
from secours.notify.apprise.addresses import AddressCheck, readings

TARGETS = """\
site: {name: Test, language: en}
channels:
  sms: {purposes: [coordinate], depends_on: [], test: {every: 7d}}
plan: [{purpose: coordinate, audience: all, primary: sms, last_resort: Walk}]
notify:
  to: {duty: {targets: [push, chat]}}
  targets:
    push: {depends_on: [], url: "${PUSH}"}
    chat:
      depends_on: []
      url: CHAT
"""
GROUPS = "audiences: {all: {groups: {all: {}}}}\n"
PLAN = f"{TARGETS}{GROUPS}"
GOOD = "json://127.0.0.1:1/hunter2"
needs_apprise = pytest.mark.skipif(
    find_spec("apprise") is None and "CI" not in os.environ,
    reason="needs apprise",
)


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.env["PUSH"] = GOOD
    command.plan(PLAN.replace("CHAT", GOOD))
    return command


@needs_apprise
async def test_addresses_that_apprise_can_read_are_no_mistake(secours: Command) -> None:
    done = await secours.run("validate")

    assert (done.code, done.err) == (0, "")


@needs_apprise
async def test_address_that_apprise_cannot_read_is_a_mistake_at_its_place(
    secours: Command,
) -> None:
    secours.env["PUSH"] = "tgram://hunter2"
    secours.plan(PLAN.replace("CHAT", "slack://x"))

    done = await secours.run("validate")
    answer = (await secours.run("validate", "--format", "json")).answer

    assert done.code == 3
    assert done.err.splitlines() == [
        "probes.yaml:8:33: notify.targets.push.url: Apprise cannot read this address",
        "probes.yaml:11:12: notify.targets.chat.url: Apprise cannot read this address",
    ]
    assert (answer["valid"], len(answer["mistakes"])) == (False, 2)


@needs_apprise
async def test_address_that_lacks_a_package_here_is_unwise(secours: Command) -> None:
    secours.plan(PLAN.replace("CHAT", "windows://"))  # a kind that no Debian has

    done = await secours.run("validate")

    assert done.code == 0
    assert done.err.startswith(
        "probes.yaml:11: warning: notify.targets.chat: Apprise does not have here what"
    )


async def test_address_whose_secret_is_missing_is_left_to_the_advice(
    secours: Command,
) -> None:
    del secours.env["PUSH"]
    plan = TARGETS.replace("[push, chat]", "push").partition("    chat:")[0]
    secours.plan(plan + GROUPS)

    done = await secours.run("validate")

    assert done.code == 0
    (said,) = done.err.splitlines()
    assert "PUSH is not set; nothing can be sent to this target" in said


@pytest.mark.usefixtures("processes")
@needs_apprise
def test_no_address_is_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import json, sys\n"
        f"file = open({str(tmp_path / 'seen')!r}, 'w')\n"
        "json.dump([sys.argv[1:], json.load(sys.stdin)], file)\n"
    )
    monkeypatch.setattr(addresses, "CHILD", str(child))

    assert readings([GOOD]) == (AddressCheck.UNKNOWN,)  # as this child does not answer
    assert json.loads((tmp_path / "seen").read_text()) == [["--check"], [GOOD]]


def test_without_apprise_no_address_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "find_spec", lambda _: None)

    assert readings([GOOD, GOOD]) == (AddressCheck.ABSENT, AddressCheck.ABSENT)
    assert readings([]) == ()
