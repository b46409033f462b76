"""Does what is drawn fit in Firefox too? It has no driver here: the page says it.

Firefox opens a page that draws the situations one after the other, measures each with
the same script as in Chromium, and sends what it found to the server that it is from.
It does so in a frame, which has one size after the other: a window is not as narrow as
a phone.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from dashboard.browser import font_face, installed
from dashboard.drawing import FAULTS
from markupsafe import Markup
from msgspec.structs import replace
from render.situations import SITUATIONS, SPOKEN

from secours.model.snapshot import Snapshot
from secours.render.styles import css
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

Size = tuple[int, int]

LIMIT_S = 150.0
SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (390, 844)]
SCRIPT = """
(async () => {
  %s
  const found = {};
  for (const [name, html] of Object.entries(DRAWN)) {
    document.body.innerHTML = html;
    await document.fonts.ready;
    const seen = faults();
    if (seen.length) found[name] = seen;
  }
  const answers = [...document.querySelectorAll(".s-answer")].length;
  const told = {
    found, answers, wide: innerWidth, high: innerHeight, agent: navigator.userAgent,
  };
  await fetch("/found", {method: "POST", body: JSON.stringify(told)});
  parent.postMessage("done");
})();
"""
FRAME = """<!doctype html><body style="margin:0;overflow:hidden">
<iframe style="border:0"></iframe>
<script>
(async () => {
  const frame = document.querySelector("iframe");
  for (const [wide, high] of %s) {
    frame.width = wide;
    frame.height = high;
    frame.src = `/page?${wide}`;
    await new Promise(done => addEventListener("message", done, {once: true}));
  }
})();
</script>
"""


def page_of(drawn: dict[str, str]) -> str:
    words = json.dumps(drawn).replace("</", "<\\/")
    return (
        f"<!doctype html><meta charset=utf-8><style>{font_face()}{css()}</style>"
        f"<body style='margin:0'><script>const DRAWN = {words};"
        f"{SCRIPT % FAULTS}</script>"
    )


@contextmanager
def serving(page: str) -> Iterator[tuple[str, "Queue[dict[str, Any]]"]]:
    """Serve a page while inside; return the address of its frame and what it sends."""
    found: Queue[dict[str, Any]] = Queue()
    pages = {"/": (FRAME % json.dumps(SIZES)).encode(), "/page": page.encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(pages.get(self.path.partition("?")[0], b""))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.put(json.loads(self.rfile.read(length)))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def measured(page: str, folder: Path) -> list[dict[str, Any]]:
    """Open a page in Firefox; return what it sends, in each size."""
    wide, high = map(max, zip(*SIZES, strict=True))
    environment = {
        **os.environ,
        "HOME": str(folder),
        "MOZ_HEADLESS_WIDTH": str(wide),
        "MOZ_HEADLESS_HEIGHT": str(high),
    }
    program = installed("firefox-esr", "firefox-esr", "firefox")
    with serving(page) as (url, found):
        running = subprocess.Popen(
            [program, "--headless", "--kiosk", "--profile", str(folder), url],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return [found.get(timeout=LIMIT_S) for _ in SIZES]
        finally:
            running.terminate()
            running.wait()


def seen_from(shown: Snapshot, distance_m: float) -> Snapshot:
    return replace(shown, screen=replace(shown.screen, distance_m=distance_m))


@pytest.fixture(scope="module")
def told(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[Size, dict[str, Any]]:
    """Return what Firefox found on a screen of each size."""
    drawn: dict[str, str] = {}
    for name, shown in (SITUATIONS | SPOKEN).items():
        for distance_m in (3.0, 5.0, 8.0):
            far = seen_from(shown, distance_m)
            drawn[f"{name} {distance_m}"] = wall_html(far, "fr", age_s=4.0)
        drawn[f"{name} bands"] = wall_html(shown, "fr", age_s=4.0, layout="bands")
        drawn[f"{name} stale"] = stale_html(shown, "fr")
    fault = Markup(
        "<style>.s-how { white-space: nowrap; font-size: 300px !important; }</style>"
    )
    drawn["planted"] = drawn["fallback 3.0"] + fault
    drawn["last"] = wall_html((SITUATIONS | SPOKEN)["fine"], "fr", age_s=4.0)
    found = measured(page_of(drawn), tmp_path_factory.mktemp("firefox"))
    return {(each["wide"], each["high"]): each for each in found}


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_cut_and_nothing_overlaps_in_firefox(
    told: dict[Size, dict[str, Any]], size: Size
) -> None:
    found = dict(told[size]["found"])

    assert "Firefox" in told[size]["agent"]
    assert told[size]["answers"] == 2
    assert found.pop("planted")
    assert not found, found
