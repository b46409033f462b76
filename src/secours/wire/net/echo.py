"""ICMP echoes: packets to a host, and their answers.

The library writes and sends the packets. Answers are read here, as the library would
open a socket for each test, and a raw one receives what all do: all tests in flight
share one. A packet has a unique sequence number among those in flight and contents that
nobody can guess, so that no answer counts for another test, however late. A test that
chooses its way out has a socket of its own: a device may come and go, and an address
move to another.

Source: RFC 792 (echo, the errors, what they quote); RFC 4443 sections 2.1, 3 and 4;
raw(7) and icmp(7), ICMP_FILTER.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from os import urandom
from time import perf_counter
from typing import NamedTuple
from weakref import WeakKeyDictionary

import icmplib

from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire import remedies
from secours.wire.net.bind import bind, drain_errors, is_bound, report_errors

HEADER = struct.Struct("!BBHHH")  # type, code, checksum, number, sequence
CONTENTS_BYTES = 56
QUOTED_IP_BYTES = {socket.AF_INET: 20, socket.AF_INET6: 40}  # we send no IP options
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


class EchoReply(NamedTuple):
    """An answer to a packet, or an error that quotes it."""

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
    """Packets of one test: the number sent, and the answers."""

    def __init__(self, over: "_EchoSocket", address: str) -> None:
        self.sent: list[int] = []  # their sequence numbers
        self.rtts_s: dict[int, float] = {}  # of each the first answer counts
        self.unreachable: set[int] = set()
        self._over = over
        self._address = address
        self._wanted = 0
        self._enough: asyncio.Future[None] | None = None

    def send(self) -> None:
        """Send one more; raise Stop if this machine does not let us."""
        self._over.send(self, self._address)

    async def ended(self, count: int, within_s: float) -> None:
        """Wait until that many were answered or refused, at most for so long."""
        self._wanted = count
        if not self._complete():
            self._enough = asyncio.get_running_loop().create_future()
            await asyncio.wait({self._enough}, timeout=within_s)

    def answered(self, sequence: int, rtt_s: float) -> None:
        """Note an answer."""
        self.rtts_s.setdefault(sequence, rtt_s)
        self._look()

    def refused(self, sequence: int) -> None:
        """Note that a packet was refused."""
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
        self._library = _open(family)
        self._sock, self._raw = self._library.sock, self._library.is_privileged
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
        self._library.close()

    @property
    def full(self) -> bool:
        """Tell whether numbers are short."""
        return len(self._in_flight) >= MOST_IN_FLIGHT

    def send(self, echoes: Echoes, address: str) -> None:
        """Send a packet for a test; raise Stop if this machine does not let us."""
        sequence = self._next()
        packet = self._in_flight[sequence] = _Packet(echoes)
        echoes.sent.append(sequence)
        request = icmplib.ICMPRequest(
            address, self._number, sequence, payload=packet.contents
        )
        # The first error may be of an earlier packet, and then nothing was sent.
        error = self._sends(request) and self._sends(request)
        if isinstance(error, icmplib.SocketBroadcastError):  # as the library calls it
            raise Stop(unknown(Reason.PERMISSION, problem="local-firewall"))
        if error:
            self.lost = True
            echoes.refused(sequence)
        self._number = request.id

    def forget(self, echoes: Echoes) -> None:
        """Accept no more answers for a test."""
        for sequence in echoes.sent:
            del self._in_flight[sequence]

    def _sends(self, request: icmplib.ICMPRequest) -> icmplib.ICMPSocketError | None:
        try:
            self._library.send(request)
        except icmplib.ICMPSocketError as error:
            if not isinstance(
                error.__context__, BlockingIOError
            ):  # lost, as any may be
                self._hear_errors()
                return error
        return None

    def _next(self) -> int:
        """Return a sequence number not in flight."""
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
        """Read the errors that the kernel reports to an ordinary user."""
        if not self._raw:
            for quoted in drain_errors(self._sock):
                self._take(quote(quoted, self._family))

    def _take(self, reply: EchoReply | None) -> None:
        sent = self._in_flight.get(reply.sequence) if reply else None
        if sent is None or reply is None or reply.number != self._number:
            return
        if reply.contents is None:
            sent.echoes.refused(reply.sequence)
        elif reply.contents == sent.contents:
            sent.echoes.answered(reply.sequence, perf_counter() - sent.sent_s)


_SHARED: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[socket.AddressFamily, _EchoSocket]
] = WeakKeyDictionary()


def _any_number() -> int:
    return 1 + int.from_bytes(urandom(4), "big") % MOST_NUMBERS


@contextmanager
def echoes_to(address: str, path: Path | None) -> Iterator[Echoes]:
    """Send packets to an address and take answers, during the block, or raise Stop."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with _socket(family, path) as over:
        echoes = Echoes(over, address)
        try:
            yield echoes
        finally:
            over.forget(echoes)


@contextmanager
def _socket(family: socket.AddressFamily, path: Path | None) -> Iterator[_EchoSocket]:
    """Yield the shared socket, or one's own; the last user closes it."""
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


def _open(family: socket.AddressFamily) -> icmplib.ICMPv4Socket:
    """Open a socket with a user's rights, or else root's."""
    ipv6 = family == socket.AF_INET6
    kind = icmplib.ICMPv6Socket if ipv6 else icmplib.ICMPv4Socket
    for privileged in (False, True):
        try:
            opened = kind(privileged=privileged)
        except icmplib.SocketPermissionError:
            continue
        except icmplib.ICMPSocketError as error:
            raise Stop(unknown(Reason.BROKEN, said=plain(error))) from None
        opened.sock.setblocking(False)
        opened.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        return opened
    raise Stop(unknown(Reason.PERMISSION, **remedies.of_echoes()))


def _filter(sock: socket.socket) -> None:
    """Receive only answers and errors."""
    heard = (REPLY[sock.family], *ERRORS[sock.family])
    words = [0xFFFFFFFF] * 8
    for kind in heard:
        words[kind // 32] &= ~(1 << kind % 32)
    if sock.family == socket.AF_INET:
        sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", words[0]))
    else:
        sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP_FILTER, struct.pack("=8I", *words))


def read(
    packet: bytes, family: socket.AddressFamily, *, whole: bool
) -> EchoReply | None:
    """Parse a packet; `whole` is one of IPv4 that begins with its IP header."""
    if whole and family == socket.AF_INET:
        packet = packet[4 * (int.from_bytes(packet[:1]) & 15) :]
    if len(packet) < HEADER.size:
        return None
    kind, _, _, number, sequence = HEADER.unpack_from(packet)
    if kind in ERRORS[family]:
        return quote(packet[HEADER.size + QUOTED_IP_BYTES[family] :], family)
    if kind != REPLY[family]:
        return None
    return EchoReply(number, sequence, packet[HEADER.size :])


def quote(request: bytes, family: socket.AddressFamily) -> EchoReply | None:
    """Parse the beginning of our packet that an error quotes."""
    if len(request) < HEADER.size:
        return None
    kind, _, _, number, sequence = HEADER.unpack_from(request)
    return EchoReply(number, sequence, None) if kind == REQUEST[family] else None
