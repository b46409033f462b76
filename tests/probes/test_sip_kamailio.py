from pathlib import Path
from typing import Any

import pytest
from servers.asking import ask, said
from servers.kamailio import PROGRAM, kamailio

from secours.model import Evidence, Reason, Secret, Verdict
from secours.probes import sip

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="Kamailio is absent")

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

        account = {"username": "alice", "domain": "example.org"}
        alive = await probed()
        accepted = await probed(**account, password=Secret("secret"))
        refused = await probed(**account, password=Secret("wrong"))
        left_behind = await probed(user="alice", domain="example.org")

    assert alive == (Verdict.OK, SERVED, Reason.NONE)
    assert accepted == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert refused == (Verdict.FAILED, SERVED, Reason.AUTH)
    assert left_behind == (Verdict.DEGRADED, SERVED, Reason.STATUS)
