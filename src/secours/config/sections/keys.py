"""The sections of probes.yaml: their keys and shapes."""

import ipaddress
import re
from datetime import datetime
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from secours.config import catalogue
from secours.config.catalogue import Trait
from secours.config.reader.document import Sequence
from secours.config.reader.mistakes import nearest, shown, suggestion
from secours.config.reader.shapes import (
    NAME,
    REMOVED,
    Shape,
    Spot,
    Wrong,
    list_of,
    mapping_of,
    must_be,
    note_key,
    one_or_list,
    record,
    scalar_text,
)
from secours.config.reader.values import (
    DURATION,
    HOW,
    SHARE,
    TEXT,
    TRUTH,
    checked,
    choice,
    number,
)
from secours.config.sections.needs import NEEDS
from secours.config.sections.notify import NOTIFY
from secours.config.sections.probes import ENTRY, TIMES
from secours.config.sections.publish import PUBLISH
from secours.config.sections.receivers import AUDIENCE, DEVICE
from secours.config.sections.sites import SITES
from secours.languages import LANGUAGES
from secours.message import Message, message
from secours.model.plan import Carries, Purpose, Tier

if TYPE_CHECKING:
    from secours.model.monthly_day import MonthlyDay

LAYOUTS = ("columns", "bands")
THEMES = ("dark", "light")
LOOPBACK = ("token", "open")
WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
MONTHLY_DAYS = [f"{week} {weekday}" for week in WEEKS for weekday in WEEKDAYS]
INTERFACE_CHARACTERS = 15  # linux/if.h, IFNAMSIZ less the final zero


def _timezone(spot: Spot) -> str:
    import zoneinfo  # only a site that names one needs it

    text = scalar_text(spot)
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        near = nearest(text, zoneinfo.available_timezones())
    else:
        return text
    meant = near or message("plan.time-zone.write")
    raise Wrong(spot, "plan.no-such.time-zone", name=shown(text), meant=meant)


def _interface(text: str) -> str:
    if len(text) > INTERFACE_CHARACTERS or "/" in text or " " in text:
        raise ValueError
    return text


def _moment(spot: Spot) -> datetime:
    text = scalar_text(spot)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise must_be(spot, "plan.a.moment", shown(text)) from None


def _kind(spot: Spot) -> str:
    text = scalar_text(spot)
    known = catalogue.load()
    kind = known.kind_named(text)
    if kind is None:
        meant = suggestion(text, known.kinds, "kind", listed_by="secours kinds")
        raise Wrong(spot, "plan.no-such.kind", name=shown(text), meant=meant)
    return kind


def _traits(spot: Spot) -> dict[str, str]:
    if not isinstance(spot.node, Sequence):
        found = _TRAIT_TABLE.read(spot)
        for name in found:
            if meant := misspelt(name):
                note_key(spot, name, meant)
        return found
    listed = list_of(NAME).read(spot)
    for trait in listed:
        if meant := misspelt(trait.text):
            trait.spot.note(meant)
    return {trait.text: "yes" for trait in listed}


def misspelt(trait: str) -> Message | None:
    """Suggest a known trait for a misspelt one; a site may have its own."""
    known = catalogue.load().traits
    meant = None if trait in known else nearest(trait, known)
    if meant is None:
        return None
    return message("plan.no-such.trait", name=shown(trait), meant=meant)


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", text):
        raise ValueError
    return text.lower()


def _monthly_day(text: str) -> "MonthlyDay":
    from secours.model.monthly_day import MonthlyDay  # few plans have one

    if text not in MONTHLY_DAYS:
        raise ValueError
    week, _, weekday = text.partition(" ")
    return MonthlyDay(week=WEEKS[week], weekday=WEEKDAYS.index(weekday))


def _public_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError
    return text.rstrip("/")


_TRAIT_TABLE = mapping_of(choice(*get_args(Trait), aliases={True: "yes", False: "no"}))
HOST = checked(_host, "plan.a.site-name")
MOMENT = Shape(_moment, {"type": "string"})
MONTHLY_DAY = checked(
    _monthly_day,
    "plan.a.monthly-day",
    {"enum": MONTHLY_DAYS},
)
PROBES = list_of(ENTRY)
MAINTENANCE = list_of(
    record({"from": MOMENT, "until": MOMENT, "why": TEXT}, ("from", "until"))
)

SITE = record(
    {
        "name": TEXT,
        "language": choice(*LANGUAGES),
        "timezone": Shape(_timezone, {"type": "string"}),
        "contact": TEXT,
        "public_url": checked(_public_address, "plan.a.public-url"),
        "access": record({"internet": one_or_list(NAME), "mobile": one_or_list(NAME)}),
    }
)
PROBING = record(
    {"via": NAME, **TIMES, "watch_every": DURATION, "failback_after": DURATION}
)
SCREEN = record(
    {
        "max_age": DURATION,
        "distance_m": number(float, above=0),
        "width_mm": number(float, above=0),
        "layout": choice(*LAYOUTS),
        "theme": choice(*THEMES),
        "how": TRUTH,
    }
)
STANDBY = record({"takeover_after": DURATION})
ACCESS = record({"loopback": choice(*LOOPBACK), "allowed_hosts": one_or_list(HOST)})
RETENTION = record({"raw": DURATION, "journal": DURATION})
PATH = record(
    {
        "interface": checked(_interface, "plan.a.interface"),
        "source": checked(lambda text: str(ipaddress.ip_address(text)), "plan.a.ip"),
        "depends_on": NEEDS,
        "references": PROBES,
    }
)
COMPONENT = record(
    {
        "was": NAME,
        "label": TEXT,
        "depends_on": NEEDS,
        "autonomy": DURATION,
        "recharge": DURATION,
        "probes": PROBES,
        "maintenance": MAINTENANCE,
    }
)
CHANNEL = record(
    {
        "kind": Shape(_kind, {"type": "string"}),
        "was": NAME,
        "label": TEXT,
        "short_name": TEXT,
        "how": HOW,
        "mind": TEXT,
        "purposes": one_or_list(choice(*map(str, Purpose))),
        "carries": one_or_list(choice(*map(str, Carries))),
        "depends_on": NEEDS,
        "without": one_or_list(NAME),
        "autonomy": DURATION,
        "recharge": DURATION,
        "traits": Shape(
            _traits,
            {"anyOf": [_TRAIT_TABLE.schema, list_of(NAME).schema]},
        ),
        "heard_on": one_or_list(NAME),
        "reaches": mapping_of(SHARE),
        "probes": PROBES,
        "test": record({"every": DURATION, "on": MONTHLY_DAY}, ("every",)),
        "maintenance": MAINTENANCE,
    }
)
LINE = record(
    {
        "purpose": choice(*map(str, Purpose)),
        "audience": NAME,
        "require": one_or_list(NAME),
        **{tier.value: one_or_list(NAME) for tier in Tier},
        "last_resort": TEXT,
    },
    ("purpose", "audience", Tier.PRIMARY.value),
)
ROOT = record(
    {
        "example": TRUTH,
        "site": SITE,
        "probing": PROBING,
        "screen": SCREEN,
        "retention": RETENTION,
        "access": ACCESS,
        "standby": STANDBY,
        "notify": NOTIFY,
        "publish": PUBLISH,
        "cap": REMOVED,
        "sites": SITES,
        "paths": mapping_of(PATH),
        "components": mapping_of(COMPONENT),
        "channels": mapping_of(CHANNEL),
        "devices": mapping_of(DEVICE),
        "audiences": mapping_of(AUDIENCE),
        "plan": list_of(LINE),
    },
    ("channels",),
)
