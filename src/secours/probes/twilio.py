"""Twilio: is our account active, and is there money left on it?

An ok shows that our credentials are accepted and that the account may send; not that an
operator delivers anything.

A notice is a text message, and Twilio is asked until an operator has delivered it. It
is from `sender`: a number or a name of the account, or the SID of a messaging service.

Source: Twilio REST API, "Account" (status: active, suspended, closed), "Balance" and
"Message" (status).
"""

import asyncio
import math
import re
from collections.abc import AsyncIterator
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http.api import Service
from secours.wire.http.api_options import ApiOptions, check_account
from secours.wire.modem.alphabet import fitted
from secours.wire.option_checks import telephone
from secours.wire.progress import awaited, heed_cancellation

BEST = Evidence.AUTHENTICATED
ACTIVE = "active"
ACCOUNTS = "/2010-04-01/Accounts/"
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")  # the SID of a messaging service
ARRIVED, GIVEN_UP = ("delivered", "read"), ("undelivered", "failed", "canceled")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0  # between two looks at a message
LOOK_S = 20.0


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Account, its login, and the least balance."""

    account_sid: str
    """Id of the account."""
    auth_token: Secret | None = None
    """Token of the account, named as ${NAME}."""
    token: Secret | None = None
    """The same as auth_token."""
    username: str | None = None
    """Id of an API key, instead of a token."""
    password: Secret | None = None
    """Secret of that API key, named as ${NAME}."""
    min_balance: float | None = None
    """Balance below which it is degraded, in the currency of the account."""
    sender: str | None = None
    """Number that notices are sent from."""
    base_url: str = "https://api.twilio.com"
    """Address of Twilio."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not re.fullmatch(r"\w+", self.account_sid, re.ASCII):
            raise BadValue("plan.option.account-sid", option="account_sid")
        check_account(self.username, self.password)
        ways = (self.auth_token, self.token, self.password)
        if sum(way is not None for way in ways) != 1:
            raise BadValue("plan.option.api-key")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for the account and, with `min_balance`, for its balance."""
    service = _service(settings, path)
    account = await service.get(f"{ACCOUNTS}{settings.account_sid}.json")
    status = service.text(account, "status", Reason.CONTENT)
    service.prove(Evidence.AUTHENTICATED)
    if status != ACTIVE:
        return service.failed(Reason.REPORTED, said=status)
    if settings.min_balance is None:
        return ok(Evidence.AUTHENTICATED)
    found = await service.get(f"{ACCOUNTS}{settings.account_sid}/Balance.json")
    return _judge(service, found, settings.min_balance)


def addressee(settings: Settings, to: str) -> str:
    """Return the number for notices, with its country code; raise BadValue."""
    if not settings.sender:
        raise BadValue("plan.option.needs", option="to", other="sender")
    return telephone(to, international=True)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a text message, and ask until an operator has delivered it."""
    number = addressee(settings, notice.to)
    service = _service(settings, path)
    sender = (
        "MessagingServiceSid" if SERVICE.fullmatch(settings.sender or "") else "From"
    )
    form = {"To": number, sender: settings.sender, "Body": fitted(notice.brief)}
    messages = f"{ACCOUNTS}{settings.account_sid}/Messages"
    message = await service.post(f"{messages}.json", form=form)
    sid = service.text(message, "sid")
    service.prove(Evidence.AUTHENTICATED)
    _has_arrived(service, message)
    yield Stage.ACCEPTED
    with awaited():
        await _until_arrived(service, f"{messages}/{quote(sid, safe='')}.json", sid)
    yield Stage.ARRIVED


async def _until_arrived(service: Service, target: str, sid: str) -> None:
    """Poll a message until an operator has delivered it; raise Stop if it is lost."""
    pause_s = FIRST_PAUSE_S
    while True:
        await asyncio.sleep(pause_s)
        message = await _look(service, target)
        if message.get("sid") == sid and _has_arrived(service, message):
            return
        pause_s = min(1.5 * pause_s, LONGEST_PAUSE_S)


async def _look(service: Service, target: str) -> dict[str, Any]:
    """Ask for a message: it may arrive, also where we cannot see it now."""
    try:
        async with asyncio.timeout(LOOK_S):
            return await service.get(target)
    except (OSError, Stop):
        heed_cancellation()
        return {}


def _has_arrived(service: Service, message: dict[str, Any]) -> bool:
    """Tell whether a message arrived; raise Stop if it never will."""
    status = message.get("status")
    if status in GIVEN_UP:
        said = message.get("error_message") or message.get("error_code") or status
        raise Stop(service.failed(Reason.NOT_DELIVERED, said=str(said)))
    return status in ARRIVED


def _service(settings: Settings, path: Path | None) -> Service:
    return Service(
        settings.base_url,
        path,
        settings,
        username=settings.username or settings.account_sid,
        password=settings.auth_token or settings.token or settings.password,
    )


def _judge(service: Service, document: dict[str, Any], limit: float) -> Outcome:
    balance = _amount(service, document.get("balance"))
    facts: dict[str, Any] = {
        "balance": balance,
        "currency": plain(document.get("currency", "")),
    }
    if balance < limit:
        return service.degraded(Reason.BALANCE, limit=limit, **facts)
    return ok(Evidence.AUTHENTICATED, **facts)


def _amount(service: Service, said: Any) -> float:
    try:
        amount = float(Decimal(str(said)))
    except (InvalidOperation, ValueError):
        amount = math.nan
    if not math.isfinite(amount):
        raise Stop(service.lacks("balance", Reason.CONTENT))
    return amount
