"""Threads that read a type for the first time at once: no page, look or probe waits."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("processes")

# Eight threads read types that nothing has read before; a defect ends the process.
SCRIPT = """
import sys, threading
from msgspec import defstruct, json
sys.setswitchinterval(1e-6)
for _ in range(300):
    kind = int
    for depth in range(20):
        fields = [(f"f{n}", tuple[kind, ...] | None, None) for n in range(4)]
        kind = defstruct(f"Of{depth}", fields)
    together = threading.Barrier(8)
    def read():
        together.wait()
        json.decode(b'{"f0":[],"f1":[{"f2":[{"f3":[]}]}]}', type=kind)
    threads = [threading.Thread(target=read) for _ in range(8)]
    for each in threads: each.start()
    for each in threads: each.join()
"""


def test_types_are_first_read_by_several_threads_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
