import json
from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document
from servers.http_server import Asked, answer
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
        outcome = await ask(ntfy, settings, timeout_s=0.5)

    assert said(outcome) == expected


@pytest.mark.parametrize("topic", ["", "a/b"])
def test_topic_that_is_none_is_refused(topic: str) -> None:
    with refusing("topic"):
        ntfy.Settings(topic=topic)
