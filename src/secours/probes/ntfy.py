"""ntfy: does the server take a message on a topic, and give it back?

Without `topic` an ok shows that the server says it is healthy, and with a login that it
knows our account. With it a message of the lowest priority was published and read back
from the server's cache; that a telephone showed it is not seen. Give the probe a topic
of its own: its messages stay there until the cache forgets them.

Source: ntfy documentation, "Publishing" (priority, authentication, limitations) and
"Subscribe via API" (poll, since, JSON message format).
"""

import json
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage

BEST = Evidence.DELIVERED
QUIET = {"Priority": "min", "Title": "Secours"}
RECENT = "2m"  # where the server did not say when it took the message
NOBODY = "anonymous"  # the role of one who is not logged in


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Which server, how to log in, and the topic to publish on."""

    base_url: str = "https://ntfy.sh"
    topic: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.topic is not None and (not self.topic or "/" in self.topic):
            raise BadValue("plan.option.one-name", option="topic")


def default_interval_s(settings: Settings) -> float | None:
    """Return how often to probe: seldom where a message is sent."""
    return None if settings.topic is None else 300.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for health and account, or publish on the topic and read that back.

    Raises:
        Stop: something was refused, or makes no sense, or the message is not there.
        OSError: the server refuses or cannot be reached.
        SecretMissing: the token or password could not be read.

    """
    service = settings.service(path)
    if settings.topic is None:
        outcome = await _ask(service, settings.logs_in)
    else:
        topic = f"/{quote(settings.topic, safe='')}"
        outcome = await _round_trip(service, topic, settings.logs_in)
    return with_expiry(outcome, service.der, settings.expires_within)


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
    sent = await service.post(topic, body=ours.text, headers=QUIET)
    number = sent.get("id")
    if not isinstance(number, str):
        return service.nonsense(problem="no-message")
    service.prove(Evidence.AUTHENTICATED if logged_in else Evidence.SERVED)
    at = sent.get("time")
    since = at if isinstance(at, int) else RECENT

    async def look() -> bool:
        answer = await service.good("GET", f"{topic}/json?poll=1&since={since}")
        return any(
            heard.get("id") == number and ours.is_in(heard.get("message"))
            for heard in _lines(answer.text)
        )

    await ours.until_found(look, service.proven)
    return ours.delivered()


def _lines(text: str) -> list[dict[str, Any]]:
    """Read one JSON object a line; the last may be cut."""
    found = []
    for line in text.splitlines():
        try:
            heard = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(heard, dict):
            found.append(heard)
    return found
