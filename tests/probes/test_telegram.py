import re
from typing import Any

import pytest
import respx
from msgspec.structs import replace
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent, within_s
from servers.http_server import Asked, answer
from servers.notice_run import ACCEPTED as TAKEN
from servers.notice_run import NOTICE, Told, tell
from servers.probe_run import ask, said

from secours.model.notices import Notice
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret, SecretMissing
from secours.probes import telegram
from secours.wire import own_message

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = f"/bot{TOKEN}"
ME = {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "Town"}}
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)


def settings(base_url: str, **options: Any) -> telegram.Settings:
    return telegram.Settings(token=Secret(TOKEN), base_url=base_url, **options)


def message(asked: Asked) -> dict[str, Any]:
    """Return what Telegram makes of sendMessage."""
    written = sent(asked)
    chat = {"id": written["chat_id"], "type": "group"}
    result = {"message_id": 7, "chat": chat, "text": written["text"]}
    return {"ok": True, "result": result}


def error(status: int, words: str, **more: Any) -> bytes:
    found = {"ok": False, "error_code": status, "description": words, **more}
    return document(found, f"{status} {words.partition(':')[0]}")


async def run(asked: list[Asked] | None = None, **routes: Any) -> Outcome:
    """Probe a chat of a bot whose methods answer as told."""
    async with api(table_of(**routes), asked) as base_url:
        return await ask(telegram, settings(base_url, chat=-100200), timeout_s=2.0)


async def sent_notice(
    asked: list[Asked] | None = None, notice: Notice = NOTICE, **routes: Any
) -> Told:
    """Send a notice to a chat of such a bot."""
    async with api(table_of(**routes), asked) as base_url:
        return await tell(telegram, settings(base_url, chat=-100200), notice)


def table_of(**routes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "GET getMe": ME,
        "POST sendMessage": message,
        "POST deleteMessage": {"ok": True, "result": True},
    }
    names = {key.split()[1]: key for key in usual}
    usual |= {names[method]: reply for method, reply in routes.items()}
    return {key.replace(" ", f" {BOT}/"): reply for key, reply in usual.items()}


async def test_bot_that_is_accepted_is_authenticated() -> None:
    async with api({f"GET {BOT}/getMe": ME}) as base_url:
        outcome = await ask(telegram, settings(base_url))

    assert said(outcome) == ACCEPTED


async def test_vendor_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    respx_mock.get(f"https://api.telegram.org{BOT}/getMe").respond(json=ME)

    outcome = await ask(telegram, telegram.Settings(token=Secret(TOKEN)))

    assert said(outcome) == ACCEPTED


async def test_message_that_was_there_to_be_removed_is_delivered() -> None:
    asked: list[Asked] = []

    outcome = await run(asked)

    assert said(outcome) == DELIVERED
    written, removed = sent(asked[1]), sent(asked[2])
    assert written["chat_id"] == -100200
    assert written["disable_notification"] is True
    assert removed == {"chat_id": -100200, "message_id": 7}


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "Bad Request: message to delete not found"),
        document({"ok": True, "result": True}, "500 Internal Server Error"),
    ],
)
async def test_message_that_cannot_be_removed_is_only_sent(refusal: bytes) -> None:
    outcome = await run(deleteMessage=refusal)

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"sent": 1, "left": 1}


async def test_message_of_others_is_never_removed() -> None:
    asked: list[Asked] = []
    other = {"ok": True, "result": {"message_id": 9, "text": "Meeting at nine"}}

    outcome = await run(asked, sendMessage=other)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.PROTOCOL,
    )
    assert not [a for a in asked if "deleteMessage" in a.target]


async def test_message_whose_token_expired_is_not_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_message, "TOKEN_LIFETIME_S", 0.0)
    asked: list[Asked] = []

    outcome = await run(asked)

    assert outcome.verdict is Verdict.FAILED
    assert not [a for a in asked if "deleteMessage" in a.target]


@pytest.mark.parametrize(
    ("reply", "verdict", "evidence", "reason"),
    [
        (error(401, "Unauthorized"), Verdict.FAILED, Evidence.SERVED, Reason.AUTH),
        (error(404, "Not Found"), Verdict.FAILED, Evidence.SERVED, Reason.AUTH),
        (error(502, "Bad Gateway"), Verdict.FAILED, Evidence.SERVED, Reason.STATUS),
        (
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
            Verdict.FAILED,
            Evidence.SERVED,
            Reason.AUTH,
        ),
        (answer("404 Not Found"), Verdict.FAILED, Evidence.SERVED, Reason.STATUS),
        ([1, 2], Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL),
        ({"result": {}}, Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL),
        (
            {"ok": True, "result": {"id": 1}},
            Verdict.FAILED,
            Evidence.SERVED,
            Reason.PROTOCOL,
        ),
    ],
)
async def test_bot_that_is_refused_has_its_reason(
    reply: Any, verdict: Verdict, evidence: Evidence, reason: Reason
) -> None:
    outcome = await run(getMe=reply)

    assert said(outcome) == (verdict, evidence, reason)


@pytest.mark.parametrize(
    "limit",
    [
        error(429, "Too Many Requests: retry later", parameters={"retry_after": 35}),
        document({"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}),
    ],
)
@pytest.mark.parametrize("method", ["getMe", "sendMessage", "deleteMessage"])
async def test_limit_of_telegram_says_how_long_to_wait(
    method: str, limit: bytes
) -> None:
    limits: dict[str, Any] = {method: limit}
    outcome = await run(None, **limits)

    assert (outcome.verdict, outcome.reason) == (Verdict.DEGRADED, Reason.DEFERRED)
    assert outcome.retry_after_s == 35.0


@pytest.mark.parametrize(
    "words",
    ["Bad Request: chat not found", "Forbidden: bot was kicked from the group chat"],
)
async def test_chat_that_refuses_the_bot_is_rejected(words: str) -> None:
    code = 403 if words.startswith("Forbidden") else 400
    outcome = await run(sendMessage=error(code, words))

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )
    assert outcome.facts["said"] == words


@pytest.mark.parametrize("fault", FAULTS)
async def test_api_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        outcome = await ask(telegram, settings(base_url), timeout_s=within_s(fault))

    assert said(outcome) == expected


async def test_token_in_the_path_stays_out_of_the_outcome() -> None:
    page = f"no such page: {BOT}/getMe, {BOT.replace(':', '%3A')}".encode()
    found = {"ok": False, "error_code": 500, "description": page.decode()}
    for reply in (document(found), document(found, f"500 {BOT}")):
        outcome = await run(getMe=reply)

        assert outcome.verdict is Verdict.FAILED
        assert TOKEN not in str(outcome)
        assert TOKEN.replace(":", "%3A") not in str(outcome)
        assert "***" in str(outcome)


async def test_token_that_is_missing_is_no_failure() -> None:
    missing = telegram.Settings(token=Secret(None, "TELEGRAM_TOKEN is not set"))
    outcome = await ask(telegram, missing)

    assert said(outcome) == (
        Verdict.UNKNOWN,
        Evidence.NONE,
        Reason.SECRET_MISSING,
    )
    with pytest.raises(SecretMissing):
        missing.token.reveal()


@pytest.mark.parametrize(
    "base_url",
    ["api.telegram.org", "ftp://x/", "https://me:hush@x/", "https://", "https://x:y/"],
)
def test_base_url_that_is_none_is_refused(base_url: str) -> None:
    with refusing("base_url") as refused:
        settings(base_url)
    assert "hush" not in str(refused.value)


def test_a_chat_is_written_to_every_five_minutes() -> None:
    silent = telegram.Settings(token=Secret(TOKEN))

    assert telegram.default_interval_s(silent) is None
    assert telegram.default_interval_s(settings("http://x", chat="@town")) == 300.0


# ------------------------------------------------------------------ a notice


async def test_notice_is_put_into_the_chat_and_stays_there() -> None:
    asked: list[Asked] = []

    assert await sent_notice(asked) == ([TAKEN], None)
    assert [a.target.rpartition("/")[2] for a in asked] == ["getMe", "sendMessage"]
    assert sent(asked[1]) == {
        "chat_id": "-100200",
        "text": f"{NOTICE.title}\n\n{NOTICE.text}",
        "link_preview_options": {"is_disabled": True},
    }


async def test_notice_calls_nobody_by_name() -> None:
    asked: list[Asked] = []
    hostile = replace(NOTICE, text=f"Radio @everyone &#64;all <b> {NOTICE.mark}@x")
    hostile = replace(hostile, mark=f"{NOTICE.mark}@x")

    assert await sent_notice(asked, hostile) == ([TAKEN], None)
    text = sent(asked[1])["text"]
    assert not re.search(r"@\w|&[#\w]", text)
    assert text.replace("\u2060", "").endswith(hostile.text)


@pytest.mark.parametrize("method", ["getMe", "sendMessage"])
async def test_limit_on_notices_says_how_long_to_wait(method: str) -> None:
    limits: dict[str, Any] = {
        method: error(429, f"Too Many Requests: {BOT}", parameters={"retry_after": 35})
    }
    stages, outcome = await sent_notice(**limits)

    assert stages == []
    assert outcome is not None
    assert (outcome.reason, outcome.retry_after_s) == (Reason.DEFERRED, 35.0)
    assert TOKEN not in str(outcome)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(403, "Forbidden: bot was kicked"), Reason.REJECTED),
        (error(400, "Bad Request: chat not found"), Reason.REJECTED),
        ({"ok": True, "result": {}}, Reason.PROTOCOL),
        ({"ok": True, "result": {"message_id": 7, "text": "Hi"}}, Reason.PROTOCOL),
        (answer("502 Bad Gateway"), Reason.STATUS),
    ],
)
async def test_notice_that_is_not_taken_has_its_reason(
    reply: Any, reason: Reason
) -> None:
    told = await sent_notice(sendMessage=reply)

    assert (told.stages, told.reason) == ([], reason)


def test_notice_goes_to_one_chat() -> None:
    bot = settings("http://x", chat=-100200)

    assert telegram.addressee(bot, "") == "-100200"
    assert telegram.addressee(bot, "4711") == "4711"
    assert telegram.addressee(bot, "@town_alert") == "@town_alert"
    for wrong in ("town", "@a", "12a", "@town alert", "1 2", "@1234", "-5\n"):
        with refusing("to must be an address such as"):
            telegram.addressee(bot, wrong)
    with refusing("no chat of its own"):
        telegram.addressee(settings("http://x"), "")
