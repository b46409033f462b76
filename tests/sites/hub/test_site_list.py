"""Which sites a hub lets in, as a real server says to the province."""

from pathlib import Path

import pytest
from servers.hub_server import NOW, OFFICE, given_to, one_hub, reload, serving, visiting
from servers.nats_server import NEEDED, client_of, nats_server

from secours.sites import subjects
from secours.sites.hub import site_list
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.site_list import SiteList

ODD = "hôpital *.> no 1"
HERE = SiteList(province="UA", revision=7, sites=frozenset({"dison"}))


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_province_knows_whom_the_hub_lets_in_before_they_come(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), **{ODD: ()})
    async with serving(hub) as process, visiting(hub, OFFICE) as province:
        before = await site_list.ask(province.client)
        hub.add("spa", (), NOW)
        hub.remove("dison", NOW)
        await reload(process, hub)
        after = await site_list.ask(province.client)
        denied = await province.said()

    assert before
    assert after
    assert before.sites == {"dison", ODD}
    assert after.sites == {"spa", ODD}
    assert after.province == before.province == given_to(hub, OFFICE).province
    assert after.replaces(before)
    assert denied == []


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_no_site_knows_whom_the_hub_lets_in(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=("all",), liege=())
    async with serving(hub), visiting(hub, "dison") as dison:
        assert await site_list.ask(dison.client) is None


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_hub_of_an_older_version_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_list, "ANSWER_WITHIN_S", 0.2)
    hub = one_hub(tmp_path / "hub", dison=())
    _as_before(hub)
    async with serving(hub), visiting(hub, OFFICE) as province:
        assert await site_list.ask(province.client) is None


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_hub_that_lets_everybody_in_says_nothing(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as hub, client_of(hub) as client:
        assert await site_list.ask(client) is None


@pytest.mark.parametrize(
    ("fresh", "does"),
    [
        (SiteList(province="UA", revision=8), True),
        (SiteList(province="UA", revision=7), False),
        (SiteList(province="UA", revision=6), False),
        (SiteList(province="UB", revision=1), True),
        (SiteList(), False),
    ],
    ids=["newer", "the-same", "older", "of-another-hub", "nothing"],
)
def test_newest_list_of_one_hub_is_believed(fresh: SiteList, does: bool) -> None:
    assert fresh.replaces(HERE) is does


def test_revision_rises_also_in_a_folder_put_back_to_an_older_day(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    older = (hub.path / "hub.json").read_bytes()
    first = hub.roster().revision
    hub.add("spa", (), NOW)
    hub.add("liege", (), NOW)
    last = hub.roster().revision
    (hub.path / "hub.json").write_bytes(older)
    hub.remove("dison", NOW.replace(year=NOW.year + 5))

    assert first < last < hub.roster().revision


def _as_before(hub: HubFolder) -> None:
    """Take out of the configuration what says whom the hub lets in."""
    file = hub.path / "hub" / "sites.conf"
    new = (subjects.OWN_RIGHTS, subjects.revision(hub.roster().revision))
    text = file.read_text()
    for each in new:
        assert f', "{each}"' in text
        text = text.replace(f', "{each}"', "")
    file.write_text(text)
