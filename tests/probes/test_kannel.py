import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, within_s
from servers.http_server import Asked, answer
from servers.kannel import LINK, PASSWORD, STATUS_PASSWORD, USER, installed, kannel
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import kannel as kannel_probe

TO = "+32470000001"
LOGIN: dict[str, Any] = {"username": USER, "password": Secret(PASSWORD)}
SERVED = (Verdict.OK, Evidence.SERVED, Reason.NONE)
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
DOCTYPE = b'<!DOCTYPE gateway [<!ENTITY a "aaaaaaaa">]><gateway>&a;</gateway>'


def status(*links: str, gateway: str = "running, uptime 0d 0h 0m 4s") -> bytes:
    """Write status.xml for links such as `a=online 4s`."""
    entries = "".join(
        "<smsc>\n\t\t<name>x</name>\n\t\t<admin-id>x</admin-id>\n\t\t"
        f"<id>{name}</id>\n\t\t<status>{state}</status>\n\t\t<failed>0</failed></smsc>"
        for name, _, state in (link.partition("=") for link in links)
    )
    boxes = "<boxes><box><type>smsbox</type><status>on-line 0d</status></box></boxes>"
    text = (
        f'<?xml version="1.0"?>\n<gateway>\n<version>Kannel</version>'
        f"<status>{gateway}</status>{boxes}<smscs><count>1</count>{entries}</smscs>"
        "</gateway>\n"
    )
    return answer(body=text.encode(), content_type="text/plain")


async def against(
    state: bytes,
    sending: bytes = answer("202 Accepted", b"0: Accepted for delivery"),
    asked: list[Asked] | None = None,
    **options: Any,
) -> Outcome:
    routes = {"GET /status.xml": state, "GET /cgi-bin/sendsms": sending}
    async with api(routes, asked) as base_url:
        settings = kannel_probe.Settings(base_url=base_url, **options)
        return await ask(kannel_probe, settings)


# ------------------------------------------------------------------ Kannel itself


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(
    not installed() and not os.environ.get("CI"),
    reason="Kannel is not there: install Debian's kannel and kannel-extras",
)
async def test_kannel_is_understood_with_its_operator_and_without(
    tmp_path: Path,
) -> None:
    async with kannel(tmp_path) as gateway:

        async def probe(**options: Any) -> Outcome:
            usual: dict[str, Any] = {
                "base_url": gateway.base_url,
                "status_url": gateway.status_url,
                "status_password": Secret(STATUS_PASSWORD),
            }
            settings = kannel_probe.Settings(**(usual | options))
            return await ask(kannel_probe, settings)

        looked = await probe(smsc=LINK)
        sent = await probe(to=TO, **LOGIN)
        wrong_status = await probe(status_password=Secret("wrong"))
        wrong_login = await probe(to=TO, username=USER, password=Secret("wrong"))
        await gateway.hang_up()
        unlinked = await probe()
        unsent = await probe(to=TO, **LOGIN)

    assert said(looked) == SERVED
    assert said(sent) == ACCEPTED
    assert said(wrong_status) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert said(wrong_login) == (Verdict.FAILED, Evidence.SERVED, Reason.AUTH)
    assert said(unlinked) == (Verdict.FAILED, Evidence.SERVED, Reason.REPORTED)
    assert said(unsent) == (Verdict.FAILED, Evidence.SERVED, Reason.NOT_DELIVERED)
    assert str(unsent.facts["said"]).startswith(f"SMSC {LINK} ")


# ------------------------------------------------------------------ played


async def test_gateway_with_a_link_is_served_and_nothing_is_sent() -> None:
    asked: list[Asked] = []

    outcome = await against(status("a=online 4s"), asked=asked)

    assert said(outcome) == SERVED
    assert outcome.facts == {"links": 1}
    assert [urlsplit(a.target).path for a in asked] == ["/status.xml"]


async def test_message_that_is_accepted_over_a_link_proves_our_account() -> None:
    asked: list[Asked] = []

    outcome = await against(
        status("a=online 4s"), asked=asked, to=TO, smsc="a", **LOGIN
    )

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"links": 1, "sent": 1}
    query = {k: v[0] for k, v in parse_qs(urlsplit(asked[1].target).query).items()}
    text = query.pop("text")
    assert query == {"username": USER, "password": PASSWORD, "to": TO, "smsc": "a"}
    assert text.startswith("Secours: ")
    assert len(text) < 160


@pytest.mark.parametrize(
    "links",
    [
        ("a=re-connecting",),
        ("a=connecting", "b=dead"),
        ("a=disconnected",),
        (),
    ],
)
@pytest.mark.parametrize("to", [None, TO])
async def test_gateway_that_would_accept_without_a_link_is_failed(
    links: tuple[str, ...], to: str | None
) -> None:
    asked: list[Asked] = []

    outcome = await against(status(*links), asked=asked, to=to, **LOGIN)

    reason = Reason.NOT_DELIVERED if to else Reason.REPORTED
    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, reason)
    assert len(asked) == 1, "nothing is put into a queue that does not move"


async def test_link_that_was_asked_for_has_to_be_the_one_that_is_up() -> None:
    links = status("a=online 4s", "b=re-connecting")

    assert said(await against(links, smsc="a")) == SERVED
    failed = await against(links, smsc="b")
    assert said(failed) == (Verdict.FAILED, Evidence.SERVED, Reason.REPORTED)
    assert failed.facts == {"said": "SMSC b re-connecting"}
    missing = await against(links, smsc="c")
    assert said(missing) == (Verdict.FAILED, Evidence.SERVED, Reason.REPORTED)


@pytest.mark.parametrize("to", [None, TO])
async def test_one_link_of_two_is_degraded(to: str | None) -> None:
    links = status("a=online 4s", "b=re-connecting")

    outcome = await against(links, to=to, **LOGIN)

    proven = Evidence.AUTHENTICATED if to else Evidence.SERVED
    assert said(outcome) == (Verdict.DEGRADED, proven, Reason.REPORTED)


@pytest.mark.parametrize(
    ("gateway", "verdict"),
    [
        ("isolated, uptime 0d", Verdict.DEGRADED),
        ("suspended, uptime 0d", Verdict.FAILED),
        ("full, uptime 0d", Verdict.FAILED),
        ("shutting down, uptime 0d", Verdict.FAILED),
    ],
)
async def test_gateway_that_does_not_run_freely_says_so(
    gateway: str, verdict: Verdict
) -> None:
    outcome = await against(status("a=online 4s", gateway=gateway))

    assert said(outcome) == (verdict, Evidence.SERVED, Reason.REPORTED)
    assert outcome.facts["said"] == gateway


@pytest.mark.parametrize(
    ("sending", "evidence", "reason"),
    [
        (
            answer("202 Accepted", b"3: Queued for later delivery"),
            Evidence.AUTHENTICATED,
            Reason.NOT_DELIVERED,
        ),
        (
            answer("403 Forbidden", b"Authorization failed for sendsms"),
            Evidence.SERVED,
            Reason.AUTH,
        ),
        (
            answer("503 Service Unavailable", b"Temporal failure, try again later."),
            Evidence.SERVED,
            Reason.STATUS,
        ),
        (answer(body=b"<html>Hello"), Evidence.SERVED, Reason.PROTOCOL),
    ],
)
async def test_message_that_is_not_taken_has_its_reason(
    sending: bytes, evidence: Evidence, reason: Reason
) -> None:
    outcome = await against(status("a=online 4s"), sending, to=TO, **LOGIN)

    assert said(outcome) == (Verdict.FAILED, evidence, reason)


@pytest.mark.parametrize(
    "state",
    [
        answer(body=b"<html><p>Maintenance</html>"),
        answer(body=b"<gateway></gateway>"),
        answer(body=b"OK"),
        answer(body=DOCTYPE),
        answer(body=b"<a>" * 100_000),
    ],
)
async def test_state_that_makes_no_sense_is_told(state: bytes) -> None:
    outcome = await against(state)

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)


async def test_passwords_in_the_address_stay_out_of_the_outcome() -> None:
    echo = answer("500 Oops hush-status", b"<p>/status.xml?password=hush-status")

    outcome = await against(echo, status_password=Secret("hush-status"))

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.STATUS)
    assert "hush" not in str(outcome)


@pytest.mark.parametrize("fault", FAULTS)
async def test_gateway_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = kannel_probe.Settings(
            base_url="http://127.0.0.1:1", status_url=base_url
        )
        outcome = await ask(kannel_probe, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"to": TO},
        {"username": USER},
        {"status_url": "127.0.0.1:13000/status.xml"},
        {"status_url": "http://x/status.xml?password=hush"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing(r"username|status_url") as refused:
        kannel_probe.Settings(base_url="http://x", **options)
    assert "hush" not in str(refused.value)


def test_messages_that_cost_are_sent_every_quarter_of_an_hour() -> None:
    looking = kannel_probe.Settings(base_url="http://x")
    sending = kannel_probe.Settings(base_url="http://x", to=TO, **LOGIN)

    assert kannel_probe.default_interval_s(looking) is None
    assert kannel_probe.default_interval_s(sending) == 900.0
    assert kannel_probe.default_cost(looking) is None
    assert kannel_probe.default_cost(sending) is True
