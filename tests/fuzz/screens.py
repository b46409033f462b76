"""Targets in `web` and `dashboard`: what anybody can send, addresses to forms."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

from fuzz.target import Target, check_text
from markupsafe import Markup
from render.snapshots import snapshot
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Scope

from secours.dashboard import address
from secours.dashboard.access import identity, policy, visit
from secours.dashboard.access.identity import Identity
from secours.dashboard.access.policy import Access, Viewer
from secours.dashboard.skeleton import Pages, Skeleton
from secours.engine.published.current import Look
from secours.languages import preferred
from secours.render.export.forms import LONGEST_NAME
from secours.web import ack
from secours.web.app import Web, is_local
from secours.web.door import Doorkeeper, Rules, bearer
from secours.web.tokens import FULL

NO_TARGET = re.compile(rb"[^\x20-\x7e]")
PEERS = ("127.0.0.1", "192.0.2.7", "::1", "unix")
ACCESS = policy.settings(
    {policy.TRUSTED_PROXY: "192.0.2.0/24", policy.USER_HEADER: "X-User"}
)


@cache
def _page() -> Any:
    """Return what `run --http` serves, of a snapshot."""
    seen = Look(snapshot=snapshot("xooo"), age_s=1.0)

    def whole(request: Request) -> bool:
        return bearer(request) == FULL

    pages = Starlette(routes=Web(lambda: seen, whole, whole).routes())
    return Doorkeeper(pages, Rules(plan=lambda: None, is_here=is_local))


@cache
def _dashboard() -> Any:
    """Return what stands before Streamlit, and our own addresses."""

    def trusted(request: Any) -> bool:
        return identity.read(request.headers.get(identity.HEADER)).trusted

    def first(name: str, request: Any) -> dict[str, Any]:
        asked = address.of_request(name, request).asked
        return {"html": Markup("{}").format(asked), "asked": asked}

    web = Web(lambda: Look(snapshot=snapshot("xooo"), age_s=1.0), trusted, trusted)
    pages = Starlette(routes=web.routes("/town"))
    known = Pages(
        names=("now", "wall", "lite"),
        screens=("wall",),
        moved={"status": "now"},
        plan=web.plan,
        first=first,
        viewers=lambda asked: preferred(asked.headers.get("accept-language", "")),
        theme=lambda request: visit.of_request(request).theme,
        theme_cookie=visit.THEME,
        start="/town",
    )
    inner = Identity(Skeleton(pages, known), ACCESS)

    def is_here(scope: Scope) -> bool:
        return identity.placed(ACCESS, scope).kind == policy.LOCAL

    return Doorkeeper(inner, Rules(plan=lambda: None, is_here=is_here, start="/town"))


async def request(raw: bytes) -> None:
    """Answer a request: never with a defect, to whoever it comes from."""
    head, *lines = raw.split(b"\n")
    head = NO_TARGET.sub(b"", head)  # refused by the server below
    method, _, target = head.decode("ascii").partition(" ")
    path, _, query = target.partition("?")
    headers = [
        (name.strip().lower(), value.strip())
        for name, found, value in (line.partition(b":") for line in lines)
        if found
    ]
    for app in (_page(), _dashboard()):
        for peer in PEERS:
            scope = {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": method,
                "scheme": "http",
                "path": unquote_to_bytes(path).decode("utf-8", "replace"),
                "raw_path": path.encode("latin-1"),
                "query_string": query.encode("latin-1"),
                "root_path": "",
                "headers": list(headers),
                "client": (peer, 50_000),
                "server": ("127.0.0.1", 8501),
            }
            with _no_defect():
                status = await _status(app, scope)
            assert status < 500 or status == 503, status


@contextmanager
def _no_defect() -> Iterator[None]:
    """Fail where a page was replaced by one that says that it could not be drawn."""
    told, log = Told(logging.ERROR), logging.getLogger("secours")
    log.addHandler(told)
    try:
        yield
    finally:
        log.removeHandler(told)
    assert not told.records, told.records[0].exc_info


class Told(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(record)


async def _status(app: Any, scope: dict[str, Any]) -> int:
    told: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    await app(scope, receive, send)
    return told[0]


def viewer(raw: bytes) -> None:
    """Say who sent a request with these headers."""
    headers = [
        (name.strip().lower().decode("latin-1"), value.strip().decode("latin-1"))
        for name, found, value in (line.partition(b":") for line in raw.split(b"\n"))
        if found
    ]
    for access in (Access(), ACCESS):
        for peer in (*PEERS, raw.decode("latin-1")):
            who = policy.viewer(access, peer, headers)
            check_text(who.name, policy.LONGEST_NAME)
            assert identity.read(identity.written(who)) == who
    assert isinstance(identity.read(raw.decode("latin-1")), Viewer)


def ack_form(raw: bytes) -> None:
    """Read the form on the page of a notice."""
    check_text(ack.name_in(raw), LONGEST_NAME)


TARGETS = {
    "ack-form": Target(ack_form),
    "web-request": Target(request),
    "viewer": Target(viewer),
}
