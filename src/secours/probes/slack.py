"""Slack: does it answer, accept our app, and take a message into a channel?

Without `token` an ok shows that the API answers. With it, that our app is accepted by
a new request each time: sessions that are already open may work or fail on their own.
With `channel` a message was put there, and read back or found there to be removed; that
it reaches a telephone is not seen.

Source: Slack Web API: "Evaluating responses", api.test, auth.test, chat.postMessage,
conversations.history, chat.delete; "Rate limits".
"""

from typing import Any

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.wire.http.api import Service
from secours.wire.http.api_options import ApiOptions
from secours.wire.own_message import OwnMessage, tidy

BEST = Evidence.DELIVERED

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


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Which app, and the channel it may write to."""

    token: Secret | None = None
    channel: str | None = None  # its id, such as C0123456789
    base_url: str = "https://slack.com"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channel is not None and self.token is None:
            raise BadValue("plan.option.needs", option="channel", other="token")


def default_interval_s(settings: Settings) -> float | None:
    """Return how often to probe: seldom where a message is sent."""
    return None if settings.channel is None else 300.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Test the API or our token; with a channel, post there and remove that again.

    Raises:
        Stop: something was refused, or makes no sense.
        OSError: the API refuses or cannot be reached.
        SecretMissing: the token could not be read.

    """
    base_url = settings.base_url.rstrip("/").removesuffix("/api")
    service = Service(base_url, path, settings, token=settings.token)
    if settings.token is None:
        await _call(service, "api.test")
        return ok(Evidence.SERVED)
    await _call(service, "auth.test")
    service.prove(Evidence.AUTHENTICATED)
    if settings.channel is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.channel)


async def _round_trip(service: Service, channel: str) -> Outcome:
    ours = OwnMessage()
    sent = await _call(service, "chat.postMessage", channel=channel, text=ours.text)
    at, where = sent.get("ts"), sent.get("channel", channel)
    message = sent.get("message")
    text = message.get("text") if isinstance(message, dict) else ours.text
    if not isinstance(at, str) or not ours.is_in(text):
        return service.nonsense(problem="no-message")
    read = await _read_back(service, ours, where, at)
    outcome = ours.delivered() if read else ok(Evidence.AUTHENTICATED, sent=1)
    there = ours.delivered()
    removing = _call(service, "chat.delete", channel=where, ts=at)
    outcome, removed = await tidy(outcome, removing)
    return there if removed and not read else outcome


async def _read_back(service: Service, ours: OwnMessage, channel: Any, at: str) -> bool:
    """Read the message back where the app has the scope for that."""
    form = {"channel": channel, "latest": at, "inclusive": "true", "limit": "1"}
    try:
        found = await _call(service, "conversations.history", form=form)
    except Stop:  # the scope is missing, or it may be asked once a minute
        return False
    messages = found.get("messages")
    return isinstance(messages, list) and any(
        isinstance(m, dict) and m.get("ts") == at and ours.is_in(m.get("text"))
        for m in messages
    )


async def _call(
    service: Service, method: str, *, form: dict[str, Any] | None = None, **sent: Any
) -> dict[str, Any]:
    """Call one method; what is wrong stands inside a 200."""
    body = {"form": form} if form else {"document": sent} if sent else {}
    answer = await service.ask("POST", f"/api/{method}", **body)
    found = service.document(answer)
    if not isinstance(found.get("ok"), bool):
        raise Stop(service.another("Slack"))
    service.prove(Evidence.SERVED)
    if found["ok"]:
        return found
    error = str(found.get("error", ""))
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
