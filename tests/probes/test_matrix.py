import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document, serving, within_s
from servers.certificates import server_tls, trusted_file
from servers.http_server import Asked, answering
from servers.notice_run import ACCEPTED as TAKEN
from servers.notice_run import ARRIVED, NOTICE, Told, tell
from servers.probe_run import ask, said
from servers.scripted import tcp_server
from servers.synapse import PASSWORD, Account, Homeserver, synapse

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import matrix

CLIENT = "/_matrix/client/v3"
ROOM = "!room:town.example"
ME = "@probe:town.example"
TOKEN = "syt_hush"
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
NAMES = ("versions", "whoami", "sync", "redact", "logout", "login")
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)


@pytest.fixture(scope="module")
def home(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Homeserver]:
    with synapse(tmp_path_factory.mktemp("synapse")) as homeserver:
        yield homeserver


@pytest.fixture(scope="module")
def probing(home: Homeserver) -> Account:
    return home.join("probing")


async def asked_of(home: Homeserver, **options: Any) -> Outcome:
    settings = matrix.Settings(base_url=home.base_url, **options)
    return await ask(matrix, settings, timeout_s=20.0)


# ------------------------------------------------------------------ Synapse


async def test_synapse_without_a_login_is_served(home: Homeserver) -> None:
    outcome = await asked_of(home)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_token_that_synapse_accepts_is_authenticated(
    home: Homeserver, probing: Account
) -> None:
    assert said(await asked_of(home, token=Secret(probing.token))) == ACCEPTED


async def test_notice_comes_back_from_synapse_and_is_redacted(
    home: Homeserver, probing: Account
) -> None:
    outcome = await asked_of(home, token=Secret(probing.token), room=probing.room)

    assert said(outcome) == DELIVERED
    assert outcome.facts == {}
    newest = home.events(probing)[0]
    assert newest["content"] == {}
    assert newest["unsigned"]["redacted_because"]["sender"] == probing.user


async def test_room_is_found_by_its_alias(home: Homeserver, probing: Account) -> None:
    alias = "#crisis-probing:town.example"

    outcome = await asked_of(home, token=Secret(probing.token), room=alias)

    assert said(outcome) == DELIVERED


async def test_messages_of_others_stay_in_the_room(
    home: Homeserver, probing: Account
) -> None:
    words = {"msgtype": "m.text", "body": "Secours: meeting at nine"}
    target = f"rooms/{probing.room}/send/m.room.message/1"
    home.ask("PUT", target, words, probing.token)

    await asked_of(home, token=Secret(probing.token), room=probing.room)

    kept = [e["content"] for e in home.events(probing) if e["content"]]
    assert kept == [words]


async def test_password_logs_in_and_leaves_no_session(home: Homeserver) -> None:
    account = home.join("session")
    login: dict[str, Any] = {"username": "session", "password": Secret(PASSWORD)}

    outcome = await asked_of(home, room=account.room, **login)

    assert said(outcome) == DELIVERED
    devices = home.ask("GET", "devices", None, account.token)["devices"]
    assert "SECOURS" not in [device["device_id"] for device in devices]


async def test_token_that_synapse_does_not_know_is_refused(home: Homeserver) -> None:
    outcome = await asked_of(home, token=Secret("syt_wrong_hush"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert outcome.facts["code"] == 401
    assert "hush" not in str(outcome)


async def test_room_that_we_are_not_in_rejects_us(
    home: Homeserver, probing: Account
) -> None:
    stranger = home.join("stranger")

    outcome = await asked_of(home, token=Secret(stranger.token), room=probing.room)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )


async def test_alias_that_is_not_there_is_rejected(
    home: Homeserver, probing: Account
) -> None:
    alias = "#nowhere:town.example"

    outcome = await asked_of(home, token=Secret(probing.token), room=alias)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )


async def test_second_wrong_password_is_limited_by_synapse(home: Homeserver) -> None:
    home.join("locked")
    login: dict[str, Any] = {"username": "locked", "password": Secret("wrong-hush")}

    first = await asked_of(home, **login)
    second = await asked_of(home, **login)

    assert said(first) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert said(second) == (Verdict.DEGRADED, Evidence.SERVED, Reason.DEFERRED)
    assert (second.retry_after_s or 0) > 60


# ------------------------------------------------------------------ a server that fails


def played(**broken: Any) -> dict[str, Any]:
    """Return a homeserver that keeps one message, and answers some as told."""
    kept: list[dict[str, Any]] = []

    def send(asked: Asked) -> bytes:
        content = json.loads(asked.body)
        kept.append({"event_id": "$1", "type": "m.room.message", "content": content})
        return document({"event_id": "$1"})

    def sync(asked: Asked) -> bytes:
        joined = {ROOM: {"timeline": {"events": list(kept)}}}
        return document({"next_batch": "s1", "rooms": {"join": joined}})

    routes: dict[str, Any] = {
        "versions": {"versions": ["v1.11"]},
        "whoami": {"user_id": ME},
        "send": send,
        "sync": sync,
        "redact": {"event_id": "$2"},
        "login": {"access_token": TOKEN},
        "logout": {},
    }
    return routes | broken


async def against(asked: list[Asked] | None = None, **broken: Any) -> Outcome:
    async with playing(asked, **broken) as base_url:
        settings = matrix.Settings(base_url=base_url, token=Secret(TOKEN), room=ROOM)
        return await ask(matrix, settings, timeout_s=1.0)


@asynccontextmanager
async def playing(
    asked: list[Asked] | None = None, **broken: Any
) -> AsyncIterator[str]:
    async with serving(answering(replying(asked, **broken))) as base_url:
        yield base_url


def replying(asked: list[Asked] | None, **broken: Any) -> Callable[[Asked], bytes]:
    routes = played(**broken)

    def find(request: Asked) -> str:
        path = request.target.partition("?")[0]
        return next(name for name in (*NAMES, "send") if f"/{name}" in path)

    def reply(request: Asked) -> bytes:
        if asked is not None:
            asked.append(request)
        found = routes[find(request)]
        found = found(request) if callable(found) else found
        return found if isinstance(found, bytes) else document(found)

    return reply


async def test_played_server_delivers() -> None:
    assert said(await against()) == DELIVERED


async def test_notice_that_never_comes_back_is_not_delivered() -> None:
    asked: list[Asked] = []

    outcome = await against(asked, sync={"next_batch": "s1"})

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.NOT_DELIVERED,
    )
    assert not [a for a in asked if "/redact/" in a.target]


async def test_event_without_our_token_is_never_redacted() -> None:
    asked: list[Asked] = []
    other = {"event_id": "$1", "content": {"body": "Meeting at nine"}}
    joined = {ROOM: {"timeline": {"events": [other]}}}

    outcome = await against(asked, sync={"next_batch": "s1", "rooms": {"join": joined}})

    assert outcome.reason is Reason.NOT_DELIVERED
    assert not [a for a in asked if "/redact/" in a.target]


async def test_notice_that_cannot_be_redacted_was_delivered() -> None:
    outcome = await against(
        redact=document({"errcode": "M_FORBIDDEN"}, "403 Forbidden")
    )

    assert said(outcome) == DELIVERED
    assert outcome.facts == {"left": 1}


@pytest.mark.parametrize(
    ("route", "reply", "evidence", "reason"),
    [
        ("versions", {}, Evidence.SERVED, Reason.PROTOCOL),
        ("versions", [], Evidence.SERVED, Reason.PROTOCOL),
        ("whoami", {}, Evidence.SERVED, Reason.PROTOCOL),
        ("send", {}, Evidence.AUTHENTICATED, Reason.PROTOCOL),
        ("sync", {"rooms": 3}, Evidence.AUTHENTICATED, Reason.PROTOCOL),
        (
            "send",
            document({"error": "Too large"}, "413 Payload Too Large"),
            Evidence.AUTHENTICATED,
            Reason.REJECTED,
        ),
        (
            "sync",
            document({}, "502 Bad Gateway"),
            Evidence.AUTHENTICATED,
            Reason.STATUS,
        ),
    ],
)
async def test_answer_that_makes_no_sense_has_its_reason(
    route: str, reply: Any, evidence: Evidence, reason: Reason
) -> None:
    broken: dict[str, Any] = {route: reply}

    outcome = await against(None, **broken)

    assert said(outcome) == (Verdict.FAILED, evidence, reason)


@pytest.mark.parametrize("fault", FAULTS)
async def test_server_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = matrix.Settings(base_url=base_url, token=Secret(TOKEN))
        outcome = await ask(matrix, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


async def test_certificate_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    reply = answering(lambda _: document({"versions": ["v1.11"]}))
    async with tcp_server(reply, server_tls(days=3)) as port:
        settings = matrix.Settings(
            base_url=f"https://127.0.0.1:{port}", ca=trusted_file(tmp_path)
        )
        outcome = await ask(matrix, settings)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.SERVED, Reason.TLS_EXPIRING)
    assert outcome.warnings == (Reason.TLS_EXPIRING,)


async def test_unused_table_of_an_api_answers_404() -> None:
    async with api({}) as base_url:
        outcome = await ask(matrix, matrix.Settings(base_url=base_url))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)


@pytest.mark.parametrize(
    "options",
    [
        {"room": "!r:x"},
        {"room": "crisis", "token": Secret("x")},
        {"username": "me"},
        {"username": "me", "password": Secret("x"), "token": Secret("x")},
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any],
) -> None:
    with refusing(r"room|password"):
        matrix.Settings(base_url="https://x", **options)


# ------------------------------------------------------------------ a notice


async def tell_town(home: Homeserver, **options: Any) -> Told:
    settings = matrix.Settings(base_url=home.base_url, **options)
    return await tell(matrix, settings, timeout_s=20.0)


async def telling(
    asked: list[Asked] | None = None, timeout_s: float = 2.0, **broken: Any
) -> Told:
    async with playing(asked, **broken) as base_url:
        settings = matrix.Settings(
            base_url=base_url, room=ROOM, username="me", password=Secret("hush-hush")
        )
        return await tell(matrix, settings, timeout_s=timeout_s)


async def test_notice_comes_back_from_synapse_and_stays_in_the_room(
    home: Homeserver,
) -> None:
    account = home.join("telling")

    told = await tell_town(home, token=Secret(account.token), room=account.room)

    assert told == ([TAKEN, ARRIVED], None)
    assert [event["content"] for event in home.events(account)] == [
        {
            "msgtype": "m.text",
            "body": f"{NOTICE.title}\n\n{NOTICE.text}",
            "m.mentions": {"room": True},
        }
    ]


async def test_notice_that_is_not_urgent_calls_nobody_whatever_it_says(
    home: Homeserver,
) -> None:
    account = home.join("calm")
    settings = matrix.Settings(
        base_url=home.base_url, token=Secret(account.token), room=account.room
    )
    text = f"@room <b>@calm:town.example</b> {NOTICE.mark}"

    told = await tell(matrix, settings, text=text, urgent=False)

    assert told == ([TAKEN, ARRIVED], None)
    content = home.events(account)[0]["content"]
    assert content["m.mentions"] == {}
    assert content.keys() == {"msgtype", "body", "m.mentions"}


async def test_notice_ends_no_session_of_another(home: Homeserver) -> None:
    account = home.join("twice")
    login: dict[str, Any] = {"username": "twice", "password": Secret(PASSWORD)}

    settings = matrix.Settings(base_url=home.base_url, room=account.room, **login)
    first = matrix.send(settings, None, NOTICE)
    async with aclosing(first):  # type: ignore[type-var] # it is a generator
        assert await anext(first) is TAKEN
        second = await tell(matrix, settings)
        test = await ask(matrix, settings, timeout_s=20.0)
        assert await anext(first) is ARRIVED

    assert second == ([TAKEN, ARRIVED], None)
    assert said(test) == DELIVERED
    devices = home.ask("GET", "devices", None, account.token)["devices"]
    assert not [d for d in devices if d["device_id"].startswith("SECOURS")]


async def test_notice_to_a_room_that_we_are_not_in_is_rejected(
    home: Homeserver, probing: Account
) -> None:
    stranger = home.join("outsider")

    told = await tell_town(home, token=Secret(stranger.token), room=probing.room)

    assert (told.stages, told.reason) == ([], Reason.REJECTED)


def heard(*events: dict[str, Any]) -> dict[str, Any]:
    joined = {ROOM: {"timeline": {"events": events}}}
    return {"next_batch": "s1", "rooms": {"join": joined}}


async def test_room_that_echoes_late_is_waited_for() -> None:
    rounds: list[int] = []
    ours = {"event_id": "$1", "content": {"body": NOTICE.text}}

    def late(asked: Asked) -> bytes:
        rounds.append(1)
        return document(heard(ours) if len(rounds) > 3 else heard())

    assert await telling(sync=late) == ([TAKEN, ARRIVED], None)


async def test_message_of_somebody_else_with_our_mark_is_not_ours() -> None:
    asked: list[Asked] = []
    other = {"event_id": "$9", "content": {"body": NOTICE.text}}

    told = await telling(asked, 0.7, sync=heard(other))

    assert (told.stages, told.reason) == ([TAKEN], Reason.NOT_DELIVERED)
    assert "/logout" in asked[-1].target


@pytest.mark.parametrize("stage", ["closed", "time is up"])
async def test_session_and_connection_of_a_notice_are_closed(stage: str) -> None:
    asked: list[Asked] = []
    usual = replying(asked)
    hanging, left = asyncio.Event(), asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung = False

        def reply(request: Asked) -> bytes:
            nonlocal hung
            hung = "&since=" in request.target
            if hung:
                hanging.set()
            return b"" if hung else usual(request)

        await answering(reply)(reader, writer)
        if hung:
            left.set()

    def enough(reached: object) -> None:
        if stage == "closed":
            raise LookupError

    async with serving(peer) as base_url:
        settings = matrix.Settings(
            base_url=base_url, room=ROOM, username="me", password=Secret("hush-hush")
        )
        told = await tell(matrix, settings, timeout_s=2.0, reached=enough)
        if stage != "closed":
            assert hanging.is_set()
            async with asyncio.timeout(60):
                await left.wait()

    assert told.stages == [TAKEN]
    assert "/logout" in asked[-1].target


async def test_limit_on_notices_says_how_long_to_wait() -> None:
    found = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 4000}
    found["error"] = f"Too many of {TOKEN} for hush-hush"

    stages, outcome = await telling(send=document(found, "429 Too Many Requests"))

    assert stages == []
    assert outcome is not None
    assert (outcome.reason, outcome.retry_after_s) == (Reason.DEFERRED, 4.0)
    assert "hush" not in str(outcome)


def test_notice_goes_to_one_room() -> None:
    server: dict[str, Any] = {"base_url": "http://x", "token": Secret(TOKEN)}
    settings = matrix.Settings(**server, room=ROOM)

    assert matrix.addressee(settings, "") == ROOM
    assert matrix.addressee(settings, "#duty:town.example") == "#duty:town.example"
    for wrong in ("duty", "@me:town.example", "#", "!a b:x", "!a:x\n"):
        with refusing("to must be an address such as"):
            matrix.addressee(settings, wrong)
    with refusing("no room of its own"):
        matrix.addressee(matrix.Settings(**server), "")
    with refusing("to needs a token"):
        matrix.addressee(matrix.Settings(base_url="http://x"), ROOM)
