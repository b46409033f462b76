"""Mattermost: is the server healthy, does it accept our account and carry a post?

Without a login an ok shows that the server, its database and its file store are well.
With one, that our account is accepted. With `channel` a post was stored, read back and
deleted; the push to telephones, which goes through the vendor's relay, is not seen.

Source: Mattermost API reference v4: "system/ping" (get_server_status), "users/login",
"users/me", "posts"; its section on errors and rate limits.
"""

from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, Verdict, ok
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.http.login import use_account
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage, tidy

BEST = Evidence.DELIVERED
API = "/api/v4"
WELL = "OK"
UNHEALTHY = 500  # the status of a ping that has bad news in its body


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Which server, which account, and the channel it may write to."""

    channel: str | None = None  # its id, 26 letters and digits

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channel is not None and not self.logs_in:
            raise BadValue("plan.option.needs-login", option="channel")


def default_interval_s(settings: Settings) -> float | None:
    """Return how often to probe: seldom where a message is sent."""
    return None if settings.channel is None else 300.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: health, who we are, a post there and back.

    Raises:
        Stop: something was refused, or makes no sense, or the post is not there.
        OSError: the server refuses or cannot be reached.
        SecretMissing: the token or password could not be read.

    """
    service = Service(settings.base_url, path, settings)
    ill = await _ping(service)
    outcome = await use_account(
        settings,
        service,
        log_in=_log_in,
        use=lambda: _use(settings, service),
        log_out=lambda: service.post(f"{API}/users/logout"),
    )
    if ill and outcome.verdict is Verdict.OK:
        found = service.degraded(Reason.REPORTED, said=ill)
        outcome = replace(found, latency_s=outcome.latency_s, evidence=outcome.evidence)
    return with_expiry(outcome, service.der, settings.expires_within)


async def _ping(service: Service) -> str:
    """Return what the server says is ill but not fatal, nothing where all is well.

    Raises:
        Stop: it says that it does not work.

    """
    answer = await service.ask("GET", f"{API}/system/ping?get_server_status=true")
    if answer.status != UNHEALTHY:
        service.check(answer)
    found = service.json(answer)
    if not isinstance(found, dict) or not isinstance(found.get("status"), str):
        service.check(answer)
        raise Stop(service.another("Mattermost"))
    service.prove(Evidence.SERVED)
    parts = ("database_status", "filestore_status", "status")
    ill = [
        f"{part} {plain(found[part])}"
        for part in parts
        if found.get(part, WELL) != WELL
    ]
    if found.get("database_status", WELL) != WELL:
        raise Stop(service.failed(Reason.REPORTED, said=ill[0]))
    return ill[0] if ill else ""


async def _use(settings: Settings, service: Service) -> Outcome:
    service.text(await service.get(f"{API}/users/me"), "id")
    service.prove(Evidence.AUTHENTICATED)
    if settings.channel is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.channel)


async def _log_in(service: Service, username: str, password: str) -> str:
    document = {"login_id": username, "password": password}
    answer = await service.good("POST", f"{API}/users/login", document=document)
    token = answer.headers.get("token")
    if not token:
        raise Stop(service.lacks("Token"))
    return token


async def _round_trip(service: Service, channel: str) -> Outcome:
    ours = OwnMessage()
    document = {"channel_id": channel, "message": ours.text}
    number = (await service.post(f"{API}/posts", document=document)).get("id")
    if not isinstance(number, str):
        return service.nonsense(problem="no-message")
    post = f"{API}/posts/{quote(number, safe='')}"

    async def look() -> bool:
        found: dict[str, Any] = await service.get(post)
        return ours.is_in(found.get("message"))

    await ours.until_found(look)
    outcome, _ = await tidy(ours.delivered(), service.good("DELETE", post))
    return outcome
