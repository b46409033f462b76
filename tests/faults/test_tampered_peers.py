"""Whole probes against servers whose answers are changed on the way.

Whatever comes, an outcome says something of the peer: it is never that the probe is
broken, and never ok where an answer became a refusal.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from math import inf
from pathlib import Path
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from fuzz.mutations import mutated
from fuzz.target import Attack, HastyLoop, at_most, check_outcome
from probes import (
    test_dns,
    test_http,
    test_imap,
    test_iridium,
    test_kannel,
    test_mail_roundtrip,
    test_matrix,
    test_mattermost,
    test_modem,
    test_ntfy,
    test_ntp,
    test_nut,
    test_signal,
    test_sip,
    test_slack,
    test_smtp,
    test_snmp,
    test_statuspage,
    test_tcp,
    test_teams,
    test_telegram,
    test_twilio,
    test_udp,
    test_whatsapp,
)
from servers import api_server, dns_server, ntp_server, scripted
from servers import starlink_dish as starlink
from servers.http_server import answer, answering
from servers.imap_peer import imap_lines
from servers.probe_run import ask
from servers.pty_modem import PtyModem, Reply, running
from servers.sip_peer import Registrar, over_stream
from servers.smtp_peer import lines
from servers.snmp_peer import holding, tlv
from soak import LEVEL, SOAK, by_level

from secours.model.observed import Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import sip
from secours.probes import starlink as starlink_probe
from secours.run import loop_time
from secours.wire import own_message

TRIES = by_level(12, 40, inf)  # of each probe
SECONDS = by_level(inf, inf, float(os.environ.get("SECOURS_FUZZ_S", "20")))
LONGEST_S = 3.0  # of the processor, for the probe and its server
TERMINAL_S = 0.05  # what the system takes to pass on what a terminal is told
GAUGE = 0x42

Change = Callable[[bytes], bytes]
untouched_tcp, untouched_udp = scripted.tcp_server, scripted.udp_server


class Case(NamedTuple):
    """A probe that is fine, and answers that must not leave it so."""

    ask: Callable[[], Awaitable[Outcome]]
    refusals: tuple[tuple[bytes, bytes], ...]
    modules: tuple[ModuleType, ...] = (api_server,)


def http(*refusals: tuple[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Refuse as any web server does, and as this one."""
    statuses = (b"503 Busy", b"500 Oh", b"404 Not Found", b"401 Who", b"429 Slow")
    return (*((b"200 OK", status) for status in statuses), *refusals)


async def mail_round_trip() -> Outcome:
    relay = test_mail_roundtrip.Relay()
    async with (
        scripted.tcp_server(relay.smtp) as smtp,
        scripted.tcp_server(relay.imap) as imap,
    ):
        return await test_mail_roundtrip.through(smtp, imap)


async def ntp() -> Outcome:
    async with ntp_server.ntp_server() as port:
        return await test_ntp.to(port)


async def snmp() -> Outcome:
    async with scripted.udp_server(holding(tlv(GAUGE, b"\5"))) as port:
        return await test_snmp.to(port)


async def sip_by_tcp() -> Outcome:
    registrar = Registrar({"alice": "secret"})
    async with scripted.tcp_server(over_stream(registrar)) as port:
        settings = sip.Settings(
            host="127.0.0.1",
            port=port,
            transport="tcp",
            username="alice",
            password=Secret("secret"),
        )
        return await ask(sip, settings, timeout_s=3.0)


async def starlink_dish() -> Outcome:
    """Ask a dish that serves from threads, so that the loop has to wait for them."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HastyLoop)
    with starlink.starlink_dish() as dish:

        async def peer(reader: Any, writer: Any) -> None:
            theirs, to_them = await asyncio.open_connection("127.0.0.1", dish)
            asking = asyncio.create_task(pass_on(reader, to_them))
            try:
                await pass_on(theirs, writer)
            finally:
                asking.cancel()
                to_them.transport.abort()

        loop.threads += 1
        try:
            async with scripted.tcp_server(peer) as port:
                settings = starlink_probe.Settings(host="127.0.0.1", port=port)
                return await ask(starlink_probe, settings, timeout_s=1.0)
        finally:
            loop.threads -= 1


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(1 << 16):
        writer.write(said)


IMAP = (
    (b"* OK ready", b"* BYE not now"),
    (b"OK welcome", b"NO [AUTHENTICATIONFAILED] no"),
    (b"OK [READ-WRITE] open", b"NO gone"),
)
SMTP = (
    (b"220 mail", b"554 mail"),
    (b"250-mail.example", b"502 mail.example"),
    (b"235 2.7.0 welcome", b"535 5.7.8 no"),
)
SIP = (
    (b"SIP/2.0 200", b"SIP/2.0 403"),
    (b"SIP/2.0 200", b"SIP/2.0 503"),
    (b"SIP/2.0 200", b"SIP/2.0 100"),
)
MODEM = ((b"+CREG: 0,1", b"+CREG: 0,3"), (b"+CPIN: READY", b"+CPIN: SIM PUK"))
ACCOUNT: dict[str, Any] = {"username": "probe", "password": Secret("hunter2")}
CASES: Mapping[str, Case] = {
    "tcp": Case(
        lambda: test_tcp.against(scripted.saying(b"220 ready\r\n")),
        ((b"220 ", b"554 "),),
        (test_tcp,),
    ),
    "udp": Case(
        lambda: test_udp.against(lambda _: b"PONG", expect="PONG"),
        ((b"PONG", b"NO"),),
        (test_udp,),
    ),
    "http": Case(
        lambda: test_http.against(
            answering(lambda _: answer("200 OK", b'{"up": true, "n": [1, 2]}')),
            expect_json={"up": True},
        ),
        http((b'"up": true', b'"up": false')),
        (test_http,),
    ),
    "dns": Case(
        lambda: test_dns.against(test_dns.TOWN, expect="192.0.2.8"),
        ((b"\x81\x80", b"\x81\x82"), (b"\x81\x80", b"\x81\x83")),
        (dns_server,),
    ),
    "ntp": Case(ntp, (), (ntp_server,)),
    "nut": Case(
        lambda: test_nut.against(test_nut.upsd_saying("OL")),
        (
            (b'"OL"', b'"OB"'),
            (b'"OL"', b'"OL LB"'),
            (b'"OL"', b'"OL'),
            (b"VAR", b"ERR"),
        ),
        (test_nut,),
    ),
    "smtp": Case(lambda: test_smtp.talking(lines({}), **ACCOUNT), SMTP, (test_smtp,)),
    "imap": Case(lambda: test_imap.talking(imap_lines({})), IMAP, (test_imap,)),
    "mail": Case(mail_round_trip, (), (scripted,)),
    "sip": Case(
        lambda: test_sip.registering(Registrar({"alice": "secret"})), SIP, (test_sip,)
    ),
    "sip-tcp": Case(sip_by_tcp, SIP, (scripted,)),
    "snmp": Case(snmp, (), (scripted,)),
    "modem": Case(lambda: test_modem.probed({}), MODEM, (test_modem,)),
    "iridium": Case(
        lambda: test_iridium.probed(test_iridium.PHONE),
        ((b"+CREG:0,1", b"+CREG:0,3"), (b"+CSQ:4", b"+CSQ:0")),
        (test_iridium,),
    ),
    "starlink": Case(
        starlink_dish,
        (
            (b"DishOutage", b"DishOutagX"),
            (b"proto3", b"protoX"),
            (b"cause", b"caus\xff"),
        ),
        (scripted,),
    ),
    "telegram": Case(test_telegram.run, http((b'"ok": true', b'"ok": false'))),
    "slack": Case(
        lambda: test_slack.Workspace().run(), http((b'"ok": true', b'"ok": false'))
    ),
    "mattermost": Case(
        lambda: test_mattermost.Server().run(
            token=Secret(test_mattermost.TOKEN), channel=test_mattermost.CHANNEL
        ),
        http(),
    ),
    "matrix": Case(test_matrix.against, http(), (test_matrix, api_server)),
    "twilio": Case(
        lambda: test_twilio.against(balance="25.50", min_balance=20.0),
        http((b'"active"', b'"suspended"'), (b"25.50", b"-1")),
    ),
    "whatsapp": Case(
        lambda: test_whatsapp.against(test_whatsapp.health()),
        http((b"AVAILABLE", b"BLOCKED")),
    ),
    "teams": Case(test_teams.against, http()),
    "ntfy": Case(
        lambda: test_ntfy.Server().run(token=Secret("tk_hush"), topic="crisis"),
        http((b'"event": "message"', b'"event": "open"')),
    ),
    "kannel": Case(
        lambda: test_kannel.against(
            test_kannel.status("a=online 4s"), to=test_kannel.TO, **test_kannel.LOGIN
        ),
        http((b"online", b"dead")),
    ),
    "signal": Case(lambda: test_signal.Service().run(), http()),
    "statuspage": Case(
        lambda: test_statuspage.against(test_statuspage.summary()),
        http((b'"none"', b'"major"')),
    ),
}


# ------------------------------------------------------------------ on the way


class Tampering:
    """A writer that changes what is written; what it knows not is of the real one."""

    def __init__(self, writer: Any, change: Change) -> None:
        self._writer, self._change = writer, change

    def write(self, said: bytes) -> None:
        self._writer.write(self._change(said))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


@asynccontextmanager
async def tcp_server(
    change: Change, peer: Any, *more: Any, **options: Any
) -> AsyncIterator[int]:
    def tampered(reader: Any, writer: Any) -> Awaitable[None]:
        return peer(reader, Tampering(writer, change))  # type: ignore[no-any-return]

    async with untouched_tcp(tampered, *more, **options) as port:
        yield port


@asynccontextmanager
async def udp_server(
    change: Change, reply: Any, *more: Any, **options: Any
) -> AsyncIterator[int]:
    def tampered(asked: bytes) -> bytes | None:
        said = reply(asked)
        return None if said is None else change(said)

    async with untouched_udp(tampered, *more, **options) as port:
        yield port


@asynccontextmanager
async def pty_modem(
    change: Change, table: Mapping[str, Reply], **_: Any
) -> AsyncIterator[PtyModem]:
    class Tampered(PtyModem):
        def say(self, said: bytes) -> None:
            super().say(change(said))

    loop = asyncio.get_running_loop()
    assert isinstance(loop, HastyLoop)
    loop.patience_s = TERMINAL_S
    try:
        async with running(Tampered(table)) as modem:
            yield modem
    finally:
        loop.patience_s = 0.0


@contextmanager
def tampered(case: Case, change: Change) -> Iterator[None]:
    """Have every server of a case say what `change` makes of it."""
    ways: dict[str, Callable[..., Any]] = {
        "tcp_server": tcp_server,
        "udp_server": udp_server,
        "pty_modem": pty_modem,
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in case.modules:
            for name, way in ways.items():
                if hasattr(module, name):
                    patch.setattr(module, name, partial(way, change))
        yield


# ------------------------------------------------------------------ the tests


@pytest.fixture(scope="module")
def attack() -> Iterator[Attack]:
    with Attack() as begun:
        yield begun


@pytest.fixture(autouse=True)
def alone(attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have folders of our own, and let the stopwatch go as the loop's clock does."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "data"))
    clock = SimpleNamespace(monotonic=attack.loop.time)
    monkeypatch.setattr(loop_time, "time", clock)
    own_message._kept_key.cache_clear()


def outcome_of(attack: Attack, case: Case, change: Change) -> Outcome:
    with tampered(case, change), at_most(LONGEST_S):
        return attack.loop.run_until_complete(case.ask())


def is_broken(outcome: Outcome) -> bool:
    """Tell whether an exception that no probe declares came out: it is named then.

    A probe may well say that it does not know what the peer asks of it.
    """
    name = str(outcome.facts.get("what", ""))
    return outcome.reason is Reason.BROKEN and name[:1].isupper()


def by_chance(chance: Random, said: list[bytes]) -> Change:
    """Change an answer now and then; `said` collects what goes out."""
    left = chance.randrange(6)

    def change(answer: bytes) -> bytes:
        nonlocal left
        left -= 1
        changed = left < 0 or chance.random() < 0.3
        said.append(mutated(answer, said, chance) if changed else answer)
        return said[-1]

    return change


@pytest.mark.parametrize("name", CASES)
def test_probe_is_fine_where_nothing_is_changed(name: str, attack: Attack) -> None:
    outcome = outcome_of(attack, CASES[name], lambda said: said)

    assert outcome.verdict is Verdict.OK, outcome


@pytest.mark.parametrize(
    ("name", "refusal"), [(n, r) for n, case in CASES.items() for r in case.refusals]
)
def test_no_probe_is_ok_where_an_answer_became_a_refusal(
    name: str, refusal: tuple[bytes, bytes], attack: Attack
) -> None:
    replaced = 0

    def change(said: bytes) -> bytes:
        nonlocal replaced
        replaced += said.count(refusal[0])
        return said.replace(*refusal)

    outcome = outcome_of(attack, CASES[name], change)

    assert replaced
    assert outcome.verdict is not Verdict.OK, outcome
    assert not is_broken(outcome), outcome


@pytest.mark.parametrize("name", CASES)
def test_no_probe_is_broken_by_what_a_peer_says(name: str, attack: Attack) -> None:
    seed = time.time_ns() if SOAK else crc32(name.encode())
    end_s, tried = time.process_time() + SECONDS, 0
    while tried < TRIES and time.process_time() < end_s:
        said: list[bytes] = []
        outcome = outcome_of(attack, CASES[name], by_chance(Random(seed), said))
        check_outcome(outcome)
        assert not is_broken(outcome), (outcome.facts, said)
        seed, tried = seed + 1, tried + 1
    if LEVEL:
        print(f"{name}: {tried} runs")  # noqa: T201 -- the soak reports
