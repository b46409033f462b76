"""Permissions at the hub; everything else the server denies.

A site may speak for itself only, and hear its own signs of life: that shows whether
somebody else has its name, and its key. Of JetStream it has four calls: three on the
one consumer of the province's words (the next message, its state, the acknowledgement),
and its own last event, so that it knows what a hub that was broken still has.

A request names the subject of its answer, without a permission check: in an account
shared with others, a site could have the server itself answer under another's subject,
or order JetStream. So each site has an account of its own, where an answer reaches
nobody else; the streams are in the province's.

Source: NATS documentation, "Authorization", "Accounts" and "JetStream wire API
Reference".
"""

from msgspec import Struct

from secours.sites import subjects
from secours.sites.hub.roster import AdmittedSite, Roster

_ANY = f"{subjects.ROOT}.*"
ONCE, SEVERAL = "Singleton", "Stream"  # how often a service answers
SERVICES = {  # of the province's account, for the sites
    f"{_ANY}.{subjects.EVENT}": ONCE,
    f"{_ANY}.{subjects.STATE}.*.*": ONCE,
    f"{_ANY}.{subjects.RECOMMEND}.*.*": ONCE,
    f"$JS.API.CONSUMER.MSG.NEXT.{subjects.ORDERS}.*": SEVERAL,
    f"$JS.API.CONSUMER.INFO.{subjects.ORDERS}.*": ONCE,
    f"$JS.ACK.{subjects.ORDERS}.*.>": ONCE,
    f"$JS.API.DIRECT.GET.{subjects.EVENTS}.{_ANY}.{subjects.EVENT}": ONCE,
    "$JS.API.INFO": ONCE,  # no site may ask; an account without it has a JetStream that
    # answers each call first, that there is none
}


class Permissions(Struct, frozen=True, kw_only=True):
    """Subjects, with wildcards, for publication and subscription."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    not_subscribe: tuple[str, ...] = ()  # though it is allowed above


def services(site: AdmittedSite) -> tuple[str, ...]:
    """Return a site's own part of the services."""
    token, consumer = subjects.token(site.name), subjects.consumer(site.name)
    return tuple(
        each.replace("*", token if _ANY in each else consumer, 1) for each in SERVICES
    )


def of_site(site: AdmittedSite) -> Permissions:
    """Return a site's."""
    token = subjects.token(site.name)
    own = f"{subjects.ORDERS}.{subjects.consumer(site.name)}"
    followed = tuple(map(subjects.all_of, site.follow))
    return Permissions(
        publish=(
            subjects.all_of(site.name),
            f"$JS.API.CONSUMER.MSG.NEXT.{own}",
            f"$JS.API.CONSUMER.INFO.{own}",
            f"$JS.ACK.{own}.>",
            f"$JS.API.DIRECT.GET.{subjects.EVENTS}.{subjects.event(site.name)}",
        ),
        subscribe=(
            f"_INBOX.{token}.>",
            subjects.alive(site.name),
            *((f"{subjects.ROOT}.>",) if site.follows_all else followed),
        ),
        not_subscribe=(_DOWN,) if site.follows_all else (),
    )


def of_province(roster: Roster) -> Permissions:
    """Return the permissions of the province: hear all, speak down, manage streams.

    Its permission for each site by name tells it which sites the hub lets in.
    """
    name = roster.province.name
    return Permissions(
        publish=(
            subjects.all_of(name),
            _DOWN,
            "$JS.API.>",
            "$JS.ACK.>",
            subjects.OWN_RIGHTS,
        ),
        subscribe=(
            f"_INBOX.{subjects.token(name)}.>",
            f"{subjects.ROOT}.>",
            subjects.revision(roster.revision),
            *(subjects.alive(site.name) for site in roster.sites),
        ),
    )


_DOWN = f"{subjects.ROOT}.{subjects.DOWN}.>"
