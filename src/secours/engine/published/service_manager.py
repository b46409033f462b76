"""Report the engine's state to the service manager: ready, alive, about to stop.

Alive is reported only after a published stamp, so that systemd restarts an engine whose
snapshot grows old, whatever its process still does.

Source: sd_notify(3), "Well-known assignments"; unix(7), abstract sockets.
"""

import logging
import os
import socket
from collections import Counter

from secours.model.snapshot import Snapshot, State

log = logging.getLogger(__name__)

SOCKET = "NOTIFY_SOCKET"
EVERY_S = 1.0  # stamps come faster where there is much news


class ServiceManager:
    """Socket of the service manager; silent where the environment names none."""

    def __init__(self) -> None:
        """Find the socket that systemd made for this service."""
        address = os.environ.get(SOCKET, "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._ready = self._unheard = False
        self._told_s = 0.0

    def stamped(self, shot: Snapshot) -> None:
        """Report a published snapshot; the first one means ready."""
        now_s = shot.at.steady_s
        if not self._address or (self._ready and now_s - self._told_s < EVERY_S):
            return
        ready = () if self._ready else ("READY=1",)
        if self._tell(*ready, "WATCHDOG=1", f"STATUS={_status(shot)}"):
            self._ready, self._told_s = True, now_s

    def stop(self) -> None:
        """Report that the engine is about to end."""
        if self._address:
            self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> bool:
        """Send, without waiting for a reader; tell whether it went."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._unheard:
                log.warning("systemd cannot be told that we live: %s", error)
            self._unheard = True
            return False
        self._unheard = False
        return True


def _status(shot: Snapshot) -> str:
    """Return the state in one line without names: others read it.

    A name, an address or an answer might hold a secret; a count holds none.
    """
    states = Counter(channel.standing.state for channel in shot.channels)
    counted = ", ".join(f"{states[state]} {state}" for state in State if states[state])
    parts = [f"{len(shot.channels)} channels: {counted or 'none'}"]
    if shot.config_error:
        parts.append("the plan file has mistakes: an earlier plan is in force")
    if shot.trouble:
        parts.append("trouble: " + ", ".join(shot.trouble))
    return "; ".join(parts)
