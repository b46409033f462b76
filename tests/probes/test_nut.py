import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers import certificates
from servers.debian import needs
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)
from servers.upsd import PASSWORD, UPS, USER, Upsd, needed, upsd

from secours import texts
from secours.model.observed import RUNTIME, Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import nut

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
SERVED, NONE = Evidence.SERVED, Evidence.NONE
AUTHENTICATED = Evidence.AUTHENTICATED

real = pytest.mark.usefixtures("processes")


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    settings = nut.Settings(host="127.0.0.1", port=port, ups=UPS, **options)
    return await ask(nut, settings, timeout_s=timeout_s)


async def against(peer: Peer, *, timeout_s: float = 5.0, **options: Any) -> Outcome:
    async with tcp_server(peer) as port:
        return await to(port, timeout_s=timeout_s, security="none", **options)


def upsd_saying(status: str, runtime: str = "1380", charge: str = "80") -> Peer:
    """Make a peer that answers with these values as upsd does, or with an error."""
    values = {"status": status, "runtime": runtime, "charge": charge}

    async def peer(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        while line := (await reader.readline()).decode().strip():
            name = line.rpartition(" ")[2]
            value = values.get(name.rpartition(".")[2], "")
            is_error = value.startswith("ERR ")
            answer = value if is_error else f'VAR {UPS} {name} "{value}"'
            writer.write(f"{answer}\n".encode())
            await writer.drain()

    return peer


# ------------------------------------------------------------------ upsd


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Upsd]:
    async with upsd(tmp_path) as running:
        yield running


@real
@needed()
async def test_ups_on_the_mains_is_served_with_how_long_its_battery_lasts(
    server: Upsd,
) -> None:
    outcome = await to(server.port)

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert outcome.facts == {"said": "OL", RUNTIME: 1800, "charge": 100}


@real
@needed()
async def test_ups_on_battery_is_failed_and_says_for_how_long_in_each_language(
    server: Upsd,
) -> None:
    await server.says({"ups.status": "OB DISCHRG", "battery.runtime": "1380"})

    outcome = await to(server.port)

    assert said(outcome) == (FAILED, SERVED, Reason.ON_BATTERY)
    told = {
        language: texts.detail(language, outcome.reason, outcome.facts)
        for language in ("fr", "nl", "de", "en")
    }
    assert told == {
        "fr": "onduleur sur batterie, 23 min",
        "nl": "UPS op batterij, 23 min",
        "de": "USV auf Batterie, 23 min",
        "en": "UPS on battery, 23 min",
    }


@real
@needed()
async def test_low_battery_is_a_warning_on_the_mains_and_beside_a_failure(
    server: Upsd,
) -> None:
    await server.says({"ups.status": "OL CHRG LB", "battery.charge": "7"})
    recharging = await to(server.port)
    await server.says({"ups.status": "OB DISCHRG LB", "battery.runtime": "90"})
    draining = await to(server.port)

    assert said(recharging) == (DEGRADED, SERVED, Reason.BATTERY_LOW)
    assert said(draining) == (FAILED, SERVED, Reason.ON_BATTERY)
    assert recharging.warnings == draining.warnings == (Reason.BATTERY_LOW,)


@real
@needed()
async def test_login_is_proved_and_a_refused_one_is_unknown(server: Upsd) -> None:
    right = await to(server.port, username=USER, password=Secret(PASSWORD))
    wrong = await to(server.port, username=USER, password=Secret("not-the-password"))

    assert said(right) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(wrong) == (UNKNOWN, NONE, Reason.AUTH)


@real
@needed()
async def test_stale_data_and_a_lost_driver_are_unknown(server: Upsd) -> None:
    await server.says({"ups.status": "OB DISCHRG"})
    await server.silence()
    stale = await to(server.port)
    await server.lose()
    lost = await to(server.port)

    for outcome, token in ((stale, "DATA-STALE"), (lost, "DRIVER-NOT-CONNECTED")):
        assert said(outcome) == (UNKNOWN, NONE, Reason.REPORTED)
        assert outcome.facts == {"said": token}


@real
@needed()
async def test_ups_that_the_server_does_not_have_is_unknown(server: Upsd) -> None:
    settings = nut.Settings(host="127.0.0.1", port=server.port, ups="other")
    outcome = await ask(nut, settings)

    assert said(outcome) == (UNKNOWN, NONE, Reason.CONTENT)
    assert outcome.facts == {"said": "UNKNOWN-UPS"}


@real
@needed()
async def test_server_without_starttls_is_asked_in_clear_unless_it_is_wanted(
    server: Upsd,
) -> None:
    assert said(await to(server.port)) == (OK, SERVED, Reason.NONE)
    wanted = await to(server.port, security="starttls")
    assert said(wanted) == (UNKNOWN, NONE, Reason.TLS_MISSING)


@real
@needed()
@needs("certutil", "libnss3-tools")
async def test_server_with_starttls_hears_our_password_behind_it(
    tmp_path: Path,
) -> None:
    ca = certificates.trusted_file(tmp_path)
    account: dict[str, Any] = {"username": USER, "password": Secret(PASSWORD)}
    async with upsd(tmp_path, tls=True) as server:
        offered = await to(server.port, ca=ca, **account)
        wanted = await to(server.port, ca=ca, security="starttls", **account)
        untrusted = await to(server.port, **account)

    log = (tmp_path / "nut.log").read_text()
    assert said(offered) == said(wanted) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(untrusted) == (UNKNOWN, NONE, Reason.TLS_UNTRUSTED)
    assert log.count(f"{USER}@127.0.0.1 logged into UPS [{UPS}] (SSL)") == 2
    assert f"logged into UPS [{UPS}]\n" not in log


@real
@needed()
async def test_ups_without_runtime_measures_nothing(tmp_path: Path) -> None:
    async with upsd(tmp_path, {"ups.status": "OB"}) as server:
        outcome = await to(server.port)

    assert said(outcome) == (FAILED, SERVED, Reason.ON_BATTERY)
    assert outcome.facts == {"said": "OB"}
    assert texts.detail("en", outcome.reason, outcome.facts) == "UPS on battery"


# ------------------------------------------------------------------ status words


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("OL", OK, Reason.NONE),
        ("OL CHRG", OK, Reason.NONE),
        ("OL BOOST", OK, Reason.NONE),
        ("OL TRIM", OK, Reason.NONE),
        ("OL OVER", DEGRADED, Reason.REPORTED),
        ("ALARM OL", DEGRADED, Reason.REPORTED),
        ("OL BYPASS", DEGRADED, Reason.REPORTED),
        ("BYPASS", DEGRADED, Reason.REPORTED),
        ("OL RB", DEGRADED, Reason.BATTERY_LOW),
        ("OL LB", DEGRADED, Reason.BATTERY_LOW),
        ("OL CAL", OK, Reason.NONE),
        ("OB", FAILED, Reason.ON_BATTERY),
        ("OB DISCHRG LB", FAILED, Reason.ON_BATTERY),
        ("OL OB", FAILED, Reason.ON_BATTERY),
        ("OFF", FAILED, Reason.REPORTED),
        ("OL OFF", FAILED, Reason.REPORTED),
        ("FSD OB LB", FAILED, Reason.ON_BATTERY),
        ("FSD", FAILED, Reason.REPORTED),
        ("OB CAL DISCHRG", UNKNOWN, Reason.REPORTED),
        ("WAIT", UNKNOWN, Reason.CONTENT),
        ("", UNKNOWN, Reason.CONTENT),
        ("ol", UNKNOWN, Reason.CONTENT),
    ],
)
async def test_status_words_mean(status: str, verdict: Verdict, reason: Reason) -> None:
    outcome = await against(upsd_saying(status))

    assert (outcome.verdict, outcome.reason) == (verdict, reason)


@pytest.mark.parametrize("status", ["OFF", "OL BYPASS"])
async def test_what_is_not_fed_by_its_battery_lasts_no_time(status: str) -> None:
    assert (await against(upsd_saying(status))).facts[RUNTIME] == 0


@pytest.mark.parametrize(
    ("runtime", "read"),
    [
        ("1380", 1380),
        ("1380.7", 1380),
        ("0", 0),
        ("-1", None),
        ("", None),
        ("nan", None),
        ("1e3", None),
        ("4294967295", None),
        ("999999999", None),
        ("٣", None),
    ],
)
async def test_runtime_is_a_number_of_seconds_or_none(
    runtime: str, read: int | None
) -> None:
    outcome = await against(upsd_saying("OB", runtime))

    assert outcome.facts.get(RUNTIME) == read


# ------------------------------------------------------------------ other peers


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (resetting, Reason.PROTOCOL),
        (saying(), Reason.PROTOCOL),
        (saying(b"VAR mains ups.sta"), Reason.PROTOCOL),
        (saying(b"SSH-2.0-OpenSSH_9.9\r\n", stay=True), Reason.PROTOCOL),
        (saying(b'VAR other ups.status "OL"\n', stay=True), Reason.PROTOCOL),
        (saying(b'VAR mains ups.load "OL"\n', stay=True), Reason.PROTOCOL),
        (saying(b'VAR mains ups.status "OL\n', stay=True), Reason.PROTOCOL),
        (saying(b'VAR mains ups.status "O" L"\n', stay=True), Reason.PROTOCOL),
        (saying(b"VAR mains ups.status OL\n", stay=True), Reason.PROTOCOL),
        (saying(b"\xff\xff\xff\n", stay=True), Reason.PROTOCOL),
        (saying(b"\n" * 4096, stay=True), Reason.PROTOCOL),
        (saying(b"ERR\n", stay=True), Reason.PROTOCOL),
        (saying(b"ERR NEVER-HEARD-OF\n", stay=True), Reason.PROTOCOL),
        (endless(b"x" * 65536), Reason.PROTOCOL),
        (endless(b"\xff" * 65536, b'VAR mains ups.status "'), Reason.PROTOCOL),
        (endless(b'VAR mains ups.status "OL"\n' * 999), Reason.PROTOCOL),
    ],
)
async def test_senseless_peer_is_unknown(peer: Peer, reason: Reason) -> None:
    outcome = await against(peer)

    assert said(outcome) == (UNKNOWN, NONE, reason)
    assert RUNTIME not in outcome.facts


@pytest.mark.parametrize(
    "peer", [silent, saying(b'VAR mains ups.status "OB"\nVAR mains', stay=True)]
)
async def test_silence_and_half_an_answer_are_unknown(peer: Peer) -> None:
    outcome = await against(peer, timeout_s=0.5)

    assert said(outcome) == (UNKNOWN, NONE, Reason.TIMEOUT)


async def test_refused_connection_is_unknown() -> None:
    assert said(await to(closed_port())) == (UNKNOWN, NONE, Reason.REFUSED)


async def test_host_without_address_is_unknown() -> None:
    settings = nut.Settings(host="ups.invalid", ups=UPS)

    assert (await ask(nut, settings)).verdict is UNKNOWN


async def test_quotes_and_control_characters_in_a_value_are_words() -> None:
    outcome = await against(upsd_saying(r"OB \"x\" \\ " + "\x1b[31m\u202e"))

    assert outcome.verdict is FAILED
    assert str(outcome.facts["said"]).isprintable()


async def test_missing_runtime_leaves_the_status_as_it_is() -> None:
    outcome = await against(upsd_saying("OB", runtime="ERR VAR-NOT-SUPPORTED"))

    assert said(outcome) == (FAILED, SERVED, Reason.ON_BATTERY)
    assert outcome.facts == {"said": "OB", "charge": 80}
    words = texts.detail("en", outcome.reason, outcome.facts)
    assert words == "UPS on battery, 80%"


async def test_charge_above_the_whole_is_none() -> None:
    assert "charge" not in (await against(upsd_saying("OB", charge="999"))).facts


async def test_password_that_is_no_text_is_not_sent() -> None:
    heard = b""

    async def peer(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        nonlocal heard
        while line := await reader.readline():
            heard += line
            writer.write(b"OK\n")

    secret = Secret('x"\nINSTCMD mains load.off')
    outcome = await against(peer, username="me", password=secret)

    assert said(outcome) == (UNKNOWN, NONE, Reason.SECRET_MISSING)
    assert b"load.off" not in heard


async def test_starttls_that_ends_in_no_tls_is_unknown() -> None:
    async with tcp_server(saying(b"OK STARTTLS\nVAR mains", stay=True)) as port:
        outcome = await to(port, timeout_s=0.5)
    assert outcome.verdict is UNKNOWN


async def test_what_comes_in_clear_behind_starttls_is_not_heard(tmp_path: Path) -> None:
    context: ssl.SSLContext = certificates.server_tls()

    async def peer(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        await reader.readline()
        writer.write(b'OK STARTTLS\nVAR mains ups.status "OL"\n')
        await writer.drain()
        await writer.start_tls(context)
        await upsd_saying("OB")(reader, writer)

    async with tcp_server(peer) as port:
        outcome = await to(port, ca=certificates.trusted_file(tmp_path))
    assert outcome.verdict is not OK


# ------------------------------------------------------------------ options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ups": "a b"}, "must be a name"),
        ({"ups": ""}, "must be a name"),
        ({"ups": 'x"\nLOGOUT'}, "must be a name"),
        ({"ups": UPS, "port": 0}, "1 to 65535"),
        ({"ups": UPS, "username": "me"}, "need each other"),
        ({"ups": UPS, "password": Secret("hush")}, "need each other"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], words: str) -> None:
    with refusing(words):
        nut.Settings(host="ups.example.org", **options)


@pytest.mark.parametrize(
    ("security", "encrypted"), [("offered", False), ("starttls", True), ("none", False)]
)
def test_password_is_safe_only_where_encryption_is_wanted(
    security: Any, encrypted: bool
) -> None:
    settings = nut.Settings(
        host="ups.example.org",
        ups=UPS,
        security=security,
        username="me",
        password=Secret("hush"),
    )

    (sent,) = settings.sent_secrets()
    assert (sent.option, sent.host) == (("password",), "ups.example.org")
    assert sent.encrypted is encrypted
