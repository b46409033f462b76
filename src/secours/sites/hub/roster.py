"""Roster of a hub: its servers, and the sites that it lets in."""

import ipaddress
import re
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from secours.config.sections.sites import RESERVED, is_site_name
from secours.message import BadValue
from secours.model.sites.membership import ALL

PORT = 4222  # of NATS
ROUTES_ABOVE = 2000  # members speak to one another on a port so much higher
ALONE = "hub"  # what a server that is no member of a cluster is called
SITES = "sites"  # the folder with what is copied to sites
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.?")
_MEMBER = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class HubMember(Struct, frozen=True, kw_only=True):
    """A server of the hub, and the host names of its clients."""

    name: str
    hosts: tuple[str, ...]  # the one that plans name first
    port: int = PORT
    pin: str = ""  # of its certificate

    @property
    def url(self) -> str:
        """Return its address as a plan names it."""
        return f"tls://{bracketed(self.hosts[0])}:{self.port}"

    @property
    def route(self) -> str:
        """Return the address at which the other members reach it."""
        return f"nats-route://{bracketed(self.hosts[0])}:{self.port + ROUTES_ABOVE}"


class AdmittedSite(Struct, frozen=True, kw_only=True):
    """A site that the hub lets in, by its nkey and its certificate."""

    name: str
    nkey: str  # public
    pin: str  # of its certificate
    follow: tuple[str, ...] = ()  # names of sites, or ALL
    added: datetime

    @property
    def follows_all(self) -> bool:
        """Tell whether it may hear every site."""
        return ALL in self.follow


class Roster(Struct, frozen=True, kw_only=True):
    """Members of a hub, the province, and every admitted site."""

    members: tuple[HubMember, ...]
    province: AdmittedSite
    sites: tuple[AdmittedSite, ...] = ()  # by name
    revision: int = 0  # rises with each change

    def site(self, name: str) -> AdmittedSite | None:
        """Return a site by its name."""
        return next((each for each in self.sites if each.name == name), None)

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the addresses of all members, as a plan names them."""
        return tuple(member.url for member in self.members)


def bracketed(host: str) -> str:
    """Return a host, IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def host(text: str) -> str:
    """Read the name or the address of a host; raise BadValue if it is none."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        if _HOST.fullmatch(text) and len(text) < 254:
            return text.rstrip(".").lower()
    raise BadValue("commands.hub.host", host=text)


def member(text: str, usual_port: int = PORT) -> HubMember:
    """Read a member of a cluster, NAME=HOST or NAME=HOST:PORT, or raise BadValue."""
    match = re.fullmatch(r"([^=]+)=(\[[^]]+\]|[^:]+)(?::(\d{1,5}))?", text)
    name, port = (match[1], int(match[3] or usual_port)) if match else ("", 0)
    fits = 0 < port <= 65535 - ROUTES_ABOVE
    if not match or not fits or not _MEMBER.fullmatch(name) or name == SITES:
        raise BadValue("commands.hub.member", member=text, form="NAME=HOST:PORT")
    return HubMember(name=name, hosts=(host(match[2]),), port=port)


def site_name(text: str) -> str:
    """Read the name of a site; raise BadValue if none may be called so."""
    if not is_site_name(text):
        reserved = ", ".join(RESERVED)
        raise BadValue("commands.hub.name", name=text, reserved=reserved)
    return text


def followed(text: str) -> str:
    """Read the name of a site to be heard, or ALL; raise BadValue if it is none."""
    return text if text == ALL else site_name(text)


def changed(roster: Roster, now: datetime) -> Roster:
    """Return a roster with a revision above all before, also of a restored folder."""
    revision = max(roster.revision + 1, int(now.timestamp()))
    return replace(roster, revision=revision)


def encoded(roster: Roster) -> bytes:
    """Write a roster."""
    return msgspec.json.format(msgspec.json.encode(roster), indent=2) + b"\n"


def decoded(data: bytes) -> Roster:
    """Read a roster; raise msgspec.MsgspecError if it is none."""
    return msgspec.json.decode(data, type=Roster)
