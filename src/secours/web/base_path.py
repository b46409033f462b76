"""The path that everything is under, where a proxy keeps one for us.

One proxy passes the path on, another takes it off; who asks the server itself, such as
a health check, need not know it. All of them mean the same address, so it is put before
a request that comes without it. What is sent to a browser always has it.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Put the path before the address of a request that lacks it."""

    def __init__(self, app: ASGIApp, start: str) -> None:
        """Stand before `app`, all of which is under `start`, "" for nothing."""
        self.app = app
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] in ("http", "websocket") and not self._is_within(scope):
            raw = scope.get("raw_path") or scope["path"].encode()
            whole = self.start + scope["path"]
            scope = {**scope, "path": whole, "raw_path": self.start.encode() + raw}
        await self.app(scope, receive, send)

    def _is_within(self, scope: Scope) -> bool:
        return f"{scope['path']}/".startswith(f"{self.start}/")
