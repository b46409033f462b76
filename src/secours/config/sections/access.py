"""Access networks of the site, and of people's telephones."""

from secours.config import catalogue
from secours.config.catalogue import ACCESS, CARRIER, INTERNET, MOBILE
from secours.config.reader.shapes import Record, Spot, bare, entries
from secours.model import nodes
from secours.model.nodes import DATA, VOICE


def declared_names(root: Record) -> dict[str, Spot]:
    """Return the declared components, each with its place."""
    if not root.get("components"):
        return {}
    return entries(root.at("components"))


def ways(root: Record) -> dict[str, tuple[str, ...]]:
    """Return the values of `access`, `internet` and `mobile`."""
    access = root.part("site").part("access")
    written = {way: bare(names) for way, names in access.values.items() if names}
    usual = catalogue.load().access
    phones = written or usual
    return {
        ACCESS: (
            *phones.get(INTERNET, ()),
            *(service_of(root, name, DATA) for name in phones.get(MOBILE, ())),
        ),
        INTERNET: written.get(INTERNET, usual[INTERNET]),
        MOBILE: written.get(MOBILE, usual[MOBILE]),
    }


def carrier_of(service: str) -> str | None:
    """Return the network of a data or voice service, else None."""
    if nodes.kind_of(service) not in (DATA, VOICE):
        return None
    return f"{CARRIER}:{nodes.name_in(service)}"


def service_of(root: Record, carrier: str, by: str) -> str:
    """Return the service of a network if known on its own, else the network."""
    service = f"{by}:{nodes.name_in(carrier)}"
    known = {*declared_names(root), *catalogue.load().components}
    return service if carrier_of(service) == carrier and service in known else carrier
