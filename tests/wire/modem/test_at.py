import asyncio
import fcntl
import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.pause import longest_pause_s
from servers.pty_modem import Prompt, PtyModem, Reply, pty_modem, running

from secours import places
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.wire.modem import at, serial_devices, serial_port
from secours.wire.modem.at import AtResponse


@pytest.fixture(autouse=True)
def our_own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def one_answer(modem: PtyModem, command: str) -> AtResponse:
    async with at.open_line(modem.port) as line:
        return await line.ask(command)


@pytest.mark.parametrize("echo", [True, False])
@pytest.mark.parametrize("pieces", [0, 1])
async def test_answer_is_its_lines_without_the_echo(echo: bool, pieces: int) -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}, echo=echo) as modem:
        modem.pieces = pieces
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == AtResponse(("+CSQ: 20,99",))
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


@pytest.mark.parametrize("line", [b"a\n", b"\r\n", b"a"], ids=["a", "empty", "none"])
async def test_an_answer_without_end_is_noise_and_holds_up_nobody(line: bytes) -> None:
    async with pty_modem({}) as modem, at.open_line(modem.port) as dialogue:
        reader = asyncio.StreamReader()
        reader.feed_data(line * (1 << 18))
        monopoly = at.Dialogue(reader, dialogue._writer)
        outcomes: list[Outcome] = []

        async def asking() -> None:
            try:
                await monopoly.ask("AT+CMGL=4", limit_bytes=1 << 18)
            except Stop as stop:
                outcomes.append(stop.outcome)

        longest_s = await longest_pause_s(asking())

    assert outcomes[0].reason is Reason.PROTOCOL
    assert longest_s < 0.2


async def test_half_a_command_of_somebody_else_is_no_harm() -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        modem._typed = b"AT+CM"  # what another program left there
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == AtResponse(("+CSQ: 20,99",))
    assert modem.heard[0] == "AT+CMATE0"


async def test_modem_that_missed_the_first_command_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.05,))
    async with pty_modem({"ATE0": None, "AT+CSQ": "+CSQ: 20,99"}) as modem:

        def once_it_woke(_: str) -> bytes:
            if len(modem.heard) > 2:
                modem.table["ATE0"] = ""
            return b""

        modem.before = once_it_woke
        modem.table["ATE0"] = b""
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == AtResponse(("+CSQ: 20,99",))


@pytest.mark.parametrize("at_once", [False, True])
async def test_late_answer_is_not_taken_for_that_of_a_later_command(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.05, 0.08))
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99", "AT+CREG?": "ERROR"}) as modem:
        modem.slow_s, modem.at_once = 0.15, at_once
        async with at.open_line(modem.port) as line:
            answers = [await line.ask(c) for c in ("AT+CSQ", "AT+CREG?", "AT")]

    assert answers == [
        AtResponse(("+CSQ: 20,99",)),
        AtResponse((), "ERROR"),
        AtResponse(),
    ]


async def test_refusal_after_late_answers_is_still_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.05,))
    async with pty_modem({"AT+CSQ": "ERROR"}) as modem:
        modem.slow_s = 0.15
        answer = await one_answer(modem, "AT+CSQ")

    assert answer == AtResponse((), "ERROR")


async def test_modem_that_chatters_is_woken_though_it_missed_the_first_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.1,))
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        modem.table["ATE0"] = b""
        talk = asyncio.create_task(modem.chatter(b"\r\n+WIND: 7\r\n", 0.02))
        asking = asyncio.create_task(one_answer(modem, "AT+CSQ"))
        await asyncio.wait({asking}, timeout=0.05)
        modem.table["ATE0"] = ""
        async with asyncio.timeout(60.0):
            answer = await asking
        talk.cancel()

    assert answer.value("+CSQ") == "20,99"


async def test_waiting_for_late_answers_that_never_come_makes_no_modem_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.05,))
    monkeypatch.setattr(at, "SLOW_S", 0.5)
    async with pty_modem({"ATE0": b"", "AT+CSQ": "ERROR"}) as modem:
        modem.before = lambda _: modem.table.update({"ATE0": ""}) or b""
        async with at.open_line(modem.port) as line:
            answer = await line.ask("AT+CSQ")
            slow = line.slow

    assert answer == AtResponse((), "ERROR")
    assert not slow


@pytest.mark.parametrize("said", ["NO CARRIER", "BUSY", "RING", "+WIND: 4"])
async def test_end_of_a_call_is_no_answer_to_a_question(said: str) -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        modem.before = lambda _: f"\r\n{said}\r\n".encode()
        answer = await one_answer(modem, "AT+CSQ")

    assert answer.value("+CSQ") == "20,99"
    assert not answer.error


async def test_endless_noise_ends_as_soon_as_it_is_known_for_noise() -> None:
    async def drone(modem: PtyModem) -> None:
        while True:
            modem.say(1000 * b"\xfe\x81")
            await asyncio.sleep(0)

    async with pty_modem({"ATE0": None}) as modem:
        noise = asyncio.create_task(drone(modem))
        with pytest.raises(Stop) as stopped:
            async with asyncio.timeout(60.0):
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

    assert answers == 3 * [AtResponse(("+CSQ: 20,99",))]
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
    ("port", "problem"),
    [
        ("/dev/null", "no-serial-port"),
        ("/dev/no-such-modem", None),
        ("/dev", "no-serial-port"),
    ],
)
async def test_what_is_no_serial_port_is_no_device(
    port: str, problem: str | None
) -> None:
    with pytest.raises(Stop) as stopped:
        async with at.open_line(port):
            pass

    outcome = stopped.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, Reason.NO_DEVICE)
    assert outcome.evidence is Evidence.NONE
    assert outcome.facts["what"] == port
    assert outcome.facts.get("problem") == problem


# ------------------------------------------------------------------ who has it

PYTHON = os.path.basename(sys.executable)[:15]  # as the kernel cuts it
HOLD = """
import fcntl, os, sys, termios
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "flock":
    fcntl.flock(line, fcntl.LOCK_EX)
if sys.argv[2] == "tiocexcl":
    fcntl.ioctl(line, termios.TIOCEXCL)
print("held", flush=True)
sys.stdin.read()
if sys.argv[2] == "tiocexcl":
    fcntl.ioctl(line, termios.TIOCNXCL)
"""
PROBE = """
import asyncio, sys
from secours.wire.modem import at
async def main():
    async with at.open_line(sys.argv[1]) as line:
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print((await line.ask("AT+CSQ")).lines, flush=True)
asyncio.run(main())
"""


@contextmanager
def another_program(script: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.communicate(timeout=60)


async def said_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return await asyncio.to_thread(process.stdout.readline)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("way", ["flock", "tiocexcl"])
async def test_port_that_another_program_holds_is_busy_and_it_is_named(
    way: str,
) -> None:
    async with pty_modem({}) as modem:
        with another_program(HOLD, modem.port, way) as other:
            await said_by(other)
            with pytest.raises(Stop) as stopped:
                await one_answer(modem, "AT")

    outcome = stopped.value.outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, Reason.DEVICE_BUSY)
    holder = f"{PYTHON} ({other.pid})"
    assert outcome.facts == {"what": modem.port, "holder": holder}
    assert modem.heard == []


@pytest.mark.usefixtures("processes")
async def test_port_that_another_program_only_has_open_is_ours() -> None:
    async with pty_modem({}) as modem:
        with another_program(HOLD, modem.port, "open") as other:
            await said_by(other)
            answer = await one_answer(modem, "AT")

    assert answer == AtResponse()


async def test_unseen_holder_may_be_modemmanager(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serial_devices, "PROC", tmp_path)
    async with pty_modem({}) as modem:
        other = os.open(modem.port, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(other, termios.TIOCEXCL)
        with pytest.raises(Stop) as stopped:
            await one_answer(modem, "AT")
        os.close(other)

    facts = {"what": modem.port, "holder": "ModemManager?"}
    assert stopped.value.outcome.facts == facts


async def test_program_that_a_lock_file_names_has_the_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serial_devices, "LOCKS", tmp_path)
    async with pty_modem({}) as modem:
        lock = tmp_path / f"LCK..{Path(modem.port).name}"
        lock.write_text(f"{os.getppid():10d}\n")
        with pytest.raises(Stop) as stopped:
            await one_answer(modem, "AT")
        lock.write_text(f"{2**22 + 1:10d}\n")  # no program has such a number
        answer = await one_answer(modem, "AT")

    assert stopped.value.outcome.reason is Reason.DEVICE_BUSY
    assert f"({os.getppid()})" in str(stopped.value.outcome.facts["holder"])
    assert answer == AtResponse()


@pytest.mark.usefixtures("processes")
async def test_two_processes_take_turns() -> None:
    async with pty_modem({"AT+CSQ": "+CSQ: 20,99"}) as modem:
        with another_program(PROBE, modem.port) as other:
            await said_by(other)
            ours = asyncio.create_task(one_answer(modem, "AT+CSQ"))
            done, _ = await asyncio.wait({ours}, timeout=0.3)
            assert other.stdin
            other.stdin.close()
            theirs = await said_by(other)
            answer = await ours
            other.stdin = None

    assert not done
    assert theirs == "('+CSQ: 20,99',)\n"
    assert answer == AtResponse(("+CSQ: 20,99",))
    assert modem.heard == 2 * ["ATE0", "AT+CSQ"]


@pytest.mark.usefixtures("processes")
async def test_probe_that_keeps_the_device_too_long_is_named() -> None:
    async with pty_modem({}) as modem:
        with another_program(PROBE, modem.port) as other:
            await said_by(other)
            ours = asyncio.create_task(one_answer(modem, "AT"))
            await asyncio.wait({ours}, timeout=0.2)
            ours.cancel()
            with pytest.raises(Stop) as stopped:
                await ours
            other.kill()

    assert f"({other.pid})" in str(stopped.value.outcome.facts["holder"])


async def test_port_is_given_back_as_it_was() -> None:
    async with pty_modem({}) as modem:
        await one_answer(modem, "AT")
        line = os.open(modem.port, os.O_RDWR | os.O_NOCTTY)
        assert not serial_port._exclusive(line)
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(line)


# ------------------------------------------------------------------ texts


class Asking(PtyModem):
    """A modem that asks for a text after AT+CMGS, and says it back."""

    def reply(self, command: str) -> Reply | Prompt:
        if command == "AT+CMGS=2":
            return Prompt(lambda text: f"+CMGS: {text}")
        return super().reply(command)


@pytest.mark.parametrize("echo", [True, False])
async def test_text_is_sent_once_it_is_asked_for(echo: bool) -> None:
    async with (
        running(Asking({}, echo=echo)) as modem,
        at.open_line(modem.port) as line,
    ):
        answer = await line.compose("AT+CMGS=2", "hi")

    assert answer.value("+CMGS") == "hi"


async def test_text_that_is_not_asked_for_is_not_sent() -> None:
    asking = running(Asking({"AT+CMGS=3": "+CMS ERROR: 304"}))
    async with asking as modem, at.open_line(modem.port) as line:
        answer = await line.compose("AT+CMGS=3", "hi")
        await line.ask("AT")

    assert answer == AtResponse((), "+CMS ERROR: 304")
    assert modem.heard == ["ATE0", "AT+CMGS=3", "AT"]


async def test_modem_that_waits_for_a_text_of_somebody_else_is_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at, "WAKE_S", (0.2,))
    async with running(Asking({})) as modem:
        modem._prompt = Prompt(lambda text: "+CMGS: 1")  # they died meanwhile
        answer = await one_answer(modem, "AT")

    assert answer == AtResponse()
