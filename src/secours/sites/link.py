"""Link to the hub: opened, and opened again, for as long as the plan has one.

One connection carries all messages of a site. While there is none, nothing is queued
here: later messages are in the site's own store.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from secours import texts
from secours.model.observed import Evidence, Facts, Instant, Reason, failed
from secours.model.secret import SecretMissing
from secours.model.sites.membership import Sites
from secours.model.snapshot import COUNTS_AFTER_S, Hub
from secours.outside_text import plain
from secours.run import failures
from secours.run.tidy import without_secrets
from secours.sites import credentials, nkeys, subjects
from secours.sites.credentials import NOBODY, Credentials
from secours.sites.sound_client import make_sound

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0  # before the next try; shortened at random
CONNECT_S = 5  # each member of a cluster, which is tried twice
ASK_EVERY_S, ANSWER_WITHIN_S = 10, 5  # so a cut connection is noticed within 15 s
CLIENT_ASKS_EVERY_S = 600  # own pings of the library; we ask it more often
LEAVE_S = 1.0
CANCEL_AGAIN_S = 0.3
MOST_UNREAD = 4 << 20  # bytes: longer than any message that a hub of ours passes
NOT_LET_IN, DENIED = "Authorization Violation", "permissions violation"  # as a NATS
# server says them
IN_CLEAR = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")  # as OpenSSL says it


class _EndOfTls(logging.Filter):
    """Filter for a warning of asyncio at each end of TLS below the client."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "eof_received()" not in record.getMessage()


END_OF_TLS = _EndOfTls()


class SharedWakeup:
    """Shared moment of all periodic messages: when the hub has answered.

    A wake-up and a write cost more than the messages.
    """

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []

    def join(self, call: Callable[[], object]) -> None:
        """Call `call` at that moment; its messages go with the next request."""
        self._calls.append(call)

    def wake(self) -> None:
        """Call all, as an answer came and a request is about to be sent."""
        for call in self._calls:
            call()


class HubConnection(Struct, frozen=True):
    """An open connection to the hub."""

    client: "Client"
    stream: "JetStreamContext"
    sites: Sites
    credentials: Credentials
    wakeup: SharedWakeup = msgspec.field(default_factory=SharedWakeup)


class Part(Protocol):
    """A user of a connection, for as long as it holds."""

    async def talk(self, connection: HubConnection) -> None:
        """Run until cancelled; raise to end the connection."""


class HubLink:
    """Connection that the plan in force asks for."""

    def __init__(
        self,
        now: Callable[[], Instant],
        parts: Sequence[Part],
        prepare: Callable[[HubConnection], Awaitable[None]] | None = None,
    ) -> None:
        """Start without one; each part talks over every later connection.

        `prepare` runs at the hub before they do.
        """
        self._now, self._parts, self._prepare = now, parts, prepare
        self._sites: Sites | None = None
        self._task: asyncio.Task[None] | None = None
        self._over: set[asyncio.Task[None]] = set()
        self.hub: Hub | None = None
        self._secrets = frozenset[str]()

    def follow(
        self, sites: Sites | None, secrets: frozenset[str] = frozenset()
    ) -> None:
        """Set the hub of a plan; the hub's words never show its `secrets`."""
        self._secrets = secrets
        if sites == self._sites:
            return
        before = self._task
        if before is not None:
            self._over.add(before)
            before.add_done_callback(self._over.discard)
            before.cancel()
        self._sites, self._task, self.hub = sites, None, None
        if sites is not None:
            url = ", ".join(sites.hub)
            self.hub = Hub(url=url, since=self._now())
            self._task = asyncio.create_task(self._keep(sites, before))

    async def stop(self) -> None:
        """Close the connection."""
        tasks = {*self._over, *({self._task} if self._task else ())}
        if tasks:
            await asyncio.wait({asyncio.create_task(end(tasks))}, timeout=LEAVE_S)

    async def _keep(self, sites: Sites, before: "asyncio.Task[None] | None") -> None:
        """Connect again and again, until cancelled.

        The pause is random, so that a hundred sites that come back together do not come
        at once.
        """
        if before is not None:
            await end({before})
        pause_s = FIRST_PAUSE_S
        while True:
            began_s = self._now().steady_s
            try:
                await self._talk(sites)
            except Exception as error:  # noqa: BLE001 - whatever a hub does, we go on
                self._miss(error)
            if self._now().steady_s - began_s > LONGEST_PAUSE_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s * random.uniform(0.2, 1.0))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _talk(self, sites: Sites) -> None:
        from nats.aio.client import Client  # the engine of a site alone pays for it

        ours = NOBODY
        if sites.credentials is not None:
            ours = credentials.read(sites.credentials.reveal())
        client = Client()
        closed = asyncio.Event()
        try:
            await connect(client, sites, ours, closed=closed)
            began = self._now()
            connection = HubConnection(client, client.jetstream(), sites, ours)
            if self._prepare is not None:
                await self._prepare(connection)
            talks = (part.talk(connection) for part in self._parts)
            answers = _answers(client, connection.wakeup)
            await together(_lost(client, closed), answers, self._count(began), *talks)
        finally:
            with suppress(Exception):  # it may be gone
                async with asyncio.timeout(LEAVE_S):
                    await client.close()
            _let_go(client)

    async def _count(self, began: Instant) -> None:
        """Count a connection that has lived for a while, until cancelled."""
        await asyncio.sleep(COUNTS_AFTER_S)
        if self.hub is not None:
            log.info("the hub is reached: %s", self.hub.url)
            self.hub = msgspec.structs.replace(
                self.hub, connected=True, since=began, reason=Reason.NONE, facts={}
            )
        await asyncio.Event().wait()

    def _miss(self, error: Exception) -> None:
        reason, said_of_it = why(error)
        outcome = failed(reason, Evidence.NONE, **said_of_it)
        facts = without_secrets(outcome, None, set(), self._secrets).facts
        hub = self.hub
        if hub is None:
            return
        if hub.connected or (reason, facts) != (hub.reason, hub.facts):
            words = texts.detail("en", reason.value, facts)
            said = facts["said"] if reason is Reason.BROKEN else words
            log.warning("the hub is not reached: %s", said)
            since = self._now() if hub.connected else hub.since
            self.hub = msgspec.structs.replace(
                hub, connected=False, since=since, reason=reason, facts=facts
            )


def _log_denied(said: str) -> None:
    log.warning("the hub denies us a subject: %s", plain(said))


async def connect(
    client: "Client",
    sites: Sites,
    ours: Credentials,
    *,
    closed: asyncio.Event,
    inbox: str = "",
    denied: Callable[[str], None] = _log_denied,
) -> None:
    """Connect once to the first member of the hub that answers, TLS before all else.

    `closed` is set at the end of the connection; `denied` gets the hub's refusals of
    subjects. Nothing is tried again, and nothing is queued while there is none.

    Raises:
        OSError: no member is reached.
        nats.errors.Error: the hub refuses us.
    """
    from nats.errors import NoServersError

    from secours.sites.tls_first import TlsFirst

    async def over() -> None:
        closed.set()

    errors: list[Exception] = []

    async def hear(error: Exception) -> None:
        errors[:] = [error]
        if DENIED in str(error).lower():
            denied(str(error))

    logging.getLogger("asyncio").addFilter(END_OF_TLS)
    make_sound(client)
    _bound(client)
    context = None
    if ours.authority or any(url.startswith("tls:") for url in sites.hub):
        context = credentials.tls(ours)
        client._transport = TlsFirst(context)
    try:
        await client.connect(
            list(sites.hub),
            name=sites.name,
            allow_reconnect=False,
            reconnect_time_wait=0,
            max_reconnect_attempts=1,
            connect_timeout=CONNECT_S,
            ping_interval=CLIENT_ASKS_EVERY_S,
            no_echo=True,
            closed_cb=over,
            error_cb=hear,
            inbox_prefix=inbox or f"_INBOX.{subjects.token(sites.name)}",
            signature_cb=nkeys.shown_by(client, ours.seed) if ours.seed else None,
            tls=context,
            tls_handshake_first=context is not None,
        )
    except NoServersError:  # it says no more than that
        raise errors[-1] from None


def why(error: Exception) -> tuple[Reason, Facts]:
    """Return why the hub is not reached, without secrets."""
    match error:
        case SecretMissing():
            return error.reason, {}
        case TimeoutError():
            return Reason.TIMEOUT, {}
        case ssl.SSLError() if getattr(error, "reason", "") in IN_CLEAR:
            return Reason.TLS_MISSING, {}
        case OSError():
            outcome = failures.of_system(error)
            return outcome.reason, outcome.facts
    said = plain(str(error) or type(error).__name__)
    reason = Reason.AUTH if NOT_LET_IN in said else Reason.BROKEN
    return reason, {"said": said}


def has_ended(error: Exception) -> bool:
    """Tell whether the hub was reached and ended the connection.

    So ends one whose certificate is refused: TLS reports that only once its side is
    done, and NATS not at all.
    """
    from nats.errors import ConnectionClosedError, UnexpectedEOF

    gone = (ConnectionClosedError, UnexpectedEOF, ConnectionResetError)
    return isinstance(error, gone)


async def _answers(client: "Client", wakeup: SharedWakeup) -> None:
    """Run while the hub answers; ask it after a silence; raise TimeoutError."""
    answered = asyncio.Event()
    wakeup.join(answered.set)
    while True:
        try:
            async with asyncio.timeout(ASK_EVERY_S):
                await answered.wait()
        except TimeoutError:
            await client.flush(timeout=ANSWER_WITHIN_S)
        answered.clear()


async def _lost(client: "Client", closed: asyncio.Event) -> None:
    """Run while the connection is open, and raise the error that ends it."""
    from nats.errors import ProtocolError

    await closed.wait()
    if isinstance(client.last_error, ProtocolError):
        raise client.last_error
    raise ConnectionResetError


def _bound(client: "Client") -> None:
    """Bound the length of a message read: it is kept in memory."""
    from nats.errors import ProtocolError

    parser = client._ps
    parse = parser.parse

    async def parse_bounded(data: bytes = b"") -> None:
        if len(parser.buf) + len(data) > MOST_UNREAD:
            _let_go(client)
            raise ProtocolError
        await parse(data)
        await asyncio.sleep(0)  # a flood of small ones stalls nobody

    parser.parse = parse_bounded  # type: ignore[method-assign]


def _let_go(client: "Client") -> None:
    """Close the socket: with the way cut, the end of TLS would take long."""
    writer = getattr(client._transport, "_bare_io_writer", None)
    if writer is not None:
        writer.transport.abort()


async def together(*talks: Awaitable[object]) -> None:
    """Run them together until the first ends; raise its fault."""
    tasks = {asyncio.ensure_future(talk) for talk in talks}
    try:
        over, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in over:
            task.result()
    finally:
        await end(tasks)


async def end(tasks: "Collection[asyncio.Future[Any]]") -> None:
    """Cancel them until they are over, whatever they raise, even if cancelled itself.

    Once is not enough: before Python 3.12 a wait in `asyncio.wait_for`, as in the
    client for each answer, may swallow the cancellation.
    """
    cancelled: asyncio.CancelledError | None = None
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
        except asyncio.CancelledError as error:
            cancelled = error
    await asyncio.gather(*tasks, return_exceptions=True)
    if cancelled is not None:
        raise cancelled
