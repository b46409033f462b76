import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from plans import probe
from servers.pty_modem import pty_modem

from secours import probes
from secours.engine import clock
from secours.engine.probing.runner import Runs
from secours.engine.store.probe_notes import ProbeNotes
from secours.engine.store.store import Store
from secours.model.observed import Evidence, Outcome, Reason, failed, ok, unknown
from secours.model.runs import Stop
from secours.model.secret import Secret, SecretMissing
from secours.model.sections.channel import Probe
from secours.probes import ProbeType, modem


class Counting(ModuleType):
    """A probe type that counts its runs, of which two are allowed."""

    def __init__(self) -> None:
        super().__init__("counting")
        self.told: list[datetime] = []
        self.hurried: list[bool] = []
        self.error: Exception | None = None
        self.probed = 0

        async def probe(_settings: Any, _path: Any) -> Outcome:
            self.probed += 1
            return ok(Evidence.SERVED, latency_s=0.1)

        probe.__module__ = self.__name__
        self.probe = probe

    async def prepare(
        self, _settings: Any, notes: dict[str, str], at: datetime, *, hurried: bool
    ) -> None:
        self.told.append(at)
        self.hurried.append(hurried)
        runs = int(notes.get("runs", "0"))
        if self.error:
            raise self.error
        if runs == 2:
            raise Stop(unknown(Reason.BUDGET, limit=2))
        notes["runs"] = str(runs + 1)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    module = Counting()
    kind = ProbeType(object, module.probe, Evidence.SERVED, "")
    monkeypatch.setattr(probes, "find", lambda _: kind)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


SMS = probe("sms", type="counting")


async def _outcome(runs: Runs, one: Probe = SMS) -> Outcome:
    runs.learn([one])
    return (await runs.run(one, {})).outcome


async def test_a_type_prepares_each_of_its_runs(counting: Counting) -> None:
    runs = Runs(clock.now)

    outcomes = [await _outcome(runs) for _ in range(3)]

    fine = ok(Evidence.SERVED, latency_s=0.1)
    assert outcomes == [fine, fine, unknown(Reason.BUDGET, limit=2)]
    assert counting.probed == 2
    assert {at.tzinfo for at in counting.told} == {UTC}


async def test_a_type_is_told_which_of_its_runs_is_hurried(counting: Counting) -> None:
    runs = Runs(clock.now)
    runs.learn([SMS])

    await runs.run(SMS, {})
    await runs.run(SMS, {}, hurried=True)

    assert counting.hurried == [False, True]


async def test_notes_of_each_probe_are_its_own(counting: Counting) -> None:
    runs = Runs(clock.now)
    for _ in range(2):
        await _outcome(runs)

    outcome = await _outcome(runs, probe("other", type="counting"))

    assert outcome.evidence is Evidence.SERVED
    assert counting.probed == 3


async def test_notes_outlive_a_restart(counting: Counting, tmp_path: Path) -> None:
    for _ in range(2):
        with closing(Store(tmp_path)) as store:
            await _outcome(Runs(clock.now, notes=ProbeNotes(store)))

    with closing(Store(tmp_path)) as store:
        outcome = await _outcome(Runs(clock.now, notes=ProbeNotes(store)))

    assert outcome.reason is Reason.BUDGET
    assert counting.probed == 2


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SecretMissing("SIM_PIN"), unknown(Reason.SECRET_MISSING, what="SIM_PIN")),
        (ConnectionRefusedError(111, "refused"), failed(Reason.REFUSED)),
        (KeyError("x"), unknown(Reason.BROKEN, what="KeyError")),
    ],
)
async def test_what_goes_wrong_before_a_run_is_its_outcome(
    counting: Counting, error: Exception, outcome: Outcome
) -> None:
    error_free = Runs(clock.now)
    counting.error = error

    assert await _outcome(error_free) == outcome
    assert counting.probed == 0


async def test_what_was_noted_before_it_went_wrong_is_kept(tmp_path: Path) -> None:
    def note_and_fail(notes: ProbeNotes) -> None:
        with notes.of("sms") as noted:
            noted["pin"] = "sent"
            raise RuntimeError

    with closing(Store(tmp_path)) as store, pytest.raises(RuntimeError):
        note_and_fail(ProbeNotes(store))

    with closing(Store(tmp_path)) as store, ProbeNotes(store).of("sms") as noted:
        assert noted == {"pin": "sent"}


def test_notes_that_cannot_be_read_are_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Store(tmp_path)) as store:
        store.remember("probe-notes/sms", b"[1, 2]")

    with closing(Store(tmp_path)) as store, ProbeNotes(store).of("sms") as noted:
        assert noted == {}
    assert "notes of sms" in caplog.text


async def test_pin_is_entered_before_the_modem_is_asked_and_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    asks = {"AT+CPIN?": "+CPIN: SIM PIN", "AT+CPINR": "+CPINR: SIM PIN,3,3"}
    async with pty_modem(asks) as device:
        settings = modem.Settings(port=device.port, pin=Secret("9999"))
        locked = probe("sms", type="modem", settings=settings)
        for _ in range(2):
            with closing(Store(tmp_path)) as store:
                outcome = await _outcome(
                    Runs(clock.now, notes=ProbeNotes(store)), locked
                )

    assert outcome.reason is Reason.SIM_LOCKED
    assert device.heard.count('AT+CPIN="9999"') == 1
