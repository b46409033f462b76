"""Our runtime: Python, user, and sandbox.

Source: systemd.io, "The Container Interface"; proc_pid_status(5), NoNewPrivs.
"""

import os
import platform
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.message import message, our_user

SERVICE = "secours"  # the user that the units run as
UNIT = "secours-engine"
MARKS = {  # files that a container has
    Path("/run/.containerenv"): "podman",
    Path("/.dockerenv"): "docker",
    Path("/.flatpak-info"): "flatpak",
}
STATUS = Path("/proc/self/status")
SELINUX = Path("/sys/fs/selinux/enforce")


def python(case: Case) -> Iterator[MachineFinding]:
    """Say which Python runs us, and as whom."""
    facts = {"version": platform.python_version(), "user": our_user()}
    yield fine("python", message("commands.doctor.python", **facts))
    with suppress(KeyError):
        if os.geteuid() == 0 and pwd.getpwnam(SERVICE):
            said = message("commands.doctor.root", user=SERVICE)
            yield remark("user", said, f"runuser -u {SERVICE} -- {case.secours} doctor")


def sandbox(case: Case) -> Iterator[MachineFinding]:
    """Yield our sandbox, and the plugins that it breaks."""
    if kind := container():
        yield remark("sandbox", message("commands.doctor.container", kind=kind))
    with suppress(OSError):
        if SELINUX.read_text().strip() == "1":
            yield remark(
                "sandbox", message("commands.doctor.selinux"), "ausearch -m avc"
            )
    privileged = [probe.id for probe in case.probes if is_privileged(probe.settings)]
    if privileged and _gains_nothing():
        said = message("commands.doctor.no-new-privileges", probe=privileged[0])
        yield mend("sandbox", said, f"systemctl edit {UNIT}")


def is_privileged(settings: object) -> bool:
    """Return whether a plugin needs more rights than its user."""
    return bool(getattr(settings, "privileged", False))


def container() -> str:
    """Return our container's name, or ""."""
    with suppress(OSError):
        if named := Path("/run/systemd/container").read_text().strip():
            return named
    if in_environment := os.environ.get("container"):  # noqa: SIM112 -- its very name
        return in_environment
    return next((kind for mark, kind in MARKS.items() if mark.exists()), "")


def _gains_nothing() -> bool:
    """Return whether programs that we start can gain no rights."""
    with suppress(OSError):
        return "NoNewPrivs:\t1" in STATUS.read_text()
    return False
