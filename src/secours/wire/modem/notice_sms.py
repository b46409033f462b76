"""Text messages to people and from them, by a modem, and the options of one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal, TypeAlias

from msgspec import Struct

from secours.message import BadValue
from secours.wire.modem import cellular, modemmanager, modemmanager_sms, sms_reports
from secours.wire.modem.alphabet import fitted
from secours.wire.modem.at import BAUD, open_line
from secours.wire.modem.modemmanager_sms import ModemManagerReceipt, ModemManagerSms
from secours.wire.modem.sms import AtSms, speak_of_messages, start_texting
from secours.wire.modem.sms_reports import AtReceipt

TextInbox: TypeAlias = AtSms | ModemManagerSms
Receipt: TypeAlias = AtReceipt | ModemManagerReceipt


class ModemOptions(Struct, frozen=True, kw_only=True):
    """Modem: on a serial port, or of ModemManager."""

    port: str | None = None
    """Serial port that takes AT commands, such as /dev/ttyUSB2."""
    baud: int = BAUD
    """Speed of the serial port, in bauds."""
    modemmanager: int | Literal["any"] | None = None
    """Number of the modem in ModemManager, or any; instead of a port."""

    def __post_init__(self) -> None:
        port, modemmanager = self.port, self.modemmanager
        if (port is None) == (modemmanager is None):
            raise BadValue("plan.option.one-modem")
        if port is not None and not port.strip():
            raise BadValue("plan.option.device", option="port", example="/dev/ttyUSB2")
        if isinstance(modemmanager, int) and modemmanager < 0:
            raise BadValue("plan.option.modemmanager", option="modemmanager")

    @property
    def device(self) -> str:
        """Return our device of the measurement."""
        return self.port or f"modemmanager:{self.modemmanager}"


@asynccontextmanager
async def text_message(
    options: ModemOptions, number: str, brief: str
) -> AsyncIterator[Receipt]:
    """Send a text to the network; the modem is ours until the block ends.

    Raises:
        Stop: the device is missing or busy, the SIM locked, the message refused.
    """
    text = fitted(brief)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        if options.modemmanager is not None:
            modem = await enter(modemmanager.open_modem(options.modemmanager))
            modemmanager.attached(modem)
            texting = ModemManagerSms(modem)
            yield await enter(modemmanager_sms.sent(texting, number, text))
        else:
            line = await enter(open_line(options.port or "", options.baud))
            await cellular.attached(line)
            messages = await speak_of_messages(line)
            yield await enter(sms_reports.sent(messages, number, text))


@asynccontextmanager
async def text_inbox(options: ModemOptions) -> AsyncIterator[TextInbox]:
    """Open what came in; the modem is ours until the block ends.

    Raises:
        Stop: the device is missing or busy, the SIM locked, or nothing answers.
    """
    if options.modemmanager is not None:
        async with modemmanager.open_modem(options.modemmanager) as modem:
            modemmanager.unlocked(modem)
            yield ModemManagerSms(modem)
    else:
        async with open_line(options.port or "", options.baud) as line:
            await cellular.unlocked(line)
            yield await start_texting(line)
