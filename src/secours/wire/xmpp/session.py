"""XMPP as far as a client's login needs it: stream, TLS, SASL, bind.

Own, because the usual clients open their connections themselves, bound to no path.

Source: RFC 6120 sections 4 (streams), 4.9 (stream errors), 5 (STARTTLS), 6 (SASL),
7 (resource binding), 11.1 (no DTD), 13.7.2 (the certificate names the domain).
"""

import base64
from functools import partial
from typing import Literal, NoReturn
from xml.etree.ElementTree import Element

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Evidence, Reason
from secours.model.sections.channel import Path
from secours.wire.login_methods import no_known_login
from secours.wire.net import sockets, tls
from secours.wire.net.starttls import certificate_of, encrypt
from secours.wire.progress import Progress
from secours.wire.xmpp.scram import HASHES, Scram, decoded
from secours.wire.xmpp.xml_stream import STREAMS, Elements

Security = Literal["none", "starttls", "tls"]

TLS = "{urn:ietf:params:xml:ns:xmpp-tls}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
BIND = "{urn:ietf:params:xml:ns:xmpp-bind}"
CHALLENGE, SUCCESS = f"{SASL}challenge", f"{SASL}success"
PLAIN = "PLAIN"  # RFC 4616; never in clear
CHUNK_BYTES = 1 << 12
BROKEN = ("temporary-auth-failure",)  # RFC 6120 section 6.5: not our fault
WANTS_TLS = ("encryption-required",)
IN_QUOTES = str.maketrans(  # as of `xml.sax.saxutils`, which imports urllib.request
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)


class XmppServer(Struct, frozen=True, kw_only=True):
    """Address of an XMPP server, its domain, and its security."""

    domain: str
    host: str
    port: int
    security: Security = "starttls"
    ca: str | None = None
    verify: bool = True


class XmppSession:
    """Session with a server; `der` is its certificate once TLS is up."""

    def __init__(self, server: XmppServer, progress: Progress) -> None:
        """Set the server; `open` connects."""
        self.der: bytes | None = None
        self._server, self._progress = server, progress
        self._streams: list[sockets.Streams] = []  # the one in clear lives on below
        self._elements = Elements()
        self._offered = Element("features")

    async def open(self, path: Path | None) -> None:
        """Connect, open a stream, and set up TLS.

        Raises:
            Stop: TLS failed or is not offered, or it is no XMPP server.
            OSError: the host refuses or cannot be reached.
        """
        await self.reach(path)
        await self._restart()
        self._progress.proven = Evidence.SERVED

    async def log_in(self, username: str, password: str) -> None:
        """Log in by the best method that both sides know; raise Stop if refused."""
        self._progress.stage = "auth"
        offered = [m.text or "" for m in self._offered.iter(f"{SASL}mechanism")]
        known = [*HASHES, *([PLAIN] if self.der else [])]
        method = next((name for name in known if name in offered), None)
        if method is None:
            progress = self._progress
            raise no_known_login(offered, progress.proven, progress.stage)
        if method == PLAIN:
            first = f"\0{username}\0{password}".encode()
            self._succeeded(await self._auth(PLAIN, first))
        else:
            await self._scram(Scram(method, username, password), method)
        self._progress.proven = Evidence.AUTHENTICATED
        await self._restart()

    async def bind(self) -> None:
        """Request an address of our own; raise Stop if it gives none."""
        self._progress.stage = "bind"
        wish = f"<bind xmlns='{BIND[1:-1]}'/>"
        self._say(f"<iq type='set' id='secours-1'>{wish}</iq>")
        while (answer := await self._next()).get("id") != "secours-1":
            continue
        if answer.get("type") != "result":
            self._refused(answer, Reason.REJECTED)

    def goodbye(self) -> None:
        """Close the stream, without waiting."""
        self._say("</stream:stream>")

    def hang_up(self) -> None:
        """Close the connection at once."""
        for _, writer in reversed(self._streams):
            sockets.hang_up(writer)

    async def reach(self, path: Path | None) -> None:
        """Connect, and set up TLS."""
        server, context = self._server, None
        if server.security != "none":
            context = tls.client_context(ca=server.ca, verify=server.verify)
        clear = await sockets.open_tcp(
            server.host,
            server.port,
            path,
            tls=context if server.security == "tls" else None,
            server_name=server.domain,
        )
        self._streams.append(clear)
        self._progress.proven = Evidence.REACHED
        if server.security == "starttls" and context is not None:
            await self._restart()
            self._progress.proven = Evidence.SERVED
            await self._begin_tls()
            again = XmppSession(replace(server, ca=None, verify=False), Progress())
            look = partial(certificate_of, again, path)
            secure = await encrypt(clear[1].transport, context, server.domain, look)
            self._streams.append(secure)
        self.der = tls.certificate(self._streams[-1][1])

    async def _restart(self) -> None:
        """Open a stream, and read the features offered now."""
        self._elements = Elements()
        self._say(
            f"<?xml version='1.0'?><stream:stream to={_quoted(self._server.domain)}"
            f" version='1.0' xmlns='jabber:client' xmlns:stream='{STREAMS[1:-1]}'>"
        )
        self._offered = await self._next()
        if self._offered.tag != f"{STREAMS}features":
            raise self._progress.nonsense(problem="no-stream-features")

    async def _begin_tls(self) -> None:
        self._progress.stage = "starttls"
        if self._offered.find(f"{TLS}starttls") is None:
            raise self._progress.failed(Reason.TLS_MISSING)
        self._say(f"<starttls xmlns='{TLS[1:-1]}'/>")
        if (await self._next()).tag != f"{TLS}proceed":
            raise self._progress.failed(Reason.TLS_MISSING)

    async def _scram(self, login: Scram, method: str) -> None:
        challenge = _held(await self._auth(method, login.first()))
        final = _coded(await login.final(challenge))
        answer = await self._respond(final)
        if not login.verify(_held(answer)):
            raise self._progress.nonsense(problem="server-unproven")
        if answer.tag == CHALLENGE:  # some say so before the success
            answer = await self._respond("")
        self._succeeded(answer)

    async def _auth(self, method: str, first: bytes) -> Element:
        return await self._exchange(
            f"<auth xmlns='{SASL[1:-1]}' mechanism='{method}'>{_coded(first)}</auth>"
        )

    async def _respond(self, words: str) -> Element:
        return await self._exchange(
            f"<response xmlns='{SASL[1:-1]}'>{words}</response>"
        )

    async def _exchange(self, words: str) -> Element:
        self._say(words)
        answer = await self._next()
        if answer.tag == f"{SASL}failure":
            self._refused(answer, Reason.AUTH)
        return answer

    def _succeeded(self, answer: Element) -> None:
        if answer.tag != SUCCESS:
            raise self._progress.nonsense(problem="no-login-answer")

    def _refused(self, answer: Element, reason: Reason) -> NoReturn:
        """Raise it, in the server's own words."""
        conditions = [
            e.tag.rpartition("}")[2] for e in answer.iter() if e is not answer
        ]
        why = [name for name in conditions if name not in ("text", "error", "bind")]
        condition = why[0] if why else ""
        if condition in BROKEN:
            reason = Reason.STATUS
        if condition in WANTS_TLS:
            reason = Reason.TLS_MISSING
        raise self._progress.failed(reason, said=condition[:200])

    def _say(self, words: str) -> None:
        self._streams[-1][1].write(words.encode())

    async def _next(self) -> Element:
        """Return the next element of the stream.

        Raises:
            Stop: it is an error that ends the stream.
            Nonsense: it is no XML.
            EOFError: the server hung up.
        """
        reader = self._streams[-1][0]
        while not self._elements.ready:
            chunk = b"" if self._elements.closed else await reader.read(CHUNK_BYTES)
            if not chunk:
                raise EOFError
            self._elements.feed(chunk)
        element = self._elements.ready.pop(0)
        if element.tag == f"{STREAMS}error":
            said = next((e.tag.rpartition("}")[2] for e in element), "")
            reason = Reason.REJECTED if said == "host-unknown" else Reason.STATUS
            raise self._progress.failed(reason, said=said[:200])
        return element


def _coded(message: bytes) -> str:
    return base64.b64encode(message).decode()


def _held(answer: Element) -> bytes:
    """Return the data of a challenge or success; raise Nonsense if not in base64."""
    text = (answer.text or "").strip()
    return b"" if text == "=" else decoded(text)


def _quoted(text: str) -> str:
    """Write a text as the value of an attribute, XML 1.0 section 2.3."""
    return f'"{text.translate(IN_QUOTES)}"'
