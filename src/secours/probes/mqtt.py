"""MQTT: does the broker take our account, and bring back a message that we publish?

With `topic` a message is published there and read back: that it is acknowledged proves
nothing, as a broker whose rules forbid the topic acknowledges and drops. Without it an
ok ends at the login. It does not show that any other client listens.

A notice is published likewise, for who listens at that moment: it is not kept. That it
arrived says that the broker handed it out to us; where we may publish on the topic and
not subscribe to it, it is only accepted.

Source: MQTT 3.1.1 (OASIS Standard) sections 3.2.2.3 (return codes), 3.9.3 (refusal of
a subscription), 3.3.5 (refusal of a message), 4.7 (topics).
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Literal

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, failed, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire import mqtt, notices
from secours.wire.net import sockets
from secours.wire.net.tls import ExpiryOptions, certificate, client_context, with_expiry
from secours.wire.option_checks import check_port
from secours.wire.own_message import seldom_with
from secours.wire.progress import Progress, followed

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("topic")
PORTS = {"none": 1883, "tls": 8883}
LONGEST_TEXT_BYTES = 65535  # section 1.5.3

REFUSALS = {  # return codes of CONNACK, section 3.2.2.3
    1: (Reason.PROTOCOL, "another-version"),
    2: (Reason.REJECTED, "client-refused"),
    3: (Reason.STATUS, "service-off"),
    4: (Reason.AUTH, "bad-password"),
    5: (Reason.AUTH, "not-authorised"),
}
NOT_SUBSCRIBED = 0x80  # section 3.9.3


class Settings(ExpiryOptions, frozen=True, kw_only=True):
    """Broker, account, and the topic for the message."""

    host: str
    """Name or address of the broker."""
    port: int | None = None
    """Port of the broker; without it 1883, with TLS 8883."""
    security: Literal["none", "tls"] = "none"
    """Encryption of the connection."""
    username: str | None = None
    """User name of our account there."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}."""
    topic: str | None = None
    """Topic on which a message is published and read back."""

    def __post_init__(self) -> None:
        check_port(self.where)
        if self.password is not None and self.username is None:
            raise BadValue("plan.option.needs", option="password", other="username")
        if self.topic is not None:
            _check_topic("topic", self.topic)

    @property
    def where(self) -> int:
        """Return the port to use."""
        return PORTS[self.security] if self.port is None else self.port


def _check_topic(option: str, topic: str) -> None:
    if not topic or set(topic) & set("#+\0"):
        raise BadValue("plan.option.one-topic", option=option)
    if len(topic.encode()) > LONGEST_TEXT_BYTES:
        raise BadValue("plan.option.too-long", option=option)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Log in, and where there is a topic wait for our own message to come back."""
    progress = Progress()
    async with _session(settings, path, progress) as streams:
        if settings.topic is not None:
            await _there_and_back(streams, settings.topic, progress)
        der = certificate(streams[1])
    return with_expiry(ok(progress.proven), der, settings.expires_within)


def addressee(settings: Settings, to: str) -> str:
    """Return the topic of a notice, by default the test's, or raise BadValue."""
    if not to and settings.topic is None:
        raise BadValue("plan.option.no-own", option="to", other="topic")
    topic = to or str(settings.topic)
    _check_topic("to", topic)
    return topic


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Publish a notice, until it comes back by subscription."""
    topic = addressee(settings, notice.to)
    message = notices.whole(notice).encode()
    progress = Progress()
    async with _session(settings, path, progress) as streams:
        subscribed = await _subscribe(streams, topic, progress)
        async with aclosing(_publish(streams, topic, message, progress)) as stages:
            async for stage in stages:
                yield stage
                if not subscribed:
                    break


@asynccontextmanager
async def _session(
    settings: Settings, path: Path | None, progress: Progress
) -> AsyncIterator[sockets.Streams]:
    """Log in, and disconnect at the end."""
    password = settings.password.reveal() if settings.password else None
    context = None
    if settings.security == "tls":
        context = client_context(ca=settings.ca, verify=settings.verify)
    async with (
        followed(progress),
        sockets.connection(settings.host, settings.where, path, tls=context) as streams,
    ):
        progress.proven = Evidence.REACHED
        await _log_in(streams, settings.username, password, progress)
        yield streams
        streams[1].write(mqtt.disconnect())


async def _log_in(
    streams: sockets.Streams,
    username: str | None,
    password: str | None,
    progress: Progress,
) -> None:
    progress.stage = "login"
    client = f"secours{secrets.token_hex(6)}"  # at most 23 characters, section 3.1.3.1
    streams[1].write(mqtt.connect(client, username, password))
    answer = await mqtt.read(streams[0])
    if answer.kind != mqtt.CONNACK or len(answer.body) != 2:
        raise progress.nonsense(problem="no-mqtt")
    progress.proven = Evidence.SERVED
    if code := answer.body[1]:
        reason, problem = REFUSALS.get(code, (Reason.STATUS, ""))
        raise progress.failed(reason, code=code, problem=problem)
    if username is not None:
        progress.proven = Evidence.AUTHENTICATED


async def _there_and_back(
    streams: sockets.Streams, topic: str, progress: Progress
) -> None:
    if not await _subscribe(streams, topic, progress):
        raise progress.failed(Reason.REJECTED, problem="subscription-refused")
    message = f"secours test {secrets.token_hex(16)}".encode()
    async for stage in _publish(streams, topic, message, progress):
        if stage is Stage.ARRIVED:
            progress.proven = Evidence.DELIVERED


async def _publish(
    streams: sockets.Streams, topic: str, message: bytes, progress: Progress
) -> AsyncGenerator[Stage, None]:
    """Publish a message; yield its acknowledgement and its return."""
    reader, writer = streams
    progress.stage = "publish"
    writer.write(mqtt.publish(topic, message, 2))
    accepted = False
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        async for stage in _stages(reader, message):
            accepted = True
            yield stage
    except (EOFError, ConnectionError):
        if accepted:
            raise
        # Who may not publish there is not told so otherwise, section 3.3.5.
        raise progress.failed(Reason.REJECTED, problem="connection-closed") from None
    except asyncio.CancelledError:
        if not accepted:
            raise
        facts = {"within_s": round(loop.time() - start, 1), "stage": progress.stage}
        lost = failed(Reason.NOT_DELIVERED, progress.proven, **facts)
        raise Stop(lost) from None


async def _stages(reader: asyncio.StreamReader, message: bytes) -> AsyncIterator[Stage]:
    accepted = False
    while True:
        packet = await mqtt.read(reader)
        back = mqtt.is_new(packet) and mqtt.payload(packet) == message
        if not accepted and (back or packet.kind == mqtt.PUBACK):
            accepted = True
            yield Stage.ACCEPTED
        if back:
            yield Stage.ARRIVED
            return


async def _subscribe(streams: sockets.Streams, topic: str, progress: Progress) -> bool:
    """Tell whether the broker accepts our subscription to a topic."""
    progress.stage = "subscribe"
    streams[1].write(mqtt.subscribe([topic], 1))
    answer = await _next(streams[0], mqtt.SUBACK)
    return NOT_SUBSCRIBED not in answer.body[2:]


async def _next(reader: asyncio.StreamReader, kind: int) -> mqtt.Packet:
    """Wait for a packet of one kind; others may come before it."""
    while True:
        packet = await mqtt.read(reader)
        if packet.kind == kind:
            return packet
