"""Base path of all addresses, where a proxy reserves one for us.

One proxy passes the path on, another strips it; direct requests, such as health checks,
need not know it. All mean the same address, so it is added to requests without it.
Answers to a browser always have it.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Middleware that adds the base path to requests without it."""

    def __init__(self, app: ASGIApp, start: str) -> None:
        """Wrap `app`, all of which is under `start`, "" for no path."""
        self.app = app
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request."""
        if scope["type"] in ("http", "websocket") and not self._is_within(scope):
            raw = scope.get("raw_path") or scope["path"].encode()
            whole = self.start + scope["path"]
            scope = {**scope, "path": whole, "raw_path": self.start.encode() + raw}
        await self.app(scope, receive, send)

    def _is_within(self, scope: Scope) -> bool:
        return f"{scope['path']}/".startswith(f"{self.start}/")
