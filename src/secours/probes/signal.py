"""Signal: does our signal-cli service answer, know our number, and carry a message?

Asked of a signal-cli REST service of one's own, since Signal offers no API. Without
`to` an ok shows that Signal's servers accept our account, or, where the service cannot
ask them, only that it answers (`served`). With `to` a message was sent and read back,
or the other telephone confirmed that it got it. Reading takes messages away from the
account: give the probe a number that nobody else reads.

A notice has arrived when the receipt of a telephone has come, in a group the first one
does; where the service hands out no receipts it is only accepted.

Source: signal-cli-rest-api: v1/about, v1/accounts, v1/devices, v2/send, v1/receive;
signal-cli(1), JSON of `receive` (dataMessage, syncMessage, receiptMessage).
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire import notices
from secours.wire.http import client
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.net.tls import with_expiry
from secours.wire.numbers import whole
from secours.wire.own_message import OwnMessage, seldom_with

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("to")

NUMBER = re.compile(r"\+\d{5,15}")
ADDRESS = re.compile(
    rf"{NUMBER.pattern}|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
    r"|group\.[A-Za-z0-9+/=_-]+"
)
ABSENT = (404, 405)  # an older service
UNAUTHORISED = re.compile(r"unauthori[sz]ed|authori[sz]ation|not registered|\b40[13]\b")
REJECTED = re.compile(r"untrusted|unregistered")  # of whom we write to
LIMITED = re.compile(r"rate.?limit|\b4(13|29)\b")
CANNOT = re.compile(  # nor any words of a network or a disk, such as "no such host"
    r"not supported|unsupported command|primary|master|unrecogni[sz]ed arg|no such com"
)
PUSHED, WEBSOCKET = (400, *ABSENT), "websocket"  # the only way with MODE=json-rpc
LISTEN_S = 3


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Service, our number there, and the recipient."""

    number: str
    """Our number in the service, such as +32470000000."""
    to: str | None = None
    """Number to write to, best another one of the same service."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for option in ("number", "to"):
            value = getattr(self, option)
            if value is not None and not NUMBER.fullmatch(value):
                raise BadValue("plan.option.number-form", option=option)


def default_timeout_s(settings: Settings) -> float:
    """Return the timeout: the service may start a Java program each time."""
    return 30.0 if settings.to is None else 60.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: service, account, a message there and back."""
    service = settings.service(path)
    accounts = await _accounts(service, settings.number)
    if settings.to is None:
        outcome = await _ask_signal(service, settings.number)
    else:
        reader = settings.to if settings.to in accounts else settings.number
        outcome = await _round_trip(service, settings, settings.to, reader)
    return with_expiry(outcome, service.der, settings.expires_within)


def addressee(settings: Settings, to: str) -> str:
    """Return who gets a notice; raise BadValue for nobody's address, or nobody."""
    example = "+32470123456, group.bXkgZ3JvdXA="
    return notices.address(to, settings.to, option="to", form=ADDRESS, example=example)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a notice, and wait for the receipt of a telephone.

    It is looked for in our own account: messages of another account of the service are
    left to its readers.
    """
    to = addressee(settings, notice.to)
    service = settings.service(path)
    await _accounts(service, settings.number)
    ours = notices.known_by(notice.mark)
    with _inbox(settings.base_url, settings.number) as inbox:
        at = await _write(service, settings.number, to, notices.whole(notice))
        yield Stage.ACCEPTED

        async def look() -> bool:
            letters = await inbox.read(service)
            from_them = [letter for letter in letters if _may_be_of(to, letter)]
            return any(_confirms(letter, ours, at) for letter in from_them)

        if await notices.read_back(ours, look):
            yield Stage.ARRIVED


async def _accounts(service: Service, number: str) -> list[Any]:
    """Return the service's accounts; raise Stop unless ours is among them."""
    if not isinstance((await service.get("/v1/about")).get("versions"), list):
        raise Stop(service.another("signal-cli"))
    service.prove(Evidence.SERVED)
    accounts = service.json(await service.good("GET", "/v1/accounts"))
    if not isinstance(accounts, list):
        raise Stop(service.another("signal-cli"))
    if number not in accounts:
        raise Stop(service.failed(Reason.NOT_REGISTERED))
    return accounts


async def _ask_signal(service: Service, number: str) -> Outcome:
    """List our devices, which only Signal's servers know."""
    answer = await service.ask("GET", f"/v1/devices/{quote(number)}")
    if answer.status in ABSENT or CANNOT.search(_complaint(answer)):
        return ok(Evidence.SERVED)
    _check(service, answer)
    return ok(Evidence.AUTHENTICATED)


def _check(service: Service, answer: client.HttpResponse) -> None:
    """Raise Stop by the words of signal-cli: the service answers 400 to every error."""
    complaint = _complaint(answer)
    if answer.status != 400:
        service.check(answer)
    elif LIMITED.search(complaint):
        raise Stop(service.limited(answer, complaint))
    else:
        reason = Reason.STATUS
        if UNAUTHORISED.search(complaint):
            reason = Reason.AUTH
        elif REJECTED.search(complaint):
            reason = Reason.REJECTED
        raise Stop(service.failed(reason, code=answer.status, said=complaint))


def _complaint(answer: client.HttpResponse) -> str:
    """Return the whole error text: its first line may only count."""
    found = answer.json_or_none()
    said = found.get("error") if isinstance(found, dict) else None
    return said.strip().lower() if isinstance(said, str) else ""


async def _round_trip(
    service: Service, settings: Settings, to: str, reader: str
) -> Outcome:
    ours = OwnMessage()
    with _inbox(settings.base_url, reader) as inbox:
        at = await _write(service, settings.number, to, ours.text)

        async def look() -> bool:
            letters = await inbox.read(service)
            return any(_shows(letter, ours, at) for letter in letters)

        await ours.until_found(look)
    return ours.delivered()


async def _write(service: Service, number: str, to: str, text: str) -> int:
    """Send a message, and return the timestamp by which its receipts name it."""
    letter: dict[str, Any] = {
        "number": number,
        "recipients": [to],
        "message": text,
        "text_mode": "normal",
    }
    if to == number:
        letter["notify_self"] = True
    answer = await service.ask("POST", "/v2/send", document=letter)
    _check(service, answer)
    at = str(service.document(answer).get("timestamp", ""))
    if not at.isdecimal():
        raise Stop(service.nonsense(problem="no-message"))
    sent = whole(at, Evidence.SERVED)
    service.prove(Evidence.AUTHENTICATED)
    return sent


class _Inbox:
    """Messages to an account since this was opened.

    Reading an account removes its messages: all who wait get them.
    """

    def __init__(self, number: str, all_open: "set[_Inbox]") -> None:
        self._target = f"/v1/receive/{quote(number)}?timeout={LISTEN_S}"
        self._all_open = all_open
        self._unread: list[dict[str, Any]] = []

    async def read(self, service: Service) -> list[dict[str, Any]]:
        """Return the messages since the last time.

        Raises:
            Stop: the service refuses; an ok where it delivers nothing here.
        """
        answer = await service.ask("GET", self._target)
        said = _complaint(answer)
        if answer.status in PUSHED and (not said or WEBSOCKET in said):
            raise Stop(ok(Evidence.AUTHENTICATED, sent=1))
        _check(service, answer)
        letters = list(_envelopes(service.json(answer)))
        for inbox in self._all_open:
            inbox._unread += letters
        unread, self._unread = self._unread, []
        return unread


_open: dict[tuple[str, str], set[_Inbox]] = {}


@contextmanager
def _inbox(base_url: str, number: str) -> Iterator[_Inbox]:
    all_open = _open.setdefault((base_url, number), set())
    inbox = _Inbox(number, all_open)
    all_open.add(inbox)
    try:
        yield inbox
    finally:
        all_open.remove(inbox)
        if not all_open:
            _open.pop((base_url, number), None)


def _envelopes(found: Any) -> Iterator[dict[str, Any]]:
    for letter in found if isinstance(found, list) else ():
        envelope = letter.get("envelope") if isinstance(letter, dict) else None
        if isinstance(envelope, dict):
            yield envelope


def _shows(envelope: dict[str, Any], ours: OwnMessage, at: int) -> bool:
    """Tell whether this is our message, or its receipt."""
    letters = _letters(envelope)
    return any(ours.is_in(m.get("message")) for m in letters) or _got(envelope, at)


def _confirms(envelope: dict[str, Any], ours: OwnMessage, at: int) -> bool:
    """Tell whether our notice came: an answer to it may repeat its mark."""
    letters = [m for m in _letters(envelope) if m.get("timestamp") == at]
    return any(ours.is_in(m.get("message")) for m in letters) or _got(envelope, at)


def _may_be_of(to: str, envelope: dict[str, Any]) -> bool:
    """Tell whether we wrote to this sender: Signal does not always say."""
    source = "sourceNumber" if to.startswith("+") else "sourceUuid"
    return to.startswith("group.") or (envelope.get(source) or to) == to


def _letters(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages to this account, or by it from another telephone."""
    sync = envelope.get("syncMessage")
    letters = [envelope.get("dataMessage")]
    letters.append(sync.get("sentMessage") if isinstance(sync, dict) else None)
    return [letter for letter in letters if isinstance(letter, dict)]


def _got(envelope: dict[str, Any], at: int) -> bool:
    """Tell whether this is a telephone's receipt of a message of ours."""
    receipt = envelope.get("receiptMessage")
    if not isinstance(receipt, dict) or receipt.get("isDelivery") is not True:
        return False
    confirmed = receipt.get("timestamps")
    return isinstance(confirmed, list) and at in confirmed
