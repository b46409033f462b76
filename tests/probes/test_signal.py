from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent
from servers.http_server import Asked, answer
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.probes import signal

NUMBER, OTHER, STRANGER = "+32470000001", "+32470000002", "+32470000003"
ABOUT = {"versions": ["v1", "v2"], "build": 2, "mode": "normal", "version": "0.98"}
AT = 1635528741000
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)


def error(words: str, status: str = "400 Bad Request") -> bytes:
    return document({"error": words}, status)


def where(number: str) -> str:
    return f"GET /v1/receive/{number.replace('+', '%2B')}"


class Service:
    """A service with two numbers; routes in `broken` answer as told."""

    def __init__(self, broken: dict[str, Any] | None = None) -> None:
        self.letters: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.routes: dict[str, Any] = {
            "GET /v1/about": ABOUT,
            "GET /v1/accounts": [NUMBER, OTHER],
            f"GET /v1/devices/{NUMBER.replace('+', '%2B')}": [{"id": 1, "name": "x"}],
            "POST /v2/send": self._send,
            where(NUMBER): self._receive,
            where(OTHER): self._receive,
        }
        self.routes |= broken or {}

    def _send(self, asked: Asked) -> bytes:
        self.letters.append({"dataMessage": {"message": sent(asked)["message"]}})
        return document({"timestamp": str(AT)}, "201 Created")

    def _receive(self, asked: Asked) -> list[dict[str, Any]]:
        found = [{"envelope": letter, "account": "x"} for letter in self.letters]
        self.letters.clear()
        return [{"envelope": {"typingMessage": {}}}, *found]

    async def run(self, timeout_s: float = 2.0, **options: Any) -> Outcome:
        async with api(self.routes, self.asked) as base_url:
            settings = signal.Settings(base_url=base_url, number=NUMBER, **options)
            return await ask(signal, settings, timeout_s=timeout_s)


async def test_account_that_signal_accepts_is_authenticated() -> None:
    assert said(await Service().run()) == ACCEPTED


@pytest.mark.parametrize(
    "reply",
    [answer("404 Not Found"), error("This is not supported on a linked device")],
)
async def test_service_that_cannot_ask_signal_is_only_served(reply: bytes) -> None:
    route = f"GET /v1/devices/{NUMBER.replace('+', '%2B')}"

    outcome = await Service({route: reply}).run()

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


@pytest.mark.parametrize(
    ("words", "verdict", "reason"),
    [
        ("Authorization failed", Verdict.FAILED, Reason.AUTH),
        ("User +3247 is not registered.", Verdict.FAILED, Reason.AUTH),
        ("StatusCode: 429 (RateLimitException)", Verdict.DEGRADED, Reason.DEFERRED),
        ("UnknownHostException: chat.signal.org", Verdict.FAILED, Reason.STATUS),
    ],
)
async def test_signal_that_refuses_the_account_has_its_reason(
    words: str, verdict: Verdict, reason: Reason
) -> None:
    route = f"GET /v1/devices/{NUMBER.replace('+', '%2B')}"

    outcome = await Service({route: error(words)}).run()

    assert said(outcome) == (verdict, Evidence.SERVED, reason)


async def test_number_that_the_service_does_not_have_is_not_registered() -> None:
    outcome = await Service({"GET /v1/accounts": [OTHER]}).run()

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.NOT_REGISTERED)


async def test_message_that_another_number_reads_is_delivered() -> None:
    service = Service()

    outcome = await service.run(to=OTHER)

    assert said(outcome) == DELIVERED
    letter = sent(service.asked[2])
    assert (letter["number"], letter["recipients"]) == (NUMBER, [OTHER])
    assert "notify_self" not in letter
    assert service.asked[3].target.startswith("/v1/receive/%2B32470000002")


async def test_message_to_oneself_is_read_back() -> None:
    service = Service()

    outcome = await service.run(to=NUMBER)

    assert said(outcome) == DELIVERED
    assert sent(service.asked[2])["notify_self"] is True


async def test_message_that_a_linked_device_shows_is_delivered() -> None:
    service = Service()
    service.letters = []

    def mirrored(asked: Asked) -> list[dict[str, Any]]:
        text = service.letters[0]["dataMessage"]["message"]
        return [{"envelope": {"syncMessage": {"sentMessage": {"message": text}}}}]

    service.routes[where(NUMBER)] = mirrored

    assert said(await service.run(to=NUMBER)) == DELIVERED


async def test_receipt_of_a_foreign_telephone_is_delivered() -> None:
    receipt = {"isDelivery": True, "timestamps": [AT]}
    service = Service({where(NUMBER): [{"envelope": {"receiptMessage": receipt}}]})

    assert said(await service.run(to=STRANGER)) == DELIVERED


@pytest.mark.parametrize(
    "letters",
    [
        [],
        [{"envelope": {"dataMessage": {"message": "Meeting at nine"}}}],
        [{"envelope": {"receiptMessage": {"isDelivery": True, "timestamps": [1]}}}],
        [{"envelope": {"receiptMessage": {"isRead": True, "timestamps": [AT]}}}],
        [{"envelope": None}, 3],
    ],
)
async def test_message_that_nobody_shows_is_not_delivered(letters: Any) -> None:
    service = Service({where(NUMBER): letters})

    outcome = await service.run(0.5, to=STRANGER)

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.NOT_DELIVERED,
    )


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found"])
async def test_message_that_cannot_be_read_here_is_only_sent(status: str) -> None:
    outcome = await Service({where(OTHER): answer(status)}).run(to=OTHER)

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"sent": 1}


@pytest.mark.parametrize(
    ("reply", "verdict", "reason"),
    [
        (error("Unregistered user: 403"), Verdict.FAILED, Reason.AUTH),
        (error("Rate limit"), Verdict.DEGRADED, Reason.DEFERRED),
        (
            error("Slow down", "429 Too Many Requests"),
            Verdict.DEGRADED,
            Reason.DEFERRED,
        ),
        (error("Network unreachable"), Verdict.FAILED, Reason.STATUS),
        (error("x", "500 Internal Server Error"), Verdict.FAILED, Reason.STATUS),
        ({}, Verdict.FAILED, Reason.PROTOCOL),
        ({"timestamp": 5000 * "9"}, Verdict.FAILED, Reason.PROTOCOL),
    ],
)
async def test_message_that_is_not_sent_has_its_reason(
    reply: Any, verdict: Verdict, reason: Reason
) -> None:
    outcome = await Service({"POST /v2/send": reply}).run(to=OTHER)

    assert said(outcome) == (verdict, Evidence.SERVED, reason)


@pytest.mark.parametrize(
    ("route", "reply"),
    [
        ("GET /v1/about", {}),
        ("GET /v1/accounts", {"numbers": []}),
        ("GET /v1/accounts", answer(body=b"<html>")),
    ],
)
async def test_another_service_is_told(route: str, reply: Any) -> None:
    outcome = await Service({route: reply}).run()

    assert said(outcome) == (Verdict.FAILED, Evidence.SERVED, Reason.PROTOCOL)


@pytest.mark.parametrize("fault", FAULTS)
async def test_service_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = signal.Settings(base_url=base_url, number=NUMBER)
        outcome = await ask(signal, settings, timeout_s=0.5)

    assert said(outcome) == expected


@pytest.mark.parametrize("number", ["0470000001", "+32 470", ""])
def test_number_that_is_none_is_refused(number: str) -> None:
    with refusing("number"):
        signal.Settings(base_url="https://x", number=number)
