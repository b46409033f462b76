"""What people write back over a real SMS gateway is read by a real engine."""

import asyncio
import os
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from servers.command import LIMIT_S, POLL_S, Command, until
from servers.kannel import (
    HANDED_OVER,
    PASSWORD,
    STATUS_PASSWORD,
    USER,
    installed,
    kannel,
)
from servers.scripted import closed_port

ANNE, NOBODY = "+32475123456", "+32470999999"
PLAN = """
site: {{name: Room, language: en}}
probing: {{interval: 500ms, timeout: 5s, retry_every: 200ms}}
channels:
  sms:
    purposes: [alert]
    probes:
      - type: kannel
        base_url: "{base}"
        status_url: "{status}"
        username: {user}
        password: "${{SMS_PASSWORD}}"
        status_password: "${{SMS_STATUS}}"
        answers: {answers}
plan:
  - {{purpose: alert, audience: staff, primary: sms, last_resort: Send somebody}}
notify:
  to: {{anne: {{label: Anne, targets: [anne-sms], language: fr}}}}
  targets: {{anne-sms: {{through: sms, to: "0032 475 12 34 56"}}}}
"""
NEEDED = pytest.mark.skipif(
    not installed() and not os.environ.get("CI"),
    reason="Kannel is not there: install Debian's kannel and kannel-extras",
)


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.env |= {"SMS_PASSWORD": PASSWORD, "SMS_STATUS": STATUS_PASSWORD}
    return command


async def key_of(secours: Command) -> str:
    """Return the key of a gateway, as `secours link` prints it."""
    secours.plan(plan("http://127.0.0.1:1", "http://127.0.0.1:1"))
    printed = (await secours.run("link")).out
    found = re.search(r"/api/v1/text\?key=….: ([0-9a-f]{64})\n", printed)
    assert found, printed
    return found[1]


def plan(base: str, status: str, *, answers: str = "true") -> str:
    return PLAN.format(base=base, status=status, user=USER, answers=answers)


@NEEDED
async def test_code_and_question_come_in_by_kannels_get_url(
    secours: Command, tmp_path: Path
) -> None:
    port, key = closed_port(), await key_of(secours)
    url = f"http://127.0.0.1:{port}/api/v1/text"
    service = HANDED_OVER.format(url=url, key=key)
    async with kannel(tmp_path, service) as gateway, gateway.at_hand() as operator:
        secours.plan(plan(gateway.base_url, gateway.status_url))
        async with secours.running("run", "--http", str(port)):
            await until(secours, "notify", holds=lambda d: "anne-sms" in d.out)
            await until(secours, "status", holds=lambda d: d.code == 0)
            sent = asyncio.create_task(
                secours.run("notify", "--test", "anne-sms", "--by", "Ana")
            )
            told = await operator.receives()
            code = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{6}\b", told)[-1]
            await sent
            operator.sends(NOBODY, code)
            operator.sends(ANNE, f"Ack {code[:3]} {code[3:].lower()}")
            listed = await until(
                secours, "notify", holds=lambda d: "by Anne, by text" in d.out
            )
            operator.sends("32475123456", "état")
            answered = await operator.receives()
            journal = await until(
                secours, "journal", holds=lambda d: "answered over" in d.out
            )

    assert f"notice {code} acknowledged by Anne, by text" in listed.out
    assert "ALERTER" in answered.upper()
    assert f"notice {code} acknowledged by text" in journal.out
    assert "text message from “…999”, who is no recipient" in journal.out
    assert "text message from anne: “état”" in journal.out


async def test_gateway_without_its_key_hands_over_nothing(secours: Command) -> None:
    port, key = closed_port(), await key_of(secours)
    secours.plan(plan("http://127.0.0.1:1", "http://127.0.0.1:1"))
    url = f"http://127.0.0.1:{port}/api/v1/text?from={quote(ANNE)}&text=%FE%FF%00&key="

    def asked(given: str, more: str = "") -> int:
        try:
            with urlopen(f"{url}{given}{more}", timeout=60) as answer:
                assert answer.read() == b""
                return int(answer.status)
        except HTTPError as error:
            with error:
                return error.code

    async with secours.running("run", "--http", str(port)):
        await until(secours, "notify", holds=lambda d: "anne-sms" in d.out)
        found = await asyncio.to_thread(
            lambda: [
                asked(""),
                asked("0" * 64),
                asked(key[:-1]),
                asked("", f"&key={key}"),
                asked(key, "&charset=UTF-16BE"),
                asked(key, "&charset=no-such"),
                asked(key, "&more=" * 20),
                asked(key, "&text=%00%C9%00t%00a%00t&charset=UTF-16BE"),
            ]
        )
        await until(secours, "journal", holds=lambda d: "“État”" in d.out)
        secours.plan(plan("http://127.0.0.1:1", "http://127.0.0.1:1", answers="false"))
        async with asyncio.timeout(LIMIT_S):
            while await asyncio.to_thread(asked, key) != 503:  # noqa: ASYNC110 -- a process has no event
                await asyncio.sleep(POLL_S)

    assert found[:3] == [401, 401, 401]
    assert found[3:6] == [200, 200, 200]
    assert found[6:] == [401, 200]
