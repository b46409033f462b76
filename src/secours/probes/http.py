"""HTTP: does a page or an API answer with the status and the contents expected?

A pass shows what `expect_*` asks for and no more: a page that loads does not show that
anybody can log in. Redirects are followed (`follow`); one from outside to this machine
or its link only by `follow: anywhere`, for what is near may believe who is near.

Source: RFC 9110 section 15 (status codes); RFC 9111 is left alone, nothing is cached.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from msgspec import field

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.plan import Path
from secours.model.secret import SecretMissing, Template
from secours.outside_text import plain
from secours.wire.http import client
from secours.wire.net.tls import ExpiryOptions, with_expiry
from secours.wire.option_checks import status_range

BEST = Evidence.SERVED
NOTHING = object()

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """What to ask for, and what makes the answer a good one."""

    url: Template
    method: Method = "GET"
    headers: dict[str, Template] = field(default_factory=dict)
    body: Template | None = None
    expect_status: tuple[int | str, ...] = ("200-299",)
    expect_text: str | None = None
    forbid_text: str | None = None
    expect_json: dict[str, Any] = field(default_factory=dict)  # dotted path: value
    follow: client.Follow = True  # anywhere: also from afar to this machine or link
    max_bytes: int = client.MAX_BYTES

    def __post_init__(self) -> None:
        for status in self.expect_status:
            status_range(status)
        if self.max_bytes < 1:
            raise BadValue("plan.option.above-zero", option="max_bytes")
        with suppress(SecretMissing):
            if not self.url.reveal().startswith(("http://", "https://")):
                raise BadValue("plan.option.web-address", option="url")


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Send the request and judge the answer.

    Raises:
        OSError: the host refuses, resets or cannot be reached.

    """
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
    sent = " ".join((url, *headers.values(), body or ""))
    return with_expiry(
        _judge(settings, answer, sent), answer.der, settings.expires_within
    )


def _judge(settings: Settings, answer: client.HttpResponse, sent: str) -> Outcome:
    if not any(answer.status in status_range(s) for s in settings.expect_status):
        return client.refusal(answer)
    text = answer.text
    if settings.expect_text and settings.expect_text not in text:
        return _wrong(what=settings.expect_text)
    if settings.forbid_text and settings.forbid_text in text:
        return _wrong(said=settings.forbid_text)
    if settings.expect_json:
        return _judge_document(settings.expect_json, answer, sent)
    return ok(Evidence.SERVED, code=answer.status)


def _judge_document(
    expect: Mapping[str, Any], answer: client.HttpResponse, sent: str
) -> Outcome:
    document = answer.json()
    for where, wanted in expect.items():
        got = _at(document, where)
        if not _equal(got, wanted):
            what = f"{where} = {json.dumps(wanted)}"
            return _wrong(what=what, said=_shown(got, sent))
    return ok(Evidence.SERVED, code=answer.status)


def _shown(got: Any, sent: str) -> str:
    """Write a value of the answer; it may echo a secret that we sent."""
    if got is NOTHING:
        return ""
    if isinstance(got, dict | list):
        return "{…}" if isinstance(got, dict) else "[…]"
    echoed = isinstance(got, str) and len(got) > 3 and got in sent
    return "***" if echoed else json.dumps(got)


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
