import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path as File

import dns.message
import pytest
from servers.dns_server import Reply, dns_server, saying, use_resolver, zone
from servers.probe_run import ask, said
from servers.scripted import udp_server
from servers.silent_resolver import silent_resolver

from secours.model.observed import Evidence, Reason, Verdict
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.probes import tcp
from secours.wire.net import resolver
from secours.wire.net.resolver import resolve, system_resolvers

PATIENCE_S = 60.0
LO = Path(name="lo", interface="lo")
TOWN = zone(
    {
        ("www.example.org", "A"): ("192.0.2.7",),
        ("www.example.org", "AAAA"): ("2001:db8::7",),
        ("alias.example.org", "CNAME"): ("www.example.org.",),
        ("empty.example.org", "TXT"): ("x",),
    }
)


@pytest.fixture(autouse=True)
def _resolver(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    use_resolver(tmp_path, monkeypatch)
    monkeypatch.setattr(resolver, "HOSTS", tmp_path / "hosts")
    (tmp_path / "hosts").write_text("192.0.2.99 Printer printer.example.org # old\n")


async def through(
    reply: Reply, name: str, patch: pytest.MonkeyPatch, path: Path = LO
) -> list[str]:
    async with dns_server(reply) as port:
        patch.setattr(resolver, "PORT", port)
        async with asyncio.timeout(60.0):
            return await resolve(name, path)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"])
@pytest.mark.parametrize("path", [None, LO])
async def test_address_needs_no_resolver(host: str, path: Path | None) -> None:
    assert await resolve(host, path) == [host.strip("[]")]


async def test_name_has_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await through(TOWN, "www.example.org", monkeypatch)

    assert found == ["2001:db8::7", "192.0.2.7"]


async def test_source_address_chooses_the_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = Path(name="lo", source="127.0.0.2")

    found = await through(TOWN, "alias.example.org", monkeypatch, path)

    assert found == ["192.0.2.7"]


async def test_question_leaves_by_the_source_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clients: asyncio.Queue[str] = asyncio.Queue()
    path = Path(name="lo", source="127.0.0.2")

    class Server(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            clients.put_nowait(addr[0])

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
    monkeypatch.setattr(resolver, "PORT", transport.get_extra_info("sockname")[1])
    asking = asyncio.create_task(resolve("www.example.org", path))
    async with asyncio.timeout(PATIENCE_S):
        client = await clients.get()
    asking.cancel()
    with pytest.raises(Stop):
        await asking
    transport.abort()

    assert client == "127.0.0.2"


@pytest.mark.parametrize(
    ("reply", "name", "problem"),
    [
        (TOWN, "no.example.org", "no-such-name"),
        (TOWN, "empty.example.org", "no-address"),
        (saying("SERVFAIL"), "www.example.org", "resolver-failed"),
        (saying("REFUSED"), "www.example.org", "resolver-refused"),
        (TOWN, "a..b", "no-such-name"),
    ],
)
async def test_each_failure_has_its_word(
    reply: Reply, name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stop) as stop:
        await through(reply, name, monkeypatch)

    assert stop.value.outcome.verdict is Verdict.FAILED
    assert stop.value.outcome.reason is Reason.DNS
    assert stop.value.outcome.facts["problem"] == problem


async def test_silent_family_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_four(question: dns.message.Message) -> dns.message.Message | bytes | None:
        return TOWN(question) if question.question[0].rdtype == 1 else None

    monkeypatch.setattr(resolver, "OTHER_FAMILY_S", 0.05)

    assert await through(only_four, "www.example.org", monkeypatch) == ["192.0.2.7"]


async def test_family_that_fails_does_not_hide_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = saying("SERVFAIL")

    def only_four(question: dns.message.Message) -> dns.message.Message | bytes | None:
        good = question.question[0].rdtype == 1
        return TOWN(question) if good else broken(question)

    assert await through(only_four, "www.example.org", monkeypatch) == ["192.0.2.7"]


async def test_next_resolver_is_asked_when_the_first_is_silent(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "ASK_AGAIN_S", 0.05)
    text = "nameserver 127.0.0.2\nnameserver 127.0.0.1\n"
    use_resolver(tmp_path, monkeypatch, text)

    async with dns_server(TOWN) as port, udp_server(lambda _: None, "127.0.0.2", port):
        monkeypatch.setattr(resolver, "PORT", port)
        found = await resolve("www.example.org", LO)

    assert "192.0.2.7" in found


@pytest.mark.parametrize("path", [LO, Path(name="lo", source="127.0.0.2")])
async def test_next_resolver_is_asked_when_the_first_has_no_route(
    path: Path, tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "nameserver 2001:db8::53\nnameserver 127.0.0.1\n"
    use_resolver(tmp_path, monkeypatch, text)

    assert "192.0.2.7" in await through(TOWN, "www.example.org", monkeypatch, path)


async def test_next_resolver_is_asked_when_the_first_talks_nonsense(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "nameserver 127.0.0.2\nnameserver 127.0.0.1\n"
    use_resolver(tmp_path, monkeypatch, text)

    async with (
        dns_server(TOWN) as port,
        udp_server(lambda question: question, "127.0.0.2", port),
    ):
        monkeypatch.setattr(resolver, "PORT", port)
        found = await resolve("www.example.org", LO)

    assert "192.0.2.7" in found


async def test_nonsense_of_a_resolver_proves_nothing_of_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Stop) as stop:
        await through(lambda question: question, "www.example.org", monkeypatch)

    assert stop.value.outcome.reason is Reason.DNS
    assert stop.value.outcome.evidence is Evidence.NONE


async def test_bare_name_is_searched_for(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "search example.net example.org\nnameserver 127.0.0.1\n"
    use_resolver(tmp_path, monkeypatch, text)

    assert "192.0.2.7" in await through(TOWN, "www", monkeypatch)


async def test_hosts_file_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await through(TOWN, "printer", monkeypatch) == ["192.0.2.99"]


async def test_name_that_only_ends_like_localhost_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Stop):
        await through(TOWN, "notlocalhost", monkeypatch)


async def test_localhost_is_this_machine() -> None:
    assert await resolve("localhost", LO) == ["127.0.0.1", "::1"]


def test_bound_path_looks_behind_a_stub(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = tmp_path / "behind"
    behind.write_text("nameserver 192.0.2.53\n")
    monkeypatch.setattr(resolver, "BEHIND_STUB", behind)

    assert system_resolvers().servers == ("127.0.0.1",)
    assert system_resolvers(LO).servers == ("192.0.2.53",)


@pytest.fixture
def dead_resolver() -> Iterator[None]:
    """Let the system's lookup hang until the test is over."""
    with silent_resolver():
        yield


@pytest.mark.usefixtures("dead_resolver")
async def test_silent_resolver_is_what_failed() -> None:
    settings = tcp.Settings(host="www.example.org", port=25)

    outcomes = await asyncio.gather(
        *(ask(tcp, settings, timeout_s=0.3) for _ in range(40))
    )

    assert {said(o) for o in outcomes} == {
        (Verdict.FAILED, Evidence.NONE, Reason.DNS),
    }
    assert outcomes[0].facts == {"host": "www.example.org", "problem": "silent"}


@pytest.mark.usefixtures("processes")
def test_silent_resolver_keeps_no_program_from_ending() -> None:
    script = """
import asyncio, socket, time
from secours.wire.net import resolver
resolver.socket.getaddrinfo = lambda *a, **o: time.sleep(60)
async def main():
    try:
        await asyncio.wait_for(resolver.resolve("www.example.org", None), 0.1)
    except BaseException as stop:
        print(stop)
asyncio.run(main())
"""

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=50,  # the lookup takes 60
        check=True,
    )

    assert done.stdout.strip() == "failed: dns"


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (socket.EAI_NONAME, Verdict.FAILED, Reason.DNS),
        (socket.EAI_NODATA, Verdict.FAILED, Reason.DNS),
        (socket.EAI_AGAIN, Verdict.UNKNOWN, Reason.NO_ROUTE),
    ],
)
async def test_no_way_to_any_resolver_proves_nothing(
    code: int, verdict: Verdict, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr("secours.wire.net.resolver.socket.getaddrinfo", fail)
    monkeypatch.setattr(resolver, "has_route", lambda *_: False)

    with pytest.raises(Stop) as stop:
        await resolve("www.example.org", None)

    assert (stop.value.outcome.verdict, stop.value.outcome.reason) == (verdict, reason)
