"""Twilio: is our account active, and is there money left on it?

An ok shows that our credentials are accepted and that the account may send; not that an
operator delivers anything.

Source: Twilio REST API, "Account" (status: active, suspended, closed) and "Balance".
"""

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.outside_text import plain
from secours.wire.http.api import Service, check_url

BEST = Evidence.AUTHENTICATED
ACTIVE = "active"
ACCOUNTS = "/2010-04-01/Accounts/"


class Settings(Struct, frozen=True, kw_only=True):
    """Which account, how to log in to it, and how little money is too little."""

    account_sid: str
    auth_token: Secret | None = None
    token: Secret | None = None  # the same
    username: str | None = None  # of an API key, with its secret
    password: Secret | None = None
    min_balance: float | None = None  # in the currency of the account
    base_url: str = "https://api.twilio.com"
    ca: str | None = None
    verify: bool = True

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        if not re.fullmatch(r"\w+", self.account_sid, re.ASCII):
            raise BadValue("plan.option.account-sid", option="account_sid")
        if (self.username is None) != (self.password is None):
            raise BadValue(
                "plan.option.each-other", option="username", other="password"
            )
        ways = (self.auth_token, self.token, self.password)
        if sum(way is not None for way in ways) != 1:
            raise BadValue("plan.option.api-key")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for the account and, with `min_balance`, for its balance.

    Raises:
        Stop: something was refused, or makes no sense.
        OSError: the API refuses or cannot be reached.
        SecretMissing: the secret could not be read.

    """
    service = Service(
        settings.base_url,
        path,
        username=settings.username or settings.account_sid,
        password=settings.auth_token or settings.token or settings.password,
        ca=settings.ca,
        verify=settings.verify,
    )
    account = await service.get(f"{ACCOUNTS}{settings.account_sid}.json")
    status = account.get("status")
    if not isinstance(status, str):
        return service.failed(Reason.CONTENT, problem="no-field", what="status")
    service.prove(Evidence.AUTHENTICATED)
    if status != ACTIVE:
        return service.failed(Reason.REPORTED, said=status)
    if settings.min_balance is None:
        return ok(Evidence.AUTHENTICATED)
    found = await service.get(f"{ACCOUNTS}{settings.account_sid}/Balance.json")
    return _judge(service, found, settings.min_balance)


def _judge(service: Service, found: dict[str, Any], limit: float) -> Outcome:
    balance = _amount(service, found.get("balance"))
    facts: dict[str, Any] = {
        "balance": balance,
        "currency": plain(found.get("currency", "")),
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
        facts = {"problem": "no-field", "what": "balance"}
        raise Stop(service.failed(Reason.CONTENT, **facts))
    return amount
