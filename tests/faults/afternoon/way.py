"""A host on the way to the hub: it passes on, or answers itself in clear.

`python -m faults.afternoon.way PORT HUB`; each line that it is told is what to do next
(`pass`, `clear`), and it answers with what it has been told in clear since.
"""

import asyncio
import json
import re
import sys
from contextlib import suppress

from faults.afternoon.place import say

HOST = "127.0.0.1"
INFO = (
    b'INFO {"server_id":"N","server_name":"hub","version":"2.10.27","proto":1,'
    b'"headers":true,"max_payload":1048576,"jetstream":true,"auth_required":true,'
    b'"nonce":"abcdefghijkl","tls_required":false}\r\n'
)
SPOKEN = re.compile(rb"(PUB|HPUB|SUB) (\S+) (?:(\S+) )?(\d+)(?: (\d+))?$")
GREETING_S = 0.5  # a client that says TLS at once is not greeted


class Way:
    """What passes here, and what was said to us in the hub's place."""

    def __init__(self, hub: int) -> None:
        self.hub, self.lies = hub, False
        self.streams: set[asyncio.StreamWriter] = set()
        self.names: set[str] = set()
        self.proofs, self.taken, self.visits = 0, 0, 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.streams.add(writer)
        with suppress(OSError, ValueError, asyncio.IncompleteReadError):
            await (self.lie if self.lies else self.relay)(reader, writer)
        self.streams.discard(writer)
        writer.transport.abort()

    async def relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far, near = await asyncio.open_connection(HOST, self.hub)
        self.streams.add(near)

        async def passed(r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await r.read(1 << 16):
                    w.write(data)
                    await w.drain()
            w.transport.abort()

        await asyncio.gather(passed(reader, near), passed(far, writer))
        self.streams.discard(near)

    async def lie(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Be the hub, in clear, and acknowledge all that is said."""
        self.visits += 1
        writer.write(INFO)
        wanted: list[tuple[re.Pattern[str], str]] = []
        while line := (await reader.readline()).strip():
            if line.startswith(b"CONNECT "):
                said = json.loads(line.removeprefix(b"CONNECT "))
                self.names |= {str(said.get("name")), str(said.get("nkey"))}
                self.proofs += bool(said.get("sig"))
            elif line == b"PING":
                writer.write(b"PONG\r\n")
            elif found := SPOKEN.match(line):
                word, subject, middle, first, second = found.groups()
                if word == b"SUB":
                    place = subject.decode().replace(".", r"\.").replace("*", r"[^.]+")
                    pattern = re.compile(place.replace(">", ".+") + "$")
                    wanted.append((pattern, first.decode()))
                    continue
                await reader.readexactly(int(second or first) + 2)
                self.answer(writer, subject.decode(), (middle or b"").decode(), wanted)

    def answer(
        self,
        writer: asyncio.StreamWriter,
        subject: str,
        reply: str,
        wanted: list[tuple[re.Pattern[str], str]],
    ) -> None:
        sid = next((s for pattern, s in wanted if pattern.match(reply)), None)
        if not reply or sid is None:
            return
        if subject.startswith("$JS.API.DIRECT"):
            status = b"NATS/1.0 404 Message Not Found\r\n\r\n"
            head = f"HMSG {reply} {sid} {len(status)} {len(status)}\r\n"
            writer.write(head.encode() + status + b"\r\n")
            return
        self.taken += subject.endswith(".event")
        ack = b'{"stream":"secours_events","seq":%d}' % (10**6 + self.taken)
        writer.write(f"MSG {reply} {sid} {len(ack)}\r\n".encode() + ack + b"\r\n")

    def turn(self, word: str) -> str:
        """Do so from now on, and return what was said in clear."""
        self.lies = word == "clear"
        for writer in [*self.streams]:
            writer.transport.abort()
        self.streams.clear()
        names = sorted(self.names)
        return json.dumps(
            {"names": names, "proofs": self.proofs, "taken": self.taken}
            | {"visits": self.visits}
        )


async def main(port: int, hub: int) -> None:
    """Serve until nothing more is said to us."""
    way, stdin = Way(hub), asyncio.StreamReader()
    server = await asyncio.start_server(way.serve, HOST, port)
    protocol = asyncio.StreamReaderProtocol(stdin)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    say("ready")
    while line := await stdin.readline():
        say(way.turn(line.decode().strip()))
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
