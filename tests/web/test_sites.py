"""How all sites are, over HTTP: behind the same door as all else, and never old."""

from pathlib import Path

import httpx
import pytest
from dashboard.served import rooms, stamped
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from render.snapshots import snapshot
from servers import promtool
from site_views import at_this_moment, good, line, picture, site
from starlette.applications import Starlette
from starlette.requests import Request

from secours import places
from secours.cli import schema
from secours.engine.published import sites_file, snapshot_file
from secours.engine.published.current import Look
from secours.model.observed import Reason
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteState, SitesView
from secours.model.snapshot import Hub
from secours.web.app import Web

__all__ = ["rooms"]

WELL = site("dison", good("sms"), line("sms"))
SILENT = site("liège", state=SiteState.NOT_HEARD, known=SiteState.PRIMARY)


NOTHING = Look()


async def asked(
    path: str,
    view: SitesView | None,
    *,
    known: bool = True,
    known_only: bool = False,
    seen: Look = NOTHING,
) -> httpx.Response:
    if view is not None:
        sites_file.write(view, places.runtime_dir())

    def sees_all(_: Request) -> bool:
        return known

    web = Web(lambda: seen, sees_all, sees_all, known_only)
    transport = httpx.ASGITransport(Starlette(routes=web.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get(path)


async def test_it_is_what_the_command_prints(rooms: Path) -> None:
    answer = await asked("/api/v1/sites", at_this_moment(picture(WELL, SILENT)))

    assert answer.status_code == 200
    Draft202012Validator(schema.of("sites")).validate(answer.json())
    assert answer.json()["sentence"] == "1 of 2 sites is not heard: Liège."
    assert [s["state"] for s in answer.json()["sites"]] == ["primary", "not-heard"]


async def test_it_speaks_the_language_that_is_asked_for(rooms: Path) -> None:
    answer = await asked("/api/v1/sites?lang=fr", at_this_moment(picture(WELL)))

    assert answer.json()["sentence"] == "1 site\u00a0: sur son premier choix."


async def test_what_is_old_is_503_and_promises_nothing(rooms: Path) -> None:
    answer = await asked("/api/v1/sites", at_this_moment(picture(WELL), ago_s=31.0))

    assert answer.status_code == 503
    assert answer.json()["stale"] is True
    assert answer.json()["sites"][0]["state"] == "not-heard"
    assert answer.json()["sites"][0]["lines"] == []


async def test_without_sites_it_is_503(rooms: Path) -> None:
    answer = await asked("/api/v1/sites", None)

    assert (answer.status_code, "error" in answer.json()) == (503, True)


async def test_it_says_whether_the_hub_is_reached(rooms: Path) -> None:
    shown = stamped(snapshot(), ago_s=1.0, max_age_s=20.0)
    hub = Hub(url="tls://hub", since=shown.at, reason=Reason.TIMEOUT, waiting=7)
    seen = Look(snapshot=replace(shown, hub=hub), age_s=1.0)

    answer = await asked("/api/v1/sites", at_this_moment(picture(WELL)), seen=seen)

    assert answer.status_code == 200
    found = answer.json()["hub"]
    assert (found["connected"], found["waiting"]) == (False, 7)
    assert (found["reason"], found["own_link"]) == ("timeout", shown.own_link)


@pytest.mark.parametrize("path", ["/api/v1/sites", "/metrics"], ids=["api", "metrics"])
async def test_what_an_engine_with_a_hub_left_is_nothing_to_one_without(
    rooms: Path, path: str
) -> None:
    seen = Look(snapshot=stamped(snapshot(), ago_s=1.0, max_age_s=20.0), age_s=1.0)

    answer = await asked(path, at_this_moment(picture(WELL)), seen=seen)

    assert "dison" not in answer.text


async def test_who_is_not_known_sees_nothing_where_all_must_be(rooms: Path) -> None:
    view = at_this_moment(picture(WELL))

    barred = await asked("/api/v1/sites", view, known=False, known_only=True)

    assert barred.status_code == 403
    assert "dison" not in barred.text


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
async def test_prometheus_takes_what_is_said_of_sites(rooms: Path) -> None:
    twice = [site("a", state=SiteState.DOUBLE, epoch=epoch) for epoch in "xy"]

    answer = await asked("/metrics", at_this_moment(picture(WELL, SILENT, *twice)))

    assert promtool.remarks("check", "metrics", given=answer.text) == ""
    assert 'secours_site_state{site="dison",state="primary"} 1\n' in answer.text
    assert 'secours_site_state{site="liège",state="not-heard"} 1\n' in answer.text
    assert 'secours_site_state{site="a",state="double"} 1\n' in answer.text
    assert 'secours_site_heard_age_seconds{site="dison"} ' in answer.text


async def test_metrics_say_which_sites_can_alert(rooms: Path) -> None:
    both = [line(None), line("sms"), line("chat", Purpose.COORDINATE)]
    silent = site("liège", line("sms"), state=SiteState.NOT_HEARD)

    view = at_this_moment(picture(WELL, silent, site("spa", *both)))
    text = (await asked("/metrics", view)).text

    found = [each for each in text.splitlines() if each.startswith("secours_site_usa")]
    assert found == [
        'secours_site_usable{site="dison",purpose="alert"} 1',
        'secours_site_usable{site="spa",purpose="alert"} 0',
        'secours_site_usable{site="spa",purpose="coordinate"} 1',
    ]


async def test_metrics_say_nothing_of_sites_where_none_is_followed(rooms: Path) -> None:
    assert "secours_site" not in (await asked("/metrics", None)).text


@pytest.mark.parametrize(
    ("connected", "ago_s", "value"),
    [(True, 1.0, 1), (False, 1.0, 0), (True, 60.0, 0)],
    ids=["connected", "cut", "long ago"],
)
async def test_metrics_say_how_we_stand_with_the_hub(
    rooms: Path, connected: bool, ago_s: float, value: int
) -> None:
    shown = stamped(snapshot(), ago_s=ago_s, max_age_s=20.0)
    hub = Hub(url="tls://hub", connected=connected, since=shown.at, waiting=7)
    snapshot_file.write(replace(shown, hub=hub), places.runtime_dir())
    found, age_s = snapshot_file.read(places.runtime_dir())
    web = Web(lambda: Look(snapshot=found, age_s=age_s), lambda _: True, lambda _: True)
    transport = httpx.ASGITransport(Starlette(routes=web.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        said = (await client.get("/metrics")).text

    assert f"secours_hub_connected {value}\n" in said
    assert "secours_hub_waiting 7\n" in said


async def test_how_many_wait_for_the_hub_is_not_said_before_it_is_known(
    rooms: Path,
) -> None:
    shown = stamped(snapshot(), ago_s=1.0, max_age_s=20.0)
    hub = Hub(url="tls://hub", since=shown.at)
    seen = Look(snapshot=replace(shown, hub=hub), age_s=1.0)
    web = Web(lambda: seen, lambda _: True, lambda _: True)
    transport = httpx.ASGITransport(Starlette(routes=web.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        said = (await client.get("/metrics")).text
    answer = await asked("/api/v1/sites", at_this_moment(picture(WELL)), seen=seen)

    assert "secours_hub_connected 0\n" in said
    assert "secours_hub_waiting" not in said
    assert answer.json()["hub"]["waiting"] is None
