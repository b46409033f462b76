import asyncio
from typing import Any

import pytest
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent, within_s
from servers.http_server import Asked, answer
from servers.notice_run import ACCEPTED as TAKEN
from servers.notice_run import ARRIVED, NOTICE, Told, tell
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.probes import signal

NUMBER, OTHER, STRANGER = "+32470000001", "+32470000002", "+32470000003"
ABOUT = {"versions": ["v1", "v2"], "build": 2, "mode": "normal", "version": "0.98"}
AT = 1635528741000
UNTRUSTED = 'Failed to send (some) messages:\nUntrusted Identity for "+32470000002"'
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

    async def tell(
        self, receipt_s: float | None = None, to: str = STRANGER, notice_to: str = ""
    ) -> Told:
        async with api(self.routes, self.asked) as base_url:
            settings = signal.Settings(base_url=base_url, number=NUMBER, to=to)
            return await tell(signal, settings, receipt_s=receipt_s, to=notice_to)


async def test_account_that_signal_accepts_is_authenticated() -> None:
    assert said(await Service().run()) == ACCEPTED


@pytest.mark.parametrize(
    "reply",
    [
        answer("404 Not Found"),
        error("This is not supported on a linked device"),
        error("unrecognized arguments: 'listDevices'"),
        error("no such command"),
    ],
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
        *(
            (said, Verdict.FAILED, Reason.STATUS)
            for said in (  # the first of a captive portal
                "SSLException: Unsupported or unrecognized SSL message",
                "Received fatal alert: unrecognized_name",
                "dial tcp: lookup chat.signal.org: no such host",
                "data/329837: No such file or directory",
            )
        ),
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


NO_SOCKET = "websocket: the client is not using the websocket protocol"


@pytest.mark.parametrize(
    "reply",
    [answer("400 Bad Request"), answer("404 Not Found"), error(NO_SOCKET)],
    ids=str,
)
async def test_message_that_cannot_be_read_here_is_only_sent(reply: bytes) -> None:
    outcome = await Service({where(OTHER): reply}).run(to=OTHER)

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"sent": 1}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Error while checking account: Authorization failed!", Reason.AUTH),
        ("Receiving failed: Connection closed", Reason.STATUS),
    ],
)
async def test_account_that_cannot_receive_is_not_ok(
    words: str, reason: Reason
) -> None:
    outcome = await Service({where(OTHER): error(words)}).run(to=OTHER)

    assert said(outcome) == (Verdict.FAILED, Evidence.AUTHENTICATED, reason)


@pytest.mark.parametrize(
    ("reply", "verdict", "reason"),
    [
        (error("Unregistered user: 403"), Verdict.FAILED, Reason.AUTH),
        (error('Unregistered user "+32470000002"'), Verdict.FAILED, Reason.REJECTED),
        (error(f"{AT}\n{UNTRUSTED}\n"), Verdict.FAILED, Reason.REJECTED),
        (
            error("Failed to send message due to untrusted identities"),
            Verdict.FAILED,
            Reason.REJECTED,
        ),
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
        outcome = await ask(signal, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


@pytest.mark.parametrize("number", ["0470000001", "+32 470", ""])
def test_number_that_is_none_is_refused(number: str) -> None:
    with refusing("number"):
        signal.Settings(base_url="https://x", number=number)


# ------------------------------------------------------------------ a notice

RECEIPT = {"envelope": {"receiptMessage": {"isDelivery": True, "timestamps": [AT]}}}
GROUP = "group.bXkgZ3JvdXA="
SOMEBODY = "9d3a7a0e-7a5e-4f0b-8f5d-2f0d4c1b9a11"


@pytest.mark.parametrize("to", ["", OTHER, GROUP, SOMEBODY])
async def test_receipt_of_a_telephone_says_that_the_notice_arrived(to: str) -> None:
    service = Service({where(NUMBER): [RECEIPT]})

    assert await service.tell(notice_to=to) == (
        [TAKEN, ARRIVED],
        None,
    )
    letter = sent(service.asked[2])
    assert letter == {
        "number": NUMBER,
        "recipients": [to or STRANGER],
        "message": f"{NOTICE.title}\n\n{NOTICE.text}",
        "text_mode": "normal",
    }
    read = {a.target.partition("?")[0] for a in service.asked[3:]}
    assert read == {where(NUMBER).removeprefix("GET ")}


@pytest.mark.parametrize(
    "letter",
    [
        {"dataMessage": {"message": f"{NOTICE.mark} seen", "timestamp": AT + 9}},
        {"dataMessage": {"message": NOTICE.text}},
        {"receiptMessage": {"isDelivery": True, "timestamps": [AT + 1]}},
        {"receiptMessage": {"isRead": True, "timestamps": [AT]}},
        {**RECEIPT["envelope"], "sourceNumber": OTHER},
    ],
)
async def test_answer_that_repeats_the_mark_is_no_receipt(
    letter: dict[str, Any],
) -> None:
    told = await Service({where(NUMBER): [{"envelope": letter}]}).tell(0.7)

    assert (told.stages, told.reason) == ([TAKEN], Reason.NOT_DELIVERED)


async def test_notice_to_oneself_arrives_on_the_linked_telephone() -> None:
    ours = {"message": NOTICE.text, "timestamp": AT}
    service = Service({where(NUMBER): [{"envelope": {"dataMessage": ours}}]})

    assert await service.tell(to=NUMBER) == ([TAKEN, ARRIVED], None)
    assert sent(service.asked[2])["notify_self"] is True


async def test_receipt_that_comes_late_is_waited_for() -> None:
    rounds: list[int] = []

    def late(asked: Asked) -> list[Any]:
        rounds.append(1)
        return [RECEIPT] if len(rounds) > 2 else []

    assert await Service({where(NUMBER): late}).tell() == ([TAKEN, ARRIVED], None)


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found"])
async def test_service_that_hands_out_no_receipts_has_accepted(status: str) -> None:
    assert await Service({where(NUMBER): answer(status)}).tell() == ([TAKEN], None)


async def test_test_and_notice_take_no_receipts_away_from_each_other() -> None:
    at = iter([AT, AT + 1])
    both_wrote = asyncio.Event()
    read: list[int] = []

    def send(asked: Asked) -> bytes:
        now = next(at)
        if now > AT:
            both_wrote.set()
        return document({"timestamp": str(now)}, "201 Created")

    def receive(asked: Asked) -> list[Any]:
        if read or not both_wrote.is_set():
            return []
        read.append(1)
        got = {"isDelivery": True, "timestamps": [AT, AT + 1]}
        return [{"envelope": {"receiptMessage": got}}]

    service = Service({"POST /v2/send": send, where(NUMBER): receive})
    async with api(service.routes) as base_url:
        settings = signal.Settings(base_url=base_url, number=NUMBER, to=STRANGER)
        outcome, told = await asyncio.gather(
            ask(signal, settings), tell(signal, settings)
        )

    assert said(outcome) == DELIVERED
    assert told == ([TAKEN, ARRIVED], None)
    assert not signal._open


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error("Unregistered user: 403"), Reason.AUTH),
        (error("Rate limit"), Reason.DEFERRED),
        (error("Network unreachable"), Reason.STATUS),
        ({}, Reason.PROTOCOL),
    ],
)
async def test_notice_that_is_not_sent_has_its_reason(
    reply: Any, reason: Reason
) -> None:
    told = await Service({"POST /v2/send": reply}).tell()

    assert (told.stages, told.reason) == ([], reason)
    assert not signal._open


def test_notice_goes_to_one_address() -> None:
    settings = signal.Settings(base_url="http://x", number=NUMBER, to=OTHER)

    assert signal.addressee(settings, "") == OTHER
    for good in (STRANGER, GROUP, SOMEBODY):
        assert signal.addressee(settings, good) == good
    for wrong in ("0470000001", "group.", "group.a b", SOMEBODY[:-1], "+32470\n"):
        with refusing("to must be an address such as"):
            signal.addressee(settings, wrong)
    with refusing("no to of its own"):
        signal.addressee(signal.Settings(base_url="http://x", number=NUMBER), "")


@pytest.mark.parametrize(
    ("to", "source"),
    [
        (STRANGER, {"sourceNumber": STRANGER, "sourceUuid": SOMEBODY}),
        (STRANGER, {"sourceNumber": None, "sourceUuid": SOMEBODY}),
        (SOMEBODY, {"sourceNumber": OTHER, "sourceUuid": SOMEBODY}),
        (GROUP, {"sourceNumber": OTHER, "sourceUuid": SOMEBODY}),
    ],
)
async def test_receipt_of_whom_we_wrote_to_counts(
    to: str, source: dict[str, Any]
) -> None:
    envelope = {**RECEIPT["envelope"], **source}
    service = Service({where(NUMBER): [{"envelope": envelope}]})

    assert await service.tell(notice_to=to) == ([TAKEN, ARRIVED], None)
