"""Sockets bound to a path, and routes of this machine.

A path is bound by device (SO_BINDTODEVICE) also where it is named by its source
address: an address alone does not choose the way out.

Source: socket(7), SO_BINDTODEVICE; ip(7), IP_RECVERR; rtnetlink(7), RTM_GETADDR.
"""

import asyncio
import errno
import ipaddress
import socket
import struct
from contextlib import suppress
from typing import cast

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.model.sections.channel import Path

Target = tuple[str, int] | tuple[str, int, int, int]

# What connect() says without a single packet sent. The first may also come from afar.
NO_WAY = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
FROM_AFAR_TOO = (errno.ENETUNREACH, errno.EHOSTUNREACH)
RTM_GETADDR, DUMP = 22, 0x301  # linux/rtnetlink.h; NLM_F_REQUEST | NLM_F_DUMP
IP_RECVERR, IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
IFA_ADDRESS, IFA_LOCAL = 1, 2  # linux/if_addr.h


def is_bound(path: Path | None) -> bool:
    """Tell whether a path asks for a binding."""
    return path is not None and bool(path.interface or path.source)


def is_literal(host: str) -> bool:
    """Tell whether this is an IP address, with or without a zone."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def bound_socket(
    address: str, port: int, kind: socket.SocketKind, path: Path | None
) -> tuple[socket.socket, Target]:
    """Make a non-blocking, bound socket, and its peer's address, or raise Stop."""
    written = address.encode()  # a text would be made a domain name first, by tables
    found = socket.getaddrinfo(written, port, type=kind, flags=socket.AI_NUMERICHOST)
    family, target = found[0][0], cast(Target, found[0][4])
    try:
        sock = socket.socket(family, kind)
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:  # too many open files, for one
            raise
        raise no_route(path, address) from None
    try:
        sock.setblocking(False)
        bind(sock, path)
    except BaseException:
        sock.close()
        raise
    return sock, target


async def connect(address: str, port: int, path: Path | None) -> socket.socket:
    """Return a connected, non-blocking TCP socket.

    Raises:
        Stop: this machine has no route to the address.
        OSError: refused, unreachable.
    """
    sock, target = bound_socket(address, port, socket.SOCK_STREAM, path)
    try:
        await asyncio.get_running_loop().sock_connect(sock, target)
    except OSError as error:
        sock.close()
        raise told_apart(error, address, path) from None
    except BaseException:
        sock.close()
        raise
    return sock


def bind(sock: socket.socket, path: Path | None) -> None:
    """Bind a socket to the device and address of a path; raise Stop if impossible."""
    if path is None:
        return
    try:
        if device := path.interface or (path.source and device_of(path.source)):
            name = device.encode() + b"\0"
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
        if path.source:
            if (sock.family == socket.AF_INET6) != (":" in path.source):
                raise no_route(path)
            sock.bind((path.source, 0))
    except PermissionError:
        facts = {"problem": "needs-net-raw-to-bind", "path": path.name}
        raise Stop(unknown(Reason.PERMISSION, **facts)) from None
    except OSError:
        raise no_route(path) from None


def report_errors(sock: socket.socket) -> None:
    """Enable ICMP errors such as "host unreachable" on a socket, see ip(7)."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def drain_errors(sock: socket.socket) -> list[bytes]:
    """Empty the queue of errors, or the socket would look readable for ever.

    Returns our packet behind each error.
    """
    sent: list[bytes] = []
    with suppress(OSError):
        while True:
            sent.append(sock.recvmsg(1024, 1024, socket.MSG_ERRQUEUE)[0])
    return sent


def no_route(path: Path | None, address: str = "") -> Stop:
    """Return the outcome "no way out of this machine", with the missing part."""
    facts = {
        "path": path.name if path else "",
        "interface": (path and path.interface) or "",
        "source": (path and path.source) or "",
        "address": address,
    }
    return Stop(unknown(Reason.NO_ROUTE, **{k: v for k, v in facts.items() if v}))


def told_apart(error: OSError, address: str, path: Path | None) -> Exception:
    """Return `error`, or `Stop` where this machine has no route.

    A route is looked up by connecting a datagram socket, which sends nothing.
    """
    if error.errno not in (*NO_WAY, *FROM_AFAR_TOO):
        return error
    if error.errno not in FROM_AFAR_TOO or not has_route(address, path):
        return no_route(path, address)
    return error


def has_route(address: str, path: Path | None) -> bool:
    """Tell whether this machine has a route to an address."""
    try:
        sock, target = bound_socket(address, 9, socket.SOCK_DGRAM, path)
        with sock:
            sock.connect(target)
    except (OSError, Stop):
        return False
    return True


def device_of(source: str) -> str | None:
    """Return the device with this address, as the kernel lists them."""
    source_ip = ipaddress.ip_address(source.partition("%")[0])
    if source_ip.is_loopback:  # all of 127.0.0.0/8, though only 127.0.0.1 is listed
        return "lo"
    for index, address in _addresses():
        if address == source_ip.packed:
            with suppress(OSError):
                return socket.if_indextoname(index)
    return None


def _addresses() -> list[tuple[int, bytes]]:
    """List the index of each device with each address it has, packed."""
    addresses: list[tuple[int, bytes]] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(1.0)
        kernel.send(struct.pack("=IHHIIB3xI", 24, RTM_GETADDR, DUMP, 1, 0, 0, 0))
        while True:
            answer = kernel.recv(1 << 16)
            while len(answer) >= 16:
                length, kind = struct.unpack_from("=IH", answer)
                if kind < 16 or length < 16:  # NLMSG_DONE, NLMSG_ERROR
                    return addresses
                addresses += _attributes(answer[16:length])
                answer = answer[(length + 3) & ~3 :]


def _attributes(message: bytes) -> list[tuple[int, bytes]]:
    """Read the addresses in one answer: ifaddrmsg, then attributes padded to 4."""
    index = int(struct.unpack_from("=4xI", message)[0])
    values: list[tuple[int, bytes]] = []
    at = 8
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if kind in (IFA_ADDRESS, IFA_LOCAL):
            values.append((index, message[at + 4 : at + length]))
        at += max((length + 3) & ~3, 4)
    return values
