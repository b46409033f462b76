import base64
from typing import Any

import pytest
import respx
from refusals import refusing
from servers.api_server import FAULTS, api, document, within_s
from servers.http_server import Asked
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import twilio

SID = "AC00000000000000000000000000000001"
TOKEN = "hush-auth-token"
ACCOUNT = f"/2010-04-01/Accounts/{SID}"
ACTIVE = {"sid": SID, "status": "active", "type": "Full"}
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)


def settings(base_url: str, **options: Any) -> twilio.Settings:
    options = {"auth_token": Secret(TOKEN)} | options
    return twilio.Settings(account_sid=SID, base_url=base_url, **options)


async def against(
    account: Any = ACTIVE, balance: Any = None, asked: Any = None, **options: Any
) -> Outcome:
    found = balance if isinstance(balance, bytes) else {"balance": balance}
    if isinstance(found, dict):
        found["currency"] = "USD"
    routes = {f"GET {ACCOUNT}.json": account, f"GET {ACCOUNT}/Balance.json": found}
    async with api(routes, asked) as base_url:
        return await ask(twilio, settings(base_url, **options))


async def test_active_account_is_authenticated() -> None:
    asked: list[Asked] = []

    outcome = await against(asked=asked)

    assert said(outcome) == ACCEPTED
    login = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert asked[0].headers["authorization"] == f"Basic {login}"
    assert len(asked) == 1


async def test_api_key_logs_in_with_its_own_name() -> None:
    asked: list[Asked] = []
    key = {"auth_token": None, "username": "SK1", "password": Secret("hush")}

    await against(asked=asked, **key)

    login = base64.b64encode(b"SK1:hush").decode()
    assert asked[0].headers["authorization"] == f"Basic {login}"


async def test_vendor_is_asked_where_nothing_else_is_written(
    respx_mock: respx.MockRouter,
) -> None:
    respx_mock.get(f"https://api.twilio.com{ACCOUNT}.json").respond(json=ACTIVE)
    usual = twilio.Settings(account_sid=SID, auth_token=Secret(TOKEN))

    assert said(await ask(twilio, usual)) == ACCEPTED


async def test_balance_above_the_limit_is_well() -> None:
    outcome = await against(balance="25.50", min_balance=20.0)

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"balance": 25.5, "currency": "USD"}


@pytest.mark.parametrize("balance", ["19.99", "0", "-3.20", 4])
async def test_balance_below_the_limit_is_a_warning(balance: Any) -> None:
    outcome = await against(balance=balance, min_balance=20.0)

    assert said(outcome) == (
        Verdict.DEGRADED,
        Evidence.AUTHENTICATED,
        Reason.BALANCE,
    )
    assert outcome.warnings == (Reason.BALANCE,)
    assert outcome.facts == {
        "balance": float(balance),
        "currency": "USD",
        "limit": 20.0,
    }


@pytest.mark.parametrize("balance", [None, "much", "NaN", "Infinity", "1e999", ""])
async def test_balance_that_is_no_number_is_not_the_one_expected(balance: Any) -> None:
    outcome = await against(balance=balance, min_balance=20.0)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.CONTENT,
    )


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_account_that_is_not_active_is_failed(status: str) -> None:
    outcome = await against({**ACTIVE, "status": status})

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REPORTED,
    )
    assert outcome.facts == {"said": status}


async def test_refusal_is_told_in_the_words_of_twilio() -> None:
    found = {"code": 20003, "message": f"Authenticate with {TOKEN}", "status": 401}
    outcome = await against(document(found, "401 Unauthorized"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert outcome.facts["said"] == "Authenticate with ***"


async def test_balance_that_is_refused_is_no_refused_login() -> None:
    refused = document({"message": "Not for a subaccount"}, "403 Forbidden")
    outcome = await against(balance=refused, min_balance=1.0)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.REJECTED,
    )


@pytest.mark.parametrize("fault", FAULTS)
async def test_api_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        outcome = await ask(twilio, settings(base_url), timeout_s=within_s(fault))

    assert said(outcome) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"auth_token": None},
        {"token": Secret("x")},
        {"auth_token": None, "username": "SK1"},
        {"auth_token": None, "password": Secret("x")},
    ],
)
def test_login_is_given_in_one_way(options: dict[str, Any]) -> None:
    with refusing(r"username|auth_token"):
        settings("https://x", **options)
