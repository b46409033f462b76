from typing import Any

import pytest
from servers.api_server import api, document
from servers.http_server import answer

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.model.secret import Secret, SecretMissing
from secours.run.redactor import redacted
from secours.wire.http.api import Service, complaint
from secours.wire.net.tls import TlsOptions

TLS = TlsOptions()


async def asked_for(reply: Any, proven: Evidence = Evidence.NONE) -> Outcome:
    """Return how a request for a document stops."""
    async with api({"GET /x": reply}) as base_url:
        service = Service(base_url, None, TLS, token=Secret("hush-token/1"))
        service.prove(proven)
        with pytest.raises(Stop) as stop:
            await service.get("/x")
    return stop.value.outcome


async def test_document_comes_back_and_the_token_was_sent() -> None:
    async with api({"GET /x": lambda asked: dict(asked.headers)}) as base_url:
        service = Service(f"{base_url}/", None, TLS, token=Secret(" hush \n"))
        found = await service.get("/x", headers={"X-More": "1"})

    assert found["authorization"] == "Bearer hush"
    assert found["x-more"] == "1"


async def test_what_was_proven_stays_proven() -> None:
    outcome = await asked_for(answer("503 Busy"), Evidence.AUTHENTICATED)

    assert outcome.evidence is Evidence.AUTHENTICATED
    assert outcome.reason is Reason.STATUS


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        ("401 Unauthorized", Reason.AUTH, Reason.AUTH),
        ("403 Forbidden", Reason.AUTH, Reason.REJECTED),
        ("400 Bad Request", Reason.STATUS, Reason.REJECTED),
        ("404 Not Found", Reason.STATUS, Reason.REJECTED),
        ("429 Too Many Requests", Reason.DEFERRED, Reason.DEFERRED),
        ("500 Internal Server Error", Reason.STATUS, Reason.STATUS),
    ],
)
async def test_refusal_of_a_known_account_is_no_refused_login(
    status: str, before: Reason, after: Reason
) -> None:
    assert (await asked_for(answer(status))).reason is before
    assert (await asked_for(answer(status), Evidence.AUTHENTICATED)).reason is after


@pytest.mark.parametrize(
    ("found", "wait_s"),
    [
        ({"retry_after_ms": 2500}, 2.5),
        ({"parameters": {"retry_after": 35}}, 35.0),
        ({"retry_after_ms": 10**400}, 86400.0),
        ({"retry_after_ms": -1}, None),
        ({"retry_after_ms": True}, None),
        ({"parameters": [35]}, None),
        ([35], None),
    ],
)
async def test_wait_is_read_from_the_body_too(found: Any, wait_s: float | None) -> None:
    outcome = await asked_for(document(found, "429 Too Many Requests"))

    assert outcome.verdict is Verdict.DEGRADED
    assert outcome.retry_after_s == wait_s


async def test_header_that_says_how_long_to_wait_comes_first() -> None:
    limit = document({"retry_after_ms": 9000}, "429 Too Many Requests", retry_after="3")

    assert (await asked_for(limit)).retry_after_s == 3.0


@pytest.mark.parametrize(
    "reply",
    [
        document({"error": "bad hush-token/1 given"}, "400 Bad Request"),
        document({"error": "bad hush-token%2F1 given"}, "400 Bad Request"),
        answer("500 hush-token/1"),
        answer("500 Oops", b'{"message": "' + b"x" * 190 + b'hush-token/1"}'),
    ],
)
async def test_secret_that_an_api_repeats_can_be_struck_out(reply: bytes) -> None:
    outcome = await asked_for(reply)

    assert outcome.verdict is Verdict.FAILED
    assert "hush" not in str(redacted(outcome, ["hush-token/1"]))


async def test_secret_in_a_broken_answer_can_be_struck_out() -> None:
    async with api({"GET /x": b"HTTP/1.1 hush-token OK\r\n\r\n"}) as base_url:
        service = Service(base_url, None, TLS, token=Secret("hush-token"))
        with pytest.raises(Stop) as stop:
            await service.get("/x")

    assert stop.value.outcome.reason is Reason.PROTOCOL
    assert "hush" not in str(redacted(stop.value.outcome, ["hush-token"]))
    assert "hush" not in str(stop.value)


@pytest.mark.parametrize("token", ["a b", "é", "a\x00b", "a\nb"])
def test_token_that_no_header_can_hold_proves_nothing(token: str) -> None:
    with pytest.raises(Stop) as stop:
        Service("http://x", None, TLS, token=Secret(token))

    assert stop.value.outcome.verdict is Verdict.UNKNOWN


def test_token_that_is_missing_is_told() -> None:
    with pytest.raises(SecretMissing, match="TOKEN"):
        Service("http://x", None, TLS, token=Secret(None, "TOKEN is not set"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "No.\nTrace: 1"}, "No."),
        ({"error": {"message": "No."}}, "No."),
        ({"error": "invalid_client", "error_description": "No."}, "No."),
        ({"description": "No."}, "No."),
        ({"error": 3, "message": "  "}, ""),
        (["No."], ""),
        (None, ""),
    ],
)
def test_complaint_of_an_api_is_found(body: Any, said: str) -> None:
    assert complaint(body) == said
