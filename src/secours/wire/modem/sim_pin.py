"""Entering the PIN of a SIM without ever locking it.

A PIN is entered only where the SIM asks for it, only while at least three tries are
known to be left, and once for a SIM and a value, unless the SIM accepted it: then again
after the next power cut.

Source: 3GPP TS 27.007 sections 8.3 (+CPIN), 8.65 (+CPINR); the vendors' AT manuals for
the others that tell the tries left; ModemManager D-Bus interface reference (Sim).
"""

import asyncio
import hashlib
import re
from collections.abc import MutableMapping

from secours.model.secret import Secret
from secours.wire.modem.at import AtResponse, Dialogue
from secours.wire.modem.cellular import USABLE, lock_of
from secours.wire.modem.modemmanager import PIN, UNLOCKED, CallRefused, Modem
from secours.wire.numbers import whole

Memory = MutableMapping[str, str]

FEWEST_TRIES = 3
SETTLE_S = 0.5  # between two looks at a SIM that was given its PIN
SETTLES = 10
TRIES_LEFT = (  # what asks for them, and where they stand in the answer
    ("AT+CPINR", r"\+CPINR: *\"?SIM PIN\"? *, *(\d+)"),
    ('AT+CPINR="SIM PIN"', r"\+CPINR: *\"?SIM PIN\"? *, *(\d+)"),
    ("AT^CPIN?", r"\^CPIN: *\"?SIM PIN\"? *,[^,]*,[^,]*, *(\d+)"),  # Huawei
    ("AT+SPIC", r"\+SPIC: *(\d+)"),  # SIMCom
    ('AT+QPINC="SC"', r"\+QPINC: *\"SC\" *, *(\d+)"),  # Quectel
    ("AT+UPINCNT", r"\+UPINCNT: *(\d+)"),  # u-blox
    ("AT+CPINC?", r"\+CPINC: *(\d+)"),  # Sierra
    ("AT#PCT", r"#PCT: *(\d+)"),  # Telit
    ("AT^SPIC", r"\^SPIC: *(\d+)"),  # Cinterion
)
SERIAL_NUMBERS = ("AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT#CCID")
SENT, ACCEPTED = "sent", "accepted"


async def enter(line: Dialogue, port: str, pin: Secret, memory: Memory) -> None:
    """Enter the PIN by AT commands, if the SIM asks for it and it is safe.

    Raises:
        Stop: there is no SIM, or the device went away.
        SecretMissing: the PIN could not be read.
    """
    if await lock_of(line) != "SIM PIN":
        return
    value = _digits(pin)
    sim = _sim(await _serial_number(line) or port)
    if not value or not _may_enter(memory, sim, value):
        return
    if (await _tries_left(line) or 0) < FEWEST_TRIES:
        return
    memory[sim] = _note(sim, value, SENT)
    await line.ask(f'AT+CPIN="{value}"')
    for _ in range(SETTLES):
        lock = await lock_of(line)
        if lock in USABLE[1:]:
            memory[sim] = _note(sim, value, ACCEPTED)
            return
        if lock:
            return
        await asyncio.sleep(SETTLE_S)


async def enter_by_modemmanager(modem: Modem, pin: Secret, memory: Memory) -> None:
    """Enter the PIN through ModemManager, if the SIM asks for it and it is safe.

    Raises:
        Stop: ModemManager does not answer.
        SecretMissing: the PIN could not be read.
    """
    properties = modem.properties
    if properties.get("UnlockRequired") != PIN:
        return
    value = _digits(pin)
    slot = str(properties.get("Sim", ""))
    if not value or not slot.startswith("/"):
        return
    number = (await modem.read(slot, "Sim")).get("SimIdentifier", "")
    sim = _sim(str(number) or modem.path)
    tries = dict(properties.get("UnlockRetries", {})).get(PIN, 0)
    if tries < FEWEST_TRIES or not _may_enter(memory, sim, value):
        return
    memory[sim] = _note(sim, value, SENT)
    try:
        await modem.call(slot, "Sim.SendPin", "s", value)
    except CallRefused:  # the probe will find the SIM locked
        return
    after = await modem.read(modem.path, "Modem")
    if after.get("UnlockRequired") in UNLOCKED[1:]:
        memory[sim] = _note(sim, value, ACCEPTED)


def _digits(pin: Secret) -> str:
    """Return the PIN, or "" if no SIM could have it."""
    value = pin.reveal().strip()
    return value if re.fullmatch(r"[0-9]{4,8}", value) else ""


async def _tries_left(line: Dialogue) -> int | None:
    """Ask for the tries left; None where the modem cannot say."""
    for command, pattern in TRIES_LEFT:
        for said in (await line.ask(command)).lines:
            if found := re.match(pattern, said, re.IGNORECASE):
                return whole(found[1])
    return None


async def _serial_number(line: Dialogue) -> str:
    """Return the number printed on the SIM, empty where it cannot be read yet."""
    for command in SERIAL_NUMBERS:
        if number := _number(await line.ask(command)):
            return number
    return ""


def _number(answer: AtResponse) -> str:
    for line in answer.lines:
        if found := re.search(r"\b(89\d{16,18}F?)\b", line, re.IGNORECASE):
            return found[1].upper().rstrip("F")
    return ""


def _may_enter(memory: Memory, sim: str, value: str) -> bool:
    return memory.get(sim) != _note(sim, value, SENT)


def _note(sim: str, value: str, what: str) -> str:
    """Return a note of a value that cannot be read from it.

    One byte fits some forty PINs of four digits: no help with three tries.
    """
    digest = hashlib.blake2b(value.encode(), key=sim.encode()[:64], digest_size=1)
    return f"{digest.hexdigest()} {what}"


def _sim(number: str) -> str:
    return f"pin {hashlib.blake2b(number.encode(), digest_size=8).hexdigest()}"
