"""A captive portal answers for everybody: real servers, names and certificates."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path as File
from typing import Any

import pytest
from servers.certificates import server_tls, trusted_file
from servers.dns_server import dns_server, use_resolver, zone
from servers.http_server import Asked, answer, answering
from servers.probe_run import ask, said
from servers.scripted import tcp_server

from secours import texts
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Template
from secours.model.sections.channel import Path
from secours.probes import http as http_probe
from secours.wire.net import resolver

GOOD = (Verdict.OK, Evidence.SERVED, Reason.NONE)
LED_AWAY = (Verdict.OK, Evidence.REACHED, Reason.UNPROVEN)
NAMES = ("town.test", "www.town.test", "portal.test")
LO = Path(name="lo", interface="lo")


class Street:
    """Every name of the zone, in clear and over TLS; each door has its certificate."""

    def __init__(self, plain: int, tls: dict[str, int]) -> None:
        self.ports = {"http": plain}
        self.tls = tls
        self.leads: dict[str, str] = {}  # from `scheme://host` to another

    def at(self, door: str, path: str = "/") -> str:
        scheme, _, host = door.partition("://")
        port = self.ports[scheme] if scheme == "http" else self.tls[host]
        return f"{scheme}://{host}:{port}{path}"

    def reply(self, scheme: str, asked: Asked) -> bytes:
        host = asked.headers["host"].partition(":")[0]
        to = self.leads.get(f"{scheme}://{host}")
        if to is None or asked.target == "/back":
            return answer(body=b"<h1>Please log in</h1>")
        door, _, path = to.partition(" ")
        return answer("302 Found", location=self.at(door, path or "/"))


@pytest.fixture
async def street(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Street]:
    use_resolver(tmp_path, monkeypatch)
    made = Street(0, {})
    async with AsyncExitStack() as stack:
        town = zone({(name, "A"): ("127.0.0.1",) for name in NAMES})
        asked = await stack.enter_async_context(dns_server(town))
        monkeypatch.setattr(resolver, "PORT", asked)
        plain = answering(lambda asked: made.reply("http", asked))
        safe = answering(lambda asked: made.reply("https", asked))
        made.ports["http"] = await stack.enter_async_context(tcp_server(plain))
        for name in NAMES:
            server = tcp_server(safe, server_tls(name))
            made.tls[name] = await stack.enter_async_context(server)
        yield made


async def led(
    street: Street, folder: File, start: str, leads: dict[str, str], **options: Any
) -> Outcome:
    street.leads = leads
    options = {"ca": trusted_file(folder)} | options
    settings = http_probe.Settings(url=Template(street.at(start)), **options)
    return await ask(http_probe, settings, path=LO)


TOWN, SAFE_TOWN = "http://town.test", "https://town.test"
WWW, SAFE_WWW = "http://www.town.test", "https://www.town.test"
PORTAL, SAFE_PORTAL = "http://portal.test", "https://portal.test"


@pytest.mark.parametrize(
    ("leads", "options"),
    [
        ({TOWN: PORTAL}, {}),
        ({TOWN: SAFE_PORTAL}, {}),  # with a certificate of its own that is valid
        ({TOWN: PORTAL, PORTAL: SAFE_PORTAL}, {}),
        ({TOWN: f"{PORTAL} /login", PORTAL: f"{TOWN} /back"}, {}),  # and back in clear
        ({TOWN: SAFE_TOWN, SAFE_TOWN: PORTAL}, {"verify": False}),
        ({TOWN: PORTAL}, {"follow": False, "expect_status": (302,)}),
        ({TOWN: PORTAL}, {"forbid_text": "out of order"}),
        ({TOWN: WWW, WWW: PORTAL}, {}),
    ],
)
async def test_answer_that_a_portal_could_give_proves_reached_at_most(
    street: Street, tmp_path: File, leads: dict[str, str], options: dict[str, Any]
) -> None:
    outcome = await led(street, tmp_path, TOWN, leads, **options)

    assert said(outcome) == LED_AWAY
    assert outcome.facts["elsewhere"] == "portal.test"
    assert "expires" not in outcome.facts


@pytest.mark.parametrize(
    ("start", "leads", "options"),
    [
        (TOWN, {}, {}),  # a page without a redirect: nobody can tell
        (TOWN, {TOWN: SAFE_TOWN}, {}),
        (TOWN, {TOWN: SAFE_WWW}, {}),
        (TOWN, {TOWN: SAFE_TOWN, SAFE_TOWN: SAFE_PORTAL}, {}),  # the server's own word
        (TOWN, {TOWN: PORTAL, PORTAL: SAFE_TOWN}, {}),  # which no portal could answer
        (SAFE_TOWN, {SAFE_TOWN: PORTAL}, {}),
        (SAFE_TOWN, {SAFE_TOWN: SAFE_PORTAL}, {}),
        (TOWN, {TOWN: PORTAL}, {"expect_text": "Please log in"}),
        (WWW, {WWW: SAFE_TOWN}, {}),
    ],
)
async def test_answer_of_the_server_itself_counts_in_full(
    street: Street,
    tmp_path: File,
    start: str,
    leads: dict[str, str],
    options: dict[str, Any],
) -> None:
    outcome = await led(street, tmp_path, start, leads, **options)

    assert said(outcome) == GOOD


async def test_portal_that_refuses_is_a_failure_still(
    street: Street, tmp_path: File
) -> None:
    outcome = await led(street, tmp_path, TOWN, {TOWN: PORTAL}, expect_status=(204,))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_it_led_is_said_in_each_language(
    street: Street, tmp_path: File, language: str
) -> None:
    outcome = await led(street, tmp_path, TOWN, {TOWN: SAFE_PORTAL})

    words = texts.detail(language, outcome.reason, outcome.facts)
    assert "portal.test" in words
