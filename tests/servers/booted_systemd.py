"""A machine of its own on this one: a real systemd as process 1, without any network.

    with booted(tmp_path) as machine:
        machine.run("systemctl start something")

Its files are this machine's, seen through a layer that is thrown away; its processes,
network, host name and control groups are its own, and /dev has only what a machine
without hardware has. `secours` is installed there as for all users, in /opt and
/usr/local/bin, and the repository lies in /opt/secours-src.

Source: systemd.io, "The Container Interface"; unshare(1); nsenter(1).
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import mkdtemp

import pytest
from servers.debian import found

ROOT = Path(__file__).parents[2]
SYSTEMD = Path("/usr/lib/systemd/systemd")
NEEDED = pytest.mark.skipif(
    (os.geteuid() != 0 or not SYSTEMD.exists()) and "CI" not in os.environ,
    reason="apt-get install systemd, and run as root",
)
LIMIT_S = 120
POLL_S = 0.05
MOST_LOOKS = 600

# The first has its own mounts only; the second is in all the other namespaces.
OUTSIDE = """
mount --make-rprivate /
mount -t tmpfs tmpfs "$T"
mkdir "$T/up" "$T/work" "$T/root" "$T/groups"
mount -t cgroup2 cgroup2 "$T/groups"
mkdir -p "$T/groups/$GROUP"
echo $$ >"$T/groups/$GROUP/cgroup.procs"
exec unshare --pid --net --uts --ipc --cgroup --fork --kill-child sh -eu -c "$INSIDE"
"""
INSIDE = """
R=$T/root
umount "$T/groups"
mount -t overlay -o "lowerdir=/,upperdir=$T/up,workdir=$T/work" overlay "$R"
mount -t proc proc "$R/proc"
mount -t sysfs sysfs "$R/sys"
mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$R/run"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<.
$node
.
  mknod -m 666 "$R/dev/$name" c "$major" "$minor"
done
mkdir "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
mount -t tmpfs tmpfs "$R/dev/shm"
mkdir -p "$R/opt/python" "$R/opt/site-packages" "$R/opt/secours-src"
mount --bind "$PYTHON" "$R/opt/python"
mount --bind "$PACKAGES" "$R/opt/site-packages"
mount --bind "$REPOSITORY" "$R/opt/secours-src"
cat >"$R/usr/local/bin/secours" <<'.'
#!/bin/sh
export PYTHONPATH=/opt/secours-src/src:/opt/site-packages PYTHONDONTWRITEBYTECODE=1
export LD_LIBRARY_PATH=/opt/python/lib
exec /opt/python/bin/python3 -P -m secours "$@"
.
chmod 755 "$R/usr/local/bin/secours"
rm -rf "$R/etc/secours" "$R/var/lib/secours"
echo uninitialized >"$R/etc/machine-id"
cat >"$R/etc/systemd/system/booted.target" <<'.'
[Unit]
Requires=basic.target
After=basic.target
.
mount --make-rshared "$R"
exec env -i container=secours PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \\
  chroot "$R" "$SYSTEMD" --system --unit=booted.target
"""


class Booted:
    """The machine while it runs; `run` is what its administrator types there."""

    def __init__(self, pid: int) -> None:
        self._enter = (
            *(found("nsenter"), f"--target={pid}", "--mount", "--pid", "--net"),
            *("--uts", "--ipc", "--cgroup", "--root", "--wd"),
        )

    def run(
        self, script: str, *, check: bool = True, folder: str = "/"
    ) -> CompletedProcess[str]:
        """Let root's shell run a script, which ends where one of its commands fails."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        env = ("env", "-i", f"PATH={path}", "HOME=/root", "LC_ALL=C.UTF-8")
        shell = ("bash", "-euc", f"cd {shlex.quote(folder)}\n{script}")
        done = subprocess.run(
            [*self._enter, *env, *shell],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, (
            f"{script}\n{done.stdout}{done.stderr}"
        )
        return done


@contextmanager
def booted(log: Path) -> Iterator[Booted]:
    """Boot it, and end it with all that runs there; what goes wrong is in the log."""
    folder = mkdtemp(prefix="secours-booted-")
    group = Path(folder).name
    script = {"T": folder, "GROUP": group, "INSIDE": INSIDE, "SYSTEMD": str(SYSTEMD)}
    binds = {
        "PYTHON": sys.base_prefix,
        "PACKAGES": sysconfig.get_path("purelib"),
        "REPOSITORY": str(ROOT),
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [found("unshare"), "--mount", "sh", "-eu", "-c", OUTSIDE],
            env={**os.environ, **script, **binds},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        try:
            yield _when_ready(process, log)
        finally:
            process.kill()  # which takes process 1 with it, and so all others
            process.wait()
            _forget(folder, group)


def _when_ready(process: "subprocess.Popen[bytes]", log: Path) -> Booted:
    """Wait until systemd has booted."""
    waiting = (
        "until systemctl is-active --quiet booted.target 2>/dev/null;"
        " do read -rt 0.1 <> <(:) || true; done"
    )
    pid = _first(process, log)
    machine = Booted(pid)
    machine.run(f"{waiting}; ip link set lo up")
    return machine


def _first(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """Return the number that this machine has for the other's process 1."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    comm = "systemd"
    for _ in range(MOST_LOOKS):
        assert process.poll() is None, log.read_text()
        for child in children.read_text().split():
            with suppress(OSError):  # it has ended: the first are short commands
                if Path(f"/proc/{child}/comm").read_text().strip() == comm:
                    return int(child)
        time.sleep(POLL_S)
    raise AssertionError(f"systemd did not start: {log.read_text()}")


def _forget(folder: str, group: str) -> None:
    """Take away the folder, and the control groups once their processes are gone."""
    take = """mount -t cgroup2 cgroup2 "$0"; cd "$0"
        while [ -e "$1" ]; do
            find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
        done"""
    subprocess.run(
        [found("unshare"), "--mount", "sh", "-c", take, folder, group],
        check=True,
        capture_output=True,
        timeout=LIMIT_S,
    )
    shutil.rmtree(folder, ignore_errors=True)
