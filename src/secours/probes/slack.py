"""Slack: does it answer, accept our app, and take a message into a channel?

Without `token` an ok shows that the API answers. With it, that our app is accepted by
a new request each time: sessions that are already open may work or fail on their own.
With `channel` a message was put there, and read back or found there to be removed; that
it reaches a telephone is not seen.

A notice is put there likewise. That it arrived says that the channel shows it; where
the app may not read the channel it is only accepted.

Source: Slack Web API: "Evaluating responses", api.test, auth.test, chat.postMessage,
conversations.history, chat.delete; "Rate limits".
"""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire import notices
from secours.wire.http.api import Service
from secours.wire.http.api_options import ApiOptions
from secours.wire.own_message import OwnMessage, seldom_with, tidy

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("channel")

LOGIN = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked"),
        *("token_expired", "access_denied", "org_login_required", "not_allowed"),
        *("ekm_access_denied", "two_factor_setup_required", "invalid_token"),
    }
)
BROKEN = frozenset(
    {
        *("fatal_error", "internal_error", "service_unavailable", "request_timeout"),
        *("team_added_to_org", "accesslimited", "external_service_error"),
    }
)
WAIT = ("ratelimited", "rate_limited", "message_limit_exceeded")
CHANNEL = re.compile("[CGDUW][A-Z0-9]{6,20}")  # U and W: straight to a person
PLAIN = {"mrkdwn": False, "parse": "none", "link_names": False}
PLAIN |= {"unfurl_links": False, "unfurl_media": False}


class Settings(ApiOptions, frozen=True, kw_only=True):
    """App, and the channel to write to."""

    token: Secret | None = None
    """Token of the app, named as ${NAME}."""
    channel: str | None = None
    """Id of the channel to write to and read from, such as C0123456789."""
    base_url: str = "https://slack.com"
    """Address of Slack."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channel is not None and self.token is None:
            raise BadValue("plan.option.needs", option="channel", other="token")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Test the API or our token; with a channel, post there and remove that."""
    if settings.token is None:
        await _call(_service(settings, path), "api.test")
        return ok(Evidence.SERVED)
    service = await _known_app(settings, path)
    if settings.channel is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.channel)


def addressee(settings: Settings, to: str) -> str:
    """Return the channel of a notice; raise BadValue without one, or a token."""
    if settings.token is None:
        raise BadValue("plan.option.needs", option="to", other="token")
    return notices.address(
        to, settings.channel, option="channel", form=CHANNEL, example="C0123456789"
    )


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Post a notice to a channel, and read it back there."""
    channel = addressee(settings, notice.to)
    service = await _known_app(settings, path)
    ours = notices.known_by(_escaped(notice.mark))
    posted = await _post(
        service, channel, _escaped(notices.whole(notice)), ours, **PLAIN
    )
    yield Stage.ACCEPTED
    if await notices.read_back(ours, lambda: posted.shows(ours)):
        yield Stage.ARRIVED


def _escaped(text: str) -> str:
    """Escape a text for Slack, so that nobody is called and nothing linked."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _service(settings: Settings, path: Path | None) -> Service:
    base_url = settings.base_url.rstrip("/").removesuffix("/api")
    return Service(base_url, path, settings, token=settings.token)


async def _known_app(settings: Settings, path: Path | None) -> Service:
    service = _service(settings, path)
    await _call(service, "auth.test")
    service.prove(Evidence.AUTHENTICATED)
    return service


async def _round_trip(service: Service, channel: str) -> Outcome:
    ours = OwnMessage()
    posted = await _post(service, channel, ours.text, ours)
    try:
        read = await posted.shows(ours)
    except Stop:  # the scope is missing, or it may be asked once a minute
        read = False
    outcome = ours.delivered() if read else ok(Evidence.AUTHENTICATED, sent=1)
    there = ours.delivered()
    removing = _call(service, "chat.delete", channel=posted.channel, ts=posted.at)
    outcome, removed = await tidy(outcome, removing)
    return there if removed and not read else outcome


class _SlackPost(NamedTuple):
    """A message that Slack took, and its id."""

    service: Service
    channel: Any
    at: str

    async def shows(self, ours: OwnMessage) -> bool:
        """Tell whether it is there; for that the app needs a scope."""
        form = {"channel": self.channel, "latest": self.at}
        form |= {"inclusive": "true", "limit": "1"}
        found = await _call(self.service, "conversations.history", form=form)
        messages = found.get("messages")
        return isinstance(messages, list) and any(
            isinstance(m, dict) and m.get("ts") == self.at and ours.is_in(m.get("text"))
            for m in messages
        )


async def _post(
    service: Service, channel: str, text: str, ours: OwnMessage, **options: Any
) -> _SlackPost:
    sent = await _call(
        service, "chat.postMessage", channel=channel, text=text, **options
    )
    at, message = sent.get("ts"), sent.get("message")
    put = message.get("text") if isinstance(message, dict) else text
    if not isinstance(at, str) or not ours.is_in(put):
        raise Stop(service.nonsense(problem="no-message"))
    return _SlackPost(service, sent.get("channel", channel), at)


async def _call(
    service: Service, method: str, *, form: dict[str, Any] | None = None, **sent: Any
) -> dict[str, Any]:
    """Call one method; its error stands inside a 200."""
    body = {"form": form} if form else {"document": sent} if sent else {}
    answer = await service.ask("POST", f"/api/{method}", **body)
    document = service.document(answer)
    if not isinstance(document.get("ok"), bool):
        raise Stop(service.another("Slack"))
    service.prove(Evidence.SERVED)
    if document["ok"]:
        return document
    error = str(document.get("error", ""))
    if error in WAIT:
        raise Stop(service.limited(answer, error))
    raise Stop(service.failed(_reason(service, error), said=error))


def _reason(service: Service, error: str) -> Reason:
    if error in LOGIN:
        return Reason.AUTH
    if error in BROKEN:
        return Reason.STATUS
    known = service.proven is Evidence.AUTHENTICATED
    return Reason.REJECTED if known else Reason.STATUS
