"""One HTTP API that we have an account with: what every such probe asks and refuses.

It remembers how much was proven so far and which secrets were sent: none of them
stands in an outcome, even where the API repeats it.

Source: RFC 9110 sections 10.2.3 (Retry-After) and 15 (status codes); RFC 6750 section
2.1 (bearer tokens).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    unknown,
)
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.outside_text import plain
from secours.wire.http import client

UNAUTHORIZED, TOO_MANY = 401, 429  # RFC 9110 section 15.5.2, RFC 6585 section 4
REFUSED = range(400, 500)
COMPLAINTS = ("error_description", "description", "message", "error")
BEYOND = 1e12  # no number of seconds or thousandths that anybody means
SHORTEST_SECRET = 4  # a shorter one would strike out innocent words


def check_url(option: str, url: str, *, query: bool = False) -> None:
    """Refuse what is no plain address of an API.

    Raises:
        BadValue: it says what is wrong with it.

    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise BadValue("plan.option.no-url", option=option) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadValue("plan.option.web-address", option=option)
    if parts.username is not None or parts.password is not None:
        raise BadValue("plan.option.url-password", option=option)
    if parts.fragment or (parts.query and not query):
        raise BadValue("plan.option.url-end", option=option)


def check_login(
    token: Secret | None, username: str | None, password: Secret | None
) -> None:
    """Refuse half a login, and two ways to log in.

    Raises:
        BadValue: it says what is missing.

    """
    if (username is None) != (password is None):
        raise BadValue("plan.option.each-other", option="username", other="password")
    if token is not None and username is not None:
        raise BadValue("plan.option.one-login")


class Service:
    """An API at a base URL, over a path, with what we log in with."""

    def __init__(
        self,
        base_url: str,
        path: Path | None,
        *,
        token: Secret | None = None,
        username: str | None = None,
        password: Secret | None = None,
        ca: str | None = None,
        verify: bool = True,
    ) -> None:
        """Take the options of a probe; a token is sent as a bearer's.

        Raises:
            SecretMissing: the token or password could not be read.
            Stop: it cannot be sent in a header.

        """
        self.proven = Evidence.NONE
        self.der: bytes | None = None
        self._base_url = base_url.rstrip("/")
        self._path, self._ca, self._verify = path, ca, verify
        self._secrets: set[str] = set()
        self._headers: dict[str, str] = {}
        self._login: tuple[str, str] | None = None
        if token is not None:
            self.carry(token.reveal())
        if username is not None and password is not None:
            self._login = username, self.hide(password.reveal())

    def hide(self, secret: str) -> str:
        """Keep a secret out of every outcome from now on, and return it."""
        self._secrets |= {secret, secret.strip(), quote(secret, safe="")}
        return secret

    def carry(self, token: str) -> None:
        """Send a bearer token with every request from now on."""
        token = self.hide(token).strip()
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise Stop(unknown(Reason.BROKEN, what="token"))
        self._headers["Authorization"] = f"Bearer {token}"

    async def ask(self, method: str, target: str, **sent: Any) -> client.HttpResponse:
        """Send one request below the base URL, see `wire.http.ask`.

        Raises:
            Stop: what came back is no HTTP.
            OSError: refused, unreachable, reset.

        """
        headers = {**self._headers, **sent.pop("headers", {})}
        try:
            answer = await client.ask(
                method,
                self._base_url + target,
                headers=headers,
                login=self._login,
                path=self._path,
                ca=self._ca,
                verify=self._verify,
                **sent,
            )
        except Stop as stop:
            raise Stop(self._judged(stop.outcome)) from None
        self.der = answer.der
        self.prove(Evidence.REACHED)
        return answer

    async def get(self, target: str, **sent: Any) -> dict[str, Any]:
        """Ask for a document, see `document`."""
        return self.document(await self.ask("GET", target, **sent))

    async def post(self, target: str, **sent: Any) -> dict[str, Any]:
        """Send and get a document, see `document`."""
        return self.document(await self.ask("POST", target, **sent))

    def document(self, answer: client.HttpResponse) -> dict[str, Any]:
        """Return the JSON object of a good answer.

        Raises:
            Stop: the status refuses, or the body is something else.

        """
        self.check(answer)
        found = self.json(answer)
        if not isinstance(found, dict):
            raise Stop(self.nonsense(problem="no-json-object"))
        return found

    def json(self, answer: client.HttpResponse) -> Any:
        """Return whatever JSON an answer holds.

        Raises:
            Stop: it holds none: a page of maintenance, most often.

        """
        try:
            return answer.json()
        except Stop as stop:
            raise Stop(self._judged(stop.outcome)) from None

    def check(self, answer: client.HttpResponse) -> None:
        """Go on only after a status of 2xx.

        Raises:
            Stop: it is another.

        """
        if not 200 <= answer.status < 300:
            raise Stop(self.refusal(answer))

    def refusal(self, answer: client.HttpResponse) -> Outcome:
        """Say what a status other than 2xx means, in the API's own words."""
        outcome = client.refusal(answer)
        body = _body(answer)
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
        """Say that it failed, with what was proven before."""
        return self._judged(failed(reason, Evidence.SERVED, **facts))

    def degraded(self, reason: Reason, **facts: Any) -> Outcome:
        """Say that it works badly, with what was proven before."""
        return self._judged(degraded(reason, Evidence.SERVED, **facts))

    def limited(self, answer: client.HttpResponse, said: str) -> Outcome:
        """Say that the API makes us wait, where the status does not say so."""
        outcome = self.degraded(Reason.DEFERRED, said=said)
        wait_s = client.retry_after_s(answer.headers.get("retry-after", ""))
        return replace(outcome, retry_after_s=wait_s or _wait_s(_body(answer)))

    def nonsense(self, **facts: str) -> Outcome:
        """Say that the answer is not one of this API."""
        return self.failed(Reason.PROTOCOL, **facts)

    def lacks(self, name: str) -> Outcome:
        """Say that the answer is one of this API, save that a field is missing."""
        return self.nonsense(problem="no-field", what=name)

    def prove(self, evidence: Evidence) -> None:
        """Remember that this much is proven."""
        if evidence.rank > self.proven.rank:
            self.proven = evidence

    def _judged(self, outcome: Outcome) -> Outcome:
        evidence = max(self.proven, outcome.evidence, key=lambda proof: proof.rank)
        facts = {name: self._struck(value) for name, value in outcome.facts.items()}
        return replace(outcome, evidence=evidence, facts=facts)

    def _struck(self, value: str | int | float) -> str | int | float:
        if not isinstance(value, str):
            return value
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                value = value.replace(secret, "***")
        return plain(value)


def complaint(body: Any) -> str:
    """Return what an API says is wrong, the way most of them write it, or nothing."""
    if not isinstance(body, dict):
        return ""
    for key in COMPLAINTS:
        said = body.get(key)
        if isinstance(said, dict):
            said = said.get("message")
        if isinstance(said, str) and said.strip():
            return said.strip().splitlines()[0]
    return ""


def _body(answer: client.HttpResponse) -> Any:
    try:
        return answer.json()
    except Stop:
        return None


def _wait_s(body: Any) -> float | None:
    """Read how long to wait where it stands in the body, as Telegram and Matrix do."""
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
