"""Matrix: does the homeserver answer, accept our account, and carry a message?

Without a login an ok shows that the server speaks Matrix. With one, that our account is
accepted. With `room` a notice was sent there, came back by sync, and was redacted: the
same server sent and returned it, so federation with others and the push to telephones
are not seen. In a room that is encrypted the notice is not.

A notice to people is sent as a text, so that clients ring; one that is urgent calls the
whole room, where we may. That it arrived says that our server hands it to the room.

Source: Matrix Client-Server API v1.11: versions, login, account/whoami, sync, PUT
rooms/{roomId}/send and /redact, "Standard error response" (M_LIMIT_EXCEEDED), "User
and room mentions" (m.mentions).
"""

import json
import re
import secrets
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.sections.channel import Path
from secours.wire import notices
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.http.login import account, use_account
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage, seldom_with, tidy

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("room")
CLIENT = "/_matrix/client/v3"
DEVICE = "SECOURS"  # always the same, so that logins do not pile up devices
LISTEN_MS = 5000
ROOM = re.compile(r"[!#]\S{1,254}")


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Homeserver, account, and the room to write to."""

    room: str | None = None
    """Room to write to and read from: !id:server or #alias:server."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.room is not None and self.room[:1] not in ("!", "#"):
            raise BadValue("plan.option.room", option="room")
        if self.room is not None and not self.logs_in:
            raise BadValue("plan.option.needs-login", option="room")


def default_timeout_s(settings: Settings) -> float | None:
    """Return how long to wait: longer for a message that has to come back."""
    return None if settings.room is None else 30.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: versions, our account, a message there and back."""
    service = Service(settings.base_url, path, settings)
    outcome = await _go_far(settings, service)
    return with_expiry(outcome, service.der, settings.expires_within)


def addressee(settings: Settings, to: str) -> str:
    """Return the room of a notice; raise BadValue without one, or without a login."""
    if not settings.logs_in:
        raise BadValue("plan.option.needs-login", option="to")
    example = "!abcdef:example.org, #town:example.org"
    return notices.address(to, settings.room, option="room", form=ROOM, example=example)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Write a notice to a room, and receive it back by sync."""
    to = addressee(settings, notice.to)
    service = Service(settings.base_url, path, settings)
    ours = notices.known_by(notice.mark)
    called = {"room": True} if notice.urgent else {}
    content = {"body": notices.whole(notice), "m.mentions": called}
    # A second login as the same device would end the session of the first.
    log_in = partial(_log_in, device=f"{DEVICE}-{secrets.token_hex(4)}")
    async with account(
        settings, service, log_in=log_in, log_out=lambda: _log_out(service)
    ):
        room = await _enter(service, to, await _who_we_are(service))
        event = await room.write(secrets.token_hex(12), "m.text", **content)
        yield Stage.ACCEPTED
        if await notices.read_back(ours, lambda: room.shows(event, ours)):
            yield Stage.ARRIVED


async def _go_far(settings: Settings, service: Service) -> Outcome:
    found = await service.get("/_matrix/client/versions")
    if not isinstance(found.get("versions"), list):
        return service.another("Matrix")
    service.prove(Evidence.SERVED)
    return await use_account(
        settings,
        service,
        log_in=_log_in,
        use=lambda: _use(settings, service),
        log_out=lambda: _log_out(service),
    )


async def _use(settings: Settings, service: Service) -> Outcome:
    user = await _who_we_are(service)
    if settings.room is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.room, user)


async def _who_we_are(service: Service) -> str:
    me = await service.get(f"{CLIENT}/account/whoami")
    user = service.text(me, "user_id")
    service.prove(Evidence.AUTHENTICATED)
    return user


async def _log_in(
    service: Service, username: str, password: str, device: str = DEVICE
) -> str:
    document = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": username},
        "password": password,
        "device_id": device,
        "initial_device_display_name": "Secours",
    }
    found = await service.post(f"{CLIENT}/login", document=document)
    return service.text(found, "access_token")


async def _log_out(service: Service) -> None:
    await service.post(f"{CLIENT}/logout", document={})


async def _round_trip(service: Service, to: str, user: str) -> Outcome:
    room = await _enter(service, to, user)
    ours = OwnMessage()
    event = await room.write(ours.token, "m.notice", body=ours.text)
    await ours.until_found(lambda: room.shows(event, ours))
    removing = room.redact(event, f"{ours.token}-r")
    outcome, _ = await tidy(ours.delivered(), removing)
    return outcome


async def _enter(service: Service, room: str, user: str) -> "_Room":
    """Listen in a room before anything is written there."""
    entered = _Room(service, await _resolve(service, room), user)
    await entered.listen(0)
    return entered


async def _resolve(service: Service, room: str) -> str:
    if room.startswith("!"):
        return room
    target = f"{CLIENT}/directory/room/{quote(room, safe='')}"
    return service.text(await service.get(target), "room_id", Reason.CONTENT)


class _Room:
    """Room of our account, whose messages come back by sync."""

    def __init__(self, service: Service, room: str, user: str) -> None:
        nothing: dict[str, Any] = {"types": []}
        timeline = {"types": ["m.room.message"], "senders": [user], "limit": 10}
        only = {"rooms": [room], "timeline": timeline, "state": nothing}
        only |= {"ephemeral": nothing, "account_data": nothing}
        wanted = {"room": only, "presence": nothing, "account_data": nothing}
        self._filter = quote(json.dumps(wanted, separators=(",", ":")))
        self._service, self._room, self._since = service, room, ""
        self._inside = f"{CLIENT}/rooms/{quote(room, safe='')}"

    async def write(self, transaction: str, kind: str, **content: Any) -> str:
        """Send a message, and return its event."""
        target = f"{self._inside}/send/m.room.message/{transaction}"
        message = {"msgtype": kind, **content}
        answer = await self._service.ask("PUT", target, document=message)
        return self._service.text(self._service.document(answer), "event_id")

    async def shows(self, event: str, ours: OwnMessage) -> bool:
        """Tell whether this message came since the last time."""
        return any(
            heard.get("event_id") == event and ours.is_in(_text(heard))
            for heard in await self.listen(LISTEN_MS)
        )

    async def redact(self, event: str, transaction: str) -> None:
        """Remove a message."""
        target = f"{self._inside}/redact/{quote(event, safe='')}/{transaction}"
        await self._service.good("PUT", target, document={})

    async def listen(self, timeout_ms: int) -> list[dict[str, Any]]:
        """Return the events since the last time."""
        since = f"&since={quote(self._since)}" if self._since else ""
        answer = await self._service.get(
            f"{CLIENT}/sync?set_presence=offline&filter={self._filter}"
            f"&timeout={timeout_ms}{since}"
        )
        self._since = self._service.text(answer, "next_batch")
        heard: Any = answer
        for step in ("rooms", "join", self._room, "timeline", "events"):
            heard = heard.get(step) if isinstance(heard, dict) else None
        events = heard if isinstance(heard, list) else []
        return [event for event in events if isinstance(event, dict)]


def _text(event: dict[str, Any]) -> Any:
    content = event.get("content")
    return content.get("body") if isinstance(content, dict) else None
