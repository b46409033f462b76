"""Messenger APIs in the shape of their vendors, with good answers and bad.

Source: Meta "Messaging and Calling Health Status" and Graph API "Handling Errors";
Slack `auth.test`; Telegram Bot API `getMe`; signal-cli-rest-api `/v1/about`; Matrix
Client-Server API `/_matrix/client/versions`; Microsoft identity platform, client
credentials and its error codes.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from secours.demo.servers.faults import Fault

PHONE_ID = "100000000000001"
PAGE_ID = "100000000000002"
TENANT = "exempleville.example"
CLIENT_ID = "00000000-0000-4000-8000-000000000001"
BOT_ID = 1000000001

Answer = Callable[[Request], Awaitable[Response]]


def meta(token: str) -> Starlette:
    """Serve the Graph API: WhatsApp's phone number, and the page of Messenger."""

    async def whatsapp(request: Request) -> Response:
        blocked = Fault.WHATSAPP_BLOCKED in _faults(request)
        return JSONResponse(_whatsapp_health(blocked))

    async def messenger(request: Request) -> Response:
        if Fault.MESSENGER_LOST in _faults(request):
            return _graph_error(500, 1, "An unknown error has occurred.")
        return JSONResponse({"id": PAGE_ID, "name": "Exempleville"})

    def only_ours(answer: Answer) -> Answer:
        async def judged(request: Request) -> Response:
            if Fault.UNAVAILABLE in _faults(request):
                return _graph_error(503, 2, "Service temporarily unavailable")
            if not _bearer(request, token):
                return _graph_error(401, 190, "Invalid OAuth access token.")
            return await answer(request)

        return judged

    return _app(
        Route(f"/v20.0/{PHONE_ID}", only_ours(whatsapp)),
        Route("/v20.0/me", only_ours(messenger)),
    )


def _whatsapp_health(blocked: bool) -> dict[str, Any]:
    status = "BLOCKED" if blocked else "AVAILABLE"
    number: dict[str, Any] = {
        "entity_type": "PHONE_NUMBER",
        "id": PHONE_ID,
        "can_send_message": status,
    }
    if blocked:
        number["errors"] = [
            {
                "error_code": 141000,
                "error_description": "This phone number cannot send messages.",
                "possible_solution": "Register the phone number again.",
            }
        ]
    others = [
        {
            "entity_type": kind,
            "id": f"20000000000000{at}",
            "can_send_message": "AVAILABLE",
        }
        for at, kind in enumerate(("WABA", "BUSINESS", "APP"))
    ]
    health = {"can_send_message": status, "entities": [number, *others]}
    return {"health_status": health, "id": PHONE_ID}


def _graph_error(status: int, code: int, message: str) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code}
    return JSONResponse({"error": {**error, "fbtrace_id": "demo"}}, status)


def slack(token: str) -> Starlette:
    """Serve the Web API, whose errors come in a 200."""

    async def auth_test(request: Request) -> Response:
        if not _bearer(request, token):
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        if Fault.WRONG in _faults(request):
            return JSONResponse({"ok": False, "error": "fatal_error"})
        account = {
            "url": "https://exempleville.invalid/",
            "team": "Exempleville",
            "user": "secours",
            "team_id": "T00000001",
            "user_id": "U00000001",
            "bot_id": "B00000001",
            "is_enterprise_install": False,
        }
        return JSONResponse({"ok": True, **account})

    return _app(Route("/api/auth.test", auth_test, methods=["GET", "POST"]))


def telegram(token: str) -> Starlette:
    """Serve the Bot API, which has the token in its paths."""

    async def get_me(request: Request) -> Response:
        if not _same(request.path_params["token"], token):
            return _telegram_error(401, "Unauthorized")
        if Fault.UNAVAILABLE in _faults(request):
            return _telegram_error(502, "Bad Gateway")
        bot = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Exempleville",
            "username": "exempleville_bot",
        }
        return JSONResponse({"ok": True, "result": bot})

    return _app(Route("/bot{token}/getMe", get_me, methods=["GET", "POST"]))


def _telegram_error(status: int, words: str) -> Response:
    said = {"ok": False, "error_code": status, "description": words}
    return JSONResponse(said, status)


def signal() -> Starlette:
    """Serve the REST gateway that many put before signal-cli."""

    async def about(request: Request) -> Response:
        answer = {
            "versions": ["v1", "v2"],
            "build": 2,
            "mode": "json-rpc",
            "version": "0.98",
            "capabilities": {"v2/send": ["quotes", "mentions"]},
        }
        return JSONResponse(answer)

    return _app(Route("/v1/about", about))


def matrix() -> Starlette:
    """Serve a Matrix homeserver, or the page that its proxy shows instead."""

    async def versions(request: Request) -> Response:
        if Fault.WRONG in _faults(request):
            page = "<!doctype html><title>Maintenance</title><h1>Back soon</h1>"
            return HTMLResponse(page)
        found = ["v1.10", "v1.11", "v1.12"]
        return JSONResponse({"versions": found, "unstable_features": {}})

    return _app(Route("/_matrix/client/versions", versions))


def teams(secret: str) -> Starlette:
    """Serve the identity provider of Teams, and the Graph API."""

    async def token(request: Request) -> Response:
        if Fault.UNAVAILABLE in _faults(request):
            words = "A transient error has occurred. Please try again."
            return _identity_error(503, "temporarily_unavailable", 90033, words)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return _identity_error(
                400, "unsupported_grant_type", 70003, "No such grant."
            )
        given = form.get("client_secret", [""])[0]
        if form.get("client_id") != [CLIENT_ID] or not _same(given, secret):
            words = "Invalid client secret provided."
            return _identity_error(401, "invalid_client", 7000215, words)
        told = {"token_type": "Bearer", "expires_in": 3599, "access_token": "demo"}
        return JSONResponse(told)

    async def metadata(request: Request) -> Response:
        xml = '<edmx:Edmx Version="4.0"><EntityType Name="team"/></edmx:Edmx>'
        return Response(xml, media_type="application/xml")

    return _app(
        Route(f"/{TENANT}/oauth2/v2.0/token", token, methods=["POST"]),
        Route("/v1.0/$metadata", metadata),
    )


def _identity_error(status: int, error: str, code: int, words: str) -> Response:
    told = {"error": error, "error_description": f"AADSTS{code}: {words}"}
    return JSONResponse({**told, "error_codes": [code]}, status)


def _app(*routes: Route) -> Starlette:
    return Starlette(routes=routes, exception_handlers={404: _not_found})


async def _not_found(request: Request, error: Exception) -> Response:
    return PlainTextResponse("Not Found", 404)


def _faults(request: Request) -> frozenset[Fault]:
    faults: frozenset[Fault] = request.app.state.faults
    return faults


def _bearer(request: Request, token: str) -> bool:
    return _same(request.headers.get("authorization", ""), f"Bearer {token}")


def _same(offered: str, expected: str) -> bool:
    return hmac.compare_digest(offered.encode(), expected.encode())
