"""Teams: does Microsoft give our application a new token, and does Graph take it?

The token is asked for anew each time, because old ones go on working while nobody can
log in. An ok shows that sign-in and Graph work for our tenant; not that a message
reaches anybody.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow" and "AADSTS
error codes"; Microsoft Graph, "Microsoft Graph error responses" and throttling.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire.http import client
from secours.wire.http.api import Service, complaint
from secours.wire.http.api_options import ApiOptions, check_url
from secours.wire.sent_secret import SentSecret, over_http

BEST = Evidence.AUTHENTICATED

GRAPH = "https://graph.microsoft.com"
AUTHORITY = "https://login.microsoftonline.com"
REFUSED = ("invalid_client", "unauthorized_client", "invalid_grant", "access_denied")
NO_TENANT = re.compile(r"AADSTS(90002|900023|50059)\b")


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Our application in a tenant, and its resource of Graph."""

    tenant: str
    """Id or domain of the tenant."""
    client_id: str
    """Id of our application there."""
    client_secret: Secret
    """Secret of that application, named as ${NAME}."""
    resource: str = "/v1.0/organization?$select=id"
    """Path that is asked of Graph, which the application has the right to read."""
    base_url: str = GRAPH
    """Address of Graph."""
    authority: str | None = None
    """Address that gives out tokens; with another base_url that one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.authority is not None:
            check_url("authority", self.authority)
        if not self.resource.startswith("/"):
            raise BadValue("plan.option.resource", option="resource")

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield the application's secret, then the use of its token."""
        name, verified = "client_secret", self.verify
        yield over_http(name, self.signs_in_at, verified=verified)
        yield over_http("base_url", self.base_url, verified=verified)

    @property
    def signs_in_at(self) -> str:
        """Return the address of the sign-in."""
        usual = AUTHORITY if self.base_url.rstrip("/") == GRAPH else self.base_url
        return self.authority or usual


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Get a token and read one resource with it."""
    graph = Service(settings.base_url, path, settings)
    token = await _token(settings, path)
    graph.carry(token)
    graph.prove(Evidence.SERVED)
    await graph.get(settings.resource)
    return ok(Evidence.AUTHENTICATED)


async def _token(settings: Settings, path: Path | None) -> str:
    identity = Service(settings.signs_in_at, path, settings)
    parts = urlsplit(settings.base_url)
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
        "scope": f"{parts.scheme}://{parts.netloc}/.default",
    }
    target = f"/{quote(settings.tenant, safe='')}/oauth2/v2.0/token"
    answer = await identity.ask("POST", target, form=form)
    _check(identity, answer)
    token = identity.document(answer).get("access_token")
    if not isinstance(token, str) or not token:
        raise Stop(identity.lacks("access_token"))
    return token


def _check(identity: Service, answer: client.HttpResponse) -> None:
    """Tell a refused application from a broken sign-in; raise Stop without a token."""
    found = answer.json_or_none()
    error = found.get("error") if isinstance(found, dict) else None
    said = complaint(found)
    if error in REFUSED or (answer.status == 400 and NO_TENANT.match(said)):
        raise Stop(identity.failed(Reason.AUTH, code=answer.status, said=said))
    identity.check(answer)
