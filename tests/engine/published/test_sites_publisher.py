"""What comes of other sites is published at once, and stamped while nothing comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace
from render.snapshots import snapshot
from servers.nats_server import NEEDED, nats_server
from sites.other_sites import GivenClock, OtherSite, details_of, listening, say

from secours.engine import clock
from secours.engine.published import sites_file, sites_publisher
from secours.engine.published.sites_publisher import SitesPublisher
from secours.model.observed import Instant
from secours.model.sites.membership import Sites
from secours.model.sites.views import CommonCause, SiteState, SitesView, SiteView
from secours.model.snapshot import Snapshot
from secours.sites.neighbours.following import Following

SITES = Sites(name="dison", hub=("nats://127.0.0.1:4222",), follow=("liege",))
LIMIT_S = 60.0


@asynccontextmanager
async def publishing(
    folder: Path,
    following: Following,
    complete: Callable[[SitesView], SitesView] = lambda view: view,
) -> AsyncIterator[SitesPublisher]:
    """Publish while the block lasts."""
    publisher = SitesPublisher(following, folder, clock.now, complete=complete)
    publisher.follow(SITES)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield publisher
    finally:
        await publisher.stop()


def following() -> Following:
    return Following(clock.now, clock.boot_id())


async def published(folder: Path, holds: Callable[[SitesView], bool]) -> SitesView:
    """Wait for what is published to be so."""
    while True:
        try:
            view, _ = sites_file.read(folder)
        except FileNotFoundError:
            pass
        else:
            if holds(view):
                return view
        await asyncio.sleep(0.02)


async def published_site(folder: Path) -> tuple[Snapshot, float]:
    """Wait for the snapshot of a site."""
    while True:
        with suppress(FileNotFoundError):
            return sites_file.read_site("liege", folder)
        await asyncio.sleep(0.02)


class OurClock(GivenClock):
    """The clock of this machine, for a site that a test speaks for."""

    def now(self) -> Instant:
        return clock.now()


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_what_a_site_says_is_published(tmp_path: Path) -> None:
    site, ours = OtherSite(OurClock()), following()
    async with (
        nats_server(tmp_path) as hub,
        listening(ours, hub, SITES) as client,
        publishing(tmp_path, ours),
    ):
        said = [(s, site.message(t)) for s, t in details_of(site, snapshot())]
        await say(client, [(site.subject, site.alive()), *said])
        view = await published(tmp_path, lambda v: v.sites[0].is_heard)
        shot, age_s = await published_site(tmp_path)

    assert (view.name, view.sites[0].state) == ("dison", SiteState.PRIMARY)
    assert shot.boot_id == clock.boot_id()
    assert 0 <= age_s < 30


async def test_it_is_stamped_though_nothing_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites_publisher, "STAMP_EVERY_S", 0.05)
    async with publishing(tmp_path, following()):
        first = await published(tmp_path, lambda v: True)
        await published(tmp_path, lambda v: v.at.since(first.at) > 0.2)


async def test_what_is_concluded_of_all_is_published_too(tmp_path: Path) -> None:
    cause = CommonCause(components=("provider:meta",))

    def conclude(view: SitesView) -> SitesView:
        return replace(view, causes=(cause,))

    async with publishing(tmp_path, following(), conclude):
        view = await published(tmp_path, lambda v: True)

    assert view.causes == (cause,)


async def test_conclusion_that_breaks_once_silences_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites_publisher, "STAMP_EVERY_S", 0.05)
    defects = [ValueError("of one site")]

    def conclude(view: SitesView) -> SitesView:
        if defects:
            raise defects.pop()
        return view

    async with publishing(tmp_path, following(), conclude):
        view = await published(tmp_path, lambda v: True)

    assert view.name == "dison"


async def test_last_word_outlives_the_engine_and_counts_no_more(tmp_path: Path) -> None:
    word = SiteView(
        name="liege",
        state=SiteState.PRIMARY,
        known=SiteState.PRIMARY,
        region="Liège",
        heard=clock.now(),
    )
    now = clock.now()
    before = SitesView(at=now, boot_id=clock.boot_id(), sites=(word,))
    sites_file.write(before, tmp_path)
    async with publishing(tmp_path, following()):
        view = await published(tmp_path, lambda v: v.at.since(now) > 0)

    [site] = view.sites
    assert (site.state, site.known) == (SiteState.NOT_HEARD, SiteState.PRIMARY)
    assert (site.region, site.heard) == ("Liège", word.heard)


async def test_plan_without_a_hub_leaves_no_file(tmp_path: Path) -> None:
    async with publishing(tmp_path, following()) as publisher:
        await published(tmp_path, lambda v: True)
        publisher.follow(None)

        assert not (tmp_path / sites_file.SITES).exists()


async def test_what_an_earlier_engine_left_goes_where_nobody_is_followed(
    tmp_path: Path,
) -> None:
    view = SitesView(at=clock.now(), boot_id=clock.boot_id())
    sites_file.write(view, tmp_path)

    SitesPublisher(following(), tmp_path, clock.now).follow(None)

    assert not (tmp_path / sites_file.SITES).exists()


async def test_folder_that_refuses_is_written_to_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "run"
    async with publishing(folder, following()):
        while not caplog.records:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.02)
        folder.mkdir()
        await published(folder, lambda v: True)

    assert len(caplog.records) == 1
