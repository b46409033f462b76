"""Twilio: is our account active, and is there money left on it?

An ok shows that our credentials are accepted and that the account may send; not that an
operator delivers anything.

Source: Twilio REST API, "Account" (status: active, suspended, closed) and "Balance".
"""

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.outside_text import plain
from secours.wire.http.api import Service
from secours.wire.http.api_options import ApiOptions, check_account

BEST = Evidence.AUTHENTICATED
ACTIVE = "active"
ACCOUNTS = "/2010-04-01/Accounts/"


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Which account, how to log in to it, and how little money is too little."""

    account_sid: str
    auth_token: Secret | None = None
    token: Secret | None = None  # the same
    username: str | None = None  # of an API key, with its secret
    password: Secret | None = None
    min_balance: float | None = None  # in the currency of the account
    base_url: str = "https://api.twilio.com"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not re.fullmatch(r"\w+", self.account_sid, re.ASCII):
            raise BadValue("plan.option.account-sid", option="account_sid")
        check_account(self.username, self.password)
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
        settings,
        username=settings.username or settings.account_sid,
        password=settings.auth_token or settings.token or settings.password,
    )
    account = await service.get(f"{ACCOUNTS}{settings.account_sid}.json")
    status = service.text(account, "status", Reason.CONTENT)
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
        raise Stop(service.lacks("balance", Reason.CONTENT))
    return amount
