"""SIP REGISTER with Digest: add our address to an account, and remove it.

Only our own address is ever added or removed: the telephones of the account stay.

Source: RFC 3261 sections 10.2 (REGISTER), 21.4.17 (423), 22.2 and 22.3 (challenges).
"""

import re
import secrets

from msgspec import Struct, field

from secours.model.observed import Evidence, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.numbers import whole
from secours.wire.sip import digest
from secours.wire.sip.messages import Peer, Request, SipResponse

EXPIRES = re.compile(r";\s*expires\s*=\s*(\d+)")
CHALLENGED = (401, 407)  # alive, and protected
HEADERS = {  # what asks, and what answers, RFC 3261 sections 22.2 and 22.3
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}
TRIES = 2  # with the password, the second only where the nonce was stale
MOST_CHALLENGES = 6  # an edge, a registrar, and one more, each of them twice
LONGEST_S = 86400  # a registrar that wants longer is not obeyed


class Registration:
    """A series of REGISTERs: numbers go on, names stay the same."""

    def __init__(
        self, peer: Peer, *, user: str, domain: str, username: str, password: str
    ) -> None:
        """Register `user` of `domain`; `username` and `password` are for Digest."""
        self._peer = peer
        self._uri = f"sip:{domain}"
        self._address = f"<sip:{user}@{domain}>"
        by = "" if peer.transport == "udp" else f";transport={peer.transport}"
        self._contact = f"<sip:{user}@{peer.here}{by}>"
        self._username, self._password = username, password
        self._call_id, self._tag = secrets.token_hex(12), secrets.token_hex(4)
        self._number = 0
        self.asked_s = 0  # for how long, the last time

    async def add(self, expires_s: int) -> SipResponse:
        """Register for so long, or for the registrar's longer minimum.

        Raises:
            Stop: a challenge that cannot be answered, or no SIP.
            OSError: the network refuses.

        """
        answer = await self._bind(expires_s)
        longer = answer.header("min-expires")
        if answer.code != 423 or not longer.isdecimal():
            return answer
        wanted_s = whole(longer, Evidence.SERVED)
        return await self._bind(wanted_s) if wanted_s <= LONGEST_S else answer

    def granted_s(self, answer: SipResponse) -> int | None:
        """Return for how long a registrar keeps us; None if it does not say.

        It lists every telephone of the account: ours is looked for, section 10.3.
        """
        ours, match = self._contact.strip("<>").lower(), None
        for listed in ",".join(answer.headers.get("contact", ())).split(","):
            _, ours_is_there, options = listed.lower().partition(ours)
            if ours_is_there and (match := EXPIRES.search(options)):
                break
        told = match[1] if match else answer.header("expires")
        return whole(told, Evidence.SERVED) if told.isdecimal() else None

    async def remove(self) -> SipResponse:
        """Remove our address."""
        return await self._bind(0)

    async def _bind(self, expires_s: int) -> SipResponse:
        """Send one REGISTER, and answer its challenges.

        An edge and the registrar behind it may each send one, and want both answers in
        one request. A second one of the same kind means a wrong password, unless only
        the nonce was stale.
        """
        self.asked_s = expires_s
        given: dict[tuple[str, str], _Credentials] = {}
        answer = await self._ask(expires_s)
        for _ in range(MOST_CHALLENGES):
            if answer.code not in CHALLENGED:
                break
            challenge = _usable(answer)
            who = HEADERS[answer.code][1], challenge.parameters.get("realm", "")
            tries = given[who].tries if who in given else 0
            if tries and not (challenge.stale and tries < TRIES):
                break
            given[who] = _Credentials(challenge, tries + 1)
            headers = [(name, self._answer(of)) for (name, _), of in given.items()]
            answer = await self._ask(expires_s, *headers)
        return answer

    async def _ask(self, expires_s: int, *more: tuple[str, str]) -> SipResponse:
        self._number += 1
        headers = (
            ("From", f"{self._address};tag={self._tag}"),
            ("To", self._address),
            ("Contact", f"{self._contact};expires={expires_s}"),
            ("Expires", str(expires_s)),
            *more,
        )
        return await self._peer.ask(
            Request("REGISTER", self._uri, self._call_id, self._number, headers)
        )

    def _answer(self, given: "_Credentials") -> str:
        """Return the value of the header for a challenge, counting its use."""
        given.uses += 1
        return digest.answer(
            given.challenge,
            username=self._username,
            password=self._password,
            method="REGISTER",
            uri=self._uri,
            cnonce=given.cnonce,
            use=given.uses,
        )


class _Credentials(Struct):
    """Answer to one challenge, in each request from then on."""

    challenge: digest.Challenge
    tries: int
    uses: int = 0
    cnonce: str = field(default_factory=lambda: secrets.token_hex(8))


def _usable(answer: SipResponse) -> digest.Challenge:
    """Return the challenge that can be answered.

    Raises:
        Stop: there is none.

    """
    found = digest.challenges(answer.headers.get(HEADERS[answer.code][0], ()))
    challenge = digest.usable(found)
    if challenge is None:
        raise _unanswerable(found)
    return challenge


def _unanswerable(challenges: list[digest.Challenge]) -> Stop:
    """Return why no answer is possible: by their fault, or ours."""
    if not challenges:
        problem = "no-challenge"
        return Stop(failed(Reason.PROTOCOL, Evidence.SERVED, problem=problem))
    kinds = {f"{one.scheme} {one.algorithm}" for one in challenges}
    said = plain(" / ".join(sorted(kinds)))
    return Stop(unknown(Reason.BROKEN, problem="no-known-login", said=said))
