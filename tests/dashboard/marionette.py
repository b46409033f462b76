"""Firefox, driven by the protocol that it speaks itself: Marionette.

A message is a JSON array behind its length in bytes and a colon. Elements are looked
for until they are there.
"""

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dashboard.browser import WITHIN_MS, installed

PREFS = 'user_pref("marionette.port", 0);\n'
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # of WebDriver: the key of a reference


class Firefox:
    """One window of a running Firefox."""

    def __init__(self, connection: socket.socket) -> None:
        """Begin a session over a connection."""
        self._file = connection.makefile("rwb")
        self._sent = 0
        self._message()  # it says who it is
        self._do("WebDriver:NewSession", {})
        self._do("WebDriver:SetTimeouts", {"implicit": WITHIN_MS})

    def open(self, address: str) -> None:
        """Go to an address."""
        self._do("WebDriver:Navigate", {"url": address})

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a mouse does."""
        self._do("WebDriver:ElementClick", {"id": self.wait_for(selector)})

    def type_into(self, selector: str, text: str) -> None:
        """Click into a field and press the keys of a text."""
        found = self.wait_for(selector)
        self._do("WebDriver:ElementSendKeys", {"id": found, "text": text})

    def value(self, selector: str) -> str:
        """Return what stands in a field."""
        asked = {"id": self.wait_for(selector), "name": "value"}
        return str(self._do("WebDriver:GetElementProperty", asked))

    def evaluate(self, function: str, given: object = None) -> Any:
        """Call a function of JavaScript; return what comes of it in the end."""
        asked = {"script": f"return ({function})(arguments[0])", "args": [given]}
        return self._do("WebDriver:ExecuteScript", asked)

    def step_into(self, selector: str) -> None:
        """Act within a frame of the page from now on."""
        frame = {ELEMENT: self.wait_for(selector)}
        self._do("WebDriver:SwitchToFrame", {"element": frame})

    def step_out(self) -> None:
        """Act in the page itself again."""
        self._do("WebDriver:SwitchToFrame", {"id": None})

    def wait_for(self, selector: str) -> str:
        """Return a reference to the first element of a selector, once there is one."""
        asked = {"using": "css selector", "value": selector}
        return str(self._do("WebDriver:FindElement", asked)[ELEMENT])

    def _do(self, command: str, options: Mapping[str, object]) -> Any:
        self._sent += 1
        text = json.dumps([0, self._sent, command, options]).encode()
        self._file.write(b"%d:%s" % (len(text), text))
        self._file.flush()
        _, _, error, result = self._message()
        assert error is None, error
        return result.get("value", result) if isinstance(result, dict) else result

    def _message(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._file.read(1)
        return json.loads(self._file.read(int(length[:-1])))


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Run Firefox while inside, with a profile of its own in a folder."""
    program = installed("firefox-esr", "firefox-esr", "firefox")
    profile = folder / "firefox"
    profile.mkdir()
    (profile / "user.js").write_text(PREFS, "utf-8")
    running = subprocess.Popen(
        [program, "--headless", "--marionette", "--profile", str(profile)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout
    try:
        port = next(
            int(line.rpartition(" ")[2])
            for line in running.stdout
            if "Listening on port" in line
        )
        with closing(socket.create_connection(("127.0.0.1", port))) as connection:
            yield Firefox(connection)
    finally:
        running.terminate()
        running.communicate()
