"""What the server has besides the pages: headers, and the snapshot as JSON."""

import math
from pathlib import Path

import msgspec
import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secours import places
from secours.dashboard.keeper import engine_beside
from secours.engine import publish

MAIN = Path(__file__).with_name("main.py")

__all__ = ["MAIN", "engine_beside", "middleware", "routes"]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; script-src 'self' 'wasm-unsafe-eval' blob:; "
    "worker-src 'self' blob:; connect-src 'self' {sockets} data: blob:; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecureHeaders:
    """Send a content security policy and its like with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = POLICY.format(sockets="wss:" if _is_encrypted(scope) else "ws:")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers.update(HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers)


def _is_encrypted(scope: Scope) -> bool:
    """Tell whether the browser came by TLS, also when a proxy ended it."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    return bool(scope["scheme"] == "https" or forwarded == b"https")


def middleware() -> list[Middleware]:
    """Return what stands before Streamlit."""
    return [Middleware(SecureHeaders)]


def routes() -> list[BaseRoute]:
    """Return our own addresses; Streamlit does not put its base path before them."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    start = f"/{prefix}" if prefix else ""
    return [Route(f"{start}/api/v1/snapshot", snapshot, methods=["GET"])]


def snapshot(_: Request) -> Response:
    """Return the published snapshot as JSON, with its age; 503 where there is none."""
    try:
        seen, age_s = publish.read(places.runtime_dir())
    except (OSError, publish.Corrupt, places.NoPlace):
        return _json({"schema": 1, "age_s": None, "stale": True, "snapshot": None}, 503)
    known = math.isfinite(age_s)
    answer: dict[str, object] = {
        "schema": 1,
        "age_s": round(age_s, 1) if known else None,
        "stale": not known or age_s > seen.screen.max_age_s,
        "snapshot": msgspec.Raw(publish.encoded(seen)),
    }
    return _json(answer, 200)


def _json(answer: dict[str, object], status: int) -> Response:
    return Response(
        msgspec.json.encode(answer),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
