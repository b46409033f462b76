"""Digest login of a request: its challenges, answered until it is let in.

Source: RFC 3261 sections 22.2 and 22.3 (challenges).
"""

import secrets
from collections.abc import Awaitable, Callable

from msgspec import Struct, field

from secours.model.observed import Evidence, Reason, failed, unknown
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.sip import digest
from secours.wire.sip.messages import SipResponse

Headers = tuple[tuple[str, str], ...]
Send = Callable[[Headers], Awaitable[SipResponse]]

CHALLENGED = (401, 407)  # codes of a challenge
HEADERS = {  # challenge, and answer, RFC 3261 sections 22.2 and 22.3
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}
TRIES = 2  # with the password, the second only where the nonce was stale
MOST_CHALLENGES = 6  # of an edge, a registrar and one more, two each


class Account(Struct, frozen=True):
    """Name and password for Digest."""

    username: str
    password: str


async def let_in(
    send: Send, method: str, uri: str, account: Account, body: bytes = b""
) -> SipResponse:
    """Send a request, and again with the answers to its challenges.

    An edge and the registrar behind it may each send one, and want both answers in
    one request. A second one of the same kind means a wrong password, unless only
    the nonce was stale.

    Raises:
        Stop: a challenge that cannot be answered.
    """
    credentials: dict[tuple[str, str], _Credentials] = {}
    answer = await send(())
    for _ in range(MOST_CHALLENGES):
        if answer.code not in CHALLENGED:
            break
        challenge = _usable(answer)
        who = HEADERS[answer.code][1], challenge.parameters.get("realm", "")
        tries = credentials[who].tries if who in credentials else 0
        if tries and not (challenge.stale and tries < TRIES):
            break
        credentials[who] = _Credentials(challenge, tries + 1)
        headers = tuple(
            (name, of.answer(account, method, uri, body))
            for (name, _), of in credentials.items()
        )
        answer = await send(headers)
    return answer


class _Credentials(Struct):
    """Answer to one challenge, in each request from then on."""

    challenge: digest.Challenge
    tries: int
    uses: int = 0
    cnonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def answer(self, account: Account, method: str, uri: str, body: bytes) -> str:
        """Return the value of the header for a challenge, counting its use."""
        self.uses += 1
        return digest.answer(
            self.challenge,
            username=account.username,
            password=account.password,
            method=method,
            uri=uri,
            body=body,
            cnonce=self.cnonce,
            use=self.uses,
        )


def _usable(answer: SipResponse) -> digest.Challenge:
    """Return the challenge that can be answered; raise Stop if there is none."""
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
