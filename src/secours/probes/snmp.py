"""SNMP: does a device accept us, and are the values it measures as they should be?

Without `checks` an ok shows that the agent answered our community or user. With them
each value is compared with what is expected and with ranges; an ok then shows what the
device says of itself, not that it is right. An object that is not there measures
nothing: unknown. A wrong community or privacy key looks like silence, and with some
agents so does a wrong authentication key.

A check of 1.3.6.1.2.1.33.1.2.3.0 reads the minutes that the battery of a UPS lasts: the
`autonomy` of a component is counted by them, with `from`. The probe is then one of the
mains: failed says that the UPS runs on its battery (1.3.6.1.2.1.33.1.2.2.0 with
`expect: 0`), a low battery (1.3.6.1.2.1.33.1.2.1.0) is a warning, and silence is
unknown.

Source: RFC 3416 (v2c) and RFC 3414 (v3) protocols; RFC 1628 (UPS-MIB); Monitoring
Plugins Development Guidelines, "Threshold and Ranges".
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.message import BadValue, Message
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire import snmp
from secours.wire.nagios import ranges
from secours.wire.numbers import battery_runtime
from secours.wire.option_checks import check_port
from secours.wire.pattern import Pattern, advice
from secours.wire.progress import Progress, followed, unanswered_is_unknown
from secours.wire.sent_secret import SentSecret

BEST = Evidence.AUTHENTICATED
UPTIME = "1.3.6.1.2.1.1.3.0"  # sysUpTime.0, which every agent has: RFC 3418
WORST_FIRST = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.DEGRADED)
UPS_BATTERY = "1.3.6.1.2.1.33.1.2"  # upsBattery, RFC 1628 section 2
BATTERY_STATUS = f"{UPS_BATTERY}.1.0"  # upsBatteryStatus
SECONDS_ON_BATTERY = f"{UPS_BATTERY}.2.0"  # upsSecondsOnBattery: 0 on the mains
MINUTES_REMAINING = f"{UPS_BATTERY}.3.0"  # upsEstimatedMinutesRemaining
LOW = (3, 4)  # batteryLow, batteryDepleted
SHORTEST_KEY = 8  # RFC 3414 section 11.2
Number = str | int | float


class Check(Struct, frozen=True, kw_only=True):
    """One value: what it has to be, and the ranges outside which it is not fine."""

    oid: str
    """Number of the value, such as 1.3.6.1.2.1.1.3.0."""
    expect: Number | None = None
    """Number that it has to be, or regular expression (RE2) in its text."""
    warn: Number | None = None
    """Range of the plugin guidelines, outside which it is degraded."""
    fail: Number | None = None
    """Range of the plugin guidelines, outside which it has failed."""

    @property
    def number(self) -> str:
        """Return the number of the value as agents write it."""
        return self.oid.lstrip(".")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\.?[0-2](\.\d{1,10}){1,127}", self.oid):
            raise BadValue("plan.option.oid", option="oid", text=repr(self.oid))
        if isinstance(self.expect, str):
            Pattern(self.expect)
        for option in ("warn", "fail"):
            if (text := getattr(self, option)) is not None:
                try:
                    ranges.parse(str(text))
                except BadValue as error:
                    raise BadValue(error.message.and_of(option=option)) from None


class User(Struct, frozen=True, kw_only=True):
    """A user of SNMP v3, with the keys as passphrases."""

    user: str
    """Name of the user."""
    auth: str = "sha"
    """Authentication of the user, such as sha or sha256."""
    auth_key: Secret | None = None
    """Passphrase for that, named as ${NAME}."""
    priv: str = "aes"
    """Encryption, such as aes."""
    priv_key: Secret | None = None
    """Passphrase for that, named as ${NAME}."""

    def __post_init__(self) -> None:
        for option, known in (("auth", snmp.AUTH), ("priv", snmp.PRIV)):
            if _protocol(getattr(self, option)) not in known:
                raise BadValue(
                    "plan.option.one-of", option=option, names=", ".join(known)
                )
        if self.priv_key is not None and self.auth_key is None:
            raise BadValue("plan.option.needs-an", option="priv_key", other="auth_key")


class Settings(Struct, frozen=True, kw_only=True):
    """Agent, our identity there, and the values to check."""

    host: str
    """Name or address of the agent."""
    port: int = 161
    """Port of the agent."""
    community: Template | None = None
    """Community of SNMP v2c; ${NAME} in it is filled in."""
    v3: User | None = None
    """User of SNMP v3, instead of a community."""
    checks: tuple[Check, ...] = ()
    """Values to look at; without any, that the agent answers."""

    def __post_init__(self) -> None:
        check_port(self.port)
        if (self.community is None) == (self.v3 is None):
            raise BadValue("plan.option.who-asks")

    @property
    def measures_battery(self) -> bool:
        """Tell whether one of the values is how long a battery lasts."""
        return any(check.number == MINUTES_REMAINING for check in self.checks)

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield the community, where it is a secret: v2c encrypts nothing."""
        named = self.community
        if named is not None and (named.parts or not named.is_there):
            yield SentSecret(
                option=("community",),
                host=self.host,
                encrypted=False,
                to_encrypt="v3: {user: …, auth_key: …, priv_key: …}",
            )

    def warnings(self) -> tuple[Message, ...]:
        """Return advice on it."""
        warnings = (
            advice(f"checks[{at}].expect", check.expect)
            for at, check in enumerate(self.checks)
            if isinstance(check.expect, str)
        )
        return tuple(said for said in warnings if said)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Ask for all values at once, and return the worst."""
    of_mains = settings.measures_battery
    async with unanswered_is_unknown() if of_mains else nullcontext():
        return await _asked(settings, path)


async def _asked(settings: Settings, path: Path | None) -> Outcome:
    login = _login(settings)
    oids = [check.number for check in settings.checks] or [UPTIME]
    progress = Progress()
    try:
        async with followed(progress):
            values = await snmp.get(
                settings.host, settings.port, path, login, oids, progress
            )
    except Stop as stop:
        raise Stop(_hinted(stop.outcome, settings)) from None
    if not settings.checks:
        return ok(Evidence.AUTHENTICATED)
    outcomes = [
        await _judge(check, value)
        for check, value in zip(settings.checks, values, strict=True)
    ]
    bad = [outcome for outcome in outcomes if outcome.verdict is not Verdict.OK]
    worst = min(bad or outcomes, key=_badness)
    return _with_battery(worst, outcomes, dict(zip(oids, values, strict=True)))


def _with_battery(
    worst: Outcome, outcomes: list[Outcome], values: Mapping[str, snmp.Value]
) -> Outcome:
    """Add how long the battery of a UPS lasts, and what else warns."""
    minutes = values.get(MINUTES_REMAINING)
    lasts = battery_runtime(60 * minutes) if isinstance(minutes, int) else {}
    warned = dict.fromkeys(each for o in outcomes for each in o.warnings)
    return replace(worst, facts={**worst.facts, **lasts}, warnings=tuple(warned))


def _login(settings: Settings) -> snmp.Login:
    if settings.community is not None:
        return snmp.Login(community=settings.community.reveal())
    v3 = settings.v3
    assert v3 is not None, "a Settings has one of the two"
    keys = {
        name: key.reveal()
        for name, key in (("auth_key", v3.auth_key), ("priv_key", v3.priv_key))
        if key is not None
    }
    for name, key in keys.items():
        if len(key) < SHORTEST_KEY:
            facts = {"problem": "key-too-short", "what": name, "limit": SHORTEST_KEY}
            raise Stop(unknown(Reason.SECRET_MISSING, **facts))
    auth, priv = _protocol(v3.auth), _protocol(v3.priv)
    return snmp.Login(user=v3.user, auth=auth, priv=priv, **keys)


def _protocol(name: str) -> str:
    """Return the name of a protocol in one spelling: `SHA-256` is `sha256`."""
    return re.sub(r"[-_ ]", "", name.lower())


def _hinted(outcome: Outcome, settings: Settings) -> Outcome:
    """Add to a silence that a wrong secret looks the same."""
    hint = ""
    if outcome.reason is not Reason.TIMEOUT:
        return outcome
    if settings.community is not None:
        hint = "community"
    elif settings.v3 and settings.v3.auth_key and outcome.evidence.rank:
        # It did answer who it is, which takes no key; not every agent refuses one.
        hint = "privacy-key" if settings.v3.priv_key else "auth-key"
    return replace(outcome, facts={**outcome.facts, "hint": hint}) if hint else outcome


async def _judge(check: Check, value: snmp.Value) -> Outcome:
    accepted = Evidence.AUTHENTICATED
    if value is None:
        return unknown(Reason.CONTENT, problem="no-field", what=check.oid)
    facts: dict[str, Any] = {"what": check.oid, "said": plain(value)}
    if check.expect is not None and not await _expected(check.expect, value):
        if check.number == SECONDS_ON_BATTERY:
            return failed(Reason.ON_BATTERY, accepted)
        return failed(Reason.CONTENT, accepted, expected=plain(check.expect), **facts)
    if check.warn is None and check.fail is None:
        low = check.number == BATTERY_STATUS and value in LOW
        return degraded(Reason.BATTERY_LOW, accepted) if low else ok(accepted, **facts)
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return unknown(Reason.CONTENT, **facts)
    if check.fail is not None and ranges.parse(str(check.fail)).alerts(number):
        return failed(Reason.CONTENT, accepted, limit=str(check.fail), **facts)
    if check.warn is not None and ranges.parse(str(check.warn)).alerts(number):
        return degraded(Reason.CONTENT, accepted, limit=str(check.warn), **facts)
    return ok(accepted, **facts)


async def _expected(expect: Number, value: str | int | float) -> bool:
    """Compare numbers as numbers, also in a text, and search texts for a text."""
    if isinstance(value, str) and isinstance(expect, str):
        return await Pattern(expect).found_in(value)
    try:  # a float has not the digits of a Counter64
        if isinstance(value, float):
            return float(expect) == value
        return Decimal(str(expect)) == Decimal(value)
    except (ValueError, InvalidOperation):
        return False


def _badness(outcome: Outcome) -> int:
    order = (*WORST_FIRST, Verdict.OK)
    return order.index(outcome.verdict)
