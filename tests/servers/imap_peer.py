"""An IMAP server that says what a test tells it to.

async with tcp_server(imap_lines({"LOGIN": "NO [UNAVAILABLE] not now"})) as port: ...
"""

import asyncio
from collections.abc import Mapping

from servers.scripted import Peer

Script = Mapping[str, str | bytes | None]
"""What to say to a command: its status line without the tag, after untagged ones.

`""` is the greeting; None is silence; bytes are said as they are.
"""

GOOD: dict[str, str | bytes | None] = {
    "": "* OK ready",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 QUOTA UIDPLUS\r\nOK done",
    "LOGIN": "OK welcome",
    "SELECT": "* 0 EXISTS\r\n* OK [UIDNEXT 1] next\r\nOK [READ-WRITE] open",
    "GETQUOTAROOT": '* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE 10 100)\r\nOK done',
    "LOGOUT": "* BYE bye\r\nOK done",
}


def imap_lines(
    changes: Script,
    heard: list[str] | None = None,
    times: Mapping[str, int] | None = None,
) -> Peer:
    """Answer by a script, a command at most so many times; a goodbye hangs up."""
    script = {**GOOD, **changes}
    left = dict(times or {})

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tag, word = "", ""
        while True:
            reply = script.get(word, "BAD what?")
            left[word] = left.get(word, 1000) - 1
            if reply is not None and left[word] >= 0:
                writer.write(reply if isinstance(reply, bytes) else _tagged(reply, tag))
                await writer.drain()
                if isinstance(reply, str) and "* BYE" in reply:
                    writer.write_eof()
                    return
            line = (await reader.readuntil(b"\r\n")).decode().strip()
            if heard is not None:
                heard.append(line.partition(" ")[2])
            tag, _, rest = line.partition(" ")
            word = rest.split(" ")[0].upper()
            if word == "UID":
                word = " ".join(rest.split(" ")[:2]).upper()

    return peer


def _tagged(reply: str, tag: str) -> bytes:
    *told, status = reply.split("\r\n")
    last = status if status.startswith("* ") else f"{tag} {status}"
    return "".join(f"{line}\r\n" for line in (*told, last)).encode()
