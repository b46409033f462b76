"""Warnings of other organisations, as they are sent to us."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from dashboard.served import live_in
from wire.cap.warnings import INFO, Signer, alert

from secours import places
from secours.engine import access_token
from secours.engine.control import requests
from secours.engine.control.handlers import Note
from secours.engine.control.requests import RequestKind, RequestRefused
from secours.engine.store.store import Store
from secours.languages import LANGUAGES
from secours.model.plan import Site, Text
from secours.web import cap, forms
from secours.web.app import app
from secours.wire.cap.alert import read

TOKEN = "a-token-for-warnings-alone"
PLAN = """\
site: {language: en}
cap: {token: "${CAP_TOKEN}", certificate: weather.pem}
channels: {desk: {label: Desk, purposes: [alert]}}
plan: [{purpose: alert, audience: staff, primary: desk}]
"""
SENT = {
    "Authorization": f"Bearer {TOKEN}",
    "Content-Type": "application/cap+xml",
}


class Journal:
    """Takes notes, as an engine does."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.refuses = False

    async def note(self, note: Note) -> dict[str, Any]:
        if self.refuses:
            raise RequestRefused("commands.asked.note-empty")
        self.notes.append(note)
        return {"ok": True, "kept": "disk"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    live_in(tmp_path, monkeypatch, with_token=True)
    monkeypatch.setenv("CAP_TOKEN", TOKEN)
    access_token.obtain(places.data_dir())
    (tmp_path / "probes.yaml").write_text(PLAN)
    return tmp_path


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    """Answer from a thread, as an engine beside us does."""
    kept, begun, loop = Journal(), threading.Event(), asyncio.new_event_loop()
    ended = asyncio.Event()

    async def answer() -> None:
        kinds = {"journal": RequestKind(Note, kept.note)}
        async with requests.serve(places.runtime_dir(), kinds):
            begun.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(answer(),))
    thread.start()
    assert begun.wait(60.0)
    yield kept
    loop.call_soon_threadsafe(ended.set)
    thread.join(60.0)
    loop.close()


class Sender:
    """Another organisation's program."""

    def __init__(self, folder: Path, peer: str = "192.0.2.9") -> None:
        self.app, self.peer = app(folder / "probes.yaml"), peer

    async def send(
        self, body: Any = None, without: Sequence[str] = (), **more: Any
    ) -> httpx.Response:
        sent = {k: v for k, v in (SENT | more).items() if k not in without}
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50_000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1"
        ) as client:
            content = alert() if body is None else body
            return await client.post("/api/v1/cap", content=content, headers=sent)


@pytest.mark.parametrize("peer", ["192.0.2.9", "127.0.0.1"])
async def test_a_warning_is_a_note_of_its_sender_and_unverified(
    folder: Path, journal: Journal, peer: str
) -> None:
    answer = await Sender(folder, peer).send()

    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "new": True, "signed": False}
    (note,) = journal.notes
    assert note.by == "CAP: alerts@weather.example"
    assert note.text.startswith("(unverified) CAP Alert, Actual")
    assert (
        ": Storm tonight Gusts of 120 km/h. Stay inside. (Expected, Severe, Likely) #"
        in note.text
    )


async def test_one_that_is_signed_is_not_called_unverified(
    folder: Path, journal: Journal
) -> None:
    weather = Signer()
    (folder / "weather.pem").write_text(weather.pem)

    answer = await Sender(folder).send(weather.sign(alert()))

    assert answer.json()["signed"] is True
    assert journal.notes[0].text.startswith("CAP Alert, Actual")


async def test_the_same_one_is_noted_once_and_each_that_changes_it_too(
    folder: Path, journal: Journal
) -> None:
    sender = Sender(folder)
    first = await sender.send()
    again = await sender.send()
    cancel = await sender.send(
        alert(
            identifier="KMI.2026-18",
            msgType="Cancel",
            references="alerts@weather.example,KMI.2026-17,2026-11-24T03:00:00+01:00",
        )
    )

    assert [each.json()["new"] for each in (first, again, cancel)] == [
        *(True, False, True)
    ]
    told, taken_back = journal.notes
    mark = told.text.rpartition(" ")[2]
    assert f" ({mark}): Storm tonight" in taken_back.text
    assert not taken_back.text.endswith(mark)


async def test_what_is_in_the_journal_is_not_noted_again_by_another_server(
    folder: Path, journal: Journal
) -> None:
    await Sender(folder).send()
    (note,) = journal.notes
    with closing(Store(places.data_dir())) as store:
        at = datetime(2026, 11, 24, tzinfo=UTC)
        store.note(at, note.by, "note", note.text)
        assert store.wait_written(60.0)

        again = await Sender(folder).send()
        other = await Sender(folder).send(alert(sender="others@weather.example"))

    assert [again.json()["new"], other.json()["new"]] == [False, True]


@pytest.mark.parametrize(
    ("more", "without", "status"),
    [
        ({}, ["Authorization"], 401),
        ({"X-Secours-Beat": "1"}, ["Authorization"], 401),
        ({"Authorization": "Bearer another"}, [], 401),
        ({"Authorization": f"Basic {TOKEN}"}, [], 401),
        ({"Authorization": "Bearer "}, [], 401),
        ({"Authorization": b"Bearer \xc3\xa9"}, [], 401),
        ({"Origin": "https://evil.example"}, [], 403),
        ({"Origin": "https://evil.example"}, ["Authorization"], 403),
        ({"Content-Type": "application/json"}, [], 415),
        ({}, ["Content-Type"], 415),
        ({"Content-Encoding": "gzip"}, [], 415),
        ({"Host": "evil.example"}, [], 421),
    ],
    ids=[
        *("no token", "a beat", "another token", "basic", "empty", "not ASCII"),
        *(
            "a page of others",
            "one without a token",
            "JSON",
            "no type",
            "packed",
            "another host",
        ),
    ],
)
async def test_who_may_not_and_what_is_no_warning_is_refused(
    folder: Path,
    journal: Journal,
    more: dict[str, Any],
    without: list[str],
    status: int,
) -> None:
    answer = await Sender(folder).send(without=without, **more)

    assert answer.status_code == status
    assert answer.json()["error"]
    assert journal.notes == []
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_token_of_the_screens_is_none_for_warnings(
    folder: Path, journal: Journal
) -> None:
    token = access_token.read(places.data_dir())

    answer = await Sender(folder, "127.0.0.1").send(Authorization=f"Bearer {token}")

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 65_537, 413),
        (iter([b"x" * 40_000, b"x" * 40_000]), 413),
        (b"<alert/>", 400),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + alert(), 400),
    ],
    ids=["too long", "too long by and by", "no warning", "a document type"],
)
async def test_a_body_that_is_no_warning_is_refused(
    folder: Path, journal: Journal, body: Any, status: int
) -> None:
    if not isinstance(body, bytes):
        body = _parts([*body])

    answer = await Sender(folder).send(body)

    assert answer.status_code == status
    assert journal.notes == []


async def _parts(parts: Sequence[bytes]) -> Any:
    for part in parts:
        yield part


async def test_who_guesses_is_slowed_and_locks_out_nobody(
    folder: Path, journal: Journal
) -> None:
    sender = Sender(folder)
    wrong = {"Authorization": "Bearer guess"}

    answers = [await sender.send(**wrong) for _ in range(forms.AT_ONCE + 5)]

    assert {answer.status_code for answer in answers} == {401, 429}
    assert (await sender.send()).status_code == 200


async def test_without_an_engine_the_sender_is_to_try_again(folder: Path) -> None:
    answer = await Sender(folder).send()

    assert answer.status_code == 503


async def test_what_the_engine_refuses_may_be_sent_again(
    folder: Path, journal: Journal
) -> None:
    sender = Sender(folder)
    journal.refuses = True
    refused = await sender.send()
    journal.refuses = False
    again = await sender.send()

    assert refused.status_code == 503
    assert again.json()["new"] is True


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        (PLAN.replace("CAP_TOKEN", "NO_SUCH_VARIABLE"), 503),
        ("".join(line for line in PLAN.splitlines(True) if "cap" not in line), 404),
    ],
    ids=["no secret", "no section"],
)
async def test_what_the_plan_does_not_allow_nobody_may(
    folder: Path, journal: Journal, plan: str, status: int
) -> None:
    (folder / "probes.yaml").write_text(plan)

    answer = await Sender(folder).send(Authorization="Bearer ")

    assert answer.status_code == status
    assert journal.notes == []


SENT_AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
EXPIRES = "<expires>2026-11-24T06:00:00+01:00</expires></info>"
OF_ANOTHER_TIME = {
    "on-the-way": (timedelta(minutes=14), "CAP Alert, Actual: Storm"),
    "late": (timedelta(hours=2), "CAP Alert, Actual, sent 2026-11-24 03:00: Storm"),
    "over": (
        timedelta(days=400),
        "CAP Alert, Actual, sent 2026-11-24 03:00, over since 2026-11-24 06:00: Storm",
    ),
    "to-come": (timedelta(days=-1), "CAP Alert, Actual, sent 2026-11-24 03:00: Storm"),
}


@pytest.mark.parametrize("name", OF_ANOTHER_TIME)
def test_one_of_another_time_never_reads_as_one_of_now(name: str) -> None:
    later, begins = OF_ANOTHER_TIME[name]
    came = read(alert(INFO.replace("</info>", EXPIRES)))

    text = cap.note_text(came, _site("en"), SENT_AT + later, signed=True)

    assert text.startswith(begins)


def _site(language: str) -> Site:
    return Site(name=Text("Room"), language=language, timezone="Europe/Brussels")


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_are_one_short_line(language: str) -> None:
    hostile = "\u202e\u2066<script>alert(1)</script>\t\n".replace("<", "&lt;")
    info = INFO.replace("Storm tonight", hostile * 50)
    info = info.replace("Gusts", hostile * 200)
    came = read(alert(info, sender=f"\u202ex{'y' * 200}"))

    text = cap.note_text(came, _site(language), SENT_AT, signed=False)

    for said in (text, cap.author(came)):
        assert said.isprintable() or "\u00a0" in said or "\u202f" in said
        assert not {"\n", "\t", "\u202e", "\u2066"} & {*said}
    assert len(text) < 2000
    assert text.endswith(cap.mark(came.identity))
    assert cap.author(came).startswith("CAP: ")
