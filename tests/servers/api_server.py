"""An HTTP API on loopback, played from a table of answers, and the ways it breaks.

`FAULTS` is what every probe of an API has to tell apart; each makes a base URL.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from servers.certificates import server_tls
from servers.http_server import Asked, answer, answering
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)

from secours.model.observed import Evidence, Reason, Verdict

Reply = Any  # a document, bytes as they go on the wire, or a function that gives one
Verdicts = tuple[Verdict, Evidence, Reason]
Faulty = Callable[[], AbstractAsyncContextManager[str]]

PAGE = b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>"


@asynccontextmanager
async def api(
    routes: Mapping[str, Reply], asked: list[Asked] | None = None
) -> AsyncIterator[str]:
    """Answer `METHOD /path` from the table, all else with 404; return the base URL."""

    def reply(request: Asked) -> bytes:
        if asked is not None:
            asked.append(request)
        path = request.target.partition("?")[0]
        found = routes.get(f"{request.method} {path}", answer("404 Not Found"))
        found = found(request) if callable(found) else found
        return found if isinstance(found, bytes) else document(found)

    async with serving(answering(reply)) as base_url:
        yield base_url


def document(found: Any, status: str = "200 OK", **headers: str) -> bytes:
    """Write an answer that holds a JSON document."""
    body = json.dumps(found).encode()
    return answer(status, body, content_type="application/json", **headers)


def sent(asked: Asked) -> Any:
    """Return the JSON document of a request."""
    return json.loads(asked.body)


@asynccontextmanager
async def serving(peer: Peer, tls: bool = False) -> AsyncIterator[str]:
    """Let a peer serve, and return its base URL."""
    context = server_tls() if tls else None
    async with tcp_server(peer, context) as port:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"


@asynccontextmanager
async def _nobody() -> AsyncIterator[str]:
    yield f"http://127.0.0.1:{closed_port()}"


def _always(status: str, body: bytes = b"", **headers: str) -> Faulty:
    return lambda: serving(answering(lambda _: answer(status, body, **headers)))


FAILED, SERVED = Verdict.FAILED, Evidence.SERVED
FAULTS: Mapping[str, tuple[Faulty, Verdicts]] = {
    "token refused": (
        _always("401 Unauthorized"),
        (FAILED, SERVED, Reason.AUTH),
    ),
    "forbidden": (
        _always("403 Forbidden"),
        (FAILED, SERVED, Reason.AUTH),
    ),
    "too many requests": (
        _always("429 Too Many Requests", retry_after="7"),
        (Verdict.DEGRADED, SERVED, Reason.DEFERRED),
    ),
    "bad gateway": (
        _always("502 Bad Gateway", PAGE),
        (FAILED, SERVED, Reason.STATUS),
    ),
    "moved": (
        _always("302 Found", location="/elsewhere"),
        (FAILED, SERVED, Reason.STATUS),
    ),
    "page of maintenance": (
        _always("200 OK", PAGE),
        (FAILED, SERVED, Reason.PROTOCOL),
    ),
    "empty": (
        _always("200 OK"),
        (FAILED, SERVED, Reason.PROTOCOL),
    ),
    "another protocol": (
        lambda: serving(saying(b"220 mail.example.org ESMTP\r\n", stay=True)),
        (FAILED, Evidence.REACHED, Reason.PROTOCOL),
    ),
    "endless headers": (
        lambda: serving(endless(500 * b"X-A: b\r\n", b"HTTP/1.1 200 OK\r\n")),
        (FAILED, Evidence.REACHED, Reason.PROTOCOL),
    ),
    "reset": (
        lambda: serving(resetting),
        (FAILED, Evidence.NONE, Reason.PROTOCOL),
    ),
    "closed": (
        _nobody,
        (FAILED, Evidence.NONE, Reason.REFUSED),
    ),
    "silent": (
        lambda: serving(silent),
        (FAILED, Evidence.NONE, Reason.TIMEOUT),
    ),
    "untrusted": (
        lambda: serving(answering(lambda _: answer()), tls=True),
        (FAILED, Evidence.REACHED, Reason.TLS_UNTRUSTED),
    ),
}


def within_s(fault: str) -> float:
    """Return how long to wait: long where an answer comes, on a machine that stalls."""
    return 0.5 if fault == "silent" else 5.0
