"""Type the commands of the README in a fresh clone, as a newcomer does, and time them.

Prints how long the demo's first word and the wall's answer took; fails where either is
late, where a command does not give what the README says, or where the README names one
that nobody types here. `make test` is typed by `.ci/run` itself.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FIRST_WORD_S, ANSWER_S = 1.0, 40.0
SLACK = 3.0  # of a machine that others use too
LONGEST_S = 10 * ANSWER_S
FIRST, SECOND = b"1st choice", b"2nd choice"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = {
    "make demo",
    "make test",
    ".venv/bin/secours demo --break signal",
    ".venv/bin/secours demo --heal all",
    "uv tool install '.[all]' -c requirements.lock -b requirements.lock",
    "secours doctor",
    "secours validate",
    "secours check",
    "secours up",
    "secours recommend",
}
LOCKED = ("--no-deps", "--only-binary", ":all:", "--require-hashes")
STATES = {"ok": 0, "degraded": 1, "down": 2, "unknown": 3}


def main() -> int:
    """Clone, type, time, and leave nothing."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        clone = place / "clone"
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        os.environ["HOME"] = os.environ["XDG_RUNTIME_DIR"] = str(place)
        blocks = BLOCK.findall((clone / "README.md").read_text())
        expect(commands_of(blocks) == TYPED, f"the README names {commands_of(blocks)}")
        late = demo(clone)
        plan(installed(clone, place), place, next(b for kind, b in blocks if kind))
    return int(late)


def commands_of(blocks: Sequence[tuple[str, str]]) -> set[str]:
    """Return the commands of the README, without what it says of them."""
    lines = [line for kind, text in blocks if not kind for line in text.splitlines()]
    return {line.split("#")[0].strip() for line in lines}


def demo(clone: Path) -> bool:
    """Run the demo, break what is used and heal it; tell whether it was late."""
    port = free_port()
    wall = f"http://127.0.0.1:{port}/wall"
    options = f"--no-browser --lang en --port {port}"
    began_s = time.monotonic()
    make = ("make", "--silent", "-C", str(clone), "demo", f"ARGS={options}")
    with running(make) as process:
        first = process.stderr.readline().decode().strip() if process.stderr else ""
        word_s = time.monotonic() - began_s
        wait(wall, FIRST, process)
        answer_s = time.monotonic() - began_s
        print(f"make demo from nothing: {first!r} after {word_s:.1f} s,", end=" ")
        print(f"the wall's answer after {answer_s:.0f} s")
        secours = str(clone / ".venv/bin/secours")
        typed(secours, "demo", "--break", "signal", cwd=clone)
        wait(wall, SECOND, process)
        typed(secours, "demo", "--heal", "all", cwd=clone)
    return word_s > SLACK * FIRST_WORD_S or answer_s > SLACK * ANSWER_S


def installed(clone: Path, place: Path) -> str:
    """Install it as the README says, or from the lock file where there is no uv."""
    if uv := shutil.which("uv"):
        tools = {"UV_TOOL_DIR": str(place / "tools"), "UV_TOOL_BIN_DIR": str(place)}
        os.environ.update(tools)
        locked = ("-c", "requirements.lock", "-b", "requirements.lock")
        typed(uv, "tool", "install", ".[all]", *locked, cwd=clone)
        return str(place / "secours")
    typed(sys.executable, "-m", "venv", str(place / "tools"), cwd=place)
    pip = (str(place / "tools/bin/python"), "-m", "pip", "install", "--quiet")
    typed(*pip, *LOCKED, "-r", "requirements.lock", cwd=clone)
    typed(*pip, "--no-index", "--no-deps", "--no-build-isolation", ".", cwd=clone)
    return str(place / "tools/bin/secours")


def plan(secours: str, place: Path, text: str) -> None:
    """Begin a plan, then take that of the README, probe it, and ask what to use."""
    first, own = place / "first", place / "own"
    first.mkdir()
    own.mkdir()
    typed(secours, "doctor", cwd=first, codes=(0, 1, 2))
    typed(secours, "init", cwd=first)
    typed(secours, "validate", cwd=first)
    (own / "probes.yaml").write_text(text)
    typed(secours, "validate", cwd=own)
    checked = typed(secours, "check", "--format", "json", cwd=own, codes=(0, 1, 2, 3))
    worst = STATES[json.loads(checked.stdout)["state"]]
    expect(checked.returncode == worst, f"check ends with {checked.returncode}")
    port = free_port()
    with running((secours, "up", "--port", str(port)), cwd=own) as process:
        links = typed(secours, "link", "--port", str(port), cwd=own).stdout
        screen = re.findall(r"http://\S+", links)[1]
        wait(screen, b"Telephones", process)
        told = typed(secours, "recommend", cwd=own, codes=(0, 1, 2, 3))
        expect("management" in told.stdout, f"recommend says {told.stdout!r}")


def typed(
    *command: str, cwd: Path, codes: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its exit code is one of these."""
    ended = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    said = f"{' '.join(command)} ends with {ended.returncode}: {ended.stderr}"
    expect(ended.returncode in codes, said)
    return ended


@contextmanager
def running(
    command: Sequence[str], cwd: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command and all that it starts, until the end of the block."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def wait(url: str, said: bytes, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a page says this."""
    asked = urllib.request.Request(url, headers={"Accept": "text/html"})
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    ends_s = time.monotonic() + LONGEST_S
    while time.monotonic() < ends_s and process.poll() is None:
        try:
            with browser.open(asked, timeout=5) as page:
                if said in page.read():
                    return
        except OSError:
            pass
        time.sleep(0.1)
    expect(False, f"{url} does not say {said!r}")


def expect(holds: bool, otherwise: str) -> None:
    """End with this where it does not hold."""
    if not holds:
        raise SystemExit(otherwise)


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
