"""A room that is served over HTTP."""

import asyncio
import urllib.request
from contextlib import suppress

AT_LAST_S = 60.0
PLAN = """
site: {name: Room, language: en}
access: {loopback: open}
probing: {interval: 500ms, timeout: 1s, retry_every: 200ms}
channels:
  desk:
    label: Desk
    purposes: [alert]
    probes: [{type: tcp, host: 127.0.0.1, port: 1}]
plan:
  - {purpose: alert, audience: staff, primary: desk, last_resort: Send somebody}
"""


def asked(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=AT_LAST_S) as answer:
        return bytes(answer.read())


async def until_served(url: str) -> None:
    async with asyncio.timeout(AT_LAST_S):
        while True:
            with suppress(OSError):
                await asyncio.to_thread(asked, url)
                return
            await asyncio.sleep(0.1)
