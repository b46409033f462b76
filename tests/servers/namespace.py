"""A network of namespaces: a machine with several ways out, a router, and servers.

    here ══ a device for each way out ══ net ── a namespace for each server

A way out is cut at the router, which drops what comes over it, says that nothing can be
reached, or pulls the cable; a server is slowed by a detour on which each packet to it
waits, or which lets so many bytes a second through and drops what is too much. Nothing
of this is seen outside of the namespaces.

Source: ip-netns(8), ip-rule(8), setns(2), tun in the kernel's networking documentation.
"""

import asyncio
import ctypes
import fcntl
import math
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from servers.debian import found

TUN = Path("/dev/net/tun")
CAN = os.geteuid() == 0 and shutil.which(found("ip")) is not None and TUN.exists()
NEEDED = pytest.mark.skipif(
    not CAN and "CI" not in os.environ,
    reason="apt-get install iproute2, and run as root where /dev/net/tun is",
)
CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000  # linux/if_tun.h
LONGEST_PACKET_BYTES = 1 << 16
LONGEST_QUEUE_S = 1.0  # of a slow way: what would wait longer is dropped
DETOUR = "detour"  # the device of it, and below the table of what left it
AFTER_DETOUR = 100
CUTS = {
    "dropped": "rule add pref 1 iif {path} blackhole",
    "unreachable": "rule add pref 1 iif {path} unreachable",
    "unplugged": "link set {path} down",
}
MENDS = {
    "dropped": "rule del pref 1",
    "unreachable": "rule del pref 1",
    "unplugged": "link set {path} up",
}
_numbers = count(1)


class Network:
    """The namespaces, while the block of `network` lasts."""

    def __init__(self, paths: Sequence[str], servers: Sequence[str]) -> None:
        """Name everything; each link is a net of its own, the router its first host."""
        self._prefix = f"secours-{os.getpid()}-{next(_numbers)}-"
        self._numbers = {name: n for n, name in enumerate((*paths, *servers), 1)}
        self._paths, self._servers = paths, servers
        self._detour = -1
        self._waits_s = 0.0
        self._bytes_per_s = math.inf
        self._free_s = 0.0  # when what waits on the detour has gone

    def address(self, name: str) -> str:
        """Return where a server is, or what `here` is called on a path."""
        return f"10.77.{self._numbers[name]}.2"

    def within(self, name: str) -> tuple[str, ...]:
        """Return the command that runs another one in a namespace."""
        return found("ip"), "netns", "exec", self._prefix + name

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Let this thread, and what it starts, be in a namespace."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.enter(name)
            yield
        finally:
            _enter(before)
            os.close(before)

    def enter(self, name: str) -> None:
        """Let this thread be in a namespace from now on."""
        there = os.open(f"/run/netns/{self._prefix}{name}", os.O_RDONLY)
        try:
            _enter(there)
        finally:
            os.close(there)

    def processes(self, name: str) -> list[int]:
        """Return the processes in a namespace."""
        return [int(pid) for pid in _ip("netns", "pids", self._prefix + name).split()]

    def cut(self, path: str, how: str) -> None:
        """Cut a way out, for both directions or for what leaves by it."""
        self._in("net", CUTS[how].format(path=path))

    def mend(self, path: str, how: str) -> None:
        """Undo a cut."""
        self._in("net", MENDS[how].format(path=path))

    def slow(self, server: str, by_s: float, bytes_per_s: float = math.inf) -> None:
        """Let each packet to a server wait for so long, and no more bytes through."""
        self._waits_s, self._bytes_per_s = by_s, bytes_per_s
        self._in("net", f"route add {self.address(server)}/32 dev {DETOUR}")

    def hurry(self, server: str) -> None:
        """Undo a slowing."""
        self._in("net", f"route del {self.address(server)}/32 dev {DETOUR}")

    def make(self) -> None:
        """Make it all; the running loop carries what takes the detour."""
        names = ("here", "net", *self._servers)
        _batch([f"netns add {self._prefix}{name}" for name in names])
        for name in ("here", "net"):
            with self.inside(name):
                _set("conf/all/rp_filter", "0")
                _set("conf/default/rp_filter", "0")
                _set("ip_forward", str(int(name == "net")))
        _batch([self._link(name) for name in (*self._paths, *self._servers)])
        for name in (*self._paths, *self._servers):
            self._in(self._holder(name), "link set lo up", *self._end(name))
        self._open_detour()
        self._in("net", *self._routes())

    def end(self) -> None:
        """Take it all down."""
        if self._detour >= 0:
            asyncio.get_running_loop().remove_reader(self._detour)
            os.close(self._detour)
        names = ("here", "net", *self._servers)
        made = [n for n in names if Path(f"/run/netns/{self._prefix}{n}").exists()]
        _batch([f"netns del {self._prefix}{name}" for name in made])

    def _holder(self, name: str) -> str:
        return "here" if name in self._paths else name

    def _link(self, name: str) -> str:
        end, net = self._prefix + self._holder(name), self._prefix + "net"
        return f"link add {name} netns {end} type veth peer name {name} netns {net}"

    def _end(self, name: str) -> list[str]:
        n = self._numbers[name]
        return [
            f"address add {self.address(name)}/24 dev {name}",
            f"link set {name} up",
            f"route add default via 10.77.{n}.1 dev {name} metric {n}",
        ]

    def _routes(self) -> list[str]:
        """Return what the router has to know."""
        commands = ["link set lo up", f"link set {DETOUR} up"]
        commands += [f"rule add pref 2 iif {DETOUR} lookup {AFTER_DETOUR}"]
        for name, n in self._numbers.items():
            commands += [
                f"address add 10.77.{n}.1/24 dev {name}",
                f"link set {name} up",
                f"route add 10.77.{n}.0/24 dev {name} table {AFTER_DETOUR}",
            ]
        return commands

    def _in(self, name: str, *commands: str) -> None:
        _batch(commands, "-n", self._prefix + name)

    def _open_detour(self) -> None:
        with self.inside("net"):
            self._detour = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            wanted = struct.pack("16sH", DETOUR.encode(), IFF_TUN | IFF_NO_PI)
            fcntl.ioctl(self._detour, TUNSETIFF, wanted)
        asyncio.get_running_loop().add_reader(self._detour, self._delay)

    def _delay(self) -> None:
        packet = os.read(self._detour, LONGEST_PACKET_BYTES)
        here = asyncio.get_running_loop()
        begins_s = max(self._free_s, here.time())
        if begins_s > here.time() + LONGEST_QUEUE_S:
            return
        self._free_s = begins_s + len(packet) / self._bytes_per_s
        here.call_at(self._free_s + self._waits_s, self._let_go, packet)

    def _let_go(self, packet: bytes) -> None:
        with suppress(OSError):  # it may be over
            os.write(self._detour, packet)


@contextmanager
def network(paths: Sequence[str], servers: Sequence[str]) -> Iterator[Network]:
    """Make a network; names have to fit a device, 15 letters."""
    made = Network(paths, servers)
    try:
        made.make()
        yield made
    finally:
        made.end()


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _set(name: str, value: str) -> None:
    Path("/proc/sys/net/ipv4", name).write_text(value)


def _batch(commands: Sequence[str], *options: str) -> None:
    _ip(*options, "-batch", "-", stdin="\n".join(commands))


def _ip(*words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [found("ip"), *words], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (words, stdin, done.stderr)
    return done.stdout
