"""NATS spoken by hand, as whoever stole the credentials of a site would.

Source: NATS documentation, "Client Protocol", "TLS" and "NKeys".
"""

import asyncio
import base64
import binascii
import json
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

HOST = "127.0.0.1"
OPEN_S, ANSWER_S = 30.0, 5.0
PUBLIC_USER, CRC_BYTES = 20 << 3, 2
Json = dict[str, Any]


class Stolen:
    """The credentials of a site, read from the file that `secours hub add` made."""

    def __init__(self, file: Path) -> None:
        found = json.loads(file.read_text())
        self.name: str = found["site"]
        seed = found["seed"]
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
        self.signing = SigningKey(raw[2:34])
        self.tls = ssl.create_default_context(cadata=found["authority"])
        with tempfile.NamedTemporaryFile("w") as pem:
            pem.write(found["key"] + "\n" + found["certificate"])
            pem.flush()
            self.tls.load_cert_chain(pem.name)

    @property
    def nkey(self) -> str:
        known = bytes([PUBLIC_USER]) + bytes(self.signing.verify_key)
        checksum = binascii.crc_hqx(known, 0).to_bytes(CRC_BYTES, "little")
        return base64.b32encode(known + checksum).decode().rstrip("=")

    def proof(self, nonce: str) -> str:
        signed = self.signing.sign(nonce.encode()).signature
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")


class Connection:
    """A connection to a hub: what was heard over it, and what was denied."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader, self.writer = reader, writer
        self.denied: list[str] = []
        self.heard: list[
            tuple[str, str, bytes]
        ] = []  # subject, reply, all that is in it
        self.pongs: asyncio.Queue[None] = asyncio.Queue()
        self.came = asyncio.Event()
        self.over = False
        self.reading: asyncio.Task[None] | None = None
        self._sids = 0

    async def sign_in(self, stolen: Stolen, info: Json) -> None:
        said = {
            "verbose": False,
            "pedantic": False,
            "headers": True,
            "no_responders": True,
            "lang": "python3",
            "version": "2",
            "protocol": 1,
            "echo": True,
            "nkey": stolen.nkey,
            "sig": stolen.proof(info.get("nonce", "")),
        }
        self.writer.write(b"CONNECT " + json.dumps(said).encode() + b"\r\n")
        self.reading = asyncio.create_task(self._read())
        await self.flush()

    async def _read(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while line := await self.reader.readline():
                word, _, rest = line.strip().partition(b" ")
                if word == b"PING":
                    self.writer.write(b"PONG\r\n")
                elif word == b"PONG":
                    self.pongs.put_nowait(None)
                elif word == b"-ERR":
                    self.denied.append(rest.decode("latin-1"))
                elif word in (b"MSG", b"HMSG"):
                    await self._hear(word, rest.decode("latin-1").split(" "))
        self.over = True
        self.came.set()
        self.pongs.put_nowait(None)

    async def _hear(self, word: bytes, parts: list[str]) -> None:
        sizes = 2 if word == b"HMSG" else 1
        body = await self.reader.readexactly(int(parts[-1]) + 2)
        reply = parts[2] if len(parts) > 2 + sizes else ""
        self.heard.append((parts[0], reply, body[:-2]))
        self.came.set()

    async def flush(self) -> None:
        """Wait until the hub has taken all; raise where it has ended it."""
        if self.over:
            raise ConnectionResetError
        self.writer.write(b"PING\r\n")
        await self.writer.drain()
        async with asyncio.timeout(OPEN_S):
            await self.pongs.get()
        if self.over:
            raise ConnectionResetError

    def say(
        self,
        subject: str,
        body: bytes = b"",
        *,
        reply: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        to = f"{subject} {reply}".strip()
        if headers is None:
            head = f"PUB {to} {len(body)}\r\n".encode()
        else:
            lines = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
            block = f"NATS/1.0\r\n{lines}\r\n".encode()
            head = f"HPUB {to} {len(block)} {len(block) + len(body)}\r\n".encode()
            head += block
        self.writer.write(head + body + b"\r\n")

    def listen(self, subject: str, queue: str = "") -> None:
        self._sids += 1
        self.writer.write(f"SUB {subject} {queue} {self._sids}\r\n".encode())

    async def ask(self, subject: str, body: bytes, inbox: str) -> bytes | None:
        """Return the first answer; None where none comes."""
        self.say(subject, body, reply=inbox)
        await self.writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while not self.over:
                    for place, (heard, _, answer) in enumerate(self.heard):
                        if heard == inbox:
                            del self.heard[place]
                            return answer
                    self.came.clear()
                    await self.came.wait()
        return None

    def close(self) -> None:
        self.writer.transport.abort()
        if self.reading:
            self.reading.cancel()


async def opened(
    port: int, tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Json]:
    """Open TLS to a hub, at once or after its first words, and read what it says."""
    async with asyncio.timeout(OPEN_S):
        try:
            reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
            line = await reader.readline()
        except (ssl.SSLError, ConnectionResetError):
            reader, writer = await asyncio.open_connection(HOST, port)
            line = await reader.readline()
            await writer.start_tls(tls, server_hostname=HOST)
    return reader, writer, json.loads(line.removeprefix(b"INFO "))


@asynccontextmanager
async def at_hub(port: int, stolen: Stolen) -> AsyncIterator[Connection]:
    """Come in to a hub with somebody's credentials while the block lasts."""
    reader, writer, info = await opened(port, stolen.tls)
    found = Connection(reader, writer)
    try:
        await found.sign_in(stolen, info)
        yield found
    finally:
        found.close()
