"""IMAP as far as a mailbox must be opened, measured, searched, and tidied up.

Own, on asyncio, because the client of the standard library blocks a thread that no
deadline can end, and keeps whatever an endless server says.

Source: RFC 3501 sections 2.2 (commands and responses), 4.3 (strings), 6.2 and 6.3
(commands), 7.1 (status); RFC 5530 (response codes); RFC 9208 (QUOTA); RFC 4959 and
RFC 4616 (AUTHENTICATE PLAIN).
"""

import asyncio
import base64
import re
from functools import partial

from msgspec.structs import replace

from secours.model.observed import Evidence, Reason, degraded
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.login_methods import no_known_login, wants_scram
from secours.wire.mail.imap_syntax import (
    LITERAL,
    TOKENS,
    ImapResponse,
    ImapStatus,
    quoted,
    status,
)
from secours.wire.mail.options import ImapOptions
from secours.wire.net import sockets, tls
from secours.wire.net.starttls import certificate_of, encrypt
from secours.wire.numbers import whole
from secours.wire.progress import Progress

QUOTABLE = re.compile(r"[^\x00-\x1f\x7f-\U0010ffff]*")
LONGEST_BYTES = 1 << 19  # of the answer to one command
SHORTEST_BYTES = 256  # the least that a line counts for: short ones cost as much
TOKEN_BYTES = 16  # counted in addition for each word or bracket
MOST_LITERALS = 16  # in one line
LET_GO_EVERY = 32  # lines after which other tasks run
NOT_OUR_FAULT = ("UNAVAILABLE", "SERVERBUG", "INUSE", "CONTACTADMIN", "CORRUPTION")
AUTH = "AUTH="  # prefix of an offered method, RFC 3501 section 6.1.1
PLAIN = "PLAIN"  # RFC 4616
NOT_THE_PASSWORD = ("", "ALERT")  # texts of a NO that refuses LOGIN itself
TOO_MANY = ("LIMIT",)
WANTS_TLS = ("PRIVACYREQUIRED",)


class ImapSession:
    """Session with an IMAP server; `der` is its certificate once TLS is up."""

    def __init__(self, options: ImapOptions, progress: Progress) -> None:
        """Set the server; `open` connects."""
        self.der: bytes | None = None
        self.can: frozenset[str] = frozenset()  # the capabilities
        self._options, self.progress = options, progress
        self._streams: list[sockets.Streams] = []  # under TLS also the one in clear
        self._count = self._heard = self._lines = 0
        self._bye = ""
        self._already_in = False  # by PREAUTH: no login is needed, or accepted

    async def open(self, path: Path | None) -> None:
        """Connect, read the greeting, and set up TLS.

        Raises:
            Stop: the server turns us away, TLS failed or is not offered, or no IMAP.
            OSError: the host refuses or cannot be reached.
        """
        await self.reach(path)
        await self._ask_capabilities()

    async def log_in(self, username: str, password: str) -> None:
        """Send our name and password, once: each try may count as one.

        A server that greets with PREAUTH knows us already, RFC 3501 section 7.1.4.

        Raises:
            Stop: the server refuses them, or is not able to tell.
        """
        if self._already_in:
            self.progress.proven = Evidence.AUTHENTICATED
            return
        self.progress.stage = "auth"
        quotable = QUOTABLE.fullmatch(username) and QUOTABLE.fullmatch(password)
        disabled = "LOGINDISABLED" in self.can
        offered = sorted(w.removeprefix(AUTH) for w in self.can if w.startswith(AUTH))
        proven, stage = self.progress.proven, self.progress.stage
        if PLAIN in offered and (disabled or not quotable):
            answer = await self._authenticate(username, password)
        elif disabled:
            raise no_known_login(offered, proven, stage)
        elif quotable:
            answer = await self.command(f"LOGIN {quoted(username)} {quoted(password)}")
        else:
            problem = "needs-authenticate-plain"
            raise self.progress.failed(Reason.AUTH, problem=problem)
        ended, only_scram = answer.status, PLAIN not in offered and wants_scram(offered)
        if only_scram and ended.kind == "NO" and ended.code in NOT_THE_PASSWORD:
            raise no_known_login(offered, proven, stage)
        if ended.kind != "OK":
            raise self.refused(ended, Reason.AUTH)
        self.progress.proven = Evidence.AUTHENTICATED
        await self._ask_capabilities()

    async def select(self, mailbox: str) -> ImapResponse:
        """Open a mailbox; raise Stop if it is not there, or not now."""
        self.progress.stage = "select"
        return await self.wanted(f"SELECT {quoted(mailbox)}")

    async def wanted(self, words: str) -> ImapResponse:
        """Send a command; raise Stop unless it ends in OK."""
        answer = await self.command(words)
        if answer.status.kind != "OK":
            raise self.refused(answer.status, Reason.REJECTED)
        return answer

    async def command(self, words: str, then: str | None = None) -> ImapResponse:
        """Send a command, and with `then` the text that the server asks for next.

        Raises:
            Stop: the server says goodbye, or no IMAP.
            EOFError: the server hung up.
        """
        self._count += 1
        self._heard = 0
        tag = f"s{self._count}"
        self._say(f"{tag} {words}")
        answer = ImapResponse()
        while True:
            line, literals = await self._line()
            if line.startswith(b"* "):
                answer.told.append((line[2:], literals))
                if (told := status(line[2:])) and told.kind == "BYE":
                    self._bye = told.said
            elif line.startswith(b"+"):
                if then is None:
                    raise self.progress.nonsense(said=plain(line))
                self._say(then)
                then = None
            elif line.startswith(f"{tag} ".encode()):
                if found := status(line.partition(b" ")[2]):
                    answer.status = found
                    return answer
                raise self.progress.nonsense(said=plain(line))
            else:
                raise self.progress.nonsense(said=plain(line))

    def refused(self, ended: ImapStatus, reason: Reason) -> Stop:
        """Return the failure of a NO or a BAD, to be raised."""
        reply = plain(f"{ended.code and f'[{ended.code}] '}{ended.said}")
        if ended.kind == "BAD":
            return self.progress.nonsense(said=reply)
        if ended.code in TOO_MANY:
            proven, stage = self.progress.proven, self.progress.stage
            return Stop(degraded(Reason.RATE_LIMITED, proven, stage=stage, said=reply))
        if ended.code in WANTS_TLS:
            reason = Reason.TLS_MISSING
        if ended.code in NOT_OUR_FAULT:
            reason = Reason.STATUS
        return self.progress.failed(reason, said=reply)

    async def goodbye(self) -> None:
        """Log out, whatever the answer."""
        await self.command("LOGOUT")

    def hang_up(self) -> None:
        """Close the connection at once."""
        for _, writer in reversed(self._streams):
            sockets.hang_up(writer)

    async def reach(self, path: Path | None) -> None:
        """Connect, be greeted, and set up TLS."""
        options, context = self._options, None
        if options.security != "none":
            context = tls.client_context(ca=options.ca, verify=options.verify)
        direct = context if options.security == "tls" else None
        clear = await sockets.open_tcp(options.host, options.port, path, tls=direct)
        self._streams.append(clear)
        self.progress.proven = Evidence.REACHED
        await self._greeting()
        self.progress.proven = Evidence.SERVED
        if options.security == "starttls" and context is not None:
            await self._ask_capabilities()
            await self._begin_tls()
            again = ImapSession(replace(options, ca=None, verify=False), Progress())
            look = partial(certificate_of, again, path)
            secure = await encrypt(clear[1].transport, context, options.host, look)
            self._streams.append(secure)
        self.der = tls.certificate(self._streams[-1][1])

    async def _greeting(self) -> None:
        self.progress.stage = "greeting"
        line, _ = await self._line()
        greeting = status(line.removeprefix(b"* "))
        if not line.startswith(b"* ") or not greeting:
            raise self.progress.nonsense(said=plain(line))
        if greeting.kind == "BYE":
            raise self.refused(greeting, Reason.STATUS)
        if greeting.kind not in ("OK", "PREAUTH"):
            raise self.progress.nonsense(said=plain(line))
        self._already_in = greeting.kind == "PREAUTH"

    async def _begin_tls(self) -> None:
        self.progress.stage = "starttls"
        if "STARTTLS" not in self.can or self._already_in:  # RFC 3501 section 6.2.1
            raise self.progress.failed(Reason.TLS_MISSING)
        answer = await self.command("STARTTLS")
        if answer.status.kind != "OK":
            said = plain(answer.status.said)
            raise self.progress.failed(Reason.TLS_MISSING, said=said)

    async def _ask_capabilities(self) -> None:
        answer = await self.command("CAPABILITY")
        told = [word for line, _ in answer.told for word in _capabilities(line)]
        self.can = frozenset(told)

    async def _authenticate(self, username: str, password: str) -> ImapResponse:
        given = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
        if "SASL-IR" in self.can:
            return await self.command(f"AUTHENTICATE PLAIN {given}")
        return await self.command("AUTHENTICATE PLAIN", then=given)

    def _say(self, words: str) -> None:
        self._streams[-1][1].write(words.encode() + b"\r\n")

    async def _line(self) -> tuple[bytes, list[bytes]]:
        """Read a line, with its literals apart.

        Raises:
            Stop: the server said goodbye before, or sends without end.
            EOFError: it hung up.
        """
        pieces, literals = list[bytes](), list[bytes]()
        while len(literals) <= MOST_LITERALS:
            piece = (await self._piece()).rstrip(b"\r\n")
            pieces.append(piece)
            if not (found := LITERAL.search(piece)):
                return b"".join(pieces), literals
            length = whole(found[1], self.progress.proven)
            self._hear(length)
            literals.append(await self._streams[-1][0].readexactly(length))
        raise self.progress.nonsense(problem="endless-line")

    async def _piece(self) -> bytes:
        try:
            piece = await self._streams[-1][0].readuntil(b"\n")
        except (EOFError, ConnectionError):
            if not self._bye:
                raise
            said = plain(self._bye)
            raise self.progress.failed(Reason.STATUS, said=said) from None
        self._hear(len(piece) + TOKEN_BYTES * sum(map(piece.count, TOKENS)))
        self._lines += 1
        if self._lines % LET_GO_EVERY == 0:
            await asyncio.sleep(0)
        return piece

    def _hear(self, length: int) -> None:
        self._heard += max(length, SHORTEST_BYTES)
        if self._heard > LONGEST_BYTES:
            raise self.progress.nonsense(problem="endless-answer")


def _capabilities(line: bytes) -> list[str]:
    words = line.decode("latin").upper().split()
    return words[1:] if words[:1] == ["CAPABILITY"] else []
