"""HTTP: does a page or an API answer with the status and the contents expected?

A pass shows what `expect_*` asks for and no more: a page that loads does not show that
anybody can log in. Redirects are followed (`follow`); one from outside to this machine
or its link only by `follow: anywhere`, for what is near may believe who is near.

A captive portal answers a plain `http://` address with a redirect to itself: what leads
to another host so, without verified TLS, proves `reached` at most, unless `expect_text`
or `expect_json` know the page. A portal that answers with a page of its own is not told
apart without them; `https://` tells it.

Texts are looked for in each charset that the page declares and in UTF-8, with and
without its escapes. What stands beyond `max_bytes`, or is packed in what we do not
unpack, is not looked at: where it could decide, the outcome is unknown.

Source: RFC 9110 sections 8.4 (content codings), 9.3.2 (HEAD), 15 (status codes);
RFC 9111 section 5.2.1.4 (no-cache: a cache on the way has to ask the server).
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from msgspec import field
from msgspec.structs import replace

from secours.message import BadValue, Message, message
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    failed,
    ok,
    unknown,
)
from secours.model.secret import FORM, SHORTEST, SecretMissing, Template, names_secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import charset, client
from secours.wire.net.addresses import is_loopback
from secours.wire.net.tls import ExpiryOptions, with_expiry
from secours.wire.option_checks import status_range
from secours.wire.sent_secret import SentSecret, holds_secret, over_http

BEST = Evidence.SERVED
NOTHING = object()
WITHOUT_BODY = (204, 205, 304)  # RFC 9110 sections 15.3.5, 15.3.6, 15.4.5

FIELD = re.compile(
    r"""(?P<name>[\w-]+)["']?\s*[:=]\s*(?:"(?P<text>[^"]*)"|(?P<word>[^\s&,;}"]+))"""
)  # of JSON, a form or the like

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """Request, and the conditions of a good answer."""

    url: Template
    """Address to ask; ${NAME} in it is filled in."""
    method: Method = "GET"
    """Method of the request."""
    headers: dict[str, Template] = field(default_factory=dict)
    """Headers of the request, each a text in which ${NAME} is filled in."""
    body: Template | None = None
    """Body of the request; ${NAME} in it is filled in."""
    expect_status: tuple[int | str, ...] = ("200-299",)
    """Status codes that are good, such as 200 or 200-299."""
    expect_text: str | None = None
    """Text that has to be in the answer."""
    forbid_text: str | None = None
    """Text that may not be in the answer."""
    expect_json: dict[str, Any] = field(default_factory=dict)
    """Values that the JSON of the answer has to hold, by their dotted paths."""
    follow: client.Follow = True
    """Redirects to follow; anywhere: from afar to this machine too."""
    max_bytes: int = client.MAX_BYTES
    """Number of bytes of the answer that are read, after unpacking."""

    def __post_init__(self) -> None:
        for status in self.expect_status:
            status_range(status)
        if self.max_bytes < 1:
            raise BadValue("plan.option.above-zero", option="max_bytes")
        for option in ("expect_text", "forbid_text", "expect_json"):
            if self.method == "HEAD" and getattr(self, option):
                raise BadValue("plan.option.no-head", option=option)
        with suppress(SecretMissing):
            url = self.url.reveal()
            if not re.match(r"https?://[^/?#:]", url):
                raise BadValue("plan.option.web-address", option="url")
            with suppress(ValueError):
                if urlsplit(url).port != 0:
                    return
            raise BadValue("plan.option.no-url", option="url")

    def secrets(self) -> Iterator[str]:
        """Return the literal secrets in the options."""
        return (secret for _, secret in self._in_clear())

    def warnings(self) -> tuple[Message, ...]:
        """Return advice on it."""
        found = dict.fromkeys(option for option, _ in self._in_clear())
        warnings = [
            message("plan.advice.in-clear", option=each, form=FORM) for each in found
        ]
        with suppress(SecretMissing, ValueError):
            url = urlsplit(self.url.reveal())
            known = self.expect_text or self.expect_json or self.method == "HEAD"
            if url.scheme == "http" and not (known or is_loopback(url.hostname or "")):
                warnings.append(message("plan.advice.portal", option="expect_text"))
        return tuple(warnings)

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield each option that holds a secret, by its name or from outside."""
        with suppress(SecretMissing, ValueError):
            url, values = self.url.reveal(), self._named_values()
            options = {
                option.partition(":")[0]
                for option, name, value, _ in values
                if names_secret(name) and value
            }
            sent = {f"headers.{name}": text for name, text in self.headers.items()}
            sent |= {"body": self.body} if self.body else {}
            options |= {
                o for o, text in sent.items() if text.parts or not text.is_there
            }
            options |= {"url"} if holds_secret(self.url) else set()
            for option in sorted(options):
                yield over_http(option, url, verified=self.verify)

    def _in_clear(self) -> Iterator[tuple[str, str]]:
        for option, name, value, parts in self._named_values():
            if names_secret(name) and value and not any(map(value.count, parts)):
                yield option, value
                inside = _credentials(name, value)
                yield from ((option, each) for each in inside if len(each) >= SHORTEST)

    def _named_values(self) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
        """Return each value sent, with its option, name, and references."""
        with suppress(SecretMissing, ValueError):
            url, forms = urlsplit(self.url.reveal()), (unquote, unquote_plus)
            parts = tuple(read(part) for part in self.url.parts for read in forms)
            yield "url: password", "password", unquote(url.password or ""), parts
            for name, value in parse_qsl(url.query):
                yield f"url: {name}", name, value, parts
        for name, header in self.headers.items():
            with suppress(SecretMissing):
                yield f"headers.{name}", name, header.reveal(), header.parts
        if self.body:
            with suppress(SecretMissing):
                for found in FIELD.finditer(self.body.reveal()):
                    name, value = found["name"], found["text"] or found["word"] or ""
                    yield f"body: {name}", name, value, self.body.parts


def _credentials(name: str, value: str) -> Iterator[str]:
    """Return the credentials inside a header, RFC 9110 section 11.4, RFC 6265 4.2."""
    if name.lower() == "cookie":
        yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
    elif name.lower() == "authorization":
        scheme, _, token = value.partition(" ")
        yield token
        if scheme.lower() == "basic":
            with suppress(ValueError):
                yield b64decode(token).decode("utf-8", "replace").partition(":")[2]


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send the request and judge the answer; raise OSError if it is not reached."""
    headers = {name: value.reveal() for name, value in settings.headers.items()}
    body = settings.body.reveal() if settings.body else None
    url = settings.url.reveal()
    answer = await client.ask(
        settings.method,
        url,
        headers=headers,
        body=body,
        path=path,
        follow=settings.follow,
        ca=settings.ca,
        verify=settings.verify,
        max_bytes=settings.max_bytes,
    )
    outcome = _judge(settings, answer)
    if answer.elsewhere and not (settings.expect_text or settings.expect_json):
        return _led_elsewhere(outcome, answer.elsewhere)
    return with_expiry(outcome, answer.der, settings.expires_within)


def _led_elsewhere(outcome: Outcome, host: str) -> Outcome:
    """Return a good answer as one that a captive portal could have given."""
    if outcome.verdict is not Verdict.OK:
        return outcome
    facts = {**outcome.facts, "elsewhere": plain(host)}
    return replace(
        outcome, evidence=Evidence.REACHED, reason=Reason.UNPROVEN, facts=facts
    )


def _judge(settings: Settings, answer: client.HttpResponse) -> Outcome:
    if not any(answer.status in status_range(s) for s in settings.expect_status):
        return client.refusal(answer)
    expected, forbidden = [
        charset.normal(text or "")
        for text in (settings.expect_text, settings.forbid_text)
    ]
    if answer.packed and (expected or forbidden or settings.expect_json):
        return _unread(expected or forbidden, encoding=answer.packed)
    wanted = [text for text in (expected, forbidden) if text]
    readings = answer.readings if wanted else ()
    present = {each for text in readings for each in wanted if each in text}
    missing = expected if expected not in present else ""
    if missing and not answer.cut:
        return _wrong(what=missing)
    if forbidden in present:
        return _wrong(said=forbidden)
    if answer.cut and (missing or forbidden or settings.expect_json):
        return _unread(missing or forbidden, max_bytes=settings.max_bytes)
    if forbidden and answer.status in WITHOUT_BODY:
        return _unread(forbidden, no_content=answer.status)
    if settings.expect_json:
        return _judge_document(settings.expect_json, answer)
    return ok(Evidence.SERVED, code=answer.status)


def _unread(what: str, **why: str | int) -> Outcome:
    """Return that not all of it was read: it may hold the text or not."""
    facts = {"what": plain(what)} if what else {}
    return unknown(Reason.CONTENT, **why, **facts)


def _judge_document(expect: Mapping[str, Any], answer: client.HttpResponse) -> Outcome:
    document = answer.json()
    for where, wanted in expect.items():
        got = _at(document, where)
        if not _equal(got, wanted):
            what = f"{where} = {json.dumps(wanted)}"
            return _wrong(what=what, said=_shown(got))
    return ok(Evidence.SERVED, code=answer.status)


def _shown(got: Any) -> str:
    if got is NOTHING:
        return ""
    if isinstance(got, dict | list):
        return "{…}" if isinstance(got, dict) else "[…]"
    return json.dumps(got)


def _wrong(**facts: str) -> Outcome:
    shown = {name: plain(value) for name, value in facts.items()}
    return failed(Reason.CONTENT, Evidence.SERVED, **shown)


def _at(document: Any, where: str) -> Any:
    """Walk a dotted path such as `checks.0.status` or `checks[0].status`."""
    for step in where.replace("[", ".").replace("]", "").strip(".").split("."):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal():
            document = document[int(step)] if int(step) < len(document) else NOTHING
        else:
            return NOTHING
    return document


def _equal(got: Any, wanted: Any) -> bool:
    """Compare as JSON does, where true is not 1."""
    return isinstance(got, bool) == isinstance(wanted, bool) and bool(got == wanted)
