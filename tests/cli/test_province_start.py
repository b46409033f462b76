"""A province and its first site start for the first time: no log alarms anybody."""

import json
import signal
from pathlib import Path

import pytest
from cli.hub_site import DISON, LIEGE, Site
from servers.command import Done, ended, until
from servers.hub_server import OFFICE, one_hub, serving
from servers.nats_server import NEEDED

pytestmark = NEEDED


def hears(found: Done) -> bool:
    sites = json.loads(found.out)["sites"] if found.out else []
    return (DISON, "primary") in [(each["site"], each["state"]) for each in sites]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("province_first", [True, False])
async def test_ordinary_start_says_nothing_alarming(
    tmp_path: Path, province_first: bool
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    office = Site(tmp_path / "office", hub, OFFICE, LIEGE)
    dison = Site(tmp_path / "dison", hub, DISON, "Dison")
    starts = [(office, ("run", "--province")), (dison, ("run",))]
    async with serving(hub):
        processes = []
        for site, command in starts if province_first else reversed(starts):
            processes.append(await site.start(*command))
            await until(site, "self-check")
        await until(office, "sites", "--format", "json", holds=hears)
        logs = []
        for each in reversed(processes):
            each.send_signal(signal.SIGTERM)
            logs.append((await ended(each)).err)

    assert logs == ["", ""]
