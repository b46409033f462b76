"""The sections of probes.yaml: their keys and shapes."""

import ipaddress
import re
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from secours.config import catalogue
from secours.config.autonomy import AUTONOMY
from secours.config.catalogue import Trait
from secours.config.reader.document import Sequence
from secours.config.reader.mistakes import nearest, shown, suggestion
from secours.config.reader.shapes import (
    NAME,
    Shape,
    Spot,
    Wrong,
    list_of,
    mapping_of,
    note_key,
    one_or_list,
    record,
    said,
    scalar_text,
)
from secours.config.reader.values import (
    DURATION,
    HOW,
    ONE_LINE,
    SHARE,
    TEXT,
    TRUTH,
    checked,
    choice,
    number,
)
from secours.config.sections.fields import keys, of_field, section
from secours.config.sections.needs import NEEDS
from secours.config.sections.notify import NOTIFY
from secours.config.sections.probe_settings import shape_of
from secours.config.sections.probes import ENTRY, USUAL
from secours.config.sections.receivers import AUDIENCE, DEVICE
from secours.config.sections.sites import SITES
from secours.languages import LANGUAGES
from secours.message import Message, message
from secours.model.plan import Config
from secours.model.sections.channel import (
    Channel,
    Component,
    MaintenanceWindow,
    Path,
    Probe,
)
from secours.model.sections.line import Line
from secours.model.sections.site import Entrance, Retention, Screen, Site

if TYPE_CHECKING:
    from secours.model.monthly_day import MonthlyDay

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


def _kind(spot: Spot) -> str:
    text = scalar_text(spot)
    contents = catalogue.load()
    own = spot.context.kinds
    kind = text if text in own else contents.kind_named(text)
    if kind is None:
        names = [*own, *contents.kinds]
        meant = suggestion(text, names, "kind", listed_by="secours kinds")
        raise Wrong(spot, "plan.no-such.kind", name=shown(text), meant=meant)
    return kind


def _traits(spot: Spot) -> dict[str, str]:
    if not isinstance(spot.node, Sequence):
        table = TRAIT_TABLE.read(spot)
        for name in table:
            if meant := misspelt(name):
                note_key(spot, name, meant)
        return table
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


def _paper(spot: Spot) -> Any:
    from secours.model.paper.settings import Printing  # few plans have it

    return shape_of(Printing).read(spot)


def _public_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError
    return text.rstrip("/")


TRAIT_TABLE = mapping_of(choice(*get_args(Trait), aliases={True: "yes", False: "no"}))
HOST = checked(_host, "plan.a.site-name")
DOOR = choice("token", "open")
LOOPBACK = Shape(lambda spot: DOOR.read(spot) == "open", DOOR.form)
MONTHLY_DAY = checked(_monthly_day, "plan.a.monthly-day", {"enum": MONTHLY_DAYS})
NAMES = one_or_list(NAME)
PROBES = list_of(ENTRY)
MAINTENANCE = list_of(section(MaintenanceWindow, ("from", "until")))

SITE = section(
    Site,
    defaults=True,
    name=TEXT,
    language=choice(*LANGUAGES),
    timezone=Shape(_timezone, {"type": "string"}),
    public_url=checked(_public_address, "plan.a.public-url"),
    access=record(
        {
            "internet": said(
                "Components that the internet is reached by, such as internet:fibre.",
                NAMES,
            ),
            "mobile": said(
                "Mobile networks that people's telephones use, such as"
                " carrier:mobile-a.",
                NAMES,
            ),
        }
    ),
)
PROBING = record(
    {
        **USUAL,
        "via": said("Path over which probes go that name none.", NAME),
        "timeout": said(
            "Time limit of one test, where its type needs no longer.",
            USUAL["timeout"],
        ),
        "watch_every": of_field(Probe, "watch_every_s", DURATION, default=True),
        "failback_after": of_field(Config, "failback_after_s", DURATION, default=True),
    }
)
SCREEN = section(
    Screen,
    defaults=True,
    distance_m=number(float, above=0),
    width_mm=number(float, above=0),
    layout=choice("columns", "bands"),
    theme=choice("dark", "light"),
)
STANDBY = record({"takeover_after": of_field(Config, "takeover_after_s", DURATION)})
ACCESS = section(
    Entrance,
    loopback=LOOPBACK,
    allowed_hosts=one_or_list(HOST),
    planners=one_or_list(ONE_LINE),
)
RETENTION = section(Retention, defaults=True)
PATH = section(
    Path,
    interface=checked(_interface, "plan.a.interface"),
    source=checked(lambda text: str(ipaddress.ip_address(text)), "plan.a.ip"),
    references=PROBES,
)
COMPONENT = section(
    Component, autonomy=AUTONOMY, probes=PROBES, maintenance=MAINTENANCE
)
TEST = record(
    {
        "every": said("How often people are to try it.", DURATION),
        "on": said(
            "Day of each month on which they do so, for the calendar; it makes nothing"
            " due.",
            MONTHLY_DAY,
        ),
    },
    ("every",),
)
CHANNEL = section(
    Channel,
    kind=Shape(_kind, {"type": "string"}),
    how=HOW,
    depends_on=NEEDS,
    without=said(
        "Components that its kind names and that it does not need here.", NAMES
    ),
    traits=Shape(
        _traits, lambda: {"anyOf": [TRAIT_TABLE.schema, list_of(NAME).schema]}
    ),
    heard_on=NAMES,
    reaches=mapping_of(SHARE),
    probes=PROBES,
    test=said("When people are to try it.", TEST),
    maintenance=MAINTENANCE,
)
LINE = section(
    Line,
    ("purpose", "audience", "primary"),
    require=NAMES,
    primary=said("Channel to use first.", NAMES),
    alternate=said("Channel to use if the primary fails.", NAMES),
    contingency=said("Channel to use if those before it fail.", NAMES),
    emergency=said("Channel to use when nothing else is left.", NAMES),
)
ROOT_KEYS = keys(
    Config,
    example=TRUTH,
    site=SITE,
    probing=said("How everything is tested, where a probe says nothing else.", PROBING),
    screen=SCREEN,
    retention=RETENTION,
    access=ACCESS,
    standby=said("What a second Secours does that follows a first one.", STANDBY),
    notify=NOTIFY,
    print=Shape(_paper, {"type": "object"}),  # whole in the schema
    sites=SITES,
    kinds=said(
        "File with kinds of channels of your own, beside this one.",
        Shape(scalar_text, {"type": "string"}),
    ),
    paths=mapping_of(PATH),
    components=mapping_of(COMPONENT),
    channels=mapping_of(CHANNEL),
    devices=mapping_of(DEVICE),
    audiences=mapping_of(AUDIENCE),
    plan=list_of(LINE),
)
ROOT = record(ROOT_KEYS, ("channels",))
