"""Subjects of sites' messages, and the streams that keep them.

    secours.SITE.state.KIND.NAME      the last is kept
    secours.SITE.recommend.LINE       the last is kept; a line is PURPOSE.AUDIENCE
    secours.SITE.event                kept for 30 days at most
    secours.SITE.alive                not kept: what is heard was just said
    secours.down.SITE.word            what the province says to a site

Names are percent-encoded, so that each is one token, whatever is in it.

Source: NATS documentation, "Subject-Based Messaging" and "JetStream / Streams".
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from msgspec import Struct

ROOT, DOWN = "secours", "down"  # and no site may be called so
STATE, RECOMMEND, EVENT, ALIVE = "state", "recommend", "event", "alive"
WORD, LIST = "word", "list"
OWN_RIGHTS = "$SYS.REQ.USER.INFO"  # a server says to whoever asks what he may
STATES, EVENTS, ORDERS = "secours_states", "secours_events", "secours_orders"  # of
# states there is one for each site; it was one of all

NUMBERS = "Secours-Numbers"  # a header of events: EPOCH/FIRST-LAST
OLD_NUMBERS = "Nats-Msg-Id"  # SITE/EPOCH/NUMBER, of an older site
MOST_TOGETHER = 32  # events in one message
_NUMBERS = re.compile(r"(?:.*/)?([^/]{1,80})/(\d{1,15})(?:-(\d{1,15}))?")


class Subject(Struct, frozen=True):
    """Subject of a message, parsed."""

    site: str
    topic: str  # STATE, RECOMMEND, EVENT or ALIVE
    kind: str = ""  # of a state: "channel", "component", "path" or "site"
    name: str = ""  # of a state, or a line


def token(name: str) -> str:
    """Return a name as one token of a subject."""
    return quote(name, safe="").replace(".", "%2E").replace("~", "%7E")


def consumer(site: str) -> str:
    """Return the name of a site's consumer for the province's words.

    A server takes a percent sign in it for a format: acknowledgements then name another
    consumer.
    """
    return token(site).replace("%", "=")


def states(site: str) -> str:
    """Return the name of the stream that keeps a site's states."""
    return f"{STATES}_{consumer(site)}"


def name_of(text: str) -> str:
    """Return the name in a token."""
    return unquote(text)


def site_of(consumer: str) -> str:
    """Return the site of a consumer."""
    return name_of(consumer.replace("=", "%"))


def all_of(site: str) -> str:
    """Return the subject of all messages of a site."""
    return f"{ROOT}.{token(site)}.>"


def state(site: str, kind: str, name: str) -> str:
    """Return the subject of one channel, component or path, or the site as a whole."""
    return f"{ROOT}.{token(site)}.{STATE}.{token(kind)}.{token(name)}"


def recommend(site: str, line: str) -> str:
    """Return the subject of a line's recommendation."""
    purpose, _, audience = line.partition("/")
    return f"{ROOT}.{token(site)}.{RECOMMEND}.{token(purpose)}.{token(audience)}"


def event(site: str) -> str:
    """Return the subject of a site's events, in their order."""
    return f"{ROOT}.{token(site)}.{EVENT}"


def alive(site: str) -> str:
    """Return the subject of a site's life."""
    return f"{ROOT}.{token(site)}.{ALIVE}"


def order(site: str) -> str:
    """Return the subject of the province's word for a site."""
    return f"{ROOT}.{DOWN}.{token(site)}.{WORD}"


def revision(number: int) -> str:
    """Return the subject that encodes a revision of the list of sites."""
    return f"{ROOT}.{DOWN}.{LIST}.{number}"


def revision_in(subject: str) -> int | None:
    """Return the revision in a subject, None for another one."""
    match subject.split("."):
        case [first, down, kind, number] if (first, down, kind) == (
            ROOT,
            DOWN,
            LIST,
        ) and number.isdecimal():
            return int(number)
    return None


def orders(site: str) -> str:
    """Return the subject of all the province's words for a site."""
    return f"{ROOT}.{DOWN}.{token(site)}.*"


def read(subject: str) -> Subject | None:
    """Return a site's subject parsed, None for a foreign one."""
    match [name_of(part) for part in subject.split(".")]:
        case [first, site, topic, kind, name] if (first, topic) == (ROOT, STATE):
            return Subject(site, topic, kind, name)
        case [first, site, topic, purpose, audience] if (first, topic) == (
            ROOT,
            RECOMMEND,
        ):
            return Subject(site, topic, name=f"{purpose}/{audience}")
        case [first, site, topic] if first == ROOT and topic in (EVENT, ALIVE):
            return Subject(site, topic)
    return None


def numbers(headers: Mapping[str, str]) -> tuple[str, range]:
    """Return a message's epoch and event numbers; none if not named, or too many."""
    said = headers.get(NUMBERS) or headers.get(OLD_NUMBERS, "")
    if not (found := _NUMBERS.fullmatch(said)):
        return "", range(0)
    first, last = int(found[2]), int(found[3] or found[2])
    return found[1], range(first, min(last + 1, first + MOST_TOGETHER))
