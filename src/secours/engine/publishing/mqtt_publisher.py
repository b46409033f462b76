"""Keep a broker up to date with the screens, while they are fresh.

The engine only leaves the newest snapshot here. Its messages are made in a thread, and
sent when the broker takes them: nothing is queued, so a slow broker gets the newest and
delays nobody. Messages are repeated before they expire at the receiver.
"""

import asyncio
import logging
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from secours.engine.publishing.messages import (
    NOTHING,
    Messages,
    messages,
    status_topic,
    timed,
)
from secours.engine.publishing.mqtt_session import Session, session
from secours.model.mqtt_broker import MqttBroker
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.model.snapshot import Snapshot
from secours.render.answers.values import fresh
from secours.render.export.topics import OFFLINE, ONLINE
from secours.wire.progress import Nonsense, heed_cancellation

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0  # before the next try; shortened at random
LOOK_EVERY_S = 1.0  # check that the messages are fresh and the broker is there
REST_S = 0.2  # between two snapshots that are sent
LEAVE_S = 1.0
LOST = (Stop, OSError, EOFError, Nonsense, SecretMissing)


class MqttPublisher:
    """Publisher to the broker of the plan in force, if it has one."""

    def __init__(self, now: Callable[[], Instant], folder: Path) -> None:
        """Start without a broker; `folder` is that of the engine's store."""
        self._now = now
        self._place = f"{socket.gethostname()}:{folder.absolute()}"
        self._broker: MqttBroker | None = None
        self._snapshot: Snapshot | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._over: set[asyncio.Task[None]] = set()
        self._clears = False  # what was published, as nobody will any more
        self._lost = False  # and the log knows

    def stamped(self, config: Config, snapshot: Snapshot) -> None:
        """Take the newest snapshot, and the broker of the plan."""
        self._snapshot = snapshot
        self._news.set()
        if config.mqtt != self._broker:
            self._follow(config.mqtt)

    async def stop(self) -> None:
        """Publish that we are offline, and stop."""
        tasks = {*self._over, *({self._task} if self._task else ())}
        if self._task:
            self._task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVE_S)

    def _follow(self, broker: MqttBroker | None) -> None:
        before = self._task
        if before is not None and self._broker is not None:
            self._clears = broker is None or _where(broker) != _where(self._broker)
            self._over.add(before)
            before.add_done_callback(self._over.discard)
            before.cancel()
        self._broker, self._task = broker, None
        if broker is not None:
            self._task = asyncio.create_task(self._keep(broker, before))

    async def _keep(
        self, broker: MqttBroker, before: "asyncio.Task[None] | None"
    ) -> None:
        """Connect again and again, until cancelled."""
        if before is not None:
            await asyncio.wait({before})
        self._clears = False
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with session(broker, self._place) as ours:
                    if self._lost:
                        log.warning("the MQTT broker takes what we publish again")
                    self._lost = False
                    pause_s = FIRST_PAUSE_S
                    await self._speak(ours, broker)
            except LOST as error:
                heed_cancellation()
                if not self._lost:
                    log.warning("the MQTT broker is lost: %s", _why(error))
                self._lost = True
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _speak(self, ours: Session, broker: MqttBroker) -> None:
        """Keep the broker up to date until it is lost, or the end."""
        ours.search()
        loops = {
            asyncio.create_task(ours.listen()),
            asyncio.create_task(self._send(ours, broker)),
        }
        try:
            over, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for task in over:
                task.result()
        except asyncio.CancelledError:
            await _ended(loops)
            with suppress(*LOST):
                await ours.leave(cleared=self._clears)
            raise
        finally:
            await _ended(loops)

    async def _send(self, ours: Session, broker: MqttBroker) -> None:
        sent = _Sent(ours, broker)
        while True:
            self._news.clear()
            snapshot = self._snapshot
            if snapshot is not None:
                age_s = self._now().since(snapshot.at)
                await sent.bring_up_to_date(snapshot, age_s)
            ours.keep_alive()
            await ours.drain()
            await asyncio.sleep(REST_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()


class _Sent:
    """Messages sent over one connection."""

    def __init__(self, ours: Session, broker: MqttBroker) -> None:
        self._ours = ours
        self._broker = broker
        self._snapshot: Snapshot | None = None
        self._messages = NOTHING
        self._all_s = 0.0  # by the snapshot's clock, when everything was said
        self._online: bool | None = None

    async def bring_up_to_date(self, snapshot: Snapshot, age_s: float) -> None:
        """Send new messages, those that would soon expire, and our presence."""
        if not fresh(snapshot, age_s):
            self._say_status(online=False)
            return
        if snapshot is self._snapshot:
            return
        current = await asyncio.to_thread(
            messages, snapshot, self._broker, self._messages
        )
        since_s = snapshot.at.steady_s - self._all_s
        again = not self._online or since_s >= snapshot.screen.max_age_s / 3
        await self._ours.retain(self._due(current, snapshot, again=again))
        if again:
            self._all_s = snapshot.at.steady_s
            if self._online:
                self._ours.end_search()
            self._say_status(online=True, again=True)
        self._snapshot, self._messages = snapshot, current

    def _due(
        self, current: Messages, snapshot: Snapshot, *, again: bool
    ) -> list[tuple[str, bytes]]:
        old = self._messages
        gone = [(topic, b"") for topic in self._ours.kept - current.topics]
        fixed = [(t, p) for t, p in current.fixed.items() if old.fixed.get(t) != p]
        states = [
            (topic, timed(state, snapshot))
            for topic, state in current.states.items()
            if again or old.states.get(topic) != state
        ]
        return [*gone, *fixed, *states]

    def _say_status(self, *, online: bool, again: bool = False) -> None:
        if online is not self._online or again:
            status = status_topic(self._broker)
            self._ours.announce(status, ONLINE if online else OFFLINE)
        self._online = online


def _where(broker: MqttBroker) -> tuple[str, int, str, str]:
    """Return the settings under which retained messages stay ours."""
    return broker.host, broker.where, broker.prefix, broker.discovery_prefix


async def _ended(tasks: set["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _why(error: Exception) -> str:
    """Return the reason in a few words, without secrets."""
    if isinstance(error, Stop):
        return error.outcome.reason.value
    if isinstance(error, SecretMissing):
        return error.reason.value
    if isinstance(error, EOFError):
        return "it hung up"
    return str(error) or type(error).__name__
