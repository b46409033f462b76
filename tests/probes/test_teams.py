from typing import Any
from urllib.parse import parse_qs

import pytest
import respx
from servers.api_server import FAULTS, api, document, within_s
from servers.http_server import Asked, answer
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import teams

SECRET = "8Q~hush-hush"
TOKEN = "eyJ0.fresh.token"
SIGN_IN = "POST /town.example/oauth2/v2.0/token"
GRAPH = "GET /v1.0/organization"
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
GIVEN = {"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN}


def settings(**options: Any) -> teams.Settings:
    return teams.Settings(
        tenant="town.example", client_id="0-1", client_secret=Secret(SECRET), **options
    )


def only_with_token(asked: Asked) -> bytes:
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return graph_error("401 Unauthorized", "InvalidAuthenticationToken")
    return document({"value": [{"id": "1"}]})


def graph_error(status: str, code: str) -> bytes:
    return document({"error": {"code": code, "message": f"No: {TOKEN}"}}, status)


def aad_error(status: str, error: str, code: int) -> bytes:
    words = f"AADSTS{code}: Something about {SECRET}.\r\nTrace ID: 1"
    return document({"error": error, "error_description": words}, status)


async def against(
    sign_in: Any = GIVEN, graph: Any = only_with_token, asked: Any = None
) -> Outcome:
    async with api({SIGN_IN: sign_in, GRAPH: graph}, asked) as base_url:
        return await ask(teams, settings(base_url=base_url))


async def test_new_token_that_graph_takes_is_authenticated() -> None:
    asked: list[Asked] = []

    outcome = await against(asked=asked)

    assert said(outcome) == ACCEPTED
    form = {
        name: values[0] for name, values in parse_qs(asked[0].body.decode()).items()
    }
    assert form["grant_type"] == "client_credentials"
    assert form["client_secret"] == SECRET
    assert form["scope"].endswith("/.default")
    assert asked[1].target == "/v1.0/organization?$select=id"


async def test_token_is_asked_for_anew_each_time() -> None:
    asked: list[Asked] = []
    async with api({SIGN_IN: GIVEN, GRAPH: only_with_token}, asked) as base_url:
        for _ in range(2):
            await ask(teams, settings(base_url=base_url))

    assert [a.method for a in asked] == ["POST", "GET", "POST", "GET"]


async def test_microsoft_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    sign_in = "https://login.microsoftonline.com/town.example/oauth2/v2.0/token"
    respx_mock.post(sign_in).respond(json=GIVEN)
    respx_mock.get("https://graph.microsoft.com/v1.0/organization").respond(json={})

    outcome = await ask(teams, settings())

    assert said(outcome) == ACCEPTED
    asked = respx_mock.calls[0].request.content.decode()
    assert "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" in asked


async def test_sign_in_may_be_elsewhere_than_graph() -> None:
    async with (
        api({SIGN_IN: GIVEN}) as authority,
        api({GRAPH: only_with_token}) as base_url,
    ):
        outcome = await ask(teams, settings(base_url=base_url, authority=authority))

    assert said(outcome) == ACCEPTED


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (aad_error("401 Unauthorized", "invalid_client", 7000215), Reason.AUTH),
        (aad_error("400 Bad Request", "unauthorized_client", 700016), Reason.AUTH),
        (aad_error("400 Bad Request", "invalid_request", 90002), Reason.AUTH),
        (aad_error("400 Bad Request", "invalid_scope", 70011), Reason.STATUS),
        (
            aad_error("503 Service Unavailable", "temporarily_unavailable", 90033),
            Reason.STATUS,
        ),
        ({"token_type": "Bearer"}, Reason.PROTOCOL),
    ],
)
async def test_sign_in_that_gives_no_token_has_its_reason(
    reply: Any, reason: Reason
) -> None:
    outcome = await against(sign_in=reply)

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, reason)
    assert SECRET not in str(outcome)


async def test_words_of_microsoft_are_kept_without_the_secret() -> None:
    refused = aad_error("401 Unauthorized", "invalid_client", 7000215)
    outcome = await against(sign_in=refused)

    assert outcome.facts["said"] == "AADSTS7000215: Something about ***."


@pytest.mark.parametrize(
    ("reply", "verdict", "reason"),
    [
        (graph_error("401 Unauthorized", "x"), Verdict.FAILED, Reason.AUTH),
        (
            graph_error("403 Forbidden", "Authorization_RequestDenied"),
            Verdict.FAILED,
            Reason.AUTH,
        ),
        (graph_error("503 Service Unavailable", "x"), Verdict.FAILED, Reason.STATUS),
        (answer("302 Found", location="/"), Verdict.FAILED, Reason.STATUS),
        (answer(body=b"<html>"), Verdict.FAILED, Reason.PROTOCOL),
        (
            answer("429 Too Many Requests", retry_after="11"),
            Verdict.DEGRADED,
            Reason.DEFERRED,
        ),
    ],
)
async def test_token_that_graph_does_not_take_proves_no_account(
    reply: bytes, verdict: Verdict, reason: Reason
) -> None:
    outcome = await against(graph=reply)

    assert said(outcome) == (verdict, Evidence.SERVED, reason)
    assert TOKEN not in str(outcome)


@pytest.mark.parametrize("fault", FAULTS)
async def test_sign_in_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        outcome = await ask(
            teams, settings(base_url=base_url), timeout_s=within_s(fault)
        )

    assert said(outcome) == expected


async def test_token_that_cannot_stand_in_a_header_proves_nothing() -> None:
    outcome = await against(sign_in={"access_token": "a\r\nX: b"})

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.BROKEN)
