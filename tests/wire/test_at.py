import asyncio
import fcntl
import os
from pathlib import Path

import pytest
from servers.pty_modem import PtyModem, pty_modem

from secours import places
from secours.model import Evidence, Reason, Stop, Verdict
from secours.wire import at
from secours.wire.at import Answer


@pytest.fixture(autouse=True)
def our_own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def one_answer(modem: PtyModem, command: str) -> Answer:
    async with at.open_line(modem.port) as line:
        return await line.ask(command)


@pytest.mark.parametrize("echo", [True, False])
@pytest.mark.parametrize("pieces", [0, 1])
async def test_answer_is_its_lines_without_the_echo(echo: bool, pieces: int) -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}, echo=echo) as modem:
        modem.pieces = pieces
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == Answer(("+CSQ: 20,99",))
    assert answer.value("+CSQ") == "20,99"


async def test_messages_of_the_modems_own_are_no_answer() -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        modem.before = lambda _: b"\r\nRING\r\n\r\n+CREG: 1\r\n"
        answer = await one_answer(modem, "AT+CSQ")

    assert answer.value("+CSQ") == "20,99"
    assert not answer.error


@pytest.mark.parametrize(
    ("reply", "error", "cme"),
    [
        ("ERROR", "ERROR", None),
        ("+CME ERROR: 10", "+CME ERROR: 10", 10),
        ("+CME ERROR: SIM not inserted", "+CME ERROR: SIM not inserted", 10),
        ("+CME ERROR: sim busy", "+CME ERROR: sim busy", 14),
        ("+CME ERROR: whatever", "+CME ERROR: whatever", None),
        ("+CMS ERROR: 10", "+CMS ERROR: 10", None),
    ],
)
async def test_errors_are_told_apart(reply: str, error: str, cme: int | None) -> None:
    async with pty_modem({"AT+CPIN?": reply}) as modem:
        answer = await one_answer(modem, "AT+CPIN?")

    assert (answer.error, answer.cme) == (error, cme)


async def test_half_a_command_of_somebody_else_is_no_harm() -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        modem._typed = b"AT+CM"  # what another program left there
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == Answer(("+CSQ: 20,99",))
    assert modem.heard[0] == "AT+CMATE0"


async def test_modem_that_missed_the_first_command_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", 0.05)
    async with pty_modem({"ATE0": None, "AT+CSQ": "+CSQ: 20,99"}) as modem:

        def once_it_woke(_: str) -> bytes:
            if len(modem.heard) > 2:
                modem.table["ATE0"] = ""
            return b""

        modem.before = once_it_woke
        modem.table["ATE0"] = b""
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == Answer(("+CSQ: 20,99",))


async def test_endless_noise_ends_as_soon_as_it_is_known_for_noise() -> None:
    async def drone(modem: PtyModem) -> None:
        while True:
            modem.say(1000 * b"\xfe\x81")
            await asyncio.sleep(0)

    async with pty_modem({"ATE0": None}) as modem:
        noise = asyncio.create_task(drone(modem))
        with pytest.raises(Stop) as stopped:
            async with asyncio.timeout(10.0):
                await one_answer(modem, "AT+CSQ")
        noise.cancel()

    assert stopped.value.outcome.verdict is Verdict.FAILED
    assert stopped.value.outcome.reason is Reason.PROTOCOL


async def test_line_that_is_unplugged_is_no_device() -> None:
    async def unplugged(modem: PtyModem) -> None:
        async with at.open_line(modem.port) as line:
            modem.stop()
            await line.ask("AT+CSQ")

    async with pty_modem({}) as modem:
        with pytest.raises(Stop) as stopped:
            await unplugged(modem)

    assert stopped.value.outcome.verdict is Verdict.UNKNOWN
    assert stopped.value.outcome.reason is Reason.NO_DEVICE


async def test_two_probes_of_one_device_take_turns() -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        answers = await asyncio.gather(
            *(one_answer(modem, "AT+CSQ") for _ in range(3)),
        )

    assert answers == 3 * [Answer(("+CSQ: 20,99",))]
    assert modem.heard == 3 * ["ATE0", "AT+CSQ"]


async def test_a_turn_that_never_comes_is_a_busy_device(tmp_path: Path) -> None:
    async with pty_modem({}) as modem:
        folder = places.ours_alone(places.runtime_root() / "lines")
        name = modem.port.replace("/", "%2F")
        with (folder / name).open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            asked = asyncio.create_task(one_answer(modem, "AT"))
            done, _ = await asyncio.wait({asked}, timeout=0.2)
            asked.cancel()
            with pytest.raises(Stop) as stopped:
                await asked

    assert not done
    assert stopped.value.outcome.reason is Reason.DEVICE_BUSY


@pytest.mark.parametrize(
    ("port", "what"),
    [
        ("/dev/null", "/dev/null is no serial port"),
        ("/dev/no-such-modem", "/dev/no-such-modem"),
        ("/dev", "/dev is no serial port"),
    ],
)
async def test_what_is_no_serial_port_is_no_device(port: str, what: str) -> None:
    with pytest.raises(Stop) as stopped:
        async with at.open_line(port):
            pass

    outcome = stopped.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, Reason.NO_DEVICE)
    assert outcome.evidence is Evidence.NONE
    assert outcome.facts["what"] == what


async def test_port_that_another_program_locked_is_busy() -> None:
    async with pty_modem({}) as modem:
        other = os.open(modem.port, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Stop) as stopped:
            await one_answer(modem, "AT")
        os.close(other)

    assert stopped.value.outcome.reason is Reason.DEVICE_BUSY
