"""An exchange and a registrar that answer SIP as a test tells them to.

    registrar = Registrar({"alice": "secret"}, algorithm="SHA-256")
    async with udp_server(registrar) as port: ...
    async with tcp_server(over_stream(registrar)) as port: ...

A reply takes a request and returns the answer's bytes, or None to stay silent.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable

from servers.scripted import Peer

Reply = Callable[[bytes], bytes | None]


def headers_of(request: bytes) -> dict[str, str]:
    """Return the headers of a request by name in lower case."""
    lines = request.decode().split("\r\n\r\n")[0].split("\r\n")[1:]
    pairs = (line.partition(":")[::2] for line in lines)
    return {name.lower(): value.strip() for name, value in pairs}


def answer(request: bytes, status: str, *more: str) -> bytes:
    """Copy the headers back as an exchange does, RFC 3261 section 8.2.6."""
    given = headers_of(request)
    lines = [
        f"SIP/2.0 {status}",
        f"Via: {given['via']};received=127.0.0.1",
        f"From: {given['from']}",
        f"To: {given['to']};tag=there",
        f"Call-ID: {given['call-id']}",
        f"CSeq: {given['cseq']}",
        *more,
        "Content-Length: 0",
    ]
    return "\r\n".join((*lines, "", "")).encode()


def answering(status: str, *more: str) -> Reply:
    """Answer everything alike."""
    return lambda request: answer(request, status, *more)


class Registrar:
    """Challenges, checks, and keeps the contacts of those it knows."""

    def __init__(
        self,
        accounts: dict[str, str],
        *,
        algorithm: str | None = "MD5",
        qop: str | None = "auth,auth-int",
        realm: str = 'pbx, of \\"Exempleville\\"',
        min_expires: int = 0,
        proxy: bool = False,
    ) -> None:
        """Know these accounts; `qop` None is the Digest of old."""
        self.accounts = accounts
        self.algorithm, self.qop, self.realm = algorithm, qop, realm
        self.min_expires, self.proxy = min_expires, proxy
        self.stale_once = False  # refuses the first right answer as too old
        self.never_content = False
        self.forbids = False
        self.grants_s: int | None = None  # instead of what was asked; None says nothing
        self.then: Registrar | None = None  # who answers behind it, if it is an edge
        self.after = "200 OK"  # what a right answer gets
        self.contacts: list[str] = []
        self.heard: list[dict[str, str]] = []
        self._nonce = secrets.token_hex(8)

    def __call__(self, request: bytes) -> bytes | None:
        """Answer one REGISTER."""
        given = headers_of(request)
        self.heard.append(given)
        sent = given.get("proxy-authorization" if self.proxy else "authorization")
        if sent is None or self.never_content:
            return self._challenge(request)
        if not self._right(sent, request):
            if self.forbids:
                return answer(request, "403 Forbidden")
            return self._challenge(request)
        if self.stale_once:
            self.stale_once = False
            self._nonce = secrets.token_hex(8)
            return self._challenge(request, ", stale=TRUE")
        return self.then(request) if self.then else self._bound(request, given)

    def _bound(self, request: bytes, given: dict[str, str]) -> bytes:
        expires = int(given["expires"])
        if 0 < expires < self.min_expires:
            longer = f"Min-Expires: {self.min_expires}"
            return answer(request, "423 Interval Too Brief", longer)
        contact = given["contact"].partition(";expires")[0]
        if expires and self.after.startswith("2"):
            self.contacts.append(contact)
        elif contact in self.contacts:
            self.contacts.remove(contact)
        if self.grants_s is None or not expires:
            return answer(request, self.after)
        others = '"a, b" <sip:alice@desk>;expires=3600, <sip:alice@attic>;expires=1'
        return answer(
            request,
            self.after,
            f"Contact: {others}",
            f"Contact: {contact};q=0.5;expires={self.grants_s}",
        )

    def _challenge(self, request: bytes, more: str = "") -> bytes:
        name = "Proxy-Authenticate" if self.proxy else "WWW-Authenticate"
        terms = [f'Digest realm="{self.realm}"', f'nonce="{self._nonce}"']
        terms += [f'qop="{self.qop}"'] if self.qop else []
        terms += [f"algorithm={self.algorithm}"] if self.algorithm else []
        status = "407 Proxy Authentication Required" if self.proxy else "401 "
        return answer(request, status, f"{name}: {', '.join(terms)}{more}")

    def _right(self, sent: str, request: bytes) -> bool:
        """Check by RFC 2617 section 3.2.2, written anew and not that of the probe."""
        got = {
            name: quoted or bare
            for name, quoted, bare in re.findall(
                r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', sent
            )
        }
        function = "sha256" if (self.algorithm or "").startswith("SHA") else "md5"

        def h(text: str) -> str:
            return hashlib.new(function, text.encode()).hexdigest()

        realm = self.realm.replace('\\"', '"')
        key = h(f"{got['username']}:{realm}:{self.accounts.get(got['username'])}")
        if (self.algorithm or "").endswith("-sess"):
            key = h(f"{key}:{self._nonce}:{got['cnonce']}")
        asked = f"REGISTER:{request.split()[1].decode()}"
        if got.get("qop") == "auth-int":
            asked += f":{h('')}"
        middle = self._nonce
        if "qop" in got:
            middle += f":{got['nc']}:{got['cnonce']}:{got['qop']}"
        return bool(got["response"] == h(f"{key}:{middle}:{h(asked)}"))


def over_stream(reply: Reply, before: bytes = b"") -> Peer:
    """Speak over TCP or TLS; `before` each answer these bytes are sent."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            if (said := reply(request)) is not None:
                writer.write(before + said)

    return peer
