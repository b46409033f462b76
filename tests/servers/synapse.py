"""Synapse, a Matrix homeserver, unprivileged on a free loopback port, with SQLite.

It lives in an environment of its own, `.synapse/` beside this checkout: `make synapse`.
Break it by stopping the process, or by a second wrong password within a quarter of an
hour: the answer is a 429.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from servers.scripted import closed_port

VERSION = "1.163.2"
PYTHON = Path(__file__).parents[2] / ".synapse" / "bin" / "python"
PASSWORD = "not-a-secret-here"
START_S = 60.0
SYNAPSE = (str(PYTHON), "-m", "synapse.app.homeserver")
CONF = """
server_name: town.example
report_stats: false
pid_file: {folder}/pid
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
trusted_key_servers: []
suppress_key_server_warning: true
macaroon_secret_key: m
form_secret: f
database: {{name: sqlite3, args: {{database: "{folder}/db"}}}}
listeners:
  - port: {port}
    type: http
    bind_addresses: [127.0.0.1]
    resources: [{{names: [client]}}]
enable_registration: true
enable_registration_without_verification: true
rc_registration: {{per_second: 100, burst_count: 100}}
rc_message: {{per_second: 100, burst_count: 100}}
rc_login:
  address: {{per_second: 100, burst_count: 100}}
  account: {{per_second: 100, burst_count: 100}}
  failed_attempts: {{per_second: 0.001, burst_count: 1}}
"""
LOG = """
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: "{folder}/log"}}}}
root: {{level: WARNING, handlers: [file]}}
"""


class Account(NamedTuple):
    """A user of the homeserver, and a room that it is in."""

    user: str
    token: str
    room: str


class Homeserver(NamedTuple):
    """A homeserver that runs."""

    base_url: str

    def join(self, name: str) -> Account:
        """Register a user, who creates a room."""
        body: dict[str, Any] = {"username": name, "password": PASSWORD}
        body |= {"auth": {"type": "m.login.dummy"}, "inhibit_login": False}
        found = self.ask("POST", "register", body)
        token = found["access_token"]
        room = {"preset": "private_chat", "room_alias_name": f"crisis-{name}"}
        created = self.ask("POST", "createRoom", room, token)
        return Account(found["user_id"], token, created["room_id"])

    def events(self, account: Account) -> list[dict[str, Any]]:
        """Return the messages of the account's room, newest first."""
        target = f"rooms/{account.room}/messages?dir=b&limit=20"
        chunk: list[dict[str, Any]] = self.ask("GET", target, None, account.token)[
            "chunk"
        ]
        return [event for event in chunk if event["type"] == "m.room.message"]

    def ask(self, method: str, target: str, body: Any, token: str = "") -> Any:
        """Send one request of the Client-Server API."""
        request = Request(
            f"{self.base_url}/_matrix/client/v3/{target}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        with urlopen(request, timeout=START_S) as answer:
            return json.load(answer)


@contextmanager
def synapse(folder: Path) -> Iterator[Homeserver]:
    """Run it while the block lasts; without it tests are skipped, but fail in CI."""
    if not PYTHON.exists():
        words = "Synapse is not there: make synapse"
        assert not os.environ.get("CI"), words
        pytest.skip(words)
    port = closed_port()
    conf = folder / "homeserver.yaml"
    conf.write_text(CONF.format(folder=folder, port=port))
    (folder / "log.yaml").write_text(LOG.format(folder=folder))
    command = (*SYNAPSE, "-c", str(conf))
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    subprocess.run((*command, "--generate-keys"), check=True, cwd=folder, **quiet)
    process = subprocess.Popen(command, cwd=folder, **quiet)
    try:
        base_url = f"http://127.0.0.1:{port}"
        _wait(process, f"{base_url}/health")
        yield Homeserver(base_url)
    finally:
        process.terminate()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", health: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, "Synapse does not start"
        try:
            with urlopen(health, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("Synapse does not answer")
