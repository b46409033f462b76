"""One HTTP API on which we have an account: requests and refusals of every such probe.

It remembers how much was proven so far.

Source: RFC 9110 sections 10.2.3 (Retry-After) and 15 (status codes); RFC 6750 section
2.1 (bearer tokens).
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    unknown,
)
from secours.model.runs import Stop, withhold
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import client
from secours.wire.net.tls import TlsOptions

UNAUTHORIZED, TOO_MANY = 401, 429  # RFC 9110 section 15.5.2, RFC 6585 section 4
REFUSED = range(400, 500)
COMPLAINTS = ("error_description", "description", "message", "error")
BEYOND = 1e12  # no number of seconds or thousandths that anybody means


class Service:
    """An API at a base URL, over a path, with our login."""

    def __init__(
        self,
        base_url: str,
        path: Path | None,
        tls: TlsOptions,
        *,
        token: Secret | None = None,
        username: str | None = None,
        password: Secret | None = None,
    ) -> None:
        """Set the options of a probe; a token is sent as a bearer's.

        Raises:
            SecretMissing: the token or password could not be read.
            Stop: it cannot be sent in a header.
        """
        self.proven = Evidence.NONE
        self.der: bytes | None = None
        self._base_url = base_url.rstrip("/")
        self._path, self._tls = path, tls
        self._headers: dict[str, str] = {}
        self._login: tuple[str, str] | None = None
        if token is not None:
            self.carry(token.reveal())
        if username is not None and password is not None:
            self._login = username, password.reveal()

    def carry(self, token: str) -> None:
        """Send a bearer token with every request from now on."""
        token = withhold(token.strip())
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise Stop(unknown(Reason.BROKEN, what="token"))
        self._headers["Authorization"] = f"Bearer {token}"

    async def ask(self, method: str, target: str, **sent: Any) -> client.HttpResponse:
        """Send one request below the base URL, as `client.ask`; raise as it does."""
        headers = {**self._headers, **sent.pop("headers", {})}
        try:
            answer = await client.ask(
                method,
                self._base_url + target,
                headers=headers,
                login=self._login,
                path=self._path,
                ca=self._tls.ca,
                verify=self._tls.verify,
                **sent,
            )
        except Stop as stop:
            raise Stop(self._judged(stop.outcome)) from None
        self.der = answer.der
        self.prove(Evidence.REACHED)
        return answer

    async def good(self, method: str, target: str, **sent: Any) -> client.HttpResponse:
        """Ask, see `ask`, and go on only after a good answer, see `check`."""
        answer = await self.ask(method, target, **sent)
        self.check(answer)
        return answer

    async def get(self, target: str, **sent: Any) -> dict[str, Any]:
        """Ask for a document, see `document`."""
        return self.document(await self.ask("GET", target, **sent))

    async def post(self, target: str, **sent: Any) -> dict[str, Any]:
        """Send and get a document, see `document`."""
        return self.document(await self.ask("POST", target, **sent))

    def document(self, answer: client.HttpResponse) -> dict[str, Any]:
        """Return the JSON object of a good answer, or raise Stop."""
        self.check(answer)
        found = self.json(answer)
        if not isinstance(found, dict):
            raise Stop(self.nonsense(problem="no-json-object"))
        return found

    def json(self, answer: client.HttpResponse) -> Any:
        """Return any JSON of an answer; raise Stop if it holds none."""
        try:
            return answer.json()
        except Stop as stop:
            raise Stop(self._judged(stop.outcome)) from None

    def check(self, answer: client.HttpResponse) -> None:
        """Raise Stop unless the status is 2xx."""
        if not 200 <= answer.status < 300:
            raise Stop(self.refusal(answer))

    def refusal(self, answer: client.HttpResponse) -> Outcome:
        """Return the outcome of a status other than 2xx, in the API's own words."""
        outcome = client.refusal(answer)
        body = answer.json_or_none()
        if said := complaint(body):
            outcome = replace(outcome, facts={**outcome.facts, "said": said})
        if outcome.retry_after_s is None and answer.status == TOO_MANY:
            outcome = replace(outcome, retry_after_s=_wait_s(body))
        known = self.proven.rank >= Evidence.AUTHENTICATED.rank
        ours = answer.status in REFUSED and answer.status != UNAUTHORIZED
        if known and ours and outcome.verdict is Verdict.FAILED:
            outcome = replace(outcome, reason=Reason.REJECTED)
        return self._judged(outcome)

    def failed(self, reason: Reason, **facts: Any) -> Outcome:
        """Return a failure, with the evidence so far."""
        return self._judged(failed(reason, Evidence.SERVED, **facts))

    def degraded(self, reason: Reason, **facts: Any) -> Outcome:
        """Return a degraded outcome, with the evidence so far."""
        return self._judged(degraded(reason, Evidence.SERVED, **facts))

    def limited(self, answer: client.HttpResponse, said: str) -> Outcome:
        """Return that the API limits our rate, where the status does not say so."""
        outcome = self.degraded(Reason.DEFERRED, said=said)
        wait_s = client.retry_after_s(answer.headers.get("retry-after", ""))
        return replace(outcome, retry_after_s=wait_s or _wait_s(answer.json_or_none()))

    def nonsense(self, **facts: str) -> Outcome:
        """Return that the answer is not one of this API."""
        return self.failed(Reason.PROTOCOL, **facts)

    def another(self, wanted: str) -> Outcome:
        """Return that the peer is no `wanted`."""
        return self.nonsense(problem="another-service", what=wanted)

    def lacks(self, name: str, reason: Reason = Reason.PROTOCOL) -> Outcome:
        """Return that the answer lacks a field."""
        return self.failed(reason, problem="no-field", what=name)

    def text(
        self, document: Mapping[str, Any], name: str, reason: Reason = Reason.PROTOCOL
    ) -> str:
        """Return a field of an answer; raise Stop if it is missing, see `lacks`."""
        value = document.get(name)
        if not isinstance(value, str):
            raise Stop(self.lacks(name, reason))
        return value

    def prove(self, evidence: Evidence) -> None:
        """Keep the evidence."""
        if evidence.rank > self.proven.rank:
            self.proven = evidence

    def _judged(self, outcome: Outcome) -> Outcome:
        evidence = max(self.proven, outcome.evidence, key=lambda proof: proof.rank)
        facts = {
            name: plain(fact) if isinstance(fact, str) else fact
            for name, fact in outcome.facts.items()
        }
        return replace(outcome, evidence=evidence, facts=facts)


def complaint(body: Any) -> str:
    """Return the error text of an API in its usual form, or ""."""
    if not isinstance(body, dict):
        return ""
    for key in COMPLAINTS:
        value = body.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return value.strip().splitlines()[0]
    return ""


def _wait_s(body: Any) -> float | None:
    """Read the wait in the body, as Telegram and Matrix send it."""
    if not isinstance(body, Mapping):
        return None
    inner = body.get("parameters")
    seconds = _number(inner.get("retry_after")) if isinstance(inner, Mapping) else None
    thousandths = _number(body.get("retry_after_ms"))
    if seconds is None and thousandths is not None:
        seconds = thousandths / 1000
    return None if seconds is None else min(seconds, client.LONGEST_WAIT_S)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(min(value, BEYOND)) if known and value >= 0 else None
