"""Prometheus's own tool, which reads what we write as its server would."""

import subprocess

from servers.debian import found, needs

NEEDED = needs("promtool", "prometheus")
LIMIT_S = 60.0


def remarks(*asked: str, given: str = "") -> str:
    """Return all that it says of what it is asked; "" where it has no remark."""
    done = subprocess.run(
        [found("promtool"), *asked],
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    code = f"exit code {done.returncode}\n" if done.returncode else ""
    return code + done.stdout + done.stderr
