"""What the engine publishes by MQTT, taken down from a real broker."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from config.plan_files import read
from dashboard.served import stamped
from msgspec.structs import replace
from render.snapshots import snapshot, standing, with_channel
from servers.certificates import authority
from servers.command import Command
from servers.mosquitto import NEEDED, mosquitto
from servers.mqtt_listener import Listener, listening
from servers.scripted import LOOPBACK, closed_port, silent, tcp_server
from servers.silent_resolver import silent_resolver

from secours.engine import clock
from secours.engine.publishing import mqtt_publisher, mqtt_session
from secours.engine.publishing.messages import messages, owned
from secours.engine.publishing.mqtt_publisher import MqttPublisher
from secours.model.mqtt_broker import MqttBroker
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.export.topics import identifier
from secours.wire import mqtt
from secours.wire.net import sockets

pytestmark = NEEDED

PLAN = """
site: {{name: Test, language: en}}
screen: {{max_age: 30s}}
publish: {{mqtt: {{host: 127.0.0.1, port: {port}, {more}}}}}
channels:
{channels}
plan: [{{purpose: alert, audience: staff, primary: desk, last_resort: Walk}}]
"""
CHANNEL = "  {name}: {{purposes: [alert], depends_on: [], test: {{every: 7d}}}}\n"
LOGIN = "username: probe, password: '${BROKER_PASSWORD}'"
SMS = "secours/channel/sms"
FOUND = f"homeassistant/sensor/{identifier('secours')}"


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "hunter2")
    monkeypatch.setattr(mqtt_publisher, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(mqtt_publisher, "LONGEST_PAUSE_S", 0.5)
    monkeypatch.setattr(mqtt_publisher, "LOOK_EVERY_S", 0.1)


def plan_text(port: int, more: str = LOGIN, *names: str) -> str:
    channels = "".join(CHANNEL.format(name=name) for name in names or ("desk",))
    return PLAN.format(port=port, more=more, channels=channels)


class Desk:
    """An engine as far as the publisher knows one."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.publisher = MqttPublisher(self.now, folder)
        self.config = config
        self.later_s = 0.0

    def now(self) -> Instant:
        now = clock.now()
        return replace(now, steady_s=now.steady_s + self.later_s)

    def stamp(
        self, shown: Snapshot | None = None, *, max_age_s: float = 30.0, **given: Any
    ) -> None:
        fresh = stamped(shown or snapshot(**given), max_age_s=max_age_s)
        self.publisher.stamped(self.config, replace(fresh, at=self.now()))


@asynccontextmanager
async def desk(folder: Path, port: int, more: str = LOGIN) -> AsyncIterator[Desk]:
    made = Desk(folder, read(folder, plan_text(port, more)))
    try:
        yield made
    finally:
        await made.publisher.stop()


def has(topic: str, key: str, value: object) -> Callable[[Listener], bool]:
    def holds(heard: Listener) -> bool:
        return topic in heard.topics and heard.said(topic)[key] == value

    return holds


async def until_logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in caplog.text:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("processes")
async def test_a_broker_keeps_the_state_of_everything(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port, desk(tmp_path, port) as ours:
        ours.stamp(alert="xooo")
        async with listening(port) as heard:
            await heard.until_status(b"online")

            assert heard.said(SMS)["state"] == "down"
            assert heard.said("secours/line/alert/management")["use"] == "calls"
            assert heard.said("secours/own_link")["state"] == "ok"
            announced = [t for t in heard.topics if t.startswith("homeassistant/")]
            assert len(announced) == 8 * 2 + 1 + 2 + 1
        async with listening(port) as later:  # who comes now gets the same
            await later.until(lambda found: found.topics == heard.topics)


@pytest.mark.usefixtures("processes")
async def test_what_changes_is_said_at_once_and_the_rest_before_it_expires(
    tmp_path: Path,
) -> None:
    async with mosquitto(tmp_path) as port, desk(tmp_path, port) as ours:
        ours.stamp()
        async with listening(port) as heard:
            await heard.until_status(b"online")
            del heard.heard[:]
            ours.stamp(with_channel(snapshot(), "sms", standing=standing("x")))
            await heard.until(has(SMS, "state", "down"))
            assert [topic for topic, _ in heard.heard] == [SMS]

            ours.later_s = 10.0  # a third of what it may be old
            ours.stamp()
            await heard.until(lambda seen: ("secours/status", b"online") in seen.heard)
            said_again = {topic for topic, _ in heard.heard}
            assert {"secours/own_link", "secours/channel/teams"} <= said_again


@pytest.mark.usefixtures("processes")
async def test_what_is_old_is_offline_until_it_is_fresh_again(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port, desk(tmp_path, port) as ours:
        ours.stamp(max_age_s=30.0)
        async with listening(port) as heard:
            await heard.until_status(b"online")
            ours.later_s = 31.0
            await heard.until_status(b"offline")
            ours.stamp(alert="xooo")
            await heard.until_status(b"online")
            assert heard.said(SMS)["state"] == "down"


@pytest.mark.usefixtures("processes")
async def test_a_channel_that_left_the_plan_leaves_the_broker(tmp_path: Path) -> None:
    shown = snapshot()
    without = replace(
        shown, channels=tuple(v for v in shown.channels if v.name != "radio")
    )
    others = replace(without, recommendations=without.recommendations[:1])
    async with mosquitto(tmp_path) as port, desk(tmp_path, port) as ours:
        ours.stamp(shown)
        async with listening(port) as heard:
            await heard.until_status(b"online")
            ours.stamp(others)
            await heard.until(lambda seen: "secours/channel/radio" not in seen.topics)
            await heard.until(
                lambda seen: not [t for t in seen.topics if "channel_radio" in t]
            )
            await heard.until(
                lambda seen: "secours/line/coordinate/management" not in seen.topics
            )
            assert "secours/channel/satphone" in heard.topics


@pytest.mark.usefixtures("processes")
async def test_what_an_earlier_life_left_is_cleared_and_nothing_else(
    tmp_path: Path,
) -> None:
    gone = ("secours/channel/fax", "secours/line/alert/mayor", f"{FOUND}/fax/config")
    others = ("secours/notes", "homeassistant/sensor/other/fax/config")
    async with mosquitto(tmp_path) as port, desk(tmp_path, port) as ours:
        async with listening(port) as heard:
            for topic in (*gone, *others):
                heard.retain(topic, b"{}")
            await heard.until(lambda seen: {*gone, *others} <= seen.topics.keys())
            ours.stamp()
            await heard.until_status(b"online")
            ours.stamp()
            await heard.until(lambda seen: not seen.topics.keys() & {*gone})
        async with listening(port) as later:
            await later.until(lambda seen: {*others} <= seen.topics.keys())


@pytest.mark.usefixtures("processes")
async def test_a_broker_that_comes_back_gets_all_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = closed_port()
    async with desk(tmp_path, port) as ours:
        async with mosquitto(tmp_path, port=port), listening(port) as heard:
            ours.stamp()
            await heard.until_status(b"online")
        ours.stamp(alert="xooo")  # while there is none
        async with mosquitto(tmp_path, port=port), listening(port) as heard:
            await heard.until_status(b"online")
            assert heard.said(SMS)["state"] == "down"
    said = [r.getMessage() for r in caplog.records if "MQTT" in r.getMessage()]
    assert said[0] == "the MQTT broker is lost: it hung up"
    assert said[1] == "the MQTT broker takes what we publish again"


@pytest.mark.usefixtures("processes")
async def test_the_end_of_the_engine_is_offline(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port, listening(port) as heard:
        async with desk(tmp_path, port) as ours:
            ours.stamp()
            await heard.until_status(b"online")
        await heard.until_status(b"offline")
        assert SMS in heard.topics


@pytest.mark.usefixtures("processes")
async def test_a_plan_without_the_broker_leaves_nothing_there(tmp_path: Path) -> None:
    async with (
        mosquitto(tmp_path) as port,
        desk(tmp_path, port) as ours,
        listening(port) as heard,
    ):
        ours.stamp()
        await heard.until_status(b"online")
        ours.config = replace(ours.config, mqtt=None)
        ours.stamp()
        await heard.until(lambda seen: not seen.topics)


@pytest.mark.usefixtures("processes")
async def test_another_prefix_is_another_place(tmp_path: Path) -> None:
    async with (
        mosquitto(tmp_path) as port,
        desk(tmp_path, port) as ours,
        listening(port) as heard,
    ):
        ours.stamp()
        await heard.until_status(b"online")
        more = f"{LOGIN}, prefix: secours/two, discovery: false"
        ours.config = read(tmp_path, plan_text(port, more))
        ours.stamp()
        await heard.until(lambda seen: "secours/two/status" in seen.topics)
        assert all(topic.startswith("secours/two/") for topic in heard.topics)


@pytest.mark.usefixtures("processes")
async def test_it_speaks_tls_to_the_broker_it_knows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    port = closed_port()
    text = plan_text(port, f"{LOGIN}, security: tls, ca: ca.pem")
    ours = Desk(tmp_path, read(tmp_path, text.replace(LOOPBACK, "localhost")))
    ours.stamp()
    try:
        await until_logged(caplog, "is lost")
        async with mosquitto(tmp_path, tls=True, port=port):
            await until_logged(caplog, "takes what we publish again")
    finally:
        await ours.publisher.stop()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param(
            "username: probe, password: '${WRONG}'", "return code", id="password"
        ),
        pytest.param(
            "username: probe, password: '${NOT_SET}'", "secret-missing", id="secret"
        ),
    ],
)
async def test_who_is_not_let_in_says_so_once_and_goes_on(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    why: str,
) -> None:
    monkeypatch.setenv("WRONG", "guessed-wrong")
    tries: list[None] = []
    session = mqtt_session.session

    def counted(*args: Any) -> Any:
        tries.append(None)
        return session(*args)

    monkeypatch.setattr(mqtt_publisher, "session", counted)
    async with mosquitto(tmp_path) as port, desk(tmp_path, port, more) as ours:
        ours.stamp()
        async with asyncio.timeout(60):
            while len(tries) < 3:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)

    said = [r.getMessage() for r in caplog.records if "MQTT" in r.getMessage()]
    assert len(said) == 1
    assert why in said[0]
    assert "guessed" not in caplog.text


async def test_a_broker_that_says_nothing_holds_up_nobody(tmp_path: Path) -> None:
    async with tcp_server(silent) as port, desk(tmp_path, port) as ours:
        for _ in range(3):
            ours.stamp()
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        await ours.publisher.stop()

    assert loop.time() - start_s < mqtt_session.BEGIN_S / 2


@pytest.mark.usefixtures("processes")
async def test_who_kills_the_engine_makes_it_offline(tmp_path: Path) -> None:
    secours = Command(tmp_path)
    secours.env["BROKER_PASSWORD"] = "hunter2"
    async with mosquitto(tmp_path) as port, listening(port) as heard:
        secours.plan(plan_text(port, LOGIN, "desk", "radio"))
        async with secours.running("run") as engine:
            await heard.until_status(b"online")
            assert heard.said("secours/channel/desk")["state"] == "unknown"

            secours.plan(plan_text(port))  # while it runs
            await heard.until(lambda seen: "secours/channel/radio" not in seen.topics)
            assert heard.topics["secours/status"] == b"online"

            os.kill(engine.pid, signal.SIGKILL)
            await heard.until_status(b"offline")


@pytest.mark.parametrize(
    ("topic", "ours"),
    [
        ("secours/channel/fax", True),
        ("secours/line/alert/staff", True),
        (f"{FOUND}/fax/config", True),
        ("secours/status", False),
        ("secours/channel/a/b", False),
        ("secours/channel/#", False),
        ("other/channel/fax", False),
        ("homeassistant/sensor/other/fax/config", False),
    ],
)
def test_no_topic_of_others_is_ever_cleared(
    tmp_path: Path, topic: str, ours: bool
) -> None:
    broker = read(tmp_path, plan_text(1)).mqtt

    assert broker is not None
    assert bool(owned(broker).fullmatch(topic)) is ours


async def test_another_broker_is_reached_though_the_name_of_the_last_is_not_resolved(
    tmp_path: Path,
) -> None:
    reached = asyncio.Event()

    async def broker(reader: asyncio.StreamReader, _writer: object) -> None:
        reached.set()
        await reader.read()

    async with tcp_server(broker) as port, desk(tmp_path, port) as ours:
        plan = ours.config
        ours.config = replace(plan, mqtt=MqttBroker(host="broker.test"))
        with silent_resolver() as asked:
            ours.stamp()
            assert await asyncio.to_thread(asked.wait, 60)
            ours.config = plan
            ours.stamp()
            async with asyncio.timeout(60):
                await reached.wait()


async def test_a_broker_gone_mad_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_session, "MOST_KEPT", 3)
    reader = asyncio.StreamReader()
    names = ("x" * 60_000, *map(str, range(5)))
    for name in names:
        reader.feed_data(mqtt.retain(f"secours/channel/{name}", b"{}"))
    reader.feed_eof()
    streams = cast("sockets.Streams", (reader, None))
    ours = mqtt_session.Session(streams, MqttBroker(host="broker"))

    with pytest.raises(EOFError):
        await ours.listen()

    assert ours.kept == {f"secours/channel/{number}" for number in range(3)}


def test_what_is_fixed_is_made_once_for_a_plan(tmp_path: Path) -> None:
    broker = read(tmp_path, plan_text(1)).mqtt
    assert broker is not None
    first = messages(snapshot(), broker)
    same = messages(snapshot("xxxx"), broker, first)
    other = messages(snapshot(plan_version="v2"), broker, first)

    assert same.fixed is first.fixed
    assert same.states != first.states
    assert other.fixed is not first.fixed
