"""Who comes in to the hub: by which certificate and which nkey, and until when."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import nats.errors
import pytest
from msgspec.structs import replace
from servers.hub_server import (
    NOW,
    OFFICE,
    given_to,
    one_hub,
    reload,
    serving,
    visiting,
)
from servers.nats_server import NEEDED

from secours.sites.credentials import Credentials
from secours.sites.hub import certificates
from secours.sites.nkeys import new_key

pytestmark = NEEDED
LIMIT_S = 60.0
REFUSED = (OSError, nats.errors.Error)


def _foreign(part: str, ours: Credentials, other: Credentials) -> Credentials:
    """Return credentials of which a part is of another hub, or missing."""
    match part:
        case "authority":
            return replace(other, authority=ours.authority)
        case "certificate":
            return replace(ours, certificate=other.certificate, key=other.key)
        case "nkey":
            return replace(ours, seed=new_key().seed)
        case "no nkey":
            return replace(ours, seed="")
        case "no certificate":
            return replace(ours, certificate="", key="")
        case _:
            return other


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "part", ["authority", "certificate", "nkey", "no nkey", "no certificate", "all"]
)
async def test_what_is_foreign_does_not_come_in(tmp_path: Path, part: str) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    other = given_to(one_hub(tmp_path / "other", dison=()), "dison")
    wrong = _foreign(part, given_to(hub, "dison"), other)
    async with asyncio.timeout(LIMIT_S), serving(hub):
        with pytest.raises(REFUSED):
            async with visiting(hub, "dison", wrong) as visitor:
                await visitor.client.flush()


@pytest.mark.usefixtures("processes")
async def test_nobody_comes_in_without_tls(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub")
    port = hub.roster().members[0].port
    answer = b""
    async with asyncio.timeout(LIMIT_S), serving(hub):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b'CONNECT {"verbose": true}\r\nPING\r\n')
        with suppress(ConnectionError):
            answer = await reader.read()
        writer.close()

    assert b"INFO" not in answer
    assert b"PONG" not in answer


@pytest.mark.usefixtures("processes")
async def test_the_nkey_alone_says_who_it_is(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    dison, liege = given_to(hub, "dison"), given_to(hub, "liege")
    mixed = replace(dison, seed=liege.seed)
    async with serving(hub), visiting(hub, "liege", mixed) as visitor:
        await visitor.client.publish("secours.liege.alive", b"{}")
        as_liege = list(await visitor.said())
        await visitor.client.publish("secours.dison.alive", b"{}")
        as_dison = list(await visitor.said())

    assert as_liege == []
    assert len(as_dison) == 1


@pytest.mark.usefixtures("processes")
async def test_a_site_that_is_removed_is_put_out_at_once(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    stolen = given_to(hub, "dison")
    async with asyncio.timeout(LIMIT_S), serving(hub) as process:
        async with visiting(hub, "dison") as dison, visiting(hub, "liege") as liege:
            hub.remove("dison", NOW)
            await reload(process, hub)
            await dison.closed.wait()
            still = liege.client.is_connected
        with pytest.raises(REFUSED):
            async with visiting(hub, "dison", stolen) as visitor:
                await visitor.client.flush()
        hub.add("dison", (), datetime.now(UTC))
        await reload(process, hub)
        async with visiting(hub, "dison") as again:
            await again.client.flush()

    assert still


@pytest.mark.usefixtures("processes")
async def test_a_certificate_that_is_off_the_roster_is_refused_with_a_good_nkey(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    gone = given_to(hub, "dison")
    hub.remove("dison", NOW)
    mixed = replace(given_to(hub, "liege"), certificate=gone.certificate, key=gone.key)
    async with asyncio.timeout(LIMIT_S), serving(hub):
        with pytest.raises(REFUSED):
            async with visiting(hub, "liege", mixed) as visitor:
                await visitor.client.flush()


@pytest.mark.usefixtures("processes")
async def test_a_site_that_is_added_comes_in_when_the_server_has_reloaded(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    async with (
        asyncio.timeout(LIMIT_S),
        serving(hub) as process,
        visiting(hub, "dison") as dison,
    ):
        hub.add("liege", ("dison",), datetime.now(UTC))
        await reload(process, hub)
        async with visiting(hub, "liege") as liege:
            await liege.client.flush()
        still = dison.client.is_connected

    assert still


@pytest.mark.usefixtures("processes")
async def test_servers_that_are_renewed_are_trusted_with_what_sites_have(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    before = hub.roster()
    hub.renew((), datetime.now(UTC))
    after = hub.roster()
    async with asyncio.timeout(LIMIT_S), serving(hub), visiting(hub, "dison") as dison:
        await dison.client.flush()

    assert (after.sites, after.province) == (before.sites, before.province)
    assert after.members[0].pin != before.members[0].pin


def test_no_certificate_ends_before_its_authority(tmp_path: Path) -> None:
    authority = certificates.authority(NOW)
    server = certificates.for_server(authority, "hub", ("h.example", "::1"), NOW)
    later = NOW.replace(year=NOW.year + 3)
    site = certificates.for_site(authority, "dison", later)

    (end,) = {certificates.ends(each.certificate) for each in (authority, server, site)}
    assert end.year == NOW.year + 10


def test_the_province_is_the_one_whose_word_sites_trust(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())

    province = hub.roster().province
    assert given_to(hub, "dison").province == province.nkey
    assert given_to(hub, OFFICE).province == province.nkey
    assert given_to(hub, OFFICE).site == OFFICE
