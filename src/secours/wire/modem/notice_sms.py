"""Text messages to people and from them, by the modem of a probe's options."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

from secours.wire.modem import cellular, modemmanager, modemmanager_sms, sms_reports
from secours.wire.modem.alphabet import fitted
from secours.wire.modem.at import open_line
from secours.wire.modem.modemmanager_sms import ModemManagerReceipt, ModemManagerSms
from secours.wire.modem.options import ModemOptions
from secours.wire.modem.sms import AtSms, speak_of_messages, start_texting
from secours.wire.modem.sms_reports import AtReceipt

TextInbox: TypeAlias = AtSms | ModemManagerSms
Receipt: TypeAlias = AtReceipt | ModemManagerReceipt


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
