"""Does the hub of the province let this site in?"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from secours.doctor.finding import Case, MachineFinding, fine, mend
from secours.message import Series, message, why
from secours.model.observed import Reason
from secours.model.secret import SecretMissing
from secours.model.sites.membership import ALL, Sites
from secours.outside_text import plain
from secours.sites import credentials, link, subjects
from secours.sites.credentials import NOBODY, Credentials

if TYPE_CHECKING:
    from nats.aio.client import Client

PACKAGE = "nats"
LIMIT_S = 10.0  # over a satellite it takes six answers
ANSWER_WITHIN_S = 1.0


def look(case: Case) -> Iterator[MachineFinding]:
    """Connect by the plan, and leave at once."""
    sites = case.config.sites if case.config else None
    if sites is None or find_spec(PACKAGE) is None:
        return
    validate = f"{case.secours} validate"
    try:
        ours = (
            credentials.read(sites.credentials.reveal())
            if sites.credentials
            else NOBODY
        )
        denied, lack = asyncio.run(_visit(sites, ours))
    except SecretMissing as missing:
        sentence = message("commands.doctor.hub.credentials", why=missing.said)
        yield mend("hub", sentence, validate)
    except msgspec.MsgspecError:
        unreadable = message("commands.doctor.hub.unreadable")
        sentence = message("commands.doctor.hub.credentials", why=unreadable)
        yield mend("hub", sentence, validate)
    except Exception as error:  # noqa: BLE001 -- whatever a hub does
        if link.why(error)[0] is Reason.TLS_MISSING:
            yield _in_clear(sites, ours)
        else:
            yield _unreached(sites, error, validate)
    else:
        yield from _let_in(sites, denied, validate, lack)


def _let_in(
    sites: Sites, denied: list[str], validate: str, lack: str
) -> Iterator[MachineFinding]:
    hub = _hub(sites)
    yield fine("hub", message("commands.doctor.hub.in", hub=hub))
    if lack:
        yield mend("hub", message(lack, hub=hub))
    if denied:
        names = Series(tuple(denied), "commands.doctor.comma")
        yield mend("hub", message("commands.doctor.hub.deaf", names=names), validate)


def _unreached(sites: Sites, error: Exception, validate: str) -> MachineFinding:
    reason, _ = link.why(error)
    host = urlsplit(sites.hub[0]).hostname or ""
    hub = _hub(sites)
    if reason is Reason.AUTH:
        sentence = message("commands.doctor.hub.refused", hub=hub)
        return mend("hub", sentence, validate)
    if link.has_ended(error) and sites.credentials:
        sentence = message("commands.doctor.hub.ended", hub=hub)
        return mend("hub", sentence)
    if reason is Reason.TIMEOUT:
        sentence = message("commands.doctor.hub.silent", hub=hub)
    else:
        told = message("commands.os.said", said=plain(error))
        because = why(error) if isinstance(error, OSError) else told
        sentence = message("commands.doctor.hub.unreached", hub=hub, why=because)
    return mend("hub", sentence, f"getent hosts {host}", "ip route")


def _in_clear(sites: Sites, ours: Credentials) -> MachineFinding:
    """Report an earlier hub or a missing certificate."""
    is_earlier = asyncio.run(_is_earlier(sites, credentials.tls(ours)))
    slug = "commands.doctor.hub.earlier" if is_earlier else "commands.doctor.hub.clear"
    return mend("hub", message(slug, hub=_hub(sites)))


async def _is_earlier(sites: Sites, context: ssl.SSLContext) -> bool:
    from secours.sites.tls_first import is_earlier_hub

    for each in map(urlsplit, sites.hub):
        with suppress(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                if await is_earlier_hub(each.hostname or "", each.port or 0, context):
                    return True
    return False


async def _visit(sites: Sites, ours: Credentials) -> tuple[list[str], str]:
    """Connect, and return the followed sites that the hub does not let us hear.

    Also the message why it keeps nothing, "" if it keeps what is sent.
    """
    from nats.aio.client import Client

    client, denials = Client(), list[str]()
    try:
        async with asyncio.timeout(LIMIT_S):
            await link.connect(
                client, sites, ours, closed=asyncio.Event(), denied=denials.append
            )
            for name in sites.follow:
                await client.subscribe(_life(name))
            for _ in range(2):  # the first may overtake what was asked
                await client.flush()
            lack = await _lack_of_store(client, sites.name)
    except TimeoutError:  # an answer is waited for, though the connection may be over
        raise client.last_error or TimeoutError from None
    finally:
        await client.close()
    denied = "".join(denials).lower()
    deaf = [each for each in sites.follow if f'"{_life(each)}"'.lower() in denied]
    return deaf, lack


async def _lack_of_store(client: "Client", name: str) -> str:
    """Return the message why nothing is kept at the hub, "" if it is, or if late."""
    from nats.errors import NoRespondersError
    from nats.errors import TimeoutError as NoAnswer

    ours = f"{subjects.ORDERS}.{subjects.consumer(name)}"
    try:
        call = f"$JS.API.CONSUMER.INFO.{ours}"
        answer = await client.request(call, timeout=ANSWER_WITHIN_S)
    except NoRespondersError:
        return "commands.doctor.hub.once"
    except NoAnswer:
        return ""
    has_none = b"stream not found" in answer.data
    return "commands.doctor.hub.no-streams" if has_none else ""


def _life(name: str) -> str:
    """Return what is heard of a site, or of all."""
    return (
        f"{subjects.ROOT}.*.{subjects.ALIVE}" if name == ALL else subjects.alive(name)
    )


def _hub(sites: Sites) -> str:
    return ", ".join(sites.hub)
