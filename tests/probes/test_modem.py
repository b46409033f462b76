import asyncio
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.probe_run import ask, said
from servers.pty_modem import Reply, pty_modem

from secours import texts
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import modem
from secours.wire.modem import at, cellular

AUTHENTICATED, SERVED = Evidence.AUTHENTICATED, Evidence.SERVED
REACHED, NONE = Evidence.REACHED, Evidence.NONE

HOME: dict[str, Reply] = {
    "AT+CPIN?": "+CPIN: READY",
    "AT+CREG?": "+CREG: 0,1",
    "AT+CEREG?": "+CEREG: 0,1",
    "AT+CSQ": "+CSQ: 20,99",
    "AT+COPS?": '+COPS: 0,0,"Proximus",7',
}


@pytest.fixture(autouse=True)
def our_own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def probed(changes: dict[str, Reply], timeout_s: float = 5.0) -> Outcome:
    async with pty_modem({**HOME, **changes}) as device:
        settings = modem.Settings(port=device.port)
        return await ask(modem, settings, timeout_s=timeout_s)


async def test_sim_registered_at_home_is_authenticated() -> None:
    outcome = await probed({})

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert outcome.facts == {
        "signal": 20,
        "best": 31,
        "operator": "Proximus",
        "technology": "LTE",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"AT+CEREG?": "ERROR"},  # a 2G modem
        {"AT+CEREG?": "+CME ERROR: 100"},
        {"AT+CEREG?": "+WIND: 4"},  # no error either, and no answer
        {"AT+CREG?": '+CREG: 2,1,"00C3","01A2",7'},
        {"AT+CREG?": "+CREG: 5\r\n+CREG: 0,1"},  # a message, then the answer
        {"AT+CREG?": '+CREG: 2,"00C3","01A2"\r\n+CREG: 1,1'},
        {"AT+CREG?": "+CREG: 0,9"},
        {"AT+CPIN?": "+CPIN: SIM PIN2"},
        {"AT+CPIN?": "ERROR"},  # cannot say, but is registered
        {"AT+COPS?": "+COPS: 0"},
        {"AT+COPS?": "+CME ERROR: 30"},
        {"AT+CSQ": "+CSQ: 10,0"},
    ],
)
async def test_other_ways_to_be_registered_at_home(changes: dict[str, Reply]) -> None:
    outcome = await probed(changes)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"AT+CSQ": "+CSQ: 9,99"}, Reason.WEAK_SIGNAL),
        ({"AT+CSQ": "+CSQ: 0,0"}, Reason.WEAK_SIGNAL),
        ({"AT+CSQ": "+CSQ: 99,99"}, Reason.WEAK_SIGNAL),
        ({"AT+CSQ": "+CSQ: 199,99"}, Reason.WEAK_SIGNAL),
        ({"AT+CSQ": "ERROR"}, Reason.WEAK_SIGNAL),
        ({"AT+CREG?": "+CREG: 0,5"}, Reason.ROAMING),
        ({"AT+CREG?": "+CREG: 0,10"}, Reason.ROAMING),
        ({"AT+CREG?": "+CREG: 0,2"}, Reason.DATA_ONLY),
        ({"AT+CREG?": "+CREG: 0,6"}, Reason.DATA_ONLY),
        ({"AT+CREG?": "ERROR"}, Reason.DATA_ONLY),
    ],
)
async def test_registered_but_not_well_is_degraded(
    changes: dict[str, Reply], reason: Reason
) -> None:
    outcome = await probed(changes)

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, reason)


async def test_unknown_signal_is_not_zero() -> None:
    outcome = await probed({"AT+CSQ": "+CSQ: 99,99"})

    assert "signal" not in outcome.facts
    shown = texts.detail("en", outcome.reason, outcome.facts)
    assert shown == "the modem cannot tell how strong its signal is"


async def test_roaming_may_be_said_to_be_all_right() -> None:
    async with pty_modem({**HOME, "AT+CREG?": "+CREG: 0,5"}) as device:
        settings = modem.Settings(port=device.port, roaming="ok")
        outcome = await ask(modem, settings)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize("stat", [0, 2, 3, 4, 8, 11])
async def test_strong_signal_without_registration_is_failed(stat: int) -> None:
    outcome = await probed(
        {
            "AT+CREG?": f"+CREG: 0,{stat}",
            "AT+CEREG?": f"+CEREG: 0,{stat}",
            "AT+CSQ": "+CSQ: 31,0",
        }
    )

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.NOT_REGISTERED)
    assert outcome.facts["problem"] == cellular.STANDING[stat]


@pytest.mark.parametrize(
    ("cpin", "reason"),
    [
        ("+CPIN: SIM PIN", Reason.SIM_LOCKED),
        ("+CPIN: SIM PUK", Reason.SIM_LOCKED),
        ("+CPIN: PH-NET PIN", Reason.SIM_LOCKED),
        ("+CME ERROR: 11", Reason.SIM_LOCKED),
        ("+CME ERROR: 10", Reason.NO_SIM),
        ("+CME ERROR: SIM not inserted", Reason.NO_SIM),
        ("+CME ERROR: SIM failure", Reason.NO_SIM),
    ],
)
async def test_sim_that_is_locked_or_missing_is_failed(
    cpin: str, reason: Reason
) -> None:
    outcome = await probed({"AT+CPIN?": cpin})

    assert said(outcome) == (Verdict.FAILED, SERVED, reason)


async def test_modem_that_says_no_more_than_error_is_told_to_say_more() -> None:
    async with pty_modem({**HOME, "AT+CPIN?": "ERROR"}) as device:

        def once_told(command: str) -> bytes:
            if command == "AT+CMEE=1":
                device.table["AT+CPIN?"] = "+CME ERROR: 10"
            return b""

        device.before = once_told
        outcome = await ask(modem, modem.Settings(port=device.port))

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.NO_SIM)


async def test_sim_that_is_starting_is_asked_again() -> None:
    async with pty_modem({**HOME, "AT+CPIN?": "+CME ERROR: 14"}) as device:

        def once_started(_: str) -> bytes:
            if device.heard.count("AT+CPIN?") > 0:
                device.table["AT+CPIN?"] = "+CPIN: READY"
            return b""

        device.before = once_started
        outcome = await ask(modem, modem.Settings(port=device.port))

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


async def test_pin_is_never_sent() -> None:
    async with pty_modem({**HOME, "AT+CPIN?": "+CPIN: SIM PIN"}) as device:
        settings = modem.Settings(port=device.port, pin=Secret("1234"))
        await ask(modem, settings)

    assert not [command for command in device.heard if "1234" in command]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("at_once", [False, True])
async def test_slow_modem_is_degraded_and_its_answers_are_its_own(
    at_once: bool,
) -> None:
    async with pty_modem(HOME) as device:
        device.slow_s, device.at_once = 3.0, at_once
        settings = modem.Settings(port=device.port)
        outcome = await ask(modem, settings, timeout_s=10.0)

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, Reason.SLOW)


@pytest.mark.usefixtures("processes")
async def test_slow_modem_that_has_the_time_says_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.1, 0.4))
    monkeypatch.setattr(at, "SLOW_S", 0.2)
    async with pty_modem(HOME) as device:
        device.slow_s = 0.3
        settings = modem.Settings(port=device.port)
        slow = await ask(modem, settings, timeout_s=10.0)
        device.table["AT+CSQ"] = "+CSQ: 2,99"
        weak = await ask(modem, settings, timeout_s=10.0)
        device.table["AT+COPS?"] = None
        mute = await ask(modem, settings, timeout_s=4.0)

    assert said(slow) == (Verdict.DEGRADED, AUTHENTICATED, Reason.SLOW)
    assert slow.facts["operator"] == "Proximus"
    assert said(weak) == (Verdict.DEGRADED, AUTHENTICATED, Reason.WEAK_SIGNAL)
    assert said(mute) == (Verdict.FAILED, REACHED, Reason.TIMEOUT)


async def test_modem_that_chatters_is_understood() -> None:
    async with pty_modem(HOME) as device:
        talk = asyncio.create_task(device.chatter(b"\r\n+WIND: 7\r\n", 0.005))
        outcome = await ask(modem, modem.Settings(port=device.port))
        talk.cancel()

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


async def test_silence_is_a_timeout() -> None:
    async with pty_modem(HOME) as device:
        device.mute = True
        settings = modem.Settings(port=device.port)
        outcome = await ask(modem, settings, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, NONE, Reason.TIMEOUT)
    assert [*outcome.facts] == ["timeout_s"]  # how long it was waited for


async def test_modem_that_falls_silent_halfway_is_a_timeout() -> None:
    outcome = await probed({"AT+COPS?": None}, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, REACHED, Reason.TIMEOUT)


@pytest.mark.parametrize("noise", [b"\x80\xff\r\n$GPGGA,1*7\r\n", 20_000 * b"\xaa"])
async def test_noise_is_no_answer(noise: bytes) -> None:
    outcome = await probed({"ATE0": noise}, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, REACHED, Reason.PROTOCOL)


@pytest.mark.parametrize("creg", ["", "+CREG: what", "+CREG: 1"])
async def test_answer_that_holds_no_registration_makes_no_sense(creg: str) -> None:
    outcome = await probed({"AT+CREG?": creg})

    assert said(outcome) == (Verdict.FAILED, REACHED, Reason.PROTOCOL)


@pytest.mark.parametrize(
    "changes",
    [
        {"AT+CSQ": f"+CSQ: {5000 * '9'},99"},
        {"AT+COPS?": f'+COPS: 0,0,"Proximus",{5000 * "9"}'},
        {"AT+CPIN?": f"+CME ERROR: {5000 * '9'}"},
        {"AT+CREG?": f"+CREG: 0,{5000 * '9'}"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_number_of_thousands_of_digits_makes_no_sense(
    changes: dict[str, Reply],
) -> None:
    outcome = await probed(changes)

    assert said(outcome) == (Verdict.FAILED, REACHED, Reason.PROTOCOL)


async def test_missing_device_is_unknown() -> None:
    settings = modem.Settings(port="/dev/no-such-modem")

    outcome = await ask(modem, settings)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_DEVICE)
    assert outcome.facts == {"what": "/dev/no-such-modem"}


async def test_device_that_another_program_holds_is_unknown() -> None:
    async with pty_modem(HOME) as device:
        other = os.open(device.port, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(other, fcntl.LOCK_EX)
        outcome = await ask(modem, modem.Settings(port=device.port))
        os.close(other)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.DEVICE_BUSY)


async def test_device_we_may_not_open_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really_open = os.open

    def refused(name: str, *rest: Any, **more: Any) -> int:
        if name == device.port:  # root may open anything, so it is said here
            raise PermissionError(13, "Permission denied")
        return really_open(name, *rest, **more)

    async with pty_modem(HOME) as device:
        monkeypatch.setattr(os, "open", refused)
        outcome = await ask(modem, modem.Settings(port=device.port))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.PERMISSION)


@pytest.mark.parametrize(
    "options",
    [
        {"port": ""},
        {"min_signal": 32},
        {"port": None},
        {"modemmanager": 0},
        {"port": None, "modemmanager": -1},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing("must"):
        modem.Settings(**{"port": "/dev/ttyUSB2", **options})
