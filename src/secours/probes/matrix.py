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

from msgspec import Struct

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.plan import Duration, Path
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.wire.canary import Canary, tidy, within_session
from secours.wire.http.api import Service, check_login, check_url
from secours.wire.net.tls import with_expiry

BEST = Evidence.DELIVERED
FORTNIGHT = Duration(14 * 86400)
CLIENT = "/_matrix/client/v3"
DEVICE = "SECOURS"  # always the same, so that logins do not pile up devices
LISTEN_MS = 5000


class Settings(Struct, frozen=True, kw_only=True):
    """Which homeserver, which account, and the room it may write to."""

    base_url: str
    token: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    room: str | None = None  # !id:server or #alias:server
    ca: str | None = None
    verify: bool = True
    expires_within: Duration = FORTNIGHT

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        check_login(self.token, self.username, self.password)
        if self.room is not None and self.room[:1] not in ("!", "#"):
            raise BadValue("plan.option.room", option="room")
        if self.room is not None and self.token is None and self.username is None:
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
    service = Service(
        settings.base_url,
        path,
        ca=settings.ca,
        verify=settings.verify,
    )
    outcome = await _go_far(settings, service)
    return with_expiry(outcome, service.der, settings.expires_within)


async def _go_far(settings: Settings, service: Service) -> Outcome:
    found = await service.get("/_matrix/client/versions")
    if not isinstance(found.get("versions"), list):
        return service.nonsense(problem="another-service", what="Matrix")
    service.prove(Evidence.SERVED)
    if settings.token is None and settings.username is None:
        return ok(Evidence.SERVED)
    await _log_in(settings, service)
    if settings.token is not None:
        return await _use(settings, service)
    return await within_session(
        _use(settings, service), lambda: service.post(f"{CLIENT}/logout", document={})
    )


async def _use(settings: Settings, service: Service) -> Outcome:
    user = (await service.get(f"{CLIENT}/account/whoami")).get("user_id")
    if not isinstance(user, str):
        return service.lacks("user_id")
    service.prove(Evidence.AUTHENTICATED)
    if settings.room is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(service, settings.room, user)


async def _log_in(settings: Settings, service: Service) -> None:
    if settings.token is not None:
        service.carry(settings.token.reveal())
    if settings.username is None or settings.password is None:
        return
    document = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.username},
        "password": service.hide(settings.password.reveal()),
        "device_id": DEVICE,
        "initial_device_display_name": "Secours",
    }
    found = await service.post(f"{CLIENT}/login", document=document)
    token = found.get("access_token")
    if not isinstance(token, str):
        raise Stop(service.lacks("access_token"))
    service.carry(token)


async def _round_trip(service: Service, room: str, user: str) -> Outcome:
    room = await _resolve(service, room)
    inside = f"{CLIENT}/rooms/{quote(room, safe='')}"
    ear = _Ear(service, room, user)
    await ear.listen(0)
    canary = Canary()
    notice = {"msgtype": "m.notice", "body": canary.text}
    answer = await service.ask(
        "PUT", f"{inside}/send/m.room.message/{canary.token}", document=notice
    )
    event = service.document(answer).get("event_id")
    if not isinstance(event, str):
        return service.lacks("event_id")

    async def look() -> bool:
        return any(
            heard.get("event_id") == event and canary.is_in(_text(heard))
            for heard in await ear.listen(LISTEN_MS)
        )

    await canary.found(look)
    redact = f"{inside}/redact/{quote(event, safe='')}/{canary.token}-r"
    outcome, _ = await tidy(canary.delivered(), _put(service, redact))
    return outcome


async def _put(service: Service, target: str) -> None:
    service.check(await service.ask("PUT", target, document={}))


async def _resolve(service: Service, room: str) -> str:
    if room.startswith("!"):
        return room
    target = f"{CLIENT}/directory/room/{quote(room, safe='')}"
    found = (await service.get(target)).get("room_id")
    if not isinstance(found, str):
        facts = {"problem": "no-field", "what": "room_id"}
        raise Stop(service.failed(Reason.CONTENT, **facts))
    return found


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
        if not isinstance(found.get("next_batch"), str):
            raise Stop(self._service.lacks("next_batch"))
        self._since = found["next_batch"]
        heard: Any = found
        for step in ("rooms", "join", self._room, "timeline", "events"):
            heard = heard.get(step) if isinstance(heard, dict) else None
        events = heard if isinstance(heard, list) else []
        return [event for event in events if isinstance(event, dict)]


def _text(event: dict[str, Any]) -> Any:
    content = event.get("content")
    return content.get("body") if isinstance(content, dict) else None
