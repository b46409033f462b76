"""Notices by the gateways for text messages: Kannel, Twilio and WhatsApp."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import respx
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent, within_s
from servers.http_server import Asked, answer
from servers.kannel import LINK, PASSWORD, STATUS_PASSWORD, USER, installed, kannel
from servers.notice_run import ACCEPTED, ARRIVED, NOTICE, Told, tell

from secours.model.observed import Evidence, Reason, Verdict, failed
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.probes import kannel as kannel_probe
from secours.probes import twilio, whatsapp
from secours.wire.http.api import Service

DUTY = "+32470000002"
BRIEFLY_S = 1.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(twilio, "LONGEST_PAUSE_S", 0.05)


def short_of(told: Told) -> tuple[list[Any], Reason]:
    return told.stages, told.reason


# ------------------------------------------------------------------ Kannel

LOGIN: dict[str, Any] = {"username": USER, "password": Secret(PASSWORD)}
ONLINE, DEAD = "online 4s", "re-connecting"


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(
    not installed() and not os.environ.get("CI"),
    reason="Kannel is not there: install Debian's kannel and kannel-extras",
)
async def test_kannel_hands_the_operator_what_was_written(tmp_path: Path) -> None:
    async with kannel(tmp_path) as gateway:
        settings = kannel_probe.Settings(
            base_url=gateway.base_url,
            status_url=gateway.status_url,
            status_password=Secret(STATUS_PASSWORD),
            smsc=LINK,
            **LOGIN,
        )
        for brief in ("Déjà @ 5 € _[]", "Même ☎", 200 * "x"):
            told = await tell(kannel_probe, settings, to=DUTY, brief=brief)
            assert told == ([ACCEPTED], None)
        await gateway.got(f"{DUTY} text Déjà @ 5 € _[]>")
        await gateway.got(f"{DUTY} ucs-2 %00M%00%EA%00m%00e%00+%26%0E>")
        await gateway.got(f"{DUTY} text {157 * 'x'}...>")
        await gateway.hang_up()
        unlinked = await tell(kannel_probe, settings, to=DUTY)

    assert short_of(unlinked) == ([], Reason.REPORTED)


async def by_kannel(
    sending: bytes = answer("202 Accepted", b"0: Accepted for delivery"),
    *,
    state: str = ONLINE,
    asked: list[Asked] | None = None,
    **notice: Any,
) -> Told:
    link = f"<smsc><id>a</id><status>{state}</status></smsc>"
    text = f"<gateway><status>running</status><smscs>{link}</smscs></gateway>"
    seen = answer(body=text.encode(), content_type="text/plain")
    routes = {"GET /status.xml": seen, "GET /cgi-bin/sendsms": sending}
    async with api(routes, asked) as base_url:
        settings = kannel_probe.Settings(base_url=base_url, **LOGIN)
        return await tell(kannel_probe, settings, **{"to": DUTY, **notice})


async def test_gateway_takes_a_text_message() -> None:
    asked: list[Asked] = []

    assert await by_kannel(asked=asked) == ([ACCEPTED], None)
    query = parse_qs(urlsplit(asked[1].target).query)
    assert query == {
        "username": [USER],
        "password": [PASSWORD],
        "to": [DUTY],
        "text": [NOTICE.brief],
    }


@pytest.mark.parametrize(
    ("sending", "reason"),
    [
        (answer("503 Busy", b"4: Temporal failure, try again later."), Reason.STATUS),
        (answer(body=b"<h1>Hello</h1>"), Reason.PROTOCOL),
        (answer(body=NOTICE.brief.encode()), Reason.PROTOCOL),
    ],
)
async def test_gateway_that_does_not_take_it_accepts_nothing(
    sending: bytes, reason: Reason
) -> None:
    assert short_of(await by_kannel(sending)) == ([], reason)


async def test_message_that_a_gateway_keeps_for_later_is_taken_and_lost() -> None:
    told = await by_kannel(answer("202 Accepted", b"3: Queued for later delivery"))

    assert short_of(told) == ([ACCEPTED], Reason.NOT_DELIVERED)


async def test_nothing_is_put_into_a_queue_that_does_not_move() -> None:
    asked: list[Asked] = []

    assert short_of(await by_kannel(state=DEAD, asked=asked)) == ([], Reason.REPORTED)
    assert len(asked) == 1


def test_gateway_without_an_account_reaches_nobody() -> None:
    with refusing("needs"):
        kannel_probe.addressee(kannel_probe.Settings(base_url="http://x"), DUTY)
    own = kannel_probe.Settings(base_url="http://x", to=DUTY, **LOGIN)
    assert kannel_probe.addressee(own, "") == DUTY
    with refusing("telephone"):
        kannel_probe.addressee(
            kannel_probe.Settings(base_url="http://x", **LOGIN), "duty"
        )


# ------------------------------------------------------------------ Twilio

SID, MESSAGE = f"AC{32 * '0'}", f"SM{32 * '1'}"
SERVICE_SID = f"MG{32 * 'a'}"
TOKEN, OUR_NUMBER = "hush-auth-token", "+15005550006"
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages"
TAKEN = {"sid": MESSAGE, "status": "queued", "body": NOTICE.brief, "error_code": None}


def account(base_url: str = "https://api.twilio.com", **options: Any) -> Any:
    options = {"sender": OUR_NUMBER, **options}
    return twilio.Settings(
        account_sid=SID, auth_token=Secret(TOKEN), base_url=base_url, **options
    )


async def by_twilio(
    *looks: Any,
    taken: Any = TAKEN,
    asked: list[Asked] | None = None,
    receipt_s: float | None = None,
    options: dict[str, Any] | None = None,
    **notice: Any,
) -> Told:
    """Send, then show the message in one state after another; the last one stays."""
    states: Iterator[Any] = iter(looks)
    last: list[Any] = [answer("404 Not Found")]

    def look(_: Asked) -> Any:
        last[0] = next(states, last[0])
        return {**TAKEN, **last[0]} if isinstance(last[0], dict) else last[0]

    routes = {
        f"POST {MESSAGES}.json": taken
        if isinstance(taken, bytes)
        else document(taken, "201 Created"),
        f"GET {MESSAGES}/{MESSAGE}.json": look,
    }
    async with api(routes, asked) as base_url:
        settings = account(base_url, **(options or {}))
        return await tell(
            twilio, settings, receipt_s=receipt_s, **{"to": DUTY, **notice}
        )


@pytest.mark.parametrize("last", ["delivered", "read"])
async def test_message_is_followed_until_it_is_delivered(last: str) -> None:
    asked: list[Asked] = []
    states = [{"status": status} for status in ("sending", "sent", last)]
    told = await by_twilio(*states, asked=asked)

    assert told == ([ACCEPTED, ARRIVED], None)
    assert len(asked) == 4
    assert parse_qs(asked[0].body.decode()) == {
        "To": [DUTY],
        "From": [OUR_NUMBER],
        "Body": [NOTICE.brief],
    }


async def test_vendor_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    url = f"https://api.twilio.com{MESSAGES}"
    respx_mock.post(f"{url}.json").respond(201, json=TAKEN)
    respx_mock.get(f"{url}/{MESSAGE}.json").respond(
        json={**TAKEN, "status": "delivered"}
    )

    assert await tell(twilio, account(), to=DUTY) == ([ACCEPTED, ARRIVED], None)


async def test_service_and_name_may_be_the_sender() -> None:
    asked: list[Asked] = []
    for sender in (SERVICE_SID, "TownHall"):
        await by_twilio(
            {"status": "delivered"}, asked=asked, options={"sender": sender}
        )

    posted = [parse_qs(a.body.decode()) for a in asked if a.method == "POST"]
    assert posted[0]["MessagingServiceSid"] == [SERVICE_SID]
    assert "From" not in posted[0]
    assert posted[1]["From"] == ["TownHall"]


@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
async def test_message_that_is_lost_is_not_delivered(status: str) -> None:
    lost = {
        "status": status,
        "error_code": 30003,
        "error_message": f"Unreachable {TOKEN}",
    }
    told = await by_twilio({"status": "sent"}, lost)
    at_once = await by_twilio(taken={**TAKEN, **lost})

    assert short_of(told) == ([ACCEPTED], Reason.NOT_DELIVERED)
    assert told.outcome
    assert told.outcome.facts == {"said": "Unreachable ***"}
    assert short_of(at_once) == ([], Reason.NOT_DELIVERED)


async def test_code_is_said_where_there_are_no_words() -> None:
    told = await by_twilio(
        {"status": "failed", "error_code": 30008, "error_message": None}
    )

    assert told.outcome
    assert told.outcome.facts == {"said": "30008"}


@pytest.mark.parametrize(
    "look",
    [
        {"status": "sent"},
        {"sid": f"SM{32 * '2'}", "status": "delivered"},  # somebody else's
        {"sid": f"SM{32 * '2'}", "status": "failed"},
        {"sid": None, "status": "delivered"},
        {"status": "delivered soon"},
        {"status": None},
        {"status": ["delivered"]},
        answer(body=b'["delivered"]'),
        answer("404 Not Found"),
        answer("503 Unavailable", b"delivered"),
        answer("429 Too Many Requests", retry_after="9"),
        answer("401 Unauthorized"),
    ],
    ids=lambda look: str(look)[:40],
)
async def test_what_does_not_say_delivered_is_waited_out(look: Any) -> None:
    told = await by_twilio(look, receipt_s=BRIEFLY_S)

    assert short_of(told) == ([ACCEPTED], Reason.NOT_DELIVERED)
    assert told.outcome
    assert set(told.outcome.facts) == {"within_s"}


async def test_look_that_fails_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twilio, "LOOK_S", 0.5)
    silence = b""
    told = await by_twilio(
        answer("503 Unavailable"), silence, b"what?\r\n\r\n", {"status": "delivered"}
    )

    assert told == ([ACCEPTED, ARRIVED], None)


async def test_look_that_is_cut_off_lets_go() -> None:
    looking = asyncio.Event()

    class Resolving(Service):
        async def get(self, target: str, **sent: Any) -> dict[str, Any]:
            """Make a failure of the end, as the resolver does."""
            try:
                looking.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise Stop(failed(Reason.DNS)) from None
            return {}

    service = Resolving("http://x", None, account())
    task = asyncio.create_task(twilio._look(service, "/x"))
    await looking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_number_that_names_no_telephone_is_refused_in_words() -> None:
    found = {"code": 21211, "message": f"Invalid 'To' {TOKEN}", "status": 400}
    told = await by_twilio(taken=document(found, "400 Bad Request"))

    assert short_of(told) == ([], Reason.STATUS)
    assert told.outcome
    assert told.outcome.facts["said"] == "Invalid 'To' ***"


@pytest.mark.parametrize(
    "taken", [{}, {"sid": 1}, {"status": "delivered"}, [], NOTICE.brief]
)
async def test_answer_without_a_message_is_no_acceptance(taken: Any) -> None:
    assert short_of(await by_twilio(taken=taken)) == ([], Reason.PROTOCOL)


async def test_name_of_a_message_stays_below_the_account() -> None:
    asked: list[Asked] = []
    told = await by_twilio(
        taken={**TAKEN, "sid": "../../../Balance?x="}, asked=asked, receipt_s=BRIEFLY_S
    )

    assert told.stages == [ACCEPTED]
    assert {a.target.rpartition("/")[0] for a in asked[1:]} == {MESSAGES}


async def test_text_of_a_message_fits_into_one() -> None:
    asked: list[Asked] = []
    await by_twilio({"status": "delivered"}, asked=asked, brief=300 * "ê")

    assert parse_qs(asked[0].body.decode())["Body"] == [157 * "e" + "..."]


# ------------------------------------------------------------------ WhatsApp

NUMBER_ID, META_TOKEN = "106540352242922", "EAAJB0000hush"
SENDING = f"/v23.0/{NUMBER_ID}/messages"
IN_HANDS = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": DUTY[1:], "wa_id": DUTY[1:]}],
    "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
}


def business(base_url: str = "https://graph.facebook.com", **options: Any) -> Any:
    options = {"template": "secours_notice", **options}
    return whatsapp.Settings(
        phone_number_id=NUMBER_ID,
        token=Secret(META_TOKEN),
        base_url=base_url,
        **options,
    )


async def by_whatsapp(
    reply: Any = IN_HANDS, *, asked: list[Asked] | None = None, **notice: Any
) -> Told:
    async with api({f"POST {SENDING}": reply}, asked) as base_url:
        settings = business(base_url, template_language="fr")
        return await tell(whatsapp, settings, **{"to": DUTY, **notice})


async def test_template_is_filled_with_the_notice() -> None:
    asked: list[Asked] = []
    told = await by_whatsapp(asked=asked, brief="ALERTER : SMS\n\n\tDéjà     coupé")

    assert told == ([ACCEPTED], None)
    assert asked[0].headers["authorization"] == f"Bearer {META_TOKEN}"
    assert sent(asked[0]) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": DUTY[1:],
        "type": "template",
        "template": {
            "name": "secours_notice",
            "language": {"code": "fr"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "ALERTER : SMS Déjà coupé"}
                    ],
                }
            ],
        },
    }


async def test_meta_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    route = respx_mock.post(f"https://graph.facebook.com{SENDING}")
    route.respond(json=IN_HANDS)

    assert await tell(whatsapp, business(), to=DUTY) == ([ACCEPTED], None)
    template = json.loads(route.calls[0].request.content)["template"]
    assert template["language"] == {"code": "en"}


@pytest.mark.parametrize("status", ["held_for_quality_assessment", "paused"])
async def test_message_that_is_held_back_is_taken_and_lost(status: str) -> None:
    held = {**IN_HANDS, "messages": [{"id": "wamid.x", "message_status": status}]}
    told = await by_whatsapp(held)

    assert short_of(told) == ([ACCEPTED], Reason.NOT_DELIVERED)
    assert told.outcome
    assert told.outcome.evidence is Evidence.AUTHENTICATED


@pytest.mark.parametrize(
    "reply",
    [
        {"messages": []},
        {"messages": [NOTICE.brief]},
        {"messages": [{"message_status": "accepted"}]},
        {"messages": {"id": "wamid.x"}},
        {"success": True},
        [],
    ],
)
async def test_answer_without_a_message_of_ours_is_no_acceptance(reply: Any) -> None:
    assert short_of(await by_whatsapp(document(reply))) == ([], Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (132001, Verdict.FAILED, Reason.STATUS),  # no such template
        (190, Verdict.FAILED, Reason.AUTH),
        (130429, Verdict.DEGRADED, Reason.DEFERRED),
    ],
)
async def test_error_of_meta_is_no_acceptance(
    code: int, verdict: Verdict, reason: Reason
) -> None:
    error = {"error": {"message": f"Wrong {META_TOKEN}", "code": code}}
    told = await by_whatsapp(document(error, "400 Bad Request"))

    assert short_of(told) == ([], reason)
    assert told.outcome
    assert told.outcome.verdict is verdict
    assert META_TOKEN not in str(told.outcome)


# ------------------------------------------------------------------ both


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("kind", "settings"), [(twilio, account), (whatsapp, business)]
)
async def test_api_that_is_broken_accepts_nothing(
    kind: ModuleType, settings: Any, fault: str
) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        told = await tell(kind, settings(base_url), timeout_s=within_s(fault), to=DUTY)

    assert short_of(told) == ([], expected[2])


@pytest.mark.parametrize(
    ("kind", "settings", "option"),
    [(twilio, account, "sender"), (whatsapp, business, "template")],
)
def test_addressee_is_a_number_of_some_country(
    kind: ModuleType, settings: Any, option: str
) -> None:
    assert kind.addressee(settings(), "+32 470 00 00 02") == DUTY
    with refusing("must say to whom"):
        kind.addressee(settings(), "")
    for wrong in ("0470000002", "+0470000002", "duty", "+32470000002;ext"):
        with refusing("telephone"):
            kind.addressee(settings(), wrong)
    with refusing("ordinary number"):
        kind.addressee(settings(), "112")
    with refusing(option):
        kind.addressee(settings(**{option: None}), DUTY)
