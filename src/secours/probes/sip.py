"""SIP: does the telephone exchange answer, and does it accept our account?

OPTIONS asks whether the exchange is there; with a user name and password it REGISTERs,
and takes the registration back at once. No telephone rings. An ok does not show that a
call would be put through or carry speech. Over UDP a host with several addresses gets
an OPTIONS more: the first address that answers it is used.

Source: RFC 3261 sections 11 (OPTIONS), 10.2 (REGISTER), 21 (status codes), 22.2
(challenges); RFC 8760 section 2 (SHA-256).
"""

import asyncio

from msgspec.structs import replace

from secours.model.observed import Evidence, Outcome, Reason, degraded, failed, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.option_checks import status_range
from secours.wire.sip.connection import open_peer, options
from secours.wire.sip.login import CHALLENGED, Account
from secours.wire.sip.messages import SipResponse, host_in_uri
from secours.wire.sip.options import SipOptions
from secours.wire.sip.peer import Peer
from secours.wire.sip.registration import Registration

BEST = Evidence.AUTHENTICATED

EXPIRES_S = 60  # should the removal get lost, the registrar forgets us by itself
FAR_LESS = 0.5  # of what was asked: telephones that renew in time would get lost
REMOVAL_S = 1.0


class Settings(SipOptions, frozen=True, kw_only=True):
    """Exchange, our account there, and the good answers."""

    expect_status: tuple[int | str, ...] = ()
    """Status codes that are good, instead of the usual ones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for status in self.expect_status:
            status_range(status)


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for OPTIONS, or REGISTER where there is an account."""
    login = settings.account  # before anything is sent
    port = settings.port_used
    async with open_peer(
        settings.host, port, settings.transport, path, tls=settings.tls()
    ) as peer:
        if settings.password is not None:
            return await _register(settings, peer, login)
        domain = settings.domain or f"{host_in_uri(settings.host)}:{port}"
        asked = options(peer, domain, settings.user or "")
        return _judge(settings, await peer.ask(asked))


def _judge(settings: Settings, answer: SipResponse) -> Outcome:
    """Interpret a final answer: a challenge shows life, RFC 3261 section 21."""
    code, phrase = answer.code, answer.phrase
    alive = 200 <= code < 300 or code in CHALLENGED
    if _expected(settings, code) if settings.expect_status else alive:
        return ok(Evidence.SERVED, code=code, phrase=phrase)
    if settings.expect_status or code == 403 or code >= 500:
        return _status(answer)
    return degraded(Reason.STATUS, Evidence.SERVED, code=code, phrase=phrase)


def _expected(settings: Settings, code: int) -> bool:
    return any(code in status_range(status) for status in settings.expect_status)


def _status(answer: SipResponse) -> Outcome:
    facts = {"code": answer.code, "phrase": answer.phrase}
    outcome = failed(Reason.STATUS, Evidence.SERVED, **facts)
    return replace(outcome, retry_after_s=answer.retry_after_s)


async def _register(settings: Settings, peer: Peer, login: Account) -> Outcome:
    """Register, remove that, and return the outcome."""
    account = Registration(peer, settings, login)
    answer = await account.add(EXPIRES_S)
    outcome = _judge_registration(settings, answer)
    if 200 <= answer.code < 300:
        outcome = _kept(outcome, account.asked_s, account.granted_s(answer))
        try:
            async with asyncio.timeout(REMOVAL_S):
                await account.remove()
        except asyncio.CancelledError:  # the deadline; what counts is known
            raise Stop(outcome) from None
        except (OSError, EOFError, Stop):  # it lapses by itself
            pass
    return outcome


def _kept(outcome: Outcome, asked_s: int, granted_s: int | None) -> Outcome:
    """Return a registrar that forgets us far too soon as degraded."""
    if granted_s is None or granted_s >= FAR_LESS * asked_s:
        return outcome
    facts = {**outcome.facts, "granted_s": granted_s, "asked_s": asked_s}
    return degraded(Reason.BRIEF, outcome.evidence, **facts)


def _judge_registration(settings: Settings, answer: SipResponse) -> Outcome:
    code, phrase = answer.code, answer.phrase
    if 200 <= code < 300:
        return ok(Evidence.AUTHENTICATED, code=code, phrase=phrase)
    if code in (*CHALLENGED, 403):
        return failed(Reason.AUTH, Evidence.SERVED, code=code, said=phrase)
    if _expected(settings, code):
        return ok(Evidence.SERVED, code=code, phrase=phrase)
    return _status(answer)
