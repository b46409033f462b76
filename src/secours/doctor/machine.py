"""Our runtime: Python, user, sandbox, and the rights to ping and to bind to a path.

Source: systemd.io, "The Container Interface"; proc_pid_status(5), NoNewPrivs; icmp(7),
ping_group_range; socket(7), SO_BINDTODEVICE.
"""

import os
import platform
import pwd
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from secours import places
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

UNITS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"))
DEVICES = Path("/sys/class/net")
EVERYBODY = "net.ipv4.ping_group_range=0 2147483647"
FILE = "/etc/sysctl.d/60-secours.conf"


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


def icmp(case: Case) -> Iterator[MachineFinding]:
    """Say whether hosts can be pinged."""
    user = our_user()
    if may_ping():
        yield fine("icmp", message("commands.doctor.icmp", user=user))
    elif _has_unit():
        yield remark("icmp", message("commands.doctor.icmp-by-unit", user=user))
    else:
        tell = mend if any(probe.type == "icmp" for probe in case.probes) else remark
        said = message("commands.doctor.icmp-forbidden", user=user)
        yield tell("icmp", said, f"echo '{EVERYBODY}' >{FILE}", f"sysctl -p {FILE}")


def may_ping() -> bool:
    """Return whether an ICMP socket can be opened, by anybody or by root."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with suppress(OSError):
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
            return True
    return False


def _has_unit() -> bool:
    """Tell whether we are the user of a service that is given the right."""
    try:
        is_ours = places.SERVICE_STATE.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return is_ours and any((folder / f"{UNIT}.service").exists() for folder in UNITS)


def paths(case: Case) -> Iterator[MachineFinding]:
    """Yield whether each path of the plan exists, and may be bound to."""
    ways = case.config.paths.values() if case.config else ()
    bound = [way for way in ways if way.interface or way.source]
    if bound and not _may_bind():
        said = message("commands.doctor.bind-forbidden", path=bound[0].name)
        yield mend("paths", said, "uname -r", f"systemctl edit {UNIT}")
    for way in bound:
        if way.interface and not (DEVICES / way.interface).exists():
            facts = {"path": way.name, "device": way.interface}
            yield mend(
                "paths", message("commands.doctor.no-device", **facts), "ip link"
            )


def _may_bind() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        except PermissionError:
            return False
        except OSError:
            return True  # no such device, which is no lack of rights
    return True
