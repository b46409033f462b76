"""Serial ports: names, permissions, holders, and attached devices.

No port is opened unless asked for: opening one may reset its device, or interrupt
another program.

Source: ModemManager, "Port and device
probing" (ID_MM_DEVICE_IGNORE).
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.doctor.packages import install_command
from secours.message import message, our_user
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire import remedies
from secours.wire.modem import serial_devices
from secours.wire.modem.serial_devices import claimant, holder

CLASSES = Path("/sys/class/tty")
PROC = Path("/proc")
MANAGER = "ModemManager"
OPTION = "modemmanager: any"
RULES = "/etc/udev/rules.d/78-secours.rules"
STICK = 'ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device"'
ASK_S = 3.0
LONGEST_IDENTITY = 60


def look(case: Case) -> Iterator[MachineFinding]:
    """Check for each port whether it opens, and its user."""
    planned = _of_plan(case)
    there = serial_devices.found()
    for port in planned:
        if not os.path.exists(port):
            gone = message("commands.doctor.serial.gone", port=plain(port))
            yield mend(
                "serial", gone, f"ls -l {serial_devices.DEV / serial_devices.BY_ID}"
            )
    ports = [
        *there,
        *(p for p in planned if os.path.exists(p) and os.path.realpath(p) not in there),
    ]
    if not ports and not planned:
        yield remark("serial", message("commands.doctor.serial.none"))
    for port in ports:
        is_wanted = os.path.realpath(port) in map(os.path.realpath, planned)
        yield from _of_port(port, there.get(port, ""), is_wanted)
    if case.ask_modems:
        yield from _asked([port for port in ports if _may_open(port)])


def _of_plan(case: Case) -> list[str]:
    """Return the serial ports of probes; a port of TCP is a number."""
    options = ("port", "read_port")
    ports = [getattr(p.settings, name, None) for p in case.probes for name in options]
    named = dict.fromkeys(port for port in ports if isinstance(port, str))
    return [port for port in named if port and "://" not in port]


def _may_open(port: str) -> bool:
    return os.access(port, os.R_OK | os.W_OK)


def _of_port(port: str, lasting: str, is_wanted: bool) -> Iterator[MachineFinding]:
    facts = {"port": plain(port), "user": our_user()}
    name = {"name": plain(Path(lasting).name)} if lasting else {}
    if not _may_open(port):
        yield _forbidden(port, is_wanted)
    elif who := claimant(port) or holder(port):
        said = message("commands.doctor.serial.held", **facts, holder=plain(who))
        is_manager = MANAGER in who
        tell = mend if is_wanted and is_manager else remark
        yield tell("serial", said, *(ignoring(port) if is_manager else ()))
    else:
        yield fine("serial", message("commands.doctor.serial.there", **facts, **name))


def _forbidden(port: str, wanted: bool) -> MachineFinding:
    tell = mend if wanted else remark
    lack = remedies.of_device(port, PermissionError(13, ""))
    if group := lack.get("group"):
        facts = {"port": plain(port), "user": our_user(), "group": group}
        said = message("commands.doctor.serial.group", **facts)
        return tell("serial", said, f"usermod -aG {quote(group)} {our_user()}")
    said = message("commands.doctor.serial.forbidden", port=plain(port))
    return tell("serial", said, f"ls -l {quote(port)}")


def modemmanager(case: Case) -> Iterator[MachineFinding]:
    """Say whether ModemManager runs where the plan asks it, and nowhere else."""
    modems = (getattr(probe.settings, "modemmanager", None) for probe in case.probes)
    is_needed = any(modem is not None for modem in modems)
    runs = is_running(MANAGER)
    ports = [port for port in _of_plan(case) if os.path.exists(port)]
    if is_needed and not runs:
        sentence = message("commands.doctor.manager.needed")
        yield mend("modemmanager", sentence, "systemctl enable --now ModemManager")
    elif is_needed:
        yield fine("modemmanager", message("commands.doctor.manager.runs"))
    elif runs and ports:
        facts = {"port": plain(ports[0]), "option": OPTION}
        sentence = message("commands.doctor.manager.in-the-way", **facts)
        yield mend("modemmanager", sentence, *ignoring(*ports))
    elif runs:
        sentence = message("commands.doctor.manager.beside", option=OPTION)
        yield remark("modemmanager", sentence)


def is_running(name: str) -> bool:
    """Tell whether a program of this name runs."""
    for comm in PROC.glob("[0-9]*/comm"):
        with suppress(OSError):  # it ended
            if comm.read_text("utf-8", "replace").strip() == name:
                return True
    return False


def ignoring(*ports: str) -> tuple[str, ...]:
    """Return what makes ModemManager leave the devices of these ports alone."""
    rules = [rule for port in ports if (rule := _rule(port))]
    if not rules:
        return ()
    written = " ".join(map(quote, dict.fromkeys(rules)))
    return (
        f"printf '%s\\n' {written} >>{RULES}",
        "udevadm control --reload && udevadm trigger",
        "systemctl restart ModemManager",
    )


def _rule(port: str) -> str:
    """Return the udev rule for the USB device behind a port."""
    device = CLASSES / Path(os.path.realpath(port)).name / "device"
    for folder in (device.resolve(), *device.resolve().parents):
        with suppress(OSError):
            vendor = (folder / "idVendor").read_text().strip()
            product = (folder / "idProduct").read_text().strip()
            which = f'ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}"'
            return f'{STICK}, {which}, ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    return ""


def _asked(ports: Sequence[str]) -> Iterator[MachineFinding]:
    """Identify the device on each port."""
    try:
        from secours.wire.modem import at
    except ModuleNotFoundError as missing:
        sentence = message("commands.doctor.serial.unasked", package=missing.name or "")
        yield mend("serial", sentence, install_command())
        return

    async def identity(port: str) -> MachineFinding:
        try:
            async with asyncio.timeout(ASK_S), at.open_line(port) as line:
                await line.wake()
                identity = " ".join((await line.ask("ATI")).lines)
        except (OSError, Stop):  # a TimeoutError too
            silent = message("commands.doctor.serial.silent", port=plain(port))
            return remark("serial", silent)
        facts = {"port": plain(port), "said": plain(identity, LONGEST_IDENTITY)}
        return fine("serial", message("commands.doctor.serial.answers", **facts))

    async def all_of_them() -> list[MachineFinding]:
        return await asyncio.gather(*map(identity, ports))

    yield from asyncio.run(all_of_them())
