"""A ModemManager on a bus of its own, with modems that a test makes as it likes.

    async with private_bus(tmp_path) as bus:
        async with modem_manager(bus, {0: FakeModem()}) as service:
            ...

`private_bus` runs dbus-daemon unprivileged, without any configuration of the system's.
To break it: leave the service out, `frozen_service(bus)`, `frozen_bus(path)`, or change
what a `FakeModem` tells.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from dbus_fast import DBusError, Message
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusDict,
    DBusInt32,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
    DBusUInt32,
)
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

NAME = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
RECEIVED, SENT = 3, 5  # MMSmsState
DELIVER, SUBMIT, STATUS_REPORT = 1, 2, 3  # MMSmsPduType
FIRST_REFERENCE = 17  # of a message that asks for a report
PIN_LOCK = 2  # MMModemLock
INCOMING, OUTGOING = 1, 2  # MMCallDirection
DIALING, RINGING_OUT, RINGING_IN, ACTIVE, TERMINATED = 1, 2, 3, 4, 7  # MMCallState
START_S = 60.0
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_type="method_call"/>
    <allow send_destination="*"/> <allow receive_sender="*"/>
    {more}
  </policy>
</busconfig>
"""
FORBIDDEN = f'<deny send_destination="{NAME}"/>'

READ = PropertyAccess.READ
UInts = Annotated[dict[int, int], DBusSignature("a{uu}")]
Quality = Annotated[tuple[int, bool], DBusSignature("(ub)")]
Paths = Annotated[list[str], DBusSignature("ao")]


@dataclass
class FakeModem:
    """What a modem tells, registered at home; and the texts that it holds."""

    state: int = 8  # registered
    why_failed: int = 0
    lock: int = 1  # none
    tries: dict[int, int] = field(default_factory=lambda: {PIN_LOCK: 3})
    technologies: int = 1 << 14  # LTE
    quality: tuple[int, bool] = (70, True)
    registration: int = 1  # home
    operator: str = "Proximus"
    pin: str = "1234"
    pins_tried: list[str] = field(default_factory=list)
    # Where a text goes: returns the modem that gets it, or raises DBusError.
    deliver: "Callable[[str], FakeModem | None]" = lambda _: None
    texts: "dict[str, FakeSms]" = field(default_factory=dict)
    asked: "list[FakeSms]" = field(default_factory=list)  # promised a status report
    calls: "dict[str, FakeCall]" = field(default_factory=dict)
    voice: bool = True  # whether it makes calls
    refuses: str = ""  # the error of Start
    dialled: "Callable[[FakeCall], None]" = lambda _: None
    bus: MessageBus | None = None
    path: str = ""

    def call(self, number: str, direction: int, state: int) -> str:
        """Have a call, of our making or not; return its path."""
        assert self.bus
        FakeModem.made += 1
        path = f"{ROOT}/Call/{FakeModem.made}"
        self.calls[path] = FakeCall(self, number, direction, state)
        self.bus.export(path, self.calls[path])
        return path

    def receive(self, text: str) -> str:
        """Get a text from the network; return the path of it."""
        return self.store(FakeSms(self, text, RECEIVED))

    def report(
        self, status: int, *, reference: int | None = None, to: str | None = None
    ) -> str:
        """Get a status report, of the latest message that asked for one or another."""
        report = FakeSms(self, "", RECEIVED)
        report.kind, report.delivery = STATUS_REPORT, status
        report.reference = self.asked[-1].reference if reference is None else reference
        report.number = self.asked[-1].number if to is None else to
        return self.store(report)

    def store(self, sms: "FakeSms") -> str:
        """Hold a text."""
        assert self.bus
        FakeModem.made += 1
        path = f"{ROOT}/SMS/{FakeModem.made}"
        self.texts[path] = sms
        self.bus.export(path, sms)
        return path

    made = 0


class FakeSms(ServiceInterface):
    """One text."""

    def __init__(self, modem: FakeModem, text: str, state: int) -> None:
        super().__init__(f"{NAME}.Sms")
        self.modem, self.text, self.state = modem, text, state
        self.kind, self.delivery, self.reference, self.number = DELIVER, 0x100, 0, ""
        self.wants_report = False

    @dbus_property(READ)
    def Text(self) -> DBusStr:
        return self.text

    @dbus_property(READ)
    def State(self) -> DBusUInt32:
        return self.state

    @dbus_property(READ)
    def PduType(self) -> DBusUInt32:
        return self.kind

    @dbus_property(READ)
    def Number(self) -> DBusStr:
        return self.number

    @dbus_property(READ)
    def MessageReference(self) -> DBusUInt32:
        return self.reference

    @dbus_property(READ)
    def DeliveryState(self) -> DBusUInt32:
        return self.delivery

    @dbus_method()
    def Send(self) -> None:
        receiver = self.modem.deliver(self.text)
        self.state, self.reference = SENT, len(self.modem.asked) + FIRST_REFERENCE
        if self.wants_report:
            self.modem.asked.append(self)
        if receiver is not None:
            receiver.receive(self.text)


class FakeCall(ServiceInterface):
    """One call: `state` and `why` are what a test makes of it."""

    def __init__(
        self, modem: FakeModem, number: str, direction: int, state: int
    ) -> None:
        super().__init__(f"{NAME}.Call")
        self.modem, self.number = modem, number
        self.direction, self.state, self.why = direction, state, 0
        self.hung_up = asyncio.Event()

    @dbus_property(READ)
    def State(self) -> DBusInt32:
        return self.state

    @dbus_property(READ)
    def StateReason(self) -> DBusInt32:
        return self.why

    @dbus_property(READ)
    def Direction(self) -> DBusInt32:
        return self.direction

    @dbus_property(READ)
    def Number(self) -> DBusStr:
        return self.number

    @dbus_method()
    def Start(self) -> None:
        if self.modem.refuses:
            raise DBusError(f"{NAME}.Error.{self.modem.refuses}", "no")
        self.state = DIALING
        self.modem.dialled(self)

    @dbus_method()
    def Hangup(self) -> None:
        self.state = TERMINATED
        self.hung_up.set()


class _Voice(ServiceInterface):
    def __init__(self, modem: FakeModem) -> None:
        super().__init__(f"{NAME}.Modem.Voice")
        self.modem = modem

    def _check(self) -> None:
        if not self.modem.voice:
            raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", "no voice")

    @dbus_method()
    def CreateCall(self, properties: DBusDict) -> DBusObjectPath:
        self._check()
        return self.modem.call(properties["number"].value, OUTGOING, 0)

    @dbus_method()
    def ListCalls(self) -> Paths:
        self._check()
        return list(self.modem.calls)

    @dbus_method()
    def DeleteCall(self, path: DBusObjectPath) -> None:
        assert self.modem.bus
        self.modem.bus.unexport(path, self.modem.calls.pop(path))


class _Modem(ServiceInterface):
    def __init__(self, modem: FakeModem) -> None:
        super().__init__(f"{NAME}.Modem")
        self.modem = modem

    @dbus_property(READ)
    def State(self) -> DBusInt32:
        return self.modem.state

    @dbus_property(READ)
    def StateFailedReason(self) -> DBusUInt32:
        return self.modem.why_failed

    @dbus_property(READ)
    def UnlockRequired(self) -> DBusUInt32:
        return self.modem.lock

    @dbus_property(READ)
    def UnlockRetries(self) -> UInts:
        return self.modem.tries

    @dbus_property(READ)
    def AccessTechnologies(self) -> DBusUInt32:
        return self.modem.technologies

    @dbus_property(READ)
    def SignalQuality(self) -> Quality:
        return list(self.modem.quality)  # type: ignore[return-value]  # dbus-fast writes a struct as a list

    @dbus_property(READ)
    def Sim(self) -> DBusObjectPath:
        return self.modem.path.replace("/Modem/", "/SIM/")


class _Modem3gpp(ServiceInterface):
    def __init__(self, modem: FakeModem) -> None:
        super().__init__(f"{NAME}.Modem.Modem3gpp")
        self.modem = modem

    @dbus_property(READ)
    def RegistrationState(self) -> DBusUInt32:
        return self.modem.registration

    @dbus_property(READ)
    def OperatorName(self) -> DBusStr:
        return self.modem.operator


class _Messaging(ServiceInterface):
    def __init__(self, modem: FakeModem) -> None:
        super().__init__(f"{NAME}.Modem.Messaging")
        self.modem = modem

    @dbus_method()
    def List(self) -> Paths:
        return list(self.modem.texts)

    @dbus_method()
    def Create(self, properties: DBusDict) -> DBusObjectPath:
        given = {name: variant.value for name, variant in properties.items()}
        sms = FakeSms(self.modem, given["text"], 0)
        sms.kind, sms.number = SUBMIT, given["number"]
        sms.wants_report = given.get("delivery-report-request", False)
        return self.modem.store(sms)

    @dbus_method()
    def Delete(self, path: DBusObjectPath) -> None:
        assert self.modem.bus
        self.modem.bus.unexport(path, self.modem.texts.pop(path))


class _Sim(ServiceInterface):
    def __init__(self, modem: FakeModem) -> None:
        super().__init__(f"{NAME}.Sim")
        self.modem = modem

    @dbus_property(READ)
    def SimIdentifier(self) -> DBusStr:
        return "8932042000000000001"

    @dbus_method()
    def SendPin(self, pin: DBusStr) -> None:
        self.modem.pins_tried.append(pin)
        if pin != self.modem.pin:
            self.modem.tries[PIN_LOCK] -= 1
            raise DBusError(f"{NAME}.Error.MobileEquipment.IncorrectPassword", "no")
        self.modem.lock, self.modem.state = 1, 8


@asynccontextmanager
async def private_bus(folder: Path, more: str = "") -> AsyncIterator[str]:
    """Run a bus; yield its address, for DBUS_SYSTEM_BUS_ADDRESS."""
    socket, config = folder / "bus", folder / "bus.conf"
    config.write_text(BUS.format(socket=socket, more=more))
    process = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        f"--config-file={config}",
        "--nofork",
        "--nopidfile",
        "--print-address",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(START_S):
            address = (await process.stdout.readline()).decode().strip()
        yield address
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


@asynccontextmanager
async def _named(address: str, name: str = NAME) -> AsyncIterator[MessageBus]:
    bus = await MessageBus(bus_address=address).connect()
    try:
        await bus.request_name(name)
        yield bus
    finally:
        bus.disconnect()
        with suppress(EOFError, OSError):  # the bus went first
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast has no type for it


@asynccontextmanager
async def modem_manager(
    address: str, modems: Mapping[int, FakeModem]
) -> AsyncIterator[None]:
    """Be ModemManager with these modems."""
    async with _named(address) as bus:
        for number, modem in modems.items():
            modem.bus, modem.path = bus, f"{ROOT}/Modem/{number}"
            for interface in (_Modem, _Modem3gpp, _Messaging):
                bus.export(modem.path, interface(modem))
            bus.export(modem.path, _Voice(modem))
            bus.export(f"{ROOT}/SIM/{number}", _Sim(modem))
        yield


@asynccontextmanager
async def frozen_service(address: str) -> AsyncIterator[asyncio.Event]:
    """Be a ModemManager that answers nothing; the event is set when it was asked."""
    asked = asyncio.Event()

    def swallow(message: Message) -> bool:
        if message.member == "GetManagedObjects":
            asked.set()
            return True
        return False

    async with _named(address) as bus:
        bus.add_message_handler(swallow)
        yield asked


@asynccontextmanager
async def frozen_bus(socket: Path) -> AsyncIterator[str]:
    """Be a bus that accepts and never says a word."""
    over = asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_unix_server(wait, socket)
    async with server:
        try:
            yield f"unix:path={socket}"
        finally:
            over.set()
