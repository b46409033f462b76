"""What who watches us is answered: `/healthz` and `/metrics`."""

from pathlib import Path

import pytest
from dashboard.served import rooms
from render.snapshots import snapshot
from render.standbys import STANDBYS, now_shown
from servers import promtool
from web.client import Client, published

from secours import places
from secours.engine import lock
from secours.engine.published import snapshot_file
from secours.engine.published.current import look_at
from secours.web.app import Web
from secours.web.metrics import wants_openmetrics

__all__ = ["rooms"]

SCRAPER = (
    "application/openmetrics-text;version=1.0.0;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
STRANGER = {"peer": "192.0.2.7", "host": "http://192.0.2.1"}


@pytest.mark.parametrize("who", [{}, STRANGER], ids=["from-here", "stranger"])
async def test_health_is_200_while_the_snapshot_is_fresh(
    rooms: Path, who: dict[str, str]
) -> None:
    published(snapshot(), ago_s=1.0)

    answer = await Client(rooms, **who).get("/healthz")

    assert answer.status_code == 200
    body = answer.json()
    assert 1.0 <= body.pop("age_s") < 20.0
    assert body == {"schema": 1, "ok": True}


async def test_health_is_503_where_it_is_old(rooms: Path) -> None:
    published(snapshot(), ago_s=60.0)

    answer = await Client(rooms).get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    assert answer.json()["age_s"] >= 60.0


@pytest.mark.parametrize("left", ["", "{", "another boot"])
async def test_health_is_503_where_there_is_none_to_be_believed(
    rooms: Path, left: str
) -> None:
    if left == "another boot":
        snapshot_file.write(snapshot(), places.runtime_dir())
    elif left:
        (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text(left)

    answer = await Client(rooms).get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"schema": 1, "ok": False, "age_s": None}


@pytest.mark.parametrize("who", [{}, STRANGER], ids=["from-here", "stranger"])
@pytest.mark.parametrize(
    ("name", "does", "heard", "known_s"),
    [
        ("shows", "shows", True, 0.0),
        ("probes", "probes", False, 3600.0),
        ("never heard", "shows", False, None),
    ],
    ids=["shows", "probes", "never-heard"],
)
async def test_health_says_which_part_a_standby_plays_and_not_whose(
    rooms: Path,
    who: dict[str, str],
    name: str,
    does: str,
    heard: bool,
    known_s: float | None,
) -> None:
    snapshot_file.write(now_shown(STANDBYS[name]), places.runtime_dir())

    answer = await Client(rooms, **who).get("/healthz")

    part = answer.json()["standby"]
    assert list(part) == ["does", "since", "heard", "heard_at", "heard_age_s"]
    assert (part["does"], part["heard"]) == (does, heard)
    if known_s is None:
        assert (part["heard_at"], part["heard_age_s"]) == (None, None)
    else:
        assert known_s + 1.0 <= part["heard_age_s"] < known_s + 3.0
    for secret in ("salle-de-crise-1", "secours-1", "Anne"):
        assert secret not in answer.text


async def test_a_scraper_gets_the_format_that_it_asks_for(rooms: Path) -> None:
    published(snapshot())

    plain = await Client(rooms).get("/metrics")
    opened = await Client(rooms).ask("GET", "/metrics", accept=SCRAPER)

    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert opened.headers["content-type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    assert "# EOF" not in plain.text
    assert opened.text.endswith("# EOF\n")
    assert 'secours_channel_state{channel="sms",state="available"} 1' in plain.text


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
async def test_prometheus_takes_what_is_served(rooms: Path) -> None:
    published(snapshot("xdo?"))
    with lock.hold(places.data_dir(), places.runtime_dir()):
        answer = await Client(rooms).get("/metrics")

    assert "secours_engine_up 1\n" in answer.text
    assert "secours_engine_cpu_seconds_total " in answer.text
    assert promtool.remarks("check", "metrics", given=answer.text) == ""


@pytest.mark.parametrize("left", ["", "{"], ids=["none", "broken"])
async def test_without_a_snapshot_a_scraper_is_told_so(rooms: Path, left: str) -> None:
    if left:
        (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text(left)

    answer = await Client(rooms).get("/metrics")

    assert answer.status_code == 200
    assert "secours_snapshot_fresh 0\n" in answer.text
    assert "secours_snapshot_age_seconds +Inf\n" in answer.text
    assert "secours_channel" not in answer.text


async def test_a_stranger_is_not_told_the_version(rooms: Path) -> None:
    published(snapshot())

    ours = await Client(rooms).get("/metrics")
    theirs = await Client(rooms, **STRANGER).get("/metrics")

    assert "secours_build_info{" in ours.text
    assert "secours_build" not in theirs.text
    assert "secours_line_use{" in theirs.text


async def test_where_only_who_is_known_may_look_a_stranger_measures_nothing(
    rooms: Path,
) -> None:
    published(snapshot())
    file = rooms / "probes.yaml"
    client = Client(rooms, **STRANGER)
    web = Web(lambda: look_at(file), lambda _: False, lambda _: False, known_only=True)
    client.app.router.routes[:] = web.routes()

    answer = await client.get("/metrics")
    health = await client.get("/healthz")

    assert (answer.status_code, health.status_code) == (403, 200)
    assert "sms" not in answer.text


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        pytest.param(SCRAPER, True, id="prometheus"),
        pytest.param("", False, id="nothing"),
        pytest.param("*/*", False, id="anything"),
        pytest.param("application/openmetrics-text", True, id="any-version"),
        pytest.param("application/openmetrics-text;version=0.0.1", False, id="older"),
        pytest.param("application/openmetrics-text;q=0", False, id="refused"),
        pytest.param("application/openmetrics-text;q=x", False, id="no-number"),
        pytest.param("application/openmetrics-text;q=nan", False, id="nan"),
        pytest.param("text/plain,application/openmetrics-text;q=.5", False, id="less"),
        pytest.param(
            'APPLICATION/openmetrics-text; version="1.0.0"', True, id="quoted"
        ),
    ],
)
def test_openmetrics_is_for_who_asks_for_it(accept: str, wanted: bool) -> None:
    assert wants_openmetrics(accept) is wanted
