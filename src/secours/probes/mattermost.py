"""Mattermost: is the server healthy, does it accept our account and carry a post?

Without a login an ok shows that the server, its database and its file store are well.
With one, that our account is accepted. With `channel` a post was stored, read back and
deleted; the push to telephones, which goes through the vendor's relay, is not seen.

A notice is posted likewise. That it arrived says that the channel holds it.

Source: Mattermost API reference v4: "system/ping" (get_server_status), "users/login",
"users/me", "posts"; its section on errors and rate limits. Its handbook, "Format
messages" (escaping); property `unsafe_links` of a post.
"""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec.structs import replace

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, Verdict, ok
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire import notices
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.http.login import account, use_account
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage, seldom_with, tidy

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("channel")
API = "/api/v4"
WELL = "OK"
UNHEALTHY = 500  # the status of a ping that has bad news in its body
CHANNEL = re.compile("[a-z0-9]{26}")
MARKUP = re.compile(r"[\\`*~\[\]#>|!]|(?<![\w/])_|_(?!\w)")
PLAIN = {"unsafe_links": "true"}  # neither fetched nor shown by the server


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Server, account, and the channel to write to."""

    channel: str | None = None
    """Id of the channel to write to and read from, 26 letters and digits."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channel is not None and not self.logs_in:
            raise BadValue("plan.option.needs-login", option="channel")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: health, our account, a post there and back."""
    service = Service(settings.base_url, path, settings)
    ill = await _ping(service)
    outcome = await use_account(
        settings,
        service,
        log_in=_log_in,
        use=lambda: _use(settings, service),
        log_out=lambda: _log_out(service),
    )
    if ill and outcome.verdict is Verdict.OK:
        found = service.degraded(Reason.REPORTED, said=ill)
        outcome = replace(found, latency_s=outcome.latency_s, evidence=outcome.evidence)
    return with_expiry(outcome, service.der, settings.expires_within)


def addressee(settings: Settings, to: str) -> str:
    """Return the channel of a notice; raise BadValue without one, or a login."""
    if not settings.logs_in:
        raise BadValue("plan.option.needs-login", option="to")
    example = "4xp9fdt77pncbef59f4k1qe83o"
    return notices.address(
        to, settings.channel, option="channel", form=CHANNEL, example=example
    )


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Post a notice to a channel, and read it back there."""
    channel = addressee(settings, notice.to)
    service = Service(settings.base_url, path, settings)
    ours = notices.known_by(_escaped(notice.mark))
    async with account(
        settings, service, log_in=_log_in, log_out=lambda: _log_out(service)
    ):
        await _who_we_are(service)
        text = _escaped(notices.whole(notice))
        posted = await _post(service, channel, text, props=PLAIN)
        yield Stage.ACCEPTED
        if await notices.read_back(ours, lambda: posted.shows(ours)):
            yield Stage.ARRIVED


def _escaped(text: str) -> str:
    """Escape mentions and markup in a text."""
    return notices.calling_nobody(MARKUP.sub(r"\\\g<0>", text))


async def _ping(service: Service) -> str:
    """Return the server's minor troubles, "" for none; raise Stop if it fails."""
    answer = await service.ask("GET", f"{API}/system/ping?get_server_status=true")
    if answer.status != UNHEALTHY:
        service.check(answer)
    status = service.json(answer)
    if not isinstance(status, dict) or not isinstance(status.get("status"), str):
        service.check(answer)
        raise Stop(service.another("Mattermost"))
    service.prove(Evidence.SERVED)
    parts = ("database_status", "filestore_status", "status")
    ill = [
        f"{part} {plain(status[part])}"
        for part in parts
        if status.get(part, WELL) != WELL
    ]
    if status.get("database_status", WELL) != WELL:
        raise Stop(service.failed(Reason.REPORTED, said=ill[0]))
    return ill[0] if ill else ""


async def _use(settings: Settings, service: Service) -> Outcome:
    await _who_we_are(service)
    if settings.channel is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.channel)


async def _who_we_are(service: Service) -> None:
    service.text(await service.get(f"{API}/users/me"), "id")
    service.prove(Evidence.AUTHENTICATED)


async def _log_in(service: Service, username: str, password: str) -> str:
    document = {"login_id": username, "password": password}
    answer = await service.good("POST", f"{API}/users/login", document=document)
    token = answer.headers.get("token")
    if not token:
        raise Stop(service.lacks("Token"))
    return token


async def _log_out(service: Service) -> None:
    await service.post(f"{API}/users/logout")


async def _round_trip(service: Service, channel: str) -> Outcome:
    ours = OwnMessage()
    posted = await _post(service, channel, ours.text)
    await ours.until_found(lambda: posted.shows(ours))
    outcome, _ = await tidy(ours.delivered(), service.good("DELETE", posted.target))
    return outcome


class _Post(NamedTuple):
    """A post that the server took, and its id."""

    service: Service
    target: str

    async def shows(self, ours: OwnMessage) -> bool:
        """Tell whether it is there."""
        found = await self.service.get(self.target)
        return ours.is_in(found.get("message"))


async def _post(service: Service, channel: str, text: str, **options: Any) -> _Post:
    document = {"channel_id": channel, "message": text, **options}
    number = (await service.post(f"{API}/posts", document=document)).get("id")
    if not isinstance(number, str):
        raise Stop(service.nonsense(problem="no-message"))
    return _Post(service, f"{API}/posts/{quote(number, safe='')}")
