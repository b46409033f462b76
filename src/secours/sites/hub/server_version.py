"""Version of the nats-server that is installed here, if any."""

import re
import shutil
import subprocess
from contextlib import suppress

LEAST = (2, 10, 4)  # the first that begins with TLS
WHERE = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
PROGRAM, LIMIT_S = "nats-server", 5.0
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


def too_old() -> str:
    """Return its version if too old for a hub, or ""."""
    program = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=WHERE)
    version_text = ""
    if program is not None:
        with suppress(OSError, subprocess.TimeoutExpired):
            asked = subprocess.run(
                [program, "--version"], capture_output=True, timeout=LIMIT_S
            )
            version_text = asked.stdout.decode("utf-8", "replace")
    found = _VERSION.search(version_text)
    if found is None or tuple(map(int, found.groups())) >= LEAST:
        return ""
    return found[0].removeprefix("v")


def least() -> str:
    """Return the oldest version for a hub."""
    return ".".join(map(str, LEAST))
