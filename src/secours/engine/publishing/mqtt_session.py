"""One connection to a broker: messages sent, topics retained, signs of life.

Source: MQTT 3.1.1, sections 3.1.2.10 (keep alive), 3.1.3.1 (client identifier: at most
23 letters and digits), 3.1.4 (a second connection of a client ends the first, whose
will is published), 3.3.1.3 (an empty retained message clears a topic).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from secours.engine.publishing.messages import own_topics, owned, status_topic
from secours.model.mqtt_broker import MqttBroker
from secours.render.export.topics import OFFLINE
from secours.wire import mqtt
from secours.wire.net import sockets
from secours.wire.net.tls import client_context

BEGIN_S = 20.0  # to connect and to be let in
WRITE_S = 10.0
KEEP_ALIVE_S = 20  # then the broker says for us that we are gone, half as long again
PING_EVERY_S = 8.0
AT_ONCE = 64  # messages between two looks whether the broker takes them
FAREWELL_S = 0.5
CHUNK_BYTES = 1 << 16
MOST_KEPT = 10_000  # topics; more than any plan has
LONGEST_TOPIC = 4000  # letters: a prefix, and a name as in a URL


class Session:
    """Session over one connection."""

    def __init__(self, streams: sockets.Streams, broker: MqttBroker) -> None:
        """Start on a connection whose client is accepted."""
        self._reader, self._writer = streams
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self.heard_s = self._loop.time()  # when the broker last said anything
        self._pinged_s = self.heard_s
        self.kept: set[str] = set()  # topics under which it kept something of ours
        self._searches = False
        self._owned = owned(broker)

    def search(self) -> None:
        """Subscribe to our retained messages."""
        self._writer.write(mqtt.subscribe(own_topics(self._broker), 1))
        self._searches = True

    def end_search(self) -> None:
        """Unsubscribe from our own topics."""
        if self._searches:
            self._writer.write(mqtt.unsubscribe(own_topics(self._broker), 2))
        self._searches = False

    async def listen(self) -> None:
        """Read packets until EOFError: the broker hung up; or raise Nonsense."""
        while True:
            packet = await mqtt.read(self._reader)
            self.heard_s = self._loop.time()
            if packet.kind == mqtt.PUBLISH and not mqtt.is_new(packet):
                self._note_kept(mqtt.topic(packet))

    def _note_kept(self, topic: str) -> None:
        """Note a retained topic of ours, within bounds for a faulty broker."""
        has_room = len(self.kept) < MOST_KEPT and len(topic) <= LONGEST_TOPIC
        if has_room and self._owned.fullmatch(topic):
            self.kept.add(topic)

    async def retain(self, messages: Collection[tuple[str, bytes]]) -> None:
        """Retain a message under each topic, empty to clear it, or raise OSError."""
        for number, (topic, payload) in enumerate(messages, 1):
            self._writer.write(mqtt.retain(topic, payload))
            if payload:
                self.kept.add(topic)
            else:
                self.kept.discard(topic)
            if number % AT_ONCE == 0:
                await self.drain()
        await self.drain()

    def announce(self, status: str, said: bytes) -> None:
        """Retain our presence."""
        self._writer.write(mqtt.retain(status, said))

    async def drain(self) -> None:
        """Wait until the broker has taken all writes."""
        async with asyncio.timeout(WRITE_S):
            await self._writer.drain()

    def keep_alive(self) -> None:
        """Ping the broker now and then; raise TimeoutError without an answer."""
        now_s = self._loop.time()
        if now_s - self._pinged_s < PING_EVERY_S:
            return
        if self.heard_s < self._pinged_s:
            raise TimeoutError
        self._writer.write(mqtt.ping())
        self._pinged_s = now_s

    async def leave(self, *, cleared: bool) -> None:
        """Say goodbye: publish that we are offline, or where `cleared` clear topics."""
        async with asyncio.timeout(FAREWELL_S):
            if cleared:
                await self.retain([(topic, b"") for topic in self.kept])
            self.announce(status_topic(self._broker), b"" if cleared else OFFLINE)
            self._writer.write(mqtt.disconnect())
            await self._writer.drain()
            while await self._reader.read(CHUNK_BYTES):  # until it has read all of ours
                pass


@asynccontextmanager
async def session(broker: MqttBroker, place: str) -> AsyncIterator[Session]:
    """Connect to a broker; `place` tells us from another engine.

    Raises:
        Stop: no way to the broker, or TLS failed.
        OSError: it cannot be reached, does not answer in time, or refuses us.
        EOFError: it hung up.
        Nonsense: what it says is no MQTT.
        SecretMissing: the password could not be read.
    """
    password = broker.password.reveal() if broker.password else None
    tls = None
    if broker.security == "tls":
        tls = client_context(ca=broker.ca, verify=broker.verify)
    async with asyncio.timeout(BEGIN_S) as limit:
        where = (broker.host, broker.where, None)
        async with sockets.connection(*where, tls=tls) as streams:
            streams[1].write(
                mqtt.connect(
                    _client(broker, place),
                    broker.username,
                    password,
                    will=(status_topic(broker), OFFLINE),
                    keep_alive_s=KEEP_ALIVE_S,
                )
            )
            answer = await mqtt.read(streams[0])
            if answer.kind != mqtt.CONNACK or len(answer.body) != 2:
                raise ConnectionError("no MQTT")
            if code := answer.body[1]:
                raise PermissionError(f"refused with return code {code}")
            limit.reschedule(None)
            yield Session(streams, broker)


def _client(broker: MqttBroker, place: str) -> str:
    """Return a fixed id of this engine: its next connection replaces its last.

    Else the will of a lost one would come after the next is there.
    """
    digest = hashlib.sha256(f"{broker.prefix} {place}".encode()).hexdigest()
    return f"secours{digest[:16]}"
