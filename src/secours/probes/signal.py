"""Signal: does our signal-cli service answer, know our number, and carry a message?

Asked of a signal-cli REST service of one's own, since Signal offers no API. Without
`to` an ok shows that Signal's servers accept our account, or, where the service cannot
ask them, only that it answers (`served`). With `to` a message was sent and read back,
or the other telephone confirmed that it got it. Reading takes messages away from the
account: give the probe a number that nobody else reads.

Source: signal-cli-rest-api: v1/about, v1/accounts, v1/devices, v2/send, v1/receive;
signal-cli(1), JSON of `receive` (dataMessage, syncMessage, receiptMessage).
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.wire.http import client
from secours.wire.http.api import Service, complaint
from secours.wire.http.api_options import ServerOptions
from secours.wire.net.tls import with_expiry
from secours.wire.numbers import whole
from secours.wire.own_message import OwnMessage

BEST = Evidence.DELIVERED

NUMBER = re.compile(r"\+\d{5,15}")
ABSENT = (404, 405)  # an older service
UNAUTHORISED = re.compile(r"unauthori[sz]ed|authori[sz]ation|not registered|\b40[13]\b")
LIMITED = re.compile(r"rate.?limit|\b4(13|29)\b")
CANNOT = re.compile(r"not supported|unsupported|primary|master|unrecogni[sz]ed|no such")
PUSHED = (400, *ABSENT)  # with MODE=json-rpc messages come over a WebSocket only
LISTEN_S = 3


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Which service, our number there, and whom it may write to."""

    number: str  # +32...
    to: str | None = None  # a number, best another one of this service

    def __post_init__(self) -> None:
        super().__post_init__()
        for option in ("number", "to"):
            value = getattr(self, option)
            if value is not None and not NUMBER.fullmatch(value):
                raise BadValue("plan.option.number-form", option=option)


def default_interval_s(settings: Settings) -> float | None:
    """Return how often to probe: seldom where a message is sent."""
    return None if settings.to is None else 300.0


def default_timeout_s(settings: Settings) -> float:
    """Return how long to wait: the service may start a Java program each time."""
    return 30.0 if settings.to is None else 60.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: service, account, a message there and back.

    Raises:
        Stop: something was refused, or makes no sense, or the message did not come.
        OSError: the service refuses or cannot be reached.
        SecretMissing: the token or password could not be read.

    """
    service = settings.service(path)
    if not isinstance((await service.get("/v1/about")).get("versions"), list):
        return service.another("signal-cli")
    service.prove(Evidence.SERVED)
    accounts = await _accounts(service)
    if settings.number not in accounts:
        return service.failed(Reason.NOT_REGISTERED)
    if settings.to is None:
        outcome = await _ask_signal(service, settings.number)
    else:
        reader = settings.to if settings.to in accounts else settings.number
        outcome = await _round_trip(service, settings.number, settings.to, reader)
    return with_expiry(outcome, service.der, settings.expires_within)


async def _accounts(service: Service) -> list[Any]:
    found = service.json(await service.good("GET", "/v1/accounts"))
    if not isinstance(found, list):
        raise Stop(service.another("signal-cli"))
    return found


async def _ask_signal(service: Service, number: str) -> Outcome:
    """List our devices, which only Signal's servers know."""
    answer = await service.ask("GET", f"/v1/devices/{quote(number)}")
    if answer.status in ABSENT or CANNOT.search(_complaint(answer)):
        return ok(Evidence.SERVED)
    _check(service, answer)
    return ok(Evidence.AUTHENTICATED)


def _check(service: Service, answer: client.HttpResponse) -> None:
    """Read the words of signal-cli: the service answers 400 to whatever goes wrong.

    Raises:
        Stop: something did.

    """
    said = _complaint(answer)
    if answer.status != 400:
        service.check(answer)
    elif LIMITED.search(said):
        raise Stop(service.limited(answer, said))
    else:
        reason = Reason.AUTH if UNAUTHORISED.search(said) else Reason.STATUS
        raise Stop(service.failed(reason, code=answer.status, said=said))


def _complaint(answer: client.HttpResponse) -> str:
    return complaint(answer.json_or_none()).lower()


async def _round_trip(service: Service, number: str, to: str, reader: str) -> Outcome:
    ours = OwnMessage()
    letter: dict[str, Any] = {
        "number": number,
        "recipients": [to],
        "message": ours.text,
    }
    if to == number:
        letter["notify_self"] = True
    answer = await service.ask("POST", "/v2/send", document=letter)
    _check(service, answer)
    at = str(service.document(answer).get("timestamp", ""))
    if not at.isdecimal():
        return service.nonsense(problem="no-message")
    sent = whole(at, Evidence.SERVED)
    service.prove(Evidence.AUTHENTICATED)
    target = f"/v1/receive/{quote(reader)}?timeout={LISTEN_S}"

    async def look() -> bool:
        heard = await service.ask("GET", target)
        if heard.status in PUSHED:
            raise Stop(ok(Evidence.AUTHENTICATED, sent=1))
        service.check(heard)
        letters = _envelopes(service.json(heard))
        return any(_shows(envelope, ours, sent) for envelope in letters)

    await ours.until_found(look)
    return ours.delivered()


def _envelopes(found: Any) -> Iterator[dict[str, Any]]:
    for letter in found if isinstance(found, list) else ():
        envelope = letter.get("envelope") if isinstance(letter, dict) else None
        if isinstance(envelope, dict):
            yield envelope


def _shows(envelope: dict[str, Any], ours: OwnMessage, at: int) -> bool:
    """Tell whether this is our message, or the receipt of the one who got it."""
    sync = envelope.get("syncMessage")
    letters = [envelope.get("dataMessage")]
    letters.append(sync.get("sentMessage") if isinstance(sync, dict) else None)
    if any(isinstance(m, dict) and ours.is_in(m.get("message")) for m in letters):
        return True
    receipt = envelope.get("receiptMessage")
    if not isinstance(receipt, dict) or receipt.get("isDelivery") is not True:
        return False
    confirmed = receipt.get("timestamps")
    return isinstance(confirmed, list) and at in confirmed
