"""Modem behind ModemManager, over D-Bus.

It does not tell calls from data: registered for either counts as both.

Source: ModemManager 1.24 D-Bus interface reference (Modem, Modem3gpp, Sim, Sms) and its
MMModemState, MMModemLock, MMModem3gppRegistrationState, MMModemAccessTechnology.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

from dbus_fast import BusType, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError
from msgspec import Struct

from secours.message import our_user
from secours.model.observed import Evidence, Outcome, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.modem.cellular import BEST_SIGNAL, Radio
from secours.wire.numbers import whole

Which = int | Literal["any"]
Properties = Mapping[str, Any]

NAME = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
MODEM, MODEM_3GPP = f"{NAME}.Modem", f"{NAME}.Modem.Modem3gpp"
PROPERTIES = "org.freedesktop.DBus.Properties"
ABSENT = (  # ModemManager does not run; or not on that bus
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
)
FORBIDDEN = (  # by a policy of D-Bus, or by polkit
    "org.freedesktop.DBus.Error.AccessDenied",
    f"{NAME}.Error.Core.Unauthorized",
)
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"

LEAVE_S = 0.2

FAILED, STATE_LOCKED, DISABLED, REGISTERED = -1, 2, 3, 8  # MMModemState
CHANGING = (0, 1, 4, 5)  # unknown, initializing, disabling, enabling
NO_SIM = {2: "", 3: "sim-failure", 5: "esim-empty"}  # MMModemStateFailedReason
PIN = 2  # MMModemLock
UNLOCKED = (0, 1, 3, 5)  # not known, none; the second PIN guards no calls
LOCKS = {PIN: "sim-pin-required", 4: "sim-puk-required"}
TECHNOLOGIES = (  # the best first, MMModemAccessTechnology
    (1 << 15, "5G"),
    (1 << 14 | 1 << 16 | 1 << 17, "LTE"),
    (1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9, "UMTS"),
    (1 << 1 | 1 << 2 | 1 << 3 | 1 << 4, "GSM"),
)


class CallRefused(Exception):
    """ModemManager answers a call with an error."""

    def __init__(self, name: str, said: str = "") -> None:
        """Keep the error's name, without its common prefix, and its words."""
        super().__init__(name)
        self.name = name
        self.said = said


class Modem(Struct, frozen=True):
    """One modem on an open bus."""

    bus: MessageBus
    path: str
    properties: Properties  # of the interface Modem
    network: Properties  # of the interface Modem3gpp; empty while it is not enabled

    async def call(
        self, path: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        """Call a method of ModemManager; `member` is `Interface.Method`.

        Raises:
            CallRefused: it answers with an error.
            Stop: it does not run, or may not be asked.
        """
        return await _call(self.bus, path, f"{NAME}.{member}", signature, *body)

    async def read(self, path: str, interface: str) -> Properties:
        """Return the properties of an object; for `call`s errors see there."""
        name = f"{NAME}.{interface}"
        found = await _call(self.bus, path, f"{PROPERTIES}.GetAll", "s", name)
        return _plain_values(found[0])

    async def again(self) -> "Modem":
        """Return it as it is now; errors as of `call`."""
        network = await self.read(self.path, "Modem.Modem3gpp")
        properties = await self.read(self.path, "Modem")
        return Modem(self.bus, self.path, properties, network)


@asynccontextmanager
async def open_modem(which: Which) -> AsyncIterator[Modem]:
    """Open a modem of ModemManager's, for the block.

    Raises:
        Stop: no bus, no ModemManager, no such modem; or no answer at the deadline.
    """
    try:
        async with _connected() as bus:
            yield await _find(bus, which)
    except asyncio.CancelledError:
        raise Stop(unknown(Reason.BROKEN, problem="modemmanager-silent")) from None
    except CallRefused as refusal:
        raise Stop(_broken(refusal)) from None
    except (DBusFastError, EOFError, OSError):  # the last where it went while we wrote
        raise Stop(unknown(Reason.BROKEN, problem="no-system-bus")) from None


def unlocked(modem: Modem) -> None:
    """Raise Stop unless the modem works, ready, and its SIM is unlocked."""
    state = int(modem.properties.get("State", 0))
    lock = int(modem.properties.get("UnlockRequired", 0))
    why = int(modem.properties.get("StateFailedReason", 0))
    if lock not in UNLOCKED or state == STATE_LOCKED:
        raise _without(Reason.SIM_LOCKED, problem=LOCKS.get(lock, ""))
    if state == FAILED and why in NO_SIM:
        raise _without(Reason.NO_SIM, problem=NO_SIM[why])
    if state == FAILED:
        raise _without(Reason.NOT_REGISTERED, problem="modem-failure")
    if state == DISABLED:
        raise _without(Reason.NOT_REGISTERED, problem="radio-off")
    if state in CHANGING:
        raise Stop(unknown(Reason.DEVICE_BUSY, what="ModemManager"))


def attached(modem: Modem) -> None:
    """Raise Stop unless the modem works, its SIM is unlocked, and it is registered."""
    unlocked(modem)
    found = radio(modem)
    if not found.registered:
        raise _without(Reason.NOT_REGISTERED, problem=found.problem)


def _without(reason: Reason, *, problem: str) -> Stop:
    """Return the failure of a modem without a network; the problem may be empty."""
    facts = {"problem": problem} if problem else {}
    return Stop(failed(reason, Evidence.SERVED, **facts))


def radio(modem: Modem) -> Radio:
    """Return what ModemManager knows of the network."""
    technologies = int(modem.properties.get("AccessTechnologies", 0))
    found = int(modem.properties.get("State", 0)) >= REGISTERED
    return Radio(  # MMModem3gppRegistrationState has the numbers of +CREG
        voice=int(modem.network.get("RegistrationState", found)),
        packets=None,
        signal=_signal(modem.properties.get("SignalQuality")),
        operator=plain(modem.network.get("OperatorName", "")),
        technology=next((n for bits, n in TECHNOLOGIES if technologies & bits), ""),
    )


def _signal(quality: Any) -> int | None:
    """Return per cent in the scale of +CSQ; None if never measured."""
    match quality:
        case [int(percent), bool(recent)] if 0 <= percent <= 100:
            return round(percent * BEST_SIGNAL / 100) if percent or recent else None
    return None


@asynccontextmanager
async def _connected() -> AsyncIterator[MessageBus]:
    """Connect to the system bus, that of DBUS_SYSTEM_BUS_ADDRESS if set."""
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
    except PermissionError:
        raise Stop(_forbidden()) from None
    except OSError:
        raise Stop(unknown(Reason.BROKEN, problem="no-system-bus")) from None
    try:
        yield bus
    finally:
        bus.disconnect()
        with suppress(Exception):  # it went away before us
            async with asyncio.timeout(LEAVE_S):
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast has no type for it


async def _call(
    bus: MessageBus, path: str, member: str, signature: str = "", *body: Any
) -> list[Any]:
    """Call a method, without starting a service."""
    interface, _, method = member.rpartition(".")
    answer = await bus.call(
        Message(
            destination=NAME,
            path=path,
            interface=interface,
            member=method,
            signature=signature,
            body=list(body),
            flags=MessageFlag.NO_AUTOSTART,
        )
    )
    if answer.message_type is MessageType.ERROR:
        raise _refused(answer)
    return list(answer.body)


def _refused(answer: Message) -> Exception:
    name = answer.error_name or ""
    if name in ABSENT:
        return Stop(unknown(Reason.BROKEN, problem="modemmanager-not-running"))
    if name in FORBIDDEN:
        return Stop(_forbidden())
    said = plain(answer.body[0]) if answer.body else ""
    return CallRefused(plain(name.removeprefix(f"{NAME}.Error.")), said)


def _forbidden() -> Outcome:
    return unknown(Reason.PERMISSION, problem="modemmanager-forbids", user=our_user())


def _broken(refusal: CallRefused) -> Outcome:
    if refusal.name == UNKNOWN_OBJECT:  # it was unplugged meanwhile
        return unknown(Reason.NO_DEVICE, problem="unplugged")
    return unknown(Reason.BROKEN, said=plain(refusal.name))


async def _find(bus: MessageBus, which: Which) -> Modem:
    reply = await _call(
        bus, ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects"
    )
    modems = {
        whole(number): _modem(bus, path, interfaces)
        for path, interfaces in reply[0].items()
        if MODEM in interfaces and (number := path.rpartition("/")[2]).isdecimal()
    }
    if which == "any" and modems:
        return max(modems.items(), key=_readiness)[1]
    if which in modems:
        return modems[int(which)]
    facts = {"problem": "no-modem", "what": str(which)}
    if modems:
        facts |= {"known": ", ".join(map(str, sorted(modems)))}
    raise Stop(unknown(Reason.NO_DEVICE, **facts))


def _modem(bus: MessageBus, path: str, interfaces: Mapping[str, Any]) -> Modem:
    return Modem(
        bus,
        path,
        _plain_values(interfaces[MODEM]),
        _plain_values(interfaces.get(MODEM_3GPP, {})),
    )


def _readiness(modem: tuple[int, Modem]) -> tuple[int, int]:
    """Order modems: a higher MMModemState is more ready; then the first."""
    number, found = modem
    return int(found.properties.get("State", 0)), -number


def _plain_values(properties: Mapping[str, Variant]) -> Properties:
    return {name: variant.value for name, variant in properties.items()}
