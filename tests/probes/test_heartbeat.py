from pathlib import Path

import pytest
from refusals import refusing
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.field_types import Duration
from secours.probes import heartbeat
from secours.wire import heartbeats

ID = "channels/mail/heartbeat"
NONE, SERVED = Evidence.NONE, Evidence.SERVED


@pytest.fixture(autouse=True)
def our_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "store"))


async def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Outcome:
    """Look when so much time has passed; 300 s and a grace of 30 s are allowed."""
    then = heartbeats._steady_s()
    monkeypatch.setattr(heartbeats, "_steady_s", lambda: then + seconds)
    settings = heartbeat.Settings(every=Duration(300), grace=Duration(30), owner=ID)
    return await ask(heartbeat, settings)


async def test_beat_in_time_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeats.write("mail")

    outcome = await later(monkeypatch, 200.0)

    assert said(outcome) == (Verdict.OK, SERVED, Reason.NONE)
    assert outcome.facts == {"since_s": pytest.approx(200.0, abs=5.0)}


async def test_beat_within_the_grace_is_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heartbeats.write("mail")

    assert (await later(monkeypatch, 320.0)).verdict is Verdict.OK


@pytest.mark.parametrize("told", [False, True])
async def test_late_beat_is_failed_whatever_it_said(
    monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    heartbeats.write("mail", failed=told)

    outcome = await later(monkeypatch, 400.0)

    assert said(outcome) == (Verdict.FAILED, NONE, Reason.LATE)
    assert outcome.facts["late_s"] == pytest.approx(100.0, abs=5.0)


async def test_beat_that_reports_a_failure_is_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heartbeats.write("mail/heartbeat", failed=True)

    outcome = await later(monkeypatch, 1.0)

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.REPORTED)


async def test_before_the_first_beat_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = await later(monkeypatch, 0.0)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_BEAT)


async def test_beat_of_an_earlier_boot_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heartbeats.write("mail")
    monkeypatch.setattr(heartbeats, "_boot_id", lambda: "another")

    outcome = await later(monkeypatch, 1.0)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_BEAT)


async def test_folder_that_others_may_enter_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secours").mkdir()
    (tmp_path / "secours").chmod(0o777)

    outcome = await later(monkeypatch, 1.0)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.BROKEN)


@pytest.mark.parametrize(("every", "grace"), [(0, 1), (-1, 1), (1, -1)])
def test_times_that_make_no_sense_are_refused(every: float, grace: float) -> None:
    with refusing("must"):
        heartbeat.Settings(every=Duration(every), grace=Duration(grace))
