"""TLS on a connection that began in clear, with the reason when it fails.

Source: RFC 2595 section 2.1 and RFC 6120 section 5 (STARTTLS).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from secours.model import Stop
from secours.wire import tls
from secours.wire.sockets import LINE_LIMIT_BYTES, Streams

LOOK_S = 2.0  # to read when a bad certificate expires


async def encrypt(
    clear: Streams,
    context: ssl.SSLContext,
    server_name: str,
    look: Callable[[], Awaitable[bytes | None]],
) -> Streams:
    """Shake hands; the streams in clear must be kept as long as the new ones.

    What came in clear and was not read is dropped: it would be taken for the server's
    word. `look` asks again without trust, for the certificate of a refused one.

    Raises:
        Stop: TLS failed; the outcome says why.

    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_LIMIT_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    name = server_name.partition("%")[0].strip("[]")
    try:
        transport = await loop.start_tls(
            clear[1].transport, protocol, context, server_hostname=name
        )
    except ssl.SSLCertVerificationError as error:
        raise Stop(tls.refusal(error, await _seen(look))) from None
    except ssl.SSLError as error:
        raise Stop(tls.refusal(error)) from None
    if transport is None:  # it was closed meanwhile
        raise EOFError
    protocol.connection_made(transport)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _seen(look: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look()
    except (OSError, EOFError, Stop):
        return None
