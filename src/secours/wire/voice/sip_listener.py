"""A telephone at an exchange that rings, and is never taken up.

Source: RFC 3261 sections 10.2 (REGISTER), 13.3.1 (180), 9.2 (CANCEL), 25.1 (addresses);
RFC 3325 section 9.1 (P-Asserted-Identity); RFC 3323 section 4.1.1.3 (anonymous).
"""

import asyncio
import re
import secrets
from contextlib import suppress
from urllib.parse import unquote

from secours.model.observed import Evidence, Reason, failed
from secours.model.runs import Stop
from secours.wire.sip.messages import SipRequest
from secours.wire.sip.options import SipOptions
from secours.wire.sip.peer import Peer
from secours.wire.sip.registration import Registration
from secours.wire.voice.call import of_exchange
from secours.wire.voice.incoming import HeardCall, IncomingCalls

MOST_CALLS = 16  # at a time
EXPIRES_S = 300  # should the removal get lost, the registrar forgets us by itself
QUOTED = re.compile(r'"(?:\\.|[^"\\])*(?:"|\\?$)')  # a name that the caller chose
CALLER = re.compile(r"(?:^|<)\s*(?:sips?|tel):([^@;>?,\s]+)", re.IGNORECASE)
NAMED_IN = ("p-asserted-identity", "remote-party-id", "from")
WITHHELD = ("anonymous", "unavailable", "unknown", "restricted", "private")


async def listen(peer: Peer, options: SipOptions, incoming: IncomingCalls) -> None:
    """Register, let calls ring, and register off at the end.

    Raises:
        Stop: the registrar refuses us, or lost our registration meanwhile.
        OSError: it cannot be reached.
        SecretMissing: the password could not be read.
    """
    account = Registration(peer, options, options.account)
    contact = peer.contact(options.registered_user)
    peer.on_request = _Telephone(peer, contact, incoming).take
    peer.on_end = incoming.stopping.set
    answer = await account.add(EXPIRES_S)
    if answer.code >= 300:
        raise Stop(of_exchange(answer))
    incoming.ready.set()
    listed = account.lists_us(answer)
    await incoming.stopping.wait()
    if peer.broken is not None:
        raise peer.broken
    if incoming.doubted and listed and not account.lists_us(await account.query()):
        raise Stop(failed(Reason.NOT_REGISTERED, Evidence.SERVED))
    with suppress(OSError, EOFError, Stop):  # it lapses by itself
        await account.remove()


class _Telephone:
    """A telephone: an INVITE gets a 180, and a 487 once it is cancelled."""

    def __init__(self, peer: Peer, contact: str, incoming: IncomingCalls) -> None:
        self._peer, self._contact, self._incoming = peer, contact, incoming
        self._ringing: dict[str, tuple[SipRequest, str]] = {}  # by branch, with our tag

    def take(self, request: SipRequest) -> None:
        """Take a request of the exchange."""
        match request.method:
            case "INVITE":
                self._ring(request)
            case "CANCEL":
                self._peer.reply(request, "200 OK", secrets.token_hex(4))
                invite, tag = self._ringing.pop(request.branch, (None, ""))
                if invite is not None:
                    self._peer.reply(invite, "487 Request Terminated", tag)
            case _:
                self._peer.be_courteous(request)

    def _ring(self, invite: SipRequest) -> None:
        within_a_call = ";tag=" in invite.header("to").lower()
        if within_a_call or len(self._ringing) >= MOST_CALLS:
            return
        tag, now_s = secrets.token_hex(4), asyncio.get_running_loop().time()
        self._ringing[invite.branch] = invite, tag
        self._peer.reply(invite, "180 Ringing", tag, self._contact)
        self._incoming.tell(HeardCall(callers(invite), now_s))


def callers(invite: SipRequest) -> tuple[str, ...]:
    """Return who calls, as each header names them; none where that is withheld."""
    named = [
        unquote(user).partition(":")[0]
        for name in NAMED_IN
        for header in invite.headers.get(name, ())
        for user in CALLER.findall(QUOTED.sub("", header))
    ]
    return tuple(dict.fromkeys(x for x in named if x.lower() not in WITHHELD))
