import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document, within_s
from servers.http_server import Asked, answer
from servers.notice_run import ACCEPTED, ARRIVED, MARK, NOTICE, Told, tell
from servers.ntfy import NEEDED
from servers.ntfy import ntfy as real_server
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import ntfy

TOKEN = "tk_hush"
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)


class Server:
    """A server with one topic and its cache; routes in `broken` answer as told."""

    def __init__(self, broken: dict[str, Any] | None = None) -> None:
        self.cache: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.routes: dict[str, Any] = {
            "GET /v1/health": {"healthy": True},
            "GET /v1/account": {"username": "probe", "role": "user"},
            "POST /crisis": self._publish,
            "GET /crisis/json": self._poll,
        }
        self.routes |= broken or {}

    def _publish(self, asked: Asked) -> dict[str, Any]:
        message = {
            "id": "hwQ2YpKdmg",
            "time": 1635528741,
            "event": "message",
            "topic": "crisis",
            "message": asked.body.decode(),
        }
        self.cache.append(message)
        return message

    def _poll(self, asked: Asked) -> bytes:
        lines = [json.dumps(message) for message in self.cache]
        return answer(body="\n".join((*lines, "")).encode())

    async def run(self, timeout_s: float = 2.0, **options: Any) -> Outcome:
        async with api(self.routes, self.asked) as base_url:
            settings = ntfy.Settings(base_url=base_url, **options)
            return await ask(ntfy, settings, timeout_s=timeout_s)

    async def tell(
        self, receipt_s: float | None = None, text: str = NOTICE.text, **options: Any
    ) -> Told:
        async with api(self.routes, self.asked) as base_url:
            settings = ntfy.Settings(base_url=base_url, topic="crisis", **options)
            return await tell(ntfy, settings, receipt_s=receipt_s, text=text)


async def test_healthy_server_is_served() -> None:
    outcome = await Server().run()

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_account_that_is_known_is_authenticated() -> None:
    server = Server()

    outcome = await server.run(token=Secret(TOKEN))

    assert said(outcome) == (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
    assert server.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"


async def test_account_that_is_nobody_is_refused() -> None:
    server = Server({"GET /v1/account": {"role": "anonymous"}})

    outcome = await server.run(username="probe", password=Secret("hush"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert server.asked[-1].headers["authorization"].startswith("Basic ")


async def test_server_that_is_not_healthy_is_failed() -> None:
    outcome = await Server({"GET /v1/health": {"healthy": False}}).run()

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.REPORTED)


async def test_message_that_is_read_back_is_delivered() -> None:
    server = Server()

    outcome = await server.run(topic="crisis", token=Secret(TOKEN))

    assert said(outcome) == DELIVERED
    assert server.asked[0].headers["priority"] == "min"
    assert server.asked[1].target == "/crisis/json?poll=1&since=1635528741"


async def test_message_is_found_among_others_and_after_a_while() -> None:
    server = Server()
    rounds: list[int] = []

    def late(asked: Asked) -> bytes:
        rounds.append(1)
        others = b'{"id": "x", "message": "Meeting"}\nno JSON\n[1]\n'
        own = json.dumps(server.cache[0]).encode() if len(rounds) > 1 else b""
        return answer(body=others + own)

    server.routes["GET /crisis/json"] = late

    assert said(await server.run(topic="crisis")) == DELIVERED
    assert len(rounds) == 2


@pytest.mark.parametrize("login", [{}, {"token": Secret(TOKEN)}])
async def test_message_that_is_not_there_is_not_delivered(
    login: dict[str, Any],
) -> None:
    server = Server({"GET /crisis/json": answer()})

    outcome = await server.run(0.5, topic="crisis", **login)

    proven = Evidence.AUTHENTICATED if login else Evidence.SERVED
    assert said(outcome) == (Verdict.FAILED, proven, Reason.NOT_DELIVERED)


@pytest.mark.parametrize(
    ("reply", "verdict", "reason"),
    [
        (
            document({"code": 40301, "error": "forbidden"}, "403 Forbidden"),
            Verdict.FAILED,
            Reason.AUTH,
        ),
        (
            document({"code": 40101, "error": "unauthorized"}, "401 Unauthorized"),
            Verdict.FAILED,
            Reason.AUTH,
        ),
        (
            document({"code": 42901, "error": "limit"}, "429 Too Many Requests"),
            Verdict.DEGRADED,
            Reason.DEFERRED,
        ),
        (
            document({"error": "full"}, "507 Insufficient Storage"),
            Verdict.FAILED,
            Reason.STATUS,
        ),
        ({}, Verdict.FAILED, Reason.PROTOCOL),
    ],
)
async def test_topic_that_takes_nothing_has_its_reason(
    reply: Any, verdict: Verdict, reason: Reason
) -> None:
    outcome = await Server({"POST /crisis": reply}).run(
        topic="crisis", token=Secret(TOKEN)
    )

    assert said(outcome) == (verdict, Evidence.SERVED, reason)


async def test_topic_that_may_not_be_read_is_rejected() -> None:
    refused = document({"error": "forbidden"}, "403 Forbidden")

    outcome = await Server({"GET /crisis/json": refused}).run(
        topic="crisis", token=Secret(TOKEN)
    )

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )


@pytest.mark.parametrize("topic", [None, "crisis"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_server_that_is_broken_has_its_reason(
    fault: str, topic: str | None
) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = ntfy.Settings(base_url=base_url, topic=topic)
        outcome = await ask(ntfy, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


@pytest.mark.parametrize("topic", ["", "a/b"])
def test_topic_that_is_none_is_refused(topic: str) -> None:
    with refusing("topic"):
        ntfy.Settings(topic=topic)


# ------------------------------------------------------------------ a notice

LOGIN: dict[str, Any] = {"username": "probe", "password": Secret("hunter2")}
HOSTILE = "Réseau =?utf-8?Q?x?= **all** @everyone\r\nPriority: 1"


def kept(folder: Path) -> list[tuple[str, str, int]]:
    """Return title, text and priority of what the server keeps."""
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        found = cache.execute("SELECT title, message, priority FROM messages")
        return found.fetchall()


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_arrives_in_ntfys_own_cache(tmp_path: Path) -> None:
    async with real_server(tmp_path) as base_url:
        settings = ntfy.Settings(base_url=base_url, topic="crisis", **LOGIN)
        urgent = await tell(ntfy, settings)
        calm = await tell(ntfy, settings, title=HOSTILE, urgent=False)

    assert urgent == calm == ([ACCEPTED, ARRIVED], None)
    first, second = kept(tmp_path)
    assert first == (NOTICE.title, NOTICE.text, 5)
    assert second[0] == HOSTILE
    assert second[2] in (0, 3)  # as any message is


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_to_a_topic_that_we_only_write_is_accepted(tmp_path: Path) -> None:
    async with real_server(tmp_path) as base_url:
        settings = ntfy.Settings(base_url=base_url, topic="crisis", **LOGIN)
        written = await tell(ntfy, settings, to="siren")
        forbidden = await tell(ntfy, settings, to="town")

    assert written == ([ACCEPTED], None)
    assert (forbidden.stages, forbidden.reason) == ([], Reason.AUTH)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_notice_longer_than_ntfy_takes_is_sent_in_brief(tmp_path: Path) -> None:
    long = "Vlissingen\n" * 400 + NOTICE.mark
    async with real_server(tmp_path) as base_url:
        settings = ntfy.Settings(base_url=base_url, topic="crisis", **LOGIN)
        told = await tell(ntfy, settings, text=long)

    assert told == ([ACCEPTED, ARRIVED], None)
    assert kept(tmp_path)[0][1] == NOTICE.brief


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_test_message_comes_back_from_ntfys_own_server(tmp_path: Path) -> None:
    async with real_server(tmp_path) as base_url:
        settings = ntfy.Settings(base_url=base_url, topic="crisis", **LOGIN)
        outcome = await ask(ntfy, settings)

    assert said(outcome) == DELIVERED


@pytest.mark.parametrize("late", [1, 3])
async def test_notice_that_is_kept_late_is_waited_for(late: int) -> None:
    server = Server()
    other = {"id": "another", "message": NOTICE.text}
    rounds: list[int] = []

    def poll(asked: Asked) -> bytes:
        rounds.append(1)
        seen = [other, *(server.cache if len(rounds) > late else ())]
        return answer(body="\n".join(map(json.dumps, seen)).encode())

    server.routes["GET /crisis/json"] = poll

    assert await server.tell() == ([ACCEPTED, ARRIVED], None)
    assert len(rounds) == late + 1


async def test_notice_with_a_line_end_of_unicode_is_read_back() -> None:
    server = Server()

    def poll(asked: Asked) -> bytes:
        kept = [json.dumps(each, ensure_ascii=False) for each in server.cache]
        return answer(body="\n".join(kept).encode())

    server.routes["GET /crisis/json"] = poll
    text = f"first\u0085second\u2028third {MARK}"

    assert await server.tell(text=text) == ([ACCEPTED, ARRIVED], None)


async def test_notice_of_somebody_else_with_our_mark_is_not_ours() -> None:
    other = {"id": "another", "message": NOTICE.text}
    server = Server({"GET /crisis/json": other})

    told = await server.tell(0.7)

    assert (told.stages, told.reason) == ([ACCEPTED], Reason.NOT_DELIVERED)


async def test_limit_on_notices_says_how_long_to_wait() -> None:
    found = {"code": 42901, "error": f"limit reached for {TOKEN}"}
    limit = document(found, "429 Too Many Requests", retry_after="9")
    server = Server({"POST /crisis": limit})

    stages, outcome = await server.tell(token=Secret(TOKEN))

    assert stages == []
    assert outcome is not None
    assert (outcome.reason, outcome.retry_after_s) == (Reason.DEFERRED, 9.0)
    assert TOKEN not in str(outcome)


def test_notice_goes_to_one_topic() -> None:
    settings = ntfy.Settings(topic="crisis")

    assert ntfy.addressee(settings, "") == "crisis"
    assert ntfy.addressee(settings, "siren_1-a") == "siren_1-a"
    for wrong in ("a/b", "a b", "a\n", "é", 65 * "a"):
        with refusing("to must be an address such as"):
            ntfy.addressee(settings, wrong)
    with refusing("no topic of its own"):
        ntfy.addressee(ntfy.Settings(), "")
