"""A real OpenID Connect provider on loopback, with one person whom it knows."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from servers.scripted import closed_port

START_S = 60.0
PERSON = {"sub": "anne", "email": "anne@town.example", "name": "Anne Dupont"}


class Provider:
    """The process of the provider."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        port = closed_port()
        self.url = f"http://127.0.0.1:{port}"
        self.metadata = f"{self.url}/.well-known/openid-configuration"
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
        self._command = [*command, "--user-claims", json.dumps(PERSON)]
        self._log = folder / "provider.log"
        self.start()

    def start(self) -> None:
        """Start it, again perhaps, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self) -> None:
        """Let it be down, as in a crisis."""
        self._process.kill()
        self._process.wait()

    def secrets(self, dashboard: str) -> str:
        """Write what Streamlit needs to know to send people here from a dashboard."""
        return (
            f'[auth]\nredirect_uri = "{dashboard}/oauth2callback"\n'
            f'cookie_secret = "{"0123456789abcdef" * 4}"\n'
            'client_id = "secours"\nclient_secret = "told only to the provider"\n'
            f'server_metadata_url = "{self.metadata}"\n'
        )

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(self.metadata, timeout=2):
            return True
        return False


@contextmanager
def oidc_provider(folder: Path) -> Iterator[Provider]:
    """Run it while inside."""
    provider = Provider(folder)
    try:
        yield provider
    finally:
        provider.kill()
