"""Calls of notices: whether they speak, and what would make them."""

from pathlib import Path
from typing import Any

import pytest
from doctor.looking import case, said, with_probe
from msgspec.structs import replace

from secours.doctor import notices
from secours.model.secret import Secret
from secours.model.sections.notify import Notify, Target
from secours.probes.modem import Settings as Modem
from secours.probes.sip import Settings as Sip
from secours.wire.voice import speech

LOGIN: dict[str, Any] = {"username": "secours", "password": Secret("secret")}
NEEDS = ("apt-get install baresip espeak-ng",)


@pytest.mark.parametrize(
    ("settings", "lacking", "found", "commands"),
    [
        (Sip(host="h", **LOGIN), (), ("fine", "calls.speak"), ()),
        (Sip(host="h", **LOGIN), ("baresip",), ("remark", "calls.mute"), NEEDS),
        (Sip(host="h", transport="tls", **LOGIN), (), ("fine", "calls.ring"), ()),
        (Modem(port="/dev/ttyUSB2"), (), ("fine", "calls.ring"), ()),
    ],
)
def test_what_would_make_a_call_speak(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    lacking: tuple[str, ...],
    found: tuple[str, str],
    commands: tuple[str, ...],
) -> None:
    monkeypatch.setattr(notices, "lacking", lambda: lacking)
    plan = with_probe("sip", settings)
    carrier = next(iter(plan.probes()))
    target = Target(name="call", through="a", carrier=carrier, rings=True)
    notify = Notify(targets={"call": target, "text": replace(target, rings=False)})
    looked = [*notices.calls(case(tmp_path, config=replace(plan, notify=notify)))]

    assert said(looked) == [found]
    assert looked[0].commands == commands


def test_plan_that_calls_nobody_needs_no_program(tmp_path: Path) -> None:
    assert [*notices.calls(case(tmp_path))] == []
    assert speech.PROGRAMS == ("baresip", "espeak-ng")
