import json
from pathlib import Path

import pytest
from dashboard.served import rooms
from msgspec.structs import replace
from render.snapshots import channel, snapshot, standing
from web.client import HERE, SENT, Client, published

from secours import config, places
from secours.core.memory import Memory
from secours.dashboard.engine import source
from secours.engine import access_token, clock, last_good_plan
from secours.engine.following import report
from secours.engine.orders import ledger
from secours.engine.orders.ledger import Ledger
from secours.engine.published import snapshot_file
from secours.engine.store import durable_files, saved_memory
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot
from secours.web.answers import HEADERS
from secours.web.app import heartbeat_names
from secours.wire import heartbeats

__all__ = ["rooms"]

BEAT = "channels/backup/heartbeat"


def with_heartbeat() -> Snapshot:
    view = channel("backup", standing=standing("?"))
    (probe,) = view.probes
    probe = replace(probe, name="heartbeat", type="heartbeat")
    return snapshot(channels=(*snapshot().channels, replace(view, probes=(probe,))))


async def test_people_get_the_page_and_programs_the_snapshot(rooms: Path) -> None:
    published(snapshot("xooo"))

    page = await Client(rooms).get("/lite?lang=en&line=1&theme=light")
    answer = await Client(rooms).get("/api/v1/snapshot")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Voice calls" in page.text
    assert page.text.count("<article") == 1
    assert answer.status_code == 200
    assert answer.json()["stale"] is False
    assert answer.json()["snapshot"]["channels"][1]["how"]["plain"].startswith("Com")
    for name, value in HEADERS.items():
        assert page.headers[name] == answer.headers[name] == value


async def test_an_old_snapshot_is_a_cover_for_people_and_503_for_programs(
    rooms: Path,
) -> None:
    published(snapshot("xooo"), ago_s=60.0)

    page = await Client(rooms).get("/lite")
    answer = await Client(rooms).get("/api/v1/snapshot")

    assert page.status_code == 200
    assert "DONNÉES PÉRIMÉES" in page.text
    assert "s-card" not in page.text.partition("</style>")[2]
    assert answer.status_code == 503
    assert answer.json()["stale"] is True
    assert answer.json()["snapshot"]["recommendations"]


async def test_without_a_snapshot_the_page_shows_the_plan_or_says_why_not(
    rooms: Path,
) -> None:
    refused = await Client(rooms).get("/lite")
    (rooms / "probes.yaml").write_text(
        "site: {language: en}\n"
        "channels: {desk: {label: Desk, purposes: [alert]}}\n"
        "plan: [{purpose: alert, audience: staff, primary: desk}]\n"
    )
    waiting = await Client(rooms).get("/lite")
    answer = await Client(rooms).get("/api/v1/snapshot")

    assert "PLAN CANNOT BE READ" in refused.text
    assert "NO DATA YET" in waiting.text
    assert "Desk" in waiting.text
    assert answer.status_code == 503
    assert answer.json() == {
        "schema": 1,
        "age_s": None,
        "stale": True,
        "snapshot": None,
    }


async def test_of_a_plan_that_cannot_be_read_the_last_good_one_is_shown(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = rooms / "probes.yaml"
    monkeypatch.setenv("SECOURS_CONFIG", str(file))
    file.write_text(
        "channels: {desk: {label: Desk, purposes: [alert]}}\n"
        "plan: [{purpose: alert, audience: staff, primary: desk}]\n"
    )
    good = config.load(file)
    durable_files.write(
        places.data_dir() / last_good_plan.NAME, last_good_plan.written(good, file)
    )
    file.write_text("chanels: {}\n")

    page = await Client(rooms).get("/lite?lang=en")

    assert "PLAN CANNOT BE READ" in page.text
    assert "Desk" in page.text
    planned = source.plan()
    assert planned is not None
    assert planned.version == good.version


async def test_a_snapshot_that_cannot_be_understood_is_a_display_error(
    rooms: Path,
) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{")

    page = await Client(rooms).get("/lite?lang=en")

    assert page.status_code == 200
    assert "DISPLAY ERROR" in page.text
    assert (await Client(rooms).get("/api/v1/snapshot")).status_code == 503


@pytest.mark.parametrize(
    ("peer", "host", "headers"),
    [
        ("192.0.2.7", "http://192.0.2.1", {}),
        ("127.0.0.1", HERE, {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", HERE, {"Forwarded": "for=192.0.2.7"}),
    ],
)
async def test_beyond_this_machine_how_and_details_are_left_out(
    rooms: Path, peer: str, host: str, headers: dict[str, str]
) -> None:
    published(snapshot("xooo", config_error="probes.yaml:3:1: secret"))
    away = Client(rooms, peer=peer, host=host, **headers)

    page = (await away.get("/lite")).text
    answer = (await away.get("/api/v1/snapshot")).text

    assert "Appels vocaux" in page
    for word in ("4711", "timeout_s", "probes.yaml"):
        assert word not in page
        assert word not in answer


@pytest.mark.parametrize("name", ["backup", "backup/heartbeat", BEAT])
async def test_a_beat_is_left_under_any_of_its_names(rooms: Path, name: str) -> None:
    published(with_heartbeat())

    answer = await Client(rooms).beat(name)

    assert answer.json() == {"ok": True, "name": name, "failed": False}
    beat = heartbeats.latest(BEAT)
    assert beat is not None
    assert not beat.failed


async def test_a_beat_may_say_that_it_went_wrong(rooms: Path) -> None:
    published(with_heartbeat())

    await Client(rooms).beat("backup?fail")

    beat = heartbeats.latest(BEAT)
    assert beat is not None
    assert beat.failed


async def test_a_beat_for_nobody_is_refused(rooms: Path) -> None:
    published(with_heartbeat())

    for name in ("sms", "backup/other", "..%2f..%2fx", "x" * 5000):
        answer = await Client(rooms).beat(name)
        assert answer.status_code == 404
    assert heartbeats.latest(BEAT) is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_a_redirect_would_send_is_no_beat_and_told_the_command(
    rooms: Path, method: str
) -> None:
    published(with_heartbeat())

    answer = await Client(rooms).ask(method, "/api/v1/beat/backup", **SENT)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or "`secours beat NAME" in answer.json()["error"]
    assert heartbeats.latest(BEAT) is None


@pytest.mark.parametrize("headers", [{}, {heartbeats.HEADER: "0"}])
async def test_what_a_form_of_a_page_would_send_is_no_beat(
    rooms: Path, headers: dict[str, str]
) -> None:
    published(with_heartbeat())

    answer = await Client(rooms, **headers).post("/api/v1/beat/backup")

    assert answer.status_code == 403
    assert heartbeats.HEADER in answer.json()["error"]
    assert heartbeats.latest(BEAT) is None


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("192.0.2.7", {}, 401),
        ("192.0.2.7", {"Authorization": "Bearer wrong"}, 401),
        ("127.0.0.1", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("127.0.0.1", {"Origin": "http://evil.example"}, 403),
    ],
    ids=["no-token", "wrong-token", "page-of-others", "origin-of-others"],
)
async def test_a_beat_from_strangers_and_from_their_pages_is_refused(
    rooms: Path,
    monkeypatch: pytest.MonkeyPatch,
    peer: str,
    headers: dict[str, str],
    status: int,
) -> None:
    published(with_heartbeat())
    monkeypatch.setenv(heartbeats.TOKEN, "open-sesame")

    answer = await Client(rooms, peer=peer, **headers).beat("backup")

    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == (
        "Bearer" if status == 401 else None
    )
    told = heartbeats.HEADER if status == 403 else heartbeats.TOKEN
    assert told in answer.json()["error"]
    assert heartbeats.latest(BEAT) is None


async def test_a_beat_from_elsewhere_is_taken_with_the_token_and_never_without_one(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(with_heartbeat())
    away = Client(rooms, peer="192.0.2.7", host="http://192.0.2.1")
    empty = await away.beat("backup", Authorization="Bearer ")
    monkeypatch.setenv(heartbeats.TOKEN, "open-sesame")
    given = await away.beat("backup", Authorization="Bearer open-sesame")

    assert (empty.status_code, given.status_code) == (401, 200)
    assert heartbeats.latest(BEAT) is not None


async def test_the_home_leads_to_the_page_and_nothing_else_is_there(
    rooms: Path,
) -> None:
    published(snapshot())
    ours = Client(rooms)

    screens = [await ours.get(path) for path in ("/", "/wall")]  # of the two links

    assert [s.status_code for s in screens] == [307, 307]
    assert [s.headers["location"] for s in screens] == ["lite", "lite"]
    assert (await ours.get("/now")).status_code == 404
    assert (await ours.post("/lite", **SENT)).status_code == 405
    assert (await ours.ask("DELETE", "/api/v1/beat/backup", **SENT)).status_code == 405
    assert (await ours.post("/api/v1/snapshot", **SENT)).status_code == 405


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/x", "/api/v2/snapshot"])
async def test_programs_that_ask_for_what_there_is_not_are_told_in_json(
    rooms: Path, path: str
) -> None:
    answer = await Client(rooms).get(path)

    assert answer.status_code == 404
    assert answer.json() == {"error": "nothing is here"}


def test_heartbeats_go_by_every_name_that_the_command_takes() -> None:
    assert heartbeat_names(with_heartbeat()) == {"backup", "backup/heartbeat", BEAT}
    assert heartbeat_names(None) == set()


async def test_the_snapshot_is_written_as_json_once(rooms: Path) -> None:
    published(snapshot())

    text = (await Client(rooms).get("/api/v1/snapshot")).text

    assert json.loads(text)["snapshot"]["plan_version"] == "v1"


async def test_the_sheet_has_states_only_while_they_are_fresh(rooms: Path) -> None:
    published(snapshot("xooo"))
    fresh = await Client(rooms).get("/paper?lang=en")
    published(snapshot("xooo"), ago_s=60.0)
    stale = await Client(rooms).get("/paper?lang=en")
    away = await Client(rooms, peer="192.0.2.7").get("/paper?lang=en")

    assert "USE THIS" in fresh.text
    assert "4711" in fresh.text
    assert "USE THIS" not in stale.text
    assert "follow the order" in stale.text
    assert "4711" not in away.text


def with_token(rooms: Path) -> str:
    """Give this Secours a token; return that of its standby."""
    return access_token.of_standby(access_token.make(places.data_dir()))


STANDBY_PATH = "/api/v1/standby?nonce=once"


async def test_a_standby_is_told_all_with_a_seal_from_wherever_it_comes(
    rooms: Path,
) -> None:
    token, at = with_token(rooms), clock.now()
    published(snapshot("xooo"), ago_s=1.0)
    said = saved_memory.written(Memory(at=at), clock.boot_id())
    (places.runtime_dir() / saved_memory.NAME).write_bytes(said)
    taken = ledger.written(Ledger(newest={"UA": 7}))
    (places.data_dir() / ledger.NAME).write_bytes(taken)
    away = Client(
        rooms,
        peer="192.0.2.7",
        host="http://192.0.2.1",
        Authorization=f"Bearer {token}",
    )

    answer = await away.get(STANDBY_PATH)

    assert answer.status_code == 200
    assert answer.headers[report.SEAL] == report.seal(token, "once", answer.content)
    told = answer.json()
    assert told["snapshot"]["channels"][1]["how"]["plain"].startswith("Com")
    assert 1.0 <= told["age_s"] < 60.0
    assert told["said"]["boot_id"] == clock.boot_id()
    assert told["orders"]["newest"] == {"UA": 7}


async def test_a_standby_is_known_also_where_this_machine_is_let_in(
    rooms: Path,
) -> None:
    token, at = with_token(rooms), clock.now()
    published(snapshot("xooo"), ago_s=1.0)
    said = saved_memory.written(Memory(at=at), clock.boot_id())
    (places.runtime_dir() / saved_memory.NAME).write_bytes(said)
    plan = "channels: {mail: {depends_on: []}}\naccess: {loopback: open}\n"
    (rooms / "probes.yaml").write_text(plan)
    tunnel = Client(rooms, Authorization=f"Bearer {token}")

    assert (await tunnel.get(STANDBY_PATH)).status_code == 200
    assert (await Client(rooms).get(STANDBY_PATH)).status_code == 401


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.7"], ids=["here", "afar"])
@pytest.mark.parametrize(
    ("kind", "status"),
    [("none", 401), ("wrong", 401), ("full", 403), ("screen", 403)],
    ids=["none", "wrong", "full", "screen"],
)
async def test_nobody_else_is_told_what_a_standby_is(
    rooms: Path, kind: str, status: int, peer: str
) -> None:
    with_token(rooms)
    full = access_token.read(places.data_dir()) or ""
    tokens = {"full": full, "screen": access_token.of_screen(full), "wrong": "x" * 43}
    published(snapshot("xooo"))
    bearer = {"Authorization": f"Bearer {tokens[kind]}"} if kind in tokens else {}

    host = f"http://{peer}"
    answer = await Client(rooms, peer=peer, host=host, **bearer).get(STANDBY_PATH)

    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == (
        "Bearer" if status == 401 else None
    )
    assert "snapshot" not in answer.json()


async def test_the_token_of_a_standby_opens_nothing_else(rooms: Path) -> None:
    token = with_token(rooms)
    published(with_heartbeat())
    standby = Client(rooms, Authorization=f"Bearer {token}")

    seen = await standby.get("/api/v1/snapshot")
    by_link = await Client(rooms).get(f"/lite?token={token}")
    beat = await standby.beat("backup")

    assert "4711" not in seen.text
    assert "set-cookie" not in by_link.headers
    assert beat.status_code == 403


@pytest.mark.parametrize("lacks", ["words", "new-words", "nonce", "fresh"])
async def test_a_standby_is_told_nothing_where_not_all_is_known(
    rooms: Path, lacks: str
) -> None:
    token = with_token(rooms)
    now = clock.now()
    at = Instant(now.utc, now.steady_s - (9.0 if lacks == "new-words" else 0.0))
    if lacks != "fresh":
        published(snapshot("xooo"), ago_s=1.0)
    if lacks != "words":
        said = saved_memory.written(Memory(at=at), clock.boot_id())
        (places.runtime_dir() / saved_memory.NAME).write_bytes(said)
    path = STANDBY_PATH.partition("?")[0] if lacks == "nonce" else STANDBY_PATH

    answer = await Client(rooms, Authorization=f"Bearer {token}").get(path)

    assert answer.status_code == (400 if lacks == "nonce" else 503)
    assert "snapshot" not in answer.json()
