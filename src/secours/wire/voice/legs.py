"""An end of a call: an account at an exchange, or a modem."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from msgspec import Struct

from secours.model.sections.channel import Path
from secours.wire.modem import cellular, modemmanager
from secours.wire.modem.at import open_line
from secours.wire.modem.notice_sms import ModemOptions
from secours.wire.sip.connection import open_peer
from secours.wire.sip.options import SipOptions
from secours.wire.voice import at_call, modemmanager_call, sip_call, sip_listener
from secours.wire.voice.call import Call, ongoing
from secours.wire.voice.incoming import IncomingCalls


class Leg(Struct, frozen=True):
    """An open account or modem."""

    place: Callable[[str, Call], Awaitable[None]]
    listen: Callable[[IncomingCalls], Awaitable[None]]
    check: Callable[[], Awaitable[None]]  # raises if it has no network for calls

    def dial(self, number: str) -> AbstractAsyncContextManager[Call]:
        """Call a number; the call is hung up at the end of the block at the latest.

        A modem takes digits with an optional +, an exchange any user of its domain.
        """
        return ongoing(Call(), lambda call: self.place(number, call))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[IncomingCalls]:
        """Hear the calls that come in; none is answered, and none is refused.

        Raises:
            Stop: no call could come; OSError and EOFError of the exchange.
        """
        async with ongoing(IncomingCalls(), self.listen) as incoming:
            await incoming.begun()
            yield incoming


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
        where = options.host, options.port_used, options.transport, path
        async with open_peer(*where, tls=options.tls()) as peer:
            yield Leg(
                partial(sip_call.place, peer, options),
                partial(sip_listener.listen, peer, options),
                _known_by_its_answers,
            )
    elif options.modemmanager is not None:
        async with modemmanager.open_modem(options.modemmanager) as modem:
            modemmanager.attached(modem)
            yield Leg(
                partial(modemmanager_call.place, modem),
                partial(modemmanager_call.listen, modem),
                partial(modemmanager_call.check, modem),
            )
    else:
        async with open_line(options.port or "", options.baud) as line:
            await cellular.attached(line)
            yield Leg(
                partial(at_call.place, line),
                partial(at_call.listen, line),
                partial(cellular.attached, line, for_calls=True),
            )


async def _known_by_its_answers() -> None:
    """Let an exchange be: what it answered tells whether it can call."""
