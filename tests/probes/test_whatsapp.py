from typing import Any

import pytest
import respx
from refusals import refusing
from servers.api_server import FAULTS, api, document, within_s
from servers.http_server import Asked
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import whatsapp

TOKEN = "EAAJB0000hush"
NUMBER = "106540352242922"
WHERE = f"/v23.0/{NUMBER}"
AUTHENTICATED = Evidence.AUTHENTICATED


def settings(base_url: str, **options: Any) -> whatsapp.Settings:
    return whatsapp.Settings(
        phone_number_id=NUMBER, token=Secret(TOKEN), base_url=base_url, **options
    )


def health(**states: str) -> dict[str, Any]:
    """Return Meta's answer; entities that are not named are available."""
    kinds = ("PHONE_NUMBER", "WABA", "BUSINESS", "APP")
    entities: list[dict[str, Any]] = [
        {
            "entity_type": kind,
            "id": "1",
            "can_send_message": states.get(kind, "AVAILABLE"),
        }
        for kind in kinds
    ]
    for entity in entities:
        if entity["can_send_message"] == "BLOCKED":
            entity["errors"] = [
                {"error_code": 141006, "error_description": "No payment method."}
            ]
        if entity["can_send_message"] == "LIMITED":
            entity["additional_info"] = ["Display name not approved."]
    found = [entity["can_send_message"] for entity in entities]
    worst = max(found, key=["AVAILABLE", "LIMITED", "BLOCKED"].index)
    overall = states.get("overall", worst)
    return {"health_status": {"can_send_message": overall, "entities": entities}}


def graph_error(status: str, code: int, message: str) -> bytes:
    error = {"message": message, "type": "OAuthException", "code": code}
    return document({"error": {**error, "fbtrace_id": "x"}}, status)


async def against(reply: Any, asked: list[Asked] | None = None) -> Outcome:
    async with api({f"GET {WHERE}": reply}, asked) as base_url:
        return await ask(whatsapp, settings(base_url))


async def test_number_that_may_send_is_authenticated() -> None:
    asked: list[Asked] = []

    outcome = await against(health(), asked)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert asked[0].target == f"{WHERE}?fields=health_status"
    assert asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert outcome.facts["entity.WABA"] == "AVAILABLE"


async def test_meta_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    url = f"https://graph.facebook.com{WHERE}"
    respx_mock.get(url, params={"fields": "health_status"}).respond(json=health())
    usual = whatsapp.Settings(phone_number_id=NUMBER, token=Secret(TOKEN))

    outcome = await ask(whatsapp, usual)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


async def test_blocked_inside_a_good_status_is_failed() -> None:
    outcome = await against(health(WABA="BLOCKED"))

    assert said(outcome) == (Verdict.FAILED, AUTHENTICATED, Reason.REPORTED)
    assert outcome.facts["said"] == "WABA BLOCKED: No payment method."
    assert outcome.facts["entity.WABA"] == "BLOCKED"
    assert outcome.facts["entity.APP"] == "AVAILABLE"


async def test_blocked_overall_is_failed_without_entities() -> None:
    outcome = await against({"health_status": {"can_send_message": "BLOCKED"}})

    assert said(outcome) == (Verdict.FAILED, AUTHENTICATED, Reason.REPORTED)
    assert outcome.facts == {"said": "BLOCKED"}


async def test_limited_is_degraded() -> None:
    outcome = await against(health(PHONE_NUMBER="LIMITED"))

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, Reason.REPORTED)
    assert outcome.facts["said"] == "PHONE_NUMBER LIMITED: Display name not approved."


async def test_state_that_nobody_knows_proves_nothing() -> None:
    outcome = await against(health(overall="PAUSED"))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.CONTENT)


async def test_answer_without_health_is_not_the_one_expected() -> None:
    outcome = await against({"id": NUMBER})

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.CONTENT)


@pytest.mark.parametrize(
    ("status", "code", "verdict", "reason"),
    [
        ("401 Unauthorized", 190, Verdict.FAILED, Reason.AUTH),
        ("400 Bad Request", 190, Verdict.FAILED, Reason.AUTH),
        ("400 Bad Request", 10, Verdict.FAILED, Reason.AUTH),
        ("403 Forbidden", 200, Verdict.FAILED, Reason.AUTH),
        ("400 Bad Request", 100, Verdict.FAILED, Reason.STATUS),
        ("400 Bad Request", 4, Verdict.DEGRADED, Reason.DEFERRED),
        ("400 Bad Request", 80007, Verdict.DEGRADED, Reason.DEFERRED),
        ("429 Too Many Requests", 130429, Verdict.DEGRADED, Reason.DEFERRED),
        ("500 Internal Server Error", 1, Verdict.FAILED, Reason.STATUS),
        ("503 Service Unavailable", 2, Verdict.FAILED, Reason.STATUS),
        ("200 OK", 2, Verdict.FAILED, Reason.STATUS),
    ],
)
async def test_error_of_meta_has_its_reason(
    status: str, code: int, verdict: Verdict, reason: Reason
) -> None:
    outcome = await against(graph_error(status, code, f"Wrong: {TOKEN}"))

    assert said(outcome) == (verdict, Evidence.SERVED, reason)
    assert TOKEN not in str(outcome)
    assert "Wrong: ***" in str(outcome.facts["said"])


@pytest.mark.parametrize("fault", FAULTS)
async def test_api_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        outcome = await ask(whatsapp, settings(base_url), timeout_s=within_s(fault))

    assert said(outcome) == expected


async def test_slow_answer_is_slow() -> None:
    async with api({f"GET {WHERE}": health()}) as base_url:
        outcome = await ask(whatsapp, settings(base_url), slow_after_s=0.0)

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, Reason.SLOW)


@pytest.mark.parametrize("number", ["+32470000000", "", "1/../me"])
def test_telephone_number_in_place_of_the_id_is_refused(number: str) -> None:
    with refusing("phone_number_id"):
        whatsapp.Settings(phone_number_id=number, token=Secret(TOKEN))
