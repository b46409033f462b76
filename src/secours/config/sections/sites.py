"""The section `sites`: this site among others."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from secours.config.reader.document import Scalar
from secours.config.reader.shapes import (
    Record,
    Shape,
    Spot,
    items,
    list_of,
    must_be,
    one_or_list,
    record,
    seen,
)
from secours.config.reader.values import ONE_LINE, checked, choice
from secours.config.sections.probe_settings import read_option
from secours.message import message
from secours.model.secret import Secret

if TYPE_CHECKING:
    from secours.model.sites.membership import Sites

LONGEST_NAME = 60
EVERY_SITE = "all"
RESERVED = ("down", EVERY_SITE)  # reserved
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SHARES = ("states", "recommendation", "journal", "how")
ACCEPTS = ("words", "exercises")
PLANS = "plans"  # accepted by earlier versions


def is_site_name(text: str) -> bool:
    """Tell whether a site name is valid."""
    plain = text.strip() == text and text.isprintable()
    return plain and 0 < len(text) <= LONGEST_NAME and text not in RESERVED


def _site_name(text: str) -> str:
    if not is_site_name(text):
        raise ValueError
    return text


def _followed(text: str) -> str:
    return text if text == EVERY_SITE else _site_name(text)


def _hub(text: str) -> str:
    """Return the address of a hub; without TLS only on loopback."""
    found = urlsplit(text)
    if found.username or found.password or found.path not in ("", "/") or found.query:
        raise ValueError
    safe = found.scheme == "tls" or (
        found.scheme == "nats" and found.hostname in LOOPBACK
    )
    if not safe or not found.hostname:
        raise ValueError
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return f"{found.scheme}://{host}:{found.port or 4222}"


def _secret(spot: Spot) -> Secret:
    token: Secret = read_option(spot, Secret)
    return token


def _at(spot: Spot) -> tuple[float, float]:
    wanted = message("plan.a.coordinates", example="[50.63, 5.57]")
    values = [
        each.node.value if isinstance(each.node, Scalar) else None
        for each in items(spot)
    ]
    match values:
        case [int() | float() as north, int() | float() as east] if (
            not isinstance(north, bool)
            and not isinstance(east, bool)
            and abs(north) <= 90
            and abs(east) <= 180
        ):
            return float(north), float(east)
    raise must_be(spot, wanted, seen(spot.node))


def _accepted(spot: Spot) -> str | None:
    """Read what a site accepts; `plans` is ignored."""
    is_plan = isinstance(spot.node, Scalar) and spot.node.text == PLANS
    return None if is_plan else ACCEPTED.read(spot)


ACCEPTED = choice(*ACCEPTS)
ACCEPT = list_of(
    Shape(
        _accepted,
        {"anyOf": [ACCEPTED.schema, {"const": PLANS, "deprecated": True}]},
    )
)
NAME = checked(
    _site_name, "plan.a.name-among-sites", {"type": "string", "maxLength": LONGEST_NAME}
)
HUB = checked(_hub, "plan.a.hub", {"type": "string", "pattern": "^(tls|nats)://"})
REFERENCE = {"type": "string", "pattern": r"^\s*\$\{[^{}]+\}\s*$"}
FOLLOWED = checked(_followed, "plan.a.name-among-sites", {"type": "string"})
COORDINATES = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 2,
    "maxItems": 2,
}
SITES = record(
    {
        "name": NAME,
        "hub": one_or_list(HUB),
        "credentials": Shape(_secret, REFERENCE),
        "share": list_of(choice(*SHARES)),
        "follow": one_or_list(FOLLOWED),
        "accept": ACCEPT,
        "at": Shape(_at, COORDINATES),
        "region": ONE_LINE,
    },
    ("name", "hub"),
)


def sites(section: Record | None) -> "Sites | None":
    """Make the section; None if missing or unusable."""
    if section is None or not {"name", "hub"} <= section.values.keys():
        return None
    from secours.model.sites.membership import (
        Accepts,
        Shares,
        Sites,
    )  # few plans have the section

    given = {
        key: section.values[key]
        for key in ("name", "hub", "credentials", "follow", "at", "region")
        if key in section.values
    }
    if "share" in section.values:
        given["share"] = tuple(map(Shares, section.values["share"]))
    if "accept" in section.values:
        given["accept"] = tuple(map(Accepts, section.values["accept"]))
    return Sites(**given)
