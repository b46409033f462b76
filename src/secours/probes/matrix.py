"""Matrix: does the homeserver answer, accept our account, and carry a message?

Without a login an ok shows that the server speaks Matrix. With one, that our account is
accepted. With `room` a notice was sent there, came back by sync, and was redacted: the
same server sent and returned it, so federation with others and the push to telephones
are not seen. In a room that is encrypted the notice is not.

Source: Matrix Client-Server API v1.11: versions, login, account/whoami, sync, PUT
rooms/{roomId}/send and /redact, "Standard error response" (M_LIMIT_EXCEEDED).
"""

import json
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Path
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.http.login import use_account
from secours.wire.net.tls import with_expiry
from secours.wire.own_message import OwnMessage, tidy

BEST = Evidence.DELIVERED
CLIENT = "/_matrix/client/v3"
DEVICE = "SECOURS"  # always the same, so that logins do not pile up devices
LISTEN_MS = 5000


class Settings(ServerOptions, frozen=True, kw_only=True):
    """Which homeserver, which account, and the room it may write to."""

    room: str | None = None  # !id:server or #alias:server

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.room is not None and self.room[:1] not in ("!", "#"):
            raise BadValue("plan.option.room", option="room")
        if self.room is not None and not self.logs_in:
            raise BadValue("plan.option.needs-login", option="room")


def default_interval_s(settings: Settings) -> float | None:
    """Return how often to probe: seldom where a message is sent."""
    return None if settings.room is None else 300.0


def default_timeout_s(settings: Settings) -> float | None:
    """Return how long to wait: longer for a message that has to come back."""
    return None if settings.room is None else 30.0


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask as far as the options go: versions, who we are, a message there and back.

    Raises:
        Stop: something was refused, or makes no sense, or the message did not come.
        OSError: the server refuses or cannot be reached.
        SecretMissing: the token or password could not be read.

    """
    service = Service(settings.base_url, path, settings)
    outcome = await _go_far(settings, service)
    return with_expiry(outcome, service.der, settings.expires_within)


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
        log_out=lambda: service.post(f"{CLIENT}/logout", document={}),
    )


async def _use(settings: Settings, service: Service) -> Outcome:
    me = await service.get(f"{CLIENT}/account/whoami")
    user = service.text(me, "user_id")
    service.prove(Evidence.AUTHENTICATED)
    if settings.room is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.room, user)


async def _log_in(service: Service, username: str, password: str) -> str:
    document = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": username},
        "password": password,
        "device_id": DEVICE,
        "initial_device_display_name": "Secours",
    }
    found = await service.post(f"{CLIENT}/login", document=document)
    return service.text(found, "access_token")


async def _round_trip(service: Service, room: str, user: str) -> Outcome:
    room = await _resolve(service, room)
    inside = f"{CLIENT}/rooms/{quote(room, safe='')}"
    ear = _Ear(service, room, user)
    await ear.listen(0)
    ours = OwnMessage()
    notice = {"msgtype": "m.notice", "body": ours.text}
    answer = await service.ask(
        "PUT", f"{inside}/send/m.room.message/{ours.token}", document=notice
    )
    event = service.text(service.document(answer), "event_id")

    async def look() -> bool:
        return any(
            heard.get("event_id") == event and ours.is_in(_text(heard))
            for heard in await ear.listen(LISTEN_MS)
        )

    await ours.until_found(look)
    redact = f"{inside}/redact/{quote(event, safe='')}/{ours.token}-r"
    removing = service.good("PUT", redact, document={})
    outcome, _ = await tidy(ours.delivered(), removing)
    return outcome


async def _resolve(service: Service, room: str) -> str:
    if room.startswith("!"):
        return room
    target = f"{CLIENT}/directory/room/{quote(room, safe='')}"
    return service.text(await service.get(target), "room_id", Reason.CONTENT)


class _Ear:
    """Hears by sync what our own account says in one room."""

    def __init__(self, service: Service, room: str, user: str) -> None:
        nothing: dict[str, Any] = {"types": []}
        timeline = {"types": ["m.room.message"], "senders": [user], "limit": 10}
        only = {"rooms": [room], "timeline": timeline, "state": nothing}
        only |= {"ephemeral": nothing, "account_data": nothing}
        wanted = {"room": only, "presence": nothing, "account_data": nothing}
        self._filter = quote(json.dumps(wanted, separators=(",", ":")))
        self._service, self._room, self._since = service, room, ""

    async def listen(self, timeout_ms: int) -> list[dict[str, Any]]:
        """Return what was said since the last time."""
        since = f"&since={quote(self._since)}" if self._since else ""
        found = await self._service.get(
            f"{CLIENT}/sync?set_presence=offline&filter={self._filter}"
            f"&timeout={timeout_ms}{since}"
        )
        self._since = self._service.text(found, "next_batch")
        heard: Any = found
        for step in ("rooms", "join", self._room, "timeline", "events"):
            heard = heard.get(step) if isinstance(heard, dict) else None
        events = heard if isinstance(heard, list) else []
        return [event for event in events if isinstance(event, dict)]


def _text(event: dict[str, Any]) -> Any:
    content = event.get("content")
    return content.get("body") if isinstance(content, dict) else None
