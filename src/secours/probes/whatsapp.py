"""WhatsApp: may our business number send messages, as Meta itself sees it?

An ok shows that the token is accepted and that nothing on the way from the number to
the app is blocked. The WhatsApp app that people use is another product: it may work
while this does not, and the other way round.

A notice fills the one variable in the body of an approved `template`, in its
`template_language`; whether it arrives is not seen.

Source: Meta, WhatsApp Business Platform, "Messaging and Calling Health Status" and
"Template messages"; Graph API, "Handle Errors".
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote

from secours.message import BadValue
from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok, unknown
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http import client
from secours.wire.http.api import Service, complaint
from secours.wire.http.api_options import ApiOptions
from secours.wire.option_checks import telephone

BEST = Evidence.AUTHENTICATED

AVAILABLE, LIMITED, BLOCKED = "AVAILABLE", "LIMITED", "BLOCKED"
REFUSED = (102, 190)  # "Handle Errors": session, access token expired or revoked
FORBIDDEN = (3, 10, *range(200, 300))  # capability or permission
TOO_MANY = (4, 17, 32, 613, 80007, 130429)  # of the app, the page, the number
STATE = "can_send_message"
HELD = ("held_for_quality_assessment", "paused")  # `message_status`: taken, not sent
LONGEST_VARIABLE = 1000  # of 1024 letters that the body may have
MOST = 10  # entities: number, account, portfolio, app, template


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Number of the WhatsApp Business Platform."""

    phone_number_id: int | str
    """Id of our number on the platform."""
    token: Secret
    """Access token, named as ${NAME}."""
    template: str | None = None
    """Template in which notices are sent."""
    template_language: str = "en"
    """Language of that template."""
    version: str = "v23.0"
    """Version of the Graph API."""
    base_url: str = "https://graph.facebook.com"
    """Address of the Graph API."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not str(self.phone_number_id).isdecimal():
            raise BadValue("plan.option.phone-number-id", option="phone_number_id")


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for the health of the number and of its dependencies."""
    service = Service(settings.base_url, path, settings, token=settings.token)
    target = f"{_number(settings)}?fields=health_status"
    health = (await _ask(service, "GET", target)).get("health_status")
    if not isinstance(health, dict):
        return service.lacks("health_status", Reason.CONTENT)
    service.prove(Evidence.AUTHENTICATED)
    return _judge(service, health)


def addressee(settings: Settings, to: str) -> str:
    """Return the number for notices, with its country code; raise BadValue."""
    if not settings.template:
        raise BadValue("plan.option.needs", option="to", other="template")
    return telephone(to, international=True)


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Send a template message; its reports go to another server."""
    to = addressee(settings, notice.to)
    service = Service(settings.base_url, path, settings, token=settings.token)
    letter = _letter(settings, to, plain(notice.brief, LONGEST_VARIABLE))
    target = f"{_number(settings)}/messages"
    taken = await _ask(service, "POST", target, document=letter)
    message = next((m for m in _list(taken.get("messages")) if isinstance(m, dict)), {})
    service.text(message, "id")
    service.prove(Evidence.AUTHENTICATED)
    yield Stage.ACCEPTED
    if (status := message.get("message_status")) in HELD:
        raise Stop(service.failed(Reason.NOT_DELIVERED, said=str(status)))


def _letter(settings: Settings, to: str, text: str) -> dict[str, Any]:
    """Return the message; a variable must be on one line, with no gaps in it."""
    variables = [{"type": "text", "text": text}]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to.lstrip("+"),
        "type": "template",
        "template": {
            "name": settings.template,
            "language": {"code": settings.template_language},
            "components": [{"type": "body", "parameters": variables}],
        },
    }


def _number(settings: Settings) -> str:
    return f"/{quote(settings.version)}/{settings.phone_number_id}"


async def _ask(
    service: Service, method: str, target: str, **sent: Any
) -> dict[str, Any]:
    answer = await service.ask(method, target, **sent)
    _check(service, answer)
    return service.document(answer)


def _check(service: Service, answer: client.HttpResponse) -> None:
    """Raise Stop by Meta's own error codes, whatever the status, or one not 2xx."""
    document = answer.json_or_none()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        service.check(answer)
        return
    code, reason = error.get("code"), f"{complaint(document)} ({error.get('code')})"
    if code in TOO_MANY:
        raise Stop(service.limited(answer, reason))
    if code in (*REFUSED, *FORBIDDEN):
        raise Stop(service.failed(Reason.AUTH, code=answer.status, said=reason))
    service.check(answer)
    raise Stop(service.failed(Reason.STATUS, code=answer.status, said=reason))


def _judge(service: Service, health: dict[str, Any]) -> Outcome:
    entities = [e for e in _list(health.get("entities")) if isinstance(e, dict)]
    entities = entities[:MOST]
    states = {_kind(entity): plain(entity.get(STATE)) for entity in entities}
    overall = plain(health.get(STATE, ""))
    facts: dict[str, Any] = {f"entity.{kind}": state for kind, state in states.items()}
    health_states = {overall, *states.values()}
    if BLOCKED in health_states:
        why = _why(entities, BLOCKED)
        return service.failed(Reason.REPORTED, said=why, **facts)
    if LIMITED in health_states:
        why = _why(entities, LIMITED)
        return service.degraded(Reason.REPORTED, said=why, **facts)
    if overall != AVAILABLE:
        return unknown(Reason.CONTENT, what=STATE, said=overall)
    return ok(Evidence.AUTHENTICATED, **facts)


def _why(entities: Iterable[dict[str, Any]], state: str) -> str:
    """Return Meta's words on the first entity in this state."""
    for entity in entities:
        if entity.get(STATE) != state:
            continue
        errors = _list(entity.get("errors")) + _list(entity.get("additional_info"))
        for error in errors:
            words = error.get("error_description") if isinstance(error, dict) else error
            if isinstance(words, str):
                return f"{_kind(entity)} {state}: {words}"
        return f"{_kind(entity)} {state}"
    return state


def _kind(entity: dict[str, Any]) -> str:
    return plain(entity.get("entity_type", "?"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
