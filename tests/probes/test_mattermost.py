import re
from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent, within_s
from servers.http_server import Asked, answer
from servers.notice_run import ACCEPTED as TAKEN
from servers.notice_run import ARRIVED, NOTICE, Told, tell
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import mattermost

TOKEN = "hush-personal-token"
SESSION = "hush-session"
CHANNEL = "c" * 26
POST = "p" * 26
V4 = "/api/v4"
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)
WELL = {"status": "OK", "database_status": "OK", "filestore_status": "OK"}


def error(status: str, words: str) -> bytes:
    found = {"id": "api.context", "message": words, "status_code": int(status[:3])}
    return document(found, status)


class Server:
    """A server that keeps posts; routes in `broken` answer as told."""

    def __init__(self, broken: dict[str, Any] | None = None) -> None:
        self.posts: dict[str, str] = {}
        self.asked: list[Asked] = []
        session = answer(body=b'{"id": "u"}', Token=SESSION)
        routes: dict[str, Any] = {
            "GET /system/ping": WELL,
            "POST /users/login": session,
            "GET /users/me": self._me,
            "POST /users/logout": {"status": "OK"},
            "POST /posts": self._post,
            f"GET /posts/{POST}": self._read,
            f"DELETE /posts/{POST}": self._delete,
        }
        routes |= broken or {}
        self.routes = {k.replace(" /", f" {V4}/"): v for k, v in routes.items()}

    def _me(self, asked: Asked) -> Any:
        known = asked.headers.get("authorization", "").partition(" ")[2]
        if known not in (TOKEN, SESSION):
            return error("401 Unauthorized", "Invalid or expired session")
        return {"id": "u", "username": "probe"}

    def _post(self, asked: Asked) -> bytes:
        self.posts[POST] = sent(asked)["message"]
        return document({"id": POST, "message": self.posts[POST]}, "201 Created")

    def _read(self, asked: Asked) -> Any:
        return {"id": POST, "message": self.posts[POST]}

    def _delete(self, asked: Asked) -> Any:
        del self.posts[POST]
        return {"status": "OK"}

    async def run(self, timeout_s: float = 2.0, **options: Any) -> Outcome:
        async with api(self.routes, self.asked) as base_url:
            settings = mattermost.Settings(base_url=base_url, **options)
            return await ask(mattermost, settings, timeout_s=timeout_s)

    async def tell(
        self, receipt_s: float | None = None, login: Any = None, **changed: Any
    ) -> Told:
        login = login or {"token": Secret(TOKEN)}
        async with api(self.routes, self.asked) as base_url:
            settings = mattermost.Settings(base_url=base_url, channel=CHANNEL, **login)
            return await tell(mattermost, settings, receipt_s=receipt_s, **changed)

    @property
    def calls(self) -> list[str]:
        return [f"{a.method} {a.target.removeprefix(V4)}" for a in self.asked]


async def test_server_without_a_login_is_served() -> None:
    server = Server()

    outcome = await server.run()

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
    assert server.calls == ["GET /system/ping?get_server_status=true"]


async def test_token_that_is_accepted_is_authenticated() -> None:
    assert said(await Server().run(token=Secret(TOKEN))) == ACCEPTED


async def test_post_that_is_read_back_is_delivered_and_deleted() -> None:
    server = Server()

    outcome = await server.run(token=Secret(TOKEN), channel=CHANNEL)

    assert said(outcome) == DELIVERED
    assert sent(server.asked[2])["channel_id"] == CHANNEL
    assert server.calls[-2:] == [f"GET /posts/{POST}", f"DELETE /posts/{POST}"]
    assert server.posts == {}


async def test_password_logs_in_and_out_again() -> None:
    server = Server()

    outcome = await server.run(username="probe", password=Secret("hush"))

    assert said(outcome) == ACCEPTED
    assert server.calls[1:] == [
        "POST /users/login",
        "GET /users/me",
        "POST /users/logout",
    ]
    assert server.asked[-1].headers["authorization"] == f"Bearer {SESSION}"


async def test_session_is_ended_also_where_the_channel_refuses() -> None:
    server = Server({"POST /posts": error("403 Forbidden", "No permission")})
    login: dict[str, Any] = {"username": "probe", "password": Secret("hush")}

    outcome = await server.run(channel=CHANNEL, **login)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )
    assert server.calls[-1] == "POST /users/logout"


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
async def test_database_that_is_ill_is_failed(status: str) -> None:
    ill = {**WELL, "status": "UNHEALTHY", "database_status": "UNHEALTHY"}
    server = Server({"GET /system/ping": document(ill, status)})

    outcome = await server.run(token=Secret(TOKEN))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.REPORTED)
    assert outcome.facts == {"said": "database_status UNHEALTHY"}


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
async def test_file_store_that_is_ill_is_degraded_and_posts_still_go(
    status: str,
) -> None:
    ill = {**WELL, "status": "UNHEALTHY", "filestore_status": "UNHEALTHY"}
    server = Server({"GET /system/ping": document(ill, status)})

    outcome = await server.run(token=Secret(TOKEN), channel=CHANNEL)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.DELIVERED, Reason.REPORTED)
    assert outcome.facts == {"said": "filestore_status UNHEALTHY"}


async def test_token_that_is_wrong_is_refused() -> None:
    outcome = await Server().run(token=Secret("wrong-hush"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert outcome.facts["said"] == "Invalid or expired session"


async def test_password_that_is_wrong_is_refused() -> None:
    refused = error("401 Unauthorized", "Enter a valid password, not hush-hush")
    server = Server({"POST /users/login": refused})

    outcome = await server.run(username="probe", password=Secret("hush-hush"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert "hush" not in str(outcome)


async def test_post_that_does_not_come_back_is_not_delivered_and_not_deleted() -> None:
    server = Server({f"GET /posts/{POST}": {"id": POST, "message": "Meeting at nine"}})

    outcome = await server.run(0.5, token=Secret(TOKEN), channel=CHANNEL)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.NOT_DELIVERED,
    )
    assert not [call for call in server.calls if call.startswith("DELETE")]


async def test_post_that_cannot_be_deleted_was_delivered() -> None:
    refused = error("403 Forbidden", "No permission")
    server = Server({f"DELETE /posts/{POST}": refused})

    outcome = await server.run(token=Secret(TOKEN), channel=CHANNEL)

    assert said(outcome) == DELIVERED
    assert outcome.facts == {"left": 1}


@pytest.mark.parametrize(
    ("route", "reply", "evidence", "reason"),
    [
        ("GET /system/ping", {}, Evidence.SERVED, Reason.PROTOCOL),
        ("GET /system/ping", [1], Evidence.SERVED, Reason.PROTOCOL),
        (
            "GET /system/ping",
            document({"message": "panic"}, "500 Internal Server Error"),
            Evidence.SERVED,
            Reason.STATUS,
        ),
        ("GET /users/me", {}, Evidence.SERVED, Reason.PROTOCOL),
        ("POST /posts", {}, Evidence.AUTHENTICATED, Reason.PROTOCOL),
        (
            "POST /posts",
            answer("502 Bad Gateway"),
            Evidence.AUTHENTICATED,
            Reason.STATUS,
        ),
    ],
)
async def test_answer_that_makes_no_sense_has_its_reason(
    route: str, reply: Any, evidence: Evidence, reason: Reason
) -> None:
    outcome = await Server({route: reply}).run(token=Secret(TOKEN), channel=CHANNEL)

    assert said(outcome) == (Verdict.FAILED, evidence, reason)


async def test_limit_says_how_long_to_wait_and_keeps_what_is_proven() -> None:
    limit = answer("429 Too Many Requests", retry_after="5")

    outcome = await Server({"POST /posts": limit}).run(
        token=Secret(TOKEN), channel=CHANNEL
    )

    assert said(outcome) == (
        Verdict.DEGRADED,
        Evidence.AUTHENTICATED,
        Reason.DEFERRED,
    )
    assert outcome.retry_after_s == 5.0


@pytest.mark.parametrize("fault", FAULTS)
async def test_server_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = mattermost.Settings(base_url=base_url, token=Secret(TOKEN))
        outcome = await ask(mattermost, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


# ------------------------------------------------------------------ a notice

LOGIN: dict[str, Any] = {"username": "probe", "password": Secret("hush-hush")}


async def test_notice_is_read_back_and_stays_in_the_channel() -> None:
    server = Server()

    assert await server.tell() == ([TAKEN, ARRIVED], None)
    assert server.calls == ["GET /users/me", "POST /posts", f"GET /posts/{POST}"]
    assert server.posts == {POST: f"{NOTICE.title}\n\n{NOTICE.text}"}
    assert sent(server.asked[1])["channel_id"] == CHANNEL


async def test_notice_calls_nobody_and_links_nothing() -> None:
    server = Server()
    hostile = (
        "@all @channel &#64;here ![](https://evil.example/) *x* `y` a_b _c_ #tag ~town"
    )
    told = await server.tell(text=f"{hostile} *M_1*", mark="*M_1*")

    assert told == ([TAKEN, ARRIVED], None)
    written = sent(server.asked[1])
    assert written["props"] == {"unsafe_links": "true"}
    text = written["message"]
    assert not re.search(r"@\w|&[#\w]|(?<!\\)[*`\[\]#~!]", text)
    assert "\\_c\\_" in text
    assert "a_b" in text
    assert re.sub("[\u2060\\\\]", "", text).endswith(f"{hostile} *M_1*")


async def test_session_of_a_notice_is_ended() -> None:
    server = Server()

    assert await server.tell(login=LOGIN) == ([TAKEN, ARRIVED], None)
    assert server.calls[-1] == "POST /users/logout"


async def test_session_is_ended_also_where_the_notice_fails() -> None:
    server = Server({"POST /posts": error("502 Bad Gateway", "Down, not hush-hush")})

    told = await server.tell(login=LOGIN)

    assert (told.stages, told.reason) == ([], Reason.STATUS)
    assert "hush" not in str(told)
    assert server.calls[-1] == "POST /users/logout"


async def test_notice_that_is_not_there_is_waited_for_and_the_session_ended() -> None:
    other = {"id": POST, "message": "Meeting at nine"}
    server = Server({f"GET /posts/{POST}": other})

    told = await server.tell(2.0, login=LOGIN)

    assert (told.stages, told.reason) == ([TAKEN], Reason.NOT_DELIVERED)
    assert server.calls.count(f"GET /posts/{POST}") > 1
    assert server.calls[-1] == "POST /users/logout"
    assert POST in server.posts


async def test_post_that_cannot_be_read_for_a_while_is_waited_for() -> None:
    rounds: list[int] = []
    server = Server()

    def late(asked: Asked) -> Any:
        rounds.append(1)
        down = answer("502 Bad Gateway")
        return down if len(rounds) < 3 else server._read(asked)

    server.routes[f"GET {V4}/posts/{POST}"] = late

    assert await server.tell() == ([TAKEN, ARRIVED], None)


async def test_post_that_we_may_not_read_is_accepted() -> None:
    server = Server({f"GET /posts/{POST}": error("403 Forbidden", "No permission")})

    assert await server.tell() == ([TAKEN], None)


async def test_limit_on_notices_says_how_long_to_wait() -> None:
    limit = answer("429 Too Many Requests", retry_after="5")

    stages, outcome = await Server({"POST /posts": limit}).tell()

    assert stages == []
    assert outcome is not None
    assert (outcome.reason, outcome.retry_after_s) == (Reason.DEFERRED, 5.0)


def test_notice_goes_to_one_channel() -> None:
    server: dict[str, Any] = {"base_url": "http://x", "token": Secret(TOKEN)}
    settings = mattermost.Settings(**server, channel=CHANNEL)

    assert mattermost.addressee(settings, "") == CHANNEL
    assert mattermost.addressee(settings, 26 * "d") == 26 * "d"
    for wrong in ("town-square", 26 * "D", 27 * "d", 26 * "d" + "\n"):
        with refusing("to must be an address such as"):
            mattermost.addressee(settings, wrong)
    with refusing("no channel of its own"):
        mattermost.addressee(mattermost.Settings(**server), "")
    with refusing("to needs a token"):
        mattermost.addressee(mattermost.Settings(base_url="http://x"), CHANNEL)
