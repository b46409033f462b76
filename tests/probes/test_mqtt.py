import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.certificates import server_tls, trusted_file
from servers.mosquitto import NEEDED, mosquitto
from servers.notice_run import ACCEPTED, ARRIVED, NOTICE, Told, tell
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    reset,
    resetting,
    saying,
    silent,
    tcp_server,
)

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import mqtt
from secours.wire import mqtt as wire

OK, FAILED = Verdict.OK, Verdict.FAILED
NONE, REACHED = Evidence.NONE, Evidence.REACHED
SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED
DELIVERED = Evidence.DELIVERED

ACCOUNT: dict[str, Any] = {"username": "probe", "password": Secret("hunter2")}
WELCOME = b"\x20\x02\0\0"


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    settings = mqtt.Settings(host="127.0.0.1", port=port, **options)
    return await ask(mqtt, settings, timeout_s=timeout_s)


async def talking(peer: Peer, *, timeout_s: float = 0.5, **options: Any) -> Outcome:
    async with tcp_server(peer) as port:
        return await to(port, timeout_s=timeout_s, **options)


# ------------------------------------------------------------------ Mosquitto


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_is_published_and_read_back(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port:
        outcome = await to(port, **ACCOUNT, topic="secours/test")

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_without_a_topic_an_ok_ends_at_the_login(tmp_path: Path) -> None:
    async with mosquitto(tmp_path, anonymous=True) as port:
        outcome = await to(port, **ACCOUNT)
        nameless = await to(port)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(nameless) == (OK, SERVED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_that_is_accepted_and_dropped_is_not_delivered(
    tmp_path: Path,
) -> None:
    async with mosquitto(tmp_path) as port:
        outcome = await to(port, **ACCOUNT, topic="secours/mute", timeout_s=3.0)

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_wrong_password_and_none_at_all_are_refused(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port:
        wrong = await to(port, username="probe", password=Secret("another"))
        none = await to(port)

    assert said(wrong) == (FAILED, SERVED, Reason.AUTH)
    assert wrong.facts["code"] == 5
    assert said(none) == (FAILED, SERVED, Reason.AUTH)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_message_over_tls(tmp_path: Path) -> None:
    async with mosquitto(tmp_path, tls=True) as port:
        secure = {**ACCOUNT, "security": "tls"}
        outcome = await to(
            port, **secure, ca=trusted_file(tmp_path), topic="secours/test"
        )
        untrusted = await to(port, **secure)
        clear = await to(port, **ACCOUNT)

    assert said(outcome) == (OK, DELIVERED, Reason.NONE)
    assert "expires" in outcome.facts
    assert said(untrusted) == (FAILED, REACHED, Reason.TLS_UNTRUSTED)
    assert said(clear) == (FAILED, REACHED, Reason.PROTOCOL)


# ------------------------------------------------------------------ other brokers


def broker(*answers: bytes) -> Peer:
    """Answer each packet with the next of these, then stay silent."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await wire.read(reader)
            writer.write(answer)
        await asyncio.Event().wait()

    return peer


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1, Reason.PROTOCOL),
        (2, Reason.REJECTED),
        (3, Reason.STATUS),
        (4, Reason.AUTH),
        (5, Reason.AUTH),
        (99, Reason.STATUS),
    ],
)
async def test_return_codes_are_told_apart(code: int, reason: Reason) -> None:
    outcome = await talking(broker(b"\x20\x02\0" + bytes([code])), **ACCOUNT)

    assert said(outcome) == (FAILED, SERVED, reason)


async def test_subscription_that_is_refused_is_rejected() -> None:
    peer = broker(WELCOME, b"\x90\x03\0\1\x80")

    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.REJECTED)


async def test_message_of_somebody_else_is_not_ours() -> None:
    other = b"\x30\x08\0\1aother" + b"\x90\x03\0\1\0"
    peer = broker(WELCOME, other, b"\x40\x02\0\2" + b"\x30\x08\0\1aother")

    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.NOT_DELIVERED)


async def test_message_that_is_not_even_acknowledged_is_a_timeout() -> None:
    peer = broker(WELCOME, b"\x90\x03\0\1\0")

    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.TIMEOUT)
    assert outcome.facts["stage"] == "publish"


def leaving_after(*answers: bytes, hang_up: Callable[[Any], None]) -> Peer:
    """Answer each packet with the next of these, and hang up on the one after."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await wire.read(reader)
            writer.write(answer)
        await wire.read(reader)
        hang_up(writer)

    return peer


@pytest.mark.parametrize("hang_up", [asyncio.StreamWriter.close, reset])
async def test_message_that_is_answered_by_hanging_up_is_rejected(
    hang_up: Callable[[Any], None],
) -> None:
    peer = leaving_after(WELCOME, b"\x90\x03\0\1\0", hang_up=hang_up)

    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.REJECTED)
    assert outcome.facts == {"stage": "publish", "problem": "connection-closed"}


async def test_broker_that_leaves_after_taking_the_message_did_not_reject_it() -> None:
    taken = b"\x90\x03\0\1\0" + b"\x40\x02\0\2"
    peer = leaving_after(WELCOME, taken, hang_up=asyncio.StreamWriter.close)

    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == (FAILED, AUTHENTICATED, Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (silent, (FAILED, REACHED, Reason.TIMEOUT)),
        (saying(b""), (FAILED, REACHED, Reason.PROTOCOL)),
        (saying(b"HTTP/1.1 400 Bad Request\r\n"), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(b"\x30\xff\xff\xff\x7f"), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(b"\x30\xff\xff\xff\xff"), (FAILED, REACHED, Reason.PROTOCOL)),
        (endless(b"\x30\x00", WELCOME), (FAILED, AUTHENTICATED, Reason.TIMEOUT)),
        (resetting, (FAILED, REACHED, Reason.PROTOCOL)),
        (
            saying(b"\x20", b"\x02", *9 * [b"\0"], every_s=0.3),
            (FAILED, REACHED, Reason.TIMEOUT),
        ),
    ],
)
async def test_hostile_broker_ends_with_its_reason(
    peer: Peer, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await talking(peer, **ACCOUNT, topic="a")

    assert said(outcome) == expected


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"names": ("other.example",)}, Reason.TLS_NAME),
        ({"days": -3.5}, Reason.TLS_EXPIRED),
    ],
)
async def test_bad_certificates_are_told_apart(
    tmp_path: Path, certificate: dict[str, Any], reason: Reason
) -> None:
    options = dict(certificate)
    tls = server_tls(*options.pop("names", ()), **options)
    async with tcp_server(silent, tls) as port:
        outcome = await to(port, security="tls", ca=trusted_file(tmp_path))

    assert said(outcome) == (FAILED, REACHED, reason)
    assert "expires" in outcome.facts


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port())

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


async def test_missing_password_is_unknown() -> None:
    missing = Secret(None, "MQTT_PASSWORD")

    outcome = await to(closed_port(), username="probe", password=missing)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.SECRET_MISSING)


def test_message_is_sent_less_often_than_a_login_is_made() -> None:
    with_topic = mqtt.Settings(host="x", topic="t")

    assert mqtt.default_interval_s(with_topic) == 300
    assert mqtt.default_interval_s(mqtt.Settings(host="x")) is None


def test_port_follows_security() -> None:
    assert mqtt.Settings(host="x").where == 1883
    assert mqtt.Settings(host="x", security="tls").where == 8883


@pytest.mark.parametrize(
    "options",
    [{"port": 0}, {"password": Secret("x")}, {"topic": "a/#"}, {"topic": ""}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"must|needs"):
        mqtt.Settings(host="broker", **options)


# ------------------------------------------------------------------ a notice

SUBSCRIBED, TAKEN = b"\x90\x03\0\1\0", b"\x40\x02\0\2"
WHOLE = f"{NOTICE.title}\n\n{NOTICE.text}".encode()


def published(message: bytes, *, retained: bool = False) -> bytes:
    """Write what a broker hands out on the topic `a`."""
    body = b"\0\1a" + message
    assert len(body) < 128
    return bytes([0x30 | retained, len(body)]) + body


async def tell_to(
    port: int,
    *,
    timeout_s: float = 30.0,
    receipt_s: float | None = None,
    **options: Any,
) -> Told:
    topic = options.pop("topic", "a")
    settings = mqtt.Settings(host="127.0.0.1", port=port, topic=topic, **options)
    return await tell(mqtt, settings, timeout_s=timeout_s, receipt_s=receipt_s)


async def telling(*answers: bytes, timeout_s: float = 0.7) -> Told:
    """Send a notice over a broker that answers each packet with one of these."""
    async with tcp_server(broker(*answers)) as port:
        return await tell_to(port, timeout_s=timeout_s, **ACCOUNT)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_comes_back_from_mosquitto(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port:
        told = await tell_to(port, **ACCOUNT, topic="secours/test")

    assert told == ([ACCEPTED, ARRIVED], None)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_that_mosquitto_drops_is_accepted_and_waited_for(
    tmp_path: Path,
) -> None:
    async with mosquitto(tmp_path) as port:
        told = await tell_to(port, **ACCOUNT, topic="secours/mute", receipt_s=0.5)

    assert (told.stages, told.reason) == ([ACCEPTED], Reason.NOT_DELIVERED)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_with_a_wrong_password_is_refused(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as port:
        told = await tell_to(port, username="probe", password=Secret("another"))

    assert (told.stages, told.reason) == ([], Reason.AUTH)


async def test_notice_that_is_handed_out_before_it_is_acknowledged_arrives() -> None:
    told = await telling(WELCOME, SUBSCRIBED, published(WHOLE) + TAKEN)

    assert told == ([ACCEPTED, ARRIVED], None)


@pytest.mark.parametrize(
    "other",
    [published(b"> " + WHOLE[-60:]), published(WHOLE, retained=True)],
    ids=["quoted", "retained"],
)
async def test_what_is_not_our_notice_is_not_taken_for_it(other: bytes) -> None:
    told = await telling(WELCOME, SUBSCRIBED, TAKEN + other)

    assert (told.stages, told.reason) == ([ACCEPTED], Reason.NOT_DELIVERED)


async def test_notice_on_a_topic_that_we_may_not_read_is_accepted() -> None:
    told = await telling(WELCOME, b"\x90\x03\0\1\x80", TAKEN)

    assert told == ([ACCEPTED], None)


async def test_notice_that_is_not_acknowledged_is_a_timeout() -> None:
    told = await telling(WELCOME, SUBSCRIBED)

    assert (told.stages, told.reason) == ([], Reason.TIMEOUT)


@pytest.mark.parametrize(
    ("taken", "stages", "reason"),
    [(b"", [], Reason.REJECTED), (TAKEN, [ACCEPTED], Reason.PROTOCOL)],
)
async def test_broker_that_hangs_up_on_a_notice_has_its_reason(
    taken: bytes, stages: list[Any], reason: Reason
) -> None:
    answers = (WELCOME, SUBSCRIBED + taken)
    peer = leaving_after(*answers, hang_up=asyncio.StreamWriter.close)
    async with tcp_server(peer) as port:
        told = await tell_to(port, **ACCOUNT)

    assert (told.stages, told.reason) == (stages, reason)


@pytest.mark.parametrize("timeout_s", [0.7, 20.0], ids=["time is up", "closed"])
async def test_connection_of_a_notice_is_closed(timeout_s: float) -> None:
    left = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (WELCOME, SUBSCRIBED, TAKEN):
            await wire.read(reader)
            writer.write(answer)
        try:
            await reader.read()
        finally:
            left.set()

    class Enough(Exception):
        pass

    def enough(stage: object) -> None:
        if timeout_s > 1:
            raise Enough

    async with tcp_server(peer) as port:
        settings = mqtt.Settings(host="127.0.0.1", port=port, topic="a")
        told = await tell(mqtt, settings, timeout_s=timeout_s, reached=enough)
        async with asyncio.timeout(60):
            await left.wait()

    assert told.stages == [ACCEPTED]


def test_notice_goes_to_one_topic() -> None:
    settings = mqtt.Settings(host="x", topic="secours/test")

    assert mqtt.addressee(settings, "") == "secours/test"
    assert mqtt.addressee(settings, "town/siren") == "town/siren"
    for wrong in ("town/#", "+/siren", "a\0", "t" * 65536):
        with refusing("^to "):
            mqtt.addressee(settings, wrong)
    with refusing("no topic of its own"):
        mqtt.addressee(mqtt.Settings(host="x"), "")
