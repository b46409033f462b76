"""A message handed to a mail server, as a test or as a notice.

Source: RFC 5321 sections 3.3 and 6.1 (after the 250 to DATA the server answers for it).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.mail.options import SmtpOptions
from secours.wire.mail.smtp import SmtpRefusal, Talk
from secours.wire.mail.smtp_codes import judge


@asynccontextmanager
async def submitted(
    options: SmtpOptions,
    password: str,
    addresses: tuple[str, str],
    message: bytes,
    path: Path | None,
) -> AsyncIterator[bytes | None]:
    """Hand a message from one address to another; yield the server's certificate.

    The server then has taken it; its later words do not matter.

    Raises:
        Stop: the server refused it, or stayed silent.
        OSError: the host refuses or cannot be reached.
    """
    talk = Talk(options)
    try:
        try:
            await talk.open(path)
            if options.username is not None:
                await talk.log_in(options.username, password)
            await talk.mail(addresses[0])
            await talk.rcpt(addresses[1])
            await talk.data(message)
        except SmtpRefusal as refused:
            raise Stop(judge(refused, talk.proven)) from None
        except asyncio.CancelledError:
            raise Stop(talk.silence()) from None
        yield talk.der
        await talk.goodbye()
    finally:
        talk.hang_up()
