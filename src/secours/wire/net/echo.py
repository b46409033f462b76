"""ICMP echoes: packets to a host, and which of them come back.

All tests in flight share a socket: each raw one hears what all receive, and would look
at it. A packet has a sequence number that no other in flight has and contents that
nobody can guess, so that no answer is taken for that of another test, however late. A
test that chooses its way out has a socket of its own: a device may come and go, and an
address move to another.

Source: RFC 792 (echo, the errors, what they quote); RFC 4443 sections 2.1, 3 and 4;
RFC 1071 section 4.1 (checksum); raw(7) and icmp(7), ICMP_FILTER.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from os import urandom
from time import perf_counter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from secours.model.observed import Reason, unknown
from secours.model.plan import Path
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.net.bind import bind, drain_errors, is_bound, report_errors

HEADER = struct.Struct("!BBHHH")  # type, code, checksum, number, sequence
CONTENTS_BYTES = 56
QUOTED_IP_BYTES = {socket.AF_INET: 20, socket.AF_INET6: 40}  # we send no IP options
PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
# They say that a packet did not get there; one that is redirected goes on.
ERRORS = {socket.AF_INET: (3, 11, 12), socket.AF_INET6: (1, 2, 3, 4)}
ICMP_FILTER = 1  # linux/icmp.h, and linux/icmpv6.h: the same
SOL_RAW = 255
BUFFER_BYTES = 1 << 20  # for what comes while the loop is away; the kernel may cut it
AT_ONCE = 64  # packets read before others have their turn
MOST_NUMBERS = (1 << 16) - 1  # 16 bits, and 0 is none
MOST_IN_FLIGHT = MOST_NUMBERS // 2  # over a socket


class Heard(NamedTuple):
    """What an answer to a packet says, or an error that quotes it."""

    number: int
    sequence: int
    contents: bytes | None  # of an answer


class _Packet:
    """One packet of a test."""

    __slots__ = ("contents", "echoes", "sent_s")

    def __init__(self, echoes: "Echoes") -> None:
        self.echoes = echoes
        self.contents = urandom(CONTENTS_BYTES)
        self.sent_s = perf_counter()


class Echoes:
    """The packets of one test: how many were sent, and what came back of which."""

    def __init__(self, over: "_EchoSocket", target: Any) -> None:
        self.sent: list[int] = []  # their sequence numbers
        self.rtts_s: dict[int, float] = {}  # of each the first answer counts
        self.unreachable: set[int] = set()
        self._over = over
        self._target = target
        self._wanted = 0
        self._enough: asyncio.Future[None] | None = None

    def send(self) -> None:
        """Send one more.

        Raises:
            Stop: this machine does not let us.

        """
        self._over.send(self, self._target)

    async def ended(self, count: int, within_s: float) -> None:
        """Wait until that many had an answer or an error, at most for so long."""
        self._wanted = count
        if not self._complete():
            self._enough = asyncio.get_running_loop().create_future()
            await asyncio.wait({self._enough}, timeout=within_s)

    def answered(self, sequence: int, rtt_s: float) -> None:
        """Note an answer."""
        self.rtts_s.setdefault(sequence, rtt_s)
        self._look()

    def refused(self, sequence: int) -> None:
        """Note that a packet did not get there."""
        self.unreachable.add(sequence)
        self._look()

    def _look(self) -> None:
        if self._enough and not self._enough.done() and self._complete():
            self._enough.set_result(None)

    def _complete(self) -> bool:
        return len(self.rtts_s.keys() | self.unreachable) >= self._wanted


class _EchoSocket:
    """A socket, and the packets in flight over it."""

    def __init__(self, family: socket.AddressFamily, path: Path | None) -> None:
        self.users = 0
        self.lost = False  # no new test may use it
        self._family = family
        self._in_flight: dict[int, _Packet] = {}  # by sequence number
        self._latest = -1
        self._sock, self._raw = _open(family)
        try:
            bind(self._sock, path)
            if self._raw:
                _filter(self._sock)
            else:
                report_errors(self._sock)
        except BaseException:
            self._sock.close()
            raise
        # For an ordinary user the kernel chooses it, with the first packet.
        self._number = _any_number() if self._raw else 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sock, self._hear)

    def close(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._sock)
        self._sock.close()

    @property
    def full(self) -> bool:
        """Tell whether numbers run short."""
        return len(self._in_flight) >= MOST_IN_FLIGHT

    def send(self, echoes: Echoes, target: Any) -> None:
        """Send a packet for a test.

        Raises:
            Stop: this machine does not let us.

        """
        sequence = self._next()
        packet = self._in_flight[sequence] = _Packet(echoes)
        echoes.sent.append(sequence)
        wire = _request(self._family, self._number, sequence, packet.contents)
        # The first error may be of an earlier packet, and then nothing was sent.
        error = self._sends(wire, target) and self._sends(wire, target)
        if isinstance(error, PermissionError):  # also what a local firewall causes
            raise Stop(unknown(Reason.PERMISSION))
        if error:
            self.lost = True
            echoes.refused(sequence)
        self._number = self._number or self._sock.getsockname()[1]

    def forget(self, echoes: Echoes) -> None:
        """Take no more answers for a test."""
        for sequence in echoes.sent:
            del self._in_flight[sequence]

    def _sends(self, wire: bytes, target: Any) -> OSError | None:
        try:
            self._sock.sendto(wire, target)
        except BlockingIOError:  # lost, as any may be
            return None
        except OSError as error:
            self._hear_errors()
            return error
        return None

    def _next(self) -> int:
        """Return a sequence number that no packet in flight has."""
        while True:
            self._latest = (self._latest + 1) % MOST_NUMBERS
            if self._latest not in self._in_flight:
                return self._latest

    def _hear(self) -> None:
        """Read what came."""
        for _ in range(AT_ONCE):
            try:
                packet = self._sock.recv(1024)
            except BlockingIOError:
                break
            except OSError:  # told of a packet; which one stands in the queue
                continue
            self._take(read(packet, self._family, whole=self._raw))
        self._hear_errors()

    def _hear_errors(self) -> None:
        """Read what the kernel tells an ordinary user of packets: it quotes them."""
        if not self._raw:
            for quoted in drain_errors(self._sock):
                self._take(quote(quoted, self._family))

    def _take(self, heard: Heard | None) -> None:
        sent = self._in_flight.get(heard.sequence) if heard else None
        if sent is None or heard is None or heard.number != self._number:
            return
        if heard.contents is None:
            sent.echoes.refused(heard.sequence)
        elif heard.contents == sent.contents:
            sent.echoes.answered(heard.sequence, perf_counter() - sent.sent_s)


_SHARED: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[socket.AddressFamily, _EchoSocket]
] = WeakKeyDictionary()


def _any_number() -> int:
    return 1 + int.from_bytes(urandom(4), "big") % MOST_NUMBERS


@contextmanager
def echoes_to(address: str, path: Path | None) -> Iterator[Echoes]:
    """Send packets to an address and hear of them, while the block lasts.

    Raises:
        Stop: no right to it, or no such way out.

    """
    written = address.encode()  # a text would be made a domain name first, by tables
    found = socket.getaddrinfo(written, None, flags=socket.AI_NUMERICHOST)
    family, target = found[0][0], found[0][4]
    with _socket(family, path) as over:
        echoes = Echoes(over, target)
        try:
            yield echoes
        finally:
            over.forget(echoes)


@contextmanager
def _socket(family: socket.AddressFamily, path: Path | None) -> Iterator[_EchoSocket]:
    """Have the socket of all tests, or one's own; who is its last closes it."""
    shared = _SHARED.setdefault(asyncio.get_running_loop(), {})
    over = None if is_bound(path) else shared.get(family)
    if over is None or over.lost or over.full:
        over = _EchoSocket(family, path)
        if not is_bound(path):
            shared[family] = over
    over.users += 1
    try:
        yield over
    finally:
        over.users -= 1
        if not over.users:
            over.close()
            if shared.get(family) is over:
                del shared[family]


def _open(family: socket.AddressFamily) -> tuple[socket.socket, bool]:
    """Open a socket as anybody may, or else as root may: is it raw?"""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            sock = socket.socket(family, kind, PROTOCOL[family])
        except PermissionError:
            continue
        except OSError as error:
            raise Stop(unknown(Reason.BROKEN, said=plain(error.strerror))) from None
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        return sock, kind == socket.SOCK_RAW
    raise Stop(unknown(Reason.PERMISSION))


def _filter(sock: socket.socket) -> None:
    """Hear nothing but answers and errors."""
    heard = (REPLY[sock.family], *ERRORS[sock.family])
    words = [0xFFFFFFFF] * 8
    for kind in heard:
        words[kind // 32] &= ~(1 << kind % 32)
    if sock.family == socket.AF_INET:
        sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", words[0]))
    else:
        sock.setsockopt(PROTOCOL[sock.family], ICMP_FILTER, struct.pack("=8I", *words))


def _request(
    family: socket.AddressFamily, number: int, sequence: int, contents: bytes
) -> bytes:
    """Write an echo request; for IPv6 the kernel writes the checksum."""
    kind = REQUEST[family]
    bare = HEADER.pack(kind, 0, 0, number, sequence) + contents
    if family == socket.AF_INET6:
        return bare
    total = sum(struct.unpack(f"!{len(bare) // 2}H", bare))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return HEADER.pack(kind, 0, checksum, number, sequence) + contents


def read(packet: bytes, family: socket.AddressFamily, *, whole: bool) -> Heard | None:
    """Read what came; `whole` is a packet of IPv4 that begins with its IP header."""
    if whole and family == socket.AF_INET:
        packet = packet[4 * (int.from_bytes(packet[:1]) & 15) :]
    if len(packet) < HEADER.size:
        return None
    kind, _, _, number, sequence = HEADER.unpack_from(packet)
    if kind in ERRORS[family]:
        return quote(packet[HEADER.size + QUOTED_IP_BYTES[family] :], family)
    if kind != REPLY[family]:
        return None
    return Heard(number, sequence, packet[HEADER.size :])


def quote(request: bytes, family: socket.AddressFamily) -> Heard | None:
    """Read the beginning of a packet of ours that an error quotes."""
    if len(request) < HEADER.size:
        return None
    kind, _, _, number, sequence = HEADER.unpack_from(request)
    return Heard(number, sequence, None) if kind == REQUEST[family] else None
