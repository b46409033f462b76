"""Status page: does a provider itself say that something is wrong?

A hint and no more: pages were red while the service worked, and green for hours while
it did not. Green therefore proves nothing (evidence `none`), red is degraded with
`reported` and never failed, and a page that cannot be read is unknown.

Source: Atlassian Statuspage, "Status API" v2 (summary.json); Slack, "Slack Status API"
v2.0.0 (current).
"""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import client
from secours.wire.http.api_options import check_url
from secours.wire.net.tls import TlsOptions

BEST = Evidence.NONE
HINT = True  # never decides alone

SUMMARY = "/api/v2/summary.json"
GREEN, ALL_GREEN = "operational", "none"  # of a component, of the page
QUIET = "ok"  # at Slack


class Settings(TlsOptions, frozen=True, kw_only=True):
    """Page, and the part of it that matters."""

    url: str
    """Address of the status page."""
    component: str | None = None
    """Name or id of the part that matters; at Slack the name of a service."""

    def __post_init__(self) -> None:
        check_url("url", self.url, query=True)


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Read the page and return its outcome; raise Stop if time was up."""
    try:
        return await _read(settings, path)
    except asyncio.CancelledError:
        raise Stop(unknown(Reason.TIMEOUT)) from None
    except Stop as stop:
        return _unread(stop.outcome)
    except (OSError, EOFError):
        return unknown(Reason.UNREACHABLE)


def _unread(outcome: Outcome) -> Outcome:
    """Return that the page could not be read, which says nothing of its subject."""
    limited = outcome.reason is Reason.DEFERRED
    verdict = outcome.verdict if limited else Verdict.UNKNOWN
    return replace(outcome, verdict=verdict, evidence=Evidence.NONE)


async def _read(settings: Settings, path: Path | None) -> Outcome:
    bare = urlsplit(settings.url).path in ("", "/")
    url = settings.url.rstrip("/") + SUMMARY if bare else settings.url
    answer = await client.ask(
        "GET", url, path=path, follow=True, ca=settings.ca, verify=settings.verify
    )
    if not 200 <= answer.status < 300:
        return _unread(client.refusal(answer))
    document = answer.json()
    status = document.get("status") if isinstance(document, dict) else None
    if isinstance(status, str):
        return _slack(document, settings.component)
    if isinstance(status, dict):
        return _statuspage(document, status, settings.component)
    return unknown(Reason.CONTENT, problem="no-field", what="status")


def _statuspage(
    document: dict[str, Any], status: dict[str, Any], component: str | None
) -> Outcome:
    if component is None:
        indicator = plain(status.get("indicator", ""))
        words = plain(status.get("description") or indicator)
        if not indicator:
            return unknown(Reason.CONTENT, problem="no-field", what="indicator")
        return _say(indicator == ALL_GREEN, words)
    for part in _dicts(document.get("components")):
        if component.casefold() in (_low(part.get("name")), _low(part.get("id"))):
            state = plain(part.get("status", ""))
            return _say(state == GREEN, f"{plain(part.get('name'))}: {state}")
    return unknown(Reason.CONTENT, problem="no-field", what=component)


def _slack(document: dict[str, Any], component: str | None) -> Outcome:
    """Look for an incident; Slack lists no other components."""
    for incident in _dicts(document.get("active_incidents")):
        services = incident.get("services")
        names = services if isinstance(services, list) else []
        if component is None or component.casefold() in map(_low, names):
            return _say(False, plain(incident.get("title", "?")))
    if component is None:
        return _say(document["status"] == QUIET, plain(document["status"]))
    return _say(True, "")


def _say(green: bool, words: str) -> Outcome:
    if green:
        return ok(Evidence.NONE)
    return degraded(Reason.REPORTED, Evidence.NONE, said=words)


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item


def _low(value: Any) -> str:
    return value.casefold() if isinstance(value, str) else ""
