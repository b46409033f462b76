"""Kannel: is the SMS gateway connected to its operator, and does it take a message?

An ok shows that the gateway runs and that its link to the operator's message centre is
up; with `to` also that it accepts our account and took a text message. Accepted is not
delivered: whether the telephone got it is not seen, `sms_roundtrip` shows that. The
same holds of a notice.

Source: Kannel User's Guide 1.4, "HTTP administration" (status.xml, SMSC states) and
"Using the HTTP interface to send SMS messages" (sendsms responses).
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from urllib.parse import urlencode
from xml.parsers import expat

from msgspec.structs import replace

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http.api import Service
from secours.wire.http.api_options import ApiOptions, check_account, check_url
from secours.wire.modem.alphabet import fitted, is_gsm
from secours.wire.option_checks import telephone
from secours.wire.own_message import OwnMessage, seldom_with
from secours.wire.sent_secret import SentSecret, over_http

BEST = Evidence.AUTHENTICATED
default_interval_s = seldom_with("to", 900.0)

ACCEPTED = re.compile(r"\s*(0: Accepted for delivery|Sent\.)")  # 1.4, 1.3
QUEUED = re.compile(r"\s*3: Queued")
RUNNING, ISOLATED = "running", "isolated"  # isolated sends and does not receive
ONLINE = "online"
UCS2 = "2"  # `coding`
GATEWAY, LINK = ["gateway", "status"], ["gateway", "smscs", "smsc"]
LINK_FIELDS = [*LINK, "id"], [*LINK, "status"]
DENIED = re.compile(rb"<gateway>\s*Denied")


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Address of the gateway, of its status, and the number to write to."""

    base_url: str
    """Address of sendsms, most often on port 13013."""
    username: str | None = None
    """User name for sending."""
    password: Secret | None = None
    """Password for sending, named as ${NAME}."""
    to: str | None = None
    """Number to write to; without it nothing is sent."""
    smsc: str | None = None
    """Link that has to be up; without it any will do."""
    status_url: str | None = None
    """Address of the status page, most often on port 13000."""
    status_password: Secret | None = None
    """Password of the status page, named as ${NAME}."""
    answers: bool = False
    """True to take text messages of recipients, which its get-url hands over."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status_url is not None:
            check_url("status_url", self.status_url)
        check_account(self.username, self.password)
        if self.to is not None and self.username is None:
            raise BadValue("plan.option.needs-both", option="to")

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield each password with its recipient."""
        if self.password is not None:
            yield over_http("password", self.base_url, verified=self.verify)
        if self.status_password is not None:
            url = self.status_url or self.base_url
            yield over_http("status_password", url, verified=self.verify)


def default_cost(settings: Settings) -> bool | None:
    """Tell whether a run costs money."""
    return None if settings.to is None else True


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Look at the gateway's links, then send a message where `to` asks for one."""
    outcome = await _gateway(settings, path)
    if settings.to is None:
        return outcome
    if kept := await _send(settings, path, settings.to, OwnMessage().text):
        raise kept
    return replace(
        outcome, evidence=Evidence.AUTHENTICATED, facts={**outcome.facts, "sent": 1}
    )


def addressee(settings: Settings, to: str) -> str:
    """Return the number for notices, by default that of the tests; raise BadValue."""
    if settings.username is None:
        raise BadValue("plan.option.needs-both", option="to")
    return telephone(to or settings.to or "")


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a text message by the gateway; its reports go to another server."""
    number = addressee(settings, notice.to)
    await _gateway(settings, path)
    kept = await _send(settings, path, number, fitted(notice.brief))
    yield Stage.ACCEPTED
    if kept:
        raise kept


async def _gateway(settings: Settings, path: Path | None) -> Outcome:
    """Raise Stop without a link: a message accepted without one lies in a queue."""
    status_url = settings.status_url or f"{settings.base_url.rstrip('/')}/status.xml"
    status = Service(status_url, path, settings)
    return _judge(status, settings, await _look(status, settings.status_password))


class _Link(NamedTuple):
    name: str
    state: str

    @property
    def up(self) -> bool:
        return self.state.startswith(ONLINE)


async def _look(status: Service, password: Secret | None) -> tuple[str, list[_Link]]:
    """Return the gateway's status and its links."""
    given = f"?{urlencode({'password': password.reveal()})}" if password else ""
    answer = await status.good("GET", given)
    if DENIED.search(answer.body):
        raise Stop(status.failed(Reason.AUTH, said="Denied"))
    try:
        gateway, links = _read(answer.body)
    except expat.ExpatError:
        raise Stop(status.nonsense(problem="no-xml")) from None
    if not gateway:
        raise Stop(status.another("Kannel"))
    status.prove(Evidence.SERVED)
    return gateway, links


def _judge(
    status: Service, settings: Settings, found: tuple[str, list[_Link]]
) -> Outcome:
    gateway, links = found
    state = gateway.partition(",")[0]
    links = [link for link in links if settings.smsc in (None, link.name)]
    up = [link for link in links if link.up]
    if state not in (RUNNING, ISOLATED):
        raise Stop(status.failed(Reason.REPORTED, said=gateway))
    if not up:
        reason = Reason.NOT_DELIVERED if settings.to else Reason.REPORTED
        facts = {"said": _words(links)} if links else {"problem": "no-smsc"}
        raise Stop(status.failed(reason, **facts))
    if len(up) < len(links) or state == ISOLATED:
        said = _words([link for link in links if not link.up]) or gateway
        return status.degraded(Reason.REPORTED, said=said)
    return ok(Evidence.SERVED, links=len(up))


def _words(links: list[_Link]) -> str:
    return plain(", ".join(f"SMSC {link.name} {link.state}" for link in links))


async def _send(
    settings: Settings, path: Path | None, to: str, text: str
) -> Stop | None:
    """Send a message; return the failure of a gateway that keeps it for later.

    Raises:
        Stop: the gateway did not take it.
    """
    sender = Service(settings.base_url, path, settings)
    sent = {
        "username": settings.username or "",
        "password": settings.password.reveal() if settings.password else "",
        "to": to,
        "text": text,
    }
    if not is_gsm(text):
        sent |= {"coding": UCS2, "charset": "UTF-8"}
    if settings.smsc is not None:
        sent["smsc"] = settings.smsc
    answer = await sender.good("GET", f"/cgi-bin/sendsms?{urlencode(sent)}")
    if QUEUED.match(answer.text):
        sender.prove(Evidence.AUTHENTICATED)
        return Stop(sender.failed(Reason.NOT_DELIVERED, said=answer.text))
    if not ACCEPTED.match(answer.text):
        raise Stop(sender.nonsense(said=answer.text))
    sender.prove(Evidence.AUTHENTICATED)
    return None


def _read(body: bytes) -> tuple[str, list[_Link]]:
    """Read status.xml, fetching and expanding nothing; raise ExpatError if no XML."""
    state = _State()
    parser = expat.ParserCreate("UTF-8")  # whatever it says of itself
    parser.StartElementHandler, parser.EndElementHandler = state.start, state.end
    parser.CharacterDataHandler = state.text
    parser.StartDoctypeDeclHandler = state.doctype
    parser.Parse(body, True)
    links = [_Link(*map(plain, (link["id"], link["status"]))) for link in state.links]
    return plain(state.gateway), links


class _State:
    """Contents of status.xml, filled by the parser."""

    def __init__(self) -> None:
        self.gateway = ""
        self.links: list[dict[str, str]] = []
        self._open: list[str] = []  # names of open elements

    def start(self, name: str, _: dict[str, str]) -> None:
        self._open.append(name)
        if self._open == LINK:
            self.links.append({"id": "", "status": ""})

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, part: str) -> None:
        if self._open == GATEWAY:
            self.gateway += part
        elif self._open in LINK_FIELDS:
            self.links[-1][self._open[-1]] += part

    def doctype(self, *_: object) -> None:
        raise expat.ExpatError("a document type, which may define entities")
