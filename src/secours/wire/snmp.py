"""SNMP v2c and v3: ask an agent for values, over a path.

pysnmp writes and reads the messages; the datagrams use our own sockets, so that `via`
binds them and network errors are seen.

A key that is shorter than AES-192 and AES-256 want is stretched as Net-SNMP does it;
with `c` at the end of the name, as Cisco does it.

Source: RFC 3416 section 4.2.1 (GetRequest); RFC 3414 section 3.2 (refusals by USM);
draft-blumenthal-aes-usm-04 section 3.1.2.1, draft-reeder-snmpv3-usm-3desede-00 section
2.1 (stretching a key).
"""

import asyncio
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct
from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # no stubs
from pysnmp.carrier.asyncio.base import AbstractAsyncioTransport  # type: ignore[import-untyped]  # no stubs
from pysnmp.carrier.asyncio.dgram import udp  # type: ignore[import-untyped]  # no stubs
from pysnmp.error import PySnmpError  # type: ignore[import-untyped]  # no stubs
from pysnmp.hlapi.transport import AbstractTransportTarget  # type: ignore[import-untyped]  # no stubs
from pysnmp.hlapi.v3arch import asyncio as snmp  # type: ignore[import-untyped]  # no stubs
from pysnmp.proto import rfc1902, rfc1905  # type: ignore[import-untyped]  # no stubs

from secours.model.observed import Evidence, Reason
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.progress import Progress

AUTH = {
    "md5": snmp.USM_AUTH_HMAC96_MD5,
    "sha": snmp.USM_AUTH_HMAC96_SHA,
    "sha224": snmp.USM_AUTH_HMAC128_SHA224,
    "sha256": snmp.USM_AUTH_HMAC192_SHA256,
    "sha384": snmp.USM_AUTH_HMAC256_SHA384,
    "sha512": snmp.USM_AUTH_HMAC384_SHA512,
}
PRIV = {
    "des": snmp.USM_PRIV_CBC56_DES,
    "3des": snmp.USM_PRIV_CBC168_3DES,
    "aes": snmp.USM_PRIV_CFB128_AES,
    "aes128": snmp.USM_PRIV_CFB128_AES,
    "aes192": snmp.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": snmp.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192c": snmp.USM_PRIV_CFB192_AES,
    "aes256c": snmp.USM_PRIV_CFB256_AES,
}
AT_ONCE = 16  # values asked for in one datagram
MESSAGE_BYTES = 1 << 12  # of the answer: the library parses slowly
AGAIN_S = 1.0  # a datagram may be lost: it is sent again, ever less often
SELDOM_S = 4.0
NEVER_S = 86400  # pysnmp's own repetition, which drops earlier requests
MOST_BITS = 64  # Counter64 is the longest number
SOMEWHERE = ("127.0.0.1", 161)  # pysnmp wants an address; our socket has the real one
NOT_THERE = (rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView)
NUMBERS = (
    *(rfc1902.Integer, rfc1902.Integer32, rfc1902.Unsigned32, rfc1902.Gauge32),
    *(rfc1902.Counter32, rfc1902.Counter64, rfc1902.TimeTicks),
)
FLOATS = {b"\x9f\x78\x04": ">f", b"\x9f\x79\x08": ">d"}  # of Net-SNMP, inside an Opaque
REFUSED = ("authorizationError", "noAccess")  # RFC 3416 section 3

Value = str | int | float | None
"""Value of an OID; None where there is no such object."""


class Login(Struct, frozen=True, kw_only=True):
    """Credentials: a community for v2c, else a user for v3."""

    community: str | None = None
    user: str = ""
    auth: str = "sha"
    auth_key: str | None = None
    priv: str = "aes"
    priv_key: str | None = None

    def for_library(self) -> Any:
        """Return them in pysnmp's form."""
        if self.community is not None:
            return snmp.CommunityData(self.community, mpModel=1)
        return snmp.UsmUserData(
            self.user,
            self.auth_key,
            self.priv_key,
            authProtocol=AUTH[self.auth] if self.auth_key else snmp.USM_AUTH_NONE,
            privProtocol=PRIV[self.priv] if self.priv_key else snmp.USM_PRIV_NONE,
        )


async def get(
    host: str,
    port: int,
    path: Path | None,
    login: Login,
    oids: Sequence[str],
    progress: Progress,
) -> list[Value]:
    """Return the value of each OID, None of one that the answer does not name.

    Raises:
        Stop: the agent refused us, or the request.
        OSError: the network reports that the port or the host is not there.
    """
    values: list[Value] = []
    # Making one takes the library long: neither this agent's time nor the others'.
    engine = await asyncio.to_thread(snmp.SnmpEngine)
    async with await sockets.open_udp(host, port, path) as datagrams:
        transport = _SnmpTransport(datagrams, progress)
        try:
            for start in range(0, len(oids), AT_ONCE):
                some = oids[start : start + AT_ONCE]
                asking = _ask(engine, transport, login, some, progress)
                values += await _unless(asking, transport.listen())
        except ValueError:
            raise progress.nonsense(problem="number-too-long") from None
        finally:
            engine.close_dispatcher()
    return values


async def _unless(asking: Any, listening: Any) -> list[Value]:
    """Wait for the answer, or a network error in its place."""
    tasks = [asyncio.ensure_future(asking), asyncio.ensure_future(listening)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = tasks[0] if tasks[0].done() else tasks[1]
        values: list[Value] = done.result()
        return values
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(
    engine: Any,
    transport: "_SnmpTransport",
    login: Login,
    oids: Sequence[str],
    progress: Progress,
) -> list[Value]:
    bindings = [snmp.ObjectType(snmp.ObjectIdentity(oid)) for oid in oids]
    error, status, _, values = await snmp.get_cmd(
        engine,
        login.for_library(),
        _Target(transport),
        snmp.ContextData(),
        *bindings,
        lookupMib=False,
    )
    progress.proven = Evidence.SERVED
    if error:
        raise progress.failed(Reason.AUTH, said=plain(error))
    if status:
        said = status.prettyPrint()
        reason = Reason.AUTH if said in REFUSED else Reason.STATUS
        raise progress.failed(reason, said=plain(said))
    progress.proven = Evidence.AUTHENTICATED
    found = {tuple(name): _value(value) for name, value in values}
    return [found.get(tuple(map(int, oid.split(".")))) for oid in oids]


def _value(value: Any) -> Value:
    """Convert a value of SNMP to one of Python."""
    if isinstance(value, NOT_THERE):
        return None
    if isinstance(value, NUMBERS):
        return _number(int(value))
    if isinstance(value, rfc1902.Opaque):
        octets = bytes(value)
        if form := FLOATS.get(octets[:3]):
            with suppress(struct.error):
                return float(struct.unpack(form, octets[3:])[0])
    if isinstance(value, rfc1902.OctetString) and not isinstance(
        value, rfc1902.IpAddress
    ):
        return plain(bytes(value))
    return plain(value.prettyPrint())


def _number(number: int) -> int:
    """Return a number within an agent's range; raise ValueError if it is longer."""
    if number.bit_length() > MOST_BITS:
        raise ValueError("a number of more than 64 bits")
    return number


class _SnmpTransport(AbstractAsyncioTransport):  # type: ignore[misc]  # untyped library
    """Passes pysnmp's messages to our socket, and answers to pysnmp."""

    ADDRESS_TYPE = udp.UdpTransportAddress

    def __init__(self, datagrams: sockets.Datagrams, progress: Progress) -> None:
        self._datagrams = datagrams
        self._progress = progress
        self._latest = b""
        self._wait_s = AGAIN_S

    def send_message(
        self,
        outgoingMessage: bytes,
        transportAddress: object,
    ) -> None:
        """Send a message to our socket's address, not pysnmp's."""
        self._latest, self._wait_s = bytes(outgoingMessage), AGAIN_S
        self._datagrams.send(self._latest)

    async def listen(self) -> None:
        """Pass on answers, until the network reports an error.

        An unanswered message is repeated unchanged, so that the answer to any copy
        counts: the way may be longer than the wait.
        """
        while True:
            try:
                async with asyncio.timeout(self._wait_s):
                    message = await self._datagrams.receive()
            except TimeoutError:
                self._wait_s = min(2 * self._wait_s, SELDOM_S)
                self._datagrams.send(self._latest)
                continue
            self._progress.proven = max(
                self._progress.proven, Evidence.REACHED, key=lambda proof: proof.rank
            )
            if len(message) > MESSAGE_BYTES:
                raise self._progress.nonsense(problem="too-long")
            with suppress(PySnmpError, PyAsn1Error):  # it is not SNMP
                self._callback_function(self, SOMEWHERE, message)


class _Target(AbstractTransportTarget):  # type: ignore[misc]  # untyped library
    """Target for pysnmp; our transport has the real address."""

    TRANSPORT_DOMAIN = udp.DOMAIN_NAME
    PROTO_TRANSPORT = _SnmpTransport

    def __init__(self, transport: _SnmpTransport) -> None:
        self.transport_address = SOMEWHERE
        super().__init__(timeout=NEVER_S, retries=0)
        self._ours = transport

    def open_client_mode(self) -> _SnmpTransport:
        """Return our open transport."""
        return self._ours
