"""Call somebody by baresip, speak a notice, and wait for key 1: a program of its own.

Standard input is JSON: `folder`, private and empty, `voice`, `text`, `host`, `port`,
`account` as baresip writes it, `uri` to call, and `ring_s`, how long it rings. Standard
output is JSON: `answered`, `pressed` (key 1), `forged`, and `ended`, what the exchange
said.

SIGTERM ends the call in order: the telephone stops ringing. The account is deleted as
soon as baresip has read it. Of what the peer sends only keys are heard, by RFC 4733,
and of these only the first 1; a call lasts a minute at most.

baresip takes keys from any address. Decoys beside its ports show who sends to many of
them, as whoever does not know the port must: no key of such a call counts (`forged`).

Source: espeak-ng(1); baresip(1) 1.1 and its modules stdio, menu and aufile.
"""

import json
import os
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
import wave
from array import array
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

RATE = 8000  # Hz, of G.711
MOST_S = 20  # of speech, which is said twice
PAUSE_S = 1  # before each
KEY_S = 8  # for a key after it
SPEAK_S = 20.0  # for the speech to be made
READY_S = 10.0  # for baresip to start, and for a telephone to begin to ring
PORTS = 1024, 49152  # of which baresip takes two at random
DECOYS = 100  # pairs of these
ALONE_S = 1.0  # after a key, in which packets at decoys still make it forged
GOODBYE_S = 3.0  # for a call to be ended in order
CALL_S = 2.0 * (MOST_S + PAUSE_S) + KEY_S + 2
LONGEST = 400  # characters of a line
MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
CONFIG = """\
poll_method epoll
sip_listen {source}:0
net_interface {source}
rtp_ports {ports[0]}-{ports[1]}
call_max_calls 1
audio_source aufile,{speech}
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
rtp_timeout 60
statmode_default off
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
"""
READY = "baresip is ready."
RINGS = re.compile(r"call: SIP Progress: 18\d ")
ESTABLISHED = re.compile(r"\S+: Call established: ")
PRESSED = re.compile(r"received in-band DTMF event: '1' \(")
CLOSED = re.compile(r"\S+: session closed: (.*)|\S+: Call with \S+ terminated")


def main() -> None:
    """Make the speech, call, and say what became of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    job = json.load(sys.stdin.buffer)
    folder = Path(job["folder"])
    _make_speech(job["text"], job["voice"], folder)
    modules = next(filter(os.path.isdir, MODULES), MODULES[0])
    facts = {"speech": folder / "speech.wav", "modules": modules, "ports": PORTS}
    source = _source(job["host"], job["port"])
    _write(folder / "config", CONFIG.format(source=source, **facts))
    _write(folder / "accounts", job["account"] + "\n")
    with subprocess.Popen(
        ("baresip", "-f", str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(folder),
        cwd=folder,
        bufsize=0,
    ) as baresip:
        call = BaresipCall(baresip, folder / "accounts", job["uri"], job["ring_s"])
        try:
            call.follow(_decoys(source))
        finally:
            _end(baresip)
    call.pressed = call.pressed and not call.forged
    told = ("answered", "pressed", "forged", "ended")
    json.dump({name: getattr(call, name) for name in told}, sys.stdout)


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def _source(host: str, port: int) -> str:
    """Return our address towards the exchange."""
    address = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(address)
        return str(way.getsockname()[0])


def _decoys(source: str) -> list[socket.socket]:
    """Open random pairs of ports that no peer is told, as baresip opens its own."""
    opened = []
    for first in random.SystemRandom().sample(range(*PORTS, 2), DECOYS):
        for port in (first, first + 1):
            decoy = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with suppress(OSError):  # somebody has it
                decoy.bind((source, port))
                opened.append(decoy)
    return opened


def _make_speech(text: str, voice: str, folder: Path) -> None:
    """Write what is played: the text twice, each after a pause, and time for a key."""
    raw = folder / "made.wav"
    subprocess.run(
        ("espeak-ng", "-b", "1", "-v", voice, "-w", str(raw), "--stdin"),
        input=text.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(folder),
        timeout=SPEAK_S,
        check=True,
    )
    with wave.open(str(raw)) as file:
        rate = file.getframerate()
        samples = array("h", file.readframes(rate * MOST_S))
    speech = array("h", _resampled(samples, rate))
    silence = array("h", bytes(2 * RATE))
    with wave.open(str(folder / "speech.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        for part in 2 * (PAUSE_S * silence, speech):
            file.writeframes(part.tobytes())
        file.writeframes((KEY_S * silence).tobytes())


def _resampled(samples: "array[int]", rate: int) -> list[int]:
    """Return samples at the rate of the call, each the mean of those that it covers."""
    edges = [n * rate // RATE for n in range(len(samples) * RATE // rate + 1)]
    return [sum(samples[a:b]) // (b - a) for a, b in pairwise(edges) if b > a]


class BaresipCall:
    """The call, as baresip tells of it."""

    def __init__(
        self, baresip: "subprocess.Popen[bytes]", account: Path, uri: str, ring_s: float
    ) -> None:
        self._baresip, self._account, self._uri = baresip, account, uri
        self._ring_s, self._is_dialled, self._is_ringing = ring_s, False, False
        self._until_s = time.monotonic() + READY_S
        self.answered = self.pressed = self.forged = False
        self.ended: str | None = None  # what the exchange said of it

    def follow(self, decoys: list[socket.socket]) -> None:
        """Follow the call to its end, to key 1, or until its time is up."""
        output: Any = self._baresip.stdout
        os.set_blocking(output.fileno(), False)
        begun = ""
        with selectors.DefaultSelector() as readable:
            for each in (output, *decoys):
                readable.register(each, selectors.EVENT_READ)
            while (left_s := self._until_s - time.monotonic()) > 0:
                came = [key.fileobj for key, _ in readable.select(left_s)]
                for decoy in {*came} - {output}:
                    self.forged = True
                    readable.unregister(decoy)
                if output not in came:
                    continue
                piece = output.read(4096)
                if not piece:
                    return
                *lines, begun = re.split(
                    r"[\r\n]", begun + piece.decode("utf-8", "replace")
                )
                begun = begun[:LONGEST]
                if any(map(self._is_over, lines)):
                    return
        self.ended = self.ended or ("" if self._is_dialled else None)

    def _is_over(self, line: str) -> bool:
        """Take in a line; tell whether the call is over."""
        if line == READY:
            self._account.unlink(missing_ok=True)
            _type(self._baresip.stdin, f"/dial {self._uri}\n")
            self._is_dialled = True
            self._lasts(READY_S + self._ring_s)
        elif RINGS.match(line) and not self._is_ringing:
            self._is_ringing = True
            self._lasts(self._ring_s)
        elif ESTABLISHED.match(line) and not self.answered:
            self.answered = True
            self._lasts(CALL_S)
        elif PRESSED.match(line) and self.answered and not self.pressed:
            self.pressed = True
            self._until_s = time.monotonic() + ALONE_S
        elif closed := CLOSED.match(line):
            self.ended = (closed[1] or "").strip()
            return True
        return False

    def _lasts(self, for_s: float) -> None:
        if not (self.answered and for_s < CALL_S):
            self._until_s = time.monotonic() + for_s


def _type(keyboard: IO[bytes] | None, text: str) -> None:
    with suppress(BrokenPipeError):
        if keyboard:
            keyboard.write(text.encode())


def _end(baresip: "subprocess.Popen[bytes]") -> None:
    """Hang up, and end baresip."""
    _type(baresip.stdin, "/quit\n")
    try:
        baresip.communicate(timeout=GOODBYE_S)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        baresip.kill()


if __name__ == "__main__":
    main()
