"""Kannel, an SMS gateway, unprivileged on free loopback ports, with a fake operator.

Debian's `kannel` has the gateway, `kannel-extras` the operator's message centre. Break
it by hanging up the operator, `Gateway.hang_up()`: the link is then re-connecting.
`Gateway.got(words)` waits until the operator has a message with these words; `at_hand`
is an operator in this process, which also sends some.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus
from urllib.request import urlopen

from servers.scripted import closed_port

BEARERBOX = Path("/usr/sbin/bearerbox")
SMSBOX = Path("/usr/sbin/smsbox")
OPERATOR = Path("/usr/lib/kannel/test/fakesmsc")
USER, PASSWORD, STATUS_PASSWORD = "probe", "hush-sms", "hush-status"
LINK = "operator-a"
START_S = 60.0
MESSAGE = "1 2 text x"  # what it would send us, which it does 0 times
CONF = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = nobody-knows
status-password = {status_password}
smsbox-port = {boxes}
box-allow-ip = "127.0.0.1"

group = smsc
smsc = fake
smsc-id = {link}
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
global-sender = 13013

group = sendsms-user
username = {user}
password = {password}

group = sms-service
keyword = default
{service}
"""
NO_SERVICE = "text = none"
HANDED_OVER = """\
get-url = "{url}?key={key}&from=%p&charset=%C&text=%b"
max-messages = 0"""  # nothing of what is answered is sent to who wrote


def installed() -> bool:
    """Tell whether all of it is there."""
    return all(program.exists() for program in (BEARERBOX, SMSBOX, OPERATOR))


@dataclass
class Operator:
    """A message centre that speaks as `fakesmsc` does, a line for each message."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def receives(self) -> str:
        """Return the next message that is for a telephone."""
        async with asyncio.timeout(START_S):
            return unquote_plus((await self.reader.readline()).decode())

    def sends(self, sender: str, text: str) -> None:
        """Let a telephone write to us."""
        self.writer.write(f"{sender} 13013 text {text}\n".encode())


@dataclass
class Gateway:
    """A gateway that runs, where it sends and where it tells its state."""

    base_url: str
    status_url: str
    operator: asyncio.subprocess.Process | None = None
    _smsc: int = 0
    _log: Path = Path("/dev/null")

    def state(self) -> str:
        """Return its status.xml."""
        with urlopen(f"{self.status_url}?password={STATUS_PASSWORD}") as answer:
            return str(answer.read().decode())

    async def dial_in(self, stack: AsyncExitStack) -> None:
        """Connect the operator, and wait until the gateway says so."""
        self.operator = await _start(
            stack,
            OPERATOR,
            *("-H", "127.0.0.1", "-r", str(self._smsc), "-m", "0", MESSAGE),
            log=self._log,
        )
        await self.shows(rf"<id>{LINK}</id>\s*<status>online")

    async def hang_up(self) -> None:
        """Take the operator away, and wait until the gateway says so."""
        assert self.operator is not None
        self.operator.kill()
        await self.operator.wait()
        await self.shows(rf"<id>{LINK}</id>\s*<status>(?!online)")

    @asynccontextmanager
    async def at_hand(self) -> AsyncIterator["Operator"]:
        """Connect an operator of this process in place of the other."""
        await self.hang_up()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._smsc)
        await self.shows(rf"<id>{LINK}</id>\s*<status>online")
        try:
            yield Operator(reader, writer)
        finally:
            writer.close()

    async def got(self, words: str) -> None:
        """Wait until the operator has a message that it shows so."""
        async with asyncio.timeout(START_S):
            while True:
                if words in self._log.read_text("utf-8", "replace"):
                    return
                await asyncio.sleep(0.05)

    async def shows(self, pattern: str) -> None:
        """Wait until its state has this."""
        async with asyncio.timeout(START_S):
            while True:
                try:
                    if re.search(pattern, await asyncio.to_thread(self.state)):
                        return
                except OSError:
                    pass
                await asyncio.sleep(0.05)


@asynccontextmanager
async def kannel(folder: Path, service: str = NO_SERVICE) -> AsyncIterator[Gateway]:
    """Run it, with its operator connected, while the block lasts."""
    admin, boxes, smsc, send = (closed_port() for _ in range(4))
    conf = folder / "kannel.conf"
    conf.write_text(
        CONF.format(
            admin=admin,
            boxes=boxes,
            smsc=smsc,
            send=send,
            link=LINK,
            user=USER,
            password=PASSWORD,
            status_password=STATUS_PASSWORD,
            service=service,
        )
    )
    gateway = Gateway(
        f"http://127.0.0.1:{send}",
        f"http://127.0.0.1:{admin}/status.xml",
        _smsc=smsc,
        _log=folder / "operator.log",
    )
    async with AsyncExitStack() as stack:
        await _start(stack, BEARERBOX, str(conf))
        await gateway.shows("<gateway>")
        await _start(stack, SMSBOX, str(conf))
        await gateway.shows("<type>smsbox</type>")
        await gateway.dial_in(stack)
        yield gateway


async def _start(
    stack: AsyncExitStack, program: Path, *words: str, log: Path = Path("/dev/null")
) -> asyncio.subprocess.Process:
    with log.open("ab") as told:
        process = await asyncio.create_subprocess_exec(
            program,
            *words,
            stdin=asyncio.subprocess.PIPE,  # at its end the operator leaves
            stdout=told,
            stderr=told,
        )
    stack.push_async_callback(_stop, process)
    return process


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
