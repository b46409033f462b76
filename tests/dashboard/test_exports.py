"""What is taken along of the journal, as a browser asks for it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from dashboard.served import stamped
from render.snapshots import change, moment, snapshot
from starlette.applications import Starlette

from secours import places
from secours.dashboard import exports
from secours.dashboard.access.identity import HEADER
from secours.engine.published import snapshot_file
from secours.engine.store.reader import FORMER_NAMES
from secours.engine.store.store import Store
from secours.model.observed import Reason, Result, failed

HERE = "http://127.0.0.1"
OURS = {HEADER: "local:"}
EVER = "lang=en&days=all"


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())


@pytest.fixture
def store(rooms: Path) -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        opened.note(moment(90).utc, "Anne", "note", "Called the mayor")
        opened.changes((change("sms", "o", "x", 600), change("sms", "x", "o", 60)))
        assert opened.wait_written(60.0)
        yield opened


async def got(path: str, who: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=Starlette(routes=exports.routes("")))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as ours:
        return await ours.get(path, headers=OURS if who is None else who)


async def test_the_files_hold_what_is_looked_for_and_are_saved(store: Store) -> None:
    csv = await got(f"/journal.csv?{EVER}&kind=note")
    everything = await got(f"/journal.json?{EVER}")

    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert csv.headers["content-disposition"].startswith("attachment; filename=")
    assert csv.text.count("\n") == 2
    assert "Called the mayor" in csv.text
    assert len(everything.json()["entries"]) == 3


async def test_the_page_prints_and_allows_only_the_script_for_that(
    store: Store,
) -> None:
    page = await got(f"/journal.html?{EVER}")

    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert '<script src="print.js" defer></script>' in page.text
    assert "Called the mayor" in page.text
    assert "content-disposition" not in page.headers


async def test_an_incident_is_taken_along_with_what_was_noted(store: Store) -> None:
    page = await got(f"/incidents.html?{EVER}")
    answer = await got(f"/incidents.json?{EVER}&at=2026-11-24T02:04:07%2B00:00")
    none = await got("/incidents.json?lang=en&days=1")

    assert "Called the mayor" in page.text
    assert answer.json()["channels"] == ["sms"]
    assert (none.status_code, none.text) == (
        404,
        "No channel was down in this period.",
    )


async def test_outage_that_followed_a_need_has_its_own_cause_where_a_test_failed(
    store: Store,
) -> None:
    needs = {"reason": Reason.NEEDS, "facts": {"component": "carrier:mobile-a"}}
    refused = failed(Reason.REFUSED)
    store.changes((change("sms", "o", "x", 50, **needs),))
    store.changes((change("teams", "o", "x", 50, **needs),))
    store.result(Result(probe="channels/sms/sip", at=moment(40), outcome=refused))
    assert store.wait_written(60.0)

    answer = await got(f"/incidents.json?{EVER}")

    known = {each["channel"]: each for each in answer.json()["outages"][1:]}
    told = {name: (one["known_by"], one["reason"]) for name, one in known.items()}
    assert told == {"sms": ("measured", "refused"), "teams": ("presumed", "needs")}


async def test_outage_of_a_renamed_channel_goes_on_under_its_new_name(
    store: Store,
) -> None:
    store.changes((change("post", "o", "x", 50), change("sms", "x", "d", 40)))
    store.remember(FORMER_NAMES, b'{"post": "sms"}', urgent=True)
    assert store.wait_written(60.0)

    answer = await got(f"/incidents.json?{EVER}")

    outages = answer.json()["outages"]
    assert [(each["channel"], bool(each["up_at"])) for each in outages] == [
        ("sms", True),
        ("sms", True),
    ]


async def test_the_watch_is_a_page_to_sign_that_says_how_old_it_is(
    store: Store,
) -> None:
    page = await got("/shift.html?lang=en&print=1")
    snapshot_file.write(stamped(snapshot("xooo"), ago_s=900.0), places.runtime_dir())
    old = await got("/shift.html?lang=en")
    none = await got("/shift.csv?lang=en")

    assert "Taken over by" in page.text
    assert "print.js" in page.text
    assert "the monitoring does not answer" not in page.text
    assert "the monitoring does not answer" in old.text
    assert none.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/journal.csv", "/journal.html", "/journal.json"),
        *("/incidents.json", "/shift.html"),
    ],
)
async def test_a_stranger_takes_nothing_along(store: Store, path: str) -> None:
    for who in ({}, {HEADER: "stranger:"}, {HEADER: "wall:"}):
        answer = await got(f"{path}?{EVER}", who)

        assert answer.status_code == 403
        assert "mayor" not in answer.text


async def test_what_there_is_not_is_said(rooms: Path) -> None:
    none = await got("/journal.csv?lang=en")
    unknown = await got("/journal.exe?lang=en")

    assert (none.status_code, none.text) == (404, "There is no history yet.")
    assert unknown.status_code == 404
