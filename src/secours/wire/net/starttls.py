"""TLS on a connection that is open, with the reason when it fails.

Source: RFC 2595 section 2.1 and RFC 6120 section 5 (STARTTLS).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from secours.model.runs import Stop
from secours.model.sections.channel import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LINE_LIMIT_BYTES = 1 << 16
LOOK_S = 2.0  # to read when a bad certificate expires


async def encrypt(
    clear: asyncio.WriteTransport,
    context: ssl.SSLContext,
    server_name: str,
    look: Callable[[], Awaitable[bytes | None]],
    limit: int = LINE_LIMIT_BYTES,
) -> Streams:
    """Shake hands; where that fails or is cut short, the connection is aborted.

    Streams in clear must be kept as long as the new ones. Unread bytes in clear are
    dropped: they would be taken for the server's word. `look` connects again without
    verification, for the certificate of a refused peer.

    Raises:
        Stop: TLS failed; the outcome says why.
    """
    from secours.wire.net import tls  # which talk in clear needs not

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit)
    protocol = asyncio.StreamReaderProtocol(reader)
    # A zone is ours, RFC 6874, and the dot of the root, RFC 6066 section 3.
    name = server_name.partition("%")[0].strip("[]").removesuffix(".")
    secure = None
    try:
        secure = await loop.start_tls(clear, protocol, context, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise Stop(tls.refusal(error, await _seen(look))) from None
    except ssl.SSLError as error:
        raise Stop(tls.refusal(error)) from None
    finally:
        if secure is None:  # asyncio would say goodbye, and wait for the peer's
            clear.abort()
    if secure is None:  # it was closed meanwhile
        raise EOFError
    protocol.connection_made(secure)
    return reader, asyncio.StreamWriter(secure, protocol, reader, loop)


async def certificate_of(session: Any, path: Path | None) -> bytes | None:
    """Connect a session that verifies nothing; return the certificate it is shown."""
    try:
        await session.reach(path)
    finally:
        session.hang_up()
    der: bytes | None = session.der
    return der


async def _seen(look: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look()
    except (OSError, EOFError, Stop):
        return None
