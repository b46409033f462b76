"""A call placed at an exchange: INVITE, its answers, CANCEL or BYE.

The offer is one of ordinary speech, at a port that is ours; what is sent there is
thrown away, and nothing is ever sent, early media included.

Source: RFC 3261 sections 13.2 (INVITE), 9.1 (CANCEL), 15.1.1 (BYE), 12.1.2 (dialog);
RFC 3264 section 5 (offer); RFC 3551 section 6 (payload types).
"""

import asyncio
import re
import secrets
import socket
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.wire.sip.login import Headers, let_in
from secours.wire.sip.messages import Request, SipResponse
from secours.wire.sip.options import SipOptions
from secours.wire.sip.peer import INVITE, Peer, Transaction, kept
from secours.wire.voice.call import Call, CallEvent, CallState, of_exchange

RINGING = 180
FIRST_S = 4.0  # for the exchange to react at all, before a CANCEL is allowed
ADDRESS = re.compile(r"<([^<>]+)>|^\s*([^\s;,]+)")
ROUTE = re.compile(r"<[^<>]+>[^,]*")
OFFER = """v=0
o=- {now} {now} IN {family} {host}
s=-
c=IN {family} {host}
t=0 0
m=audio {port} RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
"""


class SipCaller:
    """One call by an account, to a number of its exchange."""

    def __init__(
        self, peer: Peer, options: SipOptions, number: str, offer: bytes, call: Call
    ) -> None:
        """Prepare the call; `place` makes it."""
        user, domain = options.registered_user or "secours", options.registered_domain
        by = "" if peer.transport == "udp" else f";transport={peer.transport}"
        self._peer, self._call, self._options = peer, call, options
        headers = (
            ("From", f"<sip:{user}@{domain}>;tag={secrets.token_hex(4)}"),
            ("To", f"<sip:{number}@{domain}>"),
            ("Contact", peer.contact(user)),
            ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
            ("Content-Type", "application/sdp"),
        )
        uri, call_id = f"sip:{number}@{domain}{by}", secrets.token_hex(12)
        self._invite = Request(INVITE, uri, call_id, 0, headers, offer)
        self._branch = ""

    async def place(self) -> None:
        """Place the call, and follow it to its end or until it is to stop.

        Raises:
            Stop: what the exchange speaks is no SIP.
            OSError: it refuses, or cannot be reached.
            SecretMissing: the password could not be read.
        """
        options, invite = self._options, self._invite
        if options.password is None:
            answer = await self._invited(())
        else:
            login = INVITE, invite.uri, options.account, invite.body
            answer = await let_in(self._invited, *login)
        if answer.code < 300:
            self._call.tell(CallEvent(CallState.ANSWERED))
            await self._hang_up(answer)
        elif not self._call.stopping.is_set():
            self._call.ends(of_exchange(answer))

    async def _invited(self, login: Headers) -> SipResponse:
        """Send the INVITE, report what rings, and return the final answer.

        A call that is to stop is cancelled, and that too has a final answer.
        """
        if self._call.stopping.is_set():  # while its challenge came
            raise Stop(unknown(Reason.BROKEN, problem="interrupted"))
        self._count()
        headers = (*self._invite.headers, *login)
        transaction = self._peer.send(replace(self._invite, headers=headers))
        self._branch, ringing = transaction.branch, False
        while True:
            answer = await self._call.unless_stopped(transaction.next())
            if answer is None:
                return await self._cancelled(transaction)
            if answer.final:
                return answer
            self._call.taken = True
            if answer.code == RINGING and not ringing:
                ringing = True
                self._call.tell(CallEvent(CallState.RINGING))

    async def _cancelled(self, transaction: Transaction) -> SipResponse:
        """Cancel a call, and return its final answer, which may still be a 200."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_S):  # section 9.1: not before a 1xx
                while not transaction.provisional:
                    if (answer := await transaction.next()).final:
                        return answer
        invite = transaction.request
        headers = kept(invite, "From", "To", "Route")
        cancel = replace(invite, method="CANCEL", headers=headers, body=b"")
        asking = asyncio.create_task(
            self._peer.send(cancel, transaction.branch).final()
        )
        try:
            return await transaction.final()
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _hang_up(self, answer: SipResponse) -> None:
        """Acknowledge an answered call, and end it when it is to stop."""
        ack = self._within(answer, "ACK")
        self._peer.acknowledge(self._branch, ack)
        await self._call.stopping.wait()

        def ended(login: Headers) -> Awaitable[SipResponse]:
            self._count()
            return self._peer.ask(self._within(answer, "BYE", login))

        await let_in(ended, "BYE", ack.uri, self._options.account)

    def _count(self) -> None:
        self._invite = replace(self._invite, number=self._invite.number + 1)

    def _within(self, answer: SipResponse, method: str, login: Headers = ()) -> Request:
        """Return a request within the call that an answer began, section 12.1.2."""
        contact = ADDRESS.search(answer.header("contact"))
        target = (contact[1] or contact[2]) if contact else self._invite.uri
        routes = ", ".join(answer.headers.get("record-route", ()))
        route = [("Route", one) for one in ROUTE.findall(routes)[::-1]]
        there = ("To", answer.header("to"))
        headers = *route, *kept(self._invite, "From"), there, *login
        call_id, number = self._invite.call_id, self._invite.number
        return Request(method, target, call_id, number, headers)


async def place(peer: Peer, options: SipOptions, number: str, call: Call) -> None:
    """Call a number; errors as of `SipCaller.place`."""
    with _offered(peer) as offer:
        await SipCaller(peer, options, number, offer, call).place()


@contextmanager
def _offered(peer: Peer) -> Iterator[bytes]:
    """Keep a port for what is sent to us, and offer it; nobody reads there."""
    host = peer.here.rpartition(":")[0].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as kept:
        kept.bind((host, 0))
        named = "IP6" if family == socket.AF_INET6 else "IP4"
        now, port = int(time.time()), kept.getsockname()[1]
        offer = OFFER.format(now=now, family=named, host=host, port=port)
        yield offer.replace("\n", "\r\n").encode()
