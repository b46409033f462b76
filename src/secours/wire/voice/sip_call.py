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
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from secours.model.runs import Stop
from secours.wire.sip.login import Account, Headers, let_in
from secours.wire.sip.messages import Request, SipResponse, new_branch
from secours.wire.sip.user_agent import Transaction, UserAgent
from secours.wire.voice.call import Call, CallState, of_exchange

RINGING = 180
FIRST_S = 4.0  # for the exchange to react at all, before a CANCEL is allowed
GOODBYE_S = 2.0  # for the answer to a BYE
ADDRESS = re.compile(r"<([^>]+)>|^\s*([^\s;,]+)")
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
    """One call of an agent, to a number of its exchange."""

    def __init__(self, agent: UserAgent, number: str, offer: bytes, call: Call) -> None:
        """Prepare the call; `place` makes it."""
        options = agent.options
        user, domain = options.registered_user or "secours", options.registered_domain
        by = "" if agent.transport == "udp" else f";transport={agent.transport}"
        self._agent, self._call = agent, call
        self._to = f"sip:{number}@{domain}"
        self._invite = Request(
            "INVITE",
            self._to + by,
            secrets.token_hex(12),
            0,
            (
                ("From", f"<sip:{user}@{domain}>;tag={secrets.token_hex(4)}"),
                ("To", f"<{self._to}>"),
                ("Contact", agent.contact(user)),
                ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
                ("Content-Type", "application/sdp"),
            ),
            offer,
        )
        self._running: Transaction | None = None

    async def place(self) -> None:
        """Place the call, and follow it to its end or until it is unwanted.

        Raises:
            Stop: the exchange does not react, or what does is no SIP.
            OSError: it refuses, or cannot be reached.
            SecretMissing: the password could not be read.

        """
        options = self._agent.options
        if options.password is None:
            answer = await self._invited(())
        else:
            account = Account(options.username or "", options.password.reveal())
            answer = await let_in(
                self._invited, "INVITE", self._invite.uri, account, self._invite.body
            )
        if self._call.unwanted.is_set():
            await self._end(answer)
        elif answer.code >= 300:
            reasons = answer.headers.get("reason", ())
            why = of_exchange(answer.code, answer.phrase, reasons)
            self._call.tell(CallState.ENDED, why)
        else:
            self._call.tell(CallState.ANSWERED)
            self._acknowledge(answer)
            await self._call.unwanted.wait()
            await self._goodbye(answer)

    async def _invited(self, login: Headers) -> SipResponse:
        """Send the INVITE, report what rings, and return the final answer.

        Once the call is unwanted, it is cancelled, and that too has a final answer.
        """
        number = self._invite.number + 1
        self._invite = replace(self._invite, number=number)
        headers = (*self._invite.headers, *login)
        transaction = self._agent.send(replace(self._invite, headers=headers))
        self._running = transaction
        told = False
        while (answer := await self._call.unless_unwanted(transaction.next())) is None:
            return await self._cancelled(transaction)
        while not answer.final:
            self._call.taken = True
            if answer.code == RINGING and not told:
                told = True
                self._call.tell(CallState.RINGING)
            following = await self._call.unless_unwanted(transaction.next())
            if following is None:
                return await self._cancelled(transaction)
            answer = following
        return answer

    async def _cancelled(self, transaction: Transaction) -> SipResponse:
        """Cancel a call, and return its final answer, which may still be a 200."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_S):  # section 9.1: not before a 1xx
                while not transaction.provisional:
                    answer = await transaction.next()
                    if answer.final:
                        return answer
        kept = ("From", "To", "Route")
        headers = tuple(h for h in transaction.request.headers if h[0] in kept)
        cancel = replace(
            transaction.request, method="CANCEL", headers=headers, body=b""
        )
        asking = asyncio.create_task(
            self._agent.send(cancel, transaction.branch).final()
        )
        try:
            return await transaction.final()
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, Stop, OSError, EOFError):
                await asking

    async def _end(self, answer: SipResponse) -> None:
        """Hang up a call that was answered while it was cancelled."""
        if 200 <= answer.code < 300:
            self._acknowledge(answer)
            await self._goodbye(answer)

    def _acknowledge(self, answer: SipResponse) -> None:
        assert self._running
        ack = self._within(answer, "ACK", self._invite.number)
        self._agent.acknowledge(self._running.branch, ack, new_branch())

    async def _goodbye(self, answer: SipResponse) -> None:
        with suppress(TimeoutError, Stop, OSError, EOFError):
            async with asyncio.timeout(GOODBYE_S):
                bye = self._within(answer, "BYE", self._invite.number + 1)
                await self._agent.ask(bye)

    def _within(self, answer: SipResponse, method: str, number: int) -> Request:
        """Return a request within the call that an answer began, section 12.1.2."""
        contact = ADDRESS.search(answer.header("contact"))
        target = (contact[1] or contact[2]) if contact else self._invite.uri
        routes = ", ".join(answer.headers.get("record-route", ()))
        route = [("Route", one) for one in re.findall(r"<[^>]+>[^,]*", routes)[::-1]]
        sender = next(h for h in self._invite.headers if h[0] == "From")
        headers = (*route, sender, ("To", answer.header("to")))
        return Request(method, target, self._invite.call_id, number, headers)


async def place(agent: UserAgent, number: str, call: Call) -> None:
    """Call a number; errors as of `SipCaller.place`."""
    with _offered(agent) as offer:
        await SipCaller(agent, number, offer, call).place()


@contextmanager
def _offered(agent: UserAgent) -> Iterator[bytes]:
    """Keep a port for what is sent to us, and offer it; nobody reads there."""
    host = agent.here.rpartition(":")[0].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as kept:
        kept.bind((host, 0))
        named = "IP6" if family == socket.AF_INET6 else "IP4"
        now, port = int(time.time()), kept.getsockname()[1]
        offer = OFFER.format(now=now, family=named, host=host, port=port)
        yield offer.replace("\n", "\r\n").encode()
