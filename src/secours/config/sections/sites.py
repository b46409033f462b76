"""The section `sites`: this site among others."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from secours.config.reader.document import Scalar
from secours.config.reader.shapes import (
    NOTHING,
    Record,
    Shape,
    Spot,
    items,
    list_of,
    must_be,
    one_or_list,
    seen,
)
from secours.config.reader.values import ONE_LINE, checked
from secours.config.sections.fields import filled, one_of, section
from secours.config.sections.hosts import is_host
from secours.config.sections.probe_settings import shape_of
from secours.message import message
from secours.model.secret import Secret

if TYPE_CHECKING:
    from secours.model.sites.membership import Accepts, Sites

LONGEST_NAME = 60
EVERY_SITE = "all"
RESERVED = ("down", EVERY_SITE)  # reserved
LOOPBACK = ("localhost", "127.0.0.1", "::1")
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
    address = urlsplit(text)
    more = address.username, address.password, address.query
    if any(more) or address.path not in ("", "/"):
        raise ValueError
    safe = address.scheme == "tls" or (
        address.scheme == "nats" and address.hostname in LOOPBACK
    )
    host = address.hostname if address.port != 0 else None
    if not safe or host is None or not is_host(host):
        raise ValueError
    host = f"[{host}]" if ":" in host else host
    return f"{address.scheme}://{host}:{address.port or 4222}"


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


def _accepted(spot: Spot) -> "Accepts | None":
    """Read what a site accepts; `plans` is ignored."""
    from secours.model.sites.membership import Accepts

    is_plan = isinstance(spot.node, Scalar) and spot.node.text == PLANS
    return None if is_plan else one_of(Accepts).read(spot)


@cache
def _section() -> Shape[Record]:
    from secours.model.sites.membership import Shares, Sites

    return section(
        Sites,
        ("name", "hub"),
        name=NAME,
        hub=one_or_list(HUB),
        credentials=shape_of(Secret),
        share=list_of(one_of(Shares)),
        follow=one_or_list(FOLLOWED),
        accept=list_of(Shape(_accepted, ACCEPTED)),
        at=Shape(_at, COORDINATES),
        region=ONE_LINE,
    )


ACCEPTED = {
    "anyOf": [
        {"enum": ["words", "exercises"]},
        {"const": PLANS, "deprecated": True},
    ]
}
NAME = checked(
    _site_name, "plan.a.name-among-sites", {"type": "string", "maxLength": LONGEST_NAME}
)
HUB = checked(_hub, "plan.a.hub", {"type": "string", "pattern": "^(tls|nats)://"})
FOLLOWED = checked(_followed, "plan.a.name-among-sites", {"type": "string"})
COORDINATES = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 2,
    "maxItems": 2,
}
SITES: Shape[Record] = Shape(  # few plans have it, and its Structs take time to make
    lambda spot: _section().read(spot), lambda: _section().schema
)


def sites(written: Record | None) -> "Sites | None":
    """Make the section; None if missing or unusable."""
    if written is None or not {"name", "hub"} <= written.values.keys():
        return None
    from secours.model.sites.membership import Sites

    if not written.get("hub") and not items(hub := written.at("hub")):
        hub.note(must_be(hub, "plan.a.hub", NOTHING).message)
    return filled(written, Sites)
