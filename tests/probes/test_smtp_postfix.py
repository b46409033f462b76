from pathlib import Path
from typing import Any

import pytest
from servers.certificates import trusted_file
from servers.postfix import CAN_RUN, postfix
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import smtp

pytestmark = pytest.mark.skipif(not CAN_RUN, reason="Postfix is absent or wants root")

SERVED = Evidence.SERVED


@pytest.mark.usefixtures("processes")
async def test_postfix_is_understood_at_every_stage(tmp_path: Path) -> None:
    async with postfix() as port:
        tls = {"security": "starttls", "ca": trusted_file(tmp_path)}
        tries: list[dict[str, Any]] = [
            {},
            tls,
            {**tls, "rcpt_to": "crisis@example.org"},
            {"rcpt_to": "grey@example.org"},
            {"rcpt_to": "full@example.org"},
            {"rcpt_to": "crisis@elsewhere.example"},
            {"security": "starttls"},
            {"security": "tls"},
            {"username": "probe", "password": Secret("x")},
        ]
        outcomes = [
            said(await ask(smtp, smtp.Settings(host="127.0.0.1", port=port, **options)))
            for options in tries
        ]

    assert outcomes == [
        (Verdict.OK, SERVED, Reason.NONE),
        (Verdict.OK, SERVED, Reason.NONE),
        (Verdict.OK, SERVED, Reason.NONE),
        (Verdict.DEGRADED, SERVED, Reason.DEFERRED),
        (Verdict.FAILED, SERVED, Reason.QUOTA),
        (Verdict.FAILED, SERVED, Reason.REJECTED),
        (Verdict.FAILED, SERVED, Reason.TLS_UNTRUSTED),
        (Verdict.FAILED, Evidence.REACHED, Reason.TLS_MISSING),
        (Verdict.FAILED, SERVED, Reason.AUTH),
    ]
