"""Do what a newcomer does, `make demo` in a fresh clone, and time it.

Prints how long the first word and the wall's answer took; fails where either is late.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

FIRST_WORD_S, ANSWER_S = 1.0, 40.0
SLACK = 3.0  # of a machine that others use too
ANSWER = b"1st choice"


def main() -> int:
    """Clone, run, time, and leave nothing."""
    with tempfile.TemporaryDirectory() as name:
        clone, runtime = Path(name, "clone"), Path(name, "run")
        runtime.mkdir(mode=0o700)
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        port = free_port()
        options = f"--no-browser --lang en --port {port}"
        began_s = time.monotonic()
        demo = subprocess.Popen(
            ["make", "--silent", "-C", str(clone), "demo", f"ARGS={options}"],
            env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert demo.stderr
            first = demo.stderr.readline().decode().strip()
            word_s = time.monotonic() - began_s
            while not answers(port):
                if (
                    demo.poll() is not None
                    or time.monotonic() - began_s > 10 * ANSWER_S
                ):
                    print("there is no answer", demo.stderr.read().decode())
                    return 1
                time.sleep(0.1)
            answer_s = time.monotonic() - began_s
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.wait(30)
    print(f"make demo from nothing: {first!r} after {word_s:.1f} s,", end=" ")
    print(f"the wall's answer after {answer_s:.0f} s")
    return int(word_s > SLACK * FIRST_WORD_S or answer_s > SLACK * ANSWER_S)


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Tell whether the wall says what to use."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/wall", headers={"Accept": "text/html"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=5) as page:
            return ANSWER in page.read()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
