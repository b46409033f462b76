"""The plain page, the sheet, the snapshot, metrics, heartbeats: without Streamlit.

The dashboard serves them beside its pages. `secours run --http` serves them alone, from
a process of its own (`python -m secours.web.app`), so that viewers never delay
probes. People always get a page, programs a status: 503 without a fresh snapshot.

A heartbeat is a POST with the header `X-Secours-Beat: 1`, which neither a redirect nor
a foreign page in a browser can send. If `$SECOURS_BEAT_TOKEN` is set, it bears that
token as `Authorization: Bearer TOKEN`; otherwise it is accepted from those who may see
all.

Source: RFC 9110; RFC 6750, section 2.1; Fetch Metadata Request Headers, section 2.3.
"""

import argparse
import hmac
import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from markupsafe import Markup
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from secours import logs, places, texts
from secours.engine import access_token, state_file, supervise
from secours.engine.published import snapshot_file
from secours.engine.published.current import Look, look_at, plan_at
from secours.engine.published.current_sites import province
from secours.engine.published.vitals import vitals
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.answers.notes import for_strangers
from secours.render.answers.values import finite
from secours.render.export import lite
from secours.render.export.metrics import metrics
from secours.render.paper.sheet import sheet_html
from secours.render.redact import discreet, on_wall
from secours.render.wall.wall import line_asked
from secours.web import standby, text
from secours.web.ack import AckPage
from secours.web.answers import (
    HEADERS,
    PRINTS,
    SCRIPT,
    closed,
    json_answer,
    script_route,
)
from secours.web.base_path import BasePath
from secours.web.door import (
    FORWARDED,
    OWN_SITES,
    Doorkeeper,
    Rules,
    bearer,
    host_name,
    refusal,
)
from secours.web.feeds import Feeds
from secours.web.forms import Guesses
from secours.web.metrics import metrics_answer
from secours.web.sites import (
    LookAtSites,
    families_of_sites,
    published,
    sites_answer,
)
from secours.web.tokens import FULL, SCREEN
from secours.wire import heartbeats
from secours.wire.net.addresses import is_loopback

log = logging.getLogger(__name__)

BEATEN = ["GET", "POST"]  # GET only to say that it is no beat
A_BEAT = (
    f"a beat is a POST with the header {heartbeats.HEADER}: {heartbeats.SENT},"
    " as `secours beat NAME --to URL` sends it"
)
NEEDS_TOKEN = f"from here a beat needs the token in ${heartbeats.TOKEN}"
NOTHING = "nothing is here"
PLAIN_PAGE = "lite"
SITE = "sec-fetch-site"  # tells our pages from foreign ones
BARRED = "only who is known sees this"
MOST_AT_ONCE = 64
NICE = 5  # probing comes first


class Web(msgspec.Struct, frozen=True):
    """Web handlers: sources of the answers, and rights of requests."""

    look: Callable[[], Look]
    sees_all: Callable[[Request], bool]
    may_beat: Callable[[Request], bool]
    known_only: bool = False  # others see nothing
    config: Callable[[], Config | None] = lambda: None  # the plan in force
    page: str = PLAIN_PAGE  # linked by feeds
    look_at_sites: LookAtSites = published

    def routes(self, start: str = "", *, acts: bool = True) -> list[BaseRoute]:
        """Return the addresses, all under `start`; or only those to look at."""
        beat = Route("/v1/beat/{name:path}", self.beat, methods=BEATEN)
        snapshot = Route("/v1/snapshot", self.snapshot, methods=["GET"])
        page = AckPage(self.look, Guesses())
        ack = Route(f"{start}/ack/{{token:path}}", page.answer, methods=["GET", "POST"])
        sites = Route("/v1/sites", self.sites, methods=["GET"])
        followed = Route("/v1/standby", self.followed, methods=["GET"])
        came = Route("/v1/text", text.answer, methods=["GET"])
        acting = [beat, came] if acts else []
        api = Router([snapshot, sites, followed, *acting], default=_nothing)
        return [
            Route(f"{start}/lite", self.lite, methods=["GET"]),
            Route(f"{start}/paper", self.paper, methods=["GET"]),
            script_route(start),
            Route(f"{start}/healthz", self.health, methods=["GET"]),
            Route(f"{start}/metrics", self.metrics, methods=["GET"]),
            Route(f"{start}/api", _no_page, methods=["GET", "POST"]),
            Mount(f"{start}/api", app=api),
            *self._feeds(start, acts=acts).routes(),
            *([ack] if acts else []),
        ]

    def lite(self, request: Request) -> Response:
        """Return the wall as one plain page; a stale or missing one says so."""
        return self._drawn(request, _page, on_screen=True)

    def paper(self, request: Request) -> Response:
        """Return the sheet that prints on A4; with states only if fresh."""
        return self._drawn(request, _sheet, headers=PRINTS)

    def snapshot(self, request: Request) -> Response:
        """Return the snapshot as JSON, with its age; 503 where there is no fresh one.

        Strangers get it without `how` and details.
        """
        if self._is_barred(request):
            return json_answer({"error": BARRED}, 403)
        latest = self._found(request)
        shown, stale = latest.snapshot, not latest.is_fresh
        answer: dict[str, object] = {
            "schema": 1,
            "age_s": finite(latest.age_s),
            "stale": stale,
            "snapshot": msgspec.Raw(state_file.encoded(shown)) if shown else None,
        }
        return json_answer(answer, 503 if stale else 200)

    def sites(self, request: Request) -> Response:
        """Return the state of all sites followed; 503 if stale."""
        if self._is_barred(request):
            return json_answer({"error": BARRED}, 403)
        plan = self.config()
        own = plan.site.language if plan else "en"
        language = texts.language_of(request.query_params.get("lang"), own)
        found, seen = self.look_at_sites(), self._found(request)
        return sites_answer(found, seen, language)

    def followed(self, request: Request) -> Response:
        """Return the report for a standby, for its token."""
        return standby.answer(request, self.look)

    def health(self, _: Request) -> Response:
        """Return whether the snapshot is fresh, and its age; nothing of the channels.

        It is public: 503 is for monitoring and load balancers. A standby adds its
        role.
        """
        try:
            latest = self.look()
        except (OSError, snapshot_file.Corrupt, places.NoPlace):
            latest = Look()
        well = latest.is_fresh
        age_s = finite(latest.age_s)
        body: dict[str, object] = {"schema": 1, "ok": well, "age_s": age_s}
        if latest.snapshot and (part := for_strangers(latest.snapshot, latest.age_s)):
            body["standby"] = part
        return json_answer(body, 200 if well else 503)

    def metrics(self, request: Request) -> Response:
        """Return all metrics, in the format that a scraper asks for.

        It is 200 also for stale data, which are marked so, and without states.
        """
        if self._is_barred(request):
            return PlainTextResponse(BARRED, 403, headers=HEADERS)
        latest, engine = self._found(request), vitals()
        if not self.sees_all(request):
            engine = replace(engine, version="")
        families = [*metrics(latest.snapshot, latest.age_s, engine)]
        families += families_of_sites(self.look_at_sites(), latest)
        return metrics_answer(families, request.headers.get("accept", ""))

    def beat(self, request: Request) -> Response:
        """Record a beat for a heartbeat probe; `?fail` marks a failure."""
        if request.method != "POST":
            return json_answer({"error": A_BEAT}, 405, Allow="POST")
        is_sent = request.headers.get(heartbeats.HEADER) == heartbeats.SENT
        if not is_sent or request.headers.get(SITE, "none") not in OWN_SITES:
            return json_answer({"error": A_BEAT}, 403)
        if not self._may_beat(request):
            return refusal(request, NEEDS_TOKEN)
        name = str(request.path_params["name"])
        try:
            known = heartbeat_names(self.look().snapshot)
            if name not in known:
                return json_answer({"error": "no heartbeat has this name"}, 404)
            failed = request.query_params.get("fail", "0") not in ("0", "false", "no")
            heartbeats.write(name, failed=failed)
        except (OSError, ValueError, snapshot_file.Corrupt, places.NoPlace) as error:
            log.warning("a sign of life could not be left: %s", error)
            return json_answer({"error": "the sign of life could not be left"}, 503)
        return json_answer({"ok": True, "name": name, "failed": failed}, 200)

    def plan(self, request: Request) -> Snapshot | None:
        """Return the plan as the viewer may see it; None where there is none."""
        return None if self._is_barred(request) else self._found(request).known

    def _feeds(self, start: str, *, acts: bool) -> Feeds:
        return Feeds(
            seen=self._seen,
            is_barred=self._is_barred,
            sees_all=self.sees_all,
            plan=self.config,
            page=self.page,
            start=start,
            acts=acts and self.page != PLAIN_PAGE,
        )

    def _drawn(
        self,
        request: Request,
        draw: Callable[[Look, QueryParams], Markup],
        *,
        on_screen: bool = False,
        headers: Mapping[str, str] = HEADERS,
    ) -> Response:
        query = request.query_params
        latest: Look | None = None
        whole = on_screen and bearer(request) == SCREEN
        if self._is_barred(request) and not whole:
            return closed(query.get("lang"), self.config())
        try:
            latest = wall_of(self.look()) if whole else self._seen(request)
            html = draw(latest, query)
        except Exception:
            log.exception("the page could not be drawn")
            html = _error_page(latest, query.get("lang"))
        return HTMLResponse(html, headers=headers)

    def _is_barred(self, request: Request) -> bool:
        return self.known_only and not self.sees_all(request)

    def _found(self, request: Request) -> Look:
        """Look; unreadable data count as missing."""
        try:
            return self._seen(request)
        except (OSError, snapshot_file.Corrupt, places.NoPlace):
            return Look()

    def _seen(self, request: Request) -> Look:
        """Look, redacted for strangers."""
        latest = self.look()
        if self.sees_all(request):
            return latest
        return Look(
            snapshot=discreet(latest.snapshot) if latest.snapshot else None,
            age_s=latest.age_s,
            plan=discreet(latest.plan) if latest.plan else None,
            refused=None if latest.refused is None else "",
            unstable=latest.unstable,
        )

    def _may_beat(self, request: Request) -> bool:
        if os.environ.get(heartbeats.TOKEN):
            return _has_token(request)
        return self.may_beat(request)


def wall_of(latest: Look) -> Look:
    """Return what the wall says of it."""
    return replace(latest, snapshot=on_wall(latest.snapshot), plan=on_wall(latest.plan))


def _no_page(_: Request) -> Response:
    return json_answer({"error": NOTHING}, 404)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a program that asks for what there is not."""
    await json_answer({"error": NOTHING}, 404)(scope, receive, send)


def heartbeat_names(snapshot: Snapshot | None) -> set[str]:
    """Return all names of the plan's heartbeats."""
    if snapshot is None:
        return set()
    owners = [
        *(("channels", view.name, view.probes) for view in snapshot.channels),
        *(("components", view.name, view.probes) for view in snapshot.components),
        *(("paths", view.name, view.probes) for view in snapshot.paths),
    ]
    return {
        name
        for kind, owner, probes in owners
        for probe in probes
        if probe.type == "heartbeat"
        for name in heartbeats.names(f"{kind}/{owner}/{probe.name}")
    }


def is_local(scope: Scope) -> bool:
    """Return whether a request comes from this machine, and from no foreign page."""
    peer, *_ = scope.get("client") or ("",)
    headers = Headers(scope=scope)
    forwarded = any(name in headers for name in FORWARDED)
    return (
        is_loopback(peer)
        and is_loopback(host_name(headers.get("host", "")))
        and not forwarded
    )


def _comes_in_full(request: Request) -> bool:
    return bearer(request) == FULL


def app(config_path: Path, start: str = "") -> Starlette:
    """Return what `secours run --http` serves, all under `start`."""
    web = Web(
        lambda: look_at(config_path),
        _comes_in_full,
        _comes_in_full,
        config=lambda: plan_at(config_path),
    )
    wall = RedirectResponse(f"{start}/lite" if start else "lite", headers=HEADERS)
    screens = {start or "/", f"{start}/", f"{start}/wall"}  # as links name them
    home = [Route(path, lambda _: wall) for path in screens]
    rules = Rules(plan=lambda: plan_at(config_path), is_here=is_local, start=start)
    door = Middleware(Doorkeeper, rules=rules)
    beneath = Middleware(BasePath, start=start)
    return Starlette(routes=[*home, *web.routes(start)], middleware=[beneath, door])


def main() -> None:
    """Serve on sockets opened by the engine, until that ends."""
    import uvicorn

    from secours.web.connections import AtMost, HttpConnection, open_more_files

    parser = argparse.ArgumentParser(prog="secours.web.app")
    parser.add_argument("--fd", type=int, nargs="+", required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--base-path", default="")
    args = parser.parse_args()
    supervise.end_with(args.parent, signal.SIGKILL)
    os.nice(NICE)
    logs.begin()
    access_token.obtain(places.data_dir())
    open_more_files()
    settings = uvicorn.Config(
        AtMost(app(args.config, args.base_path), MOST_AT_ONCE),
        access_log=False,
        lifespan="off",
        log_config=None,
        loop="asyncio",
        http=HttpConnection,
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    held = [socket.socket(fileno=each) for each in args.fd]
    uvicorn.Server(settings).run(sockets=held)


def _page(latest: Look, query: QueryParams) -> Markup:
    shown = latest.snapshot
    language = _language(latest.known, query.get("lang"))
    if shown is None:
        return lite.waiting_html(
            latest.plan, language, refused=latest.refused, unstable=latest.unstable
        )
    sites = province(latest)
    return lite.lite_html(
        shown,
        language,
        age_s=sites.aged(latest).age_s if sites else latest.age_s,
        unstable=latest.unstable,
        line=line_asked(query.get("line")),
        theme=query.get("theme"),
        sites=sites.view if sites else None,
    )


def _sheet(latest: Look, query: QueryParams) -> Markup:
    language = _language(latest.known, query.get("lang"))
    if latest.known is None:
        return lite.waiting_html(None, language, refused=latest.refused)
    return sheet_html(latest.known, language, states=latest.is_fresh, script=SCRIPT)


def _error_page(latest: Look | None, lang: str | None) -> Markup:
    known = latest.known if latest else None
    try:
        return lite.error_html(known, _language(known, lang))
    except Exception:  # the snapshot itself is what cannot be drawn
        log.exception("the cover could not be drawn")
        return lite.error_html(None, texts.language_of(lang))


def _language(snapshot: Snapshot | None, lang: str | None) -> str:
    return texts.language_of(lang, snapshot.site.language if snapshot else "en")


def _has_token(request: Request) -> bool:
    token = os.environ.get(heartbeats.TOKEN, "")
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and kind.lower() == "bearer" and same


if __name__ == "__main__":
    main()
