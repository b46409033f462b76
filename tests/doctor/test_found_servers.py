"""Servers that DNS names for a domain, and those of this machine; none is contacted."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import pytest
from servers.dns_server import dns_server, saying, use_resolver, zone

from secours.doctor import found_servers
from secours.doctor.found_servers import FoundServer, of_domain, of_machine
from secours.wire.http import dns_transports

ZONE = {
    ("town.example", "MX"): ("20 spare.town.example.", "10 mail.town.example."),
    ("_submission._tcp.town.example", "SRV"): ("0 1 587 mail.town.example.",),
    ("_imaps._tcp.town.example", "SRV"): ("0 0 0 .",),  # RFC 2782: there is none
    ("_sips._tcp.town.example", "SRV"): ("0 1 5061 pbx.town.example.",),
    ("autodiscover.town.example", "CNAME"): ("autodiscover.outlook.com.",),
    ("autodiscover.outlook.com", "A"): ("192.0.2.1",),
}


@pytest.fixture
def resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def use(port: int) -> None:
        use_resolver(tmp_path, monkeypatch)
        monkeypatch.setitem(dns_transports.PORTS, "udp", port)

    return use


async def test_a_domain_names_its_servers(resolver: Callable[[int], None]) -> None:
    async with dns_server(zone(ZONE)) as port:
        resolver(port)
        found = await asyncio.to_thread(of_domain, "town.example")

    named = {(each.of, each.host, each.port, each.by) for each in found}
    assert named == {
        ("smtp", "mail.town.example", 587, "SRV _submission._tcp"),
        ("sip", "pbx.town.example", 5061, "SRV _sips._tcp"),
        ("MX", "mail.town.example", None, "MX"),
        ("autodiscover", "autodiscover.outlook.com", None, "CNAME autodiscover"),
    }


@pytest.mark.parametrize("domain", ["town.example", "x" * 70 + ".example", "-"])
async def test_a_refused_or_impossible_question_names_nothing(
    resolver: Callable[[int], None], domain: str
) -> None:
    async with dns_server(saying("SERVFAIL")) as port:
        resolver(port)

        assert await asyncio.to_thread(of_domain, domain) == ()


async def test_a_silent_resolver_is_waited_for_two_seconds_in_all(
    resolver: Callable[[int], None],
) -> None:
    def silent(question: dns.message.Message) -> None:
        return None

    async with dns_server(silent) as port:
        resolver(port)
        began_s = time.monotonic()
        found = await asyncio.to_thread(of_domain, "town.example")

    assert found == ()
    assert time.monotonic() - began_s < 3 * found_servers.PATIENCE_S


def test_servers_of_this_machine_are_known_by_their_ports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "  sl  local_address rem_address st\n"
    (tmp_path / "tcp").write_text(
        f"{head}   0: 0100007F:0019 00000000:0000 0A 0 0\n"  # 25, listening
        "   1: 0100007F:1466 0100007F:0050 01 0 0\n"  # 5222, a connection
    )
    (tmp_path / "udp").write_text(f"{head}   0: 00000000:13C4 00000000:0000 07 0 0\n")
    monkeypatch.setattr(found_servers, "PROC", tmp_path)

    assert of_machine() == (
        FoundServer(of="smtp", host="localhost", port=25, by=""),
        FoundServer(of="sip", host="localhost", port=5060, by=""),
    )
