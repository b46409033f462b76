"""Asks a proxy for an address by its name, which no resolver knows."""

import http.client
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

WITHIN_S = 60.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """What is in it."""
        return self.body.decode("utf-8", "replace")


def asked(
    url: str, headers: dict[str, str] | None = None, posted: bytes | None = None
) -> Answer:
    """Ask once, and follow nothing."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    plain = socket.create_connection(("127.0.0.1", parts.port), WITHIN_S)
    connection = http.client.HTTPConnection(parts.netloc)
    with unverified().wrap_socket(
        plain, server_hostname=parts.hostname
    ) as connection.sock:
        path = f"{parts.path or '/'}?{parts.query}"
        method = "GET" if posted is None else "POST"
        connection.request(method, path, posted, headers or {})
        answer = connection.getresponse()
        named = {name.lower(): text for name, text in answer.getheaders()}
        return Answer(answer.status, named, answer.read())


def unverified() -> ssl.SSLContext:
    """Return how to connect to whoever is there: a proxy of the test itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
