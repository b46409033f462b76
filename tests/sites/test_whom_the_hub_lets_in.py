"""A province shows whom its hub lets in, also who never came, until one is removed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from servers.hub_server import NOW, OFFICE, given_to, one_hub, reload, serving
from servers.nats_server import NEEDED
from sites.engine_of_a_site import SiteEngine, engine_of, plan_text

from secours.engine.published import sites_file
from secours.model.sites.views import SiteState
from secours.sites.hub import administration
from secours.sites.hub.folder import HubFolder

pytestmark = NEEDED
LIMIT_S = 60.0


def plan_of_office(hub: HubFolder, folder: Path) -> str:
    file = folder / "credentials"
    file.write_bytes(msgspec.json.encode(given_to(hub, OFFICE)))
    file.chmod(0o600)
    text = plan_text(1, more=f"credentials: '${{file:{file}}}', follow: all")
    (url,) = hub.roster().urls
    return text.replace("name: dison", f"name: {OFFICE}").replace(
        "nats://127.0.0.1:1", url
    )


async def shown(
    engine: SiteEngine, holds: Callable[[dict[str, SiteState]], bool]
) -> dict[str, SiteState]:
    """Wait until the others are shown so, and return how."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                view, _ = sites_file.read(engine.run)
            except FileNotFoundError:
                found = {}
            else:
                found = {each.name: each.state for each in view.sites}
                found.pop(OFFICE, None)
            if holds(found):
                return found
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("processes")
async def test_site_that_never_came_is_shown_until_it_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "ASK_EVERY_S", 0.1)
    monkeypatch.setattr(administration, "AGAIN_AFTER_S", 0.1)
    hub = one_hub(tmp_path / "hub", dison=(), spa=())
    text = plan_of_office(hub, tmp_path)
    async with serving(hub), engine_of(tmp_path, text, province=True) as engine:
        first = await shown(engine, lambda found: len(found) == 2)
    for left in engine.run.glob("sites*.json"):
        left.unlink()  # as a reboot does
    async with engine_of(tmp_path, text, province=True) as engine:
        without_hub = await shown(engine, lambda found: len(found) == 2)
        async with serving(hub) as process:
            hub.remove("dison", NOW)
            await reload(process, hub)
            await shown(engine, lambda found: list(found) == ["spa"])

    assert set(first.values()) == set(without_hub.values()) == {SiteState.NOT_HEARD}
