"""A telephone on loopback: baresip, which is called, answers and presses keys.

    async with telephone(folder, answers=True) as phone: phone.press("1")

It listens at `port`, or registers at an exchange. Without `answers` it rings for ever.
"""

import asyncio
import re
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

from secours.notify.calls.child import MODULES, RATE

NEEDED = needs("baresip", "baresip")
SPEAKS = needs("espeak-ng", "espeak-ng")
WAIT_S = 60.0
TALKS_S = 120  # it hangs up by itself then
LISTENS = "<sip:duty@127.0.0.1>;regint=0"
CONFIG = """\
poll_method epoll
sip_listen {host}:{port}
net_interface {host}
audio_source aufile,{speech}
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
statmode_default off
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
"""


class Telephone:
    """A baresip that runs."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self.said = ""
        self._process = process
        self._more = asyncio.Event()

    def press(self, keys: str) -> None:
        """Press keys, which go out as telephone events."""
        assert self._process.stdin
        self._process.stdin.write(keys.encode())

    async def until(self, words: str) -> None:
        """Wait until baresip said something."""
        async with asyncio.timeout(WAIT_S):
            while not re.search(words, self.said):
                self._more.clear()
                await self._more.wait()

    async def listen(self) -> None:
        """Take in what it says."""
        assert self._process.stdout
        while piece := await self._process.stdout.read(4096):
            self.said += piece.decode("utf-8", "replace")
            self._more.set()


def _configure(folder: Path, port: int, account: str) -> None:
    folder.mkdir(exist_ok=True)
    modules = next((m for m in MODULES if Path(m).is_dir()), "")
    speech = folder / "speech.wav"
    with wave.open(str(speech), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * RATE * TALKS_S))
    facts = {"port": port, "modules": modules, "speech": speech}
    config = CONFIG.format(host=LOOPBACK, **facts)
    (folder / "config").write_text(config)
    (folder / "accounts").write_text(f"{account};audio_codecs=pcma\n")


@asynccontextmanager
async def telephone(
    folder: Path, *, answers: bool = True, account: str = LISTENS
) -> AsyncIterator[Telephone]:
    """Run it while the block lasts."""
    port, mode = closed_port(), "auto" if answers else "manual"
    _configure(folder, port, f"{account};answermode={mode}")
    process = await asyncio.create_subprocess_exec(
        *(found("baresip"), "-f", str(folder)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    phone = Telephone(process, port)
    listening = asyncio.create_task(phone.listen())
    try:
        await phone.until("baresip is ready")
        yield phone
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening
