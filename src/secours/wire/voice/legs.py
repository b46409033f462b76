"""An end of a call: an account at an exchange, or a modem."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from msgspec import Struct

from secours.model.plan import Path
from secours.wire.modem import cellular, modemmanager
from secours.wire.modem.at import open_line
from secours.wire.modem.notice_sms import ModemOptions
from secours.wire.sip.options import SipOptions
from secours.wire.sip.user_agent import open_agent
from secours.wire.voice import at_call, modemmanager_call, sip_call, sip_listener
from secours.wire.voice.call import Call, placed
from secours.wire.voice.incoming import IncomingCalls, heard


class Leg(Struct, frozen=True):
    """An open account or modem."""

    place: Callable[[str, Call], Awaitable[None]]
    listen: Callable[[IncomingCalls], Awaitable[None]]

    def dial(self, number: str) -> AbstractAsyncContextManager[Call]:
        """Call a number; the call is hung up at the end of the block at the latest.

        A modem takes digits with an optional +, an exchange any user of its domain.
        """
        return placed(lambda call: self.place(number, call))

    def listening(self) -> AbstractAsyncContextManager[IncomingCalls]:
        """Hear the calls that come in; none is answered, and none is refused."""
        return heard(self.listen)


@asynccontextmanager
async def open_leg(
    options: SipOptions | ModemOptions, path: Path | None = None
) -> AsyncIterator[Leg]:
    """Open an account or a modem; a modem is ours alone until the block ends.

    Raises:
        Stop: no such device or one in use, no SIM, no network, no way to the exchange.
        OSError: the exchange refuses, or cannot be reached.

    """
    if isinstance(options, SipOptions):
        async with open_agent(options, path) as agent:
            yield Leg(
                lambda number, call: sip_call.place(agent, number, call),
                lambda incoming: sip_listener.listen(agent, incoming),
            )
    elif options.modemmanager is not None:
        async with modemmanager.open_modem(options.modemmanager) as modem:
            modemmanager.attached(modem)
            yield Leg(
                lambda number, call: modemmanager_call.place(modem, number, call),
                lambda incoming: modemmanager_call.listen(modem, incoming),
            )
    else:
        async with open_line(options.port or "", options.baud) as line:
            await cellular.attached(line)
            yield Leg(
                lambda number, call: at_call.place(line, number, call),
                lambda incoming: at_call.listen(line, incoming),
            )
