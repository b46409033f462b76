"""What other programs subscribe to, as they ask for it."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from dashboard.served import live_in, rooms, stamped
from icalendar import Calendar
from msgspec.structs import replace
from render.entries import word
from render.export.schemas import read_feed, read_warning, text
from render.snapshots import change, moment, snapshot
from starlette.applications import Starlette
from web.client import Client, published
from web.drill_plan import PLAN

from secours import places
from secours.engine import access_token
from secours.engine.published.current import Look, look_at, plan_at
from secours.engine.store.database import schema
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.snapshot import Change, Link
from secours.texts import say
from secours.web.app import Web

__all__ = ["rooms"]

FEEDS = ("/feed.atom", "/tests.ics", "/cap.xml")
AFAR = {"peer": "192.0.2.7"}


@pytest.fixture
def plan(rooms: Path) -> Path:
    (rooms / "probes.yaml").write_text(PLAN)
    return rooms


@pytest.fixture
def store(plan: Path) -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        distrust = word("mark", "channel:teams", "distrusted", said="hacked", ago_s=90)
        opened.changes((change("sms", "o", "x", 600), distrust))
        assert opened.wait_written(60.0)
        yield opened


async def test_what_changed_is_read_from_the_history_also_without_an_engine(
    plan: Path, store: Store
) -> None:
    answer = await Client(plan).get("/feed.atom?lang=fr")

    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = read_feed(answer.content)
    assert found.feed.language == "fr"
    assert [entry.tags[0].term for entry in found.entries] == ["mark", "channel"]
    assert found.entries[1].link == "http://127.0.0.1/lite?name=sms&lang=fr"
    assert "hacked" in answer.text


async def test_who_has_a_feed_is_told_that_nothing_is_new(
    plan: Path, store: Store
) -> None:
    client = Client(plan)
    first = await client.get("/feed.atom")
    tag, changed = first.headers["etag"], first.headers["last-modified"]

    for asked in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-Modified-Since": changed},
    ):
        again = await client.ask("GET", "/feed.atom", **asked)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    for asked in (
        {"If-None-Match": '"other"', "If-Modified-Since": changed},
        {"If-Modified-Since": format_datetime(moment(3600).utc, usegmt=True)},
        {"If-Modified-Since": "yesterday"},
    ):
        anew = await client.ask("GET", "/feed.atom", **asked)
        assert anew.status_code == 200


async def test_a_change_of_this_minute_has_no_date_by_which_one_after_it_is_missed(
    plan: Path,
) -> None:
    with closing(Store(places.data_dir())) as store:
        now = stamped(snapshot()).at
        store.changes((replace(change("sms", "o", "x", 0), at=now),))
        assert store.wait_written(60.0)

        answer = await Client(plan).get("/feed.atom")

    assert len(read_feed(answer.content).entries) == 1
    assert "last-modified" not in answer.headers
    assert "etag" in answer.headers


async def test_a_feed_without_a_history_is_empty_and_a_spoilt_history_no_feed(
    plan: Path,
) -> None:
    none = await Client(plan).get("/feed.atom")
    (places.data_dir() / schema.NAME).write_bytes(b"no database" * 1000)
    spoilt = await Client(plan).get("/feed.atom")

    assert read_feed(none.content).entries == []
    assert (spoilt.status_code, spoilt.text) == (503, "The history cannot be read.")


async def test_a_stranger_reads_no_names(plan: Path, store: Store) -> None:
    answer = await Client(plan, **AFAR).get("/feed.atom")
    tests = await Client(plan, **AFAR).get("/tests.ics")

    assert len(read_feed(answer.content).entries) == 2
    assert "hacked" not in answer.text
    assert "Bram" not in answer.text
    assert "Ring it" not in tests.text


@pytest.mark.parametrize("path", [*FEEDS, "/cap/x.xml"])
async def test_where_only_the_known_see_anything_a_stranger_gets_no_feed(
    plan: Path, path: str
) -> None:
    client = Client(plan, **AFAR)

    def look() -> object:
        raise AssertionError("nothing is looked at")

    web = Web(look, lambda _: False, lambda _: False, known_only=True)  # type: ignore[arg-type]  # never called
    client.app = Starlette(routes=web.routes())
    answer = await client.get(f"{path}?lang=en")

    assert answer.status_code == 403
    assert answer.text == "This page is for people who are known here."


@pytest.mark.parametrize("path", ["/feed.atom", "/lite"])
async def test_a_stranger_is_turned_away_in_the_language_of_the_site(
    plan: Path, path: str
) -> None:
    file = plan / "probes.yaml"
    file.write_text(PLAN.replace("language: en", "language: nl"))
    client = Client(plan, **AFAR)
    web = Web(
        Look,
        lambda _: False,
        lambda _: False,
        known_only=True,
        config=lambda: plan_at(file),
    )
    client.app = Starlette(routes=web.routes())

    closed = await client.get(path)
    asked = await client.get(f"{path}?lang=de")

    assert closed.text == say("nl", "access.closed")
    assert asked.text == say("de", "access.closed")


async def test_tests_are_a_calendar(plan: Path) -> None:
    published(snapshot())

    answer = await Client(plan).get("/tests.ics?lang=en")
    again = await Client(plan).ask(
        "GET", "/tests.ics?lang=en", **{"If-None-Match": answer.headers["etag"]}
    )

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    desk, radio = Calendar.from_ical(answer.content).walk("VEVENT")
    assert desk["SUMMARY"] == "Test overdue: desk"
    assert radio["RRULE"].to_ical() == b"FREQ=MONTHLY;BYDAY=1TH"
    assert again.status_code == 304
    assert "URL" not in desk, "nothing is noted here"


async def test_a_test_is_noted_on_the_page_of_what_to_do(plan: Path) -> None:
    published(snapshot())
    file = plan / "probes.yaml"

    def look() -> Look:
        return look_at(file)

    web = Web(
        look,
        lambda _: True,
        lambda _: True,
        config=lambda: plan_at(file),
        page="why",
    )
    client = Client(plan)
    client.app = Starlette(routes=web.routes("/crisis"))
    tests = await client.get("/crisis/tests.ics?lang=en")
    client.app = Starlette(routes=web.routes("/crisis", acts=False))
    only_read = await client.get("/crisis/tests.ics?lang=en")

    first, *_ = Calendar.from_ical(tests.content).walk("VEVENT")
    where = "http://127.0.0.1/crisis/act?lang=en&do=test&subject=desk"
    assert first["URL"] == where
    assert "URL:" not in only_read.text


async def test_without_a_plan_there_is_no_calendar(rooms: Path) -> None:
    answer = await Client(rooms).get("/tests.ics?lang=en")

    assert (answer.status_code, answer.text) == (503, "NO PLAN TO FOLLOW")


async def test_warnings_are_given_one_by_one(plan: Path) -> None:
    published(snapshot("xxxx"))
    client = Client(plan)

    index = read_feed((await client.get("/cap.xml?lang=en")).content)
    link = index.entries[0].links[0].href
    answer = await client.get(link.removeprefix("http://127.0.0.1"))
    none = await client.get("/cap/another.xml")

    assert answer.headers["content-type"] == "application/cap+xml; charset=utf-8"
    alert = read_warning(answer.content)
    assert f"/cap/{text(alert, 'identifier')}.xml" in link
    assert none.status_code == 404


async def test_a_warning_keeps_its_name_however_much_happened_since(
    plan: Path, store: Store
) -> None:
    lan = "paths: {lan: {references: [{type: tcp, host: h.invalid, port: 1}]}}\n"
    (plan / "probes.yaml").write_text(PLAN + lan)
    now = stamped(snapshot()).at
    fell = Change(
        at=Instant(now.utc - timedelta(days=2), 1.0),
        subject="path",
        name="lan",
        before="ok",
        after="down",
    )
    store.changes((fell, *(change("sms", "o", "x", 300) for _ in range(500))))
    assert store.wait_written(60.0)
    published(snapshot(own_link=Link.DOWN))

    index = read_feed((await Client(plan).get("/cap.xml?lang=en")).content)

    (entry,) = index.entries
    assert entry.title == "Our own link is down"
    assert entry.updated.startswith(f"{fell.at.utc:%Y-%m-%dT%H:%M:%S}")


async def test_of_what_is_old_nothing_is_warned_and_no_warning_taken_back(
    plan: Path,
) -> None:
    published(snapshot("xxxx"), ago_s=60.0)

    for path in ("/cap.xml?lang=en", "/cap/x.xml?lang=en"):
        answer = await Client(plan).get(path)
        assert (answer.status_code, answer.text) == (503, "STALE DATA")


async def test_a_program_far_away_is_led_to_the_address_that_people_know(
    plan: Path, store: Store
) -> None:
    (plan / "probes.yaml").write_text(
        PLAN.replace("language: en", "language: en, public_url: 'https://a.example/s'")
    )

    answer = await Client(plan).get("/feed.atom")

    links = [link.href for link in read_feed(answer.content).feed.links]
    assert links[0] == "https://a.example/s/feed.atom?lang=en"


class TestDoor:
    """Feeds of a machine that others use too."""

    @pytest.fixture
    def token(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        live_in(tmp_path, monkeypatch, with_token=True)
        (tmp_path / "probes.yaml").write_text(PLAN)
        token = access_token.obtain(places.data_dir())
        assert token is not None
        return token

    @pytest.mark.parametrize("path", FEEDS)
    async def test_a_reader_is_asked_for_a_password_and_the_token_is_one(
        self, tmp_path: Path, token: str, path: str
    ) -> None:
        published(snapshot())
        asked = await Client(tmp_path).get(path)
        known = await Client(tmp_path).ask("GET", path, Authorization=basic(token))
        wrong = await Client(tmp_path).ask("GET", path, Authorization=basic("x" * 43))

        assert asked.status_code == wrong.status_code == 401
        assert asked.headers["www-authenticate"].startswith("Basic ")
        assert known.status_code == 200

    async def test_a_password_that_a_browser_keeps_opens_and_does_nothing_else(
        self, tmp_path: Path, token: str
    ) -> None:
        published(snapshot())
        sent = {"Authorization": basic(token)}

        page = await Client(tmp_path).ask("GET", "/lite", **sent)
        beat = await Client(tmp_path).ask("POST", "/feed.atom", **sent)

        assert page.status_code == 401
        assert page.headers["www-authenticate"] == "Bearer"  # no browser asks for it
        assert beat.status_code in (401, 405)

    async def test_from_afar_the_password_is_worth_no_more_than_the_token(
        self, tmp_path: Path, token: str
    ) -> None:
        published(snapshot())
        client = Client(tmp_path, **AFAR)

        answer = await client.ask("GET", "/tests.ics", Authorization=basic(token))

        assert answer.status_code == 200
        assert "Ring it" not in answer.text

    @pytest.mark.parametrize("given", ["Basic", "Basic !", "Basic w6k=", "Digest x"])
    async def test_what_is_no_password_is_none(
        self, tmp_path: Path, token: str, given: str
    ) -> None:
        answer = await Client(tmp_path).ask("GET", "/feed.atom", Authorization=given)

        assert answer.status_code == 401


def basic(password: str) -> str:
    return f"Basic {b64encode(f'reader:{password}'.encode()).decode()}"
