"""The servers of the town, spoken to by plain clients and not by our own probes."""

import asyncio
import json
import os
import smtplib
import socket
import subprocess
import termios
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rcode
import pytest
from starlette.applications import Starlette

from secours.demo.servers import messenger_apis
from secours.demo.servers.dns_server import NameServer
from secours.demo.servers.faults import DemoServer, Fault
from secours.demo.servers.http_server import Website
from secours.demo.servers.mail_server import MailServer
from secours.demo.servers.pty_devices import Dialogue, Terminal, modem, satellite
from secours.demo.servers.sip_exchange import Exchange
from secours.demo.servers.siren import Sirens
from secours.demo.servers.ups import PowerSupply

LIMIT_S, SILENT_S = 60.0, 0.2


@asynccontextmanager
async def opened(server: DemoServer, *faults: Fault) -> AsyncIterator[tuple[str, int]]:
    """Open a server, broken in these ways, and give its host and port."""
    try:
        await server.open()
        await server.show(frozenset(faults))
        host, _, port = server.address.rpartition(":")
        yield host, int(port)
    finally:
        await server.close()


def lines_said(address: tuple[str, int], *lines: str) -> list[str]:
    """Say lines to a TCP server and return what it said until it hung up."""
    with socket.create_connection(address, LIMIT_S) as sock:
        sock.sendall("".join(f"{line}\n" for line in lines).encode())
        return sock.makefile().read().splitlines()


def datagram(
    address: tuple[str, int], message: bytes, within_s: float = SILENT_S
) -> bytes | None:
    """Send one datagram and return the answer, None where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(within_s)
        sock.sendto(message, address)
        try:
            return sock.recv(4096)
        except TimeoutError:
            return None


# ------------------------------------------------------------------ power and sirens


@pytest.mark.parametrize(
    ("faults", "status"), [((), "OL"), ((Fault.ON_BATTERY,), "OB DISCHRG")]
)
async def test_power_supply_tells_of_the_mains(
    faults: tuple[Fault, ...], status: str
) -> None:
    asked = ("GET VAR townhall ups.status", "GET VAR cellar ups.status", "HI", "LOGOUT")
    async with opened(PowerSupply(), *faults) as address:
        said = await asyncio.to_thread(lines_said, address, *asked)

    assert said == [
        f'VAR townhall ups.status "{status}"',
        "ERR UNKNOWN-UPS",
        "ERR UNKNOWN-COMMAND",
        "OK Goodbye",
    ]


async def test_endless_line_is_hung_up_on() -> None:
    async with opened(PowerSupply()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"x" * 100_000)
        async with asyncio.timeout(LIMIT_S):
            with suppress(ConnectionError):  # reset, as what was said is not read
                await reader.read()
        writer.close()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("faults", "code", "said"),
    [
        ((), 0, "SIRENS OK: 4 of 4 answer | answering=4;;4:;0;4\n"),
        (
            (Fault.UNAVAILABLE,),
            2,
            "SIRENS CRITICAL: 1 of 4 answer | answering=1;;4:;0;4\n",
        ),
    ],
)
async def test_plugin_of_the_sirens_speaks_as_plugins_do(
    tmp_path: Path, faults: tuple[Fault, ...], code: int, said: str
) -> None:
    sirens = Sirens(tmp_path)
    await sirens.open()
    await sirens.show(frozenset(faults))

    command = ["/bin/sh", sirens.address, str(sirens.answering)]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False
    )
    await sirens.close()

    assert (done.returncode, done.stdout, done.stderr) == (code, said, "")
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------ mail


def mailed(
    address: tuple[str, int], password: str, recipient: str
) -> tuple[int, dict[str, Any]]:
    """Log in, send one message, return the login's code and who was refused."""
    with smtplib.SMTP(*address, timeout=LIMIT_S) as client:
        try:
            code = client.login("secours", password)[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code, {}
        try:
            return code, client.sendmail("a@exempleville.example", recipient, "hello")
        except smtplib.SMTPRecipientsRefused as error:
            return code, error.recipients


async def test_mail_server_takes_mail_of_its_account_for_its_domain(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(MailServer("secours", "secret")) as address:
        taken = await asyncio.to_thread(
            mailed, address, "secret", "crise@exempleville.example"
        )
        stranger = await asyncio.to_thread(mailed, address, "wrong", "nobody")
        elsewhere = await asyncio.to_thread(
            mailed, address, "secret", "a@elsewhere.example"
        )

    assert [entry for entry in caplog.records if entry.levelname == "WARNING"] == []
    assert taken == (235, {})
    assert stranger == (535, {})
    assert elsewhere[1]["a@elsewhere.example"][0] == 550


async def test_unavailable_mail_server_greets_with_421() -> None:
    server = MailServer("secours", "secret")
    async with opened(server, Fault.UNAVAILABLE) as address:
        said = await asyncio.to_thread(lines_said, address)

    assert said == ["421 4.3.2 mail.exempleville.example is not accepting messages now"]


async def test_mail_server_closes_though_somebody_is_connected() -> None:
    async with opened(MailServer("secours", "secret")) as address:
        reader, writer = await asyncio.open_connection(*address)
        greeting = await reader.readline()
        writer.write(b"EHLO me\r\n")
        await reader.readuntil(b"250 HELP\r\n")
    after = await reader.read()
    writer.close()

    assert greeting.startswith(b"220 mail.exempleville.example")
    assert after == b""


# ------------------------------------------------------------------ names


def asked_dns(address: tuple[str, int], name: str, kind: str) -> tuple[str, list[str]]:
    query = dns.message.make_query(name, kind)
    answer = dns.query.udp(query, address[0], port=address[1], timeout=LIMIT_S)
    values = [str(item).lower() for found in answer.answer for item in found]
    return dns.rcode.to_text(answer.rcode()), values


ZONE = {("a.example.", "A"): "192.0.2.1", ("a.example.", "MX"): "10 mail.a.example."}


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("a.example", "A", ("NOERROR", ["192.0.2.1"])),
        ("A.Example", "MX", ("NOERROR", ["10 mail.a.example."])),
        ("a.example", "AAAA", ("NOERROR", [])),
        ("b.example", "A", ("NXDOMAIN", [])),
    ],
)
async def test_name_server_answers_for_its_records(
    name: str, kind: str, answer: tuple[str, list[str]]
) -> None:
    async with opened(NameServer(ZONE)) as address:
        assert await asyncio.to_thread(asked_dns, address, name, kind) == answer


async def test_unavailable_name_server_says_servfail() -> None:
    async with opened(NameServer(ZONE), Fault.UNAVAILABLE) as address:
        answer = await asyncio.to_thread(asked_dns, address, "a.example", "A")

    assert answer == ("SERVFAIL", [])


@pytest.mark.parametrize("noise", [b"", b"\0" * 11, b"GET / HTTP/1.1\r\n\r\n"])
async def test_noise_does_not_stop_the_name_server(noise: bytes) -> None:
    async with opened(NameServer(ZONE)) as address:
        await asyncio.to_thread(datagram, address, noise)
        answer = await asyncio.to_thread(asked_dns, address, "a.example", "A")

    assert answer == ("NOERROR", ["192.0.2.1"])


async def test_silent_name_server_says_nothing() -> None:
    query = dns.message.make_query("a.example", "A").to_wire()
    async with opened(NameServer(ZONE), Fault.SILENCE) as address:
        assert await asyncio.to_thread(datagram, address, query) is None


# ------------------------------------------------------------------ telephone

OPTIONS = (
    "{method} sip:127.0.0.1 SIP/2.0\r\n"
    "v: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKone;rport\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtwo\r\n"
    "f: <sip:a@b>;tag=1\r\n"
    "t: <sip:c@d>\r\n"
    "i: call\r\n"
    "CSeq: 1 {method}\r\n"
    "Subject: not\r\n copied\r\n"
    "Max-Forwards: 70\r\n\r\n"
)


def sip_answer(
    address: tuple[str, int], method: str, within_s: float = SILENT_S
) -> list[str] | None:
    answer = datagram(address, OPTIONS.format(method=method).encode(), within_s)
    return None if answer is None else answer.decode().split("\r\n")


@pytest.mark.parametrize(
    ("method", "faults", "status"),
    [
        ("OPTIONS", (), "SIP/2.0 200 OK"),
        ("INVITE", (), "SIP/2.0 405 Method Not Allowed"),
        ("OPTIONS", (Fault.UNAVAILABLE,), "SIP/2.0 503 Service Unavailable"),
    ],
)
async def test_exchange_answers_as_sip_wants_it(
    method: str, faults: tuple[Fault, ...], status: str
) -> None:
    async with opened(Exchange(), *faults) as address:
        lines = await asyncio.to_thread(sip_answer, address, method, LIMIT_S)

    assert lines is not None
    tag = lines[4].partition(";tag=")[2]
    port = lines[1].partition("rport=")[2]
    assert lines == [
        status,
        f"Via: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKone"
        f";received=127.0.0.1;rport={port}",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtwo",
        "From: <sip:a@b>;tag=1",
        f"To: <sip:c@d>;tag={tag}",
        "Call-Id: call",
        f"Cseq: 1 {method}",
        "Allow: OPTIONS",
        "Accept: application/sdp",
        "Content-Length: 0",
        "",
        "",
    ]
    assert tag
    assert port.isdecimal()


async def test_exchange_ignores_what_has_no_answer() -> None:
    async with opened(Exchange()) as address:
        acknowledged = await asyncio.to_thread(sip_answer, address, "ACK")
        noise = [
            await asyncio.to_thread(datagram, address, bytes_)
            for bytes_ in (b"\r\n\r\n", b"\xff" * 9, b"OPTIONS sip:a SIP/2.0\r\n\r\n")
        ]

    assert (acknowledged, noise) == (None, [None, None, None])


async def test_silent_exchange_says_nothing() -> None:
    async with opened(Exchange(), Fault.SILENCE) as address:
        assert await asyncio.to_thread(sip_answer, address, "OPTIONS") is None


# ------------------------------------------------------------------ serial


def typed(device: str, *commands: str) -> list[str]:
    """Type commands on a serial line and return all that came back, echo included."""
    with open(device, "r+b", buffering=0) as line:
        settings = termios.tcgetattr(line)
        settings[6][termios.VMIN], settings[6][termios.VTIME] = 0, 20
        termios.tcsetattr(line, termios.TCSANOW, settings)
        said = b""
        for command in commands:
            line.write(command.encode() + b"\r")
            said += _until_final(line)
    return said.decode().replace("\r", "\n").split()


def _until_final(line: Any) -> bytes:
    said = b""
    while not said.endswith((b"OK\r\n", b"ERROR\r\n")) and (more := line.read(64)):
        said += more
    return said


@asynccontextmanager
async def plugged(link: Path, dialogue: Dialogue, *faults: Fault) -> AsyncIterator[str]:
    terminal = Terminal(link, dialogue)
    try:
        await terminal.open()
        await terminal.show(frozenset(faults))
        yield terminal.address
    finally:
        await terminal.close()


async def test_serial_device_echoes_until_told_not_to(tmp_path: Path) -> None:
    async with plugged(tmp_path / "modem", modem) as device:
        said = await asyncio.to_thread(typed, device, "AT", "ATE0", "at+csq", "AT+X=1")

    assert said == ["AT", "OK", "ATE0", "OK", "+CSQ:", "22,99", "OK", "ERROR"]


@pytest.mark.parametrize(
    ("dialogue", "faults", "command", "answer"),
    [
        (modem, (), "AT+CPIN?", "+CPIN: READY"),
        (modem, (), "AT+CREG?", "+CREG: 0,1"),
        (modem, (), "AT+CEREG?", "+CEREG: 0,1"),
        (modem, (), "AT+COPS?", '+COPS: 0,0,"Mobile A",7'),
        (modem, (Fault.NO_NETWORK,), "AT+CREG?", "+CREG: 0,2"),
        (modem, (Fault.NO_NETWORK, Fault.WEAK), "AT+CSQ", "+CSQ: 99,99"),
        (modem, (Fault.WEAK,), "AT+CSQ", "+CSQ: 4,99"),
        (satellite, (), "AT+CSQ", "+CSQ:5"),
        (satellite, (), "AT+CREG?", None),
        (satellite, (), "AT+SBDREG?", "+SBDREG:2"),
        (satellite, (), "AT+SBDIX", "+SBDIX: 0, 7, 0, 0, 0, 0"),
        (satellite, (Fault.WEAK,), "AT+CSQ", "+CSQ:1"),
        (satellite, (Fault.NO_NETWORK,), "AT+SBDIX", "+SBDIX: 32, 7, 2, 0, 0, 0"),
        (satellite, (Fault.NO_NETWORK,), "AT+SBDREG?", "+SBDREG:1"),
        (satellite, (), "AT+COPS?", None),
    ],
)
def test_serial_device_speaks_as_the_real_one(
    dialogue: Dialogue, faults: tuple[Fault, ...], command: str, answer: str | None
) -> None:
    assert dialogue(command, frozenset(faults)) == answer


async def test_serial_device_outlives_a_client_and_goes_when_pulled(
    tmp_path: Path,
) -> None:
    async with plugged(tmp_path / "modem", modem) as device:
        await asyncio.to_thread(typed, device, "ATE0")
        again = await asyncio.to_thread(typed, device, "AT")

    assert again == ["OK"]
    assert os.listdir(tmp_path) == []


async def test_client_that_never_reads_does_not_stop_the_device(
    tmp_path: Path,
) -> None:
    async with plugged(tmp_path / "modem", modem) as device:
        await asyncio.to_thread(_flood, device)
        said = await asyncio.to_thread(typed, device, "AT+CSQ")

    assert said[-1] == "OK"


def _flood(device: str) -> None:
    """Ask and ask without reading, then throw away what the line still holds."""
    with open(device, "r+b", buffering=0) as line:
        os.set_blocking(line.fileno(), False)
        for _ in range(2000):
            line.write(b"AT+COPS?\r")
        termios.tcflush(line, termios.TCIOFLUSH)


# ------------------------------------------------------------------ web


def fetched(
    address: tuple[str, int],
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Fetch a page and return its status and text."""
    url = "http://{}:{}{}".format(*address, path)
    sent = None if body is None else body.encode()
    request = urllib.request.Request(url, sent, dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


OURS = {"Authorization": "Bearer secret"}
WHATSAPP = f"/v20.0/{messenger_apis.PHONE_ID}?fields=health_status"
SIGN_IN = f"/{messenger_apis.TENANT}/oauth2/v2.0/token"
FORM = urllib.parse.urlencode(
    {
        "grant_type": "client_credentials",
        "client_id": messenger_apis.CLIENT_ID,
        "client_secret": "secret",
    }
)
Make = Callable[[str], Starlette]


@pytest.mark.parametrize(
    ("make", "path", "body", "headers", "faults", "status", "part"),
    [
        (
            messenger_apis.meta,
            WHATSAPP,
            None,
            OURS,
            (),
            200,
            '"can_send_message":"AVAILABLE"',
        ),
        (messenger_apis.meta, WHATSAPP, None, {}, (), 401, '"code":190'),
        (
            messenger_apis.meta,
            WHATSAPP,
            None,
            OURS,
            (Fault.WHATSAPP_BLOCKED,),
            200,
            '"health_status":{"can_send_message":"BLOCKED"',
        ),
        (
            messenger_apis.meta,
            WHATSAPP,
            None,
            OURS,
            (Fault.UNAVAILABLE,),
            503,
            '"code":2',
        ),
        (messenger_apis.meta, "/v20.0/me", None, OURS, (), 200, messenger_apis.PAGE_ID),
        (
            messenger_apis.meta,
            "/v20.0/me",
            None,
            OURS,
            (Fault.MESSENGER_LOST,),
            500,
            '"code":1',
        ),
        (messenger_apis.slack, "/api/auth.test", "", OURS, (), 200, '"ok":true'),
        (messenger_apis.slack, "/api/auth.test", "", {}, (), 200, '"invalid_auth"'),
        (
            messenger_apis.slack,
            "/api/auth.test",
            "",
            OURS,
            (Fault.WRONG,),
            200,
            '{"ok":false,"error":"fatal_error"}',
        ),
        (
            messenger_apis.telegram,
            "/botsecret/getMe",
            None,
            {},
            (),
            200,
            '"is_bot":true',
        ),
        (messenger_apis.telegram, "/botother/getMe", None, {}, (), 401, '"ok":false'),
        (
            messenger_apis.telegram,
            "/botsecret/getMe",
            None,
            {},
            (Fault.UNAVAILABLE,),
            502,
            '"error_code":502',
        ),
        (messenger_apis.teams, SIGN_IN, FORM, {}, (), 200, '"token_type":"Bearer"'),
        (messenger_apis.teams, SIGN_IN, FORM + "x", {}, (), 401, "AADSTS7000215"),
        (messenger_apis.teams, SIGN_IN, "", {}, (), 400, "AADSTS70003"),
        (
            messenger_apis.teams,
            SIGN_IN,
            FORM,
            {},
            (Fault.UNAVAILABLE,),
            503,
            "AADSTS90033",
        ),
        (messenger_apis.teams, "/v1.0/$metadata", None, {}, (), 200, "EntityType"),
        (
            lambda _: messenger_apis.signal(),
            "/v1/about",
            None,
            {},
            (),
            200,
            '["v1","v2"]',
        ),
        (
            lambda _: messenger_apis.signal(),
            "/v2/about",
            None,
            {},
            (),
            404,
            "Not Found",
        ),
        (
            lambda _: messenger_apis.matrix(),
            "/_matrix/client/versions",
            None,
            {},
            (),
            200,
            '"versions":["v1.10"',
        ),
        (
            lambda _: messenger_apis.matrix(),
            "/_matrix/client/versions",
            None,
            {},
            (Fault.WRONG,),
            200,
            "Maintenance",
        ),
    ],
)
async def test_vendors_answer_in_their_own_way(
    make: Make,
    path: str,
    body: str | None,
    headers: Mapping[str, str],
    faults: tuple[Fault, ...],
    status: int,
    part: str,
) -> None:
    async with opened(Website(make("secret")), *faults) as address:
        got = await asyncio.to_thread(fetched, address, path, body, headers)

    assert got[0] == status
    assert part in got[1]


async def test_health_of_whatsapp_has_the_shape_of_the_vendor() -> None:
    async with opened(Website(messenger_apis.meta("secret"))) as address:
        _, text = await asyncio.to_thread(fetched, address, WHATSAPP, None, OURS)

    document = json.loads(text)
    kinds = [item["entity_type"] for item in document["health_status"]["entities"]]
    assert kinds == ["PHONE_NUMBER", "WABA", "BUSINESS", "APP"]
    assert document["id"] == messenger_apis.PHONE_ID


async def test_website_refuses_then_answers_on_the_same_port() -> None:
    website = Website(messenger_apis.signal())
    async with opened(website, Fault.REFUSE) as address:
        with pytest.raises(urllib.error.URLError):
            await asyncio.to_thread(fetched, address, "/v1/about")
        await website.show(frozenset())
        status, _ = await asyncio.to_thread(fetched, address, "/v1/about")

    assert status == 200


async def test_silent_website_answers_late_once_it_is_healed() -> None:
    website = Website(messenger_apis.signal())
    async with opened(website, Fault.SILENCE) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /v1/about HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        await website.show(frozenset())
        async with asyncio.timeout(LIMIT_S):
            answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 504")
