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
from secours.wire.sip.registration import Registration
from secours.wire.sip.user_agent import UserAgent
from secours.wire.voice.call import of_exchange
from secours.wire.voice.incoming import MOST_CALLS, IncomingCalls

EXPIRES_S = 300  # should the removal get lost, the registrar forgets us by itself
CALLER = re.compile(r"\b(?:sips?|tel):([^@;>?,\s]+)", re.IGNORECASE)
NAMED_IN = ("p-asserted-identity", "remote-party-id", "from")
WITHHELD = ("anonymous", "unavailable", "unknown", "restricted", "private")


async def listen(agent: UserAgent, incoming: IncomingCalls) -> None:
    """Register, let calls ring, and register off at the end.

    Raises:
        Stop: the registrar refuses us, or lost our registration meanwhile.
        OSError: it cannot be reached.
        SecretMissing: the password could not be read.

    """
    options = agent.options
    account = Registration(
        agent,
        user=options.registered_user,
        domain=options.registered_domain,
        username=options.username or "",
        password=options.password.reveal() if options.password else "",
    )
    agent.on_request = _Telephone(agent, incoming).take
    answer = await account.add(EXPIRES_S)
    if answer.code >= 300:
        raise Stop(of_exchange(answer.code, answer.phrase))
    incoming.ready.set()
    listed = account.lists_us(answer)
    await _until_either(incoming.closing, agent.ended)
    if agent.broken is not None:
        raise agent.broken
    if incoming.doubted and listed and not account.lists_us(await account.query()):
        raise Stop(failed(Reason.NOT_REGISTERED, Evidence.SERVED))
    with suppress(OSError, EOFError, Stop):  # it lapses by itself
        await account.remove()


async def _until_either(*events: asyncio.Event) -> None:
    waiting = {asyncio.ensure_future(each.wait()) for each in events}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


class _Telephone:
    """A telephone: an INVITE gets a 180, and a 487 once it is cancelled."""

    def __init__(self, agent: UserAgent, incoming: IncomingCalls) -> None:
        self._agent, self._incoming = agent, incoming
        self._ringing: dict[str, tuple[SipRequest, str]] = {}  # by branch, with our tag

    def take(self, request: SipRequest) -> None:
        """Take a request of the exchange."""
        match request.method:
            case "INVITE":
                self._ring(request)
            case "CANCEL":
                self._agent.reply(request, "200 OK", secrets.token_hex(4))
                invite, tag = self._ringing.pop(request.branch, (None, ""))
                if invite is not None:
                    self._agent.reply(invite, "487 Request Terminated", tag)
            case _:
                self._agent.be_courteous(request)

    def _ring(self, invite: SipRequest) -> None:
        within_a_call = ";tag=" in invite.header("to").lower()
        if within_a_call or len(self._ringing) >= MOST_CALLS:
            return
        tag, user = secrets.token_hex(4), self._agent.options.registered_user
        self._ringing[invite.branch] = invite, tag
        contact = f"Contact: {self._agent.contact(user)}"
        self._agent.reply(invite, "180 Ringing", tag, contact)
        self._incoming.tell(*callers(invite))


def callers(invite: SipRequest) -> tuple[str, ...]:
    """Return who calls, as each header names them; none where that is withheld."""
    named = [
        unquote(user).partition(":")[0]
        for name in NAMED_IN
        for header in invite.headers.get(name, ())
        for user in CALLER.findall(header)
    ]
    return tuple(dict.fromkeys(x for x in named if x.lower() not in WITHHELD))
