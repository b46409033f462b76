from typing import Any

import pytest
import respx
from servers.api_server import FAULTS, api, within_s
from servers.http_server import answer
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.probes import statuspage

GREEN = (Verdict.OK, Evidence.NONE, Reason.NONE)
RED = (Verdict.DEGRADED, Evidence.NONE, Reason.REPORTED)
NO_WORD = (Verdict.UNKNOWN, Evidence.NONE, Reason.CONTENT)


def summary(indicator: str = "none", **components: str) -> dict[str, Any]:
    """Return what Statuspage writes; `_` in a component's name stands for a blank."""
    parts = [
        {"id": f"id-{name}", "name": name.replace("_", " "), "status": state}
        for name, state in components.items()
    ]
    words = {"none": "All Systems Operational"}.get(indicator, "Partial System Outage")
    status = {"indicator": indicator, "description": words}
    return {"page": {"name": "Twilio"}, "components": parts, "status": status}


def slack(status: str, *services: str) -> dict[str, Any]:
    incident = {
        "title": "Trouble with\x1b messages",
        "type": "incident",
        "status": "active",
        "services": list(services),
    }
    incidents = [incident] if services else []
    return {"status": status, "active_incidents": incidents}


async def against(page: Any, component: str | None = None) -> Outcome:
    async with api({"GET /current": page}) as base_url:
        settings = statuspage.Settings(url=f"{base_url}/current", component=component)
        return await ask(statuspage, settings)


async def test_green_proves_nothing() -> None:
    outcome = await against(summary())

    assert said(outcome) == GREEN


@pytest.mark.parametrize("indicator", ["minor", "major", "critical", "maintenance"])
async def test_red_is_never_more_than_degraded(indicator: str) -> None:
    outcome = await against(summary(indicator))

    assert said(outcome) == RED
    assert outcome.facts == {"said": "Partial System Outage"}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("operational", GREEN),
        ("degraded_performance", RED),
        ("partial_outage", RED),
        ("major_outage", RED),
        ("under_maintenance", RED),
    ],
)
@pytest.mark.parametrize("component", ["programmable SMS", "id-Programmable_SMS"])
async def test_component_alone_matters_where_one_is_named(
    component: str, state: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    page = summary("critical", Voice="major_outage", Programmable_SMS=state)

    outcome = await against(page, component)

    assert said(outcome) == expected


async def test_component_that_is_not_there_says_nothing() -> None:
    outcome = await against(summary("none", Voice="operational"), "SMS")

    assert said(outcome) == NO_WORD
    assert outcome.facts == {"problem": "no-field", "what": "SMS"}


@pytest.mark.parametrize(
    ("page", "component", "expected"),
    [
        (slack("ok"), None, GREEN),
        (slack("active", "Messaging"), None, RED),
        (slack("active", "Messaging"), "messaging", RED),
        (slack("active", "Calls"), "messaging", GREEN),
        (slack("active"), None, RED),
    ],
)
async def test_page_of_slack_is_understood(
    page: Any, component: str | None, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    assert said(await against(page, component)) == expected


async def test_words_of_a_page_are_made_plain() -> None:
    outcome = await against(slack("active", "Messaging"))

    assert outcome.facts == {"said": "Trouble with messages"}


async def test_bare_address_is_completed(respx_mock: respx.MockRouter) -> None:
    page = "https://status.example/api/v2/summary.json"
    respx_mock.get(page).respond(json=summary("major"))

    settings = statuspage.Settings(url="https://status.example/")

    assert said(await ask(statuspage, settings)) == RED


@pytest.mark.parametrize("page", [{}, [], {"status": 3}, {"status": {}}])
async def test_page_of_another_kind_says_nothing(page: Any) -> None:
    assert said(await against(page)) == NO_WORD


async def test_page_that_moved_is_followed() -> None:
    routes = {
        "GET /current": answer("301 Moved Permanently", location="/new"),
        "GET /new": summary("minor"),
    }
    async with api(routes) as base_url:
        settings = statuspage.Settings(url=f"{base_url}/current")
        outcome = await ask(statuspage, settings)

    assert said(outcome) == RED


@pytest.mark.parametrize("fault", FAULTS)
async def test_page_that_cannot_be_read_is_never_failed(fault: str) -> None:
    faulty, (_, _, reason) = FAULTS[fault]
    async with faulty() as base_url:
        settings = statuspage.Settings(url=base_url)
        outcome = await ask(statuspage, settings, timeout_s=within_s(fault))

    limited = reason is Reason.DEFERRED
    assert outcome.verdict is (Verdict.DEGRADED if limited else Verdict.UNKNOWN)
    assert outcome.evidence is Evidence.NONE
    if limited:
        assert outcome.retry_after_s == 7.0


def test_it_says_that_it_is_a_hint() -> None:
    assert statuspage.HINT is True
    assert statuspage.BEST is Evidence.NONE
