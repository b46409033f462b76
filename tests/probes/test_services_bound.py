from types import ModuleType
from typing import Any

import pytest
from servers.certificates import server_tls
from servers.probe_run import ask, said
from servers.scripted import Peer, silent, tcp_server

from secours.model.observed import Evidence, Reason, Verdict
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Path
from secours.probes import imap, mail_roundtrip, ntp, snmp, starlink
from secours.wire.mail.options import ImapOptions, SmtpOptions

HOST = "127.0.0.1"
INBOX = ImapOptions(host=HOST, port=1, username="a@b", password=Secret("x"))
SERVICES: list[tuple[ModuleType, Any]] = [
    (imap, imap.Settings(host=HOST, port=1)),
    (
        mail_roundtrip,
        mail_roundtrip.Settings(smtp=SmtpOptions(host=HOST), imap=INBOX),
    ),
    (ntp, ntp.Settings(host=HOST, port=1)),
    (snmp, snmp.Settings(host=HOST, port=1, community=Template("x"))),
    (starlink, starlink.Settings(host=HOST, port=1)),
]
GONE = Path(name="4g", interface="gone0")


@pytest.mark.parametrize(("kind", "settings"), SERVICES, ids=lambda x: str(x)[:20])
async def test_path_that_is_gone_says_nothing_of_the_service(
    kind: ModuleType, settings: Any
) -> None:
    outcome = await ask(kind, settings, path=GONE)

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.NO_ROUTE)


async def test_service_sees_the_address_of_the_path() -> None:
    seen: list[str] = []

    def noting(then: Peer) -> Peer:
        async def peer(reader: Any, writer: Any) -> None:
            seen.append(writer.get_extra_info("peername")[0])
            await then(reader, writer)

        return peer

    path = Path(name="lan", source="127.0.0.7")
    async with tcp_server(noting(silent)) as port:
        for kind, settings in (
            (imap, imap.Settings(host=HOST, port=port, security="none")),
            (starlink, starlink.Settings(host=HOST, port=port)),
        ):
            await ask(kind, settings, path=path, timeout_s=0.3)

    assert seen == ["127.0.0.7"] * 2


async def test_bad_certificate_is_looked_at_over_the_path_as_well() -> None:
    path = Path(name="lan", source="127.0.0.7")
    async with tcp_server(silent, server_tls(trusted=False)) as port:
        outcome = await ask(imap, imap.Settings(host=HOST, port=port), path=path)

    assert outcome.reason is Reason.TLS_UNTRUSTED
    assert "expires" in outcome.facts
