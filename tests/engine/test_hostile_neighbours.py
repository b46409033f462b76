"""Two engines that measure the same, one among sites that lie: they say the same."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client
from servers.nats_server import NEEDED, client_of, nats_server
from servers.scripted import LOOPBACK, closed_port
from sites.engine_of_a_site import engine_of
from sites.other_sites import OtherSite, RealClock

from secours.model.sites.views import SharedPart, SiteChannel, SiteState
from secours.model.snapshot import Link, Snapshot, State
from secours.sites import subjects

pytestmark = NEEDED
META, FIBRE, MOBILE = "provider:meta", "internet:fibre", "carrier:mobile-a"
PLAN = """
site: {{name: Dison, language: en}}
{sites}
components: {{{meta}: {{}}, {fibre}: {{}}, {mobile}: {{}}}}
probing: {{interval: 5s, timeout: 2s}}
channels:
  whatsapp:
    kind: whatsapp
    purposes: [alert]
    depends_on: [{meta}, {fibre}]
    probes: [{{type: tcp, host: {host}, port: {closed}}}]
  sms:
    purposes: [alert]
    depends_on: [{mobile}]
    probes: [{{type: tcp, host: {host}, port: {port}}}]
plan: [{{purpose: alert, audience: staff, primary: whatsapp, alternate: sms}}]
"""
SITES = "sites: {{name: dison, hub: 'nats://127.0.0.1:{port}', follow: all}}"


def lies(name: str, clock: RealClock) -> Iterator[bytes]:
    """Yield what sites say to have another believe what it has not measured."""
    site = OtherSite(clock, name)
    for works in (True, False):
        ages: dict[str, Any] = {"proved_s": 0.0} if works else {"failed_s": 1e6}
        parts = tuple(
            SharedPart(name=each, works=works, fails=not works, **ages)
            for each in (META, FIBRE, MOBILE)
        )
        channels = tuple(
            SiteChannel(
                name=each,
                kind=each,
                state=State.AVAILABLE if works else State.DOWN,
                usable=works,
                needs=((META,), (MOBILE,)),
                **ages,
            )
            for each in ("whatsapp", "sms")
        )
        for known in (SiteState.NOTHING_LEFT, SiteState.PRIMARY):
            said: dict[str, Any] = {"parts": parts, "channels": channels}
            yield site.alive(known, own_link=Link.OK, **said)
    whole = msgspec.json.decode(site.alive())
    wrongs: list[dict[str, Any]] = [{"age_s": 1e300}, {"steady_s": 2**70}, {"body": []}]
    for wrong in wrongs:
        yield msgspec.json.encode({**whole, **wrong})


async def lie(client: Client, clock: RealClock) -> None:
    """Have many sites lie, until cancelled."""
    while True:
        for name in [f"liege-{n}" for n in range(5)]:
            for said in lies(name, clock):
                await client.publish(subjects.alive(name), said)
            await client.publish(subjects.alive(name), b"\xff" * 1000)
            await client.publish(
                subjects.state(name, "channel", "sms"), b'{"site": 1e999}'
            )
        await asyncio.sleep(0.2)


def decided(shot: Snapshot) -> dict[str, Any]:
    """Return what is decided in a snapshot, without its moments."""
    return {
        "channels": [
            (c.name, c.standing.state, c.standing.reason) for c in shot.channels
        ],
        "components": [(c.name, c.standing.state) for c in shot.components],
        "lines": [
            (
                line.name,
                line.use and (line.use.channel, line.use.state, line.use.verified),
                line.backup and line.backup.channel,
            )
            for line in shot.recommendations
        ],
        "suspects": {frozenset(names) for names in shot.suspects},
        "known": (shot.known_down, shot.own_link),
    }


def is_judged(shot: Snapshot) -> bool:
    lines = [line.use.channel for line in shot.recommendations if line.use]
    return bool(shot.suspects) and lines == ["sms"]


@pytest.mark.usefixtures("processes")
async def test_sites_that_lie_change_nothing_that_is_decided(tmp_path: Path) -> None:
    alone, among, clock = tmp_path / "alone", tmp_path / "among", RealClock()
    async with nats_server(tmp_path) as hub, client_of(hub) as client:
        named = {"meta": META, "fibre": FIBRE, "mobile": MOBILE, "host": LOOPBACK}
        named |= {"closed": str(closed_port()), "port": str(hub.port)}
        plans = {
            alone: PLAN.format(sites="", **named),
            among: PLAN.format(sites=SITES.format(port=hub.port), **named),
        }
        for folder in plans:
            folder.mkdir()
        liars = asyncio.create_task(lie(client, clock))
        async with (
            engine_of(alone, plans[alone]) as first,
            engine_of(among, plans[among]) as second,
        ):
            found = await first.until(is_judged)
            lied_to = await second.until(lambda s: is_judged(s) and s.opinions)
        liars.cancel()

    assert decided(lied_to) == decided(found)
