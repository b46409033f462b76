"""Another user of this machine, or a page of theirs, is not who sits here."""

import http.client
import json
import os
import pty
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from dashboard.served import Dashboard, dashboard, live_in
from dashboard.websocket import drawn
from servers.command import Command
from servers.scripted import closed_port
from websockets.exceptions import InvalidStatus

from secours.engine import access_token

NOBODY = 65534
HOW = "Ring 4711"
AT_LAST_S = 90.0
PAGES = ("/", "/lite", "/paper", "/api/v1/snapshot")
BEAT = "/api/v1/beat/siren"
SENT = {"X-Secours-Beat": "1"}
CLONE_APP = Path(__file__).parents[2] / "app.py"

PLAN = """
site: {name: Town, language: en}
screen: {max_age: 60s}
channels:
  siren:
    label: Siren
    how: Ring 4711
    purposes: [alert]
    probes: [{type: heartbeat, every: 5m}]
plan: [{purpose: alert, audience: staff, primary: siren, last_resort: Walk}]
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


def foreign(folder: Path) -> tuple[Path, str]:
    """Return a folder of another user, and who that is."""
    if os.geteuid() != 0:
        return Path("/"), "root"
    folder.mkdir(mode=0o777)
    os.chown(folder, NOBODY, -1)
    return folder, pwd.getpwuid(NOBODY).pw_name


@pytest.mark.parametrize("command", ["run", "up"])
async def test_a_data_folder_of_another_user_is_refused_and_says_whose_it_is(
    secours: Command, tmp_path: Path, command: str
) -> None:
    folder, owner = foreign(tmp_path / "theirs")
    secours.env["SECOURS_DATA"] = str(folder)

    done = await secours.run(command)

    assert (done.code, done.out) == (3, "")
    assert done.err == f"{folder} belongs to {owner}: run as user {owner}\n"


async def test_a_runtime_folder_of_another_user_is_not_to_be_deleted(
    secours: Command, tmp_path: Path
) -> None:
    folder, owner = foreign(tmp_path / "run")
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (folder / "secours").mkdir(mode=0o700)
    os.chown(folder / "secours", NOBODY, -1)

    done = await secours.run("status")

    assert done.code == 3
    assert done.err == f"{folder / 'secours'} belongs to {owner}: run as user {owner}\n"


async def test_what_older_versions_left_open_is_closed_at_the_start(
    secours: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "last-good-plan.yaml").write_text("")
    (folder / "last-good-plan.yaml").chmod(0o644)

    async with secours.running("run"):
        while (folder / "last-good-plan.yaml").stat().st_mode & 0o077:
            await secours.run("status")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert [f.name for f in folder.iterdir() if f.stat().st_mode & 0o077] == []


# ------------------------------------------------------------------ who comes


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: str


class Served:
    """Both servers, or one of them, of a Secours in a folder of its own."""

    def __init__(self, folder: Path, *argv: str, **env: str) -> None:
        """Start it with the options that come after the port."""
        self.folder, self.port = folder, closed_port()
        self.command = Command(folder)
        self.command.env |= env
        if not (folder / "probes.yaml").exists():
            self.command.plan(PLAN + "access: {allowed_hosts: [Crisis.example]}\n")
        words = [word.format(port=self.port) for word in argv]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "secours", *words],
                cwd=folder,
                env=self.command.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def token(self) -> str:
        """Return the token of its data folder."""
        return (self.folder / "state" / access_token.NAME).read_text()

    @property
    def screen(self) -> str:
        """Return the token that only shows."""
        return access_token.of_screen(self.token)

    def ask(
        self, path: str, method: str = "GET", host: str = "", **headers: str
    ) -> Answer:
        """Ask as any program of this machine may."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                method, path, headers={"Host": host or self.host, **named}
            )
            answer = connection.getresponse()
            body = answer.read().decode()
            return Answer(answer.status, dict(answer.getheaders()), body)
        finally:
            connection.close()

    @property
    def host(self) -> str:
        """Return what a browser of this machine sends as Host."""
        return f"127.0.0.1:{self.port}"

    def beat(self, **headers: str) -> int:
        """Report in for the siren."""
        return self.ask(BEAT, "POST", **{**SENT, **headers}).status

    def cookie(self, token: str) -> str:
        """Open the link with a token, and return the cookie it leaves."""
        answer = self.ask(f"/lite?token={token}")
        name = {name.lower(): value for name, value in answer.headers.items()}
        return name.get("set-cookie", "").partition(";")[0]

    def until_probed(self) -> None:
        """Wait until it serves what the engine found."""
        deadline = time.monotonic() + AT_LAST_S
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            with suppress(OSError):
                asked = {"Authorization": f"Bearer {self.token}"}
                if self.ask("/api/v1/snapshot", **asked).status == 200:
                    return
            time.sleep(0.1)


@contextmanager
def served(folder: Path, *argv: str, **env: str) -> Iterator[Served]:
    """Serve while inside."""
    running = Served(folder, *argv, **env)
    try:
        running.until_probed()
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(AT_LAST_S)


@pytest.fixture(scope="module")
def plain_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("plain")
    with served(folder, "run", "--http", "{port}") as running:
        yield running


@pytest.fixture(scope="module")
def screens(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("dashboard")
    with served(folder, "up", "--port", "{port}") as running:
        yield running


@pytest.fixture(scope="module", params=["plain_page", "screens"])
def secured(processes: None, request: pytest.FixtureRequest) -> Served:
    running: Served = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="module")
def streaming(screens: Served) -> Dashboard:
    """Return the dashboard, as what speaks websockets to it knows one."""
    return Dashboard([], screens.port, screens.folder)


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/_stcore/host-config"])
def test_another_user_sees_nothing_and_is_told_how_to_get_the_link(
    secured: Served, path: str
) -> None:
    answer = secured.ask(path)

    assert answer.status == 401
    assert {**answer.headers}.get("www-authenticate") == "Bearer"
    assert "secours link" in answer.body
    assert "Siren" not in answer.body


def test_who_watches_the_server_needs_no_token(secured: Served) -> None:
    answer = secured.ask("/healthz")

    assert answer.status == 200
    assert json.loads(answer.body)["ok"] is True


def test_who_measures_it_bears_the_token(secured: Served) -> None:
    without = secured.ask("/metrics")
    answer = secured.ask("/metrics", Authorization=f"Bearer {secured.token}")

    assert without.status == 401
    assert "secours_engine_up" not in without.body
    assert answer.status == 200
    assert "secours_engine_up 1\n" in answer.body
    assert "secours_snapshot_fresh 1\n" in answer.body


@pytest.mark.parametrize(
    "path",
    ["/healthzx", "/healthz/lite", "/_stcore/healthx", "/_stcore/health/media/x"],
)
def test_what_only_begins_like_an_open_address_is_not_open(
    secured: Served, path: str
) -> None:
    assert secured.ask(path).status == 401


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/v1/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_address_of_programs_is_answered_for_programs(
    secured: Served, path: str, method: str
) -> None:
    answer = secured.ask(path, method, Authorization=f"Bearer {secured.token}")

    assert answer.status == 404
    assert json.loads(answer.body) == {"error": "nothing is here"}


@pytest.mark.parametrize("given", ["", "wrong", "\u00e9"])
def test_another_user_guesses_no_token(secured: Served, given: str) -> None:
    quoted = given.encode().hex("%")
    link = secured.ask(f"/lite?token={'%' if quoted else ''}{quoted}")
    bearer = secured.ask(
        "/lite",
        Authorization=f"Bearer {given.encode('ascii', 'xmlcharrefreplace').decode()}",
    )

    assert link.status == 303
    assert "set-cookie" not in {name.lower() for name in link.headers}
    assert bearer.status == 401


def test_another_user_forges_no_heartbeat_and_the_bearer_of_the_token_beats(
    secured: Served,
) -> None:
    assert secured.beat() == 401
    assert secured.beat(Authorization="Bearer wrong") == 401
    assert secured.beat(Authorization=f"Bearer {secured.screen}") == 403
    assert secured.beat(Authorization=f"Bearer {secured.token}") == 200


def test_the_link_leaves_a_cookie_and_no_token_in_the_address(secured: Served) -> None:
    answer = secured.ask(f"/lite?lang=en&token={secured.token}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    cookie = headers["set-cookie"]

    assert answer.status == 303
    assert headers["location"] == "/lite?lang=en"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert secured.token not in cookie
    page = secured.ask("/lite", Cookie=cookie.partition(";")[0])
    assert page.status == 200
    assert HOW in page.body


@pytest.mark.parametrize("host", ["[", "[x", "", "a:b:c", "@", "[::1].x"])
@pytest.mark.parametrize("origin", ["http://[", "://", "x"])
def test_nonsense_for_a_host_or_an_origin_breaks_nothing(
    secured: Served, host: str, origin: str
) -> None:
    for method in ("GET", "POST"):
        answer = secured.ask("/lite?token=x", method, host or "-", Origin=origin)
        assert answer.status in (403, 421)


def test_a_link_leads_to_no_other_site(secured: Served) -> None:
    answer = secured.ask(f"//evil.example/?token={secured.token}")

    location = {n.lower(): v for n, v in answer.headers.items()}["location"]
    assert location == "/evil.example/"


def test_a_screen_sees_the_wall_and_nothing_else(secured: Served) -> None:
    cookie = secured.cookie(secured.screen)

    assert HOW in secured.ask("/lite", Cookie=cookie).body
    for path in ("/paper", "/api/v1/snapshot"):
        answer = secured.ask(path, Cookie=cookie)
        assert answer.status == 200
        assert HOW not in answer.body
    assert secured.beat(Cookie=cookie) == 403


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:9", "http://evil.example", "null"]
)
def test_a_page_of_another_port_acts_for_nobody(secured: Served, origin: str) -> None:
    cookie = secured.cookie(secured.token)

    assert secured.beat(Cookie=cookie, Origin=origin) == 403
    assert secured.ask("/lite", "POST", Cookie=cookie, Origin=origin).status == 403
    assert secured.ask("/lite", "POST", Cookie=cookie).status == 403
    assert secured.beat(Cookie=cookie, Origin=f"http://{secured.host}") == 200


@pytest.mark.parametrize("path", [*PAGES, "/healthz"])
def test_a_name_that_was_made_to_point_here_is_not_ours(
    secured: Served, path: str
) -> None:
    cookie = secured.cookie(secured.token)
    answer = secured.ask(path, host=f"rebound.example:{secured.port}", Cookie=cookie)

    assert answer.status == 421
    assert "allowed_hosts" in answer.body
    assert "Siren" not in answer.body


def test_a_name_of_the_plan_is_ours_and_sees_what_a_stranger_does(
    secured: Served,
) -> None:
    answer = secured.ask("/lite", host="crisis.example")

    assert answer.status == 200
    assert "Siren" in answer.body
    assert HOW not in answer.body


@pytest.mark.parametrize(
    ("cookie", "more"),
    [
        (False, []),
        (True, [("Origin", "http://127.0.0.1:9")]),
        (True, [("Origin", "null")]),
        (True, [("Host", "rebound.example:1")]),
    ],
)
def test_a_websocket_is_for_pages_of_ours_with_the_token(
    screens: Served, streaming: Dashboard, cookie: bool, more: list[tuple[str, str]]
) -> None:
    came = [("Cookie", screens.cookie(screens.token))] if cookie else []

    with pytest.raises(InvalidStatus, match="403"):
        drawn(streaming, "now", "", [*came, *more])


def test_over_the_websocket_the_bearer_of_the_token_sees_all_and_a_screen_the_wall(
    screens: Served, streaming: Dashboard
) -> None:
    ours = ("Origin", f"http://{screens.host}")
    person = [("Cookie", screens.cookie(screens.token)), ours]
    screen = [("Cookie", screens.cookie(screens.screen)), ours]

    assert HOW in drawn(streaming, "now", "", person)
    assert HOW in drawn(streaming, "wall", "", screen)
    assert HOW not in drawn(streaming, "now", "", screen)
    assert "people who are known" in drawn(streaming, "journal", "", screen)
    assert "people who are known" in drawn(streaming, "act", "", screen)


def test_in_what_a_page_says_first_a_screen_sees_the_wall_and_nothing_else(
    screens: Served,
) -> None:
    def first(path: str, token: str) -> str:
        page = screens.ask(path, Cookie=screens.cookie(token), Accept="text/html")
        assert page.status == 200
        return page.body

    for path in ("/wall", "/now"):
        assert HOW in first(path, screens.token)
    assert HOW in first("/wall", screens.screen)
    assert "Siren" in first("/now", screens.screen)
    for path in ("/now", "/channels", "/plan", "/journal", "/act"):
        assert HOW not in first(path, screens.screen)
    assert "secours-first" not in first("/journal", screens.screen)
    assert screens.ask("/wall", Accept="text/html").status == 401


AWAY = [{"host": "crisis.example"}, {"X_Forwarded_For": "192.0.2.7"}]


@pytest.mark.parametrize("away", AWAY, ids=["another host", "a proxy"])
@pytest.mark.parametrize("kind", ["token", "screen"])
def test_no_token_shows_how_but_under_an_address_of_this_machine(
    secured: Served, kind: str, away: dict[str, str]
) -> None:
    token = getattr(secured, kind)
    came = [{"Cookie": secured.cookie(token)}, {"Authorization": f"Bearer {token}"}]

    for each in came:
        assert HOW in secured.ask("/lite", **each).body
        assert HOW not in secured.ask("/lite", **each, **away).body


@pytest.mark.parametrize("kind", ["token", "screen"])
def test_no_token_shows_how_on_a_wall_under_another_host(
    screens: Served, streaming: Dashboard, kind: str
) -> None:
    cookie = ("Cookie", screens.cookie(getattr(screens, kind)))

    for name in ("now", "wall"):
        told = drawn(streaming, name, "", [cookie, ("Host", "crisis.example")])
        assert "Siren" in told
        assert HOW not in told


@pytest.mark.usefixtures("processes")
def test_a_wall_says_how_only_where_the_plan_lets_it(tmp_path: Path) -> None:
    kept = PLAN.replace("max_age: 60s", "max_age: 60s, how: false")
    (tmp_path / "probes.yaml").write_text(kept)
    with served(tmp_path, "up", "--port", "{port}") as running:

        def seen(path: str, token: str) -> str:
            sent = {"Cookie": running.cookie(token), "Accept": "text/html"}
            return running.ask(path, **sent).body

        for token in (running.token, running.screen):
            assert "Siren" in seen("/wall", token)
            assert HOW not in seen("/wall", token)
        assert HOW not in seen("/lite", running.screen)
        for path in ("/now", "/lite"):
            assert HOW in seen(path, running.token)


def test_the_cookie_of_each_data_folder_has_a_name_of_its_own(
    plain_page: Served, screens: Served
) -> None:
    cookies = [each.cookie(each.token) for each in (plain_page, screens)]

    assert len({cookie.partition("=")[0] for cookie in cookies}) == 2


def test_the_token_is_in_no_log_and_nobody_else_may_read_it(secured: Served) -> None:
    secured.cookie(secured.token)
    secured.ask(f"/wall?token={secured.token}")
    secured.ask(f"/lite?token={secured.token}", Cookie="x=" + "y" * 100)

    file = secured.folder / "state" / access_token.NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert secured.token not in secured.log.read_text()
    assert secured.screen not in secured.log.read_text()
    for kept in (secured.folder / "state").iterdir():
        assert kept == file or secured.token.encode() not in kept.read_bytes()


# ------------------------------------------------------------------ how it is set


@pytest.mark.usefixtures("processes")
def test_a_folder_of_before_is_open_and_warned_of_until_it_gets_a_link(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "statements.json").write_text("{}")
    running = Served(tmp_path, "run", "--http", "{port}")
    try:
        deadline = time.monotonic() + AT_LAST_S
        while True:
            with suppress(OSError):
                if running.ask("/api/v1/snapshot").status == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert "secours link" in running.log.read_text()
        assert running.beat() == 200

        said = subprocess.run(
            [sys.executable, "-m", "secours", "link", "--port", str(running.port)],
            cwd=tmp_path,
            env=running.command.env,
            capture_output=True,
            text=True,
            check=True,
        )

        assert said.stdout.splitlines() == [
            f"the screens: http://{running.host}/?token={running.token}",
            f"for a wall alone: http://{running.host}/wall?token={running.screen}",
            "for a standby, its token (--follow-token): "
            + access_token.of_standby(running.token),
            "for an SMS gateway, the key of its get-url (/api/v1/text?key=…): "
            + access_token.of_gateway(running.token),
        ]
        assert running.ask("/lite").status == 401
        assert running.beat() == 401
    finally:
        running.process.terminate()
        running.process.wait(AT_LAST_S)


@pytest.mark.usefixtures("processes")
def test_a_plan_may_leave_loopback_open(tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text(PLAN + "access: {loopback: open}\n")
    with served(tmp_path, "run", "--http", "{port}") as running:
        assert HOW in running.ask("/lite").body
        assert running.beat() == 200
        assert running.ask("/lite", host="rebound.example").status == 421


@pytest.mark.usefixtures("processes")
def test_where_beats_have_a_token_it_is_asked_on_this_machine_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "probes.yaml").write_text(PLAN + "access: {loopback: open}\n")
    beats = {"SECOURS_BEAT_TOKEN": "open-sesame"}
    with served(tmp_path, "run", "--http", "{port}", **beats) as running:
        assert running.beat() == 401
        assert running.beat(Authorization=f"Bearer {running.token}") == 403
        assert running.beat(Authorization="Bearer open-sesame") == 200


@pytest.mark.usefixtures("processes")
def test_a_person_at_a_terminal_is_told_the_link(tmp_path: Path) -> None:
    command, port = Command(tmp_path), closed_port()
    command.plan(PLAN)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "secours", "run", "--http", str(port)],
        cwd=tmp_path,
        env=command.env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        said = b""
        while b"?token=" not in said or not said.endswith(b"\n"):
            said += os.read(ours, 1 << 12)
    finally:
        process.terminate()
        process.wait(AT_LAST_S)
        os.close(ours)

    token = (tmp_path / "state" / access_token.NAME).read_text()
    assert f"http://127.0.0.1:{port}/lite?token={token}" in said.decode()


@pytest.mark.usefixtures("processes")
def test_streamlit_run_alone_says_how_to_get_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_in(tmp_path, monkeypatch, with_token=True)
    (tmp_path / "probes.yaml").write_text(PLAN)
    with dashboard(tmp_path, CLONE_APP) as running:
        status, _, body = running.get("/")

        assert status == 401
        assert b"secours link" in body
