"""ntfy: does the server take a message on a topic, and give it back?

Without `topic` an ok shows that the server says it is healthy, and with a login that it
knows our account. With it a message of the lowest priority was published and read back
from the server's cache; that a telephone showed it is not seen. Give the probe a topic
of its own: its messages stay there until the cache forgets them.

A notice is published likewise, under a title. That it arrived says that the server
keeps it for who subscribes, not that anybody does; on a topic that we may not read it
is only accepted.

Source: ntfy documentation, "Publishing" (priority, authentication, limitations) and
"Subscribe via API" (poll, since, JSON message format); RFC 2047 (a title's letters).
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire import notices
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage, seldom_with

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("topic")
QUIET = {"Priority": "min", "Title": "Secours"}
RECENT = "2m"  # where the server did not say when it took the message
NOBODY = "anonymous"  # the role of one who is not logged in
TOPIC = re.compile("[A-Za-z0-9_-]{1,64}")


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Server, login, and the topic to publish on."""

    base_url: str = "https://ntfy.sh"
    """Address of the server."""
    topic: str | None = None
    """Topic to publish on and to read from."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.topic is not None and (not self.topic or "/" in self.topic):
            raise BadValue("plan.option.one-name", option="topic")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for health and account, or publish on the topic and read that back."""
    service = settings.service(path)
    if settings.topic is None:
        outcome = await _ask(service, settings.logs_in)
    else:
        outcome = await _round_trip(service, settings.topic, settings.logs_in)
    return with_expiry(outcome, service.der, settings.expires_within)


def addressee(settings: Settings, to: str) -> str:
    """Return the topic of a notice, by default the test's, or raise BadValue."""
    return notices.address(
        to, settings.topic, option="topic", form=TOPIC, example="crisis-duty"
    )


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Publish a notice, and read it back from the cache."""
    service = settings.service(path)
    priority = "urgent" if notice.urgent else "default"
    sent = await _publish(
        service,
        addressee(settings, notice.to),
        notices.body(notice),
        {"Priority": priority, "Title": _in_header(notice.title)},
    )
    service.prove(_proven(settings.logs_in))
    yield Stage.ACCEPTED
    ours = notices.known_by(notice.mark)
    if await notices.read_back(ours, lambda: sent.shows(ours), service.proven):
        yield Stage.ARRIVED


async def _ask(service: Service, logged_in: bool) -> Outcome:
    healthy = (await service.get("/v1/health")).get("healthy")
    if not isinstance(healthy, bool):
        return service.another("ntfy")
    service.prove(Evidence.SERVED)
    if not healthy:
        return service.failed(Reason.REPORTED, said="healthy: false")
    if not logged_in:
        return ok(Evidence.SERVED)
    account = await service.get("/v1/account")
    if account.get("role", NOBODY) == NOBODY:
        return service.failed(Reason.AUTH, said=NOBODY)
    return ok(Evidence.AUTHENTICATED)


async def _round_trip(service: Service, topic: str, logged_in: bool) -> Outcome:
    ours = OwnMessage()
    sent = await _publish(service, topic, ours.text, QUIET)
    service.prove(_proven(logged_in))
    await ours.until_found(lambda: sent.shows(ours), service.proven)
    return ours.delivered()


def _proven(logged_in: bool) -> Evidence:
    return Evidence.AUTHENTICATED if logged_in else Evidence.SERVED


class _NtfyPost(NamedTuple):
    """A message that the server took, and its id."""

    service: Service
    number: str
    target: str

    async def shows(self, ours: OwnMessage) -> bool:
        """Tell whether the server gives it back."""
        answer = await self.service.good("GET", self.target)
        return any(
            heard.get("id") == self.number and ours.is_in(heard.get("message"))
            for heard in _lines(answer.text)
        )


async def _publish(
    service: Service, topic: str, text: str, headers: Mapping[str, str]
) -> _NtfyPost:
    target = f"/{quote(topic, safe='')}"
    sent = await service.post(target, body=text, headers=headers)
    number, at = sent.get("id"), sent.get("time")
    if not isinstance(number, str):
        raise Stop(service.nonsense(problem="no-message"))
    since = at if isinstance(at, int) else RECENT
    return _NtfyPost(service, number, f"{target}/json?poll=1&since={since}")


def _in_header(title: str) -> str:
    if title.isascii() and title.isprintable() and "=?" not in title:
        return title
    return f"=?utf-8?B?{base64.b64encode(title.encode()).decode()}?="


def _lines(text: str) -> list[dict[str, Any]]:
    """Read one JSON object a line; the last may be cut."""
    events = []
    for line in text.split("\n"):  # a text may hold U+0085, RFC 8259 section 7
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            events.append(event)
    return events
