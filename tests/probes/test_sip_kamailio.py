from pathlib import Path
from typing import Any

import pytest
from servers.kamailio import PROGRAM, kamailio
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import sip

pytestmark = [
    pytest.mark.usefixtures("processes"),
    pytest.mark.skipif(not PROGRAM.exists(), reason="Kamailio is absent"),
]

SERVED, AUTHENTICATED = Evidence.SERVED, Evidence.AUTHENTICATED


@pytest.mark.parametrize(
    ("transport", "algorithm"), [("udp", "MD5"), ("tcp", "SHA-256")]
)
async def test_kamailio_is_understood(
    tmp_path: Path, transport: Any, algorithm: str
) -> None:
    async with kamailio(tmp_path, algorithm) as port:

        async def probed(**options: Any) -> tuple[Verdict, Evidence, Reason]:
            settings = sip.Settings(
                host="127.0.0.1", port=port, transport=transport, **options
            )
            return said(await ask(sip, settings))

        account: dict[str, Any] = {"username": "alice", "domain": "example.org"}
        alive = await probed()
        accepted = await probed(**account, password=Secret("secret"))
        refused = await probed(**account, password=Secret("wrong"))
        left_behind = await probed(user="alice", domain="example.org")

    assert alive == (Verdict.OK, SERVED, Reason.NONE)
    assert accepted == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert refused == (Verdict.FAILED, SERVED, Reason.AUTH)
    assert left_behind == (Verdict.DEGRADED, SERVED, Reason.STATUS)


async def test_edge_and_registrar_of_kamailio_both_get_their_answer(
    tmp_path: Path,
) -> None:
    account: dict[str, Any] = {"username": "alice", "domain": "example.org"}
    async with kamailio(tmp_path, edge=True) as port:
        outcomes = [
            said(
                await ask(
                    sip,
                    sip.Settings(
                        host="127.0.0.1", port=port, password=Secret(word), **account
                    ),
                )
            )
            for word in ("secret", "wrong")
        ]

    assert outcomes == [
        (Verdict.OK, AUTHENTICATED, Reason.NONE),
        (Verdict.FAILED, SERVED, Reason.AUTH),
    ]


async def test_kamailio_that_registers_for_a_moment_is_degraded(tmp_path: Path) -> None:
    account: dict[str, Any] = {"username": "alice", "domain": "example.org"}
    async with kamailio(tmp_path, longest_s=5) as port:
        settings = sip.Settings(
            host="127.0.0.1", port=port, password=Secret("secret"), **account
        )
        outcome = await ask(sip, settings)

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, Reason.BRIEF)
    assert outcome.facts == {
        "code": 200,
        "phrase": "OK",
        "granted_s": 5,
        "asked_s": 60,
    }
